"""The columns of an answer: what is selected for them, and how a row's values are read when they are asked for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import bindparam, func, select

from trackerkit.entities import Repeated, with_many
from trackerkit.query import Path
from trackerkit.values import Ref
from trackerkit_sqlite.compile.conditions import leaf_link, links_of
from trackerkit_sqlite.compile.rows import Expression, Link, Rows, Spot, follow
from trackerkit_sqlite.compile.statement import Statement, statement
from trackerkit_sqlite.mapping import DECODERS, moment, unpacked, unpacked_list
from trackerkit_sqlite.schema.layout import Layout

Reader = Callable[[Any], Any]
"""From a row to a value."""

_INLINE_TABLES: Final = 50
_MOST_KEPT: Final = 2_000


class Listing:
    """A column whose values come by a second query for each page: what several records may stand behind.

    Args:
        statement: gives ``(root id, value…)`` for the ids in one JSON text.
        reader: from the value columns to one value.
        finish: from all values of a root to the column's value.
    """

    __slots__ = ("finish", "reader", "statement")

    def __init__(self, made: Statement, reader: Reader, finish: Callable[[list[Any]], Any]) -> None:
        self.statement = made
        self.reader = reader
        self.finish = finish

    def value(self, rows: Sequence[Any]) -> Any:
        """The column's value, of the rows of one root."""
        reader = self.reader
        return self.finish([reader(row) for row in rows])


class Outer:
    """The main statement's FROM clause and select list.

    Args:
        layout: where everything lies.
        type_name: the entity type asked for.
        every: links lead to retired records too.
    """

    def __init__(self, layout: Layout, type_name: str, *, every: bool = False) -> None:
        self.layout = layout
        self.types = layout.schema.concrete(type_name)
        self.table = "event" if type_name == "Event" else "node"
        node = layout.table(self.table).alias("n")
        self.rows = Rows(layout, node, every=every)
        self.root = Spot(self.rows, node, self.types, self.table, is_root=True)
        self.selected: list[Expression] = []
        self._places: dict[Expression, int] = {}
        self._spots: dict[Any, Spot] = {(): self.root}

    def at(self, expression: Expression) -> int:
        """The position of an expression among what is selected."""
        found = self._places.get(expression)
        if found is None:
            found = self._places[expression] = len(self.selected)
            self.selected.append(expression)
        return found

    def spot(self, path: Path) -> Spot:
        """The record at the end of a path's steps, all of them single, joined once for all paths that share them."""
        spot = self.root
        for key, link in zip(_keys(path), links_of(path)):  # noqa: B905 - Python 3.10, same length
            spot = self._follow(key, spot, link)
        return spot

    def target(self, path: Path) -> Spot:
        """The record that a single link at the end of a path leads to."""
        spot = self.spot(path)
        key = (*(_keys(path)[-1] if path.steps else ()), (path.leaf.name, ()))
        return self._follow(key, spot, leaf_link(path, spot))

    def _follow(self, key: Any, spot: Spot, link: Link) -> Spot:
        found = self._spots.get(key)
        if found is None:
            found = self._spots[key] = follow(self.rows, spot, link._replace(outer=True)).spot
        return found

    def ref_reader(self) -> Reader:
        """How a row's Ref is read."""
        if self.table == "event":
            at, project, site = self.at(self.root.id), self.at(self.root.node.c.project), self.layout.site
            return lambda row: Ref("Event", str(row[at]), _text(row[project]), site, "Event")
        return self._ref_of(self.root)

    def _ref_of(self, spot: Spot) -> Reader:
        at = [self.at(column) for column in _ref_columns(spot)]
        return with_many(read := _ref_reader(self.layout, spot.types, at), _once_each(at[0], read))

    def reader(self, path: Path) -> Reader | Listing:
        """How a column is read: from the row, or by a listing."""
        if path.through_many or path.data_type == "links" or len(self.rows.members) > _INLINE_TABLES:
            return listing(self.layout, self.types, self.table, path, every=self.rows.every)
        if path.leaf.is_link:
            return self._link_reader(path)
        if self.table == "event" and not path.steps and path.leaf.name in _EVENT_VALUES:
            return self._event_reader(path.leaf.name)
        return value_reader(path.data_type, self.at(self.spot(path).value(path.leaves)))

    def _link_reader(self, path: Path) -> Reader:
        if self.table == "event" and path.text == "entity":
            event = self.root.node.c
            label = func.coalesce(self.target(path).node.c.name, event.label)
            columns = [self.at(item) for item in (event.entity, label, event.project, event.type)]
            return _ref_reader(self.layout, (), columns)  # of any type, and even when it is gone
        return self._ref_of(self.target(path))

    def _event_reader(self, name: str) -> Reader:
        event, layout = self.root.node.c, self.layout
        at, kind = self.at(event[name]), self.at(event.data_type)
        read: Callable[..., Any] = unpacked if name in ("old", "new") else unpacked_list
        return lambda row: read(row[kind], row[at], layout.site, layout.natives)


def _keys(path: Path) -> list[Any]:
    """For each step, what it shares with other paths: the names up to it, with the types that they are narrowed to."""
    names = [(step.name, step.targets if step.narrowed else ()) for step in path.steps]
    return [tuple(names[: at + 1]) for at in range(len(names))]


