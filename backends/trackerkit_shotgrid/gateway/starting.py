"""The records that a new ShotGrid site starts with: statuses, pipeline steps, permission groups, a template project, a page."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timezone
from typing import Final

from trackerkit.operations import Operation, create
from trackerkit.schema import Field, SchemaChange
from trackerkit.tracker import Tracker
from trackerkit_shotgrid.mapping.bindings import TypeBinding
from trackerkit_shotgrid.mapping.types import neutral_type
from trackerkit_shotgrid.schema import bindings_of
from trackerkit_shotgrid.schema.standard import StandardField, standard_names, standard_type

STATUSES: Final = {
    "wtg": ("Waiting to Start", "148,148,148", "not_started"), "rdy": ("Ready to Start", "255,215,90", "not_started"),
    "ip": ("In Progress", "76,134,255", "in_progress"), "rev": ("Pending Review", "239,168,62", "in_progress"),
    "vwd": ("Viewed", "160,190,230", "in_progress"), "apr": ("Approved", "76,187,112", "done"),
    "fin": ("Final", "57,160,75", "done"), "cmpt": ("Complete", "57,160,75", "done"),
    "cbb": ("Could Be Better", "190,110,190", "in_progress"), "hld": ("On Hold", "230,120,90", "blocked"),
    "omt": ("Omit", "90,90,90", "done"), "na": ("N/A", "200,200,200", "not_started"),
    "opn": ("Open", "230,190,60", "not_started"), "res": ("Resolved", "76,187,112", "done"),
    "clsd": ("Closed", "110,110,110", "done"), "act": ("Active", "76,187,112", "in_progress"),
    "dis": ("Disabled", "110,110,110", "done"),
}  # fmt: skip
"""Code → name, colour, what it means."""

STEPS: Final = (
    ("Asset", "Art", "ART", "238,130,98"), ("Asset", "Model", "MDL", "129,183,255"), ("Asset", "Rig", "RIG", "253,254,152"),
    ("Asset", "Surface", "SRF", "182,137,255"), ("Shot", "Layout", "LAY", "120,215,250"),
    ("Shot", "Animation", "ANM", "197,240,141"), ("Shot", "FX", "FX", "255,173,95"),
    ("Shot", "Light", "LGT", "255,236,133"), ("Shot", "Comp", "CMP", "147,220,215"),
    ("Sequence", "Editorial", "EDT", "210,180,160"),
)  # fmt: skip

RULE_SETS: Final = (
    ("Admin", "admin", "HumanUser"), ("Manager", "manager", "HumanUser"), ("Artist", "artist", "HumanUser"),
    ("Vendor", "vendor", "HumanUser"), ("API Admin", "api_admin", "ApiUser"),
)  # fmt: skip

FILE_TYPES: Final = (
    ("Image", "img"), ("Movie", "mov"), ("Rendered Image", "render"), ("Alembic Cache", "abc"), ("Maya Scene", "ma"),
    ("Nuke Script", "nk"), ("USD Layer", "usd"),
)  # fmt: skip

DEPARTMENTS: Final = ("Art", "Assets", "Animation", "Lighting", "Compositing", "Editorial", "Production")


def is_new(tracker: Tracker) -> bool:
    """True for a tracker without a project and without a status: nobody has worked with it yet."""
    return not any(tracker.count(name, state="all", archived=True) for name in ("Project", "Status"))


def start(tracker: Tracker) -> None:
    """Give a new tracker, whose schema is prepared, the records of a new site, and its fields their lists and defaults."""
    tracker.write(list(_records()))
    tracker.backend.change_schema_many(list(_listed(tracker)))
    template = tracker.create("Project", name="Template Project", template=True, status="Active").ref
    now = tracker.backend.fetch([template], ["created_at"])[template]["created_at"]
    tracker.create("Page", name="Overview", project=template, shared=True, last_accessed=now)


def start_beside(tracker: Tracker) -> None:
    """Give a site whose records are partly kept beside the tracker those of a new site that the tracker knows nothing of.

    Doing it again makes no second ones.
    """
    schema = tracker.schema.read()
    now = datetime.now(timezone.utc).replace(microsecond=0)
    page = create("Page", {"name": "Overview", "shared": True, "last_accessed": now})
    made = [item for item in (*_listed_records(), page) if item.type in schema]
    tracker.write([replace(item, key=_key(item)) for item in made])


def _key(operation: Operation) -> str:
    name = operation.values.get("code") or operation.values.get("name")
    return uuid.uuid5(uuid.NAMESPACE_URL, f"trackerkit/{operation.type}/{name}").hex


def _records() -> Iterator[Operation]:
    by_code = scopes()
    for order, (code, (name, color, category)) in enumerate(STATUSES.items(), 1):
        scope = by_code.get(code, ["User"])
        values = {"name": name, "code": code, "color": color, "category": category, "scope": scope, "order": order}
        yield create("Status", values)
    for order, (kind, name, short, color) in enumerate(STEPS, 1):
        yield create("TaskType", {"name": name, "code": short, "applies_to": kind, "color": color, "order": order})
    yield from _listed_records()


def _listed_records() -> Iterator[Operation]:
    """The records of a new site that are but names in lists."""
    for name, code, kind in RULE_SETS:
        yield create("PermissionRuleSet", {"display_name": name, "code": code, "entity_type": kind})
    for name, short in FILE_TYPES:
        yield create("PublishedFileType", {"code": name, "short_name": short})
    for order, name in enumerate(DEPARTMENTS, 1):
        yield create("Department", {"name": name, "code": name, "list_order": order, "department_type": "artist"})


def scopes() -> dict[str, list[str]]:
    """Status code → the types that have it, under their neutral names."""
    made: dict[str, list[str]] = {}
    for native in standard_names(0, 0):
        for item in _standard(native):
            for code in item.values if item.data_type == "status_list" else ():
                made.setdefault(code, []).append(neutral_type(native))
    return {
        code: ["User" if name in ("HumanUser", "ApiUser") else name for name in names] for code, names in made.items()
    }


def _standard(native: str) -> list[StandardField]:
    found = standard_type(native)
    return [] if found is None else list(found.fields.values())


def _listed(tracker: Tracker) -> Iterator[SchemaChange]:
    """The model's own fields that a new site has a list or a default for."""
    types = bindings_of(tracker.schema.read())
    for native in standard_names(0, 0):
        binding = types.get(native)
        if binding is None or binding.neutral == "User":
            continue
        for item in _standard(native):
            changed = _with_list(binding, item)
            if changed is not None:
                yield SchemaChange("update_field", binding.neutral, changed, changed.name)


def _with_list(binding: TypeBinding, standard: StandardField) -> Field | None:
    bound = binding.natives.get(standard.name)
    if bound is None or bound.codec or bound.field.read_only or bound.field.data_type not in ("choice", "status"):
        return None
    # Where what a status field may hold are the Status records themselves (see their scope), it has its choices by now.
    changed = replace(bound.field, choices=bound.field.choices or standard.values, default=standard.default)
    if bound.field.data_type == "status" and not bound.field.choices:
        changed = replace(changed, aliases={STATUSES[code][0]: code for code in standard.values})
    return changed if changed != bound.field else None
