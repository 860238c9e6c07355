"""Every field that the GraphQL schema has is answered, by the quick executor as by graphql-core's."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from graphql import (
    GraphQLField,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from trackerkit_ayon.compile import documents
from trackerkit_ayon.gateway.graphql import execute

PROJECT = "answers"


@pytest.fixture(scope="module")
def ids(gateway: Any) -> dict[str, str]:
    """A project with one of each record, by the record's type."""
    path = gateway.project(PROJECT)
    made: dict[str, str] = {}

    def create(native: str, **body: Any) -> str:
        made[native] = gateway.ok("POST", f"{path}/{native}s", json=body)["id"]
        return made[native]

    above = gateway.ok("POST", f"{path}/folders", json={"name": "sq01", "folderType": "Sequence"})["id"]
    folder = create("folder", name="sh010", folderType="Shot", parentId=above, tags=["important"], data={"x": 1})
    task = create("task", name="comp", taskType="Compositing", folderId=folder, assignees=["artist"])
    product = create("product", name="renderMain", productType="render", folderId=folder)
    version = create("version", version=1, productId=product, taskId=task, author="artist")
    other = gateway.ok("POST", f"{path}/versions", json={"version": 2, "productId": product})["id"]
    file = {
        "id": "ab" * 16,
        "name": "a.exr",
        "path": "{root[work]}/a.exr",
        "size": 2**40,
        "hash": "x",
        "hash_type": "md5",
    }
    create("representation", name="exr", versionId=version, files=[file])
    create("workfile", path="{root[work]}/a.nk", taskId=task)
    for body in ({"body": "Look"}, {"body": f"[sh](folder:{folder})", "data": {"a": 1}}):
        url = f"{path}/task/{task}/activities"
        made["activity"] = gateway.ok("POST", url, json={"activityType": "comment", **body})["id"]
    gateway.ok(
        "POST", f"{path}/links", json={"input": version, "output": other, "linkType": "reference|version|version"}
    )
    gateway.ok("POST", f"{path}/links", json={"input": above, "output": folder, "linkType": "breakdown|folder|folder"})
    lists = {
        "entityListType": "generic",
        "entityType": "version",
        "label": "Dailies",
        "items": [{"entityId": version, "attrib": {}}],
    }
    made["entityList"] = gateway.ok("POST", f"{path}/lists", json=lists)["id"]
    gateway.ok(
        "POST", "/api/events", json={"topic": "tk.test", "project": PROJECT, "description": "x", "payload": {"a": 1}}
    )
    return made


@pytest.fixture(scope="module")
def served(gateway: Any) -> GraphQLSchema:
    from graphql import build_client_schema, get_introspection_query

    return build_client_schema(gateway.graphql(get_introspection_query()))


def is_open(field: GraphQLField) -> bool:
    """Whether a field can be asked for without arguments."""
    return not any(is_required_argument(argument) for argument in field.args.values())


def selected(kind: GraphQLObjectType, depth: int) -> str:
    """Every field of a type, and of what it leads to, ``depth`` records deep."""
    parts = ["__typename"]
    for name, field in kind.fields.items():
        below = get_named_type(field.type)
        if not is_open(field):
            continue
        if is_leaf_type(below):
            parts.append(name)
        elif isinstance(below, GraphQLObjectType):
            is_page = below.name.endswith(("Connection", "Edge"))
            if is_page or depth:
                parts.append(f"{name}{some(field)} {{{selected(below, depth if is_page else depth - 1)}}}")
    return " ".join(parts)


def some(field: GraphQLField) -> str:
    """The arguments that ask a connection for little."""
    return "(last: 2)" if "last" in field.args else "(first: 2)" if "first" in field.args else ""


def roots(schema: GraphQLSchema, ids: dict[str, str]) -> dict[str, str]:
    """A document for each thing that can be asked for, by its name."""
    project, query = schema.type_map["ProjectNode"], schema.query_type
    assert isinstance(project, GraphQLObjectType)
    assert query is not None
    made = {}
    for name, field in query.fields.items():
        below = get_named_type(field.type)
        if name not in ("project", "user") and isinstance(below, GraphQLObjectType) and is_open(field):
            made[name] = f"{{{name}{some(field)} {{{selected(below, 1 if name == 'projects' else 2)}}}}}"
    for name, field in project.fields.items():
        below = get_named_type(field.type)
        if isinstance(below, GraphQLObjectType) and (is_open(field) or name in ids):
            argument = f'(id: "{ids[name]}")' if name in ids else some(field)
            made[f"project.{name}"] = f'{{project(name: "{PROJECT}") {{{name}{argument} {{{selected(below, 2)}}}}}}}'
    return made


