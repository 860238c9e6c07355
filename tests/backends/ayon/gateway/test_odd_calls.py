"""Calls that a generator makes up, over every route and every connection: each is answered, and no failure is the server's."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pytest
from graphql import GraphQLList, GraphQLNonNull, GraphQLObjectType, GraphQLScalarType, get_nullable_type, is_leaf_type
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from trackerkit_ayon.gateway.attributes import builtin
from trackerkit_ayon.gateway.graphql.served import schema_of
from trackerkit_ayon.gateway.models import model
from trackerkit_ayon.gateway.openapi import BODIES

CALM = settings(
    deadline=None, derandomize=True, max_examples=120,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
FOLDER, TASK = "c1" * 16, "c2" * 16
TEXTS = st.one_of(
    st.sampled_from([
        "", "a", "odd", "sh010", FOLDER, "0" * 32, "../..", "%", "_", "'; --", "{root[work]}", "*", "root", "2026-11-23",
        "9" * 400, "-1", "1e9", "true", "null", "a\nb", "\u2028", "🎬", "WzFd", "W10=", "(", "[a-", "\\",
    ]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)  # fmt: skip
ODD = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**70), 2**70), st.floats(allow_nan=False), TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(TEXTS, inner, max_size=3)), max_leaves=6,
)  # fmt: skip
QUERIES = (
    "page", "length", "limit", "active", "library", "order", "desc", "name", "search", "attrib", "types", "since", "platform",
    "force", "original", "placeholder", "variant", "project_name", "projectName", "t", "label", "all", "start", "filename",
)  # fmt: skip
HEADERS = ("Range", "If-None-Match", "If-Modified-Since", "X-Sender", "X-Sender-Type", "X-As-User", "X-Ayon-Site-Id",
           "X-File-Name", "X-File-Id", "X-Activity-Id", "Content-Type", "Accept-Encoding")  # fmt: skip


@pytest.fixture(scope="module")
def project(gateway: Any) -> str:
    path: str = gateway.project("odd")
    gateway.ok("POST", f"{path}/folders", json={"id": FOLDER, "name": "sh010", "folderType": "Shot"})
    gateway.ok(
        "POST", f"{path}/tasks", json={"id": TASK, "name": "comp", "taskType": "Compositing", "folderId": FOLDER}
    )
    return path


@pytest.fixture(scope="module")
def works(gateway: Any) -> dict[tuple[str, str], str]:
    """The model of the body of each route."""
    found = gateway.ok("GET", "/openapi.json")["paths"]
    return {
        (method.upper(), path): BODIES.get(operation["operationId"].partition(f"_{method}_")[0], "")
        for path, methods in found.items() for method, operation in methods.items()
    }  # fmt: skip


KNOWN = {
    "project_name": "odd",
    "folder_id": FOLDER,
    "task_id": TASK,
    "entity_id": FOLDER,
    "entity_type": "folder",
    "user_name": "artist",
}


def paths(data: st.DataObject, template: str) -> str:
    def part(found: re.Match[str]) -> str:
        name = found[1]
        known = [KNOWN[name]] * 3 if name in KNOWN else ["ab" * 16]
        chosen = data.draw(st.one_of(st.sampled_from(known), TEXTS.filter(bool)), label=name)
        return quote(chosen, safe="")

    return re.sub(r"{(\w+)(?::path)?}", part, template)


def bodies(data: st.DataObject, name: str) -> Any:
    if not name or data.draw(st.sampled_from([False, False, False, True])):
        return data.draw(ODD)
    keys = sorted({part.name for part in model(name).values()})
    chosen = data.draw(st.lists(st.sampled_from(keys), unique=True, max_size=len(keys)))
    return {key: data.draw(ODD, label=key) for key in chosen}


def check(answer: Any) -> None:
    assert answer.status_code < 500 or answer.status_code == 501, (answer.status_code, answer.text[:500])
    if answer.status_code >= 400 and answer.content:
        told = answer.json()
        assert isinstance(told["detail"], str)
        assert told.get("code", answer.status_code) == answer.status_code


@CALM
@given(data=st.data())
def test_every_route(gateway: Any, project: str, works: dict[tuple[str, str], str], data: st.DataObject) -> None:
    served = [(method, path) for method, path in gateway.routes if path.startswith("/api/")]
    method, template = data.draw(st.sampled_from(served))
    path = paths(data, template)
    query = data.draw(st.dictionaries(st.sampled_from(QUERIES), TEXTS, max_size=2))
    plain = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)
    heads = data.draw(st.dictionaries(st.sampled_from(HEADERS), plain, max_size=1))
    more: dict[str, Any] = {}
    if method in ("POST", "PUT", "PATCH"):
        more["data"] = json.dumps(bodies(data, works.get((method, template), ""))).encode()
    note(f"{method} {path} {query} {heads} {more}")
    check(gateway.call(method, path, params=query, headers=heads, **more))
    assert gateway.call("GET", "/api/projects/odd").status_code == 200 or _was_taken_away(gateway, method, template)


def _was_taken_away(gateway: Any, method: str, template: str) -> bool:
    """The project was renamed or deleted, as was asked: it is made anew."""
    gateway.ok("POST", "/api/projects", json={"name": "odd", "code": "odd"})
    return template.startswith("/api/projects/{project_name}")


# ---- GraphQL

KEYS = ("name", "status", "attrib.frameStart", "data.a", "tags", "createdAt", "active", "id", "folderId")
OPERATORS = ("eq", "ne", "lt", "gte", "in", "notin", "like", "isnull", "includes", "excludesall", "nothing")
FILTERS = st.one_of(
    TEXTS, ODD.map(json.dumps),
    st.builds(
        lambda key, operator, value: json.dumps({"conditions": [{"key": key, "operator": operator, "value": value}]}),
        st.one_of(st.sampled_from(KEYS), TEXTS), st.sampled_from(OPERATORS), ODD,
    ),
)  # fmt: skip


def connections() -> list[tuple[str, str, Any]]:
    """The connections at the top and of a project: where, name, field."""
    schema = schema_of(builtin())
    found = []
    for owner in ("Query", "ProjectNode"):
        kind = schema.type_map[owner]
        assert isinstance(kind, GraphQLObjectType)
        for name, item in kind.fields.items():
            target = get_nullable_type(item.type)
            if isinstance(target, GraphQLObjectType) and "edges" in target.fields:
                found.append((owner, name, item))
    return found


def leaves(item: Any) -> str:
    """Every plain field of a connection's nodes."""
    edge = get_nullable_type(get_nullable_type(get_nullable_type(item.type).fields["edges"].type).of_type)
    if hasattr(edge, "of_type"):
        edge = get_nullable_type(edge.of_type)
    if "node" not in edge.fields:
        return "__typename"
    node = get_nullable_type(edge.fields["node"].type)
    plain = [
        name
        for name, field in getattr(node, "fields", {}).items()
        if is_leaf_type(get_nullable_type(field.type)) and not field.args
    ]
    return f"node {{{' '.join(plain) or '__typename'}}}"


