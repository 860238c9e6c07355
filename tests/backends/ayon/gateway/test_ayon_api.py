"""AYON's own client, unmodified, drives the gateway: what a pipeline does with it in a day."""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import ayon_api
import pytest
from ayon_api.entity_hub import EntityHub
from ayon_api.exceptions import FailedOperations, HTTPRequestError
from ayon_api.operations import OperationsSession
from ayon_api.utils import RequestTypes

from trackerkit.demo.png import png

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def api(gateway: Any) -> Iterator[ayon_api.ServerAPI]:
    """A connection as a service."""
    connection = ayon_api.ServerAPI(gateway.url, gateway.key)
    yield connection
    connection.close_session()


@pytest.fixture
def project(api: ayon_api.ServerAPI) -> str:
    """A fresh project."""
    name = f"show_{next(_numbers)}"
    api.create_project(name, f"s{name[5:]}xx")
    return name


@pytest.fixture
def shot(api: ayon_api.ServerAPI, project: str) -> str:
    """A shot in a sequence."""
    sequence = api.create_folder(project, "sq01", folder_type="Sequence")
    return api.create_folder(project, "sh010", folder_type="Shot", parent_id=sequence, attrib={"frameStart": 1001})


# ---- connecting


def test_connect(api: ayon_api.ServerAPI) -> None:
    assert api.is_server_available
    assert api.has_valid_token
    assert api.get_server_version_tuple()[:2] == (1, 16)
    assert api.get_user()["name"] == "service"


def test_login_and_logout(gateway: Any) -> None:
    connection = ayon_api.ServerAPI(gateway.url, create_session=False)
    connection.login("admin", gateway.password, create_session=False)
    token = connection.access_token
    assert token is not None
    assert len(token) == 64
    assert connection.get_user()["name"] == "admin"
    connection.logout()
    assert gateway.call("GET", "/api/users/me", None, headers={"Authorization": f"Bearer {token}"}).status_code == 401


def test_wrong_password(gateway: Any) -> None:
    connection = ayon_api.ServerAPI(gateway.url, create_session=False)
    with pytest.raises(ayon_api.exceptions.AuthenticationError):
        connection.login("admin", "not it", create_session=False)


def test_act_as_a_user(gateway: Any, project: str) -> None:
    connection = ayon_api.ServerAPI(gateway.url, gateway.key)
    with connection.as_username("artist"):
        id = connection.create_folder(project, "theirs", folder_type="Asset")
        assert connection.get_user()["name"] == "artist"
    assert connection.get_rest_folder(project, id)["createdBy"] == "artist"


def test_users(api: ayon_api.ServerAPI) -> None:
    found = {user["name"]: user for user in api.get_users()}
    assert {"admin", "artist", "service"} <= set(found)
    assert found["artist"]["attrib"]["fullName"] == "Live Artist"


# ---- projects


def test_project_has_ayons_own_anatomy(api: ayon_api.ServerAPI, project: str) -> None:
    found = api.get_project(project)
    assert [item["name"] for item in found["folderTypes"]] == [
        "Folder",
        "Library",
        "Asset",
        "Episode",
        "Sequence",
        "Shot",
    ]
    assert [item["name"] for item in found["statuses"]][:2] == ["Not ready", "Ready to start"]
    assert len(found["taskTypes"]) == 16
    assert {item["name"] for item in found["tags"]} == {"important", "for reel"}
    assert {item["name"] for item in found["linkTypes"]} == {
        "generative|version|version", "breakdown|folder|folder", "reference|version|version", "template|folder|folder",
    }  # fmt: skip
    assert found["config"]["roots"]["work"]["linux"] == "/mnt/share/projects"
    assert found["attrib"]["fps"] == 25.0
    assert project in api.get_project_names()
    assert project in {item["name"] for item in api.get_projects()}


