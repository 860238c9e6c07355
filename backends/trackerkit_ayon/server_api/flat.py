"""The flat list of folders, which the server keeps ready: as the rows that GraphQL would give, where it knows enough."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any, Final

from trackerkit.datatypes import from_iso
from trackerkit.jsontext import encoded

Row = dict[str, Any]

_SAME: Final = frozenset(
    {
        "id", "name", "label", "parentId", "parents", "folderType", "status", "tags", "hasTasks", "hasChildren",
        "thumbnailHash", "createdAt", "updatedAt", "ownAttrib",
    }
)  # fmt: skip
_MADE: Final = frozenset({"path", "projectName", "allAttrib"})


def suffices(fields: Collection[str]) -> bool:
    """True when the flat list holds all of these fields; ``active``, ``data`` and ``thumbnailId`` it does not."""
    return set(fields) <= _SAME | _MADE


class Flat:
    """Folders of the flat list as rows of some fields.

    Args:
        fields: on the wire; see ``suffices``.
        attributes: the attributes of an entity type, by name.
    """

    def __init__(self, fields: Collection[str], attributes: Callable[[Any], Mapping[str, Mapping[str, Any]]]) -> None:
        self._same = [name for name in fields if name in _SAME or name == "active"]
        self._made = frozenset(fields) & _MADE
        self._types: dict[str, str] = {}
        if "allAttrib" in fields:
            self._types = {name: about["type"] for name, about in attributes("folder").items()}

    def rows(self, folders: list[Row], project_name: str, finish: Callable[[Row], None] | None = None) -> Iterator[Row]:
        """The rows of a project's flat list, in the order of their creation; the list is used up."""
        folders.sort(key=lambda folder: str(folder["createdAt"]))
        folders.reverse()
        while folders:  # each is given up as its row is made
            row = self._row(folders.pop(), project_name)
            if finish is not None:
                finish(row)
            yield row

    def _row(self, folder: Row, project_name: str) -> Row:
        row = {name: folder[name] for name in self._same}
        if "path" in self._made:
            row["path"] = f"/{folder['path'].lstrip('/')}"
        if "projectName" in self._made:
            row["projectName"] = project_name
        if "allAttrib" in self._made:
            row["attrib"] = self._attributes(folder.get("attrib") or {})
            row["allAttrib"] = encoded(row["attrib"]).decode()
        return row

    def _attributes(self, stored: Row) -> Row:
        """Attributes as GraphQL tells them: those that folders have, points in time in one form."""
        types = self._types
        return {
            name: _moment(value) if types[name] == "datetime" and value is not None else value
            for name, value in stored.items()
            if name in types
        }


def _moment(value: Any) -> Any:
    """A point in time as GraphQL writes it."""
    try:
        return from_iso(value).isoformat()
    except (AttributeError, TypeError, ValueError):
        return value
