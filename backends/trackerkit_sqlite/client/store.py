"""The store behind a file: made when it is new, its layout loaded, and loaded again when another process changed it."""

from __future__ import annotations

import sqlite3
import threading
import uuid
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import MetaData

from trackerkit.clock import SYSTEM, Clock
from trackerkit.errors import ConfigurationError
from trackerkit.jsontext import decoded
from trackerkit.schema import EntityType, Field
from trackerkit_sqlite.client.connections import Connections, Row
from trackerkit_sqlite.mapping import STORAGE
from trackerkit_sqlite.schema.catalogue import (
    FieldRow,
    StatusRow,
    TypeRow,
    field_properties,
    model_mark,
    model_types,
    read_types,
    type_properties,
    with_statuses,
)
from trackerkit_sqlite.schema.layout import Layout
from trackerkit_sqlite.schema.places import Place, place_of, slug, wants_index
from trackerkit_sqlite.schema.tables import (
    APPLICATION_ID,
    FORMAT,
    OWN_INDEX,
    OWN_ROWS,
    STATISTICS,
    column,
    column_statement,
    fixed_statements,
    index_statement,
    own_statement,
    own_table,
)

_STATISTICS = "INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES (?, ?, ?)"


class Store:
    """One database file and its layout.

    Args:
        connections: to the file.
        clock: the time of creations and events.

    Raises:
        ConfigurationError: the file belongs to another program, or to another version of this one.
    """

    def __init__(self, connections: Connections, clock: Clock = SYSTEM) -> None:
        self.connections = connections
        self.clock = clock
        self._lock = threading.Lock()
        self._layout: Layout | None = None
        self.news = threading.Condition()
        try:
            self._prepare()
        except BaseException:
            connections.close()
            raise

    @property
    def site(self) -> str:
        """The store's own uuid, which it keeps."""
        return self.known().site

    def layout(self) -> Layout:
        """The layout of the schema as it is now; cheap when nothing changed."""
        found = self.connections.rows("SELECT epoch FROM store")
        layout = self._layout
        if layout is None or layout.epoch != found[0][0]:
            layout = self.reload()
        return layout

    def known(self) -> Layout:
        """The layout as it was last seen; asks nothing."""
        return self._layout or self.layout()

    def reload(self) -> Layout:
        """Read the layout anew; inside a transaction, as that transaction sees it."""
        with self._lock, self.connections.failures():
            layout = load(self.connections.here())
            self._layout = layout
            return layout

    def forget(self) -> None:
        """Have the layout read anew: a transaction that changed it was taken back."""
        self._layout = None

    def tell(self) -> None:
        """Wake those of this process who wait for events."""
        with self.news:
            self.news.notify_all()

    # --- making a store ----------------------------------------------------------------------------------------

    def _prepare(self) -> None:
        with self.connections.failures():
            connection = self.connections.here()
            if self._is_new(connection):
                self.connections.use_wal()
            elif _model_of(connection) == model_mark():
                return
        with self.connections.writing() as connection:
            is_new = self._is_new(connection)
            if is_new:
                _make(connection)
            _seed(connection)
        if is_new:
            with self.connections.failures():
                self.connections.here().execute("ANALYZE sqlite_master")  # reads the statistics, makes none

    def _is_new(self, connection: sqlite3.Connection) -> bool:
        owner = connection.execute("PRAGMA application_id").fetchone()[0]
        if owner == APPLICATION_ID:
            self._check_format(connection.execute("PRAGMA user_version").fetchone()[0])
            return False
        if owner or connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
            raise ConfigurationError(
                f"{self.connections.path.name} is the database of another program", hint="name another file"
            )
        return True

    def _check_format(self, version: int) -> None:
        if version != FORMAT:
            hint = "use a newer trackerkit" if version > FORMAT else "use the trackerkit that made it"
            raise ConfigurationError(
                f"{self.connections.path.name} is of format {version}; this trackerkit knows {FORMAT}", hint=hint
            )


def _model_of(connection: sqlite3.Connection) -> str:
    return str(connection.execute("SELECT model FROM store").fetchone()[0])


def _make(connection: sqlite3.Connection) -> None:
    for statement in fixed_statements():
        connection.execute(statement)
    connection.execute("ANALYZE node")  # an empty table: it only makes the table of statistics
    connection.executemany(_STATISTICS, STATISTICS)
    connection.execute("INSERT INTO store VALUES (1, ?, 0, 0, 0, '')", (str(uuid.uuid4()),))
    connection.execute(f"PRAGMA application_id={APPLICATION_ID}")
    connection.execute(f"PRAGMA user_version={FORMAT}")


