"""residual and paging: what a backend left over, finished page by page; cursors that survive change."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

from trackerkit import residual
from trackerkit.entities import Page
from trackerkit.errors import QueryError
from trackerkit.evaluate import Record
from trackerkit.filters import And, Filter, field
from trackerkit.model import neutral_schema
from trackerkit.query import Query, build
from trackerkit.residual import Batch, finish, finish_records, finish_sorted
from trackerkit.values import Ref


class Shelf:
    """Shots in creation order, that can come and go."""

    def __init__(self, count: int, site: str = "here") -> None:
        self.site = site
        self.rows: dict[Ref, dict[str, Any]] = {}
        self.fetched: list[int] = []
        for at in range(count):
            self.add(at)

    def add(self, at: int, **values: Any) -> Ref:
        ref = Ref("Shot", f"{(at * 7919) % 100_003:032x}", site=self.site, native="Shot")
        name = f"sh{(at * 37) % 1000:04}"
        self.rows[ref] = {"name": name, "status": f"s{at % 3}", "frame_start": at % 5 or None, **values}
        return ref

    def record(self, ref: Ref) -> Record:
        return {"ref": ref, "id": ref.id, "type": "Shot", **self.rows[ref]}

    def batches(self, size: int = 4, after: int = 0) -> Iterator[Batch]:
        refs = list(self.rows)[after:]
        for start in range(0, len(refs), size):
            chunk = refs[start : start + size]
            yield [self.record(ref) for ref in chunk], after + start + len(chunk)

    def fetch(self, refs: Sequence[Ref], fields: Sequence[str]) -> Mapping[Ref, Record]:
        self.fetched.append(len(refs))
        return {ref: self.record(ref) for ref in refs if ref in self.rows}


def query(condition: Filter | None = None, **parts: Any) -> Query:
    return build(neutral_schema(), "Shot", condition, **{"fields": ["name"], **parts})


def names(pages: Iterator[Page] | Sequence[Page]) -> list[str]:
    return [name for page in pages for (name,) in page.tuples()]


# --- finish: the native order was kept -------------------------------------------------------------------------------


def test_finish_filters_what_was_left_and_keeps_native_cursors() -> None:
    shelf = Shelf(10)
    asked = query(field("status") == "s0")
    pages = list(finish(asked, asked.filter, shelf.batches(), shelf.fetch))
    assert names(pages) == [shelf.rows[ref]["name"] for at, ref in enumerate(shelf.rows) if at % 3 == 0]
    assert [page.next for page in pages] == [4, 8, 10]


def test_finish_stops_at_the_limit_and_asks_no_further() -> None:
    shelf = Shelf(100)
    taken = []

    def batches() -> Iterator[Batch]:
        for batch in shelf.batches():
            taken.append(batch)
            yield batch

    asked = query(field("status") == "s0", limit=2)
    pages = list(finish(asked, asked.filter, batches(), shelf.fetch))
    assert len(names(pages)) == 2
    assert pages[-1].next is None
    assert len(taken) == 1


def test_finish_of_nothing() -> None:
    asked = query(field("status") == "zz")
    assert list(finish(asked, asked.filter, Shelf(9).batches(), Shelf(9).fetch)) == []


# --- finish_sorted: the order is made here ---------------------------------------------------------------------------


def expected(shelf: Shelf, key: Any, reverse: bool = False) -> list[str]:
    return [row["name"] for row in sorted(shelf.rows.values(), key=key, reverse=reverse)]


def run_sorted(shelf: Shelf, asked: Query, left: Filter = And(())) -> list[Page]:
    return list(finish_sorted(asked, left, shelf.batches(), shelf.fetch, page=7))


def test_finish_sorted_orders_and_fetches_a_page_at_a_time() -> None:
    shelf = Shelf(20)
    pages = run_sorted(shelf, query(order=["name"]))
    assert names(pages) == expected(shelf, lambda row: row["name"])
    assert [len(page) for page in pages] == [7, 7, 6]
    assert [page.next is None for page in pages] == [False, False, True]
    assert shelf.fetched == [7, 7, 6]


def test_finish_sorted_with_filter_and_limit() -> None:
    shelf = Shelf(20)
    asked = query(field("status") != "s1", order=["-name"], limit=8)
    wanted = [name for name in expected(shelf, lambda row: row["name"], True) if not self_status(shelf, name, "s1")]
    assert names(run_sorted(shelf, asked, asked.filter)) == wanted[:8]


def self_status(shelf: Shelf, name: str, status: str) -> bool:
    return any(row["name"] == name and row["status"] == status for row in shelf.rows.values())


def test_ties_keep_creation_order_and_null_comes_first() -> None:
    shelf = Shelf(12)
    rows = list(shelf.rows.values())
    rising = sorted(rows, key=lambda row: (row["frame_start"] is not None, row["frame_start"] or 0))
    assert names(run_sorted(shelf, query(order=["frame_start"]))) == [row["name"] for row in rising]
    falling = sorted(rows, key=lambda row: (row["frame_start"] is None, -(row["frame_start"] or 0)))
    assert names(run_sorted(shelf, query(order=["-frame_start"]))) == [row["name"] for row in falling]


@pytest.mark.parametrize("in_memory", [1, 2, 7, 50, 51])
@pytest.mark.parametrize("order", [["name"], ["-name"], ["status", "-frame_start"], ["-status", "name"]])
def test_the_sort_on_disk_is_the_sort_in_memory(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, in_memory: int, order: list[str]
) -> None:
    shelf = Shelf(50)
    wanted = names(run_sorted(shelf, query(order=order)))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(residual, "SORT_IN_MEMORY", in_memory)
    pages = finish_sorted(query(order=order), And(()), shelf.batches(), shelf.fetch, page=7)
    first = next(pages)
    assert bool(list(tmp_path.iterdir())) is (in_memory <= 50)
    assert names([first, *pages]) == wanted
    assert list(tmp_path.iterdir()) == []


def test_the_sort_on_disk_cleans_up_when_it_is_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(residual, "SORT_IN_MEMORY", 5)
    shelf = Shelf(50)
    pages = finish_sorted(query(order=["name"]), And(()), shelf.batches(), shelf.fetch, page=7)
    next(pages)
    pages.close()  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []


def test_retired_records_are_fetched_by_their_own_reader() -> None:
    shelf = Shelf(5)
    asked = query(order=["name"], state="retired")

    def active_only(refs: Sequence[Ref], fields: Sequence[str]) -> Mapping[Ref, Record]:
        return {}

    pages = finish_sorted(asked, And(()), shelf.batches(), active_only, fetch_rows=shelf.fetch)
    assert len(names(pages)) == 5


# --- resuming by cursor ----------------------------------------------------------------------------------------------

ORDERS = [["name"], ["-name"], ["status"], ["-status"], ["frame_start", "status"], []]


def first_page(shelf: Shelf, asked: Query) -> Page:
    return next(finish_sorted(asked, And(()), shelf.batches(), shelf.fetch))


def walk(shelf: Shelf, asked: Query, after: Any = None) -> Iterator[list[str]]:
    """Pages asked for one by one; each cursor goes through JSON."""
    for _ in range(100):
        page = next(finish_sorted(asked.with_(after=after), And(()), shelf.batches(), shelf.fetch), None)
        if page is None:
            return
        yield names([page])
        if page.next is None:
            return
        after = json.loads(json.dumps(page.next))
    raise AssertionError("the pages never end")


@pytest.mark.parametrize("order", ORDERS)
def test_resuming_gives_what_one_answer_gives(order: list[str]) -> None:
    shelf = Shelf(23)
    asked = query(order=order, page_size=3)
    assert [name for page in walk(shelf, asked) for name in page] == names(run_sorted(shelf, query(order=order)))


@pytest.mark.parametrize("order", ORDERS)
@pytest.mark.parametrize("victims", [[2], [0, 1, 2], [1], [3, 4]])
def test_resuming_after_rows_went(order: list[str], victims: list[int]) -> None:
    """Of the rows given, and of the rows to come, some go between two pages: the others come once each."""
    shelf = Shelf(23)
    asked = query(order=order, page_size=3)
    whole = names(run_sorted(shelf, query(order=order)))
    pages = walk(shelf, asked)
    seen = [*next(pages), *next(pages)]
    gone = {whole[3 + at] for at in victims}
    for ref in [ref for ref, row in shelf.rows.items() if row["name"] in gone]:
        del shelf.rows[ref]
    seen += [name for page in pages for name in page]
    assert seen == [name for name in whole if name in seen[:6] or name not in gone]


@pytest.mark.parametrize("order", ORDERS)
def test_resuming_after_rows_came(order: list[str]) -> None:
    shelf = Shelf(23)
    asked = query(order=order, page_size=3)
    whole = names(run_sorted(shelf, query(order=order)))
    pages = walk(shelf, asked)
    seen = list(next(pages))
    for at in range(30, 36):
        shelf.add(at, name=f"new{at}")
    seen += [name for page in pages for name in page]
    assert [name for name in seen if not name.startswith("new")] == whole
    assert len(seen) == len(set(seen))


def test_when_all_that_was_remembered_is_gone_numbers_decide() -> None:
    shelf = Shelf(0)
    for at in range(100):
        ref = Ref("Shot", at + 5, site="here", native="Shot")
        shelf.rows[ref] = {"name": f"sh{at:03}", "status": "s"}
    asked = query(order=["status"], page_size=40)
    pages = walk(shelf, asked)
    seen = list(next(pages))
    for ref in list(shelf.rows)[:40]:
        del shelf.rows[ref]
    seen += [name for page in pages for name in page]
    assert seen == [f"sh{at:03}" for at in range(100)]


def test_a_limit_counts_from_the_cursor() -> None:
    shelf = Shelf(10)
    page = first_page(shelf, query(order=["name"], page_size=3))
    rest = names(
        finish_sorted(query(order=["name"], limit=4).with_(after=page.next), And(()), shelf.batches(), shelf.fetch)
    )
    assert rest == expected(shelf, lambda row: row["name"])[3:7]


VALUES: dict[str, list[Any]] = {
    "start_date": [None, date(2024, 1, 1), date(2024, 2, 29)],
    "created_at": [datetime(2024, 1, 1, 1, 2, 3, 4, tzinfo=timezone.utc), datetime(2025, 1, 1, tzinfo=timezone.utc)],
    "fps": [None, 0.1, 23.976],
    "id": ["2", "10", "a" * 32],
}


@pytest.mark.parametrize("name", list(VALUES))
@pytest.mark.parametrize("sign", ["", "-"])
def test_cursors_hold_values_of_every_data_type(name: str, sign: str) -> None:
    shelf = Shelf(0)
    for at, value in enumerate(VALUES[name]):
        ref = Ref("Shot", value if name == "id" else f"{at}x", site="here", native="Shot")
        shelf.rows[ref] = {"name": f"sh{at}", **({} if name == "id" else {name: value})}
    order = [f"{sign}{name}"]
    found = [each for page in walk(shelf, query(order=order, page_size=1)) for each in page]
    assert found == [f"sh{at}" for at in range(len(VALUES[name]))][:: -1 if sign else 1]


def test_cursors_of_durations() -> None:
    shelf = Shelf(0)
    for at in (3, 1, 2):
        ref = Ref("Task", f"{at}x", site="here", native="Task")
        shelf.rows[ref] = {"name": f"t{at}", "duration": timedelta(days=at, microseconds=at)}
    asked = build(neutral_schema(), "Task", fields=["name"], order=["duration"], page_size=1)
    assert [name for page in walk(shelf, asked) for name in page] == ["t1", "t2", "t3"]


@pytest.mark.parametrize(
    "after",
    ["x", 5, [], {}, {"keys": [], "ids": ["1"], "type": "Shot"}, {"keys": [5], "ids": ["1"], "type": "Shot"},
     {"keys": ["a"], "ids": 5, "type": "Shot"}, {"keys": ["a", "b"], "ids": ["1"], "type": "Shot"}],
)  # fmt: skip
def test_what_is_no_cursor(after: Any) -> None:
    shelf = Shelf(3)
    with pytest.raises(QueryError, match="no cursor"):
        list(finish_sorted(query(order=["name"]).with_(after=after), And(()), shelf.batches(), shelf.fetch))


def test_a_cursor_stays_small() -> None:
    shelf = Shelf(500)
    after = None
    for _ in range(4):
        page = first_page(shelf, query(order=["status"], page_size=100).with_(after=after))
        after = page.next
        assert len(json.dumps(after)) < 2500


def test_finish_records_gives_one_page_unless_asked_for_more() -> None:
    shelf = Shelf(9)
    every = [shelf.record(ref) for ref in shelf.rows]
    assert [len(page) for page in finish_records(query(), every, shelf.fetch)] == [9]
    pages = list(finish_records(query(order=["name"], page_size=4), every, shelf.fetch))
    assert [len(page) for page in pages] == [4, 4, 1]
    assert names(pages) == expected(shelf, lambda row: row["name"])
    assert list(finish_records(query(), [], shelf.fetch)) == []
