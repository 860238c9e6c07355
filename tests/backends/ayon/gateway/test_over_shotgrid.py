"""AYON's own client on a ShotGrid site: the AYON gateway → the ShotGrid backend → a ShotGrid gateway → SQLite, over HTTP."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import ayon_api
import pytest
import requests
import stacks

from trackerkit.state import State
from trackerkit.tracker import Tracker
from trackerkit.values import Ref
from trackerkit.web.serve import Server
from trackerkit_ayon.gateway.app import create_app
from trackerkit_ayon.gateway.settings import AyonSettings

LOOSE = "0" * 32
"""The folder of what hangs on the project itself."""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("over")


@pytest.fixture(scope="module")
def site(folder: Path) -> Iterator[Tracker]:
    """A ShotGrid site with a show in it."""
    with stacks.shotgrid(folder) as stack:
        site = stack.tracker
        for code, name in (("wtg", "Waiting to Start"), ("ip", "In Progress"), ("fin", "Final")):
            site.create("Status", name=name, code=code)
        site.create("TaskType", name="Comp", applies_to="Shot")
        site.create("User", name="judge", kind="human", active=True, email="judge@example.com")
        show = site.create("Project", name="show", code="sh").ref
        sequence = site.create("Sequence", name="sq01", project=show).ref
        shot = site.create("Shot", name="sh010", project=show, parent=sequence, status="wtg", frame_start=1001).ref
        asset = site.create("Asset", name="hero", project=show).ref
        task = site.create("Task", name="comp", project=show, parent=shot, type="Comp").ref
        for number in (1, 2, 10):
            site.create("Version", name=f"sh010_comp_v{number:03d}", project=show, parent=shot, task=task)
        for _ in range(2):
            site.create("Version", name="turntable", project=show, parent=asset)
        site.create("Version", name="reel_v007", project=show)
        site.create("Version", name="roto_v001", project=show, parent=task)
        yield site


@contextmanager
def served(site: Tracker, folder: Path, beside: bool = True) -> Iterator[tuple[str, str]]:
    """The address of an AYON gateway over the site, and a key for it; what it keeps stays in the folder."""
    with State.open(folder / "beside.db", password_cost=stacks.CHEAP) as state:
        known = {item.name for item in state.list_keys()}
        _, key = state.add_key(f"judge{len(known) or ''}", kind="script", can_act_as=True)
        with Server(create_app(lambda caller: site, state, AyonSettings(beside=beside))) as server:
            yield server.url, key


@pytest.fixture(scope="module")
def start(site: Tracker, folder: Path) -> Iterator[Callable[[], Any]]:
    """Starts a gateway anew, and AYON's client of it."""
    with ExitStack() as stack:
        running = ExitStack()

        def restart() -> Any:
            running.close()
            url, key = running.enter_context(served(site, folder))
            api = ayon_api.ServerAPI(url, key)
            running.callback(api.close_session)
            return api

        stack.callback(running.close)
        yield restart


@pytest.fixture(scope="module")
def api(start: Callable[[], Any]) -> Any:
    return start()


def paths(api: Any) -> dict[str, Any]:
    return {found["path"]: found for found in api.get_folders("show")}


def created(entity_type: str, id: str, **data: Any) -> dict[str, Any]:
    """A create among operations."""
    return {"type": "create", "entityType": entity_type, "entityId": id, "data": data}


# --- reading ---------------------------------------------------------------------------------------------------------


def test_a_pure_read_writes_nothing_and_sees_a_tree(api: Any, site: Tracker) -> None:
    before = site.backend.last_cursor()
    found = paths(api)
    assert {path: found[path]["folderType"] for path in found} == {
        "/sq01": "Sequence", "/sq01/sh010": "Shot", "/hero": "Asset",
    }  # fmt: skip
    assert found["/sq01/sh010"]["parentId"] == found["/sq01"]["id"]
    tree = {item["name"]: item for item in api.get_folders_hierarchy("show")["hierarchy"]}
    assert [child["name"] for child in tree["sq01"]["children"]] == ["sh010"]
    shot = api.get_folder_by_path("show", "/sq01/sh010")
    assert (shot["id"], shot["attrib"]["frameStart"]) == (found["/sq01/sh010"]["id"], 1001)
    [task] = api.get_tasks("show", folder_ids=[shot["id"]])
    assert (task["name"], task["taskType"], task["folderId"]) == ("comp", "Comp", shot["id"])
    assert [user["name"] for user in api.get_users()] == ["judge"]
    assert api.get_folder_by_id("show", uuid.uuid4().hex) is None
    assert site.backend.last_cursor() == before


