"""A small show for a test double: two people, a sequence with two shots, an asset, tasks, a version and a note."""

from __future__ import annotations

from typing import Any

from trackerkit.tracker import Tracker
from trackerkit.values import Ref

PROJECT = "Kestrel"
LOGIN = "ada"


def make_sample(tracker: Tracker) -> Ref:
    """Make it; the project's Ref."""
    people = [_person(tracker, LOGIN, "Ada Lovelace"), _person(tracker, "bob", "Bob O'Hara")]
    project = tracker.create("Project", name=PROJECT, code="kes", users=people).ref
    sequence = tracker.create("Sequence", name="SQ010", parent=project, project=project).ref
    lamp = tracker.create("Asset", name="Lamp", category="Prop", parent=project, project=project).ref
    for number in (10, 20):
        _make_shot(tracker, sequence, f"SQ010_{number:04}", lamp, people)
    return project


def _person(tracker: Tracker, login: str, label: str) -> Ref:
    return tracker.create(
        "User", name=login, label=label, email=f"{login}@kestrel.example", kind="human", active=True
    ).ref


def _make_shot(tracker: Tracker, sequence: Ref, name: str, asset: Ref, people: list[Ref]) -> None:
    home: dict[str, Any] = {"project": Ref("Project", sequence.project or "", sequence.project, sequence.site)}
    shot = tracker.create(
        "Shot", name=name, parent=sequence, frame_start=1001, frame_end=1048, assets=[asset], **home
    ).ref
    step = _step(tracker)
    task = tracker.create(
        "Task", name="comp", type=step, parent=shot, assignees=people[:1], **_status(tracker, "Task"), **home
    ).ref
    product = tracker.create("Product", name="compMain", type="render", parent=shot, **home).ref
    version = tracker.create(
        "Version", name=f"{name}_comp_v001", number=1, product=product, parent=shot, task=task, author=people[0], **home
    ).ref
    tracker.create("Note", subject="Darker", body="A stop darker, please.", links=[version], author=people[1], **home)


def _step(tracker: Tracker) -> str:
    found = [row["name"] for row in tracker.find("TaskType", fields=["name"])]
    wanted = next((name for name in ("Comp", "Compositing") if name in found), None)
    return wanted or str(tracker.create("TaskType", name="Compositing", code="cmp", applies_to="Shot")["name"])


def _status(tracker: Tracker, type_name: str) -> dict[str, Any]:
    """In progress, where the tracker has such a status."""
    return {"status": "ip"} if "ip" in tracker.schema.field(type_name, "status").choices else {}
