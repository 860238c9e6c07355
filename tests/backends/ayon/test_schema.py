"""The schema of a server, and AYON's own names for a neutral one."""

from __future__ import annotations

from typing import Any

import pytest

from trackerkit.datatypes import check_value
from trackerkit.errors import DomainError, UnknownFieldError
from trackerkit.model import neutral_schema
from trackerkit.schema import Schema
from trackerkit_ayon.schema import Anatomy, aliases_of, attribute_name, attributes_of, schema_of


def test_a_server_has_the_kinds_of_its_projects_and_the_models_own(schema: Schema) -> None:
    assert set(schema.kinds) == {"Episode", "Sequence", "Scene", "Shot", "Asset", "Library"}
    assert schema.type("Shot").base == "Folder"
    assert schema.type("Shot").native == "folder"


def test_statuses_take_both_spellings(schema: Schema) -> None:
    status = schema.field("Shot", "status")
    assert "On hold" in status.choices
    assert status.aliases["HLD"] == "On hold"


def test_a_short_name_that_names_two_is_no_alias() -> None:
    assert aliases_of({"In progress": "PRG", "Progressing": "PRG", "Done": "DON", "DON": ""}) == {}


def test_attributes_that_come_from_the_parent_say_so(schema: Schema) -> None:
    assert schema.field("Shot", "fps").inherits
    assert not schema.field("Shot", "description").inherits
    assert not schema.field("Version", "fps").inherits
    assert not schema.field("Project", "fps").inherits


def test_what_only_ayon_has_keeps_its_own_name(schema: Schema) -> None:
    assert schema.field("Version", "colorSpace").data_type == "text"
    assert schema.field("Version", "families").data_type == "choices"
    assert schema.field("Task", "frameStart").data_type == "integer"


def test_a_native_name_is_told_by_its_neutral_one(schema: Schema) -> None:
    with pytest.raises(UnknownFieldError, match="frame_start"):
        schema.field("Shot", "frameStart")
    assert schema.field("Shot", "native(frameStart)").data_type == "integer"
    assert schema.field("Version", "native(description)").native == "description"


def test_what_retires_and_what_does_not(schema: Schema) -> None:
    assert schema.type("Shot").can_retire
    assert schema.type("Playlist").can_retire
    for name in ("Note", "Reply", "User", "Link", "Status"):
        assert not schema.type(name).can_retire


def test_names_that_ayon_refuses_are_found_with_a_suggestion(schema: Schema) -> None:
    item = schema.field("Shot", "name")
    with pytest.raises(DomainError, match="SH_010"):
        check_value(item.data_type, "SH 010", "Shot.name", item.domain)
    label = schema.field("Shot", "label")
    with pytest.raises(DomainError, match="cannot hold"):
        check_value(label.data_type, "it's", "Shot.label", label.domain)


def test_bounds_of_attributes_are_kept(schema: Schema) -> None:
    width = schema.field("Shot", "resolution_width")
    for wrong in (0, 50_000):
        with pytest.raises(DomainError):
            check_value("integer", wrong, "w", width.domain)
    assert check_value("integer", 49_999, "w", width.domain) == 49_999


def test_a_sites_attributes_are_fields(recorded: dict[str, Any]) -> None:
    own = {"name": "riskLevel", "scope": ["folder", "version"], "builtin": False,
           "data": {"type": "integer", "title": "Risk", "inherit": True, "ge": 0, "le": 9}}  # fmt: skip
    clash = {"name": "category", "scope": ["folder"], "builtin": False, "data": {"type": "string"}}
    made = schema_of([*recorded["attributes"], own, clash], [Anatomy.of(recorded["project"])])
    field = made.field("Shot", "riskLevel")
    assert (field.data_type, field.custom, field.inherits, field.label) == ("integer", True, True, "Risk")
    assert not made.field("Version", "riskLevel").inherits
    assert made.field("Shot", "native(category)").custom
    assert made.field("Shot", "category").native is None
    with pytest.raises(UnknownFieldError):
        made.field("Task", "riskLevel")


def test_reverse_fields_lead_to_types_that_are_there(schema: Schema) -> None:
    for owner in schema.types.values():
        for item in owner.fields.values():
            if item.reverse_of:
                other = schema.field(*item.reverse_of)
                assert owner.name in schema.targets(other), (owner.name, item.name)


def test_a_schema_and_its_twin_have_one_epoch(recorded: dict[str, Any], schema: Schema) -> None:
    again = schema_of(recorded["attributes"], [Anatomy.of(recorded["project"])])
    assert again.epoch == schema.epoch
    assert schema_of(recorded["attributes"], []).epoch != schema.epoch


# ---- the other way


@pytest.mark.parametrize(
    ("name", "attribute"),
    [("sg_cut_in", "sgCutIn"), ("fps", "fps"), ("a b-c", "aBC"), ("x", "xField"), ("x" * 99, "x" * 64)],
)
def test_attribute_name_is_one_that_ayon_takes(name: str, attribute: str) -> None:
    assert attribute_name(name) == attribute
    assert attribute.isalnum()


def test_attributes_of_the_model_are_ayons_own(recorded: dict[str, Any]) -> None:
    theirs = {item["name"]: item for item in recorded["attributes"]}
    for item in attributes_of(neutral_schema()):
        assert item["name"] in theirs, item["name"]
        assert item["data"]["type"] == theirs[item["name"]]["data"]["type"], item["name"]


def test_a_schema_of_our_attributes_has_the_same_fields(recorded: dict[str, Any]) -> None:
    ours = attributes_of(neutral_schema())
    made = schema_of(ours, [Anatomy.of(recorded["project"])])
    for name in ("frame_start", "fps", "description", "start_date"):
        assert made.field("Shot", name).data_type == neutral_schema().field("Shot", name).data_type
