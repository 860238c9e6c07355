"""The gateway's edges: who is let in, what bad requests are told, and that none of them fails the server."""

from __future__ import annotations

import json
import re
import time
from typing import Any

import ayon_api
import pytest

from trackerkit_ayon.gateway.models import MODELS, model

NOBODY = "0" * 64
ID, TASK, PRODUCT, VERSION = ("a1" * 16, "a2" * 16, "a3" * 16, "a4" * 16)


@pytest.fixture(scope="module")
def project(gateway: Any) -> str:
    """A project with a folder, a task and a product."""
    path: str = gateway.project("edges")
    gateway.ok("POST", f"{path}/folders", json={"id": ID, "name": "sh010", "folderType": "Shot"})
    gateway.ok("POST", f"{path}/tasks", json={"id": TASK, "name": "comp", "taskType": "Compositing", "folderId": ID})
    gateway.ok(
        "POST", f"{path}/products", json={"id": PRODUCT, "name": "render", "productType": "render", "folderId": ID}
    )
    gateway.ok("POST", f"{path}/versions", json={"id": VERSION, "version": 1, "productId": PRODUCT})
    return path


# ---- who is let in


@pytest.fixture(scope="module")
def token(gateway: Any) -> str:
    body = {"name": "admin", "password": gateway.password}
    made: str = gateway.ok("POST", "/api/auth/login", key=None, json=body)["token"]
    return made


def test_info_says_little_to_strangers(gateway: Any) -> None:
    told = gateway.ok("GET", "/api/info", key=None)
    assert set(told) == {"version", "uptime", "disableFeedback", "offlineMode"}
    assert set(gateway.ok("GET", "/api/info", key="wrong")) == set(told)
    assert gateway.ok("GET", "/api/info")["user"]["name"] == "service"


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Api-Key": "{key}"}, {"Authorization": "ApiKey {key}"}, {"Authorization": "Bearer {token}"},
        {"X-Api-Key": "{token}"}, {"Cookie": "accessToken={token}"},
    ],
    ids=["key", "ApiKey", "Bearer", "token as key", "cookie"],
)  # fmt: skip
def test_ways_in(gateway: Any, token: str, headers: dict[str, str]) -> None:
    given = {name: value.format(key=gateway.key, token=token) for name, value in headers.items()}
    name = "service" if "{key}" in str(headers) else "admin"
    assert gateway.ok("GET", "/api/users/me", key=None, headers=given)["name"] == name


def test_a_token_in_the_address(gateway: Any, token: str) -> None:
    assert gateway.ok("GET", f"/api/users/me?token={token}", key=None)["name"] == "admin"


