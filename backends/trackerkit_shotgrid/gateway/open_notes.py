"""``open_notes`` and ``open_notes_count``: the Notes about a record that nobody has closed, counted when they are read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from trackerkit.filters import And, Condition, Filter
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.faults import Fault
from trackerkit_shotgrid.gateway.site import Site

LIST: Final = "open_notes"
COUNT: Final = "open_notes_count"
FIELDS: Final[Mapping[str, tuple[str, str]]] = {
    LIST: ("multi_entity", "Open Notes"),
    COUNT: ("summary", "Open Notes Count"),
}
"""Field → its data type and what people see."""

STATUSES: Final = ("opn", "ip", "rdy")
"""A Note with one of these is open, as on a new site."""


def has(site: Site, native: str, name: str) -> bool:
    """Whether a field of a type is one of these."""
    return name in FIELDS and native in site.types and _link(site, native) is not None


def _link(site: Site, native: str) -> str | None:
    """The field of Note that leads to records of a type."""
    binding = site.types[native].natives.get("notes")
    reverse = binding.field.reverse_of if binding is not None else None
    return reverse[1] if reverse is not None and reverse[0] == "Note" else None


def of(site: Site, native: str, refs: Sequence[Ref]) -> dict[tuple[str, str], list[Ref]]:
    """The open Notes of some records, the oldest first."""
    link = _link(site, native)
    made: dict[tuple[str, str], list[Ref]] = {(ref.type, ref.id): [] for ref in refs}
    if link is None or not refs:
        return made
    parts: list[Filter] = [Condition(link, "in", tuple(refs))]
    status = site.schema.type("Note").fields.get("status")
    if status is not None and status.choices:
        known = [code for code in STATUSES if code in status.choices]
        parts.append(Condition("status", "in", tuple(known)))
    for note in site.tracker.find("Note", And(parts), fields=[link], archived=True):
        for ref in note[link]:
            if (ref.type, ref.id) in made:
                made[ref.type, ref.id].append(note.ref)
    return made


def check_unasked(site: Site, verb: str, native: str, name: str) -> None:
    """Do nothing for any other field.

    Raises:
        Fault: nothing can be filtered by one of these.
    """
    if has(site, native, name):
        raise Fault(f"API {verb}() {native}.{name}'s '{FIELDS[name][0]}' data type cannot be used in a filter.")


def check_unwritten(site: Site, verb: str, native: str, name: str) -> None:
    """Do nothing for any other field.

    Raises:
        Fault: they are made, never written.
    """
    if has(site, native, name):
        raise Fault(f"API {verb}() {native}.{name} is read only.")


def schema_of(native: str) -> dict[str, Any]:
    """The two fields as ShotGrid describes them."""
    return {name: _described(native, name, *words) for name, words in FIELDS.items()}


def _described(native: str, name: str, data_type: str, label: str) -> dict[str, Any]:
    def leaf(value: Any) -> dict[str, Any]:
        return {"value": value, "editable": False}

    properties = {"default_value": leaf(None), "summary_default": leaf("none")}
    if name == LIST:
        properties["valid_types"] = leaf(["Note"])
    else:
        properties |= {
            "summary_default": leaf("record_count"), "summary_field": leaf("id"), "summary_value": leaf(None),
            "query": leaf({"entity_type": "Note", "filters": _query()}),
        }  # fmt: skip
    return {
        "name": leaf(label), "description": leaf(""), "data_type": leaf(data_type), "entity_type": leaf(native),
        "editable": leaf(False), "mandatory": leaf(False), "unique": leaf(False), "visible": leaf(True),
        "ui_value_displayable": leaf(True), "custom_metadata": leaf(""), "properties": properties,
    }  # fmt: skip


def _query() -> dict[str, Any]:
    """The question whose answer is counted; the entity with the id 0 stands for the record that is read."""
    token = {"id": 0, "name": "Current Entity", "type": "Entity", "valid": "parent_entity_token"}
    states = [{"path": "sg_status_list", "relation": "is", "values": [code]} for code in STATUSES]
    link = {"path": "note_links", "relation": "is", "values": [token]}
    return {"logical_operator": "and", "conditions": [link, {"logical_operator": "or", "conditions": states}]}
