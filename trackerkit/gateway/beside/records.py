"""Whole records: what the tracker says of some, and what is kept beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trackerkit.evaluate import Fetch
from trackerkit.filters import Condition
from trackerkit.gateway.beside.names import given_name
from trackerkit.gateway.beside.shelf import Row, Shelf
from trackerkit.gateway.beside.values import from_json
from trackerkit.gateway.beside.view import View
from trackerkit.query import Query, build
from trackerkit.schema import Field
from trackerkit.values import Ref

Made = dict[str, Any]
Rows = Callable[[Query], Iterable[tuple[Ref, Any]]]
"""Reads a query of one column: the Refs and the values."""

AT_HAND: Final = frozenset({("Project", "archived")})
"""Fields that every query asks about: kept on the shelf, although their records have room for more."""


@dataclass(frozen=True)
class Keeper:
    """What everything here works with.

    Args:
        shelf: where things are kept beside the tracker.
        prefix: of the keys in a record's ``data``.
        fetch: active records by their Refs, whole.
        rows: reads a query of one column, whole.
        houses: ids of what records hang on that hang on nothing.
    """

    shelf: Shelf
    prefix: str
    fetch: Fetch
    rows: Rows
    houses: frozenset[str] = frozenset()

    def in_data(self, view: View, type_name: str, name: str) -> bool:
        """Whether what is kept of a field stands in the record's ``data``."""
        return type_name in view.roomy and (type_name, name) not in AT_HAND

    def key(self, name: str) -> str:
        """The key of a field in ``data``."""
        return self.prefix + name


