"""Every folder of a project: by the server's flat list where it will do, joined with what the list does not hold."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ayon_pair import Recorder, said

from trackerkit.testing.loopback import Incoming, Reply
from trackerkit_ayon.server_api import ServerAPI, flatfolders
from trackerkit_ayon.server_api import exceptions as errors

ATTRIBUTES = [
    {"name": "fps", "scope": ["project", "folder"], "data": {"type": "float", "inherit": True, "default": 25.0}},
    {"name": "note", "scope": ["project", "folder"], "data": {"type": "string", "inherit": False}},
    {"name": "due", "scope": ["folder"], "data": {"type": "datetime", "inherit": True}},
]
DEFAULTS = {
    "id", "name", "label", "folderType", "path", "parentId", "status", "tags", "active", "data", "thumbnailId", "allAttrib",
    "attrib",
}  # fmt: skip
"""The keys of a folder that is asked for without naming fields."""


class Folders:
    """A project of so many folders: a flat list, and GraphQL's pages. Every tenth is retired, some have data.

    Args:
        count: how many.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self.unlisted: set[int] = set()
        self.gone: set[int] = set()
        self.list_reply: Reply | None = None
        self.selected: list[str] = []
        self.listed = 0

    def __call__(self, incoming: Incoming) -> Any:
        if incoming.path == "/api/attributes":
            return {"attributes": ATTRIBUTES}
        if incoming.path == "/api/projects/p/folders":
            self.listed += 1
            numbers = [number for number in reversed(range(self.count)) if number not in self.unlisted]
            return self.list_reply or {"folders": [self.item(number) for number in numbers]}
        sent = json.loads(incoming.body)
        self.selected.append(sent["query"].split("node{")[1].split("}")[0])
        return {"data": {"project": {"name": "p", "folders": self.page(**sent["variables"])}}}

    def page(
        self, first: int, after: str | None, project: str, ids: list[str] | None = None, filter: str | None = None
    ) -> dict[str, Any]:
        rows = [number for number in range(self.count) if number not in self.gone]
        rows = [number for number in rows if ids is None or f"{number:032x}" in ids]
        rows = [number for number in rows if filter is None or number % 10 == 3]
        start = int(after or 0)
        edges = [{"node": self.node(number)} for number in rows if number >= start][:first]
        end = str(int(edges[-1]["node"]["id"], 16) + 1) if edges else None
        names = self.selected[-1].split()
        shown = [{"node": {name: edge["node"][name] for name in names}} for edge in edges]
        return {"edges": shown, "pageInfo": {"hasNextPage": len(edges) >= first, "endCursor": end}}

    def item(self, number: int) -> dict[str, Any]:
        """A folder as the list has it: with what its parent says of itself alone."""
        own = {"note": "mine"} if number % 2 else {}
        return {
            "id": f"{number:032x}", "name": f"n{number}", "label": None, "folderType": "Shot", "parentId": None,
            "path": f"n{number}", "parents": [], "status": "In progress", "tags": ["a"], "taskNames": [],
            "createdAt": f"2026-01-01T00:{number // 60:02}:{number % 60:02}+00:00", "updatedAt": "2026-01-01T00:00:00+00:00",
            "attrib": {"note": "of the parent", "due": "2026-01-02T00:00:00Z"} | own, "ownAttrib": [*own],
        }  # fmt: skip

    def node(self, number: int) -> dict[str, Any]:
        """The same as GraphQL has it."""
        item = self.item(number)
        attributes = {"fps": 25.0, "due": "2026-01-02T00:00:00+00:00"} | ({"note": "mine"} if number % 2 else {})
        return item | {
            "path": f"/n{number}", "active": number % 10 != 3, "thumbnailId": "t" if number == 5 else None,
            "data": json.dumps({"x": number}) if number % 4 == 0 else None, "allAttrib": json.dumps(attributes),
            "createdBy": "ann",
        }  # fmt: skip


