"""Rows of a listing: every way to read a node gives the same values."""

from __future__ import annotations

import copy
import json
import sys
from typing import Any

import pytest

from trackerkit.schema import Schema
from trackerkit_ayon.compile.documents import selection
from trackerkit_ayon.mapping.codecs import Context
from trackerkit_ayon.mapping.listed import Listed
from trackerkit_ayon.mapping.rows import Rows, normal
from trackerkit_ayon.mapping.structs import as_dict, keys_of, page_decoder

AT = "2026-01-02T03:04:05.000006+00:00"
FOLDER = {"id": "b" * 32, "name": "sq010", "label": None, "folderType": "Sequence", "active": True}
TASK = {"id": "c" * 32, "name": "comp", "label": "Comp", "active": True}
PRODUCT = {"id": "d" * 32, "name": "renderMain", "active": True, "folder": FOLDER}
VERSION = {"id": "e" * 32, "name": "v003", "version": 3, "active": True, "product": PRODUCT, "task": None}
ACTIVITY = {"author": "ann", "trackerkit_links": ["folder:" + "b" * 32], "files": [], "trackerkit_note": "f" * 32}
NODE: dict[str, Any] = {
    "id": "a" * 32, "name": "sh010", "label": None, "status": "On hold", "tags": ["hero"], "active": True, "path": "/sh010",
    "thumbnailId": "9" * 32, "createdAt": AT, "updatedAt": "2026-01-02T03:04:05Z", "createdBy": "ann", "updatedBy": None,
    "ownAttrib": ["frameStart"], "allAttrib": json.dumps({"frameStart": 5, "frameEnd": 9, "fps": 24, "startDate": AT}),
    "data": json.dumps({"trackerkit_category": "x", "trackerkit_duration": 90.0, "more": 1, "trackerkit_name": "kept_v003"}),
    "folderType": "Shot", "parentId": FOLDER["id"], "parent": FOLDER, "folderId": FOLDER["id"], "folder": FOLDER,
    "taskType": "Animation", "assignees": ["ann", "ben"], "productType": "render", "productBaseType": "render",
    "productId": PRODUCT["id"], "product": PRODUCT, "taskId": TASK["id"], "task": TASK, "author": "ann", "version": 3,
    "versionId": VERSION["id"], "files": [{"id": "1", "name": "a.exr", "path": "/a.exr", "size": 5, "hash": "ff",
    "hashType": "md5"}], "entityType": "version", "activityId": "a" * 32, "activityType": "comment", "entityId": "b" * 32,
    "body": "please", "activityData": json.dumps(ACTIVITY),
}  # fmt: skip
PLAIN = ("Folder", "Task", "Product", "Version", "File", "Playlist", "Note", "Reply", "Reviewable")


def node_of(type_name: str, names: list[str]) -> tuple[str, dict[str, Any]]:
    """The selection of some fields, and a node as the server would send it."""
    selected = selection(type_name, names)
    made = {key: copy.deepcopy(NODE[key]) for key in keys_of(selected)}
    if type_name == "File":
        made.update({"version": VERSION} if "version" in made else {})
    return selected, made


@pytest.fixture(params=PLAIN)
def case(
    request: pytest.FixtureRequest, schema: Schema, context: Context
) -> tuple[Rows, list[Any], str, dict[str, Any]]:
    kind = schema.type(request.param)
    rows = Rows(kind, context)
    fields = [item for item in (*kind.fields.values(), *kind.raw.values()) if item.is_stored]
    items = [item for item in fields if item.name in rows.places or item.name in ("type", "project")]
    items = [item for item in items if item.name not in rows.places or not rows.places[item.name].is_link]
    selected, node = node_of(
        request.param, [item.native or item.name if item in kind.raw.values() else item.name for item in items]
    )
    return rows, items, selected, node


def test_a_listing_reads_what_a_record_reads(case: tuple[Rows, list[Any], str, dict[str, Any]]) -> None:
    rows, items, selected, node = case
    plain = normal(copy.deepcopy(node))
    wanted = {item.name: rows.getter(item)(plain) for item in items if _is_held(rows, item, plain)}
    items = [item for item in items if item.name in wanted]
    decode = page_decoder(selected)
    assert decode is not None
    page = {"edges": [{"node": node}], "pageInfo": {"hasNextPage": False, "endCursor": None}}
    struct = decode(json.dumps({"data": {"project": {"name": "big_buck", "page": page}}}).encode()).data.project.page
    for given, is_struct in ((copy.deepcopy(node), False), (struct.edges[0].node, True)):
        listed = Listed(rows, items, is_struct)
        for _ in range(2):
            assert {item.name: get(given) for item, get in zip(items, listed.getters, strict=True)} == wanted
        assert listed.ref(given) == rows.ref(plain)
        assert listed.ref(given).label == rows.ref(plain).label


def _is_held(rows: Rows, item: Any, node: dict[str, Any]) -> bool:
    """True for what the node of this test has a key for."""
    try:
        rows.getter(item)(node)
    except KeyError:
        return False
    return True


def test_most_fields_are_compared(schema: Schema, context: Context) -> None:
    kind = schema.type("Folder")
    rows = Rows(kind, context)
    _, node = node_of("Folder", list(kind.fields))
    held = [name for name, item in kind.fields.items() if item.is_stored and _is_held(rows, item, normal(node))]
    assert len(held) > 25


def test_keys_of_a_selection() -> None:
    assert keys_of("id name folder{id product{name} label} data id") == ("id", "name", "folder", "data")
    assert keys_of("id ... on FolderNode{label}") == ()
    assert keys_of("id node{id ... on FolderNode{label}}") == ("id", "node")


def test_an_answer_of_another_form_is_not_read() -> None:
    decode = page_decoder("id name")
    assert decode is not None
    for answer in (b'{"data": null, "errors": [{"message": "x"}]}', b'{"data": {"project": null}}', b"<html>", b"{}"):
        with pytest.raises(ValueError):
            decode(answer)


def test_without_msgspec_nodes_are_dicts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "msgspec", None)
    assert page_decoder("id name anything_new") is None


def test_a_record_is_made_a_dict_once() -> None:
    decode = page_decoder("id name")
    assert decode is not None
    found = decode(
        b'{"data":{"project":{"name":"x","page":{"edges":[{"node":{"id":"1","name":"a"}}],"pageInfo":{"hasNextPage":true}}}}}'
    )
    node = found.data.project.page.edges[0].node
    assert as_dict(node) == {"id": "1", "name": "a"}
    assert as_dict(node) is as_dict(node)
