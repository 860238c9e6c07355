"""AYON's query filters: what is found by each. The expected names were compared with a real 1.16 server's answers."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trackerkit_ayon.gateway.conditions import is_like

PROJECT = "gw_filters"
FOLDERS = (
    {"name": "sq01", "folderType": "Sequence",
     "attrib": {"fps": 24.0, "description": "The first", "startDate": "2024-05-01T00:00:00+00:00"}},
    {"name": "sh010", "parent": "sq01", "folderType": "Shot", "label": "Shot Ten", "status": "In progress",
     "tags": ["important"], "attrib": {"frameStart": 1001, "description": "A bird, 50% done"}},
    {"name": "sh020", "parent": "sq01", "folderType": "Shot", "tags": ["important", "for reel"],
     "attrib": {"frameStart": 993, "priority": "high"}, "data": {"camera": {"lens": 50}}},
    {"name": "SH_030", "parent": "sq01", "folderType": "Shot", "attrib": {"fps": 12.5}, "data": {"camera": {"lens": 35}}},
    {"name": "tree", "folderType": "Asset", "label": "A Tree"},
    {"name": "gone", "folderType": "Asset", "active": False},
)  # fmt: skip
TASKS = (
    {"name": "anim", "folder": "sh010", "taskType": "Animation", "assignees": ["artist"]},
    {"name": "comp", "folder": "sh010", "taskType": "Compositing", "assignees": ["artist", "admin"]},
    {"name": "model", "folder": "tree", "taskType": "Modeling"},
)
CASES: tuple[tuple[str, Any, str], ...] = (
    ("folders", {"key": "name", "operator": "eq", "value": "sh010"}, "sh010"),
    ("folders", {"key": "name", "value": "SH010"}, ""),
    ("folders", {"key": "name", "operator": "like", "value": "sh%"}, "SH_030 sh010 sh020"),
    ("folders", {"key": "name", "operator": "like", "value": "sh\\_%"}, "SH_030"),
    ("folders", {"key": "name", "operator": "like", "value": "sh_30"}, ""),
    ("folders", {"key": "name", "operator": "like", "value": "%0%0"}, "SH_030 sh010 sh020"),
    ("folders", {"key": "name", "operator": "in", "value": ["tree", "sq01", "none"]}, "sq01 tree"),
    ("folders", {"key": "name", "operator": "notin", "value": ["tree", "sq01"]}, "SH_030 sh010 sh020"),
    ("folders", {"key": "name", "operator": "ne", "value": "tree"}, "SH_030 sh010 sh020 sq01"),
    ("folders", {"key": "label", "operator": "isnull"}, "SH_030 sh020 sq01"),
    ("folders", {"key": "label", "operator": "notnull"}, "sh010 tree"),
    ("folders", {"key": "label", "operator": "ne", "value": "A Tree"}, "sh010"),
    ("folders", {"key": "label", "operator": "like", "value": "%t%"}, "sh010 tree"),
    ("folders", {"key": "folderType", "operator": "eq", "value": "Shot"}, "SH_030 sh010 sh020"),
    ("folders", {"key": "folderType", "operator": "in", "value": ["Asset", "Sequence"]}, "sq01 tree"),
    ("folders", {"key": "folder_type", "operator": "ne", "value": "Shot"}, "sq01 tree"),
    ("folders", {"key": "status", "operator": "eq", "value": "In progress"}, "sh010"),
    ("folders", {"key": "status", "operator": "notin", "value": ["In progress"]}, "SH_030 sh020 sq01 tree"),
    ("folders", {"key": "tags", "operator": "includes", "value": "important"}, "sh010 sh020"),
    ("folders", {"key": "tags", "operator": "includesany", "value": ["for reel", "x"]}, "sh020"),
    ("folders", {"key": "tags", "operator": "includesall", "value": ["for reel", "important"]}, "sh020"),
    ("folders", {"key": "tags", "operator": "excludesany", "value": ["for reel"]}, "SH_030 sh010 sq01 tree"),
    ("folders", {"key": "tags", "operator": "excludesall", "value": ["for reel", "important"]}, "SH_030 sh010 sq01 tree"),
    ("folders", {"key": "attrib.frameStart", "operator": "eq", "value": 993}, "sh020"),
    ("folders", {"key": "attrib.frameStart", "operator": "gt", "value": 993}, "SH_030 sh010 sq01 tree"),
    ("folders", {"key": "attrib.frameStart", "operator": "lte", "value": 1001}, "SH_030 sh010 sh020 sq01 tree"),
    ("folders", {"key": "attrib.fps", "operator": "eq", "value": 24}, "sh010 sh020 sq01"),
    ("folders", {"key": "attrib.fps", "operator": "lt", "value": 24.5}, "SH_030 sh010 sh020 sq01"),
    ("folders", {"key": "attrib.description", "operator": "like", "value": "%50\\% done"}, "sh010"),
    ("folders", {"key": "attrib.startDate", "operator": "notnull"}, "SH_030 sh010 sh020 sq01"),
    ("folders", {"key": "attrib/priority", "operator": "eq", "value": "high"}, "sh020"),
    ("folders", {"key": "data.camera.lens", "operator": "gte", "value": 50}, "sh020"),
    ("folders", {"key": "data.camera", "operator": "isnull"}, "sh010 sq01 tree"),
    ("folders", {"key": "active", "operator": "eq", "value": "true"}, "SH_030 sh010 sh020 sq01 tree"),
    ("folders", {"key": "createdAt", "operator": "gt", "value": "2020-01-01T00:00:00Z"}, "SH_030 sh010 sh020 sq01 tree"),
    ("folders", {"key": "createdAt", "operator": "lt", "value": "2020-01-01T00:00:00Z"}, ""),
    ("folders", {"key": "createdBy", "operator": "eq", "value": "nobody"}, ""),
    ("folders", {"operator": "or", "conditions": [
        {"key": "name", "operator": "eq", "value": "tree"}, {"key": "attrib.frameStart", "operator": "eq", "value": 993},
    ]}, "sh020 tree"),
    ("folders", {"operator": "and", "conditions": [
        {"key": "folderType", "operator": "eq", "value": "Shot"},
        {"operator": "or", "conditions": [
            {"key": "tags", "operator": "includes", "value": "important"},
            {"key": "label", "operator": "notnull"},
        ]},
    ]}, "sh010 sh020"),
    ("folders", {"conditions": []}, "SH_030 sh010 sh020 sq01 tree"),
    ("folders", {}, "SH_030 sh010 sh020 sq01 tree"),
    ("tasks", {"key": "assignees", "operator": "includes", "value": "artist"}, "anim comp"),
    ("tasks", {"key": "assignees", "operator": "includesall", "value": ["artist", "admin"]}, "comp"),
    ("tasks", {"key": "assignees", "operator": "excludes", "value": "admin"}, "anim model"),
    ("tasks", {"key": "taskType", "operator": "in", "value": ["Modeling", "Animation"]}, "anim model"),
    ("tasks", {"key": "attrib.frameStart", "operator": "eq", "value": 1001}, "anim comp model"),
    ("tasks", {"key": "attrib.startDate", "operator": "isnull"}, "model"),
)  # fmt: skip
BAD = (
    "{", "[]", "7", '"x"', '{"operator": "xor", "conditions": []}', '{"operator": "eq", "key": "name", "value": 1}',
    '{"conditions": 7}', '{"conditions": [null]}', "[" * 5000,
    '{"conditions": [{"key": "name", "operator": "near", "value": 1}]}', '{"conditions": [{"key": "name", "operator": "eq"}]}',
    '{"conditions": [{"key": "name", "operator": "in", "value": "x"}]}', '{"conditions": [{"key": "a b", "value": 1}]}',
    '{"conditions": [{"key": "", "value": 1}]}',
    '{"conditions": [{"key": "name", "operator": "notin", "value": "x"}]}', '{"conditions": [{"key": "nothing", "value": 1}]}',
    '{"conditions": [{"key": "tags", "operator": "like", "value": "x"}]}', '{"conditions": [{"key": "name", "value": 7}]}',

    '{"conditions": [{"key": "name", "operator": "includes", "value": "x"}]}',
    '{"conditions": [{"key": "name", "value": ["x"]}]}',
    '{"conditions": [{"key": "name", "value": true}]}',
    '{"conditions": [{"key": "active", "value": "maybe"}]}',
    '{"conditions": [{"key": "createdAt", "operator": "gt", "value": "x"}]}',
    '{"conditions": [{"key": "attrib", "value": "x"}]}',
    '{"conditions": [{"key": "name.x", "value": "x"}]}',
)  # fmt: skip


def prepare(call: Any) -> None:
    """Make the project; ``call(method, path, json)`` gives the JSON of the answer."""
    call("POST", "/api/projects", {"name": PROJECT, "code": "gwf"})
    ids: dict[str, str] = {}
    for item in FOLDERS:
        body = {key: value for key, value in item.items() if key != "parent"}
        if "parent" in item:
            body["parentId"] = ids[str(item["parent"])]
        ids[str(item["name"])] = call("POST", f"/api/projects/{PROJECT}/folders", body)["id"]
    for task in TASKS:
        body = {key: value for key, value in task.items() if key != "folder"}
        call("POST", f"/api/projects/{PROJECT}/tasks", {**body, "folderId": ids[str(task["folder"])]})


def ask(call: Any, plural: str, given: Any, as_it_is: bool = False) -> Any:
    """What is found, as the answer's JSON; one condition is wrapped, as AYON wants it."""
    given = {"conditions": [given]} if "key" in given and not as_it_is else given
    query = (
        f'query($f: String) {{project(name: "{PROJECT}") {{{plural}(filter: $f) {{edges {{node {{name active}}}}}}}}}}'
    )
    return call("POST", "/graphql", {"query": query, "variables": {"f": json.dumps(given)}})


