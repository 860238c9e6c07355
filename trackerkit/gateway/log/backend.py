"""LogBackend: a tracker whose events have dense whole numbers that stay the same for ever. Wiring only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from trackerkit.backend import Backend, Check, Explanation, Me, Notify
from trackerkit.entities import Page
from trackerkit.evaluate import Record
from trackerkit.events import Cursor, Event, Mark
from trackerkit.gateway.log.numbering import Numbering
from trackerkit.gateway.log.reading import Reading
from trackerkit.operations import Operation, Result
from trackerkit.query import Path as FieldPath
from trackerkit.query import Query
from trackerkit.schema import Schema, SchemaChange
from trackerkit.values import Attachment, Image, Ref

EVENT = "Event"


class LogBackend(Backend):
    """A tracker with a ledger: the number of an event is its ``number``, its cursor, and as a record its id.

    Args:
        base: the tracker; as a record, an event has its key as id there.
        numbering: of its log.
    """

    title = "with a ledger"

    def __init__(self, base: Backend, numbering: Numbering) -> None:
        self._base, self._numbering = base, numbering
        self._reading = Reading(base, numbering)
        self.scheme, self.title = base.scheme, base.title  # type: ignore[misc]
        self.capabilities = base.capabilities

    @property
    def site(self) -> str:
        return self._base.site

    def close(self) -> None:
        self._base.close()

    def schema(self, project: Ref | None = None) -> Schema:
        return self._base.schema(project)

    def me(self) -> Me:
        return self._base.me()

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

    # ---- files

    def upload(
        self, ref: Ref, field_name: str | None, source: Any, *, filename: str, on_progress: Notify | None = None
    ) -> Attachment | Image:
        return self._base.upload(ref, field_name, source, filename=filename, on_progress=on_progress)

    def download(
        self,
        ref: Ref,
        field_name: str | None,
        target: Path | IO[bytes],
        *,
        value: Any = None,
        on_progress: Notify | None = None,
    ) -> Any:
        return self._base.download(ref, field_name, target, value=value, on_progress=on_progress)

    # ---- events

    def read_events(
        self, after: Cursor | None, *, limit: int = 500, types: Sequence[str] = (), project: Ref | None = None
    ) -> list[Event]:
        return self._reading.behind(after, limit, types, project)

    def last_cursor(self) -> Cursor | None:
        last = self._numbering.catch_up(self._base).last
        return str(last) if last else None

    def wait_for_events(self, timeout_s: float) -> None:
        self._base.wait_for_events(timeout_s)

    # ---- the rest

    def acting_as(self, login: str) -> LogBackend:
        return LogBackend(self._base.acting_as(login), self._numbering)

    def marked(self, mark: Mark) -> LogBackend:
        return LogBackend(self._base.marked(mark), self._numbering)

    def web_url(self, ref: Ref) -> str:
        return self._base.web_url(ref)

    @property
    def native(self) -> Any:
        return self._base.native

    def checks(self, prepare: bool = False) -> Iterable[Check]:
        return self._base.checks(prepare)