def test_anatomy_changes_are_kept(api: ayon_api.ServerAPI, gateway: Any, project: str) -> None:
    path = f"/api/projects/{project}/anatomy"
    anatomy = gateway.ok("GET", path)
    anatomy["statuses"].append(
        {"name": "Client review", "shortName": "CLI", "state": "in_progress", "scope": ["version"]}
    )
    anatomy["folder_types"].append({"name": "Environment", "icon": "forest"})
    anatomy["roots"][0]["linux"] = "/mnt/other"
    anatomy["attributes"]["fps"] = 24.0
    gateway.ok("POST", path, json=anatomy)
    found = api.get_project(project)
    assert found["statuses"][-1]["name"] == "Client review"
    assert found["folderTypes"][-1]["name"] == "Environment"
    assert found["config"]["roots"]["work"]["linux"] == "/mnt/other"
    assert found["attrib"]["fps"] == 24.0
    id = api.create_folder(project, "woods", folder_type="Environment", status="Client review")
    assert api.get_folder_by_id(project, id)["folderType"] == "Environment"
    assert gateway.ok("GET", path)["roots"][0]["linux"] == "/mnt/other"


def test_a_renamed_status_takes_its_records_along(
    gateway: Any, api: ayon_api.ServerAPI, project: str, shot: str
) -> None:
    api.update_folder(project, shot, status="In progress")
    statuses = api.get_project(project)["statuses"]
    renamed = [{**item, "original_name": item["name"]} for item in statuses]
    renamed[2]["name"] = "Working"
    gateway.ok("PATCH", f"/api/projects/{project}", json={"statuses": renamed})
    assert api.get_folder_by_id(project, shot)["status"] == "Working"


def test_project_update(api: ayon_api.ServerAPI, project: str) -> None:
    api.update_project(project, library=True, attrib={"fps": 23.976}, data={"client": "ACME"})
    found = api.get_rest_project(project)
    assert (found["library"], found["attrib"]["fps"], found["data"]) == (True, 23.976, {"client": "ACME"})


def test_project_delete(api: ayon_api.ServerAPI, project: str, shot: str) -> None:
    api.delete_project(project)
    assert api.get_project(project) is None


# ---- folders and tasks


def test_folders(api: ayon_api.ServerAPI, project: str, shot: str) -> None:
    found = api.get_folder_by_id(project, shot)
    assert (found["name"], found["path"], found["folderType"]) == ("sh010", "/sq01/sh010", "Shot")
    assert found["attrib"]["frameStart"] == 1001
    assert found["attrib"]["fps"] == 25.0
    own = api.get_folder_by_id(project, shot, own_attributes=True)["ownAttrib"]
    assert (own["frameStart"], own["fps"]) == (1001, None)
    assert api.get_folder_by_path(project, "/sq01/sh010")["id"] == shot
    assert api.get_folder_by_name(project, "sh010")["id"] == shot
    assert api.get_folder_by_path(project, "/sq01/nope") is None


def test_folder_inheritance_follows_its_parents(api: ayon_api.ServerAPI, project: str, shot: str) -> None:
    sequence = api.get_folder_by_path(project, "/sq01")["id"]
    api.update_folder(project, sequence, attrib={"fps": 30.0, "frameStart": 7})
    found = api.get_folder_by_id(project, shot)["attrib"]
    assert (found["fps"], found["frameStart"]) == (30.0, 1001)
    api.update_folder(project, shot, attrib={"frameStart": None})
    assert api.get_folder_by_id(project, shot)["attrib"]["frameStart"] == 7
    task = api.create_task(project, "anim", "Animation", shot)
    assert api.get_task_by_id(project, task)["attrib"]["frameStart"] == 7


