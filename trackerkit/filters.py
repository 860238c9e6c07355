"""Filters: ``field("a.b") == x`` and the list form ``[["a.b", "is", "x"]]``, made into one frozen tree.

The tree knows nothing of any tracker. ``trackerkit.query`` checks it against a schema before anything is sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from operator import methodcaller
from typing import Any, Final, NoReturn

from trackerkit.errors import FilterError, did_you_mean

MAX_DEPTH: Final = 300
MAX_HOPS: Final = 16
UNITS: Final = ("hour", "day", "week", "month", "year")

NEGATIVES: Final = {
    "is_not": "is", "not_in": "in", "not_contains": "contains", "not_starts_with": "starts_with",
    "not_ends_with": "ends_with", "not_between": "between", "not_in_last": "in_last", "not_in_next": "in_next",
    "not_in_calendar_day": "in_calendar_day", "not_in_calendar_week": "in_calendar_week",
    "not_in_calendar_month": "in_calendar_month", "not_in_calendar_year": "in_calendar_year",
    "type_is_not": "type_is", "name_is_not": "name_is", "name_not_contains": "name_contains",
    "not_equals_ignoring_case": "equals_ignoring_case", "not_in_ignoring_case": "in_ignoring_case",
}  # fmt: skip
"""Every negative operator and the positive one that it is the negation of."""

POSITIVES: Final = frozenset(NEGATIVES.values()) | {
    "less_than", "greater_than", "at_most", "at_least", "name_starts_with", "name_ends_with",
    "name_equals_ignoring_case",
}  # fmt: skip


# The built-in repr counts every level of nesting twice towards Python's limit.
_shown = methodcaller("__repr__")


class Filter:
    """A node of the tree. Combine nodes with ``&``, ``|`` and ``~``; a node has no truth value."""

    __slots__ = ()

    def __and__(self, other: Filter) -> And:
        return And((self, _node(other)))

    def __or__(self, other: Filter) -> Or:
        return Or((self, _node(other)))

    def __invert__(self) -> Filter:
        return Not(self)

    def __bool__(self) -> NoReturn:
        raise FilterError("a filter has no truth value", hint="combine filters with & | ~ and brackets, not and/or/not")

    def _key(self) -> tuple[Any, ...]:
        raise NotImplementedError

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Filter) and type(self) is type(other) and self._key() == other._key()

    def __hash__(self) -> int:
        return hash((type(self).__name__, self._key()))


class Condition(Filter):
    """One comparison: a path, a positive operator and its value (a tuple where the operator takes several)."""

    __slots__ = ("operator", "path", "value")

    def __init__(self, path: str, operator: str, value: Any) -> None:
        self.path = path
        self.operator = operator
        self.value = value

    def _key(self) -> tuple[Any, ...]:
        return (self.path, self.operator, self.value)

    def __hash__(self) -> int:
        return hash((self.path, self.operator))

    def __repr__(self) -> str:
        return f"{self.path} {self.operator} {self.value!r}"


class _Group(Filter):
    __slots__ = ("parts",)
    parts: tuple[Filter, ...]

    def __init__(self, parts: Iterable[Filter]) -> None:
        flat: list[Filter] = []
        for part in parts:
            flat.extend(part.parts if isinstance(part, _Group) and type(part) is type(self) else (part,))
        self.parts = tuple(flat)

    def _key(self) -> tuple[Any, ...]:
        return self.parts


class And(_Group):
    """Every part holds; with no part, always."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "(" + " and ".join(map(_shown, self.parts)) + ")" if self.parts else "everything"


