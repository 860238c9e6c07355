"""A FROM clause under construction: records, the tables that hold them, and the hops between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Text,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    literal_column,
    select,
    true,
    union_all,
)

from trackerkit.schema import Field
from trackerkit_sqlite.mapping import OTHER
from trackerkit_sqlite.schema.layout import Layout
from trackerkit_sqlite.schema.places import Place
from trackerkit_sqlite.schema.tables import CLOSURE, LINK

MOST_TABLES: Final = 60
"""SQLite joins at most 64 tables."""

ZERO: Final[ColumnElement[Any]] = literal_column("0")
ONE: Final[ColumnElement[Any]] = literal_column("1")

Expression = ColumnElement[Any]
Fields = Mapping[str, Field]


class Rows:
    """A FROM clause, with the conditions that its joins need where they are no ON clause.

    Args:
        layout: where everything lies.
        clause: what it begins with.
        every: hops lead to retired records too.
    """

    def __init__(self, layout: Layout, clause: Any = None, *, every: bool = False) -> None:
        self.layout = layout
        self.every = every
        self.clause = clause
        self.members: list[Any] = [] if clause is None else [clause]
        self.where: list[Expression] = []

    @property
    def tables(self) -> int:
        """How many tables are joined."""
        return len(self.members)

    def add(self, table: Any, on: Expression | None, *, outer: bool = False) -> None:
        """One more table; the first one's condition is kept beside the clause."""
        self.members.append(table)
        if self.clause is None:
            self.clause = table
            if on is not None:
                self.where.append(on)
        else:
            self.clause = self.clause.join(table, on, isouter=outer)


class Spot:
    """The records of one alias of the spine (or of the history).

    Args:
        rows: the clause that it stands in.
        node: the alias.
        types: the entity types that its records may have.
        table: ``node`` or ``event``.
        position: what orders several of them, or None.
        is_root: they are the records that are asked for, of these types and no others.
    """

    def __init__(
        self,
        rows: Rows,
        node: Any,
        types: Sequence[str],
        table: str = "node",
        *,
        position: Sequence[Expression] = (),
        is_root: bool = False,
    ) -> None:
        self.rows = rows
        self.node = node
        self.types = tuple(name for name in types if name != "Event") if table == "node" else tuple(types)
        self.table = table
        self.position = tuple(position)
        self.is_root = is_root
        self._own: dict[str, Any] = {}

    @property
    def id(self) -> Expression:
        """The record's number."""
        found: Expression = self.node.c.id
        return found

    def own(self, table: str) -> Any:
        """The table of a type's own fields, joined when it is first wanted."""
        if table == self.table:
            return self.node
        found = self._own.get(table)
        if found is None:
            found = self._own[table] = self.rows.layout.table(table).alias()
            self.rows.add(found, found.c.id == self.id, outer=not (self.is_root and self._is_only(table)))
        return found

    def _is_only(self, table: str) -> bool:
        """True when every record has its row in that table: the planner may then begin with it."""
        return all(self.rows.layout.own[name] == table for name in self.types)

    def places(self, fields: Fields) -> dict[Place, tuple[str, ...]]:
        """Where the fields of the record's types lie, each place with its types."""
        found: dict[Place, tuple[str, ...]] = {}
        for owner in self.types:
            item = fields.get(owner)
            if item is not None:
                place = self.rows.layout.place(owner, item.name)
                found[place] = (*found.get(place, ()), owner)
        return found

    def value(self, fields: Fields, *, lower: bool = False) -> Expression:
        """The column of a field; of the types that lack it, null."""
        parts = [self._column(place, owners, lower) for place, owners in self.places(fields).items()]
        if not parts:  # the path leads to Events alone, which nothing links to
            return literal_column("NULL")
        return parts[0] if len(parts) == 1 else func.coalesce(*parts)

    def keep(self, table: str, alias: Any) -> None:
        """Note that the table of a type's own fields is joined already."""
        self._own[table] = alias

    def _column(self, place: Place, owners: Sequence[str], lower: bool) -> Expression:
        if place.kind == "nothing":
            return literal_column("NULL")
        if place.column.startswith("="):
            return _computed(place.column, self)
        name = place.lower if lower else place.column
        column: Expression = self.own(place.table).c[name]
        if place.kind == "label":
            column = func.coalesce(column, self.node.c.name_lower if lower else self.node.c.name)
        if place.table == "node" and set(owners) != set(self.types):
            return case((self.node.c.type.in_(_texts(owners)), column))
        return column

    def is_of(self, types: Iterable[str]) -> Expression:
        """True for the records of these types."""
        names = [name for name in types if name in self.types]
        if not names:
            return false()
        column: Expression = self.node.c.type
        return column == literal(names[0]) if len(names) == 1 else column.in_(_texts(names))


