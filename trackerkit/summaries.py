"""Summaries: counts, sums and averages of a query's records, grouped; made here unless the backend makes them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import field as _field
from datetime import date, datetime, timedelta
from typing import Any, Final

from trackerkit.backend import Backend
from trackerkit.datatypes import sort_key
from trackerkit.errors import QueryError, did_you_mean
from trackerkit.evaluate import effective
from trackerkit.query import Builder, Path, Query
from trackerkit.values import Ref

NUMERIC: Final = frozenset({"integer", "float", "percent", "currency", "duration", "timecode"})
DATED: Final = frozenset({"date", "datetime"})


@dataclass(frozen=True, slots=True)
class Summary:
    """The values of one group, and of the groups inside it.

    Args:
        values: ``(field, kind)`` → value.
        name: the group as people see it; empty for the whole.
        value: the group's value; None for the whole and for the group of null.
        groups: the groups inside, in order.
    """

    values: dict[tuple[str, str], Any]
    name: str = ""
    value: Any = None
    groups: tuple[Summary, ...] = _field(default_factory=tuple)

    def __getitem__(self, name: str) -> Any:
        """The value of a field's only summary."""
        found = [value for (field, _), value in self.values.items() if field == name]
        if len(found) != 1:
            raise KeyError(name)
        return found[0]


def _numbers(values: Sequence[Any]) -> list[Any]:
    return [value for value in values if value is not None]


def _natural(value: Any) -> Any:
    """Ids in their own order: 2 before 10."""
    return sort_key("id", value) if isinstance(value, str) else value


def _average(values: Sequence[Any]) -> Any:
    known = _numbers(values)
    if not known:
        return None
    if isinstance(known[0], timedelta):
        return sum(known, timedelta()) / len(known)
    return sum(known) / len(known)


def _sum(values: Sequence[Any]) -> Any:
    known = _numbers(values)
    return sum(known, timedelta()) if known and isinstance(known[0], timedelta) else sum(known)


SUMMARIES: Final[dict[str, tuple[Callable[[Sequence[Any]], Any], frozenset[str] | None]]] = {
    "count": (lambda values: len(_numbers(values)), None),
    "record_count": (len, None),
    "sum": (_sum, NUMERIC),
    "average": (_average, NUMERIC),
    "minimum": (lambda values: min(_numbers(values), default=None, key=_natural), NUMERIC | {"id"}),
    "maximum": (lambda values: max(_numbers(values), default=None, key=_natural), NUMERIC | {"id"}),
    "earliest": (lambda values: min(_numbers(values), default=None), DATED),
    "latest": (lambda values: max(_numbers(values), default=None), DATED),
    "checked": (lambda values: sum(value is True for value in values), frozenset({"checkbox"})),
    "counts": (lambda values: dict(Counter(values)), frozenset({"checkbox", "choice", "status"})),
    "unchecked": (lambda values: sum(value is not True for value in values), frozenset({"checkbox"})),
}
"""Each kind of summary: how it is made, and the data types that it is for (None for all).

``counts`` is how often each value occurs: a dict.
"""


def _exact(value: Any) -> Any:
    return value


