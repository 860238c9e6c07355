"""What a folder of CSV files holds: the neutral model without files and events."""

from __future__ import annotations

from dataclasses import replace
from types import MappingProxyType

from trackerkit.model import neutral_schema
from trackerkit.schema import EntityType, Field, Schema

TYPES = tuple(name for name in neutral_schema().types if name not in ("Reviewable", "Attachment", "Event"))
UNKEPT = frozenset({"file", "url", "secret", "computed"})


def schema() -> Schema:
    """The model's types that are kept here, without files and without links to types that are not."""
    model = neutral_schema()
    return Schema([_kept(model.type(name)) for name in TYPES], backend="csv")


def _kept(owner: EntityType) -> EntityType:
    fields = {name: kept for name, item in owner.fields.items() if (kept := _field(item)) is not None}
    return replace(owner, fields=MappingProxyType(fields), native=owner.name)


def _field(item: Field) -> Field | None:
    if item.data_type in UNKEPT:
        return None
    if not item.is_link:
        return item
    if not item.targets:
        return item
    targets = tuple(name for name in item.targets if name in TYPES)
    return replace(item, targets=targets) if targets else None
