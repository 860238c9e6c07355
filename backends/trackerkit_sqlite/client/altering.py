"""Changing the schema while others write: fields and types are made at once, deleted ones go to the trash first."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from trackerkit.backend import Check
from trackerkit.datatypes import DATA_TYPES
from trackerkit.errors import ConflictError, SchemaError
from trackerkit.model import neutral_schema
from trackerkit.schema import Field, Schema, SchemaChange
from trackerkit_sqlite.client.store import Store, add_fields, add_type
from trackerkit_sqlite.errors import SCHEME
from trackerkit_sqlite.schema.catalogue import field_properties, new_type
from trackerkit_sqlite.schema.layout import Layout
from trackerkit_sqlite.schema.places import read_place

_DROP_COLUMN: Final = (3, 35)
_TRASH: Final = "UPDATE field SET trashed = 1 WHERE type = ? AND name = ? AND NOT trashed"


def change_schema(store: Store, changes: Sequence[SchemaChange]) -> list[str]:
    """Change the schema, all changes or none; the names of the fields and types.

    Raises:
        ConflictError: the name is taken.
        SchemaError: the change makes no sense.
    """
    with store.connections.writing() as connection:
        layout, changed = store.reload(), _Changed()
        try:
            for change in changes:
                if changed.concern(change, layout):
                    layout, changed = store.reload(), _Changed()
                _ACTIONS[change.action](connection, layout, change)
                changed.add(change)
            connection.execute("UPDATE store SET epoch = epoch + 1")
        except BaseException:
            store.forget()
            raise
    store.reload()
    return [change.name or change.type for change in changes]


class _Changed:
    """What was changed since the layout was read: reading it anew for each of a thousand changes would take minutes."""

    def __init__(self) -> None:
        self._types: set[str] = set()
        self._fields: set[tuple[str, str]] = set()

    def add(self, change: SchemaChange) -> None:
        """Remember a change."""
        if change.entity_type is not None:
            self._types.add(change.type)
        else:
            self._fields.add((change.type, change.name))

    def concern(self, change: SchemaChange, layout: Layout) -> bool:
        """True when a change depends on one before it; a kind and its base share their fields' names."""
        known = layout.schema.types.get(change.type)
        kin = {change.type} if known is None else {*layout.schema.concrete(change.type), known.base or ""}
        places = {(name, change.name) for name in kin}
        if change.field is not None and change.field.reverse_of is not None:
            places.add(change.field.reverse_of)
            kin.add(change.field.reverse_of[0])
        return not self._types.isdisjoint(kin) or not self._fields.isdisjoint(places)


def _create_type(connection: sqlite3.Connection, layout: Layout, change: SchemaChange) -> None:
    wanted = change.entity_type
    if wanted is None or wanted.name != change.type:
        raise SchemaError("a type to be made is missing", backend=SCHEME)
    name = wanted.name
    if name in layout.schema:
        raise ConflictError(f"there is a type {name!r} already", backend=SCHEME, sent="no")
    if not name.isascii() or not name.isidentifier() or len(name) > 60:
        raise SchemaError(
            f"{name!r} is no name of a type", hint="letters, digits and _, not a digit first", backend=SCHEME
        )
    if wanted.base not in (None, "Folder"):
        raise SchemaError(f"{name!r} cannot be a kind of {wanted.base}", hint="only Folder has kinds", backend=SCHEME)
    add_type(connection, new_type(wanted))


def _create_field(connection: sqlite3.Connection, layout: Layout, change: SchemaChange) -> None:
    owner = layout.schema.type(change.type)
    item = _given(change)
    if item.data_type not in DATA_TYPES:
        raise SchemaError(f"there is no data type {item.data_type!r}", hint=", ".join(DATA_TYPES), backend=SCHEME)
    taken = [kind for kind in layout.schema.concrete(change.type) if item.name in layout.schema.type(kind).fields]
    if taken:
        raise ConflictError(f"{taken[0]} has a field {item.name!r} already", backend=SCHEME, sent="no")
    if owner.read_only:
        raise SchemaError(f"{owner.name} records are written by the store itself", backend=SCHEME)
    _check_reverse(layout.schema, item)
    add_fields(connection, owner, [item])


def _check_reverse(schema: Schema, item: Field) -> None:
    if item.reverse_of is None:
        return
    source = schema.field(*item.reverse_of)
    if not source.is_link or not source.is_stored or item.data_type != "links":
        raise SchemaError(f"{item.name!r} cannot be the reverse of {'.'.join(item.reverse_of)}", backend=SCHEME)


def _given(change: SchemaChange) -> Field:
    if change.field is None:
        raise SchemaError("a field is missing", backend=SCHEME)
    return change.field


