"""The schema calls: reading it, and making, changing and deleting fields."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from typing import Any, Final

from trackerkit.errors import TrackerError
from trackerkit.schema import Field, SchemaChange
from trackerkit_shotgrid.gateway import open_notes
from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.faults import Fault, missing, no_field, of_error, shown
from trackerkit_shotgrid.gateway.habits import KEPT, Habits, keep, project_of
from trackerkit_shotgrid.gateway.personal import PERSONAL, schema_of
from trackerkit_shotgrid.gateway.relations import scalar
from trackerkit_shotgrid.gateway.wire import list_of, text_of
from trackerkit_shotgrid.mapping.bindings import Binding, TypeBinding
from trackerkit_shotgrid.mapping.fields import NEUTRAL_DATA_TYPES
from trackerkit_shotgrid.schema import schema_entity_read, schema_field_read, schema_read

_CREATABLE: Final = frozenset(
    {"text", "number", "float", "date", "date_time", "list", "status_list", "url", "duration", "percent", "footage", "checkbox",
     "entity", "multi_entity", "currency", "timecode"}
)  # fmt: skip


def read_all(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ``schema_read``."""
    found = schema_read(context.site.types, context.site.schema)
    habits = Habits(context, project_of(context, "schema_read", given))
    return {native: _told(context, native, fields, habits) for native, fields in found.items()}


