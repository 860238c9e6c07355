"""Conditions checked against a schema: every path, operator and value of a filter, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any, Final

from trackerkit.datatypes import ANY, NULL_ONLY, OPERATORS, check_value, operators_of, sort_key
from trackerkit.errors import DomainError, FilterError, UnknownFieldError, UnknownTypeError, did_you_mean
from trackerkit.filters import And, Condition, Filter, Not, Or, depth_of
from trackerkit.paths import Path, resolve_path
from trackerkit.schema import Field, Schema
from trackerkit.values import Ref


class Test(Filter):
    """A checked condition: a path, a positive operator and a normal value.

    Values: ``is`` a value or None; ``in`` a tuple; ``equals_ignoring_case``, ``contains``, ``starts_with``,
    ``ends_with`` a lower-cased text; ``in_ignoring_case`` a tuple of such; ``between`` a pair (both included; relative
    spans are absolute here); ``type_is`` a tuple of concrete types; the rest one value.
    """

    __slots__ = ("operator", "path", "value")
    __test__ = False

    def __init__(self, path: Path, operator: str, value: Any) -> None:
        self.path = path
        self.operator = operator
        self.value = value

    def _key(self) -> tuple[Any, ...]:
        return (self.path, self.operator, self.value)

    def __hash__(self) -> int:
        return hash((self.path, self.operator))

    def __repr__(self) -> str:
        return f"{self.path.text} {self.operator} {self.value!r}"


class Builder:
    """Checks paths, conditions and orders of one entity type against one schema."""

    def __init__(self, schema: Schema, type_name: str, now: datetime | None = None, site: str | None = None) -> None:
        schema.type(type_name)
        self.schema = schema
        self.type = type_name
        self.now = now or datetime.now(timezone.utc)
        self.site = site
        self._paths: dict[str, Path] = {}

    def path(self, text: str) -> Path:
        """The checked path.

        Raises:
            FilterError, UnknownFieldError: for a path that leads nowhere.
        """
        found = self._paths.get(text)
        if found is None:
            found = self._paths[text] = resolve_path(self.schema, self.type, text)
        return found

    def filter(self, node: Filter) -> Filter:
        """The checked tree.

        Raises:
            FilterError: names the path, the operator, what the field takes and the nearest valid name.
        """
        depth_of(node)
        return self._bind(node)

    def _bind(self, node: Filter) -> Filter:
        if isinstance(node, (And, Or)):
            return type(node)([self._bind(part) for part in node.parts])
        if isinstance(node, Not):
            return Not(self._bind(node.part))
        if isinstance(node, Condition):
            return self._condition(node)
        if isinstance(node, Test):
            return node
        raise FilterError(f"{node!r} is no filter")

    def _condition(self, node: Condition) -> Filter:
        try:
            path = self.path(node.path)
        except (UnknownFieldError, UnknownTypeError) as error:
            raise FilterError(error.message, hint=error.hint, path=node.path, operator=node.operator) from None
        if node.operator not in OPERATORS[path.data_type]:
            raise _wrong_operator(node, path)
        if node.operator.startswith("name_"):
            return self._condition(Condition(f"{node.path}.name", _NAME_TESTS[node.operator], node.value))
        try:
            return Test(path, *self._operand(path, node))
        except (DomainError, UnknownTypeError) as error:
            raise FilterError(error.message, hint=error.hint, path=node.path, operator=node.operator) from None

    def _operand(self, path: Path, node: Condition) -> tuple[str, Any]:
        operator, value = node.operator, node.value
        if operator == "type_is":
            return operator, self._type_names(path, node)
        if operator in _SPANS:
            return "between", _span_bounds(operator, value, path.data_type, self.now)
        if operator in _FOLDED:
            return operator, _folded(operator, value, node.path)
        if operator == "in":
            return operator, tuple(dict.fromkeys(self._value(path, item, node.path) for item in value))
        if operator == "between":
            return operator, self._bounds(path, node)
        if value is None and operator != "is":
            raise DomainError(f"{node.path}: {operator} takes a value, not None", hint="ask for null with == None")
        if path.data_type in NULL_ONLY and value is not None:
            raise DomainError(f"{node.path}: a {path.data_type} field can only be tested for null")
        return operator, self._value(path, value, node.path)

    def _bounds(self, path: Path, node: Condition) -> tuple[Any, Any]:
        low, high = (self._value(path, item, node.path) for item in node.value)
        if _above(path.data_type, low, high):
            raise DomainError(f"{node.path}: between wants the lower value first")
        return low, high

    def _value(self, path: Path, value: Any, where: str) -> Any:
        if value is None:
            return None
        data_type = _ELEMENT.get(path.data_type, path.data_type)
        checked = check_value(data_type, value, where, ANY)
        if data_type == "link":
            return self._link(path, checked, where)
        return _choice_of_any(path, checked, where) if path.data_type in _CHOSEN else checked

    def _link(self, path: Path, ref: Ref, where: str) -> Ref:
        legal = {name for item in path.leaves.values() for name in self.schema.targets(item)}
        self.schema.type(ref.type)
        if not any(name in legal for name in self.schema.concrete(ref.type)):
            raise DomainError(f"{where} links to {', '.join(sorted(legal))}, not to a {ref.type}")
        return ref

    def _type_names(self, path: Path, node: Condition) -> tuple[str, ...]:
        names = node.value if isinstance(node.value, tuple) else (node.value,)
        found = [kind for name in names for kind in self.schema.concrete(self.schema.type(name).name)]
        legal = {kind for item in path.leaves.values() for kind in self.schema.targets(item)}
        if not legal.intersection(found):
            raise DomainError(f"{node.path} never links to a {' or '.join(map(str, names))}")
        return tuple(dict.fromkeys(found))


_NAME_TESTS: Final = {
    "name_is": "is", "name_equals_ignoring_case": "equals_ignoring_case", "name_contains": "contains",
    "name_starts_with": "starts_with", "name_ends_with": "ends_with",
}  # fmt: skip
_ELEMENT: Final = {"links": "link", "choices": "choice", "computed": "text"}
_CHOSEN: Final = frozenset({"status", "choice", "choices"})
_FOLDED: Final = frozenset({"equals_ignoring_case", "in_ignoring_case", "contains", "starts_with", "ends_with"})
_SPANS: Final = frozenset(
    {"in_last", "in_next", "in_calendar_day", "in_calendar_week", "in_calendar_month", "in_calendar_year"}
)


def _wrong_operator(node: Condition, path: Path) -> FilterError:
    known = operators_of(path.data_type)
    return FilterError(
        f"{node.path} is a {path.data_type} field and has no operator {node.operator!r}",
        hint=f"it takes {', '.join(known)}" if known else "it cannot be used in a filter",
        path=node.path,
        operator=node.operator,
    )


def _folded(operator: str, value: Any, where: str) -> Any:
    if operator == "in_ignoring_case":
        return tuple(dict.fromkeys(_lower(item, where) for item in value))
    return _lower(value, where)


def _lower(value: Any, where: str) -> str:
    if value is None:
        raise DomainError(f"{where}: a text is wanted, not None", hint="ask for null with == None")
    return str(check_value("text", value, where)).lower()


def _choice_of_any(path: Path, value: str, where: str) -> str:
    """A status or choice of any of the types that the path may end at: each may have its own."""
    for item in path.leaves.values():
        if not item.choices or value in item.choices:
            return value
    for item in path.leaves.values():
        if value in item.aliases:
            return item.aliases[value]
    return _choice(path.leaf, value, where)


def _choice(item: Field, value: str, where: str) -> str:
    """A status or choice: the tracker's own key, or the other spelling where it names exactly one."""
    if not item.choices or value in item.choices:
        return value
    other = item.aliases.get(value)
    if other is not None:
        return other
    hint = did_you_mean(value, item.choices) or f"there are {', '.join(map(repr, item.choices[:30]))}"
    raise DomainError(f"{where}: {value!r} is no {item.data_type} of this field", hint=hint, path=where)


