"""The flat list of folders, which the server keeps ready: as the rows that GraphQL would give, where it knows enough."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any, Final

from trackerkit.datatypes import from_iso
from trackerkit.jsontext import Lister, decoded, encoded, text_of
from trackerkit_ayon.server_api.exceptions import UnreadableResponse

Row = dict[str, Any]

Listed = Any
"""A folder of the list, as ``Flat.read`` gives it behind its id and the moment it was made: ``Flat.row`` knows what it is."""

_SECONDS: Final = len("2026-01-01T00:00:00")

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
        self._made = frozenset(fields) & _MADE
        self.has_attributes = bool({"allAttrib", "ownAttrib"} & set(fields))
        known = attributes("folder") if "allAttrib" in fields else {}
        self._own_only = frozenset(name for name, about in known.items() if about.get("inherit") is False)
        self._moments = frozenset(name for name, about in known.items() if about["type"] == "datetime")
        self._usual = frozenset(known) - self._own_only
        self._defaults = {
            name: about["default"]
            for name, about in (attributes("project") if known else {}).items()
            if about.get("default") is not None and name in known and name not in self._own_only
        }
        keys = (
            {name for name in fields if name in _SAME} | (self._made & {"path"}) | ({"ownAttrib"} if known else set())
        )
        self._hides_own = bool(known) and "ownAttrib" not in fields
        lister = Lister("folders", ("id", "createdAt"), sorted(keys), "attrib" if known else "")
        self.read, self._row = lister.items, lister.row

    def row(self, listed: Listed, project_name: str) -> Row:
        """A folder of the list as a row.

        Raises:
            UnreadableResponse: it is another thing than the first one of the list.
        """
        try:
            row = self._row(listed)
        except ValueError:
            raise UnreadableResponse("a folder of the server's list has another form", backend="ayon") from None
        if "path" in row:
            row["path"] = f"/{row['path'].lstrip('/')}"
        if "projectName" in self._made:
            row["projectName"] = project_name
        if "allAttrib" in self._made:
            text = row.pop("attrib")
            own = row.pop("ownAttrib") if self._hides_own else row["ownAttrib"]
            shown = row["attrib"] = decoded(text) or {}
            is_changed = self._correct(shown, own or ())
            row["allAttrib"] = encoded(shown).decode() if is_changed else text_of(text)
        return row

    def _correct(self, shown: Row, own: Collection[str]) -> bool:
        """Make attributes what GraphQL tells: those that folders have, points in time in one form; True if they were not.

        The list hands down what is not inherited, too; and it does not say what stands where nobody set anything.
        """
        changed = []
        if not self._usual.issuperset(shown):
            changed = [name for name in shown if name not in self._usual and not self._is_own(name, own)]
            for name in changed:
                del shown[name]
        for name in self._moments:
            value = shown.get(name)
            if value is None or (value.__class__ is str and value[_SECONDS:] == "+00:00"):
                continue
            if (moment := _moment(value)) != value:
                shown[name] = moment
                changed.append(name)
        for name, default in self._defaults.items():
            if shown.get(name) is None:
                shown[name] = default
                changed.append(name)
        return bool(changed)

    def _is_own(self, name: str, own: Collection[str]) -> bool:
        """True for an attribute that is never inherited, and set on the folder itself."""
        return name in self._own_only and name in own


def _moment(value: Any) -> Any:
    """A point in time as GraphQL writes it."""
    try:
        return from_iso(value).isoformat()
    except (AttributeError, TypeError, ValueError):  # no point in time after all
        return value
