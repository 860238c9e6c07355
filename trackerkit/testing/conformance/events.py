"""events: one fact each, in order, each with a key and a cursor to go on from."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone

import pytest

from trackerkit import operations as ops
from trackerkit.errors import TrackerError
from trackerkit.events import Event
from trackerkit.filters import field
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.stack import Show
from trackerkit.values import Ref

__all__ = ["TestEvents"]

PATIENCE_S = 20.0
"""How long a tracker may take to tell of what it did (AYON does it behind the answer)."""


def wait_for(read: Callable[[], list[Event]], is_enough: Callable[[list[Event]], bool]) -> list[Event]:
    """What ``read`` gives as soon as it is enough, or in the end."""
    until = time.monotonic() + PATIENCE_S
    found = read()
    while not is_enough(found) and time.monotonic() < until:
        time.sleep(0.05)
        found = read()
    return found


def facts(found: list[Event]) -> list[tuple[str, str | None]]:
    """Kind and field of what happened after the creation."""
    return [(event.kind, event.field) for event in found if not event.in_create]


@needs("find", "create", "update", "events")
class TestEvents(Cases):
    @pytest.fixture
    def start(self, show: Show) -> str | None:
        """The cursor before the case's own changes."""
        return show.stack.backend.last_cursor()

    def of(self, show: Show, ref: Ref, start: str | None, last: str) -> list[Event]:
        """The events of one record, up to one of the last kind."""

        def read() -> list[Event]:
            return [event for event in show.tracker.events(after=start) if event.entity == ref]

        return wait_for(read, lambda found: any(event.kind == last for event in found))

    def test_a_creation(self, show: Show, start: str | None) -> None:
        shot = show.shot("sh0010")
        found = self.of(show, shot, start, "created")
        assert [event.kind for event in found if event.kind == "created"] == ["created"]
        created = found[0]
        assert created.kind == "created"
        assert created.entity == shot
        assert created.entity is not None
        assert created.entity.type == "Shot"
        assert created.project == show.project
        assert abs(datetime.now(timezone.utc) - created.at) < timedelta(minutes=5)
        assert created.at.utcoffset() == timedelta(0)
        assert all(event.in_create for event in found[1:])

    def test_a_change_of_one_field(self, show: Show, start: str | None) -> None:
        one, two = show.statuses()
        shot = show.shot("sh0010", status=one)
        show.tracker.update(shot, status=two)
        found = self.of(show, shot, start, "changed")
        found = wait_for(
            lambda: self.of(show, shot, start, "changed"), lambda events: ("changed", "status") in facts(events)
        )
        (change,) = [event for event in found if event.field == "status" and not event.in_create]
        assert change.kind == "changed"
        assert change.new == two
        assert change.old in (one, None)
        assert change.data_type == "status"

    def test_each_field_is_a_fact_of_its_own(self, show: Show, start: str | None) -> None:
        text, number = self.field_of(show, "text"), self.field_of(show, "integer")
        shot = show.shot("sh0010")
        show.change(shot, {text: "x", number: 5})
        found = wait_for(
            lambda: self.of(show, shot, start, "changed"),
            lambda events: {("changed", text), ("changed", number)} <= set(facts(events)),
        )
        changes = {event.field: event.new for event in found if event.kind == "changed" and not event.in_create}
        assert changes == {text: "x", number: 5}

    def test_a_change_to_the_same_value_is_no_event(self, show: Show, start: str | None) -> None:
        text = self.field_of(show, "text")
        shot = show.shot("sh0010", **{text: "x"})
        show.change(shot, {text: "x"})
        show.tracker.update(shot, name="sh0011")
        found = wait_for(
            lambda: self.of(show, shot, start, "changed"), lambda events: ("changed", "name") in facts(events)
        )
        assert facts(found) == [("created", None), ("changed", "name")]

    @needs("delete", "restore")
    def test_retired_and_restored(self, show: Show, start: str | None) -> None:
        shot = show.shot("sh0010")
        show.tracker.delete(shot)
        show.tracker.restore(shot)
        found = self.of(show, shot, start, "restored")
        assert facts(found) == [("created", None), ("retired", None), ("restored", None)]

    @needs("delete.permanent")
    def test_deleted_for_good(self, show: Show, start: str | None) -> None:
        shot = show.shot("sh0010")
        show.tracker.delete(shot, permanent=True)
        found = self.of(show, shot, start, "deleted")
        assert [kind for kind, _ in facts(found) if kind != "retired"] == ["created", "deleted"]

    def test_a_list_says_what_came_and_what_went(self, show: Show, start: str | None) -> None:
        ann, ben = show.user(), show.user()
        task = show.task(show.shot(), "anim", assignees=[ann])
        show.tracker.update(task, assignees=[ben])
        found = wait_for(
            lambda: self.of(show, task, start, "changed"), lambda events: ("changed", "assignees") in facts(events)
        )
        changes = [event for event in found if event.field == "assignees" and not event.in_create]
        assert {ref.id for event in changes for ref in event.added} == {ben.id}
        assert {ref.id for event in changes for ref in event.removed} == {ann.id}

    def test_events_of_one_record_come_in_order(self, show: Show, start: str | None) -> None:
        text = self.field_of(show, "text")
        shot = show.shot("sh0010")
        for value in ("a", "b", "c"):
            show.change(shot, {text: value})
        found = wait_for(
            lambda: self.of(show, shot, start, "changed"),
            lambda events: [event.new for event in events if event.field == text][-1:] == ["c"],
        )
        assert [event.new for event in found if event.field == text and not event.in_create] == ["a", "b", "c"]
        assert [event.at for event in found] == sorted(event.at for event in found)

    def test_keys_are_unique_and_stable(self, show: Show, start: str | None) -> None:
        shot = show.shot("sh0010")
        show.tracker.update(shot, name="sh0011")
        wait_for(lambda: self.of(show, shot, start, "changed"), lambda events: ("changed", "name") in facts(events))
        first = [event.key for event in show.tracker.events(after=start)]
        again = [event.key for event in show.tracker.events(after=start)]
        assert len(first) == len(set(first))
        assert again[: len(first)] == first

    def test_a_cursor_goes_on_behind_its_event(self, show: Show, start: str | None) -> None:
        shot = show.shot("sh0010")
        show.tracker.update(shot, name="sh0011")
        wait_for(lambda: self.of(show, shot, start, "changed"), lambda events: ("changed", "name") in facts(events))
        found = list(show.tracker.events(after=start))
        for at, event in enumerate(found):
            rest = [item.key for item in show.tracker.events(after=event.cursor)]
            assert rest[: len(found) - at - 1] == [item.key for item in found[at + 1 :]]

    def test_read_one_by_one_nothing_is_missed(self, show: Show, start: str | None) -> None:
        shot = show.shot("sh0010")
        show.tracker.update(shot, name="sh0011")
        wait_for(lambda: self.of(show, shot, start, "changed"), lambda events: ("changed", "name") in facts(events))
        whole = [event.key for event in show.tracker.events(after=start)]
        assert [event.key for event in self.one_by_one(show, start, len(whole))] == whole

    def one_by_one(self, show: Show, after: str | None, count: int) -> Iterator[Event]:
        for _ in range(count):
            (event,) = show.tracker.events(after=after, limit=1)
            yield event
            after = event.cursor

    def test_the_last_cursor_has_nothing_behind_it(self, show: Show) -> None:
        shot = show.shot("sh0010")
        self.of(show, shot, None, "created")
        time.sleep(0.2 if show.stack.has_own_server else 0)
        assert list(show.tracker.events(after=show.stack.backend.last_cursor())) == []

    def test_by_type_and_by_project(self, show: Show, start: str | None) -> None:
        other = show.stack.show()
        shot = show.shot("sh0010")
        task = show.task(shot, "anim")
        theirs = other.shot("sh0020")
        self.of(show, theirs, start, "created")
        tasks = wait_for(lambda: list(show.tracker.events("Task", after=start)), bool)
        assert {event.entity for event in tasks} == {task}
        shots = list(show.tracker.events("Folder", after=start))
        assert {event.entity for event in shots} == {shot, theirs}
        mine = list(show.tracker.events("Shot", after=start, project=show.project))
        assert {event.entity for event in mine} == {shot}

    @needs("batch")
    def test_a_batch_that_failed_left_no_event(self, show: Show, start: str | None) -> None:
        shot = show.shot("sh0010")
        ghost = shot.replace(id="f" * 32 if not shot.id.isdigit() else "987654321")
        with pytest.raises(TrackerError):
            show.tracker.batch([ops.update(shot, {"name": "sh0011"}), ops.update(ghost, {"name": "x"})])
        show.tracker.update(shot, name="sh0012")
        found = wait_for(
            lambda: self.of(show, shot, start, "changed"), lambda events: ("changed", "name") in facts(events)
        )
        assert [event.new for event in found if event.field == "name" and not event.in_create] == ["sh0012"]

    @needs("events.write", types=["Event"])
    def test_a_program_writes_an_event_of_its_own(self, show: Show, start: str | None) -> None:
        shot = show.shot("sh0010")
        said = {"tool": "ingest", "files": [1, {"deep": None}]}
        made = show.tracker.create(
            "Event", name="Ingest_Done", entity=shot, project=show.project, data=said, description="All files are in."
        )
        show.tracker.update(shot, name="sh0011")
        found = wait_for(
            lambda: list(show.tracker.events(after=start)), lambda events: ("changed", "name") in facts(events)
        )
        (own,) = [event for event in found if event.name == "Ingest_Done"]
        assert (own.kind, own.entity, own.data, own.description) == ("other", shot, said, "All files are in.")
        assert made.ref.id in (str(own.number), own.key)
        names = [event.name for event in found if event.kind != "created" and not event.in_create]
        assert names.index("Ingest_Done") < len(names) - 1  # in the order of what happened
        (record,) = show.find("Event", field("name") == "Ingest_Done", fields=["name", "entity"], project=None)
        assert record.entity == shot

    @needs("events.write", types=["Event"])
    def test_an_event_is_never_changed(self, show: Show) -> None:
        made = show.tracker.create("Event", name="Ingest_Done", entity=show.shot("sh0010"), project=show.project)
        with pytest.raises(TrackerError):
            show.deaf().update(made.ref, name="x")
        with pytest.raises(TrackerError):
            show.deaf().delete(made.ref)

    @needs(types=["Event"])
    def test_events_can_be_found_as_records(self, show: Show, start: str | None) -> None:
        shot = show.shot("sh0010")
        self.of(show, shot, start, "created")
        found = show.find("Event", field("kind") == "created", fields=["kind", "entity"], project=None)
        assert shot in [event.entity for event in found]