def read_entities(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ``schema_entity_read``; every project shows every type."""
    project_of(context, "schema_entity_read", given)
    can_add_fields = "schema.field" in context.tracker.backend.capabilities
    return schema_entity_read(context.site.types, context.site.schema, can_add_fields=can_add_fields)


def read_fields(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ``schema_field_read``: every field of a type, or one."""
    verb = "schema_field_read"
    native = text_of(verb, given, "type")
    name = text_of(verb, given, "field_name") if given.get("field_name") is not None else None
    habits = Habits(context, project_of(context, verb, given))
    found = schema_field_read(context.site.type(verb, native), context.site.schema)
    told = _told(context, native, found, habits)
    if name is not None and name not in told:
        raise no_field(verb, native, name[:100])
    return told if name is None else {name: told[name]}


def _told(context: Context, native: str, fields: Mapping[str, Any], habits: Habits) -> dict[str, Any]:
    """The fields of a type with those that depend on who asks, and with what the project says of them."""
    natives, codes = context.site.types[native].natives, context.site.codes
    fields = {
        name: codes.describe(natives[name].field, item) if name in natives else item for name, item in fields.items()
    }
    own = {name: schema_of(native, name) for owner, name in PERSONAL if owner == native}
    if open_notes.has(context.site, native, open_notes.COUNT):
        own |= open_notes.schema_of(native)
    return habits.apply(native, {**fields, **own})


def create_field(context: Context, given: Mapping[str, Any]) -> str:
    """The answer to ``schema_field_create``: the name that the field has now."""
    verb = "schema_field_create"
    owner = context.site.type(verb, text_of(verb, given, "type"))
    data_type = text_of(verb, given, "data_type")
    if data_type not in _CREATABLE:
        raise Fault(f"API {verb}() a field of the data type {shown(data_type)} cannot be created.")
    properties = _properties(verb, given)
    label = properties.pop("name", None)
    if not isinstance(label, str) or not label.strip():
        raise missing(verb, "string", "properties", "name", given=given.get("properties"))
    name = free_name(owner, label.strip())
    if (owner.neutral, name) in context.tracker.backend.trashed_fields():
        raise _in_trash(verb, name)
    said = {item: properties.pop(item) for item in KEPT & properties.keys()}
    neutral = _neutral_properties(context, verb, f"{owner.native}.{name}", data_type, properties)
    if data_type in ("entity", "multi_entity") and not neutral.get("targets"):
        raise missing(verb, "array", "properties", "valid_types", given=given.get("properties"))
    made = _changed(
        verb,
        lambda: context.tracker.schema.create_field(
            owner.neutral, name, NEUTRAL_DATA_TYPES[data_type], label=label.strip(), **neutral
        ),
    )
    if data_type == "multi_entity":
        _create_reverse(context, owner, made, neutral["targets"])
    if said:
        keep(context, verb, f"{owner.native}.{made}", None, said)
    return made


def _in_trash(verb: str, name: str) -> Fault:
    return Fault(
        f"API {verb}() failed, there is a retired field with the same field_name: {name}. Delete the retired field forever "
        "from the Trash Page in Shotgun and try again."
    )


def _create_reverse(context: Context, owner: TypeBinding, name: str, targets: Iterable[str]) -> None:
    """The other side of a new multi-entity field, where the tracker keeps such; without it the field is good too."""
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", owner.native).lower()
    label = f"{owner.native} <-> {name}"
    for target in targets:
        other = f"{snake}_{name}_{snake}s"[:60]
        field = Field(
            other, "links", label, (owner.neutral,), reverse_of=(owner.neutral, name), read_only=True, native=other
        )
        with suppress(TrackerError):
            context.tracker.backend.change_schema(SchemaChange("create_field", target, field, field.name))


def free_name(owner: TypeBinding, label: str) -> str:
    """The programmatic name of a display name: ``sg_``, lower case, ``_`` for all else; ``_1`` where it is taken."""
    name = "sg_" + re.sub(r"[^a-z0-9]", "_", label.lower())[:50]
    taken = set(owner.natives) | set(owner.fields)
    number = 0
    while (made := f"{name}_{number}" if number else name) in taken:
        number += 1
    return made


def update_field(context: Context, given: Mapping[str, Any]) -> bool:
    """The answer to ``schema_field_update``: true."""
    verb = "schema_field_update"
    owner, binding = _own_field(context, verb, given)
    properties = _properties(verb, given)
    label = properties.pop("name", None)
    where = f"{owner.native}.{binding.native}"
    said = {item: properties.pop(item) for item in KEPT & properties.keys()}
    if "visible" in said and not is_custom(owner, binding):
        raise Fault(f"API {verb}() {where}: the visibility of a field that every site has cannot be changed.")
    if said:
        keep(context, verb, where, project_of(context, verb, given, must_exist=True), said)
    neutral = _neutral_properties(context, verb, where, binding.data_type, properties)
    if label is not None:
        neutral["label"] = str(label)
    if neutral:
        _changed(verb, lambda: context.tracker.schema.update_field(owner.neutral, binding.field.name, **neutral))
    return True


def delete_field(context: Context, given: Mapping[str, Any]) -> bool:
    """The answer to ``schema_field_delete``: true."""
    verb = "schema_field_delete"
    owner, binding = _own_field(context, verb, given)
    if not is_custom(owner, binding):
        raise Fault(f"API {verb}() {owner.native}.{binding.native} is not a field that can be deleted.")
    _changed(verb, lambda: context.tracker.schema.delete_field(owner.neutral, binding.field.name))
    return True


def is_custom(owner: TypeBinding, binding: Binding) -> bool:
    """Whether a field was made by the site: every other one is what every site has."""
    return binding.field.custom


def _own_field(context: Context, verb: str, given: Mapping[str, Any]) -> tuple[TypeBinding, Binding]:
    owner = context.site.type(verb, text_of(verb, given, "type"))
    name = text_of(verb, given, "field_name")
    binding = owner.natives.get(name)
    if binding is None:
        raise no_field(verb, owner.native, name[:100])
    return owner, binding


def _properties(verb: str, given: Mapping[str, Any]) -> dict[str, Any]:
    made = {}
    for item in list_of(verb, given, "properties", 50):
        if not isinstance(item, dict):
            raise missing(verb, "hash", "properties", given=item)
        made[text_of(verb, item, "property_name")] = item.get("value")
    return made


def _neutral_properties(
    context: Context, verb: str, where: str, data_type: str, given: Mapping[str, Any]
) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, value in given.items():
        if name == "description":
            made["description"] = "" if value is None else str(value)
        elif name == "valid_values":
            made["choices"] = _texts(verb, name, value)
        elif name == "valid_types":
            made["targets"] = [context.site.neutral(_known(context, verb, item)) for item in _texts(verb, name, value)]
        elif name == "default_value":
            made["default"] = scalar(verb, where, data_type, NEUTRAL_DATA_TYPES[data_type], "", value)
        else:
            raise Fault(f"API {verb}() a field has no property {shown(name)}")
    return made


def _known(context: Context, verb: str, native: str) -> str:
    return context.site.type(verb, native).native


def _texts(verb: str, name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise missing(verb, "array of strings", "properties", name, given=value)
    return value


def _changed(verb: str, change: Any) -> str:
    try:
        return str(change())
    except TrackerError as error:
        raise of_error(error, verb) from error
