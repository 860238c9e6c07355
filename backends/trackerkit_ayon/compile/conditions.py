"""One test as AYON's query filter (``{"key", "operator", "value"}``), where AYON can select by it.

AYON's operators: ``eq`` is exact; ``like`` ignores case and knows ``%``, ``_`` and a backslash before them; ``ne`` and
``notin`` skip null; an empty ``in`` and a list of floats fail.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

from trackerkit.evaluate import value_test
from trackerkit.query import Test
from trackerkit.schema import Field
from trackerkit.values import Ref
from trackerkit_ayon.compile.natives import ENDS, HEX_ID, NOTHING, Native, Pushed, condition, every, like, some
from trackerkit_ayon.compile.shapes import SHAPES, type_test
from trackerkit_ayon.mapping.codecs import Context, address, midnight, show
from trackerkit_ayon.mapping.names import base_of
from trackerkit_ayon.mapping.places import Place, place_of

_EVERY: Final = "name status tags active attrib data createdAt updatedAt"
_BY: Final = f"id {_EVERY} createdBy updatedBy"
_TASK: Final = f"{_BY} label taskType assignees"
_ACTIVITY: Final = "activityId activityData entityId entityType body tags active createdAt updatedAt"

KEYS: Final[dict[tuple[str, str], frozenset[str]]] = {
    key: frozenset(words.split())
    for key, words in {
        ("Folder", "filter"): f"{_BY} label folderType parentId",
        ("Folder", "taskFilter"): _TASK,
        ("Task", "filter"): f"{_TASK} folderId thumbnailId",
        ("Task", "folderFilter"): f"{_BY} label folderType parentId",
        ("Product", "filter"): f"{_BY} folderId productType productBaseType",
        ("Version", "filter"): f"{_BY} version productId taskId author",
        ("Version", "productFilter"): f"{_BY} folderId productType productBaseType",
        ("Version", "taskFilter"): _TASK,
        ("Product", "versionFilter"): f"id version productId taskId author {_EVERY.replace('name ', '')}",
        ("File", "filter"): f"{_EVERY} versionId",
        ("Playlist", "filter"): f"{_BY} label",
        ("Note", "filter"): _ACTIVITY,
        ("Reply", "filter"): _ACTIVITY,
        ("Reviewable", "filter"): _ACTIVITY,
        ("Attachment", "filter"): _ACTIVITY,
    }.items()
}
"""The columns that each of AYON's query filters knows; the server refuses others."""

UNFILTERED: Final = frozenset({"Workfile"})
"""Types whose list takes no query filter."""

_PLAIN_WORD = re.compile(r"[A-Za-z0-9_ .\-/:]*")
_MANY = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """A test with what is known of its field.

    Args:
        test: the test; its path is not looked at.
        item: the field of the record that AYON tests.
        place: where AYON keeps it.
        type_name: of the record.
        context: for values.
    """

    test: Test
    item: Field
    place: Place
    type_name: str
    context: Context

    @property
    def key(self) -> str:
        """The key as the query filter writes it."""
        return self.place.path

    def shown(self, value: Any) -> Any:
        """A neutral value as AYON keeps it."""
        return show(self.place.codec, self.context, value)


def pushed(test: Test, owner: str, item: Field, context: Context, keys: frozenset[str]) -> Pushed | None:
    """What AYON can do about a test of a record's own field; None for nothing.

    Args:
        test: the test, its path's leaf being the field.
        owner: the type of the record.
        item: the field.
        context: for values.
        keys: what the query filter at hand knows, one of ``KEYS``.
    """
    made = _pushed(test, owner, item, context)
    return made if made is not None and keys.issuperset(_keys_of(made.native)) else None


def _keys_of(native: Native) -> Iterator[str]:
    """The columns that a condition speaks of."""
    if "key" in native:
        yield native["key"].partition(".")[0]
    for part in native.get("conditions", ()):
        yield from _keys_of(part)


def _pushed(test: Test, owner: str, item: Field, context: Context) -> Pushed | None:
    if item.data_type == "entity_type":
        return type_test(test, owner)
    if (base_of(owner), item.name) in SHAPES:
        return SHAPES[base_of(owner), item.name](test)
    place = place_of(owner, item)
    if place is None or not place.path or place.key == "data":
        return None
    asked = Asked(test, item, place, owner, context)
    special = _IDS if item.data_type in ("id", "uuid") else _BY_CODEC.get(place.codec, {})
    make = special.get(test.operator) or _MAKERS.get(test.operator)
    made = make(asked) if make is not None else None
    return _with_default(asked, made) if made is not None and place.home == "attrib" else made


