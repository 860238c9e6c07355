"""A query in the other shape → what the tracker selects by: no less than what is wanted; the rest is evaluated here. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from trackerkit.filters import And, Filter, Not, Or
from trackerkit.gateway.shaped.shape import ABOVE, Shape
from trackerkit.gateway.shaped.uids import is_uid
from trackerkit.query import Path, Test, resolve_path
from trackerkit.values import Ref

NOTHING: Final = Or(())
EVERYTHING: Final = And(())
_NAMED: Final = {"is": "is", "equals_ignoring_case": "equals_ignoring_case"}
_NAMED_MANY: Final = {"in": "in", "in_ignoring_case": "in_ignoring_case"}
COMPARED: Final = frozenset({"less_than", "greater_than", "at_most", "at_least"})
_MOST_STEMS: Final = 200


@dataclass(frozen=True)
class Known:
    """What was looked up for one query.

    Args:
        meant: digits → the tracker's record.
        stems: of products that the query asks for: digits → the names of their versions begin with one of these.
        elsewhere: of the query's type: the tracker's ids of records that hang elsewhere than the tracker says.
        bound: of versions: the ids of those that name their product beside the tracker.
        rises: the digits of the query's records rise with the tracker's numbers.
        chosen: of the query's type: the ids of records that show a status or a type that the tracker does not take.
    """

    meant: Mapping[str, Ref | None] = field(default_factory=dict)
    stems: Mapping[str, Sequence[str]] = field(default_factory=dict)
    elsewhere: tuple[str, ...] = ()
    bound: tuple[str, ...] = ()
    chosen: tuple[str, ...] = ()
    rises: bool = False


# ---- what a filter names


def refs_of(value: Any) -> list[Ref]:
    """The records that a condition's value names."""
    many = value if isinstance(value, tuple) else (value,)
    return [item for item in many if isinstance(item, Ref)]


def is_identity(path: Path) -> bool:
    """Whether a path ends in a record's id."""
    return path.leaf.name in ("id", "uid")


def texts_of(value: Any) -> list[str]:
    """The ids that a condition on ids names."""
    many = value if isinstance(value, tuple) else (value,)
    return [item for item in many if isinstance(item, str)]


def mapped(node: Filter, change: Callable[[Test], Filter]) -> Filter:
    """A tree with every condition changed."""
    if isinstance(node, Test):
        return change(node)
    if isinstance(node, Not):
        return Not(mapped(node.part, change))
    assert isinstance(node, (And, Or))
    return type(node)([mapped(part, change) for part in node.parts])


class Canon:
    """Makes the conditions of a query name every record as it is shown, and links instead of their ids.

    Args:
        shape: of the tracker.
        type_name: of the query.
        shown_ref: a record by any of its ids, as it is shown.
    """

    def __init__(self, shape: Shape, type_name: str, shown_ref: Callable[[Ref], Ref]) -> None:
        self._shape, self._type, self._shown = shape, type_name, shown_ref

    def filter(self, node: Filter) -> Filter:
        """The whole tree."""
        return mapped(node, self._test)

    def _test(self, test: Test) -> Filter:
        if is_identity(test.path) and test.operator in ("is", "in") and _has_no_null(test):
            return self._identity(test)
        refs = refs_of(test.value)
        if not refs:
            return test
        if isinstance(test.value, tuple):
            made = tuple(self._shown(item) if isinstance(item, Ref) else item for item in test.value)
            return Test(test.path, test.operator, made)
        return Test(test.path, test.operator, self._shown(test.value))

    def _identity(self, test: Test) -> Filter:
        owners = [name for name in test.path.leaves if self._shape.has_uid(name)]
        if not owners:
            return test
        ids = texts_of(test.value)
        if test.path.steps and test.path.leaf.name == "uid" and not test.path.steps[-1].narrowed:
            above = resolve_path(self._shape.whole, self._type, test.path.text.rpartition(".")[0])
            return Test(above, "in", tuple(self._shown(Ref(owners[0], id)) for id in ids))
        made = [self._shown(Ref(owner, id)).id for id in ids for owner in (owners if not is_uid(id) else owners[:1])]
        return Test(test.path, "in", tuple(dict.fromkeys(made)))


def _has_no_null(test: Test) -> bool:
    return test.value is not None and not (isinstance(test.value, tuple) and None in test.value)


# ---- what the tracker selects by

Pushed = tuple[Filter, bool]
"""A condition of the tracker's that holds wherever the other does, and whether it holds nowhere else."""
_MISS: Final[Pushed] = (EVERYTHING, False)


