"""EventLogEntry: the tracker's events, found by ShotGrid's names and told in ShotGrid's words."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from trackerkit.entities import Plan
from trackerkit.events import Event
from trackerkit.filters import And, Condition, Filter, Or
from trackerkit.values import Ref
from trackerkit_shotgrid.events import ENTRY_FIELDS, KINDS, write_event
from trackerkit_shotgrid.gateway.answers import Answer
from trackerkit_shotgrid.gateway.faults import Fault
from trackerkit_shotgrid.gateway.fields import LOOKED_UP, linked_type
from trackerkit_shotgrid.gateway.lookups import Lookups
from trackerkit_shotgrid.gateway.relations import NEGATIVES, NOTHING, Scalar, check_relation
from trackerkit_shotgrid.gateway.site import Site
from trackerkit_shotgrid.gateway.urls import Urls
from trackerkit_shotgrid.gateway.wire import Leaf
from trackerkit_shotgrid.mapping.types import USER_KINDS

ENTRY: Final = "EventLogEntry"

_TOLD: Final = frozenset(ENTRY_FIELDS)
_EMPTY: Final = ("image", "filmstrip_image")
_GAP: Final = 200
_UNFILTERABLE: Final = {"meta": "serializable", "description": "text"}


# --- which entries ---------------------------------------------------------------------------------------------------


def condition(site: Site, verb: str, leaf: Leaf) -> Filter | None:
    """A condition on what only an entry has: ``id``, ``event_type``, ``attribute_name``; None for any other path.

    Raises:
        Fault: for a field that cannot be filtered by, and for a relation or a value that there is not.
    """
    where = f"{ENTRY}.{leaf.path}"
    if leaf.path in _UNFILTERABLE:
        raise Fault(f"API {verb}() {where}'s '{_UNFILTERABLE[leaf.path]}' data type cannot be used in a filter.")
    make = _SPECIAL.get(leaf.path)
    if make is None:
        return None
    check_relation(verb, where, "number" if leaf.path == "id" else "text", leaf.relation)
    positive = NEGATIVES.get(leaf.relation, leaf.relation)
    made = make(site, verb, where, positive, leaf.values)
    return ~made if positive != leaf.relation else made


def _number(site: Site, verb: str, where: str, relation: str, values: Sequence[Any]) -> Filter:
    return Scalar(verb, where, "number", "number", "integer").holds(relation, values)


def _matcher(verb: str, where: str, relation: str, values: Sequence[Any]) -> Callable[[str], bool]:
    """Whether a text holds a text relation."""
    flat = values[0] if len(values) == 1 and isinstance(values[0], list) else values
    if not flat or not all(isinstance(value, str) for value in flat):
        raise Fault(f"API {verb}() {where} '{relation}' takes texts")
    wanted = [value.lower() for value in flat]
    if relation in ("is", "in"):
        return lambda text: text.lower() in wanted
    tests: dict[str, Callable[[str], bool]] = {
        "contains": lambda text: wanted[0] in text.lower(),
        "starts_with": lambda text: text.lower().startswith(wanted[0]),
        "ends_with": lambda text: text.lower().endswith(wanted[0]),
    }
    return tests[relation]


def _event_type(site: Site, verb: str, where: str, relation: str, values: Sequence[Any]) -> Filter:
    """``Shotgun_Shot_Change`` is a kind of event and a type of record; other names are the tracker's own."""
    if list(values) == [None]:
        return NOTHING
    matches = _matcher(verb, where, relation, values)
    parts: list[Filter] = []
    for word, kind in KINDS.items():
        natives = [native for native in site.types if matches(f"Shotgun_{native}_{word}")]
        if natives:
            kinds = ("retired", "deleted") if kind == "retired" else (kind,)
            parts.append(And((Condition("kind", "in", kinds), _of_types(site, natives, kinds))))
    own = Scalar(verb, where, "name", "text", "text").holds(relation, values)
    return Or([*parts, And((Condition("kind", "is", "other"), own))])


