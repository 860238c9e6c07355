"""The plan of a query's shape: its statements, made when first needed, and how their rows are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import and_, bindparam, exists, false, func, not_, or_, select

from trackerkit.entities import Plan
from trackerkit.filters import Filter
from trackerkit.query import Order, Query
from trackerkit_sqlite.compile.columns import Listing, Outer
from trackerkit_sqlite.compile.compare import Params
from trackerkit_sqlite.compile.conditions import condition
from trackerkit_sqlite.compile.normal import ALL, Group, Leaf, Node, as_filter, normal, split
from trackerkit_sqlite.compile.operands import MANY, is_bindable, number, operand
from trackerkit_sqlite.compile.rows import ONE, ZERO, Expression
from trackerkit_sqlite.compile.statement import Statement, statement
from trackerkit_sqlite.schema.layout import Layout

_MOST_PLANS: Final = 1024


class Bound(NamedTuple):
    """A query ready to run.

    Args:
        plan: the plan of its shape.
        values: the values that it binds, by name.
        pushed: the filter that the plan evaluates.
        left: the filter that is left over, or None.
    """

    plan: ReadPlan
    values: dict[str, Any]
    pushed: Node
    left: Filter | None


def prepare(query: Query, layout: Layout) -> Bound:
    """The plan of a query's shape, compiled when it is the first of it, and the query's own values."""
    pushed, left = split(normal(query.filter), _is_possible(query))
    values: list[Any] = []
    shape = _shape(pushed, values, layout.site)
    if len(values) > MANY:  # more than SQLite binds
        pushed, left, values = ALL, [normal(query.filter)], []
        shape = _shape(pushed, values, layout.site)
    order = tuple((item.path, item.descending) for item in query.order)
    scope = None if query.projects is None else min(len(query.projects), 2)
    key = (query.type, shape, query.fields, order, query.state, query.archived, query.retired_links, scope)
    plan = layout.plans.get(key)
    if plan is None:
        if len(layout.plans) >= _MOST_PLANS:
            layout.plans.clear()
        plan = layout.plans[key] = ReadPlan(query, pushed, layout)
    bound = {f"v{at}": value for at, value in enumerate(values)}
    if query.projects is not None:
        bound["projects"] = _projects(query)
    return Bound(plan, bound, pushed, _joined(left) if left else None)


def _joined(left: Sequence[Node]) -> Filter:
    return as_filter(left[0] if len(left) == 1 else Group(True, tuple(left)))


def _is_possible(query: Query) -> Any:
    if query.type != "Event":
        return lambda leaf: is_bindable(leaf.test)
    return lambda leaf: is_bindable(leaf.test) and leaf.test.operator not in _EVENT_LEFT


_EVENT_LEFT: Final = frozenset({"equals_ignoring_case", "in_ignoring_case", "contains", "starts_with", "ends_with"})
"""The history keeps no lower-cased text."""


def _shape(node: Node, values: list[Any], site: str) -> Any:
    if isinstance(node, Leaf):
        shape, bound = operand(node.test, site)
        values.extend(bound)
        return node.test.path, node.negated, shape
    return node.is_and, tuple([_shape(part, values, site) for part in node.parts])


def _projects(query: Query) -> Any:
    found = [number(ref.id) for ref in query.projects or ()]
    ids = [-1 if id is None else id for id in found]
    return ids[0] if len(ids) == 1 else str(ids)


class Key(NamedTuple):
    """One sort key."""

    expression: Expression
    descending: bool


class ReadPlan:
    """How one shape of query is read.

    Args:
        query: one of that shape.
        pushed: its filter in normal form, as far as SQL takes it.
        layout: where everything lies.
    """

    def __init__(self, query: Query, pushed: Node, layout: Layout) -> None:
        outer = Outer(layout, query.type, every=query.retired_links)
        self._outer = outer
        self._where = _scope(query, outer)
        if pushed != ALL:
            self._where.append(condition(pushed, outer.root, Params()))
        self._keys = _keys(query.order, outer)
        self.id_at = outer.at(outer.root.id)
        self.key_at = [outer.at(key.expression) for key in self._keys]
        self.listings: list[Listing] = []
        ref = outer.ref_reader()
        readers = [outer.reader(path) for path in query.fields]
        width = len(outer.selected)
        self.plan = Plan(query.columns, [self._getter(reader, width) for reader in readers], ref)
        self.is_in_creation_order = len(self._keys) == 1
        self._statements: dict[Any, Statement] = {}

    def _getter(self, reader: Any, width: int) -> Any:
        """A listing's rows are put behind the page's own, each listing at its place."""
        if not isinstance(reader, Listing):
            return reader
        at = width + len(self.listings)
        self.listings.append(reader)
        return lambda row: reader.value(row[at])

    # --- statements ------------------------------------------------------------------------------------------

    def page(self, nulls: tuple[bool, ...] | None) -> Statement:
        """So many rows in order; with ``nulls``, those behind a cursor, whose values are null where it says so."""
        return self._made(("page", nulls), lambda: self._ordered(self._outer.selected, nulls))

    def keys(self, nulls: tuple[bool, ...]) -> Statement:
        """The id and the sort keys of every row behind a cursor, in order."""
        columns = [self._outer.root.id, *(key.expression for key in self._keys)]
        return self._made(("keys", nulls), lambda: self._ordered(columns, nulls))

    def by_ids(self) -> Statement:
        """The rows of some ids, as far as they still match."""
        return self._made("ids", self._by_ids)

    def count(self) -> Statement:
        """How many rows there are."""
        return self._made("count", lambda: self._select([func.count()]))

    def _made(self, name: Any, make: Any) -> Statement:
        found = self._statements.get(name)
        if found is None:
            found = self._statements[name] = statement(make())
        return found

    def _select(self, columns: Sequence[Any], *more: Expression) -> Any:
        return select(*columns).select_from(self._outer.rows.clause).where(*self._where, *more)

    def _ordered(self, columns: Sequence[Any], nulls: tuple[bool, ...] | None) -> Any:
        more = [] if nulls is None else [_behind(self._keys, nulls)]
        order = [key.expression.desc() if key.descending else key.expression for key in self._keys]
        return self._select(_apart(columns), *more).order_by(*order).limit(bindparam("limit"))

    def _by_ids(self) -> Any:
        ids = func.json_each(bindparam("ids")).table_valued("value").alias()
        return self._select(_apart(self._outer.selected), self._outer.root.id.in_(select(ids.c.value)))


def _apart(columns: Sequence[Any]) -> list[Any]:
    """Columns under names of their own, so that none is taken for a repetition of another."""
    return [column.label(f"c{at}") for at, column in enumerate(columns)]


def _scope(query: Query, outer: Outer) -> list[Expression]:
    """Type, state and project."""
    node = outer.root.node.c
    where: list[Expression] = []
    if outer.table == "event":  # which is never retired
        where = [false()] if query.state == "retired" else []
        return where if query.projects is None else [*where, node.project.in_(_project_ids(query))]
    if len(outer.types) == 1 or outer.layout.schema.type(query.type).base:
        where.append(node.type == query.type)
    else:
        where.append(outer.root.is_of(outer.types))
    if query.state != "all":
        where.append(node.retired == (ZERO if query.state == "active" else ONE))
    has_project = query.type == "Project" or outer.layout.schema.type(query.type).in_project
    if query.projects is not None and has_project:
        where.append(
            node.project == bindparam("projects") if len(query.projects) == 1 else node.project.in_(_project_ids(query))
        )
    if not query.archived:
        archived = _archived(outer.layout)
        where.append(or_(not_(exists(archived)), node.project.is_(None), node.project.not_in(archived)))
    return where


def _project_ids(query: Query) -> Any:
    if query.projects is not None and len(query.projects) == 1:
        return [bindparam("projects")]
    return select(func.json_each(bindparam("projects")).table_valued("value").alias().c.value)


def _archived(layout: Layout) -> Any:
    place = layout.place("Project", "archived")
    table = layout.table(place.table).alias()
    return select(table.c.id).where(table.c[place.column] == ONE)


def _keys(order: Sequence[Order], outer: Outer) -> list[Key]:
    """The sort keys, the last of which is the id: what comes behind an id decides nothing."""
    keys = []
    for item in order:
        expression = outer.spot(item.path).value(item.path.leaves)
        keys.append(Key(expression, item.descending))
        if expression is outer.root.id:
            return keys
    return [*keys, Key(outer.root.id, False)]


def _behind(keys: Sequence[Key], nulls: Sequence[bool]) -> Expression:
    """The rows behind a cursor ``k0, k1, …``; null comes first ascending and last descending."""
    parts: list[Expression] = []
    equal: list[Expression] = []
    for at, (key, is_null) in enumerate(zip(keys, nulls)):  # noqa: B905 - Python 3.10, same length
        value: Any = bindparam(f"k{at}")
        later = _later(key, is_null, value)
        if later is not None:
            parts.append(and_(*equal, later))
        equal.append(key.expression.is_(None) if is_null else key.expression == value)
    return or_(*parts)


def _later(key: Key, is_null: bool, value: Any) -> Expression | None:
    if is_null:
        return None if key.descending else key.expression.is_not(None)
    if key.descending:
        return or_(key.expression < value, key.expression.is_(None))
    return key.expression > value  # type: ignore[no-any-return]


def cursor_values(cursor: Sequence[Any]) -> Mapping[str, Any]:
    """A cursor's values by name."""
    return {f"k{at}": value for at, value in enumerate(cursor)}