class Completer:
    """Adds what is kept beside the tracker to records.

    Args:
        keeper: where it is.
        view: what is where.
        names: the fields that are wanted.
    """

    def __init__(self, keeper: Keeper, view: View, names: Iterable[str]) -> None:
        self._keeper, self._view = keeper, view
        self._names = list(dict.fromkeys(names))

    def base_names(self, type_name: str) -> list[str]:
        """The tracker's own fields to read for those that are wanted."""
        view = self._view
        own = [name for name in self._names if view.is_own(type_name, name) or (type_name, name) in view.housed]
        if len(own) < len(self._names):
            fields = view.base.type(type_name).fields
            own += [name for name in ("name", "data") if name in fields and (name != "data" or type_name in view.roomy)]
        return list(dict.fromkeys(own))

    def completed(self, records: Sequence[Mapping[str, Any]]) -> list[Made]:
        """The tracker's records with every field that is wanted."""
        made = [dict(record) for record in records]
        more = self._values_of(made)
        for record in made:
            self._complete(record, more.get((record["ref"].type, record["ref"].id, record["ref"].project or ""), {}))
        made = self._linked(made)
        for name in self._names:
            self._add_shelved(name, made)
        return made

    def kept(self, rows: Iterable[Row]) -> list[Made]:
        """Records that are whole on the shelf."""
        return self._linked([self._record(row) for row in rows])

    # ---- the tracker's

    def _values_of(self, records: Sequence[Made]) -> dict[tuple[str, str, str], Mapping[str, Any]]:
        """What the shelf has of records that the tracker holds."""
        ids: dict[str, list[str]] = {}
        for record in records:
            ref = record["ref"]
            if any(not self._is_elsewhere(ref.type, name) for name in self._names):
                ids.setdefault(ref.type, []).append(ref.id)
        rows = [row for name, some in ids.items() for row in self._keeper.shelf.rows(name, some, is_whole=False)]
        return {(row.type, row.id, row.project): row.values for row in rows}

    def _is_elsewhere(self, type_name: str, name: str) -> bool:
        """Whether the shelf can have nothing of a field."""
        if (type_name, name) in self._view.housed:
            return True
        return self._view.is_own(type_name, name) or name == "name" or self._keeper.in_data(self._view, type_name, name)

    def _complete(self, record: Made, more: Mapping[str, Any]) -> None:
        view, keeper, kind = self._view, self._keeper, record["ref"].type
        fields = view.whole.type(kind).fields
        data = record.get("data") or {}
        for name in self._names:
            item = fields.get(name)
            if name == "name" and kind in view.named:
                domain = view.base.field(kind, "name").domain
                record[name] = given_name(domain, record.get(name), data.get(keeper.key(name)))
            elif (kind, name) in view.housed:
                record[name] = without(record.get(name), self._keeper.houses)
            elif item is not None and item.is_stored and not view.is_own(kind, name):
                raw = data.get(keeper.key(name)) if keeper.in_data(view, kind, name) else more.get(name)
                record[name] = from_json(item, raw, keeper.shelf.site)
        if "data" in record and kind in view.roomy:
            record["data"] = {key: value for key, value in data.items() if not key.startswith(keeper.prefix)}

    def _add_shelved(self, name: str, records: Sequence[Made]) -> None:
        """To the tracker's own lists of what leads to a record, what is whole on the shelf and leads there."""
        groups: dict[tuple[str, str], list[Made]] = {}
        for record in records:
            kind = record["ref"].type
            item = self._view.whole.type(kind).fields.get(name)
            is_own = item is not None and self._view.is_own(kind, name)
            if item is not None and item.reverse_of is not None and is_own and self._view.is_lacking(item):
                groups.setdefault(item.reverse_of, []).append(record)
        for (owner, link), group in groups.items():
            back = self._shelved_by(owner, link, {record["ref"].project or "" for record in group})
            for record in group:
                more = back.get((record["ref"].type, record["ref"].id))
                if more:
                    record[name] = [*(record[name] or ()), *more]

    def _shelved_by(self, owner: str, link: str, homes: set[str]) -> dict[tuple[str, str], list[Ref]]:
        """What is whole on the shelf, by the records that its link leads to."""
        back: dict[tuple[str, str], list[Ref]] = {}
        whole, shelf = self._view.whole, self._keeper.shelf
        for kind in self._view.shelved.intersection(whole.concrete(owner)):
            item = whole.type(kind).fields.get(link)
            rows = shelf.rows(kind, projects=None if "" in homes else sorted(homes)) if item is not None else []
            for row in rows:
                held = from_json(item, row.values.get(link), shelf.site) if item and not row.is_retired else None
                for ref in _refs(held):
                    back.setdefault((ref.type, ref.id), []).append(self._record(row)["ref"])
        return back

    # ---- the shelf's

    def _record(self, row: Row) -> Made:
        view, site = self._view, self._keeper.shelf.site
        kind = view.whole.type(row.type)
        label = row.values.get(kind.display)
        ref = Ref(row.type, row.id, row.project or None, site, kind.native, label if isinstance(label, str) else None)
        made: Made = {"ref": ref}
        for name in self._names:
            item = kind.fields.get(name)
            if item is not None:
                made[name] = self._shelved(item, row, ref)
        return made

    def _shelved(self, item: Field, row: Row, ref: Ref) -> Any:
        name = item.name
        if name in ("id", "uid"):
            return row.id
        if name == "type" and item.data_type == "entity_type":
            return row.type
        if name == "project":
            return Ref("Project", row.project, row.project, ref.site) if row.project else None
        if not item.is_stored:
            return [] if item.is_many else None
        if name == "label" and row.values.get(name) is None:
            return row.values.get("name")
        return from_json(item, row.values.get(name), str(ref.site))

    # ---- links

    def _linked(self, records: list[Made]) -> list[Made]:
        """Kept links lead to active records alone, under the names that these have now; reverse ones are looked for."""
        wanted: dict[Ref, None] = {}
        places: list[tuple[Made, Field]] = []
        for record in records:
            for name in self._names:
                item = self._view.whole.type(record["ref"].type).fields.get(name)
                if item is None or not item.is_link or not self._is_ours(record["ref"], item):
                    continue
                places.append((record, item))
                if item.is_stored:
                    wanted.update(dict.fromkeys(_refs(record[name])))
        found = self._keeper.fetch(list(wanted), ["id"]) if wanted else {}
        known = {ref: found[ref]["ref"] for ref in wanted if ref in found}
        for record, item in places:
            if item.is_stored:
                alive = [known[ref] for ref in _refs(record[item.name]) if ref in known]
                record[item.name] = alive if item.is_many else next(iter(alive), None)
        self._reverse([(record, item) for record, item in places if not item.is_stored])
        return records

    def _is_ours(self, ref: Ref, item: Field) -> bool:
        if (ref.type, item.name) in self._view.housed:
            return False
        is_shelved = not self._view.is_base(ref.type)
        return is_shelved or not self._view.is_own(ref.type, item.name)

    def _reverse(self, places: Sequence[tuple[Made, Field]]) -> None:
        groups: dict[tuple[str, str], list[tuple[Made, Field]]] = {}
        for record, item in places:
            if item.reverse_of is not None:
                groups.setdefault(item.reverse_of, []).append((record, item))
        for (owner, name), group in groups.items():
            back = self._pointing(owner, name, [record["ref"] for record, _ in group])
            for record, item in group:
                record[item.name] = back.get(record["ref"], [])

    def _pointing(self, owner: str, name: str, refs: Sequence[Ref]) -> dict[Ref, list[Ref]]:
        """By record, those whose link leads to it."""
        whole = self._view.whole
        if owner not in whole or name not in whole.type(owner).fields:
            return {}
        legal = set(whole.targets(whole.field(owner, name)))
        wanted = tuple(ref for ref in refs if ref.type in legal)
        if not wanted:
            return {}
        back: dict[Ref, list[Ref]] = {}
        for holder, value in self._keeper.rows(
            build(whole, owner, Condition(name, "in", wanted), fields=[name], archived=True)
        ):
            for ref in _refs(value):
                back.setdefault(ref, []).append(holder)
        return back


def _refs(value: Any) -> list[Ref]:
    if isinstance(value, Ref):
        return [value]
    return list(value) if isinstance(value, (list, tuple)) else []


def without(value: Any, houses: frozenset[str]) -> Any:
    """A link, or a list of links, without those that lead to a house."""
    if isinstance(value, (list, tuple)):
        return [ref for ref in value if ref.id not in houses]
    return None if isinstance(value, Ref) and value.id in houses else value
