"""Numbers for the events of a tracker that has none of its own."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import manyfacts
import pytest
from manyfacts import SITE, ManyFacts

from trackerkit.errors import InvalidInputError, UnavailableError
from trackerkit.events import Event
from trackerkit.filters import field
from trackerkit.gateway.log import numbering
from trackerkit.gateway.log.backend import LogBackend
from trackerkit.gateway.log.numbering import Numbering
from trackerkit.gateway.log.spans import END, spans
from trackerkit.operations import new_key
from trackerkit.query import build
from trackerkit.state import State
from trackerkit.tracker import Tracker

MANY = 1_300


@pytest.fixture
def state(tmp_path: Path) -> Any:
    with State.open(tmp_path / "state.db") as opened:
        yield opened


def tracker_of(source: ManyFacts, state: State) -> Tracker:
    return Tracker(LogBackend(source, Numbering(state, SITE)))


def numbers(found: Any) -> list[int]:
    return [entity["number"] for entity in found]


def whole(tracker: Tracker) -> list[Event]:
    return [event for page in tracker.backend.event_pages(None) for event in page]


def asked(tracker: Tracker, *conditions: Any, **more: Any) -> list[int]:
    return numbers(tracker.find("Event", *conditions, fields=["number"], **more))


# ---- which number


def test_each_fact_has_a_dense_number_of_its_own_in_the_order_of_the_log(state: State) -> None:
    source = ManyFacts(30)
    found = whole(tracker_of(source, state))
    assert [event.number for event in found] == list(range(1, len(source.log) + 1))
    assert [event.new for event in found] == [event.new for event in source.log]
    assert len({event.number for event in source.log}) < len(source.log)  # the tracker's own numbers would not do


def test_numbers_stay_after_a_restart(tmp_path: Path) -> None:
    source = ManyFacts(MANY)
    seen: list[dict[str, int | None]] = []
    for _ in range(2):
        with State.open(tmp_path / "state.db") as state:
            seen.append({event.key: event.number for event in whole(tracker_of(source, state))})
        source.happen(2)
    assert seen[1].items() > seen[0].items()
    assert sorted(number or 0 for number in seen[1].values()) == list(range(1, len(seen[1]) + 1))


def test_an_event_whose_key_changed_is_known_by_its_place(state: State) -> None:
    source = ManyFacts()
    source.happen(1)
    source.happen(2)
    source.happen(1)
    tracker = tracker_of(source, state)
    assert [event.number for event in whole(tracker)] == [1, 2, 3, 4]
    del source.log[1]  # the schema lost a field: what were two facts is one, under the event's own key
    source.log[1] = manyfacts.Event("id2", "2", source.log[1].at, "changed", new="2", number=2)
    assert [event.number for event in whole(tracker)] == [1, 3, 4]


def test_an_event_that_comes_twice_keeps_its_number(state: State) -> None:
    source = ManyFacts(3)
    log = Numbering(state, SITE)
    head = log.catch_up(source)
    again = log.ledger.append(head, source.log[-1:])
    assert again is not None
    assert again.last == head.last
    source.happen(1)
    assert log.catch_up(source).last == head.last + 1


def test_numbers_do_not_depend_on_who_asks_first(state: State) -> None:
    source = ManyFacts(40)
    few = ManyFacts(unseen="1", log=source.log)
    tracker = Tracker(LogBackend(few, Numbering(state, SITE, lambda: source)))
    keys = {number: event.key for number, event in enumerate(source.log, 1)}
    found = whole(tracker)
    assert 0 < len(found) < len(source.log)
    assert all(keys[event.number or 0] == event.key for event in found)
    shown = [event.number for event in found]
    assert asked(tracker) == shown
    assert asked(tracker, order=["-number"]) == shown[::-1]


def test_what_a_program_writes_is_told_under_its_number(state: State) -> None:
    source = ManyFacts(10)
    tracker = tracker_of(source, state)
    made = tracker.create("Event", name="Ingest_Done", key=new_key())
    assert made.ref.id == str(len(source.log))
    assert tracker.get(made.ref, fields=["name"]).name == "Ingest_Done"


def test_an_event_that_never_shows_is_an_error_that_says_that_it_was_written(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(numbering, "OWN_S", 0.05)
    source = ManyFacts(3)
    log = Numbering(state, SITE)
    with pytest.raises(UnavailableError, match="was written") as caught:
        log.number_of("f" * 32, source)
    assert (caught.value.sent, caught.value.retryable) == ("yes", False)


# ---- questions


@pytest.fixture
def source() -> ManyFacts:
    return ManyFacts(MANY)


@pytest.fixture
def tracker(source: ManyFacts, state: State) -> Tracker:
    made = tracker_of(source, state)
    made.backend.last_cursor()
    source.requests.clear()
    source.given = 0
    return made


def test_sorted_by_number_both_ways(tracker: Tracker, source: ManyFacts) -> None:
    every = list(range(1, len(source.log) + 1))
    assert asked(tracker, order=["number"]) == every
    assert asked(tracker, order=["-number"]) == every[::-1]
    assert asked(tracker, order=["-id"], limit=700) == every[:-701:-1]


def test_filters_on_numbers(tracker: Tracker, source: ManyFacts) -> None:
    every = list(range(1, len(source.log) + 1))
    assert asked(tracker, field("number").between(600, 605)) == list(range(600, 606))
    assert asked(tracker, field("number").is_in([3, 1700, 900, 10**9])) == [3, 900, 1700]
    assert asked(tracker, field("id") == "17") == [17]
    assert asked(tracker, field("number") < 3) == [1, 2]
    assert asked(tracker, ~(field("number") < len(every))) == every[-1:]
    assert asked(tracker, (field("number") == 5) | (field("key") == "id1")) == [1, 5]
    assert asked(tracker, field("number") == 5, field("number") == 6) == []
    assert asked(tracker, field("number") == 0) == []


def test_other_filters_sorts_and_counts(tracker: Tracker, source: ManyFacts) -> None:
    labels = [number for number, event in enumerate(source.log, 1) if event.field == "label"]
    assert asked(tracker, field("field") == "label") == labels
    assert tracker.count("Event", field("field") == "label") == len(labels)
    assert tracker.count("Event") == len(source.log)
    late = [number for number, event in enumerate(source.log, 1) if event.at >= source.log[-6].at]
    found = asked(tracker, field("created_at") >= source.log[-6].at, order=["-created_at", "number"])
    assert found == sorted(late, key=lambda number: (-source.log[number - 1].at.timestamp(), number))
    assert asked(tracker, order=["-created_at"], limit=1) == [
        next(number for number, event in enumerate(source.log, 1) if event.at == source.log[-1].at)
    ]


def test_pages_go_on_by_number(tracker: Tracker, source: ManyFacts) -> None:
    for order in (["number"], ["-number"], []):
        query = tracker.query("Event", fields=["number"], order=order, page_size=100)
        found, after = [], None
        while True:
            page = next(iter(tracker.read(query.with_(after=after))))
            found += [row[0] for row in page.tuples()]
            source.happen()
            after = page.next
            if after is None:
                break
        seen = [number for number in found if number <= 1_700]
        assert seen == sorted(seen, reverse=order == ["-number"])
        assert set(range(1, 1_701)) <= set(found)
        assert len(found) == len(set(found))


def test_a_poll_reads_only_what_is_new(tracker: Tracker, source: ManyFacts) -> None:
    last = len(source.log)
    for _ in range(3):
        assert asked(tracker, field("number") > last, order=["number"]) == []
    assert source.given == 0
    assert len(source.requests) == 3
    source.happen(2)
    assert asked(tracker, field("number") > last, order=["number"]) == [last + 1, last + 2]
    assert source.given <= 6
    assert len(source.requests) <= 6


def test_the_newest_is_read_from_the_end(tracker: Tracker, source: ManyFacts) -> None:
    last = len(source.log)
    query = tracker.query("Event", fields=["number"], order=["-number"], page_size=1)
    assert next(iter(tracker.read(query))).tuples()[0] == (last,)
    assert source.given <= 25


def test_a_question_on_a_time_reads_what_happened_then(tracker: Tracker, source: ManyFacts) -> None:
    one, other = source.log[900].at, source.log[910].at
    between = [number for number, event in enumerate(source.log, 1) if one <= event.at <= other]
    assert asked(tracker, field("created_at").between(one, other)) == between
    assert asked(tracker, field("at") > other, field("at") <= source.log[-1].at, field("number") < 920) == [
        number for number, event in enumerate(source.log, 1) if event.at > other and number < 920
    ]
    assert asked(tracker, field("created_at") > source.log[-1].at) == []
    assert asked(tracker, field("created_at") == one) == [n for n in between if source.log[n - 1].at == one]
    assert source.given <= 60


def test_times_that_do_not_rise_with_the_log(state: State) -> None:
    source = ManyFacts()
    for at in (5, 3, 9, 1, 7):
        source.happen(1, at=manyfacts.START + timedelta(seconds=at))
    tracker = tracker_of(source, state)
    assert asked(tracker, field("created_at") >= manyfacts.START + timedelta(seconds=5)) == [1, 3, 5]
    assert asked(tracker, field("created_at") < manyfacts.START + timedelta(seconds=5)) == [2, 4]


def test_known_numbers_are_read_without_a_look_at_the_end(tracker: Tracker, source: ManyFacts) -> None:
    assert asked(tracker, field("number").is_in([10, 11, 1_000])) == [10, 11, 1_000]
    assert source.given <= 3
    assert len(source.requests) == 2


def test_events_behind_a_number(tracker: Tracker, source: ManyFacts) -> None:
    last = len(source.log)
    assert [event.number for event in tracker.backend.read_events("5", limit=3)] == [6, 7, 8]
    source.happen(2)
    assert [event.cursor for event in tracker.backend.read_events(str(last))] == [str(last + 1), str(last + 2)]
    with pytest.raises(InvalidInputError, match="no cursor"):
        tracker.backend.read_events("x")


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (field("number") > 5, ((6, END),)),
        (field("number").between(3, 9) & (field("number") != 4), ((3, 9),)),
        (field("number").is_in([9, 1, 2]), ((1, 2), (9, 9))),
        ((field("number") == 1) | (field("number") >= 7), ((1, 1), (7, END))),
        ((field("number") == 1) | (field("kind") == "created"), ((1, END),)),
        (field("number") < 1, ()),
        (field("number") == None, ()),  # noqa: E711
    ],
)
def test_spans(condition: Any, expected: Any) -> None:
    query = build(MEMORY.schema(), "Event", condition)
    assert spans(query.filter) == expected


MEMORY = ManyFacts()


# ---- many at once


def test_many_threads_number_once(tmp_path: Path) -> None:
    source = ManyFacts(MANY)
    with State.open(tmp_path / "state.db") as one, State.open(tmp_path / "state.db") as other:
        trackers = [tracker_of(source, state) for state in (one, other) for _ in range(2)]
        with ThreadPoolExecutor(8) as pool:
            asking = [pool.submit(asked, tracker, order=["-number"], limit=3) for tracker in trackers * 4]
            answers = {tuple(answer.result()) for answer in asking}
        last = len(source.log)
        assert answers == {(last, last - 1, last - 2)}
        check(one, source)


def check(state: State, source: ManyFacts) -> None:
    """The ledger has every event once, without a gap."""
    lines = Numbering(state, SITE).ledger.entries_behind(0, 10**6)
    assert [line.number for line in lines] == list(range(1, len(source.log) + 1))
    assert [line.key for line in lines] == [event.key for event in source.log]


def start(path: Path, kill_at: int = 0, where: str = "") -> subprocess.Popen[str]:
    module = Path(manyfacts.__file__)
    command = [sys.executable, str(module), str(path), str(MANY), str(kill_at), where]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def test_many_processes_number_once(tmp_path: Path) -> None:
    path, source = tmp_path / "state.db", ManyFacts(MANY)
    processes = [start(path) for _ in range(3)]
    assert [process.communicate()[0].strip() for process in processes] == [str(len(source.log))] * 3
    with State.open(path) as state:
        check(state, source)


@pytest.mark.parametrize(("kill_at", "where"), [(2, "read"), (1, "kept"), (2, "kept")])
def test_a_killed_process_leaves_no_gap_and_no_double(tmp_path: Path, kill_at: int, where: str) -> None:
    path, source = tmp_path / "state.db", ManyFacts(MANY)
    with start(path, kill_at, where) as killed:
        killed.communicate()
    assert killed.returncode == -signal.SIGKILL
    with State.open(path) as state:
        assert 0 <= Numbering(state, SITE).ledger.head().last < len(source.log)
        assert Numbering(state, SITE).catch_up(source).last == len(source.log)
        check(state, source)


def test_whoever_comes_late_with_a_page_keeps_nothing(state: State) -> None:
    source = ManyFacts(5)
    log = Numbering(state, SITE)
    before = log.ledger.head()
    log.catch_up(source)
    assert log.ledger.append(before, source.log) is None
    check(state, source)


def test_two_trackers_have_ledgers_of_their_own(state: State) -> None:
    one, other = ManyFacts(4), ManyFacts(7)
    assert Numbering(state, "one.example").catch_up(one).last == len(one.log)
    assert Numbering(state, "other.example").catch_up(other).last == len(other.log)


def test_a_question_does_not_wait_for_ever_for_others(state: State, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numbering, "WAIT_S", 0.05)
    assert state.take_lease(f"numbering {SITE}", "somebody", 60.0) is not None
    with pytest.raises(UnavailableError, match="still being numbered: 0"):
        Numbering(state, SITE).catch_up(ManyFacts(3))