def _of_types(site: Site, natives: Sequence[str], kinds: Sequence[str]) -> Filter:
    """Whether an event is about a record of one of these types; the link to a retired one is gone, its type is not."""
    plain = [native for native in natives if not (site.one_user_type and native in USER_KINDS)]
    people = [native for native in natives if native not in plain]
    names = tuple(dict.fromkeys(site.neutral(native) for native in plain))
    parts: list[Filter] = [Condition("entity", "type_is", names)] if names else []
    if people:
        scripts = Condition("entity[User].kind", "in", site.script_kinds)
        is_user = Condition("entity", "type_is", "User")
        both = len(people) > 1
        parts.append(is_user if both else And((is_user, scripts if people[0] == "ApiUser" else ~scripts)))
    told = (*names, *(["User"] if "HumanUser" in people else []))
    words = tuple(f"{name}.{kind}" for name in told for kind in kinds)
    return Or([*parts, And((Condition("entity", "is", None), Condition("name", "in", words)))])


def _attribute(site: Site, verb: str, where: str, relation: str, values: Sequence[Any]) -> Filter:
    """ShotGrid's field name is a neutral one that depends on the type of the record."""
    if relation == "is" and list(values) == [None]:
        return Condition("field", "is", None)
    matches = _matcher(verb, where, relation, values)
    found: dict[str, list[str]] = {}
    for native, binding in site.types.items():
        for name in _neutral_fields(binding, matches):
            found.setdefault(name, []).append(native)
    return Or(
        [
            And((Condition("field", "is", name), _of_types(site, natives, ("changed",))))
            for name, natives in found.items()
        ]
    )


def _neutral_fields(binding: Any, matches: Callable[[str], bool]) -> set[str]:
    names = {item.field.name for native, item in binding.natives.items() if matches(native)}
    if any(matches(link.native) for link in binding.parents):
        names.add("parent")
    return names


_SPECIAL: Final = {"id": _number, "event_type": _event_type, "attribute_name": _attribute}


# --- entries ---------------------------------------------------------------------------------------------------------


class Entries:
    """The fields of an answer about entries.

    Args:
        site: whose events they are.
        names: ShotGrid's paths.
        lookups: of the call.
        urls: of the call.
    """

    def __init__(self, site: Site, names: Sequence[str], lookups: Lookups, urls: Urls) -> None:
        self._site = site
        self._lookups = lookups
        self._told = [name for name in names if name in _TOLD]
        self._empty = [name for name in names if name in _EMPTY]
        self._wants_name = "cached_display_name" in names
        rest = [name for name in names if "." in name]
        self._deep = Answer(site, ENTRY, rest, lookups, urls)

    @property
    def paths(self) -> list[str]:
        """The neutral paths to read, in order: the number is the last."""
        return [*self._deep.paths, "number"]

    def of(self, refs: Sequence[Ref]) -> list[dict[str, Any]]:
        """Some entries, in order."""
        tracker = self._site.tracker
        wanted = tuple(ref.id for ref in refs)
        query = tracker.query("Event", Condition("id", "in", wanted), fields=self.paths, archived=True)
        return [entry for page in tracker.read(query) for entry in self.rows(page.plan, page.rows)]

    def rows(self, plan: Plan | None, rows: Sequence[Any]) -> list[dict[str, Any]]:
        """Entries of native rows."""
        if plan is None or not rows:
            return []
        deep = self._deep.rows(plan, rows)
        numbers = [plan.index["number"](row) for row in rows]
        told = tell(self._site, numbers, self._lookups) if self._told or self._wants_name else {}
        return [self._entry(record, number, told.get(number, {})) for record, number in zip(deep, numbers, strict=True)]

    def _entry(self, deep: dict[str, Any], number: int, told: dict[str, Any]) -> dict[str, Any]:
        made = {**deep, "id": number}
        made.update((name, told.get(name)) for name in self._told)
        made.update((name, None) for name in self._empty)
        if self._wants_name:
            made["cached_display_name"] = told.get("event_type")
        return made


def tell(site: Site, numbers: Sequence[int], lookups: Lookups) -> dict[int, dict[str, Any]]:
    """The values of the entries with these numbers."""
    events = {event.number: event for event in _events(site, numbers) if event.number is not None}
    found = _typed(site, [events[number] for number in numbers if number in events])
    site.prepare(ref for event in found for ref in _refs(event))
    made = {event.number or 0: _coded(site, write_event(event, site.types, site)) for event in found}
    _name_records(site, lookups, found, made)
    return made


