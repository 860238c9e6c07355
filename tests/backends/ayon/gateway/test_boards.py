"""The board of all projects, the last comments on records, steps of tasks, featured versions."""

from __future__ import annotations

import json
from typing import Any

import pytest

PROJECT = "boards"


@pytest.fixture(scope="module")
def ids(gateway: Any) -> dict[str, str]:
    path = gateway.project(PROJECT)

    def create(native: str, **body: Any) -> str:
        return str(gateway.ok("POST", f"{path}/{native}s", json=body)["id"])

    shot = create("folder", name="sh010", label="The shot", folderType="Shot", attrib={"priority": "high"})
    steps = [{"id": "1", "name": "key", "label": "Keys", "is_done": True, "assignees": ["artist"]}, {"id": 7}, "none"]
    comp = create("task", name="comp", taskType="Compositing", folderId=shot, assignees=["artist"], data={"subtasks": steps},
                  attrib={"endDate": "2026-11-23T00:00:00+00:00"})  # fmt: skip
    edit = create("task", name="edit", taskType="Generic", folderId=shot)
    product = create("product", name="renderMain", productType="render", folderId=shot)
    made = {"shot": shot, "comp": comp, "edit": edit, "product": product}
    for number, status in ((1, "Approved"), (2, "In progress")):
        made[f"v{number}"] = create("version", version=number, productId=product, taskId=comp, status=status)
    made["hero"] = create("version", version=-1, productId=product)
    for number in range(7):
        url = f"{path}/task/{comp}/activities"
        gateway.ok("POST", url, json={"activityType": "comment", "body": f"Take {number}"})
    return made


def board(gateway: Any, text: str, fields: str = "id") -> list[dict[str, Any]]:
    found = gateway.graphql(f"{{kanban{text} {{edges {{node {{{fields}}} cursor}} pageInfo {{hasPreviousPage}}}}}}")
    return [edge["node"] for edge in found["kanban"]["edges"]]


def test_the_board_holds_tasks_with_their_folders(gateway: Any, ids: dict[str, str]) -> None:
    fields = (
        "id projectName projectCode name label status tags taskType assignees priority dueDate folderId folderName folderLabel "
        "folderPath thumbnailId thumbnailHash hasReviewables lastVersionWithReviewableVersionId"
    )
    found = board(gateway, f'(projects: ["{PROJECT}"])', fields)
    assert [node["id"] for node in found] == [ids["comp"], ids["edit"]]
    wanted = {
        "projectName": PROJECT, "projectCode": PROJECT, "name": "comp", "taskType": "Compositing", "assignees": ["artist"],
        "priority": "high", "folderId": ids["shot"], "folderName": "sh010", "folderLabel": "The shot",
        "folderPath": "sh010", "hasReviewables": False, "lastVersionWithReviewableVersionId": None,
    }  # fmt: skip
    assert {key: found[0][key] for key in wanted} == wanted
    assert found[0]["dueDate"].startswith("2026-11-23")
    assert found[1]["dueDate"] is None


def test_the_board_of_some_people_tasks_and_pages(gateway: Any, ids: dict[str, str]) -> None:
    scope = f'projects: ["{PROJECT}"]'
    assert [node["id"] for node in board(gateway, f'({scope}, assigneesAny: ["artist"])')] == [ids["comp"]]
    assert board(gateway, f'({scope}, assigneesAny: ["nobody"])') == []
    assert [node["id"] for node in board(gateway, f'({scope}, taskIds: ["{ids["edit"]}"])')] == [ids["edit"]]
    first = gateway.graphql(f"{{kanban({scope}, last: 1) {{edges {{cursor}} pageInfo {{hasPreviousPage endCursor}}}}}}")
    info = first["kanban"]["pageInfo"]
    assert info["hasPreviousPage"]
    assert [node["id"] for node in board(gateway, f'({scope}, before: "{info["endCursor"]}")')] == [ids["edit"]]
    assert {node["projectName"] for node in board(gateway, "", "projectName")} >= {PROJECT}
    assert board(gateway, '(projects: ["nosuch"])') == []


