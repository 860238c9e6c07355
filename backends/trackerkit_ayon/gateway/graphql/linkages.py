"""Links as GraphQL gives them: of a node, and of a whole project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from trackerkit.values import Ref
from trackerkit_ayon.gateway.conditions import regex
from trackerkit_ayon.gateway.graphql.connections import Connections, page_info
from trackerkit_ayon.gateway.graphql.selection import Info, Tree, below, selected
from trackerkit_ayon.gateway.homes import Home
from trackerkit_ayon.gateway.linking import Link, Linking, Wanted, links_of
from trackerkit_ayon.gateway.pages import decode, encode
from trackerkit_ayon.mapping.names import NEUTRAL, OPERATION_ENTITIES
from trackerkit_ayon.mapping.rows import Node


class LinkBatch:
    """The links of all nodes of a page, read when the first of them asks.

    Args:
        home: the project.
        nodes: of the page.
    """

    def __init__(self, home: Home, nodes: Sequence[Node]) -> None:
        self._home = home
        self._nodes = nodes
        self._found: dict[str, dict[str, list[Link]]] = {}

    def of(self, ref: Ref, kinds: Sequence[str] | None) -> list[Link]:
        """The links of one node."""
        key = repr(kinds)
        if key not in self._found:
            self._found[key] = links_of(self._home, [node["ref"] for node in self._nodes], kinds)
        return self._found[key].get(ref.id, [])


def node_links(connections: Connections, batch: LinkBatch, node: Node, info: Info, **args: Any) -> dict[str, Any]:
    """The links of one node as a connection."""
    links = [(link, link.input.id == node["ref"].id) for link in batch.of(node["ref"], args.get("linkTypes"))]
    wanted = args.get("direction")
    if wanted in ("in", "out"):
        links = [(link, is_out) for link, is_out in links if is_out == (wanted == "out")]
    links = [(link, is_out) for link, is_out in links if _is_named(link, args)]
    kept, cursors, is_full = _page(links, [link.order for link, _ in links], args)
    tree = below(selected(info), "edges", "node")
    others = _load(connections, [(link.output_type, link.output_id) if is_out else (link.input_type, link.input_id)
                                 for link, is_out in kept], tree)  # fmt: skip
    edges = [_edge(connections, link, is_out, cursor, others) for (link, is_out), cursor in zip(kept, cursors)]  # noqa: B905
    return {"edges": edges, "pageInfo": page_info(cursors, is_full)}


def _edge(
    connections: Connections, link: Link, is_out: bool, cursor: str, others: Mapping[tuple[str, str], Node]
) -> dict[str, Any]:
    native, id = (link.output_type, link.output_id) if is_out else (link.input_type, link.input_id)
    return {
        "id": link.id, "projectName": connections.nodes.home.name, "entityType": native, "entityId": id, "name": link.name,
        "linkType": link.kind, "direction": "out" if is_out else "in", "author": link.author, "cursor": cursor,
        "description": f"{link.kind} link with input {link.input_type} and output {link.output_type}",
        "data": dict(link.data), "node": others.get((native, id)),
    }  # fmt: skip


def project_links(connections: Connections, info: Info, **args: Any) -> dict[str, Any]:
    """The links of a project as a connection."""
    home = connections.nodes.home
    wanted = Wanted(
        _refs(home, args.get("inputIds")), _refs(home, args.get("outputIds")), _refs(home, args.get("entityIds")),
        args.get("linkTypes"),
    )  # fmt: skip
    links = [link for link in Linking(home).find(wanted) if _is_asked(link, args)]
    kept, cursors, is_full = _page(links, [link.order for link in links], args)
    tree = selected(info)
    inputs = _load(connections, [(link.input_type, link.input_id) for link in kept], below(tree, "edges", "inputNode"))
    outputs = _load(
        connections, [(link.output_type, link.output_id) for link in kept], below(tree, "edges", "outputNode")
    )
    edges = []
    for link, cursor in zip(kept, cursors):  # noqa: B905 - Python 3.10, same length
        edges.append({
            "id": link.id, "projectName": home.name, "linkType": link.kind, "inputType": link.input_type,
            "outputType": link.output_type, "inputId": link.input_id, "outputId": link.output_id, "name": link.name,
            "author": link.author, "createdAt": link.at, "cursor": cursor, "data": dict(link.data),
            "inputNode": inputs.get((link.input_type, link.input_id)),
            "outputNode": outputs.get((link.output_type, link.output_id)),
        })  # fmt: skip
    return {"edges": edges, "pageInfo": page_info(cursors, is_full)}


def _refs(home: Home, ids: Sequence[str] | None) -> list[Ref] | None:
    """Refs of ids whose type is not known: one of each that it may be."""
    if ids is None:
        return None
    return [ref for native in sorted(OPERATION_ENTITIES) for ref in home.site.refs(NEUTRAL[native], ids)]


def _is_asked(link: Link, args: Mapping[str, Any]) -> bool:
    for name, value in (("ids", link.id), ("inputTypes", link.input_type), ("outputTypes", link.output_type)):
        if args.get(name) is not None and value not in args[name]:
            return False
    return _is_named(link, args)


def _is_named(link: Link, args: Mapping[str, Any]) -> bool:
    if args.get("names") is not None and link.name not in args["names"]:
        return False
    if args.get("nameEx"):
        return regex(args["nameEx"]).search(link.name or "") is not None
    return True


def _page(
    rows: Sequence[Any], orders: Sequence[tuple[int, int]], args: Mapping[str, Any]
) -> tuple[list[Any], list[str], bool]:
    said = decode(args.get("after"))
    pairs = list(zip(orders, rows))  # noqa: B905 - same length
    if len(said) == 2 and all(isinstance(part, int) for part in said):
        pairs = [pair for pair in pairs if pair[0] > (said[0], said[1])]
    count = max(0, args.get("first") or 0)
    kept = pairs[:count]
    return [row for _, row in kept], [encode(order) for order, _ in kept], len(kept) >= count > 0


def _load(connections: Connections, wanted: Sequence[tuple[str, str]], tree: Tree) -> dict[tuple[str, str], Node]:
    """The records at the ends of links, by AYON's type and id."""
    if not tree:
        return {}
    groups: dict[str, list[str]] = {}
    for native, id in wanted:
        groups.setdefault(native, []).append(id)
    made: dict[tuple[str, str], Node] = {}
    for native, ids in groups.items():
        found = connections.mixed(NEUTRAL[native], ids, tree)
        made.update(((native, id), node) for id, node in found.items())
    return made


def links_field(connections: Connections, batch: LinkBatch, node: Node) -> Any:
    """What answers a node's ``links``."""
    return partial(node_links, connections, batch, node)
