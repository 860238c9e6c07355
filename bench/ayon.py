"""AYON beside ayon-python-api: on a server that answers from memory, and on a real one that the environment names.

The real server: TRACKERKIT_LIVE_AYON_URL and TRACKERKIT_LIVE_AYON_KEY (a service's key). It gets a project ``tkbench_…``,
which is deleted in the end, unless TRACKERKIT_BENCH_AYON_PROJECT names one that is there already, which stays as it is: to
make 5,000 folders takes the server minutes. ``--profile TYPE`` prints where our own time of a listing from memory goes.
"""

from __future__ import annotations

import argparse
import cProfile
import itertools
import os
import pstats
import secrets
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import ayon_api
import requests

import _ayon_listing as memory
import trackerkit
from _harness import Race, main
from trackerkit import operations as ops
from trackerkit.tracker import Tracker
from trackerkit.values import Ref

FOLDERS, TASKS_EACH, EVENTS = 5_000, 3, 10_000
MOST_MIB = 64

FIELDS: dict[str, list[str]] = {
    "Folder": ["name", "label", "kind", "path", "status", "tags", "parent", "description", "fps", "frame_start", "frame_end",
               "created_at"],
    "Task": ["name", "label", "type", "status", "tags", "assignees", "parent", "description", "priority", "start_date",
             "end_date", "created_at"],
    "Version": ["name", "number", "product", "task", "author", "status", "tags", "description", "frame_start", "frame_end",
                "created_at"],
}  # fmt: skip
"""What ayon-python-api reads unless told otherwise, by its neutral names."""


def ours(tracker: Tracker, type_name: str, project: str, reads: bool = False, **parts: Any) -> int:
    """The records that a find gives; ``reads`` looks at each value of each."""
    count, names = 0, FIELDS[type_name]
    for item in tracker.find(type_name, project=project, fields=names, **parts):
        count += 1
        if reads:
            for name in names:
                item[name]
    return count


def theirs(api: Any, type_name: str, project: str, **parts: Any) -> int:
    """The same of ayon-python-api, which gives active ones unless told otherwise."""
    return sum(1 for _ in getattr(api, f"get_{type_name.lower()}s")(project, **parts))


def same(one: Callable[[], int], other: Callable[[], int]) -> None:
    """Both give as many."""
    mine, peers = one(), other()
    assert mine == peers, f"{mine} here, {peers} there"


# --- from memory -----------------------------------------------------------------------------------------------------


def from_memory(url: str) -> Iterator[Race]:
    """The clients alone. A limit keeps Folder from the short way that only a real server has."""
    api = ayon_api.ServerAPI(url, "key")
    tracker = trackerkit.connect(f"ayon+{url}", api_key="key")
    for type_name in FIELDS:
        parts = {"limit": 10**9} if type_name == "Folder" else {}

        def find(reads: bool, type_name: str = type_name, parts: dict[str, int] = parts) -> int:
            return ours(tracker, type_name, memory.PROJECT, reads, **parts)

        def peer(type_name: str = type_name) -> int:
            return theirs(api, type_name, memory.PROJECT)

        same(lambda: find(False), peer)
        for reads, words, goal in ((False, "", 1.6), (True, ", each value read", 1.0)):
            yield Race(
                name=f"memory: find {type_name} ({memory.COUNTS[type_name.lower() + 's']:,}){words}",
                ours=partial(find, reads), peer=peer, at_least=goal, peer_name="ayon_api",
            )  # fmt: skip


def profiled(type_name: str) -> None:
    """Print where our own time goes, of a find whose values are all read, or of all events."""
    with memory.served() as url:
        tracker = trackerkit.connect(f"ayon+{url}", api_key="key")

        def work() -> int:
            if type_name == "Event":
                return sum(1 for _ in tracker.events())
            return ours(tracker, type_name, memory.PROJECT, True)

        work()
        profile = cProfile.Profile(time.process_time)
        profile.runcall(work)
    pstats.Stats(profile).sort_stats("tottime").print_stats(25)


_CHILD = """
import sys
sys.path.insert(0, {here!r})
from ayon import grown
print(*grown({url!r}))
"""


