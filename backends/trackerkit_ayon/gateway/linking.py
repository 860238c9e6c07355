"""Links as AYON's link table: those that neutral fields hold, and records of type Link.

``breakdown`` between folders is what the neutral ``assets`` holds, ``depends_on`` between tasks and between representations what
``depends_on`` holds; every other link, and one with a name, an id or data of its own, is a Link.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from trackerkit import operations as ops
from trackerkit.entities import Entity
from trackerkit.filters import And, Condition, Filter, Or
from trackerkit.operations import Added, Operation, Removed
from trackerkit.values import Ref
from trackerkit_ayon.gateway.anatomy import link_types
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.homes import Home
from trackerkit_ayon.mapping.names import NEUTRAL, OPERATION_ENTITIES, base_of, native_of

FIELDS: Final[Mapping[str, tuple[str, str]]] = {
    "breakdown|folder|folder": ("Folder", "assets"), "depends_on|task|task": ("Task", "depends_on"),
    "depends_on|representation|representation": ("File", "depends_on"),
}  # fmt: skip
"""The link types that a neutral field holds: its owner is the output, its values are the inputs."""

_SPACE: Final = uuid.UUID("6a0f3f5e-0b57-5f0b-9a63-2f0d9f2f7d11")


@dataclass
class Link:
    """One link.

    Args:
        id: AYON's.
        kind: the link type without its ends.
        input: the record that it comes from.
        output: the record that it leads to.
        input_id: AYON's id of it.
        output_id: AYON's id of it.
        order: where it stands among all links.
        name: its own, or None.
        author: the name of who made it, or None.
        at: when it was made, as a text.
        data: what else it holds.
        ref: its record; None where a field holds it.
    """

    id: str
    kind: str
    input: Ref
    output: Ref
    input_id: str
    output_id: str
    order: tuple[int, int]
    name: str | None = None
    author: str | None = None
    at: str = "1970-01-01T00:00:00+00:00"
    data: Mapping[str, Any] = field(default_factory=dict)
    ref: Ref | None = None

    @property
    def input_type(self) -> str:
        """AYON's name of the input's type."""
        return native_of(self.input.type).name

    @property
    def output_type(self) -> str:
        """AYON's name of the output's type."""
        return native_of(self.output.type).name

    @property
    def full_type(self) -> str:
        """``type|input|output``."""
        return f"{self.kind}|{self.input_type}|{self.output_type}"


@dataclass
class Wanted:
    """Which links.

    Args:
        inputs: only from these records.
        outputs: only to these records.
        either: only with one of these at either end.
        kinds: only of these types, with or without their ends.
    """

    inputs: Sequence[Ref] | None = None
    outputs: Sequence[Ref] | None = None
    either: Sequence[Ref] | None = None
    kinds: Sequence[str] | None = None

    def allows(self, kind: str) -> bool:
        """Whether links of a type are wanted."""
        return self.kinds is None or kind.partition("|")[0] in self.kinds or kind in self.kinds


class Linking:
    """The links of one project.

    Args:
        home: the project.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.site = home.site

    # ---- reading

    def find(self, wanted: Wanted) -> list[Link]:
        """Links in the order of their making, as far as that is known."""
        made = self._records(wanted)
        known = {(link.kind, link.input_id, link.output_id) for link in made}
        held = (link for kind in FIELDS if wanted.allows(kind) for link in self._held(kind, wanted))
        made += [
            link for link in held if (link.kind, link.input_id, link.output_id) not in known
        ]  # an AYON shows it as both
        return sorted(made, key=lambda link: link.order)

    def _records(self, wanted: Wanted) -> list[Link]:
        schema = self.site.schema
        if "Link" not in schema:
            return []
        condition = And(_ends(wanted, "source", "target"))
        names = ("uid", "name", "kind", "source", "target", "data", "created_at", "created_by")
        fields = [name for name in names if name in schema.type("Link").fields]
        found = self._found("Link", condition, fields)
        kept = [
            item for item in found if item["source"] and item["target"] and _is_ours(item["source"], item["target"])
        ]
        named = (ref for item in kept for ref in (item["source"], item["target"], item.ref, item.get("created_by")))
        ids = self.site.hexes(ref for ref in named if ref)
        made = []
        for item in kept:
            author, at = item.get("created_by"), item.get("created_at")
            link = Link(
                ids[item.ref], item["kind"], item["source"], item["target"], ids[item["source"]], ids[item["target"]],
                (_number(item.ref), 0), item.get("name") or None, ids[author] if author else None,
                at.isoformat() if at else Link.at, item.get("data") or {}, item.ref,
            )  # fmt: skip
            if wanted.allows(link.full_type):
                made.append(link)
        return made

    def _found(self, base: str, condition: Filter, fields: Sequence[str]) -> list[Entity]:
        every = self.site.every_link
        find = self.site.tracker.find
        return list(find(base, condition, fields=fields, project=self.home.ref, archived=True, retired_links=every))

    def _held(self, kind: str, wanted: Wanted) -> list[Link]:
        base, name = FIELDS[kind]
        if name not in self.site.schema.type(base).fields:
            return []
        legal = self.site.schema.targets(self.site.schema.field(base, name))
        ends = _ends(self._narrowed(wanted, base, name), name, "id", legal)
        condition = And([~Condition(name, "is", None), *ends])
        fields = [name, "updated_at"] if "updated_at" in self.site.schema.type(base).fields else [name]
        found = self._found(base, condition, fields)
        ids = self.site.hexes(ref for item in found for ref in (item.ref, *item[name]))
        made = []
        for item in found:
            for at, ref in enumerate(item[name]):
                id = held_id(kind, ids[ref], ids[item.ref])
                moment = item.get("updated_at")
                link = Link(
                    id, kind.partition("|")[0], ref, item.ref, ids[ref], ids[item.ref], (_number(item.ref), at + 1)
                )
                link.at = moment.isoformat() if moment else link.at
                if _is_wanted(link, wanted):
                    made.append(link)
        return made

    def _narrowed(self, wanted: Wanted, base: str, name: str) -> Wanted:
        """Only records that a field may lead to, and only under the types that it takes."""
        schema = self.site.schema
        targets = [kind for kind in schema.targets(schema.field(base, name)) if base_of(kind) == base]

        def fitting(refs: Sequence[Ref] | None) -> list[Ref] | None:
            if refs is None:
                return None
            fit = [ref for ref in refs if base_of(ref.type) == base]
            return [
                ref.replace(type=kind, native=None)
                for ref in fit
                for kind in (targets if ref.type == base else [ref.type])
            ]

        return Wanted(fitting(wanted.inputs), fitting(wanted.outputs), fitting(wanted.either), wanted.kinds)

    # ---- writing

    def create(self, given: Sequence[Mapping[str, Any]]) -> list[str]:
        """Make links, all or none; their ids.

        Raises:
            Fault: a type, an end or an id that cannot be.
        """
        known = {item["name"] for item in link_types(self.home.anatomy)}
        parsed = [self._parsed(item, known) for item in given]
        ends = self._ends(parsed)
        made: list[Operation] = []
        ids = []
        for item, kind in parsed:
            operation, id = self._operation(item, kind, ends)
            made.append(operation)
            ids.append(id)
        self._refuse_taken(parsed)
        self.site.tracker.write(made)
        return ids

    def _parsed(self, item: Mapping[str, Any], known: Iterable[str]) -> tuple[Mapping[str, Any], str]:
        kind = item.get("linkType") or item.get("link")
        if not kind:
            raise Fault(400, "Link type is not specified", "bad-request")
        parts = kind.split("|")
        if len(parts) != 3:
            raise Fault(400, "Link type must be in the format 'name|input_type|output_type'", "bad-request")
        if parts[1] == parts[2] and item["input"] == item["output"]:
            raise Fault(400, "Cannot link an entity to itself.", "bad-request")
        if kind not in known or parts[1] not in OPERATION_ENTITIES or parts[2] not in OPERATION_ENTITIES:
            raise Fault(400, "Unsupported link type.", "bad-request")
        return item, kind

    def _ends(self, parsed: Sequence[tuple[Mapping[str, Any], str]]) -> dict[tuple[str, str], Ref]:
        wanted: dict[str, dict[str, None]] = {}
        for item, kind in parsed:
            _, source, target = kind.split("|")
            wanted.setdefault(source, {})[item["input"]] = None
            wanted.setdefault(target, {})[item["output"]] = None
        made: dict[tuple[str, str], Ref] = {}
        for native, ids in wanted.items():
            found = self._known(native, list(ids))
            missing = sorted(set(ids) - set(found))
            if missing:
                raise Fault(404, f"{native.capitalize()} entities not found: {', '.join(missing)}", "not-found")
            made.update(((native, id), ref) for id, ref in found.items())
        return made

    def _known(self, native: str, ids: Sequence[str]) -> dict[str, Ref]:
        from trackerkit_ayon.gateway.nodes import Nodes

        return {id: node["ref"] for id, node in Nodes(self.home).by_ids(NEUTRAL[native], ids, ("id",)).items()}

    def _operation(
        self, item: Mapping[str, Any], kind: str, ends: Mapping[tuple[str, str], Ref]
    ) -> tuple[Operation, str]:
        name, source, target = kind.split("|")
        first, second = ends[source, item["input"]], ends[target, item["output"]]
        if kind in FIELDS and not (item.get("name") or item.get("data") or item.get("id")) and self._fits(kind, first):
            change = {FIELDS[kind][1]: Added((first,))}
            return ops.update(second, change), held_id(kind, item["input"], item["output"])
        if "Link" not in self.site.schema:
            raise Fault(501, "the tracker behind has no links of this kind", "not-implemented")
        id = item.get("id") or uuid.uuid1().hex
        values = {
            "kind": name,
            "source": first,
            "target": second,
            "name": item.get("name"),
            "data": item.get("data") or None,
        }
        given = {key: value for key, value in values.items() if value is not None}
        return ops.create("Link", given, key=id, project=self.home.ref), id

    def _fits(self, kind: str, ref: Ref) -> bool:
        base, name = FIELDS[kind]
        item = self.site.schema.type(base).fields.get(name)
        return item is not None and ref.type in self.site.schema.targets(item)

    def _refuse_taken(self, parsed: Sequence[tuple[Mapping[str, Any], str]]) -> None:
        ids = [item["id"] for item, _ in parsed if item.get("id")]
        named = "uid" if "uid" in self.site.schema.type("Link").fields else "id"
        if ids and self.site.tracker.count("Link", Condition(named, "in", tuple(ids)), state="all"):
            raise Fault(409, "One or more link IDs already exist.", "constraint-violation")

    def delete(self, id: str) -> None:
        """Delete one link.

        Raises:
            Fault: 404.
        """
        link = self.get(id)
        if link is None:
            raise Fault(404, f"Link {id} not found", "not-found")
        if link.ref is not None:
            self.site.tracker.delete(link.ref, permanent=True)
            return
        _, name = FIELDS[link.full_type]
        self.site.tracker.write([ops.update(link.output, {name: Removed((link.input,))})])

    def get(self, id: str) -> Link | None:
        """One link by AYON's id; None when there is none."""
        return next((link for link in self.find(Wanted()) if link.id == id), None)