@pytest.mark.parametrize(
    ("arguments", "names"),
    [
        ({"folder_types": ["Shot"]}, ["sh010", "sh020"]),
        ({"folder_names": ["sh020", "nope"]}, ["sh020"]),
        ({"folder_paths": ["/sq01/sh010"]}, ["sh010"]),
        ({"folder_path_regex": "sh0[2-9]"}, ["sh020"]),
        ({"parent_ids": ["root"]}, ["sq01"]),
        ({"statuses": ["In progress"]}, ["sh020"]),
        ({"tags": ["hero"]}, ["sh020"]),
        ({"has_tasks": True}, ["sh010"]),
        ({"has_tasks": False}, ["sq01", "sh020"]),
        ({"has_children": True}, ["sq01"]),
        ({"has_products": True}, []),
        ({"assignees_all": ["artist"]}, ["sh010"]),
        ({"active": None}, ["sq01", "sh010", "sh020"]),
        ({"folder_types": []}, []),
    ],
)
def test_folder_filters(
    api: ayon_api.ServerAPI, project: str, shot: str, arguments: dict[str, Any], names: list[str]
) -> None:
    sequence = api.get_folder_by_path(project, "/sq01")["id"]
    api.create_folder(project, "sh020", folder_type="Shot", parent_id=sequence, status="In progress", tags=["hero"])
    api.create_task(project, "comp", "Compositing", shot, assignees=["artist"])
    assert [item["name"] for item in api.get_folders(project, **arguments)] == names


def test_pages_are_whole(api: ayon_api.ServerAPI, project: str) -> None:
    session = OperationsSession(api)
    for number in range(650):
        session.create_folder(project, f"f{number:04}", folder_type="Asset")
    session.commit()
    found = [item["name"] for item in api.get_folders(project)]
    assert found == [f"f{number:04}" for number in range(650)]


def test_flat_list_and_hierarchy(api: ayon_api.ServerAPI, project: str, shot: str) -> None:
    api.create_task(project, "comp", "Compositing", shot)
    flat = {item["name"]: item for item in api.get_rest_folders(project, include_attrib=True)}
    assert flat["sh010"]["taskNames"] == ["comp"]
    assert flat["sh010"]["path"] == "sq01/sh010"
    assert flat["sh010"]["attrib"]["frameStart"] == 1001
    tree = api.get_folders_hierarchy(project)["hierarchy"]
    assert tree[0]["children"][0]["name"] == "sh010"


def test_tasks(api: ayon_api.ServerAPI, project: str, shot: str) -> None:
    id = api.create_task(project, "comp", "Compositing", shot, assignees=["artist"], status="In progress")
    found = api.get_task_by_id(project, id)
    assert (found["name"], found["taskType"], found["folderId"]) == ("comp", "Compositing", shot)
    assert found["assignees"] == ["artist"]
    assert [item["id"] for item in api.get_tasks(project, assignees=["artist"])] == [id]
    assert [item["id"] for item in api.get_tasks(project, assignees_all=["artist"])] == [id]
    assert list(api.get_tasks(project, assignees=["admin"])) == []
    assert api.get_task_by_name(project, shot, "comp")["id"] == id
    assert api.get_tasks_by_folder_paths(project, ["/sq01/sh010"])["/sq01/sh010"][0]["id"] == id
    api.update_task(project, id, label="Compositing, final", data={"x": {"y": 1}})
    assert api.get_task_by_id(project, id)["label"] == "Compositing, final"
    assert api.get_rest_task(project, id)["data"] == {"x": {"y": 1}}
    api.delete_task(project, id)
    assert api.get_task_by_id(project, id) is None


def test_refusals_are_ayons(api: ayon_api.ServerAPI, project: str, shot: str) -> None:
    with pytest.raises(HTTPRequestError, match="already exists"):
        api.create_folder(project, "SQ01", folder_type="Sequence")
    with pytest.raises(HTTPRequestError, match="400"):
        api.create_folder(project, "bad name", folder_type="Sequence")
    with pytest.raises(HTTPRequestError, match="not present"):
        api.create_task(project, "comp", "Nope", shot)
    with pytest.raises(HTTPRequestError, match="descendants"):
        api.update_folder(project, api.get_folder_by_path(project, "/sq01")["id"], parent_id=shot)


# ---- published


