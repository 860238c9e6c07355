"""The standard schema as data, and what a tracker gets of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import trackerkit as tk
from trackerkit.capabilities import Capabilities, cannot
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker
from trackerkit_shotgrid.gateway.standard import prepare
from trackerkit_shotgrid.mapping.fields import NEUTRAL_DATA_TYPES
from trackerkit_shotgrid.schema import bindings_of, schema_read
from trackerkit_shotgrid.schema.standard import standard_field, standard_names, standard_type

CONTRACT = Path(__file__).parents[4] / "shared" / "contracts" / "shotgrid" / "schema.json"
LEFT_OUT = {
    "PageSetting",
    "TankDependency",
    "TankPublishedFile",
    "TankType",
    "PublishedFileDependency",
    "TaskDependency",
}
"""Types of older sites, rows behind links, and what is closed to scripts."""


@pytest.fixture(params=["memory", "sqlite"])
def tracker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tracker]:
    if request.param == "memory":
        yield Tracker(MemoryBackend())
        return
    with tk.connect(f"sqlite:///{tmp_path / 'show.db'}?synchronous=off") as made:
        yield made


@pytest.mark.parametrize("native", standard_names())
def test_every_line_of_the_table_makes_sense(native: str) -> None:
    item = standard_type(native)
    assert item is not None
    names = set(standard_names())
    assert item.display in item.fields or item.display in ("id", "cached_display_name")
    for field in item.fields.values():
        assert field.data_type in NEUTRAL_DATA_TYPES
        assert set(field.targets) <= names | {"ClientUser"}, field
        if field.reverse_of is not None and field.reverse_of[1] != "project":
            other = standard_field(*field.reverse_of)
            assert other is not None, field
            assert native in other.targets or native == "ApiUser", field
        assert field.default is None or not field.values or field.default in field.values


def test_no_type_is_standard_that_no_site_has() -> None:
    assert standard_type("Nosuch") is None
    assert standard_field("Shot", "nosuch") is None
    assert len(standard_names(2, 1)) == len(standard_names(0, 0)) + 3


@pytest.mark.skipif(not CONTRACT.exists(), reason="the recorded schema of an older site is not here")
def test_an_older_sites_fields_are_known() -> None:
    """Of the types that both have, the data types agree, and few fields are missing."""
    recorded = json.loads(CONTRACT.read_text(encoding="utf-8"))
    missing, differing = [], []
    common = {"id", "created_at", "created_by", "updated_at", "updated_by", "project", "cached_display_name"}
    for native, facts in recorded.items():
        if native.endswith("Connection") or native in LEFT_OUT:
            continue
        item = standard_type(native)
        assert item is not None, native
        for name, field in facts["fields"].items():
            if name in common or name.startswith(("open_notes", "step_")) or native.startswith("Custom"):
                continue
            mine = item.fields.get(name)
            if mine is None:
                missing.append(f"{native}.{name}")
            elif mine.data_type != field["data_type"]:
                differing.append(f"{native}.{name}: {mine.data_type}, not {field['data_type']}")
    assert differing == ["ApiUser.salted_password: password, not text"]
    assert len(missing) < 60, missing


def test_a_tracker_gets_every_type_and_field(tracker: Tracker) -> None:
    made = prepare(tracker)
    assert {"Ticket", "LocalStorage", "CustomEntity50", "CustomNonProjectEntity30", "Shot.sg_cut_duration"} <= set(made)
    schema = tracker.schema.read()
    found = schema_read(bindings_of(schema), schema)
    for native in set(standard_names()) - {"EventLogEntry"}:  # the gateway makes it of events
        item = standard_type(native)
        assert item is not None
        lacking = set(item.fields) - set(found[native])
        assert not lacking, native
        for field in item.fields.values():
            told = found[native][field.name]["data_type"]["value"]
            assert told == field.data_type or (native, field.name) in KEPT_OTHERWISE, (native, field.name, told)


KEPT_OTHERWISE = {("Project", "sg_status"), ("Playlist", "sg_status"), ("Project", "sg_description")}


def test_a_second_time_nothing_is_made(tracker: Tracker) -> None:
    prepare(tracker)
    epoch = tracker.schema.read().epoch
    assert prepare(tracker) == []
    assert tracker.schema.read().epoch == epoch
    assert tracker.count("Project") == 1


def test_a_new_tracker_starts_as_a_new_site_does(tracker: Tracker) -> None:
    prepare(tracker)
    assert {"wtg", "ip", "fin"} <= {row["code"] for row in tracker.find("Status", fields=["code"])}
    assert tracker.find_one("Project", fields=["name", "template"])["template"] is True  # type: ignore[index]
    assert tracker.count("Page", tk.field("last_accessed") != None) == 1  # noqa: E711
    assert tracker.schema.field("Task", "status").default == "wtg"
    assert "Internal" in tracker.schema.field("Note", "kind").choices


def test_a_tracker_in_use_keeps_its_records_and_lists(tracker: Tracker) -> None:
    project = tracker.create("Project", name="kestrel").ref
    tracker.create("Asset", name="rock", category="boulder", project=project)
    prepare(tracker)
    assert tracker.count("Status") == 0
    assert tracker.count("Project") == 1
    tracker.create("Asset", name="stone", category="pebble", project=project)


def test_links_are_kept_on_both_sides(tracker: Tracker) -> None:
    prepare(tracker)
    project = tracker.create("Project", name="kestrel").ref
    big = tracker.create("Shot", name="big", project=project).ref
    small = tracker.create("Shot", name="small", project=project).ref
    tracker.update(big, native_shots=[small])
    cut = tracker.create("Cut", code="cut_v1", entity=project, project=project).ref
    item = tracker.create("CutItem", code="001", cut=cut, shot=small, project=project).ref
    found = tracker.get(small, fields=["parent_shots", "cut_items"])
    assert (found["parent_shots"], found["cut_items"]) == ([big], [item])
    assert [row.ref for row in tracker.find("Cut", tk.field("cut_items.code") == "001")] == [cut]


def test_a_task_hangs_on_a_custom_entity(tracker: Tracker) -> None:
    prepare(tracker)
    project = tracker.create("Project", name="kestrel").ref
    thing = tracker.create("CustomEntity07", code="thing", project=project).ref
    task = tracker.create("Task", name="do it", parent=thing, project=project).ref
    assert tracker.get(thing, fields=["tasks"])["tasks"] == [task]


def test_a_tracker_that_is_not_ours_is_left_alone() -> None:
    class Server(MemoryBackend):
        capabilities = Capabilities({"schema.type": cannot("an administrator makes types")})

    tracker = Tracker(Server())
    before: Any = tracker.schema.read()
    assert prepare(tracker) == []
    assert tracker.schema.read() is before
