"""Conditions as SQL expressions over a record.

A condition through links is one subquery with flat joins. Where the values compared are selective, it lists the records on
this side (IN); where they are not, each record looks for one on the other side (EXISTS).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import and_, exists, false, literal_column, not_, or_, select, true

from trackerkit.query import Path, Test
from trackerkit_sqlite.compile.compare import Params, compare
from trackerkit_sqlite.compile.normal import Leaf, Node
from trackerkit_sqlite.compile.operands import Shape, operand
from trackerkit_sqlite.compile.rows import Expression, Link, Rows, Spot, follow
from trackerkit_sqlite.schema.tables import TAG

_MOST_PARTS: Final = 200
"""SQLite takes expressions that are 1,000 deep."""

AtEnd = Callable[[Spot], Expression]

_SELECTIVE: Final = frozenset({"is", "in", "uid", "in_or_uid", "is_folded", "in_folded", "range", "from", "refs"})
_UNSELECTIVE_TYPES: Final = frozenset({"checkbox", "status", "choice"})


def condition(node: Node, spot: Spot, params: Params) -> Expression:
    """A filter in normal form over a record."""
    if isinstance(node, Leaf):
        made = _positive(node.test, spot, params)
        return made.is_not(true()) if node.negated else made  # in a logic of two values: null does not hold
    return _joined(node.is_and, [condition(part, spot, params) for part in node.parts])


def _joined(is_and: bool, parts: Sequence[Expression]) -> Expression:
    """Parts joined by and, or by or; many of them in brackets, since SQLite nests each one deeper than the last."""
    if not parts:
        return true() if is_and else false()
    if len(parts) > _MOST_PARTS:
        chunks = [parts[at : at + _MOST_PARTS] for at in range(0, len(parts), _MOST_PARTS)]
        parts = [_joined(is_and, chunk).is_(true()) for chunk in chunks]
    return and_(*parts) if is_and else or_(*parts)


def links_of(path: Path) -> list[Link]:
    """The steps of a path."""
    return [Link(step.fields, step.targets, step.narrowed) for step in path.steps]


def leaf_link(path: Path, spot: Spot) -> Link:
    """The link field at the end of a path, as a step to the records that it holds."""
    schema = spot.rows.layout.schema
    targets = dict.fromkeys(kind for item in path.leaves.values() for kind in schema.targets(item))
    return Link(path.leaves, tuple(targets))


def _positive(test: Test, spot: Spot, params: Params) -> Expression:
    shape = operand(test, spot.rows.layout.site)[0]
    steps = links_of(test.path)
    parts = []
    if shape != ("null",):
        parts.append(_reaches_value(test.path, shape, steps, spot, params))
    if _takes_null(shape):
        parts += _reaches_null(test.path, steps, spot)
    return parts[0] if len(parts) == 1 else or_(*parts)


def _takes_null(shape: Shape) -> bool:
    if shape[0] in ("in", "in_or_uid"):
        return bool(shape[2])
    return shape[0] == "null" or (shape[0] == "refs" and bool(shape[1]))


# --- a value ---------------------------------------------------------------------------------------------------------


def _reaches_value(path: Path, shape: Shape, steps: Sequence[Link], spot: Spot, params: Params) -> Expression:
    """At least one value at the end of the path is as wanted."""
    is_selective = shape[0] in _SELECTIVE and path.data_type not in _UNSELECTIVE_TYPES
    if path.leaf.is_link:
        links = [*steps, leaf_link(path, spot)]
        return reach(spot, links, lambda end: _is_target(end, shape, params), is_selective)
    if path.data_type == "choices":
        return _reaches_tag(path, shape, steps, spot, params, is_selective)
    return reach(spot, steps, lambda end: _compared(end, path, shape, params), is_selective)


def _compared(end: Spot, path: Path, shape: Shape, params: Params) -> Expression:
    if shape[0] in ("uid", "in_or_uid"):
        return _is_uid(end, shape, params)
    column = end.value(path.leaves)
    has_lower = all(place.lower for place in end.places(path.leaves))
    lower = end.value(path.leaves, lower=True) if has_lower else column
    return compare(shape, params, path.data_type, column, lower)


def _is_uid(end: Spot, shape: Shape, params: Params) -> Expression:
    if end.table == "event":
        params.skip(1 if shape[0] == "uid" else abs(shape[1]) + 1)
        return false()
    if shape[0] == "uid":
        return params.equals(end.node.c.uid)
    return or_(params.is_one_of(end.id, shape[1]), params.is_one_of(end.node.c.uid, -1))


def _is_target(end: Spot, shape: Shape, params: Params) -> Expression:
    """The record is one of those that the value names, or of the types that it names."""
    if shape[0] == "type_is":
        return end.is_of(shape[1])
    schema = end.rows.layout.schema
    parts = []
    for type_name, by_uid, count in shape[2]:
        column = end.node.c.uid if by_uid else end.id
        parts.append(and_(params.is_one_of(column, count), end.is_of(schema.concrete(type_name))))
    return or_(*parts) if parts else false()


def _reaches_tag(
    path: Path, shape: Shape, steps: Sequence[Link], spot: Spot, params: Params, is_selective: bool
) -> Expression:
    """One of the choices is as wanted: they lie in a table of their own."""
    tag = TAG.alias()
    end_types = steps[-1].targets if steps else spot.types
    numbers = {
        spot.rows.layout.place(owner, item.name).number for owner, item in path.leaves.items() if owner in end_types
    }
    own = tag.c.field.in_([literal_column(str(number)) for number in sorted(numbers)])
    if steps:

        def at_end(end: Spot) -> Expression:
            end.rows.add(tag, and_(tag.c.owner == end.id, own))
            return compare(shape, params, "choices", tag.c.value, tag.c.lower)

        return reach(spot, steps, at_end, is_selective)
    wanted = compare(shape, params, "choices", tag.c.value, tag.c.lower)
    if is_selective:
        return spot.id.in_(select(tag.c.owner).where(own, wanted))
    return exists(select(tag.c.owner).where(tag.c.owner == spot.id, own, wanted).correlate_except(tag))


# --- null ------------------------------------------------------------------------------------------------------------


def _reaches_null(path: Path, steps: Sequence[Link], spot: Spot) -> list[Expression]:
    """No record at the end of the path, or one without a value."""
    if not steps:
        return [_is_null(spot, path)]
    if not path.through_many:
        if path.leaf.is_link:
            return [not_(reach(spot, [*steps, leaf_link(path, spot)]))]
        return [not_(reach(spot, steps, lambda end: end.value(path.leaves).is_not(None)))]
    return [not_(reach(spot, steps)), reach(spot, steps, lambda end: _is_null(end, path))]


def _is_null(end: Spot, path: Path) -> Expression:
    if path.leaf.is_link:
        return not_(reach(end, [leaf_link(path, end)]))
    return end.value(path.leaves).is_(None)


# --- subqueries ------------------------------------------------------------------------------------------------------


def reach(spot: Spot, links: Sequence[Link], at_end: AtEnd | None = None, is_selective: bool = False) -> Expression:
    """True when the links lead to a record that is as ``at_end`` says."""
    if not links:
        return at_end(spot) if at_end is not None else true()
    rows = Rows(spot.rows.layout, every=spot.rows.every)
    first = follow(rows, spot, links[0]._replace(joined=False))
    end = first.spot
    for link in links[1:]:
        end = follow(rows, end, link).spot
    wanted = [at_end(end)] if at_end is not None else []
    if is_selective:
        listed = select(first.anchor).select_from(rows.clause).where(*rows.where, *wanted)
        return first.start.in_(listed.correlate_except(*rows.members))
    found: Any = (
        select(literal_column("1")).select_from(rows.clause).where(first.anchor == first.start, *rows.where, *wanted)
    )
    return exists(found.correlate_except(*rows.members))
