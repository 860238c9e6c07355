"""What a writing transaction knows of other records: which there are, of which type and project."""

from __future__ import annotations

import sqlite3
from typing import Any, NamedTuple

from trackerkit.errors import NotFoundError
from trackerkit.values import Ref
from trackerkit_sqlite.compile.operands import is_uid, number
from trackerkit_sqlite.errors import SCHEME
from trackerkit_sqlite.schema.layout import Layout

_BY_ID = "SELECT id, type, project, name, retired, home FROM node WHERE id = ?"
_BY_UID = "SELECT id, type, project, name, retired, home FROM node WHERE uid = ?"


class Facts(NamedTuple):
    """One record, in short."""

    id: int
    type: str
    project: int | None
    name: str | None
    retired: int
    home: int | None


class Records:
    """The records that a transaction came across; each is read once."""

    def __init__(self, connection: sqlite3.Connection, layout: Layout) -> None:
        self._connection = connection
        self._layout = layout
        self._known: dict[int, Facts] = {}
        self._uids: dict[str, int] = {}

    def find(self, ref: Ref) -> Facts:
        """The record of a Ref, retired or not.

        Raises:
            NotFoundError: there is none, or none of that type.
        """
        found = self._by_id(ref.id) if ref.site in (None, self._layout.site) else None
        if found is None or not (found.type == ref.type or self._layout.schema.is_a(found.type, ref.type)):
            raise NotFoundError(f"there is no {ref.type} {ref.id}", backend=SCHEME)
        return found

    def get(self, id: int) -> Facts | None:
        """The record of a number, or None."""
        found = self._known.get(id)
        if found is None:
            row = self._connection.execute(_BY_ID, (id,)).fetchone()
            if row is None:
                return None
            found = self._known[id] = Facts._make(row)
        return found

    def _by_id(self, text: str) -> Facts | None:
        id = number(text)
        if id is not None:
            return self.get(id)
        return self.of_uid(text) if is_uid(text) else None

    def of_uid(self, uid: str) -> Facts | None:
        """The record of a creator's id, or None."""
        known = self._uids.get(uid)
        if known is not None:
            return self.get(known)
        row = self._connection.execute(_BY_UID, (uid,)).fetchone()
        if row is None:
            return None
        found = Facts._make(row)
        self._uids[uid] = found.id
        return self._known.setdefault(found.id, found)

    def note(self, facts: Facts, uid: str = "") -> None:
        """A record that was made or changed."""
        self._known[facts.id] = facts
        if uid:
            self._uids[uid] = facts.id

    def drop(self, id: int) -> None:
        """A record that was deleted."""
        self._known.pop(id, None)
        self._uids = {uid: known for uid, known in self._uids.items() if known != id}

    def forget(self) -> None:
        """Everything is to be read anew."""
        self._known.clear()
        self._uids.clear()

    def ref(self, facts: Facts) -> Ref:
        """The record's Ref."""
        project = None if facts.project is None else str(facts.project)
        return Ref(facts.type, str(facts.id), project, self._layout.site, self._layout.native(facts.type), facts.name)

    def ref_of(self, id: Any) -> Ref | None:
        """The Ref of a number; None when there is no such record."""
        facts = None if id is None else self.get(id)
        return None if facts is None else self.ref(facts)
