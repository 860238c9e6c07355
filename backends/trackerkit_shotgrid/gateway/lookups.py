"""Records that are links in ShotGrid and mere names in the neutral model: steps, tags, published file types."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trackerkit.filters import Condition, Filter
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.conditions import Conditions
from trackerkit_shotgrid.gateway.faults import update_failed, wrong_class
from trackerkit_shotgrid.gateway.fields import display_of
from trackerkit_shotgrid.gateway.site import Site
from trackerkit_shotgrid.gateway.wire import Group, Leaf

NO_RECORD = 0
"""The id that is shown of a name that no record has; no record has it either."""

Found = tuple[str, str | None, Ref]
"""A record's name, the neutral type that it is for (of a step), and its Ref."""


class Lookups:
    """Names to records and back, for one call."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._found: dict[str, list[Found]] = {}
        self._asked: dict[str, set[str]] = {}
        self._names: dict[tuple[str, str, str, str], list[str]] = {}

    def names(self, native: str, leaf: Leaf) -> Sequence[str]:
        """The names of the records of a ShotGrid type that hold a condition."""
        if native not in self._site.types:
            return ()
        key = (native, leaf.path, leaf.relation, repr(leaf.values))
        if key not in self._names:
            condition = Conditions(self._site, "read", self.names).of(native, Group("and", (leaf,)))
            self._names[key] = [name for name, _, _ in self._read(native, condition)]
        return self._names[key]

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

    def entity(self, native: str, name: str | None, of: str | None = None) -> dict[str, Any] | None:
        """The entity dict of a name.

        Args:
            native: ShotGrid's type.
            name: the name.
            of: the neutral type of what it is a step of: steps of other types share names.
        """
        if name is None:
            return None
        same = [item for item in self._found.get(native, ()) if item[0] == name]
        best = next((ref for _, kind, ref in same if kind == of), same[0][2] if same else None)
        number = self._site.ids.number(best) if best is not None else NO_RECORD
        return {"id": number, "name": name, "type": native}

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
