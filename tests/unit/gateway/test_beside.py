"""A tracker with a shelf, over a small tracker in memory that has neither every type nor every field."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from trackerkit.datatypes import Domain
from trackerkit.errors import BatchError, NotFoundError, SchemaError
from trackerkit.events import Mark
from trackerkit.filters import field
from trackerkit.gateway.beside.backend import BesideBackend, Views
from trackerkit.gateway.beside.names import given_name, made_name, with_tail
from trackerkit.gateway.beside.shelf import Shelf
from trackerkit.gateway.beside.values import from_json, to_json
from trackerkit.model import folder_kind, neutral_schema
from trackerkit.operations import add, create, remove, update
from trackerkit.schema import EntityType, Field, Schema, SchemaChange
from trackerkit.state import State
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker
from trackerkit.values import Image, Ref, Url


def fixed(text: str) -> str:
    return re.sub(r"[^a-z0-9_]+", "_", text.lower())


NARROW = Domain(pattern=r"[a-z0-9_]+", max_length=60, fix=fixed)
DATA = Field("data", "json", native="data")


def small_schema() -> Schema:
    """Projects, users, folders and notes; folders and projects have room for more, and names are narrow."""
    whole = neutral_schema()
    folder = whole.type("Folder").with_fields(DATA, Field("name", "text", required=True, domain=NARROW))
    folder = folder.without_field("cut_order")
    task = whole.type("Task")
    task = task.with_fields(DATA, Field("parent", "link", targets=("Folder",), required=True))
    types = [whole.type(name) for name in ("Project", "User", "Status")]
    return Schema([*types, folder, task, folder_kind("Shot", folder), folder_kind("Asset", folder)])


def extended(schema: Schema) -> Iterator[SchemaChange]:
    """A type of a protocol's own, and fields for types that are there."""
    fields = {
        "title": Field("title", "text", native="title"),
        "shot": Field("shot", "link", targets=("Shot",), native="shot"),
        "size": Field("size", "integer", native="size"),
        "due": Field("due", "date", native="due"),
        "parts": Field("parts", "links", targets=("Thing",), native="parts"),
    }
    yield SchemaChange("create_type", "Thing", entity_type=EntityType("Thing", fields, display="title"))
    things = Field("things", "links", targets=("Thing",), reverse_of=("Thing", "shot"))
    yield SchemaChange("create_field", "Shot", things, "things")
    yield SchemaChange("create_field", "User", Field("shoe", "integer"), "shoe")
    lost = Field("tasks", "links", targets=("Task",), reverse_of=("Task", "parent"))
    yield SchemaChange("create_field", "Thing", lost, "tasks")


@pytest.fixture
def inside() -> Tracker:
    return Tracker(MemoryBackend(small_schema()), url="memory:")


@pytest.fixture
def tracker(inside: Tracker, tmp_path: Path) -> Iterator[Tracker]:
    with State.open(tmp_path / "state.db") as state:
        shelf = Shelf(state, inside.backend.site)
        yield Tracker(BesideBackend(inside.backend, shelf, Views(shelf, extended), "kept_"))


@pytest.fixture
def show(tracker: Tracker) -> Ref:
    return tracker.create("Project", name="show").ref


@pytest.mark.parametrize(
    ("data_type", "value"),
    [
        ("text", "ä"), ("integer", 7), ("checkbox", True), ("date", date(2026, 1, 2)), ("duration", timedelta(minutes=5)),
        ("datetime", datetime(2026, 1, 2, 3, 4, 5, 6, timezone.utc)), ("choices", ["a", "b"]), ("json", {"a": [1]}),
        ("link", Ref("Shot", "1", "p", "site", "folder")), ("links", [Ref("Shot", "1", None, "site")]),
        ("url", Url("https://a.example", "a")), ("image", Image("7")),
    ],
)  # fmt: skip
def test_a_value_comes_back_as_it_went_in(data_type: str, value: Any) -> None:
    item = Field("x", data_type)
    assert from_json(item, to_json(item, value), "site") == value


@pytest.mark.parametrize(("data_type", "nothing"), [("text", None), ("links", []), ("checkbox", False), ("link", None)])
def test_nothing_is_nothing(data_type: str, nothing: Any) -> None:
    assert from_json(Field("x", data_type), None, "site") == nothing


def test_names_are_made_and_found_again() -> None:
    assert made_name(NARROW, "sh010") == "sh010"
    assert made_name(NARROW, "SH 010") == "sh_010"
    assert given_name(NARROW, "sh_010", "SH 010") == "SH 010"
    assert given_name(NARROW, with_tail(NARROW, "sh_010", "abc"), "SH 010") == "SH 010"
    assert given_name(NARROW, "renamed", "SH 010") == "renamed"
    assert given_name(NARROW, "plain", None) == "plain"
    assert len(with_tail(NARROW, "a" * 60, "abcdef")) == 60


def test_a_name_as_given_is_read_and_filtered(tracker: Tracker, inside: Tracker, show: Ref) -> None:
    made = tracker.create("Shot", name="SH 010", project=show, cut_order=3)
    assert inside.find_one("Shot", fields=["name"]).name == "sh_010"
    assert tracker.find_one("Shot", field("name") == "SH 010", fields=["name"]).name == "SH 010"
    assert tracker.find_one("Shot", field("name") == "sh_010") is None
    assert [row.ref for row in tracker.find("Folder", field("name").contains("010"))] == [made.ref]
    assert tracker.get(made, fields=["cut_order"])["cut_order"] == 3
    tracker.update(made, cut_order=None)
    assert tracker.get(made, fields=["cut_order", "data"]).to_dict() == {"cut_order": None, "data": {}}


