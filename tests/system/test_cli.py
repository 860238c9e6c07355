"""The command line, run as a user runs it: its output, its errors and its exit codes."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from trackerkit.cli.app import run
from trackerkit.demo.media import picture


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> str:
    """A store with a project, two shots and a task."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("TRACKERKIT_CONFIG", str(tmp_path / "trackerkit.toml"))
    url = f"sqlite:///{(tmp_path / 'show.db').as_posix()}"
    for line in (
        ["create", url, "Project", "name=kestrel", "code=kes"],
        ["create", url, "Sequence", "name=SQ010", "--project", "kestrel"],
        ["create", url, "Shot", "name=sh010", "frame_start=1001", "--project", "kestrel"],
        ["create", url, "Shot", "name=sh020", "description=[red]not markup[/red]", "--project", "kestrel"],
    ):
        assert run(line) == 0
    capsys.readouterr()
    return url


def ref_of(url: str, name: str, capsys: pytest.CaptureFixture[str], type_name: str = "Shot") -> str:
    assert run(["find", url, type_name, f"name={name}", "--format", "json"]) == 0
    return str(json.loads(capsys.readouterr().out)[0]["ref"])


def test_find_prints_a_table(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["find", store, "Shot", "--fields", "name,frame_start,description", "--order", "-name"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["ref", "name", "frame_start", "description"]
    assert [line.split()[1] for line in lines[1:]] == ["sh020", "sh010"]
    assert "[red]not markup[/red]" in lines[1]


def test_find_prints_json(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["find", store, "Shot", "frame_start>=1001", "--fields", "name,project", "--format", "json"]) == 0
    [record] = json.loads(capsys.readouterr().out)
    assert record["name"] == "sh010"
    assert record["project"]["type"] == "Project"


def test_find_prints_csv(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["find", store, "Shot", "name~SH0", "--fields", "name", "--format", "csv"]) == 0
    rows = list(csv.reader(io.StringIO(capsys.readouterr().out)))
    assert [row[1] for row in rows] == ["name", "sh010", "sh020"]


def test_find_takes_the_list_form(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["find", store, "Shot", "--where", '[["name", "is", "sh020"]]', "--format", "json"]) == 0
    assert len(json.loads(capsys.readouterr().out)) == 1


def test_find_explains(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["find", store, "Shot", "name=sh010", "--explain"]) == 0
    assert "sqlite evaluates" in capsys.readouterr().out


def test_count(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["count", store, "Shot", "name!=sh010"]) == 0
    assert capsys.readouterr().out == "1\n"


def test_update_get_and_clear(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    ref = ref_of(store, "sh010", capsys)
    assert run(["update", store, ref, "frame_start=", "description=Ömlaut"]) == 0
    capsys.readouterr()
    assert run(["get", store, ref, "--fields", "frame_start,description", "--format", "json"]) == 0
    [record] = json.loads(capsys.readouterr().out)
    assert (record["frame_start"], record["description"]) == (None, "Ömlaut")


def test_delete_and_restore(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    ref = ref_of(store, "sh010", capsys)
    assert run(["delete", store, ref]) == 0
    assert run(["delete", store, ref]) == 0
    assert run(["restore", store, ref]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{ref} retired", f"{ref} was retired already", f"{ref} restored"]


def test_batch_is_all_or_nothing(store: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "batch.json"
    good = {"create": "Shot", "values": {"name": "sh030"}, "project": "kestrel"}
    file.write_text(json.dumps([good, {"delete": "Shot:99999"}]), "utf-8")
    assert run(["batch", store, str(file)]) == 1
    assert "operation 1" in capsys.readouterr().err
    assert run(["count", store, "Shot", "name=sh030"]) == 0
    assert capsys.readouterr().out == "0\n"
    file.write_text(json.dumps([good]), "utf-8")
    assert run(["batch", store, str(file)]) == 0


def test_upload_thumbnail_and_download(store: str, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    ref = ref_of(store, "sh010", capsys)
    image = tmp_path / "frame.png"
    image.write_bytes(picture("sh010", 1, 160, 90))
    assert run(["thumbnail", store, ref, str(image)]) == 0
    assert run(["download", store, ref, str(tmp_path / "back.png"), "--field", "thumbnail"]) == 0
    assert (tmp_path / "back.png").read_bytes() == image.read_bytes()
    assert run(["upload", store, ref, str(image)]) == 0
    assert run(["count", store, "Attachment"]) == 0
    assert capsys.readouterr().out.endswith("1\n")


def test_schema_shows_and_changes(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["schema", "create-field", store, "Folder", "sg_mood", "choice", "--choices", "calm,wild"]) == 0
    assert run(["schema", "show", store, "Shot", "--format", "json"]) == 0
    out = capsys.readouterr().out
    fields = {item["field"]: item for item in json.loads(out[out.index("[") :])}
    assert fields["sg_mood"]["takes"] == "calm wild"
    assert run(["schema", "delete-field", store, "Folder", "sg_mood", "--yes"]) == 0


def test_events(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["events", store, "Shot", "--limit", "2", "--format", "json"]) == 0
    events = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["kind"] for event in events] == ["created", "changed"]


def test_keys_add_list_and_revoke(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    state = str(tmp_path / "state.db")
    assert run(["keys", "add", "farm", "--state", state]) == 0
    secret = capsys.readouterr().out.strip()
    assert len(secret) > 30
    assert run(["keys", "list", "--state", state]) == 0
    listed = capsys.readouterr().out
    assert "farm" in listed
    assert secret not in listed
    assert secret.encode() not in (tmp_path / "state.db").read_bytes()
    assert run(["keys", "revoke", "farm", "--state", state]) == 0


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        (["get", "STORE", "Shot:99999"], 3, "there is no Shot 99999"),
        (["find", "STORE", "Shoot"], 1, "did you mean 'Shot'"),
        (["find", "STORE", "Shot", "nam=x"], 1, "did you mean 'name'"),
        (["find", "STORE", "Shot", "frame_start=abc"], 1, "is no integer"),
        (["find", "nope:///x", "Shot"], 1, "no backend is installed for nope://"),
        (["find", "STORE", "Shot", "--limit", "0"], 1, "limit is a whole number above 0"),
        (["find", "shotgrid+http://127.0.0.1:9", "Shot"], None, "trackerkit:"),
        (["find", "@nobody", "Shot"], 1, "there is no profile 'nobody'"),
        (["serve", "pigeon", "--over", "STORE"], 1, "no gateway is called 'pigeon'"),
    ],
)
def test_errors_are_one_clear_line(
    line: list[str], code: int | None, says: str, store: str, capsys: pytest.CaptureFixture[str]
) -> None:
    done = run([store if word == "STORE" else word for word in line])
    said = capsys.readouterr().err
    assert done == code if code is not None else done in (4, 5, 1)
    assert says in said
    assert "Traceback" not in said


def test_wrong_arguments_are_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["find"]) == 2
    assert "Missing argument" in capsys.readouterr().err


def test_doctor_says_what_is_installed(capsys: pytest.CaptureFixture[str], store: str) -> None:
    assert run(["doctor", store]) == 0
    out = capsys.readouterr().out
    assert "backend sqlite: " in out
    assert "gateway shotgrid: " in out
    assert "ok   reached" in out or "ok  reached" in out


def test_the_console_script_runs_in_a_process_of_its_own(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", "from trackerkit.cli import main; main()", "--version"],
        capture_output=True, text=True, timeout=60, env={**os.environ, "HOME": str(tmp_path)}, check=False,
    )  # fmt: skip
    assert done.returncode == 0
    assert done.stdout.startswith("trackerkit 0.")
