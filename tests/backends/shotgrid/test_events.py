"""EventLogEntry ↔ Event."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
from fake_shotgrid import site_schema

from trackerkit.events import Event
from trackerkit.model import neutral_schema
from trackerkit.values import Attachment, Image, Ref
from trackerkit_shotgrid.events import read_event, write_event
from trackerkit_shotgrid.mapping.values import Links
from trackerkit_shotgrid.schema import bindings_of, read_schema

SITE = read_schema(site_schema())
LINKS = Links("studio.example")
AT = datetime(2022, 2, 1, 20, 53, 8, tzinfo=timezone.utc)
SHOT = {"type": "Shot", "id": 7, "name": "sh010"}
PROJECT = {"type": "Project", "id": 70, "name": "BBB"}
JOE = {"type": "HumanUser", "id": 3, "name": "Joe"}


def entry(word: str, meta: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "type": "EventLogEntry", "id": 12, "event_type": f"Shotgun_Shot_{word}",
        "attribute_name": meta.get("attribute_name"), "meta": {"entity_type": "Shot", "entity_id": 7, **meta},
        "entity": SHOT, "project": PROJECT, "user": JOE, "session_uuid": "u-1", "created_at": "2022-02-01T20:53:08Z",
        **more,
    }  # fmt: skip


def changed(attribute: str, data_type: str, **values: Any) -> dict[str, Any]:
    meta = {"type": "attribute_change", "attribute_name": attribute, "field_data_type": data_type, **values}
    return entry("Change", meta)


def read(row: dict[str, Any]) -> Event:
    found = read_event(row, SITE.natives, LINKS)
    assert found is not None
    return found


@pytest.mark.parametrize(("word", "kind"), [("New", "created"), ("Retirement", "retired"), ("Revival", "restored")])
def test_the_life_of_a_record(word: str, kind: str) -> None:
    event = read(entry(word, {"type": "x"}))
    assert (event.kind, event.number, event.cursor, event.at) == (kind, 12, "12", AT)
    assert event.key == "shotgrid:studio.example:12"
    assert event.entity == Ref("Shot", 7, site="studio.example", native="Shot")
    assert event.entity is not None
    assert (event.entity.project, event.entity.label) == ("70", "sh010")
    assert event.actor is not None
    assert (event.actor.type, event.origin, event.name) == ("HumanUser", "u-1", f"Shotgun_Shot_{word}")


@pytest.mark.parametrize(("attribute", "data_type", "old", "new", "field", "wanted"), [
    ("sg_status_list", "status_list", "wtg", "ip", "status", ("wtg", "ip")),
    ("sg_cut_in", "number", None, 1001, "frame_start", (None, 1001)),
    ("code", "text", "2024-01-01T00:00:00Z", "&lt;", "name", ("2024-01-01T00:00:00Z", "&lt;")),
    ("sg_turnover", "text", None, "x", None, (None, None)),
    ("image", "image", None, 11656, "thumbnail", (None, Image(id="11656"))),
])  # fmt: skip
def test_a_change(
    attribute: str, data_type: str, old: Any, new: Any, field: str | None, wanted: tuple[Any, Any]
) -> None:
    event = read(changed(attribute, data_type, old_value=old, new_value=new))
    assert (event.field, event.old, event.new) == (field, *wanted)
    assert event.kind == ("changed" if field else "other")


def test_another_sequence_is_another_parent() -> None:
    sequence = {"type": "Sequence", "id": 5, "name": "sq010"}
    event = read(changed("sg_sequence", "entity", old_value=None, new_value=sequence))
    assert event.field == "parent"
    assert (event.old.type, event.new.type) == ("Project", "Sequence")


def test_lists_tell_what_came_and_what_left() -> None:
    event = read(changed("assets", "multi_entity", added=[{"type": "Asset", "id": 9, "name": "hero"}], removed=[]))
    assert [ref.label for ref in event.added] == ["hero"]
    assert event.removed == ()
    tags = read(changed("tags", "multi_entity", added=[], removed=[{"type": "Tag", "id": 1, "name": "fx"}]))
    assert tags.removed == ("fx",)


def test_values_given_at_creation() -> None:
    assert read(changed("code", "text", old_value=None, new_value="a", in_create=True)).in_create


def test_a_fact_that_another_entry_tells() -> None:
    assert read_event(changed("retirement_date", "date_time", new_value="x"), SITE.natives, LINKS) is None
    backref = changed("tasks", "multi_entity", added=[], removed=[], original_event_log_entry_id=3)
    assert read_event(backref, SITE.natives, LINKS) is None


@pytest.mark.parametrize("missing", ["user", "project", "entity", "meta"])
def test_what_is_not_there(missing: str) -> None:
    """F62: user, project, entity and meta may be null."""
    event = read({**changed("code", "text", old_value="a", new_value="b"), missing: None})
    assert event.kind == "changed" if missing != "meta" else event.field == "name"
    if missing == "entity":  # a retired record: only meta still knows it
        assert event.entity is not None
        assert event.entity.id == "7"


@pytest.mark.parametrize(
    "name", ["Toolkit_App_Startup", "Shotgun_User_Login", "Shotgun_DisplayColumn_New", "CRS_X", ""]
)
def test_the_trackers_own_events(name: str) -> None:
    row = {**entry("x", {}), "event_type": name, "meta": None, "entity": None}
    assert read(row).kind == "other"


def test_an_odd_value_is_told_as_it_is() -> None:
    event = read(changed("sg_sequence", "entity", old_value=None, new_value=None))
    assert event.field == "parent"
    event = read(changed("sg_fps", "float", old_value="twenty", new_value=25))
    assert (event.old, event.new) == ("twenty", 25.0)


# --- back ----------------------------------------------------------------------------------------------------------


MODEL = neutral_schema()
NATIVE = bindings_of(MODEL)


def told(kind: str, **more: Any) -> dict[str, Any]:
    shot = Ref("Shot", 7, "70", "s", "Shot", "sh010")
    actor = Ref("HumanUser", 3, site="s", native="HumanUser", label="Joe")
    event = Event("k", "12", AT, kind, shot, actor, project=Ref("Project", 70, "70", "s"), **more)
    return write_event(event, NATIVE, Links("s"))


@pytest.mark.parametrize(("kind", "name", "meta_type"), [
    ("created", "Shotgun_Shot_New", "new_entity"), ("retired", "Shotgun_Shot_Retirement", "entity_retirement"),
    ("restored", "Shotgun_Shot_Revival", "entity_revival"), ("deleted", "Shotgun_Shot_Retirement", "entity_retirement"),
])  # fmt: skip
def test_an_entry_of_an_event(kind: str, name: str, meta_type: str) -> None:
    made = told(kind)
    assert (made["event_type"], made["meta"]["type"], made["attribute_name"]) == (name, meta_type, None)
    assert (made["meta"]["entity_type"], made["meta"]["entity_id"]) == ("Shot", 7)
    assert made["created_at"] == "2022-02-01T20:53:08Z"
    assert (made["entity"] is None) == name.endswith("Retirement")


def test_an_entry_of_a_change() -> None:
    made = told("changed", field="status", data_type="status", old="wtg", new="ip")
    assert made["attribute_name"] == "sg_status_list"
    assert made["meta"] == {
        "type": "attribute_change", "entity_type": "Shot", "entity_id": 7, "attribute_name": "sg_status_list",
        "field_data_type": "status_list", "old_value": "wtg", "new_value": "ip",
    }  # fmt: skip
    assert made["description"] == 'Joe changed "sg_status_list" from "wtg" to "ip" on Shot sh010'


def test_an_entry_of_another_parent() -> None:
    sequence = Ref("Sequence", 5, "70", "s", "Sequence", "sq010")
    made = told("changed", field="parent", data_type="link", old=Ref("Project", 70), new=sequence)
    assert made["attribute_name"] == "sg_sequence"
    assert (made["meta"]["old_value"], made["meta"]["new_value"]["id"]) == (None, 5)


@pytest.mark.parametrize("more", [{"field": "path"}, {"field": "nonsense"}])
def test_what_shotgrid_has_no_field_for_keeps_its_number(more: dict[str, Any]) -> None:
    assert told("changed", old=1, new=2, **more)["event_type"] == "Trackerkit_Shot_changed"


@pytest.mark.parametrize("more", [
    {"kind": "created"}, {"kind": "retired"}, {"kind": "restored"},
    {"kind": "changed", "field": "status", "data_type": "status", "old": "wtg", "new": "ip"},
    {"kind": "changed", "field": "frame_start", "data_type": "integer", "old": None, "new": 5, "in_create": True},
    {"kind": "changed", "field": "tags", "data_type": "choices", "added": ("fx",), "removed": ()},
    {"kind": "changed", "field": "thumbnail", "data_type": "image", "old": None, "new": Image(id="5")},
])  # fmt: skip
def test_there_and_back(more: dict[str, Any]) -> None:
    entry = {"id": 12, **told(**more)}
    found = read(entry)
    for name, value in more.items():
        assert getattr(found, name) == value, name
    assert found.entity is not None
    assert (found.entity.type, found.entity.id, found.entity.project) == ("Shot", "7", "70")


def test_a_file_is_told_by_its_number() -> None:
    event = read({**changed("sg_uploaded_movie", "url", old_value=None, new_value=5), "event_type": "Shotgun_Version_Change",
                  "meta": {**changed("sg_uploaded_movie", "url", new_value=5)["meta"], "entity_type": "Version"}})  # fmt: skip
    assert event.new == Attachment(id="5")
