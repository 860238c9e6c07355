"""Records that are links in ShotGrid and mere names in the neutral model: steps, tags, published file types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from trackerkit.filters import And, Condition, Filter, Or
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.conditions import Conditions, is_in_project
from trackerkit_shotgrid.gateway.faults import update_failed, wrong_class
from trackerkit_shotgrid.gateway.fields import display_of
from trackerkit_shotgrid.gateway.relations import NOTHING
from trackerkit_shotgrid.gateway.site import Site
from trackerkit_shotgrid.gateway.wire import Group, Leaf

NO_RECORD = 0
"""The id that is shown of a name that no record has; no record has it either."""

Found = tuple[str, str | None, Ref]
"""A record's name, the neutral type that it is for (of a step), and its Ref."""


_TYPE: Final = "type"
"""The neutral field that names a Task's step."""


_Key = tuple[str | None, str]


def _key(ref: Ref) -> _Key:
    """Which record it is: there are trackers whose records of two projects have one id, their name."""
    return ref.project, ref.id


def _meant(path: str, same: Sequence[Found], chosen: set[_Key]) -> Filter:
    """That what holds a name means some of the records of that name: those of its project, and a step for its parent."""
    homes: dict[str | None, list[Found]] = {}
    for item in same:
        homes.setdefault(item[2].project, []).append(item)
    made = []
    for home, those in homes.items():
        parts = [] if len(homes) == 1 or home is None else [is_in_project(path, home, those[0][2].site)]
        if not all(_key(ref) in chosen for _, _, ref in those):
            parts.append(_of_parents(path, those, chosen))
        made.append(And(parts))
    return Or(
        part for part, those in zip(made, homes.values(), strict=True) if any(_key(ref) in chosen for *_, ref in those)
    )


def _of_parents(path: str, same: Sequence[Found], chosen: set[_Key]) -> Filter:
    """That a parent makes a name mean one of some steps: one for its type, else the first."""
    if not path.endswith(_TYPE) or all(kind is None for _, kind, _ in same):
        return And([])
    parent = path.removesuffix(_TYPE) + "parent"
    kinds = tuple(dict.fromkeys(kind for _, kind, _ in same if kind is not None))
    own = tuple(dict.fromkeys(kind for _, kind, ref in same if kind is not None and _key(ref) in chosen))
    made: list[Filter] = [Condition(parent, "type_is", own)] if own else []
    if _key(same[0][2]) in chosen:
        made.append(~Condition(parent, "type_is", kinds))
    return Or(made)


class Lookups:
    """Names to records and back, for one call."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._found: dict[str, list[Found]] = {}
        self._asked: dict[str, set[str]] = {}
        self._held: dict[tuple[str, str, str, str], list[Found]] = {}

    def names(self, native: str, leaf: Leaf) -> Sequence[str]:
        """The names of the records of a ShotGrid type that hold a condition."""
        return [name for name, _, _ in self._holding(native, leaf)]

    def holds(self, path: str, native: str, leaf: Leaf) -> Filter:
        """That the name at a neutral path means a record of a ShotGrid type that holds a condition.

        Steps of several types of records may share a name: then it is for the parent to say which is meant, as where
        steps are told.
        """
        found = self._holding(native, leaf)
        names = tuple(dict.fromkeys(name for name, _, _ in found))
        self.prepare(native, names)
        made: list[Filter] = []
        plain = []
        for name in names:
            same = [item for item in self._found.get(native, ()) if item[0] == name]
            chosen = {_key(ref) for known, _, ref in found if known == name}
            if all(_key(ref) in chosen for _, _, ref in same):
                plain.append(name)
            else:
                made.append(And((Condition(path, "is", name), _meant(path, same, chosen))))
        return Or([*made, *([Condition(path, "in", tuple(plain))] if plain else [])]) if names else NOTHING

    def _holding(self, native: str, leaf: Leaf) -> list[Found]:
        if native not in self._site.types:
            return []
        key = (native, leaf.path, leaf.relation, repr(leaf.values))
        if key not in self._held:
            condition = Conditions(self._site, "read", self).of(native, Group("and", (leaf,)))
            self._held[key] = self._read(native, condition)
        return self._held[key]

    def prepare(self, native: str, names: Iterable[str]) -> None:
        """Look the records of these names up, all at once."""
        if native not in self._site.types:
            return
        known = self._asked.setdefault(native, set())
        wanted = tuple(name for name in dict.fromkeys(names) if name not in known)
        if wanted:
            known.update(wanted)
            found = self._read(native, Condition(display_of(self._site, native), "in", wanted))
            self._found.setdefault(native, []).extend(found)

    def _read(self, native: str, condition: Filter) -> list[Found]:
        site = self._site
        neutral = site.neutral(native)
        fields = [display_of(site, native)]
        if "applies_to" in site.schema.type(neutral).fields:
            fields.append("applies_to")
        query = site.tracker.query(neutral, condition, fields=fields)
        rows = [(page.plan.ref(row), *page.plan.values(row)) for page in site.tracker.read(query) for row in page.rows]
        return [(str(name), kind[0] if kind else None, ref) for ref, name, *kind in rows]

    def entity(
        self, native: str, name: str | None, of: str | None = None, project: str | None = None
    ) -> dict[str, Any] | None:
        """The entity dict of a name.

        Args:
            native: ShotGrid's type.
            name: the name.
            of: the neutral type of what it is a step of: steps of other types share names.
            project: of what holds the name: where names belong to projects, each has its own.
        """
        if name is None:
            return None
        best = self._best(native, name, of, project)
        number = self._site.ids.number(best) if best is not None else NO_RECORD
        return {"id": number, "name": name, "type": native}

    def _best(self, native: str, name: str, of: str | None, project: str | None) -> Ref | None:
        same = [item for item in self._found.get(native, ()) if item[0] == name]
        near = [item for item in same if item[2].project == project] or same
        return next((ref for _, kind, ref in near if kind == of), near[0][2] if near else None)

    def used(self, native: str, source: str, field: str, condition: Filter) -> list[int]:
        """The numbers of the records whose names others hold in a field.

        Args:
            native: ShotGrid's type of the named records.
            source: the neutral type of those that hold the names.
            field: the neutral field that they hold them in.
            condition: which of them count.
        """
        parents = ["parent"] if native == "Step" else []
        query = self._site.tracker.query(source, condition, fields=[field, *parents], archived=True)
        held: dict[tuple[str, str | None, str | None], None] = {}
        for page in self._site.tracker.read(query):
            for row in page.rows:
                value, *parent = page.plan.values(row)
                kind = parent[0].type if parent and parent[0] is not None else None
                names = value if isinstance(value, list) else [value] if value else []
                held.update(dict.fromkeys((str(name), kind, page.plan.ref(row).project) for name in names))
        self.prepare(native, (name for name, _, _ in held))
        refs = {ref for item in held if (ref := self._best(native, *item)) is not None}
        self._site.ids.prepare(refs)
        return sorted(map(self._site.ids.number, refs))

    def name_of(self, verb: str, where: str, native: str, value: Any) -> str:
        """The name that an entity dict means, to be written.

        Raises:
            Fault: for no entity dict, and for a record that there is not.
        """
        if not isinstance(value, Mapping):
            raise wrong_class(verb, where, ("Hash", "NilClass"), value)
        number, name = value.get("id"), value.get("name")
        if isinstance(number, int) and not isinstance(number, bool) and number != NO_RECORD:
            found = self.names(native, Leaf("id", "is", [number]))
            if found:
                return found[0]
        elif isinstance(name, str) and name:
            return name
        raise update_failed(verb, where, "Value is not legal.")
