"""The history: the events of a transaction, written with it, and read back."""

from __future__ import annotations

import sqlite3
from typing import Any

from trackerkit.datatypes import MANY_TYPES
from trackerkit.events import Mark
from trackerkit.schema import Field
from trackerkit_sqlite.compile.changes import EVENT_COLUMNS, insert_sql
from trackerkit_sqlite.mapping import OTHER, json_text, packed, packed_list
from trackerkit_sqlite.schema.layout import Layout

_FLUSH = 20_000


class History:
    """The events of one transaction; their numbers follow the last one of the store.

    Args:
        connection: the transaction's.
        layout: of the schema.
        last: the number of the store's last event.
        at: the moment of the transaction, in microseconds.
        actor: the number of the User who acts, or None.
        mark: what every event of the transaction says besides.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        layout: Layout,
        last: int,
        at: int,
        actor: int | None,
        mark: Mark,
    ) -> None:
        self.last = last
        self.actor = actor
        self._connection = connection
        self._layout = layout
        self._at = at
        self._origin = mark.origin
        self._data = json_text(dict(mark.data)) if mark.data else None
        self._rows: list[tuple[Any, ...]] = []

    def add(self, kind: str, entity: int, type_name: str, project: int | None, label: str | None = None) -> None:
        """A fact about a whole record."""
        self.last += 1
        self._rows.append(
            (self.last, self._at, kind, type_name, entity, label, project, self.actor, None, None, None, None, None, None,
             0, self._origin, self._data)
        )  # fmt: skip

    def own(self, entity: tuple[int, str, str | None], project: int | None, actor: int | None, data: str,
            origin: str | None) -> int:  # fmt: skip
        """A program's own event: about a record, given as its number (0 for none), type and name; its number in the log."""
        self.last += 1
        number, type_name, label = entity
        self._rows.append(
            (self.last, self._at, OTHER, type_name, number, label, project, actor, None, None, None, None, None, None, 0,
             origin or self._origin, data)
        )  # fmt: skip
        return self.last

    def changed(
        self, entity: int, type_name: str, project: int | None, item: Field, old: Any, new: Any, in_create: bool = False
    ) -> None:
        """One field has another value; of a list, what came and what left."""
        data_type = item.data_type
        added = removed = before = after = None
        if data_type in MANY_TYPES:
            added = packed_list(each for each in new if each not in old)
            removed = packed_list(each for each in old if each not in new)
        elif data_type != "secret":
            before, after = packed(data_type, old), packed(data_type, new)
        self.last += 1
        self._rows.append(
            (self.last, self._at, "changed", type_name, entity, None, project, self.actor, item.name, data_type, before,
             after, added, removed, 1 if in_create else 0, self._origin, self._data)
        )  # fmt: skip
        if len(self._rows) >= _FLUSH:
            self.flush()

    def flush(self) -> None:
        """Write what was gathered."""
        rows, self._rows = self._rows, []
        self._connection.executemany(insert_sql(self._layout, "event", EVENT_COLUMNS), rows)

    def back_to(self, last: int) -> None:
        """Forget what came after an event's number; what came before is written."""
        self._rows = [row for row in self._rows if row[0] <= last]
        self.last = last
