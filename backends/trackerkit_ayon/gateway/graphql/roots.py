"""The fields at the top of a query: projects, users, events, the caller; and the fields of a project."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from trackerkit.jsontext import encoded
from trackerkit_ayon.gateway.anatomy import config, link_types, shown_items
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.graphql.boards import kanban_connection
from trackerkit_ayon.gateway.graphql.connections import Connections, page_info
from trackerkit_ayon.gateway.graphql.inbox import inbox_connection
from trackerkit_ayon.gateway.graphql.lazy import lazy_fields, project_fields
from trackerkit_ayon.gateway.graphql.people import user_node
from trackerkit_ayon.gateway.graphql.selection import Info
from trackerkit_ayon.gateway.graphql.tellings import events_connection
from trackerkit_ayon.gateway.homes import Home, every_home, find_home
from trackerkit_ayon.gateway.pages import PAGE, decode, encode
from trackerkit_ayon.gateway.projects import code_of, used_tags
from trackerkit_ayon.gateway.rights import check_studio, rights_of
from trackerkit_ayon.gateway.site import Site
from trackerkit_ayon.gateway.users import me, user_nodes
from trackerkit_ayon.mapping.names import TYPES
from trackerkit_ayon.mapping.rows import Node

_CONNECTIONS: Final = {
    "folders": "Folder", "tasks": "Task", "products": "Product", "versions": "Version", "representations": "File",
    "workfiles": "Workfile",
}  # fmt: skip


def root(site: Site) -> dict[str, Any]:
    """What a query begins with."""
    return {
        "project": partial(_project, site), "projects": partial(_projects, site), "users": partial(_users, site),
        "user": partial(_user, site), "me": lambda info: _user_node(site, me(site)),
        "events": partial(events_connection, site), "inbox": partial(inbox_connection, site),
        "productTypes": lambda info: _product_types(every_home(site), info),
        "kanban": partial(kanban_connection, site),
    }  # fmt: skip


# ---- projects


def _project(site: Site, info: Info, name: str | None = None, code: str | None = None) -> Any:
    try:
        if name:
            return project_node(find_home(site, name))
        found = [home for home in every_home(site) if code and code_of(home).lower() == code.lower()]
    except Fault as fault:
        if fault.status != 404:
            raise
        found = []
    if not found:
        raise Fault(404, "Project not found", "not-found")
    return project_node(found[0])


def _projects(site: Site, info: Info, **args: Any) -> Any:
    homes = every_home(site)
    if args.get("name"):
        homes = [home for home in homes if home.name.lower() == args["name"].lower()]
    if args.get("code"):
        homes = [home for home in homes if code_of(home).lower() == args["code"].lower()]
    homes.sort(key=lambda home: home.name)
    return cut(homes, [home.name for home in homes], args, project_node)


def cut(
    rows: Sequence[Any], keys: Sequence[str], args: Mapping[str, Any], show: Callable[[Any], Any]
) -> dict[str, Any]:
    """A page of rows that are all at hand, sorted by their keys."""
    is_backwards = args.get("first") is None and args.get("last") is not None
    count = args.get("first") if args.get("first") is not None else args.get("last") if is_backwards else PAGE
    pairs = list(zip(keys, rows))  # noqa: B905 - same length
    if is_backwards:
        pairs.reverse()
    said = decode(args.get("before") or args.get("after"))
    if said:
        pairs = [pair for pair in pairs if (pair[0] < str(said[0]) if is_backwards else pair[0] > str(said[0]))]
    kept = pairs[: max(0, count or 0)]
    cursors = [encode([key]) for key, _ in kept]
    edges = [{"node": show(row), "cursor": cursor} for (_, row), cursor in zip(kept, cursors)]  # noqa: B905 - same length
    return {"edges": edges, "pageInfo": page_info(cursors, len(kept) >= (count or 0), is_backwards)}


def project_node(home: Home) -> dict[str, Any]:
    """A project with everything that GraphQL reaches from it."""
    node = home.node()
    connections = Connections(home, lazy_fields)
    made: dict[str, Any] = {
        "name": home.name, "projectName": home.name, "label": node.get("label"), "code": code_of(home),
        "color": home.document.get("color"), "projectFolder": home.document.get("projectFolder"), "active": home.is_active,
        "library": bool(home.document.get("library")), "skeleton": bool(home.document.get("skeleton")),
        "thumbnail": node.get("thumbnail"), "bundle": {"production": None, "staging": None},
        "createdAt": node.get("createdAt"), "updatedAt": node.get("updatedAt"), "attrib": node["attrib"],
        "allAttrib": lambda info: _text({key: value for key, value in node["attrib"].items() if value is not None}),
        "data": lambda info: _text(home.document["data"]) if home.document.get("data") else None,
        "config": lambda info: _text(config(home.anatomy)), "usedTags": lambda info: used_tags(home),
        "productTypes": partial(_product_types, [home]), "productBaseTypes": partial(_product_base_types, home),
        "linkTypes": partial(_link_types, home),
        **{key: partial(_items, home, name) for key, name in _LISTS.items()},
    }  # fmt: skip
    for key, base in _CONNECTIONS.items():
        made[key] = partial(_connect, connections, base)
        made[TYPES[base].name] = partial(_one, connections, base)
    return {**made, **project_fields(connections)}


_LISTS: Final = {"folderTypes": "folder_types", "taskTypes": "task_types", "statuses": "statuses", "tags": "tags"}


def _text(value: Mapping[str, Any]) -> str:
    return encoded(dict(sorted(value.items()))).decode()


def _connect(connections: Connections, base: str, info: Info, **args: Any) -> Any:
    return connections.connect(info, base, args)


def _one(connections: Connections, base: str, info: Info, id: str) -> Any:
    return connections.one(info, base, id)


def _items(home: Home, name: str, info: Info, **args: Any) -> Any:
    return shown_items(name, home.anatomy[name])


def _link_types(home: Home, info: Info, **args: Any) -> Any:
    return [
        {**item, "color": item["data"].get("color"), "style": item["data"].get("style") or "solid"}
        for item in sorted(link_types(home.anatomy), key=lambda item: str(item["name"]))
    ]


def _product_types(homes: Sequence[Home], info: Info) -> Any:
    """The types that products have, by name; they have neither icon nor colour of their own."""
    names: set[str] = set()
    for home in homes:
        found = home.site.tracker.find("Product", fields=["type"], project=home.ref, state="all", archived=True)
        names |= {item["type"] for item in found if item["type"]}
    return [{"name": name, "icon": None, "color": None} for name in sorted(names)]


def _product_base_types(home: Home, info: Info) -> Any:
    found = home.site.tracker.find("Product", fields=["base_type"], project=home.ref, state="all", archived=True)
    names = sorted({item["base_type"] for item in found if item["base_type"]})
    given = home.anatomy.get("product_base_types") or {}
    known = {item["name"]: item for item in given.get("definitions") or ()}
    default = {"color": "#cccccc", "icon": "deployed_code", **(given.get("default") or {})}
    return [{**default, **known.get(name, {}), "name": name} for name in names]


# ---- users


def _users(site: Site, info: Info, **args: Any) -> Any:
    names, projects = args.get("names"), args.get("projects")
    if args.get("projectName"):
        projects = [*(projects or ()), args["projectName"]]
    if projects is None:
        check_studio(site.state, site.users_space, site.rights, "list_all_users")
    if args.get("name"):
        names = [args["name"]]
    nodes = user_nodes(site, names=names)
    if projects:
        nodes = [node for node in nodes if _is_in(site, node["name"], projects)]
    if args.get("emails") is not None:
        nodes = [node for node in nodes if node["attrib"].get("email") in args["emails"]]
    return cut(nodes, [node["name"] for node in nodes], args, partial(_user_node, site))


def _is_in(site: Site, name: str, projects: Sequence[str]) -> bool:
    """Whether a user has access to one of some projects."""
    rights = rights_of(site.state, site.users_space, name, is_script=False)
    return rights.is_manager or any(project in rights.groups for project in projects)


def _user(site: Site, info: Info, name: str) -> Any:
    found = user_nodes(site, names=[name])
    if not found and name == site.login:
        found = [me(site)]
    if not found:
        raise Fault(404, "User not found", "not-found")
    return _user_node(site, found[0])


def _user_node(site: Site, node: Node) -> dict[str, Any]:
    return {**user_node(node), "tasks": partial(_user_tasks, site, node["name"])}


def _user_tasks(site: Site, name: str, info: Info, projectName: str) -> Any:
    home = find_home(site, projectName)
    return Connections(home, lazy_fields).connect(info, "Task", {"assignees": [name]})