def grown(url: str) -> tuple[int, float]:
    """Rows of a find, and the most MiB above the process before it."""
    from store_memory import resident_mib

    tracker = trackerkit.connect(f"ayon+{url}", api_key="key")
    next(tracker.find("Task", project=memory.PROJECT, limit=1))
    start, most, count = resident_mib(), 0.0, 0
    for item in tracker.find("Task", project=memory.PROJECT, fields=FIELDS["Task"]):
        count += 1
        if count % 1_000 == 0:
            most = max(most, resident_mib() - start)
            assert item["name"]
    return count, most


def print_memory() -> bool:
    """What a listing adds to a process, of so many rows and of ten times as many; True when both are small."""
    held = True
    for times in (1, 10):
        with memory.served(times) as url:
            child = _CHILD.format(here=str(Path(__file__).parent), url=url)
            ran = subprocess.run([sys.executable, "-c", child], check=True, capture_output=True, text=True)
        count, mib = int(ran.stdout.split()[0]), float(ran.stdout.split()[1])
        held &= mib <= MOST_MIB
        print(f"find Task, {count:,} rows: {mib:.0f} MiB above the start (≤ {MOST_MIB})", file=sys.stderr)
    return held


# --- a real server ---------------------------------------------------------------------------------------------------


class Real:
    """A project on a real server: this run's own, or one that is there already.

    Args:
        url: of the server.
        key: of a service.
        folders: how many to make.
        named: the project that is there already.
    """

    def __init__(self, url: str, key: str, folders: int, named: str = "") -> None:
        self.url, self.key, self.is_named = url, key, bool(named)
        self.api: Any = ayon_api.ServerAPI(url, key)
        self.tracker = trackerkit.connect(f"ayon+{url}", api_key=key)
        self._numbers = itertools.count()
        if named:
            self.project = self.tracker.ref("Project", named)
            return
        self.project = self.tracker.create("Project", name=f"tkbench_{secrets.token_hex(3)}").ref
        for start in range(0, folders, 500):
            self.tracker.batch(self.operations(min(500, folders - start)))
        for ref in list(self.tracker.find("Shot", project=self.project, limit=5)):
            self.tracker.delete(ref)

    def operations(self, folders: int, project: Ref | None = None) -> list[ops.Operation]:
        """Folders with their tasks, in this run's project or another one."""
        made = []
        project = project or self.project
        for _ in range(folders):
            key = uuid.uuid4().hex
            shot = Ref("Shot", key, project.id, self.tracker.backend.site)
            values = {"name": f"sh{next(self._numbers):06}", "description": "one of many", "frame_end": 1100}
            made.append(ops.create("Shot", values, key=key, project=project))
            made += [
                ops.create("Task", {"name": f"task{at}", "parent": shot, "type": "Animation"})
                for at in range(TASKS_EACH)
            ]
        return made

    def close(self) -> None:
        """Delete what was made."""
        if not self.is_named:
            self.tracker.delete(self.project, permanent=True, recursive=True)

    # ---- contestants

    def batch(self) -> float:
        """Seconds for 500 folders and 1,500 tasks by one batch."""
        with self.empty_project() as project:
            wanted = self.operations(500, project)
            start = time.perf_counter()
            self.tracker.batch(wanted)
            return time.perf_counter() - start

    def raw_batch(self) -> float:
        """Seconds for the same operations, sent as they are."""
        with self.empty_project() as project, requests.Session() as session:
            sent = {"operations": [native(item) for item in self.operations(500, project)]}
            session.headers["X-Api-Key"] = self.key
            session.get(f"{self.url}/api/info", timeout=60)
            start = time.perf_counter()
            answer = session.post(f"{self.url}/api/projects/{project.id}/operations", json=sent, timeout=600)
            assert answer.json()["success"], answer.text[:300]
            return time.perf_counter() - start

    @contextmanager
    def empty_project(self) -> Iterator[Ref]:
        """A project for one batch: each folder takes the longer, the more there are. It is deleted afterwards.

        What the server still does after a batch (it sends events) is waited for: it would be the next one's burden.
        """
        ref = self.tracker.create("Project", name=f"tkbench_{secrets.token_hex(3)}").ref
        self.tracker.find_one("Shot", project=ref)
        try:
            self.settle()
            yield ref
        finally:
            self.settle()
            self.tracker.delete(ref, permanent=True, recursive=True)

    def settle(self) -> None:
        """Wait until the server has no more events to tell."""
        before = ""
        while (now := self.tracker.backend.last_cursor() or "") != before:
            before = now
            time.sleep(1)

    def events(self) -> int:
        """The facts of the first events of the server: of as many events as ``raw_events`` gives."""
        assert sum(1 for _ in self.tracker.events(limit=self.facts)) == self.facts
        return EVENTS

    def raw_events(self) -> int:
        """The same, as ayon-python-api gives them."""
        fields = {"id", "topic", "project", "user", "sender", "dependsOn", "status", "summary", "payload", "createdAt"}
        return sum(1 for _ in itertools.islice(self.api.get_events(fields=fields, limit=EVENTS, order=0), EVENTS))

    @cached_property
    def facts(self) -> int:
        """How many facts the first so many events tell; 0 where the server has fewer."""
        count, numbers = 0, set()
        for event in self.tracker.events():
            numbers.add(event.number)
            if len(numbers) > EVENTS:
                return count
            count += 1
        return count if len(numbers) == EVENTS else 0