def _computed(name: str, spot: Spot) -> Expression:
    """The fields of an Event that are made of its columns."""
    event = spot.node.c
    number: Expression = cast(event.id, Text)
    made: dict[str, Expression] = {
        "=type": literal("Event"),
        "=name": _own(event, "name", event.type + literal(".") + event.kind),
        "=data": _own(event, "data", event.data),
        "=description": _own(event, "description", literal("")),
        "=cursor": number,
        "=key": literal(f"{spot.rows.layout.site}:") + number,
    }
    return made[name]


def _own(event: Any, part: str, usual: Expression) -> Expression:
    """What a program said of an event of its own; something else for every other event."""
    said: Expression = func.json_extract(event.data, literal(f"$.{part}"))
    return case((event.kind == literal(OTHER), said), else_=usual)


def _texts(names: Iterable[str]) -> list[Expression]:
    return [literal(name) for name in names]


# --- hops ------------------------------------------------------------------------------------------------------------


class Way(NamedTuple):
    """One way on from records through a link field.

    Args:
        kind: ``column``, ``links``, ``ancestor``, ``reverse`` (of a column) or ``reverse_links``.
        place: the stored field; of the other side, for a reverse one.
        ancestor: the folder kind of an ancestor.
        far_types: the types on the other side of a reverse one.
    """

    kind: str
    place: Place = Place("nothing")
    ancestor: str = ""
    far_types: tuple[str, ...] = ()


class Hop(NamedTuple):
    """One step of a path as SQL.

    Args:
        anchor: an expression over the new tables.
        start: the expression over the record before that equals the anchor.
        spot: the record on the other side.
    """

    anchor: Expression
    start: Expression
    spot: Spot


class Link(NamedTuple):
    """A link field that is followed, as a step of a path or at its end.

    Args:
        fields: by the type of the record before.
        targets: the types on the other side.
        narrowed: only these, though the field may lead to others.
        outer: keep records without a target (LEFT JOIN).
        joined: join to the record before; else ``Hop.start`` and ``Hop.anchor`` say how.
    """

    fields: Fields
    targets: tuple[str, ...]
    narrowed: bool = False
    outer: bool = False
    joined: bool = True


def follow(rows: Rows, spot: Spot, link: Link) -> Hop:
    """Add the tables of a link to ``rows``; the record before is ``spot``."""
    ways = _ways(rows.layout, link.fields, spot.types)
    if len(ways) != 1:
        return _follow_mixed(rows, spot, link, ways)
    way, fields = next(iter(ways.items()))
    found = _far_spot(rows, link, way)
    guard = _guard(rows, found, link, way)
    if way.kind in _OPEN and set(fields) != set(spot.types):
        guard.append(spot.is_of(fields))
    anchor, start = _CONNECT[way.kind](rows, spot, found, way, fields, guard, link)
    return Hop(anchor, start, found)


def _ways(layout: Layout, fields: Fields, types: Sequence[str]) -> dict[Way, dict[str, Field]]:
    found: dict[Way, dict[str, Field]] = {}
    for owner in types:
        item = fields.get(owner)
        if item is not None:
            found.setdefault(_way(layout, owner, item), {})[owner] = item
    return found


def _way(layout: Layout, owner: str, item: Field) -> Way:
    if item.ancestor is not None:
        return Way("ancestor", ancestor=item.ancestor)
    if item.reverse_of is None:
        place = layout.place(owner, item.name)
        return Way("links", place) if place.kind == "links" else Way("column")
    far, name = item.reverse_of
    place = layout.place(far, name)
    return Way("reverse_links" if place.kind == "links" else "reverse", place, far_types=layout.schema.concrete(far))


def _far_spot(rows: Rows, link: Link, way: Way) -> Spot:
    types = [name for name in link.targets if name in way.far_types] if way.far_types else link.targets
    return Spot(rows, rows.layout.table("node").alias(), types)


def _guard(rows: Rows, found: Spot, link: Link, way: Way) -> list[Expression]:
    """What holds of a record on the other side: it is not retired, and of the right type where the tables do not say."""
    guard = _is_seen(rows, found)
    holders = {name for name, own in rows.layout.own.items() if own == way.place.table}
    if link.narrowed or (way.far_types and (way.kind == "reverse_links" or holders != set(way.far_types))):
        guard.append(found.is_of(found.types))
    return guard


def _every(parts: Sequence[Expression]) -> Expression:
    return and_(*parts) if parts else true()


def _is_seen(rows: Rows, found: Spot) -> list[Expression]:
    return [] if rows.every else [found.node.c.retired == ZERO]


