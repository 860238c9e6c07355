"""Reading from AYON beside AYON's own client: from a server that answers from memory, and from a real one where named.

A real server is named by TRACKERKIT_LIVE_AYON_URL and TRACKERKIT_LIVE_AYON_KEY (a service's key). The show that is read is made
first, which takes minutes, and deleted afterwards; TRACKERKIT_BENCH_AYON_PROJECT names one that is there already, and stays.
TRACKERKIT_LIVE_AYON_WORKERS says how many workers it has: with more than one, pages at once are raced there too.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ayon_api

from _harness import Race, main
from trackerkit_ayon.server_api import ServerAPI

FOLDERS, TASKS, VERSIONS = 5_000, 15_000, 15_000
CHUNK = 500
FLAT = {"id", "name", "label", "path", "parentId", "folderType", "status", "tags"}


def reader(api: Any, read: Callable[[Any], Any], expected: int | None = None) -> Callable[[], object]:
    """A contestant that reads everything and tells how long it took; it fails when it reads too little."""

    def contest() -> float:
        began = time.perf_counter()
        count = sum(1 for _ in read(api))
        seconds = time.perf_counter() - began
        if expected is not None and count != expected:
            raise AssertionError(f"{count} rows were read, not {expected}")
        return seconds

    return contest


def race(name: str, url: str, key: str, read: Callable[[Any], Any], least: float, expected: int | None = None) -> Race:
    """Both clients, one after the other, with the same call."""
    ours, theirs = ServerAPI(url, token=key), ayon_api.ServerAPI(url, token=key)
    return Race(
        name=name,
        ours=reader(ours, read, expected),
        peer=reader(theirs, read, expected),
        at_least=least,
        self_timed=True,
        peer_name="ayon_api",
    )


@contextmanager
def served(script_name: str) -> Iterator[str]:
    """A server in a process of its own."""
    script = Path(__file__).with_name(script_name)
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield f"http://127.0.0.1:{int(process.stdout.readline())}"
        finally:
            process.terminate()


def memory_races(url: str) -> list[Race]:
    """What the clients themselves cost."""
    from _ayon_memory import TASKS as in_memory

    return [race(f"from memory: {in_memory:,} tasks", url, "k" * 32, lambda api: api.get_tasks("show"), 2.2, in_memory)]


def workers_race(where: str, url: str, key: str, read: Callable[[Any], Any], expected: int) -> Race:
    """Two pages on their way at once, beside one after the other, where the server has two workers."""
    single, double = ServerAPI(url, token=key), ServerAPI(url, token=key)
    double.parallel_reads = 2
    return Race(
        name=f"{where}, two pages at once",
        ours=reader(double, read, expected),
        peer=reader(single, read, expected),
        at_least=1.5,
        self_timed=True,
        peer_name="one page after the other",
    )


def real_workers(url: str, key: str, project: str) -> list[Race]:
    """The same on a real server that has several workers."""
    if int(os.environ.get("TRACKERKIT_LIVE_AYON_WORKERS", "1")) < 2:
        return []
    reads: list[tuple[str, Callable[[Any], Any], int]] = [
        ("real workers: tasks", lambda api: api.get_tasks(project, active=None), TASKS),
        ("real workers: versions", lambda api: api.get_versions(project, active=None), VERSIONS),
    ]
    return [workers_race(where, url, key, read, expected) for where, read, expected in reads]


def real_races(url: str, key: str, project: str) -> list[Race]:
    """What users wait for."""
    return [
        race(
            "folders, the flat list suffices",
            url,
            key,
            lambda api: api.get_folders(project, active=None, fields=FLAT),
            5.0,
        ),
        race("the same, active ones", url, key, lambda api: api.get_folders(project, fields=FLAT), 1.8),
        race("folders with all fields, active ones", url, key, lambda api: api.get_folders(project), 1.8),
        race(f"{TASKS:,} tasks", url, key, lambda api: api.get_tasks(project, active=None), 1.4, TASKS),
        race(f"{VERSIONS:,} versions", url, key, lambda api: api.get_versions(project, active=None), 1.4, VERSIONS),
        race("10,000 events", url, key, lambda api: api.get_events(limit=10_000), 1.4),
    ]


@contextmanager
def real_show(url: str, key: str) -> Iterator[str]:
    """The show to read: a named one, or one that is made and deleted."""
    named = os.environ.get("TRACKERKIT_BENCH_AYON_PROJECT")
    if named:
        yield named
        return
    api = ServerAPI(url, token=key)
    name = f"tkbench_{uuid.uuid4().hex[:8]}"
    began = time.monotonic()
    api.create_project(name, name[-8:])
    try:
        fill(api, name)
        print(f"the show was made in {time.monotonic() - began:.0f} s", file=sys.stderr)
        yield name
    finally:
        api.delete_project(name)


def fill(api: Any, project: str) -> None:
    """Sequences of shots with tasks, products and versions, in batches."""

    def made(kind: str, rows: list[dict[str, Any]]) -> list[str]:
        ids = [uuid.uuid1().hex for _ in rows]
        operations = [
            {"type": "create", "entityType": kind, "entityId": id, "data": row}
            for id, row in zip(ids, rows, strict=True)
        ]
        for begin in range(0, len(operations), CHUNK):
            api.send_batch_operations(project, operations[begin : begin + CHUNK])
        return ids

    many = FOLDERS // 50
    sequences = made(
        "folder", [{"name": f"sq{n:04}", "folderType": "Sequence", "attrib": {"fps": 25.0}} for n in range(many)]
    )
    shots = made(
        "folder",
        [
            {"name": f"sh{n:05}", "folderType": "Shot", "parentId": sequences[n % many], "attrib": {"frameEnd": 1001 + n},
             "active": n % 50 != 7}
            for n in range(FOLDERS - many)
        ],
    )  # fmt: skip
    kinds = ("Compositing", "Animation", "Lighting")
    made(
        "task",
        [
            {"name": f"t{n // len(shots)}", "taskType": kinds[n % 3], "folderId": shots[n % len(shots)]}
            for n in range(TASKS)
        ],
    )
    products = made(
        "product", [{"name": "renderMain", "productType": "render", "folderId": shot} for shot in shots[:1_000]]
    )
    made("version", [{"version": 1 + n // 1_000, "productId": products[n % 1_000]} for n in range(VERSIONS)])


def run() -> int:
    """Run the races; 1 when a claim was missed."""
    url, key = os.environ.get("TRACKERKIT_LIVE_AYON_URL"), os.environ.get("TRACKERKIT_LIVE_AYON_KEY")
    with served("_ayon_memory.py") as memory, served("_ayon_workers.py") as workers:
        stand_in = workers_race("two workers", workers, "k" * 32, lambda api: api.get_tasks("show"), TASKS)
        races = [*memory_races(memory), stand_in]
        if not url or not key:
            print("no real AYON server is named: stand-ins alone", file=sys.stderr)
            return main(races)
        with real_show(url, key) as project:
            return main([*races, *real_races(url, key, project), *real_workers(url, key, project)])


if __name__ == "__main__":
    sys.exit(run())
