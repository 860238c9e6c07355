"""Files on shared disks: paths under LocalStorages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import shotgun_api3

from trackerkit.testing.double import double

Entity = dict[str, Any]


@pytest.fixture(scope="module")
def sg() -> Iterator[Any]:
    """The official client, at a site with two storages, one inside the other."""
    with double("shotgrid", sample=False) as site:
        made = shotgun_api3.Shotgun(site.url, site.script_name, site.api_key)
        made.create("LocalStorage", {"code": "shows", "linux_path": "/mnt/shows", "windows_path": "S:\\shows"})
        made.create(
            "LocalStorage", {"code": "kestrel", "linux_path": "/mnt/shows/kestrel/", "mac_path": "/Volumes/kestrel"}
        )
        yield made
        made.close()


@pytest.fixture(scope="module")
def project(sg: Any) -> Entity:
    made = sg.create("Project", {"name": "Kestrel"})
    return {"type": "Project", "id": made["id"]}


def published(sg: Any, project: Entity, path: Any) -> Any:
    made = sg.create("PublishedFile", {"code": "comp", "project": project, "path": path})
    return sg._call_rpc(
        "read",
        {"type": "PublishedFile", "return_fields": ["path"], "return_only": "active",
         "filters": {"logical_operator": "and", "conditions": [{"path": "id", "relation": "is", "values": [made["id"]]}]},
         "paging": {"current_page": 1, "entities_per_page": 1}},
    )["entities"][0]["path"]  # fmt: skip


def test_the_deepest_storage_above_a_path_has_it(sg: Any, project: Entity) -> None:
    found = published(sg, project, {"local_path": "/mnt/shows/kestrel/sh010/comp.0001.exr"})
    assert found["local_storage"]["name"] == "kestrel"
    assert found["local_storage"]["type"] == "LocalStorage"
    assert {name: found[name] for name in found if name != "local_storage"} == {
        "link_type": "local", "name": "comp.0001.exr", "relative_path": "sh010/comp.0001.exr", "content_type": None,
        "local_path_linux": "/mnt/shows/kestrel/sh010/comp.0001.exr",
        "local_path_mac": "/Volumes/kestrel/sh010/comp.0001.exr", "local_path_windows": None,
    } | {"content_type": found["content_type"]}  # fmt: skip


def test_a_path_of_any_platform_is_found(sg: Any, project: Entity) -> None:
    found = published(sg, project, {"local_path": "S:\\shows\\heron\\plate.mov"})
    assert found["local_storage"]["name"] == "shows"
    assert found["local_path_linux"] == "/mnt/shows/heron/plate.mov"
    assert found["local_path_windows"] == "S:\\shows\\heron\\plate.mov"
    assert found["content_type"] == "video/quicktime"


def test_a_storage_and_a_relative_path(sg: Any, project: Entity) -> None:
    storage = sg.find_one("LocalStorage", [["code", "is", "kestrel"]])
    for given in (storage, {"type": "LocalStorage", "name": "kestrel"}):
        found = published(sg, project, {"relative_path": "sh020/a.ma", "local_storage": given})
        assert found["local_path_mac"] == "/Volumes/kestrel/sh020/a.ma"


def test_the_client_knows_where_the_file_is(sg: Any, project: Entity) -> None:
    path = "/mnt/shows/kestrel/sh030/a b.ma"
    made = sg.create("PublishedFile", {"code": "scene", "project": project, "path": {"local_path": path}}, ["path"])
    assert made["path"]["local_path"] == path


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"local_path": "/home/me/a.ma"}, "Path .*/home/me/a.ma.* doesn't match any defined Local Storage"),
        ({"local_path": "/mnt/showsx/a.ma"}, "doesn't match any defined Local Storage"),
        ({"local_path": 3}, "doesn't match any defined Local Storage"),
        ({"relative_path": "a.ma", "local_storage": {"type": "LocalStorage", "id": 10**6}}, "no Local Storage"),
        ({"relative_path": "a.ma", "local_storage": 3}, "no Local Storage"),
        ({}, "invalid/missing url hash"),
    ],
)
def test_a_path_under_no_storage_is_refused(sg: Any, project: Entity, value: Any, text: str) -> None:
    with pytest.raises(shotgun_api3.Fault, match=text):
        published(sg, project, value)