@pytest.fixture
def published(api: ayon_api.ServerAPI, project: str, shot: str) -> dict[str, str]:
    """A product with two versions, the second with a representation."""
    task = api.create_task(project, "comp", "Compositing", shot)
    product = api.create_product(project, "renderMain", "render", shot)
    first = api.create_version(
        project, 1, product, task_id=task, author="artist", attrib={"comment": "first", "machine": "x1"}
    )
    second = api.create_version(project, 2, product, task_id=task)
    files = [
        {"id": f"{number:032x}", "name": f"a.{number}.exr", "path": f"{{root[work]}}/a.{number}.exr", "size": number, "hash": "x",
         "hash_type": "md5"}
        for number in (1001, 1002)
    ]  # fmt: skip
    data = {"context": {"folder": {"name": "sh010"}, "ext": "exr"}}
    attrib = {"path": "/mnt/a.exr", "template": "{root[work]}/a.{frame}.exr"}
    file = api.create_representation(project, "exr", second, files=files, attrib=attrib, data=data, tags=["review"])
    return {"folder": shot, "task": task, "product": product, "first": first, "second": second, "file": file}


def test_products(api: ayon_api.ServerAPI, project: str, published: dict[str, str]) -> None:
    found = api.get_product_by_id(project, published["product"])
    assert (found["name"], found["productType"], found["folderId"]) == ("renderMain", "render", published["folder"])
    assert api.get_product_by_name(project, "renderMain", published["folder"])["id"] == published["product"]
    named = api.get_products(project, names_by_folder_ids={published["folder"]: ["renderMain", "other"]})
    assert [item["id"] for item in named] == [published["product"]]
    assert [item["id"] for item in api.get_products(project, product_types=["render"])] == [published["product"]]
    assert list(api.get_products(project, product_name_regex="^nothing")) == []


def test_versions(api: ayon_api.ServerAPI, project: str, published: dict[str, str]) -> None:
    found = api.get_version_by_id(project, published["first"])
    assert (found["version"], found["name"], found["author"]) == (1, "v001", "artist")
    assert found["attrib"]["comment"] == "first"
    assert found["attrib"]["machine"] == "x1"
    assert api.get_last_version_by_product_id(project, published["product"])["id"] == published["second"]
    assert api.get_version_by_name(project, 1, published["product"])["id"] == published["first"]
    assert {item["id"] for item in api.get_versions(project, task_ids=[published["task"]])} == {
        published["first"], published["second"],
    }  # fmt: skip
    assert [item["id"] for item in api.get_versions(project, latest=True)] == [published["second"]]
    assert api.version_is_latest(project, published["second"])
    assert not api.version_is_latest(project, published["first"])
    assert api.get_version_by_id(project, published["second"])["author"] == "service"


def test_hero_version(api: ayon_api.ServerAPI, project: str, published: dict[str, str]) -> None:
    hero = api.create_version(project, -2, published["product"])
    assert [item["id"] for item in api.get_hero_versions(project)] == [hero]
    assert {item["id"] for item in api.get_versions(project, hero=False)} == {published["first"], published["second"]}


def test_representations(api: ayon_api.ServerAPI, project: str, published: dict[str, str]) -> None:
    found = api.get_representation_by_id(project, published["file"])
    assert (found["name"], found["versionId"], found["tags"]) == ("exr", published["second"], ["review"])
    assert found["context"] == {"folder": {"name": "sh010"}, "ext": "exr"}
    assert [(item["name"], int(item["size"])) for item in found["files"]] == [
        ("a.1001.exr", 1001),
        ("a.1002.exr", 1002),
    ]
    assert found["attrib"]["template"] == "{root[work]}/a.{frame}.exr"
    parents = api.get_representation_parents(project, published["file"])
    assert (parents.version["id"], parents.product["id"], parents.folder["id"]) == (
        published["second"], published["product"], published["folder"],
    )  # fmt: skip
    names = api.get_representations(project, names_by_version_ids={published["second"]: ["exr"]})
    assert [item["id"] for item in names] == [published["file"]]


