"""Hypothesis strategies: values within a field's domain, small shows, and queries about them.

What is drawn is abstract: a record is a ``Key`` until a tracker has made it, so that the same draw can be put into several
trackers (``trackerkit.testing.twins``) and their answers compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, timezone
from functools import lru_cache
from typing import Any, Final

from hypothesis import strategies as st

from trackerkit.datatypes import NULL_ONLY, OPERATORS, check_value, nearest_value
from trackerkit.errors import DomainError
from trackerkit.filters import And, Condition, Filter, Not, Or
from trackerkit.paths import Path, resolve_path
from trackerkit.schema import Field, Schema
from trackerkit.testing.conformance.values import TEXTS
from trackerkit.values import Ref, Url

Strategy = st.SearchStrategy[Any]

UGLY: Final = [text for text in TEXTS.values() if len(text) < 100]
FRAGMENTS: Final = [
    "a",
    "A",
    "%",
    "_",
    "\\",
    "'",
    '"',
    "İ",
    "i",
    "ß",
    "é",
    "e\u0301",
    "🎬",
    " ",
    "*",
    "10",
    "alpha",
    "ALPHA",
    "Σ",
    "ς",
]
_TEXT: Final = st.one_of(
    st.sampled_from(UGLY),
    st.lists(st.sampled_from(FRAGMENTS), max_size=4).map("".join),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=6),
)
_UTC: Final = timezone.utc
_PLAIN: Final[dict[str, Strategy]] = {
    "text": _TEXT,
    "integer": st.one_of(st.integers(-5, 5), st.integers(-(2**63), 2**63 - 1)),
    "float": st.one_of(
        st.sampled_from([0.0, -0.5, 0.1, 24.0, 1e300]), st.floats(allow_nan=False, allow_infinity=False)
    ),
    "percent": st.integers(0, 100),
    "currency": st.floats(-1e6, 1e6).map(lambda value: round(value, 2)),
    "checkbox": st.booleans(),
    "date": st.one_of(st.dates(date(2023, 12, 28), date(2024, 1, 5)), st.dates()),
    "datetime": st.datetimes(datetime(1990, 1, 1), datetime(2100, 1, 1), timezones=st.just(_UTC)),  # noqa: DTZ001
    "duration": st.timedeltas(timedelta(0), timedelta(days=300)),
    "timecode": st.integers(0, 10**8),
    "choice": st.sampled_from(["a", "A", "b c", "ü"]),
    "choices": st.lists(st.sampled_from(["a", "A", "b c", "ü"]), max_size=3, unique=True),
    "status": st.sampled_from(["ip", "rev", "fin"]),
    "json": st.recursive(
        st.one_of(st.none(), st.booleans(), st.integers(-9, 9), st.sampled_from(UGLY)),
        lambda inner: st.one_of(
            st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["a", "b", "ü"]), inner, max_size=2)
        ),
        max_leaves=6,
    ),
    "url": st.sampled_from([Url("https://example.com/", "x"), Url("https://example.com/a?b=%20", "y z")]),
    "color": st.sampled_from(["#ff8000", "#000000"]),
    "uuid": st.uuids().map(str),
}


def values(item: Field) -> Strategy:
    """Values that the field can hold, null aside."""
    if item.choices:
        one = st.sampled_from(list(item.choices))
        return st.lists(one, max_size=3, unique=True) if item.data_type == "choices" else one
    return _PLAIN[item.data_type].map(lambda value: _fitted(item, value)).filter(lambda value: value is not None)


def _fitted(item: Field, value: Any) -> Any:
    """The value, or the nearest in the field's domain, or None."""
    try:
        return check_value(item.data_type, nearest_value(item.data_type, value, item.domain), item.name, item.domain)
    except DomainError:
        return None


# --- a small show ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Key:
    """A record that is not made yet."""

    name: str


@dataclass(frozen=True)
class Spec:
    """A record to make.

    Args:
        key: what others call it by.
        type: the entity type.
        values: the fields; links hold Keys.
        is_retired: to be retired after everything was made.
    """

    key: Key
    type: str
    values: Mapping[str, Any] = field(default_factory=dict)
    is_retired: bool = False


