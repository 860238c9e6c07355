"""Changing the schema: fields and types at run time, statuses as choices, while others write."""

from __future__ import annotations

import pytest
from store_workers import CONTEXT, make_and_change

import trackerkit
from trackerkit.errors import ConflictError, DomainError, FilterError, SchemaError, UnknownFieldError
from trackerkit.filters import field
from trackerkit.schema import EntityType, Field, SchemaChange
from trackerkit.tracker import Tracker
from trackerkit.values import Ref


@pytest.fixture
def project(tracker: Tracker) -> Ref:
    return tracker.create("Project", name="p").ref


def test_create_field_is_there_at_once_everywhere(tracker: Tracker, project: Ref, url: str) -> None:
    with trackerkit.connect(url) as other:
        shot = other.create("Shot", name="s", project=project)
        tracker.schema.create_field("Shot", "sg_cut_in", "integer")
        other.update(shot, sg_cut_in=5)
        assert [item.ref for item in tracker.find("Shot", field("sg_cut_in") == 5)] == [shot.ref]
        assert [item.ref for item in other.find("Folder", field("sg_cut_in") == 5)] == [shot.ref]
        with pytest.raises(UnknownFieldError):
            other.find("Asset", fields=["sg_cut_in"])


def test_fields_of_one_name_on_two_kinds_are_two(tracker: Tracker, project: Ref) -> None:
    for kind in ("Shot", "Asset"):
        tracker.schema.create_field(kind, "sg_note", "text")
    shot = tracker.create("Shot", name="s", project=project, sg_note="x")
    asset = tracker.create("Asset", name="a", project=project, sg_note="x")
    assert [item.ref for item in tracker.find("Folder", field("sg_note") == "x")] == [shot.ref, asset.ref]
    assert [item["sg_note"] for item in tracker.find("Folder", fields=["sg_note"], order=["sg_note"])] == ["x", "x"]
    tracker.schema.delete_field("Shot", "sg_note")
    assert [item.ref for item in tracker.find("Folder", field("sg_note") == "x")] == [asset.ref]


@pytest.mark.parametrize("change", ["taken", "taken by Folder", "data type", "reverse of nothing", "Event"])
def test_create_field_refuses(tracker: Tracker, change: str) -> None:
    wanted, kind, error = {
        "taken": (Field("name", "text"), "Shot", ConflictError),
        "taken by Folder": (Field("sg_x", "text"), "Folder", ConflictError),
        "data type": (Field("sg_y", "pear"), "Shot", SchemaError),
        "reverse of nothing": (Field("sg_y", "links", reverse_of=("Task", "name")), "Shot", SchemaError),
        "Event": (Field("sg_y", "text"), "Event", SchemaError),
    }[change]
    tracker.schema.create_field("Asset", "sg_x", "text")
    epoch = tracker.schema().epoch
    with pytest.raises(error):
        tracker.backend.change_schema(SchemaChange("create_field", kind, wanted, wanted.name))
    assert tracker.schema().epoch == epoch


def test_delete_field_goes_to_the_trash_and_can_be_made_anew(tracker: Tracker, project: Ref) -> None:
    tracker.schema.create_field("Shot", "sg_a", "text")
    tracker.schema.create_field("Shot", "sg_links", "links", targets=["Asset"])
    tracker.backend.change_schema(
        SchemaChange(
            "create_field",
            "Asset",
            Field("sg_back", "links", targets=("Shot",), reverse_of=("Shot", "sg_links")),
            "sg_back",
        )
    )
    asset = tracker.create("Asset", name="a", project=project)
    shot = tracker.create("Shot", name="s", project=project, sg_a="old", sg_links=[asset])
    assert tracker.get(asset, fields=["sg_back"]).sg_back == [shot.ref]
    for name in ("sg_a", "sg_links"):
        tracker.schema.delete_field("Shot", name)
    with pytest.raises(UnknownFieldError):
        tracker.get(shot, fields=["sg_a"])
    with pytest.raises(UnknownFieldError):
        tracker.get(asset, fields=["sg_back"])
    tracker.schema.create_field("Shot", "sg_a", "integer")
    assert tracker.get(shot, fields=["sg_a"]).sg_a is None
    tracker.update(shot, sg_a=7)
    said = [check.text for check in tracker.doctor() if check.name == "trash"]
    assert "3 deleted fields can be removed" in said[0]
    assert "were removed" in next(check.text for check in tracker.doctor(prepare=True) if check.name == "trash")
    assert [check.name for check in tracker.doctor()] == ["file"]
    assert tracker.get(shot, fields=["sg_a"]).sg_a == 7


def test_fields_of_the_model_stay(tracker: Tracker) -> None:
    for type_name, name in (("Folder", "description"), ("Shot", "description"), ("Task", "name"), ("Shot", "uid")):
        with pytest.raises(SchemaError):
            tracker.schema.delete_field(type_name, name)