def test_workfiles(api: ayon_api.ServerAPI, project: str, published: dict[str, str]) -> None:
    path = "{root[work]}/a_v001.nk"
    id = api.create_workfile_entity(project, path, published["task"], attrib={"extension": ".nk"})
    found = api.get_workfile_info_by_id(project, id)
    assert (found["name"], found["path"], found["taskId"]) == ("a_v001.nk", path, published["task"])
    assert api.get_workfile_info(project, published["task"], path)["id"] == id


def test_retired_records_are_inactive(api: ayon_api.ServerAPI, project: str, published: dict[str, str]) -> None:
    api.update_version(project, published["first"], active=False)
    assert [item["id"] for item in api.get_versions(project)] == [published["second"]]
    assert api.get_versions(project, active=None) is not None
    assert len(list(api.get_versions(project, active=None))) == 2
    api.update_version(project, published["first"], active=True)
    assert len(list(api.get_versions(project))) == 2


# ---- operations


def test_an_operations_session_makes_a_whole_tree(api: ayon_api.ServerAPI, project: str) -> None:
    session = OperationsSession(api)
    shot = session.create_folder(project, "sh010", folder_type="Shot").entity_id
    task = session.create_task(project, "comp", "Compositing", shot).entity_id
    product = session.create_product(project, "renderMain", "render", shot).entity_id
    version = session.create_version(project, 1, product, task_id=task).entity_id
    file = session.create_representation(project, "exr", version, [{"id": "f" * 32, "path": "/a.exr"}]).entity_id
    session.commit()
    assert api.get_representation_by_id(project, file)["versionId"] == version
    assert api.get_version_by_id(project, version)["productId"] == product


def test_a_failed_session_changes_nothing(api: ayon_api.ServerAPI, project: str) -> None:
    session = OperationsSession(api)
    session.create_folder(project, "one", folder_type="Asset")
    session.create_folder(project, "ONE", folder_type="Asset")
    with pytest.raises(FailedOperations, match="already exists"):
        session.commit()
    assert list(api.get_folders(project)) == []


def test_a_repeated_create_is_refused_and_changes_nothing(gateway: Any, api: ayon_api.ServerAPI, project: str) -> None:
    operation = {
        "type": "create",
        "entityType": "folder",
        "entityId": "c" * 32,
        "data": {"name": "a", "folderType": "Asset"},
    }
    path = f"/api/projects/{project}/operations"
    assert gateway.ok("POST", path, json={"operations": [operation]})["success"] is True
    again = gateway.ok("POST", path, json={"operations": [operation]})
    assert again["operations"][0]["errorCode"] == "unique-violation"
    assert again["operations"][0]["status"] == 409
    assert len(list(api.get_folders(project))) == 1


def test_entity_hub(api: ayon_api.ServerAPI, project: str) -> None:
    hub = EntityHub(project, connection=api)
    folder = hub.add_new_folder("tree", "Asset", label="A tree")
    hub.add_new_task("model", "Modeling", folder_id=folder.id)
    hub.commit_changes()
    fresh = EntityHub(project, connection=api)
    fresh.fetch_hierarchy_entities()
    found = fresh.get_folder_by_id(folder.id)
    assert found.label == "A tree"
    assert [task.name for task in found.children] == ["model"]
    found.attribs["fps"] = 12.0
    fresh.commit_changes()
    assert api.get_folder_by_id(project, folder.id)["attrib"]["fps"] == 12.0


# ---- files


def test_thumbnails(api: ayon_api.ServerAPI, project: str, shot: str, tmp_path: Path) -> None:
    picture = tmp_path / "a.png"
    picture.write_bytes(png(8, 6, bytes(range(8 * 6 * 3))))
    id = api.create_thumbnail(project, str(picture))
    api.update_folder(project, shot, thumbnail_id=id)
    assert api.get_folder_by_id(project, shot)["thumbnailId"] == id
    assert api.get_thumbnail_by_id(project, id).content == picture.read_bytes()
    assert api.get_folder_thumbnail(project, shot).content == picture.read_bytes()


