"""Asking: the requests of a read: native pages by key, the next one while this one is used; and the site's own count."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor, Future
from typing import Any, NamedTuple

from trackerkit.query import Query
from trackerkit_shotgrid.client import Client, Json
from trackerkit_shotgrid.compile.reach import Reacher
from trackerkit_shotgrid.compile.reads import Read
from trackerkit_shotgrid.compile.rows import Typed


class Rows(NamedTuple):
    """One native page.

    Args:
        rows: in the order of their ids.
        after: the id to go on behind; None at the end.
        is_typed: True for rows of the type that was asked for, False for plain JSON.
    """

    rows: Sequence[Any]
    after: int | None
    is_typed: bool = False


class Asker:
    """Sends the reads of one backend.

    Args:
        client: of the site.
        reacher: of its schema.
        ahead: runs the request of the next page while this one is used.
    """

    def __init__(self, client: Client, reacher: Reacher, ahead: Executor) -> None:
        self.client = client
        self.reacher = reacher
        self.ahead = ahead

    def pages(
        self,
        read: Read,
        query: Query,
        only: str,
        after: Any,
        size: int,
        falling: bool = False,
        extra: Iterable[str] = (),
        typed: Typed | None = None,
    ) -> Iterator[Rows]:
        """Native pages by key: the next one is asked for while this one is used.

        Args:
            read: what is asked of the site.
            query: what was asked of us.
            only: ``active`` or ``retired``.
            after: the id to begin behind, or None.
            size: rows a page.
            falling: from the highest id down.
            extra: more native fields.
            typed: how the pages are read, where that is not plain JSON.
        """
        if read.is_nothing:
            return
        ask = self._asker(read, query, only, size, falling, tuple(extra), typed)
        pending: Future[Rows] | None = None
        left = query.limit if read.is_exact and read.owner != "Reviewable" else None
        while True:
            page = pending.result() if pending is not None else ask(after)
            left = None if left is None else left - len(page.rows)
            more = page.after is not None and (left is None or left > 0)
            pending = self.ahead.submit(ask, page.after) if more else None
            yield page
            if pending is None:
                return

    def _asker(
        self, read: Read, query: Query, only: str, size: int, falling: bool, extra: tuple[str, ...], typed: Typed | None
    ) -> Callable[[Any], Rows]:
        """A function that reads the page behind an id."""
        filters = [*read.filters, *self.unarchived(read, query)]
        argument = {
            "type": read.native,
            "return_fields": list(dict.fromkeys((*read.natives, *extra))) or ["id"],
            "return_only": only,
            "paging": {"entities_per_page": size, "current_page": 1},
            "sorts": [{"field_name": "id", "direction": "desc" if falling else "asc"}],
            "api_return_image_urls": True,
            "return_paging_info_without_counts": True,
        }
        if not query.archived:
            argument["include_archived_projects"] = False
        relation = "less_than" if falling else "greater_than"

        def ask(after: Any) -> Rows:
            behind = [] if after is None else [["id", relation, int(after)]]
            asked = {**argument, "filters": self.client.translated([*filters, *behind])}
            if typed is None:
                return _plain(self.client.read(asked), size)
            answer = self.client.read_typed(asked, typed.decode)
            return _plain(answer, size) if isinstance(answer, dict) else _typed(answer, size)

        return ask

    def unarchived(self, read: Read, query: Query) -> list[Any]:
        """What keeps archived projects out of a read of projects, which the site's own switch does not."""
        if query.archived or read.native != "Project" or "archived" not in self.reacher.site.types["Project"].fields:
            return []
        return [[self.reacher.site.types["Project"].fields["archived"].native, "is", False]]

    def counted(self, query: Query, read: Read, only: str) -> int | None:
        """The site's own count of what it would give; None where it gives none."""
        argument = {
            "type": read.native,
            "return_fields": ["id"],
            "filters": self.client.translated([*read.filters, *self.unarchived(read, query)]),
            "return_only": only,
            "paging": {"entities_per_page": 1, "current_page": 1},
            "return_paging_info": True,
        }
        if not query.archived:
            argument["include_archived_projects"] = False
        info = self.client.read(argument).get("paging_info") or {}
        count = info.get("entity_count")
        return count if isinstance(count, int) and not isinstance(count, bool) else None


def _plain(answer: Json, size: int) -> Rows:
    rows = answer["entities"]
    return Rows(rows, rows[-1]["id"] if rows and _has_more(answer.get("paging_info"), rows, size) else None)


def _typed(answer: Any, size: int) -> Rows:
    rows = answer.entities
    return Rows(rows, rows[-1].id if rows and _has_more(answer.paging_info, rows, size) else None, is_typed=True)


def _has_more(info: Any, rows: Sequence[Any], size: int) -> bool:
    more = info.get("has_next_page") if isinstance(info, dict) else None
    return more if isinstance(more, bool) else len(rows) >= size
