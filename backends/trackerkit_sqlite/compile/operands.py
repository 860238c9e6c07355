"""The shape of a condition, which SQL is compiled for, and the values that are bound to it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from trackerkit.query import Test
from trackerkit.values import Ref
from trackerkit_sqlite.mapping import ENCODERS, FOLDED, LEAST, MOST, json_text

Shape = tuple[Any, ...]
Operand = tuple[Shape, tuple[Any, ...]]
"""What the SQL depends on, and the values in the order in which the SQL names them."""

FEW: Final = 4
"""Members of a list that are bound one by one; more go as one JSON text."""

MANY: Final = 30_000
"""SQLite binds at most 32,766 values; floats, whose JSON form older versions round, need one each."""

NEVER: Final = ("never",)
_FLOATS: Final = frozenset({"float", "currency"})
_LAST: Final = "\U0010ffff"


def is_bindable(test: Test) -> bool:
    """False for a list of floats that is longer than SQLite binds."""
    return test.operator != "in" or test.path.data_type not in _FLOATS or len(test.value) <= MANY


def operand(test: Test, site: str) -> Operand:
    """The shape and the values of a condition."""
    data_type = test.path.data_type
    if test.operator == "type_is":
        return ("type_is", test.value), ()
    if test.value is None:
        return ("null",), ()
    if data_type in ("link", "links"):
        return _refs(test, site)
    if data_type == "id":
        return _ids(test)
    return _OPERANDS[test.operator](test.value, data_type)


# --- lists -----------------------------------------------------------------------------------------------------------


def _list(values: Sequence[Any], *, one_by_one: bool = False) -> tuple[int, tuple[Any, ...]]:
    """How many values are bound one by one (-1: all as one JSON text), and what is bound."""
    if len(values) <= FEW or one_by_one:
        return len(values), tuple(values)
    return -1, (json_text(list(values)),)


def _in(values: tuple[Any, ...], data_type: str) -> Operand:
    has_null = None in values
    members = [value for value in values if value is not None]
    if data_type in FOLDED or data_type == "choices":
        count, exact = _list(members)
        _, folded = _list([value.lower() for value in members])
        return ("in", count, has_null), (*folded, *exact)
    encoder = ENCODERS.get(data_type)
    count, bound = _list([encoder(value) for value in members] if encoder else members, one_by_one=data_type in _FLOATS)
    return ("in", count, has_null), bound


def _in_folded(values: tuple[str, ...], data_type: str) -> Operand:
    count, bound = _list(values)
    return ("in_folded", count), bound


# --- one value -------------------------------------------------------------------------------------------------------


def _is(value: Any, data_type: str) -> Operand:
    if data_type in FOLDED or data_type == "choices":
        return ("is",), (value.lower(), value)
    encoder = ENCODERS.get(data_type)
    return ("is",), (encoder(value) if encoder else value,)


def _compared(name: str) -> Callable[[Any, str], Operand]:
    def make(value: Any, data_type: str) -> Operand:
        encoder = ENCODERS.get(data_type)
        return (name,), (encoder(value) if encoder else value,)

    return make


def _between(values: tuple[Any, Any], data_type: str) -> Operand:
    encoder = ENCODERS.get(data_type)
    return ("between",), tuple(map(encoder, values)) if encoder else values


def _starts_with(text: str, data_type: str) -> Operand:
    if not text:
        return ("filled",), ()
    behind = _behind(text)
    return (("from",), (text,)) if behind is None else (("range",), (text, behind))


def _behind(prefix: str) -> str | None:
    """The first text behind all that begin with ``prefix``; None when none can be, the last character being the last."""
    prefix = prefix.rstrip(_LAST)
    if not prefix:
        return None
    follower = ord(prefix[-1]) + 1
    return prefix[:-1] + chr(0xE000 if 0xD800 <= follower <= 0xDFFF else follower)


def _ends_with(text: str, data_type: str) -> Operand:
    return (("ends_with",), (-len(text), text)) if text else (("filled",), ())


def _folded(name: str) -> Callable[[Any, str], Operand]:
    return lambda text, _type: ((name,), (text,))


_OPERANDS: Final[dict[str, Callable[[Any, str], Operand]]] = {
    "is": _is,
    "in": _in,
    "equals_ignoring_case": _folded("is_folded"),
    "in_ignoring_case": _in_folded,
    "contains": _folded("contains"),
    "starts_with": _starts_with,
    "ends_with": _ends_with,
    "between": _between,
    **{name: _compared(name) for name in ("less_than", "greater_than", "at_most", "at_least")},
}


# --- ids -------------------------------------------------------------------------------------------------------------


def number(text: str) -> int | None:
    """The number that an id is, or None when no record can have it."""
    if text.isascii() and text.isdigit() and (text[0] != "0" or text == "0") and len(text) <= 19:
        found = int(text)
        return found if found <= MOST else None
    return None


def is_uid(text: str) -> bool:
    """True for a creator's id: longer than any number of a record."""
    return len(text) == 32


def _ids(test: Test) -> Operand:
    value = test.value
    if test.operator == "is":
        return _id(value)
    if test.operator == "in":
        return _id_list(value)
    if test.operator == "between":
        return ("between",), (_bound("at_least", value[0]), _bound("at_most", value[1]))
    return (test.operator,), (_bound(test.operator, value),)


def _id(text: str) -> Operand:
    found = number(text)
    if found is not None:
        return ("is",), (found,)
    return (("uid",), (text,)) if is_uid(text) else (NEVER, ())


def _id_list(texts: Sequence[str | None]) -> Operand:
    has_null = None in texts
    known = [text for text in texts if text is not None]
    numbers = [found for text in known if (found := number(text)) is not None]
    uids = [text for text in known if is_uid(text)]
    count, bound = _list(numbers)
    if not uids:
        return ("in", count, has_null), bound
    return ("in_or_uid", count, has_null), (*bound, json_text(uids))


def _bound(operator: str, text: str) -> int:
    """A bound among whole numbers: ids are ordered by length, then by text, and what is no number comes last."""
    found = number(text)
    if found is not None:
        return found
    place = min(MOST, 10 ** (len(text) - 1 if text.isascii() else len(text))) if text.isdigit() else MOST
    return max(LEAST, place - 1) if operator in ("at_most", "greater_than") else place


# --- links -----------------------------------------------------------------------------------------------------------


def _refs(test: Test, site: str) -> Operand:
    if test.operator == "is":
        return _refs_in((test.value,), site)
    return _refs_in(test.value, site)


def _refs_in(refs: Iterable[Ref | None], site: str) -> Operand:
    """Records by type, each with how its ids are bound: ``(type, is_uid, count)``."""
    groups: dict[tuple[str, bool], list[Any]] = {}
    has_null = False
    for ref in refs:
        if ref is None:
            has_null = True
        elif ref.site in (None, site):
            found = number(ref.id)
            if found is not None or is_uid(ref.id):
                groups.setdefault((ref.type, found is None), []).append(ref.id if found is None else found)
    shape: list[Any] = []
    bound: list[Any] = []
    for (type_name, by_uid), ids in sorted(groups.items()):
        count, values = _list(ids)
        shape.append((type_name, by_uid, count))
        bound.extend(values)
    return ("refs", has_null, tuple(shape)), tuple(bound)
