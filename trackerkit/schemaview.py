"""SchemaView: a tracker's schema as people read and change it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trackerkit.backend import Backend
from trackerkit.datatypes import DATA_TYPES
from trackerkit.errors import QueryError
from trackerkit.schema import EntityType, Field, Schema, SchemaChange
from trackerkit.values import Ref


class SchemaView:
    """A tracker's schema: its entity types and fields, and the changes that it allows."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend

    def read(self, project: Ref | None = None) -> Schema:
        """The whole schema, or a project's own where they differ."""
        return self._backend.schema(project)

    def __call__(self) -> Schema:
        return self.read()

    def types(self) -> list[str]:
        """The names of the entity types."""
        return sorted(self.read().types)

    def type(self, name: str) -> EntityType:
        """One entity type."""
        return self.read().type(name)

    def field(self, type: str, name: str) -> Field:
        """One field."""
        return self.read().field(type, name)

    def create_field(self, type: str, name: str, data_type: str, **properties: Any) -> str:
        """Make a field; the name as the tracker has it.

        Args:
            type: the entity type.
            name: the field's name.
            data_type: a neutral data type.
            properties: label, choices, targets, default, description.
        """
        self._require("schema.field")
        self.type(type)
        return self._backend.change_schema(
            SchemaChange("create_field", type, new_field(name, data_type, properties), name)
        )

    def update_field(self, type: str, name: str, **properties: Any) -> str:
        """Change a field's label, choices, default or description."""
        self._require("schema.field")
        changed = replace(self.field(type, name), **_checked_properties(properties))
        return self._backend.change_schema(SchemaChange("update_field", type, changed, name))

    def delete_field(self, type: str, name: str) -> str:
        """Delete a field, with its values."""
        self._require("schema.field")
        return self._backend.change_schema(SchemaChange("delete_field", type, self.field(type, name), name))

    def create_type(self, name: str, *, kind_of: str | None = None, label: str = "") -> str:
        """Make an entity type; ``kind_of="Folder"`` makes a kind of Folder."""
        self._require("schema.kind" if kind_of == "Folder" else "schema.type")
        made = EntityType(name, {}, label=label or name, base=kind_of)
        return self._backend.change_schema(SchemaChange("create_type", name, entity_type=made))

    def _require(self, capability: str) -> None:
        self._backend.capabilities.require(capability, self._backend.scheme)


_PROPERTIES = frozenset({"label", "choices", "targets", "default", "description", "required", "domain", "aliases"})


def _checked_properties(properties: Mapping[str, Any]) -> dict[str, Any]:
    unknown = set(properties) - _PROPERTIES
    if unknown:
        raise QueryError(
            f"a field has no property {sorted(unknown)[0]!r}", hint=f"there are {', '.join(sorted(_PROPERTIES))}"
        )
    return {k: tuple(v) if k in ("choices", "targets") else v for k, v in properties.items()}


def new_field(name: Any, data_type: str, properties: Mapping[str, Any]) -> Field:
    """A field to be made.

    Raises:
        InvalidInputError: for a name or data type that cannot be one.
    """
    if data_type not in DATA_TYPES:
        raise QueryError(f"there is no data type {data_type!r}", hint=f"there are {', '.join(DATA_TYPES)}")
    if not isinstance(name, str) or not name.isidentifier() or name.startswith("_") or len(name) > 60:
        raise QueryError(f"{name!r} is no name of a field", hint="letters, digits and _, not a digit first, at most 60")
    return Field(name, data_type, custom=True, **{"label": name, **_checked_properties(properties)})
