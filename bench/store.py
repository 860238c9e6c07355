"""The embedded store beside mockgun (shotgun_api3's own in-memory test double) and beside bare sqlite3: 100,000 shots."""

from __future__ import annotations

import gc
import itertools
import pickle
import sqlite3
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from shotgun_api3.lib.mockgun.mockgun import Shotgun as Mockgun

import trackerkit
from _harness import Race, main
from trackerkit import operations as ops
from trackerkit.filters import field
from trackerkit.tracker import Tracker
from trackerkit.values import Ref

SHOTS = 100_000
PROJECTS = 5
SEQUENCES = 1_000
PER_SEQUENCE = SHOTS // SEQUENCES
STATUSES = ("wtg", "ip", "rev", "fin", "omt")
NINE = ("name", "status", "description", "frame_start", "frame_end", "cut_order", "fps", "project", "created_at")
NINE_THERE = (
    "code", "sg_status_list", "description", "sg_cut_in", "sg_cut_out", "sg_cut_order", "sg_fps", "project", "created_at"
)  # fmt: skip


def shot_values(at: int) -> dict[str, Any]:
    """The plain fields of one shot."""
    return {
        "name": f"sq{at // PER_SEQUENCE:04}_sh{at:06}", "status": STATUSES[at % 5], "description": f"the shot number {at}",
        "frame_start": 1001, "frame_end": 1001 + at % 200, "cut_order": at, "fps": 24.0,
    }  # fmt: skip


# --- ours ------------------------------------------------------------------------------------------------------------


