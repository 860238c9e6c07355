"""The tracker's history as AYON's events, and the events that clients send.

AYON tells a creation as one event; the values that a record is created with are not told again. So events are numbered anew,
without gaps; where each number lies in the tracker's history is remembered in steps, and can be found again at any time.
What clients send (``sent``) stands between them, each behind the last event that there was.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, timezone
from threading import Lock
from typing import Any, Final

from trackerkit.errors import TrackerError, UnsupportedError
from trackerkit.events import Event
from trackerkit.schema import Schema
from trackerkit.values import Ref
from trackerkit_ayon.events.natives import native_event
from trackerkit_ayon.gateway.columns import HELD
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.homes import Home, homes_of_ids
from trackerkit_ayon.gateway.sent import Sent, Told, new_event
from trackerkit_ayon.gateway.site import NO_ID, Site
from trackerkit_ayon.gateway.whereabouts import completed, whereabouts
from trackerkit_ayon.mapping.codecs import address
from trackerkit_ayon.mapping.names import TYPES, native_of

_READ: Final = 1000
_STEP: Final = 100
_KEPT_EVERY: Final = 20_000
_AT_HAND: Final = 10_000


class Index:
    """Which of a tracker's events are told, counted: the number of each ``_STEP``-th one. Shared by all requests."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.steps: list[int] = [0]
        self.told = 0
        self.seen = 0
        self.shelf: dict[int, Told] = {}
        self._kept = 0

    def load(self, known: Mapping[str, Any] | None) -> None:
        """Begin with what another process counted."""
        if known and known.get("step") == _STEP and known["seen"] > self.seen:
            self.steps, self.told, self.seen = list(known["steps"]), known["told"], known["seen"]
            self._kept = self.seen

    def add(self, event: Event) -> None:
        """The next event of the tracker."""
        self.seen = int(event.cursor)
        self.shelf.clear()
        if is_told(event):
            self.told += 1
            if self.told % _STEP == 0:
                self.steps.append(self.seen)

    def keep(self, events: Mapping[int, Told]) -> None:
        """Keep events at hand as they are told, by their numbers, until something new happens: they tell present names."""
        with self.lock:
            if len(self.shelf) + len(events) > _AT_HAND:
                self.shelf.clear()
            self.shelf.update(events)

    def should_keep(self) -> bool:
        """Whether much was counted since it was written down."""
        return self.seen - self._kept >= _KEPT_EVERY

    def kept(self) -> Mapping[str, Any]:
        """What to write down."""
        self._kept = self.seen
        return {"step": _STEP, "steps": self.steps, "told": self.told, "seen": self.seen}


def is_told(event: Event) -> bool:
    """Whether AYON tells such an event."""
    return not (event.kind == "changed" and event.in_create)


