"""The ledger: which number each event of a tracker's log has, for ever; kept in the state."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from trackerkit.events import Cursor, Event
from trackerkit.state import State

if TYPE_CHECKING:
    from sqlalchemy import Connection, MetaData, Table

VERSION: Final = 2
_CHUNK: Final = 500
_ROUNDING_S: Final = 0.001
_BEGIN: Final = "INSERT INTO ledger_logs (id, last, cursor) VALUES (:id, 0, NULL) ON CONFLICT (id) DO NOTHING"


class Head(NamedTuple):
    """How far a log is numbered.

    Args:
        last: the number that was given last; 0 for none.
        cursor: the tracker's, behind the last event that was looked at; None for the beginning.
    """

    last: int
    cursor: Cursor | None


class Entry(NamedTuple):
    """One line: the number of an event, and the event's own key and cursor."""

    number: int
    key: str
    cursor: Cursor


def _tables(metadata: MetaData) -> tuple[Table, Table]:
    from sqlalchemy import BigInteger, Column, Double, Index, Integer, String, Table, Text

    logs = Table(
        "ledger_logs",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=False),
        Column("last", BigInteger, nullable=False),
        Column("cursor", Text),
    )
    entries = Table(
        "ledger_entries",
        metadata,
        Column("log", Integer, primary_key=True, autoincrement=False),
        Column("number", BigInteger, primary_key=True, autoincrement=False),
        Column("key", String(600), nullable=False),
        Column("cursor", Text, nullable=False),
        Column("at", Double, nullable=False),
        sqlite_with_rowid=False,
    )
    Index("ledger_entries_key", entries.c.log, entries.c.key, unique=True)
    Index("ledger_entries_at", entries.c.log, entries.c.at, entries.c.number)
    return logs, entries


class Ledger:
    """The numbers of one tracker's events. Safe to share between threads; processes each have their own.

    Args:
        state: where it is kept.
        site: of the tracker.
    """

    def __init__(self, state: State, site: str) -> None:
        self._state, self._site = state, site
        self._logs, self._entries = state.define("ledger", VERSION, _tables)

    @cached_property
    def _log(self) -> int:
        """What stands for the site in every line."""
        made = self._state.mint_numbers("ledger", [self._site[:600]])[0]
        with self._state.transaction() as connection:
            from sqlalchemy import text

            connection.execute(text(_BEGIN), {"id": made})
        return made

    # ---- reading

    def head(self) -> Head:
        """How far the log is numbered."""
        from sqlalchemy import select

        table, log = self._logs.c, self._log
        with self._state.engine.connect() as connection:
            row = connection.execute(select(table.last, table.cursor).where(table.id == log)).one()
        return Head(int(row.last), row.cursor)

    def cursor_behind(self, number: int) -> Cursor | None:
        """The tracker's cursor to read on behind an entry; None for the beginning."""
        from sqlalchemy import select

        table = self._entries.c
        query = select(table.cursor).where(table.log == self._log, table.number <= number)
        with self._state.engine.connect() as connection:
            found = connection.execute(query.order_by(table.number.desc()).limit(1)).scalar()
        return None if found is None else str(found)

    def entries_behind(self, number: int, limit: int) -> list[Entry]:
        """At most so many lines behind an entry, in order."""
        from sqlalchemy import select

        table = self._entries.c
        query = select(table.number, table.key, table.cursor).where(table.log == self._log, table.number > number)
        with self._state.engine.connect() as connection:
            return [Entry(*row) for row in connection.execute(query.order_by(table.number).limit(limit))]

    def span(self, since: datetime | None, until: datetime | None) -> tuple[int, int]:
        """The first and the last number of what happened between two moments; the last is lower where nothing did."""
        from sqlalchemy import func, select

        table = self._entries.c
        wanted = [table.log == self._log]
        wanted += [] if since is None else [table.at >= since.timestamp() - _ROUNDING_S]
        wanted += [] if until is None else [table.at <= until.timestamp() + _ROUNDING_S]
        query = select(func.min(table.number), func.max(table.number)).where(*wanted)
        with self._state.engine.connect() as connection:
            low, high = connection.execute(query).one()
        return (1, 0) if low is None else (int(low), int(high))

    def numbers(self, keys: Sequence[str]) -> dict[str, int]:
        """The numbers of the events with these keys, of those that have one."""
        with self._state.engine.connect() as connection:
            return self._numbers(connection, keys)

    def _numbers(self, connection: Connection, keys: Sequence[str]) -> dict[str, int]:
        from sqlalchemy import select

        table, found = self._entries.c, {}
        for start in range(0, len(keys), _CHUNK):
            wanted = table.key.in_(list(keys[start : start + _CHUNK]))
            rows = connection.execute(select(table.key, table.number).where(table.log == self._log, wanted))
            found.update({str(row.key): int(row.number) for row in rows})
        return found

    # ---- writing

    def append(self, head: Head, events: Sequence[Event]) -> Head | None:
        """Number the events behind a head, in their order, all or none; an event that came twice keeps its number.

        Returns:
            how far the log is numbered now; None, and nothing is kept, where somebody else was faster.
        """
        cursor, log = events[-1].cursor, self._log
        with self._state.transaction() as connection:
            known = self._numbers(connection, [event.key for event in events])
            fresh = {event.key: event for event in events if event.key not in known}
            last = head.last + len(fresh)
            if not self._moved(connection, head, last, cursor):
                return None
            lines: list[dict[str, Any]] = [
                {"log": log, "number": number, "key": event.key, "cursor": event.cursor, "at": event.at.timestamp()}
                for number, event in enumerate(fresh.values(), head.last + 1)
            ]
            if lines:
                connection.execute(self._entries.insert(), lines)
        return Head(last, cursor)

    def _moved(self, connection: Connection, head: Head, last: int, cursor: Cursor) -> bool:
        """Hold the log's own line to the end of the transaction, and move it on; False where the head is elsewhere."""
        table = self._logs
        where = table.c.cursor.is_(None) if head.cursor is None else table.c.cursor == head.cursor
        moved = table.update().where(table.c.id == self._log, table.c.last == head.last, where)
        return bool(connection.execute(moved.values(last=last, cursor=cursor)).rowcount)
