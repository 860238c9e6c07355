"""The gateway over trackers that are not the embedded store."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ayon_api
import pytest
import requests
import stacks

from trackerkit.state import State
from trackerkit.tracker import Tracker
from trackerkit.web.serve import Server
from trackerkit_ayon.gateway.app import create_app


@contextmanager
def served(tracker: Tracker, folder: Path) -> Iterator[tuple[str, str]]:
    """The address of a gateway over a tracker, and a key for it."""
    with State.open(folder / "gateway.db", password_cost=stacks.CHEAP) as state:
        _, key = state.add_key("service", kind="script")
        with Server(create_app(lambda caller: tracker, state)) as server:
            yield server.url, key


STACKS = {"memory": lambda folder: stacks.memory(), "an AYON server": stacks.ayon}


@pytest.mark.parametrize("name", STACKS)
def test_over(name: str, tmp_path: Path) -> None:
    with STACKS[name](tmp_path) as stack, served(stack.tracker, tmp_path) as (url, key):
        api = ayon_api.ServerAPI(url, key)
        api.create_project("show", "sh")
        sequence = api.create_folder("show", "sq01", folder_type="Sequence")
        shot = api.create_folder("show", "sh010", folder_type="Shot", parent_id=sequence, attrib={"frameStart": 993})
        api.create_task("show", "comp", "Compositing", shot)
        product = api.create_product("show", "renderMain", "render", shot)
        version = api.create_version("show", 1, product)
        found = api.get_folder_by_path("show", "/sq01/sh010")
        assert (found["id"], found["attrib"]["frameStart"], found["status"]) == (shot, 993, "Not ready")
        assert [item["id"] for item in api.get_versions("show", product_ids=[product])] == [version]
        assert [item["folderId"] for item in api.get_tasks("show")] == [shot]
        topics = [event["topic"] for event in api.get_events()]
        assert topics.count("entity.folder.created") == 2
        record = stack.tracker.find_one("Shot", fields=["name", "frame_start", "parent"])
        assert (record.name, record.frame_start, record.parent.label) == ("sh010", 993, "sq01")
        api.close_session()


def asked(url: str, key: str, text: str) -> Any:
    """What a project's field answers."""
    query = {"query": f'{{project(name: "show") {{{text}}}}}'}
    said = requests.post(f"{url}/graphql", json=query, headers={"X-Api-Key": key}, timeout=60).json()
    assert "errors" not in said, said
    return said["data"]["project"]


@pytest.mark.parametrize("name", STACKS)
def test_every_record_once_in_pages(name: str, tmp_path: Path) -> None:
    with STACKS[name](tmp_path) as stack, served(stack.tracker, tmp_path) as (url, key):
        api = ayon_api.ServerAPI(url, key)
        api.create_project("show", "sh")
        made = [uuid.uuid4().hex for _ in range(11)]
        data = [{"name": f"sh{at}", "folderType": "Shot"} for at in range(11)]
        operations = [
            {"type": "create", "entityType": "folder", "entityId": id, "data": item}
            for id, item in zip(made, data, strict=True)
        ]
        api.send_batch_operations("show", operations)
        for count, cursor in (("first", "after"), ("last", "before")):
            found, at = [], ""
            for _ in range(9):
                said = f"{count}: 3" + (f', {cursor}: "{at}"' if at else "")
                page = asked(url, key, f"folders({said}) {{edges {{node {{id}}}} pageInfo {{endCursor}}}}")["folders"]
                found += [edge["node"]["id"] for edge in page["edges"]]
                at = page["pageInfo"]["endCursor"]
                if len(page["edges"]) < 3:
                    break
            assert sorted(found) == sorted(made)
        api.close_session()


@pytest.mark.parametrize("name", STACKS)
def test_links_and_what_is_done(name: str, tmp_path: Path) -> None:
    with STACKS[name](tmp_path) as stack, served(stack.tracker, tmp_path) as (url, key):
        api = ayon_api.ServerAPI(url, key)
        api.create_project("show", "sh")
        tree, shot = (
            api.create_folder("show", item, folder_type=kind) for item, kind in (("a", "Asset"), ("b", "Shot"))
        )
        api.create_link("show", "breakdown", tree, "folder", shot, "folder")
        found = asked(url, key, f'folder(id: "{shot}") {{links {{edges {{linkType direction node {{id}}}}}}}}')
        assert found["folder"]["links"]["edges"] == [{"linkType": "breakdown", "direction": "in", "node": {"id": tree}}]
        product = api.create_product("show", "renderMain", "render", shot)
        done = api.create_version("show", 1, product, status="Approved")
        api.create_version("show", 2, product, status="In progress")
        api.create_task("show", "comp", "Compositing", shot)
        shown = asked(url, key, 'versions(featuredOnly: ["latestDone"]) {edges {node {id isLatestDone}}}')
        assert [edge["node"] for edge in shown["versions"]["edges"]] == [{"id": done, "isLatestDone": True}]
        task = api.create_task("show", "anim", "Animation", shot)
        later = api.create_version("show", 3, product, task_id=task)
        api.create_representation("show", "exr", later, files=[], attrib={"path": "/x.exr"})
        said = api.create_activity("show", later, "version", "comment", body="Nice")
        api.update_activity("show", said, body="Nicer")
        found = list(api.get_activities("show", activity_types=["comment"]))
        assert [(item["activityId"], item["body"]) for item in found] == [(said, "Nicer")]
        shown = asked(url, key, 'tasks(taskTypes: ["Nothing", "Compositing"]) {edges {node {name}}}')
        assert [edge["node"]["name"] for edge in shown["tasks"]["edges"]] == ["comp"]
        api.close_session()


def test_what_lacks_products_is_refused_in_words(tmp_path: Path) -> None:
    with stacks.shotgrid(tmp_path) as stack, served(stack.tracker, tmp_path) as (url, key):
        answer = requests.get(f"{url}/api/projects", headers={"X-Api-Key": key}, timeout=30)
        assert answer.status_code == 501
        assert answer.json()["detail"].startswith("AYON is not served over this tracker: it has no ")
        assert requests.get(f"{url}/api/info", timeout=30).status_code == 200


@pytest.mark.parametrize("name", ["x-api-key", "authorization"])
def test_strangers_are_told_nothing_of_the_tracker(tmp_path: Path, name: str) -> None:
    with stacks.memory() as stack, served(stack.tracker, tmp_path) as (url, _):
        for path in ("/api/projects", "/api/projects/show", "/api/attributes", "/api/users", "/api/events/x"):
            answer = requests.get(url + path, headers={name: "Bearer wrong"}, timeout=30)
            assert answer.status_code == 401
            assert set(answer.json()) <= {"code", "detail", "traceback"}
