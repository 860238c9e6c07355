"""GraphQL documents of the native client: checked names make the text, values travel as variables only."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final, TypeAlias

from trackerkit_ayon.server_api.fields import LINK_FIELDS

Tree: TypeAlias = "dict[str, Tree]"
"""Field names and what is read inside of each; empty where the field is a value."""

_TEXTS, _TEXT, _FLAG = "[String!]", "String", "Boolean"
_COMMON: Final = {"ids": _TEXTS, "statuses": _TEXTS, "tags": _TEXTS}

ARGUMENTS: Final[dict[str, dict[str, str]]] = {
    "folders": {
        **_COMMON, "parentIds": _TEXTS, "names": _TEXTS, "paths": _TEXTS, "pathEx": _TEXT, "folderTypes": _TEXTS,
        "assignees": _TEXTS, "hasProducts": _FLAG, "hasTasks": _FLAG, "hasChildren": _FLAG, "hasLinks": "HasLinksFilter",
        "filter": _TEXT,
    },
    "tasks": {
        **_COMMON, "names": _TEXTS, "taskTypes": _TEXTS, "folderIds": _TEXTS, "assigneesAny": _TEXTS,
        "assignees": _TEXTS, "filter": _TEXT,
    },
    "products": {
        **_COMMON, "names": _TEXTS, "folderIds": _TEXTS, "productTypes": _TEXTS, "productBaseTypes": _TEXTS,
        "nameEx": _TEXT, "pathEx": _TEXT, "filter": _TEXT,
    },
    "versions": {
        **_COMMON, "productIds": _TEXTS, "taskIds": _TEXTS, "versions": "[Int!]", "heroOnly": "Boolean!",
        "latestOnly": "Boolean!", "filter": _TEXT,
    },
    "representations": {
        **_COMMON, "versionIds": _TEXTS, "names": _TEXTS, "hasLinks": "HasLinksFilter", "filter": _TEXT,
    },
    "workfiles": {**_COMMON, "taskIds": _TEXTS, "paths": _TEXTS, "pathEx": _TEXT, "hasLinks": "HasLinksFilter"},
    "activities": {
        "activityIds": _TEXTS, "activityTypes": _TEXTS, "entityIds": _TEXTS, "entityNames": _TEXTS, "entityType": _TEXT,
        "changedAfter": _TEXT, "changedBefore": _TEXT, "referenceTypes": _TEXTS,
    },
    "entityLists": {"ids": _TEXTS, "filter": _TEXT, "search": _TEXT},
    "projects": {"name": _TEXT, "includeSkeleton": "Boolean!"},
    "users": {"names": _TEXTS, "emails": _TEXTS, "projectName": _TEXT},
    "events": {
        "ids": _TEXTS, "topics": _TEXTS, "projects": _TEXTS, "users": _TEXTS, "states": _TEXTS, "statuses": _TEXTS,
        "hasChildren": _FLAG, "olderThan": _TEXT, "newerThan": _TEXT, "filter": _TEXT, "includeLogs": "Boolean!",
    },
}  # fmt: skip
"""The arguments of each connection that the client uses, with their types. (AYON 1.16: ``/graphql``'s own schema.)"""

OF_THE_SERVER: Final = frozenset({"projects", "users", "events"})
"""Connections that hang on no project."""

LINKS_PAGE: Final = 100
"""How many links of one entity come with it; the rest is fetched for that entity alone."""

_NAME: Final = re.compile(r"[_A-Za-z][_0-9A-Za-z]*")
# The server adds inherited values to an entity's own ones when it tells the former: what is own has to be asked first.
_FIRST: Final = "ownAttrib"
_EDGE_FIELDS: Final = LINK_FIELDS | {"data"}


def tree_of(fields: Iterable[str]) -> Tree:
    """Dotted field names as a tree; a name that others lead through stands for those.

    Raises:
        ValueError: a name is none of GraphQL's, so that nothing can slip into a document.
    """
    tree: Tree = {}
    for field in fields:
        inside = tree
        for name in field.split("."):
            if not _NAME.fullmatch(name):
                raise ValueError(f"{field!r} is no field: names are letters, digits and _, with dots between them")
            inside = inside.setdefault(name, {})
    return tree


def printed(tree: Tree) -> str:
    """A tree as a selection set, without its braces."""
    names = sorted(tree, key=lambda name: (name != _FIRST, name))
    return " ".join(f"{name}{{{printed(tree[name])}}}" if tree[name] else name for name in names)


def selection(fields: Iterable[str]) -> str:
    """What to select of an entity for dotted field names; ``links`` become a connection of their own."""
    tree = tree_of(fields)
    links = tree.pop("links", None)
    shown = printed(tree)
    if links is None:
        return shown
    return f"{shown} {links_selection(links, f'first:{LINKS_PAGE}')}".strip()


def links_selection(links: Tree, arguments: str) -> str:
    """The connection of an entity's links.

    Args:
        links: what is read of a link; what no link has is read of the entity at its other end.
        arguments: of the connection, of fixed text or variables.
    """
    wanted = links or {name: {} for name in LINK_FIELDS}
    edge = {name: inside for name, inside in wanted.items() if name in _EDGE_FIELDS}
    node = {name: inside for name, inside in wanted.items() if name not in _EDGE_FIELDS}
    shown = " ".join(part for part in (printed(edge), f"node{{{printed(node)}}}" if node else "") if part)
    return f"links({arguments}){{pageInfo{{hasNextPage endCursor}}edges{{{shown}}}}}"


@lru_cache(maxsize=512)
def document(
    connection: str, arguments: tuple[str, ...], selected: str, edge: str = "", newest_first: bool = False
) -> str:
    """The document of one page of a connection; variables: ``project first after`` and the arguments.

    Args:
        connection: a key of ``ARGUMENTS``.
        arguments: which of its arguments are given.
        selected: of each node.
        edge: what is selected of each edge besides its node.
        newest_first: page from the end; the variables ``first`` and ``after`` then mean ``last`` and ``before``.
    """
    known = ARGUMENTS[connection]
    declared = ["$first:Int", "$after:String", *(f"${name}:{known[name]}" for name in arguments)]
    given = ["last:$first", "before:$after"] if newest_first else ["first:$first", "after:$after"]
    given += [f"{name}:${name}" for name in arguments]
    shown = f"{edge} node{{{selected}}}" if selected else edge
    more = "hasPreviousPage" if newest_first else "hasNextPage"
    page = f"{connection}({','.join(given)}){{pageInfo{{{more} endCursor}}edges{{{shown}}}}}"
    if connection in OF_THE_SERVER:
        return f"query {_title(connection)}({','.join(declared)}){{{page}}}"
    return f"query {_title(connection)}($project:String!,{','.join(declared)}){{project(name:$project){{name {page}}}}}"


@lru_cache(maxsize=512)
def in_every_project(text: str) -> str:
    """A document of one project as one of every project whose name the server takes for the same.

    The server reads ``_`` in a name as any one character: ``a_b`` finds ``axb`` too.
    """
    return text.replace("{project(name:$project){", "{projects(name:$project){edges{node{", 1) + "}}"


@lru_cache(maxsize=128)
def links_document(connection: str, links: str) -> str:
    """The document of further links of one entity; variables: ``project ids after``."""
    return (
        f"query MoreLinks($project:String!,$ids:[String!],$after:String){{project(name:$project){{name "
        f"{connection}(first:1,ids:$ids){{edges{{node{{id {links}}}}}}}}}}}"
    )


def _title(connection: str) -> str:
    return connection[0].upper() + connection[1:]


def flattened(edge: Mapping[str, Any]) -> dict[str, Any]:
    """A link's edge and the entity at its other end as one dict."""
    row = dict(edge)
    node = row.pop("node", None)
    return {**row, **node} if node else row
