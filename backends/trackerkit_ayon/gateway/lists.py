"""Entity lists by REST: made, read, changed, their items too."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.routing import Route

from trackerkit_ayon.gateway.check import checked
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.gate import Ask, Gate, api
from trackerkit_ayon.gateway.listing import Items, Lists, new_item
from trackerkit_ayon.gateway.nodes import Nodes
from trackerkit_ayon.mapping.names import NEUTRAL
from trackerkit_ayon.mapping.rows import Node

_ACCESS: Final = 30


def routes(gate: Gate) -> list[Route]:
    """The routes of entity lists."""
    home = "/api/projects/{project_name}/lists"
    one = f"{home}/{{entity_list_id}}"
    item = f"{one}/items/{{entity_list_item_id}}"
    return [
        api(gate, "POST", home, post_list, status=201),
        api(gate, "GET", one, get_list),
        api(gate, "PATCH", one, patch_list, status=204),
        api(gate, "DELETE", one, delete_list, status=204, body=False),
        api(gate, "GET", f"{one}/entities", get_entities),
        api(gate, "GET", f"{one}/attributes", get_attributes),
        api(gate, "PUT", f"{one}/attributes", put_attributes),
        api(gate, "POST", f"{one}/items", post_item, status=201),
        api(gate, "PATCH", f"{home}/{{list_id}}/items", patch_items),
        api(gate, "POST", f"{one}/order", order_items, status=204),
        api(gate, "PATCH", item, patch_item),
        api(gate, "DELETE", item, delete_item, body=False),
    ]


def post_list(ask: Ask) -> Any:
    """Make a list."""
    body = ask.model("list")
    if not body.setdefault("entityListType", "generic"):
        raise Fault(400, "Entity list type is required", "bad-request")
    node = Lists(ask.home).create({"owner": ask.site.login, **body})
    return {**{key: node[key] for key in ("id", "entityListType", "entityType", "label")}, "count": len(node["items"])}


def get_list(ask: Ask) -> Any:
    """One list with its items."""
    node = Lists(ask.home).get(ask.id("entity_list_id"))
    paths = _folder_paths(ask, node)
    people = {key: node[key] for key in ("createdBy", "updatedBy", "createdAt", "updatedAt")}
    shown = [] if ask.flag("metadata_only") else node["items"]
    items = [
        {
            **{key: value for key, value in item.items() if key != "own_id"},
            "folderPath": paths.get(item["entityId"], ""),
            **people,
        }
        for item in shown
    ]
    names = ("id", "entityListType", "entityListFolderId", "entityType", "label", "access", "attrib")
    return {
        **{key: node[key] for key in names}, "data": {**node["data"], "count": len(node["items"])},
        "template": node["template"], "tags": node["tags"], "items": items, "owner": node["owner"], **people,
        "active": node["active"], "accessLevel": _ACCESS,
    }  # fmt: skip


def _folder_paths(ask: Ask, node: Node) -> dict[str, str]:
    """Where the folders of a list's entities lie, by the entities' ids."""
    base = NEUTRAL[node["entityType"]]
    found = Nodes(ask.home).by_ids(base, [item["entityId"] for item in node["items"]], ("id", "parents", "path"))
    names = {"Version": 1, "File": 2}.get(base, 0)
    made = {}
    for id, each in found.items():
        parts = list(each.get("parents") or [])
        made[id] = str(each.get("path") or "").strip("/") if base == "Folder" else "/".join(parts[: len(parts) - names])
    return made


def patch_list(ask: Ask) -> None:
    """Change a list."""
    lists = Lists(ask.home)
    lists.update(lists.get(ask.id("entity_list_id")), ask.model("list", partial=True))


def delete_list(ask: Ask) -> None:
    """Delete a list."""
    node = Lists(ask.home).get(ask.id("entity_list_id"))
    ask.site.tracker.delete(node["ref"], permanent=True, recursive=True)


def get_entities(ask: Ask) -> Any:
    """The ids of what a list holds."""
    node = Lists(ask.home).get(ask.id("entity_list_id"))
    return {"entityType": node["entityType"], "entityIds": [item["entityId"] for item in node["items"]]}


def get_attributes(ask: Ask) -> Any:
    """The attributes of a list's own."""
    return Lists(ask.home).get(ask.id("entity_list_id"))["attributes"]


