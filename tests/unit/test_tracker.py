"""Tracker: what it asks of a backend, and when."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from typing import Any

import pytest

import trackerkit
from trackerkit import operations as ops
from trackerkit.backend import Check
from trackerkit.entities import Page, Plan
from trackerkit.errors import (
    ConfigurationError,
    DomainError,
    InvalidInputError,
    NotFoundError,
    UnknownSchemeError,
    UnsupportedError,
)
from trackerkit.events import Event
from trackerkit.filters import field
from trackerkit.operations import Operation, Result
from trackerkit.query import Query
from trackerkit.testing.clock import FakeClock
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker
from trackerkit.values import UNSET, Ref


class Recording(MemoryBackend):
    """The oracle, writing down what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.queries: list[Query] = []
        self.pages = 0
        self.batches: list[list[Operation]] = []
        self.is_closed = False

    def read(self, query: Query) -> Iterator[Page]:
        self.queries.append(query)
        for page in super().read(query):
            self.pages += 1
            yield page

    def write(self, operations: Sequence[Operation], *, atomic: bool = True) -> list[Result]:
        self.batches.append(list(operations))
        return super().write(operations, atomic=atomic)

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def backend() -> Recording:
    return Recording()


@pytest.fixture
def tracker(backend: Recording) -> Tracker:
    return Tracker(backend, url="memory:")


@pytest.fixture
def project(tracker: Tracker) -> Ref:
    return tracker.create("Project", name="Big Buck").ref


def test_find_asks_for_nothing_before_the_first_record(tracker: Tracker, backend: Recording, project: Ref) -> None:
    for at in range(5):
        tracker.create("Shot", name=f"sh{at}", project=project)
    backend.queries.clear()
    found = tracker.find("Shot", project=project, page_size=2)
    assert backend.queries == []
    assert next(found).name == "sh0"
    assert (len(backend.queries), backend.pages) == (1, 1)
    assert len(list(found)) == 4
    assert backend.pages == 3


def test_find_one_asks_for_one(tracker: Tracker, backend: Recording, project: Ref) -> None:
    tracker.find_one("Shot")
    assert backend.queries[-1].limit == 1


def test_a_project_is_looked_up_once_by_name(tracker: Tracker, backend: Recording, project: Ref) -> None:
    backend.queries.clear()
    for _ in range(3):
        list(tracker.find("Shot", project="Big Buck"))
    assert [query.type for query in backend.queries].count("Project") == 1
    assert backend.queries[-1].projects == (project,)


def test_a_project_by_id_and_one_that_is_not_there(tracker: Tracker, project: Ref) -> None:
    assert tracker.project(project.id) == project
    assert tracker.project(project) is project
    assert tracker.project(tracker.get(project)) == project
    with pytest.raises(NotFoundError, match="Big Bunny"):
        tracker.project("Big Bunny")


def test_a_field_called_type_can_be_written(tracker: Tracker, project: Ref) -> None:
    shot = tracker.create("Shot", name="sh010", project=project)
    task = tracker.create("Task", name="anim", type="Animation", parent=shot)
    assert tracker.get(task, fields=["type"]).type == "Animation"
    tracker.update(task, type="Layout")
    assert tracker.get(task, fields=["type"]).type == "Layout"


def test_what_is_written_is_checked_and_has_a_key(tracker: Tracker, backend: Recording, project: Ref) -> None:
    tracker.create("Shot", name="sh010", project="Big Buck", start_date="2024-02-29", description=UNSET)
    (operation,) = backend.batches[-1]
    assert operation.key is not None
    assert operation.project == project
    assert operation.values["start_date"].isoformat() == "2024-02-29"
    assert "description" not in operation.values


def test_the_project_may_be_left_unset(tracker: Tracker, project: Ref) -> None:
    sequence = tracker.create("Sequence", name="sq", project=project)
    assert tracker.create("Shot", name="sh", parent=sequence, project=UNSET).ref.project == project.id


def test_lossy_results_say_what_was_lost(project: Ref, tracker: Tracker) -> None:
    (result,) = tracker.write([ops.create("Shot", {"name": "x"}, project=project)], lossy="report")
    assert result.lossy == {}


def test_an_empty_write_asks_nobody(tracker: Tracker, backend: Recording) -> None:
    assert tracker.write([]) == []
    assert backend.batches == []


