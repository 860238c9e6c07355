"""What the files hold: a part of the neutral model. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from trackerkit.capabilities import Mark, cannot
from trackerkit.datatypes import Domain
from trackerkit.model import neutral_schema
from trackerkit.schema import EntityType, Field, Schema

TYPES: Final = (
    "Project", "Folder", "Episode", "Sequence", "Scene", "Shot", "Asset", "Task", "Product", "Version", "Note", "Reply",
    "Playlist", "User", "Group", "Tag",
)  # fmt: skip
MISSING: Final[dict[str, Mark]] = {
    name: cannot(f"these files have no table of the type {name}")
    for name in neutral_schema().types
    if name not in TYPES
}
_NO_CELL: Final = frozenset({"image", "file", "json"})
_NO_USERS: Final = frozenset({"created_by", "updated_by"})
_DOMAINS: Final = {"text": Domain(empty_is_null=True), "checkbox": Domain(nullable=False)}
UID: Final = Field("uid", "uuid", read_only=True)


@lru_cache(maxsize=1)
def schema() -> Schema:
    """The types and fields that have a column, and those that follow from them."""
    return Schema([_kept(neutral_schema().type(name)) for name in TYPES], backend="csv")


def _kept(owner: EntityType) -> EntityType:
    fields = {item.name: item for item in (*_fields(owner), UID)}
    return replace(owner, fields=MappingProxyType(fields), native=owner.name)


def _fields(owner: EntityType) -> Iterator[Field]:
    for item in owner.fields.values():
        if item.data_type in _NO_CELL or item.name in _NO_USERS:
            continue
        if item.reverse_of and item.reverse_of[0] not in TYPES:
            continue
        targets = tuple(name for name in item.targets if name in TYPES)
        if targets or not item.targets:
            yield replace(item, targets=targets, domain=_DOMAINS.get(item.data_type, item.domain), native=item.name)
