"""EventLogEntry through the official client, as an event daemon reads it."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from shotgun_api3 import Fault

FIELDS = [
    "id",
    "event_type",
    "attribute_name",
    "meta",
    "entity",
    "user",
    "project",
    "session_uuid",
    "created_at",
    "description",
]
SESSION = "5a1d49b0-0c69-11e0-a24c-003048d17544"
BY_ID = [{"column": "id", "direction": "asc"}]


def entries(sg: Any, *filters: Any, limit: int = 0) -> list[dict[str, Any]]:
    found = sg.find("EventLogEntry", list(filters), FIELDS, order=BY_ID, limit=limit)
    assert isinstance(found, list)
    return found


def last_id(sg: Any) -> int:
    found = sg.find_one("EventLogEntry", [], ["id"], order=[{"column": "id", "direction": "desc"}])
    return int(found["id"]) if found else 0


def since(sg: Any, number: int, *filters: Any) -> list[dict[str, Any]]:
    return entries(sg, ["id", "greater_than", number], *filters)


@pytest.fixture
def shot(sg: Any, project: dict[str, Any]) -> dict[str, Any]:
    made = sg.create("Shot", {"code": "SH010", "project": project, "sg_status_list": "wtg"})
    assert isinstance(made, dict)
    return made


def test_ids_are_dense_and_rise(sg: Any, shot: dict[str, Any]) -> None:
    ids = [entry["id"] for entry in entries(sg)]
    assert ids == list(range(1, len(ids) + 1))


def test_creation(sg: Any, project: dict[str, Any]) -> None:
    before = last_id(sg)
    shot = sg.create("Shot", {"code": "SH010", "project": project})
    found = since(sg, before)
    (new,) = [entry for entry in found if entry["event_type"] == "Shotgun_Shot_New"]
    assert new["meta"] == {"type": "new_entity", "entity_type": "Shot", "entity_id": shot["id"]}
    assert new["entity"] == {"type": "Shot", "id": shot["id"], "name": "SH010"}
    assert (new["project"], new["attribute_name"]) == (project, None)
    assert new["user"]["type"] == "ApiUser"
    assert isinstance(new["created_at"], datetime)
    (named,) = [entry for entry in found if entry["attribute_name"] == "code"]
    assert named["event_type"] == "Shotgun_Shot_Change"
    assert named["meta"] == {
        "type": "attribute_change", "attribute_name": "code", "entity_type": "Shot", "entity_id": shot["id"],
        "field_data_type": "text", "old_value": None, "new_value": "SH010", "in_create": True,
    }  # fmt: skip


def test_change(sg: Any, shot: dict[str, Any]) -> None:
    before = last_id(sg)
    sg.update("Shot", shot["id"], {"sg_status_list": "ip"})
    (entry,) = since(sg, before)
    assert entry["id"] == before + 1
    assert (entry["event_type"], entry["attribute_name"]) == ("Shotgun_Shot_Change", "sg_status_list")
    meta = entry["meta"]
    assert (meta["field_data_type"], meta["old_value"], meta["new_value"]) == ("status_list", "wtg", "ip")
    assert "in_create" not in meta


def test_change_of_a_list(sg: Any, shot: dict[str, Any], project: dict[str, Any]) -> None:
    asset = sg.create("Asset", {"code": "hero", "project": project})
    before = last_id(sg)
    sg.update("Shot", shot["id"], {"assets": [asset]})
    (entry,) = since(sg, before, ["attribute_name", "is", "assets"], ["event_type", "is", "Shotgun_Shot_Change"])
    assert entry["meta"]["added"] == [{"type": "Asset", "id": asset["id"], "name": "hero"}]
    assert entry["meta"]["removed"] == []
    assert not {"old_value", "new_value"} & set(entry["meta"])


def test_change_of_a_parent(sg: Any, shot: dict[str, Any], project: dict[str, Any]) -> None:
    sequence = sg.create("Sequence", {"code": "SQ", "project": project})
    before = last_id(sg)
    sg.update("Shot", shot["id"], {"sg_sequence": sequence})
    (entry,) = since(sg, before)
    assert (entry["attribute_name"], entry["meta"]["new_value"]["name"]) == ("sg_sequence", "SQ")
    assert [row["id"] for row in since(sg, before, ["attribute_name", "is", "sg_sequence"])] == [entry["id"]]


def test_retirement_and_revival(sg: Any, shot: dict[str, Any]) -> None:
    before = last_id(sg)
    sg.delete("Shot", shot["id"])
    sg.revive("Shot", shot["id"])
    gone, back = since(sg, before)
    assert gone["event_type"] == "Shotgun_Shot_Retirement"
    assert gone["entity"] is None
    meta = gone["meta"]
    assert (meta["type"], meta["entity_type"], meta["entity_id"]) == ("entity_retirement", "Shot", shot["id"])
    assert (meta["class_name"], meta["display_name"], meta["id"]) == ("Shot", "SH010", shot["id"])
    assert back["event_type"] == "Shotgun_Shot_Revival"
    assert back["meta"] == {"type": "entity_revival", "entity_type": "Shot", "entity_id": shot["id"]}


def test_people_have_their_types(sg: Any, project: dict[str, Any]) -> None:
    before = last_id(sg)
    sg.create("HumanUser", {"login": "anna", "name": "Anna Ask"})
    assert "Shotgun_HumanUser_New" in [entry["event_type"] for entry in since(sg, before)]
    assert len(since(sg, before, ["event_type", "is", "Shotgun_HumanUser_New"])) == 1
    assert since(sg, before, ["event_type", "is", "Shotgun_ApiUser_New"]) == []


@pytest.mark.parametrize(
    ("relation", "value", "words"),
    [
        ("is", "Shotgun_Shot_New", {"New"}), ("is", "shotgun_shot_new", {"New"}), ("in", ["Shotgun_Shot_New", "X"], {"New"}),
        ("starts_with", "Shotgun_Shot", {"New", "Change", "Retirement"}), ("ends_with", "_Retirement", {"Retirement"}),
        ("contains", "_Shot_Ch", {"Change"}), ("is", "Nosuch", set()), ("is_not", "Shotgun_Shot_Change", {"New", "Retirement"}),
        ("not_in", ["Shotgun_Shot_Change", "Shotgun_Shot_New"], {"Retirement"}),
    ],
)  # fmt: skip
def test_event_types_are_found(sg: Any, project: dict[str, Any], relation: str, value: Any, words: set[str]) -> None:
    sg.create("Shot", {"code": "first", "project": project})
    before = last_id(sg)
    shot = sg.create("Shot", {"code": "x", "project": project})
    sg.delete("Shot", shot["id"])
    found = since(sg, before, ["event_type", relation, value])
    assert {entry["event_type"].rpartition("_")[2] for entry in found} == words


def test_events_of_a_record_a_user_a_project(sg: Any, shot: dict[str, Any], project: dict[str, Any]) -> None:
    other = sg.create("Project", {"name": "Other"})
    assert {entry["entity"]["id"] for entry in entries(sg, ["entity", "is", shot])} == {shot["id"]}
    assert entries(sg, ["entity", "is", shot], ["project", "is", other]) == []
    assert entries(sg, ["project", "is", project], ["entity", "is", shot])
    user = entries(sg)[-1]["user"]
    assert len(entries(sg, ["user", "is", user])) >= 1
    assert entries(sg, ["entity.Shot.code", "is", "sh010"])


def test_a_daemon_reads_on_where_it_stands(sg: Any, project: dict[str, Any]) -> None:
    for at in range(5):
        sg.create("Shot", {"code": f"s{at}", "project": project})
    seen: list[int] = []
    while found := entries(sg, ["id", "greater_than", seen[-1] if seen else 0], limit=7):
        seen += [entry["id"] for entry in found]
    assert seen == list(range(1, last_id(sg) + 1))


def test_one_entry_by_its_id(sg: Any, shot: dict[str, Any]) -> None:
    found = sg.find_one(
        "EventLogEntry", [["id", "is", 1]], ["event_type", "description", "image", "cached_display_name"]
    )
    assert found["id"] == 1
    assert found["image"] is None
    assert found["cached_display_name"] == found["event_type"]
    assert found["description"]


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (["meta", "is", "x"], "API read() EventLogEntry.meta's 'serializable' data type cannot be used in a filter."),
        (["event_type", "between", 1, 2], "doesn't support 'between'"), (["event_type", "is", 5], "takes texts"),
        (["nosuch", "is", 5], "API read() EventLogEntry.nosuch doesn't exist."),
    ],
)  # fmt: skip
def test_wrong_condition(sg: Any, condition: list[Any], text: str) -> None:
    with pytest.raises(Fault) as caught:
        entries(sg, condition)
    assert text in str(caught.value)


def test_entries_cannot_be_changed(sg: Any, shot: dict[str, Any]) -> None:
    for call, text in (
        (lambda: sg.update("EventLogEntry", 1, {"meta": {}}), "not editable for this user: [EventLogEntry.meta]"),
        (lambda: sg.delete("EventLogEntry", 1), "Entity of type EventLogEntry can not be deleted by this user"),
    ):
        with pytest.raises(Fault) as caught:
            call()
        assert text in str(caught.value)


# --- entries that scripts make ---------------------------------------------------------------------------------------


def test_an_entry_of_a_scripts_own(sg: Any, site: Any, shot: dict[str, Any], project: dict[str, Any]) -> None:
    user = sg.create("HumanUser", {"login": "zoe", "name": "Zoe"})
    last = entries(sg, ["id", "greater_than", 0])[-1]["id"]
    made = sg.create(
        "EventLogEntry",
        {
            "event_type": "Toolkit_Folder_Create", "description": "Folders of x", "entity": shot, "project": project,
            "user": user, "meta": {"core_version": "v1", "paths": ["/a", {"b": None}]}, "session_uuid": SESSION,
        },
        ["created_at"],
    )  # fmt: skip
    assert made["id"] == last + 1
    assert made["meta"] == {"core_version": "v1", "paths": ["/a", {"b": None}]}
    (found,) = sg.find("EventLogEntry", [["event_type", "is", "Toolkit_Folder_Create"]], FIELDS)
    assert found["created_at"] == made["created_at"]
    assert (found["entity"]["id"], found["user"]["id"], found["project"]["id"]) == (
        shot["id"],
        user["id"],
        project["id"],
    )
    assert (found["description"], found["session_uuid"], found["attribute_name"]) == ("Folders of x", SESSION, None)
    for condition in (
        ["session_uuid", "is", SESSION],
        ["entity", "is", shot],
        ["event_type", "starts_with", "Toolkit_"],
    ):
        assert made["id"] in [entry["id"] for entry in sg.find("EventLogEntry", [condition])]
    (event,) = [event for event in site.tracker.events() if event.kind == "other"]
    assert (event.name, event.number, event.entity.id) == ("Toolkit_Folder_Create", made["id"], str(shot["id"]))


def test_an_entry_may_say_next_to_nothing(sg: Any, project: dict[str, Any]) -> None:
    made = sg.create("EventLogEntry", {"project": project}, ["event_type", "description", "meta", "user", "entity"])
    assert [made[name] for name in ("event_type", "description", "meta", "user", "entity")] == [
        None, "New Event", None, None, None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"meta": [1]}, "EventLogEntry.meta expected [Hash, NilClass] data type(s) but got Array"),
        ({"attribute_name": "code"}, "EventLogEntry.attribute_name is read only"),
        ({"entity": {"type": "Shot", "id": 10**6}}, "Value is not legal"),
        ({"zz": 1}, "EventLogEntry.zz doesn't exist"),
    ],
)
def test_an_entry_that_cannot_be(sg: Any, project: dict[str, Any], values: dict[str, Any], text: str) -> None:
    with pytest.raises(Fault) as caught:
        sg.create("EventLogEntry", {"project": project, "event_type": "x", **values})
    assert text in str(caught.value)


def test_entries_in_a_batch_go_with_it(sg: Any, shot: dict[str, Any], project: dict[str, Any]) -> None:
    entry = {
        "request_type": "create",
        "entity_type": "EventLogEntry",
        "data": {"project": project, "event_type": "My_Tool"},
    }
    with pytest.raises(Fault):
        sg.batch([entry, {"request_type": "delete", "entity_type": "Shot", "entity_id": 10**6}])
    assert sg.find("EventLogEntry", [["event_type", "is", "My_Tool"]]) == []
    made = sg.batch(
        [entry, {"request_type": "update", "entity_type": "Shot", "entity_id": shot["id"], "data": {"code": "q"}}]
    )
    assert sg.find("EventLogEntry", [["event_type", "is", "My_Tool"]])[0]["id"] == made[0]["id"]


# --- whose events they are -------------------------------------------------------------------------------------------


def test_events_carry_the_session_of_the_call(sg: Any, shot: dict[str, Any], tmp_path: Path) -> None:
    sg.set_session_uuid(SESSION)
    sg.update("Shot", shot["id"], {"code": "in the session"})
    picture = tmp_path / "note.txt"
    picture.write_bytes(b"text")
    sg.upload("Shot", shot["id"], str(picture))
    sg.set_session_uuid(None)
    sg.update("Shot", shot["id"], {"code": "behind it"})
    found = sg.find("EventLogEntry", [["session_uuid", "is", SESSION]], ["event_type", "attribute_name"])
    assert {entry["event_type"] for entry in found} >= {"Shotgun_Shot_Change", "Shotgun_Attachment_New"}
    assert "behind it" not in [entry["meta"].get("new_value") for entry in entries(sg, ["session_uuid", "is", SESSION])]


def test_events_of_sudo_say_who_it_was(sg: Any, site: Any, shot: dict[str, Any]) -> None:
    zoe = sg.create("HumanUser", {"login": "zoe", "name": "Zoe"})
    acting = site.connect(script_name="tests", api_key=site.key, sudo_as_login="zoe")
    acting.update("Shot", shot["id"], {"code": "as zoe"})
    last = entries(sg, ["entity", "is", shot])[-1]
    assert last["user"]["id"] == zoe["id"]
    assert (last["meta"]["sudo_actual_user"]["type"], last["meta"]["sudo_actual_user"]["name"]) == ("ApiUser", "tests")
    assert "sudo_actual_user" not in entries(sg, ["entity", "is", shot])[0]["meta"]


def test_a_change_names_records_with_their_ids(sg: Any, project: dict[str, Any]) -> None:
    steps = [sg.create("Step", {"code": code, "entity_type": "Shot"}) for code in ("Roto", "Paint")]
    tag = sg.create("Tag", {"name": "hot"})
    shot = sg.create("Shot", {"code": "x", "project": project, "tags": [tag]})
    task = sg.create("Task", {"content": "x", "project": project, "entity": shot, "step": steps[0]})
    sg.update("Task", task["id"], {"step": steps[1]})
    roto, paint = ({"type": "Step", "id": step["id"], "name": step["code"]} for step in steps)
    is_link = [["attribute_name", "in", ["step", "tags"]]]
    meta = [entry["meta"] for entry in sg.find("EventLogEntry", is_link, ["meta"])]
    assert meta[0]["added"] == [{"type": "Tag", "id": tag["id"], "name": "hot"}]
    assert [(each["old_value"], each["new_value"]) for each in meta[1:]] == [(None, roto), (roto, paint)]
