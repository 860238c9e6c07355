"""Crosswalk: which record of the source became which record of the target, kept in ``state``."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from trackerkit.state import State
from trackerkit.values import Ref

if TYPE_CHECKING:
    from sqlalchemy import Connection, MetaData, Table

NAMESPACE: Final = uuid.UUID("6f0c1a52-7d0e-5d3b-9a55-5a1f3c6f7b21")
VERSION: Final = 1


@dataclass(frozen=True, slots=True)
class Entry:
    """One pair of records.

    Args:
        source: the record that was read.
        target: the record that it became.
        values: the values written, as plain JSON by field: what a later run compares with.
        media: what was sent, by field: ``sha256:<hex>`` or the source's own id of the file.
        is_retired: the record was retired in the source and is in the target.
    """

    source: Ref
    target: Ref
    values: Mapping[str, Any]
    media: Mapping[str, str]
    is_retired: bool = False


def key_of(source: Ref, target_site: str, scope: str = "") -> str:
    """The key of a create: the same for the same record, so that a repeated create is the same create."""
    return uuid.uuid5(
        NAMESPACE, "|".join((source.site or "", source.native or source.type, source.id, target_site, scope))
    ).hex


def _tables(metadata: MetaData) -> Table:
    from sqlalchemy import Boolean, Column, String, Table, Text

    return Table(
        "sync_crosswalk",
        metadata,
        Column("source_site", String(255), primary_key=True),
        Column("source_native", String(255), primary_key=True),
        Column("source_id", String(255), primary_key=True),
        Column("target_site", String(255), primary_key=True),
        Column("scope", String(255), primary_key=True, comment="the target project of a definition; else empty"),
        Column("source_type", String(255), nullable=False),
        Column("target_type", String(255), nullable=False),
        Column("target_native", String(255)),
        Column("target_id", String(255), nullable=False),
        Column("target_project", String(255)),
        Column("shown", Text, nullable=False, comment="values and media as JSON"),
        Column("retired", Boolean, nullable=False),
    )


class Crosswalk:
    """The pairs between one source and one target. Holds them in memory while a run lasts.

    Args:
        state: where they are kept.
        source_site: of the tracker that is read.
        target_site: of the tracker that is written.
    """

    def __init__(self, state: State, source_site: str, target_site: str) -> None:
        self._state = state
        self.source_site = source_site
        self.target_site = target_site
        self._table: Table = state.define("sync_crosswalk", VERSION, _tables)
        self._entries: dict[tuple[str, str, str], Entry] = {}
        self._load()

    def _load(self) -> None:
        from sqlalchemy import select

        table = self._table
        here = (table.c.source_site == self.source_site) & (table.c.target_site == self.target_site)
        with self._state.engine.connect() as connection:
            for row in connection.execute(select(table).where(here)):
                entry = self._entry(row)
                self._entries[row.source_native, row.source_id, row.scope] = entry

    def _entry(self, row: Any) -> Entry:
        shown = json.loads(row.shown)
        source = Ref(row.source_type, row.source_id, site=self.source_site, native=row.source_native)
        target = Ref(row.target_type, row.target_id, row.target_project, self.target_site, row.target_native)
        return Entry(source, target, shown["values"], shown["media"], row.retired)

    def find(self, source: Ref, scope: str = "") -> Entry | None:
        """The pair of a record of the source."""
        return self._entries.get((source.native or source.type, source.id, scope))

    def target(self, source: Ref, scope: str = "") -> Ref | None:
        """The record that a record of the source became."""
        entry = self.find(source, scope)
        return entry.target if entry is not None else None

    def __len__(self) -> int:
        return len(self._entries)

    def put(self, connection: Connection, entries: Iterable[Entry], scope: str = "") -> None:
        """Keep pairs, in the caller's transaction."""
        from sqlalchemy import delete

        table = self._table
        for entry in entries:
            native = entry.source.native or entry.source.type
            row = {
                "source_site": self.source_site, "source_native": native, "source_id": entry.source.id,
                "target_site": self.target_site, "scope": scope, "source_type": entry.source.type,
                "target_type": entry.target.type, "target_native": entry.target.native, "target_id": entry.target.id,
                "target_project": entry.target.project, "retired": entry.is_retired,
                "shown": json.dumps({"values": dict(entry.values), "media": dict(entry.media)}, sort_keys=True),
            }  # fmt: skip
            here = [table.c[name] == row[name] for name in table.primary_key.columns.keys()]  # noqa: SIM118 - no dict
            connection.execute(delete(table).where(*here))
            connection.execute(table.insert().values(**row))
            self._entries[native, entry.source.id, scope] = entry
