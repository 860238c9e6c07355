"""The sample show: small, and with everything that makes real shows hard to move."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final

from trackerkit import operations as ops
from trackerkit.demo.media import movie, picture
from trackerkit.operations import Operation
from trackerkit.tracker import Tracker
from trackerkit.values import Ref

PROJECT: Final = "Kestrel's Dive"
CODE: Final = "kdv"

USERS: Final = (
    ("ann.lee@kestrel.example", "Ann Lee", "ann.lee@kestrel.example"),
    ("zoe", "Zoë Müller", "zoe@kestrel.example"),
    ("jose.nandu", "José Ñandú", "jose@kestrel.example"),
    ("bob", "Bob O'Hara", "bob@kestrel.example"),
    ("kenji", "佐藤 健二", "kenji@kestrel.example"),
    ("mira", "Mira Kovač", "mira@kestrel.example"),
)
STATUSES: Final = (
    ("wtg", "Waiting to Start", "not_started", "#8c8c8c"), ("rdy", "Ready to Start", "not_started", "#b4c4d8"),
    ("ip", "In Progress", "in_progress", "#4c9ee8"), ("rev", "Pending Review", "in_progress", "#f2c84b"),
    ("apr", "Approved", "done", "#3fb36b"), ("fin", "Final", "done", "#2a8f4f"), ("hld", "On Hold", "blocked", "#e07a3f"),
    ("omt", "Omit", "blocked", "#b0413e"),
)  # fmt: skip
STEPS: Final = (
    ("Layout", "lay", "Shot"), ("Animation", "anm", "Shot"), ("Lighting", "lgt", "Shot"), ("Compositing", "cmp", "Shot"),
    ("Modeling", "mdl", "Asset"), ("Look Dev", "ldv", "Asset"), ("Animation", "anm", "Asset"),
)  # fmt: skip
SHOT_STEPS: Final = ("Layout", "Animation", "Lighting", "Compositing")
TAGS: Final = ("hero", "needs plate", "réserve")
SEQUENCES: Final = ("SQ010", "SQ 020 – Storm", "sq030")
ODD_SHOTS: Final = {
    4: "sh 0040 'rain'", 7: "SQ010_0080_ñandú", 15: "SQ020 0060 \"wide\"", 21: "SQ030_0010", 22: "sq030_0010",
}  # fmt: skip
ASSETS: Final = (
    ("Kestrel", "Character"), ("kestrel", "Prop"), ("Old Man's Hat", "Prop"), ("Böschung", "Environment"),
    ("灯台", "Environment"), ("Storm Cloud", "FX"), ("Fisher", "Character"), ("Fisher's Boat", "Vehicle"),
    ("Gull A", "Character"), ("Gull B", "Character"), ("Net", "Prop"), ("Harbour", "Environment"), ("Rope", "Prop"),
    ("Lamp; brass", "Prop"), ("Cliff", "Environment"), ("Nest", "Prop"), ("Egg", "Prop"), ("Rain", "FX"),
    ("Sea", "Environment"), ("Radio", "Prop"),
)  # fmt: skip

Tell = Callable[[str, int, int], None]
"""Called with what is being made, how many are done, and how many there are."""


def make_show(tracker: Tracker, tell: Tell = lambda what, done, total: None, *, versions: int = 200) -> Ref:
    """Make the sample show in an empty tracker; the project's Ref.

    Args:
        tracker: an embedded store.
        tell: told how far it is.
        versions: how many versions, each with a picture and a movie.
    """
    _make_fields(tracker)
    project = tracker.create(
        "Project", name=PROJECT, label=PROJECT, code=CODE, fps=24.0, description="A sample show."
    ).ref
    people = _make_definitions(tracker, project)
    shots = _make_shots(tracker, project)
    assets = _make_assets(tracker, project, shots)
    tasks = _make_tasks(tracker, project, shots, assets, people)
    made = _make_versions(tracker, project, shots, tasks, people, versions, tell)
    _make_notes(tracker, project, shots, made, people)
    _make_playlist(tracker, project, made)
    _retire_some(tracker, project)
    return project


def _make_fields(tracker: Tracker) -> None:
    schema = tracker.schema
    schema.create_field("Folder", "sg_complexity", "integer", label="Complexity")
    schema.create_field("Folder", "sg_turnover_on", "date", label="Turnover")
    schema.create_field("Task", "sg_bid_note", "text", label="Bid note")
    schema.create_field("Version", "sg_colorspace", "text", label="Colorspace")


def _make(tracker: Tracker, operations: Sequence[Operation]) -> list[Ref]:
    return [record.ref for record in tracker.batch(operations)]


def _make_definitions(tracker: Tracker, project: Ref) -> list[Ref]:
    people = _make(tracker, [_user(*user) for user in USERS])
    tracker.create("Group", name="Compositing", users=people[:3])
    tracker.update(project, users=people)
    statuses: list[Mapping[str, Any]] = [
        {"name": name, "code": code, "category": category, "color": color, "order": at}
        for at, (code, name, category, color) in enumerate(STATUSES)
    ]
    steps = [{"name": name, "code": code, "applies_to": kind} for name, code, kind in STEPS]
    _make(tracker, [ops.create("Status", values) for values in statuses])
    _make(tracker, [ops.create("TaskType", values) for values in steps])
    _make(tracker, [ops.create("Tag", {"name": name}) for name in TAGS])
    return people


def _user(login: str, label: str, email: str) -> Operation:
    return ops.create("User", {"name": login, "label": label, "email": email, "active": True, "kind": "human"})


def _make_shots(tracker: Tracker, project: Ref) -> list[Ref]:
    values = [{"name": name, "status": "ip", "parent": project} for name in SEQUENCES]
    sequences = _make(tracker, [ops.create("Sequence", each, project=project) for each in values])
    shots = [_shot(at, sequences[at // 10]) for at in range(30)]
    orphan = {"name": "ORPHAN_010", "status": "wtg", "frame_start": 1001, "frame_end": 1020}
    return _make(tracker, [ops.create("Shot", each, project=project) for each in (*shots, orphan)])


def _shot(at: int, sequence: Ref) -> dict[str, Any]:
    number = at % 10 + 1
    name = ODD_SHOTS.get(at, f"SQ{at // 10 + 1:02}0_{number * 10:04}")
    length = 24 + at * 3 % 50
    return {
        "name": name, "parent": sequence, "status": STATUSES[at % 6][0], "frame_start": 1001,
        "frame_end": 1000 + length, "handle_start": 8, "handle_end": 8, "cut_order": at + 1, "fps": 24.0,
        "description": f"Shot {number} of the sequence; the camera “breathes”.", "tags": [TAGS[at % 3]] if at % 4 == 0 else [],
        "sg_complexity": at % 5 + 1, "sg_turnover_on": date(2026, 3, 1) + timedelta(days=at),
    }  # fmt: skip


def _make_assets(tracker: Tracker, project: Ref, shots: Sequence[Ref]) -> list[Ref]:
    values = [
        {"name": n, "category": c, "status": STATUSES[at % 5][0], "parent": project} for at, (n, c) in enumerate(ASSETS)
    ]
    assets = _make(tracker, [ops.create("Asset", each, project=project) for each in values])
    casting = [ops.update(shot, {"assets": [assets[0], assets[at % 19 + 1]]}) for at, shot in enumerate(shots[:30])]
    tracker.batch(casting)
    return assets


def _make_tasks(
    tracker: Tracker, project: Ref, shots: Sequence[Ref], assets: Sequence[Ref], people: Sequence[Ref]
) -> list[Ref]:
    values = [_task(step, shot, at, people) for shot in shots[:30] for at, step in enumerate(SHOT_STEPS)]
    values += [_task("Modeling", asset, at, people) for at, asset in enumerate(assets)]
    values += [_task("Look Dev", asset, at, people) for at, asset in enumerate(assets[:7])]
    values.append(
        {**_task("Animation", shots[0], 1, people), "name": "Animation", "description": "a second one of that name"}
    )
    values.append({"name": "deliver trailer", "parent": project, "status": "wtg", "type": "Compositing"})
    values.append({"name": "find me a home", "status": "wtg", "type": "Layout"})
    tasks = _make(tracker, [ops.create("Task", each, project=project) for each in values])
    waits = [ops.update(tasks[at], {"depends_on": [tasks[at - 1]]}) for at in range(len(shots[:30]) * 4) if at % 4]
    tracker.batch(waits)
    return tasks


def _task(step: str, parent: Ref, at: int, people: Sequence[Ref]) -> dict[str, Any]:
    start = date(2026, 4, 1) + timedelta(days=at * 5)
    return {
        "name": step, "type": step, "parent": parent, "status": STATUSES[at % 6][0], "start_date": start,
        "end_date": start + timedelta(days=4), "assignees": [people[at % len(people)]],
        "sg_bid_note": "bid of 3 days; “tight”" if at == 2 else None,
    }  # fmt: skip


def _make_versions(
    tracker: Tracker,
    project: Ref,
    shots: Sequence[Ref],
    tasks: Sequence[Ref],
    people: Sequence[Ref],
    count: int,
    tell: Tell,
) -> list[Ref]:
    names = tracker.find("Shot", fields=["name"], project=project)
    called = {record.ref: str(record.name) for record in names}
    values = [_version(at, shots[at % 30], called[shots[at % 30]], tasks, people) for at in range(count)]
    versions = _make(tracker, [ops.create("Version", each, project=project) for each in values])
    for at, (version, each) in enumerate(zip(versions, values)):  # noqa: B905 - Python 3.10, same length
        label, seed = str(each["name"])[:24], at % 30
        tracker.upload(version, movie(label, seed, 8, 24, 160, 90), filename=f"{_plain(label)}.mov")
        tracker.thumbnail(version, picture(label, seed, 160, 90))
        if at < 30:
            tracker.thumbnail(shots[at], picture(called[shots[at]][:24], seed, 160, 90))
        tell("versions with movies and pictures", at + 1, count)
    return versions


def _version(at: int, shot: Ref, name: str, tasks: Sequence[Ref], people: Sequence[Ref]) -> dict[str, Any]:
    take, step = at // 30 + 1, ("comp", "anim", "light")[at % 3]
    odd = {11: "first look", 12: "Müller's pick v2"}.get(at)
    return {
        "name": odd or f"{name}_{step}_v{take:03}", "parent": shot, "task": tasks[at % 30 * 4 + at % 4],
        "author": people[at % len(people)], "status": ("rev", "apr", "ip")[at % 3], "description": f"take {take}",
        "frame_start": 1001, "frame_end": 1008, "fps": 24.0, "path": f"/mnt/kdv/{at:04}/frames.%04d.exr",
        "sg_colorspace": "ACEScg",
    }  # fmt: skip


def _plain(name: str) -> str:
    return "".join(c if c.isalnum() else "_" for c in name)


def _make_notes(
    tracker: Tracker, project: Ref, shots: Sequence[Ref], versions: Sequence[Ref], people: Sequence[Ref]
) -> None:
    notes = [_note(at, shots[at], versions[at], people) for at in range(24)]
    made = _make(tracker, [ops.create("Note", each, project=project) for each in notes])
    replies = [
        {"note": note, "body": f"On it – “{at}”.", "author": people[(at + 1) % len(people)]}
        for at, note in enumerate(made[:16])
    ]
    _make(tracker, [ops.create("Reply", each, project=project) for each in replies])
    text = "Look at the façade: less blue, more depth.\n".encode()
    tracker.upload(made[0], text, filename="Référence – façade.txt")
    tracker.upload(made[1], picture("paint over", 3, 160, 90), filename="paint over.png")


def _note(at: int, shot: Ref, version: Ref, people: Sequence[Ref]) -> dict[str, Any]:
    bodies = (
        "Fix the hand; it pops at 1012.",
        "Très beau!\nOnly the edge — soften it.",
        "雨をもっと強く。",
        "Can we see O'Hara's take?",
    )
    return {
        "subject": f"Review {at + 1}", "body": bodies[at % 4], "links": [version, shot] if at % 2 else [version],
        "author": people[at % len(people)], "addressees": [people[(at + 2) % len(people)]],
    }  # fmt: skip


def _make_playlist(tracker: Tracker, project: Ref, versions: Sequence[Ref]) -> None:
    picked = [versions[at] for at in (17, 3, 42, 8, 25) if at < len(versions)]
    day = datetime(2026, 11, 20, 10, 0, tzinfo=timezone.utc)
    tracker.create("Playlist", name="Dailies – director's pick", items=picked, date=day, project=project)


def _retire_some(tracker: Tracker, project: Ref) -> None:
    parent = tracker.find_one("Sequence", fields=["id"], project=project)
    above = parent.ref if parent else project
    tracker.delete(tracker.create("Shot", name="SQ010_0090_OLD", status="omt", parent=above, project=project))
