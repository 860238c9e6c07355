"""Entity lists and their folders: sent and answered as by AYON's own client, on our own gateway too."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest
from ayon_pair import Pair, Recorder, as_theirs, said
from graphql import parse

from trackerkit.testing.loopback import Incoming, Reply
from trackerkit_ayon.server_api.exceptions import HTTPRequestError

P, L, I = "show_1", "1" * 32, "2" * 32
GONE = said(b"", 204)
MORE: dict[str, Any] = {"label": "l", "attrib": {"a": 1}, "data": {"b": 2}, "tags": ["t"]}

CALLS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "get_entity_list_rest": (lambda api: api.get_entity_list_rest(P, L), {"id": L, "items": []}),
    "get_entity_list_rest unknown": (lambda api: api.get_entity_list_rest(P, L), said({"detail": "no"}, 404)),
    "get_entity_list_entities": (lambda api: api.get_entity_list_entities(P, L), {"entityIds": []}),
    "create_entity_list": (lambda api: api.create_entity_list(P, "folder", "New", list_id=L), {"id": L}),
    "create_entity_list in full": (
        lambda api: api.create_entity_list(
            P, "folder", "New", list_type="review-session", access={"a": 1}, attrib={"b": 2}, data={"c": 3}, tags=["d"],
            template={"e": 5}, entity_list_folder_id="f", owner="me", active=False, items=[{"entityId": "g"}], list_id=L,
        ),
        {"id": L},
    ),
    "update_entity_list of nothing": (lambda api: api.update_entity_list(P, L), GONE),
    "update_entity_list": (
        lambda api: api.update_entity_list(P, L, **MORE, access={}, owner="me", active=True, entity_list_folder_id=None),
        GONE,
    ),
    "delete_entity_list": (lambda api: api.delete_entity_list(P, L), GONE),
    "materialize_entity_list": (lambda api: api.materialize_entity_list(P, L), {"id": L}),
    "get_entity_list_attribute_definitions": (
        lambda api: api.get_entity_list_attribute_definitions(P, L),
        [{"name": "a"}],
    ),
    "set_entity_list_attribute_definitions": (
        lambda api: api.set_entity_list_attribute_definitions(P, L, [{"name": "a"}]),
        GONE,
    ),
    "create_entity_list_item": (lambda api: api.create_entity_list_item(P, L, "e", item_id=I), {}),
    "create_entity_list_item in full": (
        lambda api: api.create_entity_list_item(P, L, "e", position=0, **MORE, item_id=I),
        {},
    ),
    "update_entity_list_items": (lambda api: api.update_entity_list_items(P, L, [{"id": I}], "merge"), GONE),
    "update_entity_list_item": (lambda api: api.update_entity_list_item(P, L, I, new_list_id="e", position=3, **MORE), GONE),
    "delete_entity_list_item": (lambda api: api.delete_entity_list_item(P, L, I), GONE),
    "set_entity_list_items_order": (lambda api: api.set_entity_list_items_order(P, L, [I]), GONE),
    "get_entity_list_folders_raw": (lambda api: api.get_entity_list_folders_raw(P), {"folders": [{"id": "f"}]}),
    "get_entity_list_folders": (lambda api: api.get_entity_list_folders(P), {"folders": [{"id": "f"}]}),
    "create_entity_list_folder": (
        lambda api: api.create_entity_list_folder(P, "Folder", entity_list_folder_id=I),
        {"id": I},
    ),
    "create_entity_list_folder in full": (
        lambda api: api.create_entity_list_folder(
            P, "Folder", parent_id="p", color="#fff", icon="i", scope=["generic"], data={"a": 1}, access={"b": 2},
            entity_list_folder_id=I,
        ),
        {"id": I},
    ),
    "update_entity_list_folder": (
        lambda api: api.update_entity_list_folder(
            P, I, label="l", parent_id=None, color="#fff", icon="i", scope=[], data={"a": 1}, access={}
        ),
        GONE,
    ),
    "update_entity_list_folder, its scope": (lambda api: api.update_entity_list_folder(P, I, scope=[]), GONE),
    "delete_entity_list_folder": (lambda api: api.delete_entity_list_folder(P, I), GONE),
    "set_entity_list_folders_order": (lambda api: api.set_entity_list_folders_order(P, [I]), GONE),
}  # fmt: skip


@pytest.mark.parametrize("name", CALLS)
def test_as_ayons_client(recorder: Recorder, recorded: Pair, name: str) -> None:
    as_theirs(recorder, recorded, *CALLS[name])


@pytest.mark.parametrize(
    "make",
    [
        lambda api: api.create_entity_list(P, "folder", "New"),
        lambda api: api.create_entity_list_item(P, L, "e"),
        lambda api: api.create_entity_list_folder(P, "New"),
    ],
)
def test_ids_are_made_here(recorder: Recorder, recorded: Pair, make: Callable[[Any], str]) -> None:
    recorder.reply = {}
    first, second = make(recorded.ours), make(recorded.ours)
    assert first != second
    assert re.fullmatch("[0-9a-f]{32}", first)
    assert json.loads(recorder.server.requests[-1].body)["id"] == second


def test_what_the_caller_gave_is_not_changed(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply, data = {}, {"a": 1}
    recorded.ours.create_entity_list_folder(P, "New", color="#fff", data=data)
    recorded.ours.update_entity_list_folder(P, I, icon="i", data=data)
    assert data == {"a": 1}


def test_a_change_of_nothing_is_not_sent(recorder: Recorder, recorded: Pair) -> None:
    before = len(recorder.server.requests)
    recorded.ours.update_entity_list_folder(P, I)
    assert len(recorder.server.requests) == before


def test_older_servers_do_not_order_items() -> None:
    with Recorder("1.15.8") as old:
        both = old.pair()
        assert both.same(lambda api: api.set_entity_list_items_order(P, L, [I])) == "unsupported"
        both.close()


# ---- reading


class Listed:
    """Answers GraphQL's lists as AYON does, and the items of one list at a time."""

    def __init__(self, lists: int, items: int) -> None:
        self.lists, self.items = lists, items
        self.documents: list[str] = []

    def __call__(self, incoming: Incoming) -> Reply:
        if incoming.path == "/api/attributes":
            fps = {"name": "fps", "scope": ["list"], "data": {"type": "float", "default": 25.0}}
            return said({"attributes": [fps, {"name": "note", "scope": ["task"], "data": {"default": "x"}}]})
        body = json.loads(incoming.body)
        parse(body["query"])
        self.documents.append(body["query"])
        asked = body["variables"]
        start, size = int(asked["after"] or 0), asked["first"]
        if "items(" in body["query"]:
            found: Any = {"items": page([{"id": f"{asked['ids'][0]}-{n}"} for n in range(self.items)], start, size)}
            lists = {"edges": [{"node": found}]}
        else:
            rows = [{"node": self.row(n)} for n in range(self.lists)]
            lists = page(
                [row for row in rows if not asked.get("ids") or row["node"]["id"] in asked["ids"]], start, size
            )
        return said({"data": {"project": {"name": P, "entityLists": lists}}})

    def row(self, number: int) -> dict[str, Any]:
        return {
            "id": f"list{number}", "active": number % 2 == 0, "allAttrib": '{"a": 1}', "attributes": "[]", "data": "null",
        }  # fmt: skip


