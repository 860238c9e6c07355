"""Every relation of every data type, with the meanings that were measured on a live site."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
import shotgun_api3

NOW = datetime.now(timezone.utc).replace(microsecond=0)
TODAY = NOW.date()


@pytest.fixture
def world(sg: Any, project: dict[str, Any]) -> dict[str, Any]:
    """Tasks a, b and c; c has nothing but a name."""
    made: dict[str, Any] = {"project": project}
    made["anna"] = sg.create("HumanUser", {"login": "anna", "name": "Anna Ask"})
    made["bert"] = sg.create("HumanUser", {"login": "bert", "name": "Bert Bow"})
    made["shot"] = sg.create("Shot", {"code": "SH010", "project": project, "sg_cut_in": 1001, "sg_fps": 24.0})
    made["asset"] = sg.create("Asset", {"code": "hero", "project": project})
    made["a"] = sg.create(
        "Task",
        {
            "content": "Animation", "project": project, "entity": made["shot"], "sg_status_list": "ip", "duration": 480,
            "start_date": str(TODAY), "due_date": str(TODAY + timedelta(days=2)), "milestone": True,
            "task_assignees": [made["anna"], made["bert"]], "sg_description": "First",
        },
    )  # fmt: skip
    made["b"] = sg.create(
        "Task",
        {
            "content": "animatic", "project": project, "entity": made["asset"], "sg_status_list": "fin", "duration": 60,
            "start_date": "1999-12-31", "task_assignees": [made["bert"]], "sg_description": "100% sure_of it\\",
        },
    )  # fmt: skip
    made["c"] = sg.create("Task", {"content": "Comp", "project": project})
    return made


def names(sg: Any, *filters: Any, operator: str | None = None) -> str:
    """The first letters of the tasks that hold, c for the empty one."""
    rows = sg.find("Task", list(filters), ["content"], filter_operator=operator)
    return "".join({"Animation": "a", "animatic": "b", "Comp": "c"}[row["content"]] for row in rows)


@pytest.mark.parametrize(
    ("path", "relation", "values", "expected"),
    [
        ("content", "is", ["ANIMATION"], "a"), ("content", "is_not", ["animation"], "bc"),
        ("content", "contains", ["ANIM"], "ab"), ("content", "not_contains", ["anim"], "c"),
        ("content", "starts_with", ["anim"], "ab"), ("content", "ends_with", ["N"], "a"),
        ("content", "in", ["animatic", "COMP"], "bc"), ("content", "not_in", ["animatic", "COMP"], "a"),
        ("content", "in", [["animatic"]], "b"), ("content", "contains", [""], "abc"),
        ("sg_description", "is", [None], "c"), ("sg_description", "is", [""], "c"), ("sg_description", "is_not", [None], "ab"),
        ("sg_description", "is_not", ["first"], "bc"), ("sg_description", "not_contains", ["first"], "bc"),
        ("sg_description", "contains", [""], "ab"), ("sg_description", "contains", ["0%"], "b"),
        ("sg_description", "contains", ["e_o"], "b"), ("sg_description", "contains", ["\\"], "b"),
        ("sg_description", "contains", ["%"], "b"), ("sg_description", "starts_with", ["."], ""),
        ("sg_description", "is", ["'; DROP TABLE task;--"], ""), ("sg_description", "in", ["first", ""], "a"),
        ("sg_status_list", "is", ["IP"], "a"), ("sg_status_list", "is_not", ["ip"], "bc"),
        ("sg_status_list", "is", ["nosuch"], ""), ("sg_status_list", "in", ["ip", "nosuch"], "a"),
        ("sg_status_list", "not_in", ["ip", "nosuch"], "bc"), ("sg_status_list", "is", [None], "c"),
        ("duration", "is", [60], "b"), ("duration", "is", ["60"], "b"), ("duration", "is_not", [60], "ac"),
        ("duration", "greater_than", [60], "a"), ("duration", "less_than", [480], "b"), ("duration", "between", [60, 4800], "ab"),
        ("duration", "between", [61, 479], ""), ("duration", "between", [480, 60], ""), ("duration", "between", [None, 60], ""),
        ("duration", "in", [60, 61], "b"), ("duration", "not_in", [60, 61], "ac"), ("duration", "in", [None], "c"),
        ("start_date", "is", [str(TODAY)], "a"), ("start_date", "is_not", [str(TODAY)], "bc"),
        ("start_date", "less_than", [str(TODAY)], "b"), ("start_date", "greater_than", ["1999-12-31"], "a"),
        ("start_date", "between", ["1999-12-31", str(TODAY)], "ab"), ("start_date", "in", ["1999-12-31"], "b"),
        ("start_date", "in_calendar_year", [0], "a"), ("start_date", "in_calendar_day", [0], "a"),
        ("start_date", "in_last", [1, "WEEK"], "a"), ("start_date", "not_in_last", [1, "WEEK"], "bc"),
        ("due_date", "in_next", [3, "DAY"], "a"), ("due_date", "not_in_next", [3, "DAY"], "bc"),
        ("created_at", "in_last", [1, "HOUR"], "abc"), ("created_at", "in_calendar_month", [-5], ""),
        ("created_at", "greater_than", ["2001-01-01"], "abc"), ("created_at", "less_than", ["2001-01-01T00:00:00+05:30"], ""),
        ("milestone", "is", [True], "a"), ("milestone", "is", ["true"], "a"), ("milestone", "is_not", [True], "bc"),
        ("milestone", "is", [False], "bc"),
        ("entity.Shot.code", "is", ["sh010"], "a"), ("entity.Shot.code", "is_not", ["sh010"], "bc"),
        ("entity.Shot.sg_cut_in", "greater_than", [1000], "a"), ("entity.Shot.sg_fps", "is", [24.0], "a"),
        ("entity.Asset.code", "starts_with", ["HE"], "b"), ("project.Project.name", "contains", ["bunny"], "abc"),
        ("entity", "type_is", ["Shot"], "a"), ("entity", "type_is_not", ["Shot"], "bc"), ("entity", "type_is", ["Nosuch"], ""),
        ("entity", "name_contains", ["0"], "a"), ("entity", "name_not_contains", ["0"], "bc"),
        ("entity", "name_is", ["HERO"], "b"),
        ("entity", "is", [None], "c"), ("entity", "is_not", [None], "ab"),
        ("task_assignees", "is", [None], "c"), ("task_assignees", "is_not", [None], "ab"),
        ("task_assignees", "name_is", ["anna ask"], "a"), ("task_assignees", "type_is", ["HumanUser"], "ab"),
        ("task_assignees", "type_is", ["ApiUser"], ""), ("task_assignees.HumanUser.login", "is", ["anna"], "a"),
        ("image", "is", [None], "abc"), ("image", "is_not", [None], ""),
        ("id", "greater_than", [0], "abc"), ("id", "is", [999_999_999], ""), ("id", "is", [-1], ""),
        ("id", "is_not", [-1], "abc"),
        ("id", "less_than", [-5], ""), ("id", "between", [0, 2**40], "abc"),
    ],
)  # fmt: skip
def test_relation(sg: Any, world: dict[str, Any], path: str, relation: str, values: list[Any], expected: str) -> None:
    assert names(sg, [path, relation, *values]) == expected


def test_links_by_entity(sg: Any, world: dict[str, Any]) -> None:
    shot, asset, anna, bert = (world[name] for name in ("shot", "asset", "anna", "bert"))
    assert names(sg, ["entity", "is", shot]) == "a"
    assert names(sg, ["entity", "is_not", shot]) == "bc"
    assert names(sg, ["entity", "in", [shot, asset]]) == "ab"
    assert names(sg, ["entity", "not_in", [shot, asset]]) == "c"
    assert names(sg, ["entity", "in", [shot, None]]) == "ac"
    assert names(sg, ["entity", "is", {"type": "Asset", "id": shot["id"]}]) == ""
    assert names(sg, ["entity", "is", {"type": "Shot", "id": 99_999_999}]) == ""
    assert names(sg, ["entity", "is", {"type": "HumanUser", "id": anna["id"]}]) == ""
    assert names(sg, ["task_assignees", "is", anna]) == "a"
    assert names(sg, ["task_assignees", "is_not", anna]) == "bc"
    assert names(sg, ["task_assignees", "in", [anna, bert]]) == "ab"
    assert names(sg, ["task_assignees", "not_in", [anna, bert]]) == "c"
    assert names(sg, ["task_assignees", "is", anna], ["task_assignees", "is", bert]) == "a"


def test_parts_of_the_parent(sg: Any, project: dict[str, Any]) -> None:
    sequence = sg.create("Sequence", {"code": "SQ", "project": project})
    scene = sg.create("Scene", {"code": "SC", "project": project})
    for code, fields in (("s", {"sg_sequence": sequence}), ("c", {"sg_scene": scene}), ("n", {})):
        sg.create("Shot", {"code": code, "project": project, **fields})

    def found(*filters: Any) -> str:
        return "".join(row["code"] for row in sg.find("Shot", list(filters), ["code"]))

    assert found(["sg_sequence", "is", sequence]) == "s"
    assert found(["sg_sequence", "is_not", sequence]) == "cn"
    assert found(["sg_sequence", "is", None]) == "cn"
    assert found(["sg_sequence", "is_not", None]) == "s"
    assert found(["sg_scene", "is", None]) == "sn"
    assert found(["sg_sequence", "is", {"type": "Scene", "id": scene["id"]}]) in ("", "c")
    assert found(["sg_sequence", "name_contains", "s"]) == "s"
    assert found(["sg_sequence.Sequence.code", "is", "sq"]) == "s"
    assert found(["sg_sequence", "in", [sequence]]) == "s"


def test_groups(sg: Any, world: dict[str, Any]) -> None:
    first, last = ["content", "is", "animation"], ["content", "is", "comp"]
    assert names(sg, first, last) == ""
    assert names(sg, first, last, operator="any") == "ac"
    either = {"filter_operator": "any", "filters": [first, last]}
    assert names(sg, either, ["duration", "is", None]) == "c"
    nothing: dict[str, Any] = {"filter_operator": "any", "filters": []}
    assert names(sg, nothing) == "abc"
    assert (
        names(sg, {"filter_operator": "all", "filters": [either, {"filter_operator": "any", "filters": [first]}]})
        == "a"
    )


def test_many_ids(sg: Any, world: dict[str, Any]) -> None:
    assert len(sg.find("Task", [["id", "in", list(range(100_000))]])) == 3


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        (["foo", "is", 1], "API read() Task.foo doesn't exist."),
        (["entity.Shot.foo", "is", 1], "API read() Task.entity.Shot.foo doesn't exist."),
        (["entity.Nosuch.code", "is", 1], "API read() Task.entity.Nosuch.code doesn't exist."),
        (["content.Shot.code", "is", 1], "API read() Task.content.Shot.code doesn't exist."),
        (["a..b", "is", 1], "API read() Task.a..b doesn't exist."),
        ([".".join(["entity.Shot"] * 40), "is", 1], "doesn't exist."),
        (
            ["content", "between", 1, 2],
            "API read() Task.content's 'text' data type doesn't support 'between' 'relation'",
        ),
        (["content", "xxx", 1], 'Valid relations: ["contains", "not_contains", "is", "is_not"'),
        (
            ["sg_status_list", "contains", "i"],
            "Task.sg_status_list's 'status_list' data type doesn't support 'contains'",
        ),
        (["milestone", "in", [True]], "Task.milestone's 'checkbox' data type doesn't support 'in' 'relation'"),
        (["milestone", "is", None], "expected [String, FalseClass, TrueClass] data type(s) but got NilClass: nil"),
        (["milestone", "is", 1], "expected [String, FalseClass, TrueClass] data type(s) but got Integer: 1"),
        (["milestone", "is", "1"], "Invalid data for 'checkbox' data type. Value: 1"),
        (["content", "is", 1], "API read() Task.content expected [String, NilClass] data type(s) but got Integer: 1"),
        (["content", "is", ["a", "b"]], "'is' 'relation' expects a 1-element array: [\"a\", \"b\"]"),
        (["content", "is", {"a": 1}], "data type(s) but got Hash"),
        (["content", "in", [None]], "API read() Read failed for entity type [Task]"),
        (["duration", "is", True], "data type(s) but got TrueClass: true"),
        (["duration", "is", "1e3"], "Invalid data for 'duration' data type. Value: 1e3"),
        (["duration", "between", 1], "'between' 'relation' expects a 2-element array: [1]"),
        (["duration", "between", 1, 2, 3], "'between' 'relation' expects a 2-element array"),
        (["created_at", "is", "2024-02-30"], "Invalid date time format: 2024-02-30."),
        (["created_at", "is", "2022-02-01 20:53:08"], "Invalid date time format"),
        (["created_at", "is", "9999-12-31T23:59:59-23:59"], "Invalid date time format"),
        (["start_date", "is", "2024-W01-1"], "Invalid data for 'date' data type. Value: 2024-W01-1"),
        (["created_at", "in_last", 1, "FORTNIGHT"], 'doesn\'t support the "FORTNIGHT" time unit'),
        (["created_at", "in_last", 1], "expects a 2-element array"),
        (["created_at", "in_last", "1", "DAY"], "expected [Integer] data type(s) but got String"),
        (["created_at", "in_calendar_day", "0"], "expected [Integer] data type(s) but got String"),
        (["entity", "is", 5], "expected [Hash, NilClass] data type(s) but got Integer: 5"),
        (["entity", "is", {"id": 5}], "invalid/missing entity hash string 'type'"),
        (["entity", "is", {"type": "Shot"}], "invalid/missing entity hash integer 'id'"),
        (["entity", "is", {"type": "Shot", "id": "12"}], "invalid/missing entity hash integer 'id'"),
        (["entity", "is", {"type": "Shot", "id": True}], "invalid/missing entity hash integer 'id'"),
        (["entity", "name_is", None], "expected [String] data type(s) but got NilClass: nil"),
        (["image", "is", "x"], "expected [NilClass] data type(s) but got String"),
        (["image", "contains", "x"], "Task.image's 'image' data type doesn't support 'contains'"),
        (["id", "is", "12"], "expected [Integer, NilClass] data type(s) but got String"),
        (["id", "is", True], "expected [Integer, NilClass] data type(s) but got TrueClass"),
        (["id", "greater_than", 2.5], "expected [String, Integer] data type(s) but got Float"),
    ],
)
def test_wrong_condition(sg: Any, world: dict[str, Any], condition: list[Any], text: str) -> None:
    with pytest.raises(shotgun_api3.Fault) as caught:
        sg.find("Task", [condition])
    assert text in str(caught.value)
    assert not isinstance(caught.value, shotgun_api3.AuthenticationFault)


def test_an_entity_with_an_impossible_id_is_found_nowhere(sg: Any, world: dict[str, Any]) -> None:
    for number in (-1, 2**63, 2**70):
        assert names(sg, ["entity", "is", {"type": "Shot", "id": number}]) == ""


def test_files_cannot_be_filtered_by(sg: Any) -> None:
    with pytest.raises(shotgun_api3.Fault) as caught:
        sg.find("Version", [["sg_uploaded_movie", "is", None]])
    assert str(caught.value) == "API read() Version.sg_uploaded_movie's 'url' data type cannot be used in a filter."


def test_status_of_people(sg: Any, world: dict[str, Any]) -> None:
    sg.update("HumanUser", world["bert"]["id"], {"sg_status_list": "dis"})

    def found(*condition: Any) -> list[str]:
        return [row["login"] for row in sg.find("HumanUser", [list(condition)], ["login"])]

    assert found("sg_status_list", "is", "act") == ["anna"]
    assert found("sg_status_list", "is_not", "act") == ["bert"]
    assert found("sg_status_list", "in", ["act", "dis"]) == ["anna", "bert"]
    assert found("sg_status_list", "is", "nosuch") == []