class Compiler:
    """Makes the tracker's conditions.

    Args:
        shape: of the tracker.
        type_name: of the query.
        known: what was looked up for it.
    """

    def __init__(self, shape: Shape, type_name: str, known: Known) -> None:
        self._shape, self._type, self._known = shape, type_name, known

    def path(self, text: str) -> Path:
        """A path of the tracker's schema."""
        return resolve_path(self._shape.base, self._type, text)

    def pushed(self, node: Filter) -> Pushed:
        """A canonical filter for the tracker."""
        if isinstance(node, Test):
            return self._test(node)
        if isinstance(node, Not):
            made, is_exact = self.pushed(node.part)
            return (Not(made), True) if is_exact else _MISS
        assert isinstance(node, (And, Or))
        found = [self.pushed(part) for part in node.parts]
        parts = [made for made, _ in found if made != EVERYTHING]
        is_exact = all(exact for _, exact in found)
        if isinstance(node, Or) and len(parts) < len(found):
            return EVERYTHING, is_exact
        if isinstance(node, Or):
            return Or(parts), is_exact
        return (parts[0] if len(parts) == 1 else And(parts)), is_exact

    def _test(self, test: Test) -> Pushed:
        path = test.path
        if is_identity(path):
            return self._identity(test)
        if self._shape.is_own_path(path):
            return self._own(test)
        if path.steps and path.text != "product.parent":
            return _MISS
        return _SPECIAL.get(path.text, Compiler._chosen)(self, test)

    def _own(self, test: Test, text: str = "") -> Pushed:
        value = test.value
        if test.operator == "type_is":
            value = tuple(name for name in value if name in self._shape.base)
        elif isinstance(value, tuple):
            value = tuple(self.inner(item) if isinstance(item, Ref) else item for item in value)
        elif isinstance(value, Ref):
            value = self.inner(value)
        return Test(self.path(text or test.path.text), test.operator, value), True

    def inner(self, ref: Ref) -> Ref:
        """The tracker's record."""
        return self._known.meant.get(ref.id) or ref

    def is_order(self, path: Path) -> bool:
        """Whether the tracker can order by a path."""
        return self._shape.is_own_path(path) or (self._known.rises and is_identity(path) and not path.steps)

    def order_path(self, path: Path) -> Path:
        """The tracker's path to order by."""
        return self.path("id" if is_identity(path) and not path.steps else path.text)

    def _identity(self, test: Test) -> Pushed:
        if self._known.rises and not test.path.steps and test.operator in COMPARED:
            ref = self._known.meant.get(test.value)
            is_own = ref is not None and ref.type == self._type
            return (Test(self.path("id"), test.operator, ref.id), True) if is_own and ref is not None else _MISS
        if test.path.steps or test.operator not in ("is", "in") or not _has_no_null(test):
            return _MISS
        if not self._shape.has_uid(self._type):
            return self._own(test) if test.path.leaf.name == "id" else _MISS
        owners = set(self._shape.base.concrete(self._type))
        refs = [self.inner(Ref(self._type, id)) for id in texts_of(test.value)]
        ids = tuple(dict.fromkeys(ref.id for ref in refs if ref.type in owners))
        return (Test(self.path("id"), "in", ids) if ids else NOTHING), len(owners) == 1

    # ---- fields that are made here

    def _path(self, test: Test) -> Pushed:
        """By the last name of a path."""
        if test.operator in _NAMED and isinstance(test.value, str):
            return Test(self.path("name"), _NAMED[test.operator], _last(test.value)), False
        if test.operator in _NAMED_MANY and test.value and all(isinstance(item, str) for item in test.value):
            names = tuple(dict.fromkeys(map(_last, test.value)))
            return Test(self.path("name"), _NAMED_MANY[test.operator], names), False
        return _MISS

    def _above(self, test: Test) -> Pushed:
        """Records that hang elsewhere than the tracker says are read besides."""
        if not self._shape.is_hung(self._type):
            return self._own(test)
        if test.operator not in ("is", "in", "type_is") or not _has_no_null(test):
            return _MISS
        made, _ = self._own(test)
        return self._or_ids(made, (*self._known.elsewhere, *self._known.bound)), False

    def _chosen(self, test: Test) -> Pushed:
        """Records for which something else was chosen are read besides."""
        owners = test.path.leaves
        if not any(self._shape.is_chosen(owner, item.name) for owner, item in owners.items()):
            return _MISS
        made, _ = self._own(test)
        return (self._or_ids(made, self._known.chosen), False) if self._known.chosen else (made, True)

    def _product(self, test: Test) -> Pushed:
        """By the names of the products' versions, and versions that name their product."""
        if test.operator not in ("is", "in") or not _has_no_null(test):
            return _MISS
        stems = dict.fromkeys(stem for ref in refs_of(test.value) for stem in self._known.stems.get(ref.id, ()))
        if len(stems) > _MOST_STEMS:
            return _MISS
        named = [Test(self.path("name"), "starts_with", stem.lower()) for stem in stems]
        return self._or_ids(Or(named), self._known.bound), False

    def _product_parent(self, test: Test) -> Pushed:
        if self._type != "Version" or test.operator not in ("is", "in") or not _has_no_null(test):
            return _MISS
        made, _ = self._own(test, ABOVE)
        return self._or_ids(made, (*self._known.elsewhere, *self._known.bound)), False

    def _or_ids(self, made: Filter, ids: Iterable[str]) -> Filter:
        wanted = tuple(dict.fromkeys(ids))
        return Or((made, Test(self.path("id"), "in", wanted))) if wanted else made


def _last(path: str) -> str:
    return path.strip("/").rpartition("/")[2]


_SPECIAL: Final[Mapping[str, Callable[[Compiler, Test], Pushed]]] = {
    "path": Compiler._path, ABOVE: Compiler._above, "product": Compiler._product, "product.parent": Compiler._product_parent,
}  # fmt: skip