def native(item: ops.Operation) -> dict[str, Any]:
    """An operation as AYON takes it, made by hand."""
    data: dict[str, Any] = {"name": item.values["name"]}
    if item.type == "Shot":
        data |= {"folderType": "Shot", "attrib": {"description": "one of many", "frameEnd": 1100}}
    else:
        data |= {"folderId": item.values["parent"].id, "taskType": "Animation"}
    kind = "folder" if item.type == "Shot" else "task"
    return {"type": "create", "entityType": kind, "entityId": item.key, "data": data}


def on_a_server(real: Real) -> Iterator[Race]:
    """Both clients against one server."""
    project = real.project.id
    for words, goal, state, active in (("retired or not", 5.0, "all", None), ("active ones", 1.8, "active", True)):
        mine = partial(ours, real.tracker, "Folder", project, state=state)
        peers = partial(theirs, real.api, "Folder", project, active=active)
        same(mine, peers)
        yield Race(
            name=f"server: folders, {words} ({mine():,})", ours=mine, peer=peers, at_least=goal, peer_name="ayon_api"
        )
    tasks = partial(ours, real.tracker, "Task", project)
    yield Race(
        name=f"server: tasks ({tasks():,})", ours=tasks, peer=partial(theirs, real.api, "Task", project), at_least=1.4,
        peer_name="ayon_api",
    )  # fmt: skip
    if real.facts:
        yield Race(
            name=f"server: events ({EVENTS:,})", ours=real.events, peer=real.raw_events, at_least=1.4, peer_name="ayon_api"
        )  # fmt: skip
    else:
        print(f"the server has fewer than {EVENTS:,} events: not measured", file=sys.stderr)
    yield Race(
        name="server: 500 folders + 1,500 tasks", ours=real.batch, peer=real.raw_batch, at_least=0.95, self_timed=True,
        peer_name="raw client",
    )  # fmt: skip


def arguments() -> tuple[argparse.Namespace, list[str]]:
    """Ours, and those of the harness."""
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--profile", choices=[*FIELDS, "Event"])
    parser.add_argument("--folders", type=int, default=FOLDERS)
    parser.add_argument("--match", default="", help="only races whose name holds that")
    parser.add_argument("--only", choices=("memory", "server"))
    return parser.parse_known_args()


def run() -> int:
    """Every race that can be run here; 1 when a claim was missed."""
    options, rest = arguments()
    if options.profile:
        profiled(options.profile)
        return 0
    address, key = (os.environ.get(f"TRACKERKIT_LIVE_AYON_{name}", "") for name in ("URL", "KEY"))
    with ExitStack() as stack:
        races: list[Race] = []
        if options.only != "server":
            races += from_memory(stack.enter_context(memory.served()))
        if address and key and options.only != "memory":
            real = Real(address, key, options.folders, os.environ.get("TRACKERKIT_BENCH_AYON_PROJECT", ""))
            stack.callback(real.close)
            races += on_a_server(real)
        missed = main([race for race in races if options.match in race.name], rest)
    return missed if options.only == "server" else missed | (not print_memory())


if __name__ == "__main__":
    sys.exit(run())
