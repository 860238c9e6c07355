"""Entity types and their fields: what a tracker (or one project of it) holds, under neutral names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

from trackerkit.datatypes import ANY, LINK_TYPES, MANY_TYPES, ORDERABLE, Domain
from trackerkit.errors import UnknownFieldError, UnknownTypeError, did_you_mean

_NOTHING: Mapping[str, Any] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Field:
    """One field of an entity type.

    Args:
        name: the neutral name (the tracker's own where no neutral one covers it).
        data_type: one of ``trackerkit.datatypes.DATA_TYPES``.
        label: what people see.
        targets: the entity types that a link may point to; empty means any.
        choices: the legal values of a choice, choices or status field; empty means any.
        aliases: other spellings of a choice or status → the tracker's own key (only where they name exactly one).
        required: must be given when a record is created.
        unique: no two records share a value.
        read_only: the tracker sets it.
        create_only: can be given at creation and not changed afterwards.
        reverse_of: ``(type, field)`` whose links point here; such a field is read and filtered, never stored.
        ancestor: the folder kind whose nearest ancestor this field names; read only.
        inherits: a value may come from the parent (AYON attributes).
        custom: made by the site, not by the tracker or the model.
        native: the tracker's own name of the field.
        description: help text.
        default: the value that the tracker sets when none is given.
        domain: what the tracker can hold.
        kinds: the kinds of Folder that have this field; empty means all.
    """

    name: str
    data_type: str
    label: str = ""
    targets: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()
    aliases: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    required: bool = False
    unique: bool = False
    read_only: bool = False
    create_only: bool = False
    reverse_of: tuple[str, str] | None = None
    ancestor: str | None = None
    inherits: bool = False
    custom: bool = False
    native: str | None = None
    description: str = ""
    default: Any = None
    domain: Domain = ANY
    kinds: tuple[str, ...] = ()

    @property
    def is_link(self) -> bool:
        """True for a link to one record or to several."""
        return self.data_type in LINK_TYPES

    @property
    def is_many(self) -> bool:
        """True when the value is a list."""
        return self.data_type in MANY_TYPES

    @property
    def is_stored(self) -> bool:
        """False for what is derived: reverse links and ancestors."""
        return self.reverse_of is None and self.ancestor is None

    @property
    def can_order(self) -> bool:
        """True when records can be ordered by this field."""
        return self.data_type in ORDERABLE


@dataclass(frozen=True, slots=True)
class EntityType:
    """One entity type of a tracker.

    Args:
        name: the neutral name (the tracker's own where the model has none).
        fields: every field by name.
        label: what people see.
        native: the tracker's own name of the type.
        base: the type that this one is a kind of (``"Folder"`` for Shot, ``"User"`` for HumanUser), or None.
        display: the field that names a record to people (``name``; Note: ``subject``).
        in_project: records belong to a project.
        can_retire: ``delete`` can be undone by ``restore``.
        read_only: records cannot be changed or deleted through this interface (Event).
        append_only: of those that are read only: a program may add records of its own all the same.
        raw: native fields that a neutral name covers, reachable as ``native(name)`` only.
    """

    name: str
    fields: Mapping[str, Field]
    label: str = ""
    native: str | None = None
    base: str | None = None
    display: str = "name"
    in_project: bool = True
    can_retire: bool = True
    read_only: bool = False
    append_only: bool = False
    raw: Mapping[str, Field] = field(default_factory=lambda: _NOTHING)

    def with_fields(self, *more: Field) -> EntityType:
        """A copy with some fields added or replaced."""
        return replace(self, fields=MappingProxyType({**self.fields, **{item.name: item for item in more}}))

    def without_field(self, name: str) -> EntityType:
        """A copy that lacks one field."""
        return replace(self, fields=MappingProxyType({k: v for k, v in self.fields.items() if k != name}))


class Schema:
    """Every entity type of a tracker, or of one project of it. Immutable.

    Args:
        types: the entity types.
        epoch: changes whenever the schema does; plans compiled for another epoch are worthless.
        backend: the scheme, for error texts.
    """

    __slots__ = ("_groups", "backend", "epoch", "remembered", "types")

    def __init__(self, types: Iterable[EntityType], *, epoch: object = 0, backend: str = "") -> None:
        self.types: Mapping[str, EntityType] = MappingProxyType({item.name: item for item in types})
        self.epoch = epoch
        self.backend = backend
        self.remembered: dict[Any, Any] = {}  # what was worked out from it, by who asked: see `paths`
        self._groups: dict[str, tuple[str, ...]] = {}
        for item in self.types.values():
            if item.base:
                self._groups[item.base] = (*self._groups.get(item.base, ()), item.name)

    def __contains__(self, name: object) -> bool:
        return name in self.types

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of Folder."""
        return self._groups.get("Folder", ())

    def type(self, name: Any) -> EntityType:
        """The entity type of that name.

        Raises:
            UnknownTypeError: when there is none; names the nearest.
        """
        found = self.types.get(name) if isinstance(name, str) else None
        if found is None:
            raise UnknownTypeError(
                f"there is no entity type {name!r}", hint=self._type_hint(str(name)), backend=self.backend
            )
        return found

    def field(self, type_name: str, name: str) -> Field:
        """The field of that name; ``native(x)`` reaches the tracker's own field ``x``.

        Raises:
            UnknownFieldError: when there is none; names the nearest, or the neutral name of a native one.
        """
        if not isinstance(name, str):
            raise UnknownFieldError(f"{name!r} is no name of a field", backend=self.backend)
        found = self.find_field(type_name, name)
        if found is None:
            hint = self._field_hint(self.type(type_name), name)
            raise UnknownFieldError(f"{type_name} has no field {name!r}", hint=hint, backend=self.backend)
        return found

    def find_field(self, type_name: str, name: str) -> Field | None:
        """The same; None when there is none."""
        owner = self.type(type_name)
        found = owner.fields.get(name)
        if found is None and name.startswith("native(") and name.endswith(")"):
            raw = name[7:-1]
            found = owner.raw.get(raw) or next((f for f in owner.fields.values() if f.native == raw and f.custom), None)
        return found

    def concrete(self, type_name: str) -> tuple[str, ...]:
        """The types whose records a type stands for: the kinds and itself for Folder, else itself alone."""
        return (*self._groups.get(type_name, ()), type_name)

    def is_a(self, type_name: str, wanted: str) -> bool:
        """True when a record of ``type_name`` is one of ``wanted`` (a Shot is a Folder)."""
        if type_name == wanted:
            return True
        found = self.types.get(type_name)
        return found is not None and found.base == wanted

    def targets(self, item: Field) -> tuple[str, ...]:
        """The concrete types that a link field may point to."""
        names = item.targets or tuple(self.types)
        return tuple(dict.fromkeys(kind for name in names if name in self.types for kind in self.concrete(name)))

    def reverse(self, type_name: str) -> list[tuple[str, Field]]:
        """The stored link fields ``(owner, field)`` that may point to a type."""
        return [
            (owner.name, item)
            for owner in self.types.values()
            for item in owner.fields.values()
            if item.is_link and item.is_stored and type_name in self.targets(item)
        ]

    def replaced(self, *types: EntityType, epoch: object = None) -> Schema:
        """A copy with some types added or replaced."""
        merged = {**self.types, **{item.name: item for item in types}}
        return Schema(merged.values(), epoch=self.epoch if epoch is None else epoch, backend=self.backend)

    def _type_hint(self, name: str) -> str:
        natives = {item.native: item.name for item in self.types.values() if item.native}
        if name in natives:
            return f"its neutral name is {natives[name]!r}"
        return did_you_mean(name, list(self.types)) or f"there are {', '.join(sorted(self.types)[:12])}, …"

    @staticmethod
    def _field_hint(owner: EntityType, name: str) -> str:
        covered = next((item.name for item in owner.fields.values() if item.native == name), None)
        if covered is not None:
            return f"its neutral name is {covered!r}"
        if name in owner.raw:
            return f"reach it as native({name})"
        return did_you_mean(name, list(owner.fields))


@dataclass(frozen=True, slots=True)
class SchemaChange:
    """One change of a schema: the argument of ``Backend.change_schema``.

    Args:
        action: ``create_field``, ``update_field``, ``delete_field`` or ``create_type``.
        type: the entity type concerned.
        field: the field to create or update (its new state), or None.
        name: the name of the field to delete or of the field updated.
        entity_type: the type to create, or None.
    """

    action: str
    type: str
    field: Field | None = None
    name: str = ""
    entity_type: EntityType | None = None
