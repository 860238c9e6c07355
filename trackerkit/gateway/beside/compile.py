"""A query of a tracker with a shelf → what the tracker itself can answer of it, and what is left; pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from trackerkit.filters import And, Filter, Not, Or
from trackerkit.gateway.beside.names import narrowed
from trackerkit.gateway.beside.view import View
from trackerkit.query import Order, Path, Query, Test, resolve_path
from trackerkit.values import Ref


@dataclass(frozen=True, slots=True)
class Split:
    """One query, taken apart.

    Args:
        filter: what the tracker evaluates: it holds for all that is wanted, and maybe for more.
        left: what is evaluated here.
        is_plain: the tracker answers the whole query.
    """

    filter: Filter
    left: Filter
    is_plain: bool


class Compiler:
    """Takes queries of one type apart.

    Args:
        view: what is where.
        type_name: of the query.
    """

    def __init__(self, view: View, type_name: str) -> None:
        self._view, self._type = view, type_name

    def split(self, query: Query) -> Split:
        """What the tracker answers, and what is left."""
        parts = query.filter.parts if isinstance(query.filter, And) else (query.filter,)
        pushed: list[Filter] = []
        left: list[Filter] = []
        for part in parts:
            exact = self._exact(part)
            if exact is not None:
                pushed.append(exact)
                continue
            left.append(part)
            wider = self._wider(part)
            if wider is not None:
                pushed.append(wider)
        paths = [*query.fields, *(item.path for item in query.order)]
        is_plain = not left and all(map(self._view.is_own_path, paths))
        return Split(_joined(pushed), _joined(left), is_plain)

    def plain(self, query: Query, found: Split) -> Query:
        """The query as the tracker takes it, where it answers all of it."""
        order = tuple(Order(self.path(item.path.text), item.descending) for item in query.order)
        fields = tuple(self.path(item.text) for item in query.fields)
        return query.with_(filter=found.filter, fields=fields, order=order)

    def path(self, text: str) -> Path:
        """A path of the tracker's own schema."""
        return resolve_path(self._view.base, self._type, text)

    def _exact(self, node: Filter) -> Filter | None:
        """The same condition for the tracker; None where it is not the tracker's affair alone."""
        if isinstance(node, Test):
            return self._own_test(node)
        if isinstance(node, Not):
            inner = self._exact(node.part)
            return None if inner is None else Not(inner)
        assert isinstance(node, (And, Or))
        parts = [made for part in node.parts if (made := self._exact(part)) is not None]
        return type(node)(parts) if len(parts) == len(node.parts) else None

    def _own_test(self, test: Test) -> Filter | None:
        return self._translated(test) if self._view.is_own_path(test.path) else None

    def _translated(self, test: Test) -> Filter | None:
        value = test.value
        if test.operator == "type_is":
            value = tuple(name for name in value if self._view.is_base(name))
            if not value:
                return Or(())
        if any(not self._view.is_base(ref.type) for ref in _refs(value)):
            return None
        return Test(self.path(test.path.text), test.operator, value)

    def _wider(self, node: Filter) -> Filter | None:
        """A condition for the tracker that holds wherever this one does, as far as one is at hand."""
        if isinstance(node, Test):
            if self._view.is_near(node.path) and not _finds_null(node):
                return self._translated(node)
            exact = self._own_test(node)
            return exact if exact is not None else self._of_name(node)
        if isinstance(node, Or):
            parts = [made for part in node.parts if (made := self._wider(part)) is not None]
            return Or(parts) if parts and len(parts) == len(node.parts) else None
        if isinstance(node, And):
            parts = [made for part in node.parts if (made := self._wider(part)) is not None]
            return And(parts) if parts else None
        return None

    def _of_name(self, test: Test) -> Filter | None:
        if test.path.text != "name" or self._type not in self._view.named:
            return None
        return narrowed(self._view.base.field(self._type, "name").domain, self.path("name"), test)


def _finds_null(test: Test) -> bool:
    return test.value is None or (isinstance(test.value, tuple) and None in test.value)


def _refs(value: Any) -> list[Ref]:
    many = value if isinstance(value, tuple) else (value,)
    return [item for item in many if isinstance(item, Ref)]


def _joined(parts: list[Filter]) -> Filter:
    return parts[0] if len(parts) == 1 else And(parts)
