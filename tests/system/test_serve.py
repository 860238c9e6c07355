"""``trackerkit serve`` as a user runs it: a process, its key, its workers, its end."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import shotgun_api3

from trackerkit.cli.app import run
from trackerkit.cli.serve import Order, make_ready
from trackerkit.plugins import find_gateway

pytestmark = [
    pytest.mark.skipif(os.name != "posix", reason="signals are POSIX"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),  # the official client leaves connections open
]


def command(folder: Path, *more: str) -> list[str]:
    code = "import sys; from trackerkit.cli.app import run; sys.exit(run(sys.argv[1:]))"
    over, state = f"sqlite:///{folder / 'show.db'}", str(folder / "state.db")
    return [sys.executable, "-c", code, "serve", "shotgrid", "--over", over, "--state", state, *more]


@pytest.mark.parametrize("workers", ["1", "2"])
def test_serve_answers_with_the_key_that_it_made_and_ends_in_order(tmp_path: Path, workers: str) -> None:
    more = ("--workers", workers, "--log", "json", "--no-prepare", "--set", "batch=1")
    with subprocess.Popen(command(tmp_path, *more), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        url = child.stdout.readline().strip()
        key = next(line for line in iter(child.stderr.readline, "") if "key:" in line).split()[-1]
        sg = shotgun_api3.Shotgun(url, script_name="first", api_key=key)
        project = sg.create("Project", {"name": "Kestrel"}, ["created_by"])
        assert project["created_by"]["name"] == "first"
        one = {"request_type": "create", "entity_type": "Shot", "data": {"code": "x", "project": project}}
        with pytest.raises(shotgun_api3.Fault):
            sg.batch([one, one])
        assert requests.get(f"{url}/healthz", timeout=60).json() == {"status": "ok", "failed": []}
        child.send_signal(signal.SIGTERM)
        out, errors = child.communicate(timeout=60)
    assert child.returncode == 0
    lines = [json.loads(line) for line in errors.splitlines() if line.startswith("{")]
    created = next(line for line in lines if line.get("operation") == "create")
    assert (created["status"], created["caller"]) == (200, "first")
    assert re.fullmatch(r"[0-9a-f]{16}", created["request_id"])
    assert key not in errors
    assert out == ""


def test_a_store_is_made_ready_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    order = Order("shotgrid", f"sqlite:///{tmp_path / 'show.db'}", "", str(tmp_path / "state.db"), {}, "off")
    said = []
    for _ in range(2):
        make_ready(find_gateway("shotgrid"), order, prepare=True)
        said.append(capsys.readouterr().err)
    assert "entity types and fields were made" in said[0]
    assert "key:" in said[0]
    assert said[1] == ""


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--workers", "0"], "there cannot be 0 workers"),
        (["--log", "xml"], "no style of log"),
        (["--set", "batch=many"], "batch"),
    ],
)
def test_serve_refuses_before_it_listens(
    tmp_path: Path, words: list[str], text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    over = f"sqlite:///{tmp_path / 'show.db'}"
    assert run(["serve", "shotgrid", "--over", over, "--state", str(tmp_path / "state.db"), *words]) != 0
    assert text in capsys.readouterr().err
    assert not (tmp_path / "show.db").exists()