def _seed(connection: sqlite3.Connection) -> None:
    """Bring in what the model has and the store lacks."""
    known = {row[0] for row in connection.execute("SELECT name FROM entity_type")}
    fields = set(connection.execute("SELECT type, name FROM field WHERE NOT trashed"))
    for item in model_types():
        if item.name not in known:
            add_type(connection, item)
        else:
            add_fields(
                connection, item, [field for field in item.fields.values() if (item.name, field.name) not in fields]
            )
    connection.execute("UPDATE store SET model = ?, epoch = epoch + 1", (model_mark(),))


# --- the catalogue ---------------------------------------------------------------------------------------------------


def add_type(connection: sqlite3.Connection, item: EntityType) -> None:
    """Make a type, its table and its fields; a kind of Folder shares Folder's table."""
    number = _next_number(connection, "SELECT max(id) FROM entity_type")
    if item.base == "Folder":
        own = str(connection.execute("SELECT own FROM entity_type WHERE name = 'Folder'").fetchone()[0])
        is_new = False
    else:
        own, is_new = f"x{number}_{slug(item.name)}", item.name != "Event"
    connection.execute("INSERT INTO entity_type VALUES (?, ?, ?, ?)", (number, item.name, own, type_properties(item)))
    add_fields(connection, item, list(item.fields.values()), own if is_new else "")


def add_fields(connection: sqlite3.Connection, owner: EntityType, items: Sequence[Field], new_table: str = "") -> None:
    """Make fields; with ``new_table``, together with the table that is to hold them."""
    start = _next_number(connection, "SELECT max(id) FROM field")
    placed = [(item, place_of(owner, item, start + at)) for at, item in enumerate(items)]
    connection.executemany(
        "INSERT INTO field VALUES (?, ?, ?, ?, ?, ?, 0)",
        [
            (start + at, owner.name, item.name, item.data_type, place.text(), field_properties(item))
            for at, (item, place) in enumerate(placed)
        ],
    )
    table = new_table or _own_table(connection, owner.name)
    columns = [made for item, place in placed for made in _columns(item, place)]
    if new_table:
        connection.execute(own_statement(own_table(new_table, columns, MetaData())))
        connection.execute(_STATISTICS, (new_table, None, OWN_ROWS))
    else:
        for made in columns:
            connection.execute(column_statement(table, made))
    for item, place in placed:
        if wants_index(owner.name, item, place):
            is_flag = item.data_type == "checkbox"
            name = place.column if item.unique else place.lower or place.column
            connection.execute(index_statement(table, name, is_unique=item.unique, is_flag=is_flag))
            connection.execute(_STATISTICS, (table, f"{table}_{name}", OWN_INDEX))


def _columns(item: Field, place: Place) -> Iterable[Any]:
    if place.kind in ("own", "choices"):
        yield column(place.column, STORAGE[item.data_type], is_flag=item.data_type == "checkbox")
        if place.lower:
            yield column(place.lower, "TEXT")


def _own_table(connection: sqlite3.Connection, type_name: str) -> str:
    return str(connection.execute("SELECT own FROM entity_type WHERE name = ?", (type_name,)).fetchone()[0])


def _next_number(connection: sqlite3.Connection, sql: str) -> int:
    return int(connection.execute(sql).fetchone()[0] or 0) + 1


# --- loading ---------------------------------------------------------------------------------------------------------


def load(connection: sqlite3.Connection) -> Layout:
    """The layout as this connection sees it, read in one go."""
    is_mine = not connection.in_transaction
    if is_mine:
        connection.execute("BEGIN")
    try:
        epoch, site = connection.execute("SELECT epoch, site FROM store").fetchone()
        types = [TypeRow(*row) for row in connection.execute("SELECT * FROM entity_type ORDER BY id")]
        fields = [FieldRow(*row) for row in connection.execute("SELECT * FROM field WHERE NOT trashed ORDER BY id")]
        bare = Layout(read_types(types, fields), types, fields, epoch, site)
        statuses = [_status(row) for row in connection.execute(_statuses_sql(bare))]
    finally:
        if is_mine:
            connection.execute("COMMIT")
    if not statuses:
        return bare
    return Layout(with_statuses(bare.schema.types.values(), statuses), types, fields, epoch, site)


def _statuses_sql(layout: Layout) -> str:
    """Built once an epoch; the names in it are the catalogue's own."""
    own, code, scope = (
        layout.own["Status"],
        layout.place("Status", "code").column,
        layout.place("Status", "scope").column,
    )
    return (
        f'SELECT n.name, x."{code}", x."{scope}" FROM node n JOIN "{own}" x ON x.id = n.id '  # noqa: S608 - catalogue's names
        "WHERE n.type = 'Status' AND n.retired = 0 ORDER BY n.id"
    )


def _status(row: Row) -> StatusRow:
    name, code, scope = row
    return StatusRow(code or name or "", name or "", tuple(decoded(scope)) if scope else ())
