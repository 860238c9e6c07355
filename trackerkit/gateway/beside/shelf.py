"""The shelf: records and values that a tracker has no place for, kept in the state."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from trackerkit.state import State

if TYPE_CHECKING:
    from sqlalchemy import Connection, MetaData, Table

VERSION: Final = 1
_CHUNK: Final = 500


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the shelf.

    Args:
        type: the concrete entity type.
        id: of the record.
        project: its project's id; empty for none.
        values: by field, as JSON holds them.
        is_whole: the whole record is here; otherwise these are more values of a record that the tracker holds.
        is_retired: it was deleted, and can be revived.
    """

    type: str
    id: str
    project: str
    values: Mapping[str, Any] = field(default_factory=dict)
    is_whole: bool = True
    is_retired: bool = False


def _tables(metadata: MetaData) -> tuple[Table, Table]:
    from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, String, Table, Text

    records = Table(
        "beside_records",
        metadata,
        Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        Column("site", String(255), nullable=False),
        Column("type", String(100), nullable=False),
        Column("id", String(255), nullable=False),
        Column("project", String(255), nullable=False),
        Column("is_whole", Boolean, nullable=False),
        Column("is_retired", Boolean, nullable=False),
        Column("content", Text, nullable=False),
    )
    Index("beside_records_key", records.c.site, records.c.type, records.c.id, records.c.project, unique=True)
    changes = Table(
        "beside_changes",
        metadata,
        Column("seq", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
        Column("site", String(255), nullable=False),
        Column("content", Text, nullable=False),
    )
    return records, changes


class Shelf:
    """What is kept beside one site. Safe to share between threads.

    Args:
        state: where it is kept.
        site: of the tracker.
    """

    def __init__(self, state: State, site: str) -> None:
        self._state = state
        self.site = site
        self._records, self._changes = state.define("beside", VERSION, _tables)

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """Several writes, all or none."""
        with self._state.transaction() as connection:
            yield connection

    # ---- reading

    def rows(
        self,
        type_name: str,
        ids: Sequence[str] | None = None,
        *,
        is_whole: bool = True,
        projects: Sequence[str] | None = None,
    ) -> list[Row]:
        """The lines of a type in the order in which they were made: those of some ids, of some projects, or all."""
        if ids is None:
            return list(self._read(type_name, is_whole, None, projects))
        made: list[Row] = []
        for start in range(0, len(ids), _CHUNK):
            made += self._read(type_name, is_whole, ids[start : start + _CHUNK], projects)
        return made

    def retired(self, types: Sequence[str]) -> frozenset[tuple[str, str, str]]:
        """The types, ids and projects of records that the tracker holds and that are retired beside it."""
        from sqlalchemy import select

        table = self._records
        wanted = [table.c.site == self.site, table.c.type.in_(list(types)), ~table.c.is_whole, table.c.is_retired]
        with self._state.engine.connect() as connection:
            found = connection.execute(select(table.c.type, table.c.id, table.c.project).where(*wanted)).all()
        return frozenset((row.type, row.id, row.project) for row in found)

    def types(self) -> frozenset[str]:
        """The types of which there are whole records."""
        from sqlalchemy import select

        table = self._records
        query = select(table.c.type).where(table.c.site == self.site, table.c.is_whole).distinct()
        with self._state.engine.connect() as connection:
            return frozenset(row.type for row in connection.execute(query))

    def _read(
        self, type_name: str, is_whole: bool, ids: Sequence[str] | None, projects: Sequence[str] | None
    ) -> Iterator[Row]:
        from sqlalchemy import select

        table = self._records
        wanted = [table.c.site == self.site, table.c.type == type_name, table.c.is_whole == is_whole]
        wanted += [] if ids is None else [table.c.id.in_(list(ids))]
        wanted += [] if projects is None else [table.c.project.in_(["", *projects])]
        with self._state.engine.connect() as connection:
            found = connection.execute(select(table).where(*wanted).order_by(table.c.seq)).all()
        for row in found:
            yield Row(row.type, row.id, row.project, json.loads(row.content), row.is_whole, row.is_retired)

    # ---- writing

    def add(self, connection: Connection, row: Row) -> None:
        """Keep a line; its type, id and project are new."""
        connection.execute(
            self._records.insert().values(
                site=self.site,
                type=row.type,
                id=row.id,
                project=row.project,
                is_whole=row.is_whole,
                is_retired=row.is_retired,
                content=json.dumps(row.values),
            )
        )

    def put(self, connection: Connection, row: Row) -> None:
        """Replace the line of that type, id and project, or keep it where there is none."""
        values = {"content": json.dumps(row.values), "is_retired": row.is_retired}
        if not connection.execute(self._records.update().where(*self._key(row)).values(**values)).rowcount:
            self.add(connection, row)

    def remove(self, connection: Connection, row: Row) -> None:
        """Forget a line."""
        connection.execute(self._records.delete().where(*self._key(row)))

    def _key(self, row: Row) -> list[Any]:
        table = self._records.c
        return [table.site == self.site, table.type == row.type, table.id == row.id, table.project == row.project]

    # ---- changes of the schema

    def changes(self) -> list[dict[str, Any]]:
        """The changes of the schema that were made, in order, as JSON holds them."""
        from sqlalchemy import select

        table = self._changes
        query = select(table.c.content).where(table.c.site == self.site).order_by(table.c.seq)
        with self._state.engine.connect() as connection:
            return [json.loads(row.content) for row in connection.execute(query)]

    def add_change(self, content: Mapping[str, Any]) -> None:
        """Remember one more change of the schema."""
        with self._state.transaction() as connection:
            connection.execute(self._changes.insert().values(site=self.site, content=json.dumps(content)))