class History:
    """The events of a tracker.

    Args:
        site: the tracker.
    """

    def __init__(self, site: Site) -> None:
        self.site = site
        self.state = site.state
        self.sent = Sent(site.state, f"{site.space} events"[:100], site.shared.book(site.site))
        self._homes: dict[str, Home | None] = {}

    @property
    def index(self) -> Index:
        """The counted events, up to now."""
        made: Index = self.site.shared.index(self.site.site)
        with made.lock:
            if made.seen == 0:
                made.load(self.state.get_document(self.site.space, "events"))
            for event in self._read(made.seen):
                made.add(event)
            if made.should_keep():
                self.state.put_document(self.site.space, "events", made.kept())
        return made

    def _read(self, after: int) -> Iterator[Event]:
        backend = self.site.tracker.backend
        if "events" not in backend.capabilities:
            return
        cursor = str(after) if after else None
        while page := backend.read_events(cursor, limit=_READ):
            if not all(event.cursor.isdecimal() for event in page):
                raise UnsupportedError("the tracker behind does not number its events, so that AYON's cannot be told")
            yield from page
            cursor = page[-1].cursor

    # ---- reading

    @property
    def last(self) -> int:
        """The number of the newest event."""
        return self.index.told + self.sent.count

    def after(self, order: int, limit: int) -> list[Told]:
        """At most so many events behind a number."""
        index = self.index
        done = self.sent.done_before(order)
        own = self.sent.behind(done, limit)
        told = self._numbered(index, max(0, order - done), limit)
        return sorted([*own, *told], key=lambda event: int(event["order"]))[:limit]

    def _numbered(self, index: Index, rank: int, limit: int) -> list[Told]:
        """At most so many of the tracker's events behind the first ``rank`` that are told, without the deleted ones."""
        anchors = [order - at for at, order in enumerate(self.sent.book.orders, 1)]
        made: list[Told] = []
        at = rank
        while len(made) < limit and at < index.told:
            told = index.shelf.get(at + 1) or self._shelved(index, at, limit - len(made)).get(at + 1)
            if told is None:
                break
            at += 1
            kept = self.sent.changed({**told, "order": at + bisect_right(anchors, at - 1)})
            made += [] if kept is None else [kept]
        return made

    def _shelved(self, index: Index, rank: int, limit: int) -> dict[int, Told]:
        """The next events behind the first ``rank`` that are told, read and kept at hand: by their numbers."""
        step = min(rank // _STEP, len(index.steps) - 1)
        at, wanted = step * _STEP, min(_READ, max(limit, _STEP))
        found: dict[int, Event] = {}
        for event in self._read(index.steps[step]):
            if is_told(event):
                at += 1
                if at > rank:
                    found[at] = event
                if len(found) == wanted:
                    break
        made = dict(zip(found, self._shown(list(found.values()))))  # noqa: B905 - same length
        index.keep(made)
        return made

    def before(self, order: int | None, limit: int, holds: Callable[[Told], bool]) -> list[Told]:
        """At most so many events in front of a number for which something holds, the newest first."""
        end = self.last + 1 if order is None else order
        found: list[Told] = []
        size = max(limit, 25)
        while end > 1 and len(found) < limit:
            start = max(1, end - size)
            rows = self.after(start - 1, end - start)
            found += [event for event in reversed(rows) if event["order"] < end and holds(event)]
            end, size = start, min(size * 2, 5000)
        return found[:limit]

    def get(self, id: str) -> Told | None:
        """One event by its id."""
        number = number_of(id)
        if number is not None:
            found = self.site.tracker.backend.read_events(str(number - 1) if number > 1 else None, limit=1)
            is_there = bool(found) and int(found[0].cursor) == number
            return self.sent.changed(self._shown(found)[0]) if is_there else None
        return self.sent.get(id)

    # ---- the tracker's events

    def _shown(self, events: Sequence[Event]) -> list[Told]:
        self._load_homes(events)
        refs = {ref: None for event in events for ref in _refs_of(event)}
        ids = self._ids(list(refs))
        schema = self._schema()
        places = whereabouts([(event, self._home(event)) for event in events])
        return [completed(self._told(event, ids, schema), event, places) for event in events]

    def _schema(self) -> Schema:
        return self.site.catalog.native_schema

    def _ids(self, refs: Sequence[Ref]) -> dict[Ref, str]:
        ids = self.site.hexes(ref for ref in refs if ref.type != "Project" and ref.type in self.site.schema)
        for ref, id in list(ids.items()):
            if id == NO_ID:
                ids[ref] = self.state.get_document(self.site.space, f"gone {ref.id}") or id_of_number(ref.id)
        return ids

    def _told(self, event: Event, ids: Mapping[Ref, str], schema: Schema) -> Told:
        home = self._home(event)

        def one(value: Any) -> Any:
            if value.__class__ is Ref:
                return _renamed(value, ids, home)
            return [one(item) for item in value] if isinstance(value, (list, tuple)) else value

        old, new = (list(event.removed), list(event.added)) if event.added or event.removed else (event.old, event.new)
        if event.data_type == "status" and home is not None:
            native = native_of(event.entity.type).name if event.entity else "task"
            old, new = (home.status_name(str(value), native) if value else value for value in (old, new))
        made = replace(
            event, entity=one(event.entity), actor=one(event.actor), old=one(old), new=one(new),
            project=Ref("Project", home.name) if home else None,
        )  # fmt: skip
        made = _speakable(made, schema)
        told = native_event(made, schema, timezone.utc, id_of_event(int(event.cursor)), 0)
        if told["summary"].get("activity_type") and made.field == "body":
            told["payload"] = {"body": made.new}
        return {
            **told,
            "summary": plain(told["summary"]),
            "payload": _without_held(plain(told["payload"])),
            "senderType": "api",
        }

    def _home(self, event: Event) -> Home | None:
        ref = _project_of(event)
        if ref is None:
            return None
        return self._homes.get(ref.id)

    def _load_homes(self, events: Sequence[Event]) -> None:
        """Read the projects that events are about."""
        refs = {ref.id for event in events if (ref := _project_of(event)) is not None} - set(self._homes)
        found = homes_of_ids(self.site, refs)
        self._homes.update((id, found.get(id)) for id in refs)

    # ---- what clients send

    def send(self, body: Mapping[str, Any], user: str) -> str:
        """Keep an event that a client sent; its id.

        Raises:
            Fault: 409, there is an event of this hash, or none that it depends on.
        """
        event = new_event(body, user)
        if event["dependsOn"] and self.get(event["dependsOn"]) is None:
            raise Fault(409, "Event depends on non-existing event", "conflict")
        if body.get("store", True) is False:
            self.sent.flash({**event, **({"progress": body["progress"]} if body.get("progress") is not None else {})})
            return str(event["id"])
        return self.sent.add(event, self.index.told, bool(body.get("reuse")))


# ---- ids

_MARK: Final = "7e7e7e7e00000000"


def id_of_event(number: int) -> str:
    """The id of an event of the tracker."""
    return f"{_MARK}{number:016x}"


def number_of(id: str) -> int | None:
    """The event of the tracker that an id stands for; None for an event that a client sent."""
    return int(id[16:], 16) if id.startswith(_MARK) else None


def id_of_number(id: str) -> str:
    """An id for a record that is gone, whose own id nobody knows any more."""
    return f"{'0' * 16}{int(id) if id.isdecimal() else 0:016x}"


# ---- values


def _project_of(event: Event) -> Ref | None:
    return event.entity if event.entity is not None and event.entity.type == "Project" else event.project


def _refs_of(event: Event) -> Iterator[Ref]:
    for value in (event.entity, event.actor, event.old, event.new, *event.added, *event.removed):
        if value.__class__ is Ref:
            yield value
        elif isinstance(value, (list, tuple)):
            yield from (item for item in value if item.__class__ is Ref)


def _renamed(ref: Ref, ids: Mapping[Ref, str], home: Home | None) -> Ref:
    if ref.type == "Project":
        return Ref("Project", home.name if home is not None else ref.id, label=ref.label)
    return Ref(ref.type, ids.get(ref) or id_of_number(ref.id), home.name if home else None, None, None, ref.label)


def _speakable(event: Event, schema: Schema) -> Event:
    """What is about something that AYON has not is told under the tracker's own name."""
    entity = event.entity
    if entity is None or event.kind == "other":
        return event
    is_known = entity.type in TYPES or (entity.type in schema and schema.is_a(entity.type, "Folder"))
    if is_known and entity.type not in ("Status", "TaskType", "Tag"):
        return event
    data = {"entityId": entity.id, "kind": event.kind, "field": event.field}
    return replace(event, kind="other", name=f"trackerkit.{entity.type.lower()}.{event.kind}", data=data)


def plain(value: Any) -> Any:
    """A value as JSON has it."""
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if value.__class__ is Ref:
        return address(value)
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def _without_held(payload: dict[str, Any]) -> dict[str, Any]:
    """Without what lies in ``data`` for lack of a field."""
    return {
        key: {name: item for name, item in value.items() if not name.startswith(HELD)}
        if isinstance(value, dict)
        else value
        for key, value in payload.items()
    }


def remember_gone(site: Site, ref: Ref, id: str) -> None:
    """Keep the id of a record that is deleted for good, for the events that tell of it."""
    try:
        site.state.put_document(site.space, f"gone {ref.id}", id)
    except TrackerError:
        return
