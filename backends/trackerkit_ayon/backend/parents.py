"""The folders that the rows of a long listing lie in: read once each, where the server would look up each row's anew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from trackerkit.jsontext import Lister
from trackerkit.query import Query
from trackerkit.schema import Field
from trackerkit.values import Ref
from trackerkit_ayon.backend.folders import list_text
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.backend.tree import nodes_by_id, nodes_by_state
from trackerkit_ayon.compile.reads import Read
from trackerkit_ayon.mapping.names import base_of
from trackerkit_ayon.mapping.refs import ref_to

KEY: Final = "folderId"
_MANY: Final = 100
"""From so many folders on, the list of all is cheaper than asking for these."""


class Parents:
    """The folders of one project by id: their Refs, each made when it is first asked for; None for a retired one.

    Args:
        server: where they live.
        project: its name.
    """

    def __init__(self, server: Server, project: str) -> None:
        self._server, self._project = server, project
        self._context = server.context(project)
        self._made: dict[str | None, Ref | None] = {None: None}
        self._listed: dict[str, tuple[Any, ...]] = {}
        self._retired: set[str] = set()
        self._is_listed = False

    def load(self, rows: Sequence[Any]) -> None:
        """Read the folders of some rows."""
        ids = {row[KEY] if row.__class__ is dict else getattr(row, KEY) for row in rows}
        missing = self._missing(ids)
        if len(missing) >= _MANY and not self._is_listed:
            self._load_all()
            missing = self._missing(missing)
        for node in nodes_by_id(self._server, "Folder", self._project, sorted(missing)):
            self._made[node["id"]] = ref_to(self._context, "Folder", node)
        for id in missing:
            self._made.setdefault(id, None)  # it is gone meanwhile, and not asked for again

    def _missing(self, ids: Iterable[str | None]) -> list[str]:
        return [id for id in ids if id is not None and id not in self._listed and id not in self._made]

    def _load_all(self) -> None:
        self._is_listed = True
        retired = self._server.executor.submit(self._retired_ids)
        text = list_text(self._server, self._project, has_attributes=False)
        try:
            found = _LIST.items(text) if text is not None else []
        except ValueError:  # of another form: the folders of each page are asked for then
            found = []
        self._listed = {item[0]: item[1:-1] for item in found}
        self._retired = retired.result()

    def _retired_ids(self) -> set[str]:
        return {node["id"] for node in nodes_by_state(self._server, "Folder", self._project, is_active=False)}

    def ref(self, id: str | None) -> Ref | None:
        """The Ref of a folder."""
        if id not in self._made:
            item = self._listed.get(id) if id not in self._retired and id is not None else None
            node = {"id": id, **dict(zip(_KEYS[1:], item))} if item is not None else None  # noqa: B905 - same length
            self._made[id] = ref_to(self._context, "Folder", node)
        return self._made[id]


_KEYS: Final = ("id", "name", "label", "folderType")
_LIST: Final = Lister("folders", _KEYS, ())


def suits(query: Query, asked: Read, fields: Iterable[Field]) -> bool:
    """True for a long listing of what lies in folders: nothing narrows it down."""
    is_long = query.limit is None and query.page_size is None and not asked.pushed and not asked.arguments.get("ids")
    return is_long and base_of(query.type) in ("Task", "Product") and any(item.name == "parent" for item in fields)