class Or(_Group):
    """At least one part holds; with no part, never."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "(" + " or ".join(map(_shown, self.parts)) + ")" if self.parts else "nothing"


class Not(Filter):
    """The part does not hold."""

    __slots__ = ("part",)

    def __init__(self, part: Filter) -> None:
        self.part = part

    def __invert__(self) -> Filter:
        return self.part

    def _key(self) -> tuple[Any, ...]:
        return (self.part,)

    def __repr__(self) -> str:
        return f"not {self.part.__repr__()}"


class FieldPath:
    """A path of fields, compared to make a filter: ``field("sequence.name") == "sq010"``."""

    __slots__ = ("path",)

    def __init__(self, path: str) -> None:
        self.path = path

    def __repr__(self) -> str:
        return f"field({self.path!r})"

    def __bool__(self) -> NoReturn:
        raise FilterError(f"field({self.path!r}) has no truth value", hint="compare it: field(…) == value")

    __hash__ = None  # type: ignore[assignment]

    def __eq__(self, other: object) -> Filter:  # type: ignore[override]
        return make(self.path, "is", (other,))

    def __ne__(self, other: object) -> Filter:  # type: ignore[override]
        return make(self.path, "is_not", (other,))

    def __lt__(self, other: Any) -> Filter:
        return make(self.path, "less_than", (other,))

    def __gt__(self, other: Any) -> Filter:
        return make(self.path, "greater_than", (other,))

    def __le__(self, other: Any) -> Filter:
        return make(self.path, "at_most", (other,))

    def __ge__(self, other: Any) -> Filter:
        return make(self.path, "at_least", (other,))

    def __and__(self, other: object) -> NoReturn:
        raise _brackets(self.path)

    __rand__ = __or__ = __ror__ = __and__

    def is_null(self) -> Filter:
        """No value (for links: none at all)."""
        return make(self.path, "is", (None,))

    def is_in(self, values: Iterable[Any]) -> Filter:
        """Equal to one of the values, exactly; with none, nothing matches."""
        return make(self.path, "in", (_many(values, self.path),))

    def not_in(self, values: Iterable[Any]) -> Filter:
        """Equal to none of the values; null matches."""
        return make(self.path, "not_in", (_many(values, self.path),))

    def equals_ignoring_case(self, text: str) -> Filter:
        """Equal when both are lower-cased (``str.lower``)."""
        return make(self.path, "equals_ignoring_case", (text,))

    def in_ignoring_case(self, texts: Iterable[str]) -> Filter:
        """Equal to one of the texts when all are lower-cased."""
        return make(self.path, "in_ignoring_case", (_many(texts, self.path),))

    def contains(self, text: str) -> Filter:
        """Holds the text somewhere, ignoring case; ``%`` and ``_`` are plain characters."""
        return make(self.path, "contains", (text,))

    def starts_with(self, text: str) -> Filter:
        """Begins with the text, ignoring case."""
        return make(self.path, "starts_with", (text,))

    def ends_with(self, text: str) -> Filter:
        """Ends with the text, ignoring case."""
        return make(self.path, "ends_with", (text,))

    def between(self, low: Any, high: Any) -> Filter:
        """From ``low`` to ``high``, both included."""
        return make(self.path, "between", (low, high))

    def in_last(self, count: int, unit: str) -> Filter:
        """In the last ``count`` hours, days, weeks, months or years, up to now."""
        return make(self.path, "in_last", (count, unit))

    def in_next(self, count: int, unit: str) -> Filter:
        """In the next ``count`` hours, days, weeks, months or years, from now on."""
        return make(self.path, "in_next", (count, unit))

    def in_calendar_day(self, offset: int = 0) -> Filter:
        """On today's day in UTC, or ``offset`` days from it."""
        return make(self.path, "in_calendar_day", (offset,))

    def in_calendar_week(self, offset: int = 0) -> Filter:
        """In this week in UTC (Monday to Sunday), or ``offset`` weeks from it."""
        return make(self.path, "in_calendar_week", (offset,))

    def in_calendar_month(self, offset: int = 0) -> Filter:
        """In this month in UTC, or ``offset`` months from it."""
        return make(self.path, "in_calendar_month", (offset,))

    def in_calendar_year(self, offset: int = 0) -> Filter:
        """In this year in UTC, or ``offset`` years from it."""
        return make(self.path, "in_calendar_year", (offset,))

    def type_is(self, type_name: str) -> Filter:
        """Links to a record of that entity type (``Folder``: of any kind)."""
        return make(self.path, "type_is", (type_name,))

    def name_is(self, text: str) -> Filter:
        """Links to a record of exactly that display name."""
        return make(self.path, "name_is", (text,))

    def name_contains(self, text: str) -> Filter:
        """Links to a record whose display name holds the text, ignoring case."""
        return make(self.path, "name_contains", (text,))

    def name_starts_with(self, text: str) -> Filter:
        """Links to a record whose display name begins with the text, ignoring case."""
        return make(self.path, "name_starts_with", (text,))

    def name_ends_with(self, text: str) -> Filter:
        """Links to a record whose display name ends with the text, ignoring case."""
        return make(self.path, "name_ends_with", (text,))


