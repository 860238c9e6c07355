"""``find`` and ``find_one`` through the official client: fields, paths, pages, order, retired and archived records."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest
import shotgun_api3


@pytest.fixture
def shots(sg: Any, project: dict[str, Any]) -> dict[str, Any]:
    """A sequence with three shots, one of them with a task."""
    sequence = sg.create("Sequence", {"code": "SQ010", "project": project})
    made = {"sequence": sequence}
    for code in ("SH010", "SH020", "SH030"):
        made[code] = sg.create("Shot", {"code": code, "project": project, "sg_sequence": sequence})
    made["task"] = sg.create("Task", {"content": "comp", "project": project, "entity": made["SH010"]})
    return made


def codes(rows: list[dict[str, Any]]) -> list[str]:
    return [row["code"] for row in rows]


def test_type_and_id_are_always_there(sg: Any, shots: dict[str, Any]) -> None:
    assert sg.find_one("Shot", []) == {"type": "Shot", "id": shots["SH010"]["id"]}


def test_link_dicts_hold_id_name_and_type(sg: Any, shots: dict[str, Any], project: dict[str, Any]) -> None:
    found = sg.find_one("Task", [], ["entity", "project", "task_assignees", "step"])
    assert found["entity"] == {"type": "Shot", "id": shots["SH010"]["id"], "name": "SH010"}
    assert found["project"] == project
    assert found["task_assignees"] == []
    assert found["step"] is None


def test_names_of_people_are_their_full_names(sg: Any, project: dict[str, Any]) -> None:
    anna = sg.create("HumanUser", {"login": "anna", "name": "Anna Ask"})
    task = sg.create("Task", {"content": "x", "project": project, "task_assignees": [anna]})
    shown = {"type": "HumanUser", "id": anna["id"], "name": "Anna Ask"}
    assert task["task_assignees"] == [shown]
    assert sg.find_one("Task", [["task_assignees", "name_is", "anna ask"]], ["task_assignees"])["task_assignees"] == [
        shown
    ]
    assert sg.find("Task", [["task_assignees", "name_is", "anna"]]) == []


def test_people_and_scripts_are_two_types(sg: Any) -> None:
    anna = sg.create("HumanUser", {"login": "anna", "name": "Anna Ask"})
    robot = sg.create("ApiUser", {"firstname": "robot"})
    assert [row["id"] for row in sg.find("HumanUser", [])] == [anna["id"]]
    assert robot["id"] in [row["id"] for row in sg.find("ApiUser", [])]
    assert anna["id"] not in [row["id"] for row in sg.find("ApiUser", [])]


def test_path_through_a_user_is_of_one_type(sg: Any, project: dict[str, Any]) -> None:
    anna = sg.create("HumanUser", {"login": "anna", "name": "Anna Ask"})
    robot = sg.create("ApiUser", {"firstname": "robot"})
    for code, user in (("a", anna), ("b", robot)):
        sg.create("Version", {"code": code, "project": project, "user": user})
    found = sg.find("Version", [], ["code", "user.HumanUser.login", "user.ApiUser.firstname"])
    assert [(row["user.HumanUser.login"], row["user.ApiUser.firstname"]) for row in found] == [
        ("anna", None),
        (None, "robot"),
    ]
    assert codes(sg.find("Version", [["user.HumanUser.login", "contains", "o"]], ["code"])) == []
    assert codes(sg.find("Version", [["user.ApiUser.firstname", "contains", "o"]], ["code"])) == ["b"]
    assert codes(sg.find("Version", [["user", "type_is", "ApiUser"]], ["code"])) == ["b"]
    assert codes(sg.find("Version", [["user.HumanUser.login", "is", None]], ["code"])) == ["b"]
    assert codes(sg.find("Version", [["user.HumanUser.login", "is_not", None]], ["code"])) == ["a"]
    assert codes(sg.find("Version", [["user.HumanUser.login", "is_not", "anna"]], ["code"])) == ["b"]


def test_unknown_field_is_left_out(sg: Any, shots: dict[str, Any]) -> None:
    found = sg.find_one("Shot", [], ["code", "nosuch", "sg_sequence.Sequence.nosuch", "sg_sequence.Nosuch.code"])
    assert found == {"type": "Shot", "id": shots["SH010"]["id"], "code": "SH010"}


def test_dotted_paths_come_flat(sg: Any, shots: dict[str, Any]) -> None:
    paths = ["entity.Shot.code", "entity.Asset.code", "entity.Shot.sg_sequence.Sequence.code", "project.Project.id"]
    found = sg.find_one("Task", [], paths)
    assert found["entity.Shot.code"] == "SH010"
    assert found["entity.Asset.code"] is None
    assert found["entity.Shot.sg_sequence.Sequence.code"] == "SQ010"
    assert found["project.Project.id"] > 0


def test_dotted_path_through_many_is_left_out_but_filters(sg: Any, shots: dict[str, Any]) -> None:
    found = sg.find("Shot", [["tasks.Task.content", "is", "COMP"]], ["tasks.Task.content", "tasks"])
    assert found == [
        {
            "type": "Shot",
            "id": shots["SH010"]["id"],
            "tasks": [{"type": "Task", "id": shots["task"]["id"], "name": "comp"}],
        }
    ]


def test_path_from_the_other_side(sg: Any, shots: dict[str, Any]) -> None:
    assert codes(sg.find("Shot", [["$FROM$Task.entity.content", "is", "comp"]], ["code"])) == ["SH010"]


def test_display_name_of_every_type(sg: Any, shots: dict[str, Any], project: dict[str, Any]) -> None:
    note = sg.create("Note", {"subject": "Look", "project": project, "note_links": [shots["SH010"]]})
    for entity, name in (
        (shots["SH010"], "SH010"),
        (shots["task"], "comp"),
        (note, "Look"),
        (project, "Big Buck Bunny"),
    ):
        found = sg.find_one(entity["type"], [["id", "is", entity["id"]]], ["cached_display_name"])
        assert found["cached_display_name"] == name
    assert sg.find_one("Task", [["entity.Shot.cached_display_name", "is", "sh010"]])["id"] == shots["task"]["id"]


def test_steps_are_links(sg: Any, project: dict[str, Any], shots: dict[str, Any]) -> None:
    asset = sg.create("Asset", {"code": "hero", "project": project})
    steps = {
        kind: sg.create("Step", {"code": "Layout", "short_name": f"{kind[:2]}LAY", "entity_type": kind})
        for kind in ("Asset", "Shot")
    }
    for kind, entity in (("Shot", shots["SH020"]), ("Asset", asset)):
        sg.create("Task", {"content": kind, "project": project, "entity": entity, "step": steps[kind]})
    found = sg.find("Task", [["step", "is_not", None]], ["content", "step", "step.Step.short_name"])
    assert {row["content"]: (row["step"]["id"], row["step.Step.short_name"]) for row in found} == {
        kind: (steps[kind]["id"], f"{kind[:2]}LAY") for kind in ("Asset", "Shot")
    }
    assert [row["step"]["name"] for row in found] == ["Layout", "Layout"]
    assert len(sg.find("Task", [["step", "name_is", "layout"]])) == 2
    assert len(sg.find("Task", [["step.Step.code", "is", "nosuch"]])) == 0
    assert len(sg.find("Task", [["step.Step.code", "is_not", "Layout"]])) == 1
    assert [row["id"] for row in sg.find("Task", [["step.Step.code", "is", None]])] == [shots["task"]["id"]]


def test_steps_of_one_name_are_told_apart(sg: Any, project: dict[str, Any], shots: dict[str, Any]) -> None:
    asset = sg.create("Asset", {"code": "a", "project": project})
    sequence = sg.create("Sequence", {"code": "q", "project": project})
    steps = {
        kind: sg.create("Step", {"code": "Layout", "short_name": f"{kind[:2]}LAY", "entity_type": kind})
        for kind in ("Asset", "Shot")
    }
    for name, entity, kind in (("a", asset, "Asset"), ("s", shots["SH020"], "Shot"), ("q", sequence, "Asset")):
        sg.create("Task", {"content": name, "project": project, "entity": entity, "step": steps[kind]})

    def found(*filters: Any) -> str:
        return "".join(row["content"] for row in sg.find("Task", [["step", "is_not", None], *filters], ["content"]))

    assert found(["step", "is", steps["Asset"]]) == "aq"
    assert found(["step", "is", steps["Shot"]]) == "s"
    assert found(["step", "is_not", steps["Shot"]]) == "aq"
    assert found(["step", "in", [steps["Asset"], steps["Shot"]]]) == "asq"
    assert found(["step.Step.short_name", "is", "shlay"]) == "s"
    assert found(["step.Step.entity_type", "is_not", "Shot"]) == "aq"
    assert found(["step", "name_is", "layout"]) == "asq"


def test_steps_by_the_tasks_that_have_them(sg: Any, project: dict[str, Any], shots: dict[str, Any]) -> None:
    steps = [sg.create("Step", {"code": "Comp", "entity_type": kind}) for kind in ("Asset", "Shot")]
    other = sg.create("Step", {"code": "Idle", "entity_type": "Shot"})
    sg.create("Task", {"content": "c", "project": project, "entity": shots["SH020"], "step": steps[1]})

    def found(*condition: Any) -> list[int]:
        return [row["id"] for row in sg.find("Step", [["$FROM$Task.step." + condition[0], *condition[1:]]])]

    assert found("entity", "is", shots["SH020"]) == [steps[1]["id"]]
    assert found("entity", "is", shots["SH010"]) == []
    assert found("project.Project.name", "contains", "bunny") == [steps[1]["id"]]
    assert found("content", "is_not", "c") == [steps[0]["id"], other["id"]]
    assert found("id", "is", None) == [steps[0]["id"], other["id"]]
    with pytest.raises(shotgun_api3.Fault, match="exist"):
        found("nosuch", "is", 1)


def test_tags_are_links(sg: Any, project: dict[str, Any]) -> None:
    tag = sg.create("Tag", {"name": "hot"})
    shot = sg.create("Shot", {"code": "x", "project": project, "tags": [tag]})
    shown = {"type": "Tag", "id": tag["id"], "name": "hot"}
    assert shot["tags"] == [shown]
    assert sg.find_one("Shot", [["tags", "is", tag]], ["tags"])["tags"] == [shown]
    assert sg.find("Shot", [["tags", "is_not", tag]]) == []
    assert len(sg.find("Shot", [["tags", "name_contains", "HO"]])) == 1


def test_dates_and_times(sg: Any, project: dict[str, Any]) -> None:
    moment = datetime(2024, 2, 29, 23, 59, 59, tzinfo=timezone.utc)
    made = sg.create("Playlist", {"code": "p", "project": project, "sg_date_and_time": moment})
    assert made["sg_date_and_time"] == moment
    task = sg.create("Task", {"content": "t", "project": project, "start_date": "2024-02-29", "duration": 90})
    assert (task["start_date"], task["duration"]) == ("2024-02-29", 90)


def test_pages_hold_every_record_once(site: Any, sg: Any, project: dict[str, Any]) -> None:
    sg.batch(
        [
            {"request_type": "create", "entity_type": "Asset", "data": {"code": f"a{at:03}", "project": project}}
            for at in range(23)
        ]
    )
    sg.config._records_per_page = 5  # what the server's info says, but smaller
    assert sg.config.records_per_page == 5
    order = [{"field_name": "code", "direction": "desc"}]
    assert codes(sg.find("Asset", [], ["code"], order=order)) == [f"a{at:03}" for at in reversed(range(23))]
    assert len(sg.find("Asset", [], limit=12)) == 12
    assert codes(sg.find("Asset", [], ["code"], limit=5, page=5)) == ["a020", "a021", "a022"]
    assert sg.find("Asset", [], limit=5, page=6) == []


def test_records_that_go_away_while_paging_leave_no_hole(sg: Any, project: dict[str, Any]) -> None:
    for at in range(10):
        sg.create("Asset", {"code": f"a{at}", "project": project})
    first = sg.find("Asset", [], ["code"], limit=4, page=1)
    sg.delete("Asset", first[0]["id"])
    assert codes(sg.find("Asset", [], ["code"], limit=4, page=2)) == ["a4", "a5", "a6", "a7"]


def test_order_is_by_id_unless_asked(sg: Any, project: dict[str, Any]) -> None:
    made = [sg.create("Asset", {"code": code, "project": project}) for code in ("b", "a", "c")]
    ids = [row["id"] for row in made]
    assert codes(sg.find("Asset", [["id", "in", list(reversed(ids))]], ["code"])) == ["b", "a", "c"]
    assert codes(sg.find("Asset", [], ["code"], order=[{"column": "code"}])) == ["a", "b", "c"]
    assert codes(sg.find("Asset", [], ["code"], order=[{"field_name": "id", "direction": "desc"}])) == ["c", "a", "b"]
    assert codes(sg.find("Asset", [], ["code"], order=[{"field_name": "nosuch"}, {"field_name": "image"}])) == [
        "b",
        "a",
        "c",
    ]
    assert codes(
        sg.find("Asset", [], ["code"], order=[{"field_name": "project.Project.name"}, {"field_name": "code"}])
    ) == [
        "a",
        "b",
        "c",
    ]


def test_retired_records_are_asked_for_alone(sg: Any, shots: dict[str, Any]) -> None:
    sg.delete("Shot", shots["SH020"]["id"])
    assert codes(sg.find("Shot", [], ["code"])) == ["SH010", "SH030"]
    assert codes(sg.find("Shot", [], ["code"], retired_only=True)) == ["SH020"]


def test_links_to_retired_records_read_null(sg: Any, shots: dict[str, Any], project: dict[str, Any]) -> None:
    playlist_note = sg.create(
        "Note", {"subject": "n", "project": project, "note_links": [shots["SH010"], shots["SH020"]]}
    )
    sg.delete("Shot", shots["SH010"]["id"])
    assert sg.find_one("Task", [], ["entity"])["entity"] is None
    found = sg.find_one("Note", [["id", "is", playlist_note["id"]]], ["note_links"])
    assert [link["name"] for link in found["note_links"]] == ["SH020"]


def test_records_of_archived_projects_can_be_left_out(sg: Any, shots: dict[str, Any], project: dict[str, Any]) -> None:
    sg.update("Project", project["id"], {"archived": True})
    assert len(sg.find("Shot", [])) == 3
    assert sg.find("Shot", [], include_archived_projects=False) == []


def test_unknown_type_is_a_fault(sg: Any) -> None:
    with pytest.raises(shotgun_api3.Fault, match="does not exist"):
        sg.find("Nosuch", [])


def test_paging_info_of_old_clients(site: Any) -> None:
    import json
    import urllib.request

    for name in ("a", "b", "c"):
        site.tracker.create("Tag", name=name)
    body = {
        "method_name": "read",
        "params": [
            {"script_name": "tests", "script_key": site.key},
            {
                "type": "Tag",
                "return_fields": ["name"],
                "paging": {"entities_per_page": 2, "current_page": 2},
                "return_paging_info": True,
            },
        ],
    }
    request = urllib.request.Request(f"{site.url}/api3/json", json.dumps(body).encode())
    with urllib.request.urlopen(request) as answer:
        found = json.load(answer)["results"]
    assert [row["name"] for row in found["entities"]] == ["c"]
    assert found["paging_info"] == {
        "current_page": 2,
        "entities_per_page": 2,
        "has_next_page": False,
        "entity_count": 3,
        "page_count": 2,
    }
