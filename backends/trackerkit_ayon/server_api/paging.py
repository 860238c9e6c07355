"""Pages of a GraphQL connection: by cursor, in sizes that fit the server, the next one asked for while one is read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextvars import copy_context
from time import perf_counter
from typing import Any, Final, TypeAlias

from trackerkit_ayon.server_api.exceptions import GraphQlQueryError, ServerTimeout

Connection: TypeAlias = Mapping[str, Any]
"""``edges`` and ``pageInfo``, as the server sends them."""

Ask: TypeAlias = Callable[[int, "str | None"], Connection]
"""Fetches one page: how many rows at most, and the cursor that they come after."""

FIRST_SIZE: Final = 1_000
LEAST_SIZE: Final = 50
LARGEST_SIZE: Final = 4_000
"""The sizes of a page, in rows; the server itself sets no upper limit."""

QUICK_S: Final = 1.5
SLOW_S: Final = 4.0
"""A page that came within the former may be followed by a larger one; one that took the latter, by a smaller one."""

_GAIN: Final = 1.1


class PageSize:
    """How many rows to ask one connection for: doubled while that brings more rows a second, halved where it is slow."""

    def __init__(self, first: int = FIRST_SIZE, largest: int = LARGEST_SIZE) -> None:
        self.rows = first
        self._largest = largest
        self._best = 0.0

    def note(self, asked: int, got: int, seconds: float) -> None:
        """Learn from a page; only full ones of the present size tell something."""
        if seconds > SLOW_S:
            self.rows = max(LEAST_SIZE, min(self.rows, asked // 2))
            return
        if got < asked or asked != self.rows or seconds <= 0:
            return
        rate = got / seconds
        if rate > self._best * _GAIN and seconds < QUICK_S:
            self.rows = min(self._largest, asked * 2)
        self._best = max(self._best, rate)

    def shrink(self, asked: int) -> bool:
        """Ask for a quarter after a page timed out, and never for so many again; False when it was a small one already."""
        if asked <= LEAST_SIZE:
            return False
        self.rows = max(LEAST_SIZE, asked // 4)
        self._largest = max(LEAST_SIZE, asked // 2)
        return True


class Page:
    """Some edges, and the cursor behind them; None at the end."""

    __slots__ = ("_begin", "edges", "is_first", "next")

    def __init__(self, edges: list[Any], is_first: bool, begin: Callable[[], None], next: str | None = None) -> None:
        self.edges, self.is_first, self._begin, self.next = edges, is_first, begin, next

    def go_on(self) -> None:
        """Have the next page fetched already; without it that waits until it is asked for."""
        self._begin()


def pages(
    ask: Ask,
    size: PageSize,
    *,
    at_most: int | None = None,
    may_skip: bool = False,
    newest_first: bool = False,
    after: str | None = None,
) -> Iterator[Page]:
    """The pages of a connection.

    The page after the first one is fetched when ``Page.go_on`` says so, every further one at once: who takes the first
    row alone costs the server one page.

    Args:
        ask: fetches one page.
        size: what is known of this connection's page size; learns.
        at_most: more rows than these there cannot be, as with a filter by ids.
        may_skip: the server leaves out rows that the caller may not see and then takes a short page for the last one
            (activities, list items, projects); go on until an empty one.
        newest_first: pages come from the end.
        after: the cursor to begin behind.

    Raises:
        GraphQlQueryError: the server says that there is more and not where, or turns in a circle.
    """
    more = "hasPreviousPage" if newest_first else "hasNextPage"
    fetch = _Fetch(ask, size, None if at_most is None else at_most + 1)
    connection, seen, is_first = fetch(after), 0, True
    while True:
        edges, info = connection["edges"], connection["pageInfo"]
        seen += len(edges)
        if not info[more] and not (may_skip and edges and info["endCursor"]):
            yield Page(edges, is_first, nothing)
            return
        after = _next_cursor(info["endCursor"], after, seen)
        ahead = Ahead(fetch, after)
        page = Page(edges, is_first, ahead.start, after)
        if not is_first:
            ahead.start()
        yield page
        connection, is_first = ahead.result(), False


def _next_cursor(cursor: str | None, before: str | None, seen: int) -> str:
    if cursor is None:
        raise GraphQlQueryError(f"the server announced more than these {seen} rows and no cursor to them", sent="yes")
    if cursor == before:
        raise GraphQlQueryError(f"the server gave the same cursor twice, after {seen} rows", sent="yes")
    return cursor


def nothing() -> None:
    """There is no next page to fetch."""


class _Fetch:
    """Fetches pages in the size that is best, and teaches it; a page that times out is asked for again, smaller."""

    def __init__(self, ask: Ask, size: PageSize, at_most: int | None) -> None:
        self._ask, self._size, self._at_most = ask, size, at_most

    def __call__(self, after: str | None) -> Connection:
        while True:
            rows = self._size.rows if self._at_most is None else min(self._size.rows, self._at_most)
            began = perf_counter()
            try:
                connection = self._ask(rows, after)
            except ServerTimeout:
                if not self._size.shrink(rows):
                    raise
                continue
            self._size.note(rows, len(connection["edges"]), perf_counter() - began)
            return connection


class Ahead:
    """A call made in a thread of its own, as soon as somebody starts it or wants its result."""

    def __init__(self, call: Callable[..., Any], *arguments: Any) -> None:
        self._call, self._arguments = call, arguments
        self._thread: threading.Thread | None = None
        self._value: Any = None
        self._error: BaseException | None = None

    def start(self) -> None:
        """Begin, unless it has begun."""
        if self._thread is None:
            context = copy_context()
            self._thread = threading.Thread(target=context.run, args=(self._run,), name="ayon-page", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        try:
            self._value = self._call(*self._arguments)
        except BaseException as error:  # noqa: BLE001 - raised where the result is waited for
            self._error = error

    def result(self) -> Any:
        """What the call gave, waited for; its error is raised here."""
        if self._thread is None:
            return self._call(*self._arguments)
        self._thread.join()
        if self._error is not None:
            raise self._error
        return self._value
