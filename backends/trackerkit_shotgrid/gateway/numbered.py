"""Reads by number, where the numbers are not the tracker's own ids: what sorts or compares ids comes through here.

Whole numbers are given to records of such a tracker by the gateway, so the tracker can neither sort nor compare by them.
The numbers of all that a query finds are read once and sorted here; then each page is fetched by its own records' ids.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from threading import Lock
from typing import Any, Final

from trackerkit.clock import SYSTEM, Clock
from trackerkit.entities import Plan, joined
from trackerkit.query import Query
from trackerkit.tracker import Tracker
from trackerkit_shotgrid.gateway.faults import Fault, wrong_class
from trackerkit_shotgrid.gateway.ids import Ids
from trackerkit_shotgrid.gateway.paging import START, take
from trackerkit_shotgrid.gateway.wire import Group, Leaf, Read

REMEMBERED: Final = 32
REMEMBERED_S: Final = 300.0
_RELATIONS: Final = ("greater_than", "less_than", "between")
_END: Final = 2**63


@dataclass(frozen=True, slots=True)
class Bounds:
    """Which numbers are wanted.

    Args:
        low: the least.
        high: the greatest.
    """

    low: int = 0
    high: int = _END

    def with_leaf(self, verb: str, where: str, leaf: Leaf) -> Bounds:
        """Narrowed by one more condition.

        Raises:
            Fault: for a value that is no whole number, or too few of them.
        """
        flat = leaf.values[0] if len(leaf.values) == 1 and isinstance(leaf.values[0], list) else leaf.values
        if len(flat) != (2 if leaf.relation == "between" else 1):
            count = "2-element" if leaf.relation == "between" else "1-element"
            raise Fault(f"API {verb}() '{leaf.relation}' 'relation' expects a {count} array")
        for value in flat:
            if isinstance(value, bool) or not isinstance(value, int):
                raise wrong_class(verb, where, ("Integer",), value)
        if leaf.relation == "greater_than":
            return replace(self, low=max(self.low, flat[0] + 1))
        if leaf.relation == "less_than":
            return replace(self, high=min(self.high, flat[0] - 1))
        return replace(self, low=max(self.low, flat[0]), high=min(self.high, flat[1]))

    def span(self, numbers: Sequence[int]) -> tuple[int, int]:
        """Where the wanted ones begin and end among ascending numbers."""
        low = bisect_left(numbers, self.low)
        return low, max(low, bisect_right(numbers, self.high))


EVERYTHING: Final = Bounds()


def split(filters: Group, verb: str, native: str) -> tuple[Group, Bounds]:
    """The comparisons of ids that hold for every record wanted, and the rest of the conditions."""
    bounds = EVERYTHING
    if filters.operator != "and":
        return filters, bounds
    kept: list[Leaf | Group] = []
    for part in filters.parts:
        if isinstance(part, Group) and part.operator == "and":
            inner, more = split(part, verb, native)
            bounds = Bounds(max(bounds.low, more.low), min(bounds.high, more.high))
            kept.append(inner)
        elif isinstance(part, Leaf) and part.path == "id" and part.relation in _RELATIONS:
            bounds = bounds.with_leaf(verb, f"{native}.id", part)
        else:
            kept.append(part)
    return Group("and", tuple(kept)), bounds


def is_asked(asked: Read, bounds: Bounds) -> bool:
    """Whether a ``read`` sorts or compares by number."""
    return bounds != EVERYTHING or bool(asked.sorts and asked.sorts[0].path == "id")


class Lists:
    """The sorted numbers that questions found lately; old and surplus ones are forgotten. Thread-safe."""

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self._clock = clock
        self._kept: OrderedDict[Hashable, tuple[float, Sequence[int]]] = OrderedDict()
        self._lock = Lock()

    def put(self, key: Hashable, numbers: Sequence[int]) -> None:
        """Remember; ``numbers`` ascend."""
        with self._lock:
            self._kept[key] = (self._clock.monotonic() + REMEMBERED_S, numbers)
            self._kept.move_to_end(key)
            while len(self._kept) > REMEMBERED:
                self._kept.popitem(last=False)

    def find(self, key: Hashable) -> Sequence[int] | None:
        """What is remembered."""
        with self._lock:
            until, numbers = self._kept.get(key, (0.0, ()))
        return numbers if until > self._clock.monotonic() else None


@dataclass(frozen=True, slots=True)
class Numbered:
    """One page.

    Args:
        plan: how its rows are read; None when there are none.
        rows: native rows, in order.
        has_next: more come behind them.
        count: how many there are in all.
    """

    plan: Plan | None
    rows: Sequence[Any]
    has_next: bool
    count: int


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one question's pages.

    Args:
        tracker: whom to ask.
        ids: of the records.
        lists: what was found lately.
        key: of the question without its bounds and pages, and of who asks.
        query: the question without its bounds.
        among: the question, only for some ids of the tracker.
    """

    tracker: Tracker
    ids: Ids
    lists: Lists
    key: Hashable
    query: Query
    among: Callable[[Sequence[str]], Query]

    def page(self, asked: Read, bounds: Bounds) -> Numbered:
        """The page that is asked for."""
        is_falling = bool(asked.sorts) and asked.sorts[0].path == "id" and asked.sorts[0].is_descending
        skip, size = (asked.page - 1) * asked.per_page, asked.per_page
        goes_on = skip > 0 or (bounds.high < _END if is_falling else bounds.low > 0)
        numbers = self.lists.find(self.key) if goes_on else None
        if numbers is not None:
            found, left, count = self._cut(numbers, bounds, is_falling, skip, size)
            if left:
                return Numbered(*self._fetched(found), True, count)
        return self._fresh(asked, bounds, is_falling, skip, size)

    def _fresh(self, asked: Read, bounds: Bounds, is_falling: bool, skip: int, size: int) -> Numbered:
        part = take(self.tracker, self.query, START, size)
        if part.next is None:
            pairs = self._numbered(part.plan, part.rows)
            low, high = bounds.span([number for number, _ in pairs])
            rows = [row for _, row in (pairs[low:high][::-1] if is_falling else pairs[low:high])]
            return Numbered(part.plan, rows[skip : skip + size], len(rows) > skip + size, len(rows))
        numbers = self._all()
        self.lists.put(self.key, numbers)
        found, left, count = self._cut(numbers, bounds, is_falling, skip, size)
        return Numbered(*self._fetched(found), left > 0, count)

    def _all(self) -> Sequence[int]:
        numbers: list[int] = []
        for page in self.tracker.read(self.query.with_(fields=())):
            numbers.extend(number for number, _ in self._numbered(page.plan, page.rows))
        return array("q", sorted(numbers))

    def _numbered(self, plan: Plan | None, rows: Sequence[Any]) -> list[tuple[int, Any]]:
        """Rows with their numbers, ascending."""
        if plan is None:
            return []
        refs = list(map(plan.ref, rows))
        self.ids.prepare(refs)
        return sorted(zip(map(self.ids.number, refs), rows, strict=True), key=itemgetter(0))

    @staticmethod
    def _cut(
        numbers: Sequence[int], bounds: Bounds, is_falling: bool, skip: int, size: int
    ) -> tuple[Sequence[int], int, int]:
        """The numbers of a page in order, how many come behind them, and how many there are in all."""
        low, high = bounds.span(numbers)
        if is_falling:
            end = max(low, high - skip)
            start = max(low, end - size)
            return numbers[start:end][::-1], start - low, high - low
        start = min(high, low + skip)
        end = min(high, start + size)
        return numbers[start:end], high - end, high - low

    def _fetched(self, numbers: Sequence[int]) -> tuple[Plan | None, Sequence[Any]]:
        """The rows of these numbers, in this order; what is no longer found is left out."""
        refs = self.ids.refs(self.query.type, numbers)
        pages = self.tracker.read(self.among([ref.id for ref in refs.values()])) if refs else ()
        plan, found = joined([(page.plan, page.rows) for page in pages])
        rows = dict(self._numbered(plan, found))
        return plan, [rows[number] for number in numbers if number in rows]