@pytest.mark.parametrize(
    "headers",
    [
        {}, {"X-Api-Key": "wrong"}, {"X-Api-Key": NOBODY}, {"Authorization": f"Bearer {NOBODY}"},
        {"Authorization": "ApiKey wrong"}, {"Authorization": "Basic YTpi"}, {"Cookie": f"accessToken={NOBODY}"},
        {"X-As-User": "admin"},
    ],
    ids=str,
)  # fmt: skip
def test_no_way_in(gateway: Any, headers: dict[str, str]) -> None:
    answer = gateway.call("GET", "/api/users/me", key=None, headers=headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == 401


def test_no_password_no_token(gateway: Any) -> None:
    for body in ({"name": "admin", "password": "wrong"}, {"name": "nobody", "password": gateway.password}):
        answer = gateway.call("POST", "/api/auth/login", key=None, json=body)
        assert (answer.status_code, answer.json()["detail"]) == (403, "Invalid login/password combination")


def test_logout_ends_the_token(gateway: Any) -> None:
    body = {"name": "admin", "password": gateway.password}
    token = gateway.ok("POST", "/api/auth/login", key=None, json=body)["token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert gateway.ok("POST", "/api/auth/logout", key=None, headers=headers) == {"detail": "Logged out"}
    assert gateway.call("GET", "/api/users/me", key=None, headers=headers).status_code == 401


def test_acting_as(gateway: Any, token: str, project: str) -> None:
    assert gateway.ok("GET", "/api/users/me", headers={"X-As-User": "artist"})["name"] == "artist"
    made = gateway.ok(
        "POST", f"{project}/folders", json={"name": "by_artist", "folderType": "Asset"}, headers={"X-As-User": "artist"}
    )
    assert gateway.ok("GET", f"{project}/folders/{made['id']}")["createdBy"] == "artist"
    headers = {"Authorization": f"Bearer {token}", "X-As-User": "artist"}
    assert gateway.ok("GET", "/api/users/me", key=None, headers=headers)["name"] == "admin"
    answer = gateway.call("GET", "/api/users/me", headers={"X-As-User": "nobody"})
    assert (answer.status_code, answer.json()["detail"]) == (401, "User nobody not found")


def test_a_retired_key_is_shut_out(gateway: Any) -> None:
    _, key = gateway.state.add_key("leaver", kind="script")
    assert gateway.call("GET", "/api/projects", key=key).status_code == 200
    gateway.state.revoke_key("leaver")
    assert gateway.call("GET", "/api/projects", key=key).status_code == 401


# ---- what is not there


@pytest.mark.parametrize("path", ["/api/nothing", "/api/projects/edges/nothing", "/api/addonsx", "/ws/x"])
def test_unknown_endpoints(gateway: Any, project: str, path: str) -> None:
    answer = gateway.call("POST", path, json={})
    assert answer.status_code == 404
    if path.startswith("/api"):
        assert answer.json()["detail"] == f"API endpoint {path} not found"


@pytest.mark.parametrize(
    "path",
    ["/api/addons/install", "/api/addons/x/1.0/y", "/api/config", "/api/bundles/x", "/api/users/artist/sessions"],
)
def test_what_ayon_has_and_no_tracker_says_so(gateway: Any, path: str) -> None:
    answer = gateway.call("GET", path)
    assert (answer.status_code, answer.json()["code"]) == (501, 501)
    assert "Not served here" in answer.json()["detail"]


def test_of_addons_and_machines_there_is_nothing(gateway: Any) -> None:
    api = ayon_api.ServerAPI(gateway.url, gateway.key)
    assert api.get_installers()["installers"] == []
    assert api.get_dependency_packages()["packages"] == []
    assert api.get_actions() == []
    assert gateway.ok("GET", "/api/services") == {"services": []}
    assert (gateway.ok("GET", "/api/hosts"), gateway.ok("GET", "/api/system/sites")) == ({"hosts": []}, [])
    assert gateway.call("GET", "/api/settings").json() == {"code": 404, "detail": "Bundle not found"}


def test_wrong_methods(gateway: Any) -> None:
    assert gateway.call("PUT", "/api/projects").status_code == 405
    assert gateway.call("DELETE", "/graphql").status_code == 405


@pytest.mark.parametrize("kind", ["folders", "tasks", "products", "versions", "representations", "workfiles"])
def test_records_that_there_are_not(gateway: Any, project: str, kind: str) -> None:
    gone = "f" * 32
    for method, body in (("GET", None), ("PATCH", {"tags": []}), ("DELETE", None)):
        answer = gateway.call(method, f"{project}/{kind}/{gone}", json=body)
        assert answer.status_code == 404, answer.text
    assert gateway.call("GET", f"{project}/{kind}/x").status_code == 400
    assert gateway.call("GET", f"/api/projects/nothing/{kind}/{gone}").status_code == 404


# ---- bad requests


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"nothing", b'{"a": NaN}'], ids=range(6))
def test_what_is_no_json(gateway: Any, project: str, body: bytes) -> None:
    for path in (f"{project}/folders", f"{project}/operations", "/graphql", "/api/projects", "/api/auth/login"):
        answer = gateway.call("POST", path, data=body, headers={"Content-Type": "application/json"})
        assert 400 <= answer.status_code < 500, (path, answer.status_code, answer.text[:200])
        assert answer.json()["detail"]


VALUES = (
    None, True, 7, -1, 2**70, 1e308, "", "x", "\x00", "ü" * 5000, "2024-13-45", [], [7], [None], [{}], ["x"], {},
    {"x": {"y": [1]}}, ID, [ID], "\ud800",
)  # fmt: skip


def fuzzed(gateway: Any) -> list[tuple[str, str]]:
    """What takes a body; but for what would give the project another name."""
    writing = ("POST", "PUT", "PATCH", "DELETE")
    return [
        (method, path) for method, path in gateway.routes
        if method in writing and path != "/api/projects/{project_name}/rename"
    ]  # fmt: skip


