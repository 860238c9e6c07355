"""The conformance suite, and what only AYON has, on a real AYON server that the environment names.

Set TRACKERKIT_LIVE_AYON_URL and TRACKERKIT_LIVE_AYON_KEY (a service's key) and run ``tox -e live``. Every project and user that
a run makes is called ``tklive_…`` and deleted at its end.

A server without attributes of its own has no checkbox on a folder, and no number that reads null: the cases about them are
skipped, and those that make fields. With TRACKERKIT_LIVE_AYON_PREPARE=1 a run makes such attributes, called ``tk…``, restarts
the server each time, and takes them away at its end: only for a server that nobody else uses. The cases on events want one,
too, where nobody else writes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date, datetime, timezone
from typing import Any

import pytest
from ayon_live import LiveStack

import trackerkit
from trackerkit import operations as ops
from trackerkit.errors import BatchError, ConflictError, DomainError, UnsupportedError
from trackerkit.filters import field
from trackerkit.testing.conformance import *  # noqa: F403
from trackerkit.values import Inherited, Ref


@pytest.fixture(scope="module")
def stack(live_ayon: Any) -> Iterator[LiveStack]:
    may_restart = bool(os.environ.get("TRACKERKIT_LIVE_AYON_PREPARE"))
    with trackerkit.connect(f"ayon+{live_ayon.url}", api_key=live_ayon.key, may_restart=may_restart) as tracker:
        made = LiveStack(tracker)
        made.home = made.new_project()
        yield made
        made.clean()


@pytest.fixture
def home(stack: LiveStack) -> Ref:
    """An empty project."""
    return stack.new_project()


def test_own_and_inherited_values(stack: LiveStack, home: Ref) -> None:
    tracker = stack.tracker
    sequence = tracker.create("Sequence", name="sq010", project=home, frame_start=5)
    shot = tracker.create("Shot", name="sh010", parent=sequence.ref, fps=30.0)
    found = tracker.get(shot, fields=["frame_start", "fps", "frame_end", "description"])
    assert found.frame_start == Inherited(5)
    assert found.fps == 30.0
    assert isinstance(found.frame_end, Inherited)
    assert found.description is None
    tracker.update(shot, fps=None)
    assert isinstance(tracker.get(shot, fields=["fps"]).fps, Inherited)
    assert tracker.count("Shot", field("frame_start") == 5, project=home) == 1


def test_a_version_without_a_product(stack: LiveStack, home: Ref) -> None:
    tracker = stack.tracker
    shot = tracker.create("Shot", name="sh010", project=home)
    version = tracker.create("Version", name="sh010_comp_v003", parent=shot.ref)
    found = tracker.get(version, fields=["name", "number", "product.name", "product.type", "parent"])
    assert found.to_dict() == {"name": "sh010_comp_v003", "number": 3, "product.name": "sh010_comp", "product.type": "review",
                               "parent": shot.ref}  # fmt: skip
    with pytest.raises(ConflictError, match="3"):
        tracker.create("Version", name="sh010_comp_v003", parent=shot.ref)
    first, second = tracker.batch([ops.create("Version", {"name": "turntable", "parent": shot.ref}) for _ in range(2)])
    assert (first["number"], second["number"]) == (1, 2)
    assert tracker.count("Version", field("name") == "turntable", project=home) == 2


def test_a_failed_batch_leaves_nothing(stack: LiveStack, home: Ref) -> None:
    ghost = Ref("Shot", "f" * 32, home.id)
    with pytest.raises(BatchError) as caught:
        stack.tracker.batch([ops.create("Shot", {"name": "new"}, project=home), ops.update(ghost, {"name": "x"})])
    assert caught.value.index == 1
    assert stack.tracker.count("Shot", project=home) == 0


def test_a_lost_create_is_the_same_create(stack: LiveStack, home: Ref) -> None:
    operation = ops.create("Shot", {"name": "sh010"}, project=home)
    first, second = (stack.tracker.write([operation])[0] for _ in range(2))
    assert (first.done, second.done, first.ref) == (True, False, second.ref)
    with pytest.raises(ConflictError, match="SH010"):
        stack.tracker.create("Shot", name="SH010", project=home)


def test_names_are_found_before_the_request(stack: LiveStack, home: Ref) -> None:
    with pytest.raises(DomainError, match="SH_010"):
        stack.tracker.create("Shot", name="SH 010", project=home)


def test_link_types_outlive_changes_of_the_project(stack: LiveStack, home: Ref) -> None:
    tracker = stack.tracker
    shot = tracker.create("Shot", name="sh010", project=home)
    first = tracker.create("Task", name="anim", parent=shot.ref)
    second = tracker.create("Task", name="comp", parent=shot.ref)
    tracker.update(second, depends_on=[first.ref])
    tracker.update(home, label="Another label")
    tracker.create("Status", name="Very late", code="VLT", project=home)
    assert tracker.get(second, fields=["depends_on"]).depends_on == [first.ref]
    assert tracker.get(first, fields=["dependents"]).dependents == [second.ref]


def test_comments_with_author_time_links_and_replies(stack: LiveStack, home: Ref) -> None:
    tracker = stack.tracker
    shot = tracker.create("Shot", name="sh010", project=home)
    version = tracker.create("Version", name="a_v001", parent=shot.ref)
    author = stack.create("User", {"name": stack.unique("author")}, None)
    when = datetime(2025, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
    note = tracker.create("Note", subject="Fix", body="please", links=[shot.ref, version.ref], author=author,
                          addressees=[author], created_at=when)  # fmt: skip
    reply = tracker.create("Reply", note=note.ref, body="done")
    found = tracker.get(note, fields=["subject", "body", "links", "author", "addressees", "created_at", "replies"])
    assert found.to_dict() == {"subject": "Fix", "body": "please", "links": [shot.ref, version.ref], "author": author,
                               "addressees": [author], "created_at": when, "replies": [reply.ref]}  # fmt: skip
    assert [item.ref for item in tracker.find("Note", field("links") == version.ref, project=home)] == [note.ref]


def test_what_ayon_has_no_place_for_is_kept(stack: LiveStack, home: Ref) -> None:
    tracker = stack.tracker
    tracker.create("Shot", name="sh010", project=home, cut_order=7, category="x", start_date=date(2026, 1, 2))
    tracker.create("Shot", name="sh020", project=home, cut_order=3)
    assert [shot.name for shot in tracker.find("Shot", field("cut_order") > 5, project=home)] == ["sh010"]
    assert [shot.name for shot in tracker.find("Shot", field("start_date") == date(2026, 1, 2), project=home)] == [
        "sh010"
    ]


def test_events_tell_what_happened(stack: LiveStack, home: Ref) -> None:
    import time

    tracker = stack.tracker
    shot = tracker.create("Shot", name="sh010", project=home)
    tracker.update(shot, status="On hold", fps=30.0)
    tracker.delete(shot)
    time.sleep(3)
    told = [(event.kind, event.field, event.new) for event in tracker.events("Shot", project=home)]
    assert ("created", None, None) in told
    assert ("changed", "status", "On hold") in told
    assert ("changed", "fps", 30.0) in told
    assert told[-1][0] == "retired"


def test_the_doctor_is_content(stack: LiveStack) -> None:
    found = {check.name: check for check in stack.tracker.doctor()}
    assert found["server"].is_ok
    assert "service" in found["user"].text


CHANGES: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "Status": ({"name": "Very late", "code": "VLT", "color": "#112233"}, {"color": "#445566", "category": "blocked"}),
    "TaskType": ({"name": "Crowd", "code": "crd"}, {"icon": "groups", "color": "#112233"}),
    "Tag": ({"name": "wip", "color": "#112233"}, {"color": "#445566"}),
    "Group": ({"name": "night shift", "users": ["user"]}, {"users": []}),
    "Asset": ({"name": "tree", "fps": 30.0, "tags": ["a"]}, {"label": "The tree", "description": "green"}),
    "Task": ({"name": "comp", "parent": "shot", "assignees": ["user"]}, {"status": "On hold", "start_date": date(2026, 1, 2)}),
    "Product": ({"name": "renderMain", "parent": "shot", "type": "render"}, {"status": "On hold", "tags": ["a"]}),
    "Version": ({"name": "a_v002", "product": "product", "author": "user"}, {"description": "final", "frame_start": 7}),
    "File": ({"name": "exr", "version": "version", "path": "/a.exr"}, {"tags": ["a"], "status": "On hold"}),
    "Workfile": ({"name": "a.ma", "path": "/a.ma", "task": "task"}, {"description": "x", "tags": ["a"]}),
    "Playlist": ({"name": "dailies", "items": ["version"]}, {"description": "of today", "locked": True}),
    "Link": ({"kind": "reference", "source": "shot", "target": "product", "name": "seen"}, {}),
}  # fmt: skip
"""A record of each type, and what is changed in it; names of records stand for the records."""


@pytest.mark.parametrize("type_name", list(CHANGES))
def test_every_type_is_made_changed_found_and_deleted(stack: LiveStack, home: Ref, type_name: str) -> None:
    tracker = stack.tracker
    shot = tracker.create("Shot", name="sh010", project=home).ref
    product = tracker.create("Product", name="plate", parent=shot).ref
    known = {
        "shot": shot, "product": product, "user": stack.create("User", {"name": stack.unique("ann")}, None),
        "version": tracker.create("Version", name="v", product=product, number=9).ref,
        "task": tracker.create("Task", name="roto", parent=shot).ref,
    }  # fmt: skip

    def filled(values: dict[str, Any]) -> dict[str, Any]:
        links = {"parent", "product", "version", "task", "author", "users", "assignees", "items", "source", "target"}
        return {
            name: [known[one] for one in value] if name in links and isinstance(value, list)
            else known[value] if name in links else value
            for name, value in values.items()
        }  # fmt: skip

    given, changed = (filled(part) for part in CHANGES[type_name])
    made = tracker.create(type_name, project=home, **given)
    if changed:
        tracker.update(made, **changed)
    fields = [*given, *changed]
    assert tracker.get(made, fields=fields).to_dict() == {**given, **changed}
    (found,) = tracker.find(type_name, field("id") == made.ref.id, project=home, fields=fields)
    assert found.to_dict() == {**given, **changed}
    if "name" in given:
        assert tracker.count(type_name, field("name") == given["name"], project=home) == 1
    if stack.schema.type(type_name).can_retire:
        tracker.delete(made)
        assert tracker.count(type_name, field("id") == made.ref.id, project=home) == 0
        assert tracker.count(type_name, field("id") == made.ref.id, project=home, state="retired") == 1
        tracker.restore(made)
    else:
        with pytest.raises(UnsupportedError, match="permanent"):
            tracker.delete(made)
    assert tracker.count(type_name, field("id") == made.ref.id, project=home) == 1
    tracker.delete(made, permanent=True)
    assert tracker.count(type_name, field("id") == made.ref.id, project=home, state="all") == 0


def test_a_mention_written_in_ayon_is_a_link(stack: LiveStack, home: Ref) -> None:
    """A comment that AYON's own page wrote: its mentions are the note's further links and the people addressed."""
    tracker = stack.tracker
    shot = tracker.create("Shot", name="sh010", project=home).ref
    version = tracker.create("Version", name="a_v001", parent=shot).ref
    ann = stack.create("User", {"name": stack.unique("ann")}, None)
    client: Any = tracker.backend
    body = f"look at [v001](version:{version.id}), [Ann](user:{ann.id})"
    path = ("projects", home.id, "folder", shot.id, "activities")
    client._client.post(*path, json={"activityType": "comment", "body": body}, safe=False)
    (note,) = tracker.find("Note", project=home, fields=["body", "links", "addressees"])
    assert note.to_dict() == {"body": body, "links": [shot, version], "addressees": [ann]}
    assert tracker.count("Note", field("links") == version, project=home) == 1
