"""Opens the database that a URL or a path names: the only room of the state that imports SQLAlchemy."""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from trackerkit.errors import ConfigurationError, MissingExtraError
from trackerkit.secrets import get_logger

if TYPE_CHECKING:  # its weight: 280 ms that only an opened state may cost
    from sqlalchemy import URL, Connection, Engine

BUSY_TIMEOUT_S = 30.0
#: An execution option of a connection: its transaction will write.
WRITES = "trackerkit_writes"

_log = get_logger("trackerkit.state")


def open_engine(place: str | Path) -> Engine:
    """An engine for a SQLAlchemy URL (SQLite or PostgreSQL) or for the path of a SQLite file.

    Raises:
        MissingExtraError: SQLAlchemy, or the driver of the database, is not installed.
        ConfigurationError: the URL cannot be used.
    """
    url = _as_url(place)
    if url.get_backend_name() == "sqlite":
        return _open_sqlite(url)
    if url.get_backend_name() == "postgresql":
        return _create(url, pool_pre_ping=True)
    raise ConfigurationError(
        f"no state on {url.get_backend_name()!r}", hint="use a path, sqlite:///state.db or postgresql://host/database"
    )


def _as_url(place: str | Path) -> URL:
    try:
        from sqlalchemy import make_url
        from sqlalchemy.engine import URL
        from sqlalchemy.exc import ArgumentError
    except ImportError as error:
        raise MissingExtraError("a state needs SQLAlchemy", hint="install trackerkit[store]") from error
    if isinstance(place, Path) or "://" not in place:
        if not str(place):
            raise ConfigurationError("a state needs a place", hint="give a path or a SQLAlchemy URL")
        return URL.create("sqlite", database=str(place))
    try:
        return make_url(place)
    except (ArgumentError, ValueError):
        # Without the text: it may hold a password.
        raise ConfigurationError("that is no SQLAlchemy URL of a state", hint="try sqlite:///state.db") from None


def _create(url: URL, **options: Any) -> Engine:
    import sqlalchemy

    try:
        return sqlalchemy.create_engine(url, **options)
    except ImportError as error:
        driver = getattr(error, "name", None) or "the driver"
        raise MissingExtraError(
            f"a state on {url.get_backend_name()} needs {driver}", hint=f"install the package {driver}"
        ) from error
    except sqlalchemy.exc.ArgumentError:
        raise ConfigurationError("the state's URL names no database that SQLAlchemy knows") from None


def _open_sqlite(url: URL) -> Engine:
    database = url.database or ""
    if not database or database == ":memory:" or database.startswith("file:"):
        raise ConfigurationError("a state must outlive its process", hint="give the path of a file")
    prepare_file(Path(database))
    engine = _create(url, connect_args={"timeout": BUSY_TIMEOUT_S})
    _tune(engine)
    return engine


def prepare_file(path: Path) -> None:
    """Make the file and its folder for their owner alone; SQLite gives its side files the same rights.

    Raises:
        ConfigurationError: when the place cannot be written.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        mode = stat.S_IMODE(path.stat().st_mode)
    except OSError as error:
        raise ConfigurationError(
            f"the state {str(path)!r} cannot be opened: {error.strerror}", hint="give the path of a file you may write"
        ) from error
    if os.name == "posix" and mode & 0o077:
        _log.warning("the state %s can be read by others (mode %o); run chmod 600 on it", path, mode)


def _tune(engine: Engine) -> None:
    from sqlalchemy import event

    def connected(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver starts no transaction by itself
        connection.execute("PRAGMA synchronous=FULL")

    def begun(connection: Connection) -> None:
        # A read transaction that later writes gets "database is locked" at once, whatever the busy timeout.
        writes = connection.get_execution_options().get(WRITES)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)


def use_wal(execute: Callable[[str], object]) -> None:
    """Switch a SQLite file to write-ahead logging, which it keeps.

    The switch does not wait for another process that is just doing the same, whatever the busy timeout.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT_S
    while True:
        try:
            execute("PRAGMA journal_mode=WAL")
            return
        except Exception as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
            time.sleep(0.005)
