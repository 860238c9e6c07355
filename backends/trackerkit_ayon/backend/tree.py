"""The folders of a project as a tree: the nearest ancestor of a kind, and what is alive."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeVar

from trackerkit.values import Ref
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.compile.natives import condition
from trackerkit_ayon.compile.reads import filter_text
from trackerkit_ayon.mapping.names import NEUTRAL, kind_of
from trackerkit_ayon.mapping.refs import ref_of
from trackerkit_ayon.mapping.rows import Node

T = TypeVar("T")

CHUNK: Final = 500
"""Ids that are asked for in one request."""

START: Final[dict[str, str]] = {
    "Folder": "parentId", "Task": "folderId", "Product": "folderId", "Version": "product{active folderId}",
    "File": "version{active product{active folderId}}", "Workfile": "task{active folderId}",
}  # fmt: skip
"""What is selected to know the folder at which a record's ancestors begin."""


def chunks(items: Sequence[T], size: int = CHUNK) -> Iterator[Sequence[T]]:
    """Some items at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def start_of(base: str, node: Mapping[str, Any], every: bool = False) -> str | None:
    """The id of the folder at which a record's ancestors begin; None where a retired record lies in between."""
    if base in ("Folder", "Task", "Product"):
        found = node.get("parentId" if base == "Folder" else "folderId")
        return str(found) if found else None
    step: Any = node
    for name in {"Version": ("product",), "File": ("version", "product"), "Workfile": ("task",)}[base]:
        step = step.get(name) if step else None
        if not step or (step.get("active") is False and not every):
            return None
    return str(step["folderId"])


class Tree:
    """The folders of one project, read as they are needed.

    Args:
        server: where they live.
        project: its name.
        every: a retired folder does not end the way.
    """

    def __init__(self, server: Server, project: str, every: bool = False) -> None:
        self._server, self._project, self._every = server, project, every
        self._nodes: dict[str, Node | None] = {}

    def load(self, ids: Iterable[str | None]) -> None:
        """Read some folders and all that lies above them."""
        wanted = {id for id in ids if id and id not in self._nodes}
        while wanted:
            self._nodes.update(dict.fromkeys(wanted))
            found = list(nodes_by_id(self._server, "Folder", self._project, sorted(wanted), "parentId active"))
            self._nodes.update((node["id"], node) for node in found)
            wanted = {node["parentId"] for node in found if node["parentId"] and node["parentId"] not in self._nodes}

    def nearest(self, start: str | None, kind: str) -> Ref | None:
        """The first folder of a kind from ``start`` upwards; a retired folder ends the way."""
        context = self._server.context(self._project)
        while start is not None:
            node = self._nodes.get(start)
            if node is None or not (node["active"] or self._every):
                return None
            if kind_of(node["folderType"]) == kind:
                return ref_of(context, "Folder", node)
            start = node["parentId"]
        return None


def nodes_by_id(
    server: Server, type_name: str, project: str, ids: Sequence[str], more: str = "active"
) -> Iterator[Node]:
    """Small nodes of records by id, retired ones too."""
    from trackerkit_ayon.compile.documents import selection

    selected = f"{selection(type_name, ())} {more}"
    for some in chunks(ids):
        yield from server.client.nodes(type_name, project, selected, {"ids": list(some)})


def nodes_by_state(server: Server, type_name: str, project: str, is_active: bool) -> Iterator[Node]:
    """The ids of all records of a project that are active, or retired."""
    wanted = filter_text(condition("active", "eq", "true" if is_active else "false"))
    return server.client.nodes(type_name, project, "id", {"filter": wanted})


def alive(server: Server, project: str, refs: Iterable[Ref], every: bool = False) -> dict[Ref, Ref]:
    """Those of some records that are there and not retired, each with its kind and display name as they are now.

    Args:
        server: where they live.
        project: its name.
        refs: the records.
        every: retired ones too.
    """
    groups: dict[str, list[str]] = {}
    made: dict[Ref, Ref] = {}
    for ref in refs:
        native = ref.native or ""
        if native in _BY_ID:
            groups.setdefault(native, []).append(ref.id)
        else:
            made[ref] = ref
    context = server.context(project)
    for native, ids in groups.items():
        neutral = NEUTRAL[native]
        for node in nodes_by_id(server, neutral, project, list(dict.fromkeys(ids))):
            if node["active"] or every:
                found = ref_of(context, neutral, node)
                made[found] = found
    return made


_BY_ID: Final = frozenset({"folder", "task", "product", "version", "representation", "workfile", "list"})
