"""Which numbers a query on events can want: what need not be read; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, Final

from trackerkit.filters import And, Filter, Or
from trackerkit.query import Test

Span = tuple[int, int]
"""The first and the last of some numbers in a row."""

END: Final = 2**63 - 1
EVERYTHING: Final[tuple[Span, ...]] = ((1, END),)
NUMBERS: Final = ("number", "id")
"""The fields that hold an event's number."""

TIMES: Final = ("created_at", "at")
"""The fields that hold when an event happened."""

_GAP: Final = 200


def spans(node: Filter) -> tuple[Span, ...]:
    """Spans in rising order that hold every number for which a checked filter may hold."""
    if isinstance(node, And):
        made: Sequence[Span] = EVERYTHING
        for part in node.parts:
            made = both(made, spans(part))
        return tuple(made)
    if isinstance(node, Or):
        return _merged(span for part in node.parts for span in spans(part))
    if isinstance(node, Test) and not node.path.steps and node.path.text in NUMBERS:
        return _of_test(node.operator, node.value)
    return EVERYTHING


def _of_test(operator: str, value: Any) -> tuple[Span, ...]:
    if operator in ("is", "in"):
        wanted = value if operator == "in" else (value,)
        return _merged((number, number) for item in wanted if (number := _number(item)) is not None)
    if operator == "between":
        low, high = map(_number, value)
        return EVERYTHING if low is None or high is None else both(EVERYTHING, [(low, high)])
    number = _number(value)
    if number is None or operator not in _BOUNDS:
        return EVERYTHING
    return both(EVERYTHING, [_BOUNDS[operator](number)])


_BOUNDS: Final[dict[str, Callable[[int], Span]]] = {
    "greater_than": lambda number: (number + 1, END),
    "at_least": lambda number: (number, END),
    "less_than": lambda number: (1, number - 1),
    "at_most": lambda number: (1, number),
}


def _number(value: Any) -> int | None:
    """The whole number that a value stands for; None for any other value, which no number is."""
    if isinstance(value, str):
        return int(value) if value.isascii() and value.isdecimal() else None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def moments(node: Filter) -> tuple[datetime | None, datetime | None]:
    """When the events happened for which a checked filter may hold: not before, and not after; None for any time."""
    since: datetime | None = None
    until: datetime | None = None
    for part in node.parts if isinstance(node, And) else (node,):
        if isinstance(part, And):
            low, high = moments(part)
        elif isinstance(part, Test) and part.path.text in TIMES and part.value is not None:
            low, high = _TIMES.get(part.operator, _any_time)(part.value)
        else:
            continue
        since = max(filter(None, (since, low)), default=None)
        until = min(filter(None, (until, high)), default=None)
    return since, until


def _any_time(value: Any) -> tuple[None, None]:
    return None, None


_TIMES: Final[dict[str, Callable[[Any], tuple[datetime | None, datetime | None]]]] = {
    "is": lambda moment: (moment, moment),
    "between": lambda pair: (pair[0], pair[1]),
    **dict.fromkeys(("greater_than", "at_least"), lambda moment: (moment, None)),
    **dict.fromkeys(("less_than", "at_most"), lambda moment: (None, moment)),
}


def both(some: Sequence[Span], others: Sequence[Span]) -> tuple[Span, ...]:
    """What lies in both; each in rising order."""
    made, at, other = [], 0, 0
    while at < len(some) and other < len(others):
        low, high = max(some[at][0], others[other][0]), min(some[at][1], others[other][1])
        if low <= high:
            made.append((low, high))
        if some[at][1] < others[other][1]:
            at += 1
        else:
            other += 1
    return tuple(made)


def _merged(found: Iterable[Span], gap: int = 0) -> tuple[Span, ...]:
    made: list[Span] = []
    for low, high in sorted(found):
        if made and low <= made[-1][1] + 1 + gap:
            made[-1] = made[-1][0], max(made[-1][1], high)
        else:
            made.append((low, high))
    return tuple(made)


def bridged(found: Iterable[Span]) -> tuple[Span, ...]:
    """Spans of which those that lie close together are one: reading the gap costs less than another request."""
    return _merged(found, _GAP)
