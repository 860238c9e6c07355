"""Several processes and threads on one store: none loses, none waits for ever, none is told nonsense."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
import threading
import time
from pathlib import Path

import pytest
from store_workers import CONTEXT, crash, create_many, repeat

import trackerkit
from trackerkit import operations as ops
from trackerkit.errors import UnavailableError
from trackerkit.tracker import Tracker


def test_processes_and_threads_write_at_once(tracker: Tracker, url: str) -> None:
    tracker.create("Project", name="p")
    processes = [CONTEXT.Process(target=create_many, args=(url, f"p{number}_", 40)) for number in range(3)]
    threads = [threading.Thread(target=create_many, args=(url, f"t{number}_", 40)) for number in range(3)]
    shared = [threading.Thread(target=_create_here, args=(tracker, f"s{number}_")) for number in range(3)]
    for worker in (*processes, *threads, *shared):
        worker.start()
    for worker in (*processes, *threads, *shared):
        worker.join(90)
    assert [process.exitcode for process in processes] == [0, 0, 0]
    assert tracker.count("Shot") == 9 * 40
    numbers = [event.number for event in tracker.events()]
    assert numbers == list(range(1, len(numbers) + 1))
    ids = [int(item.ref.id) for item in tracker.find("Shot")]
    assert ids == sorted(set(ids))


def _create_here(tracker: Tracker, name: str) -> None:
    project = tracker.project("p")
    for at in range(40):
        tracker.create("Shot", name=f"{name}{at}", project=project)


def test_threads_find_while_one_writes(tracker: Tracker) -> None:
    project = tracker.create("Project", name="p")
    done = threading.Event()
    problems: list[str] = []

    def read() -> None:
        while not done.is_set():
            found = [item.name for item in tracker.find("Shot", order=["name"], page_size=7)]
            if len(found) != len(set(found)) or found != sorted(found):
                problems.append(str(found))

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for at in range(100):
        tracker.create("Shot", name=f"s{at:03}", project=project)
    done.set()
    for reader in readers:
        reader.join(30)
    assert problems == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs SIGKILL")
def test_a_killed_writer_leaves_whole_batches(tracker: Tracker, url: str) -> None:
    tracker.create("Project", name="p")
    started = CONTEXT.Event()
    for _ in range(3):
        started.clear()
        process = CONTEXT.Process(target=crash, args=(url, started))
        process.start()
        assert started.wait(60)
        time.sleep(0.05)
        assert process.pid is not None
        os.kill(process.pid, signal.SIGKILL)
        process.join(30)
        assert tracker.count("Shot") % 50 == 0
        tracker.create("Asset", name="still writing", project=tracker.project("p"))
    numbers = [event.number for event in tracker.events()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(check.is_ok for check in tracker.doctor())


def test_a_store_that_stays_locked_says_so_and_writes_nothing(url: str, tmp_path: Path) -> None:
    with trackerkit.connect(f"{url}&busy_timeout=0.2") as tracker:
        project = tracker.create("Project", name="p")
        other = sqlite3.connect(tmp_path / "show.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        started = time.monotonic()
        with pytest.raises(UnavailableError, match="locked by another process") as caught:
            tracker.create("Shot", name="s", project=project)
        assert time.monotonic() - started < 5
        assert (caught.value.retryable, caught.value.sent) == (True, "no")
        assert tracker.count("Shot") == 0  # readers need not wait
        other.execute("ROLLBACK")
        other.close()
        tracker.create("Shot", name="s", project=project)
        assert tracker.count("Shot") == 1


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_opens_its_own_connections(tracker: Tracker) -> None:
    project = tracker.create("Project", name="p").ref
    child = os.fork()
    if child == 0:
        try:
            tracker.create("Shot", name="child", project=project)
            os._exit(0)
        except BaseException:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0
    tracker.create("Shot", name="parent", project=project)
    assert sorted(item.name for item in tracker.find("Shot")) == ["child", "parent"]


def test_connections_end_with_their_threads(tracker: Tracker) -> None:
    def read() -> None:
        tracker.count("Shot")

    for _ in range(20):
        thread = threading.Thread(target=read)
        thread.start()
        thread.join()
    assert len(tracker.backend._store.connections._all) <= 2


def test_one_key_in_several_processes_is_one_record(tracker: Tracker, url: str) -> None:
    project = tracker.create("Project", name="p")
    assert project.ref.id == "2"
    results = CONTEXT.Queue()
    key = ops.new_key()
    workers = [CONTEXT.Process(target=repeat, args=(url, key, results)) for _ in range(4)]
    for worker in workers:
        worker.start()
    found = [results.get(timeout=60) for _ in workers]
    for worker in workers:
        worker.join()
    assert len({id for id, _ in found}) == 1
    assert sorted(done for _, done in found) == [False, False, False, True]