def held_id(kind: str, input: str, output: str) -> str:
    """The id of a link that a field holds: made of its ends, so that it is always the same."""
    return uuid.uuid5(_SPACE, f"{kind}:{input}:{output}").hex


def _number(ref: Ref) -> int:
    return int(ref.id) if ref.id.isdecimal() else 0


def _is_ours(*refs: Ref) -> bool:
    return all(native_of(ref.type).name in OPERATION_ENTITIES and base_of(ref.type) in NEUTRAL.values() for ref in refs)


def _ends(wanted: Wanted, source: str, target: str, legal: Sequence[str] = ()) -> list[Filter]:
    """Conditions on the two ends of a link, by field; ``id`` where the record itself is the end."""

    def among(name: str, refs: Sequence[Ref]) -> Filter:
        if name == "id":
            return Condition("id", "in", tuple(ref.id for ref in refs))
        known = [ref for ref in refs if name in ("source", "target") or ref.type in legal]
        return Condition(name, "in", tuple(known))

    made: list[Filter] = []
    if wanted.inputs is not None:
        made.append(among(source, wanted.inputs))
    if wanted.outputs is not None:
        made.append(among(target, wanted.outputs))
    if wanted.either is not None:
        made.append(Or([among(source, wanted.either), among(target, wanted.either)]))
    return made


def _is_wanted(link: Link, wanted: Wanted) -> bool:
    def among(refs: Sequence[Ref] | None, *ends: tuple[Ref, str]) -> bool:
        ids = None if refs is None else {ref.id for ref in refs}
        return ids is None or any(ref.id in ids or id in ids for ref, id in ends)

    first, second = (link.input, link.input_id), (link.output, link.output_id)
    return among(wanted.inputs, first) and among(wanted.outputs, second) and among(wanted.either, first, second)


def linked_ids(home: Home, native: str) -> tuple[set[str], set[str]]:
    """The tracker's ids of the records of a type to which, and from which, a link leads."""
    links = Linking(home).find(Wanted())
    ins = {link.output.id for link in links if link.output_type == native}
    return ins, {link.input.id for link in links if link.input_type == native}


def links_of(home: Home, refs: Sequence[Ref], kinds: Sequence[str] | None) -> dict[str, list[Link]]:
    """The links of some records, by the records' ids."""
    made: dict[str, list[Link]] = {ref.id: [] for ref in refs}
    for link in Linking(home).find(Wanted(either=refs, kinds=kinds)):
        for id in dict.fromkeys((link.input.id, link.output.id)):
            if id in made:
                made[id].append(link)
    return made
