"""What a user who is no manager is shown of others, and where the users of a new project come from."""

from __future__ import annotations

from typing import Any

import pytest

PROJECT = "gw_visibility"
WORD = "a long enough password"


@pytest.fixture(scope="module")
def painter(gateway: Any) -> Any:
    """A user with a default access group, made before the project; and the project."""
    gateway.ok("PUT", "/api/users/gv_painter", json={"data": {"defaultAccessGroups": ["artist"]}, "password": WORD})
    gateway.ok("PUT", "/api/users/gv_other", json={})
    path = gateway.project(PROJECT)
    said = gateway.ok("POST", "/api/auth/login", key=None, json={"name": "gv_painter", "password": WORD})
    gateway.ok("POST", f"{path}/folders", json={"name": "sh010", "folderType": "Shot"})
    yield {"headers": {"Authorization": f"Bearer {said['token']}"}, "key": None}
    gateway.ok("DELETE", path)


def asked(gateway: Any, painter: Any, text: str) -> Any:
    return gateway.ok("POST", "/graphql", json={"query": text}, **painter)


def test_a_new_project_has_the_users_that_have_default_groups(gateway: Any, painter: Any) -> None:
    data = gateway.ok("GET", "/api/users/gv_painter")["data"]
    assert data["accessGroups"] == {PROJECT: ["artist"]}
    assert "accessGroups" not in gateway.ok("GET", "/api/users/gv_other")["data"]
    assert [item["name"] for item in gateway.ok("GET", "/api/projects", **painter)["projects"]] == [PROJECT]


def test_a_project_that_assigns_nobody(gateway: Any, painter: Any) -> None:
    gateway.ok("POST", "/api/projects", json={"name": "gw_empty", "code": "gwe", "assignUsers": False})
    assert "gw_empty" not in gateway.ok("GET", "/api/users/gv_painter")["data"]["accessGroups"]
    gateway.ok("DELETE", "/api/projects/gw_empty")


def test_users_by_project(gateway: Any, painter: Any) -> None:
    text = f'{{users(projectName: "{PROJECT}") {{edges {{node {{name}}}}}}}}'
    for more in ({}, painter):
        said = gateway.ok("POST", "/graphql", json={"query": text}, **more)
        names = {edge["node"]["name"] for edge in said["data"]["users"]["edges"]}
        assert "gv_painter" in names
        assert "gv_other" not in names


def test_all_users_are_for_whoever_may_list_them(gateway: Any, painter: Any) -> None:
    text = "{users {edges {node {name}}}}"
    said = asked(gateway, painter, text)
    assert (said["data"], said["errors"][0]["message"]) == (None, "You are not allowed to access list_all_users")
    studio = gateway.ok("GET", "/api/accessGroups/artist/_")["studio"]
    path = f"/api/accessGroups/artist/{PROJECT}"
    gateway.ok("PUT", "/api/accessGroups/artist/_", json={"studio": {**studio, "list_all_users": True}})
    try:
        assert "gv_other" in {edge["node"]["name"] for edge in asked(gateway, painter, text)["data"]["users"]["edges"]}
    finally:
        gateway.ok("PUT", "/api/accessGroups/artist/_", json={"studio": studio})
    assert gateway.call("GET", path, **painter).status_code == 200


def test_everybodys_events_are_not_for_everybody(gateway: Any, painter: Any) -> None:
    assert gateway.call("POST", "/api/query", json={"entity": "event"}, **painter).status_code == 403
    shown = asked(gateway, painter, "{events(last: 50) {edges {node {user}}}}")["data"]["events"]["edges"]
    assert {edge["node"]["user"] for edge in shown} <= {"gv_painter"}
    others = gateway.graphql('{events(last: 1, topics: ["entity.folder.created"]) {edges {node {id}}}}')
    id = others["events"]["edges"][0]["node"]["id"]
    found = asked(gateway, painter, f'{{events(ids: ["{id}"]) {{edges {{node {{topic}}}}}}}}')
    assert [edge["node"]["topic"] for edge in found["data"]["events"]["edges"]] == ["entity.folder.created"]
