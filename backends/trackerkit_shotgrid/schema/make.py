"""A neutral Schema as ShotGrid's answers to ``schema_read``, ``schema_entity_read`` and ``schema_field_read``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from trackerkit.schema import EntityType, Field, Schema
from trackerkit_shotgrid.mapping.bindings import PARENTS, Binding, ParentLink, TypeBinding
from trackerkit_shotgrid.mapping.fields import (
    KEY_FIELD,
    NATIVE_DATA_TYPES,
    NEUTRAL_DATA_TYPES,
    TEXT_RULES,
    FieldMap,
    field_maps,
    is_written_by_server,
    model_field,
)
from trackerkit_shotgrid.mapping.types import USER_KINDS, native_type
from trackerkit_shotgrid.mapping.values import Links
from trackerkit_shotgrid.schema.standard import standard_field, standard_type

_WITH_UUID: Final = frozenset({"LocalStorage", "Icon"})
"""Types with a field ``uuid`` of the server's own making: the unique id that every record has here."""


_NOT_OF_EVENTS: Final = frozenset({"created_by", "updated_at", "updated_by", "uid", "tags", "thumbnail"})


def bindings_of(schema: Schema, *, with_tree: bool = False) -> dict[str, TypeBinding]:
    """The bindings of a tracker's schema, by ShotGrid's type names: what a gateway shows of it.

    A tracker whose users are one type ``User`` shows them as HumanUser and ApiUser, both bound to ``User``; see
    ``types.USER_KINDS``. Types that ShotGrid has no place for (Product, Workfile, Link, Reviewable) are left out.

    Args:
        schema: the tracker's.
        with_tree: kinds of Folder get the field ``sg_parent`` too, which may link to any folder: for trees that are
            deeper than ShotGrid's own.
    """
    made = {}
    for item in schema.types.values():
        for native, table in _native_types(item, schema):
            made[native] = _type_binding(item, native, table, schema, with_tree)
    return made


def _native_types(item: EntityType, schema: Schema) -> Iterable[tuple[str, str]]:
    """ShotGrid's names of a type, each with the neutral name that its table of fields has."""
    if item.name == "User" and not any(name in schema for name in USER_KINDS):
        yield from (("HumanUser", "HumanUser"), ("ApiUser", "ApiUser"))
        return
    native = native_type(item.name)
    if native is not None:
        yield native, item.name


def _type_binding(item: EntityType, native: str, table: str, schema: Schema, with_tree: bool) -> TypeBinding:
    lines = field_maps(table, item.base)
    if native == "EventLogEntry":
        lines = {name: line for name, line in lines.items() if name not in _NOT_OF_EVENTS}
    found = (_binding(item, field, lines, table, schema) for field in item.fields.values())
    fields = [binding for binding in found if binding is not None]
    if native in _WITH_UUID and "uid" in item.fields:
        fields.append(Binding(item.fields["uid"], "uuid", "uuid"))
    parents: tuple[ParentLink, ...] = ()
    if item.base == "Folder":
        parents = _parents(item.name, schema, with_tree)
        fields += [Binding(item.fields["parent"])] if "parent" in item.fields else []
    return TypeBinding(item.name, native, fields, parents)


def _binding(
    item: EntityType, field: Field, lines: Mapping[str, FieldMap], table: str, schema: Schema
) -> Binding | None:
    line = lines.get(field.name)
    if line is not None:
        reachable = not field.is_link or bool(_valid_types(field, schema)) or line.codec == "reviewable"
        return Binding(field, line.natives[0], line.native_data_type, line.codec) if reachable else None
    is_models = model_field(table, field.name) is not None or (not field.is_stored and not field.native)
    if (
        is_models
        or field.name in ("uid", "type", "id")
        or (field.kinds and table in USER_KINDS and table not in field.kinds)
    ):
        return None
    native = field.name.removeprefix("native_")
    return Binding(field, native, _native_data_type(table, native, field))


def _native_data_type(table: str, native: str, field: Field) -> str:
    """ShotGrid's data type: several of them may be one neutral type, and a site's standard fields tell which."""
    standard = standard_field(native_type(table) or table, native)
    if standard is not None and NEUTRAL_DATA_TYPES.get(standard.data_type, "computed") == field.data_type:
        return standard.data_type
    return NATIVE_DATA_TYPES[field.data_type]


def _parents(name: str, schema: Schema, with_tree: bool) -> tuple[ParentLink, ...]:
    made = []
    for names, target in PARENTS.get(name, (("sg_parent", None),)):
        if target in schema or (target is None and with_tree):
            made.append(ParentLink(names.split("|")[0], target))
    return tuple(made)


# --- the answers -----------------------------------------------------------------------------------------------------


def schema_read(types: Mapping[str, TypeBinding], schema: Schema) -> dict[str, dict[str, Any]]:
    """The answer to ``schema_read``: ``{type: {field: properties}}``."""
    return {native: schema_field_read(binding, schema) for native, binding in types.items()}


