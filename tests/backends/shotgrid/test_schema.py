"""Schemas, both ways: a neutral schema shown as ShotGrid's and read again, and a real site's."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fake_shotgrid import native_field, site_schema

from trackerkit.datatypes import check_value
from trackerkit.errors import DomainError, UnknownFieldError
from trackerkit.model import neutral_schema
from trackerkit.schema import Field
from trackerkit_shotgrid.mapping.types import USER_KINDS, WITHOUT_NATIVE
from trackerkit_shotgrid.schema import bindings_of, read_schema, schema_entity_read, schema_field_read, schema_read

MODEL = neutral_schema()
LACKING = {"path", "products", "product", "workfiles", "shots"}
CONTRACT = Path(__file__).parents[4] / "shared/contracts/shotgrid/schema.json"


def shown() -> dict[str, Any]:
    return schema_read(bindings_of(MODEL), MODEL)


def test_the_model_shown_as_shotgrid_and_read_again() -> None:
    site = read_schema(shown(), schema_entity_read(bindings_of(MODEL), MODEL))
    for owner in MODEL.types.values():
        if owner.name in WITHOUT_NATIVE - {"Folder", "User"}:
            continue
        found = site.schema.type(owner.name).fields
        for name, item in owner.fields.items():
            if name in LACKING or name not in found:
                assert name in LACKING, (owner.name, name)
                continue
            assert found[name].data_type == item.data_type, (owner.name, name)
            assert found[name].is_stored == item.is_stored, (owner.name, name)


def test_links_lead_to_the_same_types() -> None:
    site = read_schema(shown())
    assert set(site.schema.targets(site.schema.field("Task", "assignees"))) == {"HumanUser", "ApiUser", "Group"}
    assert set(site.schema.field("Shot", "parent").targets) == {"Sequence", "Scene", "Episode", "Project"}
    assert set(site.schema.field("Asset", "parent").targets) == {"Project"}
    assert "Product" not in site.schema.field("Note", "links").targets


def test_users_are_kinds_of_user() -> None:
    site = read_schema(shown())
    assert site.schema.concrete("User") == ("HumanUser", "ApiUser", "User")
    assert all(site.schema.type(name).base == "User" for name in USER_KINDS if name in site.schema)
    assert site.schema.field("HumanUser", "name").native == "login"


def test_only_what_the_site_has() -> None:
    given = site_schema()
    del given["Task"]["task_reviewers"]
    del given["Shot"]["sg_scene"]
    del given["Group"]
    site = read_schema(given)
    assert "reviewers" not in site.schema.type("Task").fields
    assert site.schema.field("Shot", "parent").targets == ("Sequence", "Episode", "Project")
    assert "Group" not in site.schema
    assert "Group" not in site.schema.field("Task", "assignees").targets


def test_a_field_of_another_data_type_is_not_the_neutral_one() -> None:
    given = site_schema()
    given["Shot"]["sg_cut_in"] = native_field("text")
    site = read_schema(given)
    assert "frame_start" not in site.schema.type("Shot").fields
    assert site.schema.field("Shot", "sg_cut_in").data_type == "text"


def test_the_second_spelling_of_a_field() -> None:
    given = site_schema()
    given["Shot"]["cut_in"] = given["Shot"].pop("sg_cut_in")
    given["Project"]["tank_name"] = given["Project"].pop("code")
    site = read_schema(given)
    assert site.schema.field("Shot", "frame_start").native == "cut_in"
    assert site.schema.field("Project", "code").native == "tank_name"


def test_a_site_may_say_what_a_field_is() -> None:
    given = site_schema(Shot={"sg_head_in": native_field("number")})
    site = read_schema(given, overrides={"Shot.frame_start": "sg_head_in"})
    assert site.schema.field("Shot", "frame_start").native == "sg_head_in"
    assert "sg_cut_in" in site.schema.type("Shot").fields


def test_a_covered_field_answers_to_its_neutral_name_alone() -> None:
    site = read_schema(shown())
    with pytest.raises(UnknownFieldError, match="its neutral name is 'name'"):
        site.schema.field("Shot", "code")
    assert site.schema.field("Shot", "native(code)").data_type == "text"
    assert site.schema.field("Shot", "native(sg_sequence)").targets == ("Sequence",)


def test_own_fields_keep_their_names_and_data_types() -> None:
    own = {f"sg_{data_type}": native_field(data_type) for data_type in ("text", "number", "float", "checkbox", "timecode",
           "serializable", "password", "calculated", "something_new")}  # fmt: skip
    site = read_schema(site_schema(Shot=own, CustomEntity01={"code": native_field("text")}))
    types = {name: site.schema.field("Shot", name).data_type for name in own}
    assert types == {
        "sg_text": "text", "sg_number": "integer", "sg_float": "float", "sg_checkbox": "checkbox", "sg_timecode": "timecode",
        "sg_serializable": "json", "sg_password": "secret", "sg_calculated": "computed", "sg_something_new": "computed",
    }  # fmt: skip
    assert site.schema.type("CustomEntity01").display == "code"


def test_an_own_field_with_a_neutral_name_of_another_kind_steps_aside() -> None:
    site = read_schema(site_schema(Shot={"priority": native_field("number")}))
    assert site.schema.field("Shot", "priority").data_type == "choice"
    assert site.schema.field("Shot", "native_priority").data_type == "integer"


def test_statuses_take_their_names_where_these_are_one_status() -> None:
    given = site_schema()
    given["Shot"]["sg_status_list"] = native_field("status_list", valid_values=["ip", "fin", "hld"])
    statuses = [
        {"code": "ip", "name": "In Progress"},
        {"code": "fin", "name": "Final"},
        {"code": "hld", "name": "Wait"},
        {"code": "wtg", "name": "Wait"},
        {"code": "x", "name": "Elsewhere"},
    ]
    found = read_schema(given, statuses=statuses).schema.field("Shot", "status")
    assert found.choices == ("ip", "fin", "hld")
    assert dict(found.aliases) == {"In Progress": "ip", "Final": "fin", "Wait": "hld"}


@pytest.mark.parametrize(("name", "value"), [
    ("description", " trimmed "), ("description", ""), ("frame_start", 2**31), ("fps", 0.1234567), ("milestone", None),
    ("duration", timedelta(seconds=30)),
])  # fmt: skip
def test_what_shotgrid_cannot_keep_is_refused(name: str, value: Any) -> None:
    schema = read_schema(shown()).schema
    owner = "Shot" if name in schema.type("Shot").fields else "Task"
    item = schema.field(owner, name)
    with pytest.raises(DomainError, match=name):
        check_value(item.data_type, value, f"{owner}.{name}", item.domain)


def test_a_field_described() -> None:
    status = replace(MODEL.field("Shot", "status"), choices=("ip",), aliases={"In Progress": "ip"}, required=True)
    schema = MODEL.replaced(
        MODEL.type("Shot").with_fields(status, Field("sg_turnover", "links", targets=("Shot", "Task")))
    )
    found = schema_field_read(bindings_of(schema)["Shot"], schema)
    assert found["sg_status_list"]["properties"]["valid_values"] == {"value": ["ip"], "editable": False}
    assert found["sg_status_list"]["properties"]["display_values"]["value"] == {"ip": "In Progress"}
    assert found["sg_status_list"]["mandatory"]["value"] is True
    assert found["sg_turnover"]["data_type"]["value"] == "multi_entity"
    assert found["sg_turnover"]["properties"]["valid_types"]["value"] == ["Shot", "Task"]
    assert found["sg_sequence"]["properties"]["valid_types"]["value"] == ["Sequence"]
    assert list(schema_field_read(bindings_of(schema)["Shot"], schema, "code")) == ["code"]


def test_a_deep_tree_has_a_field_for_any_parent() -> None:
    types = bindings_of(MODEL, with_tree=True)
    found = schema_field_read(types["Asset"], MODEL)["sg_parent"]
    assert "Sequence" in found["properties"]["valid_types"]["value"]
    site = read_schema(schema_read(types, MODEL))
    assert "Sequence" in site.schema.field("Asset", "parent").targets


def test_the_schema_of_a_real_site() -> None:
    if not CONTRACT.exists():
        pytest.skip(f"skipped: the recorded schema {CONTRACT} is not here")
    recorded = json.loads(CONTRACT.read_text("utf-8"))
    given = {
        native: {name: native_field(item["data_type"], editable=item.get("editable", True),
                                    valid_types=item.get("valid_types"), valid_values=item.get("valid_values"))
                 for name, item in owner["fields"].items()}
        for native, owner in recorded.items()
    }  # fmt: skip
    site = read_schema(given)
    assert len(site.natives) == len(given)
    for native, fields in given.items():
        types = site.natives[native]
        lost = [name for name in fields if name not in types.natives and types.parent_link(name) is None]
        assert lost == [], native
    shot = site.schema.type("Shot").fields
    assert shot["status"].choices == ("cbb", "fin", "ip", "omt", "hld", "rdy", "wtg")
    assert shot["tags"].native == "tag_list"
    assert site.schema.field("Task", "estimate").data_type == "duration"
    assert site.schema.field("Sequence", "shots").native == "shots"
