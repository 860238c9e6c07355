"""Layout: one epoch of a store's schema, with the place of every field and what was compiled for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import MetaData, Table

from trackerkit.datatypes import ANY, Domain
from trackerkit.schema import EntityType, Schema
from trackerkit_sqlite.errors import SCHEME
from trackerkit_sqlite.mapping import STORAGE
from trackerkit_sqlite.schema.catalogue import FieldRow, TypeRow
from trackerkit_sqlite.schema.places import EVENT_COLUMNS, Place, read_place
from trackerkit_sqlite.schema.tables import EVENT, NODE, column, own_table

HOMES: Final = ("parent", "product", "version", "task")
"""The links that say what a record lies in: the first that is set leads to its ancestors."""

HOLDERS: Final = ("parent", "product", "version", "note")
"""The links without whose target a record makes no sense: it hangs on it."""

_SPAN: Final = timedelta(microseconds=2**62)
_DURATION: Final = Domain(minimum=-_SPAN, maximum=_SPAN)
"""About 146,000 years: what 64 bits of microseconds hold."""


class Layout:
    """One epoch of the schema. Never changed; a new epoch is a new layout.

    Args:
        types: the entity types, choices of statuses included.
        type_rows: the catalogue's types.
        field_rows: the catalogue's fields.
        epoch: of the schema.
        site: the store's uuid.
    """

    def __init__(
        self,
        types: Sequence[EntityType],
        type_rows: Sequence[TypeRow],
        field_rows: Sequence[FieldRow],
        epoch: int,
        site: str,
    ) -> None:
        self.schema = Schema([_bounded(item) for item in types], epoch=epoch, backend=SCHEME)
        self.epoch = epoch
        self.site = site
        self.own = {row.name: row.own for row in type_rows}
        self.rows = [row for row in field_rows if not row.trashed]
        self.places = {(row.type, row.name): self._read_place(row) for row in self.rows}
        self.natives = {name: item.base or name for name, item in self.schema.types.items()}
        self.plans: dict[Any, Any] = {}
        self._homes: dict[str, list[str]] = {}
        self._tables: dict[str, Table] = {"node": NODE, "event": EVENT}

    def _read_place(self, row: FieldRow) -> Place:
        """Where a field lies; an Event's are not the catalogue's to say, which may be older than this program."""
        if row.type == "Event" and row.name in EVENT_COLUMNS:
            return Place("event", EVENT_COLUMNS[row.name], table="event")
        return read_place(row.place, self.own[row.type])

    def place(self, type_name: str, name: str) -> Place:
        """Where a field of a type lies; a kind of Folder has Folder's fields."""
        found = self.places.get((type_name, name))
        if found is None:
            base = self.schema.type(type_name).base
            found = self.places[base or type_name, name]
            self.places[type_name, name] = found
        return found

    def table(self, name: str) -> Table:
        """A table by name: the spine, the history, or a type's own."""
        found = self._tables.get(name)
        if found is None:
            found = self._tables[name] = own_table(name, self._columns(name), MetaData())
        return found

    def _columns(self, table: str) -> Iterable[Any]:
        seen = set()
        for row in self.rows:
            place = read_place(row.place, self.own[row.type])
            if place.table == table and place.kind in ("own", "choices") and place.column not in seen:
                seen.add(place.column)
                yield column(place.column, STORAGE[row.data_type], is_flag=row.data_type == "checkbox")
                if place.lower:
                    yield column(place.lower, "TEXT")

    def native(self, type_name: str) -> str:
        """What Refs are equal by: the type, and for all kinds of Folder the same, since a folder's kind may change."""
        return self.natives.get(type_name, type_name)

    def homes(self, type_name: str) -> list[str]:
        """The type's links that lead to its ancestors, in order."""
        found = self._homes.get(type_name)
        if found is None:
            found = self._homes[type_name] = [name for name in HOMES if self._is_link(type_name, name)]
        return found

    def holders(self) -> list[tuple[str, Place]]:
        """Every link that makes its owner hang on its target, as ``(owner type, place)``."""
        return [
            (row.type, self.places[row.type, row.name])
            for row in self.rows
            if row.name in HOLDERS
            and row.data_type == "link"
            and self.places[row.type, row.name].kind in ("spine", "own")
        ]

    def link_columns(self) -> list[Place]:
        """Every column that holds the number of another record."""
        return list(
            dict.fromkeys(
                self.places[row.type, row.name]._replace(number=0)
                for row in self.rows
                if row.data_type == "link" and self.places[row.type, row.name].kind in ("spine", "own")
            )
        )

    def _is_link(self, type_name: str, name: str) -> bool:
        item = self.schema.type(type_name).fields.get(name)
        return item is not None and item.data_type == "link" and item.is_stored


def _bounded(owner: EntityType) -> EntityType:
    """Durations that fit into the store's 64 bits."""
    changed = [
        replace(item, domain=_DURATION)
        for item in owner.fields.values()
        if item.data_type == "duration" and item.is_stored and item.domain == ANY
    ]
    return owner.with_fields(*changed) if changed else owner
