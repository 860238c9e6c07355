"""following: the loop behind follow, on a tracker whose events a test makes one by one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from trackerkit.events import Event
from trackerkit.testing.clock import FakeClock
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker


class Log(MemoryBackend):
    """A tracker whose events are what a test says."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock=clock)
        self.log: list[Event] = []
        self.clock = clock
        self.to_come: list[Event] = []

    def tell(self, count: int = 1) -> None:
        for _ in range(count):
            number = str(len(self.log) + 1)
            self.log.append(Event(number, number, self.clock.now(), "created"))

    def read_events(
        self, after: str | None, *, limit: int = 500, types: Sequence[str] = (), project: Any = None
    ) -> list[Event]:
        return self.log[int(after or 0) :][:limit]

    def last_cursor(self) -> str | None:
        return self.log[-1].cursor if self.log else None

    def wait_for_events(self, timeout_s: float) -> None:
        self.clock.sleep(timeout_s)
        if self.to_come:
            self.log.append(self.to_come.pop(0))


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def log(clock: FakeClock) -> Log:
    return Log(clock)


@pytest.fixture
def tracker(log: Log, clock: FakeClock, tmp_path: Path) -> Tracker:
    return Tracker(log, clock=clock, state=tmp_path / "state.db")


def keys(tracker: Tracker, **parts: Any) -> list[str]:
    return [event.key for event in tracker.follow(**{"idle_s": 3.0, **parts})]


def test_it_starts_with_what_happens_after_the_call(tracker: Tracker, log: Log) -> None:
    log.tell(2)
    following = tracker.follow(idle_s=3.0)
    log.tell(2)
    assert [event.key for event in following] == ["3", "4"]


def test_it_waits_for_more_and_stops_when_it_is_quiet(tracker: Tracker, log: Log, clock: FakeClock) -> None:
    log.to_come = [Event(key, key, clock.now(), "created") for key in ("1", "2", "3")]
    assert keys(tracker) == ["1", "2", "3"]
    assert sum(clock.sleeps) == pytest.approx(6.0)


def test_behind_a_cursor(tracker: Tracker, log: Log) -> None:
    log.tell(3)
    assert keys(tracker, after="1") == ["2", "3"]


def test_a_bookmark_moves_when_the_next_event_is_asked_for(tracker: Tracker, log: Log) -> None:
    assert keys(tracker, bookmark="bot") == []
    log.tell(3)
    following = tracker.follow(bookmark="bot", idle_s=3.0)
    assert [next(following).key, next(following).key] == ["1", "2"]
    following.close()  # type: ignore[attr-defined]
    assert keys(tracker, bookmark="bot") == ["2", "3"]
    assert keys(tracker, bookmark="bot") == []


def test_a_bookmark_is_set_at_the_call_even_where_nothing_happened_yet(tracker: Tracker, log: Log) -> None:
    """A follower that was stopped before the first event of all gets it when it comes back."""
    tracker.follow(bookmark="bot", idle_s=0.0)
    log.tell(2)
    assert keys(tracker, bookmark="bot") == ["1", "2"]


def test_a_cursor_goes_before_the_bookmark(tracker: Tracker, log: Log) -> None:
    log.tell(3)
    assert keys(tracker, bookmark="bot") == []
    assert keys(tracker, bookmark="bot", after="0") == ["1", "2", "3"]


def test_bookmarks_of_two_sites_do_not_meet(tmp_path: Path, clock: FakeClock) -> None:
    one, two = Log(clock), Log(clock)
    for each in (one, two):
        each.tell(2)
    state = tmp_path / "state.db"
    assert keys(Tracker(one, clock=clock, state=state), bookmark="bot", after="0") == ["1", "2"]
    assert keys(Tracker(two, clock=clock, state=state), bookmark="bot") == []
    two.tell()
    assert keys(Tracker(two, clock=clock, state=state), bookmark="bot") == ["3"]


def test_without_a_bookmark_no_state_is_made(tracker: Tracker, log: Log, tmp_path: Path) -> None:
    log.tell()
    assert keys(tracker, after="0") == ["1"]
    assert list(tmp_path.iterdir()) == []
