"""AYON's EntityHub, unmodified, edits whole hierarchies: what is changed there is so in the tracker."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Iterator
from typing import Any

import ayon_api
import pytest
from ayon_api.entity_hub import EntityHub
from ayon_api.exceptions import FailedOperations, HTTPRequestError
from ayon_api.operations import OperationsSession

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def api(gateway: Any) -> Iterator[ayon_api.ServerAPI]:
    connection = ayon_api.ServerAPI(gateway.url, gateway.key)
    yield connection
    connection.close_session()


@pytest.fixture
def project(api: ayon_api.ServerAPI) -> str:
    name = f"hub{next(_numbers)}"
    api.create_project(name, f"h{name[3:]}xx")
    return name


@pytest.fixture
def hub(api: ayon_api.ServerAPI, project: str) -> EntityHub:
    made = EntityHub(project, connection=api)
    made.fetch_hierarchy_entities()
    return made


def again(api: ayon_api.ServerAPI, hub: EntityHub) -> EntityHub:
    """The same project, read anew."""
    made = EntityHub(hub.project_name, connection=api)
    made.fetch_hierarchy_entities()
    return made


def test_a_tree_is_made_moved_and_deleted(gateway: Any, api: ayon_api.ServerAPI, hub: EntityHub) -> None:
    one, two = (
        hub.add_new_folder(folder_type="Sequence", name=name, parent_id=hub.project_entity.id) for name in ("a", "b")
    )
    shots = [hub.add_new_folder(folder_type="Shot", name=f"sh{number}", parent_id=one.id) for number in range(5)]
    tasks = [hub.add_new_task(task_type="Compositing", name="comp", folder_id=shot.id) for shot in shots]
    hub.commit_changes()
    found = again(api, hub)
    assert found.get_folder_by_id(shots[3].id).path == "/a/sh3"
    found.set_entity_parent(shots[3].id, two.id)
    found.get_folder_by_id(one.id).name = "c"
    found.delete_entity(found.get_or_fetch_entity_by_id(tasks[0].id, {"task"}))
    found.commit_changes()
    paths = {item["path"] for item in api.get_folders(hub.project_name, fields={"path"})}
    assert paths == {"/c", "/b", "/b/sh3", "/c/sh0", "/c/sh1", "/c/sh2", "/c/sh4"}
    assert api.get_task_by_id(hub.project_name, tasks[0].id) is None
    names = [item.name for item in gateway.store.find("Shot", fields=["name"], project=hub.project_name)]
    assert sorted(names) == ["sh0", "sh1", "sh2", "sh3", "sh4"]
    final = again(api, hub)
    final.delete_entity(final.get_folder_by_id(two.id))
    final.commit_changes()
    assert api.get_folder_by_id(hub.project_name, shots[3].id) is None


def test_a_folder_becomes_another_kind(gateway: Any, api: ayon_api.ServerAPI, hub: EntityHub) -> None:
    id = uuid.uuid4().hex
    folder = hub.add_new_folder(folder_type="Shot", name="thing", entity_id=id, active=False, attribs={"frameStart": 5})
    hub.commit_changes()
    folder.folder_type, folder.label, folder.active = "Asset", "A thing", True
    folder.attribs["frameStart"] = 7
    hub.commit_changes()
    found = api.get_folder_by_id(hub.project_name, id, fields={"folderType", "label", "active", "attrib.frameStart"})
    assert (found["folderType"], found["label"], found["active"], found["attrib"]["frameStart"]) == (
        "Asset",
        "A thing",
        True,
        7,
    )
    (asset,) = gateway.store.find("Asset", fields=["label"], project=hub.project_name)
    assert asset["label"] == "A thing"
    assert list(gateway.store.find("Shot", project=hub.project_name)) == []
    topics = {event["topic"] for event in api.get_events(project_names=[hub.project_name])}
    assert {"entity.folder.created", "entity.folder.type_changed"} <= topics


def test_own_data_of_entities(api: ayon_api.ServerAPI, hub: EntityHub) -> None:
    folder = hub.add_new_folder(folder_type="Shot", name="sh", data={"a": 1, "b": {"c": [1, 2]}})
    task = hub.add_new_task(task_type="Art", name="t", folder_id=folder.id, data={"x": 1}, label="T")
    hub.commit_changes()
    for key in tuple(task.data):
        task.data.pop(key)
    task.data["y"] = 2
    folder.data["b"] = None
    hub.commit_changes()
    assert api.get_folder_by_id(hub.project_name, folder.id)["data"].get("b") is None
    assert api.get_folder_by_id(hub.project_name, folder.id)["data"]["a"] == 1
    assert api.get_task_by_id(hub.project_name, task.id)["data"] == {"y": 2}


def test_definitions_of_a_project(api: ayon_api.ServerAPI, hub: EntityHub) -> None:
    project = hub.project_entity
    statuses = list(project.statuses)
    statuses[0].name, statuses[0].color = "Waiting", "#ff0000"
    project.statuses.append({"name": "Client", "icon": "star", "color": "#00ff00", "state": "in_progress"})
    hub.commit_changes()
    found = api.get_project(hub.project_name)["statuses"]
    assert (found[0]["name"], found[0]["color"], found[-1]["name"]) == ("Waiting", "#ff0000", "Client")
    folder = hub.add_new_folder(folder_type="Shot", name="sh", status="Client")
    hub.commit_changes()
    assert api.get_folder_by_id(hub.project_name, folder.id)["status"] == "Client"


def test_products_and_versions_of_a_hub(api: ayon_api.ServerAPI, hub: EntityHub) -> None:
    folder = hub.add_new_folder(folder_type="Shot", name="sh")
    product = hub.add_new_product(name="modelMain", product_type="model", folder_id=folder.id)
    versions = [hub.add_new_version(number, product.id) for number in (1, 2, 7)]
    hub.commit_changes()
    assert [item["version"] for item in api.get_versions(hub.project_name, product_ids=[product.id])] == [1, 2, 7]
    versions[1].tags, versions[1].status = ["important"], "Approved"
    hub.commit_changes()
    found = api.get_version_by_id(hub.project_name, versions[1].id)
    assert (found["tags"], found["status"]) == (["important"], "Approved")
    hub.add_new_version("not a number", product.id)
    with pytest.raises((FailedOperations, HTTPRequestError), match="integer"):
        hub.commit_changes()


def test_a_folder_goes_with_its_products_in_one_request(api: ayon_api.ServerAPI, project: str) -> None:
    top = api.create_folder(project, "top", folder_type="Folder")
    products = []
    for number in range(3):
        shot = api.create_folder(project, f"sh{number}", folder_type="Shot", parent_id=top)
        products += [api.create_product(project, name, "model", shot) for name in ("modelMain", "modelProxy")]
    session = OperationsSession(api)
    session.delete_entity(project, "folder", top)
    with pytest.raises(FailedOperations, match="products"):
        session.commit()
    session = OperationsSession(api)
    for product in products:
        session.delete_entity(project, "product", product)
    session.delete_entity(project, "folder", top)
    session.commit()
    assert list(api.get_folders(project)) == []


def test_operations_in_the_background(api: ayon_api.ServerAPI, project: str) -> None:
    data = [{"name": f"sh{number}", "folderType": "Shot"} for number in range(20)] + [
        {"name": "bad name", "folderType": "Shot"}
    ]
    operations = [{"type": "create", "entityType": "folder", "data": item} for item in data]
    for can_fail, count in ((False, 0), (True, 20)):
        task = api.send_background_batch_operations(
            project, operations, can_fail=can_fail, wait=True, raise_on_fail=False
        )
        assert task["status"] == "completed"
        assert task["result"]["success"] is False
        assert len(list(api.get_folders(project))) == count


def test_a_workfile_is_kept_with_its_task(gateway: Any, api: ayon_api.ServerAPI, project: str) -> None:
    shot = api.create_folder(project, "sh", folder_type="Shot")
    task = api.create_task(project, "comp", "Compositing", shot)
    made = api.create_workfile_entity(project, "{root[work]}/sh/comp_v001.nk", task, data={"host": "nuke"})
    id = made["id"] if isinstance(made, dict) else made
    found = api.get_workfile_info_by_id(project, id)
    assert (found["path"], found["taskId"], found["name"]) == ("{root[work]}/sh/comp_v001.nk", task, "comp_v001.nk")
    api.update_workfile_entity(project, id, status="In progress")
    assert [item["id"] for item in api.get_workfiles_info(project, statuses=["In progress"])] == [id]
    (kept,) = gateway.store.find("Workfile", fields=["path", "task.name"], project=project)
    assert kept["task.name"] == "comp"
    api.delete_workfile_entity(project, id)
    assert api.get_workfile_info_by_id(project, id) is None


def test_operations_as_another_user(gateway: Any, api: ayon_api.ServerAPI, project: str) -> None:
    def operation(name: str, user: str | None) -> dict[str, Any]:
        data = {"name": name, "folderType": "Shot"}
        return {"type": "create", "entityType": "folder", "data": data, **({"asUser": user} if user else {})}

    path = f"/api/projects/{project}/operations"
    made = gateway.ok("POST", path, json={"operations": [operation("a", "artist"), operation("b", "artist")]})
    for item in made["operations"]:
        assert api.get_rest_folder(project, item["entityId"])["createdBy"] == "artist"
    own = gateway.ok("POST", path, json={"operations": [operation("c", "service")]})
    assert api.get_rest_folder(project, own["operations"][0]["entityId"])["createdBy"] == "service"
    mixed = gateway.call("POST", path, json={"operations": [operation("d", "artist"), operation("e", None)]})
    assert mixed.status_code == 400
    nobody = gateway.call("POST", path, json={"operations": [operation("d", "nobody")]})
    assert nobody.status_code == 401
    said = {"name": "admin", "password": gateway.password}
    token = gateway.ok("POST", "/api/auth/login", key=None, json=said)["token"]
    headers = {"Authorization": f"Bearer {token}"}
    refused = gateway.call("POST", path, None, headers=headers, json={"operations": [operation("d", "artist")]})
    assert refused.status_code == 403
