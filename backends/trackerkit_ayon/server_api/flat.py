"""The flat list of folders, which the server keeps ready: as the rows that GraphQL would give, where it knows enough."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
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
_BESIDE: Final = frozenset({"active", "data", "thumbnailId", "createdBy", "updatedBy"})


def beyond(fields: Collection[str]) -> frozenset[str]:
    """Those of some fields that the flat list does not hold."""
    return frozenset(fields) - _SAME - _MADE


def is_worth_joining(fields: Collection[str]) -> bool:
    """True when it is cheaper to take what the list holds from it, and ask for the rest alone.

    Effective attributes are what costs the server most of a folder; what is asked for beside them has to cost little.
    """
    return "allAttrib" in fields and beyond(fields) <= _BESIDE


class Flat:
    """Folders of the flat list as rows of some fields.

    Args:
        fields: on the wire; what the list does not hold is left out.
        attributes: the attributes of an entity type, by name.
    """

    def __init__(self, fields: Collection[str], attributes: Callable[[Any], Mapping[str, Mapping[str, Any]]]) -> None:
        self._same = [name for name in fields if name in _SAME]
        self._made = frozenset(fields) & _MADE
        self._types: dict[str, str] = {}
        self._own_only: frozenset[str] = frozenset()
        self._defaults: Row = {}
        if "allAttrib" in fields:
            known = attributes("folder")
            self._types = {name: about["type"] for name, about in known.items()}
            self._own_only = frozenset(name for name, about in known.items() if about.get("inherit") is False)
            self._defaults = {
                name: about["default"]
                for name, about in attributes("project").items()
                if about.get("default") is not None and name in known and name not in self._own_only
            }

    @property
    def has_attributes(self) -> bool:
        """True when the list is to be asked for with its attributes."""
        return bool(self._types) or "ownAttrib" in self._same

    def row(self, folder: Row, project_name: str) -> Row:
        """A folder of the list as a row."""
        row = {name: folder[name] for name in self._same}
        if "path" in self._made:
            row["path"] = f"/{folder['path'].lstrip('/')}"
        if "projectName" in self._made:
            row["projectName"] = project_name
        if "allAttrib" in self._made:
            row["attrib"] = self._attributes(folder.get("attrib") or {}, folder.get("ownAttrib") or ())
            row["allAttrib"] = encoded(row["attrib"]).decode()
        return row

    def _attributes(self, stored: Row, own: Collection[str]) -> Row:
        """Attributes as GraphQL tells them: those that folders have, points in time in one form.

        The list hands down what is not inherited, too; and it does not say what stands where nobody set anything.
        """
        types, own_only = self._types, self._own_only
        made = {
            name: _moment(value) if types[name] == "datetime" and value is not None else value
            for name, value in stored.items()
            if name in types and (name not in own_only or name in own)
        }
        for name, value in self._defaults.items():
            if made.get(name) is None:
                made[name] = value
        return made


def _moment(value: Any) -> Any:
    """A point in time as GraphQL writes it."""
    if value.__class__ is str and len(value) == _PLAIN_LENGTH and value[19:] == "+00:00":
        return value
    try:
        return from_iso(value).isoformat()
    except (AttributeError, TypeError, ValueError):
        return value


_PLAIN_LENGTH: Final = len("2026-01-01T00:00:00+00:00")