def names_of(said: Any, plural: str) -> str:
    """The names of the active ones, in order."""
    nodes = [edge["node"] for edge in said["data"]["project"][plural]["edges"]]
    return " ".join(sorted(node["name"] for node in nodes if node["active"]))


@pytest.fixture(scope="module")
def call(gateway: Any) -> Any:
    def called(method: str, path: str, body: Any) -> Any:
        return gateway.ok(method, path, json=body)

    prepare(called)
    return called


@pytest.mark.parametrize(("plural", "given", "expected"), CASES, ids=lambda value: str(value)[:80])
def test_found_by_filter(call: Any, plural: str, given: Any, expected: str) -> None:
    said = ask(call, plural, given)
    assert "errors" not in said
    assert names_of(said, plural) == expected


@pytest.mark.parametrize("given", BAD, ids=lambda value: value[:60])
def test_what_is_no_filter_is_refused(call: Any, given: str) -> None:
    query = f'query($f: String) {{project(name: "{PROJECT}") {{folders(filter: $f) {{edges {{node {{name}}}}}}}}}}'
    said = call("POST", "/graphql", {"query": query, "variables": {"f": given}})
    assert said["errors"][0]["message"]
    assert said["errors"][0]["extensions"]["status"] == 400


ODD = (
    ('{"conditions": [[]]}', "SH_030 sh010 sh020 sq01 tree"),
    ('{"conditions": [{"value": 1}]}', "SH_030 sh010 sh020 sq01 tree"),
    ('{"key": "name", "value": "tree"}', "SH_030 sh010 sh020 sq01 tree"),
    ('{"conditions": [{"key": "attrib.frameStart", "value": "x"}]}', ""),
    ('{"conditions": [{"key": "attrib.nothing", "value": 1}]}', ""),
)
"""What a real server does not refuse either."""


