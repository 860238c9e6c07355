"""Lanes: pages of one listing asked for side by side, behind cursors that are computed; for servers with several workers."""

from __future__ import annotations

import json
import threading
from base64 import b64decode, b64encode
from bisect import bisect_right
from collections import deque
from collections.abc import Callable, Iterator
from time import perf_counter, sleep
from typing import Any, Final, NamedTuple

from trackerkit_ayon.server_api.paging import Ahead, Ask, Connection, Page, PageSize, nothing, pages

LARGEST_SIZE: Final = 2_000
"""Rows of one page at most: of few large pages, one is left over at the end, and the first one is waited for alone."""

_MOST_APART_S: Final = 0.2


def number_of(cursor: Any) -> int | None:
    """The place in creation order that a cursor stands for; None for a cursor of another kind.

    A cursor of AYON's is the JSON list of what rows are sorted by, in base64: ``WzFd`` is ``[1]``.
    """
    try:
        found = json.loads(b64decode(cursor, validate=True))
    except (TypeError, ValueError):
        return None
    is_number = isinstance(found, list) and len(found) == 1 and type(found[0]) is int
    return int(found[0]) if is_number else None


def cursor_of(number: int) -> str:
    """The cursor behind a place in creation order, whether or not there is a row."""
    return b64encode(json.dumps([number]).encode()).decode()


class _Lane(NamedTuple):
    """A page that was asked for, and how many rows it can have."""

    rows: int
    page: Ahead


def side_by_side(ask: Ask, size: PageSize, count: int, renew: Callable[[], None] = nothing) -> Iterator[Page]:
    """The pages of a listing in creation order, several of them on their way at once.

    ``n`` rows span at least ``n`` places, so the page behind the next one can be asked for before the next one has come:
    it begins ``n`` places on, where the two may overlap and never gape. What was given is left out by its cursor.

    A connection belongs to the worker that took it, for as long as it is open. So the first lanes begin on new connections
    one after another, each while the server is in the midst of the page before: it is an idle worker that takes the next.

    Args:
        ask: fetches one page, whose edges have their ``cursor``.
        size: what is known of this connection's page size; see ``LARGEST_SIZE``.
        count: how many pages may be on their way; as many more may wait for their turn, or to be looked at.
        renew: called before the first lanes; the connections that were open are not used any more.
    """
    size = PageSize(min(size.rows, LARGEST_SIZE), LARGEST_SIZE)
    began = perf_counter()
    first = next(pages(ask, size))
    apart_s = min((perf_counter() - began) / count, _MOST_APART_S)
    yield Page(first.edges, True, nothing)
    if first.next is None:
        return
    reached = number_of(first.next)
    if reached is None:
        yield from pages(ask, size, after=first.next)
        return
    renew()
    lanes: deque[_Lane] = deque()
    turn, later = _Turn(count), iter([at * apart_s for at in range(count)])
    frontier, is_last, most = reached, False, count
    fresh: list[Any] = []
    try:
        while not is_last:
            while len(lanes) < most:
                lanes.append(_begun(ask, size, frontier, turn, next(later, 0.0)))
                frontier += lanes[-1].rows
            yield Page(fresh, False, nothing)
            rows, page = lanes.popleft()
            edges = page.result()["edges"]
            is_last = len(edges) < rows
            places = _Places(edges)
            fresh = edges[bisect_right(places, reached) :]
            most = 2 * count if 2 * len(fresh) > len(edges) else count  # where places are sparse, lanes overlap in vain
            reached = places[-1] if fresh else reached
            frontier = max(frontier, reached)
    finally:
        turn.is_over = True
    yield Page(fresh, False, nothing)


class _Turn:
    """Lets so many lanes ask at once; the others wait, and never ask once the listing is over."""

    def __init__(self, count: int) -> None:
        self.room = threading.Semaphore(count)
        self.is_over = False


def _begun(ask: Ask, size: PageSize, start: int, turn: _Turn, after_s: float) -> _Lane:
    rows = size.rows

    def fetch() -> Connection:
        sleep(after_s)
        with turn.room:
            if turn.is_over:
                return _NOTHING
            began = perf_counter()
            connection = ask(rows, cursor_of(start))
            size.note(rows, len(connection["edges"]), perf_counter() - began)
            return connection

    page = Ahead(fetch)
    page.start()
    return _Lane(rows, page)


_NOTHING: Final[Connection] = {"edges": []}


class _Places:
    """The places of edges in creation order, each read when it is looked at: a search looks at few."""

    def __init__(self, edges: list[Any]) -> None:
        self._edges = edges

    def __len__(self) -> int:
        return len(self._edges)

    def __getitem__(self, index: int) -> int:
        place = number_of(self._edges[index]["cursor"])
        if place is None:
            raise ValueError(f"{self._edges[index]['cursor']!r} is no place in creation order")
        return place
