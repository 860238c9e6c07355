"""LogBackend: a tracker whose events have dense whole numbers that stay the same for ever. Wiring only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from trackerkit.backend import Backend, Explanation
from trackerkit.entities import Page
from trackerkit.evaluate import Record
from trackerkit.events import Cursor, Event
from trackerkit.gateway.around import Around
from trackerkit.gateway.log.numbering import Numbering
from trackerkit.gateway.log.reading import Reading
from trackerkit.operations import Operation, Result
from trackerkit.query import Path as FieldPath
from trackerkit.query import Query
from trackerkit.schema import Schema, SchemaChange
from trackerkit.values import Ref

EVENT = "Event"


class LogBackend(Around):
    """A tracker with a ledger: the number of an event is its ``number``, its cursor, and as a record its id.

    Args:
        base: the tracker; as a record, an event has its key as id there.
        numbering: of its log.
    """

    def __init__(self, base: Backend, numbering: Numbering) -> None:
        super().__init__(base)
        self._numbering = numbering
        self._reading = Reading(base, numbering)

    def _over(self, base: Backend) -> LogBackend:
        return LogBackend(base, self._numbering)

    def schema(self, project: Ref | None = None) -> Schema:
        return self._base.schema(project)

    # ---- reading

    def read(self, query: Query) -> Iterator[Page]:
        return self._reading.read(query) if query.type == EVENT else self._base.read(query)

    def fetch(
        self, refs: Sequence[Ref], fields: Sequence[str], state: str = "active", *, retired_links: bool = False
    ) -> dict[Ref, Record]:
        events = [ref for ref in refs if ref.type == EVENT]
        if not events:
            return self._base.fetch(refs, fields, state, retired_links=retired_links)
        others = [ref for ref in refs if ref.type != EVENT]
        found = super().fetch(events, fields, state)
        return {**found, **(self._base.fetch(others, fields, state, retired_links=retired_links) if others else {})}

    def count(self, query: Query) -> int:
        return super().count(query) if query.type == EVENT else self._base.count(query)

    def summarize(self, query: Query, wanted: Sequence[tuple[FieldPath, str]], levels: Sequence[Any]) -> Any:
        return None if query.type == EVENT else self._base.summarize(query, wanted, levels)

    def explain(self, query: Query) -> Explanation:
        if query.type != EVENT:
            return self._base.explain(query)
        note = "the events whose numbers can fit are read, and the query is answered here"
        return Explanation(self.scheme, "", repr(query.filter), notes=(note,))

    # ---- writing

    def write(self, operations: Sequence[Operation], *, atomic: bool = True) -> list[Result]:
        made = self._base.write(operations, atomic=atomic)
        return [
            replace(result, ref=self._own(result.ref))
            if operation.kind == "create" and operation.type == EVENT
            else result
            for operation, result in zip(operations, made, strict=True)
        ]

    def _own(self, ref: Ref) -> Ref:
        """An event that was just written, under its number."""
        return ref.replace(id=str(self._numbering.number_of(ref.id, self._base)))

    def change_schema(self, change: SchemaChange) -> str:
        return self._base.change_schema(change)

    def change_schema_many(self, changes: Sequence[SchemaChange]) -> list[str]:
        return self._base.change_schema_many(changes)

    # ---- events

    def read_events(
        self, after: Cursor | None, *, limit: int = 500, types: Sequence[str] = (), project: Ref | None = None
    ) -> list[Event]:
        return self._reading.behind(after, limit, types, project)

    def last_cursor(self) -> Cursor | None:
        last = self._numbering.catch_up(self._base).last
        return str(last) if last else None
