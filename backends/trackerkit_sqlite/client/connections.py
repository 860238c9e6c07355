"""Connections to one database file: one a thread, each writing transaction in its turn."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import weakref
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from trackerkit.errors import ConfigurationError, TrackerError, UnavailableError
from trackerkit_sqlite.errors import SCHEME, translated

LEAST_VERSION: Final = (3, 31)
SYNCHRONOUS: Final = ("off", "normal", "full")
_CACHE_KIB: Final = 16_384
_STATEMENTS: Final = 512

Row = tuple[Any, ...]

_forks = 0
_abandoned: list[_Held] = []


def _forked() -> None:
    global _forks
    _forks += 1


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


class _Held:
    """A connection that is closed with its thread."""

    __slots__ = ("__weakref__", "_turn", "connection")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.connection = connection
        self._turn = threading.Lock()

    def close(self) -> None:
        """Close it; in turn, since the process crashes when two threads close one connection at the same moment."""
        with self._turn:
            self.connection.close()

    def __del__(self) -> None:
        self.close()


class Connections:
    """The connections of this process to one database file.

    Args:
        path: the file; it is made when it does not exist.
        busy_timeout_s: how long a writer waits for its turn.
        synchronous: ``full`` (a change survives a power cut), ``normal`` (the last ones may be lost) or ``off``.

    Raises:
        ConfigurationError: the folder does not exist, or the file cannot be used.
    """

    def __init__(self, path: Path, *, busy_timeout_s: float = 30.0, synchronous: str = "full") -> None:
        _check_version()
        if not path.parent.is_dir():
            raise ConfigurationError(f"there is no folder {str(path.parent)!r} for {path.name}", hint="make it first")
        if path.is_dir():
            raise ConfigurationError(f"{str(path)!r} is a folder, not a database")
        self.path = path
        self._busy_timeout_s = busy_timeout_s
        self._synchronous = synchronous
        self._local = threading.local()
        self._all: weakref.WeakSet[_Held] = weakref.WeakSet()
        self._turn = threading.RLock()
        self._fork = _forks
        self._is_closed = False
        self.on_close: Callable[[], Any] | None = None

    def close(self) -> None:
        """Close every connection; those that a thread is using end with it."""
        self._is_closed = True
        self._leave_to_parent()
        for held in list(self._all):
            held.close()
        self._local = threading.local()
        if self.on_close is not None:
            self.on_close()

    def here(self) -> sqlite3.Connection:
        """This thread's connection."""
        held: _Held | None = getattr(self._local, "held", None)
        if held is None or self._fork != _forks:
            held = self._opened()
        return held.connection

    def rows(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> list[Row]:
        """All rows of one statement."""
        try:
            return self.here().execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise self._translated(error) from error

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that writes: begun at once with the right to write, kept when the block ends well.

        Raises:
            UnavailableError: another process held the right to write for too long.
        """
        if not self._turn.acquire(timeout=self._busy_timeout_s + 1):
            raise UnavailableError(f"{self.path.name} is held by another thread", backend=SCHEME, sent="no")
        try:
            connection = self.here()
            with self.failures():
                connection.execute("BEGIN IMMEDIATE")
                try:
                    yield connection
                    connection.execute("COMMIT")
                except BaseException:
                    if connection.in_transaction:
                        connection.execute("ROLLBACK")
                    raise
        finally:
            self._turn.release()

    @contextmanager
    def failures(self) -> Iterator[None]:
        """Raises SQLite's failures inside the block as trackerkit's errors."""
        try:
            yield
        except TrackerError:
            raise
        except sqlite3.Error as error:
            raise self._translated(error) from error

    def _translated(self, error: sqlite3.Error) -> TrackerError:
        if self._is_closed:
            return ConfigurationError(f"{self.path.name} was closed", hint="connect again", backend=SCHEME)
        return translated(str(error), type(error).__name__, self.path.name)

    def _opened(self) -> _Held:
        if self._is_closed:
            raise ConfigurationError(f"{self.path.name} was closed", hint="connect again", backend=SCHEME)
        self._leave_to_parent()
        with self.failures():
            connection = sqlite3.connect(
                self.path,
                timeout=self._busy_timeout_s,
                isolation_level=None,
                check_same_thread=False,
                cached_statements=_STATEMENTS,
            )
            held = _Held(connection)
            try:
                self._tune(connection)
            except sqlite3.Error:
                connection.close()
                raise
        self._local.held = held
        self._all.add(held)
        return held

    def _leave_to_parent(self) -> None:
        """In a forked process, open everything anew: a connection is its opener's, not even to be closed by another."""
        if self._fork != _forks:
            _abandoned.extend(self._all)
            self._local, self._turn, self._fork = threading.local(), threading.RLock(), _forks
            self._all = weakref.WeakSet()

    def _tune(self, connection: sqlite3.Connection) -> None:
        connection.execute(f"PRAGMA synchronous={self._synchronous}")
        connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
        connection.execute("PRAGMA mmap_size=0")

    def use_wal(self) -> None:
        """Switch the file to write-ahead logging, which it keeps.

        The switch does not wait for another process that is just doing the same, whatever the busy timeout.
        """
        self._patiently(lambda connection: connection.execute("PRAGMA journal_mode=WAL"))

    def _patiently(self, work: Callable[[sqlite3.Connection], Any]) -> None:
        deadline = time.monotonic() + self._busy_timeout_s
        with self.failures():
            while True:
                try:
                    work(self.here())
                    return
                except sqlite3.OperationalError as error:
                    if "locked" not in str(error) or time.monotonic() > deadline:
                        raise
                    time.sleep(0.005)


def _check_version() -> None:
    if sqlite3.sqlite_version_info < LEAST_VERSION:
        wanted = ".".join(map(str, LEAST_VERSION))
        raise ConfigurationError(
            f"this Python's SQLite is {sqlite3.sqlite_version}; the store needs {wanted}", hint="use a newer Python"
        )
