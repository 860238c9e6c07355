"""Where a reader of sorted rows stands: a cursor of sort keys and ids, never a number, so that rows may come and go."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from itertools import islice
from typing import Any, Final

from trackerkit.datatypes import check_value, sort_key
from trackerkit.errors import QueryError
from trackerkit.query import Order
from trackerkit.values import Ref

Keyed = tuple[tuple[Any, ...], int, Ref]
"""A row's sort keys, its place in creation order, and its Ref."""

REMEMBERED: Final = 32
"""How many of the rows given last a cursor names: it is found again when any of them is still there."""


class Falling:
    """A sort key turned round."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __lt__(self, other: Falling) -> bool:
        return bool(other.key < self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Falling) and bool(other.key == self.key)

    __hash__ = None  # type: ignore[assignment]

    def __reduce__(self) -> tuple[Any, ...]:
        return Falling, (self.key,)


def keys_of(order: Sequence[Order], values: Iterable[Any]) -> tuple[Any, ...]:
    """The sort keys of a row, from its values of the order's paths."""
    made = (sort_key(item.path.data_type, value) for item, value in zip(order, values))  # noqa: B905 - Python 3.10
    return tuple(Falling(key) if item.descending else key for item, key in zip(order, made))  # noqa: B905


def rank(row: Keyed) -> tuple[Any, int]:
    """What rows are sorted by: their keys, then creation order."""
    return row[0], row[1]


def chunks(rows: Iterator[Keyed], size: int) -> Iterator[tuple[list[Keyed], bool]]:
    """The rows in pages, each with whether there is another page behind it."""
    chunk = list(islice(rows, size))
    while chunk:
        behind_it = list(islice(rows, size))
        yield chunk, bool(behind_it)
        chunk = behind_it


def cursor(order: Sequence[Order], given: Sequence[Keyed], before: Any) -> dict[str, Any]:
    """The cursor behind the rows just given; ``before`` is the one that they were asked for with."""
    keys, _, last = given[-1]
    ids = [*(before["ids"] if before else ()), *(ref.id for _, _, ref in given)]
    return {"keys": [_encoded(key) for key in keys], "ids": ids[-REMEMBERED:], "type": last.type}


def behind(order: Sequence[Order], rows: Iterable[Keyed], after: Any) -> Iterator[Keyed]:
    """The sorted rows behind a cursor.

    Rows with smaller keys were given, rows with greater ones were not. Among those with the very keys of the cursor, what
    was created up to the newest row still there that the cursor names was given. When all those are gone, ids that are
    numbers decide (they rise with creation); other ids are given from the first: rather twice than never.

    Raises:
        QueryError: for what is no cursor of this order.
    """
    if after is None:
        return iter(rows)
    try:
        bound = keys_of(order, [_decoded(item, key) for item, key in zip(order, after["keys"], strict=True)])
        ids = [str(id) for id in after["ids"]]
        return _behind(iter(rows), bound, ids or [""], str(after["type"]))
    except (KeyError, TypeError, ValueError):
        raise QueryError("this is no cursor of this query", hint="give back a page's next as it was") from None


def _behind(rows: Iterator[Keyed], bound: tuple[Any, ...], ids: list[str], type_name: str) -> Iterator[Keyed]:
    places = {id: at for at, id in enumerate(ids)}
    held: deque[Keyed] = deque()
    anchor = -1
    for row in rows:
        if row[0] < bound:
            continue
        if row[0] != bound:
            held.append(row)
            break
        at = places.get(row[2].id, -1)
        if at > anchor:
            anchor = at
            held.clear()
            if at == len(ids) - 1:
                break
        elif at < 0:
            held.append(row)
    if anchor < 0:
        held = deque(row for row in held if not _is_older(row, bound, ids[-1], type_name))
    yield from held
    yield from rows


def _is_older(row: Keyed, bound: tuple[Any, ...], id: str, type_name: str) -> bool:
    """Whether a row with the cursor's keys was created before the cursor's own row, as far as ids tell."""
    ref = row[2]
    if row[0] != bound or ref.type != type_name or not (ref.id.isdecimal() and id.isdecimal()):
        return False
    return sort_key("id", ref.id) <= sort_key("id", id)


def _encoded(key: Any) -> Any:
    """One sort key's value as JSON."""
    plain: tuple[Any, ...] = key.key if isinstance(key, Falling) else key
    value = plain[-1] if len(plain) > 1 else None
    if isinstance(value, timedelta):
        return [value.days, value.seconds, value.microseconds]
    return value.isoformat() if isinstance(value, (date, datetime)) else value


def _decoded(item: Order, value: Any) -> Any:
    """The value that ``_encoded`` wrote; a cursor may have been out of the house, so it is checked."""
    kind = item.path.data_type
    return check_value(kind, timedelta(*value) if kind == "duration" and value is not None else value, "cursor")
