"""Every folder of a project at once: AYON keeps such a list ready, and gives it several times as fast as its pages.

The list lacks some fields, and does not say which folders are retired: their ids are asked for beside it. It comes in no
order: the moments of creation give it, and where two folders share one, their project is read page by page.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from operator import itemgetter
from typing import Any, Final

from trackerkit.errors import NotFoundError
from trackerkit.jsontext import decoded
from trackerkit.query import Query
from trackerkit.schema import EntityType, Field
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.backend.tree import nodes_by_state
from trackerkit_ayon.compile.reads import Read
from trackerkit_ayon.mapping.names import base_of
from trackerkit_ayon.mapping.places import place_of
from trackerkit_ayon.mapping.rows import Node

LARGEST_LIST: Final = 16 << 20
"""How long a list may be, in bytes (some 15,000 folders): a longer one is let go, and read page by page."""

PAGE: Final = 2_000
_COLUMNS: Final = frozenset(
    {"id", "name", "label", "folderType", "parentId", "path", "status", "tags", "createdAt", "updatedAt"}
)
_KEPT: Final = "flat"


class FolderList:
    """The folders of any project, for one query.

    Args:
        server: where they live.
        query: says which kinds and which state.
        folder: the type, with its attributes.
    """

    def __init__(self, server: Server, query: Query, folder: EntityType) -> None:
        self._server, self._query = server, query
        attributes = [item for item in folder.fields.values() if _is_attribute(folder.name, item)]
        self._own_only = [str(item.native) for item in attributes if not item.inherits]
        self._defaults = {str(item.native): item.default for item in attributes if item.default is not None}

    def pages(self, project: str, cursor: Mapping[str, Any] | None) -> Iterator[tuple[list[Node], Any]] | None:
        """The folders in the order they were made in, with a cursor behind each page; None when there are too many."""
        if project in self._server.paged_only:
            return None
        retired = self._server.executor.submit(self._retired, project)
        items = listed_folders(self._server, project)
        if items is None or len({item["createdAt"] for item in items}) < len(items):
            self._server.paged_only.add(project)
            retired.cancel()
            return None
        nodes = self._nodes(items, retired.result())
        start = cursor[_KEPT] if cursor else ""
        return _paged([node for node in nodes if _place(node) > start])

    def _retired(self, project: str) -> set[str]:
        return {node["id"] for node in nodes_by_state(self._server, "Folder", project, is_active=False)}

    def _nodes(self, items: list[Node], retired: set[str]) -> list[Node]:
        """Those that the query asks for, as pages would give them."""
        by_id = {item["id"]: item for item in items}
        for item in items:
            item["active"] = item["id"] not in retired
        kind, state = self._query.type, self._query.state
        made = [item for item in items if kind in ("Folder", item["folderType"])]
        if state != "all":
            made = [item for item in made if item["active"] is (state == "active")]
        for item in made:
            item["parent"] = by_id.get(item["parentId"]) if item.get("parentId") else None
            self._complete(item)
        return sorted(made, key=_place)

    def _complete(self, item: Node) -> None:
        item["path"] = "/" + str(item["path"]).lstrip("/")
        shown, own = item["attrib"], item["ownAttrib"]
        for key in self._own_only:
            if key not in own:
                shown.pop(key, None)  # the list hands down what is not inherited, too
        for key, value in self._defaults.items():
            shown.setdefault(key, value)


def listed_folders(server: Server, project: str, has_attributes: bool = True) -> list[Node] | None:
    """The list of all folders of a project as it came; None where it is too long, or the caller gets none."""
    text = list_text(server, project, has_attributes)
    found = decoded(text) if text is not None else {}
    made: list[Node] | None = found.get("folders")
    return made if "detail" not in found else None  # a guest gets no list, only the reason


def list_text(server: Server, project: str, has_attributes: bool = True) -> bytes | None:
    """The list of all folders of a project as JSON; None where it is too long."""
    try:
        query = {"attrib": True} if has_attributes else None
        answer = server.client.send("GET", "projects", project, "folders", query=query, stream=True)
    except NotFoundError:
        if server.is_there(project):
            return None
        raise
    with answer:
        assert answer.stream is not None
        pieces, size = [], 0
        while piece := answer.stream.read():
            pieces.append(piece)
            size += len(piece)
            if size > LARGEST_LIST:
                return None
    return b"".join(pieces)


_place = itemgetter("createdAt")


def _paged(nodes: list[Node]) -> Iterator[tuple[list[Node], Any]]:
    for start in range(0, len(nodes), PAGE):
        some = nodes[start : start + PAGE]
        nodes[start : start + PAGE] = [{}] * len(some)
        is_last = start + PAGE >= len(nodes)
        yield some, None if is_last else {_KEPT: _place(some[-1])}


def suits(query: Query, asked: Read, fields: Iterable[Field]) -> bool:
    """True when the list of all folders answers a query: nothing narrows it down, and no other field is needed."""
    if base_of(query.type) != "Folder" or asked.pushed or query.limit is not None or query.page_size is not None:
        return False
    is_new = not query.after or not isinstance(query.after.get("cursor"), str)
    return is_new and all(_is_listed(item) for item in fields)


def _is_listed(item: Field) -> bool:
    if item.data_type == "entity_type" or item.name == "project" or not item.is_stored:
        return True
    place = place_of("Folder", item)
    return place is not None and (place.home == "attrib" or (place.home == "column" and place.key in _COLUMNS))


def _is_attribute(type_name: str, item: Field) -> bool:
    place = place_of(type_name, item) if item.is_stored else None
    return place is not None and place.home == "attrib"