def test_files(api: ayon_api.ServerAPI, project: str, tmp_path: Path) -> None:
    source = tmp_path / "note é.txt"
    source.write_bytes(b"0123456789" * 10_000)
    id = "a" * 32
    headers = {"X-File-Name": "note.txt", "X-File-Id": id, "Content-Type": "text/plain"}
    api.upload_file(f"api/projects/{project}/files", str(source), headers=headers, request_type=RequestTypes.post)
    target = tmp_path / "back.txt"
    api.download_file(f"api/projects/{project}/files/{id}/payload", str(target))
    assert target.read_bytes() == source.read_bytes()
    info = api.get(f"projects/{project}/files/{id}/info").data
    assert info == {"size": 100_000, "filename": "note.txt", "contentType": "text/plain"}


def test_reviewables(api: ayon_api.ServerAPI, project: str, published: dict[str, str], tmp_path: Path) -> None:
    movie = tmp_path / "comp.mp4"
    movie.write_bytes(b"\0\0\0\x18ftypmp42" + b"x" * 5000)
    made = api.upload_reviewable(project, published["second"], str(movie), label="Comp").json()
    found = api.get(f"projects/{project}/versions/{published['second']}/reviewables").data
    assert [(item["label"], item["fileId"]) for item in found["reviewables"]] == [("Comp", made["fileId"])]
    payload = api.raw_get(f"projects/{project}/files/{made['fileId']}/payload")
    assert hashlib.sha256(payload.content).digest() == hashlib.sha256(movie.read_bytes()).digest()


# ---- what people say


def test_activities(api: ayon_api.ServerAPI, project: str, published: dict[str, str]) -> None:
    body = f"Look at [v2](version:{published['second']}), [artist](user:artist)"
    id = api.create_activity(project, published["task"], "task", "comment", body=body, data={"mood": "calm"})
    found = api.get_activity_by_id(project, id)
    assert (found["activityType"], found["body"]) == ("comment", body)
    assert (found["entityType"], found["entityId"]) == ("task", published["task"])
    api.update_activity(project, id, body="Done")
    assert [item["body"] for item in api.get_activities(project, entity_ids=[published["task"]])] == ["Done"]
    api.delete_activity(project, id)
    assert list(api.get_activities(project, entity_ids=[published["task"]])) == []


def test_activities_are_notes_of_the_tracker(gateway: Any, api: ayon_api.ServerAPI, project: str, shot: str) -> None:
    api.create_activity(project, shot, "folder", "comment", body="From AYON")
    store = gateway.store
    note = store.find_one("Note", project=project, fields=["body", "links"])
    assert (note.body, [ref.label for ref in note.links]) == ("From AYON", ["sh010"])
    store.create("Note", subject="Tracker", body="From elsewhere", links=note.links, project=project)
    bodies = {item["body"] for item in api.get_activities(project, entity_ids=[shot])}
    assert bodies == {"From AYON", "From elsewhere"}


def test_entity_lists(api: ayon_api.ServerAPI, project: str, published: dict[str, str]) -> None:
    items = [{"entityId": published["second"]}, {"entityId": published["first"], "label": "old"}]
    id = api.create_entity_list(project, "version", "Dailies", list_type="generic", items=items)
    id = id if isinstance(id, str) else id["id"]
    rest = api.get_entity_list_rest(project, id)
    assert [item["entityId"] for item in rest["items"]] == [published["second"], published["first"]]
    assert rest["items"][1]["label"] == "old"
    found = api.get_entity_list_by_id(project, id, fields={"id", "label", "count", "entityType"})
    assert (found["label"], found["count"], found["entityType"]) == ("Dailies", 2, "version")
    api.delete_entity_list_item(project, id, rest["items"][0]["id"])
    assert [item["entityId"] for item in api.get_entity_list_rest(project, id)["items"]] == [published["first"]]
    api.update_entity_list(project, id, label="Weeklies")
    assert api.get_entity_list_rest(project, id)["label"] == "Weeklies"
    api.delete_entity_list(project, id)
    assert [item["id"] for item in api.get_entity_lists(project)] == []


