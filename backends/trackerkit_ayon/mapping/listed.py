"""Rows of a listing as the server sent them: a text in them is read, a value converted, when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import itemgetter
from typing import Any, Final

from trackerkit.jsontext import picker
from trackerkit.schema import Field
from trackerkit.values import Inherited, Ref
from trackerkit_ayon.mapping.codecs import CODECS, moment
from trackerkit_ayon.mapping.made import MADE
from trackerkit_ayon.mapping.notes import NOTES
from trackerkit_ayon.mapping.places import Place
from trackerkit_ayon.mapping.refs import LINKS
from trackerkit_ayon.mapping.rows import Getter, Node, Rows, normal

_REMEMBERED: Final = 20_000
"""Refs that are kept for the rows to come; a listing leads to few records again and again."""

_KEYS: Final[dict[tuple[str, str], str]] = {
    ("Folder", "parent"): "parentId", ("Task", "parent"): "folderId", ("Product", "parent"): "folderId",
    ("Version", "product"): "productId", ("Version", "task"): "taskId", ("File", "version"): "versionId",
}  # fmt: skip
"""Links that one key of the node tells apart."""

_PICKED: Final = "trackerkit picked"
_READ: Final = "trackerkit read"
"""Keys under which a node keeps what was made of its texts; no key of GraphQL's has a blank."""


class Listed:
    """How the columns of one listing are read.

    Args:
        rows: of the type and project.
        items: the fields, in order.
    """

    def __init__(self, rows: Rows, items: Sequence[Field]) -> None:
        self._rows, self._context = rows, rows.context
        self._users: dict[str, Ref] = {}
        places = [rows.places.get(item.name) for item in items]
        self._keys = list(dict.fromkeys(place.key for place in places if place is not None and place.home == "attrib"))
        self._pick = picker(self._keys)
        self.getters = [self._getter(item, place) for item, place in zip(items, places)]  # noqa: B905 - same length

    def _getter(self, item: Field, place: Place | None) -> Getter:
        key = (self._rows.base, item.name)
        if key in _KEYS:
            return _remembering(self._rows.getter(item), _KEYS[key])
        if key in NOTES or key in MADE or (place is not None and (place.home == "data" or place.key == "data")):
            return _settling(self._rows.getter(item))
        if key in LINKS or place is None or item.name == "label":
            return self._rows.getter(item)
        return self._attribute(item, place) if place.home == "attrib" else self._column(item, place)

    def _column(self, item: Field, place: Place) -> Getter:
        key = place.key
        if place.codec == "plain":
            return itemgetter(key)
        if place.codec == "user":
            return self._user(key)
        if place.codec == "users":
            user = self._user_of
            return lambda node: [user(name) for name in node[key] or ()]
        if place.codec == "list":
            return lambda node: node[key] or []
        if place.codec == "moment":
            return lambda node: None if (raw := node[key]) is None else moment(raw)
        return self._rows.getter(item)

    def _user(self, key: str) -> Getter:
        user = self._user_of
        return lambda node: None if (name := node[key]) is None else user(name)

    def _user_of(self, name: str) -> Ref:
        found = self._users.get(name)
        if found is None:
            found = self._users[name] = self._context.user(name)
        return found

    def _attribute(self, item: Field, place: Place) -> Getter:
        key, at, pick, context = place.key, self._keys.index(place.key), self._pick, self._context
        convert = None if place.codec == "plain" else CODECS[place.codec].parse
        inherits, is_many = item.inherits, item.is_many

        def get(node: Node) -> Any:
            found = node.get(_PICKED)
            if found is None:
                found = node[_PICKED] = pick(node["allAttrib"] or "{}") if "allAttrib" in node else self._found(node)
            raw = found[at]
            if raw is None:
                return [] if is_many else None
            value = raw if convert is None else convert(context, raw)
            return Inherited(value) if inherits and key not in node["ownAttrib"] else value

        return get

    def _found(self, node: Node) -> list[Any]:
        attrib = node["attrib"]
        return [attrib.get(key) for key in self._keys]


def _settling(get: Getter) -> Getter:
    """Reads the texts of a node before the first look at it that needs them."""

    def look(node: Node) -> Any:
        if _READ not in node:
            normal(node)[_READ] = True
        return get(node)

    return look


def _remembering(get: Callable[[Node], Any], key: str) -> Getter:
    """Makes one Ref for all rows that lead to the same record."""
    known: dict[str | None, Any] = {}

    def look(node: Node) -> Any:
        id = node[key]
        if id not in known:
            if len(known) > _REMEMBERED:
                known.clear()
            known[id] = get(node)
        return known[id]

    return look
