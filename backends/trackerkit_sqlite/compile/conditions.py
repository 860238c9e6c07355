"""Conditions as SQL expressions over a record.

A condition through links is a subquery: the values that it compares are selective, so it lists the records on this side (IN),
or they are not, so each record looks for one on the other side (EXISTS).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

from sqlalchemy import and_, bindparam, exists, false, func, literal, literal_column, not_, or_, select, true

from trackerkit.query import Path, Test
from trackerkit_sqlite.compile.normal import Leaf, Node
from trackerkit_sqlite.compile.operands import Shape, operand
from trackerkit_sqlite.compile.rows import ONE, Expression, Fields, Hop, Link, Rows, Spot, follow
from trackerkit_sqlite.schema.tables import NODE, TAG

_SELECTIVE: Final = frozenset({"is", "in", "uid", "in_or_uid", "is_folded", "in_folded", "range", "refs"})
_UNSELECTIVE_TYPES: Final = frozenset({"checkbox", "status", "choice"})


class Params:
    """The values of a statement, named in the order in which ``operand`` gives them."""

    def __init__(self) -> None:
        self.count = 0

    def next(self) -> Expression:
        """The next value."""
        self.count += 1
        return bindparam(f"v{self.count - 1}")

    def several(self, count: int) -> Any:
        """The members of a list: so many values, or (-1) the rows of one JSON text."""
        if count >= 0:
            return [self.next() for _ in range(count)]
        members = func.json_each(self.next()).table_valued("value").alias()
        return select(members.c.value)


def condition(node: Node, spot: Spot, params: Params) -> Expression:
    """A filter in normal form over a record: true or not, never null where it is negated."""
    if isinstance(node, Leaf):
        return _leaf(node, spot, params)
    parts = [condition(part, spot, params) for part in node.parts]
    if not parts:
        return true() if node.is_and else false()
    return and_(*parts) if node.is_and else or_(*parts)


def _leaf(leaf: Leaf, spot: Spot, params: Params) -> Expression:
    made = _Test(leaf.test, operand(leaf.test, spot.rows.layout.site)[0], params).over(spot)
    return _holds_not(made) if leaf.negated else made


def _holds_not(made: Expression) -> Expression:
    """The negation in a logic of two values: what is null does not hold."""
    return made.is_not(true())


class _Test:
    """One condition, compiled over a record."""

    def __init__(self, test: Test, shape: Shape, params: Params) -> None:
        self.path = test.path
        self.shape = shape
        self.params = params
        self.is_link = test.path.leaf.is_link
        self.takes_null = shape == ("null",) or (shape[0] == "in" and shape[2]) or (shape[0] == "refs" and shape[1])
        self.is_null_only = shape == ("null",)

    def over(self, spot: Spot) -> Expression:
        if not self.path.steps and not self.is_link and self.path.data_type != "choices":
            return self._own(spot)
        parts = []
        if not self.is_null_only:
            parts.append(self._reaches(spot))
        if self.takes_null:
            parts += self._reaches_nothing(spot)
        return parts[0] if len(parts) == 1 else or_(*parts)

    # --- a field of the record itself ------------------------------------------------------------------------

    def _own(self, spot: Spot) -> Expression:
        column = spot.value(self.path.leaves)
        if self.is_null_only:
            return column.is_(None)
        made = _compare(self.shape, self.params, column, self._lower(spot))
        return or_(made, column.is_(None)) if self.takes_null else made

    def _lower(self, spot: Spot) -> Expression | None:
        has_lower = all(place.lower for place in spot.places(self.path.leaves))
        return spot.value(self.path.leaves, lower=True) if has_lower else None

    # --- what is reached -------------------------------------------------------------------------------------

    def _reaches(self, spot: Spot) -> Expression:
        """At least one value at the end of the path is as wanted; null is none."""
        return self._subquery(spot, self._end_with_value, is_selective=self._is_selective())

    def _is_selective(self) -> bool:
        return self.shape[0] in _SELECTIVE and self.path.data_type not in _UNSELECTIVE_TYPES

    def _reaches_nothing(self, spot: Spot) -> list[Expression]:
        """No record at the end of the path, or one whose value is null."""
        if not self.path.through_many:
            return [not_(self._subquery(spot, self._end_with_any_value))]
        none = not_(self._subquery(spot, lambda end: None))
        return [none, self._subquery(spot, self._end_without_value)]

    def _subquery(
        self, spot: Spot, at_end: Callable[[Spot], Expression | None], *, is_selective: bool = False
    ) -> Expression:
        """True when a record at the end of the path is as ``at_end`` says."""
        rows = Rows(spot.rows.layout)
        end, first = _walk(rows, spot, self.path)
        inner = _Inner(rows, end, first)
        wanted = at_end(end) if first is not None else at_end(_FirstSpot(rows, spot, inner))
        return inner.asked(wanted, is_selective=is_selective)

    def _end_with_value(self, end: Spot) -> Expression:
        if self.path.data_type == "choices":
            return _tag_test(end, self.path.leaves, self.shape, self.params)
        if self.is_link:
            target = _last_hop(end, self.path)
            return _target_test(self.shape, self.params, target)
        return _compare(self.shape, self.params, end.value(self.path.leaves), self._lower(end))

    def _end_with_any_value(self, end: Spot) -> Expression:
        return _has_value(end, self.path)

    def _end_without_value(self, end: Spot) -> Expression:
        return _has_value(end, self.path).is_not(true())