@pytest.mark.parametrize(("given", "expected"), ODD)
def test_odd_filters(call: Any, given: str, expected: str) -> None:
    said = ask(call, "folders", json.loads(given), as_it_is=True)
    assert names_of(said, "folders") == expected


def test_what_is_not_inherited_is_nobody_elses(call: Any) -> None:
    """A description is the record's own; a real server shows it so, but finds the records below by it as well."""
    said = ask(call, "folders", {"key": "attrib.description", "operator": "notnull"})
    assert names_of(said, "folders") == "sh010 sq01"


@pytest.mark.parametrize(
    ("value", "pattern", "expected"),
    [
        ("", "", True), ("", "%", True), ("a", "", False), ("a", "_", True), ("ab", "_", False), ("abc", "a%c", True),
        ("ac", "a%c", True), ("a\nc", "a%c", True), ("aba", "a%a%a", False), ("abaa", "a%a%a", True), ("ABC", "abc", True),
        ("a%c", "a\\%c", True), ("abc", "a\\%c", False), ("a_c", "a\\_c", True), ("abc", "a\\_c", False), ("ab", "%ab%ab", False),
        ("xay", "%a_", True), ("xayz", "%a_", False), ("a.c", "a.c", True), ("abc", "a.c", False), ("aab", "%ab", True),
    ],
)  # fmt: skip
def test_like(value: str, pattern: str, expected: bool) -> None:
    assert is_like(value, pattern) is expected


def test_no_pattern_takes_long() -> None:
    assert not is_like("a" * 5000, "%a" * 200 + "b")
