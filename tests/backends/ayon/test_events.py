"""AYON's events ↔ facts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timezone
from typing import Any

import pytest

from trackerkit.events import Event
from trackerkit.schema import Schema
from trackerkit_ayon.events.changes import Reading
from trackerkit_ayon.events.cursors import cursor_of, order_of, read_cursor
from trackerkit_ayon.events.facts import facts, folder_ids
from trackerkit_ayon.events.natives import native_event

ID = "a" * 32


def told(topic: str, old: Any = None, new: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "id": "e" * 32, "topic": topic, "project": "big_buck", "user": "svc", "sender": None, "dependsOn": None,
        "status": "finished", "description": "", "summary": {"entityId": ID, "entityPath": "/sq/sh010"},
        "payload": {"oldValue": old, "newValue": new}, "createdAt": "2026-11-23T04:51:01.114951+00:00", "order": 83, **more,
    }  # fmt: skip


@pytest.fixture
def reading(schema: Schema) -> Reading:
    return Reading("ayon.example", schema, timezone.utc, {ID: "Shot"})


@pytest.mark.parametrize(
    ("topic", "old", "new", "expected"),
    [
        ("entity.folder.created", None, None, ("created", None, None, None)),
        ("entity.folder.deleted", None, None, ("deleted", None, None, None)),
        ("entity.folder.active_changed", True, False, ("retired", None, None, None)),
        ("entity.folder.active_changed", False, True, ("restored", None, None, None)),
        ("entity.folder.renamed", "a", "b", ("changed", "name", "a", "b")),
        ("entity.folder.status_changed", "On hold", "Omitted", ("changed", "status", "On hold", "Omitted")),
        ("entity.folder.type_changed", "Shot", "Asset", ("changed", "kind", "Shot", "Asset")),
        ("entity.folder.attrib_changed", {"fps": 24}, {"fps": 25}, ("changed", "fps", 24.0, 25.0)),
        (
            "entity.folder.attrib_changed", {}, {"endDate": "2026-01-02T00:00:00+00:00"},
            ("changed", "end_date", None, date(2026, 1, 2)),
        ),
        ("entity.folder.data_changed", {"trackerkit_cut_order": 1}, {"trackerkit_cut_order": 2}, ("changed", "cut_order", 1, 2)),
        ("entity.folder.data_changed", {}, {"x": 2}, ("changed", "data", {"x": None}, {"x": 2})),
    ],
)  # fmt: skip
def test_one_event_is_one_fact(reading: Reading, topic: str, old: Any, new: Any, expected: tuple[Any, ...]) -> None:
    (event,) = facts(told(topic, old, new), reading)
    assert (event.kind, event.field, event.old, event.new) == expected
    assert event.entity is not None
    assert (event.entity.type, event.entity.id, event.entity.label) == ("Shot", ID, "sh010")
    assert (event.key, event.cursor, event.number) == ("e" * 32, "83", 83)


def test_each_attribute_is_a_fact_of_its_own_with_its_own_cursor(reading: Reading) -> None:
    made = facts(
        told("entity.folder.attrib_changed", {"fps": 24, "frameStart": 1}, {"fps": 25, "frameStart": 2}), reading
    )
    assert [(event.field, event.cursor, event.key[-2:]) for event in made] == [
        ("fps", "82.1", ".1"),
        ("frame_start", "83", ".2"),
    ]
    assert read_cursor("82.1") == (82, 1)
    assert read_cursor("83") == (83, 0)
    assert read_cursor(None) == (0, 0)


def test_lists_say_what_came_and_what_went(reading: Reading) -> None:
    (event,) = facts(told("entity.task.assignees_changed", ["a", "b"], ["b", "c"]), reading)
    assert event.field == "assignees"
    assert [ref.id for ref in event.added] == ["c"]
    assert [ref.id for ref in event.removed] == ["a"]


def test_what_is_not_known_is_passed_on_by_its_name(reading: Reading) -> None:
    (event,) = facts(told("settings.changed"), reading)
    assert (event.kind, event.name) == ("other", "settings.changed")
    (other,) = facts(told("entity.folder.unheard_of"), reading)
    assert other.kind == "other"


def test_links_lists_comments_and_users(reading: Reading) -> None:
    links = told("links.created", summary={"links": [{"id": "1" * 32, "linkType": "x"}, {"id": "2" * 32}]})
    assert [(event.kind, event.entity and event.entity.type) for event in facts(links, reading)] == [
        ("created", "Link")
    ] * 2
    note = told("activity.created", summary={"activity_id": ID, "activity_type": "comment"})
    (made,) = facts(note, reading)
    assert made.entity is not None
    assert (made.kind, made.entity.type) == ("created", "Note")
    (watch,) = facts(told("activity.created", summary={"activity_id": ID, "activity_type": "watch"}), reading)
    assert watch.kind == "other"
    (listed,) = facts(told("entity_list.created", summary={"id": ID, "label": "Dailies"}), reading)
    assert listed.entity is not None
    assert listed.entity.type == "Playlist"
    (user,) = facts(
        told("entity.user.created", summary={"entityName": "admin"}, description="User jane created"), reading
    )
    assert user.entity is not None
    assert (user.entity.type, user.entity.id) == ("User", "jane")


def test_cursors_of_ayon() -> None:
    assert order_of(cursor_of(83)) == 83
    assert cursor_of(1) == "WzFd"


def test_the_folders_that_events_are_about() -> None:
    nodes = [told("entity.folder.created"), told("entity.task.created"), told("entity.folder.renamed")]
    assert folder_ids(nodes) == {"big_buck": [ID]}


@pytest.mark.parametrize(
    ("topic", "old", "new"),
    [
        ("entity.folder.created", None, None),
        ("entity.folder.renamed", "a", "b"),
        ("entity.folder.status_changed", "On hold", "Omitted"),
        ("entity.folder.type_changed", "Shot", "Asset"),
        ("entity.folder.attrib_changed", {"fps": 24.0}, {"fps": 25.0}),
        ("entity.folder.data_changed", {"trackerkit_cut_order": 1}, {"trackerkit_cut_order": 2}),
        ("entity.folder.active_changed", True, False),
        ("entity.task.assignees_changed", ["a"], ["b"]),
        ("entity.task.folder_changed", "a" * 32, "b" * 32),
        ("entity.folder.parent_changed", None, "b" * 32),
    ],
)
def test_a_fact_told_again_is_the_same_event(reading: Reading, schema: Schema, topic: str, old: Any, new: Any) -> None:
    (event,) = facts(told(topic, old, new), reading)
    again = native_event(event, schema, timezone.utc, "e" * 32, 83)
    assert again["topic"] == topic
    assert (again["payload"].get("oldValue"), again["payload"].get("newValue")) == (old, new)
    (twice,) = facts(again, reading)
    assert replace(twice, entity=event.entity) == event


def test_an_event_of_another_tracker_is_told(schema: Schema) -> None:
    event = Event("k", "1", datetime(2026, 1, 1, tzinfo=timezone.utc), "other", name="Shotgun_X")
    assert native_event(event, schema, timezone.utc, "e" * 32, 1)["topic"] == "Shotgun_X"