@dataclass(frozen=True)
class World:
    """A small show: users, sequences, shots and tasks, in the order in which they are made."""

    specs: tuple[Spec, ...]

    def of(self, *types: str) -> list[Key]:
        """The keys of some types."""
        return [spec.key for spec in self.specs if spec.type in types]

    def held(self, data_type: str, schema: Schema) -> list[Any]:
        """The values of a data type that its records hold: questions about them hit."""
        found = []
        for spec in self.specs:
            for name, value in spec.values.items():
                if value is not None and schema.type(spec.type).fields[name].data_type == data_type:
                    found += value if isinstance(value, list) else [value]
        return found


def _row(schema: Schema, type_name: str, names: Sequence[str]) -> Strategy:
    """Values of some of the fields; the others are not given."""
    owner = schema.type(type_name)
    return st.fixed_dictionaries(
        {}, optional={name: st.one_of(st.none() if _is_nullable(owner.fields[name]) else st.nothing(), values(owner.fields[name]))
                      for name in names if name in owner.fields},
    )  # fmt: skip


def _is_nullable(item: Field) -> bool:
    return item.domain.nullable and item.data_type != "checkbox"


@st.composite
def worlds(draw: st.DrawFn, schema: Schema, fields: Sequence[str], can_retire: bool = True) -> World:
    """Small shows.

    Args:
        draw: given by Hypothesis.
        schema: of the tracker under test.
        fields: free fields of Shot to fill.
        can_retire: some records are retired.
    """
    retired = st.sampled_from([False, False, False, True]) if can_retire else st.just(False)

    def some(type_name: str, stems: Sequence[str], most: int, **given: Strategy) -> list[Spec]:
        status = values(schema.field(type_name, "status"))
        found = []
        for at in range(draw(st.integers(0, most))):
            made = {name: draw(strategy) for name, strategy in given.items()}
            made |= {"name": f"{draw(st.sampled_from(stems))}{at}", "status": draw(status), **made.pop("more", {})}
            found.append(Spec(Key(f"{type_name}{at}"), type_name, made, draw(retired)))
        return found

    users = [Spec(Key(f"user{at}"), "User") for at in range(draw(st.integers(0, 2)))]
    sequences = some("Sequence", ["sq", "SQ", "x"], 2)
    home = st.sampled_from([None, *(spec.key for spec in sequences)])
    shots = some("Shot", ["sh", "SH", "a"], 5, parent=home, more=_row(schema, "Shot", fields))
    if not shots:
        return World((*users, *sequences))
    people = st.lists(st.sampled_from([spec.key for spec in users]), unique=True) if users else st.just([])
    parent = st.sampled_from([spec.key for spec in shots])
    tasks = some("Task", ["anim", "Anim", "comp"], 4, parent=parent, assignees=people)
    specs = (*users, *sequences, *draw(st.permutations(shots)), *tasks)
    return World(specs)


# --- questions about it ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Question:
    """A query about a world, before its records exist."""

    type: str
    condition: Filter
    fields: tuple[str, ...]
    order: tuple[str, ...]
    limit: int | None
    state: str
    page_size: int | None


_NEEDS_VALUE: Final = frozenset({"less_than", "greater_than", "at_most", "at_least"})
_TEXTUAL: Final = frozenset(
    {"contains", "starts_with", "ends_with", "equals_ignoring_case", "name_is", "name_contains", "name_starts_with",
     "name_ends_with", "name_equals_ignoring_case"}
)  # fmt: skip


@st.composite
def conditions(draw: st.DrawFn, world: World, schema: Schema, type_name: str, paths: Sequence[str]) -> Filter:
    """A filter tree over some paths; link operands are Keys."""
    leaf = st.sampled_from(list(paths)).flatmap(lambda text: _tests(world, schema, type_name, text))
    tree = st.recursive(
        leaf,
        lambda inner: st.one_of(
            st.lists(inner, max_size=3).map(And), st.lists(inner, max_size=3).map(Or), inner.map(Not)
        ),
        max_leaves=5,
    )
    return draw(tree)


@lru_cache(maxsize=1000)
def _path(schema: Schema, type_name: str, text: str) -> Path:
    return resolve_path(schema, type_name, text)