def _bucket(step: int) -> Callable[[Any], Any]:
    return lambda value: None if value is None else int(value // step * step)


def _date_part(cut: Callable[[date], Any]) -> Callable[[Any], Any]:
    return lambda value: None if value is None else cut(value.date() if isinstance(value, datetime) else value)


_WORKDAY: Final = timedelta(hours=8)
_MONDAY: Final = date(1970, 1, 5)


def _days(step: int) -> Callable[[Any], Any]:
    """So many days together: days of the calendar, counted from a Monday, or of eight hours' work."""

    def cut(value: Any) -> Any:
        if value is None:
            return None
        if isinstance(value, timedelta):
            return value // (step * _WORKDAY) * (step * _WORKDAY)
        day = value.date() if isinstance(value, datetime) else value
        return _MONDAY + timedelta(days=(day - _MONDAY).days // step * step)

    return cut


def _week(day: date) -> date:
    return day - timedelta(days=day.weekday())


GROUPINGS: Final[dict[str, tuple[Callable[[Any], Any], frozenset[str] | None]]] = {
    "exact": (_exact, None),
    **{
        name: (_bucket(10**power), NUMERIC - {"duration"})
        for power, name in enumerate(
            ("tens", "hundreds", "thousands", "tensofthousands", "hundredsofthousands", "millions"), 1
        )
    },
    "day": (_date_part(lambda day: day), DATED),
    "week": (_date_part(_week), DATED),
    "month": (_date_part(lambda day: day.replace(day=1)), DATED),
    "quarter": (_date_part(lambda day: day.replace(month=(day.month - 1) // 3 * 3 + 1, day=1)), DATED),
    "year": (_date_part(lambda day: day.replace(month=1, day=1)), DATED),
    "one_day": (_days(1), DATED | {"duration"}),
    "five_days": (_days(5), DATED | {"duration"}),
    "entity_type": (lambda value: None if value is None else value.type, frozenset({"link"})),
    "first_letter": (lambda value: value[:1].upper() if value else None, frozenset({"text", "choice", "status"})),
}
"""Each kind of grouping: what it makes of a value, and the data types that it is for (None for all)."""


@dataclass(frozen=True, slots=True)
class Grouping:
    """One level of groups."""

    path: Path
    kind: str = "exact"
    descending: bool = False


def summarize_backend(
    backend: Backend, query: Query, summaries: Sequence[tuple[str, str]], grouping: Sequence[Any] = ()
) -> Summary:
    """Summaries of a query's records.

    Raises:
        QueryError: for a kind that there is not, or that the field's data type has not.
    """
    builder = Builder(backend.schema(), query.type)
    wanted = [(builder.path(field), _kind(builder.path(field), kind, SUMMARIES)) for field, kind in summaries]
    levels = [_level(builder, item) for item in grouping]
    paths = tuple(dict.fromkeys([path for path, _ in wanted] + [level.path for level in levels]))
    if not paths:
        raise QueryError("nothing to summarize", hint='for example summaries=[("id", "count")]')
    made: Summary | None = backend.summarize(query, wanted, levels)
    if made is not None:
        return made
    return _summary(_rows(backend, query.with_(fields=paths)), paths, wanted, levels)


def _rows(backend: Backend, query: Query) -> list[tuple[Any, ...]]:
    return [tuple(map(effective, row)) for page in backend.read(query) for row in page.tuples()]


def _kind(path: Path, kind: str, table: dict[str, tuple[Any, frozenset[str] | None]]) -> str:
    if kind not in table:
        raise QueryError(
            f"there is no {kind!r} here", hint=did_you_mean(str(kind), list(table)) or f"there are {', '.join(table)}"
        )
    types = table[kind][1]
    if types is not None and path.data_type not in types:
        raise QueryError(f"{path.text} is a {path.data_type} field and has no {kind!r}")
    return kind


def _level(builder: Builder, item: Any) -> Grouping:
    given = (item,) if isinstance(item, str) else tuple(item)
    field, kind, direction = (*given, *("", "exact", "asc")[len(given) :])[:3]
    path = builder.path(field)
    if direction not in ("asc", "desc"):
        raise QueryError(f"a direction is asc or desc, not {direction!r}")
    return Grouping(path, _kind(path, kind, GROUPINGS), direction == "desc")


def _summary(
    rows: list[tuple[Any, ...]], paths: Sequence[Path], wanted: Sequence[tuple[Path, str]], levels: Sequence[Grouping],
    name: str = "", value: Any = None,
) -> Summary:  # fmt: skip
    columns = {path: [row[at] for row in rows] for at, path in enumerate(paths)}
    values = {(path.text, kind): SUMMARIES[kind][0](columns[path]) for path, kind in wanted}
    groups = tuple(_groups(rows, paths, wanted, levels)) if levels else ()
    return Summary(values, name, value, groups)


def _groups(
    rows: list[tuple[Any, ...]], paths: Sequence[Path], wanted: Sequence[tuple[Path, str]], levels: Sequence[Grouping]
) -> Iterator[Summary]:
    level = levels[0]
    at = paths.index(level.path)
    cut = GROUPINGS[level.kind][0]
    found: dict[Any, list[tuple[Any, ...]]] = {}
    for row in rows:
        for key in _keys(cut, row[at]):
            found.setdefault(key, []).append(row)
    for key in sorted(found, key=_group_key, reverse=level.descending):
        yield _summary(found[key], paths, wanted, levels[1:], group_name(key), key)


def arranged(groups: Iterable[Summary], level: Grouping) -> tuple[Summary, ...]:
    """Groups in the order of a level, for a tracker that makes them."""
    return tuple(sorted(groups, key=lambda group: _group_key(group.value), reverse=level.descending))


def _keys(cut: Callable[[Any], Any], value: Any) -> list[Any]:
    """The groups of a row: one for each element of a list, the null group for an empty one."""
    if isinstance(value, list):
        return list(dict.fromkeys(cut(item) for item in value)) or [None]
    return [cut(value)]


def _group_key(key: Any) -> Any:
    return sort_key("text", group_name(key)) if isinstance(key, (str, Ref)) else sort_key("integer", key)


def group_name(key: Any) -> str:
    """What people see of a group's value."""
    if isinstance(key, Ref):
        return key.label or str(key)
    if key is None:
        return ""
    return key.isoformat() if isinstance(key, (date, datetime)) else str(key)
