"""State: the parts of a state put together on one database."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from types import TracebackType
from typing import TYPE_CHECKING, TypeVar

from trackerkit.clock import Clock
from trackerkit.state.cursors import Cursors
from trackerkit.state.database import Database
from trackerkit.state.documents import Documents
from trackerkit.state.keys import Keys
from trackerkit.state.leases import Leases
from trackerkit.state.numbers import Numbers
from trackerkit.state.passwords import Cost, Passwords
from trackerkit.state.sessions import Sessions
from trackerkit.state.throttle import Throttle

if TYPE_CHECKING:  # its weight: 280 ms that only an opened state may cost
    from sqlalchemy import Connection, Engine, MetaData

Tables = TypeVar("Tables")


class State(Keys, Sessions, Throttle, Cursors, Leases, Numbers, Documents):
    """What must outlive a process, on one SQL database. Safe to share between threads; processes each open their own.

    Use ``State.open``; it is a context manager.
    """

    def __init__(self, database: Database, password_cost: Cost) -> None:
        from sqlalchemy import MetaData

        self.metadata: MetaData = MetaData()
        self._db = database
        self._passwords = Passwords(database.clock, password_cost)
        self._used = {}
        self._defined: dict[str, object] = {}
        self._lock = Lock()
        self._finalizer = weakref.finalize(self, database.close)

    @classmethod
    def open(cls, url: str | Path, *, clock: Clock | None = None, password_cost: Cost | None = None) -> State:
        """Open a state, and make it if there is none.

        Args:
            url: the path of a SQLite file, or a SQLAlchemy URL of SQLite or PostgreSQL.
            clock: where the time comes from; the machine's by default.
            password_cost: what hashing a chosen password costs; for tests.

        Raises:
            MissingExtraError: SQLAlchemy or the database's driver is not installed.
            ConfigurationError: the place cannot be used, the file is damaged, or it is of another version.
            UnavailableError: the database's server does not answer.
        """
        return cls(Database(url, clock or Clock()), password_cost or Cost())

    @property
    def engine(self) -> Engine:
        """SQLAlchemy's engine, for reading one's own tables; write through ``transaction``."""
        return self._db.engine

    @property
    def clock(self) -> Clock:
        """Where the state's time comes from."""
        return self._db.clock

    def define(self, room: str, version: int, build: Callable[[MetaData], Tables]) -> Tables:
        """Make another room's tables in this database, once, and give what ``build`` gives.

        ``build`` gets the state's MetaData, puts its tables there and gives them back; their names start with the
        room's. It is called once for a State.

        Raises:
            ConfigurationError: the database holds another version of the room's tables.
        """
        with self._lock:
            if room not in self._defined:
                self._defined[room] = self._make(room, version, build)
            return self._defined[room]  # type: ignore[return-value]

    def _make(self, room: str, version: int, build: Callable[[MetaData], Tables]) -> Tables:
        tables = build(self.metadata)
        with self._db.transaction() as connection:
            self._db.serialize_schema_changes(connection)
            self._db.claim_version(connection, room, version)
            self.metadata.create_all(connection)
        return tables

    @contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A SQLAlchemy connection in a transaction that writes: committed at the end, rolled back by an exception.

        On SQLite writers take turns from the first moment on; what is read inside stays true.

        Raises:
            UnavailableError: another writer did not finish within 30 seconds.
        """
        with self._db.transaction() as connection:
            yield connection

    def close(self) -> None:
        """Close every connection; the state can still be used and then opens them anew."""
        self._db.close()

    def __enter__(self) -> State:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"State({self._db.engine.url.render_as_string(hide_password=True)!r})"
