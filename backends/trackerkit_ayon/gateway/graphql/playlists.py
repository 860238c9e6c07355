"""Entity lists as GraphQL gives them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from trackerkit.filters import And, Condition, Filter
from trackerkit.jsontext import encoded
from trackerkit_ayon.gateway.conditions import parse, tester
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.graphql.connections import Connections, page_info
from trackerkit_ayon.gateway.graphql.selection import Info, below, selected
from trackerkit_ayon.gateway.listing import Lists
from trackerkit_ayon.gateway.nodes import Nodes
from trackerkit_ayon.gateway.pages import PAGE, decode, encode
from trackerkit_ayon.mapping.names import NEUTRAL
from trackerkit_ayon.mapping.rows import Node

_SORTS: Final = frozenset({"label", "owner", "entityListType", "createdAt", "updatedAt", "count", "active"})


def lists_connection(connections: Connections, info: Info, **args: Any) -> dict[str, Any]:
    """Lists as a connection."""
    home = connections.nodes.home
    parts: list[Filter] = []
    if args.get("ids") is not None:
        parts.append(Nodes(home).has_id("Playlist", args["ids"]))
    if args.get("search"):
        parts += [Condition("name", "contains", word) for word in args["search"].split()]
    found = Lists(home).find(And(parts))
    node = parse(args["filter"]) if args.get("filter") else None
    if node is not None:
        check = tester(node)
        found = [item for item in found if check(item)]
    sort = args.get("sortBy")
    if sort and sort not in _SORTS:
        raise Fault(400, f"Invalid sort_by value: {sort}", "bad-request")
    keys = [[item["label"], _order(item)] if not sort else [_sortable(item, sort), _order(item)] for item in found]
    keys = keys if sort else [[_order(item)] for item in found]
    return _cut(connections, found, keys, args)


def _order(node: Node) -> int:
    id = node["ref"].id
    return int(id) if id.isdecimal() else 0


def _sortable(node: Node, key: str) -> Any:
    value = len(node["items"]) if key == "count" else node.get(key)
    return "" if value is None else int(value) if isinstance(value, bool) else value


def _cut(connections: Connections, found: list[Node], keys: list[list[Any]], args: Mapping[str, Any]) -> dict[str, Any]:
    is_backwards = args.get("first") is None and args.get("last") is not None
    count = max(0, args["last"] if is_backwards else args["first"] if args.get("first") is not None else PAGE)
    pairs = sorted(zip(keys, found), key=lambda pair: pair[0], reverse=is_backwards)  # noqa: B905 - same length
    said = decode(args.get("before") or args.get("after"))
    if said:
        try:
            pairs = [pair for pair in pairs if (pair[0] < said if is_backwards else pair[0] > said)]
        except TypeError:
            raise Fault(400, "Invalid cursor", "bad-request") from None
    kept = pairs[:count]
    cursors = [encode(key) for key, _ in kept]
    edges = [
        {"node": _shown(connections, node), "cursor": cursor}
        for (_, node), cursor in zip(kept, cursors)  # noqa: B905 - same length
    ]
    return {"edges": edges, "pageInfo": page_info(cursors, len(kept) >= count > 0, is_backwards)}


def list_node(connections: Connections, info: Info, id: str) -> dict[str, Any]:
    """One list."""
    return _shown(connections, Lists(connections.nodes.home).get(id))


def _shown(connections: Connections, node: Node) -> dict[str, Any]:
    texts = {name: encoded(node[name]).decode() for name in ("access", "attributes")}
    data = {**node["data"], "count": len(node["items"])}
    return {
        **node, **texts, "allAttrib": encoded(node["attrib"]).decode(), "data": encoded(data).decode(),
        "activityCategories": [], "count": len(node["items"]), "accessLevel": 30,
        "items": partial(_items, connections, node),
    }  # fmt: skip


def _items(connections: Connections, node: Node, info: Info, **args: Any) -> dict[str, Any]:
    is_backwards = args.get("first") is None and args.get("last") is not None
    count = max(0, args["last"] if is_backwards else args["first"] if args.get("first") is not None else PAGE)
    items = sorted(node["items"], key=lambda item: item["position"], reverse=is_backwards)
    said = decode(args.get("before") or args.get("after"))
    if said:
        if not isinstance(said[0], int):
            raise Fault(400, "Invalid cursor", "bad-request")
        items = [item for item in items if (item["position"] < said[0] if is_backwards else item["position"] > said[0])]
    kept = items[:count]
    tree = below(selected(info), "edges", "node")
    base = NEUTRAL[node["entityType"]]
    ids = [item["entityId"] for item in kept]
    known = connections.mixed(base, ids, tree) if ids and tree else {}
    places = (
        connections.nodes.by_ids(base, ids, ("id", "parents")) if "folderPath" in below(selected(info), "edges") else {}
    )
    cursors = [encode([item["position"]]) for item in kept]
    edges = [
        _edge(node, item, known.get(item["entityId"]), places.get(item["entityId"]), cursor)
        for item, cursor in zip(kept, cursors)  # noqa: B905 - same length
    ]
    return {"edges": edges, "pageInfo": page_info(cursors, len(kept) >= count > 0, is_backwards)}


def _edge(
    node: Node, item: Mapping[str, Any], below_it: Node | None, place: Mapping[str, Any] | None, cursor: str
) -> dict[str, Any]:
    people = {name: node[name] for name in ("createdBy", "updatedBy", "createdAt", "updatedAt")}
    return {
        "id": item["id"], "projectName": node["projectName"], "entityType": node["entityType"], "entityId": item["entityId"],
        "position": item["position"], "attrib": encoded(item["attrib"]).decode(), "tags": item["tags"], "cursor": cursor,
        "folderPath": "/".join((place or {}).get("parents") or []), "allAttrib": encoded(item["attrib"]).decode(),
        "ownAttrib": sorted(item["attrib"]), "data": encoded(item["data"]).decode(), "node": below_it, **people,
    }  # fmt: skip
