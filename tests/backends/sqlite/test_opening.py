"""Opening a store: addresses, options, and files that are something else."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from store_workers import CONTEXT, open_new

import trackerkit
from trackerkit.errors import AuthenticationError, ConfigurationError, ServerError
from trackerkit.tracker import Tracker


def test_open_keeps_what_was_written(url: str) -> None:
    with trackerkit.connect(url) as first:
        project = first.create("Project", name="Big Buck")
        site = first.backend.site
    with trackerkit.connect(url) as second:
        assert second.backend.site == site
        assert second.get(project).name == "Big Buck"


def test_open_of_memory_is_private_and_leaves_nothing(tmp_path: Path) -> None:
    with trackerkit.connect("sqlite:///:memory:") as one, trackerkit.connect("sqlite:///:memory:") as other:
        one.create("Project", name="mine")
        place = one.backend._store.connections.path.parent
        assert place.is_dir()
        assert other.count("Project") == 0
    assert not place.exists()


def test_open_by_a_relative_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    trackerkit.connect("sqlite:///show.db").close()
    assert (tmp_path / "show.db").is_file()


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("sqlite:///", "names no file"),
        ("sqlite:///{folder}/no/where/show.db", "there is no folder"),
        ("sqlite:///{folder}", "is a folder"),
        ("sqlite:///{folder}/a.db?synchronous=perhaps", "synchronous is off, normal, full"),
        ("sqlite:///{folder}/a.db?busy_timeout=soon", "number of seconds"),
        ("sqlite:///{folder}/a.db?create_user=maybe", "true or false"),
        ("sqlite:///{folder}/a.db?file=x", "no option 'file'"),
    ],
)
def test_open_refuses_a_bad_address(tmp_path: Path, address: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        trackerkit.connect(address.format(folder=tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_open_of_another_programs_database_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(ConfigurationError, match="another program"):
        trackerkit.connect(f"sqlite:///{path}")
    assert path.read_bytes() == before


def test_open_of_something_that_is_no_database(tmp_path: Path) -> None:
    path = tmp_path / "text.db"
    path.write_text("To whom it may concern\n" * 100)
    with pytest.raises(ConfigurationError, match="no SQLite database"):
        trackerkit.connect(f"sqlite:///{path}")


def test_open_of_another_format_is_refused(url: str, tmp_path: Path) -> None:
    trackerkit.connect(url).close()
    connection = sqlite3.connect(tmp_path / "show.db", isolation_level=None)
    connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(ConfigurationError, match="format 99") as caught:
        trackerkit.connect(url)
    assert "newer" in caught.value.hint


def test_read_of_a_damaged_file_says_so(url: str, tmp_path: Path) -> None:
    with trackerkit.connect(url) as tracker:
        tracker.batch([trackerkit.operations.create("Project", {"name": f"p{at}"}) for at in range(2_000)])
    path = tmp_path / "show.db"
    data = bytearray(path.read_bytes())
    data[len(data) // 3 : len(data) - 8192] = b"\xa5" * (len(data) - 8192 - len(data) // 3)
    path.write_bytes(data)
    with pytest.raises((ServerError, ConfigurationError), match="damaged"), trackerkit.connect(url) as tracker:
        list(tracker.find("Project"))
    with trackerkit.connect(url) as tracker:
        assert not next(check for check in tracker.doctor() if check.name == "file").is_ok


def test_open_as_a_user_needs_the_user(url: str) -> None:
    with pytest.raises(AuthenticationError, match="no user 'anna'"):
        trackerkit.connect(url, user="anna")
    with trackerkit.connect(url, user="anna", create_user=True) as tracker:
        assert tracker.backend.me().login == "anna"
        assert tracker.create("Project", name="p").ref.type == "Project"
        assert tracker.find_one("Project", fields=["created_by.name"])["created_by.name"] == "anna"
    with trackerkit.connect(url, user="anna") as tracker:
        assert tracker.count("User") == 1


def test_use_after_close_is_a_clear_error(tracker: Tracker) -> None:
    tracker.close()
    with pytest.raises(ConfigurationError, match="was closed"):
        tracker.count("Shot")


def test_open_of_a_new_store_by_several_processes_at_once(url: str) -> None:
    results = CONTEXT.Queue()
    workers = [CONTEXT.Process(target=open_new, args=(url, results)) for _ in range(4)]
    for worker in workers:
        worker.start()
    found = {results.get(timeout=60) for _ in workers}
    for worker in workers:
        worker.join()
    assert len(found) == 1
    assert next(iter(found)).endswith(" 1")
