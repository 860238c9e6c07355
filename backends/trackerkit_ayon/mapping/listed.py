"""Rows of a listing as the server sent them: a text in them is read, a value converted, when it is first looked at."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter, itemgetter
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
from trackerkit_ayon.mapping.structs import as_dict

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
        is_struct: the nodes are records of ``structs``, not dicts.
    """

    def __init__(self, rows: Rows, items: Sequence[Field], is_struct: bool = False) -> None:
        self._rows, self._context, self._is_struct = rows, rows.context, is_struct
        self._users: dict[str, Ref] = {}
        places = [rows.places.get(item.name) for item in items]
        self._keys = list(dict.fromkeys(place.key for place in places if place is not None and place.home == "attrib"))
        self._pick = picker(self._keys)
        self._found = self._found_in_struct if is_struct else self._found_in_dict
        self.ref: Getter = self._whole(rows.ref)
        self.getters = [self._getter(item, place) for item, place in zip(items, places)]  # noqa: B905 - same length

    def _key(self, key: str) -> Getter:
        """A function from a node to the value of one of its keys."""
        return attrgetter(key) if self._is_struct else itemgetter(key)

    def _whole(self, get: Getter) -> Getter:
        """A function that wants a dict, made one of any node."""
        return (lambda node: get(as_dict(node))) if self._is_struct else get

    def _getter(self, item: Field, place: Place | None) -> Getter:
        key = (self._rows.base, item.name)
        get = self._rows.getter(item)
        if key in _KEYS:
            return _remembering(self._whole(get), self._key(_KEYS[key]))
        if key in NOTES or key in MADE or (place is not None and (place.home == "data" or place.key == "data")):
            return self._whole(_settling(get))
        if key in LINKS or place is None or item.data_type == "entity_type":
            return self._whole(get)
        if item.name == "label" and self._rows.base in ("Folder", "Task"):
            label, name = self._key("label"), self._key("name")
            return lambda node: label(node) or name(node)
        return self._attribute(item, place) if place.home == "attrib" else self._column(item, place)

    def _column(self, item: Field, place: Place) -> Getter:
        look = self._key(place.key)
        if place.codec == "plain":
            return look
        user = self._user_of
        known: dict[str, Getter] = {
            "user": lambda node: None if (name := look(node)) is None else user(name),
            "users": lambda node: [user(name) for name in look(node) or ()],
            "list": lambda node: look(node) or [],
            "moment": lambda node: None if (raw := look(node)) is None else moment(raw),
        }
        return known.get(place.codec) or self._whole(self._rows.getter(item))

    def _user_of(self, name: str) -> Ref:
        found = self._users.get(name)
        if found is None:
            found = self._users[name] = self._context.user(name)
        return found

    # ---- attributes

    def _attribute(self, item: Field, place: Place) -> Getter:
        key, at, look, context, own = (
            place.key,
            self._keys.index(place.key),
            self._found,
            self._context,
            self._key("ownAttrib"),
        )
        convert = None if place.codec == "plain" else CODECS[place.codec].parse
        inherits, is_many = item.inherits, item.is_many

        def get(node: Any) -> Any:
            raw = look(node)[at]
            if raw is None:
                return [] if is_many else None
            value = raw if convert is None else convert(context, raw)
            return Inherited(value) if inherits and key not in own(node) else value

        return get

    def _found_in_struct(self, node: Any) -> Sequence[Any]:
        found: Sequence[Any] | None = node.trackerkit_picked
        if found is None:
            found = node.trackerkit_picked = self._pick(node.allAttrib or "{}")
        return found

    def _found_in_dict(self, node: Node) -> Sequence[Any]:
        found: Sequence[Any] | None = node.get(_PICKED)
        if found is None:
            found = node[_PICKED] = self._read(node)
        return found

    def _read(self, node: Node) -> Sequence[Any]:
        if "allAttrib" in node:
            return self._pick(node["allAttrib"] or "{}")
        attrib = node["attrib"]
        return [attrib.get(key) for key in self._keys]


def _settling(get: Getter) -> Getter:
    """Reads the texts of a node before the first look at it that needs them."""

    def look(node: Node) -> Any:
        if _READ not in node:
            normal(node)[_READ] = True
        return get(node)

    return look


def _remembering(get: Callable[[Any], Any], id_of: Getter) -> Getter:
    """Makes one Ref for all rows that lead to the same record."""
    known: dict[str | None, Any] = {}

    def look(node: Any) -> Any:
        id = id_of(node)
        if id not in known:
            if len(known) > _REMEMBERED:
                known.clear()
            known[id] = get(node)
        return known[id]

    return look
