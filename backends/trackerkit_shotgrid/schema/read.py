"""ShotGrid's answers to ``schema_read`` and ``schema_entity_read`` as a neutral Schema with its bindings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from types import MappingProxyType
from typing import Any, Final

from trackerkit.datatypes import ANY, Domain
from trackerkit.model import KINDS, neutral_schema
from trackerkit.schema import EntityType, Field, Schema
from trackerkit_shotgrid.mapping.bindings import Binding, ParentLink, TypeBinding, parent_links
from trackerkit_shotgrid.mapping.fields import (
    DISPLAY_FIELDS,
    KEY_FIELD,
    NEUTRAL_DATA_TYPES,
    TEXT_RULES,
    FieldMap,
    field_maps,
    is_written_by_server,
    model_field,
)
from trackerkit_shotgrid.mapping.types import BASES, USER_KINDS, native_type, neutral_type

_INT32: Final = 2**31 - 1
_TEXT: Final = Domain(trims=True, empty_is_null=True)
_WHOLE: Final = Domain(minimum=-_INT32 - 1, maximum=_INT32)
_SECONDS: Final = Domain(resolution=1)
_SIX: Final = Domain(decimals=6)
_MINUTES: Final = Domain(
    minimum=timedelta(minutes=-_INT32 - 1), maximum=timedelta(minutes=_INT32), resolution=60.0
)  # fmt: skip
_DOMAINS: Final = {
    "text": _TEXT, "integer": _WHOLE, "percent": _WHOLE, "timecode": _WHOLE, "float": _SIX, "currency": _SIX,
    "datetime": _SECONDS, "duration": _MINUTES, "checkbox": Domain(nullable=False), "choice": _TEXT,
}  # fmt: skip
_ALWAYS: Final = frozenset({"id", "project", "created_at", "created_by", "updated_at", "updated_by"})
_DERIVED_EVENT: Final = "event"
_READ_FROM_ENTRY: Final = frozenset({("Event", "field"), ("Event", "entity")})
"""Fields of an event whose neutral value takes the whole entry: a field's neutral name, a retired record."""

Json = Mapping[str, Any]


@dataclass(frozen=True)
class SiteSchema:
    """The schema of a site, neutral and native.

    Args:
        schema: the neutral one.
        types: bindings by neutral type.
        natives: bindings by ShotGrid's type.
        can_add_fields: False where the site says that no type can be given a field.
        unkeyed: types that the site says have no place for a create's key.
    """

    schema: Schema
    types: Mapping[str, TypeBinding]
    natives: Mapping[str, TypeBinding]
    can_add_fields: bool = True
    unkeyed: frozenset[str] = frozenset()


def read_schema(
    fields: Mapping[str, Mapping[str, Json]],
    entities: Mapping[str, Json] | None = None,
    statuses: Iterable[Json] = (),
    *,
    overrides: Mapping[str, str] | None = None,
    epoch: object = 0,
) -> SiteSchema:
    """The schema of a site.

    Args:
        fields: the answer to ``schema_read``.
        entities: the answer to ``schema_entity_read``, for display names.
        statuses: rows of Status with ``code`` and ``name``, for the other spelling of a status.
        overrides: ``"Shot.frame_start"`` → the native field that it is on this site.
        epoch: of the Schema that is made.
    """
    reader = _Reader(fields, entities or {}, list(statuses), overrides or {})
    return reader.read(epoch)


