"""Connections of entities: the page that is asked for, its nodes complete."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from trackerkit.filters import Filter
from trackerkit_ayon.gateway.conditions import EVERYTHING
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.graphql.arguments import Reader
from trackerkit_ayon.gateway.graphql.nested import Dresser, Lazy, keys_of
from trackerkit_ayon.gateway.graphql.selection import Info, below, selected
from trackerkit_ayon.gateway.homes import Home
from trackerkit_ayon.gateway.nodes import Nodes
from trackerkit_ayon.gateway.pages import Found, page
from trackerkit_ayon.mapping.names import native_of
from trackerkit_ayon.mapping.rows import Node

More = Mapping[str, Callable[[Sequence[Node]], Callable[[Node], Lazy]]]
"""Functions for keys of nodes, by key."""


class Connections:
    """The connections of one project.

    Args:
        home: the project.
        more: see ``nested.Dresser``.
    """

    def __init__(self, home: Home, more: Callable[[Connections], More]) -> None:
        self.nodes = Nodes(home)
        self.dresser = Dresser(self.nodes, self.connect, more(self))

    def connect(self, info: Info, base: str, args: Mapping[str, Any], fixed: Filter = EVERYTHING) -> dict[str, Any]:
        """A page of records as a connection."""
        tree = below(selected(info), "edges", "node")
        ask = Reader(self.nodes, base, args, fixed).ask(keys_of(base, tree))
        found = page(self.nodes, ask)
        self.dresser.dress(base, found.nodes, tree)
        return connection(found.nodes, found, ask.is_backwards)

    def one(self, info: Info, base: str, id: str) -> Node:
        """One record.

        Raises:
            Fault: 404.
        """
        tree = selected(info)
        node = self.nodes.by_ids(base, [id], keys_of(base, tree)).get(id)
        if node is None:
            raise Fault(404, f"{native_of(base).name.capitalize()} not found", "not-found")
        self.dresser.dress(base, [node], tree)
        return node

    def mixed(self, base: str, ids: Sequence[str], tree: Mapping[str, Any]) -> dict[str, Node]:
        """Records of one type by their ids, complete for a selection."""
        found = self.nodes.by_ids(base, list(dict.fromkeys(ids)), keys_of(base, dict(tree)))
        self.dresser.dress(base, list(found.values()), dict(tree))
        return found


def connection(nodes: Sequence[Any], found: Found, is_backwards: bool = False) -> dict[str, Any]:
    """A connection whose edges hold nodes."""
    edges = [{"node": node, "cursor": cursor} for node, cursor in zip(nodes, found.cursors)]  # noqa: B905 - same length
    return {"edges": edges, "pageInfo": page_info(found.cursors, found.is_full, is_backwards)}


def page_info(cursors: Sequence[str], is_full: bool, is_backwards: bool = False) -> dict[str, Any]:
    """Where a page begins and ends; a full page may be the last one."""
    return {
        "hasNextPage": is_full and not is_backwards, "hasPreviousPage": is_full and is_backwards,
        "startCursor": cursors[0] if cursors else None, "endCursor": cursors[-1] if cursors else None,
    }  # fmt: skip
