"""Entity: a record as it was read. A value converts when it is first asked for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import partial
from operator import attrgetter, itemgetter
from typing import Any, Final

from trackerkit.errors import FieldNotLoadedError, did_you_mean
from trackerkit.values import Ref

Getter = Callable[[Any], Any]


class Plan:
    """How the rows of one answer are read; shared by all of its records.

    Args:
        columns: the names of the fields, as asked for.
        getters: for each column, a function from a native row to the neutral value.
        ref: a function from a native row to the record's Ref.
    """

    __slots__ = ("columns", "direct", "getters", "index", "ref")

    def __init__(self, columns: Sequence[str], getters: Sequence[Getter], ref: Getter) -> None:
        self.columns = tuple(columns)
        self.getters = tuple(getters)
        self.ref = ref
        self.index: dict[str, Getter] = dict(zip(self.columns, self.getters))  # noqa: B905 - Python 3.10, same length
        # A value that lies in the row as it is needs no conversion and no cache; the others are None here.
        self.direct = {name: get if get.__class__ in _DIRECT else None for name, get in self.index.items()}

    @classmethod
    def plain(cls, columns: Sequence[str]) -> Plan:
        """The plan of rows that are neutral already: ``(ref, value, value, …)``."""
        return cls(columns, [itemgetter(at + 1) for at in range(len(columns))], itemgetter(0))

    def values(self, row: Any) -> tuple[Any, ...]:
        """The neutral values of a row, in the order of the columns."""
        return tuple([get(row) for get in self.getters])

    def columns_of(self, rows: Sequence[Any]) -> list[list[Any]]:
        """The neutral values of many rows, column by column."""
        return [getattr(get, "many", partial(_each, get))(rows) for get in self.getters]


def with_many(get: Getter, many: Callable[[Sequence[Any]], list[Any]]) -> Getter:
    """A getter that is told how to read many rows at once, where that is quicker than one after the other.

    Args:
        get: from a native row to the neutral value; a function of its own, which is marked.
        many: from native rows to the values, in their order.
    """
    get.many = many  # type: ignore[attr-defined]
    return get


class Repeated(list[Any]):
    """A column in which few values come again and again, each the same object, with what tells them apart.

    Args:
        keys: for each row, which value it is.
        values: key → value.
    """

    __slots__ = ("distinct", "keys")

    def __init__(self, keys: Sequence[Hashable], values: Mapping[Hashable, Any]) -> None:
        super().__init__(map(values.__getitem__, keys))
        self.keys, self.distinct = keys, values

    def told(self, make: Callable[[Any], Any]) -> list[Any]:
        """The column with every value made into another, each once."""
        made = {key: make(value) for key, value in self.distinct.items()}
        return list(map(made.__getitem__, self.keys))


def _each(get: Getter, rows: Sequence[Any]) -> list[Any]:
    return list(map(get, rows))


_DIRECT: Final = (itemgetter, attrgetter)


class Page:
    """Some rows of an answer.

    Args:
        plan: how to read them.
        rows: native rows.
        next: hand it back as ``Query.after`` to go on behind this page; None after the last one.
    """

    __slots__ = ("next", "plan", "rows")

    def __init__(self, plan: Plan, rows: Sequence[Any], next: Any = None) -> None:
        self.plan = plan
        self.rows = rows
        self.next = next

    def __len__(self) -> int:
        return len(self.rows)

    def tuples(self) -> list[tuple[Any, ...]]:
        """The neutral values of every row."""
        values = self.plan.values
        return [values(row) for row in self.rows]

    def refs(self) -> list[Ref]:
        """The Ref of every row."""
        return [self.plan.ref(row) for row in self.rows]

    def entities(self) -> list[Entity]:
        """Every row as a record."""
        return list(self.each())

    def each(self) -> Iterator[Entity]:
        """Every row as a record, made when its turn comes."""
        return map(partial(Entity, self.plan), self.rows)


def joined(pages: Sequence[tuple[Plan, Sequence[Any]]]) -> tuple[Plan | None, Sequence[Any]]:
    """The rows of several pages of one answer as rows of one plan: the pages' own, where they share it.

    A tracker that is asked project by project reads the rows of each by a plan of its own.
    """
    if len({id(plan) for plan, _ in pages}) <= 1:
        return (pages[0][0] if pages else None), [row for _, rows in pages for row in rows]
    plain = Plan.plain(pages[0][0].columns)
    return plain, [(plan.ref(row), *plan.values(row)) for plan, rows in pages for row in rows]


class Entity:
    """A record as it was read, with the fields that were asked for and no others.

    ``shot["assets.name"]`` and, for plain names, ``shot.name``. A field that was not asked for raises
    ``FieldNotLoadedError``; it is never None and never a hidden request. ``ref``, ``id`` and ``entity_type`` are always
    there. A record does not follow later changes.
    """

    __slots__ = ("_plan", "_row", "_values")

    def __init__(self, plan: Plan, row: Any) -> None:
        self._plan = plan
        self._row = row
        self._values: dict[str, Any] | None = None

    @property
    def ref(self) -> Ref:
        """The record's address."""
        found: Ref = self._plan.ref(self._row)
        return found

    @property
    def id(self) -> str:
        """The record's id, which is known whether it was asked for or not."""
        return self.ref.id

    @property
    def entity_type(self) -> str:
        """The neutral entity type, for example ``Shot`` (on a Task, ``type`` is the task's own type)."""
        return self.ref.type

    def __getitem__(self, name: str) -> Any:
        try:
            get = self._plan.direct[name]
        except KeyError:
            raise self._not_loaded(name) from None
        if get is not None:
            return get(self._row)
        values = self._values
        if values is None:
            values = self._values = {}
        elif name in values:
            return values[name]
        value = values[name] = self._plan.index[name](self._row)
        return value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return self[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._plan.columns)

    def __len__(self) -> int:
        return len(self._plan.columns)

    def __contains__(self, name: object) -> bool:
        return name in self._plan.index

    def get(self, name: str, default: Any = None) -> Any:
        """The value, or ``default`` when the field was not asked for."""
        return self[name] if name in self._plan.index else default

    def keys(self) -> tuple[str, ...]:
        """The names of the fields that were asked for; with them, ``dict(record)`` works."""
        return self._plan.columns

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Entity) and self.ref == other.ref

    def __hash__(self) -> int:
        return hash(self.ref)

    def __repr__(self) -> str:
        shown = ", ".join(f"{name}={self[name]!r}" for name in self._plan.columns if name not in ("id", "type"))
        return f"<{self.ref} {shown}>" if shown else f"<{self.ref}>"

    def __dir__(self) -> list[str]:
        return [*super().__dir__(), *(name for name in self._plan.columns if name.isidentifier())]

    def __reduce__(self) -> tuple[Any, ...]:
        return _rebuild, (self.ref, tuple(self._plan.columns), self._plan.values(self._row))

    def to_dict(self) -> dict[str, Any]:
        """The fields that were asked for, by name."""
        return {name: self[name] for name in self._plan.columns}

    def _not_loaded(self, name: str) -> FieldNotLoadedError:
        hint = did_you_mean(name, self._plan.columns) or f'name it: fields=["{name}", …]'
        return FieldNotLoadedError(f"{self.ref}: the field {name!r} was not asked for", hint=hint)


def _rebuild(ref: Ref, columns: tuple[str, ...], values: tuple[Any, ...]) -> Entity:
    return Entity(Plan.plain(columns), (ref, *values))


def entity(ref: Ref, values: Mapping[str, Any]) -> Entity:
    """A record made of values at hand."""
    return Entity(Plan.plain(tuple(values)), (ref, *values.values()))