def _tests(world: World, schema: Schema, type_name: str, text: str) -> Strategy:
    path = _path(schema, type_name, text)
    operators = sorted(OPERATORS[path.data_type] - {"in_last", "in_next"}) or ["is"]
    operators = [name for name in operators if not name.startswith("in_calendar")]
    return st.sampled_from(operators).flatmap(
        lambda operator: _operand(world, schema, path, operator).map(lambda value: Condition(text, operator, value))
    )


def _operand(world: World, schema: Schema, path: Path, operator: str) -> Strategy:
    if path.data_type in NULL_ONLY:
        return st.none()
    if operator == "type_is":
        return st.sampled_from(sorted({name for item in path.leaves.values() for name in schema.targets(item)}))
    if operator in _TEXTUAL:
        return st.one_of(st.sampled_from(FRAGMENTS), _pool(world, schema, path, "text").map(_fragment))
    if operator == "in_ignoring_case":
        return st.lists(_pool(world, schema, path, "text"), max_size=3).map(tuple)
    one = _pool(world, schema, path, path.data_type)
    if operator == "in":
        return st.lists(st.one_of(st.none(), one), max_size=4).map(tuple)
    if operator == "between":
        return st.tuples(one, one).map(lambda pair: tuple(sorted(pair)))
    return one if operator in _NEEDS_VALUE else st.one_of(st.none(), one)


def _fragment(text: str) -> str:
    return text[: max(1, len(text) // 2)]


def _pool(world: World, schema: Schema, path: Path, data_type: str) -> Strategy:
    """Values that are held somewhere, and others."""
    if data_type in ("link", "links"):
        legal = {name for item in path.leaves.values() for name in schema.targets(item)}
        keys = [spec.key for spec in world.specs if legal.intersection(schema.concrete(spec.type))]
        return st.sampled_from(keys) if keys else st.none()
    leaf = path.leaf
    element = {"choices": "choice"}.get(data_type, data_type)
    held = world.held(data_type, schema)
    fresh = st.sampled_from(list(leaf.choices)) if leaf.choices and data_type == leaf.data_type else _PLAIN[element]
    return st.one_of(st.sampled_from(held), fresh) if held else fresh


@st.composite
def questions(
    draw: st.DrawFn, world: World, schema: Schema, paths: Mapping[str, Sequence[str]], can_read_retired: bool = True
) -> Question:
    """Questions about a world.

    Args:
        draw: given by Hypothesis.
        world: what they are about.
        schema: of the tracker under test.
        paths: for each entity type that may be asked for, the paths to use.
        can_read_retired: also ask for retired records.
    """
    type_name = draw(st.sampled_from(sorted(paths)))
    texts = list(paths[type_name])
    known = {text: _path(schema, type_name, text) for text in texts}
    sortable = [text for text, path in known.items() if not path.through_many and path.leaf.can_order]
    order = draw(st.lists(st.sampled_from(sortable), max_size=2, unique=True)) if sortable else []
    return Question(
        type=type_name,
        condition=draw(conditions(world, schema, type_name, texts)),
        fields=tuple(draw(st.lists(st.sampled_from(texts), max_size=4, unique=True))),
        order=tuple(draw(st.sampled_from(["", "-"])) + text for text in order),
        limit=draw(st.sampled_from([None, None, 1, 2, 3])),
        state=draw(st.sampled_from(["active", "active", "all", "retired"])) if can_read_retired else "active",
        page_size=draw(st.sampled_from([None, 1, 2])),
    )


def with_records(node: Filter, refs: Mapping[Key, Ref]) -> Filter:
    """The tree with every Key replaced by its record."""
    if isinstance(node, (And, Or)):
        return type(node)(with_records(part, refs) for part in node.parts)
    if isinstance(node, Not):
        return Not(with_records(node.part, refs))
    assert isinstance(node, Condition)
    value = node.value
    made = tuple(refs.get(each, each) for each in value) if isinstance(value, tuple) else _looked_up(value, refs)
    return Condition(node.path, node.operator, made)


def _looked_up(value: Any, refs: Mapping[Key, Ref]) -> Any:
    return refs[value] if isinstance(value, Key) else value
