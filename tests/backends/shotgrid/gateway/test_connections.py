"""Connection records through the official client: the order of a playlist above all, and what tasks wait for."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from shotgun_api3 import Fault

import trackerkit
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker
from trackerkit_shotgrid.gateway.standard import prepare

CONNECTION = "PlaylistVersionConnection"
BY_ORDER = [{"field_name": "sg_sort_order", "direction": "asc"}]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> tuple[MemoryBackend, Path]:
    """A tracker in memory and a store, with all that a new site has: made once, copied for each test."""
    backend, path = MemoryBackend(), tmp_path_factory.mktemp("prepared") / "show.db"
    prepare(Tracker(backend))
    with trackerkit.connect(f"sqlite:///{path}?synchronous=off") as store:
        prepare(store)
    return backend, path


@pytest.fixture(params=["memory", "sqlite"])
def tracker(request: pytest.FixtureRequest, prepared: tuple[MemoryBackend, Path], tmp_path: Path) -> Iterator[Tracker]:
    """A fresh one of them."""
    if request.param == "memory":
        yield Tracker(prepared[0].copy())
        return
    shutil.copy(prepared[1], tmp_path / "show.db")
    with trackerkit.connect(f"sqlite:///{tmp_path / 'show.db'}?synchronous=normal") as made:
        yield made


@pytest.fixture
def versions(sg: Any, project: dict[str, Any]) -> list[dict[str, Any]]:
    return [sg.create("Version", {"code": code, "project": project}) for code in "abc"]


@pytest.fixture
def playlist(sg: Any, project: dict[str, Any], versions: list[dict[str, Any]]) -> dict[str, Any]:
    return dict(sg.create("Playlist", {"code": "dailies", "project": project, "versions": versions}))


def rows(sg: Any, playlist: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    fields = ["version", "sg_sort_order", "version.Version.code", "playlist"]
    return list(sg.find(CONNECTION, [["playlist", "is", playlist]], fields, **more))


def test_every_version_of_a_playlist_has_a_row(
    sg: Any, playlist: dict[str, Any], versions: list[dict[str, Any]]
) -> None:
    found = rows(sg, playlist)
    assert [row["version"]["id"] for row in found] == [version["id"] for version in versions]
    assert [row["version.Version.code"] for row in found] == ["a", "b", "c"]
    assert {row["sg_sort_order"] for row in found} == {None}
    assert {row["playlist"]["id"] for row in found} == {playlist["id"]}
    assert [row["id"] for row in rows(sg, playlist)] == [row["id"] for row in found]  # the same for ever
    one = sg.find(CONNECTION, [["version.Version.code", "is", "b"]])
    assert [row["id"] for row in one] == [found[1]["id"]]
    assert (
        sg.summarize(CONNECTION, [["playlist", "is", playlist]], [{"field": "id", "type": "count"}])["summaries"]["id"]
        == 3
    )


def test_the_order_of_the_rows_is_the_playlists(sg: Any, site: Any, playlist: dict[str, Any]) -> None:
    found = rows(sg, playlist)
    ranks = dict(zip((row["id"] for row in found), (30, 10, 20), strict=True))
    sg.batch(
        [
            {"request_type": "update", "entity_type": CONNECTION, "entity_id": id, "data": {"sg_sort_order": rank}}
            for id, rank in ranks.items()
        ]
    )
    assert [row["version.Version.code"] for row in rows(sg, playlist, order=BY_ORDER)] == ["b", "c", "a"]
    told = sg.find_one("Playlist", [["id", "is", playlist["id"]]], ["versions"])["versions"]
    assert [version["name"] for version in told] == ["b", "c", "a"]
    items = site.tracker.get(site.ref(playlist), fields=["items"])["items"]
    assert [ref.label for ref in items] == ["b", "c", "a"]


def test_rows_follow_the_field_whoever_writes_it(
    sg: Any, site: Any, playlist: dict[str, Any], versions: list[dict[str, Any]]
) -> None:
    first = rows(sg, playlist)
    sg.update(CONNECTION, first[1]["id"], {"sg_sort_order": 7})
    site.tracker.update(site.ref(playlist), items=[site.ref(versions[1]), site.ref(versions[2])])
    found = rows(sg, playlist)
    assert [(row["id"], row["sg_sort_order"]) for row in found] == [(first[1]["id"], 7), (first[2]["id"], None)]
    # Taken out and put in again, it is a row of its own.
    sg.update("Playlist", playlist["id"], {"versions": [versions[1]]}, multi_entity_update_modes={"versions": "remove"})
    sg.update("Version", versions[1]["id"], {"playlists": [playlist]}, multi_entity_update_modes={"playlists": "add"})
    again = [row for row in rows(sg, playlist) if row["version"]["id"] == versions[1]["id"]]
    assert [row["sg_sort_order"] for row in again] == [None]
    assert again[0]["id"] != first[1]["id"]


def test_a_row_made_and_deleted_is_a_link(
    sg: Any, playlist: dict[str, Any], versions: list[dict[str, Any]], project: dict[str, Any]
) -> None:
    more = sg.create("Version", {"code": "d", "project": project})
    made = sg.create(CONNECTION, {"playlist": playlist, "version": more, "sg_sort_order": 1})
    assert [row["version.Version.code"] for row in rows(sg, playlist, order=BY_ORDER)][-1] == "d"

    def codes() -> list[str]:
        told = sg.find_one("Playlist", [["id", "is", playlist["id"]]], ["versions"])["versions"]
        return [version["name"] for version in told]

    assert codes() == ["d", "a", "b", "c"]  # what has an order comes before what has none
    with pytest.raises(Fault) as caught:
        sg.create(CONNECTION, {"playlist": playlist, "version": more})
    assert "There is already a connection between the entities." in str(caught.value)
    with pytest.raises(Fault, match="editable on create only"):
        sg.update(CONNECTION, made["id"], {"version": versions[0]})
    assert sg.delete(CONNECTION, made["id"]) is True
    assert codes() == ["a", "b", "c"]
    assert sg.revive(CONNECTION, made["id"]) is True
    assert codes() == ["a", "b", "c", "d"]
    assert len(rows(sg, playlist)) == 4


def test_rows_of_what_is_in_the_trash_are_not_told(
    sg: Any, playlist: dict[str, Any], versions: list[dict[str, Any]]
) -> None:
    before = [row["id"] for row in rows(sg, playlist)]
    sg.delete("Version", versions[0]["id"])
    assert [row["id"] for row in rows(sg, playlist)] == before[1:]
    sg.revive("Version", versions[0]["id"])
    assert [row["id"] for row in rows(sg, playlist)] == before


def test_what_a_task_waits_for(sg: Any, project: dict[str, Any]) -> None:
    up, down = (sg.create("Task", {"content": name, "project": project}) for name in ("up", "down"))
    made = sg.create("TaskDependency", {"task": down, "dependent_task": up}, ["dependency_type", "offset_days"])
    assert (made["dependency_type"], made["offset_days"]) == ("finish-to-start-next-day", None)
    assert sg.find_one("Task", [["id", "is", down["id"]]], ["upstream_tasks"])["upstream_tasks"][0]["id"] == up["id"]
    for values, text in (
        ({"task": down, "dependent_task": up}, "already a connection"),
        ({"task": up, "dependent_task": down}, "causes a loop"),
        ({"task": up, "dependent_task": up}, "causes a loop"),
        (
            {"task": up, "dependent_task": down, "dependency_type": "zz"},
            "'zz' is invalid, accepted values are finish-to-start",
        ),
    ):
        with pytest.raises(Fault, match=text):
            sg.create("TaskDependency", values)
    sg.update("TaskDependency", made["id"], {"dependency_type": "start-to-start", "offset_days": 2})
    third = sg.create("Task", {"content": "third", "project": project, "upstream_tasks": [down]})
    with pytest.raises(Fault, match="causes a loop"):
        sg.create("TaskDependency", {"task": up, "dependent_task": third})
    assert [len(sg.find("TaskDependency", [["offset_days", "is", value]])) for value in (None, 0, 2)] == [1, 0, 1]
    found = sg.find("TaskDependency", [], ["task", "dependent_task", "dependency_type"])
    assert [(row["task"]["id"], row["dependent_task"]["id"], row["dependency_type"]) for row in found] == [
        (down["id"], up["id"], "start-to-start"), (third["id"], down["id"], "finish-to-start-next-day"),
    ]  # fmt: skip


def test_no_task_waits_for_itself(sg: Any, project: dict[str, Any]) -> None:
    a, b, c = (sg.create("Task", {"content": name, "project": project}) for name in "abc")
    sg.update("Task", b["id"], {"upstream_tasks": [a]})
    for number, fields, modes in (
        (a["id"], {"upstream_tasks": [a]}, None),
        (a["id"], {"upstream_tasks": [b]}, {"upstream_tasks": "add"}),
        (b["id"], {"downstream_tasks": [a]}, None),
    ):
        with pytest.raises(Fault, match="causes a loop"):
            sg.update("Task", number, fields, multi_entity_update_modes=modes)
    dependency = {"request_type": "create", "entity_type": "TaskDependency"}
    first = {**dependency, "data": {"task": c, "dependent_task": b}}
    with pytest.raises(Fault, match=r"index 1 failed.*\n.*causes a loop"):
        sg.batch([first, {**dependency, "data": {"task": a, "dependent_task": c}}])
    assert len(sg.find("TaskDependency", [])) == 1
    swap = [{"request_type": "update", "entity_type": "Task", "entity_id": task["id"], "data": {"upstream_tasks": given}}
            for task, given in ((b, []), (a, [b]))]  # fmt: skip
    sg.batch(swap)
    assert sg.find_one("Task", [["content", "is", "a"]], ["upstream_tasks"])["upstream_tasks"][0]["id"] == b["id"]


def test_what_stands_in_a_shot(sg: Any, project: dict[str, Any]) -> None:
    hero = sg.create("Asset", {"code": "hero", "project": project})
    shot = sg.create("Shot", {"code": "s", "project": project, "assets": [hero]})
    (row,) = sg.find("AssetShotConnection", [["shot", "is", shot]], ["asset"])
    assert row["asset"]["id"] == hero["id"]
    with pytest.raises(Fault, match="already a connection"):
        sg.create("AssetShotConnection", {"shot": shot, "asset": hero})
