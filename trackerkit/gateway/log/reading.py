"""Queries on numbered events: only the part of the log is read that can hold what is wanted, from either end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any, Final

from trackerkit.backend import Backend
from trackerkit.entities import Page
from trackerkit.errors import InvalidInputError
from trackerkit.evaluate import Record
from trackerkit.events import Event
from trackerkit.gateway.log.numbering import PAGE, Numbering
from trackerkit.gateway.log.spans import END, EVERYTHING, NUMBERS, Span, both, bridged, moments, spans
from trackerkit.query import Query
from trackerkit.residual import Batch, finish, finish_sorted
from trackerkit.values import Ref

_FEW: Final = 25
_MANY: Final = 2_000


class Reading:
    """Reads the log as one caller sees it.

    Args:
        base: the tracker, as the caller.
        numbering: of its log.
    """

    def __init__(self, base: Backend, numbering: Numbering) -> None:
        self._base, self._numbering, self._ledger = base, numbering, numbering.ledger

    # ---- a query

    def read(self, query: Query) -> Iterator[Page]:
        """The pages of an answer."""
        if query.state == "retired":
            return
        first = query.order[0] if query.order else None
        if first is not None and first.path.text not in NUMBERS:
            rising = self._rising(query, self._wanted(query, EVERYTHING))
            yield from finish_sorted(query, query.filter, rising, self._look_up, fetch_rows=self._fetch_rows)
            return
        after = int(query.after["number"]) if query.after else None
        is_falling = first is not None and first.descending
        left = EVERYTHING if after is None else ((1, after - 1),) if is_falling else ((after + 1, END),)
        wanted = self._wanted(query, left, after is None)
        batches = self._falling(query, wanted) if is_falling else self._rising(query, wanted)
        yield from finish(query.with_(order=(), after=None), query.filter, batches, self._look_up)

    def _wanted(self, query: Query, left: Sequence[Span], is_start: bool = True) -> tuple[Span, ...]:
        """The numbers to read; the log is numbered to its end first where the end can matter."""
        asked = both(spans(query.filter), left)
        last = self._ledger.head().last
        if is_start and asked and asked[-1][1] > last:
            last = self._numbering.catch_up(self._base).last
        since, until = moments(query.filter)
        if asked and (since is not None or until is not None):
            asked = both(asked, [self._ledger.span(since, until)])
        return bridged(both(asked, [(1, last)]))

    def _rising(self, query: Query, wanted: Sequence[Span]) -> Iterator[Batch]:
        for span in wanted:
            for events in self.events(*span):
                end = events[-1].number or 0
                is_last = span == wanted[-1] and end >= span[1]
                yield self._records(query, events), None if is_last else {"number": end}

    def _falling(self, query: Query, wanted: Sequence[Span]) -> Iterator[Batch]:
        """From the end, in parts that grow: who wants the newest wants few."""
        size = min(max(_FEW, query.page_size or query.limit or PAGE), PAGE)
        for low, high in reversed(wanted):
            end = high
            while end >= low:
                start = max(low, end - size + 1)
                events = [event for some in self.events(start, end) for event in some]
                is_last = start == wanted[0][0]
                yield self._records(query, events[::-1]), None if is_last else {"number": start}
                end, size = start - 1, min(size * 2, _MANY)

    # ---- events

    def events(self, low: int, high: int) -> Iterator[list[Event]]:
        """The events with numbers from ``low`` to ``high`` that the caller may see, in order."""
        at, cursor = low - 1, self._ledger.cursor_behind(low - 1)
        while at < high:
            limit = min(PAGE, high - at)
            page = self._base.read_events(cursor, limit=limit)
            numbered = self._numbered(page, at)
            found = [event for event in numbered if at < (event.number or 0) <= high]
            if found:
                yield found
            if len(page) < limit or not numbered or (numbered[-1].number or 0) >= high:
                return
            at, cursor = max(at, numbered[-1].number or 0), page[-1].cursor

    def behind(self, after: str | None, limit: int, types: Sequence[str], project: Ref | None) -> list[Event]:
        """At most so many events behind a number, as ``Backend.read_events`` has them; the cursors are the numbers.

        Raises:
            InvalidInputError: ``after`` is no number.
        """
        if after is not None and not (after.isascii() and after.isdecimal()):
            raise InvalidInputError(f"{after[:80]!r} is no cursor of events")
        at = int(after or 0)
        cursor = self._ledger.cursor_behind(at)
        page = self._base.read_events(cursor, limit=limit, types=types, project=project)
        found = self._numbered(page, at)
        if len(found) < len(page):
            self._numbering.catch_up(self._base)
            found = self._numbered(page, at)
        return [event for event in found if (event.number or 0) > at]

    def _numbered(self, events: Sequence[Event], at: int) -> list[Event]:
        """Events behind an entry with their numbers, without those that have none yet.

        Most follow in the ledger's own order. One whose key changed (the schema says now that it tells of less, or more)
        is known by its cursor.
        """
        if not events:
            return []
        lines = self._ledger.entries_behind(at, 2 * len(events))
        known = {line.key: line.number for line in lines}
        missing = [event.key for event in events if event.key not in known]
        if missing:
            known.update(self._ledger.numbers(missing))
        places = {line.cursor: line.number for line in lines}
        made = []
        for event in events:
            number = known.get(event.key) or places.get(event.cursor)
            if number is not None:
                made.append(replace(event, number=number, cursor=str(number)))
        return made

    # ---- records

    @cached_property
    def _names(self) -> Sequence[str]:
        return list(self._base.schema().type("Event").fields)

    def _records(self, query: Query, events: Sequence[Event]) -> list[Record]:
        homes = None if query.projects is None else {ref.id for ref in query.projects}
        return [
            self._record(event) for event in events if homes is None or (event.project and event.project.id in homes)
        ]

    def _record(self, event: Event) -> dict[str, Any]:
        project = event.project.id if event.project else None
        ref = Ref("Event", event.cursor, project, self._base.site, "Event", event.kind)
        made = {name: getattr(event, name, None) for name in self._names}
        made.update(added=list(event.added), removed=list(event.removed))
        return {**made, "ref": ref, "id": ref.id, "type": "Event", "created_at": event.at, "created_by": event.actor}

    def _look_up(self, refs: Sequence[Ref], fields: Sequence[str]) -> Mapping[Ref, Record]:
        return self._base.fetch(refs, fields)

    def _fetch_rows(self, refs: Sequence[Ref], fields: Sequence[str]) -> Mapping[Ref, Record]:
        """Entries by their Refs."""
        wanted = {int(ref.id): ref for ref in refs}
        found: dict[Ref, Record] = {}
        for span in bridged((number, number) for number in wanted):
            for events in self.events(*span):
                for event in events:
                    if event.number in wanted:
                        found[wanted[event.number]] = self._record(event)
        return found
