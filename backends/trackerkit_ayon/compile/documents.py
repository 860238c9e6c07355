"""The GraphQL documents: built of the fixed pieces below, each piece a constant; values travel as variables only."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Final

from trackerkit_ayon.mapping.names import base_of, native_of
from trackerkit_ayon.mapping.places import Place, places
from trackerkit_ayon.mapping.refs import ID_KEYS

_FOLDER: Final = "{id name label folderType active}"
_TASK: Final = "{id name label active}"
_END: Final = "{id name active ... on FolderNode{label folderType} ... on TaskNode{label}}"
_ACTIVITY: Final = "activityId activityType entityType entityId body tags createdAt updatedAt activityData"

PIECES: Final[dict[tuple[str, str], str]] = {
    ("Project", "thumbnail"): "thumbnail{id}",
    ("Folder", "parent"): f"parentId parent{_FOLDER}",
    ("Task", "parent"): f"folderId folder{_FOLDER}",
    ("Product", "parent"): f"folderId folder{_FOLDER}",
    ("Version", "name"): "version data product{id name active}",
    ("Version", "label"): "version data product{id name active}",
    ("Version", "product"): "productId product{id name active}",
    ("Version", "parent"): f"product{{id name active folder{_FOLDER}}}",
    ("Version", "task"): f"taskId task{_TASK}",
    ("File", "version"): "versionId version{id name active}",
    ("File", "number"): "version{id version}",
    ("File", "parent"): f"version{{id active product{{id active folder{_FOLDER}}}}}",
    ("File", "task"): f"version{{id active task{_TASK}}}",
    ("File", "paths"): "files{id name path size hash hashType}",
    ("File", "size"): "files{id name path size hash hashType}",
    ("File", "hash"): "files{id name path size hash hashType}",
    ("Workfile", "name"): "path data",
    ("Workfile", "label"): "path data",
    ("Workfile", "task"): f"taskId task{_TASK}",
    ("User", "kind"): "isService",
    ("Link", "source"): f"inputType inputId inputNode{_END}",
    ("Link", "target"): f"outputType outputId outputNode{_END}",
    ("Playlist", "items"): "entityType",
}
"""What is selected for a field that is more than a key of its own."""

ALWAYS: Final[dict[str, str]] = {
    "Folder": "id name label folderType", "Task": "id name label", "Product": "id name", "Version": "id name",
    "File": "id name", "Workfile": "id name active", "Playlist": "id label entityType", "Note": _ACTIVITY, "Reply": _ACTIVITY,
    "Reviewable": _ACTIVITY, "Attachment": _ACTIVITY, "Link": "id name linkType", "User": "name", "Project": "name label",
}  # fmt: skip
"""What every row needs: its id and its display name."""

_BELOW: Final = {"includeFolderChildren": "Boolean!"}

ARGUMENTS: Final[dict[str, dict[str, str]]] = {
    "folders": {
        "ids": "[String!]", "parentIds": "[String!]", "paths": "[String!]", "pathEx": "String", "hasChildren": "Boolean",
        "hasTasks": "Boolean", "hasProducts": "Boolean", "filter": "String", "taskFilter": "String", **_BELOW,
    },
    "tasks": {"ids": "[String!]", "folderIds": "[String!]", "filter": "String", "folderFilter": "String", **_BELOW},
    "products": {"ids": "[String!]", "folderIds": "[String!]", "filter": "String", "versionFilter": "String", **_BELOW},
    "versions": {
        "ids": "[String!]", "folderIds": "[String!]", "hasReviewables": "Boolean", "filter": "String",
        "productFilter": "String", "taskFilter": "String", **_BELOW,
    },
    "representations": {"ids": "[String!]", "versionIds": "[String!]", "filter": "String"},
    "workfiles": {
        "ids": "[String!]", "taskIds": "[String!]", "statuses": "[String!]", "paths": "[String!]", "pathEx": "String",
        "tags": "[String!]",
    },
    "activities": {
        "activityIds": "[String!]", "activityTypes": "[String!]", "referenceTypes": "[String!]", "filter": "String",
    },
    "entityLists": {"ids": "[String!]", "filter": "String"},
    "links": {
        "ids": "[String!]", "inputIds": "[String!]", "outputIds": "[String!]", "linkTypes": "[String!]", "names": "[String!]",
    },
    "users": {"names": "[String!]", "emails": "[String!]", "projects": "[String!]"},
    "events": {"projects": "[String!]", "users": "[String!]", "newerThan": "String", "olderThan": "String"},
}  # fmt: skip
"""The arguments of each connection that are used, with their GraphQL types."""


def selection(type_name: str, fields: Iterable[str]) -> str:
    """The selection set of a type's node for some neutral fields; fields that no node holds add nothing."""
    base = base_of(type_name)
    parts = [ALWAYS[base], *(_piece(base, name) for name in fields)]
    words = dict.fromkeys(part for part in parts if part)
    # The server adds inherited values to an entity's own ones when it gives the former: ask for the latter first.
    return " ".join(
        ["ownAttrib"] * any("ownAttrib" in part for part in words) + [p.replace("ownAttrib ", "") for p in words]
    )


def _piece(base: str, field: str) -> str:
    known = PIECES.get((base, field))
    if known is not None:
        return known
    place = places(base).get(field)
    if place is None:
        return _attributes(base) if field not in _NO_NODE else ""
    return _placed(base, place)


