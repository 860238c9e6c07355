"""Opening a state: places, rights, damage, versions, other rooms' tables, and what waits for whom."""

from __future__ import annotations

import multiprocessing
import os
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, insert, select

from trackerkit.errors import ConfigurationError, UnavailableError
from trackerkit.state import State, engine

posix = pytest.mark.skipif(os.name != "posix", reason="rights of files are POSIX")


def _journal(metadata: MetaData) -> Table:
    return Table(
        "sync_journal", metadata, Column("id", Integer, primary_key=True), Column("what", Text, nullable=False)
    )


def test_open_takes_a_path_and_a_url(tmp_path: Path) -> None:
    for place in (tmp_path / "a.db", str(tmp_path / "b.db"), f"sqlite:///{tmp_path / 'c.db'}"):
        with State.open(place) as state:
            state.set_cursor("bot", "1")
        with State.open(place) as state:
            assert state.get_cursor("bot") == "1"


@posix
def test_open_makes_a_file_for_its_owner_alone(tmp_path: Path) -> None:
    with State.open(tmp_path / "folder" / "state.db") as state:
        state.set_cursor("bot", "1")
        files = {path.name: path.stat().st_mode & 0o777 for path in (tmp_path / "folder").iterdir()}
    assert files == {"state.db": 0o600, "state.db-wal": 0o600, "state.db-shm": 0o600}
    assert (tmp_path / "folder").stat().st_mode & 0o777 == 0o700


@posix
def test_open_warns_of_a_file_that_others_can_read(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "state.db").touch(mode=0o644)
    (tmp_path / "state.db").chmod(0o644)
    State.open(tmp_path / "state.db").close()
    assert "can be read by others (mode 644)" in caplog.text


def test_open_writes_ahead_and_waits_for_the_disk(tmp_path: Path) -> None:
    with State.open(tmp_path / "state.db") as state:
        assert state._db.row("PRAGMA journal_mode") == ("wal",)
        assert state._db.row("PRAGMA synchronous") == (2,)


@pytest.mark.parametrize(
    ("place", "match"),
    [
        ("sqlite://", "outlive its process"),
        ("sqlite:///:memory:", "outlive its process"),
        ("", "needs a place"),
        ("mysql://root:hunter2@db/state", "no state on 'mysql'"),
        ("nonsense://root:hunter2@db/state", "no state on 'nonsense'"),
        ("://hunter2", "no SQLAlchemy URL"),
    ],
)
def test_open_refuses_a_place(place: str, match: str) -> None:
    with pytest.raises(ConfigurationError, match=match) as caught:
        State.open(place)
    assert "hunter2" not in str(caught.value)


def test_open_says_that_a_file_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "state.db").write_bytes(b"certainly no database" * 500)
    with pytest.raises(ConfigurationError, match="is damaged, or it is no state database"):
        State.open(tmp_path / "state.db")


def test_a_file_that_is_damaged_later_says_so(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    with State.open(path) as state:
        state.mint_numbers("folder", [f"a long name of a folder {n}" for n in range(2000)])
    data = bytearray(path.read_bytes())
    data[4096 * 3 :] = os.urandom(len(data) - 4096 * 3)
    path.write_bytes(data)
    with pytest.raises(ConfigurationError, match="is damaged"), State.open(path) as state:
        state.mint_numbers("folder", ["another", *(f"a long name of a folder {n}" for n in range(2000))])


def test_open_says_that_a_folder_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match="cannot be opened"):
        State.open(tmp_path / "file" / "state.db")


def test_open_refuses_a_newer_version(tmp_path: Path) -> None:
    with State.open(tmp_path / "state.db") as state, state.transaction() as connection:
        connection.exec_driver_sql("UPDATE tk_versions SET version = 99 WHERE room = 'state'")
    with pytest.raises(ConfigurationError, match=r"holds version 99 of 'state'.*newer trackerkit"):
        State.open(tmp_path / "state.db")