def fill(tracker: Tracker, shots: int) -> tuple[list[Ref], list[Ref]]:
    """Projects, sequences and so many shots, one show after the other; gives the projects and the sequences."""
    projects = [tracker.create("Project", name=f"show{at}").ref for at in range(PROJECTS)]
    made = [
        ops.create("Sequence", {"name": f"sq{at:04}"}, project=projects[at * PROJECTS // SEQUENCES])
        for at in range(SEQUENCES)
    ]
    sequences = [result.ref for result in tracker.write(made)]
    for start in range(0, shots, 10_000):
        tracker.write(
            [
                ops.create("Shot", {**shot_values(at), "parent": sequences[at // PER_SEQUENCE]})
                for at in range(start, min(start + 10_000, shots))
            ]
        )
    return projects, sequences


# --- mockgun ---------------------------------------------------------------------------------------------------------

_TYPES = {
    "code": "text", "sg_status_list": "status_list", "description": "text", "sg_cut_in": "number", "sg_cut_out": "number",
    "sg_cut_order": "number", "sg_fps": "float", "project": "entity", "sg_sequence": "entity", "created_at": "date_time",
    "id": "number", "name": "text",
}  # fmt: skip


def _schema() -> dict[str, Any]:
    def described(name: str) -> dict[str, Any]:
        return {"data_type": {"value": _TYPES[name]}, "properties": {"default_value": {"value": None}}}

    shot = {name: described(name) for name in _TYPES if name != "name"}
    other = {name: described(name) for name in ("id", "code", "name")}
    log = {"event_type": described("code"), "description": described("description"), "id": described("id")}
    return {"Shot": shot, "Sequence": other, "Project": other, "EventLogEntry": log}


def mockgun(folder: Path, tracker: Tracker) -> Any:
    """A mockgun with the same records under the same ids."""
    paths = [folder / "schema.pickle", folder / "entities.pickle"]
    paths[0].write_bytes(pickle.dumps(_schema(), protocol=2))
    paths[1].write_bytes(pickle.dumps({name: {} for name in _schema()}, protocol=2))
    Mockgun.set_schema_paths(*map(str, paths))  # type: ignore[no-untyped-call]
    made: Any = Mockgun("https://mockgun.invalid", "script", "key")  # type: ignore[no-untyped-call]
    for type_name in ("Project", "Sequence"):
        rows = tracker.find(type_name, fields=["name"])
        made._db[type_name] = {int(item.ref.id): _there(item.ref, code=item.name, name=item.name) for item in rows}
    for item in tracker.find("Shot", fields=[*NINE, "sequence"]):
        row = {there: item[name] for name, there in zip(NINE, NINE_THERE, strict=True)}
        links = {"project": _link(item.project), "sg_sequence": _link(item.sequence)}
        made._db["Shot"][int(item.ref.id)] = _there(item.ref, **{**row, **links})
    return made


def _there(ref: Ref, **values: Any) -> dict[str, Any]:
    return {"type": ref.type, "id": int(ref.id), "__retired": False, **values}


def _link(ref: Ref) -> dict[str, Any]:
    return {"type": ref.type, "id": int(ref.id), "name": ref.label}


# --- bare sqlite3 ----------------------------------------------------------------------------------------------------


class Raw:
    """A program that writes with bare sqlite3, statement by statement, exactly the rows that one create writes.

    Args:
        path: a store of its own, with the same tables and indexes.
        parent: the sequence that its shots lie in.
    """

    def __init__(self, path: Path, parent: int) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.execute("PRAGMA synchronous=normal")
        before = self._last()
        with trackerkit.connect(f"sqlite:///{path}?synchronous=normal") as tracker:
            tracker.create("Shot", **shot_values(0), parent=Ref("Sequence", parent))
        self._node, self._event = self._last()
        own = self._connection.execute("SELECT own FROM entity_type WHERE name = 'Shot'").fetchone()[0]
        self._copied = [self._statement(table, before) for table in ("node", own, "closure", "event")]

    def _last(self) -> tuple[int, int]:
        found: tuple[int, int] = self._connection.execute("SELECT last_node, last_event FROM store").fetchone()
        return found

    def _statement(self, table: str, before: tuple[int, int]) -> tuple[str, list[tuple[Any, ...]]]:
        key, last = ("node", before[0]) if table == "closure" else ("id", before[1 if table == "event" else 0])
        rows = self._connection.execute(f"SELECT * FROM {table} WHERE {key} > ?", (last,)).fetchall()
        return f"INSERT INTO {table} VALUES ({', '.join('?' * len(rows[0]))})", rows

    def create(self) -> None:
        """One more shot, with its events."""
        run = self._connection.execute
        run("BEGIN IMMEDIATE")
        run("SELECT epoch, last_node, last_event FROM store").fetchone()
        self._node += 1
        node, own, closure, event = self._copied
        run(node[0], (self._node, f"{self._node:032}", *node[1][0][2:]))
        run(own[0], (self._node, *own[1][0][1:]))
        for row in closure[1]:
            run(closure[0], (self._node, *row[1:]))
        for row in event[1]:
            self._event += 1
            run(event[0], (self._event, *row[1:4], self._node, *row[5:]))
        run("UPDATE store SET last_node = ?, last_event = ?", (self._node, self._event))
        run("COMMIT")


# --- races -----------------------------------------------------------------------------------------------------------


def races(folder: Path) -> Iterator[Race]:
    """Every race, on stores made in ``folder``."""
    tracker = trackerkit.connect(f"sqlite:///{folder / 'large.db'}?synchronous=normal")
    projects, _ = fill(tracker, SHOTS)
    there = mockgun(folder, tracker)
    gc.freeze()  # mockgun's 100,000 dicts lie in this process: the collector need not look at them for either of the two
    yield from reading(tracker, there, projects[2])
    yield from writing(folder, tracker)


def reading(tracker: Tracker, there: Any, project: Ref) -> Iterator[Race]:
    """Finds beside mockgun's."""
    some = tracker.find_one("Shot", field("cut_order") == SHOTS // 2)
    assert some is not None
    number, name = int(some.ref.id), some.name
    scope = [["project", "is", {"type": "Project", "id": int(project.id)}], ["sg_status_list", "is", "ip"]]
    of_status = field("status") == "ip"

    def nine() -> list[tuple[Any, ...]]:
        found = tracker.find("Shot", of_status, project=project, fields=NINE)
        return [tuple([item[name] for name in NINE]) for item in found]

    pairs: list[tuple[str, float, Callable[[], Any], Callable[[], Any]]] = [
        ("find by id", 2_000, lambda: [tracker.find_one("Shot", field("id") == number)],
         lambda: there.find("Shot", [["id", "is", number]], ["code"])),
        ("find by name", 2_000, lambda: [tracker.find_one("Shot", field("name") == name)],
         lambda: there.find("Shot", [["code", "is", name]], ["code"])),
        ("project and status, 4,000 rows", 25, lambda: list(tracker.find("Shot", of_status, project=project, fields=NINE)),
         lambda: there.find("Shot", scope, NINE_THERE)),
        ("the same, nine fields of each read", 15, nine, lambda: there.find("Shot", scope, NINE_THERE)),
        ("one hop: by the sequence's name", 1_000, lambda: list(tracker.find("Shot", field("sequence.name") == "sq0123")),
         lambda: there.find("Shot", [["sg_sequence.Sequence.code", "is", "sq0123"]], ["code"])),
    ]  # fmt: skip
    for title, times, ours, peer in pairs:
        mine, theirs = len(ours()), len(peer())
        assert mine == theirs, f"{title}: {mine} rows here, {theirs} there"
        yield Race(name=f"{title} ({mine:,})", ours=ours, peer=peer, at_least=times, peer_name="mockgun")


def writing(folder: Path, large: Tracker) -> Iterator[Race]:
    """A create with its events, one transaction each."""
    small = trackerkit.connect(f"sqlite:///{folder / 'small.db'}?synchronous=normal")
    fill(small, 100)
    with sqlite3.connect(folder / "large.db") as source, sqlite3.connect(folder / "raw.db") as copy:
        source.backup(copy)
    parent = large.find_one("Sequence", field("name") == "sq0007")
    assert parent is not None
    raw = Raw(folder / "raw.db", int(parent.ref.id))
    numbers = itertools.count(SHOTS)

    def creating(tracker: Tracker) -> Callable[[], object]:
        parent = tracker.find_one("Sequence", field("name") == "sq0007")
        return lambda: tracker.create("Shot", **shot_values(next(numbers)), parent=parent)

    yield Race(
        name="create with its 9 events", ours=creating(large), peer=raw.create, at_most=3, peer_name="bare sqlite3"
    )
    yield Race(
        name=f"create among {SHOTS:,}", ours=creating(large), peer=creating(small), at_most=1.5, peer_name="among 100"
    )


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="trackerkit-bench-") as place:
        sys.exit(main(list(races(Path(place)))))