def field(path: str) -> FieldPath:
    """A field, or a path through links: ``field("sequence.name")``, ``field("parent[Shot].name")``.

    Raises:
        FilterError: for an empty path, an empty step or more than 16 steps.
    """
    split_path(path)
    return FieldPath(path)


def native(name: str) -> FieldPath:
    """A tracker's own field under its own name, where a neutral name covers it."""
    return field(f"native({name})")


def split_path(path: Any) -> list[str]:
    """The steps of a path.

    Raises:
        FilterError: for anything that is no path.
    """
    if not isinstance(path, str) or not path:
        raise FilterError(
            f"{path!r} is no field", hint='a field is a text such as "name" or "sequence.name"', path=str(path)
        )
    steps = path.split(".")
    if not all(steps):
        raise FilterError(f"the path {path!r} has an empty step", path=path)
    if len(steps) > MAX_HOPS:
        raise FilterError(f"the path {path[:60]!r}… has {len(steps)} steps, at most {MAX_HOPS} are taken", path=path)
    return steps


_PLURAL: Final = frozenset({"in", "in_ignoring_case"})
_RELATIVE: Final = frozenset({"in_last", "in_next"})
_CALENDAR: Final = frozenset({"in_calendar_day", "in_calendar_week", "in_calendar_month", "in_calendar_year"})


def make(path: str, operator: Any, values: Sequence[Any]) -> Filter:
    """A node from a path, an operator's name and its arguments; a negative one is ``Not`` of its positive.

    Raises:
        FilterError: for an unknown operator or the wrong arguments.
    """
    if any(isinstance(value, FieldPath) for value in values):
        raise _brackets(path)
    positive = NEGATIVES.get(operator, operator) if isinstance(operator, str) else ""
    if positive not in POSITIVES:
        known = sorted(POSITIVES | set(NEGATIVES))
        raise FilterError(
            f"{path}: there is no operator {operator!r}",
            hint=did_you_mean(str(operator), known) or "see the reference of filters",
            path=path,
            operator=str(operator),
        )
    made = Condition(path, positive, _arguments(path, operator, positive, values))
    return made if positive == operator else Not(made)


def _arguments(path: str, operator: str, positive: str, values: Sequence[Any]) -> Any:
    if positive in _PLURAL:
        return _many(values[0] if len(values) == 1 else values, path, operator)
    if positive == "between":
        return _pair(path, operator, values)
    if positive in _RELATIVE:
        return _span(path, operator, values)
    if len(values) != 1:
        raise FilterError(f"{path}: {operator} takes one value, not {len(values)}", path=path, operator=operator)
    if positive in _CALENDAR and (isinstance(values[0], bool) or not isinstance(values[0], int)):
        raise FilterError(f"{path}: {operator} takes a whole number", path=path, operator=operator)
    return tuple(values[0]) if isinstance(values[0], (list, set, frozenset)) else values[0]


def _pair(path: str, operator: str, values: Sequence[Any]) -> tuple[Any, Any]:
    if len(values) == 1 and isinstance(values[0], (list, tuple)):
        values = values[0]
    if len(values) != 2 or any(value is None for value in values):
        raise FilterError(f"{path}: {operator} takes two values, the lower one first", path=path, operator=operator)
    return values[0], values[1]