def test_the_last_comments_and_the_steps(gateway: Any, ids: dict[str, str]) -> None:
    nodes = "latestComments {body author activityId createdAt} subtasks {id name label isDone assignees startDate}"
    found = gateway.graphql(f'{{project(name: "{PROJECT}") {{tasks {{edges {{node {{id {nodes}}}}}}}}}}}')
    shown = {edge["node"]["id"]: edge["node"] for edge in found["project"]["tasks"]["edges"]}
    comments = shown[ids["comp"]]["latestComments"]
    assert [item["body"] for item in comments] == [f"Take {number}" for number in (6, 5, 4, 3, 2)]
    assert shown[ids["edit"]]["latestComments"] == []
    step = {"id": "1", "name": "key", "label": "Keys", "isDone": True, "assignees": ["artist"], "startDate": None}
    assert shown[ids["comp"]]["subtasks"] == [step]
    assert shown[ids["edit"]]["subtasks"] == []


@pytest.mark.parametrize(
    ("flags", "wanted"),
    [(["hero", "latest"], ["v1"]), (["latestDone"], ["v1"]), (["latest", "hero"], ["v2"]), ([], [])],
)
def test_one_featured_version_of_each_product(
    gateway: Any, ids: dict[str, str], flags: list[str], wanted: list[str]
) -> None:
    text = f"versions(featuredOnly: {json.dumps(flags)}) {{edges {{node {{id isLatest isLatestDone}}}}}}"
    found = gateway.graphql(f'{{project(name: "{PROJECT}") {{{text}}}}}')["project"]["versions"]["edges"]
    assert [edge["node"]["id"] for edge in found] == [ids[name] for name in wanted]
    for edge in found:
        node = edge["node"]
        assert (node["isLatest"], node["isLatestDone"]) == (node["id"] == ids["v2"], node["id"] == ids["v1"])


GROUPS = [
    ("task/status", ["Not ready"], [2]), ("task/taskType", ["Generic", "Compositing"], [1, 1]),
    ("folder/folderType", ["Shot"], [1]), ("task/assignees", ["artist"], [1]), ("product/productType", ["render"], [1]),
    ("version/status", ["Approved", "In progress", "Pending review"], [1, 1, 1]), ("folder/attrib.priority", ["high"], [1]),
    ("task/attrib.fps", [25.0], [2]), ("task/tags", [], []),
]  # fmt: skip


@pytest.mark.parametrize(("path", "values", "counts"), GROUPS)
def test_records_in_groups(gateway: Any, ids: dict[str, str], path: str, values: list[Any], counts: list[int]) -> None:
    found = gateway.ok("GET", f"/api/projects/{PROJECT}/grouping/{path}")
    assert (found["entityType"], found["key"]) == tuple(path.split("/"))
    assert sorted((item["value"], item["count"]) for item in found["groups"]) == sorted(
        zip(values, counts, strict=True)
    )


def test_groups_that_there_are_not(gateway: Any, ids: dict[str, str]) -> None:
    for path in ("product/assignees", "task/nothing", "folder/taskType", "task/attrib.nothing", "list/status"):
        answer = gateway.call("GET", f"/api/projects/{PROJECT}/grouping/{path}")
        assert (answer.status_code, answer.json()["code"]) == (400, 400), path
    every = gateway.ok("GET", f"/api/projects/{PROJECT}/grouping/task/taskType?empty=true")["groups"]
    assert {item["count"] for item in every} == {0, 1}


def test_a_flag_that_is_none(gateway: Any, ids: dict[str, str]) -> None:
    text = f'{{project(name: "{PROJECT}") {{versions(featuredOnly: ["best"]) {{edges {{node {{id}}}}}}}}}}'
    said = gateway.ok("POST", "/graphql", json={"query": text})
    assert "Invalid featuredOnly value: 'best'" in said["errors"][0]["message"]
