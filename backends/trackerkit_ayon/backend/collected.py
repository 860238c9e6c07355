"""Fields that no node holds: reverse links, ancestors, AYON's link table, the items of lists; read for many records at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from trackerkit.entities import Page
from trackerkit.filters import Condition
from trackerkit.query import Query, build
from trackerkit.schema import Field
from trackerkit.values import Ref
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.backend.tree import START, Tree, alive, chunks, start_of
from trackerkit_ayon.compile.documents import ITEMS
from trackerkit_ayon.mapping.made import playlist_items
from trackerkit_ayon.mapping.names import base_of
from trackerkit_ayon.mapping.places import places
from trackerkit_ayon.mapping.refs import link_end
from trackerkit_ayon.mapping.rows import Node

Read = Callable[[Query], Iterator[Page]]
Record = dict[str, Any]

KEPT_LINKS: Final = frozenset(
    {("Note", "links"), ("Note", "tasks"), ("Attachment", "links"), ("Reviewable", "version")}
)
"""Links that AYON keeps as ids only: whether their targets are alive has to be asked."""

_ITEMS_PAGE: Final = 2_000
_LINK_FIELDS: Final = "name linkType inputType outputType inputId outputId inputNode{{{end}}} outputNode{{{end}}}"
_END: Final = "id name active ... on FolderNode{label folderType} ... on TaskNode{label}"


def is_collected(type_name: str, item: Field) -> bool:
    """True when no node of the type holds the field."""
    base = base_of(type_name)
    if item.reverse_of is not None or item.ancestor is not None:
        return True
    place = places(base).get(item.name)
    if place is None:
        return is_own_link(type_name, item)
    return (base, item.name) in KEPT_LINKS or place.is_link or place.key == "items"


def is_own_link(type_name: str, item: Field) -> bool:
    """True for a link that an attribute of the site's own holds, as an address."""
    return item.is_link and item.custom and item.is_stored and item.name not in places(base_of(type_name))


def selected_for(type_name: str, items: Iterable[Field]) -> str:
    """What collecting some fields needs of the nodes themselves."""
    return START.get(base_of(type_name), "") if any(item.ancestor for item in items) else ""


