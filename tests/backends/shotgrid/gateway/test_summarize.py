"""``summarize`` through the official client."""

from __future__ import annotations

from typing import Any

import pytest
from shotgun_api3 import Fault


@pytest.fixture
def tasks(sg: Any, project: dict[str, Any]) -> list[dict[str, Any]]:
    anna = sg.create("HumanUser", {"login": "anna", "name": "Anna Ask"})
    shots = [sg.create("Shot", {"code": code, "project": project}) for code in ("A", "B")]
    rows = [("ip", 60, shots[0], True), ("ip", 30, shots[1], False), ("fin", None, shots[1], False)]
    return [
        sg.create(
            "Task",
            {
                "content": f"t{at}", "project": project, "sg_status_list": status, "duration": minutes, "entity": shot,
                "milestone": flag, "task_assignees": [anna], "start_date": f"2024-0{at + 1}-02",
            },
        )
        for at, (status, minutes, shot, flag) in enumerate(rows)
    ]  # fmt: skip


def summary(sg: Any, *fields: tuple[str, str], **more: Any) -> dict[str, Any]:
    found = sg.summarize("Task", [], [{"field": name, "type": kind} for name, kind in fields], **more)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize(
    ("field", "kind", "value"),
    [
        ("id", "count", 3), ("id", "record_count", 3), ("duration", "sum", 90), ("duration", "average", 45),
        ("duration", "minimum", 30), ("duration", "maximum", 60), ("duration", "count", 2),
        ("start_date", "earliest", "2024-01-02"), ("start_date", "latest", "2024-03-02"),
        ("milestone", "checked", 1), ("milestone", "unchecked", 2), ("milestone", "percentage", 33),
        ("sg_status_list", "status_list", "ip"), ("sg_status_list", "status_percentage", 33),
    ],
)  # fmt: skip
def test_summary(sg: Any, tasks: list[Any], field: str, kind: str, value: Any) -> None:
    assert summary(sg, (field, kind)) == {"summaries": {field: value}, "groups": []}


def test_nothing_counts_as_zero(sg: Any, project: dict[str, Any]) -> None:
    assert summary(sg, ("id", "count"), ("duration", "sum"))["summaries"] == {"id": 0, "duration": 0}


def test_the_last_summary_of_a_field_wins(sg: Any, tasks: list[Any]) -> None:
    assert summary(sg, ("duration", "maximum"), ("duration", "count"))["summaries"] == {"duration": 2}


def test_groups(sg: Any, tasks: list[Any]) -> None:
    levels = [
        {"field": "sg_status_list", "type": "exact", "direction": "desc"},
        {"field": "entity", "type": "exact", "direction": "asc"},
    ]
    found = summary(sg, ("id", "count"), ("duration", "sum"), grouping=levels)
    shot = tasks[1]["entity"]
    assert found["summaries"] == {"id": 3, "duration": 90}
    assert [(group["group_name"], group["group_value"], group["summaries"]) for group in found["groups"]] == [
        ("ip", "ip", {"id": 2, "duration": 90}),
        ("fin", "fin", {"id": 1, "duration": 0}),
    ]
    assert found["groups"][1]["groups"] == [
        {"group_name": "B", "group_value": {**shot, "valid": "valid"}, "summaries": {"id": 1, "duration": 0}}
    ]


@pytest.mark.parametrize(
    ("field", "kind", "names"),
    [
        ("start_date", "month", ["2024-01-01", "2024-02-01", "2024-03-01"]), ("start_date", "year", ["2024-01-01"]),
        ("content", "firstletter", ["T"]), ("entity", "entitytype", ["Shot"]), ("milestone", "exact", ["[ ]", "[X]"]),
        ("task_assignees", "exact", ["Anna Ask"]), ("duration", "exact", ["", "30", "60"]), ("step", "exact", [""]),
    ],
)  # fmt: skip
def test_kinds_of_groups(sg: Any, tasks: list[Any], field: str, kind: str, names: list[str]) -> None:
    level = {"field": field, "type": kind, "direction": "asc"}
    assert [group["group_name"] for group in summary(sg, ("id", "count"), grouping=[level])["groups"]] == names


def test_archived_projects_can_be_left_out(sg: Any, tasks: list[Any], project: dict[str, Any]) -> None:
    sg.update("Project", project["id"], {"archived": True})
    assert summary(sg, ("id", "count"))["summaries"] == {"id": 3}
    assert summary(sg, ("id", "count"), include_archived_projects=False)["summaries"] == {"id": 0}


@pytest.mark.parametrize(
    ("fields", "more", "text"),
    [
        ([("nosuch", "count")], {}, "API summarize() Task.nosuch doesn't exist."),
        ([("id", "nosuch")], {}, "type must be one of"),
        ([("content", "sum")], {}, "API summarize()"), ([], {}, "summaries"),
        ([("id", "count")], {"grouping": [{"field": "nosuch", "type": "exact", "direction": "asc"}]}, "doesn't exist"),
        ([("id", "count")], {"grouping": [{"field": "id", "type": "by_mood", "direction": "asc"}]}, "not served"),
        ([("id", "count")], {"grouping": [{"field": "id", "type": "exact", "direction": "up"}]}, "direction"),
    ],
)  # fmt: skip
def test_wrong_summary(sg: Any, tasks: list[Any], fields: list[Any], more: dict[str, Any], text: str) -> None:
    with pytest.raises(Fault) as caught:
        summary(sg, *fields, **more)
    assert text in str(caught.value)


def test_status_list_of_one_status_is_itself_and_shares_are_of_a_given_one(sg: Any, tasks: list[Any]) -> None:
    found = sg.summarize("Task", [["content", "is", "t2"]], [{"field": "sg_status_list", "type": "status_list"}])
    assert found["summaries"] == {"sg_status_list": "fin"}
    share = {"field": "sg_status_list", "type": "status_percentage_as_float", "value": "ip"}
    assert sg.summarize("Task", [], [share])["summaries"]["sg_status_list"] == pytest.approx(200 / 3)
    nothing = sg.summarize("Task", [["content", "is", "none"]], [share])
    assert nothing["summaries"] == {"sg_status_list": 0.0}
    with pytest.raises(Fault, match="doesn't support"):
        sg.summarize("Task", [], [{"field": "content", "type": "status_list"}])


@pytest.mark.parametrize(
    ("field", "kind", "values"),
    [
        ("start_date", "oneday", ["2024-01-02", "2024-02-02", "2024-03-02"]),
        ("start_date", "clustered_date", ["2024-01-02", "2024-02-02", "2024-03-02"]),
        ("start_date", "fivedays", ["2024-01-02", "2024-02-01", "2024-03-02"]),
        ("duration", "oneday", [None, 0]), ("duration", "fivedays", [None, 0]),
    ],
)  # fmt: skip
def test_groups_of_days(sg: Any, tasks: list[Any], field: str, kind: str, values: list[Any]) -> None:
    found = summary(sg, ("id", "count"), grouping=[{"field": field, "type": kind, "direction": "asc"}])
    assert [group["group_value"] for group in found["groups"]] == values


@pytest.mark.parametrize(("field", "data_type", "kind"), [
    ("code", "text", "sum"), ("created_at", "date_time", "average"), ("description", "text", "status_list"),
])  # fmt: skip
def test_what_a_field_has_none_of_is_refused_by_its_name(sg: Any, field: str, data_type: str, kind: str) -> None:
    with pytest.raises(Fault) as caught:
        sg.summarize("Shot", [], [{"field": field, "type": kind}])
    assert f"Shot.{field}'s '{data_type}' data type doesn't support '{kind}'" in str(caught.value)
