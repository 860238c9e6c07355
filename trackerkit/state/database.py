"""One SQL database: quick reads straight through the driver, writes in transactions that wait for their turn."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackerkit.clock import Clock
from trackerkit.errors import ConfigurationError, TrackerError
from trackerkit.state import schema
from trackerkit.state.engine import WRITES, open_engine, use_wal
from trackerkit.state.errors import translated

if TYPE_CHECKING:  # its weight: 280 ms that only an opened state may cost
    from sqlalchemy import Connection

Row = tuple[Any, ...]


@lru_cache(maxsize=1024)
def _for_postgresql(sql: str) -> str:
    return re.sub(r":(\w+)", r"%(\1)s", sql)


class Database:
    """The connections of one state. Statements name their values ``:name`` on every database."""

    def __init__(self, place: str | Path, clock: Clock) -> None:
        self.engine = open_engine(place)
        self.clock = clock
        self.is_sqlite = self.engine.dialect.name == "sqlite"
        self.label = str(self.engine.url.database) if self.is_sqlite else "the state database"
        self._pid = os.getpid()
        self._failures = self._failure_classes()
        try:
            self._prepare()
        except BaseException:
            self.engine.dispose()
            raise

    def _failure_classes(self) -> tuple[type[BaseException], ...]:
        from sqlalchemy.exc import SQLAlchemyError

        return SQLAlchemyError, self.engine.dialect.loaded_dbapi.Error

    def now_s(self) -> float:
        """Seconds since 1970, UTC."""
        return self.clock.now().timestamp()

    def sql(self, text: str) -> str:
        """The statement in the driver's own way of naming values."""
        return text if self.is_sqlite else _for_postgresql(text)

    def rows(self, sql: str, /, **values: Any) -> list[Row]:
        """The rows of one SELECT, committed ones only. About 10 microseconds on SQLite."""
        self._after_fork()
        with self._translated():
            connection = self.engine.raw_connection()
            try:
                cursor = connection.cursor()
                cursor.execute(self.sql(sql), values)
                return list(cursor.fetchall())
            finally:
                connection.close()

    def row(self, sql: str, /, **values: Any) -> Row | None:
        """The first row, or None."""
        found = self.rows(sql, **values)
        return found[0] if found else None

    @contextmanager
    def transaction(self, connection: Connection | None = None) -> Iterator[Connection]:
        """A transaction that writes; with ``connection``, the one that it is already in."""
        if connection is not None:
            with self._translated():
                yield connection
            return
        self._after_fork()
        with self._translated(), self.engine.connect().execution_options(**{WRITES: True}) as own, own.begin():
            yield own

    def run(self, connection: Connection, sql: str, /, **values: Any) -> list[Row]:
        """One statement inside a transaction; the rows, if it gives any."""
        result = connection.exec_driver_sql(self.sql(sql), values)
        return [tuple(row) for row in result] if result.returns_rows else []

    def run_each(self, connection: Connection, sql: str, values: Sequence[Mapping[str, Any]]) -> None:
        """One statement for each set of values."""
        if values:
            connection.exec_driver_sql(self.sql(sql), [dict(one) for one in values])

    def changed(self, connection: Connection, sql: str, /, **values: Any) -> int:
        """How many rows the statement changed."""
        return int(connection.exec_driver_sql(self.sql(sql), values).rowcount)

    def next_number(self, connection: Connection, space: str, count: int = 1) -> int:
        """Take ``count`` numbers of a space: the first of them. Other writers of the space wait for the transaction."""
        self.run(
            connection,
            "INSERT INTO tk_counters (space, last) VALUES (:space, 0) ON CONFLICT (space) DO NOTHING",
            space=space,
        )
        advance = "UPDATE tk_counters SET last = last + :count WHERE space = :space"
        self.run(connection, advance, space=space, count=count)
        read = "SELECT last FROM tk_counters WHERE space = :space"
        return int(self.run(connection, read, space=space)[0][0]) - count + 1

    def claim_version(self, connection: Connection, room: str, version: int) -> None:
        """Note that a room's tables are of this version.

        Raises:
            ConfigurationError: when they are of another.
        """
        self.run(connection, schema.VERSIONS)
        self.run(
            connection,
            "INSERT INTO tk_versions (room, version) VALUES (:room, :version) ON CONFLICT (room) DO NOTHING",
            room=room,
            version=version,
        )
        read = "SELECT version FROM tk_versions WHERE room = :room"
        found = int(self.run(connection, read, room=room)[0][0])
        if found != version:
            hint = "use the newer trackerkit" if found > version else "make a new state, or use the older trackerkit"
            raise ConfigurationError(
                f"{self.label} holds version {found} of {room!r}; this trackerkit knows version {version}", hint=hint
            )

    def serialize_schema_changes(self, connection: Connection) -> None:
        """Let one process at a time make tables: PostgreSQL's IF NOT EXISTS alone does not stand a race."""
        if not self.is_sqlite:
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(7307210452)")

    def close(self) -> None:
        """Close every connection."""
        self.engine.dispose()

    def _prepare(self) -> None:
        with self._translated():
            if self.is_sqlite:
                self._to_wal()
            if self._is_current():
                return
        with self.transaction() as connection:
            self.serialize_schema_changes(connection)
            self.claim_version(connection, "state", schema.VERSION)
            for statement in schema.TABLES:
                connection.exec_driver_sql(statement)

    def _to_wal(self) -> None:
        connection = self.engine.raw_connection()
        try:
            use_wal(connection.cursor().execute)
        finally:
            connection.close()

    def _is_current(self) -> bool:
        from sqlalchemy import inspect

        if not inspect(self.engine).has_table("tk_versions"):
            return False
        return bool(self.row("SELECT 1 FROM tk_versions WHERE room = 'state' AND version = :v", v=schema.VERSION))

    def _after_fork(self) -> None:
        if os.getpid() != self._pid:
            self.engine.dispose(close=False)  # a connection must not be used by two processes
            self._pid = os.getpid()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except TrackerError:
            raise
        except self._failures as error:
            raise translated(error, self.label) from error
