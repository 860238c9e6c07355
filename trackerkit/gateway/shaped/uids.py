"""Uids: 32 hexadecimal digits for every record of a tracker whose records have numbers, both ways.

A record's digits say its type and its number, and nothing is kept of them; those of a type rise as its numbers do. Digits that
a client gave when it made a record are the record's own from then on: they are kept on the shelf, and those that it would have
had lead to it as well.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from trackerkit.errors import UnsupportedError
from trackerkit.gateway.beside.shelf import Row, Shelf
from trackerkit.schema import Schema
from trackerkit.values import Ref

if TYPE_CHECKING:
    from sqlalchemy import Connection

GIVEN: Final = "~uid"
"""On the shelf: given digits → the record."""

OWNED: Final = "~uid of"
"""On the shelf: a record → its given digits."""

_MARKS: Final = "marks of uids"
"""Among what is remembered with a schema: mark → type."""

_HEX: Final = re.compile(r"[0-9a-f]{32}")
_NUMBER_DIGITS: Final = 12
_CHECK_DIGITS: Final = 12
_MARK_DIGITS: Final = 8


def is_uid(id: str) -> bool:
    """Whether an id is 32 hexadecimal digits already."""
    return len(id) == 32 and _HEX.fullmatch(id) is not None


class Uids:
    """The ids of one site's records.

    Args:
        shelf: where given ids are kept.
        schema: of the tracker.
    """

    def __init__(self, shelf: Shelf, schema: Schema) -> None:
        self._shelf = shelf
        self.site = shelf.site
        marks: dict[str, str] | None = schema.remembered.get(_MARKS)
        if marks is None:
            marks = schema.remembered[_MARKS] = {_mark(name): name for name in schema.types}
        self._types = marks
        self._natives = schema.types

    # ---- the digits of a record

    def of(self, refs: Iterable[Ref]) -> dict[Ref, str]:
        """The digits of records.

        Raises:
            UnsupportedError: a record's id is neither a number nor digits.
        """
        wanted = list(dict.fromkeys(refs))
        others = [ref for ref in wanted if not is_uid(ref.id)]
        rows = self._shelf.rows(OWNED, [key_of(ref) for ref in others]) if others else []
        given = {row.id: row.values["uid"] for row in rows}
        return {ref: ref.id if is_uid(ref.id) else given.get(key_of(ref)) or self.packed(ref) for ref in wanted}

    def packed(self, ref: Ref) -> str:
        """The digits of a record to which none were given."""
        number = int(ref.id) if ref.id.isascii() and ref.id.isdigit() else -1
        if not 0 <= number < 16**_NUMBER_DIGITS:
            raise UnsupportedError(f"{ref} has an id that is no whole number: it cannot be shown in this protocol")
        return f"{_mark(ref.type)}{number:0{_NUMBER_DIGITS}x}{self._check(ref.type, number)}"

    # ---- the record of digits

    def meant(self, ids: Sequence[str]) -> dict[str, Ref | None]:
        """The records that digits stand for; None where they stand for none that the tracker numbers."""
        rows = self._shelf.rows(GIVEN, ids) if ids else []
        made: dict[str, Ref | None] = {id: self._unpacked(id) for id in ids}
        made.update((row.id, self._ref(row.values["ref"][0], row.values["ref"][1], row.project)) for row in rows)
        return made

    def _unpacked(self, id: str) -> Ref | None:
        name = self._types.get(id[:_MARK_DIGITS])
        if name is None or not is_uid(id):
            return None
        number = int(id[_MARK_DIGITS:-_CHECK_DIGITS], 16)
        return self._ref(name, str(number), "") if id[-_CHECK_DIGITS:] == self._check(name, number) else None

    def are_given(self, type_name: str, projects: Sequence[str] | None) -> bool:
        """Whether clients gave digits to records of a type, in some projects or in any: these do not rise with the numbers."""
        return any(row.id.startswith(f"{type_name}/") for row in self._shelf.rows(OWNED, projects=projects))

    def _ref(self, type_name: str, id: str, project: str) -> Ref:
        kind = self._natives.get(type_name)
        return Ref(type_name, id, project or None, self._shelf.site, kind.native if kind is not None else None)

    def _check(self, type_name: str, number: int) -> str:
        return _digest(f"{self._shelf.site}/{type_name}/{number}")[:_CHECK_DIGITS]

    # ---- given ones

    def give(self, connection: Connection, ref: Ref, uid: str) -> None:
        """Keep the digits that a client gave a record."""
        self._shelf.put(connection, Row(GIVEN, uid, ref.project or "", {"ref": [ref.type, ref.id]}))
        self._shelf.put(connection, Row(OWNED, key_of(ref), ref.project or "", {"uid": uid}))


def key_of(ref: Ref) -> str:
    """A record's key on the shelf."""
    return f"{ref.type}/{ref.id}"


def _mark(type_name: str) -> str:
    return _digest(type_name)[:_MARK_DIGITS]


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