def _with_default(asked: Asked, made: Pushed) -> Pushed | None:
    """Attributes: AYON's filter does not see what its answers show where nobody up to the project has a value."""
    test, item = asked.test, asked.item
    if base_of(asked.type_name) not in ("Folder", "Task"):
        return made
    if not item.inherits:
        # The filter merges the project's value into what does not inherit: it may select more, and misses nulls.
        return None if value_test(test)(None) else Pushed(made.native, False)
    if item.default is None:
        return made
    native = made.native
    if test.operator != "is" or test.value is not None:
        native = some([native, condition(asked.key, "isnull")]) if value_test(test)(item.default) else native
    return Pushed(native, False)


# ---- equality


def _is(asked: Asked) -> Pushed | None:
    value = asked.test.value
    if value is None:
        return Pushed(condition(asked.key, "isnull"), True, condition(asked.key, "notnull"))
    if isinstance(value, float) and not value.is_integer() and asked.place.home == "column":
        return Pushed(NOTHING)
    return _equal(asked, asked.shown(value))


def _equal(asked: Asked, raw: Any) -> Pushed:
    key = asked.key
    return Pushed(condition(key, "eq", raw), True, some([condition(key, "ne", raw), condition(key, "isnull")]))


def _in(asked: Asked) -> Pushed | None:
    values = asked.test.value
    nulls = [condition(asked.key, "isnull")] if None in values else []
    raws = [asked.shown(value) for value in values if value is not None]
    if len(raws) > _MANY and all(isinstance(raw, str) and _PLAIN_WORD.fullmatch(raw) for raw in raws):
        return Pushed(some([*nulls, condition(asked.key, "in", raws)]))
    negated = [condition(asked.key, "ne", raw) for raw in raws]
    unless = condition(asked.key, "notnull") if nulls else None
    made = some([*nulls, *(condition(asked.key, "eq", raw) for raw in raws)])
    if not raws:
        return Pushed(made, True, unless)
    other = every(negated) if unless else some([every(negated), condition(asked.key, "isnull")])
    return Pushed(made, True, other)


def _id_is(asked: Asked) -> Pushed:
    value = asked.test.value
    return Pushed(condition(asked.key, "eq", value) if value and HEX_ID.fullmatch(value) else NOTHING)


def _id_in(asked: Asked) -> Pushed:
    ids = [value for value in asked.test.value if value and HEX_ID.fullmatch(value)]
    return Pushed(condition(asked.key, "in", ids) if ids else NOTHING)


# ---- text


def _text(asked: Asked) -> Pushed:
    before, after = ENDS[asked.test.operator]
    return like(asked.key, asked.test.value, before, after, _is_ascii(asked))


def _texts(asked: Asked) -> Pushed:
    made = [like(asked.key, text, is_ascii=_is_ascii(asked)) for text in asked.test.value]
    return Pushed(some(each.native for each in made), all(each.is_exact for each in made))


def _is_ascii(asked: Asked) -> bool:
    """True where AYON takes nothing but ASCII."""
    return asked.place.key in ("name", "folderType", "taskType", "productType", "productBaseType")


# ---- what is ordered

_COMPARED: Final = {"less_than": "lt", "greater_than": "gt", "at_most": "lte", "at_least": "gte"}


def _compared(asked: Asked) -> Pushed:
    return Pushed(condition(asked.key, _COMPARED[asked.test.operator], asked.shown(asked.test.value)))


def _between(asked: Asked) -> Pushed:
    low, high = (asked.shown(value) for value in asked.test.value)
    return Pushed(every([condition(asked.key, "gte", low), condition(asked.key, "lte", high)]))


def _day(asked: Asked) -> Pushed | None:
    """A date kept as a moment's text: selected a day too wide at both ends, since others may write other offsets."""
    if asked.test.operator == "is" and asked.test.value is None:
        return _is(asked)
    if asked.test.operator == "in":
        return _days(asked)
    low, high = _span(asked.test)
    made = []
    if low is not None:
        made.append(condition(asked.key, "gte", _moved(low, -1, asked)))
    if high is not None:
        made.append(condition(asked.key, "lte", _moved(high, 2, asked)))
    return Pushed(every(made), False) if made else None


def _days(asked: Asked) -> Pushed | None:
    values = asked.test.value
    if not values or len(values) > _MANY:
        return Pushed(NOTHING) if not values else None
    made = [_day(replace(asked, test=Test(asked.test.path, "is", value))) for value in values]
    known = [each.native for each in made if each is not None]
    return Pushed(some(known), False) if len(known) == len(values) else None


def _span(test: Test) -> tuple[date | None, date | None]:
    value: Any = test.value
    if isinstance(value, datetime):  # a moment may lie on another day elsewhere
        value = value.date()
    if test.operator == "between":
        low, high = value
        return (low.date(), high.date()) if isinstance(low, datetime) else (low, high)
    return {
        "is": (value, value), "less_than": (None, value), "at_most": (None, value), "greater_than": (value, None),
        "at_least": (value, None),
    }.get(test.operator, (None, None))  # fmt: skip


