"""Makes a tracker of ours hold what a new ShotGrid site does: its entity types and fields, and the records it starts with."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from trackerkit.schema import EntityType, Field, Schema, SchemaChange
from trackerkit.tracker import Tracker
from trackerkit_shotgrid.gateway.starting import is_new, start
from trackerkit_shotgrid.mapping.bindings import TypeBinding
from trackerkit_shotgrid.mapping.fields import NEUTRAL_DATA_TYPES
from trackerkit_shotgrid.mapping.types import USER_KINDS, neutral_type
from trackerkit_shotgrid.schema import bindings_of
from trackerkit_shotgrid.schema.standard import StandardField, StandardType, standard_names, standard_type

_OF_EVERY_TYPE: Final = frozenset(
    {"id", "type", "uid", "label", "project", "created_at", "created_by", "updated_at", "updated_by"}
)
_NEEDED: Final = ("schema.type", "schema.field")


def can_prepare(tracker: Tracker) -> bool:
    """True for a tracker that lets us make entity types and fields: the embedded store, not a site or a server."""
    return not tracker.backend.capabilities.missing(_NEEDED)


def prepare(tracker: Tracker) -> list[str]:
    """Give a tracker the entity types and fields of a new ShotGrid site that it lacks; does nothing the second time.

    One that nobody has worked with yet gets the records of a new site too.

    Returns:
        What was made, as ``Type`` or ``Type.field`` under ShotGrid's names; nothing for a tracker that is not ours to shape.
    """
    if not can_prepare(tracker):
        return []
    missing, begins = Missing(tracker.schema.read()), is_new(tracker)
    changes = list(missing.changes())
    if changes:
        tracker.backend.change_schema_many(changes)
    if begins:
        start(tracker)
    return missing.made


def additions(schema: Schema) -> Iterator[SchemaChange]:
    """What a schema lacks of a new site's: to be kept beside a tracker that does not let us make types and fields."""
    return Missing(schema).changes()


class Missing:
    """What a tracker's schema lacks of a new site's.

    Args:
        schema: the tracker's.

    Attributes:
        made: what ``changes`` would make, under ShotGrid's names.
    """

    def __init__(self, schema: Schema) -> None:
        self.made: list[str] = []
        self._schema = schema
        self._types = bindings_of(self._schema)
        self._wanted = [found for name in standard_names() if (found := standard_type(name)) is not None]
        self._new = {item.name: item for item in self._wanted if item.name not in self._types}
        self._of_users: dict[str, Field] = {}

    def changes(self) -> Iterator[SchemaChange]:
        """The changes, types first: fields may link to them."""
        for native, item in self._new.items():
            self.made.append(native)
            fields = {name: self._field(native, name, field) for name, field in item.fields.items()}
            made = EntityType(
                neutral_type(native), MappingProxyType(fields), item.label, native, None, item.display, item.in_project
            )
            yield SchemaChange("create_type", made.name, entity_type=made)
        for item in self._wanted:
            if item.name in self._types and item.name not in _KEPT:
                yield from self._fields(item, self._types[item.name])
        for owner, field in self._of_users.items():
            self.made.append(f"User.{owner}")
            yield SchemaChange("create_field", "User", field, field.name)

    def _fields(self, item: StandardType, binding: TypeBinding) -> Iterator[SchemaChange]:
        known = {*binding.natives, *(link.native for link in binding.parents)}
        for field in item.fields.values():
            if field.name in known:
                yield from self._widened(binding, field)
                continue
            name = free_name(field.name, self._schema.type(binding.neutral).fields)
            made = self._field(item.name, name, field)
            if binding.neutral == "User":
                self._share(item.name, made)
                continue
            self.made.append(f"{item.name}.{field.name}")
            yield SchemaChange("create_field", binding.neutral, made, name)

    def _share(self, native: str, made: Field) -> None:
        """People and scripts are one type here: a field that both have is one field, for both."""
        known = self._of_users.get(made.name)
        self._of_users[made.name] = replace(made, kinds=(native,)) if known is None else replace(known, kinds=())

    def _widened(self, binding: TypeBinding, standard: StandardField) -> Iterator[SchemaChange]:
        """A link of the model that may lead to more types on a site."""
        bound = binding.natives.get(standard.name)
        if (
            bound is None
            or not bound.field.is_link
            or not bound.field.is_stored
            or not bound.field.targets
            or bound.codec
        ):
            return
        reached = set(self._schema.targets(bound.field))
        more = [name for name in map(self._neutral, standard.targets) if name not in reached and name != "User"]
        if more:
            self.made.append(f"{binding.native}.{standard.name}")
            field = replace(bound.field, targets=(*bound.field.targets, *more))
            yield SchemaChange("update_field", binding.neutral, field, field.name)

    def _field(self, native: str, name: str, standard: StandardField) -> Field:
        """A field of a new site as the neutral one that keeps it."""
        data_type = NEUTRAL_DATA_TYPES.get(standard.data_type, "computed")
        return Field(
            name,
            data_type,
            label=standard.label,
            targets=self._targets(standard),
            choices=standard.values,
            read_only=standard.is_read_only or standard.reverse_of is not None,
            reverse_of=self._reverse(standard),
            custom=standard.name.startswith("sg_"),
            native=standard.name,
            default=standard.default,
        )

    def _targets(self, standard: StandardField) -> tuple[str, ...]:
        if standard.reverse_of is not None:
            return (self._neutral(standard.reverse_of[0]),)
        return tuple(dict.fromkeys(map(self._neutral, standard.targets)))

    def _neutral(self, native: str) -> str:
        """The schema's name of a type that there is, or will be."""
        found = self._types.get(native)
        if found is not None:
            return found.neutral
        return "User" if native in USER_KINDS and "User" in self._schema else neutral_type(native)

    def _reverse(self, standard: StandardField) -> tuple[str, str] | None:
        if standard.reverse_of is None:
            return None
        native, name = standard.reverse_of
        owner = self._types.get(native)
        if owner is None:
            return neutral_type(native), name
        if owner.parent_link(name) is not None:
            return owner.neutral, "parent"
        bound = owner.natives.get(name)
        return owner.neutral, bound.field.name if bound is not None else free_name(
            name, self._schema.type(owner.neutral).fields
        )


_KEPT: Final = frozenset({"EventLogEntry"})
"""Types that the tracker writes by itself: they have the fields that they have."""


def free_name(native: str, taken: Iterable[str] | Mapping[str, Any]) -> str:
    """The name under which a field of ShotGrid's is kept where the model has another field of that name."""
    return f"native_{native}" if native in taken else native
