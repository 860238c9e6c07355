"""What a backend's native query left over, finished here page by page: filter, order, limit, columns.

Memory holds one page; an order that the tracker cannot page by is sorted by key, on disk above 50,000 rows.
"""

from __future__ import annotations

import heapq
import pickle
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path as FilePath
from typing import IO, Any, Final

from trackerkit.entities import Page, Plan
from trackerkit.evaluate import (
    Fetch,
    Record,
    Resolver,
    column_value,
    effective,
    matching,
    needed_fields,
    paths_of,
    project_rows,
)
from trackerkit.filters import Filter
from trackerkit.paging import Keyed, behind, chunks, cursor, keys_of, rank
from trackerkit.query import Query

SORT_IN_MEMORY: Final = 50_000
"""Rows that are sorted in memory; more go through a temporary file."""

PAGE: Final = 1_000

Batch = tuple[Sequence[Record], Any]
"""Records in order, and the native cursor behind them (None at the end)."""


def finish(query: Query, left: Filter, batches: Iterable[Batch], fetch: Fetch) -> Iterator[Page]:
    """Pages of a query whose order the native query kept: the filter that is left, the limit and the columns.

    Args:
        query: the whole query.
        left: the part of its filter that the tracker did not evaluate.
        batches: native pages of records, each with every field that ``needed_fields`` names.
        fetch: bulk read for deep paths.
    """
    plan = Plan.plain(query.columns)
    wanted = query.limit
    for records, native_cursor in batches:
        resolver = Resolver(fetch, paths_of(query))
        kept = matching(left, records, resolver)
        if wanted is not None:
            kept = kept[:wanted]
            wanted -= len(kept)
        done = wanted == 0
        if kept or done:
            yield Page(plan, project_rows(query.fields, kept, resolver), None if done else native_cursor)
        if done:
            return


def finish_sorted(
    query: Query,
    left: Filter,
    batches: Iterable[Batch],
    fetch: Fetch,
    page: int = PAGE,
    fetch_rows: Fetch | None = None,
) -> Iterator[Page]:
    """Pages of a query whose order the tracker cannot page by: sort the keys here, then fetch the rows by id.

    Args:
        query: the whole query; its ``after`` is a cursor of ``trackerkit.paging``.
        left: the part of its filter that the tracker did not evaluate.
        batches: native pages of records in creation order, each with what the filter and the order need.
        fetch: bulk read for deep paths: active records.
        page: rows a page, where the query does not say.
        fetch_rows: bulk read of the answer's own records, in the query's state; ``fetch`` where that is the same.
    """
    rows = behind(query.order, _sorted(_keyed(query, left, batches, fetch)), query.after)
    if query.limit is not None:
        rows = islice(rows, query.limit)
    names = needed_fields(query.fields)
    plan, after = Plan.plain(query.columns), query.after
    for chunk, goes_on in chunks(rows, query.page_size or page):
        found = (fetch_rows or fetch)([ref for _, _, ref in chunk], names)
        records = [found[ref] for _, _, ref in chunk if ref in found]
        after = cursor(query.order, chunk, after)
        yield Page(plan, project_rows(query.fields, records, Resolver(fetch, query.fields)), after if goes_on else None)


def finish_records(query: Query, records: Sequence[Record], fetch: Fetch) -> Iterator[Page]:
    """Pages of a query over records at hand, in creation order; one page where the query names no size."""
    at = {record["ref"]: record for record in records}
    rows = behind(
        query.order, iter(sorted(_keyed(query, query.filter, [(records, None)], fetch), key=rank)), query.after
    )
    if query.limit is not None:
        rows = islice(rows, query.limit)
    plan, after = Plan.plain(query.columns), query.after
    resolver = Resolver(fetch, query.fields)
    for chunk, goes_on in chunks(rows, query.page_size or max(len(at), 1)):
        after = cursor(query.order, chunk, after)
        found = project_rows(query.fields, [at[ref] for _, _, ref in chunk], resolver)
        yield Page(plan, found, after if goes_on else None)


def _keyed(query: Query, left: Filter, batches: Iterable[Batch], fetch: Fetch) -> Iterator[Keyed]:
    place = 0
    for records, _cursor in batches:
        resolver = Resolver(fetch, paths_of(query))
        kept = matching(left, records, resolver)
        columns = [
            [effective(column_value(item.path, values)) for values in resolver.columns(kept, item.path)]
            for item in query.order
        ]
        for at, record in enumerate(kept):
            yield keys_of(query.order, [column[at] for column in columns]), place, record["ref"]
            place += 1


def _sorted(rows: Iterator[Keyed]) -> Iterator[Keyed]:
    first = sorted(islice(rows, SORT_IN_MEMORY), key=rank)
    if len(first) < SORT_IN_MEMORY:
        return iter(first)
    return _sorted_on_disk(first, rows)


def _sorted_on_disk(first: list[Keyed], rows: Iterator[Keyed]) -> Iterator[Keyed]:
    with tempfile.TemporaryDirectory(prefix="trackerkit-sort-") as folder:
        files: list[IO[bytes]] = []
        chunk = first
        try:
            while chunk:
                files.append(_spill(folder, len(files), chunk))
                chunk = sorted(islice(rows, SORT_IN_MEMORY), key=rank)
            yield from heapq.merge(*(_load(file) for file in files), key=rank)
        finally:
            for file in files:
                file.close()


def _spill(folder: str, number: int, chunk: list[Keyed]) -> IO[bytes]:
    file = FilePath(folder, str(number)).open("w+b")  # noqa: SIM115 - the caller closes it
    for row in chunk:
        pickle.dump(row, file, protocol=pickle.HIGHEST_PROTOCOL)
    file.seek(0)
    return file


def _load(file: IO[bytes]) -> Iterator[Keyed]:
    """Rows that this very process wrote a moment ago into its own private folder."""
    while True:
        try:
            yield pickle.load(file)  # noqa: S301 - this process wrote it, into a folder of mode 0700
        except EOFError:
            return


Count = Callable[[Query], int]