def test_links(api: ayon_api.ServerAPI, project: str, published: dict[str, str]) -> None:
    made = api.create_link(project, "reference", published["first"], "version", published["second"], "version")
    found = api.get_version_links(project, published["first"])
    assert [(item["linkType"], item["entityId"], item["direction"]) for item in found] == [
        ("reference", published["second"], "out")
    ]
    assert api.get_versions_links(project, [published["second"]])[published["second"]][0]["direction"] == "in"
    api.delete_link(project, made["id"])
    assert api.get_version_links(project, published["first"]) == []


def test_breakdown_links_are_the_trackers_assets(
    gateway: Any, api: ayon_api.ServerAPI, project: str, shot: str
) -> None:
    asset = api.create_folder(project, "tree", folder_type="Asset")
    api.create_link(project, "breakdown", asset, "folder", shot, "folder")
    record = gateway.store.find_one("Shot", project=project, fields=["assets"])
    assert [ref.label for ref in record.assets] == ["tree"]
    assert [item["entityId"] for item in api.get_folder_links(project, shot)] == [asset]


def test_link_types(api: ayon_api.ServerAPI, project: str) -> None:
    api.create_link_type(project, "casting", "folder", "task", {"data": {"color": "#112233"}})
    assert api.get_link_type(project, "casting", "folder", "task")["data"] == {"color": "#112233"}
    api.delete_link_type(project, "casting", "folder", "task")
    assert api.get_link_type(project, "casting", "folder", "task") is None


# ---- events


def test_events_of_what_was_done(api: ayon_api.ServerAPI, project: str, shot: str) -> None:
    api.update_folder(project, shot, status="In progress", attrib={"frameEnd": 1100})
    found = list(api.get_events(project_names=[project]))
    topics = [item["topic"] for item in found]
    assert "entity.folder.created" in topics
    assert "entity.folder.status_changed" in topics
    assert "entity.folder.attrib_changed" in topics
    event = api.get_event(next(item["id"] for item in found if item["topic"] == "entity.folder.status_changed"))
    assert event["summary"]["entityId"] == shot
    assert event["payload"] == {"oldValue": "Not ready", "newValue": "In progress"}


def test_events_that_clients_send(api: ayon_api.ServerAPI, project: str) -> None:
    made = api.dispatch_event(
        "tk.test", project_name=project, description="a test", summary={"a": 1}, payload={"b": [1, 2]}
    )
    id = made if isinstance(made, str) else made.data["id"]
    event = api.get_event(id)
    assert (event["topic"], event["summary"], event["payload"]) == ("tk.test", {"a": 1}, {"b": [1, 2]})
    api.update_event(id, description="changed", status="failed")
    assert api.get_event(id)["status"] == "failed"
    assert [item["id"] for item in api.get_events(topics=["tk.*"], project_names=[project])] == [id]


def test_events_have_no_gaps(gateway: Any, api: ayon_api.ServerAPI, project: str, shot: str) -> None:
    api.dispatch_event("tk.between", project_name=project)
    api.update_folder(project, shot, label="Shot 10")
    query = "query E($after:String){events(first:50,after:$after){edges{cursor node{id topic}}}}"
    seen: list[str] = []
    after = None
    while edges := gateway.graphql(query, after=after)["events"]["edges"]:
        seen += [edge["node"]["id"] for edge in edges]
        after = edges[-1]["cursor"]
    assert len(seen) == len(set(seen))
    last = gateway.graphql("{events(last:2){edges{node{topic}}}}")["events"]["edges"]
    assert [edge["node"]["topic"] for edge in last] == ["entity.folder.label_changed", "tk.between"]