def test_data_of_somebody_else_stays(tracker: Tracker, inside: Tracker, show: Ref) -> None:
    made = tracker.create("Shot", name="a", project=show, data={"theirs": 1})
    tracker.update(made, cut_order=4)
    assert inside.get(made.ref, fields=["data"])["data"] == {"theirs": 1, "kept_cut_order": 4}
    tracker.update(made, data={"theirs": 2})
    assert tracker.get(made, fields=["data", "cut_order"]).to_dict() == {"data": {"theirs": 2}, "cut_order": 4}


def test_kept_records_are_found_by_links_both_ways(tracker: Tracker, show: Ref) -> None:
    shot = tracker.create("Shot", name="SH 1", project=show).ref
    small, large = (
        tracker.create("Thing", title=title, shot=shot, size=at, project=show) for at, title in enumerate("ab")
    )
    assert [row.ref for row in tracker.find("Thing", field("shot.name") == "SH 1", order=["-size"])] == [
        large.ref,
        small.ref,
    ]
    assert tracker.get(shot, fields=["things"])["things"] == [small.ref, large.ref]
    tracker.update(large, parts=[small])
    tracker.update(large, parts=add(large))
    tracker.update(large, parts=remove(small))
    assert tracker.get(large, fields=["parts.title"])["parts.title"] == ["b"]
    tracker.delete(small)
    assert tracker.get(shot, fields=["things"])["things"] == [large.ref]
    assert tracker.find_one("Thing", field("size") == 0) is None
    assert tracker.restore(small)
    assert tracker.count("Thing", project=show) == 2


def test_a_reverse_link_that_nothing_leads_back_by_is_left_out(tracker: Tracker) -> None:
    assert "tasks" not in tracker.schema.read().type("Thing").fields


def test_fields_without_room_are_on_the_shelf(tracker: Tracker) -> None:
    ada, eve = (tracker.create("User", name=name, shoe=size).ref for name, size in (("ada", 38), ("eve", 41)))
    assert [row.ref for row in tracker.find("User", field("shoe") > 40)] == [eve]
    tracker.update(ada, shoe=42)
    assert [row["shoe"] for row in tracker.find("User", fields=["shoe"], order=["-shoe"]) if row["shoe"]] == [42, 41]


def test_what_hangs_on_nothing_hangs_on_a_house(tracker: Tracker, inside: Tracker, show: Ref) -> None:
    loose = tracker.create("Task", name="loose", project=show)
    shot = tracker.create("Shot", name="sh", project=show).ref
    tied = tracker.create("Task", name="tied", parent=shot, project=show)
    assert inside.get(loose.ref, fields=["parent"])["parent"].type == "Folder"
    assert tracker.get(loose, fields=["parent"])["parent"] is None
    assert [row.ref for row in tracker.find("Task", field("parent") == None)] == [loose.ref]  # noqa: E711 - a condition
    assert [row.ref for row in tracker.find("Task", field("parent") == shot)] == [tied.ref]
    tracker.update(loose, parent=shot)
    assert tracker.count("Task", field("parent.name") == "sh") == 2


def test_pages_go_on_behind_one_another(tracker: Tracker, show: Ref) -> None:
    for at in range(7):
        tracker.create("Shot", name=f"S {at}", project=show, cut_order=at % 3)
    for order in ([], ["-cut_order"]):
        query = tracker.query("Shot", field("cut_order") > 0, fields=["name"], order=order, page_size=2)
        names: list[str] = []
        while True:
            page = next(iter(tracker.read(query)), None)
            if page is None:
                break
            names += [values[0] for values in page.tuples()]
            if page.next is None:
                break
            query = query.with_(after=page.next)
        assert sorted(names) == ["S 1", "S 2", "S 4", "S 5"]


def test_a_batch_names_what_failed_and_keeps_nothing(tracker: Tracker, show: Ref) -> None:
    gone = Ref("Thing", "0" * 32, None, tracker.backend.site)
    with pytest.raises(BatchError) as caught:
        tracker.batch([create("Shot", {"name": "never", "project": show}), update(gone, {"title": "x"})])
    assert caught.value.index == 1
    assert isinstance(caught.value.cause, NotFoundError)
    assert tracker.count("Shot") == 0


def test_a_repeated_create_is_the_same_create(tracker: Tracker, show: Ref) -> None:
    results = [tracker.write([create("Thing", {"title": "one", "project": show}, key="a" * 32)])[0] for _ in range(2)]
    assert results[0].ref == results[1].ref
    assert [result.done for result in results] == [True, False]


def test_fields_are_made_and_deleted_beside_the_tracker(tracker: Tracker, inside: Tracker, show: Ref) -> None:
    tracker.schema.create_field("Shot", "lens", "text")
    made = tracker.create("Shot", name="s", project=show, lens="50")
    assert tracker.find_one("Shot", field("lens") == "50").ref == made.ref
    assert "lens" not in inside.schema.read().type("Shot").fields
    tracker.schema.update_field("Shot", "lens", label="Lens")
    assert tracker.schema.field("Shot", "lens").label == "Lens"
    tracker.schema.delete_field("Shot", "lens")
    assert "lens" not in tracker.schema.read().type("Shot").fields
    with pytest.raises(SchemaError, match="no field 'lens'"):
        tracker.backend.change_schema(SchemaChange("delete_field", "Shot", None, "lens"))


def test_marks_reach_the_trackers_events(tracker: Tracker, show: Ref) -> None:
    made = tracker.marked(Mark("a session")).create("Shot", name="marked", project=show)
    assert {event.origin for event in tracker.events() if event.entity == made.ref} == {"a session"}