def filled(path: str, value: str) -> str:
    """An address with its places filled: the project is there, the rest is ``value``."""
    return re.sub(r"{[^}]*}", value, path.replace("{project_name}", "edges"))


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
def test_no_body_fails_the_server(gateway: Any, project: str, value: Any) -> None:
    """Every key of every model with one odd value, sent to every address."""
    keys = sorted({key for name in MODELS for key in model(name)})
    assert len(fuzzed(gateway)) > 60
    whole = json.dumps(dict.fromkeys(keys, value))
    for body in (whole, json.dumps(value)):
        for method, path in fuzzed(gateway):
            if path == "/api/projects/{project_name}" and method == "DELETE":
                continue
            answer = gateway.call(method, filled(path, ID), data=body, headers={"Content-Type": "application/json"})
            assert answer.status_code < 500 or answer.status_code == 501, (method, path, answer.text[:300])
    assert gateway.call("GET", "/api/info").status_code == 200


@pytest.mark.parametrize("value", ["%00", "..", "%2e%2e%2f", "ü", "'; DROP TABLE x", "x" * 3000, "-1", "true"])
def test_no_address_fails_the_server(gateway: Any, project: str, value: str) -> None:
    for method, path in gateway.routes:
        if method == "HEAD" or (method == "DELETE" and path == "/api/projects/{project_name}"):
            continue
        for address in (filled(path, value), re.sub(r"{[^}]*}", value, path), filled(path, ID) + f"?{value}={value}"):
            body = None if method == "GET" else {}
            answer = gateway.call(method, address, json=body)
            assert answer.status_code < 500 or answer.status_code == 501, (method, address[:200], answer.text[:300])


EXISTING = {"folder": ID, "task": TASK, "product": PRODUCT, "version": VERSION}
OPERATION = {"type": "update", "entityType": "folder", "entityId": ID, "data": {}}


@pytest.mark.parametrize("key", ["type", "entityType", "entityId", "data", "id", "force"])
@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
def test_no_operation_fails_the_server(gateway: Any, project: str, key: str, value: Any) -> None:
    for kind in ("folder", "task", "product", "version", "representation", "workfile"):
        operation = {**OPERATION, "entityType": kind, key: value}
        answer = gateway.call("POST", f"{project}/operations", json={"operations": [operation], "canFail": True})
        assert answer.status_code < 500, answer.text[:300]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: repr(value)[:20])
def test_no_value_fails_the_server(gateway: Any, project: str, value: Any) -> None:
    """One odd value in each key of an update of each type."""
    for kind in ("folder", "task", "product", "version", "representation", "workfile"):
        keys = [key for key in model(kind) if key != "active"]
        bodies = [{key: value} for key in keys]
        bodies += [
            {"attrib": {name: value}} for name in ("fps", "frameStart", "startDate", "description", "priority", "x")
        ]
        operations: list[dict[str, Any]] = [{"type": "create", "entityType": kind, "data": body} for body in bodies]
        answer = gateway.call("POST", f"{project}/operations", json={"operations": operations, "canFail": True})
        assert answer.status_code < 500, answer.text[:300]
        for result in answer.json().get("operations", []):
            assert result.get("status", 0) < 500, result
        for body in bodies if kind in EXISTING else ():
            answer = gateway.call("PATCH", f"{project}/{kind}s/{EXISTING[kind]}", json=body)
            assert answer.status_code < 500, answer.text[:300]


# ---- GraphQL


