"""A neutral query → what is asked of AYON in each project, and what is left to be finished here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

from trackerkit.filters import And, Filter, Not, Or
from trackerkit.jsontext import encoded
from trackerkit.query import Query, Test
from trackerkit.schema import Field, Schema
from trackerkit.values import Ref
from trackerkit_ayon.compile.arguments import CHILDREN, Given, argument, parts_of
from trackerkit_ayon.compile.conditions import KEYS, UNFILTERED, pushed
from trackerkit_ayon.compile.natives import HEX_ID, NOTHING, Native, Pushed, condition, every, some
from trackerkit_ayon.mapping.codecs import Context
from trackerkit_ayon.mapping.names import base_of, native_of
from trackerkit_ayon.mapping.notes import CARRIER_KEY, NOTE_KEY
from trackerkit_ayon.mapping.places import place_of


@dataclass(frozen=True, slots=True)
class Read:
    """What one query asks of each project.

    Args:
        arguments: of the GraphQL connection, the query filters as texts.
        left: the part of the filter that is finished here.
        pushed: the conditions that AYON evaluates, in words.
        is_nothing: no record can match; nothing is asked.
    """

    arguments: dict[str, Any] = field(default_factory=dict)
    left: Filter = And(())
    pushed: tuple[str, ...] = ()
    is_nothing: bool = False


DEEP: Final = {
    ("Task", "parent"): "folderFilter", ("Version", "product"): "productFilter", ("Version", "task"): "taskFilter",
    ("Folder", "tasks"): "taskFilter", ("Product", "versions"): "versionFilter",
}  # fmt: skip
"""Links whose other side AYON can filter by."""

_NOT_EFFECTIVE: Final = frozenset({("Version", "task"), ("Folder", "tasks")})
_HAS: Final = {
    ("Folder", "children"): "hasChildren", ("Folder", "tasks"): "hasTasks", ("Folder", "products"): "hasProducts",
    ("Version", "reviewables"): "hasReviewables",
}  # fmt: skip
"""Reverse links that AYON can tell to be empty; it counts retired records too."""

_NO_FILTER: Final = UNFILTERED | {"Link"}
"""Types whose own fields the query filter does not know."""

_ACTIVITY_TYPES: Final = {"Note": "comment", "Reply": "comment", "Attachment": "comment", "Reviewable": "reviewable"}
_ABSENT: Final = {
    "Note": [condition(f"activityData.{NOTE_KEY}", "isnull"), condition(f"activityData.{CARRIER_KEY}", "isnull")],
    "Reply": [condition(f"activityData.{NOTE_KEY}", "notnull")],
    "Attachment": [condition("activityData.files", "notnull")],
}


def projects_of(query: Query) -> frozenset[str] | None:
    """The only projects that a query's filter lets through, where it says so for all records; None otherwise."""
    found: frozenset[str] | None = None
    for part in parts_of(query):
        names = _projects_named(part)
        if names is not None:
            found = names if found is None else found & names
    return found


def _projects_named(part: Filter) -> frozenset[str] | None:
    """The projects that a condition names; None for a condition on something else."""
    if not isinstance(part, Test) or part.operator not in ("is", "in") or part.path.steps:
        return None
    values = part.value if part.operator == "in" else (part.value,)
    is_named = part.path.leaf.name == "project" and all(isinstance(value, Ref) for value in values)
    return frozenset(value.id for value in values) if is_named else None


