"""What each of AYON's types can select by: a condition of a query filter on the neutral fields."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from trackerkit.datatypes import parse_datetime
from trackerkit.errors import InvalidInputError
from trackerkit.filters import Condition, Filter, Not, Or
from trackerkit.query import build
from trackerkit.schema import Field
from trackerkit.values import Ref
from trackerkit_ayon.gateway.columns import INHERITING
from trackerkit_ayon.gateway.conditions import (
    EVERYTHING,
    NOTHING,
    One,
    linked,
    members,
    not_null,
    ordered,
    plain,
    text,
)
from trackerkit_ayon.gateway.filterkeys import zoned
from trackerkit_ayon.gateway.homes import Home
from trackerkit_ayon.mapping.codecs import parse
from trackerkit_ayon.mapping.places import Place

Pushed = tuple[Filter, bool]
_MISS: Final[Pushed] = (EVERYTHING, False)

LINKS: Final = {
    ("Folder", "parentId"): ("parent", "Folder"), ("Task", "folderId"): ("parent", "Folder"),
    ("Product", "folderId"): ("parent", "Folder"), ("Version", "productId"): ("product", "Product"),
    ("Version", "taskId"): ("task", "Task"), ("File", "versionId"): ("version", "Version"),
    ("Workfile", "taskId"): ("task", "Task"),
}  # fmt: skip
"""The keys that hold another record's id: the neutral field and what it leads to."""


class Target:
    """The records of one type in a project.

    Args:
        home: the project.
        base: the neutral type.
    """

    def __init__(self, home: Home, base: str) -> None:
        self.home = home
        self.site = home.site
        self.base = base
        rows = home.rows(base)
        self.fields = rows.kind.fields
        self._by_path = {place.path: place for place in rows.places.values() if place.path}

    def push(self, one: One) -> Pushed:
        """A neutral filter that selects no less than a condition, and whether it selects no more."""
        try:
            made = self._pushed(one)
            if made is None:
                return _MISS
            build(self.site.schema, self.base, made[0])
            return made
        except (InvalidInputError, TypeError, ValueError):  # a value that the field can never have
            return _MISS

    def _pushed(self, one: One) -> Pushed | None:
        key = ".".join(one.path)
        special = _SPECIAL.get((self.base, key)) or _SPECIAL.get(("", key))
        if special is not None:
            return special(self, one)
        link = LINKS.get((self.base, key))
        if link is not None:
            return linked(link[0], one, lambda ids: self.site.refs(link[1], ids))
        place = self._by_path.get(key)
        if place is None or (place.home == "attrib" and self._inherits(place)):
            return None
        return self._placed(place, one)

    def _inherits(self, place: Place) -> bool:
        return self.base in INHERITING and place.key in self.site.catalog.inheritable

    def _placed(self, place: Place, one: One) -> Pushed | None:
        item = self.fields.get(place.field)
        make = _BY_TYPE.get(item.data_type) if item is not None else None
        return make(self, item, place, one) if make is not None and item is not None else None

    def read(self, place: Place) -> Callable[[Any], Any]:
        """From AYON's value to the neutral one."""
        return lambda raw: parse(place.codec, self.home.context, raw)

    def users(self, names: Sequence[str]) -> list[Ref]:
        """The users of these names."""
        return list(self.site.users_of_names(names).values())


def _text(target: Target, item: Field, place: Place, one: One) -> Pushed | None:
    return text(place.field, one)


def _ordered(target: Target, item: Field, place: Place, one: One) -> Pushed | None:
    return ordered(place.field, one, target.read(place))


def _day(target: Target, item: Field, place: Place, one: One) -> Pushed | None:
    """The field holds a day, AYON's value may be any moment of it."""
    wider = {"gt": "gte", "lt": "lte"}.get(one.operator, one.operator)
    if one.operator in ("ne", "notin"):
        return not_null(place.field), False
    made = ordered(place.field, One(one.path, wider, one.value), target.read(place))
    return made if made is None or one.operator in ("isnull", "notnull") else (made[0], False)


def _plain(target: Target, item: Field, place: Place, one: One) -> Pushed | None:
    return plain(place.field, one, target.read(place))


def _checkbox(target: Target, item: Field, place: Place, one: One) -> Pushed | None:
    return (
        (Condition(place.field, "is", one.value), True)
        if one.operator == "eq" and isinstance(one.value, bool)
        else None
    )


def _members(target: Target, item: Field, place: Place, one: One) -> Pushed | None:
    return members(place.field, one)