def test_versions_lie_in_products_by_their_names(api: Any) -> None:
    found = paths(api)
    products = {item["name"]: item for item in api.get_products("show")}
    assert {name: item["folderId"] for name, item in products.items()} == {
        "sh010_comp": found["/sq01/sh010"]["id"], "turntable": found["/hero"]["id"], "reel": LOOSE,
        "roto": found["/sq01/sh010"]["id"],
    }  # fmt: skip
    numbers = {
        name: sorted(item["version"] for item in api.get_versions("show", product_ids=[product["id"]]))
        for name, product in products.items()
    }
    assert numbers == {"sh010_comp": [1, 2, 10], "turntable": [1, 2], "reel": [7], "roto": [1]}
    comp = products["sh010_comp"]["id"]
    assert api.get_last_versions("show", [comp])[comp]["version"] == 10
    assert api.get_product_by_name("show", "sh010_comp", found["/sq01/sh010"]["id"])["id"] == comp
    of_folder = api.get_products("show", folder_ids=[found["/hero"]["id"]])
    assert [item["name"] for item in of_folder] == ["turntable"]


def test_ids_are_the_same_from_another_gateway(site: Tracker, api: Any, tmp_path: Path) -> None:
    with served(site, tmp_path) as (url, key):
        other = ayon_api.ServerAPI(url, key)
        for read in ("get_folders", "get_products", "get_versions"):
            ids = [[item["id"] for item in getattr(one, read)("show")] for one in (api, other)]
            assert ids[0] == ids[1]
            assert len(set(ids[0])) == len(ids[0]) > 2
        other.close_session()


def test_without_the_switch_the_refusal_names_it(site: Tracker, tmp_path: Path) -> None:
    with served(site, tmp_path, beside=False) as (url, key):
        answer = requests.get(f"{url}/api/projects", headers={"X-Api-Key": key}, timeout=30)
        assert answer.status_code == 501
        assert "--set beside=yes" in answer.json()["detail"]


# --- changing --------------------------------------------------------------------------------------------------------


def test_changes_are_seen_on_the_site(api: Any, site: Tracker) -> None:
    shot = api.get_folder_by_path("show", "/sq01/sh010")
    [task] = api.get_tasks("show")
    api.update_folder("show", shot["id"], status="In Progress", attrib={"frameStart": 990, "frameEnd": 1100})
    api.update_task("show", task["id"], assignees=["judge"])
    seen = site.native.find_one("Shot", [["code", "is", "sh010"]], ["sg_status_list", "sg_cut_in", "sg_cut_out"])
    assert (seen["sg_status_list"], seen["sg_cut_in"], seen["sg_cut_out"]) == ("ip", 990, 1100)
    assert [ref.label for ref in site.find_one("Task", fields=["assignees"]).assignees] == ["judge"]
    assert api.get_folder_by_path("show", "/sq01/sh010")["status"] == "In Progress"


def test_what_is_inactive_is_so_for_ayon_alone(api: Any, site: Tracker) -> None:
    shot = api.get_folder_by_path("show", "/sq01/sh010")["id"]
    api.update_folder("show", shot, active=False)
    assert "/sq01/sh010" not in paths(api)
    assert [item["id"] for item in api.get_folders("show", active=False)] == [shot]
    assert [item["folderId"] for item in api.get_tasks("show")] == [shot]
    assert site.find_one("Shot").name == "sh010"
    api.update_folder("show", shot, active=True)
    assert "/sq01/sh010" in paths(api)


# --- making ----------------------------------------------------------------------------------------------------------


def test_ids_that_a_client_gives_stay(start: Callable[[], Any], site: Tracker) -> None:
    api = start()
    sequence, shot, task = (uuid.uuid4().hex for _ in range(3))
    made = {"sequence": (sequence, "Sequence", None), "shot": (shot, "Shot", sequence)}
    operations = [
        created("folder", id, name=f"new_{name}", folderType=kind, parentId=above)
        for name, (id, kind, above) in made.items()
    ]
    operations.append(created("task", task, name="comp", taskType="Comp", folderId=shot))
    api.send_batch_operations("show", operations)
    native = site.native.find_one("Task", [["entity.Shot.code", "is", "new_shot"]], ["entity.Shot.sg_sequence"])
    assert native["entity.Shot.sg_sequence"]["name"] == "new_sequence"
    api = start()
    found = api.get_folder_by_id("show", shot)
    assert (found["path"], found["parentId"]) == ("/new_sequence/new_shot", sequence)
    assert [item["id"] for item in api.get_tasks("show", folder_ids=[shot])] == [task]
    api.delete_folder("show", sequence, force=True)
    assert not {"/new_sequence", "/new_sequence/new_shot"} & set(paths(api))
    assert not site.native.find("Shot", [["code", "is", "new_shot"]])


def test_a_batch_that_fails_leaves_nothing(start: Callable[[], Any], site: Tracker) -> None:
    api = start()
    shot = uuid.uuid4().hex
    kept = api.create_folder("show", "props", folder_type="Folder")
    operations = [
        created("folder", shot, name="lost", folderType="Shot"),
        {"type": "update", "entityType": "folder", "entityId": shot, "data": {"folderType": "Asset"}},
    ]
    with pytest.raises(ayon_api.exceptions.FailedOperations, match="cannot become"):
        api.send_batch_operations("show", operations)
    assert site.find_one("Shot", [["name", "is", "lost"]]) is None
    assert api.get_folder_by_id("show", shot) is None
    api.delete_folder("show", kept)


