"""Writing statements: one for each table and set of columns, compiled once."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import bindparam, literal_column, select

from trackerkit_sqlite.compile.statement import statement
from trackerkit_sqlite.schema.layout import Layout
from trackerkit_sqlite.schema.tables import DIALECT, EVENT, NODE


def insert_node_sql(layout: Layout) -> str:
    """INSERT of a whole row of the spine."""
    found = layout.plans.get("insert node")
    if found is None:
        found = layout.plans["insert node"] = insert_sql(layout, "node", NODE_COLUMNS)
    return str(found)


def insert_sql(layout: Layout, table: str, columns: Sequence[str]) -> str:
    """INSERT of one row; its values are bound in the order of ``columns``."""
    key = ("insert", table, *columns)
    found = layout.plans.get(key)
    if found is None:
        names, marks = ", ".join(map(_quoted, columns)), ", ".join("?" * len(columns))
        found = layout.plans[key] = f"INSERT INTO {_quoted(table)} ({names}) VALUES ({marks})"  # noqa: S608 - quoted
    return str(found)


def update_sql(layout: Layout, table: str, columns: Sequence[str]) -> str:
    """UPDATE of one row; the values of ``columns`` are bound in their order, then the id."""
    key = ("update", table, *columns)
    found = layout.plans.get(key)
    if found is None:
        changes = ", ".join(f"{_quoted(name)} = ?" for name in columns)
        found = layout.plans[key] = f"UPDATE {_quoted(table)} SET {changes} WHERE id = ?"  # noqa: S608 - quoted
    return str(found)


def _quoted(name: str) -> str:
    """A table or column of the catalogue as SQLite takes it."""
    return str(DIALECT.identifier_preparer.quote(name))


def old_sql(layout: Layout, type_name: str, columns: Sequence[tuple[str, str]]) -> str:
    """SELECT of some columns, given as ``(table, column)``, of one record by its id."""
    key = ("old", type_name, *columns)
    found = layout.plans.get(key)
    if found is None:
        own = layout.table(layout.own[type_name])
        tables = {"node": NODE, own.name: own}
        chosen: list[Any] = [tables[table].c[name] for table, name in columns] or [literal_column("1")]
        made = select(*chosen).select_from(NODE.join(own, own.c.id == NODE.c.id)).where(NODE.c.id == bindparam("v_id"))
        found = layout.plans[key] = statement(made).sql
    return str(found)


NODE_COLUMNS = tuple(column.name for column in NODE.c)
EVENT_COLUMNS = tuple(column.name for column in EVENT.c)
