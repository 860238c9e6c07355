"""The schema calls through the official client."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from shotgun_api3 import Fault


def test_schema_read_holds_every_type(sg: Any) -> None:
    found = sg.schema_read()
    assert {"Project", "Shot", "Asset", "Task", "Step", "Version", "HumanUser", "ApiUser", "EventLogEntry"} <= set(
        found
    )
    assert set(found) == set(sg.schema_entity_read())
    assert found["Shot"]["code"]["data_type"] == {"value": "text", "editable": False}
    assert found["Task"]["entity"]["properties"]["valid_types"]["value"] == [
        "Episode",
        "Sequence",
        "Scene",
        "Shot",
        "Asset",
        "Project",
    ]


def test_schema_entity_read(sg: Any) -> None:
    assert sg.schema_entity_read({"type": "Project", "id": 0})["Shot"] == {
        "name": {"value": "Shot", "editable": False},
        "visible": {"value": True, "editable": False},
    }


def test_schema_field_read(sg: Any) -> None:
    one = sg.schema_field_read("Shot", "sg_sequence")
    assert list(one) == ["sg_sequence"]
    assert one["sg_sequence"]["properties"]["valid_types"]["value"] == ["Sequence"]
    assert one["sg_sequence"] == sg.schema_field_read("Shot")["sg_sequence"]


def test_everything_in_the_schema_can_be_read(sg: Any) -> None:
    for native, fields in sg.schema_read().items():
        sg.find(native, [], list(fields), limit=1)


@pytest.mark.parametrize(
    "data_type", ["text", "number", "float", "date", "date_time", "duration", "percent", "url", "list"]
)
def test_a_field_lives(sg: Any, project: dict[str, Any], data_type: str) -> None:
    properties = {"valid_values": ["a", "b"]} if data_type == "list" else None
    name = sg.schema_field_create("Shot", data_type, "My Field!", properties)
    assert name == "sg_my_field_"
    assert sg.schema_field_create("Shot", data_type, "My Field!", properties) == "sg_my_field__1"
    found = sg.schema_field_read("Shot", name)[name]
    assert (found["data_type"]["value"], found["name"]["value"]) == (data_type, "My Field!")
    value: Any = {
        "text": "x", "number": 0, "float": 2.5, "date": "2024-01-02", "duration": 30, "percent": 50, "list": "b",
        "url": {"url": "https://example.com/a", "name": "a"}, "date_time": "2024-01-02T03:04:05Z",
    }[data_type]  # fmt: skip
    made = sg.create("Shot", {"code": "x", "project": project, name: value})
    if data_type == "url":
        assert (made[name]["url"], made[name]["name"], made[name]["link_type"]) == ("https://example.com/a", "a", "web")
    elif data_type != "date_time":
        assert made[name] == value
        assert len(sg.find("Shot", [[name, "is", value]])) == 1
    assert sg.schema_field_update("Shot", name, {"name": "Other", "description": "why"}) is True
    found = sg.schema_field_read("Shot", name)[name]
    assert (found["name"]["value"], found["description"]["value"]) == ("Other", "why")
    assert sg.schema_field_delete("Shot", name) is True
    with pytest.raises(Fault, match="doesn't exist"):
        sg.find("Shot", [[name, "is", None]])


def test_default_values_are_told_as_values_are(site: Any, sg: Any) -> None:
    site.tracker.schema.create_field("Shot", "sg_effort", "duration", default=timedelta(minutes=90))
    found = sg.schema_read()["Shot"]["sg_effort"]["properties"]["default_value"]
    assert found == {"value": 90, "editable": False}


def test_a_zero_is_not_null(sg: Any, project: dict[str, Any]) -> None:
    name = sg.schema_field_create("Asset", "number", "Count")
    sg.create("Asset", {"code": "x", "project": project, name: 0})
    sg.create("Asset", {"code": "y", "project": project})
    assert [row["code"] for row in sg.find("Asset", [[name, "is_not", None]], ["code"])] == ["x"]


def test_a_link_field_names_its_type(sg: Any, project: dict[str, Any]) -> None:
    name = sg.schema_field_create("Shot", "entity", "Hero", {"valid_types": ["Asset"]})
    hero = sg.create("Asset", {"code": "hero", "project": project})
    made = sg.create("Shot", {"code": "x", "project": project, name: hero}, [f"{name}.Asset.code"])
    assert (made[name]["name"], made[f"{name}.Asset.code"]) == ("hero", "hero")


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda sg: sg.schema_field_read("Nosuch"), "does not exist"),
        (lambda sg: sg.schema_field_read("Shot", "nosuch"), "Shot.nosuch doesn't exist"),
        (lambda sg: sg.schema_field_create("Shot", "image", "x"), "cannot be created"),
        (lambda sg: sg.schema_field_create("Shot", "nosuch", "x"), "cannot be created"),
        (lambda sg: sg.schema_field_create("Shot", "text", "  "), "'name'"),
        (lambda sg: sg.schema_field_create("Shot", "entity", "x"), "valid_types"),
        (lambda sg: sg.schema_field_create("Shot", "entity", "x", {"valid_types": ["Nosuch"]}), "does not exist"),
        (lambda sg: sg.schema_field_create("Shot", "text", "x", {"color": 1}), "no property"),
        (lambda sg: sg.schema_field_update("Shot", "nosuch", {"name": "x"}), "doesn't exist"),
        (lambda sg: sg.schema_field_delete("Shot", "code"), "not a field that can be deleted"),
        (lambda sg: sg.schema_field_delete("Shot", "nosuch"), "doesn't exist"),
    ],
)
def test_wrong_schema_call(sg: Any, call: Any, text: str) -> None:
    with pytest.raises(Fault, match=text):
        call(sg)


def test_a_multi_entity_field_gets_its_other_side(sg: Any, project: dict[str, Any]) -> None:
    name = sg.schema_field_create("Shot", "multi_entity", "Props", {"valid_types": ["Asset"]})
    other = f"shot_{name}_shots"
    assert sg.schema_field_read("Asset", other)[other]["properties"]["valid_types"]["value"] == ["Shot"]
    asset = sg.create("Asset", {"code": "lamp", "project": project})
    shot = sg.create("Shot", {"code": "x", "project": project, name: [asset]})
    assert [item["id"] for item in sg.find_one("Asset", [[other, "is", shot]], [other])[other]] == [shot["id"]]
    sg.update("Asset", asset["id"], {other: []})
    assert sg.find_one("Shot", [], [name])[name] == []
    assert sg.schema_field_delete("Shot", name) is True
    assert other not in sg.schema_field_read("Asset")
