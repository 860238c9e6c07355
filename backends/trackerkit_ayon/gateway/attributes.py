"""AYON's attributes: its own thirty, those that a tracker's custom fields make, and those that clients define. Pure.

An attribute that the neutral model covers stands where ``mapping.places`` says. Any other is a native field of the tracker
behind, under the attribute's own name, made when a value is first written.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from trackerkit.schema import EntityType, Field, Schema
from trackerkit_ayon.mapping.names import TYPES, base_of
from trackerkit_ayon.mapping.places import places
from trackerkit_ayon.schema import ATTRIBUTE_TYPES, NATIVE_TYPES, attribute_name, attributes_of

Attribute = Mapping[str, Any]

#: The native field in which a record keeps what AYON's ``data`` holds beside the neutral fields.
DATA_FIELD: Final = "data"
_DATA_KEYS: Final = (
    "type", "title", "description", "example", "default", "gt", "ge", "lt", "le", "minLength", "maxLength", "minItems",
    "maxItems", "regex", "enum", "enumResolver", "enumResolverSettings", "inherit", "widget", "widgetSettings",
)  # fmt: skip
_ENUM_KEYS: Final = (
    "value", "label", "description", "fulltext", "group", "icon", "color", "shortName", "disabled", "disabledMessage",
)  # fmt: skip


@lru_cache(maxsize=1)
def builtin() -> tuple[Attribute, ...]:
    """The attributes that every AYON server has."""
    text = Path(__file__).with_name("defaults").joinpath("attributes.json").read_text(encoding="utf-8")
    return tuple(json.loads(text))


def every_attribute(schema: Schema, defined: Mapping[str, Attribute]) -> list[dict[str, Any]]:
    """Every attribute that a server over this tracker has.

    Args:
        schema: of the tracker.
        defined: what clients defined, by name: ``position``, ``scope``, ``data``.
    """
    made: dict[str, dict[str, Any]] = {item["name"]: dict(item) for item in builtin()}
    for item in attributes_of(schema):
        if item["name"] not in made:
            made[item["name"]] = {**item, "position": 1000 + item["position"], "builtin": False}
    for name, given in defined.items():
        made[name] = {"name": name, "builtin": made.get(name, {}).get("builtin", False), **given}
    return sorted(made.values(), key=lambda item: item["position"])


def shown(attribute: Attribute) -> dict[str, Any]:
    """An attribute with every key of its ``data``, as ``GET /api/attributes`` gives it."""
    data = attribute["data"]
    made = {key: data.get(key) for key in _DATA_KEYS}
    if made["enum"] is not None:
        made["enum"] = [{**dict.fromkeys(_ENUM_KEYS), "disabled": False, **item} for item in made["enum"]]
    names = ("name", "position", "scope")
    return {**{name: attribute[name] for name in names}, "data": made, "builtin": attribute["builtin"]}


def short(attribute: Attribute) -> dict[str, Any]:
    """An attribute without the empty keys of its ``data``, as ``GET /api/info`` gives it."""
    made = shown(attribute)
    data = {key: value for key, value in made["data"].items() if value is not None}
    if "enum" in data:
        data["enum"] = [{key: value for key, value in item.items() if value is not None} for item in data["enum"]]
    return {**made, "data": data}


def in_scope(attributes: Iterable[Attribute], native: str) -> dict[str, Mapping[str, Any]]:
    """The ``data`` of the attributes of one of AYON's types, by name."""
    return {item["name"]: item["data"] for item in attributes if native in item["scope"]}


def inheritable(attributes: Iterable[Attribute]) -> frozenset[str]:
    """The names of the attributes whose values come from the parent where a folder or task has none."""
    return frozenset(
        item["name"]
        for item in attributes
        if item["data"].get("inherit", True) and {"folder", "task"} & set(item["scope"])
    )


def native_view(schema: Schema, type_name: str) -> EntityType:
    """A tracker's type with its custom fields under AYON's names, so that ``mapping`` finds their places."""
    owner = schema.type(type_name)
    fields = {name: _named(type_name, item) for name, item in owner.fields.items()}
    return EntityType(type_name, MappingProxyType(fields), native=TYPES[base_of(type_name)].name, display=owner.display)


def _named(type_name: str, item: Field) -> Field:
    is_own = item.custom and item.is_stored and item.data_type in NATIVE_TYPES and item.name not in places(type_name)
    return replace(item, native=attribute_name(item.name)) if is_own else item


def field_type(attribute: Attribute) -> str:
    """The neutral data type of the native field that keeps an attribute's values."""
    return ATTRIBUTE_TYPES.get(attribute["data"].get("type", "string"), "json")
