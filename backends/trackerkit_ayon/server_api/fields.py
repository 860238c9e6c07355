"""Which fields a read asks for: the defaults of each entity type, and what a caller's names stand for on the wire."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

Version = tuple[int, int, int]

_COMMON: Final = frozenset({"id", "name", "active", "data", "status", "tags"})

LINK_FIELDS: Final = frozenset(
    {"id", "linkType", "projectName", "entityType", "entityId", "name", "direction", "description", "author"}
)
"""What is read of each link of an entity."""

FILE_FIELDS: Final = frozenset({"files.name", "files.hash", "files.id", "files.path", "files.size"})
"""What is read of each file of a representation."""

DEFAULTS: Final[dict[str, frozenset[str]]] = {
    "project": frozenset(
        {
            "active", "library", "name", "code", "config", "createdAt", "updatedAt", "data", "folderTypes", "taskTypes",
            "linkTypes", "statuses", "tags", "allAttrib",
        }
    ),
    "folder": _COMMON | {"label", "folderType", "path", "parentId", "thumbnailId", "allAttrib"},
    "task": _COMMON | {"label", "taskType", "folderId", "thumbnailId", "assignees", "allAttrib"},
    "product": _COMMON | {"folderId", "productType", "allAttrib"},
    "version": _COMMON
    | {"version", "productId", "taskId", "author", "thumbnailId", "createdAt", "updatedAt", "allAttrib"},
    "representation": _COMMON | FILE_FIELDS | {"context", "createdAt", "versionId", "traits", "allAttrib"},
    "workfile": _COMMON
    | {
        "createdAt", "createdBy", "path", "projectName", "taskId", "thumbnailId", "updatedAt", "updatedBy", "allAttrib",
    },
    "user": frozenset(
        {
            "accessGroups", "defaultAccessGroups", "name", "isService", "isManager", "isGuest", "isAdmin", "createdAt",
            "active", "hasPassword", "updatedAt", "apiKeyPreview", "allAttrib",
        }
    ),
    "entityList": frozenset(
        {
            "id", "count", "allAttrib", "attributes", "active", "createdBy", "createdAt", "entityListType", "data",
            "entityType", "label", "owner", "tags", "updatedAt", "updatedBy",
        }
    ),
    "event": frozenset(
        {
            "id", "hash", "createdAt", "dependsOn", "description", "project", "retries", "sender", "status", "topic",
            "updatedAt", "user",
        }
    ),
    "activity": frozenset(
        {"activityId", "activityType", "activityData", "body", "entityId", "entityType", "author.name"}
    ),
    "productType": frozenset({"name"}),
}  # fmt: skip
"""The fields that are read when a caller names none, as the newest server knows them."""

_SINCE: Final[tuple[tuple[Version, str, str], ...]] = (
    ((1, 10, 1), "project", "productTypes"),
    ((1, 13, 0), "product", "productBaseType"),
)
_UNKNOWN_BEFORE: Final[tuple[tuple[Version, str, str], ...]] = (((1, 7, 5), "representation", "traits"),)

_PROJECT_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "folderTypes": ("name", "icon", "shortName"),
    "taskTypes": ("name", "color", "icon", "shortName"),
    "statuses": ("color", "icon", "name", "scope", "shortName", "state"),
    "tags": ("name", "color"),
    "linkTypes": ("name", "color"),
    "productTypes": ("name",),
}
_OLDER_PARTS: Final[dict[str, tuple[str, ...]]] = {
    "folderTypes": ("name", "icon"),
    "taskTypes": ("name",),
    "productTypes": ("name",),
}


def default_fields(entity_type: str, version: Version) -> set[str]:
    """The fields that a read of an entity type asks for when none are named.

    Args:
        entity_type: ``folder``, ``task``, ``event``, …: a key of ``DEFAULTS``.
        version: of the server.

    Raises:
        ValueError: there is no such type.
    """
    known = DEFAULTS.get(entity_type)
    if known is None:
        raise ValueError(f'Unknown entity type "{entity_type}"')
    fields = set(known)
    fields |= {name for since, of, name in _SINCE if of == entity_type and version >= since}
    return fields - {name for before, of, name in _UNKNOWN_BEFORE if of == entity_type and version < before}


def on_the_wire(entity_type: str, fields: Iterable[str], own_attributes: bool = False) -> set[str]:
    """A caller's field names as the server's: attributes come as one text, own ones are told apart by their names.

    Args:
        entity_type: of the entity.
        fields: the caller's names; dots lead into nested objects.
        own_attributes: also ask which attributes are the entity's own.
    """
    asked = set(fields)
    attributes = {name for name in asked if name == "attrib" or name.startswith("attrib.")}
    asked -= attributes
    if asked or attributes:
        if own_attributes and entity_type in ("folder", "task"):
            asked |= {"ownAttrib", "allAttrib"}
        if attributes or (own_attributes and entity_type == "project"):
            asked.add("allAttrib")
    return asked


def project_parts(fields: Iterable[str], version: Version) -> set[str]:
    """Names of a project's lists (``statuses``, ``taskTypes``, …) as the names of what is read of each item."""
    asked = set(fields)
    if "bundle" in asked:
        asked = asked - {"bundle"} | {"data"}
    parts = _PROJECT_PARTS if version > (1, 10, 0) else _OLDER_PARTS
    for name in asked & parts.keys():
        asked.discard(name)
        asked |= {f"{name}.{part}" for part in parts[name]}
    return asked


def with_links(fields: Iterable[str], with_data: bool) -> set[str]:
    """``links`` as the names of what is read of each link.

    Args:
        fields: names on the wire.
        with_data: True where the server tells a link's data.
    """
    asked = set(fields)
    if "links" in asked:
        asked.discard("links")
        asked |= {f"links.{name}" for name in LINK_FIELDS}
        asked |= {"links.data"} if with_data else set()
    return asked