class Reader:
    """Compiles the queries of one type in one project.

    Args:
        schema: of the server.
        type_name: what is asked for.
        context: for values.
    """

    def __init__(self, schema: Schema, type_name: str, context: Context) -> None:
        self.schema, self.type, self.context = schema, type_name, context
        self.base = base_of(type_name)
        self.arguments: dict[str, Any] = {}
        self.conditions: list[Native] = []
        self.deep: dict[str, list[Native]] = {}
        self.left: list[Filter] = []
        self.words: list[str] = []

    def read(self, query: Query) -> Read:
        """What a query asks."""
        self._scope(query)
        for part in parts_of(query):
            self._part(part)
        filters = {"filter": every(self.conditions)} if self.conditions else {}
        filters.update((name, every(parts)) for name, parts in self.deep.items())
        is_nothing = any(item is NOTHING for item in filters.values())
        is_nothing = is_nothing or any(value == [] for value in self.arguments.values())
        if not is_nothing:
            self.arguments.update((name, filter_text(item)) for name, item in filters.items())
        return Read(self.arguments, And(self.left), tuple(self.words), is_nothing)

    def _scope(self, query: Query) -> None:
        """The kind of folder, active or retired, the sort of activity."""
        if self.base == "Folder" and self.type != "Folder":
            self.conditions.append(condition("folderType", "eq", self.type))
        if native_of(self.base).can_retire and self.base not in UNFILTERED and query.state != "all":
            self.conditions.append(condition("active", "eq", "true" if query.state == "active" else "false"))
        if self.base in _ACTIVITY_TYPES:
            self.arguments.update(activityTypes=[_ACTIVITY_TYPES[self.base]], referenceTypes=["origin"])
            self.conditions += _ABSENT.get(self.base, [])

    def _part(self, part: Filter) -> None:
        """One part of the conjunction: to an argument, to the filter of a link's other side, to the filter, or left."""
        if _projects_named(part) is not None:
            self.words.append(repr(part))  # no other project is asked
            return
        if isinstance(part, Test) and (self._argument(part) or self._deep(part)):
            return
        self._has(part)
        made = self._tree(part) if self.base not in _NO_FILTER else None
        if made is not None:
            self.conditions.append(made.native)
            self.words.append(repr(part))
        if made is None or not made.is_exact:
            self.left.append(part)

    # ---- arguments

    def _argument(self, test: Test) -> bool:
        given = argument(test, self.base)
        if given is None or given.arguments.keys() & self.arguments.keys() or self._mixes(given):
            return False
        self.arguments.update(given.arguments)
        self.words.append(repr(test))
        if not given.is_exact:
            self.left.append(test)
        return True

    def _mixes(self, given: Given) -> bool:
        """True when ids would then mean what lies below them, too."""
        both = {*self.arguments, *given.arguments}
        return "ids" in both and CHILDREN in both

    def _has(self, part: Filter) -> None:
        """That there is something at the other end of a reverse link; whether it counts is looked at here."""
        if not isinstance(part, Not) or not isinstance(part.part, Test) or part.part.path.steps:
            return
        test = part.part
        name = _HAS.get((self.base, test.path.leaf.name))
        if name is not None and test.operator == "is" and test.value is None and name not in self.arguments:
            self.arguments[name] = True
            self.words.append(repr(part))

    # ---- the other side of a link

    def _deep(self, test: Test) -> bool:
        if not test.path.steps:
            return self._neighbours(test)
        if len(test.path.steps) != 1 or _takes_null(test):
            return False
        step = test.path.steps[0]
        key = (self.base, step.name)
        name = DEEP.get(key)
        if name is None or (step.many and name in self.deep):
            return False
        made = self._beyond(test, key, name)
        if made is None:
            return False
        alive = [] if self.context.every else [condition("active", "eq", "true")]
        self.deep.setdefault(name, alive).append(made.native)
        self.words.append(repr(test))
        if not made.is_exact or step.narrowed:
            self.left.append(test)
        return True

    def _neighbours(self, test: Test) -> bool:
        """A reverse link that holds one of some records."""
        name = DEEP.get((self.base, test.path.leaf.name)) if test.path.leaf.reverse_of else None
        values = test.value if test.operator == "in" else (test.value,) if test.operator == "is" else ()
        ids = [ref.id for ref in values if isinstance(ref, Ref) and HEX_ID.fullmatch(ref.id)]
        if name is None or not ids or len(ids) < len(values) or name in self.deep:
            return False
        self.deep[name] = [condition("active", "eq", "true"), condition("id", "in", ids)]
        self.words.append(repr(test))
        self.left.append(test)
        return True

    def _beyond(self, test: Test, key: tuple[str, str], argument: str) -> Pushed | None:
        """The test as one of the record on the other side."""
        owner, item = next(iter(test.path.leaves.items()))
        place = place_of(owner, item)
        if place is None or (place.home == "attrib" and (key in _NOT_EFFECTIVE or not _merges(owner, item))):
            return None
        return pushed(test, base_of(owner), item, self.context, KEYS[self.base, argument])

    # ---- the record's own fields

    def _tree(self, node: Filter) -> Pushed | None:
        if isinstance(node, Test):
            item = node.path.leaf
            keys = KEYS.get((self.base, "filter"), frozenset())
            return None if node.path.steps else pushed(node, self.type, item, self.context, keys)
        if isinstance(node, Not):
            return self._negated(node.part)
        if isinstance(node, And):
            return _all(self._tree(part) for part in node.parts)
        return _any(self._tree(part) for part in node.parts) if isinstance(node, Or) else None

    def _negated(self, node: Filter) -> Pushed | None:
        if isinstance(node, Not):
            return self._tree(node.part)
        if isinstance(node, Or):
            return _all(self._negated(part) for part in node.parts)
        if isinstance(node, And):
            return _any(self._negated(part) for part in node.parts)
        made = self._tree(node)
        if made is None or not made.is_exact or made.negated is None:
            return None
        return Pushed(made.negated, True, made.native)


def _merges(owner: str, item: Field) -> bool:
    """True where the filter of a link's other side sees an attribute as it shows."""
    return item.inherits or base_of(owner) not in ("Folder", "Task")


def _takes_null(test: Test) -> bool:
    """True when a record without the link could hold the test."""
    return test.value is None or (test.operator in ("in", "in_ignoring_case") and None in test.value)


def _all(parts: Iterable[Pushed | None]) -> Pushed | None:
    """A conjunction selects a superset with some of its parts left out."""
    found = list(parts)
    known = [part for part in found if part is not None]
    if not known:
        return None if found else Pushed({"conditions": [], "operator": "and"})
    return Pushed(every(part.native for part in known), len(known) == len(found) and all(p.is_exact for p in known))


def _any(parts: Iterable[Pushed | None]) -> Pushed | None:
    known: list[Pushed] = []
    for part in parts:
        if part is None or part.native == _EVERYTHING:
            return None
        known.append(part)
    return Pushed(some(part.native for part in known), all(part.is_exact for part in known))


_EVERYTHING: Final[Native] = {"conditions": [], "operator": "and"}


def filter_text(native: Native) -> str:
    """A query filter as the text that AYON takes; a single condition is put into a group."""
    return encoded(native if "conditions" in native else {"conditions": [native], "operator": "and"}).decode()