def _update_field(connection: sqlite3.Connection, layout: Layout, change: SchemaChange) -> None:
    """Change a field; one that all kinds of Folder share is changed for the one kind that was named."""
    item = _given(change)
    before = layout.schema.field(change.type, change.name or item.name)
    if item.data_type != before.data_type:
        raise SchemaError(
            f"{change.type}.{before.name} is a {before.data_type} field and stays one",
            hint="make a new field",
            backend=SCHEME,
        )
    if before.data_type == "status" and item.choices == before.choices:
        item = replace(item, choices=(), aliases={})  # they are the Status records, not the field's own
    properties = field_properties(replace(item, name=before.name))
    sql = "UPDATE field SET properties = ? WHERE type = ? AND name = ? AND NOT trashed"
    if not connection.execute(sql, (properties, change.type, before.name)).rowcount:
        place = layout.place(change.type, before.name)
        values = (change.type, before.name, before.data_type, place.text(), properties)
        connection.execute("INSERT INTO field SELECT max(id) + 1, ?, ?, ?, ?, ?, 0 FROM field", values)


def _delete_field(connection: sqlite3.Connection, layout: Layout, change: SchemaChange) -> None:
    owner = layout.schema.type(change.type)
    name = layout.schema.field(change.type, change.name).name
    if _is_of_model(change.type, name) or layout.place(change.type, name).table == "node":
        raise SchemaError(
            f"{change.type}.{name} belongs to the model", hint="fields of your own can be deleted", backend=SCHEME
        )
    if not connection.execute(_TRASH, (change.type, name)).rowcount:
        raise SchemaError(
            f"{name!r} belongs to every kind of {owner.base}", hint=f"delete {owner.base}.{name}", backend=SCHEME
        )
    for kind in layout.schema.concrete(change.type):  # what single kinds changed about it
        connection.execute(_TRASH, (kind, name))
    for other in layout.schema.types.values():
        for item in other.fields.values():
            if item.reverse_of == (change.type, name):
                connection.execute(_TRASH, (other.name, item.name))


def _is_of_model(type_name: str, name: str) -> bool:
    known = neutral_schema().types.get(type_name)
    return known is not None and (name in known.fields or name == "uid")


_ACTIONS: Final[dict[str, Callable[[sqlite3.Connection, Layout, SchemaChange], None]]] = {
    "create_type": _create_type,
    "create_field": _create_field,
    "update_field": _update_field,
    "delete_field": _delete_field,
}


# --- the trash -------------------------------------------------------------------------------------------------------


def trashed(store: Store) -> list[tuple[str, str]]:
    """The deleted fields whose values are still there, as ``(type, field)``."""
    rows = store.connections.rows("SELECT type, name FROM field WHERE trashed ORDER BY id")
    return [(type_name, name) for type_name, name in rows]


def trash(store: Store) -> list[str]:
    """The same as ``Type.field``."""
    return [f"{type_name}.{name}" for type_name, name in trashed(store)]


def purge(store: Store) -> list[str]:
    """Remove the values of deleted fields; gives the fields. Rewrites their tables."""
    with store.connections.writing() as connection:
        rows = connection.execute(
            "SELECT f.id, f.type, f.name, f.place, t.own FROM field f JOIN entity_type t ON t.name = f.type WHERE trashed"
        ).fetchall()
        for id, _type_name, _name, text, own in rows:
            place = read_place(text, own)
            connection.execute("DELETE FROM link WHERE field = ?", (place.number,))
            connection.execute("DELETE FROM tag WHERE field = ?", (place.number,))
            if place.table == own:
                for column in filter(None, (place.lower, place.column)):
                    _drop_column(connection, own, column)
            connection.execute("DELETE FROM field WHERE id = ?", (id,))
        connection.execute("UPDATE store SET epoch = epoch + 1")
    store.reload()
    return [f"{row[1]}.{row[2]}" for row in rows]


def checks(store: Store, prepare: bool) -> list[Check]:
    """What ``doctor`` finds; with ``prepare``, the trash is emptied."""
    path = store.connections.path
    problems = [row[0] for row in store.connections.rows("PRAGMA quick_check(3)") if row[0] != "ok"]
    found = [Check("file", not problems, "; ".join(problems) or f"{path.name} is whole", "put it back from a backup")]
    deleted = purge(store) if prepare else trash(store)
    if deleted:
        what = "were removed" if prepare else "can be removed for good"
        found.append(Check("trash", True, f"{len(deleted)} deleted fields {what}: {', '.join(deleted)}"))
    return found


def _drop_column(connection: sqlite3.Connection, table: str, column: str) -> None:
    known = {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}
    if column not in known:
        return
    connection.execute(f'DROP INDEX IF EXISTS "{table}_{column}"')
    if sqlite3.sqlite_version_info >= _DROP_COLUMN:
        connection.execute(f'ALTER TABLE "{table}" DROP COLUMN "{column}"')
    else:
        connection.execute(f'UPDATE "{table}" SET "{column}" = NULL')  # noqa: S608 - the catalogue's own names
