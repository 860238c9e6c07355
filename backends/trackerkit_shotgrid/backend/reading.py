"""Reading: pages of a site's records by key, with what the site cannot answer finished here."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from itertools import islice
from typing import Any, Final

from trackerkit.backend import Explanation
from trackerkit.entities import Page, Plan
from trackerkit.evaluate import matching, paths_of
from trackerkit.filters import And
from trackerkit.query import Path, Query
from trackerkit.residual import finish_sorted
from trackerkit.summaries import Grouping, Summary
from trackerkit.values import Ref
from trackerkit_shotgrid.backend.asking import Asker, Rows
from trackerkit_shotgrid.backend.deriving import Deriver
from trackerkit_shotgrid.backend.summing import Summer
from trackerkit_shotgrid.client import Client
from trackerkit_shotgrid.compile.reach import Reacher, Row
from trackerkit_shotgrid.compile.reads import Read, Record, RowResolver, columns_of, read_of
from trackerkit_shotgrid.compile.rows import Typed, paths_left, typed_of

Fetch = Callable[..., Any]

SMALL: Final = 50
"""Rows for which no type is made: making one takes as long as reading some hundred rows."""

MOST_TYPES: Final = 64
"""Kinds of rows that are remembered."""


class _Seen:
    """A row that is looked at again by paths that are read straight out of it."""

    __slots__ = ("given", "row")

    def __init__(self, given: Any, row: Row) -> None:
        self.given = given
        self.row = row


class Reader:
    """Answers the queries of one backend.

    Args:
        client: of the site.
        reacher: of its schema.
        fetch: bulk read of records by Ref, for paths through several requests.
        pages: reads a checked query, for reverse links.
        ahead: runs the request of the next page while this one is used.
    """

    def __init__(
        self, client: Client, reacher: Reacher, fetch: Fetch, pages: Callable[[Query], Iterator[Page]], ahead: Executor
    ) -> None:
        self.client = client
        self.reacher = reacher
        self.fetch = fetch
        self._types: dict[Any, Typed | None] = {}
        self.asker = Asker(client, reacher, ahead)
        self.summer = Summer(client, reacher)
        self.deriver = Deriver(reacher, fetch, pages)

    # --- queries -------------------------------------------------------------------------------------------------

    def pages(self, query: Query) -> Iterator[Page]:
        """The pages of an answer."""
        if query.limit is not None and query.limit <= 0:
            return iter(())
        if query.order and not _is_by_id(query):
            return self._sorted(query)
        streams = self._streams(query)
        if len(streams) == 1:
            return self._single(query, *streams[0])
        return self._merged(query, streams)

    def count(self, query: Query) -> int:
        """How many records there are."""
        bare = query.with_(fields=(), order=())
        total = 0
        for read, only in self._streams(bare):
            if query.limit is not None and total >= query.limit:
                break
            total += self._count(bare, read, only)
        return total if query.limit is None else min(total, query.limit)

    def summarize(self, query: Query, wanted: Sequence[tuple[Path, str]], levels: Sequence[Grouping]) -> Summary | None:
        """Sums and groups that the site makes; None where they are made here."""
        owners = self._owners(query)
        if len(owners) != 1 or owners[0] in ("Reviewable", "Event", "Project"):
            return None
        return self.summer.summarized(query, read_of(self.reacher, owners[0], query), wanted, levels)

    def explain(self, query: Query) -> Explanation:
        """What is asked of the site, and what is finished here."""
        keyed = bool(query.order) and not _is_by_id(query)
        reads = [read_of(self.reacher, owner, query, keyed=keyed) for owner in self._owners(query)]
        notes = []
        if len(reads) > 1:
            notes.append(f"one request a kind, merged by creation: {', '.join(read.owner for read in reads)}")
        if keyed:
            notes.append("ids and sort keys are read in creation order, sorted here, and the rows fetched by id")
        if any(not read.is_exact for read in reads) and query.limit is not None:
            notes.append("the limit is finished here")
        followed = sorted(
            {path.text for read in reads for path in paths_of(query) if not keyed and path not in read.reaches}
        )
        if followed:
            notes.append(f"followed by further requests: {', '.join(followed)}")
        left = sorted({repr(read.left) for read in reads if not read.is_exact})
        pushed = sorted({_shown(read) for read in reads})
        return Explanation(
            "shotgrid",
            " | ".join(text for text in pushed if text),
            " | ".join(left),
            "here" if keyed else "tracker" if query.order else "creation",
            [{"type": read.native, "filters": read.filters, "fields": list(read.natives)} for read in reads],
            tuple(notes),
        )

    # --- streams -------------------------------------------------------------------------------------------------

    def _owners(self, query: Query) -> list[str]:
        """The concrete types that a query ranges over."""
        types = self.reacher.site.types
        return [name for name in self.reacher.schema.concrete(query.type) if name in types and types[name].native]

    def _streams(self, query: Query, keyed: bool = False) -> list[tuple[Read, str]]:
        states = ("active", "retired") if query.state == "all" else (query.state,)
        reads = [read_of(self.reacher, owner, query, keyed=keyed) for owner in self._owners(query)]
        return [(read, only) for read in reads for only in states if only == "active" or read.native != "EventLogEntry"]

    def _single(self, query: Query, read: Read, only: str) -> Iterator[Page]:
        falling = bool(query.order) and query.order[0].descending
        size = self._size(query, read)
        wanted = query.limit
        typed = self._typed(read, query, size)
        for given in self.asker.pages(read, query, only, query.after, size, falling, typed=typed):
            page = self._page(read, query, given, typed)
            if wanted is not None and len(page) >= wanted:
                kept = page.rows[:wanted]
                yield Page(page.plan, kept, None)
                return
            wanted = None if wanted is None else wanted - len(page)
            if len(page):
                yield page

    def _typed(self, read: Read, query: Query, size: int) -> Typed | None:
        """How the rows are read into types: made where there are many to come, used where it is there."""
        if read.plan is None:
            return None
        key = (read.owner, query.fields, read.natives, query.columns, paths_left(read))
        if key not in self._types:
            if size <= SMALL:
                return None
            if len(self._types) >= MOST_TYPES:
                self._types.clear()
            made = self._types[key] = typed_of(self.reacher, read, query)
            return made
        return self._types.get(key)

    def _page(self, read: Read, query: Query, given: Rows, typed: Typed | None = None) -> Page:
        """Native rows as a page: as they are where nothing is left over, else looked at again."""
        rows, after, is_typed = given
        if is_typed and typed is not None:
            return Page(typed.plan, self._left(read, rows, typed.view), after)
        if read.owner == "Reviewable":
            rows = [row for row in rows if row.get("sg_uploaded_movie")]
        if read.plan is not None:
            return Page(read.plan, self._left(read, rows), after)
        records, resolver = self._records(read, query, rows)
        if not read.is_exact:
            records = [item for item in matching(read.left, records, resolver) if isinstance(item, Record)]
        return Page(Plan.plain(query.columns), columns_of(read, query, records, resolver), after)

    def _left(self, read: Read, rows: Sequence[Any], view: Callable[[Any], Row] | None = None) -> Sequence[Any]:
        """The rows for which what the site was not asked holds too."""
        if read.is_exact:
            return rows
        seen: Any = [_Seen(row, view(row) if view is not None else row) for row in rows]
        return [item.given for item in matching(read.left, seen, RowResolver(self.fetch, (), read))]  # type: ignore[attr-defined]

    def _records(self, read: Read, query: Query, rows: Sequence[Row]) -> tuple[list[Record], RowResolver]:
        records = [read.record(row) for row in rows]
        self.deriver.fill(read, records)
        return records, RowResolver(self.fetch, paths_of(query), read)

    def _merged(self, query: Query, streams: Sequence[tuple[Read, str]]) -> Iterator[Page]:
        """The kinds together in creation order. A page's cursor says for each of them how far it was read."""
        places: dict[str, int] = dict(query.after or {})
        sources = [
            self._keyed_rows(query, read, only, places.get(f"{read.native}:{only}"), len(streams))
            for read, only in streams
        ]
        rows = heapq.merge(*sources, key=_merge_key(len({read.native for read, _ in streams}) > 1))
        if query.limit is not None:
            rows = islice(rows, query.limit)  # type: ignore[assignment]
        size = query.page_size or self.client.page_size
        plan = Plan.plain(query.columns)
        given = 0
        while chunk := list(islice(rows, size)):
            places.update((name, number) for _, _, name, number, _ in chunk)
            given += len(chunk)
            is_last = len(chunk) < size or given == query.limit
            yield Page(plan, [values for *_, values in chunk], None if is_last else dict(places))

    def _keyed_rows(
        self, query: Query, read: Read, only: str, after: int | None, shares: int
    ) -> Iterator[tuple[str, int, str, int, Any]]:
        """The rows of one kind, each with its creation time, its id, and where it came from."""
        size = self._size(query, read)
        name = f"{read.native}:{only}"
        for rows, *_ in self.asker.pages(read, query, only, after, size, extra=("created_at",)):
            for row, values in zip(*self._kept(read, query, rows)):  # noqa: B905 - Python 3.10, same length
                yield row.get("created_at") or "", row["id"], name, row["id"], values

    def _kept(self, read: Read, query: Query, rows: Sequence[Row]) -> tuple[list[Row], list[tuple[Any, ...]]]:
        """The rows that match, and their refs and values."""
        if read.owner == "Reviewable":
            rows = [row for row in rows if row.get("sg_uploaded_movie")]
        records, resolver = self._records(read, query, rows)
        if not read.is_exact:
            records = [item for item in matching(read.left, records, resolver) if isinstance(item, Record)]
        return [record.row for record in records], columns_of(read, query, records, resolver)

    def _sorted(self, query: Query) -> Iterator[Page]:
        """An order that the site cannot be paged by: sorted here, in creation order where keys are equal."""
        left = And(())
        return finish_sorted(query, left, self._batches(query), self._fetch_any(query), self.client.page_size)

    def _fetch_any(self, query: Query) -> Fetch:
        """Rows are fetched in the state that was asked for; what they link to is always active."""
        if query.state == "active":
            return self.fetch
        owners = frozenset(self.reacher.schema.concrete(query.type))

        def fetch(refs: Sequence[Ref], fields: Sequence[str]) -> Any:
            state = "all" if refs and all(ref.type in owners for ref in refs) else "active"
            return self.fetch(refs, fields, state)

        return fetch

    def _batches(self, query: Query) -> Iterator[tuple[Sequence[Record], Any]]:
        streams = self._streams(query.with_(limit=None), keyed=True)
        bare = query.with_(limit=None, fields=(), after=None)
        sources = [self._record_stream(bare, read, only) for read, only in streams]
        key = _merge_key(len({read.native for read, _ in streams}) > 1)
        rows = sources[0] if len(sources) == 1 else heapq.merge(*sources, key=key)
        while chunk := [record for *_, record in islice(rows, self.client.page_size)]:
            yield chunk, None

    def _record_stream(self, query: Query, read: Read, only: str) -> Iterator[tuple[str, int, str, int, Any]]:
        for rows, *_ in self.asker.pages(read, query, only, None, self.client.page_size, extra=("created_at",)):
            records = [read.record(row) for row in rows if read.owner != "Reviewable" or row.get("sg_uploaded_movie")]
            self.deriver.fill(read, records)
            resolver = RowResolver(self.fetch, paths_of(query), read)
            for record in matching(read.left, records, resolver):
                row = record.row  # type: ignore[attr-defined]
                yield row.get("created_at") or "", row["id"], read.native, row["id"], record

    # --- requests ------------------------------------------------------------------------------------------------

    def _size(self, query: Query, read: Read) -> int:
        most = min(query.page_size or self.client.page_size, self.client.page_size)
        if query.limit is None:
            return most
        return min(most, query.limit if read.is_exact and read.owner != "Reviewable" else max(SMALL, query.limit * 2))

    def _count(self, query: Query, read: Read, only: str) -> int:
        if read.is_nothing:
            return 0
        if read.is_exact and read.owner != "Reviewable":
            found = self.asker.counted(query, read, only)
            if found is not None:
                return found
        unlimited = query.with_(limit=None, after=None)
        return sum(len(self._page(read, unlimited, page)) for page in
                   self.asker.pages(read, unlimited, only, None, self.client.page_size))  # fmt: skip


def _is_by_id(query: Query) -> bool:
    """True for an order that is that of the ids, up or down."""
    first = query.order[0]
    is_one = query.state != "all" and query.type not in ("Folder", "User")
    return is_one and not first.path.steps and first.path.data_type == "id"


def _merge_key(by_time: bool) -> Callable[[Any], Any]:
    """Kinds have ids of their own: they are merged by the time of creation; states of one kind by the id."""
    return (lambda row: (row[0], row[1])) if by_time else (lambda row: row[1])


def _shown(read: Read) -> str:
    return "nothing can match" if read.is_nothing else _words({"filter_operator": "all", "filters": read.filters})


def _words(native: Any) -> str:
    if isinstance(native, dict):
        word = " and " if native["filter_operator"] == "all" else " or "
        text = word.join(_words(part) for part in native["filters"])
        return f"({text})" if len(native["filters"]) > 1 else text
    return " ".join(str(part) if at < 2 else repr(part) for at, part in enumerate(native))