def _span(path: str, operator: str, values: Sequence[Any]) -> tuple[int, str]:
    if len(values) == 1 and isinstance(values[0], (list, tuple)):
        values = values[0]
    count, unit = values if len(values) == 2 else (None, None)
    unit = unit.lower().removesuffix("s") if isinstance(unit, str) else unit
    if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= 100_000 or unit not in UNITS:
        raise FilterError(
            f"{path}: {operator} takes a whole number and a unit",
            hint=f"for example 7, 'day'; units: {', '.join(UNITS)}",
            path=path,
            operator=operator,
        )
    return count, unit


def _many(values: Any, path: str, operator: str = "in") -> tuple[Any, ...]:
    if isinstance(values, (str, bytes, dict)) or not isinstance(values, Iterable):
        raise FilterError(f"{path}: {operator} takes a list of values, not {values!r}", path=path, operator=operator)
    return tuple(values)


def _node(value: Any) -> Filter:
    if not isinstance(value, Filter):
        raise _brackets(getattr(value, "path", repr(value)))
    return value


def _brackets(path: str) -> FilterError:
    return FilterError(
        f"field({path!r}) is combined before it is compared",
        hint="put brackets around each comparison: (field(…) == x) & (field(…) == y)",
        path=path,
    )


def from_conditions(conditions: Sequence[Any]) -> Filter:
    """The tree of ``find``'s conditions: filter nodes, or one list form.

    Raises:
        FilterError: for anything else.
    """
    parts = []
    for condition in conditions:
        if isinstance(condition, Filter):
            parts.append(condition)
        elif isinstance(condition, (list, tuple, dict)):
            parts.append(from_list(condition))
        else:
            raise FilterError(
                f"{condition!r} is no filter", hint='write field("name") == "x" or [["name", "is", "x"]]; [] for all'
            )
    return parts[0] if len(parts) == 1 else And(parts)


def from_list(rows: Any, depth: int = 0) -> Filter:
    """The tree of the list form: ``[[path, operator, value…], {"filter_operator": "any", "filters": […]}]``.

    Raises:
        FilterError: for a list of another form, or one nested deeper than 300 levels.
    """
    if isinstance(rows, dict):
        return _from_group(rows, depth)
    if rows and isinstance(rows[0], str):
        raise FilterError(f"{rows!r} is one condition", hint="put it into a list: [[path, operator, value]]")
    return And(map(partial(_from_row, depth=depth), rows))


def _from_row(row: Any, depth: int) -> Filter:
    if depth > MAX_DEPTH:
        raise FilterError(f"the filter is nested deeper than {MAX_DEPTH} levels")
    if isinstance(row, Filter):
        return row
    if isinstance(row, dict):
        return _from_group(row, depth)
    if not isinstance(row, (list, tuple)):
        raise FilterError(f"{row!r} is no condition", hint="a condition is [path, operator, value]")
    if len(row) < 3:
        raise FilterError(f"{list(row)!r} is no whole condition", hint="a condition is [path, operator, value]")
    split_path(row[0])
    return make(row[0], row[1], row[2:])


def _from_group(group: dict[Any, Any], depth: int) -> Filter:
    known = {"filter_operator", "filters"}
    if set(group) != known or not isinstance(group["filters"], (list, tuple)):
        raise FilterError(
            f"a group has the keys filter_operator and filters, not {sorted(map(str, group))}",
            hint='{"filter_operator": "any", "filters": [[path, operator, value]]}',
        )
    parts = list(map(partial(_from_row, depth=depth + 1), group["filters"]))  # map: few frames a level
    if group["filter_operator"] in ("all", "and"):
        return And(parts)
    if group["filter_operator"] in ("any", "or"):
        return Or(parts)
    raise FilterError(f"filter_operator is 'all' or 'any', not {group['filter_operator']!r}")


def depth_of(node: Filter) -> int:
    """How deep a tree is nested; counted without recursion."""
    deepest, level = 0, [node]
    while level:
        deepest += 1
        if deepest > MAX_DEPTH:
            raise FilterError(f"the filter is nested deeper than {MAX_DEPTH} levels")
        level = [
            part
            for item in level
            for part in getattr(item, "parts", ()) or ([item.part] if isinstance(item, Not) else [])
        ]
    return deepest
