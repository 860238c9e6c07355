"""What hangs on an inactive record is found by it, shows it and lies where it lay: on an AYON nothing hides behind it."""

from __future__ import annotations

import json
from typing import Any

import ayon_api
import pytest

PROJECT = "inactive"


@pytest.fixture(scope="module")
def ids(gateway: Any) -> dict[str, str]:
    """A shot, and what was made in it, below a sequence; everything but the last records is inactive."""
    path = gateway.project(PROJECT)

    def create(native: str, **body: Any) -> str:
        return str(gateway.ok("POST", f"{path}/{native}s", json=body)["id"])

    made = {"sequence": create("folder", name="sq", folderType="Sequence", attrib={"frameStart": 7})}
    made["shot"] = create("folder", name="sh", folderType="Shot", parentId=made["sequence"])
    made["task"] = create("task", name="comp", taskType="Compositing", folderId=made["shot"])
    made["product"] = create("product", name="renderMain", productType="render", folderId=made["shot"])
    made["version"] = create("version", version=1, productId=made["product"], taskId=made["task"])
    made["representation"] = create("representation", name="exr", versionId=made["version"], files=[])
    made["workfile"] = create("workfile", path="/a.nk", taskId=made["task"])
    for native, name in (("folder", "sequence"), ("folder", "shot"), ("product", "product"), ("version", "version")):
        gateway.ok("PATCH", f"{path}/{native}s/{made[name]}", json={"active": False})
    return made


CASES = [
    ("folders", {"parentIds": ["sequence"]}, "shot"),
    ("folders", {"ids": ["sequence"], "includeFolderChildren": True}, "sequence shot"),
    ("folders", {"paths": ["sq/sh"]}, "shot"),
    ("folders", {"pathEx": "^/sq/"}, "shot"),
    ("folders", {"hasTasks": True}, "shot"),
    ("tasks", {"folderIds": ["shot"]}, "task"),
    ("tasks", {"folderIds": ["sequence"], "includeFolderChildren": True}, "task"),
    ("products", {"folderIds": ["shot"]}, "product"),
    ("versions", {"productIds": ["product"]}, "version"),
    ("versions", {"folderIds": ["shot"]}, "version"),
    ("representations", {"versionIds": ["version"]}, "representation"),
    ("workfiles", {"taskIds": ["task"]}, "workfile"),
]


@pytest.mark.parametrize(("name", "args", "wanted"), CASES, ids=lambda case: str(case))
def test_found_by_what_it_hangs_on(
    gateway: Any, ids: dict[str, str], name: str, args: dict[str, Any], wanted: str
) -> None:
    def literal(value: Any) -> Any:
        return [ids.get(item, item) for item in value] if isinstance(value, list) else value

    said = ", ".join(f"{key}: {json.dumps(literal(value))}" for key, value in args.items())
    found = gateway.graphql(f'{{project(name: "{PROJECT}") {{{name}({said}) {{edges {{node {{id}}}}}}}}}}')
    assert [edge["node"]["id"] for edge in found["project"][name]["edges"]] == [ids[key] for key in wanted.split()]


def test_links_places_and_inherited_values_stay(gateway: Any, ids: dict[str, str]) -> None:
    path = f"/api/projects/{PROJECT}"
    task = gateway.ok("GET", f"{path}/tasks/{ids['task']}")
    assert (task["folderId"], task["path"], task["attrib"]["frameStart"]) == (ids["shot"], "/sq/sh/comp", 7)
    shot = gateway.ok("GET", f"{path}/folders/{ids['shot']}")
    assert (shot["parentId"], shot["path"], shot["active"]) == (ids["sequence"], "/sq/sh", False)
    representation = gateway.ok("GET", f"{path}/representations/{ids['representation']}")
    assert representation["versionId"] == ids["version"]
    rows = {item["id"]: item for item in gateway.ok("GET", f"{path}/folders")["folders"]}
    assert rows[ids["shot"]]["taskNames"] == ["comp"]


def test_the_clients_find_it_too(gateway: Any, ids: dict[str, str]) -> None:
    api = ayon_api.ServerAPI(gateway.url, gateway.key)
    assert [item["id"] for item in api.get_tasks(PROJECT, folder_ids=[ids["shot"]])] == [ids["task"]]
    parents = api.get_representation_parents(PROJECT, ids["representation"])
    assert parents.version["id"] == ids["version"]
    assert (parents.folder["id"], parents.folder["active"]) == (ids["shot"], False)
    api.close_session()


def test_a_name_in_an_inactive_folder_is_taken(gateway: Any, ids: dict[str, str]) -> None:
    body = {"name": "comp", "taskType": "Compositing", "folderId": ids["shot"]}
    assert gateway.call("POST", f"/api/projects/{PROJECT}/tasks", json=body).status_code == 409


def test_what_people_wrote_on_it(gateway: Any, ids: dict[str, str]) -> None:
    path, id = f"/api/projects/{PROJECT}", ids["version"]
    said = gateway.ok("POST", f"{path}/version/{id}/activities", json={"activityType": "comment", "body": "Nice"})["id"]
    comments = '(last: 5, activityTypes: ["comment"])'
    shown = "{edges {node {activityId body entityId entityType}}}"
    text = f'{{project(name: "{PROJECT}") {{version(id: "{id}") {{activities{comments} {shown}}}}}}}'
    found = gateway.graphql(text)["project"]["version"]["activities"]["edges"]
    wanted = {"activityId": said, "body": "Nice", "entityId": id, "entityType": "version"}
    assert [edge["node"] for edge in found] == [wanted]
    gateway.ok("PATCH", f"{path}/activities/{said}", json={"body": "Nicer"})
    assert gateway.graphql(text)["project"]["version"]["activities"]["edges"][0]["node"]["body"] == "Nicer"


def test_the_types_of_products(gateway: Any, ids: dict[str, str]) -> None:
    text = f'{{project(name: "{PROJECT}") {{productTypes {{name icon color}}}} productTypes {{name}}}}'
    found = gateway.graphql(text)
    assert found["project"]["productTypes"] == [{"name": "render", "icon": None, "color": None}]
    assert {"name": "render"} in found["productTypes"]
