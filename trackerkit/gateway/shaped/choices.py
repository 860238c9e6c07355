"""Statuses and types of tasks that the tracker's own fields do not take: kept beside it, as long as it says what it said then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from trackerkit.gateway.beside.shelf import Row, Shelf
from trackerkit.gateway.shaped.shape import LABEL, Shape
from trackerkit.gateway.shaped.uids import key_of
from trackerkit.values import Ref

if TYPE_CHECKING:
    from sqlalchemy import Connection

CHOSEN: Final = "~choice of"
"""On the shelf: a record → by field, what was chosen, and what the tracker said then."""

DEFINED: Final = {"Status": ("code", "name"), "TaskType": ("name",)}
"""Types of definitions that are kept on the shelf when they are made here, and what a record holds of them."""


class Choices:
    """The kept choices of one site.

    Args:
        shelf: where they are kept.
        shape: of the tracker.
    """

    def __init__(self, shelf: Shelf, shape: Shape) -> None:
        self._shelf, self._shape = shelf, shape

    def ids(self, types: Iterable[str], projects: Sequence[str] | None) -> tuple[str, ...]:
        """The ids of records of some types for which something was chosen."""
        wanted = set(types)
        found = (row.id.partition("/") for row in self._shelf.rows(CHOSEN, projects=projects))
        return tuple(id for kind, _, id in found if kind in wanted)

    def show(self, records: Sequence[dict[str, Any]], names: Iterable[str]) -> None:
        """Put what was chosen into the tracker's records, unless somebody chose otherwise in the tracker since."""
        rows = {row.id: row.values for row in self._shelf.rows(CHOSEN, [key_of(record["ref"]) for record in records])}
        for record in records if rows else ():
            for name, said in rows.get(key_of(record["ref"]), {}).items():
                if name in names and record.get(name) == said["over"]:
                    record[name] = said["kept"]

    def is_kept(self, type_name: str, name: str, value: Any) -> bool:
        """Whether the tracker does not take a value."""
        if value is None or not self._shape.is_chosen(type_name, name):
            return False
        item = self._shape.tracked.field(type_name, name)
        if name == LABEL:
            return True
        if item.choices:
            return value not in item.choices and value not in item.aliases
        owner = "Status" if item.data_type == "status" else "TaskType"
        rows = self._shelf.rows(owner)
        return any(_held(row, DEFINED[owner]) == value for row in rows)

    def keep(
        self, connection: Connection, ref: Ref, chosen: Mapping[str, Any], freed: Iterable[str], now: Mapping[str, Any]
    ) -> None:
        """Keep what was chosen for a record, and forget what the tracker itself holds from now on.

        Args:
            connection: of the shelf's transaction.
            ref: the tracker's record.
            chosen: by field.
            freed: the fields whose value the tracker took.
            now: what the tracker says of the fields that were chosen.
        """
        known = next(iter(self._shelf.rows(CHOSEN, [key_of(ref)])), None)
        values = {name: said for name, said in (known.values if known is not None else {}).items() if name not in freed}
        values.update((name, {"kept": value, "over": now.get(name)}) for name, value in chosen.items())
        row = Row(CHOSEN, key_of(ref), ref.project or "", values)
        if values:
            self._shelf.put(connection, row)
        elif known is not None:
            self._shelf.remove(connection, known)


def _held(row: Row, names: Sequence[str]) -> Any:
    return next((row.values[name] for name in names if row.values.get(name)), None)
