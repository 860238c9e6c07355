"""What no tracker has a place for is kept by the gateway: secrets, presets of anatomies, pictures of users, attributes."""

from __future__ import annotations

from typing import Any

import ayon_api
import pytest

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)


@pytest.fixture
def api(gateway: Any) -> Any:
    made = ayon_api.ServerAPI(gateway.url, gateway.key)
    yield made
    made.close_session()


def test_secrets_come_back_and_go(gateway: Any, api: Any) -> None:
    assert api.get_secrets() == []
    api.save_secret("farm.key", "s3cr3t | with é")
    assert api.get_secret("farm.key") == {"name": "farm.key", "value": "s3cr3t | with é"}
    assert api.get_secrets() == [{"name": "farm.key", "value": "s3cr3t | with é"}]
    api.delete_secret("farm.key")
    assert gateway.call("GET", "/api/secrets/farm.key").status_code == 404
    assert gateway.call("PUT", "/api/secrets/farm.key", json={}).status_code == 400
    assert gateway.call("PUT", "/api/secrets/a%20b", json={"value": "x"}).status_code == 400


def test_secrets_are_for_admins(gateway: Any) -> None:
    gateway.ok("PUT", "/api/users/nobody", json={"password": "a long password"})
    token = gateway.ok("POST", "/api/auth/login", json={"name": "nobody", "password": "a long password"})["token"]
    headers = {"Authorization": f"Bearer {token}"}
    for method, path in (("GET", "/api/secrets"), ("GET", "/api/secrets/x"), ("DELETE", "/api/secrets/x")):
        assert gateway.call(method, path, None, headers=headers).status_code == 403, path
    assert gateway.call("PUT", "/api/anatomy/presets/x", None, json={}, headers=headers).status_code == 403


def test_a_preset_is_what_new_projects_begin_with(gateway: Any, api: Any) -> None:
    own = api.get_project_anatomy_preset("__builtin__")
    own["task_types"] = [{"name": "Rigging", "shortName": "rig"}]
    gateway.ok("PUT", "/api/anatomy/presets/studio", json=own)
    assert api.get_project_anatomy_presets() == [{"name": "studio", "primary": False, "version": "1.0.0"}]
    gateway.ok("POST", "/api/anatomy/presets/studio/rename", json={"name": "house"})
    gateway.ok("POST", "/api/anatomy/presets/house/primary")
    assert [item["name"] for item in api.get_project_anatomy_preset()["task_types"]] == ["Rigging"]
    gateway.ok("POST", "/api/projects", json={"name": "byPreset", "code": "bp"})
    assert [item["name"] for item in gateway.ok("GET", "/api/projects/byPreset/anatomy")["task_types"]] == ["Rigging"]
    gateway.ok("DELETE", "/api/anatomy/presets/house/primary")
    assert len(gateway.ok("GET", "/api/anatomy/presets/__primary__")["task_types"]) > 1
    gateway.ok("DELETE", "/api/anatomy/presets/house")
    assert gateway.call("GET", "/api/anatomy/presets/house").status_code == 404
    assert gateway.call("PUT", "/api/anatomy/presets/__builtin__", json=own).status_code == 400
    assert gateway.call("POST", "/api/anatomy/presets/house/rename", json={"name": "x"}).status_code == 404


def test_an_avatar_is_a_picture_or_initials(gateway: Any) -> None:
    path = "/api/users/artist/avatar"
    drawn = gateway.call("GET", path)
    assert (drawn.status_code, drawn.headers["content-type"]) == (200, "image/svg+xml")
    assert ">LA</text>" in drawn.text
    put = gateway.call("PUT", path, data=PNG, headers={"Content-Type": "image/png"})
    assert put.status_code == 204
    kept = gateway.call("GET", path)
    assert (kept.content, kept.headers["content-type"]) == (PNG, "image/png")
    wrong = gateway.call("PUT", path, data=b"<svg onload='x'/>", headers={"Content-Type": "image/svg+xml"})
    assert (wrong.status_code, wrong.json()["code"]) == (415, 415)
    assert gateway.call("DELETE", path).status_code == 204
    assert gateway.call("GET", path).content == drawn.content
    assert gateway.call("GET", "/api/users/no.such/avatar").status_code == 404


def test_access_of_several_users_and_names_of_keys(gateway: Any, api: Any) -> None:
    gateway.project("shared")
    gateway.ok("PUT", "/api/users/guesty", json={"password": "a long password"})
    api.set_projects_access({"guesty": {"shared": ["artist"], "nosuch": ["artist"]}})
    assert gateway.ok("GET", "/api/projects/shared/users") == {"guesty": ["artist"]}
    api.set_projects_access({"guesty": {"shared": []}})
    assert gateway.ok("GET", "/api/projects/shared/users") == {}
    assert gateway.call("POST", "/api/access", json={"guesty": ["shared"]}).status_code == 400
    made = gateway.ok("POST", "/api/users/guesty/apikeys", json={"label": "one", "key": "k" * 40})["id"]
    api.update_user_api_key("guesty", made, label="two")
    assert [item["label"] for item in gateway.ok("GET", "/api/users/guesty/apikeys")] == ["two"]
    url = f"/api/users/guesty/apikeys/{made}"
    assert gateway.call("PATCH", url, json={"expires": 1.0}).status_code == 501


def test_attributes_several_at_once_and_by_parts(gateway: Any) -> None:
    data = {"type": "string", "title": "Look"}
    items = [{"name": name, "position": 1, "scope": ["folder"], "data": data} for name in ("lookOne", "lookTwo")]
    gateway.ok("PUT", "/api/attributes", json={"attributes": items})
    gateway.ok("PATCH", "/api/attributes/lookOne", json={"data": {"title": "The look"}})
    found = gateway.ok("GET", "/api/attributes/lookOne")
    assert (found["data"]["title"], found["data"]["type"], found["scope"]) == ("The look", "string", ["folder"])
    gateway.ok("PUT", "/api/attributes", json={"attributes": items[:1], "deleteMissing": True})
    assert gateway.call("GET", "/api/attributes/lookTwo").status_code == 404
    assert gateway.call("PUT", "/api/attributes", json={"attributes": [{"name": "a b"}]}).status_code == 400
