"""Whole records in the other shape: what the tracker says of some, with paths, products, numbers and digits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from trackerkit.backend import Backend
from trackerkit.entities import Page
from trackerkit.filters import Condition
from trackerkit.gateway.beside.shelf import Row
from trackerkit.gateway.beside.values import from_json
from trackerkit.gateway.shaped.choices import Choices
from trackerkit.gateway.shaped.naming import Naming
from trackerkit.gateway.shaped.products import PRODUCT, PRODUCT_TYPE, Told
from trackerkit.gateway.shaped.shape import ABOVE, Shape
from trackerkit.gateway.shaped.telling import Telling
from trackerkit.gateway.shaped.uids import key_of
from trackerkit.query import Query, build
from trackerkit.schema import Field
from trackerkit.values import Ref

Made = dict[str, Any]
_OF_NAMES: Final = frozenset({"product", "number"})


class Completer:
    """Makes whole records.

    Args:
        base: the tracker with its shelf.
        shape: of it.
        naming: its records as they are shown.
        telling: what its versions tell.
        choices: that are kept beside it.
        read: answers a query in the other shape.
    """

    def __init__(
        self,
        base: Backend,
        shape: Shape,
        naming: Naming,
        telling: Telling,
        choices: Choices,
        read: Callable[[Query], Iterator[Page]],
    ) -> None:
        self._base, self._shape, self._naming, self._telling = base, shape, naming, telling
        self._choices, self._read = choices, read
        self._folders: dict[Ref, tuple[str, Ref | None]] = {}

    def base_names(self, type_name: str, names: Iterable[str]) -> list[str]:
        """The tracker's own fields to read for those that are wanted."""
        shape, fields = self._shape, self._shape.base.type(type_name).fields
        there = [name for name in names if name in fields]
        wanted = [name for name in there if shape.is_own(type_name, name) or self._is_chosen(type_name, name)]
        made_here = [name for name in names if name not in wanted]
        if any(name in (ABOVE, "path", *_OF_NAMES) for name in made_here):
            wanted += [name for name in ("name", ABOVE, "project", "number") if name in fields]
        return list(dict.fromkeys(wanted))

    def _is_chosen(self, type_name: str, name: str) -> bool:
        return any(self._shape.is_chosen(owner, name) for owner in self._shape.base.concrete(type_name))

    def completed(self, records: Sequence[Made], names: Sequence[str]) -> list[Made]:
        """The tracker's records as they are shown, with every field that is wanted."""
        wanted = set(names)
        parents: dict[Ref, Ref] = {}
        if any(self._shape.is_chosen(kind, name) for kind in {each["ref"].type for each in records} for name in wanted):
            self._choices.show(records, wanted)
        if wanted & {ABOVE, "path", *_OF_NAMES}:
            hung = [record for record in records if self._shape.is_hung(record["ref"].type)]
            parents = self._telling.above(hung)
            versions = [record for record in hung if record["ref"].type == "Version"]
            self._add_products(versions, parents, wanted)
            if "path" in wanted:
                self._add_paths([record for record in hung if self._shape.is_folder(record["ref"].type)], parents)
        for record in records:
            if ABOVE in wanted and record["ref"] in parents:
                record[ABOVE] = parents[record["ref"]]
        return self._shown(records, names)

    def _shown(self, records: Sequence[Made], names: Sequence[str]) -> list[Made]:
        shown = self._naming.records([dict(record) for record in records])
        for record in shown:
            for name in ("id", "uid"):
                if name in names:
                    record[name] = record["ref"].id
        if "uid" in names:
            self._add_uids([record for record in shown if not self._shape.has_uid(record["ref"].type)])
        for name in names:
            self._add_reverse(name, shown)
        return shown

    def _add_uids(self, records: Sequence[Made]) -> None:
        ids = self._naming.uids.of(record["ref"] for record in records)
        for record in records:
            record["uid"] = ids[record["ref"]]

    # ---- paths

    def _add_paths(self, records: Sequence[Made], parents: Mapping[Ref, Ref]) -> None:
        for record in records:
            parent = parents[record["ref"]]
            self._folders[record["ref"]] = str(record.get("name") or ""), None if parent.type == "Project" else parent
        self._load_folders(self._unknown(list(parents.values())))
        for record in records:
            record["path"] = self._path(record["ref"])

    def _unknown(self, refs: Iterable[Ref]) -> list[Ref]:
        return list(dict.fromkeys(ref for ref in refs if ref.type != "Project" and ref not in self._folders))

    def _load_folders(self, refs: list[Ref]) -> None:
        """Read what lies above, level by level, each folder once."""
        while refs:
            found = self._base.fetch(refs, ["name", ABOVE, "project"], "all")
            parents = self._telling.above(list(map(dict, found.values())))
            for ref in refs:
                record = found.get(ref)
                parent = parents.get(record["ref"]) if record is not None else None
                name = str(record.get("name") or "") if record is not None else ""
                self._folders[ref] = name, None if parent is None or parent.type == "Project" else parent
            refs = self._unknown(parents.values())

    def _path(self, ref: Ref) -> str:
        names: list[str] = []
        at: Ref | None = ref
        seen: set[Ref] = set()
        while at is not None and at in self._folders and at not in seen:
            seen.add(at)
            name, at = self._folders[at]
            names.append(name)
        return "/" + "/".join(reversed(names))

    # ---- versions

    def _add_products(self, records: Sequence[Made], parents: dict[Ref, Ref], wanted: set[str]) -> None:
        """The product of each version, its number there, and where it hangs."""
        products = self._telling.products
        bound = products.bound(record["ref"] for record in records)
        rows = products.rows(list(dict.fromkeys(bound.values())))
        for record in records:
            ref = record["ref"]
            row = rows.get(bound.get(key_of(ref), ""))
            if row is not None and row.values.get(ABOVE):
                parents[ref] = self._telling.ref(row.values[ABOVE])
            if "product" in wanted:
                name = row.values.get("name") if row is not None else None
                told = None if row is not None else self._telling.told(record, parents[ref])
                id, label, home = (row.id, name, row.project) if row is not None else _facts(told)
                record["product"] = Ref(PRODUCT, id, home, ref.site, None, label)
        if "number" in wanted:
            numbers = self._telling.numbers(records, parents)
            for record in records:
                record["number"] = numbers[record["ref"]]

    def products(self, items: Sequence[Told | Row], names: Sequence[str]) -> list[Made]:
        """Products with every field that is wanted."""
        kept = [item for item in items if isinstance(item, Row)]
        refs = {item.id: Ref(PRODUCT, item.id, item.project, self._base.site) for item in kept}
        own = [name for name in names if name in self._shape.base.type(PRODUCT).fields and self._is_kept(name)]
        found = self._base.fetch(list(refs.values()), own, "all") if kept else {}
        made: list[Made] = []
        for item in items:
            if isinstance(item, Row):
                record = dict(found.get(refs[item.id]) or {"ref": refs[item.id]})
                said = item.values.get(ABOVE)
                record[ABOVE] = self._telling.ref(said) if said else _project(item.project, self._base.site)
            else:
                record = self._told(item, names)
            made.append(record)
        return self._shown(made, names)

    def _is_kept(self, name: str) -> bool:
        item = self._shape.whole.type(PRODUCT).fields[name]
        return item.is_stored and name not in ("uid", "id")

    def _told(self, told: Told, names: Sequence[str]) -> Made:
        ref = Ref(PRODUCT, told.id, told.project, self._base.site, None, told.stem)
        said = {
            "name": told.stem, "label": told.stem, "type": PRODUCT_TYPE, "base_type": PRODUCT_TYPE, ABOVE: told.parent,
            "project": _project(told.project, self._base.site), "created_at": told.created_at, "updated_at": told.updated_at,
        }  # fmt: skip
        fields = self._shape.whole.type(PRODUCT).fields
        return {"ref": ref, **{name: said.get(name, _empty(fields[name])) for name in names if name in fields}}

    # ---- reverse links

    def _add_reverse(self, name: str, records: Sequence[Made]) -> None:
        groups: dict[tuple[str, str], list[Made]] = {}
        for record in records:
            item = self._shape.whole.type(record["ref"].type).fields.get(name)
            if item is not None and item.reverse_of is not None and not self._shape.is_own(record["ref"].type, name):
                groups.setdefault(item.reverse_of, []).append(record)
        for (owner, back), group in groups.items():
            pointing = self._pointing(owner, back, [record["ref"] for record in group])
            for record in group:
                record[name] = pointing.get(record["ref"], [])

    def _pointing(self, owner: str, name: str, refs: Sequence[Ref]) -> dict[Ref, list[Ref]]:
        whole = self._shape.whole
        legal = set(whole.targets(whole.field(owner, name)))
        wanted = tuple(ref for ref in refs if ref.type in legal)
        back: dict[Ref, list[Ref]] = {}
        query = build(whole, owner, Condition(name, "in", wanted), fields=[name], archived=True) if wanted else None
        for page in self._read(query) if query is not None else ():
            for holder, (value,) in zip(page.refs(), page.tuples(), strict=True):
                for ref in value if isinstance(value, (list, tuple)) else [value]:
                    back.setdefault(ref, []).append(holder)
        return back


def _facts(told: Told | None) -> tuple[str, str, str]:
    assert told is not None
    return told.id, told.stem, told.project


def _project(id: str, site: str) -> Ref:
    return Ref("Project", id, id, site)


def _empty(item: Field) -> Any:
    return from_json(item, None, "")
