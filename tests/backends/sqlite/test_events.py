"""The history: one fact each, dense and in order, and readers that wait for more."""

from __future__ import annotations

import threading
import time
from datetime import datetime, timezone
from typing import Any

import pytest

import trackerkit
from trackerkit import operations as ops
from trackerkit.errors import InvalidInputError
from trackerkit.filters import field
from trackerkit.operations import add
from trackerkit.tracker import Tracker
from trackerkit.values import Ref


@pytest.fixture
def project(tracker: Tracker) -> Ref:
    return tracker.create("Project", name="p").ref


def facts(tracker: Tracker, *types: str) -> list[tuple[Any, ...]]:
    return [
        (e.kind, e.field, e.old, e.new, tuple(e.added), tuple(e.removed), e.in_create) for e in tracker.events(*types)
    ]


def test_events_of_a_life(tracker: Tracker, project: Ref) -> None:
    asset = tracker.create("Asset", name="a", project=project).ref
    moment = datetime(2024, 1, 2, 3, 4, 5, 6, timezone.utc)
    shot = tracker.create("Shot", name="s", project=project, created_at=moment, assets=[asset], tags=[])
    tracker.update(shot, name="t", frame_start=None, assets=[], parent=project)
    tracker.update(shot, name="t")
    tracker.delete(shot)
    tracker.restore(shot)
    tracker.delete(shot, permanent=True)
    found = facts(tracker, "Shot")
    assert found == [
        ("created", None, None, None, (), (), False),
        ("changed", "name", None, "s", (), (), True),
        ("changed", "project", None, project, (), (), True),
        ("changed", "created_at", None, moment, (), (), True),
        ("changed", "assets", None, None, (asset,), (), True),
        ("changed", "name", "s", "t", (), (), False),
        ("changed", "assets", None, None, (), (asset,), False),
        ("changed", "parent", None, project, (), (), False),
        ("retired", None, None, None, (), (), False),
        ("restored", None, None, None, (), (), False),
        ("deleted", None, None, None, (), (), False),
    ]
    last = list(tracker.events("Shot"))[-1]
    assert (last.entity, last.entity.label) == (shot.ref, "t")
    assert last.actor is not None
    assert (last.actor.label, last.project) == ("anna", project)
    assert (last.key, last.name) == (f"{tracker.backend.site}:{last.number}", "Shot.deleted")


def test_events_are_dense_and_resume_behind_any_cursor(tracker: Tracker, project: Ref) -> None:
    tracker.batch([ops.create("Shot", {"name": f"s{at}"}, project=project) for at in range(700)])
    every = list(tracker.events())
    assert [event.number for event in every] == list(range(1, len(every) + 1))
    assert list(tracker.events(after=every[600].cursor)) == every[601:]
    assert [event.cursor for event in tracker.events(limit=3, after=every[9].cursor)] == ["11", "12", "13"]
    assert tracker.backend.last_cursor() == every[-1].cursor
    assert list(tracker.events(after=every[-1].cursor)) == []


def test_events_by_type_and_project(tracker: Tracker, project: Ref) -> None:
    other = tracker.create("Project", name="q")
    for home in (project, other):
        tracker.create("Shot", name="s", project=home)
        tracker.create("Asset", name="a", project=home)
    assert {event.entity.type for event in tracker.events("Folder") if event.entity} == {"Shot", "Asset"}
    found = list(tracker.events("Shot", project=other))
    assert {event.project for event in found} == {other.ref}
    assert found[0].kind == "created"


@pytest.mark.parametrize("cursor", ["x", "-1", "1.5", "²", 7])
def test_events_behind_what_is_no_cursor(tracker: Tracker, cursor: Any) -> None:
    with pytest.raises(InvalidInputError, match="no cursor"):
        list(tracker.events(after=cursor))


def test_events_can_be_found_like_records(tracker: Tracker, project: Ref) -> None:
    shot = tracker.create("Shot", name="s", project=project, frame_start=1001)
    tracker.update(shot, frame_start=1002, tags=add("a"))
    fields = ["name", "field", "old", "new", "added", "entity", "actor.name", "number", "at", "in_create"]
    found = list(tracker.find("Event", field("entity") == shot, field("in_create") == False, fields=fields))  # noqa: E712
    assert [(item.name, item.field, item.old, item.new, list(item.added)) for item in found] == [
        ("Shot.created", None, None, None, []),
        ("Shot.changed", "frame_start", 1001, 1002, []),
        ("Shot.changed", "tags", None, None, ["a"]),
    ]
    assert {item["actor.name"] for item in found} == {"anna"}
    newest = tracker.find_one("Event", order=["-number"], fields=["number", "key"])
    assert newest is not None
    assert str(newest.number) == tracker.backend.last_cursor()
    assert tracker.count("Event", field("entity").type_is("Folder")) == tracker.count(
        "Event", field("entity.name") == "s"
    )
    assert tracker.count("Event", field("name").contains("SHOT.CH"), field("kind").is_in(["changed"])) == 5
    assert tracker.count("Event", state="retired") == 0
    tracker.delete(shot, permanent=True)
    gone = tracker.find_one("Event", field("kind") == "deleted", fields=["entity"])
    assert gone is not None
    assert gone.entity.label == "s"


def test_events_say_who_wrote(url: str) -> None:
    with trackerkit.connect(url, user="anna", create_user=True, origin="sync-7") as tracker:
        tracker.create("User", name="bo")
        with tracker.acting_as("bo") as other:
            assert other.backend.me().login == "bo"
            other.create("Project", name="p")
        found = [event for event in tracker.events("Project") if event.kind == "created"]
        assert [(event.actor.label if event.actor else None, event.origin) for event in found] == [("bo", "sync-7")]


def test_waiting_ends_with_the_next_event(tracker: Tracker, url: str) -> None:
    tracker.create("Project", name="p")
    assert list(tracker.events())
    started = time.monotonic()
    tracker.backend.wait_for_events(0.2)
    assert time.monotonic() - started >= 0.2

    def later() -> None:
        time.sleep(0.1)
        with trackerkit.connect(url) as other:  # as another process would
            other.create("Project", name="q")

    thread = threading.Thread(target=later)
    thread.start()
    started = time.monotonic()
    tracker.backend.wait_for_events(20)
    assert time.monotonic() - started < 10
    thread.join()
    tracker.backend.wait_for_events(20)  # what was not read yet is there at once
    assert time.monotonic() - started < 10


def test_follow_gives_what_happens_from_now_on(tracker: Tracker, project: Ref) -> None:
    followed = tracker.follow("Shot", idle_s=5)
    found: list[str] = []

    def write() -> None:
        time.sleep(0.1)
        for at in range(3):
            tracker.create("Shot", name=f"s{at}", project=project)
            tracker.create("Asset", name=f"a{at}", project=project)

    thread = threading.Thread(target=write)
    thread.start()
    for event in followed:
        if event.field == "name":
            found.append(event.new)
        if len(found) == 3:
            break
    thread.join()
    assert found == ["s0", "s1", "s2"]
