"""The event log: read by number, with the numbers that come late."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest
from fake_shotgrid import FakeSite

from trackerkit.errors import InvalidInputError
from trackerkit.filters import field
from trackerkit.tracker import Tracker
from trackerkit_shotgrid.backend.log import Place, read_place

START = datetime(2024, 1, 1, tzinfo=timezone.utc)


def add(fake: FakeSite, number: int, second: int = 0, type: str = "Shot", project: int = 70) -> None:
    at = (START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")
    fake.add("EventLogEntry", number, event_type=f"Shotgun_{type}_New", meta={"entity_type": type, "entity_id": number},
             entity={"type": type, "id": number}, project={"type": "Project", "id": project}, created_at=at)  # fmt: skip


def numbers(tracker: Tracker, after: str | None, *types: str) -> tuple[list[int], str | None]:
    events = tracker.backend.read_events(after, types=types)
    return [event.number or 0 for event in events], events[-1].cursor if events else after


def test_behind_a_cursor(fake: FakeSite, studio: Tracker) -> None:
    for number in range(1, 6):
        add(fake, number)
    assert numbers(studio, None) == ([1, 2, 3, 4, 5], "5")
    assert numbers(studio, "3") == ([4, 5], "5")
    assert numbers(studio, "5") == ([], "5")
    assert studio.backend.last_cursor() == "5"


def test_an_empty_log(studio: Tracker) -> None:
    assert studio.backend.last_cursor() is None
    assert numbers(studio, None) == ([], None)


def test_a_number_that_comes_late_is_given_late(fake: FakeSite, studio: Tracker) -> None:
    """F50, F61: what is missing below the head is asked for again, apart from it."""
    for number in (1, 2, 5):
        add(fake, number, second=number)
    found, after = numbers(studio, None)
    assert found == [1, 2, 5]
    add(fake, 4, second=3)
    add(fake, 6, second=6)
    found, after = numbers(studio, after)
    assert found == [4, 6]
    add(fake, 3, second=3)
    found, after = numbers(studio, after)
    assert (found, after) == ([3], "6")


def test_each_event_says_where_to_go_on(fake: FakeSite, studio: Tracker) -> None:
    for number in (1, 3, 4):
        add(fake, number, second=number)
    first, second, third = studio.backend.read_events(None)
    add(fake, 2, second=2)
    assert numbers(studio, first.cursor)[0] == [2, 3, 4]
    assert numbers(studio, second.cursor)[0] == [2, 4]
    assert numbers(studio, third.cursor)[0] == [2]


def test_a_hole_is_given_up_by_the_servers_own_clock(fake: FakeSite, studio: Tracker) -> None:
    """F51: what this machine's clock says plays no part."""
    add(fake, 1, second=0)
    add(fake, 3, second=1)
    found, after = numbers(studio, None)
    add(fake, 4, second=400)
    found, after = numbers(studio, after)
    assert (found, after) == ([4], "4")
    add(fake, 2, second=0)
    assert numbers(studio, after)[0] == []


def test_a_hole_of_many_numbers_is_one_span(fake: FakeSite, studio: Tracker) -> None:
    """F53: an import that took 300,000 numbers makes a cursor of one hole."""
    add(fake, 1)
    add(fake, 300_001, second=1)
    found, after = numbers(studio, None)
    assert found == [1, 300_001]
    assert after is not None
    assert len(after) < 80


def test_only_some_types(fake: FakeSite, studio: Tracker) -> None:
    for number in range(1, 1201):
        add(fake, number, type="Asset" if number % 400 else "Shot")
    found, after = numbers(studio, None, "Shot")
    assert found
    while more := numbers(studio, after, "Shot")[0]:
        found += more
        after = numbers(studio, after, "Shot")[1]
    assert found == [400, 800, 1200]
    assert numbers(studio, None, "Folder")[0][:3] == [1, 2, 3]


def test_a_reader_of_rare_events_does_not_read_all_again(fake: FakeSite, studio: Tracker) -> None:
    for number in range(1, 601):
        add(fake, number, type="Asset")
    assert numbers(studio, "0", "Shot") == ([], "0")
    fake.calls.clear()
    assert numbers(studio, "0", "Shot") == ([], "0")
    (given,) = fake.asked("read")
    assert given["filters"]["conditions"] == [{"path": "id", "relation": "greater_than", "values": [600]}]
    add(fake, 601)
    assert numbers(studio, "0", "Shot") == ([601], "601")


def test_only_one_project(fake: FakeSite, studio: Tracker) -> None:
    add(fake, 1, project=70)
    add(fake, 2, project=71)
    home = studio.ref("Project", 71)
    assert [event.number for event in studio.backend.read_events(None, project=home)] == [2]


@pytest.mark.parametrize("cursor", ["", "x", "[1]", "[1,[[2]]]", '{"a":1}', "1.5"])
def test_a_text_that_is_no_cursor(studio: Tracker, cursor: str) -> None:
    with pytest.raises(InvalidInputError, match="no cursor"):
        studio.backend.read_events(cursor)


def test_a_place_as_text_and_back() -> None:
    place = Place(9, ((3, 4, START), (6, 6, START)))
    assert read_place(place.cursor()) == place
    assert read_place(Place(9).cursor()) == Place(9)
    assert place.without(4) == Place(9, ((3, 3, START), (6, 6, START)))
    assert place.without(6) == Place(9, ((3, 4, START),))


def test_events_as_records(fake: FakeSite, studio: Tracker) -> None:
    meta = {"entity_type": "Shot", "entity_id": 9, "attribute_name": "sg_cut_in", "old_value": None, "new_value": 5}
    fake.add("EventLogEntry", 2, event_type="Shotgun_Shot_Change", meta=meta, created_at="2024-01-01T00:00:00Z",
             attribute_name="sg_cut_in", entity=None)  # fmt: skip
    (change,) = studio.find("Event", field("kind") == "changed", fields=["field", "new", "entity", "data_type"])
    assert (change.field, change.new, change.entity.id, change.data_type) == ("frame_start", 5, "9", "integer")
    del fake.tables["EventLogEntry"][2]
    add(fake, 1)
    (event,) = studio.find("Event", fields=["kind", "name", "entity", "at", "number"])
    assert (event.kind, event.name, event.number) == ("created", "Shotgun_Shot_New", 1)
    assert (event.entity.type, event.at) == ("Shot", START)