@pytest.mark.parametrize(
    "query",
    [
        "", "{", "{nothing}", "query {project}", '{project(name: "edges") {nothing}}', '{project(name: 7) {name}}',
        "mutation {x}",
        "{project" * 500, "{__schema {types {name}}}", '{project(name: "nothing") {name}}',
        "query A {me {name}} query B {me {name}}",
        '{project(name: "edges") {folders(first: -1) {edges {cursor}}}}', '{project(name: "edges") {folder(id: "x") {name}}}',
        '{project(name: "edges") {folders(after: "x") {edges {cursor}}}}',
        '{project(name: "edges") {folders(last: 99999999) {edges {cursor}}}}',
        '{project(name: "edges") {folders(sortBy: "nothing") {edges {cursor}}}}',
        '{project(name: "edges") {folders(nameEx: "(") {edges {cursor}}}}',
        '{project(name: "edges") {folder(id: "' + ID + '") {links(nameEx: "[") {edges {cursor}}}}}',
        '{events(filter: "x") {edges {cursor}}}', '{project(name: "edges") {activities(filter: "x") {edges {cursor}}}}',
        '{project(name: "edges") {entityLists(filter: "x") {edges {cursor}}}}',
        '{project(name: "edges") {entityLists(sortBy: "x") {edges {cursor}}}}',
        '{project(name: "edges") {activities(changedAfter: "x") {edges {cursor}}}}', '{events(newerThan: "x") {edges {cursor}}}',
        "fragment a on ProjectNode {...a} {projects {edges {node {...a}}}}",
    ],
    ids=lambda value: value[:50],
)  # fmt: skip
def test_no_document_fails_the_server(gateway: Any, project: str, query: str) -> None:
    answer = gateway.call("POST", "/graphql", json={"query": query})
    assert answer.status_code in (200, 400), answer.text[:300]
    told = answer.json()
    for error in told.get("errors", []):
        assert error["message"] != "Internal server error"
        assert error.get("extensions", {}).get("status", 400) < 500
    assert told.get("errors") or told.get("detail") or told["data"]


def test_a_hundred_aliases_do_not_take_long(gateway: Any, project: str) -> None:
    parts = " ".join(f'a{at}: project(name: "edges") {{name}}' for at in range(100))
    start = time.perf_counter()
    assert len(gateway.ok("POST", "/graphql", json={"query": f"{{{parts}}}"})["data"]) == 100
    assert time.perf_counter() - start < 10


ANATOMY_KEYS = (
    "folder_types", "task_types", "statuses", "tags", "link_types", "roots", "templates", "attributes", "entity_naming",
    "product_base_types",
)  # fmt: skip
PROJECT_KEYS = (
    "folderTypes",
    "taskTypes",
    "statuses",
    "tags",
    "linkTypes",
    "config",
    "attrib",
    "data",
    "code",
    "library",
)
ODD_ITEMS: tuple[Any, ...] = (
    7, "x", [7], ["x"], [None], [[]], [{}], [{"name": None}], [{"name": 7}], [{"name": ""}],
    [{"name": "a", "icon": 7, "color": []}],
    {"x": 7}, {"x": {"y": 7}}, {"common": 7}, {"work": 7}, {"work": {"x": 7}}, {"roots": 7}, {"roots": {"work": 7}},
    {"templates": 7}, {"templates": {"work": {"x": 7}}}, {"productBaseTypes": {"default": 7}}, {"default": 7},
    [{"name": "a", "windows": 7}], [{"link_type": "x"}], [{"link_type": 7, "input_type": 7, "output_type": 7}],
    [{"name": "x"}, {"name": "x"}], [{"name": "x|y"}], [{"name": "a b " * 100}], [{"original_name": [], "name": "x"}],
)  # fmt: skip


@pytest.mark.parametrize("value", ODD_ITEMS, ids=lambda value: json.dumps(value)[:30])
def test_no_anatomy_fails_the_server(gateway: Any, project: str, value: Any) -> None:
    given = [("POST", f"{project}/anatomy", {key: value}) for key in ANATOMY_KEYS]
    given += [("PATCH", project, {key: value}) for key in PROJECT_KEYS]
    given += [("POST", "/api/projects", {"name": "odd", "code": "od", "anatomy": {key: value}}) for key in ANATOMY_KEYS]
    given += [("PUT", "/api/projects/odd", {"code": "od", key: value}) for key in PROJECT_KEYS]
    for method, path, body in given:
        answer = gateway.call(method, path, json=body)
        assert answer.status_code < 500 or answer.status_code == 501, (method, path, body, answer.text[:300])
        for name in ("edges", "odd"):
            if (method, name) in (("POST", "edges"), ("PATCH", "edges")) or answer.status_code < 300:
                read = gateway.call("GET", f"/api/projects/{name}")
                assert read.status_code in (200, 404), (method, path, body, read.text[:300])
        gateway.call("DELETE", "/api/projects/odd")
    query = '{project(name: "edges") {name statuses {name} folderTypes {name} taskTypes {name} '
    query += "linkTypes {name} tags {name} config}}"
    said = gateway.ok("POST", "/graphql", json={"query": query})
    assert "errors" not in said, said["errors"]
    assert gateway.call("GET", f"{project}/anatomy").status_code == 200
