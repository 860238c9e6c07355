"""The folders that the rows of a long listing lie in: read once each, where the server would look up each row's anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from trackerkit.query import Query
from trackerkit.schema import Field
from trackerkit.values import Ref
from trackerkit_ayon.backend.folders import listed_folders
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.backend.tree import nodes_by_id, nodes_by_state
from trackerkit_ayon.compile.reads import Read
from trackerkit_ayon.mapping.names import base_of
from trackerkit_ayon.mapping.refs import ref_to

KEY: Final = "folderId"
_MANY: Final = 100
"""From so many folders on, the list of all is cheaper than asking for these."""


class Parents:
    """The folders of one project by id: their Refs; None for a retired one.

    Args:
        server: where they live.
        project: its name.
    """

    def __init__(self, server: Server, project: str) -> None:
        self._server, self._project = server, project
        self._context = server.context(project)
        self._known: dict[str, Ref | None] = {}
        self._is_listed = False

    def load(self, rows: Sequence[Any]) -> None:
        """Read the folders of some rows."""
        ids = {row[KEY] if row.__class__ is dict else getattr(row, KEY) for row in rows}
        missing = [id for id in ids if id not in self._known]
        if len(missing) >= _MANY and not self._is_listed:
            self._load_all()
            missing = [id for id in missing if id not in self._known]
        for node in nodes_by_id(self._server, "Folder", self._project, sorted(missing)):
            self._known[node["id"]] = ref_to(self._context, "Folder", node)

    def _load_all(self) -> None:
        self._is_listed = True
        retired = {node["id"] for node in nodes_by_state(self._server, "Folder", self._project, is_active=False)}
        for item in listed_folders(self._server, self._project, has_attributes=False) or ():
            self._known[item["id"]] = ref_to(self._context, "Folder", {**item, "active": item["id"] not in retired})

    def ref(self, id: str | None) -> Ref | None:
        """The Ref of a folder."""
        return self._known.get(id) if id is not None else None


def suits(query: Query, asked: Read, fields: Iterable[Field]) -> bool:
    """True for a long listing of what lies in folders: nothing narrows it down."""
    is_long = query.limit is None and query.page_size is None and not asked.pushed and not asked.arguments.get("ids")
    return is_long and base_of(query.type) in ("Task", "Product") and any(item.name == "parent" for item in fields)
