"""The catalogue's rows and trackerkit's schema, each made of the other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import fields as dataclass_fields
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from trackerkit.datatypes import ANY, Domain
from trackerkit.jsontext import decoded, encoded
from trackerkit.model import neutral_schema
from trackerkit.schema import EntityType, Field
from trackerkit_sqlite.mapping import packed, unpacked

UID: Final = Field("uid", "uuid", label="Unique id", read_only=True)
"""The id that a record has from its creator (the operation's key), beside the store's own number."""

_NEW_TYPE: Final = (
    "id", "type", "project", "created_at", "created_by", "updated_at", "updated_by", "name", "label", "description",
    "status", "tags", "thumbnail",
)  # fmt: skip
_COMMON: Final = 7
"""So many of them, the first ones, belong to every type; the others to one that is made without fields."""

_SKIPPED: Final = frozenset({"name", "data_type", "domain", "default"})


class TypeRow(NamedTuple):
    """A type in the catalogue."""

    id: int
    name: str
    own: str
    properties: str


class FieldRow(NamedTuple):
    """A field in the catalogue."""

    id: int
    type: str
    name: str
    data_type: str
    place: str
    properties: str
    trashed: int


def model_types() -> list[EntityType]:
    """The neutral model as the store holds it; the kinds of Folder have no fields beside Folder's, and a folder's can change."""
    made = []
    for item in neutral_schema().types.values():
        own = (
            {} if item.base == "Folder" else dict(item.fields) if item.name == "Event" else {**item.fields, "uid": UID}
        )
        if item.name == "Folder":
            own["kind"] = replace(own["kind"], create_only=False)
        made.append(replace(item, fields=MappingProxyType(own)))
    return made


def model_mark() -> str:
    """A fingerprint of the model: a store that was made for another gets what is new."""
    text = repr([(item.name, sorted(item.fields.items())) for item in model_types()])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def new_type(wanted: EntityType) -> EntityType:
    """A type to be made: what was asked for, and the fields that every type has."""
    if wanted.base == "Folder":
        return replace(wanted, fields=MappingProxyType(dict(wanted.fields)), display="name")
    model = neutral_schema().type("Playlist").fields
    common = _NEW_TYPE[:_COMMON] if wanted.fields else _NEW_TYPE
    every = {**{name: model[name] for name in common}, "uid": UID, **wanted.fields}
    if not wanted.in_project and "project" not in wanted.fields:
        every.pop("project", None)
    if wanted.display not in every:
        every[wanted.display] = replace(model["name"], name=wanted.display)
    if wanted.display not in wanted.fields:
        every[wanted.display] = replace(every[wanted.display], required=False)
    return replace(wanted, fields=MappingProxyType(every))


# --- rows ------------------------------------------------------------------------------------------------------------


def type_properties(item: EntityType) -> str:
    """Everything of a type but its name and its fields, as JSON."""
    names = ("label", "native", "base", "display", "in_project", "can_retire", "read_only")
    return encoded({name: getattr(item, name) for name in names}).decode()


def field_properties(item: Field) -> str:
    """Everything of a field but its name and data type, as JSON; what is as by default is left out."""
    made: dict[str, Any] = {}
    for part in dataclass_fields(Field):
        value = getattr(item, part.name)
        if part.name not in _SKIPPED and value not in (None, "", (), False) and value != {}:
            made[part.name] = dict(value) if isinstance(value, Mapping) else value
    if item.default is not None:
        made["default"] = packed(item.data_type, item.default)
    if item.domain is not ANY and item.domain != ANY:
        made["domain"] = _domain_facts(item)
    return encoded(made).decode()


def _domain_facts(item: Field) -> dict[str, Any]:
    facts = {part.name: getattr(item.domain, part.name) for part in dataclass_fields(Domain)}
    bounds = {name: packed(item.data_type, facts[name]) for name in ("minimum", "maximum")}
    return {**facts, **bounds}


def read_field(row: FieldRow) -> Field:
    """A field from its row."""
    facts = decoded(row.properties)
    for name in ("targets", "choices", "kinds", "reverse_of"):
        if name in facts:
            facts[name] = tuple(facts[name])
    if "default" in facts:
        facts["default"] = unpacked(row.data_type, facts["default"], None)
    if "domain" in facts:
        domain = facts["domain"]
        bounds = {name: unpacked(row.data_type, domain[name], None) for name in ("minimum", "maximum")}
        facts["domain"] = Domain(**{**domain, **bounds})
    return Field(row.name, row.data_type, **facts)


def read_types(types: Iterable[TypeRow], fields: Iterable[FieldRow]) -> list[EntityType]:
    """The entity types, each with its fields; a kind of Folder has Folder's and its own."""
    found: dict[str, dict[str, Field]] = {}
    for row in fields:
        if not row.trashed:
            found.setdefault(row.type, {})[row.name] = read_field(row)
    made = []
    for kind in types:
        facts = decoded(kind.properties)
        above = found.get(facts["base"], {}) if facts["base"] == "Folder" else {}
        own = {**above, **found.get(kind.name, {})}
        made.append(_events(own) if kind.name == "Event" else EntityType(kind.name, MappingProxyType(own), **facts))
    return made


def _events(known: Mapping[str, Field]) -> EntityType:
    """Events are what this program makes of them, whatever the one that made the store thought."""
    model = next(item for item in model_types() if item.name == "Event")
    return replace(model, fields=MappingProxyType({name: model.fields.get(name, item) for name, item in known.items()}))


# --- statuses --------------------------------------------------------------------------------------------------------


class StatusRow(NamedTuple):
    """A Status record: what its key is, its name, and the types that it is for (none: for all)."""

    code: str
    name: str
    scope: tuple[str, ...]


def with_statuses(types: Iterable[EntityType], statuses: Iterable[StatusRow]) -> list[EntityType]:
    """The types with the choices of their status fields; without a Status record, any text is one."""
    known = list(statuses)
    return [_with_choices(item, known) for item in types] if known else list(types)


def _with_choices(owner: EntityType, statuses: list[StatusRow]) -> EntityType:
    wanted = {owner.name.lower(), (owner.base or owner.name).lower()}
    mine = [row for row in statuses if not row.scope or wanted.intersection(name.lower() for name in row.scope)]
    changed = [
        replace(item, choices=tuple(dict.fromkeys(row.code for row in mine)), aliases=_aliases(mine))
        for item in owner.fields.values()
        if item.data_type == "status" and not item.choices
    ]
    return owner.with_fields(*changed) if mine and changed else owner


def _aliases(statuses: list[StatusRow]) -> Mapping[str, str]:
    """Name → code, where the name is no code itself and names exactly one."""
    codes = {row.code for row in statuses}
    named: dict[str, set[str]] = {}
    for row in statuses:
        named.setdefault(row.name, set()).add(row.code)
    return MappingProxyType({name: next(iter(of)) for name, of in named.items() if len(of) == 1 and name not in codes})