def test_products_and_plain_folders_are_kept_beside(start: Callable[[], Any], site: Tracker) -> None:
    api = start()
    assets = api.create_folder("show", "assets", folder_type="Folder")
    car = api.create_folder("show", "car", folder_type="Asset", parent_id=assets)
    product = api.create_product("show", "modelMain", "model", car)
    version = api.create_version("show", 3, product)
    assert api.get_folder_by_id("show", car)["path"] == "/assets/car"
    assert site.find_one("Version", [["name", "is", "modelMain_v003"]], ["parent"]).parent.label == "car"
    project: Ref = site.find_one("Asset", [["name", "is", "car"]], ["parent"]).parent
    assert project.type == "Project"
    # the next one that is published on the site lies in the same product
    show = site.project("show")
    asset = site.find_one("Asset", [["name", "is", "car"]]).ref
    site.create("Version", name="modelMain_v004", project=show, parent=asset)
    api = start()
    found = {item["version"]: item["id"] for item in api.get_versions("show", product_ids=[product])}
    assert found[3] == version
    assert set(found) == {3, 4}
    assert api.get_product_by_id("show", product)["productType"] == "model"
    api.delete_folder("show", assets, force=True)
    assert not site.native.find("Version", [["code", "starts_with", "modelMain"]])
    assert api.get_product_by_id("show", product) is None


def test_a_product_that_is_renamed_keeps_its_versions(start: Callable[[], Any]) -> None:
    api = start()
    [reel] = [item for item in api.get_products("show") if item["name"] == "reel"]
    api.update_product("show", reel["id"], name="sizzle")
    [found] = [item for item in api.get_products("show") if item["id"] == reel["id"]]
    assert found["name"] == "sizzle"
    assert [item["version"] for item in api.get_versions("show", product_ids=[reel["id"]])] == [7]


def test_statuses_that_the_site_does_not_take_are_kept(start: Callable[[], Any], site: Tracker) -> None:
    api = start()
    hero = api.get_folder_by_path("show", "/hero")["id"]
    project = api.get_rest_project("show")
    api.patch("projects/show", statuses=[*project["statuses"], {"name": "Omitted", "shortName": "OMT"}])
    api.update_folder("show", hero, status="Omitted")
    assert paths(api)["/hero"]["status"] == "Omitted"
    assert [item["name"] for item in api.get_folders("show", statuses=["Omitted"])] == ["hero"]
    assert not list(site.find("Status", [["name", "is", "Omitted"]]))
    site.update(site.find_one("Asset", [["name", "is", "hero"]]), status="fin")
    assert paths(api)["/hero"]["status"] == "Final"


def test_comments_pictures_and_links(start: Callable[[], Any], site: Tracker, tmp_path: Path) -> None:
    api = start()
    shot, hero = (paths(api)[path]["id"] for path in ("/sq01/sh010", "/hero"))
    api.create_activity("show", shot, "folder", "comment", body="too dark")
    assert site.native.find_one("Note", [], ["content"])["content"] == "too dark"
    api.create_link("show", "breakdown", hero, "folder", shot, "folder")
    assert [ref.label for ref in site.find_one("Shot", [["name", "is", "sh010"]], ["assets"]).assets] == ["hero"]
    with pytest.raises(ayon_api.exceptions.HTTPRequestError, match="kept beside the tracker"):
        api.create_activity("show", next(api.get_products("show"))["id"], "product", "comment", body="no")


def test_a_project_of_ayons_leaves_the_site_its_definitions(start: Callable[[], Any], site: Tracker) -> None:
    before = [[item.name for item in site.find(name, fields=["name"])] for name in ("Status", "TaskType")]
    api = start()
    api.create_project("other", "ot")
    shot = api.create_folder("other", "sh1", folder_type="Shot", status="In progress")
    task = api.create_task("other", "rig", "Rigging", shot)
    assert [[item.name for item in site.find(name, fields=["name"])] for name in ("Status", "TaskType")] == before
    native = site.native.find_one("Shot", [["code", "is", "sh1"]], ["sg_status_list"])
    assert native["sg_status_list"] == "ip"
    found = api.get_task_by_id("other", task)
    assert (found["taskType"], found["status"]) == ("Rigging", "Not ready")
    assert [item["id"] for item in api.get_tasks("other", task_types=["Rigging"], statuses=["Not ready"])] == [task]
    api.update_task("other", task, label="The rig")
    assert api.get_task_by_id("other", task)["label"] == "The rig"
    assert site.find_one("Task", [["name", "is", "rig"]]).name == "rig"
    topics = [event["topic"] for event in api.get_events(project_names=["other"])]
    assert {"entity.folder.created", "entity.task.created"} <= set(topics)
    api.delete_project("other")
    assert [item["name"] for item in api.get_projects()] == ["show"]
