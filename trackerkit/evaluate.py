"""A query answered in plain Python: the reference semantics, and what every backend finishes here.

A record is a mapping from field names to neutral values, with its Ref under ``"ref"``. Deep paths are followed by a
``Resolver``, which asks its ``fetch`` for the records on the other side, in bulk and each once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cmp_to_key
from typing import Any

from trackerkit.datatypes import sort_key
from trackerkit.filters import And, Filter, Not, Or
from trackerkit.query import Order, Path, Query, Test, tests_of
from trackerkit.values import Inherited, Ref

Record = Mapping[str, Any]
Fetch = Callable[[Sequence[Ref], Sequence[str]], Mapping[Ref, Record]]
"""Bulk read: Refs and field names → records. A record that is gone or retired is left out."""

Values = Callable[[Path], Sequence[Any]]
"""The values at the end of a path, one a target; empty when no record is reached."""


def effective(value: Any) -> Any:
    """The value that shows: filters see through ``Inherited``."""
    return value.value if value.__class__ is Inherited else value


# --- one condition ---------------------------------------------------------------------------------------------------


def predicate(node: Filter) -> Callable[[Values], bool]:
    """The tree as one function, from the values at the end of a path to True or False."""
    if isinstance(node, Test):
        path, check = node.path, value_test(node)
        return lambda values: any(map(check, values(path) or _ONE_NULL))
    if isinstance(node, Not):
        inner = predicate(node.part)
        return lambda values: not inner(values)
    if isinstance(node, (And, Or)):
        return _joined(tuple(map(predicate, node.parts)), stops_at=isinstance(node, Or))
    raise TypeError(f"not a checked filter: {node!r}")


def _joined(parts: Sequence[Callable[[Values], bool]], stops_at: bool) -> Callable[[Values], bool]:
    """And (stops at the first False) or or (at the first True); a plain loop, for one frame a level of nesting."""

    def holds(values: Values) -> bool:
        for part in parts:
            if part(values) is stops_at:
                return stops_at
        return not stops_at

    return holds


_ONE_NULL = (None,)


def value_test(test: Test) -> Callable[[Any], bool]:
    """One condition as a function of one value (of a list, where the field holds lists)."""
    check = _OPERATORS[test.operator](test.value, test.path.data_type)
    if test.path.leaf.is_many:
        return _member_test(test, check)
    return lambda value: check(effective(value))


def _member_test(test: Test, check: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """A list holds the condition if any element does; an empty list counts as null."""
    return lambda value: any(map(check, effective(value) or _ONE_NULL))


def _is(wanted: Any, data_type: str) -> Callable[[Any], bool]:
    if wanted is None:
        return lambda value: value is None
    if isinstance(wanted, Ref):
        return lambda value: value is not None and same_ref(value, wanted)
    return lambda value: value is not None and bool(value == wanted)


def same_ref(one: Ref, other: Ref) -> bool:
    """Equal, where a Ref made by hand may lack its site and native type."""
    if one.id != other.id or (one.site and other.site and one.site != other.site):
        return False
    if one.native and other.native:
        return one.native == other.native
    return one.type == other.type


def _in(wanted: tuple[Any, ...], data_type: str) -> Callable[[Any], bool]:
    if any(isinstance(item, Ref) for item in wanted):
        refs: dict[str, list[Ref]] = {}
        for item in wanted:
            if item is not None:
                refs.setdefault(item.id, []).append(item)
        null = None in wanted
        return lambda value: null if value is None else any(same_ref(value, ref) for ref in refs.get(value.id, ()))
    members = frozenset(wanted)
    return lambda value: value in members


def _text_check(compare: Callable[[str, Any], bool]) -> Callable[[Any, str], Callable[[Any], bool]]:
    return lambda wanted, _type: lambda value: value is not None and compare(value.lower(), wanted)


def _compared(compare: Callable[[Any, Any], bool]) -> Callable[[Any, str], Callable[[Any], bool]]:
    def make(wanted: Any, data_type: str) -> Callable[[Any], bool]:
        if data_type == "id":
            bound = sort_key("id", wanted)
            return lambda value: value is not None and compare(sort_key("id", value), bound)
        return lambda value: value is not None and compare(value, wanted)

    return make


def _between(wanted: tuple[Any, Any], data_type: str) -> Callable[[Any], bool]:
    low, high = (sort_key(data_type, item) for item in wanted)
    return lambda value: value is not None and low <= sort_key(data_type, value) <= high


_OPERATORS: dict[str, Callable[[Any, str], Callable[[Any], bool]]] = {
    "is": _is,
    "in": _in,
    "equals_ignoring_case": _text_check(lambda text, wanted: text == wanted),
    "in_ignoring_case": lambda wanted, _type: _folded_in(frozenset(wanted)),
    "contains": _text_check(lambda text, wanted: wanted in text),
    "starts_with": _text_check(lambda text, wanted: text.startswith(wanted)),
    "ends_with": _text_check(lambda text, wanted: text.endswith(wanted)),
    "less_than": _compared(lambda value, wanted: value < wanted),
    "greater_than": _compared(lambda value, wanted: value > wanted),
    "at_most": _compared(lambda value, wanted: value <= wanted),
    "at_least": _compared(lambda value, wanted: value >= wanted),
    "between": _between,
    "type_is": lambda wanted, _type: lambda value: value is not None and value.type in wanted,
}


def _folded_in(members: frozenset[str]) -> Callable[[Any], bool]:
    return lambda value: value is not None and value.lower() in members


# --- deep paths ------------------------------------------------------------------------------------------------------


class Resolver:
    """Follows paths from records, reading what lies on the other side in bulk; each record is read once.

    Args:
        fetch: bulk read of records by Ref.
        paths: every path that will be asked for, so that a record is fetched with all it is needed for.
    """

    def __init__(self, fetch: Fetch, paths: Iterable[Path]) -> None:
        self._fetch = fetch
        self._wanted: dict[int, set[str]] = {}
        self._seen: dict[tuple[int, Ref], Record | None] = {}
        for path in paths:
            for depth in range(1, len(path.steps) + 1):
                names = set(_names(path, depth))
                self._wanted.setdefault(depth, set()).update(names)

    def columns(self, records: Sequence[Record], path: Path) -> list[list[Any]]:
        """For each record, the values at the end of the path, one a target reached."""
        frontier: list[list[Record]] = [[record] for record in records]
        for depth, step in enumerate(path.steps, 1):
            names = [item.name for item in step.fields.values()]
            targets = frozenset(step.targets)
            linked = [
                [ref for item in group for ref in _links(item, names) if ref.type in targets] for group in frontier
            ]
            self._load(depth, {ref: None for refs in linked for ref in refs})
            frontier = [[hit for ref in refs if (hit := self._seen[depth, ref]) is not None] for refs in linked]
        return [[_leaf(record, path) for record in group] for group in frontier]

    def _load(self, depth: int, refs: Iterable[Ref]) -> None:
        missing = [ref for ref in refs if (depth, ref) not in self._seen]
        if missing:
            found = self._fetch(missing, sorted(self._wanted[depth]))
            for ref in missing:
                self._seen[depth, ref] = found.get(ref)


def _names(path: Path, depth: int) -> Iterator[str]:
    """The field names that records at a depth of a path are needed for."""
    if depth < len(path.steps):
        yield from (item.name for item in path.steps[depth].fields.values())
    else:
        yield from (item.name for item in path.leaves.values())


def _links(record: Record, names: Sequence[str]) -> Iterator[Ref]:
    for name in dict.fromkeys(names):
        value = effective(record.get(name))
        if isinstance(value, (list, tuple)):
            yield from value
        elif value is not None:
            yield value


def _leaf(record: Record, path: Path) -> Any:
    ref: Ref = record["ref"]
    item = path.leaves.get(ref.type)
    if item is None:
        item = next(iter(path.leaves.values())) if not path.steps else None
    return record.get(item.name) if item is not None else None


def column_value(path: Path, values: Sequence[Any]) -> Any:
    """What a column holds: the value; a list through links to many; flat where the field itself holds lists."""
    if not path.through_many:
        return values[0] if values else ([] if path.leaf.is_many else None)
    if path.leaf.is_many:
        return list(dict.fromkeys(item for value in values for item in effective(value) or ()))
    return list(values)


# --- a whole query ---------------------------------------------------------------------------------------------------


def paths_of(query: Query) -> list[Path]:
    """Every path that a query needs: filter, columns and order."""
    found = [test.path for test in tests_of(query.filter)]
    found += query.fields
    found += [item.path for item in query.order]
    return list(dict.fromkeys(found))


def needed_fields(paths: Iterable[Path]) -> list[str]:
    """The fields of the record itself that the paths begin with."""
    names: dict[str, None] = {}
    for path in paths:
        names.update(dict.fromkeys(_names(path, 0)))
    return list(names)


def answer(query: Query, records: Sequence[Record], fetch: Fetch) -> list[tuple[Any, ...]]:
    """The rows ``(ref, value, …)`` of a query over records in creation order: filtered, ordered, limited.

    Type, project, state and archived are the caller's: ``records`` holds only what they allow.
    """
    resolver = Resolver(fetch, paths_of(query))
    kept = matching(query.filter, records, resolver)
    kept = ordered(query.order, kept, resolver)
    if query.limit is not None:
        kept = kept[: query.limit]
    return project_rows(query.fields, kept, resolver)


def matching(node: Filter, records: Sequence[Record], resolver: Resolver) -> list[Record]:
    """The records for which a tree holds."""
    if isinstance(node, And) and not node.parts:
        return list(records)
    columns = {path: resolver.columns(records, path) for path in dict.fromkeys(t.path for t in tests_of(node))}
    holds = predicate(node)

    def values_at(at: int) -> Values:
        return lambda path: columns[path][at]

    return [record for at, record in enumerate(records) if holds(values_at(at))]


def ordered(order: Sequence[Order], records: Sequence[Record], resolver: Resolver) -> list[Record]:
    """The records by the sort keys; ties keep the order they came in."""
    made = list(records)
    for item in reversed(order):
        column = resolver.columns(made, item.path)
        keys = [sort_key(item.path.data_type, effective(column_value(item.path, values))) for values in column]
        places = _descending(keys) if item.descending else sorted(range(len(keys)), key=lambda at: keys[at])
        made = [made[at] for at in places]
    return made


def _descending(keys: Sequence[Any]) -> list[int]:
    """Positions by falling key; equal keys keep their order."""

    def compare(one: int, other: int) -> int:
        return int(keys[one] < keys[other]) - int(keys[one] > keys[other])

    return sorted(range(len(keys)), key=cmp_to_key(compare))


def project_rows(fields: Sequence[Path], records: Sequence[Record], resolver: Resolver) -> list[tuple[Any, ...]]:
    """The rows ``(ref, value, …)`` of some records."""
    columns = [
        [column_value(path, values) for values in resolver.columns(records, path)]
        if path.steps
        else [_leaf(record, path) for record in records]
        for path in fields
    ]
    refs = [record["ref"] for record in records]
    return list(zip(refs, *columns))  # noqa: B905 - Python 3.10, same length
