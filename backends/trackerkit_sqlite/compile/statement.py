"""A compiled statement: its text, and the values that it binds, in order."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from trackerkit_sqlite.schema.tables import DIALECT


class Statement:
    """SQL for the driver.

    Args:
        sql: the text, with ``?`` for values.
        names: the values' names in the order of the question marks.
        constants: values that belong to the statement itself.
    """

    __slots__ = ("_constants", "names", "sql")

    def __init__(self, sql: str, names: list[str], constants: Mapping[str, Any]) -> None:
        self.sql = sql
        self.names = names
        self._constants = constants

    def bound(self, values: Mapping[str, Any]) -> list[Any]:
        """The values to bind."""
        constants = self._constants
        return [constants[name] if name in constants else values[name] for name in self.names]


def statement(element: Any) -> Statement:
    """The statement of a SQLAlchemy expression."""
    compiled = element.compile(dialect=DIALECT)
    names = list(compiled.positiontup or ())
    constants = {name: value for name, value in compiled.params.items() if value is not None}
    return Statement(str(compiled), names, constants)
