"""The event log: EventLogEntry behind a cursor, with the numbers that are not there yet asked for again.

Numbers are given when a change begins and seen when it ends, so that a number may appear after a higher one. The
cursor
holds, besides the highest number seen, the holes below it that are younger than five minutes, by the server's own
clock:
the times in its entries.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from trackerkit.errors import InvalidInputError
from trackerkit.events import Cursor, Event
from trackerkit.schema import Schema
from trackerkit.values import Ref
from trackerkit_shotgrid.client import Client, Json
from trackerkit_shotgrid.events import ENTRY_FIELDS, read_event
from trackerkit_shotgrid.mapping.values import format_datetime, parse_datetime
from trackerkit_shotgrid.schema import SiteSchema

from trackerkit_shotgrid.mapping.values import Links  # isort: skip

HORIZON: Final = timedelta(minutes=5)
"""How long a missing number is waited for."""

MOST_HOLES: Final = 50
"""Holes that are waited for at once; beyond that the oldest are given up."""

_STEP: Final = 500


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reader stands.

    Args:
        head: the highest number seen.
        holes: missing numbers ``(first, last, since)`` below it.
    """

    head: int
    holes: tuple[tuple[int, int, datetime], ...] = ()

    def cursor(self) -> Cursor:
        """The place as text."""
        if not self.holes:
            return str(self.head)
        holes = [[first, last, format_datetime(since)] for first, last, since in self.holes]
        return json.dumps([self.head, holes], separators=(",", ":"))

    def without(self, number: int) -> Place:
        """The place once a missing number has come."""
        made = []
        for first, last, since in self.holes:
            if not first <= number <= last:
                made.append((first, last, since))
                continue
            made += [(low, high, since) for low, high in ((first, number - 1), (number + 1, last)) if low <= high]
        return Place(self.head, tuple(made))

    def behind(self, number: int, at: datetime) -> Place:
        """The place once a higher number has come, with what is missing below it."""
        holes = [hole for hole in self.holes if at - hole[2] <= HORIZON]
        if number > self.head + 1 and self.head > 0:
            holes.append((self.head + 1, number - 1, at))
        return Place(number, tuple(holes[-MOST_HOLES:]))


def read_place(cursor: Cursor | None) -> Place:
    """The place that a cursor names; before the first event without one.

    Raises:
        InvalidInputError: for a text that is no cursor.
    """
    if cursor is None:
        return Place(0)
    try:
        found = json.loads(cursor)
        head, holes = (found, []) if isinstance(found, int) else found
        made = tuple((int(first), int(last), _moment(since)) for first, last, since in holes)
        return Place(int(head), made)
    except (ValueError, TypeError):
        raise InvalidInputError(f"{str(cursor)[:60]!r} is no cursor of ShotGrid's events", backend="shotgrid") from None


def _moment(text: str) -> datetime:
    found = parse_datetime(text)
    if found is None:
        raise ValueError
    return found


class Log:
    """Reads the event log of one site.

    Args:
        client: of the site.
        site: its schema.
        links: makes Refs.
    """

    def __init__(self, client: Client, site: SiteSchema, links: Links) -> None:
        self.client = client
        self.site = site
        self.links = links
        # Where a reader that wants few events stands further on than its cursor says: it only moves with an event.
        self._further: dict[tuple[Cursor | None, tuple[str, ...], Ref | None], Place] = {}

    def last(self) -> Cursor | None:
        """The cursor of the newest entry."""
        rows = self._ask([], 1, "desc")
        return str(rows[0]["id"]) if rows else None

    def read(self, after: Cursor | None, limit: int, types: Sequence[str], project: Ref | None) -> list[Event]:
        """At most so many events behind a cursor, oldest first."""
        asked = (after, tuple(types), project)
        place = self._further.pop(asked, None) or read_place(after)
        wanted = _wanted(self.site.schema, types, project)
        while True:
            found, place, is_end = self._step(place, max(limit, 1), wanted)
            if found:
                return found[:limit]
            if is_end:
                if len(self._further) > 1000:
                    self._further.clear()
                self._further[asked] = place
                return []

    def _step(self, place: Place, limit: int, wanted: Callable[[Event], bool]) -> tuple[list[Event], Place, bool]:
        """The events of one request: first those that fill holes, then the next ones."""
        made: list[Event] = []
        for row in self._late(place):
            place = place.without(row["id"])
            self._add(made, row, place, wanted)
        size = min(max(limit, 1), self.client.page_size)
        size = max(size, min(_STEP, self.client.page_size)) if not made else size
        rows = self._ask([["id", "greater_than", place.head]] if place.head else [], size, "asc")
        for row in rows:
            at = parse_datetime(row.get("created_at"))
            place = place.behind(row["id"], at) if at is not None else Place(row["id"], place.holes)
            self._add(made, row, place, wanted)
        return made, place, len(rows) < size

    def _add(self, made: list[Event], row: Json, place: Place, wanted: Callable[[Event], bool]) -> None:
        event = read_event(row, self.site.natives, self.links, place.cursor())
        if event is not None and wanted(event):
            made.append(event)

    def _late(self, place: Place) -> Iterable[Json]:
        """Entries that have come since their numbers were passed."""
        if not place.holes:
            return []
        spans = [["id", "between", [first, last]] for first, last, _ in place.holes]
        group: list[Any] = spans if len(spans) == 1 else [{"filter_operator": "any", "filters": spans}]
        return self._ask(group, self.client.page_size, "asc")

    def _ask(self, filters: Sequence[Any], size: int, direction: str) -> list[Json]:
        argument = {
            "type": "EventLogEntry",
            "return_fields": list(ENTRY_FIELDS),
            "filters": self.client.translated(filters),
            "return_only": "active",
            "paging": {"entities_per_page": size, "current_page": 1},
            "sorts": [{"field_name": "id", "direction": direction}],
        }
        rows: list[Json] = self.client.read(argument)["entities"]
        return rows


def _wanted(schema: Schema, types: Sequence[str], project: Ref | None) -> Callable[[Event], bool]:
    legal = frozenset(kind for name in types for kind in schema.concrete(schema.type(name).name))

    def is_wanted(event: Event) -> bool:
        if legal and (event.entity is None or event.entity.type not in legal):
            return False
        return project is None or (event.project is not None and event.project.id == project.id)

    return is_wanted
