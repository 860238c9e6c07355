"""The tables that every store has, and the making of a type's own."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from sqlalchemy import Column, Index, Integer, MetaData, Table, Text, UniqueConstraint, literal_column
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable
from sqlalchemy.types import REAL, TypeEngine

FORMAT: Final = 1
"""The version of this layout; a store of another is refused."""

APPLICATION_ID: Final = 0x746B6974
"""What the file's header says of its owner: ``tkit``."""

DIALECT: Final = sqlite.dialect(paramstyle="qmark")

_TYPES: Final[dict[str, type[TypeEngine[object]]]] = {"TEXT": Text, "INTEGER": Integer, "REAL": REAL}  # type: ignore[dict-item]

FIXED: Final = MetaData()

STORE: Final = Table(
    "store",
    FIXED,
    Column("id", Integer, primary_key=True),
    Column("site", Text, nullable=False),
    Column("epoch", Integer, nullable=False),
    Column("last_node", Integer, nullable=False),
    Column("last_event", Integer, nullable=False),
    Column("model", Text, nullable=False),
)
"""One row: whose store it is, the epoch of its schema and the two counters, taken inside each writing transaction."""

TYPES: Final = Table(
    "entity_type",
    FIXED,
    Column("id", Integer, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("own", Text, nullable=False),
    Column("properties", Text, nullable=False),
)
"""The catalogue of types; ``own`` is the table that holds their own fields."""

FIELDS: Final = Table(
    "field",
    FIXED,
    Column("id", Integer, primary_key=True),
    Column("type", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("data_type", Text, nullable=False),
    Column("place", Text, nullable=False),
    Column("properties", Text, nullable=False),
    Column("trashed", Integer, nullable=False),
)
"""The catalogue of fields; a deleted field is only marked as trashed until the store is purged."""

NODE: Final = Table(
    "node",
    FIXED,
    Column("id", Integer, primary_key=True),
    Column("uid", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("project", Integer),
    Column("parent", Integer),
    Column("home", Integer),
    Column("name", Text),
    Column("name_lower", Text),
    Column("label", Text),
    Column("label_lower", Text),
    Column("status", Text),
    Column("status_lower", Text),
    Column("retired", Integer, nullable=False),
    Column("created_at", Integer),
    Column("created_by", Integer),
    Column("updated_at", Integer),
    Column("updated_by", Integer),
    UniqueConstraint("uid"),
)
"""The spine: one row a record, whatever its type; ``home`` is what it lies in, the first step to its ancestors."""

CLOSURE: Final = Table(
    "closure",
    FIXED,
    Column("node", Integer, primary_key=True),
    Column("depth", Integer, primary_key=True),
    Column("ancestor", Integer, nullable=False),
    Column("type", Text, nullable=False),
    Column("nearest", Integer, nullable=False),
    Column("cut", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""Every record above a record: ``nearest`` of its type, and how many retired ones lie on the way, itself included."""

LINK: Final = Table(
    "link",
    FIXED,
    Column("owner", Integer, primary_key=True),
    Column("field", Integer, primary_key=True),
    Column("target", Integer, primary_key=True),
    Column("position", Integer, nullable=False),
    sqlite_with_rowid=False,
)
"""The members of every field that links to many."""

TAG: Final = Table(
    "tag",
    FIXED,
    Column("owner", Integer, primary_key=True),
    Column("field", Integer, primary_key=True),
    Column("value", Text, primary_key=True),
    Column("lower", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""The members of every field of several choices, for filters; the list itself is a column of the type's table."""

EVENT: Final = Table(
    "event",
    FIXED,
    Column("id", Integer, primary_key=True),
    Column("at", Integer, nullable=False),
    Column("kind", Text, nullable=False),
    Column("type", Text, nullable=False),
    Column("entity", Integer, nullable=False),
    Column("label", Text),
    Column("project", Integer),
    Column("actor", Integer),
    Column("field", Text),
    Column("data_type", Text),
    Column("old", Text),
    Column("new", Text),
    Column("added", Text),
    Column("removed", Text),
    Column("in_create", Integer, nullable=False),
    Column("origin", Text),
    Column("data", Text),
)
"""The history: one row a fact, written in the transaction that made it."""

_SPINE = NODE.c
INDEXES: Final = (
    Index("node_type", _SPINE.type),
    Index("node_project", _SPINE.project, _SPINE.type, sqlite_where=_SPINE.project.is_not(None)),
    Index(
        "node_status", _SPINE.status_lower, _SPINE.type, _SPINE.project, sqlite_where=_SPINE.status_lower.is_not(None)
    ),
    Index("node_name", _SPINE.name_lower, _SPINE.type, sqlite_where=_SPINE.name_lower.is_not(None)),
    Index("node_parent", _SPINE.parent, _SPINE.type, sqlite_where=_SPINE.parent.is_not(None)),
    Index("closure_ancestor", CLOSURE.c.ancestor),
    Index("link_target", LINK.c.target, LINK.c.field),
    Index("tag_lower", TAG.c.field, TAG.c.lower),
    Index("event_entity", EVENT.c.entity),
)


STATISTICS: Final = (
    ("node", "node_type", "2000000 100000"),
    ("node", "node_project", "2000000 100000 20000"),
    ("node", "node_status", "2000000 100000 30000 2000"),
    ("node", "node_name", "2000000 4 3"),
    ("node", "node_parent", "2000000 6 5"),
    ("node", "sqlite_autoindex_node_1", "2000000 1"),
    ("closure", "closure", "1000000 3 1"),
    ("closure", "closure_ancestor", "1000000 10"),
    ("link", "link", "1000000 6 3 1"),
    ("link", "link_target", "1000000 30 15"),
    ("tag", "tag", "1000000 3 2 1"),
    ("tag", "tag_lower", "1000000 50000 500"),
    ("event", "event_entity", "1000000 10"),
)
"""What SQLite's planner is told of the tables, as ANALYZE would find them in a large store: table, index, rows and rows a key.

A plan is then the same from the first record to the millionth. No table is larger than the spine: else the planner would make
a Bloom filter of all of it before the first row of a page.
"""

OWN_ROWS: Final = "100000"
OWN_INDEX: Final = "100000 10"


def fixed_statements() -> list[str]:
    """What makes the tables that every store has."""
    made = [_text(CreateTable(table)) for table in FIXED.sorted_tables]
    return [*made, *(_text(CreateIndex(index)) for index in INDEXES)]


def _text(element: CreateTable | CreateIndex) -> str:
    return str(element.compile(dialect=DIALECT)).strip()


def column(name: str, storage: str, *, is_flag: bool = False) -> Column[object]:
    """A column of a type's own table; a flag is never null."""
    if is_flag:
        return Column(name, Integer, nullable=False, server_default="0")
    return Column(name, _TYPES[storage])


def own_table(name: str, columns: Iterable[Column[object]], metadata: MetaData) -> Table:
    """The table of a type's own fields."""
    return Table(name, metadata, Column("id", Integer, primary_key=True), *columns)


def own_statement(table: Table) -> str:
    """What makes a type's own table."""
    return _text(CreateTable(table))


def column_statement(table: str, added: Column[object]) -> str:
    """What adds a column."""
    quote = DIALECT.identifier_preparer.quote
    flag = " NOT NULL DEFAULT 0" if not added.nullable else ""
    return f"ALTER TABLE {quote(table)} ADD COLUMN {quote(added.name)} {added.type}{flag}"


def index_statement(table: str, name: str, *, is_unique: bool = False, is_flag: bool = False) -> str:
    """What makes an index over the rows that have a value; of a flag, over those where it is set."""
    own = Table(table, MetaData(), Column(name, Text))
    wanted = own.c[name] == literal_column("1") if is_flag else own.c[name].is_not(None)
    return _text(CreateIndex(Index(f"{table}_{name}", own.c[name], unique=is_unique, sqlite_where=wanted)))