def test_importing_the_state_loads_no_database() -> None:
    code = "import sys, trackerkit.state; sys.exit(str([m for m in ('sqlalchemy', 'sqlite3') if m in sys.modules]))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
    assert done.stderr.strip() == "[]"


def test_open_without_sqlalchemy_names_the_extra(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['sqlalchemy'] = None\n"
        "from trackerkit.errors import MissingExtraError\n"
        "from trackerkit.state import State\n"
        "try:\n    State.open(sys.argv[1])\n"
        "except MissingExtraError as error:\n    print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "a.db")], capture_output=True, text=True, timeout=60, check=True
    )
    assert "trackerkit[store]" in done.stdout


def test_define_makes_tables_that_share_transactions(
    state: State, break_off: Callable[[Callable[[Connection], None]], None]
) -> None:
    def work(connection: Connection) -> None:
        connection.execute(insert(journal).values(what="lost"))
        state.set_cursor("bot", "2", connection)

    journal = state.define("sync", 1, _journal)
    assert state.define("sync", 1, _journal) is journal
    break_off(work)
    with state.transaction() as connection:
        connection.execute(insert(journal).values(what="kept"))
    with state.engine.connect() as connection:
        assert connection.execute(select(journal.c.what)).scalars().all() == ["kept"]
    assert state.get_cursor("bot") is None


def test_define_checks_the_version_of_the_tables(place: str) -> None:
    with State.open(place) as state:
        state.define("sync", 1, _journal)
    with State.open(place) as state, pytest.raises(ConfigurationError, match="holds version 1 of 'sync'"):
        state.define("sync", 2, _journal)


def test_define_by_threads_at_once(place: str) -> None:
    with State.open(place) as one, State.open(place) as two:
        failures: list[BaseException] = []

        def define(state: State) -> None:
            try:
                state.define("sync", 1, _journal)
            except BaseException as error:
                failures.append(error)

        threads = [threading.Thread(target=define, args=(state,)) for state in (one, two) * 3]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)
    assert failures == []


def test_open_by_threads_at_once(place: str) -> None:
    failures: list[BaseException] = []

    def use() -> None:
        try:
            with State.open(place) as state:
                state.mint_numbers("folder", ["a"])
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=use) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []


def test_transaction_waits_for_the_one_before(state: State) -> None:
    """A writer that read first still sees what was true when it began: nobody writes in between."""
    order: list[str] = []
    inside = threading.Event()

    def second() -> None:
        inside.wait(10)
        state.mint_numbers("folder", ["second"])
        order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with state.transaction() as connection:
        state._db.next_number(connection, "folder", 1)
        inside.set()
        time.sleep(0.2)
        order.append("first")
    thread.join(30)
    assert order == ["first", "second"]
    assert state.numbers_for("folder", ["second"]) == {"second": 2}


def test_a_database_that_stays_locked_is_unavailable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "BUSY_TIMEOUT_S", 0.1)
    with State.open(tmp_path / "state.db") as state:
        stranger = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
        stranger.execute("BEGIN IMMEDIATE")
        try:
            with pytest.raises(UnavailableError, match="busy") as caught:
                state.set_cursor("bot", "1")
            assert caught.value.retryable
            assert state.get_cursor("bot") is None  # readers do not wait
        finally:
            stranger.close()
        state.set_cursor("bot", "1")


def test_a_failure_inside_a_transaction_is_the_callers_own(state: State) -> None:
    with pytest.raises(KeyError, match="mine"), state.transaction():
        raise KeyError("mine")


def _in_child(state: State) -> None:
    state.set_cursor("child", "1")
    os._exit(0 if state.get_cursor("parent") == "1" else 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_state_can_be_used_after_a_fork(state: State) -> None:
    state.set_cursor("parent", "1")
    child = multiprocessing.get_context("fork").Process(target=_in_child, args=(state,))
    child.start()
    child.join(30)
    assert child.exitcode == 0
    state.set_cursor("parent", "2")
    assert state.list_cursors() == {"child": "1", "parent": "2"}