def rows(api: ServerAPI, **parts: Any) -> list[dict[str, Any]]:
    """What is found, with the text of the attributes read: the order inside of it is free."""
    found = list(api.get_folders("p", **parts))
    for row in found:
        if "allAttrib" in row:
            row["allAttrib"] = json.loads(row["allAttrib"])
    return found


def in_pages(api: ServerAPI, monkeypatch: pytest.MonkeyPatch, **parts: Any) -> list[dict[str, Any]]:
    """The same, without the list."""
    with monkeypatch.context() as patch:
        patch.setattr(flatfolders, "SINCE", (99, 0, 0))
        return rows(api, **parts)


@pytest.mark.parametrize("active", [True, False, None])
@pytest.mark.parametrize(
    "fields", [None, ["name", "attrib"], ["id", "allAttrib", "data"], ["name", "path"], ["id", "attrib", "createdBy"]]
)
def test_the_rows_are_those_of_the_pages(
    server: Recorder, api: ServerAPI, monkeypatch: pytest.MonkeyPatch, active: bool | None, fields: Any
) -> None:
    server.reply = folders = Folders(2_345)
    found = rows(api, active=active, fields=fields)
    assert folders.listed == 1
    assert found == in_pages(api, monkeypatch, active=active, fields=fields)
    assert len(found) == {True: 2_110, False: 235, None: 2_345}[active]
    if fields is None:
        assert found[0].keys() == DEFAULTS


def test_what_the_list_holds_is_not_asked_for_twice(server: Recorder, api: ServerAPI) -> None:
    server.reply = folders = Folders(20)
    rows(api)
    assert folders.selected == ["active data id thumbnailId"]


def test_own_attributes(server: Recorder, api: ServerAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    server.reply = Folders(20)
    found = rows(api, own_attributes=True)
    assert found == in_pages(api, monkeypatch, own_attributes=True)
    assert [row["own_attributes"]["note"] for row in found[1:2]] == ["mine"]


def test_a_folder_that_the_list_does_not_know_yet_is_asked_for(
    server: Recorder, api: ServerAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.reply = folders = Folders(1_200)
    folders.unlisted = {7, 1_111}
    found = rows(api)
    assert found == in_pages(api, monkeypatch)
    assert {"n7", "n1111"} <= {row["name"] for row in found}


def test_a_folder_that_is_gone_is_not_given(server: Recorder, api: ServerAPI) -> None:
    server.reply = folders = Folders(30)
    folders.gone = {4}
    assert "n4" not in {row["name"] for row in rows(api)}


def test_a_list_that_is_too_long_is_let_go_once(
    server: Recorder, api: ServerAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flatfolders, "LARGEST_LIST", 10_000)
    server.reply = folders = Folders(200)
    assert len(rows(api)) == len(rows(api)) == 180
    assert folders.listed == 1


@pytest.mark.parametrize(
    "reply",
    [
        said({"detail": "guests see none", "folders": []}), said({"code": 403}, 403), said([1]), said({"folders": None}),
        Reply(200, b'{"folders": [', {"Content-Type": "application/json", "Content-Length": "500"}),
    ],
    ids=["a guest's", "refused", "another shape", "nothing", "cut"],
)  # fmt: skip
def test_without_a_list_the_folders_come_in_pages(server: Recorder, api: ServerAPI, reply: Reply) -> None:
    server.reply = folders = Folders(25)
    folders.list_reply = reply
    assert len(rows(api)) == 22
    assert len(rows(api, active=None, fields=["name"])) == 25


def test_what_is_wrong_is_said(server: Recorder, api: ServerAPI) -> None:
    server.reply = lambda incoming: {"attributes": []} if "attributes" in incoming.path else said({"code": 403}, 403)
    with pytest.raises(errors.HTTPRequestError):
        rows(api)
    with pytest.raises(errors.HTTPRequestError):
        rows(api, fields=["name"])