class Collector:
    """Adds collected fields to records of one type in one project.

    Args:
        server: where they live.
        read: answers a query; reverse links are found by asking for those who point here.
        type_name: of the records.
        project: their project; None for users and projects themselves.
        trees: the folders of each project, kept while one answer is read.
        every: links lead to retired records too.
    """

    def __init__(
        self, server: Server, read: Read, type_name: str, project: str | None, trees: dict[str, Tree] | None = None,
        *, every: bool = False,
    ) -> None:  # fmt: skip
        self._server, self._read = server, read
        self._base, self._type, self._project = base_of(type_name), type_name, project
        self._trees = {} if trees is None else trees
        self._every = every
        self._context = server.context(project, every)

    def add(self, records: Sequence[Record], nodes: Sequence[Node], items: Iterable[Field]) -> None:
        """Add some fields to records, whose nodes are given in the same order."""
        if not records:
            return
        for item in items:
            if item.ancestor is not None:
                self._ancestors(records, nodes, item)
            elif item.reverse_of is not None:
                self._reverse(records, item)
            elif (self._base, item.name) in KEPT_LINKS or is_own_link(self._base, item):
                self._kept(records, item)
            elif item.name == "items":
                self._items(records, nodes)
            else:
                self._linked(records, item)

    # ---- one way each

    def _ancestors(self, records: Sequence[Record], nodes: Sequence[Node], item: Field) -> None:
        assert self._project is not None
        assert item.ancestor is not None
        tree = self._trees.get(self._project)
        if tree is None:
            tree = self._trees[self._project] = Tree(self._server, self._project, self._every)
        starts = [start_of(self._base, node, self._every) for node in nodes]
        tree.load(starts)
        for record, start in zip(records, starts):  # noqa: B905 - Python 3.10, same length
            record[item.name] = tree.nearest(start, item.ancestor)

    def _reverse(self, records: Sequence[Record], item: Field) -> None:
        assert item.reverse_of is not None
        owner, field = item.reverse_of
        found: dict[str, list[Ref]] = {record["ref"].id: [] for record in records}
        schema = self._server.schema()
        for some in chunks([record["ref"] for record in records]):
            homes = {ref.project for ref in some if ref.project} if self._base != "User" else set()
            query = build(
                schema, owner, Condition(field, "in", tuple(some)), fields=[field], archived=True,
                state="all" if self._every else "active", retired_links=True,
                projects=[Ref("Project", name, name, self._server.site) for name in sorted(homes)] if homes else None,
            )  # fmt: skip
            for page in self._read(query):
                for ref, row in zip(page.refs(), page.tuples()):  # noqa: B905
                    _point(found, ref, row[0])
        for record in records:
            record[item.name] = list(dict.fromkeys(found[record["ref"].id]))

    def _kept(self, records: Sequence[Record], item: Field) -> None:
        values = [record[item.name] for record in records]
        refs = [ref for value in values for ref in (value if isinstance(value, list) else [value]) if ref is not None]
        there = alive(self._server, self._project or "", dict.fromkeys(refs), self._every)
        for record, value in zip(records, values):  # noqa: B905
            if isinstance(value, list):
                record[item.name] = [there[ref] for ref in value if ref in there]
            else:
                record[item.name] = there.get(value) if value is not None else None

    def _linked(self, records: Sequence[Record], item: Field) -> None:
        place = places(self._base)[item.name]
        mine, other = ("output", "input") if place.home == "link_in" else ("input", "output")
        found: dict[str, list[Ref]] = {record["ref"].id: [] for record in records}
        allowed = set(self._server.schema().targets(item))
        for some in chunks(list(found)):
            for node in self.links(place.key, f"{mine}Ids", some):
                ref = link_end(self._context, node, other)
                if ref is not None and ref.type in allowed:
                    found[node[f"{mine}Id"]].append(ref)
        for record in records:
            record[item.name] = list(dict.fromkeys(found[record["ref"].id]))

    def links(self, kind: str, side: str, ids: Sequence[str]) -> Iterator[Node]:
        """The links of a kind on one side (``inputIds``, ``outputIds``) of some records."""
        arguments = {side: list(ids), "linkTypes": [kind]}
        selected = "id " + _LINK_FIELDS.format(end=_END)
        return self._server.client.nodes("Link", self._project or "", selected, arguments)

    def _items(self, records: Sequence[Record], nodes: Sequence[Node]) -> None:
        """The items of lists; lists of different entity types cannot be asked for at once."""
        groups: dict[str, list[str]] = {}
        for node in nodes:
            groups.setdefault(node["entityType"], []).append(node["id"])
        found: dict[str, list[Ref]] = {}
        for native, ids in groups.items():
            for id, edges in self.item_edges(ids).items():
                node = {"entityType": native, "items": edges}
                found[id] = playlist_items(self._context, node)
        for record in records:
            record["items"] = found.get(record["ref"].id, [])

    def item_edges(self, ids: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
        """The items of some lists of one entity type: each ``id``, ``entityId``, ``position`` and the entity's ``node``."""
        found: dict[str, list[Mapping[str, Any]]] = {}
        for some in chunks(ids, 50):
            for id, (edges, cursor) in self._item_page(some, None).items():
                found[id] = list(edges)
                while cursor is not None:
                    edges, cursor = self._item_page([id], cursor)[id]
                    found[id] += edges
        return found

    def _item_page(
        self, ids: Sequence[str], after: str | None
    ) -> dict[str, tuple[Sequence[Mapping[str, Any]], str | None]]:
        variables = {"project": self._project, "ids": list(ids), "first": _ITEMS_PAGE, "after": after}
        made = {}
        for edge in self._server.client.graphql(ITEMS, variables)["project"]["page"]["edges"]:
            items = edge["node"]["items"]
            info = items["pageInfo"]
            made[edge["node"]["id"]] = (items["edges"], info["endCursor"] if info["hasNextPage"] else None)
        return made


def _point(found: dict[str, list[Ref]], ref: Ref, value: Any) -> None:
    """Note under each record that a link field leads to who it is that points there."""
    for target in value if isinstance(value, list) else [value]:
        if target is not None and target.id in found:
            found[target.id].append(ref)