def page(edges: list[Any], start: int, size: int) -> dict[str, Any]:
    cut = edges[start : start + size]
    return {
        "edges": cut,
        "pageInfo": {"hasNextPage": len(cut) >= size, "endCursor": str(start + len(cut)) if cut else None},
    }


def test_lists_are_read_and_filled_up(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = Listed(3, 0)
    found = list(recorded.ours.get_entity_lists(P))
    assert [row["id"] for row in found] == ["list0", "list1", "list2"]
    assert found[0] == {
        "id": "list0", "active": True, "allAttrib": '{"a": 1}', "attributes": [], "data": {}, "attrib": {"a": 1, "fps": 25.0},
    }  # fmt: skip
    assert [row["id"] for row in recorded.ours.get_entity_lists(P, active=False)] == ["list1"]
    assert recorded.ours.get_entity_list_by_id(P, "list2")["id"] == "list2"
    assert recorded.ours.get_entity_list_by_id(P, "gone") is None


def test_every_item_of_every_list(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = Listed(3, 2345)
    found = list(recorded.ours.get_entity_lists(P, fields=["label", "items.id"]))
    assert [len(row["items"]) for row in found] == [2345] * 3
    assert [item["id"] for item in found[1]["items"]] == [f"list1-{n}" for n in range(2345)]


@pytest.mark.parametrize(
    ("fields", "shown"),
    [(["items"], "entityId entityType id position"), (["items.data", "items.node.name"], "data node{name}"),
     (["items", "items.tags"], "entityId entityType id position tags")],
)  # fmt: skip
def test_what_is_read_of_items(recorder: Recorder, recorded: Pair, fields: list[str], shown: str) -> None:
    recorder.reply = server = Listed(1, 1)
    list(recorded.ours.get_entity_lists(P, fields=fields))
    assert any(f"edges{{{shown}}}" in document for document in server.documents)


def test_an_empty_filter_fits_no_list(recorder: Recorder, recorded: Pair) -> None:
    """To the server, an empty list of ids means all."""
    before = len(recorder.server.requests)
    assert list(recorded.ours.get_entity_lists(P, list_ids=[])) == []
    assert list(recorded.ours.get_entity_lists(P, list_ids=iter(()))) == []
    assert len(recorder.server.requests) == before


def test_F26_a_field_that_is_no_name_is_refused(recorded: Pair) -> None:
    with pytest.raises(ValueError, match="is no field"):
        list(recorded.ours.get_entity_lists(P, fields=["items.id} evil{x"]))


# ---- on our gateway


@pytest.fixture(scope="module")
def listed(gateway_pair: Pair) -> Pair:
    """Lists with items, by our client."""
    it, ours, name = gateway_pair, gateway_pair.ours, gateway_pair.project
    for folder in ("one", "two"):
        it.ids[folder] = it.theirs.create_folder(name, f"list_{folder}", folder_type="Asset")
    it.ids["dailies"] = ours.create_entity_list(name, "folder", "Dailies", items=[{"entityId": it.ids["one"]}])
    it.ids["item"] = ours.create_entity_list_item(name, it.ids["dailies"], it.ids["two"])
    it.ids["empty"] = ours.create_entity_list(name, "version", 'It\'s "empty"')
    return it


READS: dict[str, Callable[[Any, Pair], Any]] = {
    "get_entity_lists": lambda api, it: api.get_entity_lists(it.project),
    "get_entity_lists retired": lambda api, it: api.get_entity_lists(it.project, active=False),
    "get_entity_lists by ids": lambda api, it: api.get_entity_lists(it.project, list_ids=[it.ids["empty"]]),
    "get_entity_lists with items": lambda api, it: api.get_entity_lists(
        it.project, list_ids=[it.ids["dailies"]], fields=["id", "label", "items"]
    ),
    "get_entity_list_by_id": lambda api, it: api.get_entity_list_by_id(it.project, it.ids["dailies"], ["id", "count"]),
    "get_entity_list_by_id unknown": lambda api, it: api.get_entity_list_by_id(it.project, "f" * 32),
    "get_entity_list_rest": lambda api, it: api.get_entity_list_rest(it.project, it.ids["dailies"]),
    "get_entity_list_entities": lambda api, it: api.get_entity_list_entities(it.project, it.ids["dailies"]),
}


@pytest.mark.parametrize("name", READS)
def test_the_same_on_a_server(listed: Pair, name: str) -> None:
    listed.same(lambda api: READS[name](api, listed))


def test_what_is_changed_is_there(listed: Pair) -> None:
    ours, name = listed.ours, listed.project
    made = ours.create_entity_list(name, "folder", "Passing", items=[{"entityId": listed.ids["one"]}])
    ours.update_entity_list(name, made, label="Changed")
    item = ours.create_entity_list_item(name, made, listed.ids["two"])
    assert [row["entityId"] for row in listed.theirs.get_entity_list_rest(name, made)["items"]] == [
        listed.ids["one"], listed.ids["two"],
    ]  # fmt: skip
    ours.delete_entity_list_item(name, made, item)
    found = listed.theirs.get_entity_list_rest(name, made)
    assert (found["label"], [row["entityId"] for row in found["items"]]) == ("Changed", [listed.ids["one"]])
    ours.delete_entity_list(name, made)
    with pytest.raises(HTTPRequestError):
        ours.get_entity_list_rest(name, made)
