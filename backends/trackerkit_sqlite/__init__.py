"""The embedded store: a whole tracker in one SQLite file."""

from __future__ import annotations

from trackerkit.hookspecs import BackendInfo, hookimpl


@hookimpl
def trackerkit_backends() -> list[BackendInfo]:
    """The embedded store."""
    return [BackendInfo("sqlite", "embedded store", "trackerkit_sqlite.backend:SqliteBackend", extra="store")]