def test_every_field_is_answered_alike(
    gateway: Any, served: GraphQLSchema, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = roots(served, ids)
    assert {"projects", "users", "events", "me", "project.folders", "project.version", "project.entityList"} <= set(
        asked
    )
    quick = {}
    for name, document in asked.items():
        said = gateway.ok("POST", "/graphql", json={"query": document})
        assert "errors" not in said, (name, said["errors"][0])
        quick[name] = said["data"]
    used: list[str] = []
    monkeypatch.setattr(execute, "_plan", lambda schema, text: used.append(text))
    for name, document in asked.items():
        said = gateway.ok("POST", "/graphql", json={"query": document})
        assert said == {"data": quick[name]}, name
    assert used == list(asked.values())


def test_variables_fragments_aliases_and_directives(
    gateway: Any, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    query = """
        query Some($name: String!, $first: Int = 1, $with: Boolean!, $without: Boolean = true, $ids: [String!]) {
          here: project(name: $name) {
            ...Folders
            two: folders(first: 2, ids: $ids) { edges { ... on FolderEdge { node { id name @include(if: $with) } } } }
            tasks(first: $first) { edges { node { ...Named label @skip(if: $without) folder { path } } } }
          }
        }
        fragment Folders on ProjectNode { one: folders(first: $first) { edges { cursor node { n: name name } } } }
        fragment Named on TaskNode { name __typename assignees }
    """
    for given in (
        {"with": True},
        {"with": False, "first": 5, "without": False},
        {"with": True, "ids": [ids["folder"]]},
    ):
        body = {"query": query, "variables": {"name": PROJECT, **given}}
        quick = gateway.ok("POST", "/graphql", json=body)
        assert "errors" not in quick
        with monkeypatch.context() as patch:
            patch.setattr(execute, "_plan", lambda schema, text: None)
            assert gateway.ok("POST", "/graphql", json=body) == quick
    named = {**body, "operationName": "Some"}
    assert gateway.ok("POST", "/graphql", json=named) == quick


@pytest.mark.parametrize(
    "variables",
    [
        {}, {"name": 7}, {"name": None}, {"name": PROJECT, "first": "x"}, {"name": PROJECT, "ids": [7]},
        {"name": PROJECT, "ids": "x"},
    ],
    ids=str,
)  # fmt: skip
def test_bad_variables(gateway: Any, ids: dict[str, str], variables: dict[str, Any]) -> None:
    query = "query($name: String!, $first: Int, $ids: [String!]) {project(name: $name) {"
    query += "folders(first: $first, ids: $ids) {edges {cursor}}}}"
    said = gateway.ok("POST", "/graphql", json={"query": query, "variables": variables})
    if variables.get("ids") == "x":  # GraphQL takes one value for a list of one
        assert said["data"]["project"]["folders"]["edges"] == []
    else:
        assert said["data"] is None
        assert "$" in said["errors"][0]["message"]


def test_the_backends_documents_are_valid_here(served: GraphQLSchema, gateway: Any) -> None:
    from graphql import parse, validate

    for document in documents.EVERY_DOCUMENT:
        assert validate(served, parse(document)) == [], document


def test_pages_go_on_both_ways(gateway: Any) -> None:
    path = gateway.project("pages")
    for number in range(7):
        gateway.ok("POST", f"{path}/folders", json={"name": f"a{number}", "folderType": "Asset"})

    def page(arguments: str) -> tuple[list[str], dict[str, Any]]:
        query = f'{{project(name: "pages") {{folders({arguments}) {{edges {{cursor node {{name}}}} pageInfo {{'
        query += "hasNextPage hasPreviousPage startCursor endCursor}}}}"
        found = gateway.graphql(query)["project"]["folders"]
        return [edge["node"]["name"] for edge in found["edges"]], found["pageInfo"]

    for sort in ("", ', sortBy: "name"', ', sortBy: "attrib.frameStart"'):
        names, info = page(f"first: 3{sort}")
        seen = list(names)
        while info["hasNextPage"]:
            names, info = page(f"first: 3, after: {json.dumps(info['endCursor'])}{sort}")
            seen += names
        assert seen == [f"a{number}" for number in range(7)], sort
        names, info = page(f"last: 3{sort}")
        back = list(names)
        while info["hasPreviousPage"]:
            names, info = page(f"last: 3, before: {json.dumps(info['endCursor'])}{sort}")
            back += names
        assert back == seen[::-1], sort  # AYON gives them in this order too


def test_a_thousand_folders_take_well_under_a_second(gateway: Any) -> None:
    path = gateway.project("thousand")
    above = gateway.ok("POST", f"{path}/folders", json={"name": "sq01", "folderType": "Sequence"})["id"]
    operations = [
        {
            "type": "create",
            "entityType": "folder",
            "data": {"name": f"sh{at:04}", "folderType": "Shot", "parentId": above},
        }
        for at in range(1000)
    ]
    start = time.perf_counter()
    assert gateway.ok("POST", f"{path}/operations", json={"operations": operations})["success"]
    assert time.perf_counter() - start < 10
    keys = "id name label path parents parentId folderType status tags active createdAt updatedAt allAttrib thumbnailId"
    query = f'{{project(name: "thousand") {{folders(first: 1000) {{edges {{cursor node {{{keys} hasChildren}}}}}}}}}}'
    took = []
    for _ in range(3):
        start = time.perf_counter()
        found = gateway.graphql(query)["project"]["folders"]["edges"]
        took.append(time.perf_counter() - start)
        assert len(found) == 1000
    assert min(took) < 1
    start = time.perf_counter()
    assert len(gateway.ok("GET", f"{path}/folders")["folders"]) == 1001
    assert time.perf_counter() - start < 2


def test_the_inbox_holds_what_mentions_the_caller(gateway: Any) -> None:
    path = gateway.project("inboxed")
    shot = gateway.ok("POST", f"{path}/folders", json={"name": "sh", "folderType": "Shot"})["id"]
    texts = ("[Artist](user:artist), look", "nothing for you", "again [Artist](user:artist)")
    ids = [
        gateway.ok("POST", f"{path}/folders/{shot}/activities", json={"activityType": "comment", "body": text})["id"]
        for text in texts
    ]
    theirs = {"headers": {"X-As-User": "artist"}}

    def inbox(arguments: str = "last: 10") -> list[tuple[str, bool]]:
        query = (
            f"{{inbox({arguments}) {{edges {{node {{activityId referenceType projectName read author {{name}}}}}}}}}}"
        )
        edges = gateway.ok("POST", "/graphql", json={"query": query}, **theirs)["data"]["inbox"]["edges"]
        assert {(edge["node"]["referenceType"], edge["node"]["author"]["name"]) for edge in edges} <= {
            ("mention", "service")
        }
        return [
            (edge["node"]["activityId"], edge["node"]["read"])
            for edge in edges
            if edge["node"]["projectName"] == "inboxed"
        ]

    assert inbox() == [(ids[2], False), (ids[0], False)]
    assert inbox("last: 1") == [(ids[2], False)]
    assert inbox("showImportantMessages: false") == []
    gateway.ok("POST", "/api/inbox", json={"projectName": "inboxed", "ids": [ids[0]], "status": "read"}, **theirs)
    assert inbox() == [(ids[2], False), (ids[0], True)]
    assert inbox("showUnreadMessages: true") == [(ids[2], False)]
    gateway.ok("POST", "/api/inbox", json={"projectName": "inboxed", "all": True, "status": "inactive"}, **theirs)
    assert inbox() == []
    assert [id for id, _ in inbox("showActiveMessages: false")] == [ids[2], ids[0]]
    for body in (
        {"projectName": "inboxed", "status": "x"},
        {"status": "read"},
        {"projectName": "nope", "status": "read"},
    ):
        assert gateway.call("POST", "/api/inbox", json=body, **theirs).status_code in (400, 404)
