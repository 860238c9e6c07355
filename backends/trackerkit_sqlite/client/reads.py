"""Reading: pages of a query, each in a short transaction of its own, so that no writer waits for a reader."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from trackerkit.backend import Explanation
from trackerkit.entities import Page
from trackerkit.errors import QueryError
from trackerkit.evaluate import Record, needed_fields, paths_of
from trackerkit.filters import And
from trackerkit.query import Path, Query, resolve_path
from trackerkit.residual import finish
from trackerkit.values import Ref
from trackerkit_sqlite.client.store import Store
from trackerkit_sqlite.compile.normal import as_filter
from trackerkit_sqlite.compile.plan import Bound, ReadPlan, cursor_values, prepare

FIRST_PAGE: Final = 1_000
PAGE: Final = 5_000

Row = Sequence[Any]
Fetch = Callable[..., Mapping[Ref, Record]]
"""``Backend.fetch``."""


def pages(store: Store, query: Query, fetch: Fetch) -> Iterator[Page]:
    """The pages of an answer."""
    bound = prepare(query, store.known())
    if bound.left is not None:
        return finish(query, bound.left, _records(store, query, bound), partial(_look_up, query, fetch))
    return _Reading(store, query, bound).pages()


def count(store: Store, query: Query) -> int | None:
    """How many records match; None where a part of the filter is left over."""
    bound = prepare(query.with_(fields=(), order=()), store.known())
    if bound.left is not None:
        return None
    made = bound.plan.count()
    found = int(store.connections.rows(made.sql, made.bound(bound.values))[0][0])
    return found if query.limit is None else min(found, query.limit)


def explain(store: Store, query: Query) -> Explanation:
    """What SQL evaluates, and the statement."""
    bound = prepare(query, store.known())
    made = bound.plan.page(None)
    notes = [] if bound.left is None else ["limit and count are finished here"]
    if bound.plan.listings:
        notes.append(f"{len(bound.plan.listings)} more statements a page, for values of several records")
    values = made.bound({**bound.values, "limit": query.limit or FIRST_PAGE})
    return Explanation(
        "sqlite",
        repr(as_filter(bound.pushed)),
        "" if bound.left is None else repr(bound.left),
        "tracker" if query.order else "creation",
        {"sql": made.sql, "values": values},
        tuple(notes),
    )


class _Reading:
    """One answer, page by page."""

    def __init__(self, store: Store, query: Query, bound: Bound) -> None:
        self._rows = store.connections.rows
        self._query = query
        self._plan: ReadPlan = bound.plan
        self._values = bound.values
        self._left = query.limit

    def pages(self) -> Iterator[Page]:
        """Every page; nothing is read before the first is asked for."""
        cursor = _checked_cursor(self._query.after, len(self._plan.key_at))
        size = self._query.page_size or FIRST_PAGE
        while True:
            rows, has_more = self._page(cursor, size)
            cursor = [rows[-1][at] for at in self._plan.key_at] if rows else None
            yield self._made(rows, cursor if has_more else None)
            if not has_more:
                return
            size = self._query.page_size or PAGE
            if not self._plan.is_in_creation_order:
                yield from self._sorted_pages(cursor, size)
                return

    def _page(self, cursor: Sequence[Any] | None, size: int) -> tuple[list[Row], bool]:
        wanted = size if self._left is None else min(size, self._left)
        nulls = None if cursor is None else tuple(value is None for value in cursor)
        made = self._plan.page(nulls)
        values = {**self._values, **(cursor_values(cursor) if cursor else {}), "limit": wanted + 1}
        rows: list[Row] = list(self._rows(made.sql, made.bound(values)))
        has_more = len(rows) > wanted
        if has_more:
            del rows[wanted:]
        if self._left is not None:
            self._left -= len(rows)
            has_more = has_more and self._left > 0
        return rows, has_more

    def _made(self, rows: Sequence[Row], next: Any) -> Page:
        return Page(self._plan.plan, self._with_listings(rows), next)

    def _with_listings(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows with what stands behind each of them for every listing."""
        if not self._plan.listings or not rows:
            return rows
        id_at = self._plan.id_at
        ids = str([row[id_at] for row in rows])
        found = [self._listed(made.statement, ids) for made in self._plan.listings]
        return [(*row, *[group.get(row[id_at], ()) for group in found]) for row in rows]

    def _listed(self, made: Any, ids: str) -> Mapping[int, list[Row]]:
        groups: dict[int, list[Row]] = {}
        for row in self._rows(made.sql, made.bound({"ids": ids})):
            groups.setdefault(row[0], []).append(row)
        return groups

    # --- an order that no index keeps ------------------------------------------------------------------------

    def _sorted_pages(self, cursor: Any, size: int) -> Iterator[Page]:
        """The rest in one go: ids in order (8 bytes a row), then their rows page by page.

        A row whose sort key changes meanwhile keeps its place: it is neither lost nor given twice.
        """
        ids, marks = self._sorted_ids(cursor, size)
        made = self._plan.by_ids()
        for number, start in enumerate(range(0, len(ids), size)):
            wanted = ids[start : start + size]
            values = {**self._values, "ids": str(wanted.tolist())}
            found = {row[self._plan.id_at]: row for row in self._rows(made.sql, made.bound(values))}
            is_last = start + size >= len(ids)
            yield self._made([found[id] for id in wanted if id in found], None if is_last else marks[number])

    def _sorted_ids(self, cursor: Sequence[Any], size: int) -> tuple[array[int], list[list[Any]]]:
        """Ids in order, and the sort keys at the end of each page."""
        made = self._plan.keys(tuple(value is None for value in cursor))
        limit = -1 if self._left is None else self._left
        values = {**self._values, **cursor_values(cursor), "limit": limit}
        ids, marks = array("q"), []
        for row in self._rows(made.sql, made.bound(values)):
            ids.append(row[0])
            if len(ids) % size == 0:
                marks.append(list(row[1:]))
        return ids, marks


def _checked_cursor(cursor: Any, length: int) -> Sequence[Any] | None:
    if cursor is not None and (not isinstance(cursor, (list, tuple)) or len(cursor) != length):
        raise QueryError(f"{cursor!r} is no cursor of this query", hint="give back Page.next of the same query")
    return cursor


# --- what SQL leaves over --------------------------------------------------------------------------------------------


def _look_up(query: Query, fetch: Any, refs: Sequence[Ref], fields: Sequence[str]) -> Mapping[Ref, Record]:
    """The records on the other side of links, their own links as the query has them."""
    found: Mapping[Ref, Record] = fetch(refs, fields, **(_EVERY if query.retired_links else {}))
    return found


_EVERY: Final = {"state": "all", "retired_links": True}


def _records(store: Store, query: Query, bound: Bound) -> Iterator[tuple[list[dict[str, Any]], Any]]:
    """Pages of records with every field that is needed to finish the query here."""
    schema = store.known().schema
    names = needed_fields(paths_of(query))
    fields: list[Path] = [resolve_path(schema, query.type, name) for name in names]
    bare = query.with_(filter=And(()), fields=tuple(fields), limit=None)
    reading = _Reading(store, bare, prepare(bare.with_(filter=as_filter(bound.pushed)), store.known()))
    for page in reading.pages():
        values = page.plan.values
        ref = page.plan.ref
        yield [{"ref": ref(row), **dict(zip(names, values(row)))} for row in page.rows], page.next  # noqa: B905