class _Reader:
    def __init__(
        self, fields: Mapping[str, Mapping[str, Json]], entities: Mapping[str, Json], statuses: list[Json],
        overrides: Mapping[str, str],
    ) -> None:  # fmt: skip
        self.fields = fields
        self.entities = entities
        self.overrides = overrides
        self.codes: dict[str, list[str]] = {}
        for row in statuses:
            if row.get("name") and row.get("code"):
                self.codes.setdefault(row["name"], []).append(row["code"])
        self.names = {neutral_type(native) for native in fields}
        self.parents: dict[str, tuple[ParentLink, ...]] = {
            name: parent_links(name, self.data_types(native_type(name) or "")) for name in KINDS if name in self.names
        }

    def data_types(self, native: str) -> dict[str, str]:
        """ShotGrid's field names of a type → data types."""
        return {name: _value(item, "data_type") or "" for name, item in self.fields.get(native, {}).items()}

    def read(self, epoch: object) -> SiteSchema:
        made: dict[str, tuple[EntityType, TypeBinding]] = {}
        for native in self.fields:
            neutral = neutral_type(native)
            made[neutral] = self.entity_type(neutral, native)
        if "Version" in made and "reviewables" in made["Version"][1].fields:
            made["Reviewable"] = _reviewable(made["Version"][1])
        for base in ("Folder", "User"):
            kinds = [made[name] for name in made if BASES.get(name) == base]
            if kinds:
                made[base] = _merged(base, kinds)
        schema = Schema([item for item, _ in made.values()], epoch=epoch, backend="shotgrid")
        types = {name: binding for name, (_, binding) in made.items()}
        natives = {item.native: item for name, item in types.items() if item.native and name != "Reviewable"}
        can_add_fields = not any(_value(given, "can_add_fields") is False for given in self.entities.values())
        unkeyed = {name for name, given in self.entities.items() if _value(given, "can_be_keyed") is False}
        return SiteSchema(
            schema, MappingProxyType(types), MappingProxyType(natives), can_add_fields, frozenset(unkeyed)
        )

    def entity_type(self, neutral: str, native: str) -> tuple[EntityType, TypeBinding]:
        natives = self.data_types(native)
        made: dict[str, Binding] = {}
        for line in field_maps(neutral).values():
            binding = self.mapped(neutral, native, line, natives)
            if binding is not None:
                made[line.neutral] = binding
        used = {item.native for item in made.values()}
        parents = self.parents.get(neutral, ())
        used |= {link.native for link in parents} | {KEY_FIELD}
        for item in self.derived(neutral, native, made, parents):
            made.setdefault(item.field.name, item)
        for name in natives:
            if name not in used:
                item = self.own(neutral, native, name, natives[name], made)
                made[item.field.name] = item
        covered = [name for name in natives if name in used and name != "id"]
        raw = {name: self.raw(neutral, native, name, natives[name]) for name in covered}
        owner = self.described(neutral, native, made, raw)
        return owner, TypeBinding(neutral, native, [*made.values(), *raw.values()], parents)

    def described(
        self, neutral: str, native: str, made: Mapping[str, Binding], raw: Mapping[str, Binding]
    ) -> EntityType:
        of_model = neutral_schema().types.get(BASES.get(neutral, neutral))
        display = of_model.display if of_model is not None else ""
        if display not in made:
            display = next(name for name in DISPLAY_FIELDS if name in made)
        return EntityType(
            neutral,
            MappingProxyType({name: item.field for name, item in made.items()}),
            label=_value(self.entities.get(native, {}), "name") or native,
            native=native,
            base=BASES.get(neutral),
            display=display,
            in_project="project" in made and neutral != "Project",
            can_retire=neutral != "Event" and _value(self.entities.get(native, {}), "can_retire") is not False,
            read_only=neutral == "Event",
            append_only=neutral == "Event" and _value(self.entities.get(native, {}), "can_create") is not False,
            raw=MappingProxyType({name: item.field for name, item in raw.items()}),
        )

    # --- fields of the model -------------------------------------------------------------------------------------

    def mapped(self, neutral: str, native: str, line: FieldMap, natives: Mapping[str, str]) -> Binding | None:
        """The binding of a line of the table; None when the site has no field for it."""
        model = _model_or_common(neutral, line.neutral)
        override = self.overrides.get(f"{neutral}.{line.neutral}")
        for name in (override,) if override else line.natives:
            if name in natives and line.accepts(model.data_type, natives[name]):
                field = self.field_of(model, neutral, native, name, line)
                codec = _DERIVED_EVENT if (neutral, line.neutral) in _READ_FROM_ENTRY else line.codec_for(natives[name])
                return Binding(field, name, natives[name], codec)
        return None

    def field_of(self, model: Field, neutral: str, native: str, name: str, line: FieldMap) -> Field:
        given = self.fields[native][name]
        read_only = model.read_only or line.is_read_only or is_written_by_server(neutral, line.neutral)
        if line.neutral not in _ALWAYS and neutral != "Event":  # an entry's fields are given at its creation alone
            read_only = read_only or _value(given, "editable") is False
        reverse_of = model.reverse_of
        return replace(
            model,
            label=_value(given, "name") or model.label,
            targets=self.targets(given, model) if model.is_link else (),
            choices=self.choices(given, line),
            aliases=self.aliases(given) if model.data_type == "status" else MappingProxyType({}),
            required=model.required and not read_only,
            unique=bool(_value(given, "unique")),
            read_only=read_only,
            reverse_of=reverse_of,
            native=name,
            description=_value(given, "description") or "",
            default=_default(given) if not model.is_link and model.data_type not in ("image", "file", "url") else None,
            domain=self.domain(model.data_type, line.codec, given),
        )

    def domain(self, data_type: str, codec: str, given: Json) -> Domain:
        found = ANY if codec == "active" else _DOMAINS.get(data_type, ANY)
        told = _property(given, "domain")
        known = {name: told[name] for name in TEXT_RULES if name in told} if isinstance(told, dict) else {}
        return replace(found, **known) if known else found

    def targets(self, given: Json, model: Field | None = None) -> tuple[str, ...]:
        valid = _property(given, "valid_types") or ()
        found = tuple(neutral_type(name) for name in valid if neutral_type(name) in self.names)
        if model is not None and not found:
            found = tuple(name for name in model.targets if name in self.names or name in ("Folder", "User"))
        if model is not None and model.reverse_of is not None:
            return model.targets
        return found

    def choices(self, given: Json, line: FieldMap | None) -> tuple[str, ...]:
        if line is not None and line.codec == "type":
            return ()
        data_type = _value(given, "data_type")
        if data_type not in ("list", "status_list") or (line is not None and line.codec_for(data_type)):
            return ()
        return tuple(item for item in _property(given, "valid_values") or () if isinstance(item, str))

    def aliases(self, given: Json) -> Mapping[str, str]:
        """The names of statuses → their codes, where a name is one status of the field and no code itself."""
        legal = set(_property(given, "valid_values") or ())
        made = {}
        for name, codes in self.codes.items():
            here = [code for code in codes if code in legal]
            if len(here) == 1 and name not in legal:
                made[name] = here[0]
        return MappingProxyType(made)

    # --- what ShotGrid has no field of its own for ---------------------------------------------------------------

    def derived(
        self, neutral: str, native: str, made: Mapping[str, Binding], parents: tuple[ParentLink, ...]
    ) -> Iterable[Binding]:
        owner = neutral_schema().types.get(BASES.get(neutral, neutral))
        if owner is None:
            yield Binding(Field("type", "entity_type", label="Type", read_only=True))
            return
        for item in owner.fields.values():
            if item.name not in made and (binding := self.derive(neutral, item, made, parents)) is not None:
                yield binding

    def derive(
        self, neutral: str, item: Field, made: Mapping[str, Binding], parents: tuple[ParentLink, ...]
    ) -> Binding | None:
        if neutral == "Event":
            return Binding(item, codec=_DERIVED_EVENT)
        if item.name == "type" and item.data_type == "entity_type":
            return Binding(item)
        if item.name == "kind" and neutral in (*KINDS, *USER_KINDS):
            return Binding(replace(item, create_only=True))
        if item.name == "label" and "name" in made:
            name = made["name"]
            return replace(name, field=replace(name.field, name="label", required=False, unique=False))
        if item.name == "parent" and neutral in KINDS:
            return Binding(replace(item, targets=self.parent_targets(neutral, parents)))
        if item.name == "project" and neutral == "Reply":
            return Binding(replace(item, targets=("Project",), create_only=True), "entity.Note.project", "entity")
        if item.reverse_of is not None:
            if item.name == "shots" and neutral != "Asset":
                return None  # Shot.assets leads to Assets alone; a site's own `shots` keeps its name elsewhere
            return Binding(item) if self.has_reverse(neutral, item.reverse_of) else None
        return Binding(item) if item.ancestor in self.names else None

    def parent_targets(self, neutral: str, parents: tuple[ParentLink, ...]) -> tuple[str, ...]:
        found: dict[str, None] = {}
        for link in parents:
            if link.target is not None:
                found[link.target] = None
            else:
                found.update(dict.fromkeys(self.targets(self.fields[native_type(neutral) or ""][link.native])))
        return (*(name for name in found if name in self.names), "Project")

    def has_reverse(self, neutral: str, source: tuple[str, str]) -> bool:
        """True when records of the source type can be asked for the link that leads here."""
        if source[0] == "Folder":
            return any(name in self.names for name in KINDS)
        if source[0] not in self.names:
            return False
        line = field_maps(source[0]).get(source[1])
        natives = self.data_types(native_type(source[0]) or "")
        return line is not None and any(name in natives for name in line.natives)

    # --- the site's own fields -----------------------------------------------------------------------------------

    def own(self, neutral: str, native: str, name: str, data_type: str, made: Mapping[str, Binding]) -> Binding:
        """A field that no neutral name covers, under its own name."""
        kind = NEUTRAL_DATA_TYPES.get(data_type, "computed")
        model = model_field(neutral, name)
        clashes = name in made or (model is not None and model.data_type != kind)
        return Binding(self.plain(f"native_{name}" if clashes else name, native, name, kind), name, data_type)

    def raw(self, neutral: str, native: str, name: str, data_type: str) -> Binding:
        """A field that a neutral name covers, for ``native(name)``."""
        kind = NEUTRAL_DATA_TYPES.get(data_type, "computed")
        return Binding(self.plain(f"native({name})", native, name, kind), name, data_type)

    def plain(self, name: str, native: str, own: str, kind: str) -> Field:
        given = self.fields[native][own]
        return Field(
            name,
            kind,
            label=_value(given, "name") or own,
            targets=self.targets(given) if kind in ("link", "links") else (),
            choices=self.choices(given, None),
            aliases=self.aliases(given) if kind == "status" else MappingProxyType({}),
            required=False,
            unique=bool(_value(given, "unique")),
            read_only=_value(given, "editable") is False or kind == "computed",
            custom=True,
            native=own,
            description=_value(given, "description") or "",
            default=_default(given) if kind not in ("link", "links", "image", "file", "url") else None,
            domain=_DOMAINS.get(kind, ANY),
        )


