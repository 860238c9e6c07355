"""Operators as SQL, and the values that are bound to them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from sqlalchemy import and_, bindparam, false, func, select

from trackerkit_sqlite.compile.operands import Shape
from trackerkit_sqlite.compile.rows import Expression
from trackerkit_sqlite.mapping import FOLDED


class Params:
    """The values of a statement, named in the order in which ``operand`` gives them."""

    def __init__(self) -> None:
        self.count = 0

    def next(self) -> Any:
        """The next value."""
        self.count += 1
        return bindparam(f"v{self.count - 1}")

    def skip(self, count: int) -> None:
        """Leave values out that the SQL does not need."""
        self.count += count

    def equals(self, column: Any) -> Expression:
        """The column is the next value."""
        made: Expression = column == self.next()
        return made

    def is_one_of(self, column: Any, count: int) -> Expression:
        """The column is a member of a list: of so many values, or (-1) of the rows of one JSON text."""
        if count == 0:
            return false()
        if count > 0:
            return column.in_([self.next() for _ in range(count)])  # type: ignore[no-any-return]
        members = func.json_each(self.next()).table_valued("value").alias()
        return column.in_(select(members.c.value))  # type: ignore[no-any-return]


def compare(shape: Shape, params: Params, data_type: str, column: Expression, lower: Expression) -> Expression:
    """A value that is not null is as wanted.

    Args:
        shape: from ``operand``.
        params: takes the values.
        data_type: of the field.
        column: the value.
        lower: the value lower-cased; the value itself where it is not kept so.
    """
    if shape[0] == "never":
        return false()
    return _COMPARE[shape[0]](shape, params, data_type in FOLDED or data_type == "choices", column, lower)


def _is(shape: Shape, params: Params, is_text: bool, column: Any, lower: Any) -> Expression:
    if not is_text:
        return params.equals(column)
    folded, exact = params.next(), params.next()
    is_exact: Expression = column == exact
    return is_exact if lower is column else and_(lower == folded, is_exact)


def _in(shape: Shape, params: Params, is_text: bool, column: Any, lower: Any) -> Expression:
    if not is_text:
        return params.is_one_of(column, shape[1])
    folded, exact = params.is_one_of(lower, shape[1]), params.is_one_of(column, shape[1])
    return exact if lower is column else and_(folded, exact)


def _between(shape: Shape, params: Params, is_text: bool, column: Any, lower: Any) -> Expression:
    return and_(column >= params.next(), column <= params.next())


def _range(shape: Shape, params: Params, is_text: bool, column: Any, lower: Any) -> Expression:
    return and_(func.unlikely(lower >= params.next()), func.unlikely(lower < params.next()))


def _ends_with(shape: Shape, params: Params, is_text: bool, column: Any, lower: Any) -> Expression:
    return params.equals(func.substr(lower, params.next()))


_Compare = Callable[[Shape, Params, bool, Any, Any], Expression]
_COMPARE: Final[dict[str, _Compare]] = {
    "is": _is,
    "in": _in,
    "is_folded": lambda shape, params, is_text, column, lower: lower == params.next(),
    "in_folded": lambda shape, params, is_text, column, lower: params.is_one_of(lower, shape[1]),
    "contains": lambda shape, params, is_text, column, lower: func.instr(lower, params.next()) > 0,
    "filled": lambda shape, params, is_text, column, lower: column.is_not(None),
    "from": lambda shape, params, is_text, column, lower: lower >= params.next(),
    "range": _range,
    "ends_with": _ends_with,
    "between": _between,
    "less_than": lambda shape, params, is_text, column, lower: column < params.next(),
    "greater_than": lambda shape, params, is_text, column, lower: column > params.next(),
    "at_most": lambda shape, params, is_text, column, lower: column <= params.next(),
    "at_least": lambda shape, params, is_text, column, lower: column >= params.next(),
}