def argument(name: str, kind: Any) -> st.SearchStrategy[Any]:
    """Values of a type, odd ones."""
    if isinstance(kind, GraphQLNonNull):
        return argument(name, kind.of_type)
    if isinstance(kind, GraphQLList):
        return st.lists(argument(name, kind.of_type), max_size=3)
    shown = str(kind)
    if shown == "Int":
        return st.one_of(st.integers(-3, 5), st.sampled_from([2**31 - 1, -(2**31)]))
    if shown == "Boolean":
        return st.booleans()
    if isinstance(kind, GraphQLScalarType):
        return FILTERS if name.lower().endswith("filter") else TEXTS
    return ODD


@CALM
@given(data=st.data())
def test_every_connection(gateway: Any, project: str, data: st.DataObject) -> None:
    owner, name, item = data.draw(st.sampled_from(connections()))
    chosen = data.draw(st.lists(st.sampled_from(sorted(item.args)), unique=True, max_size=4)) if item.args else []
    values = {key: data.draw(argument(key, item.args[key].type), label=key) for key in chosen}
    declared = ", ".join(f"${key}: {item.args[key].type}" for key in chosen)
    passed = ", ".join(f"{key}: ${key}" for key in chosen)
    field = f"{name}{f'({passed})' if passed else ''} {{edges {{{leaves(item)}}} pageInfo {{endCursor}}}}"
    inner = field if owner == "Query" else f'project(name: "odd") {{{field}}}'
    query = f"query{f'({declared})' if declared else ''} {{{inner}}}"
    note(f"{query} {values}")
    answer = gateway.call("POST", "/graphql", json={"query": query, "variables": values})
    assert answer.status_code == 200, answer.text[:300]
    for error in answer.json().get("errors", []):
        assert error.get("extensions", {}).get("status", 400) < 500, error
