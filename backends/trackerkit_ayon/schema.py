"""The schema of an AYON server, or of one project of it, from its attributes and anatomies; and back, for a gateway."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from trackerkit.datatypes import ANY, Domain
from trackerkit.model import KINDS, neutral_schema
from trackerkit.schema import EntityType, Field, Schema
from trackerkit.values import Url
from trackerkit_ayon.mapping.names import LABEL, NAME, PROJECT_CODE, RULES, TYPES, base_of, kind_of
from trackerkit_ayon.mapping.places import Place, places, raw_name

ATTRIBUTE_TYPES: Final[dict[str, str]] = {
    "string": "text", "integer": "integer", "float": "float", "boolean": "checkbox", "datetime": "datetime",
    "list_of_strings": "choices", "list_of_integers": "json", "list_of_any": "json", "list_of_submodels": "json",
    "dict": "json",
}  # fmt: skip
"""AYON's types of attributes → neutral data types."""

NATIVE_TYPES: Final[dict[str, str]] = {
    "text": "string", "integer": "integer", "float": "float", "percent": "integer", "currency": "float",
    "checkbox": "boolean", "date": "datetime", "datetime": "datetime", "choices": "list_of_strings", "choice": "string",
    "duration": "float", "timecode": "integer", "uuid": "string", "color": "string", "entity_type": "string",
    "status": "string", "json": "dict",
}  # fmt: skip
"""Neutral data types → the AYON attribute type that holds their values."""

MARK: Final = "trackerkit"
"""In an attribute's ``widgetSettings``: of which neutral data type its values are, where AYON's own type does not say it."""

MADE_TYPES: Final[dict[str, str]] = {
    **{name: native for name, native in NATIVE_TYPES.items() if name not in ("json", "entity_type", "status")},
    "url": "list_of_strings", "link": "string", "links": "list_of_strings",
}  # fmt: skip
"""The data types of fields that can be made, with the attribute type that holds them. A server with an attribute of the type
``dict`` does not start again."""

SCOPES: Final[dict[str, str]] = {
    "Project": "project", "Folder": "folder", "Task": "task", "Product": "product", "Version": "version",
    "File": "representation", "Workfile": "workfile", "User": "user",
}  # fmt: skip
"""The types that have attributes, and the name of each in an attribute's scope."""

_INHERITING: Final = frozenset({"Folder", "Task"})
_SCOPED: Final = frozenset({"Status", "TaskType", "Tag", "Group"})
_REQUIRED: Final = frozenset({
    ("Task", "parent"), ("Product", "parent"), ("File", "version"), ("Workfile", "task"), ("Link", "kind"), ("Reply", "note"),
})  # fmt: skip
_CREATE_ONLY: Final = frozenset({
    ("File", "size"), ("File", "hash"), ("File", "parent"), ("File", "task"), ("File", "number"),
    ("Note", "created_at"), ("Reply", "created_at"), ("Note", "author"), ("Reply", "author"), ("Reply", "note"),
    ("User", "name"), ("User", "kind"), ("Group", "name"), ("Link", "kind"), ("Link", "source"),
    ("Link", "target"), ("Link", "name"), ("Link", "data"), ("Project", "name"), ("Folder", "kind"), ("Reviewable", "version"),
})  # fmt: skip
_TARGETS: Final[dict[tuple[str, str], tuple[str, ...]]] = {
    ("Folder", "assignees"): ("User",), ("Task", "assignees"): ("User",), ("Task", "reviewers"): ("User",),
    ("Task", "parent"): ("Folder",), ("Product", "parent"): ("Folder",), ("Version", "parent"): ("Folder", "Task"),
    ("File", "parent"): ("Folder",), ("Folder", "assets"): ("Folder",), ("Folder", "shots"): ("Folder",),
    ("Note", "links"): ("Folder", "Task", "Product", "Version", "File", "Workfile", "Playlist"),
    ("Attachment", "links"): ("Folder", "Task", "Product", "Version", "File", "Workfile", "Note", "Reply"),
    ("Link", "source"): ("Folder", "Task", "Product", "Version", "File", "Workfile"),
    ("Link", "target"): ("Folder", "Task", "Product", "Version", "File", "Workfile"),
    ("Playlist", "items"): ("Version", "Folder", "Task", "Product", "File", "Workfile"),
}  # fmt: skip
_EXTRA: Final = {
    "data": Field(
        "data",
        "json",
        label="Data",
        native="data",
        description="Whatever else is kept with the record.",
        domain=Domain(allows=lambda value: isinstance(value, Mapping), rule="is no object with keys"),
    ),
    "library": Field("library", "checkbox", label="Library", native="library"),
    "uid": Field(
        "uid", "uuid", label="Key of the create", read_only=True, description="The id: who creates a record chooses it."
    ),
}


