"""The flat list of folders, which the server keeps ready: as the rows that GraphQL would give, where it knows enough."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from trackerkit.datatypes import from_iso
from trackerkit.jsontext import Lister, decoded, encoded

Row = dict[str, Any]

Listed = Any
"""A folder of the list, as ``Flat.read`` gives it: ``Flat.row`` knows what it is."""

_SAME: Final = frozenset(
    {
        "id", "name", "label", "parentId", "parents", "folderType", "status", "tags", "hasTasks", "hasChildren",
        "thumbnailHash", "createdAt", "updatedAt", "ownAttrib",
    }
)  # fmt: skip
_MADE: Final = frozenset({"path", "projectName", "allAttrib"})
_BESIDE: Final = frozenset({"active", "data", "thumbnailId", "createdBy", "updatedBy"})

_ID, _MADE_AT, _PATH = 0, 1, 2


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
        self._same = tuple(name for name in fields if name in _SAME)
        self._made = frozenset(fields) & _MADE
        self.has_attributes = bool({"allAttrib", "ownAttrib"} & set(fields))
        known = attributes("folder") if "allAttrib" in fields else {}
        self._own_only = frozenset(name for name, about in known.items() if about.get("inherit") is False)
        self._moments = frozenset(name for name, about in known.items() if about["type"] == "datetime")
        self._plain = frozenset(known) - self._own_only - self._moments
        self._defaults = {
            name: about["default"]
            for name, about in (attributes("project") if known else {}).items()
            if about.get("default") is not None and name in known and name not in self._own_only
        }
        keys = list(dict.fromkeys(("id", "createdAt", "path", *self._same, *(["ownAttrib"] if known else ()))))
        lister = Lister("folders", keys, "attrib" if known else "")
        self.read, self._values = lister.items, lister.values
        self._at = [keys.index(name) for name in self._same]
        self._own = keys.index("ownAttrib") if known else 0

    def id_of(self, listed: Listed) -> str:
        """The id of a folder of the list."""
        return str(self._values(listed)[_ID])

    def made_at(self, listed: Listed) -> str:
        """When a folder of the list was made, in ISO's form."""
        return str(self._values(listed)[_MADE_AT])

    def row(self, listed: Listed, project_name: str) -> Row:
        """A folder of the list as a row."""
        values = self._values(listed)
        row = dict(zip(self._same, [values[at] for at in self._at], strict=True))
        if "path" in self._made:
            row["path"] = f"/{values[_PATH].lstrip('/')}"
        if "projectName" in self._made:
            row["projectName"] = project_name
        if "allAttrib" in self._made:
            shown = row["attrib"] = decoded(values[-1]) or {}
            is_changed = self._correct(shown, values[self._own] or ())
            row["allAttrib"] = encoded(shown).decode() if is_changed else values[-1]
        return row

    def _correct(self, shown: Row, own: Collection[str]) -> bool:
        """Make attributes what GraphQL tells: those that folders have, points in time in one form; True if they were not.

        The list hands down what is not inherited, too; and it does not say what stands where nobody set anything.
        """
        is_changed = False
        for name in shown.keys() - self._plain:
            is_out = name not in own if name in self._own_only else name not in self._moments
            value = None if is_out else _moment(shown[name]) if name in self._moments else shown[name]
            if is_out:
                del shown[name]
            elif value != shown[name]:
                shown[name] = value
            else:
                continue
            is_changed = True
        missing = [name for name in self._defaults if shown.get(name) is None]
        shown.update({name: self._defaults[name] for name in missing})
        return is_changed or bool(missing)


def _moment(value: Any) -> Any:
    """A point in time as GraphQL writes it."""
    if value.__class__ is str and len(value) == _PLAIN_LENGTH and value[19:] == "+00:00":
        return value
    try:
        return from_iso(value).isoformat()
    except (AttributeError, TypeError, ValueError):  # None, or no point in time after all
        return value


_PLAIN_LENGTH: Final = len("2026-01-01T00:00:00+00:00")
