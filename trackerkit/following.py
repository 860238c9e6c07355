"""Following events as they happen: the loop behind ``Tracker.follow``."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from trackerkit.backend import Backend
from trackerkit.clock import Clock
from trackerkit.config import user_folder
from trackerkit.events import Cursor, Event
from trackerkit.state import State
from trackerkit.values import Ref

BEGINNING: Final = "@beginning"
"""The bookmark of who began to follow before there was any event."""


def follow_events(
    backend: Backend,
    types: Sequence[str],
    project: Ref | None,
    after: Cursor | None,
    bookmark: str | None,
    state: str | Path | None,
    idle_s: float | None,
    clock: Clock,
) -> Iterator[Event]:
    """Events behind a cursor, then new ones for ever; a bookmark moves when the next event is asked for.

    Where it starts is settled at the call, before the first event is asked for.
    """
    store = State.open(state or user_folder("state") / "state.db") if bookmark else None
    kept = store.get_cursor(bookmark) if store is not None and bookmark else None
    start = next((place for place in (after, kept) if place is not None), None)
    if start is None:
        start = backend.last_cursor() or BEGINNING
    if store is not None and bookmark and kept is None:
        store.set_cursor(bookmark, start)
    return _follow(backend, types, project, None if start == BEGINNING else start, bookmark, store, idle_s, clock)


def _follow(
    backend: Backend,
    types: Sequence[str],
    project: Ref | None,
    after: Cursor | None,
    bookmark: str | None,
    store: State | None,
    idle_s: float | None,
    clock: Clock,
) -> Iterator[Event]:
    quiet_since = clock.monotonic()
    try:
        while idle_s is None or clock.monotonic() - quiet_since < idle_s:
            page = backend.read_events(after, types=types, project=project)
            for event in page:
                yield event
                after = event.cursor
                if store is not None and bookmark:
                    store.set_cursor(bookmark, after)
            if page:
                quiet_since = clock.monotonic()
            else:
                backend.wait_for_events(1.0 if idle_s is None else min(1.0, idle_s))
    finally:
        if store is not None:
            store.close()
