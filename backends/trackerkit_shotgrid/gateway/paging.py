"""Pages by number, as ``shotgun_api3`` asks for them, on top of pages by key.

Where a page ended is remembered, so that the next one begins there whatever was added or taken away meanwhile. What is
remembered may be lost at any time: the place is then found by counting rows, as ShotGrid itself does it.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Generator, Hashable, Sequence
from contextlib import closing
from dataclasses import dataclass
from threading import Lock
from typing import Any, Final

from trackerkit.clock import SYSTEM, Clock
from trackerkit.entities import Page, Plan, joined
from trackerkit.query import Query
from trackerkit.tracker import Tracker

REMEMBERED: Final = 10_000
REMEMBERED_S: Final = 900.0
WALK: Final = 5_000
_COUNT_FROM: Final = 20_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where an answer goes on.

    Args:
        after: the cursor of the native page before; None for the beginning.
        skip: rows of the native page behind it that were given already.
    """

    after: Any = None
    skip: int = 0


START: Final = Place()


@dataclass(frozen=True, slots=True)
class Part:
    """One page of an answer.

    Args:
        plan: how its rows are read; None when there are none.
        rows: native rows.
        next: where the next page begins; None when there is none.
    """

    plan: Plan | None
    rows: Sequence[Any]
    next: Place | None


class Places:
    """Where pages ended, by whose they are and what was asked; old and surplus ones are forgotten. Thread-safe."""

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self._clock = clock
        self._kept: OrderedDict[Hashable, tuple[float, Place | None]] = OrderedDict()
        self._lock = Lock()

    def put(self, key: Hashable, place: Place | None) -> None:
        """Remember where a page begins; None: there is no such page."""
        with self._lock:
            self._kept[key] = (self._clock.monotonic() + REMEMBERED_S, place)
            self._kept.move_to_end(key)
            while len(self._kept) > REMEMBERED:
                self._kept.popitem(last=False)

    def find(self, key: Hashable) -> tuple[bool, Place | None]:
        """Whether it is remembered, and where the page begins."""
        with self._lock:
            until, place = self._kept.get(key, (0.0, None))
        return until > self._clock.monotonic(), place


def read_page(
    tracker: Tracker, query: Query, places: Places, key: Callable[[], tuple[Hashable, ...]], number: int, size: int
) -> Part:
    """Page ``number`` (from 1) of ``size`` rows of an answer.

    Args:
        tracker: whom to ask.
        query: the whole answer.
        places: where pages ended.
        key: gives whose page it is, and of what answer.
        number: which page.
        size: rows a page.
    """
    place: Place | None = START
    if number > 1:
        is_known, place = places.find((*key(), number))
        if not is_known:
            place = find_place(tracker, query, (number - 1) * size)
    part = take(tracker, query, place, size) if place is not None else Part(None, (), None)
    if part.next is not None or number > 1:
        places.put((*key(), number + 1), part.next)
    return part


def take(tracker: Tracker, query: Query, place: Place, size: int) -> Part:
    """The next ``size`` rows from a place on; fewer at the end."""
    found: list[tuple[Plan, Sequence[Any]]] = []
    left, place_after = size, place
    with closing(_pages(tracker, query.with_(after=place.after, page_size=size))) as pages:
        for page in pages:
            skip = place_after.skip
            wanted = page.rows[skip : skip + left]
            found.append((page.plan, wanted))
            left -= len(wanted)
            if skip + len(wanted) < len(page.rows):
                return Part(*joined(found), Place(place_after.after, skip + len(wanted)))
            place_after = Place(page.next)
            if not left or page.next is None:
                break
        else:  # behind the last page that was given lay nothing that the question wants
            place_after = START
    return Part(*joined(found), place_after if place_after.after is not None else None)


def find_place(tracker: Tracker, query: Query, offset: int) -> Place | None:
    """Where the row stands that has ``offset`` rows before it; None when there are not so many."""
    bare = query.with_(fields=())
    if offset > _COUNT_FROM and tracker.backend.count(bare) <= offset:
        return None
    after: Any = None
    left = offset
    with closing(_pages(tracker, bare.with_(page_size=min(offset, WALK)))) as pages:
        for page in pages:
            if left < len(page.rows):
                return Place(after, left)
            left -= len(page.rows)
            after = page.next
            if after is None:
                return None
            if not left:
                return Place(after)
    return None


def _pages(tracker: Tracker, query: Query) -> Generator[Page, None, None]:
    """The pages as a generator, which can be closed before its end."""
    yield from tracker.read(query)
