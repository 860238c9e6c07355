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

from trackerkit.datatypes import sort_key
from trackerkit.entities import Page, Plan
from trackerkit.evaluate import Fetch, Record, Resolver, column_value, effective, matching, paths_of, project_rows
from trackerkit.filters import Filter
from trackerkit.query import Query
from trackerkit.values import Ref

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
    for records, cursor in batches:
        resolver = Resolver(fetch, paths_of(query))
        kept = matching(left, records, resolver)
        if wanted is not None:
            kept = kept[:wanted]
            wanted -= len(kept)
        done = wanted == 0
        if kept or done:
            yield Page(plan, project_rows(query.fields, kept, resolver), None if done else cursor)
        if done:
            return


class _Falling:
    """A sort key turned round."""

    __slots__ = ("key",)

    def __init__(self, key: Any) -> None:
        self.key = key

    def __lt__(self, other: _Falling) -> bool:
        return bool(other.key < self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Falling) and bool(other.key == self.key)

    def __reduce__(self) -> tuple[Any, ...]:
        return _Falling, (self.key,)


Keyed = tuple[Any, int, Ref]


def finish_sorted(
    query: Query, left: Filter, batches: Iterable[Batch], fetch: Fetch, page: int = PAGE
) -> Iterator[Page]:
    """Pages of a query whose order the tracker cannot page by: sort the keys here, then fetch the rows by id.

    ``Query.after`` is ``[place, id]`` of the last row given: the sort goes on behind it.
    """
    rows = _behind(_sorted(_keyed(query, left, batches, fetch)), query.after)
    if query.limit is not None:
        rows = islice(rows, query.limit)
    names = _own_fields(query)
    plan = Plan.plain(query.columns)
    while chunk := list(islice(rows, query.page_size or page)):
        found = fetch([ref for _, _, ref in chunk], names)
        records = [found[ref] for _, _, ref in chunk if ref in found]
        resolver = Resolver(fetch, query.fields)
        last = chunk[-1]
        yield Page(plan, project_rows(query.fields, records, resolver), [last[1], last[2].id])


def _own_fields(query: Query) -> list[str]:
    from trackerkit.evaluate import needed_fields

    return needed_fields(query.fields)


def _keyed(query: Query, left: Filter, batches: Iterable[Batch], fetch: Fetch) -> Iterator[Keyed]:
    place = 0
    for records, _cursor in batches:
        resolver = Resolver(fetch, paths_of(query))
        kept = matching(left, records, resolver)
        columns = [resolver.columns(kept, item.path) for item in query.order]
        for at, record in enumerate(kept):
            keys = tuple(
                _key(item.descending, item.path.data_type, column_value(item.path, column[at]))
                for item, column in zip(query.order, columns)  # noqa: B905 - Python 3.10, same length
            )
            yield keys, place, record["ref"]
            place += 1


def _key(descending: bool, data_type: str, value: Any) -> Any:
    key = sort_key(data_type, effective(value))
    return _Falling(key) if descending else key


def _sorted(rows: Iterator[Keyed]) -> Iterator[Keyed]:
    first = sorted(islice(rows, SORT_IN_MEMORY), key=_rank)
    if len(first) < SORT_IN_MEMORY:
        return iter(first)
    return _sorted_on_disk(first, rows)


def _rank(row: Keyed) -> tuple[Any, int]:
    return row[0], row[1]


def _sorted_on_disk(first: list[Keyed], rows: Iterator[Keyed]) -> Iterator[Keyed]:
    with tempfile.TemporaryDirectory(prefix="trackerkit-sort-") as folder:
        files: list[IO[bytes]] = []
        chunk = first
        try:
            while chunk:
                files.append(_spill(folder, len(files), chunk))
                chunk = sorted(islice(rows, SORT_IN_MEMORY), key=_rank)
            yield from heapq.merge(*(_load(file) for file in files), key=_rank)
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


def _behind(rows: Iterator[Keyed], after: Any) -> Iterator[Keyed]:
    """Skip up to and including the row that a cursor names; from the start when it is gone."""
    if after is None:
        return rows
    held: list[Keyed] = []
    for row in rows:
        held.append(row)
        if row[2].id == after[1]:
            return rows
    return iter(held)


Count = Callable[[Query], int]