def _model_or_common(neutral: str, name: str) -> Field:
    """The model's field; for a type that the model lacks, one that every type has; the create's key."""
    if name == "uid":
        return Field("uid", "uuid", label="Key of the create", read_only=True)
    found = model_field(neutral, name) or model_field("Shot", name)
    assert found is not None
    return found


def _merged(base: str, kinds: list[tuple[EntityType, TypeBinding]]) -> tuple[EntityType, TypeBinding]:
    """``Folder`` (and ``User``): the fields that its kinds have, with their choices and targets together."""
    fields: dict[str, Field] = {}
    for owner, _ in kinds:
        for item in owner.fields.values():
            known = fields.get(item.name)
            if known is None:
                fields[item.name] = item
            elif known.data_type == item.data_type:
                fields[item.name] = replace(
                    known,
                    choices=tuple(dict.fromkeys((*known.choices, *item.choices))),
                    targets=tuple(dict.fromkeys((*known.targets, *item.targets))),
                    aliases=MappingProxyType({**known.aliases, **item.aliases}),
                )
    first = kinds[0][0]
    owner = EntityType(base, MappingProxyType(fields), label=base, display=first.display, in_project=first.in_project)
    return owner, TypeBinding(base, "", ())


def _reviewable(version: TypeBinding) -> tuple[EntityType, TypeBinding]:
    """``Reviewable``: a Version's uploaded movie, as a record with the Version's id."""
    model = neutral_schema().type("Reviewable")
    names = ("id", "type", "project", "version", "label", "filename", "mime_type", "url")
    fields = {name: replace(model.fields[name], read_only=True, required=False) for name in names}
    fields["version"] = replace(fields["version"], targets=("Version",))
    fields["project"] = replace(fields["project"], targets=("Project",))
    owner = EntityType("Reviewable", MappingProxyType(fields), label="Reviewable", native="Version", display="label",
                       can_retire=False, read_only=True)  # fmt: skip
    return owner, TypeBinding("Reviewable", "Version", [Binding(item, codec="reviewable") for item in fields.values()])


def _value(given: Json, name: str) -> Any:
    leaf = given.get(name)
    return leaf.get("value") if isinstance(leaf, dict) else None


def _property(given: Json, name: str) -> Any:
    properties = given.get("properties")
    return _value(properties, name) if isinstance(properties, dict) else None


def _default(given: Json) -> Any:
    return _property(given, "default_value")