def test_nothing_is_written_when_one_operation_is_wrong(tracker: Tracker, backend: Recording, project: Ref) -> None:
    backend.batches.clear()
    with pytest.raises(DomainError):
        tracker.batch(
            [ops.create("Shot", {"name": "a"}, project=project), ops.create("Shot", {"name": 5}, project=project)]
        )
    assert backend.batches == []


def test_relative_dates_count_from_the_clock(backend: Recording) -> None:
    tracker = Tracker(backend, clock=FakeClock(datetime(2024, 1, 8, tzinfo=timezone.utc)))
    assert "2024, 1, 1" in repr(tracker.query("Shot", field("created_at").in_last(7, "day")).filter)


def test_closing(backend: Recording) -> None:
    with Tracker(backend) as tracker:
        assert not backend.is_closed
    assert backend.is_closed
    assert repr(tracker) == "<Tracker memory>"


def test_get_by_every_spelling(tracker: Tracker, project: Ref) -> None:
    shot = tracker.create("Shot", name="sh010", project=project)
    for record in (shot, shot.ref, f"Shot:{shot.ref.id}", Ref("Shot", shot.ref.id)):
        assert tracker.get(record).ref == shot.ref
    assert tracker.get("Shot", shot.ref.id).ref == shot.ref
    assert tracker.get("Shot", int(shot.ref.id), project="Big Buck").ref == shot.ref
    for bad in (5, None, {"type": "Shot", "id": 1}):
        with pytest.raises(InvalidInputError):
            tracker.get(bad)


def test_events_are_read_in_pages_up_to_the_limit(
    tracker: Tracker, backend: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, int]] = []

    def read_events(
        after: str | None, *, limit: int = 500, types: Sequence[str] = (), project: Any = None
    ) -> list[Event]:
        asked.append((after, limit))
        start = int(after or 0)
        numbers = range(start + 1, min(start + limit, 1201) + 1)
        return [Event(str(at), str(at), datetime.now(timezone.utc), "created") for at in numbers]

    monkeypatch.setattr(backend, "read_events", read_events)
    assert len(list(tracker.events())) == 1201
    assert asked == [(None, 500), ("500", 500), ("1000", 500), ("1201", 500)]
    asked.clear()
    assert len(list(tracker.events(limit=600))) == 600
    assert asked == [(None, 500), ("500", 100)]
    assert list(tracker.events(limit=0)) == []


def test_doctor_passes_on_what_the_backend_finds(
    tracker: Tracker, backend: Recording, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backend, "checks", lambda prepare: [Check("x", prepare, "text")])
    assert tracker.doctor() == [Check("x", False, "text")]
    assert tracker.doctor(prepare=True) == [Check("x", True, "text")]


def test_what_the_backend_lacks_says_so(tracker: Tracker, project: Ref) -> None:
    for call in (lambda: tracker.web_url(project), lambda: tracker.native):
        with pytest.raises(UnsupportedError, match="memory cannot"):
            call()


def test_fetch_finds_records_by_hand_made_refs(tracker: Tracker, backend: Recording, project: Ref) -> None:
    shot = tracker.create("Shot", name="sh010", project=project).ref
    by_hand, ghost = Ref("Shot", shot.id), Ref("Shot", 99999)
    found = backend.fetch([by_hand, ghost, by_hand], ["name", "no_such_field"])
    assert found == {by_hand: {"ref": shot, "name": "sh010"}}


def test_plain_pages_pass_through(tracker: Tracker, backend: Recording, monkeypatch: pytest.MonkeyPatch) -> None:
    ref = Ref("Shot", 1)
    pages = [Page(Plan.plain(["name"]), [(ref, "a")], 1), Page(Plan.plain(["name"]), [(ref, "b")])]
    monkeypatch.setattr(backend, "read", lambda query: iter(pages))
    assert list(tracker.read(tracker.query("Shot"))) == pages
    assert [item.name for item in tracker.find("Shot")] == ["a", "b"]


def test_connect_needs_a_backend_for_the_scheme() -> None:
    with pytest.raises(UnknownSchemeError, match="sqlite"):
        trackerkit.connect("sqlit:///x")
    with pytest.raises(ConfigurationError):
        trackerkit.connect("x")
