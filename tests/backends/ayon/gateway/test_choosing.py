"""What AYON's client asks for beside entities: enumerations, suggestions, folders of projects and lists, names, teams."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import ayon_api
import pytest

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def api(gateway: Any) -> Iterator[ayon_api.ServerAPI]:
    connection = ayon_api.ServerAPI(gateway.url, gateway.key)
    yield connection
    connection.close_session()


@pytest.fixture
def project(gateway: Any) -> str:
    name = f"choose{next(_numbers)}"
    gateway.project(name)
    return name


@pytest.fixture
def shot(api: ayon_api.ServerAPI, project: str) -> str:
    return str(api.create_folder(project, "sh010", folder_type="Shot"))


def test_enumerations(gateway: Any, project: str) -> None:
    users = {item["value"]: item for item in gateway.ok("GET", "/api/enum/users")}
    assert users["artist"]["label"] == "Live Artist"
    assert users["artist"]["fulltext"] == ["artist", "live"]
    statuses = gateway.ok("GET", f"/api/enum/statuses?project_name={project}")
    assert [item["value"] for item in statuses][:2] == ["Not ready", "Ready to start"]
    assert statuses[0]["shortName"] == "NRD"
    for name in ("folderTypes", "taskTypes", "tags", "linkTypes"):
        assert gateway.ok("GET", f"/api/enum/{name}?project_name={project}")
    answer = gateway.call("GET", "/api/enum/nope")
    assert (answer.status_code, answer.json()["detail"]) == (400, "Unknown enum resolver 'nope'")
    assert gateway.call("GET", "/api/enum/tags").status_code == 400
    assert gateway.call("GET", "/api/enum/tags?project_name=nope").status_code == 404


def test_suggestions(gateway: Any, api: ayon_api.ServerAPI, project: str, shot: str) -> None:
    task = api.create_task(project, "comp", "Compositing", shot)
    product = api.create_product(project, "renderMain", "render", shot)
    version = api.create_version(project, 1, product)
    for kind, id in (("folder", shot), ("task", task), ("version", version)):
        found = gateway.ok("POST", f"/api/projects/{project}/suggest", json={"entityType": kind, "entityId": id})
        assert "artist" in {item["name"] for item in found["users"]}
        assert ([item["id"] for item in found["tasks"]], [item["id"] for item in found["versions"]]) == (
            [task],
            [version],
        )
    for body, status in (
        ({"entityType": "x", "entityId": shot}, 400),
        ({"entityType": "task", "entityId": "ab" * 16}, 404),
    ):
        assert gateway.call("POST", f"/api/projects/{project}/suggest", json=body).status_code == status


def test_representations_by_their_context(gateway: Any, api: ayon_api.ServerAPI, project: str, shot: str) -> None:
    product = api.create_product(project, "renderMain", "render", shot)
    version = api.create_version(project, 1, product)

    def make(name: str, asset: str) -> str:
        data = {"context": {"folder": {"name": asset}, "ext": name}}
        return str(api.create_representation(project, name, version, data=data))

    exr, _ = make("exr", "sh010"), make("jpg", "tree")
    found = api.get_repre_ids_by_context_filters(project, {"folder.name": ["sh.*"], "ext": ["^exr$", "x"]})
    assert found == [exr]
    assert api.get_repre_ids_by_context_filters(project, {"folder.name": ["none"]}) == []
    assert api.get_repre_ids_by_context_filters(project, {}, representation_names=["exr"], version_ids=[version]) == [
        exr
    ]
    path = f"/api/projects/{project}/repreContextFilter"
    for body in ({"context": [{"key": "a", "values": ["("]}]}, {"context": [{"key": 7}]}, {"context": 7}):
        assert gateway.call("POST", path, json=body).status_code == 400


def test_folders_of_projects(gateway: Any, api: ayon_api.ServerAPI, project: str) -> None:
    outer = gateway.ok("POST", "/api/projectFolders", json={"label": "Clients"})["id"]
    inner = gateway.ok(
        "POST", "/api/projectFolders", json={"label": "ACME", "parentId": outer, "data": {"color": "#fff"}}
    )["id"]
    gateway.ok("POST", "/api/projectFolders/assign", json={"folderId": inner, "projectNames": [project]})
    found = {item["id"]: item for item in gateway.ok("GET", "/api/projectFolders")["folders"]}
    assert (found[outer]["isEmpty"], found[inner]["isEmpty"], found[inner]["data"]["color"]) == (False, False, "#fff")
    assert gateway.graphql(f'{{project(name: "{project}") {{projectFolder}}}}')["project"]["projectFolder"] == inner
    gateway.ok("PATCH", f"/api/projectFolders/{inner}", json={"label": "Acme"})
    circle = gateway.call("PATCH", f"/api/projectFolders/{outer}", json={"parentId": inner})
    assert circle.status_code == 409
    gateway.ok("POST", "/api/projectFolders/order", json={"order": [inner, outer]})
    assert gateway.ok("GET", "/api/projectFolders")["folders"][0]["label"] in ("Acme", "Clients")
    gateway.ok("DELETE", f"/api/projectFolders/{inner}")
    assert gateway.graphql(f'{{project(name: "{project}") {{projectFolder}}}}')["project"]["projectFolder"] is None
    assert gateway.call("DELETE", f"/api/projectFolders/{inner}").status_code == 404


def test_folders_of_lists(api: ayon_api.ServerAPI, project: str) -> None:
    made = api.create_entity_list_folder(project, "Dailies")
    (found,) = api.get_entity_list_folders(project)
    assert (found["label"], found["owner"]) == ("Dailies", "service")
    id = found["id"]
    assert made in (id, None)
    other = api.create_entity_list_folder(project, "Inner", parent_id=id)
    api.set_entity_list_folders_order(project, [other, id])
    assert {item["parentId"] for item in api.get_entity_list_folders(project)} == {None, id}
    api.delete_entity_list_folder(project, id)
    assert [(item["label"], item["parentId"]) for item in api.get_entity_list_folders(project)] == [("Inner", None)]


def test_items_of_a_list_are_sorted(gateway: Any, api: ayon_api.ServerAPI, project: str) -> None:
    folders = [api.create_folder(project, name, folder_type="Shot") for name in ("a", "b", "c")]
    made = api.create_entity_list(
        project, "folder", "Picked", list_type="generic", items=[{"entityId": id} for id in folders]
    )
    id = made["id"] if isinstance(made, dict) else made
    items = api.get_entity_list_rest(project, id)["items"]
    order = [items[2]["id"], items[0]["id"], items[1]["id"]]
    gateway.ok("POST", f"/api/projects/{project}/lists/{id}/order", json={"order": order})
    assert [item["entityId"] for item in api.get_entity_list_rest(project, id)["items"]] == [
        folders[2],
        folders[0],
        folders[1],
    ]
    path = f"/api/projects/{project}/lists/{id}/order"
    assert gateway.call("POST", path, json={"order": ["ab" * 16]}).status_code == 400


def test_a_project_gets_another_name(gateway: Any, api: ayon_api.ServerAPI, project: str, shot: str) -> None:
    other = f"{project}_renamed"
    gateway.ok("POST", f"/api/projects/{project}/rename", json={"name": other, "code": f"r{project[6:]}xx"})
    assert api.get_project(project) is None
    assert api.get_project(other)["code"] == f"r{project[6:]}xx"
    assert api.get_folder_by_id(other, shot)["name"] == "sh010"
    gateway.project(project)
    taken = gateway.call("POST", f"/api/projects/{project}/rename", json={"name": other})
    assert taken.status_code == 409
    assert gateway.call("POST", f"/api/projects/{project}/rename", json={"name": "a b"}).status_code == 400


def test_a_user_gets_another_name(gateway: Any) -> None:
    name, other = f"old{next(_numbers)}", f"new{next(_numbers)}"
    gateway.ok("PUT", f"/api/users/{name}", json={"data": {"isManager": True}})
    gateway.ok("PATCH", f"/api/users/{name}/rename", json={"newName": other})
    assert gateway.ok("GET", f"/api/users/{other}")["data"]["isManager"]
    assert gateway.call("GET", f"/api/users/{name}").status_code == 404
    gateway.ok("PATCH", f"/api/users/{other}/password", json={"password": "a long password"})
    assert gateway.call("PATCH", f"/api/users/{other}/rename", json={"newName": name}).status_code == 409
    assert gateway.call("PATCH", f"/api/users/{other}/rename", json={"newName": "a b"}).status_code == 400


def test_teams_and_their_members(gateway: Any, api: ayon_api.ServerAPI, project: str) -> None:
    name, path = f"team{next(_numbers)}", f"/api/projects/{project}/teams"
    gateway.ok("PUT", f"{path}/{name}", json={"members": []})
    gateway.ok("PUT", f"{path}/{name}/members/artist", json={"name": "artist", "leader": True, "roles": ["lead"]})
    gateway.ok("PUT", f"{path}/{name}/members/admin", json={"name": "admin"})
    found = {team["name"]: team for team in gateway.ok("GET", f"{path}?show_members=true")}[name]
    assert [item["name"] for item in found["leaders"]] == ["artist"]
    assert {item["name"]: item["roles"] for item in found["members"]} == {"artist": ["lead"], "admin": []}
    gateway.ok("DELETE", f"{path}/{name}/members/artist")
    gateway.ok("PATCH", path, json=[{"name": f"{name}b", "members": [{"name": "artist"}]}])
    counts = {team["name"]: team["memberCount"] for team in gateway.ok("GET", path)}
    assert (counts[name], counts[f"{name}b"]) == (1, 1)
    for bad in ("x", 7, [7], [{"name": "a"}], [{"name": "long enough", "members": [{"name": "nobody"}]}]):
        assert gateway.call("PATCH", path, json=bad).status_code in (400, 409)


def test_roots_of_ones_own_machine(gateway: Any, api: ayon_api.ServerAPI, project: str) -> None:
    path = f"/api/projects/{project}"
    gateway.ok("PUT", f"{path}/roots/workstation", json={"work": "/mine"})
    assert gateway.ok("GET", f"{path}/roots") == {"workstation": {"work": "/mine"}}
    assert gateway.ok("GET", f"{path}/siteRoots", headers={"x-ayon-site-id": "workstation"})["work"] == "/mine"
    assert gateway.ok("GET", f"{path}/siteRoots?platform=linux")["work"] == "/mnt/share/projects"
    for bad in ({"nope": "/x"}, {"work": 7}, [], 7):
        assert gateway.call("PUT", f"{path}/roots/workstation", json=bad).status_code == 400


def test_types_of_products(gateway: Any, project: str) -> None:
    found = gateway.ok("GET", f"/api/projects/{project}/productTypes")
    assert {"name", "baseType", "color", "icon"} <= set(found["productTypes"][0])
    assert found["default"]
