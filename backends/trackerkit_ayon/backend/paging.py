"""Pages of nodes, project after project: the next one on its way while one is looked at, and as large as pays."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Final

from trackerkit.errors import TrackerError
from trackerkit.filters import And
from trackerkit.query import Query
from trackerkit_ayon.backend.folders import FolderList
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.client import FIRST_PAGE, LARGEST_PAGE
from trackerkit_ayon.client import Page as Nodes
from trackerkit_ayon.compile.reads import Read, projects_of
from trackerkit_ayon.mapping.rows import Node

AHEAD: Final = 2
"""Projects whose first page is asked for before their turn, by a query over several."""

Timed = tuple[Nodes, float]
"""A page, and the seconds that its request took."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked of each project.

    Args:
        query: the whole query.
        asked: as AYON is asked.
        selected: the GraphQL selection.
        is_raw: leave the texts in the nodes as they came.
        folders: the short way to all folders of a project, where the query can go it.
    """

    query: Query
    asked: Read
    selected: str
    is_raw: bool = False
    folders: FolderList | None = None


class Pager:
    """Reads what a wish asks, page by page.

    Args:
        server: where the records live.
        wish: what is asked.
    """

    def __init__(self, server: Server, wish: Wish) -> None:
        self._server, self._wish = server, wish

    def pages(self) -> Iterator[tuple[str, list[Node], Any]]:
        """The project, its nodes and the cursor behind them. A project that is deleted meanwhile ends early."""
        after = self._wish.query.after or {}
        names = self._server.project_names(self._wish.query.projects, self._wish.query.archived)
        chosen = projects_of(self._wish.query)
        names = [name for name in names if name in chosen] if chosen is not None else names
        if after:
            names = [name for name in names if name >= after["project"]]
        for name, turn in self._turns(names, after):
            try:
                for nodes, cursor in turn:
                    yield name, nodes, _behind(name, cursor, names)
            except TrackerError:
                if self._wish.query.projects is not None or self._server.is_there(name):
                    raise

    def _turns(
        self, names: Sequence[str], after: dict[str, Any]
    ) -> Iterator[tuple[str, Iterator[tuple[list[Node], Any]]]]:
        """Each project in turn with its pages, the first ones of the next projects already asked for."""
        ahead: dict[str, Future[Timed]] = {}
        try:
            for at, name in enumerate(names):
                cursor = after.get("cursor") if name == after.get("project") else None
                if self._wish.folders is not None and not isinstance(cursor, str):
                    yield name, self._all_folders(self._wish.folders, name, cursor)
                    continue
                size = _Size(self._wish.query, self._wish.asked)
                first = ahead.pop(name, None) or self._ask(name, size.now, cursor)
                for other in names[at + 1 : at + 1 + AHEAD]:
                    ahead[other] = ahead.get(other) or self._ask(other, size.now, None)
                yield name, self._pages_of(name, first, size)
        finally:
            for future in ahead.values():
                future.cancel()

    def _all_folders(self, folders: FolderList, project: str, cursor: Any) -> Iterator[tuple[list[Node], Any]]:
        """Every folder at once, or, of a project with too many, page by page."""
        found = folders.pages(project, cursor)
        if found is not None:
            yield from found
            return
        size = _Size(self._wish.query, self._wish.asked)
        yield from self._pages_of(project, self._ask(project, size.now, None), size)

    def _pages_of(self, project: str, first: Future[Timed], size: _Size) -> Iterator[tuple[list[Node], str | None]]:
        ahead: Future[Timed] | None = first
        while ahead is not None:
            page, seconds = ahead.result()
            size.learn(len(page.rows), seconds)
            is_last = page.next is None or size.is_enough
            ahead = None if is_last else self._ask(project, size.now, page.next)
            if page.rows:
                yield page.rows, page.next
            if ahead is None and page.next is not None:
                ahead = self._ask(project, size.now, page.next)

    def _ask(self, project: str, size: int, cursor: str | None) -> Future[Timed]:
        return self._server.executor.submit(self._timed, project, size, cursor)

    def _timed(self, project: str, size: int, cursor: str | None) -> Timed:
        wish = self._wish
        start = time.monotonic()
        page = self._server.client.page(
            wish.query.type, project, wish.selected, wish.asked.arguments, size, cursor, wish.is_raw
        )
        return page, time.monotonic() - start


def _behind(name: str, cursor: Any, names: Sequence[str]) -> dict[str, Any] | None:
    if cursor is not None:
        return {"project": name, "cursor": cursor}
    following = next((other for other in names if other > name), None)
    return {"project": following, "cursor": None} if following is not None else None


class _Size:
    """How many rows to ask for: twice as many while that gives more rows a second."""

    def __init__(self, query: Query, asked: Read) -> None:
        limit = query.limit if asked.left == And(()) else None
        self.is_fixed = query.page_size is not None or limit is not None
        self.now = query.page_size or min(limit or FIRST_PAGE, FIRST_PAGE)
        self._wanted, self._best = limit, 0.0
        self.is_enough = False

    def learn(self, rows: int, seconds: float) -> None:
        """Count a page in."""
        if self._wanted is not None:
            self._wanted -= rows
            self.is_enough = self._wanted <= 0
            self.now = min(max(self._wanted, 1), FIRST_PAGE) if not self.is_enough else self.now
        speed = rows / max(seconds, 1e-6)
        if not self.is_fixed and rows >= self.now and speed > self._best * 1.1:
            self.now = min(self.now * 2, LARGEST_PAGE)
        self._best = max(self._best, speed)
