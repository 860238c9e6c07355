"""Users as clients make them: they log in, and may do what their groups allow."""

from __future__ import annotations

import itertools
import secrets
from typing import Any

import ayon_api
import pytest
from ayon_api.exceptions import HTTPRequestError

_numbers = itertools.count(1)
WORD = "a password of theirs"


@pytest.fixture
def api(gateway: Any) -> ayon_api.ServerAPI:
    return ayon_api.ServerAPI(gateway.url, gateway.key)


@pytest.fixture
def project(gateway: Any) -> str:
    name = f"groups{next(_numbers)}"
    gateway.project(name)
    return name


@pytest.fixture
def user(gateway: Any) -> str:
    """Somebody who may do little."""
    name = f"user{next(_numbers)}"
    gateway.ok("PUT", f"/api/users/{name}", json={"password": WORD, "data": {"isAdmin": False}})
    return name


def logged_in(gateway: Any, name: str, password: str = WORD) -> ayon_api.ServerAPI:
    """The client of a user."""
    made = ayon_api.ServerAPI(gateway.url, create_session=False)
    made.login(name, password, create_session=False)
    return made


def test_a_new_user_logs_in(gateway: Any, user: str) -> None:
    theirs = logged_in(gateway, user)
    assert theirs.get_user()["name"] == user
    assert not theirs.get_user()["data"].get("isAdmin")
    with pytest.raises(HTTPRequestError, match="Only services"):
        theirs.post("enroll", sourceTopic="a.b", targetTopic="c.d").raise_for_status()


def test_who_is_no_manager_is_refused(gateway: Any, user: str, project: str) -> None:
    theirs = logged_in(gateway, user)
    refused = [
        theirs.post("projects", name="mine", code="mn"), theirs.delete(f"projects/{project}"),
        theirs.put("attributes/mine", position=1, scope=[], data={"type": "string"}), theirs.put("users/other", data={}),
        theirs.patch(f"users/{user}", data={"isAdmin": True}), theirs.patch("users/admin/password", password=WORD),
        theirs.post("events", topic="a.b"), theirs.post("system/restart"), theirs.get(f"projects/{project}"),
        theirs.post(f"projects/{project}/folders", name="a", folderType="Shot"), theirs.delete("users/admin"),
    ]  # fmt: skip
    assert [answer.status_code for answer in refused] == [403] * len(refused)
    assert project not in theirs.get_project_names()
    said = theirs.query_graphql('{project(name: "%s") {name}}' % project)  # noqa: UP031 - braces
    assert said.errors[0]["extensions"]["status"] == 403


def test_groups_allow(gateway: Any, api: ayon_api.ServerAPI, user: str, project: str) -> None:
    theirs = logged_in(gateway, user)
    api.patch(f"users/{user}/accessGroups", accessGroups=[{"project": project, "accessGroups": ["artist"]}])
    shot = api.create_folder(project, "sh010", folder_type="Shot")
    assert project in theirs.get_project_names()
    theirs.update_folder(project, shot, label="Ten")
    denied = theirs.delete(f"projects/{project}/folders/{shot}")
    assert (denied.status_code, denied.data["detail"]) == (403, f"Delete access denied for {user} in project {project}")
    denied = theirs.post(f"projects/{project}/folders", name="a", folderType="Shot")
    assert (denied.status_code, denied.data["detail"]) == (403, f"Create access denied for {user} in project {project}")
    gateway.ok("PATCH", f"/api/projects/{project}/users/{user}", json=["supervisor"])
    theirs.create_folder(project, "a", folder_type="Shot")
    assert gateway.ok("GET", f"/api/projects/{project}/users")[user] == ["supervisor"]


def test_groups_of_a_studio_and_of_a_project(gateway: Any, project: str) -> None:
    assert {"artist", "supervisor"} <= {item["name"] for item in gateway.ok("GET", "/api/accessGroups/_")}
    closed = {"enabled": True, "access_list": []}
    gateway.ok("PUT", f"/api/accessGroups/guests/{project}", json={"update": closed})
    assert gateway.ok("GET", f"/api/accessGroups/guests/{project}")["update"] == closed
    assert {"name": "guests", "isProjectLevel": True} in gateway.ok("GET", f"/api/accessGroups/{project}")
    assert gateway.call("GET", "/api/accessGroups/guests/_").status_code == 404
    gateway.ok("DELETE", f"/api/accessGroups/guests/{project}")
    assert gateway.call("GET", f"/api/accessGroups/guests/{project}").status_code == 404
    assert gateway.call("PUT", "/api/accessGroups/bad name/_", json={}).status_code == 400


def test_passwords_change(gateway: Any, user: str) -> None:
    theirs = logged_in(gateway, user)
    theirs.patch(f"users/{user}/password", password="another password").raise_for_status()
    assert gateway.call("POST", "/api/auth/login", None, json={"name": user, "password": WORD}).status_code == 403
    logged_in(gateway, user, "another password")
    assert gateway.call("POST", f"/api/users/{user}/checkPassword", json={"password": WORD}).status_code == 403
    assert gateway.call("PATCH", f"/api/users/{user}/password", json={"password": "short"}).status_code == 400


def test_who_is_deleted_is_out(gateway: Any, user: str) -> None:
    theirs = logged_in(gateway, user)
    gateway.ok("DELETE", f"/api/users/{user}")
    assert theirs.get("users/me").status_code == 401
    assert gateway.call("POST", "/api/auth/login", None, json={"name": user, "password": WORD}).status_code == 403


def test_keys_of_a_user(gateway: Any, user: str) -> None:
    secret = secrets.token_hex(32)
    made = gateway.ok("POST", f"/api/users/{user}/apikeys", json={"label": "render farm", "key": secret})["id"]
    (shown,) = gateway.ok("GET", f"/api/users/{user}/apikeys")
    assert (shown["id"], shown["label"]) == (made, "render farm")
    assert secret not in str(shown)
    assert gateway.ok("GET", "/api/users/me", key=secret)["name"] == user
    assert gateway.call("POST", "/api/projects", secret, json={"name": "x", "code": "xx"}).status_code == 403
    gateway.ok("DELETE", f"/api/users/{user}/apikeys/{made}")
    assert gateway.call("GET", "/api/users/me", secret).status_code == 401
    assert gateway.call("POST", f"/api/users/{user}/apikeys", json={"label": "a", "key": "short"}).status_code == 400


def test_permissions_are_told(gateway: Any, user: str, project: str) -> None:
    assert gateway.ok("GET", "/api/users/me/permissions") == {"user_level": "admin", "studio": None, "projects": None}
    gateway.ok("PATCH", f"/api/projects/{project}/users/{user}", json=["artist"])
    assert gateway.ok("GET", f"/api/users/{user}/permissions/{project}")["create"]["enabled"]


def test_a_manager_makes_no_admin(gateway: Any) -> None:
    name = f"manager{next(_numbers)}"
    gateway.ok("PUT", f"/api/users/{name}", json={"password": WORD, "data": {"isManager": True}})
    theirs = logged_in(gateway, name)
    assert theirs.put("users/made_by_manager", data={}).status_code == 204
    assert theirs.patch("users/made_by_manager", data={"isAdmin": True}).status_code == 403
    assert theirs.patch("users/admin/password", password=WORD).status_code == 403


def test_a_key_of_whoever_runs_the_server_is_an_admins(gateway: Any) -> None:
    assert gateway.ok("GET", "/api/users/admin")["data"]["isAdmin"]