def test_update_field_of_one_kind_leaves_the_others(tracker: Tracker, project: Ref) -> None:
    shot = tracker.create("Shot", name="s", project=project, priority="anything")
    tracker.schema.update_field("Shot", "priority", choices=["low", "high"], label="Urgency")
    assert tracker.schema.field("Shot", "priority").choices == ("low", "high")
    assert tracker.schema.field("Asset", "priority").choices == ()
    with pytest.raises(DomainError, match="'anything' is no choice"):
        tracker.update(shot, priority="anything")
    tracker.update(shot, priority="high")
    tracker.create("Asset", name="a", project=project, priority="anything")
    assert tracker.count("Folder", field("priority").is_in(["high"])) == 1


def test_defaults_are_written(tracker: Tracker, project: Ref) -> None:
    tracker.schema.create_field("Shot", "sg_state", "choice", default="new")
    shot = tracker.create("Shot", name="s", project=project)
    assert tracker.get(shot, fields=["sg_state"]).sg_state == "new"
    assert tracker.create("Shot", name="t", project=project, sg_state="old").sg_state == "old"
    assert ("changed", "sg_state", "new", True) in [
        (e.kind, e.field, e.new, e.in_create) for e in tracker.events("Shot")
    ]


def test_create_type_and_kind(tracker: Tracker, project: Ref) -> None:
    tracker.schema.create_type("CustomEntity01", label="Lens")
    tracker.schema.create_field("CustomEntity01", "sg_shots", "links", targets=["Shot"])
    tracker.schema.create_type("Level", kind_of="Folder")
    tracker.schema.create_field("Level", "sg_size", "float")
    level = tracker.create("Level", name="l", project=project, sg_size=2.5)
    shot = tracker.create("Shot", name="s", parent=level)
    lens = tracker.create("CustomEntity01", name="50mm", project=project, sg_shots=[shot], tags=["prime"])
    assert tracker.get(shot, fields=["path", "parent[Level].sg_size"])["parent[Level].sg_size"] == 2.5
    assert [item.ref for item in tracker.find("Folder", field("kind") == "Level")] == [level.ref]
    assert [item.ref for item in tracker.find("CustomEntity01", field("sg_shots.name") == "s")] == [lens.ref]
    tracker.update(lens, name="35mm")
    tracker.delete(lens)
    assert tracker.count("CustomEntity01") == 0


def test_create_type_with_fields_of_its_own(tracker: Tracker) -> None:
    made = EntityType("CustomNonProjectEntity01", {"code": Field("code", "text")}, display="code", in_project=False)
    tracker.backend.change_schema(SchemaChange("create_type", made.name, entity_type=made))
    record = tracker.create(made.name, code="x")
    assert record.ref.label == "x"
    assert "project" not in tracker.schema.type(made.name).fields
    assert tracker.find_one(made.name, field("code") == "x").ref == record.ref


@pytest.mark.parametrize("name", ["Shot", "with space", "1st", "Größe", "x" * 61])
def test_create_type_refuses(tracker: Tracker, name: str) -> None:
    with pytest.raises((ConflictError, SchemaError)):
        tracker.schema.create_type(name)


def test_statuses_are_the_choices_of_status_fields(tracker: Tracker, project: Ref) -> None:
    shot = tracker.create("Shot", name="s", project=project, status="whatever")
    tracker.create("Status", name="In progress", code="ip")
    tracker.create("Status", name="Final", code="fin", scope=["Shot", "Task"])
    item = tracker.schema.field("Shot", "status")
    assert item.choices == ("ip", "fin")
    assert tracker.schema.field("Version", "status").choices == ("ip",)
    tracker.update(shot, status="In progress")
    assert tracker.get(shot, fields=["status"]).status == "ip"
    assert tracker.count("Shot", field("status") == "In progress") == 1
    with pytest.raises(DomainError, match="'whatever' is no status"):
        tracker.update(shot, status="whatever")
    with pytest.raises(FilterError):
        tracker.count("Shot", field("status") == "whatever")
    for status in list(tracker.find("Status")):
        tracker.delete(status)
    tracker.update(shot, status="whatever")


# --- while others write ----------------------------------------------------------------------------------------------


def test_schema_changes_while_others_write(tracker: Tracker, project: Ref, url: str) -> None:
    problems = CONTEXT.Queue()
    writers = [CONTEXT.Process(target=make_and_change, args=(url, name, 60, problems)) for name in "ab"]
    for writer in writers:
        writer.start()
    for at in range(20):
        tracker.schema.create_field("Shot", f"sg_{at}", "text")
    for at in range(0, 20, 2):
        tracker.schema.delete_field("Shot", f"sg_{at}")
    list(tracker.doctor(prepare=True))
    assert [problems.get(timeout=90) for _ in writers] == [None, None]
    for writer in writers:
        writer.join()
    assert tracker.count("Shot", field("description") == "d") == 120
    numbers = [event.number for event in tracker.events()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len([name for name in tracker.schema.type("Shot").fields if name.startswith("sg_")]) == 10
