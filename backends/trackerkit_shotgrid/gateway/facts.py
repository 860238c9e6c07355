"""Facts: what a ShotGrid site knows of its records and people and no other tracker has, kept in the state.

Who follows what, who looked at which project when, exceptions of the work schedule, which fields a project shows. A fact
says something of a subject and an object, in a room of its own: ``follow``, a user, a record.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from trackerkit.state import State

if TYPE_CHECKING:
    from sqlalchemy import MetaData, Table

VERSION: Final = 1
STUDIO: Final = ""
"""The subject of facts about the site as a whole."""


@dataclass(frozen=True, slots=True)
class Fact:
    """One fact.

    Args:
        subject: of whom it is said.
        object: about what.
        value: any JSON.
    """

    subject: str
    object: str
    value: Any


def _tables(metadata: MetaData) -> Table:
    from sqlalchemy import BigInteger, Column, Index, String, Table, Text

    made = Table(
        "shotgrid_facts",
        metadata,
        Column("site", String(255), primary_key=True),
        Column("room", String(60), primary_key=True),
        Column("subject", String(255), primary_key=True),
        Column("object", String(255), primary_key=True),
        Column("value", Text, nullable=False),
        Column("at_us", BigInteger, nullable=False, comment="when it was put, in microseconds"),
    )
    Index("shotgrid_facts_by_object", made.c.site, made.c.room, made.c.object)
    return made


class Facts:
    """The facts of one site. Safe to share between threads.

    Args:
        state: where they are kept.
        site: of the tracker behind.
    """

    def __init__(self, state: State, site: str) -> None:
        self._state = state
        self._site = site
        self._table: Table = state.define("shotgrid_facts", VERSION, _tables)

    def put(self, room: str, subject: str, object: str, value: Any = None) -> None:
        """Keep a fact; the one that was there is replaced."""
        keys = {"site": self._site, "room": room, "subject": subject, "object": object}
        now = int(datetime.now(timezone.utc).timestamp() * 1_000_000)
        with self._state.transaction() as connection:
            connection.execute(self._table.delete().where(*self._same(keys)))
            row = {**keys, "value": json.dumps(value), "at_us": now}
            connection.execute(self._table.insert().values(**row))

    def drop(self, room: str, subject: str, object: str) -> bool:
        """Forget a fact: True when there was one."""
        keys = {"site": self._site, "room": room, "subject": subject, "object": object}
        with self._state.transaction() as connection:
            return bool(connection.execute(self._table.delete().where(*self._same(keys))).rowcount)

    def get(self, room: str, subject: str, object: str) -> Any:
        """The value of one fact; None when there is none."""
        found = self._read(room, subject=subject, object=object)
        return found[0].value if found else None

    def of_subject(self, room: str, subject: str) -> list[Fact]:
        """What is said of a subject, the oldest first."""
        return self._read(room, subject=subject)

    def of_object(self, room: str, object: str) -> list[Fact]:
        """What is said about an object, the oldest first."""
        return self._read(room, object=object)

    def between(self, room: str, subject: str, first: str, last: str) -> list[Fact]:
        """What is said of a subject about the objects from ``first`` to ``last``, both included."""
        return self._read(room, subject=subject, where=lambda table: [table.c.object.between(first, last)])

    def _same(self, keys: dict[str, str]) -> list[Any]:
        return [self._table.c[name] == value for name, value in keys.items()]

    def _read(self, room: str, where: Callable[[Table], list[Any]] | None = None, **keys: str) -> list[Fact]:
        from sqlalchemy import select

        table = self._table
        wanted = [*self._same({"site": self._site, "room": room, **keys}), *(where(table) if where else [])]
        query = select(table.c.subject, table.c.object, table.c.value).where(*wanted).order_by(table.c.at_us)
        with self._state.engine.connect() as connection:
            return [Fact(row.subject, row.object, json.loads(row.value)) for row in connection.execute(query)]
