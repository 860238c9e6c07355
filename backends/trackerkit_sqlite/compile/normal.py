"""A filter in normal form: negation at its leaves, groups flat, equals joined by or folded into one list.

SQLite's parser has a stack of 100: what is still nested deeper than it can take is cut off and left over.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any, Final, NamedTuple, TypeAlias, Union

from trackerkit.filters import And, Filter, Not, Or
from trackerkit.query import Test

DEEPEST: Final = 20
"""Levels of groups inside groups that are handed to SQLite."""

_FOLDS: Final = {
    "is": "in", "in": "in", "equals_ignoring_case": "in_ignoring_case", "in_ignoring_case": "in_ignoring_case"
}  # fmt: skip


class Leaf(NamedTuple):
    """One condition, or its negation."""

    test: Test
    negated: bool


class Group(NamedTuple):
    """Conditions joined by and, or by or."""

    is_and: bool
    parts: tuple[Any, ...]


Node: TypeAlias = Union[Leaf, Group]  # noqa: UP007 - evaluated on Python 3.10 too
ALL: Final = Group(True, ())


def normal(node: Filter, negated: bool = False) -> Node:
    """The normal form of a checked filter."""
    while isinstance(node, Not):
        node, negated = node.part, not negated
    if isinstance(node, Test):
        return Leaf(node, negated)
    if isinstance(node, (And, Or)):
        return _joined(isinstance(node, And) is not negated, [normal(part, negated) for part in node.parts])
    raise TypeError(f"not a checked filter: {node!r}")


def _joined(is_and: bool, parts: Iterable[Node]) -> Node:
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, Group) and part.is_and == is_and else (part,))
    if len(flat) > 1:
        flat = _folded(flat, negated=is_and)
    return flat[0] if len(flat) == 1 else Group(is_and, tuple(flat))


def _folded(parts: Sequence[Node], negated: bool) -> list[Node]:
    """``a == 1 or a == 2`` as ``a in (1, 2)``; joined by and, the same of their negations."""
    made: list[Node] = []
    tests: dict[Any, list[Test]] = {}
    places: dict[Any, int] = {}
    for part in parts:
        key = _fold_key(part, negated)
        if key is None or key not in tests:
            places[key] = len(made)
            made.append(part)
        if key is not None:
            tests.setdefault(key, []).append(part.test)  # type: ignore[union-attr]
    for key, group in tests.items():
        if len(group) > 1:
            made[places[key]] = Leaf(_merged(group, key[1]), negated)
    return made


def _fold_key(part: Node, negated: bool) -> Any:
    if isinstance(part, Leaf) and part.negated == negated and part.test.operator in _FOLDS:
        return part.test.path, _FOLDS[part.test.operator]
    return None


def _merged(tests: Sequence[Test], operator: str) -> Test:
    return Test(tests[0].path, operator, tuple(dict.fromkeys(value for test in tests for value in _values(test))))


def _values(test: Test) -> tuple[Any, ...]:
    return test.value if test.operator in ("in", "in_ignoring_case") else (test.value,)


def depth(node: Node) -> int:
    """Levels of groups."""
    return 0 if isinstance(node, Leaf) else 1 + max(map(depth, node.parts), default=0)


def as_filter(node: Node) -> Filter:
    """A checked filter again, for what is left over."""
    if isinstance(node, Leaf):
        return Not(node.test) if node.negated else node.test
    return (And if node.is_and else Or)([as_filter(part) for part in node.parts])  # a generator would nest deeper


def split(node: Node, is_possible: Callable[[Leaf], bool]) -> tuple[Node, list[Node]]:
    """What SQL takes, and the parts that it does not: each of them narrows the answer further."""
    parts = node.parts if isinstance(node, Group) and node.is_and else (node,)
    taken: list[Node] = []
    left: list[Node] = []
    for part in parts:
        (taken if depth(part) <= DEEPEST and all(map(is_possible, leaves(part))) else left).append(part)
    return (taken[0] if len(taken) == 1 else Group(True, tuple(taken))), left


def leaves(node: Node) -> Iterator[Leaf]:
    """Every condition."""
    if isinstance(node, Leaf):
        yield node
        return
    for part in node.parts:
        yield from leaves(part)
