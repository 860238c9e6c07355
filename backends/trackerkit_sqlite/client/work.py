"""One writing transaction: what it knows, what it counts, what it has to do at its end."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from typing import Any

from trackerkit.events import Mark
from trackerkit.filters import Condition
from trackerkit.query import build
from trackerkit.schema import Field
from trackerkit_sqlite.client.history import History
from trackerkit_sqlite.client.records import Facts, Records
from trackerkit_sqlite.client.store import Store
from trackerkit_sqlite.client.tree import Tree
from trackerkit_sqlite.mapping import micros


class Work:
    """One writing transaction.

    Args:
        store: whose.
        connection: in the transaction.
        actor: the number of the User who acts, or None.
        mark: what the events say besides.

    Attributes:
        has_new_choices: True when Status records changed, and with them the schema.
        is_of_new_epoch: True when another process changed the schema since it was last seen here.
    """

    def __init__(self, store: Store, connection: sqlite3.Connection, actor: int | None, mark: Mark) -> None:
        self.store = store
        self.connection = connection
        self._last: int
        epoch, self._last, last_event = connection.execute("SELECT epoch, last_node, last_event FROM store").fetchone()
        layout = store.known()
        self.is_of_new_epoch = layout.epoch != epoch
        self.layout = store.reload() if self.is_of_new_epoch else layout
        self.now = micros(store.clock.now())
        self.history = History(connection, self.layout, last_event, self.now, actor, mark)
        self.records = Records(connection, self.layout)
        self.tree = Tree(connection, self.layout, self.records)
        self.has_new_choices = False

    @property
    def coming(self) -> int:
        """The number that the next new record will have."""
        return self._last + 1

    def next_node(self) -> int:
        """The number of a new record."""
        self._last += 1
        return self._last

    def mark(self) -> tuple[int, int]:
        """Where the counters stand."""
        return self._last, self.history.last

    def back_to(self, mark: tuple[int, int]) -> None:
        """Set the counters back; the database itself is set back by a savepoint."""
        self._last = mark[0]
        self.history.back_to(mark[1])
        self.records.forget()

    def finish(self) -> None:
        """Write what was gathered, before the commit."""
        self.history.flush()
        self.connection.execute("UPDATE store SET last_node = ?, last_event = ?", (self._last, self.history.last))
        if self.has_new_choices:
            self.connection.execute("UPDATE store SET epoch = epoch + 1")

    def defaults(self, type_name: str) -> Sequence[Field]:
        """The fields of a type that have a value by default."""
        key = ("defaults", type_name)
        found: list[Field] | None = self.layout.plans.get(key)
        if found is None:
            fields = self.layout.schema.type(type_name).fields.values()
            found = [item for item in fields if item.default is not None and item.is_stored]
            self.layout.plans[key] = found
        return found

    def values(self, facts: Facts, names: Sequence[str]) -> dict[str, Any]:
        """Some fields of a record as they are now."""
        from trackerkit_sqlite.client.reads import pages

        condition = Condition("id", "is", str(facts.id))
        query = build(self.layout.schema, facts.type, condition, fields=names, state="all", archived=True, limit=1)
        page = next(pages(self.store, query, lambda refs, fields: {}))
        return dict(zip(names, page.plan.values(page.rows[0])))  # noqa: B905 - Python 3.10, same length