def _typed(site: Site, events: list[Event]) -> list[Event]:
    """Events whose links to folders say of which kind these are, where the tracker's own events do not."""
    plain = {ref: None for event in events for ref in (event.old, event.new) if _is_plain(ref)}
    if not plain:
        return events
    found = site.tracker.backend.fetch(list(plain), ["id"], "all")

    def typed(value: Any) -> Any:
        known = found[value]["ref"] if _is_plain(value) and value in found else value
        return known.replace(label=value.label) if known is not value and value.label is not None else known

    return [replace(event, old=typed(event.old), new=typed(event.new)) for event in events]


def _is_plain(value: Any) -> bool:
    return isinstance(value, Ref) and value.type == "Folder"


def _name_records(
    site: Site, lookups: Lookups, found: Sequence[Event], entries: Mapping[int, Mapping[str, Any]]
) -> None:
    """Put the records in the places of names: a step's, tags', a file type's."""
    places = [
        (event, meta, native)
        for event in found
        if (meta := entries[event.number or 0]["meta"]) and (native := _named_type(site, meta))
    ]
    names: dict[str, dict[str, None]] = {}
    for _, meta, native in places:
        names.setdefault(native, {}).update(dict.fromkeys(str(each["name"]) for each in _dicts(meta)))
    for native, some in names.items():
        lookups.prepare(native, some)
    tasks = {event.entity: None for event, _, native in places if native == "Step" and event.entity is not None}
    parents = site.tracker.backend.fetch(list(tasks), ["parent"], "all") if tasks else {}
    for event, meta, native in places:
        parent = parents.get(event.entity, {}).get("parent") if event.entity is not None else None
        home = event.project.id if event.project is not None else None
        for each in _dicts(meta):
            each.update(lookups.entity(native, str(each["name"]), parent.type if parent else None, home) or {})


def _named_type(site: Site, meta: Mapping[str, Any]) -> str:
    """ShotGrid's type of the records that a change of a field names; empty for any other change."""
    owner = site.types.get(meta.get("entity_type") or "")
    binding = owner.natives.get(meta.get("attribute_name") or "") if owner is not None else None
    is_name = binding is not None and binding.codec in LOOKED_UP and binding.data_type != "tag_list"
    return linked_type(binding) if binding is not None and is_name else ""


def _dicts(meta: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entity dicts of a change's values."""
    values = [meta.get("old_value"), meta.get("new_value"), *meta.get("added", ()), *meta.get("removed", ())]
    return [value for value in values if isinstance(value, dict) and value.get("name") is not None]


def _coded(site: Site, entry: dict[str, Any]) -> dict[str, Any]:
    """An entry with codes for statuses."""
    meta = entry["meta"] or {}
    if meta.get("field_data_type") != "status_list" or meta.get("entity_type") not in site.types:
        return entry
    binding = site.types[meta["entity_type"]].natives.get(meta["attribute_name"])
    if binding is None or not site.codes.of(binding.field):
        return entry
    changed = {name: site.codes.encode(binding.field, meta.get(name)) for name in ("old_value", "new_value")}
    return {**entry, "meta": {**meta, **changed}}


def _events(site: Site, numbers: Sequence[int]) -> Iterator[Event]:
    """The events of some numbers; cursors are read where the numbers lie close together."""
    wanted = sorted(set(numbers))
    start = 0
    for at in range(1, len(wanted) + 1):
        if at == len(wanted) or wanted[at] - wanted[at - 1] > _GAP:
            first, last = wanted[start], wanted[at - 1]
            yield from site.tracker.backend.read_events(str(first - 1), limit=last - first + 1)
            start = at


def _refs(event: Event) -> Iterable[Ref]:
    for value in (event.entity, event.actor, event.project, event.old, event.new, *event.added, *event.removed):
        if isinstance(value, Ref):
            yield value
        elif isinstance(value, (list, tuple)):
            yield from (item for item in value if isinstance(item, Ref))