def put_attributes(ask: Ask) -> None:
    """Give a list attributes of its own."""
    if not isinstance(ask.body, list):
        raise Fault(400, "The attributes are a list", "bad-request")
    lists = Lists(ask.home)
    lists.set_attributes(lists.get(ask.id("entity_list_id")), ask.body)


# ---- items


def post_item(ask: Ask) -> None:
    """Add an entity."""
    lists = Lists(ask.home)
    node = lists.get(ask.id("entity_list_id"))
    body = checked("list_item", ask.body)
    items = [item for item in node["items"] if item["entityId"] != body["entityId"]]
    at = body["position"] if body.get("position") is not None else len(items)
    items.insert(max(0, at), new_item(node["id"], body, at))
    lists.write_items(node, items)


def patch_items(ask: Ask) -> None:
    """Change several items: merge them in, take them out, or put them in the place of all."""
    body = ask.body if isinstance(ask.body, Mapping) else {}
    given = body.get("items") or []
    if not isinstance(given, list) or not all(isinstance(item, Mapping) for item in given):
        raise Fault(400, "items is a list", "bad-request")
    lists = Lists(ask.home)
    node = lists.get(ask.id("list_id"))
    mode = body.get("mode", "replace")
    if mode not in _MODES:
        raise Fault(400, f"Unknown mode {mode}", "bad-request")
    lists.write_items(node, _MODES[mode](node, given))


def _replaced(node: Node, given: list[Any]) -> Items:
    if any(not item.get("entityId") for item in given):
        raise Fault(400, "Entity ID is required in replace mode", "bad-request")
    return [new_item(node["id"], item, at) for at, item in enumerate(given)]


def _deleted(node: Node, given: list[Any]) -> Items:
    gone = {item.get("id") for item in given}
    return [item for item in node["items"] if item["id"] not in gone]


def _merged(node: Node, given: list[Any]) -> Items:
    known = {item["id"]: {**item} for item in node["items"]}
    made = dict(known)
    for at, item in enumerate(given):
        old = known.get(item.get("id"))
        if old is not None:
            _patch(old, item)
            old["position"] = at if item.get("position") is None else int(item["position"])
        elif item.get("entityId"):
            position = len(made) if item.get("position") is None else int(item["position"])
            new = new_item(node["id"], item, position)
            made[new["id"]] = {**new, "position": position}
        else:
            raise Fault(400, "Entity ID is required in for new items", "bad-request")
    return sorted(made.values(), key=lambda item: int(item["position"]))


def _patch(item: dict[str, Any], change: Mapping[str, Any]) -> None:
    for key in ("attrib", "data"):
        if change.get(key) is not None:
            item[key] = {name: value for name, value in {**item[key], **change[key]}.items() if value is not None}
    for key in ("label", "tags", "entityId"):
        if change.get(key) is not None:
            item[key] = change[key]


_MODES: Final = {"replace": _replaced, "delete": _deleted, "merge": _merged}


def _one(ask: Ask) -> tuple[Lists, Node, dict[str, Any]]:
    lists = Lists(ask.home)
    node = lists.get(ask.id("entity_list_id"))
    id = ask.id("entity_list_item_id")
    found = next((item for item in node["items"] if item["id"] == id), None)
    if found is None:
        raise Fault(404, f"Item {id} not found", "not-found")
    return lists, node, found


def patch_item(ask: Ask) -> None:
    """Change one item."""
    lists, node, item = _one(ask)
    change = ask.body if isinstance(ask.body, Mapping) else {}
    _patch(item, change)
    items = list(node["items"])
    if isinstance(change.get("position"), int):
        items.remove(item)
        items.insert(max(0, change["position"]), item)
    lists.write_items(node, items)


def delete_item(ask: Ask) -> None:
    """Take one item out."""
    lists, node, item = _one(ask)
    lists.write_items(node, [other for other in node["items"] if other is not item])


def order_items(ask: Ask) -> None:
    """Sort the items of a list: those that are named come first, in that order."""
    lists = Lists(ask.home)
    node = lists.get(ask.id("entity_list_id"))
    order = ask.model("order")["order"]
    places = {id: at for at, id in enumerate(order)}
    if set(places) - {item["id"] for item in node["items"]}:
        raise Fault(400, "An item that is named is not in the list", "bad-request")
    items = sorted(node["items"], key=lambda item: places.get(item["id"], len(places)))
    lists.write_items(node, [{**item, "position": at} for at, item in enumerate(items)])