_NO_NODE: Final = frozenset({"type", "project"})


def _placed(base: str, place: Place) -> str:
    if place.is_link or (place.home == "made" and base in ("Note", "Reply", "Reviewable", "Attachment")):
        return ""
    if place.home == "attrib":
        return _attributes(base)
    if place.home == "data" or place.key == "data":
        return "data"
    return "" if base in ("Note", "Reply", "Reviewable", "Attachment") else place.key


def _attributes(base: str) -> str:
    if base in ("Folder", "Task"):
        return "ownAttrib allAttrib"
    return "allAttrib" if base in ("Project", "Product", "Version", "File", "Workfile", "User") else ""


@lru_cache(maxsize=512)
def listing(type_name: str, selected: str, arguments: tuple[str, ...], is_exact: bool = True) -> str:
    """The document that lists records of a type in one project; variables ``project first after`` and the arguments.

    Args:
        type_name: of the records.
        selected: see ``selection``.
        arguments: which of ``ARGUMENTS`` are given.
        is_exact: False asks for every project whose name the server takes for the same, to tell them apart.
    """
    connection = native_of(type_name).plural
    known = ARGUMENTS[connection]
    first = "Int!" if connection == "links" else "Int"
    declared = f"$project:String!,$first:{first},$after:String" + "".join(
        f",${name}:{known[name]}" for name in arguments
    )
    given = "first:$first,after:$after" + "".join(f",{name}:${name}" for name in arguments)
    shown = selected if connection == "links" else f"node{{{selected}}}"
    rows = f"page:{connection}({given}){{edges{{{shown}}}pageInfo{{hasNextPage endCursor}}}}"
    if is_exact:
        return f"query List({declared}){{project(name:$project){{name {rows}}}}}"
    return f"query ListAll({declared}){{projects(name:$project){{edges{{node{{name {rows}}}}}}}}}"


def _argued(connection: str, arguments: Iterable[str]) -> tuple[str, str]:
    """Arguments as they are declared, and as they are given."""
    known = ARGUMENTS[connection]
    return "".join(f",${name}:{known[name]}" for name in arguments), "".join(f",{name}:${name}" for name in arguments)


def users_document(selected: str, arguments: Iterable[str] = ()) -> str:
    """The document that lists users; variables ``first after`` and the arguments."""
    declared, given = _argued("users", tuple(arguments))
    return f"query Users($first:Int,$after:String{declared}){{page:users(first:$first,after:$after{given}){{{_page(selected)}}}}}"


def events_document(arguments: Iterable[str]) -> str:
    """The document that lists events; variables ``first after`` and the arguments."""
    declared, given = _argued("events", tuple(arguments))
    return EVENTS.replace("$after:String)", f"$after:String{declared})").replace(
        "after:$after)", f"after:$after{given})"
    )


def projects_document(selected: str, by_name: bool = False) -> str:
    """The document that lists projects, or those of one name; variables ``first after`` and ``name``."""
    declared, given = (",$name:String", ",name:$name") if by_name else ("", "")
    rows = f"page:projects(first:$first,after:$after{given}){{{_page(selected)}}}"
    return f"query Projects($first:Int,$after:String{declared}){{{rows}}}"


@lru_cache(maxsize=64)
def anatomies_document(count: int) -> str:
    """The document that gives what some projects define for themselves, as ``p0``, ``p1`` …; variables ``n0``, ``n1`` …."""
    declared = ",".join(f"$n{at}:String!" for at in range(count))
    asked = " ".join(f"p{at}:project(name:$n{at}){{name {ANATOMY}}}" for at in range(count))
    return f"query Anatomies({declared}){{{asked}}}"


def _page(selected: str) -> str:
    return f"edges{{node{{{selected}}}}}pageInfo{{hasNextPage endCursor}}"


ANATOMY: Final = "folderTypes{name} taskTypes{name shortName} statuses{name shortName}"
"""What a schema needs to know of the definitions of a project."""

EVENTS: Final = (
    "query Events($first:Int,$after:String){page:events(first:$first,after:$after){edges{cursor node{"
    "id topic project user sender dependsOn status description summary payload createdAt}}pageInfo{hasNextPage endCursor}}}"
)
EVENTS_OF_TOPIC: Final = (
    "query EventsOfTopic($topics:[String!],$last:Int,$before:String){page:events(topics:$topics,last:$last,before:$before){"
    "edges{cursor node{id hash}}}}"
)
LAST_EVENT: Final = "query Last{page:events(last:1){edges{cursor node{id}}}}"

ITEMS: Final = (
    "query Items($project:String!,$ids:[String!],$first:Int,$after:String){project(name:$project){name page:entityLists("
    "ids:$ids){edges{node{id items(first:$first,after:$after){edges{id position entityId cursor "
    f"node{_END}}}pageInfo{{hasNextPage endCursor}}}}}}}}}}}}}}"
)
"""The items of some lists of one entity type, in order."""

EVERY_DOCUMENT: Final = (EVENTS, EVENTS_OF_TOPIC, LAST_EVENT, ITEMS)


def id_of(type_name: str) -> str:
    """The key of a node that holds the id."""
    return ID_KEYS.get(base_of(type_name), "id")
