"""What writing needs to know of a project: read in bulk for a whole request, and kept true while its parts are taken up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, NamedTuple

from trackerkit.filters import And, Condition, Filter, Not, Or
from trackerkit.values import Ref
from trackerkit_ayon.gateway.attributes import DATA_FIELD
from trackerkit_ayon.gateway.faults import Fault, dashed, taken
from trackerkit_ayon.gateway.homes import Home, retired_ids
from trackerkit_ayon.mapping.names import native_of

ABOVE: Final = {
    "Folder": "parent", "Task": "parent", "Product": "parent", "Version": "product", "File": "version", "Workfile": "task",
}  # fmt: skip
"""The field of each type that leads to what its names are unique in."""

_COLUMNS: Final = {
    "Folder": "parent_id, lower(name::text)", "Task": "folder_id, lower(name::text)",
    "Product": "folder_id, lower(name::text)", "Version": "product_id, version", "File": "version_id, lower(name::text)",
    "Workfile": "path",
}  # fmt: skip


class Place(NamedTuple):
    """What no two active records share: where a record lies and what it is called there."""

    base: str
    above: str | None
    name: Any


class Entry:
    """A record that a request is about.

    Args:
        ref: of the record.
        values: what is known of it, by neutral field; links as AYON's ids.
        is_active: whether it is.
    """

    __slots__ = ("is_active", "ref", "values")

    def __init__(self, ref: Ref, values: dict[str, Any], is_active: bool) -> None:
        self.ref = ref
        self.values = values
        self.is_active = is_active

    def place(self, base: str) -> Place:
        """Its place."""
        return place_of(base, self.values)


def name_field(base: str) -> str:
    """The field whose value is unique in its place."""
    return {"Version": "number", "Workfile": "path"}.get(base, "name")


HERO: Final = "hero"
"""Stands for the number of every hero version: a number below zero, of which a product has one."""


def place_of(base: str, values: Mapping[str, Any]) -> Place:
    """The place of a record's values, links as AYON's ids."""
    name = values.get(name_field(base))
    above = None if base == "Workfile" else values.get(ABOVE[base])
    if base == "Version" and isinstance(name, int) and name < 0:
        return Place(base, above, HERO)
    return Place(base, above, name.lower() if isinstance(name, str) and base != "Workfile" else name)


def place_taken(place: Place) -> Fault:
    """The refusal of a name that another record of the same place has."""
    if place.name == HERO and place.base == "Version":
        return Fault(409, "Hero version already exists.", "constraint-violation")
    native = native_of(place.base).name
    columns = _COLUMNS[place.base]
    if place.above is None:
        return taken(native, columns.rpartition(", ")[2], place.name)
    return taken(native, columns, dashed(place.above), place.name)


class Lookups:
    """The records of one project that a request is about.

    Args:
        home: the project.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.site = home.site
        self._entries: dict[tuple[str, str], Entry | None] = {}
        self._elsewhere: set[tuple[str, str]] = set()
        self._places: dict[Place, str] = {}

    # ---- records

    def load(self, base: str, ids: Iterable[str]) -> None:
        """Read these records, as far as there are any."""
        missing = [id for id in dict.fromkeys(ids) if (base, id) not in self._entries]
        for start in range(0, len(missing), 500):
            self._load(base, missing[start : start + 500])

    def _load(self, base: str, ids: Sequence[str]) -> None:
        tracker, schema = self.site.tracker, self.site.schema
        names = ["uid", "name", "project", ABOVE[base], name_field(base), DATA_FIELD, "parent", "task", "kind"]
        fields = [name for name in dict.fromkeys(names) if name in schema.type(base).fields]
        condition = Condition("uid", "in", tuple(ids))
        found = list(
            tracker.find(base, condition, fields=fields, state="all", archived=True, retired_links=self.site.every_link)
        )
        retired = retired_ids(self.site, base, [item.ref for item in found])
        links = [item[name] for item in found for name in fields if item[name].__class__ is Ref]
        hexes = self.site.hexes(ref for ref in links if ref.type != "Project")
        self._entries.update({(base, id): None for id in ids})
        for item in found:
            id = item["uid"]
            home = item["project"]
            if home is not None and home.id != self.home.ref.id:
                self._elsewhere.add((base, id))
                continue
            values = {name: _link(item[name], hexes) for name in fields}
            self._entries[base, id] = Entry(item.ref, values, item.ref.id not in retired)

    def get(self, base: str, id: str) -> Entry | None:
        """A record that was loaded or noted; None when the project has none of that id."""
        return self._entries.get((base, id))

    def is_taken(self, base: str, id: str) -> bool:
        """Whether an id stands for a record already, here or in another project."""
        return self._entries.get((base, id)) is not None or (base, id) in self._elsewhere

    def note(self, base: str, id: str, entry: Entry | None) -> None:
        """A record that this request makes, changes or deletes."""
        self._entries[base, id] = entry

    # ---- names

    def load_places(self, wanted: Iterable[Place]) -> None:
        """Read which records have these places."""
        groups: dict[str, list[Place]] = {}
        for place in dict.fromkeys(wanted):
            if place not in self._places:
                groups.setdefault(place.base, []).append(place)
        for base, places in groups.items():
            for start in range(0, len(places), 500):
                self._load_places(base, places[start : start + 500])

    def _load_places(self, base: str, places: Sequence[Place]) -> None:
        above, field = ABOVE[base], name_field(base)
        fields = ["uid", above, field]
        found = list(
            self.site.tracker.find(
                base, self._condition(base, places), fields=fields, state="active", archived=True, project=self.home.ref,
                retired_links=self.site.every_link,
            )
        )  # fmt: skip
        links = [item[above] for item in found if item[above] is not None and item[above].type != "Project"]
        hexes = self.site.hexes(links)
        for item in found:
            values = {above: _link(item[above], hexes), field: item[field]}
            self._places.setdefault(place_of(base, values), item["uid"])

    def _condition(self, base: str, places: Sequence[Place]) -> Filter:
        field = name_field(base)
        names = tuple(dict.fromkeys(place.name for place in places if place.name is not None))
        operator = "in" if field in ("number", "path") else "in_ignoring_case"
        if base == "Version" and HERO in names:
            numbers = tuple(name for name in names if name != HERO)
            named: Filter = Or([Condition(field, "less_than", 0), Condition(field, "in", numbers)])
        else:
            named = Condition(field, operator, names)
        if base == "Workfile":
            return named
        target = {"Version": "Product", "File": "Version"}.get(base, "Folder")
        ids = [place.above for place in places if place.above is not None]
        parts: list[Filter] = []
        if ids:
            refs = [self._known_ref(target, id) for id in dict.fromkeys(ids)]
            parts.append(Condition(ABOVE[base], "in", tuple(ref for ref in refs if ref is not None)))
        if any(place.above is None for place in places):
            parts.append(Not(Condition(ABOVE[base], "type_is", target)))
        return And([named, Or(parts)])

    def _known_ref(self, base: str, id: str) -> Ref | None:
        entry = self._entries.get((base, id))
        return entry.ref if entry is not None else None

    def owner(self, place: Place) -> str | None:
        """The id of the active record that has a place; None when it is free."""
        return self._places.get(place)

    def move(self, id: str, before: Place | None, now: Place | None) -> None:
        """A record leaves its place for another.

        Raises:
            Fault: 409, the place is taken.
        """
        if now is not None and self._places.get(now, id) != id:
            raise place_taken(now)
        if before is not None and self._places.get(before) == id:
            del self._places[before]
        if now is not None:
            self._places[now] = id


def _link(value: Any, hexes: Mapping[Ref, str]) -> Any:
    if value.__class__ is not Ref:
        return value
    return None if value.type == "Project" else hexes[value]