_EVENT_VALUES: Final = frozenset({"old", "new", "added", "removed"})


def _text(value: int | None) -> str | None:
    return None if value is None else str(value)


def _ref_columns(spot: Spot) -> list[Expression]:
    """What is selected of a record to make its Ref: id, label, and where they are not plain from its type, project and type."""
    columns = [spot.id, spot.node.c.name]
    if spot.types != ("Project",):
        columns.append(spot.node.c.project)
    if len(spot.types) != 1:
        columns.append(spot.node.c.type)
    return columns


def _ref_reader(layout: Layout, types: Sequence[str], columns: Sequence[int]) -> Reader:
    """How the Ref of a record of ``types`` is read from what ``_ref_columns`` selected.

    Many rows link to few records: a Ref that was made is given again.
    """
    parts = itemgetter(*columns)
    known: dict[Any, Ref | None] = {}

    def read(row: Any) -> Ref | None:
        key = parts(row)
        found = known.get(key)
        if found is None and key[0] is not None:
            if len(known) >= _MOST_KEPT:
                known.clear()
            found = known[key] = _ref(layout, types, key)
        return found

    return read


def _ref(layout: Layout, types: Sequence[str], key: tuple[Any, ...]) -> Ref:
    id, label = str(key[0]), key[1]
    if types == ("Project",):
        return Ref("Project", id, id, layout.site, "Project", label)
    project = None if key[2] is None else str(key[2])
    type_name = types[0] if len(types) == 1 else key[3]
    return Ref(type_name, id, project, layout.site, layout.native(type_name), label)


def value_reader(data_type: str, at: int) -> Reader:
    """How a column of a data type is read from a row."""
    if data_type in ("secret", "computed"):
        return lambda row: None
    if data_type == "choices":
        decode_list = DECODERS["choices"]
        return lambda row: decode_list(row[at]) if row[at] else []
    decode = DECODERS.get(data_type)
    if decode is None:
        return itemgetter(at)
    if data_type == "datetime":
        return with_many(read := _moment_reader(at), _once_each(at, read))
    take = itemgetter(at)
    return with_many(
        lambda row: None if row[at] is None else decode(row[at]),
        lambda rows: [None if value is None else decode(value) for value in map(take, rows)],
    )


def _once_each(at: int, read: Reader) -> Callable[[Sequence[Any]], list[Any]]:
    """Reads a column of many rows: once for all rows that are alike at one place, and so in the whole column."""
    take = itemgetter(at)

    def many(rows: Sequence[Any]) -> list[Any]:
        keys = list(map(take, rows))
        one_each = dict(zip(keys, rows))  # noqa: B905 - Python 3.10, same length
        return Repeated(keys, {key: read(row) for key, row in one_each.items()})

    return many


def _moment_reader(at: int) -> Reader:
    """What was written in one transaction has one moment: one that was made is given again."""
    known: dict[int, datetime] = {}

    def read(row: Any) -> datetime | None:
        value = row[at]
        if value is None:
            return None
        found = known.get(value)
        if found is None:
            if len(known) >= _MOST_KEPT:
                known.clear()
            found = known[value] = moment(value)
        return found

    return read


# --- listings --------------------------------------------------------------------------------------------------------


def listing(layout: Layout, types: Sequence[str], table: str, path: Path, *, every: bool = False) -> Listing:
    """The second query of a column: the values at the end of a path for the records of one page."""
    ids = func.json_each(bindparam("ids")).table_valued("value").alias("r")
    rows = Rows(layout, ids, every=every)
    node = layout.table(table).alias()
    rows.add(node, node.c.id == ids.c.value)
    spot = Spot(rows, node, types, table)
    order: list[Expression] = []
    for link in links_of(path):
        spot = follow(rows, spot, link).spot
        order += spot.position
    columns, reader, position = _leaf_columns(rows, spot, path)
    made = select(ids.c.value, *columns).select_from(rows.clause).order_by(ids.c.value, *order, *position)
    return Listing(statement(made), reader, _finish(path))


def _leaf_columns(rows: Rows, spot: Spot, path: Path) -> tuple[list[Expression], Reader, Sequence[Expression]]:
    """What is selected at the end; the root's id comes first in each row."""
    if not path.leaf.is_link:
        return [spot.value(path.leaves)], value_reader(path.data_type, 1), ()
    target = follow(rows, spot, leaf_link(path, spot)._replace(outer=not path.leaf.is_many)).spot
    columns = _ref_columns(target)
    return columns, _ref_reader(rows.layout, target.types, range(1, len(columns) + 1)), target.position


def _finish(path: Path) -> Callable[[list[Any]], Any]:
    if path.data_type == "choices":
        return _flat if path.through_many else lambda values: values[0] if values else []
    if path.leaf.is_many:
        return lambda values: list(dict.fromkeys(values)) if path.through_many else values
    return (lambda values: values) if path.through_many else (lambda values: values[0] if values else None)


def _flat(values: list[Any]) -> list[Any]:
    return list(dict.fromkeys(item for value in values for item in value))