def _moved(day: date, days: int, asked: Asked) -> str:
    try:
        return midnight(day + timedelta(days=days), asked.context.zone).isoformat()[:19]
    except OverflowError:
        return "9999-12-31T23:59:59" if days > 0 else "0001-01-01T00:00:00"


def _attribute_moment(asked: Asked) -> Pushed | None:
    """Attributes keep moments as texts of any offset: their days are selected by."""
    return _MAKERS[asked.test.operator](asked) if asked.place.home == "column" else _day(asked)


# ---- lists and links


def _list_is(asked: Asked) -> Pushed:
    value = asked.test.value
    if value is None:
        return Pushed(condition(asked.key, "eq", []), True, condition(asked.key, "ne", []))
    return _includes(asked, [_element(asked, value)])


def _list_in(asked: Asked) -> Pushed:
    values = [_element(asked, value) for value in asked.test.value if value is not None]
    if None not in asked.test.value:
        return _includes(asked, values)
    return Pushed(some([condition(asked.key, "eq", []), _includes(asked, values).native]))


def _includes(asked: Asked, values: list[Any]) -> Pushed:
    made = some(condition(asked.key, "includes", value) for value in values)
    negated = every(condition(asked.key, "excludes", value) for value in values) if values else None
    return Pushed(made, True, negated)


def _element(asked: Asked, value: Any) -> Any:
    if not isinstance(value, Ref):
        return value
    return address(value) if asked.place.codec == "links" else value.id


def _link_is(asked: Asked) -> Pushed | None:
    """A link to one record. A retired one reads None, which AYON's filter does not know of."""
    ref = asked.test.value
    if ref is None:
        return None
    if ref.type == "Project" and asked.type_name != "Project":
        return Pushed(condition(asked.key, "isnull"), False) if asked.item.name == "parent" else None
    return Pushed(condition(asked.key, "eq", ref.id) if HEX_ID.fullmatch(ref.id) else NOTHING, False)


def _link_in(asked: Asked) -> Pushed | None:
    refs = asked.test.value
    if None in refs:
        return None
    made = [condition(asked.key, "isnull")] if any(ref.type == "Project" for ref in refs) else []
    ids = [ref.id for ref in refs if ref.type != "Project" and HEX_ID.fullmatch(ref.id)]
    return Pushed(some([*made, *([condition(asked.key, "in", ids)] if ids else [])]), False)


def _user_is(asked: Asked) -> Pushed | None:
    return _is(asked) if asked.test.value is None else _equal(asked, asked.test.value.id)


def _user_in(asked: Asked) -> Pushed | None:
    return _in(asked)


Maker = Callable[[Asked], "Pushed | None"]
_TEXT_TESTS: Final[dict[str, Maker]] = {
    "equals_ignoring_case": _text, "contains": _text, "starts_with": _text, "ends_with": _text,
    "in_ignoring_case": _texts,
}  # fmt: skip
_MAKERS: Final[dict[str, Maker]] = {
    "is": _is, "in": _in, "between": _between, **dict.fromkeys(_COMPARED, _compared), **_TEXT_TESTS,
}  # fmt: skip


def _none(asked: Asked) -> Pushed | None:
    return None


_LINKS: Final[dict[str, Maker]] = {"is": _link_is, "in": _link_in, "type_is": _none}
_LISTS: Final[dict[str, Maker]] = {
    "is": _list_is, "in": _list_in, "type_is": _none, **dict.fromkeys(_TEXT_TESTS, _none),
}  # fmt: skip
_DAYS: Final[dict[str, Maker]] = dict.fromkeys(("is", "in", "between", *_COMPARED), _day)
_MOMENTS: Final[dict[str, Maker]] = dict.fromkeys(("is", "in", "between", *_COMPARED), _attribute_moment)
_BY_CODEC: Final[dict[str, dict[str, Maker]]] = {
    "list": _LISTS, "users": _LISTS, "day": _DAYS, "moment": _MOMENTS,
    **dict.fromkeys(("links", "link", "url"), dict.fromkeys((*_MAKERS, "type_is"), _none)),
    "user": {"is": _user_is, "in": _user_in, "type_is": _none},
    "flag": {"is": lambda asked: _flag(asked)},
    "image": {"is": lambda asked: _is(asked) if asked.test.value is None else None},
    **dict.fromkeys(("folder", "task", "product", "version"), _LINKS),
}  # fmt: skip


def _flag(asked: Asked) -> Pushed | None:
    """A flag that is not there reads False, to AYON's filter as to us; a column's is tested as text."""
    if asked.test.value is None:
        return Pushed(NOTHING)
    if asked.place.home == "column":
        return None
    is_exact = asked.place.home == "data"
    value = bool(asked.test.value)
    return Pushed(
        condition(asked.key, "eq", value), is_exact, condition(asked.key, "eq", not value) if is_exact else None
    )


_IDS: Final[dict[str, Maker]] = {"is": _id_is, "in": _id_in, **dict.fromkeys(("between", *_COMPARED), _none)}