def schema_entity_read(
    types: Mapping[str, TypeBinding], schema: Schema, *, can_add_fields: bool = True
) -> dict[str, Any]:
    """The answer to ``schema_entity_read``: ``{type: {name, visible}}``.

    Where the tracker behind can less than a site, a type says so too, as ``can_retire``, ``can_create``,
    ``can_be_keyed`` and ``can_add_fields``: no site has these, and old clients ignore them.
    """
    made = {}
    for native, binding in types.items():
        made[native] = {"name": _leaf(_type_label(native, binding, schema)), "visible": _leaf(True)}
        owner = schema.type(binding.neutral)
        if not owner.can_retire and not owner.read_only:
            made[native]["can_retire"] = _leaf(False)
        if owner.read_only and not owner.append_only:
            made[native]["can_create"] = _leaf(False)
        if "uid" not in owner.fields and not owner.read_only:
            made[native]["can_be_keyed"] = _leaf(False)
        if not can_add_fields:
            made[native]["can_add_fields"] = _leaf(False)
    return made


def _type_label(native: str, binding: TypeBinding, schema: Schema) -> str:
    """What people call a type: as the tracker says, or as ShotGrid does where the tracker has the model's word for it."""
    own = schema.type(binding.neutral).label if binding.neutral != "User" else ""
    standard = standard_type(native)
    return own if (own and own != binding.neutral) or standard is None else standard.label


def _field_label(native: str, name: str, field: Field) -> str:
    """The same for a field."""
    standard = standard_field(native, name)
    is_models = field.label in ("", field.name, field.name.replace("_", " ").capitalize())
    return standard.label if standard is not None and is_models else field.label or field.name


def schema_field_read(binding: TypeBinding, schema: Schema, name: str | None = None) -> dict[str, Any]:
    """The answer to ``schema_field_read``: every field of a type, or the named one (empty when there is none)."""
    made = {}
    for native, item in binding.natives.items():
        if name is None or native == name:
            made[native] = field_schema(item, binding, schema)
    for link in binding.parents:
        if name is None or link.native == name:
            made[link.native] = _parent_schema(link, binding, schema)
    return made


def field_schema(item: Binding, owner: TypeBinding, schema: Schema) -> dict[str, Any]:
    """One field, as ShotGrid describes it.

    What the tracker behind takes in a text stands in the property ``domain``, which no site has and old clients ignore.
    """
    field = item.field
    read_only = field.read_only or field.data_type == "computed" or is_written_by_server(owner.neutral, field.name)
    read_only = read_only or owner.native == "EventLogEntry"
    is_key = item.native == KEY_FIELD
    editable = not read_only or item.codec == "reviewable" or is_key
    properties: dict[str, Any] = {"default_value": _leaf(_default(item)), "summary_default": _leaf("none")}
    if item.data_type in ("entity", "multi_entity"):
        properties["valid_types"] = _leaf(_link_types(item, schema))
    if item.data_type in ("list", "status_list"):
        shown = {key: name for name, key in field.aliases.items()}
        properties["valid_values"] = _leaf(list(field.choices) if item.codec != "active" else ["act", "dis"])
        properties["display_values"] = _leaf({key: shown.get(key, key) for key in field.choices})
        properties["hidden_values"] = _leaf([])
    rule = {name: value for name in TEXT_RULES if (value := getattr(field.domain, name))}
    if rule:
        properties["domain"] = _leaf(rule)
    return {
        "name": _leaf(_field_label(owner.native, item.native, field)),
        "description": _leaf(field.description),
        "data_type": _leaf(item.data_type),
        "entity_type": _leaf(owner.native),
        "editable": _leaf(editable),
        "mandatory": _leaf(field.required),
        "unique": _leaf(field.unique),
        "visible": _leaf(True, editable=field.custom),
        "ui_value_displayable": _leaf(True),
        "custom_metadata": _leaf(""),
        "properties": properties,
    }


def _parent_schema(link: ParentLink, owner: TypeBinding, schema: Schema) -> dict[str, Any]:
    parent = owner.fields["parent"].field
    targets = (link.target,) if link.target else schema.kinds
    made = field_schema(Binding(parent, link.native, "entity"), owner, schema)
    standard = standard_field(owner.native, link.native)
    made["name"] = _leaf(standard.label if standard is not None else link.native.removeprefix("sg_").capitalize())
    made["mandatory"] = _leaf(False)
    made["properties"]["valid_types"] = _leaf([native for kind in targets if (native := native_type(kind))])
    return made


def _link_types(item: Binding, schema: Schema) -> list[str]:
    if item.codec == "tags":
        return ["Tag"]
    if item.codec == "name":
        return {"step": ["Step"], "published_file_type": ["PublishedFileType"], "icon": ["Icon"]}.get(item.native, [])
    return _valid_types(item.field, schema)


def _valid_types(field: Field, schema: Schema) -> list[str]:
    """ShotGrid's names of the types that a link may lead to; none for a field that is no link."""
    if not field.is_link:
        return []
    made: dict[str, None] = {}
    for name in schema.targets(field):
        if name == "User":
            kinds = [kind for kind in USER_KINDS if kind in schema] or ["HumanUser", "ApiUser"]
            made.update(dict.fromkeys(kinds))
        elif (native := native_type(name)) is not None:
            made[native] = None
    return list(made)


def _default(item: Binding) -> Any:
    """The default value as JSON."""
    return None if item.field.default is None else item.encode(Links(None))(item.field.default)


def _leaf(value: Any, editable: bool = False) -> dict[str, Any]:
    return {"value": value, "editable": editable}
