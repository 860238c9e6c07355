"""Types with few records, which AYON has no query for: they are read whole, and the query is answered here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from trackerkit.errors import NotFoundError, PermissionDeniedError
from trackerkit.evaluate import needed_fields, paths_of
from trackerkit.filters import And
from trackerkit.query import Query, Test
from trackerkit_ayon.backend.collected import Collector, Read, is_collected
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.compile.arguments import user_arguments
from trackerkit_ayon.compile.documents import selection, users_document
from trackerkit_ayon.mapping.names import PROJECT_NAME
from trackerkit_ayon.mapping.places import places
from trackerkit_ayon.mapping.rows import Node

ANATOMY_KEYS: Final = {"Status": "statuses", "TaskType": "taskTypes", "Tag": "tags"}
"""Where a project keeps the records of a type that it defines for itself."""

SMALL: Final = frozenset({"Project", "User", "Group", *ANATOMY_KEYS})


def small_records(server: Server, read: Read, query: Query) -> list[dict[str, Any]]:
    """The records that a query on a small type ranges over, in creation order, with all that it needs."""
    kind = server.kind(query.type)
    names = [name for name in dict.fromkeys([*needed_fields(paths_of(query)), "id"]) if name in kind.fields]
    made: list[dict[str, Any]] = []
    for project, nodes in _SOURCES[query.type](server, query):
        rows = server.rows(query.type, project)
        records = [rows.record(node, names) for node in nodes]
        collected = [kind.fields[name] for name in names if is_collected(query.type, kind.fields[name])]
        Collector(server, read, query.type, project, every=query.retired_links).add(records, nodes, collected)
        made += records
    return made


Sources = Iterator[tuple["str | None", Sequence[Node]]]


def _projects(server: Server, query: Query) -> Sources:
    wanted = None if query.projects is None else {ref.id for ref in query.projects}
    selected = selection("Project", [name for name in needed_fields(paths_of(query)) if name in places("Project")])
    nodes = server.projects(f"{selected} active createdAt", _name_asked(query))
    nodes = [node for node in nodes if wanted is None or node["name"] in wanted]
    has_pictures = "thumbnail" in needed_fields(paths_of(query))
    for node in _by_age(node for node in nodes if _is_seen(node, query.state)):
        if has_pictures and not node.get("thumbnail"):
            node["thumbnail"] = _thumbnail(server, node["name"])
        yield node["name"], [node]


def _thumbnail(server: Server, project: str) -> Node | None:
    """Whether a project has a picture: AYON's query says for every project that it has none, so the picture is asked for."""
    path = ("projects", project, "thumbnail")
    with server.client.send("GET", *path, query={"placeholder": "none"}, ok=(404,), stream=True) as answer:
        made = answer.headers.get("x-thumbnail-time", "")
        return {"id": uuid5(NAMESPACE_URL, f"{project}/{made}").hex} if answer.status == 200 else None


def _name_asked(query: Query) -> str | None:
    """The only name that a query on projects can find; None where it is not that narrow."""
    parts = query.filter.parts if isinstance(query.filter, And) else (query.filter,)
    for part in parts:
        if isinstance(part, Test) and _is_by_name(part) and PROJECT_NAME.takes(str(part.value)):
            return str(part.value)
    return None


def _is_by_name(test: Test) -> bool:
    return test.operator == "is" and not test.path.steps and test.path.leaf.name in ("id", "name")


def _is_seen(node: Mapping[str, Any], state: str) -> bool:
    return state == "all" or bool(node["active"]) == (state == "active")


def _by_age(nodes: Iterable[Node]) -> list[Node]:
    return sorted(nodes, key=lambda node: (node["createdAt"], node["name"]))


def _users(server: Server, query: Query) -> Sources:
    selected, given = selection("User", places("User")), user_arguments(query)
    try:
        nodes = list(server.client.every(users_document(selected, given), given))
    except PermissionDeniedError:
        nodes = _colleagues(server, selected)
    yield None, _by_age(nodes) if query.state != "retired" else []


def _colleagues(server: Server, selected: str) -> list[Node]:
    """Whom somebody sees who may not list all users: those of his projects, and himself."""
    names, me = server.project_names(None), {"ownAttrib": [], **server.me()}
    found = server.client.every(users_document(selected, ["projects"]), {"projects": names}) if names else []
    return [*(node for node in found if node["name"] != me["name"]), me]


def _anatomy(server: Server, query: Query) -> Sources:
    server.relist()  # so that what was changed elsewhere is asked anew
    key = ANATOMY_KEYS[query.type]

    def nodes_of(name: str) -> list[Node]:
        return [{**_DEFAULTS, **item, "order": at} for at, item in enumerate(server.project(name).get(key) or (), 1)]

    return _each(server, query, nodes_of)


_DEFAULTS: Final = {"shortName": None, "color": None, "icon": None, "state": None, "scope": None}


def _groups(server: Server, query: Query) -> Sources:
    return _each(server, query, lambda name: teams(server, name))


def _each(server: Server, query: Query, nodes_of: Callable[[str], list[Node]]) -> Sources:
    """The nodes of every project; one that is deleted meanwhile has none."""
    for name in server.project_names(query.projects, query.archived):
        try:
            yield name, nodes_of(name) if query.state != "retired" else []
        except NotFoundError:
            if query.projects is not None or server.is_there(name):
                raise


def teams(server: Server, project: str) -> list[Node]:
    """The teams of a project as nodes, with the names of their members."""
    found = server.client.get("projects", project, "teams", query={"show_members": True})
    return [{"name": team["name"], "members": [m["name"] for m in team.get("members") or ()]} for team in found]


_SOURCES: Final[dict[str, Callable[[Server, Query], Sources]]] = {
    "Project": _projects, "User": _users, "Group": _groups, **dict.fromkeys(ANATOMY_KEYS, _anatomy),
}  # fmt: skip
