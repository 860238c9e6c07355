"""Pages by number over pages by key."""

from __future__ import annotations

import pytest

from trackerkit.operations import create, delete
from trackerkit.query import Query
from trackerkit.testing.clock import FakeClock
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker
from trackerkit_shotgrid.gateway.paging import Place, Places, find_place, read_page, take


@pytest.fixture
def tracker() -> Tracker:
    made = Tracker(MemoryBackend())
    made.write([create("Tag", {"name": f"t{at:03}"}) for at in range(25)])
    return made


def query(tracker: Tracker) -> Query:
    return tracker.query("Tag", fields=["name"], order=["name"])


def names(part: object) -> list[str]:
    return [row[1] for row in part.rows]  # type: ignore[attr-defined]


def all_pages(tracker: Tracker, places: Places, size: int) -> list[list[str]]:
    found, number = [], 1
    while True:
        part = read_page(tracker, query(tracker), places, lambda: ("me",), number, size)
        found.append(names(part))
        if part.next is None:
            return found
        number += 1


@pytest.mark.parametrize("size", [1, 7, 24, 25, 26, 500])
@pytest.mark.parametrize("forget", [False, True])
def test_pages_hold_every_row_once(tracker: Tracker, size: int, forget: bool) -> None:
    class Forgetful(Places):
        def put(self, key: object, place: object) -> None:
            return

    pages = all_pages(tracker, Forgetful() if forget else Places(), size)
    assert [name for page in pages for name in page] == [f"t{at:03}" for at in range(25)]
    assert all(len(page) == size for page in pages[:-1])


def test_a_page_behind_the_end_is_empty(tracker: Tracker) -> None:
    part = read_page(tracker, query(tracker), Places(), lambda: ("me",), 10**9, 5000)
    assert (list(part.rows), part.next) == ([], None)


def test_a_place_within_a_native_page(tracker: Tracker) -> None:
    behind = take(tracker, query(tracker), Place(), 5).next
    assert behind is not None
    assert names(take(tracker, query(tracker), Place(behind.after, 2), 3)) == ["t007", "t008", "t009"]
    assert find_place(tracker, query(tracker), 25) is None
    assert find_place(tracker, query(tracker), 24) is not None


def test_places_are_forgotten_in_time() -> None:
    clock = FakeClock()
    places = Places(clock)
    places.put("a", Place(3))
    assert places.find("a") == (True, Place(3))
    clock.advance(901)
    assert places.find("a")[0] is False
    assert places.find("b")[0] is False


def test_a_page_that_is_no_more_is_empty(tracker: Tracker) -> None:
    places = Places()
    read_page(tracker, query(tracker), places, lambda: ("me",), 1, 20)
    tracker.write([delete(item) for item in tracker.find("Tag")])
    assert names(read_page(tracker, query(tracker), places, lambda: ("me",), 2, 20)) == []
