"""``create``, ``update``, ``delete``, ``revive``, ``batch`` through the official client."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
import shotgun_api3
from shotgun_api3 import Fault


def test_create_answers_with_what_was_sent(sg: Any, project: dict[str, Any]) -> None:
    made = sg.create(
        "Shot", {"code": "  SH010 ", "project": project, "sg_cut_in": 1001}, ["sg_cut_out", "project.Project.name"]
    )
    assert made == {
        "type": "Shot", "id": made["id"], "code": "SH010", "project": project, "sg_cut_in": 1001, "sg_cut_out": None,
        "project.Project.name": "Big Buck Bunny",
    }  # fmt: skip


def test_create_is_noted_with_who_and_when(site: Any, sg: Any, project: dict[str, Any]) -> None:
    made = sg.create("Shot", {"code": "x", "project": project}, ["created_by", "created_at", "updated_by"])
    assert made["created_by"]["type"] == "ApiUser"
    assert abs((datetime.now(timezone.utc) - made["created_at"]).total_seconds()) < 60


def test_create_without_a_name_gets_one(sg: Any, project: dict[str, Any]) -> None:
    assert sg.create("Asset", {"project": project}, ["code"])["code"].startswith("New Asset ")


def test_create_with_a_key_is_done_once(sg: Any, project: dict[str, Any]) -> None:
    fields = {"code": "x", "project": project, "sg_trackerkit_key": "0123456789abcdef" * 2}
    first, second = sg.create("Shot", fields), sg.create("Shot", fields)
    assert first["id"] == second["id"]
    assert first["sg_trackerkit_key"] == fields["sg_trackerkit_key"]
    assert len(sg.find("Shot", [])) == 1


def test_update_answers_with_exactly_what_was_sent(sg: Any, project: dict[str, Any]) -> None:
    made = sg.create("Shot", {"code": "x", "project": project})
    assert sg.update("Shot", made["id"], {"description": "d", "image": None}) == {
        "type": "Shot", "id": made["id"], "description": "d", "image": None,
    }  # fmt: skip
    assert sg.update("Shot", made["id"], {"description": "   "})["description"] is None


@pytest.mark.parametrize(("mode", "left"), [("set", "b"), ("add", "ab"), ("remove", ""), (None, "b")])
def test_update_modes(sg: Any, project: dict[str, Any], mode: str | None, left: str) -> None:
    a, b = (sg.create("Asset", {"code": code, "project": project}) for code in "ab")
    shot = sg.create("Shot", {"code": "x", "project": project, "assets": [a]})
    given = [a] if mode == "remove" else [b]
    modes = {"assets": mode} if mode else None
    updated = sg.update("Shot", shot["id"], {"assets": given}, multi_entity_update_modes=modes)
    assert "".join(item["name"] for item in updated["assets"]) == left
    assert set(updated) == {"type", "id", "assets"}


def test_adding_twice_is_once(sg: Any, project: dict[str, Any]) -> None:
    asset = sg.create("Asset", {"code": "a", "project": project})
    shot = sg.create("Shot", {"code": "x", "project": project, "assets": [asset, asset]})
    sg.update("Shot", shot["id"], {"assets": [asset]}, multi_entity_update_modes={"assets": "add"})
    assert len(sg.find_one("Shot", [], ["assets"])["assets"]) == 1


def test_reverse_links_can_be_written(sg: Any, project: dict[str, Any]) -> None:
    tasks = [sg.create("Task", {"content": name, "project": project}) for name in "ab"]
    shot = sg.create("Shot", {"code": "x", "project": project, "tasks": tasks[:1]})
    assert [task["name"] for task in shot["tasks"]] == ["a"]
    updated = sg.update("Shot", shot["id"], {"tasks": tasks[1:]})
    assert [task["name"] for task in updated["tasks"]] == ["b"]
    assert sg.find_one("Task", [["content", "is", "a"]], ["entity"])["entity"] is None
    assert sg.find_one("Task", [["content", "is", "b"]], ["entity"])["entity"]["id"] == shot["id"]


def test_one_parent_of_several_fields(sg: Any, project: dict[str, Any]) -> None:
    episode = sg.create("Episode", {"code": "E", "project": project})
    sequence = sg.create("Sequence", {"code": "SQ", "project": project, "episode": episode})
    shot = sg.create("Shot", {"code": "x", "project": project, "sg_sequence": sequence, "episode": episode})
    assert shot["sg_sequence"]["name"] == "SQ"
    other = sg.create("Episode", {"code": "F", "project": project})
    with pytest.raises(Fault, match="one parent"):
        sg.create("Shot", {"code": "y", "project": project, "sg_sequence": sequence, "episode": other})
    assert sg.update("Shot", shot["id"], {"sg_scene": None})["sg_scene"] is None
    assert sg.find_one("Shot", [], ["sg_sequence"])["sg_sequence"]["name"] == "SQ"
    assert sg.update("Shot", shot["id"], {"sg_sequence": None})["sg_sequence"] is None


def test_delete_and_revive(sg: Any, project: dict[str, Any]) -> None:
    made = sg.create("Shot", {"code": "x", "project": project})
    assert sg.delete("Shot", made["id"]) is True
    assert sg.delete("Shot", made["id"]) is False
    assert sg.revive("Shot", made["id"]) is True
    assert sg.revive("Shot", made["id"]) is False


@pytest.mark.parametrize("verb", ["delete", "revive", "update"])
def test_a_record_that_never_was(sg: Any, verb: str) -> None:
    with pytest.raises(Fault) as caught:
        sg.update("Shot", 1_000_000, {"code": "x"}) if verb == "update" else getattr(sg, verb)("Shot", 1_000_000)
    wanted = f"API {verb}() CRUD ERROR #3: Entity of type [Shot] with id=1000000 does not exist."
    assert str(caught.value) == wanted


def test_a_record_of_another_type(sg: Any, project: dict[str, Any]) -> None:
    made = sg.create("Shot", {"code": "x", "project": project})
    with pytest.raises(Fault, match="does not exist"):
        sg.delete("Asset", made["id"])
    assert len(sg.find("Shot", [])) == 1


def test_people_and_scripts_are_not_mixed_up(sg: Any) -> None:
    anna = sg.create("HumanUser", {"login": "anna", "name": "Anna Ask"})
    with pytest.raises(Fault, match=r"Entity of type \[ApiUser\]"):
        sg.delete("ApiUser", anna["id"])
    assert sg.update("HumanUser", anna["id"], {"email": "a@example.com"})["email"] == "a@example.com"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"foo": 1}, "API update() Task.foo doesn't exist."),
        ({"id": 5}, "API update() Task.id is read only."),
        ({"created_at": "2020-01-01T00:00:00Z"}, "API update() Task.created_at is editable on create only."),
        ({"updated_at": "2020-01-01T00:00:00Z"}, "API update() Task.updated_at is editable on create only."),
        ({"content": 5}, "API update() Task.content expected [String, NilClass] data type(s) but got Integer: 5"),
        ({"content": True}, "but got TrueClass: true"), ({"content": ["a"]}, "but got Array"),
        ({"milestone": None}, "expected [String, FalseClass, TrueClass] data type(s) but got NilClass: nil"),
        ({"milestone": "yes"}, "Invalid data for 'checkbox' data type. Value: yes"),
        ({"duration": "2:30"}, "Invalid data for 'duration' data type"),
        ({"duration": 10**30}, "Invalid data for 'duration' data type"),
        ({"start_date": "2024-02-30"}, "Invalid data for 'date' data type. Value: 2024-02-30"),
        ({"start_date": "x" * 5000}, "Invalid data for 'date' data type"),
        ({"entity": 5}, "expected [Hash, NilClass] data type(s) but got Integer: 5"),
        ({"entity": {"type": "Shot", "id": 99_999}}, "Update failed for [Task.entity]: Value is not legal."),
        ({"entity": []}, "but got Array: []"),
        ({"entity": {"type": "Nosuch", "id": 1}}, "Update failed for [Task.entity]: Value is not legal."),
        ({"project": {"type": "Task", "id": 1}}, "Update failed for [Task.project]"),
        ({"task_assignees": None}, "expected [Array, Hash] data type(s) but got NilClass: nil"),
        ({"task_assignees": [1]}, "invalid/missing entity hash: 1"),
        ({"task_assignees": [{"id": 1}]}, "invalid/missing entity hash string 'type'"),
        ({"image": "/tmp/x.png"}, "image"), ({"step": {"type": "Step", "id": 99_999}}, "Value is not legal."),
        ({"content": "a\x00b"}, "NUL"), ({"sg_description": "x", "foo": 1}, "doesn't exist"),
        ({"tags": ["x", 5]}, "Hash"),
    ],
)  # fmt: skip
def test_wrong_value(sg: Any, project: dict[str, Any], fields: dict[str, Any], text: str) -> None:
    made = sg.create("Task", {"content": "x", "project": project})
    before = sg.find_one("Task", [], ["content", "sg_description", "updated_at"])
    sent = [{"field_name": name, "value": value} for name, value in fields.items()]  # update() would upload an image
    with pytest.raises(Fault) as caught:
        sg._call_rpc("update", {"type": "Task", "id": made["id"], "fields": sent})
    assert text in str(caught.value)
    assert sg.find_one("Task", [], ["content", "sg_description", "updated_at"]) == before


def test_created_at_may_be_given_at_creation(sg: Any, project: dict[str, Any]) -> None:
    moment = datetime(2001, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
    assert sg.create("Task", {"content": "x", "project": project, "created_at": moment})["created_at"] == moment


def test_texts_come_back_as_they_went(sg: Any, project: dict[str, Any]) -> None:
    for text in (
        "Noëlご",
        "🎬 👨‍👩‍👧",
        "e\u0301",
        "a\u202eb",
        'Don\'t "x" \\ ;--',
        "line1\nline2",
        "<b>&amp;</b>",
        "x" * 100_000,
    ):
        made = sg.create("Note", {"subject": "n", "project": project, "content": text})
        found = sg._call_rpc(
            "read",
            {
                "type": "Note", "return_fields": ["content"], "paging": {"entities_per_page": 1, "current_page": 1},
                "filters": {"logical_operator": "and", "conditions": [{"path": "id", "relation": "is", "values": [made["id"]]}]},
            },
        )  # fmt: skip
        assert found["entities"][0]["content"] == text


# --- batch -----------------------------------------------------------------------------------------------------------


def created(code: str, project: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"request_type": "create", "entity_type": "Shot", "data": {"code": code, "project": project, **more}}


def test_batch_answers_in_order(sg: Any, project: dict[str, Any]) -> None:
    old = sg.create("Shot", {"code": "old", "project": project})
    gone = sg.create("Shot", {"code": "gone", "project": project})
    made = sg.batch(
        [
            created("new", project),
            {"request_type": "update", "entity_type": "Shot", "entity_id": old["id"], "data": {"code": "newer"}},
            {"request_type": "delete", "entity_type": "Shot", "entity_id": gone["id"]},
        ]
    )
    assert (made[0]["code"], made[1], made[2]) == ("new", {"type": "Shot", "id": old["id"], "code": "newer"}, True)


def test_batch_of_several_kinds_of_answers(sg: Any, project: dict[str, Any]) -> None:
    shots = sg.batch([created(f"s{at}", project) for at in range(4)])
    assert [shot["code"] for shot in shots] == ["s0", "s1", "s2", "s3"]
    changed = [
        {"request_type": "update", "entity_type": "Shot", "entity_id": shot["id"], "data": {field: value}}
        for shot, (field, value) in zip(
            shots, [("code", "a"), ("description", "d"), ("code", "b"), ("sg_cut_in", 5)], strict=True
        )
    ]
    told = [{name: value for name, value in row.items() if name not in ("type", "id")} for row in sg.batch(changed)]
    assert told == [{"code": "a"}, {"description": "d"}, {"code": "b"}, {"sg_cut_in": 5}]


@pytest.mark.parametrize(
    ("bad", "text"),
    [
        ({"request_type": "delete", "entity_type": "Shot", "entity_id": 99_999}, "API delete() CRUD ERROR #3"),
        ({"request_type": "update", "entity_type": "Shot", "entity_id": 99_999, "data": {}}, "API update() CRUD ERROR #3"),
        ({"request_type": "create", "entity_type": "Shot", "data": {"foo": 1}}, "API create() Shot.foo doesn't exist."),
        ({"request_type": "create", "entity_type": "Nosuch", "data": {}}, "does not exist"),
    ],
)  # fmt: skip
def test_batch_is_all_or_nothing(sg: Any, project: dict[str, Any], bad: dict[str, Any], text: str) -> None:
    with pytest.raises(Fault) as caught:
        sg.batch([created("a", project), bad, created("b", project)])
    first, rest = str(caught.value).split("\n", 1)
    assert first == "API batch() request with index 1 failed.  All requests rolled back."
    assert text in rest
    assert sg.find("Shot", []) == []


def test_batch_of_one_that_fails(sg: Any) -> None:
    with pytest.raises(Fault, match="request with index 0 failed"):
        sg.batch([{"request_type": "delete", "entity_type": "Shot", "entity_id": 99_999}])


def test_batch_is_bounded(sg: Any, project: dict[str, Any]) -> None:
    with pytest.raises(Fault, match="at most 1000"):
        sg.batch([created("x", project)] * 1001)


def test_names_taken_twice(sg: Any, project: dict[str, Any]) -> None:
    with pytest.raises(Fault, match=r"CRUD ERROR #61: Create failed for \[Project\]\. .* required to be unique"):
        sg.create("Project", {"name": "Big Buck Bunny"})
    assert issubclass(shotgun_api3.Fault, shotgun_api3.ShotgunError)


def test_a_password_is_not_set_unless_the_gateway_lets(sg: Any) -> None:
    with pytest.raises(Fault, match="password_proxy cannot be set"):
        sg.create("HumanUser", {"login": "anna", "name": "Anna", "password_proxy": "correct horse"})
    assert sg.find("HumanUser", []) == []
