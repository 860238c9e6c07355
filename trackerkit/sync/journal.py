"""Journal: what became of every record of the source, run by run, kept in ``state``."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from dataclasses import field as _field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from trackerkit.state import State
from trackerkit.values import Ref

if TYPE_CHECKING:
    from sqlalchemy import Connection, MetaData

OUTCOMES: Final = ("created", "updated", "merged", "skipped", "unsupported", "failed")
"""What can become of a record. ``failed`` counts as unexplained until a later run mends it."""

VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one record.

    Args:
        source: the record.
        name: as people see it.
        outcome: one of ``OUTCOMES``.
        reason: why, in words; compulsory for skipped, unsupported and failed.
        target: the record that it became, if any.
        renamed: before, after and why, when the name changed.
        notes: what else changed on the way: field → words.
        media: ``sha256:<hex>`` by field, of files that were sent and checked.
    """

    source: Ref
    name: str
    outcome: str
    reason: str = ""
    target: Ref | None = None
    renamed: tuple[str, str, str] | None = None
    notes: dict[str, str] = _field(default_factory=dict)
    media: dict[str, str] = _field(default_factory=dict)


def _tables(metadata: MetaData) -> tuple[Any, Any]:
    from sqlalchemy import Column, Integer, String, Table, Text

    runs = Table(
        "sync_runs",
        metadata,
        Column("run", Integer, primary_key=True, autoincrement=True),
        Column("source_site", String(255), nullable=False),
        Column("target_site", String(255), nullable=False),
        Column("started", String(40), nullable=False),
        Column("finished", String(40)),
        Column("found", Text, nullable=False, comment="records found, by type, as JSON"),
    )
    outcomes = Table(
        "sync_outcomes",
        metadata,
        Column("run", Integer, primary_key=True),
        Column("source_native", String(255), primary_key=True),
        Column("source_id", String(255), primary_key=True),
        Column("source_type", String(255), nullable=False),
        Column("name", Text, nullable=False),
        Column("outcome", String(20), nullable=False),
        Column("reason", Text, nullable=False),
        Column("detail", Text, nullable=False, comment="target, renamed, notes and media as JSON"),
    )
    return runs, outcomes


class Journal:
    """One run's record of outcomes; each is written with what it is the outcome of.

    Args:
        state: where it is kept.
        source_site: of the tracker that is read.
        target_site: of the tracker that is written.
        now: when the run began.
    """

    def __init__(self, state: State, source_site: str, target_site: str, now: datetime) -> None:
        self._state = state
        self._runs, self._outcomes = state.define("sync_journal", VERSION, _tables)
        self.found: Counter[str] = Counter()
        self.whole: dict[str, tuple[str, str]] = {}
        with state.transaction() as connection:
            made = connection.execute(
                self._runs.insert().values(
                    source_site=source_site, target_site=target_site, started=now.isoformat(), found="{}"
                )
            )
            key = made.inserted_primary_key
            self.run: int = key[0] if key is not None else 0

    def put(self, connection: Connection, outcomes: Iterable[Outcome]) -> None:
        """Keep outcomes, in the caller's transaction; a later one for the same record replaces it."""
        from sqlalchemy import delete

        table = self._outcomes
        for item in outcomes:
            native = item.source.native or item.source.type
            here = (table.c.run == self.run) & (table.c.source_native == native) & (table.c.source_id == item.source.id)
            connection.execute(delete(table).where(here))
            connection.execute(
                table.insert().values(
                    run=self.run, source_native=native, source_id=item.source.id, source_type=item.source.type,
                    name=item.name, outcome=item.outcome, reason=item.reason, detail=json.dumps(_detail(item)),
                )
            )  # fmt: skip

    def record(self, *outcomes: Outcome) -> None:
        """Keep outcomes that belong to no other write."""
        with self._state.transaction() as connection:
            self.put(connection, outcomes)

    def outcomes(self) -> Iterator[Outcome]:
        """Every outcome of this run, by type and id."""
        from sqlalchemy import select

        table = self._outcomes
        wanted = select(table).where(table.c.run == self.run).order_by(table.c.source_type, table.c.source_id)
        with self._state.engine.connect() as connection:
            for row in connection.execute(wanted):
                yield _outcome(row)

    def finish(self, now: datetime) -> None:
        """The run is over."""
        with self._state.transaction() as connection:
            here = self._runs.c.run == self.run
            done = self._runs.update().where(here)
            connection.execute(done.values(finished=now.isoformat(), found=json.dumps(dict(self.found))))


def _detail(item: Outcome) -> dict[str, Any]:
    target = item.target
    place = None if target is None else [target.type, target.id, target.project, target.site, target.native]
    return {"target": place, "renamed": item.renamed, "notes": item.notes, "media": item.media}


def _outcome(row: Any) -> Outcome:
    detail = json.loads(row.detail)
    return Outcome(
        Ref(row.source_type, row.source_id, native=row.source_native),
        row.name,
        row.outcome,
        row.reason,
        Ref(*detail["target"]) if detail["target"] else None,
        tuple(detail["renamed"]) if detail["renamed"] else None,
        detail["notes"],
        detail["media"],
    )