def check_choice(item: Field, value: str, where: str) -> str:
    """A status or choice as the tracker's own key.

    Raises:
        DomainError: lists the legal values.
    """
    return _choice(item, value, where)


def _above(data_type: str, low: Any, high: Any) -> bool:
    if data_type == "id":
        return sort_key("id", low) > sort_key("id", high)
    return bool(low > high)


def _span_bounds(operator: str, value: Any, data_type: str, now: datetime) -> tuple[Any, Any]:
    try:
        low, high = _moments(operator, value, now)
    except (OverflowError, ValueError):
        raise DomainError(f"{operator} {value!r} leaves the years 1 to 9999") from None
    if data_type == "date":
        return low.date(), high.date()
    return low, high


def _moments(operator: str, value: Any, now: datetime) -> tuple[datetime, datetime]:
    if operator == "in_last":
        return _shift(now, -value[0], value[1]), now
    if operator == "in_next":
        return now, _shift(now, value[0], value[1])
    unit = operator.removeprefix("in_calendar_")
    start = _shift(_floor(now, unit), value, unit)
    return start, _shift(start, 1, unit) - timedelta(microseconds=1)


def _floor(now: datetime, unit: str) -> datetime:
    day = now.replace(hour=0, minute=0, second=0, microsecond=0)
    if unit == "week":
        return day - timedelta(days=day.weekday())
    if unit == "month":
        return day.replace(day=1)
    return day.replace(month=1, day=1) if unit == "year" else day


def _shift(moment: datetime, count: int, unit: str) -> datetime:
    if unit in ("hour", "day", "week"):
        return moment + timedelta(**{f"{unit}s": count})
    months = moment.year * 12 + moment.month - 1 + count * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    first = moment.replace(year=year, month=month + 1, day=1)
    last_day = (_next_month(first.date()) - timedelta(days=1)).day
    return first.replace(day=min(moment.day, last_day))


def _next_month(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def tests_of(node: Filter) -> list[Test]:
    """Every Test of a checked tree."""
    found: list[Test] = []
    _walk(node, found.append)
    return found


def _walk(node: Filter, visit: Callable[[Test], Any]) -> None:
    if isinstance(node, Test):
        visit(node)
    elif isinstance(node, Not):
        _walk(node.part, visit)
    elif isinstance(node, (And, Or)):
        for part in node.parts:
            _walk(part, visit)