def _by_column(
    rows: Rows, spot: Spot, found: Spot, way: Way, fields: Fields, guard: list[Expression], link: Link
) -> tuple[Expression, Expression]:
    start = spot.value(fields)
    rows.add(found.node, _every([found.id == start, *guard] if link.joined else guard), outer=link.outer)
    return found.id, start


def _by_reverse(
    rows: Rows, spot: Spot, found: Spot, way: Way, fields: Fields, guard: list[Expression], link: Link
) -> tuple[Expression, Expression]:
    found.position = (found.id,)
    if way.place.table == "node":
        column = found.node.c[way.place.column]
        rows.add(found.node, _every([column == spot.id, *guard] if link.joined else guard), outer=link.outer)
        return column, spot.id
    own = rows.layout.table(way.place.table).alias()
    column = own.c[way.place.column]
    rows.add(own, column == spot.id if link.joined else None, outer=link.outer)
    rows.add(found.node, and_(found.id == own.c.id, *guard), outer=link.outer)
    found.keep(way.place.table, own)
    return column, spot.id


def _by_links(
    rows: Rows, spot: Spot, found: Spot, way: Way, fields: Fields, guard: list[Expression], link: Link
) -> tuple[Expression, Expression]:
    between = LINK.alias()
    near, far, position = between.c.owner, between.c.target, between.c.position
    if way.kind == "reverse_links":
        near, far, position = far, near, near
    found.position = (position,)
    own = [between.c.field == literal_column(str(way.place.number))]
    return _between(rows, spot, found, between, (near, far), own, guard, link)


def _by_ancestor(
    rows: Rows, spot: Spot, found: Spot, way: Way, fields: Fields, guard: list[Expression], link: Link
) -> tuple[Expression, Expression]:
    between = CLOSURE.alias()
    own = [between.c.type == literal(way.ancestor), between.c.nearest == ONE]
    own += [] if rows.every else [between.c.cut == ZERO]
    return _between(rows, spot, found, between, (between.c.node, between.c.ancestor), own, guard, link)


def _between(
    rows: Rows, spot: Spot, found: Spot, between: Any, sides: tuple[Any, Any], own: list[Expression],
    guard: list[Expression], link: Link,
) -> tuple[Expression, Expression]:  # fmt: skip
    near, far = sides
    rows.add(between, and_(near == spot.id, *own) if link.joined else and_(*own), outer=link.outer)
    rows.add(found.node, and_(found.id == far, *guard), outer=link.outer)
    return near, spot.id


_OPEN: Final = frozenset({"reverse", "reverse_links", "ancestor"})
"""Ways whose tables lead on from records of types that lack the field, too."""

_CONNECT: Final = {
    "column": _by_column, "reverse": _by_reverse, "links": _by_links, "reverse_links": _by_links,
    "ancestor": _by_ancestor,
}  # fmt: skip


def _follow_mixed(rows: Rows, spot: Spot, link: Link, ways: Mapping[Way, Fields]) -> Hop:
    """Types on one path that keep links of one name in different ways: all of them as one list of pairs."""
    lists: list[Any] = [_pairs(rows, way, fields) for way, fields in ways.items()] or [_no_pairs()]
    joined: Any = union_all(*lists) if len(lists) > 1 else lists[0]
    pairs: Any = joined.subquery()
    found = Spot(rows, rows.layout.table("node").alias(), link.targets, position=(pairs.c.place,))
    guard = [*_is_seen(rows, found), *([found.is_of(link.targets)] if link.narrowed else [])]
    rows.add(pairs, pairs.c.owner == spot.id if link.joined else None, outer=link.outer)
    rows.add(found.node, and_(found.id == pairs.c.target, *guard), outer=link.outer)
    return Hop(pairs.c.owner, spot.id, found)


def _no_pairs() -> Any:
    """What links of Events alone give: nothing links to an Event."""
    columns: list[Any] = [ZERO.label("owner"), ZERO.label("target"), ZERO.label("place")]
    return select(*columns).where(false())


def _pairs(outer: Rows, way: Way, fields: Fields) -> Any:
    """The pairs (owner, target, place) of one way."""
    layout = outer.layout
    rows = Rows(layout, every=outer.every)
    near = Spot(rows, layout.table("node").alias(), tuple(fields))
    rows.add(near.node, near.is_of(near.types))
    far = follow(rows, near, Link(fields, way.far_types or tuple(layout.schema.types))).spot
    place = far.position[0] if far.position else ZERO
    columns = (near.id.label("owner"), far.id.label("target"), place.label("place"))
    return select(*columns).select_from(rows.clause).where(*rows.where)