@dataclass(frozen=True, slots=True)
class Anatomy:
    """What one project defines for itself; each a list of AYON's own items, in order, with at least a ``name``."""

    folder_types: Sequence[Mapping[str, Any]] = ()
    task_types: Sequence[Mapping[str, Any]] = ()
    statuses: Sequence[Mapping[str, Any]] = ()
    tags: Sequence[Mapping[str, Any]] = ()
    link_types: Sequence[Mapping[str, Any]] = ()

    @classmethod
    def of(cls, project: Mapping[str, Any]) -> Anatomy:
        """From a project as REST and GraphQL give it."""
        keys = ("folderTypes", "taskTypes", "statuses", "tags", "linkTypes")
        return cls(*(tuple(project.get(key) or ()) for key in keys))


def schema_of(
    attributes: Sequence[Mapping[str, Any]], anatomies: Iterable[Anatomy], kinds: Iterable[str] = ()
) -> Schema:
    """The schema of one project (one anatomy) or of a server (every project's).

    Args:
        attributes: as ``/api/info`` lists them: ``name``, ``scope``, ``data``.
        anatomies: of the projects concerned; statuses, task types and kinds are those of any of them.
        kinds: kinds of Folder that are there although no project has them yet.
    """
    found = _Found(list(anatomies))
    made = [_entity_type(name, attributes, found) for name in TYPES]
    folder = next(item for item in made if item.name == "Folder")
    names = dict.fromkeys([*KINDS, *map(kind_of, found.folder_types), *kinds])
    every = [*made, *(replace(folder, name=name, label=name, base="Folder") for name in names if name not in TYPES)]
    epoch = hash((tuple(names), tuple(found.statuses), tuple(found.task_types), tuple(a["name"] for a in attributes)))
    return _consistent(Schema(every, epoch=epoch, backend="ayon"))


def names_of(anatomies: Sequence[Anatomy]) -> tuple[object, ...]:
    """All that a schema takes from some anatomies; equal where their schemas are."""
    found = _Found(anatomies)
    return tuple(found.folder_types), tuple(found.task_types.items()), tuple(found.statuses.items())


class _Found:
    """The names that any of some anatomies defines."""

    def __init__(self, anatomies: Sequence[Anatomy]) -> None:
        self.folder_types = dict.fromkeys(item["name"] for each in anatomies for item in each.folder_types)
        self.task_types = _short(item for each in anatomies for item in each.task_types)
        self.statuses = _short(item for each in anatomies for item in each.statuses)


