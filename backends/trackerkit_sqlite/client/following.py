"""Reading the history behind a cursor, and waiting for more of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence

from trackerkit.events import Cursor, Event
from trackerkit.jsontext import encoded
from trackerkit.values import Ref
from trackerkit_sqlite.client.store import Store
from trackerkit_sqlite.compile.operands import number
from trackerkit_sqlite.events import READ, event_of, number_of

_GLANCE_S = 0.05


class Following:
    """The history of one store, as a reader in any thread goes through it."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._seen = threading.local()

    def read(self, after: Cursor | None, limit: int, types: Sequence[str], project: Ref | None) -> list[Event]:
        """Events behind a cursor, oldest first."""
        start, last = number_of(after), self._last()
        wanted = self._types(types)
        home = None if project is None else number(project.id) or -1
        asked = {"after": start, "types": wanted, "project": home, "limit": limit}
        rows = self._store.connections.rows(READ, asked)
        site, natives = self._store.site, self._store.known().natives
        self._seen.number = rows[-1][0] if len(rows) >= limit else max(last, start)
        return [event_of(row, site, natives) for row in rows]

    def _types(self, types: Sequence[str]) -> str | None:
        if not types:
            return None
        schema = self._store.known().schema
        names = dict.fromkeys(kind for name in types for kind in schema.concrete(schema.type(name).name))
        return encoded(list(names)).decode()

    def last(self) -> Cursor | None:
        """The cursor of the newest event."""
        found = self._seen.number = self._last()
        return str(found) if found else None

    def wait(self, timeout_s: float) -> None:
        """Wait until something is written that this thread has not read, by this process or another one."""
        deadline = time.monotonic() + timeout_s
        seen = getattr(self._seen, "number", None)
        seen = self._last() if seen is None else seen
        with self._store.news:
            while self._last() <= seen and (left := deadline - time.monotonic()) > 0:
                self._store.news.wait(min(left, _GLANCE_S))

    def _last(self) -> int:
        return int(self._store.connections.rows("SELECT last_event FROM store")[0][0])
