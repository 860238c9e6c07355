"""Records that a call names, and what is read of them besides an answer's own rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.answers import Answer
from trackerkit_shotgrid.gateway.conditions import read_entity
from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.faults import Fault, no_entity, shown
from trackerkit_shotgrid.gateway.site import Site


def record_of(context: Context, verb: str, given: Mapping[str, Any], name: str, types: Sequence[str] = ()) -> Ref:
    """The active record that an entity dict in an argument names.

    Args:
        context: the call.
        verb: the RPC, for faults.
        given: the argument.
        name: which part of it.
        types: ShotGrid's types that it may be of; any by default.

    Raises:
        Fault: there is no such record, or it is of another type.
    """
    value = given.get(name)
    if not isinstance(value, dict):
        raise Fault(f"API {verb}() invalid/missing entity hash '{name}': {shown(value)}")
    ref = read_entity(context.site, verb, name, value)
    if types and value["type"] not in types:
        raise Fault(f"API {verb}() '{name}' must be a {' or a '.join(types)}, got a {shown(value['type'])}")
    found = active(context, [ref]) if ref is not None else []
    if not found:
        raise no_entity(verb, str(value["type"])[:100], value["id"])
    return found[0]


def active(context: Context, refs: Iterable[Ref]) -> list[Ref]:
    """Those records that there are and that are not retired, in order, with all that their tracker says of them."""
    wanted = list(refs)
    found = context.tracker.backend.fetch(wanted, ["id"])
    whole = {(ref.type, ref.id): ref for ref in found}
    return [whole[ref.type, ref.id] for ref in wanted if (ref.type, ref.id) in whole]


def read_fields(context: Context, native: str, refs: Sequence[Ref], names: Iterable[str]) -> list[dict[str, Any]]:
    """Records of one ShotGrid type as dicts with these fields, in the order of the Refs; retired ones too."""
    return Answer(context.site, native, names, context.lookups, context.urls).read(refs)


def read_any(context: Context, refs: Sequence[Ref], names: Mapping[str, Sequence[str]]) -> dict[Ref, dict[str, Any]]:
    """Records of any types as dicts; ``names`` are ShotGrid's fields by ShotGrid's type."""
    site = context.site
    site.prepare(refs)
    groups: dict[str, list[Ref]] = {}
    for ref in dict.fromkeys(refs):
        groups.setdefault(site.native_of(ref), []).append(ref)
    made: dict[Ref, dict[str, Any]] = {}
    for native, group in groups.items():
        if native not in site.types:
            continue
        found = {record["id"]: record for record in read_fields(context, native, group, names.get(native, ()))}
        made.update((ref, found[number]) for ref in group if (number := site.ids.number(ref)) in found)
    return made


def ref_of(site: Site, key: str, project: str | None = None) -> Ref:
    """The record of a name among facts; of a folder ``fetch`` tells the kind."""
    kind, _, number = key.partition(":")
    return Ref(kind, number, number if kind == "Project" else project, site.site)
