"""What the tracker's versions tell: which products there are, and what each version is of its product."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from trackerkit.backend import Backend
from trackerkit.filters import And, Condition, Filter, Or
from trackerkit.gateway.beside.shelf import Row
from trackerkit.gateway.shaped.compile import refs_of, texts_of
from trackerkit.gateway.shaped.products import Products, Told
from trackerkit.gateway.shaped.shape import ABOVE, Shape
from trackerkit.gateway.shaped.stems import read_stem
from trackerkit.gateway.shaped.uids import key_of
from trackerkit.query import Query, Test, build
from trackerkit.values import Ref

Made = dict[str, Any]
_VERSION: Final = "Version"
_FIELDS: Final = ("name", ABOVE, "project", "created_at", "updated_at")
_AT_ONCE: Final = 50


class Telling:
    """Reads versions for their names.

    Args:
        base: the tracker with its shelf.
        shape: of it.
        products: those that are kept.
    """

    def __init__(self, base: Backend, shape: Shape, products: Products) -> None:
        self._base, self._shape, self.products = base, shape, products

    # ---- where versions hang

    def on_tasks(self, query: Query) -> tuple[str, ...]:
        """The ids of versions that hang on a task: they are shown where the task hangs."""
        if "Task" not in self._shape.base.targets(self._shape.base.field(_VERSION, ABOVE)):
            return ()
        found = self._versions(Condition(ABOVE, "type_is", "Task"), query.projects, ["name"])
        return tuple(record["ref"].id for record in found)

    def above(self, records: Sequence[Made]) -> dict[Ref, Ref]:
        """What records hang on: as the shelf says, else as the tracker does, else the project."""
        if not records:
            return {}
        hung = self.products.hung(record["ref"] for record in records)
        made: dict[Ref, Ref] = {}
        for record in records:
            ref: Ref = record["ref"]
            said = hung.get(key_of(ref))
            parent = self.ref(said) if said is not None else record.get(ABOVE)
            made[ref] = parent if parent is not None else self._home(record)
        return self._past_tasks(made)

    def _past_tasks(self, parents: dict[Ref, Ref]) -> dict[Ref, Ref]:
        """A version of a task hangs where the task does."""
        tasks = [parent for ref, parent in parents.items() if parent.type == "Task" and ref.type == _VERSION]
        if not tasks:
            return parents
        found = self._base.fetch(list(dict.fromkeys(tasks)), [ABOVE, "project"], "all")
        above = self.above(list(map(dict, found.values())))
        return {
            ref: above.get(parent, parent) if parent.type == "Task" and ref.type == _VERSION else parent
            for ref, parent in parents.items()
        }

    def _home(self, record: Mapping[str, Any]) -> Ref:
        project = record.get("project")
        id = project.id if isinstance(project, Ref) else record["ref"].project or "0"
        kind = self._shape.base.type("Project")
        return project if isinstance(project, Ref) else Ref("Project", id, id, record["ref"].site, kind.native)

    def ref(self, said: Sequence[Any]) -> Ref:
        """A record that the shelf names by type, id and project."""
        type_name, id, project = said[:3]
        native = self._shape.base.type(type_name).native if type_name in self._shape.base else None
        return Ref(type_name, id, project, self._base.site, native)

    # ---- products

    def wanted(self, query: Query) -> list[Told | Row]:
        """The products that a query ranges over, and may be more; its filter is evaluated by who asks."""
        parts = query.filter.parts if isinstance(query.filter, And) else (query.filter,)
        tests = [part for part in parts if isinstance(part, Test) and part.operator in ("is", "in")]
        for test in tests:
            if test.path.text in ("uid", "id") and test.value is not None:
                return self.some(texts_of(test.value), query.projects, query.state)
        projects = None if query.projects is None else [ref.id for ref in query.projects]
        kept: list[Told | Row] = [row for row in self.products.every(projects) if _shows(row, query.state)]
        if query.state == "retired":
            return kept
        narrow = next((self._under(test) for test in tests if test.path.text == ABOVE and refs_of(test.value)), None)
        return [*self._told(narrow, query.projects), *kept]

    def some(self, ids: Sequence[str], projects: Sequence[Ref] | None, state: str) -> list[Told | Row]:
        """Products by their digits."""
        rows = self.products.rows(ids)
        made: list[Told | Row] = [row for row in rows.values() if _shows(row, state)]
        if state == "retired":
            return made
        return [*made, *self.by_ids([id for id in ids if id not in rows], projects).values()]

    def by_ids(self, ids: Sequence[str], projects: Sequence[Ref] | None) -> dict[str, Told]:
        """The products of these digits that versions tell of now."""
        known = {id: self.products.memory.get(id) for id in ids}
        there = [told for told in known.values() if told is not None]
        made: dict[str, Told] = {}
        for start in range(0, len(there), _AT_ONCE):
            some = there[start : start + _AT_ONCE]
            named = Or([Condition("name", "starts_with", told.stem) for told in some])
            homes = [Ref("Project", id, id) for id in dict.fromkeys(told.project for told in some)]
            made.update((told.id, told) for told in self._told(named, homes) if told.id in known)
        if any(told is None for told in known.values()):
            made.update((told.id, told) for told in self._told(None, projects) if told.id in known)
        return made

    def _under(self, test: Test) -> Filter:
        """Versions that hang on some records, or on a task."""
        legal = self._shape.base.targets(self._shape.base.field(_VERSION, ABOVE))
        refs = tuple(ref for ref in self.products.inner(refs_of(test.value)) if ref.type in legal)
        return Or(
            (
                *([Condition(ABOVE, "in", refs)] if refs else []),
                *([Condition(ABOVE, "is", None)] if any(ref.type == "Project" for ref in refs) else []),
                *([Condition(ABOVE, "type_is", "Task")] if "Task" in legal else []),
            )
        )

    def _told(self, narrow: Filter | None, projects: Sequence[Ref] | None) -> Iterator[Told]:
        records = self._versions(narrow, projects, _FIELDS)
        bound = self.products.bound(record["ref"] for record in records)
        parents = self.above(records)
        made: dict[str, Told] = {}
        for record in records:
            if key_of(record["ref"]) in bound:
                continue
            told = self.told(record, parents[record["ref"]])
            if told.id not in self.products.kept(told.project):
                first = made.get(told.id)
                made[told.id] = replace(
                    told, created_at=_first(first and first.created_at, record.get("created_at"), min),
                    updated_at=_first(first and first.updated_at, record.get("updated_at"), max),
                )  # fmt: skip
        return iter(made.values())

    def versions_of(self, told: Told) -> list[Ref]:
        """The versions whose names tell of a product."""
        homes = [Ref("Project", told.project, told.project)]
        records = self._versions(Condition("name", "starts_with", told.stem), homes, _FIELDS)
        parents = self.above(records)
        return [
            record["ref"]
            for record in records
            if read_stem(record.get("name") or "").product == told.stem and parents[record["ref"]] == told.parent
        ]

    def told(self, record: Mapping[str, Any], parent: Ref) -> Told:
        """The product that a version's name tells of."""
        stem = read_stem(record.get("name") or "")
        return self.products.told(parent, stem.product, self._home(record).id)

    def _versions(self, condition: Filter | None, projects: Sequence[Ref] | None, names: Iterable[str]) -> list[Made]:
        schema = self._shape.base
        fields = [name for name in names if name in schema.type(_VERSION).fields]
        query = build(schema, _VERSION, condition, fields=fields, projects=projects, state="all", archived=True)
        return [
            {"ref": ref, **dict(zip(fields, values, strict=True))}
            for page in self._base.read(query)
            for ref, values in zip(page.refs(), page.tuples(), strict=True)
        ]

    # ---- numbers

    def numbers(self, records: Sequence[Made], parents: Mapping[Ref, Ref]) -> dict[Ref, int]:
        """The numbers of versions: as they are kept, else as their names say, else the next free one of the product."""
        made: dict[Ref, int] = {}
        nameless: list[Made] = []
        for record in records:
            number = record.get("number")
            number = read_stem(record.get("name") or "").number if number is None else number
            if number is None:
                nameless.append(record)
            else:
                made[record["ref"]] = number
        return {**made, **self._next_free(nameless, parents)}

    def _next_free(self, records: Sequence[Made], parents: Mapping[Ref, Ref]) -> dict[Ref, int]:
        """Versions whose names say no number, in the order in which they were made."""
        made: dict[Ref, int] = {}
        for start in range(0, len(records), _AT_ONCE):
            some = records[start : start + _AT_ONCE]
            groups: dict[tuple[Ref, str], list[Made]] = {}
            named = Or(
                [Condition("name", "starts_with", name) for name in {record.get("name") or "" for record in some}]
            )
            homes = list({self._home(record).id: self._home(record) for record in some}.values())
            found = self._versions(named, homes, ("name", ABOVE, "project", "number"))
            above = self.above(found)
            for each in found:
                groups.setdefault((above[each["ref"]], read_stem(each.get("name") or "").product), []).append(each)
            for record in some:
                group = groups.get((parents[record["ref"]], record.get("name") or ""), [record])
                made[record["ref"]] = _numbered(group).get(record["ref"], 1)
        return made


def _numbered(group: Sequence[Made]) -> dict[Ref, int]:
    """The numbers of a product's versions without one: the first that none has, and so on."""
    said = {record["ref"]: record.get("number") or read_stem(record.get("name") or "").number for record in group}
    taken = {number for number in said.values() if number is not None}
    made: dict[Ref, int] = {}
    at = 0
    for record in group:
        if said[record["ref"]] is None:
            at += 1
            while at in taken:
                at += 1
            made[record["ref"]] = at
    return made


def _shows(row: Row, state: str) -> bool:
    return state == "all" or row.is_retired == (state == "retired")


def _first(one: Any, other: Any, choose: Any) -> Any:
    return choose(one, other) if one is not None and other is not None else other if one is None else one