def _links(target: Target, item: Field, place: Place, one: One) -> Pushed | None:
    if place.codec != "users":
        return None
    known = target.site.users_of_names(
        [str(name) for name in (one.value if isinstance(one.value, list) else [one.value])]
    )
    nobody = Ref("User", "0" * 32)
    return members(place.field, one, lambda name: known.get(str(name), nobody))


def _link(target: Target, item: Field, place: Place, one: One) -> Pushed | None:
    return linked(place.field, one, target.users) if place.codec == "user" else None


def _moment(target: Target, item: Field, place: Place, one: One) -> Pushed | None:
    return ordered(place.field, one, lambda raw: parse_datetime(zoned(str(raw))))


_BY_TYPE: Final[dict[str, Callable[[Target, Field, Place, One], Pushed | None]]] = {
    "text": _text, "choice": _text, "uuid": _plain, "color": _plain, "integer": _ordered, "float": _ordered, "percent": _ordered,
    "currency": _ordered, "timecode": _ordered, "duration": _ordered, "date": _day, "datetime": _moment,
    "checkbox": _checkbox, "choices": _members, "links": _links, "link": _link,
}  # fmt: skip


# ---- keys that are more than a field


def _id(target: Target, one: One) -> Pushed | None:
    ids = [str(item) for item in (one.value if isinstance(one.value, list) else [one.value])]
    test = Condition("uid", "in", tuple(ids))
    if one.operator in ("eq", "in"):
        return test, True
    return (Not(test), True) if one.operator in ("ne", "notin") else None


def _status(target: Target, one: One) -> Pushed | None:
    """A status under the tracker's own key; what has none is not told apart from what has the default."""
    key = target.home.status_key
    values = [key(str(item)) for item in (one.value if isinstance(one.value, list) else [one.value])]
    none = Condition("status", "is", None)
    if one.operator in ("eq", "in"):
        return Or([Condition("status", "in", tuple(values)), none]), False
    if one.operator in ("ne", "notin"):
        return Or([Not(Condition("status", "in", tuple(values))), none]), False
    return (EVERYTHING, True) if one.operator == "notnull" else _MISS


def _label(target: Target, one: One) -> Pushed | None:
    """The tracker's label reads as the name where there is none; AYON's is null then."""
    if one.operator in ("isnull", "notnull"):
        return EVERYTHING, False
    made = text("label", one)
    return (made[0], False) if made is not None and one.operator in ("eq", "in", "like") else None


def _parent(target: Target, one: One) -> Pushed | None:
    """A folder at the top lies in the project."""
    is_folder = Condition("parent", "type_is", "Folder")
    if one.operator == "isnull":
        return Not(is_folder), True
    if one.operator == "notnull":
        return is_folder, True
    return linked("parent", one, lambda ids: target.site.refs("Folder", ids))


def _required(name: str, type_name: str) -> Callable[[Target, One], Pushed | None]:
    """A link that AYON cannot do without: never null."""

    def make(target: Target, one: One) -> Pushed | None:
        if one.operator in ("isnull", "notnull"):
            return (NOTHING if one.operator == "isnull" else EVERYTHING), True
        return linked(name, one, lambda ids: target.site.refs(type_name, ids))

    return make


def _kind(target: Target, one: One) -> Pushed | None:
    return text("kind", one)


def _thumbnail(target: Target, one: One) -> Pushed | None:
    if one.operator == "isnull":
        return Condition("thumbnail", "is", None), True
    return (not_null("thumbnail"), one.operator == "notnull") if one.operator in ("eq", "in", "notnull") else None


def _number(target: Target, one: One) -> Pushed | None:
    made = ordered("number", one)
    return (Or([made[0], Condition("number", "is", None)]), False) if made is not None else None


def _kept_name(target: Target, one: One) -> Pushed | None:
    return text("name", one)


def _none(target: Target, one: One) -> Pushed | None:
    return None


_SPECIAL: Final[dict[tuple[str, str], Callable[[Target, One], Pushed | None]]] = {
    ("", "id"): _id, ("", "status"): _status, ("Folder", "label"): _label, ("Task", "label"): _label,
    ("Folder", "parentId"): _parent, ("Folder", "folderType"): _kind, ("", "thumbnailId"): _thumbnail,
    ("Version", "version"): _number, ("Version", "data.trackerkit_name"): _kept_name,
    ("Workfile", "data.trackerkit_name"): _kept_name, ("Task", "folderId"): _required("parent", "Folder"),
    ("", "path"): _none, ("", "data"): _none, ("", "attrib"): _none,
}  # fmt: skip