def _short(items: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Names with their short names."""
    return {item["name"]: item.get("shortName") or "" for item in items}


def aliases_of(names: Mapping[str, str]) -> dict[str, str]:
    """The short names that name exactly one of the names."""
    shorts = [short for short in names.values() if short]
    return {short: name for name, short in names.items() if short and shorts.count(short) == 1 and short not in names}


def _entity_type(name: str, attributes: Sequence[Mapping[str, Any]], found: _Found) -> EntityType:
    neutral = neutral_schema().type(name)
    by_name = {item["name"]: item for item in attributes if SCOPES.get(name) in item["scope"]}
    fields = {
        item.name: made for item in neutral.fields.values() if (made := _neutral_field(name, item, by_name, found))
    }
    if name in _SCOPED:
        fields["project"] = Field("project", "link", label="Project", targets=("Project",))
    fields.update((key, item) for key, item in _EXTRA.items() if key in places(name))
    raw = {}
    for key, item in by_name.items():
        if not _is_covered(name, key):
            own = _attribute(key, item, name)
            raw.update({key: replace(own, name=raw_name(key))} if key in fields else {})
            fields.setdefault(key, own)
    covered = {str(item.native): item for item in fields.values() if _is_raw(name, item)}
    raw.update((key, replace(_native_field(name, item, by_name), name=raw_name(key))) for key, item in covered.items())
    return replace(
        neutral, fields=MappingProxyType(fields), raw=MappingProxyType(raw), native=TYPES[name].name,
        in_project=name not in ("Project", "User"), can_retire=TYPES[name].can_retire,
    )  # fmt: skip


def _is_covered(type_name: str, key: str) -> bool:
    """True when a neutral field stands for an attribute."""
    known = neutral_schema().type(type_name).fields
    return any(
        place.home == "attrib" and place.key == key and place.field in known for place in places(type_name).values()
    )


def _is_raw(type_name: str, item: Field) -> bool:
    """True when the field is reached under AYON's own name too, as ``native(…)``."""
    place = places(type_name).get(item.name)
    is_own_name = item.native is None or item.native in places(type_name)
    return place is not None and place.home in ("column", "attrib") and not is_own_name


def _native_field(name: str, item: Field, by_name: Mapping[str, Mapping[str, Any]]) -> Field:
    """The field behind a neutral one, with AYON's own data type: a date's attribute holds a time of day too."""
    place = places(name)[item.name]
    return _attribute(place.key, by_name[place.key], name) if place.codec == "day" else item


def _neutral_field(name: str, item: Field, by_name: Mapping[str, Mapping[str, Any]], found: _Found) -> Field | None:
    """The neutral field as AYON has it; None where AYON has it not."""
    if not item.is_stored or item.data_type == "entity_type" or item.name == "project" or name == "Event":
        return item
    place = places(name).get(item.name)
    if place is None or (place.home == "attrib" and place.key not in by_name):
        return None
    made = replace(
        item,
        native=place.key if place.home in ("column", "attrib") else None,
        read_only=place.is_read_only,
        create_only=(name, item.name) in _CREATE_ONLY,
        required=item.required or (name, item.name) in _REQUIRED,
        targets=_TARGETS.get((name, item.name), item.targets),
        domain=_domain(name, item, place),
    )
    made = _chosen(name, made, found)
    return _attributed(made, by_name[place.key], name) if place.home == "attrib" else made


def _domain(name: str, item: Field, place: Place) -> Domain:
    if item.name == "name" and name in RULES:
        return RULES[name].domain
    if item.name == "label" and place.key == "label" and name != "Playlist":
        return LABEL.domain
    if (name, item.name) == ("Project", "code"):
        return PROJECT_CODE.domain
    if (name, item.name) in (("Product", "type"), ("Product", "base_type")):
        return NAME.domain
    if item.name == "label" and name in RULES and places(name)["label"] == replace(places(name)["name"], field="label"):
        return RULES[name].domain
    return item.domain


def _chosen(name: str, item: Field, found: _Found) -> Field:
    """The field with the choices that the projects define."""
    if item.data_type == "status" and name not in ("Note", "Playlist"):
        return replace(item, choices=tuple(found.statuses), aliases=aliases_of(found.statuses))
    if (name, item.name) == ("Task", "type"):
        return replace(item, choices=tuple(found.task_types), aliases=aliases_of(found.task_types))
    if (name, item.name) == ("User", "kind"):
        return replace(item, choices=("human", "service"))
    return item


def _attributed(item: Field, attribute: Mapping[str, Any], name: str) -> Field:
    """A neutral field with what its attribute says of it."""
    own = _attribute(attribute["name"], attribute, name)
    return replace(
        item, domain=own.domain, inherits=own.inherits, default=own.default, choices=own.choices or item.choices,
        aliases=own.aliases,
    )  # fmt: skip


def _attribute(key: str, attribute: Mapping[str, Any], name: str) -> Field:
    """The field of one attribute, under AYON's own name."""
    data = attribute.get("data") or {}
    items = [item for item in data.get("enum") or () if isinstance(item, Mapping) and "value" in item]
    marked = mark_of(data)
    data_type = str(marked.get("type") or ATTRIBUTE_TYPES.get(data.get("type", "string"), "json"))
    if items and data_type == "text":
        data_type = "choice"
    values = tuple(str(item["value"]) for item in items) if data_type in ("choice", "choices") else ()
    labels = {str(item["value"]): str(item.get("label") or "") for item in items}
    return Field(
        key, data_type, label=data.get("title") or key, choices=values, aliases=aliases_of(labels),
        inherits=name in _INHERITING and bool(data.get("inherit", True)),
        default=data.get("default") if name in _INHERITING and data_type in _PLAIN else None,
        custom=not attribute.get("builtin"), native=key, description=data.get("description") or "",
        domain=_attribute_domain(data_type, data), targets=tuple(marked.get("targets") or ()),
    )  # fmt: skip


_PLAIN: Final = frozenset(ATTRIBUTE_TYPES.values()) - {"datetime"} | {"choice", "percent", "currency", "timecode"}


def mark_of(data: Mapping[str, Any]) -> Mapping[str, Any]:
    """What trackerkit noted of an attribute when it made it: ``type``, ``targets``; empty where that cannot be so."""
    found = (data.get("widgetSettings") or {}).get(MARK)
    known = isinstance(found, Mapping) and MADE_TYPES.get(str(found.get("type"))) == data.get("type", "string")
    return found if known and isinstance(found, Mapping) else {}


def marked(item: Field) -> dict[str, Any]:
    """The ``widgetSettings`` of an attribute that holds a field's values; empty where its type says all."""
    native = MADE_TYPES.get(item.data_type)
    if native is None or (ATTRIBUTE_TYPES[native] == item.data_type and not item.targets):
        return {}
    return {MARK: {"type": item.data_type, **({"targets": list(item.targets)} if item.targets else {})}}


def _holds_integers(value: Any) -> bool:
    return isinstance(value, list) and all(type(item) is int for item in value)


_LISTS: Final[dict[str, dict[str, Any]]] = {
    "list_of_integers": {
        "allows": _holds_integers,
        "rule": "is no list of integers, and AYON takes nothing else there",
    },
    "url": {"allows": lambda value: isinstance(value, Url), "rule": "is a file, and the field holds addresses only"},
}


def _attribute_domain(data_type: str, data: Mapping[str, Any]) -> Domain:
    """The bounds of an attribute. An exclusive bound of whole numbers becomes an inclusive one."""
    made: dict[str, Any] = {"minimum": data.get("ge"), "maximum": data.get("le")}
    step = 1 if data.get("type") == "integer" else 5e-324
    if data_type in ("integer", "float", "percent", "currency", "timecode"):
        made["minimum"] = made["minimum"] if data.get("gt") is None else data["gt"] + step
        made["maximum"] = made["maximum"] if data.get("lt") is None else data["lt"] - step
    elif data_type == "text":
        made = {"max_length": data.get("maxLength"), "pattern": data.get("regex")}
    else:
        made = _LISTS.get(data_type) or _LISTS.get(data.get("type", ""), {})
    made = {key: value for key, value in made.items() if value is not None}
    return Domain(**made) if made else ANY


def _consistent(schema: Schema) -> Schema:
    """Without reverse and ancestor fields whose other side is not there."""
    kept = []
    for owner in schema.types.values():
        fields = {key: item for key, item in owner.fields.items() if _leads_somewhere(schema, owner.name, item)}
        kept.append(replace(owner, fields=MappingProxyType(fields)))
    return schema.replaced(*kept)


def _leads_somewhere(schema: Schema, owner: str, item: Field) -> bool:
    if item.ancestor:
        return item.ancestor in schema
    if item.reverse_of:
        type_name, field = item.reverse_of
        other = schema.types[type_name].fields.get(field) if type_name in schema else None
        return other is not None and owner in schema.targets(other)
    return not item.targets or any(name in schema for name in item.targets)


# ---- the other way: what a gateway needs


def attribute_name(name: str) -> str:
    """The attribute's name for a field: AYON takes letters and digits only, so ``sg_cut_in`` becomes ``sgCutIn``."""
    first, *more = [part for part in re.split(r"[^a-zA-Z0-9]+", name) if part] or ["field"]
    made = first + "".join(part[:1].upper() + part[1:] for part in more)
    return (made if len(made) > 1 else made + "Field")[:64]


def attributes_of(schema: Schema) -> list[dict[str, Any]]:
    """A neutral schema as AYON's list of attributes: those of the table, and one for each custom field.

    Each is ``name``, ``scope``, ``position``, ``builtin``, ``data``; a field's neutral name stands in ``data.trackerkit``.
    """
    made: dict[str, dict[str, Any]] = {}
    for type_name, scope in SCOPES.items():
        owner = schema.types.get(type_name)
        for item in owner.fields.values() if owner is not None else ():
            key = _key_of(type_name, item)
            if key is not None:
                entry = made.setdefault(key, _attribute_entry(key, item, len(made)))
                entry["scope"].append(scope)
    return list(made.values())


def _key_of(type_name: str, item: Field) -> str | None:
    place = places(type_name).get(item.name)
    if place is not None:
        return place.key if place.home == "attrib" else None
    is_own = item.custom and item.is_stored and item.data_type in NATIVE_TYPES and base_of(type_name) in SCOPES
    return attribute_name(item.name) if is_own else None


def _attribute_entry(key: str, item: Field, position: int) -> dict[str, Any]:
    data: dict[str, Any] = {
        "type": NATIVE_TYPES.get(item.data_type, "string"), "title": item.label or key,
        "inherit": item.inherits or key in INHERITED, "trackerkit": item.name,
    }  # fmt: skip
    if item.choices:
        data["enum"] = [{"value": value, "label": value} for value in item.choices]
    if item.custom and (note := marked(item)):
        data["widgetSettings"] = note
    return {"name": key, "scope": [], "position": position, "builtin": not item.custom, "data": data}


INHERITED: Final = frozenset({
    "priority", "fps", "resolutionWidth", "resolutionHeight", "pixelAspect", "clipIn", "clipOut", "frameStart",
    "frameEnd", "handleStart", "handleEnd", "startDate", "endDate",
})  # fmt: skip
"""AYON's own attributes whose values come from the parent where an entity has none."""
