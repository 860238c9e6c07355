"""The official client on a tracker that was given a whole ShotGrid schema."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shotgun_api3 import Fault

import trackerkit
from trackerkit.tracker import Tracker
from trackerkit_shotgrid.gateway.connections import CONNECTIONS
from trackerkit_shotgrid.gateway.standard import prepare
from trackerkit_shotgrid.schema.standard import standard_type

WITHOUT_CREATE = {*CONNECTIONS, "EventLogEntry", "Attachment", "Reply", "TimeLog", "Project", "PermissionRuleSet"}
"""Written by the server, made by uploading, or in need of more than a name."""


@pytest.fixture(scope="module")
def new_site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store with the schema and the first records of a new site, to be copied."""
    path = tmp_path_factory.mktemp("new-site") / "show.db"
    with trackerkit.connect(f"sqlite:///{path}?synchronous=off") as made:
        prepare(made)
    return path


@pytest.fixture
def tracker(tmp_path: Path, new_site: Path) -> Iterator[Tracker]:
    """A fresh copy of it."""
    shutil.copy(new_site, tmp_path / "show.db")
    with trackerkit.connect(f"sqlite:///{tmp_path / 'show.db'}?synchronous=off") as made:
        yield made


def some(schema: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Every type; of the custom entities, which are all alike, the first."""
    return (item for item in schema.items() if not item[0].startswith("Custom") or item[0].endswith("01"))


def test_every_field_of_every_type_can_be_read_and_ordered_by(sg: Any, project: dict[str, Any]) -> None:
    schema = sg.schema_read()
    assert len(schema) > 130
    for native, fields in some(schema):
        ordered = [
            name for name, facts in fields.items() if facts["data_type"]["value"] in ("number", "date", "date_time")
        ]
        order = [{"field_name": ordered[0], "direction": "desc"}] if ordered else []
        filters = [["project", "is", project]] if "project" in fields else []
        for row in sg.find(native, filters, list(fields), order, limit=2):
            assert set(row) >= set(fields), native


def test_a_record_of_every_type_lives(sg: Any, project: dict[str, Any]) -> None:
    for native, fields in some(sg.schema_read()):
        item = standard_type(native)
        if native in WITHOUT_CREATE or item is None:
            continue
        data: dict[str, Any] = {"project": project} if "project" in fields else {}
        if item.display in fields and fields[item.display]["editable"]["value"]:
            data[item.display] = f"my {native}"
        made = sg.create(native, data)
        found = sg.find_one(native, [["id", "is", made["id"]]], list(fields))
        assert found is not None, native
        assert item.display not in data or found[item.display] == f"my {native}"
        assert sg.delete(native, made["id"]) is True
        assert sg.find_one(native, [["id", "is", made["id"]]]) is None
        assert sg.revive(native, made["id"]) is True


def test_defaults_are_a_new_sites(sg: Any, project: dict[str, Any]) -> None:
    asset = sg.create("Asset", {"code": "rock", "project": project})
    task = sg.create(
        "Task", {"content": "model", "entity": asset, "project": project}, ["sg_status_list", "milestone", "pinned"]
    )
    assert (task["sg_status_list"], task["milestone"], task["pinned"]) == ("wtg", False, False)
    with pytest.raises(Fault):
        sg.update("Task", task["id"], {"sg_status_list": "nosuch"})
    with pytest.raises(Fault):
        sg.create("Asset", {"code": "tree", "project": project, "sg_asset_type": "Nosuch"})


def test_both_sides_of_a_link(sg: Any, project: dict[str, Any]) -> None:
    sequence = sg.create("Sequence", {"code": "sq", "project": project})
    shot = sg.create("Shot", {"code": "sh", "project": project, "sg_sequence": sequence})
    sub = sg.create("Shot", {"code": "sub", "project": project})
    sg.update("Shot", shot["id"], {"shots": [sub]})
    assert [item["name"] for item in sg.find_one("Sequence", [["id", "is", sequence["id"]]], ["shots"])["shots"]] == [
        "sh"
    ]
    assert [
        item["name"] for item in sg.find_one("Shot", [["id", "is", sub["id"]]], ["parent_shots"])["parent_shots"]
    ] == ["sh"]
    assert len(sg.find("Sequence", [["shots", "is", shot]])) == 1
    assert len(sg.find("Sequence", [["shots.Shot.code", "is", "sh"]])) == 1
    asset = sg.create("Asset", {"code": "rock", "project": project})
    sg.update("Sequence", sequence["id"], {"assets": [asset]})
    assert sg.find_one("Asset", [["id", "is", asset["id"]]], ["sequences"])["sequences"][0]["id"] == sequence["id"]
    sg.update("Asset", asset["id"], {"sequences": []})
    assert sg.find_one("Sequence", [["id", "is", sequence["id"]]], ["assets"])["assets"] == []


def test_a_custom_entity_has_notes_tasks_and_versions(sg: Any, project: dict[str, Any]) -> None:
    thing = sg.create("CustomEntity03", {"code": "thing", "project": project, "sg_status_list": "ip"})
    sg.create("Note", {"subject": "s", "note_links": [thing], "project": project})
    sg.create("Task", {"content": "t", "entity": thing, "project": project})
    sg.create("Version", {"code": "v", "entity": thing, "project": project})
    found = sg.find_one(
        "CustomEntity03", [["code", "is", "THING"]], ["notes", "tasks", "sg_versions", "sg_status_list"]
    )
    names = [[item["name"] for item in found[field]] for field in ("notes", "tasks", "sg_versions")]
    assert (names, found["sg_status_list"]) == ([["s"], ["t"], ["v"]], "ip")
    assert len(sg.find("Task", [["entity.CustomEntity03.code", "is", "thing"]])) == 1
    name = sg.schema_field_create("CustomEntity03", "number", "Weight")
    sg.update("CustomEntity03", thing["id"], {name: 3})
    assert sg.find_one("CustomEntity03", [[name, "greater_than", 2]], [name])[name] == 3


def test_fields_of_people_and_of_scripts_are_kept_apart(sg: Any) -> None:
    people, scripts = sg.schema_field_read("HumanUser"), sg.schema_field_read("ApiUser")
    assert "email_notes" in people
    assert "email_notes" not in scripts
    assert "generate_event_log_entries" in scripts
    assert "generate_event_log_entries" not in people
    person = sg.create("HumanUser", {"name": "Ada", "login": "ada", "email_notes": True, "locked_until": None})
    assert sg.find_one("HumanUser", [["email_notes", "is", True]], ["name"])["id"] == person["id"]
    assert sg.find_one("ApiUser", [["firstname", "is", "tests"]], ["generate_event_log_entries"]) is not None


def test_a_local_storage_has_a_uuid_of_its_own(sg: Any) -> None:
    made = sg.create("LocalStorage", {"code": "primary", "linux_path": "/mnt/p", "mac_path": "/Volumes/p"}, ["uuid"])
    assert len(made["uuid"]) == 36
    assert len(sg.find("LocalStorage", [["uuid", "in", [made["uuid"]]]])) == 1
    assert sg.find("LocalStorage", [["uuid", "not_in", [made["uuid"]]]]) == []


def test_computed_fields_have_the_sites_data_types(sg: Any) -> None:
    found = sg.schema_read()
    assert found["Shot"]["step_0"]["data_type"]["value"] == "pivot_column"
    assert found["Task"]["splits"]["data_type"]["value"] == "serializable"
    assert found["HumanUser"]["password_proxy"]["data_type"]["value"] == "password"
    with pytest.raises(Fault, match="cannot be used in a filter"):
        sg.find("Shot", [["step_0", "is", "x"]])
