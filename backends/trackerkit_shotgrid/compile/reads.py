"""Reads: one neutral query on one concrete type as what the site is asked, how its rows are read, and what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trackerkit.entities import Plan
from trackerkit.evaluate import Resolver, column_value, needed_fields
from trackerkit.filters import And, Filter
from trackerkit.query import Path, Query, tests_of
from trackerkit.schema import Field
from trackerkit.values import Ref
from trackerkit_shotgrid.compile.conditions import link_in
from trackerkit_shotgrid.compile.filters import Pusher
from trackerkit_shotgrid.compile.pushed import ALL, NONE, Pushed, every
from trackerkit_shotgrid.compile.reach import Reach, Reacher, Row, Unreachable, row_ref
from trackerkit_shotgrid.mapping.types import USER_KINDS

REVIEWABLE_FILE: Final = "sg_uploaded_movie"

MOST_REMEMBERED: Final = 256
"""Sets of columns that are remembered."""


@dataclass(frozen=True)
class Read:
    """One query on one concrete type.

    Args:
        owner: the neutral type.
        native: ShotGrid's type.
        filters: ShotGrid's list filters.
        is_nothing: True when no record can match: nothing is asked.
        natives: the fields to ask for.
        left: what of the filter is looked at here.
        reaches: how the paths are read that are read straight out of a row.
        own: how the fields of the record itself are read that other paths begin with.
        derived: fields of the record itself that other records have to be asked for.
        plan: how rows are read where every column is read straight; None elsewhere.
        ref: a row's Ref.
        label: the native field that a Ref's label is read from, or None.
        pushed: what the site is asked, before it became ``filters``.
    """

    owner: str
    native: str
    filters: list[Any]
    is_nothing: bool
    natives: tuple[str, ...]
    left: Filter
    reaches: Mapping[Path, Reach]
    own: Mapping[str, Reach]
    derived: tuple[Field, ...]
    plan: Plan | None
    ref: Any
    label: str | None
    pushed: Pushed

    @property
    def is_exact(self) -> bool:
        """True when every row that the site gives is one of the answer."""
        return isinstance(self.left, And) and not self.left.parts

    def record(self, row: Row) -> Record:
        """A row as ``evaluate`` reads records."""
        made = Record({name: reach.read(row) for name, reach in self.own.items()})
        made["ref"] = self.ref(row)
        made.row = row
        return made


class Record(dict[str, Any]):
    """A record made of a row, which it keeps."""

    __slots__ = ("row",)
    row: Row


class RowResolver(Resolver):
    """Reads what it can straight out of the rows; follows the other paths record by record."""

    def __init__(self, fetch: Any, paths: Sequence[Path], read: Read) -> None:
        super().__init__(fetch, [path for path in paths if path not in read.reaches])
        self._read = read

    def columns(self, records: Sequence[Any], path: Path) -> list[list[Any]]:
        reach = self._read.reaches.get(path)
        if reach is None:
            return super().columns(records, path)
        get = reach.read
        return [[get(record.row)] for record in records]


def read_of(reacher: Reacher, owner: str, query: Query, *, keyed: bool = False) -> Read:
    """What the site is asked for the records of one concrete type.

    Args:
        reacher: of the site.
        owner: ``query.type`` or one of its kinds.
        query: the whole query.
        keyed: only what the filter and the order need is read, all of it by the records' own fields: for a sort here.
    """
    query = query.with_(fields=()) if keyed else query
    pusher = Pusher(reacher, owner)
    pushed, left = pusher.split(query.filter)
    asked = every([pushed, _scope(reacher, owner, query)])
    order = [item.path for item in query.order] if keyed else []
    paths = list(dict.fromkeys([*query.fields, *(test.path for test in tests_of(left)), *order]))
    shape = _shape(reacher, owner, query.fields, tuple(paths), keyed)
    return Read(
        owner=owner,
        native=reacher.site.types[owner].native,
        filters=_listed(asked),
        is_nothing=asked.native is False,
        natives=shape.natives,
        left=left,
        reaches=shape.reaches,
        own=shape.own,
        derived=shape.derived,
        plan=shape.plan,
        ref=shape.ref,
        label=shape.label,
        pushed=asked,
    )


@dataclass(frozen=True)
class _Shape:
    """What the reads of the same columns have in common."""

    natives: tuple[str, ...]
    reaches: Mapping[Path, Reach]
    own: Mapping[str, Reach]
    derived: tuple[Field, ...]
    plan: Plan | None
    ref: Any
    label: str | None


def _shape(reacher: Reacher, owner: str, fields: tuple[Path, ...], paths: tuple[Path, ...], keyed: bool) -> _Shape:
    """How some paths are read; remembered, for the next find asks for the same columns."""
    key = (owner, fields, paths, keyed)
    found: _Shape | None = reacher.remembered.get(key)
    if found is None:
        if len(reacher.remembered) >= MOST_REMEMBERED:
            reacher.remembered.clear()
        found = reacher.remembered[key] = _shaped(reacher, owner, fields, paths, keyed)
    return found


def _shaped(reacher: Reacher, owner: str, fields: tuple[Path, ...], paths: tuple[Path, ...], keyed: bool) -> _Shape:
    types = reacher.site.types[owner]
    reaches: dict[Path, Reach] = {}
    if not keyed:
        reaches = {path: found for path in paths if (found := reacher.reach(owner, path)) is not None}
    others = [path for path in paths if path not in reaches]
    own, derived = _own(reacher, owner, needed_fields(others))
    display = types.fields.get("label" if owner in USER_KINDS else reacher.schema.types[owner].display)
    label = display.native if display is not None and display.native and not display.codec else None
    natives = _natives(reacher, owner, [*reaches.values(), *own.values()], label)
    ref = row_ref(types, reacher.links, label)
    plan = None
    if not others:
        plan = Plan([path.text for path in fields], [reaches[path].read for path in fields], ref)
    return _Shape(natives, reaches, own, derived, plan, ref, label)


def _scope(reacher: Reacher, owner: str, query: Query) -> Pushed:
    """Only the records of the projects asked for."""
    if query.projects is None:
        return ALL
    if owner == "Project":
        numbers = [reacher.links.number_of(ref) for ref in query.projects]
        return Pushed(["id", "in", numbers], exact=True) if numbers else NONE
    name = "project" if owner == "Reviewable" else ""
    binding = reacher.site.types[owner].fields.get("project")
    if binding is None or not (reacher.schema.types[owner].in_project or owner == "Reviewable"):
        return ALL
    return link_in(reacher, name or binding.native, query.projects)


def _own(reacher: Reacher, owner: str, names: Sequence[str]) -> tuple[dict[str, Reach], tuple[Field, ...]]:
    own: dict[str, Reach] = {}
    derived: list[Field] = []
    for name in names:
        item = reacher.schema.types[owner].fields.get(name) or _raw(reacher, owner, name)
        if item is None:
            continue
        try:
            own[name] = reacher.own("", owner, item)
        except Unreachable:
            derived.append(item)
    return own, tuple(derived)


def _raw(reacher: Reacher, owner: str, name: str) -> Field | None:
    binding = reacher.site.types[owner].fields.get(name)
    return binding.field if binding is not None else None


def _natives(reacher: Reacher, owner: str, reaches: Sequence[Reach], label: str | None) -> tuple[str, ...]:
    names = dict.fromkeys(name for reach in reaches for name in reach.natives)
    types = reacher.site.types[owner]
    if owner == "Reviewable":
        names |= {"project": None, REVIEWABLE_FILE: None}
    elif "project" in types.fields and owner != "Project":
        names[types.fields["project"].native] = None
    if label is not None:
        names[label] = None
    names.pop("id", None)
    return tuple(names)


def _listed(pushed: Pushed) -> list[Any]:
    native = pushed.native
    if isinstance(native, bool):
        return []
    if isinstance(native, dict) and native["filter_operator"] == "all":
        return list(native["filters"])
    return [native]


def columns_of(read: Read, query: Query, records: Sequence[Any], resolver: Resolver) -> list[tuple[Any, ...]]:
    """The rows ``(ref, value, …)`` of some records."""
    columns = []
    for path in query.fields:
        if path in read.reaches:
            get = read.reaches[path].read
            columns.append([get(record.row) for record in records])
        else:
            columns.append([column_value(path, values) for values in resolver.columns(records, path)])
    refs: list[Ref] = [record["ref"] for record in records]
    return list(zip(refs, *columns))  # noqa: B905 - Python 3.10, same length
