"""What AYON's clients let people choose from: enumerations, suggestions, and representations by their context."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from starlette.routing import Route

from trackerkit.filters import And, Condition, Filter, field
from trackerkit_ayon.gateway.anatomy import link_types
from trackerkit_ayon.gateway.conditions import regex
from trackerkit_ayon.gateway.faults import Fault, InvalidFault
from trackerkit_ayon.gateway.gate import Ask, Gate, api
from trackerkit_ayon.gateway.homes import Home, find_home
from trackerkit_ayon.gateway.nodes import Nodes
from trackerkit_ayon.gateway.users import user_nodes

_MOST: Final = 100
_SUGGESTED: Final = ("folder", "task", "version")
_ITEMS: Final = {"statuses": "statuses", "folderTypes": "folder_types", "taskTypes": "task_types", "tags": "tags"}


def routes(gate: Gate) -> list[Route]:
    """The routes of what can be chosen."""
    home = "/api/projects/{project_name}"
    return [
        api(gate, "GET", "/api/enum/{enum_name}", get_enum),
        api(gate, "POST", f"{home}/suggest", suggest),
        api(gate, "POST", f"{home}/repreContextFilter", context_filter),
    ]


# ---- enumerations


def get_enum(ask: Ask) -> Any:
    """The items of an enumeration, of a project where it has them.

    Raises:
        Fault: 400, there is none of that name.
    """
    name = ask.path("enum_name")
    found = _ENUMS.get(name)
    if found is None:
        raise Fault(400, f"Unknown enum resolver '{name}'", "bad-request")
    return found(ask)


def _item(value: str, label: str | None, **more: Any) -> dict[str, Any]:
    shown = label or value
    words = {word.lower() for word in re.findall(r"\w+", f"{value} {shown}")}
    kept = {key: item for key, item in more.items() if item is not None}
    return {"value": value, "label": shown, "fulltext": sorted(words), **kept, "disabled": False}


def _users(ask: Ask) -> list[dict[str, Any]]:
    made = []
    for node in user_nodes(ask.site):
        icon = {"type": "url", "url": f"/api/users/{node['name']}/avatar"}
        made.append(_item(node["name"], node["attrib"].get("fullName"), icon=icon))
    return made


def _of_anatomy(key: str) -> Callable[[Ask], list[dict[str, Any]]]:
    def items(ask: Ask) -> list[dict[str, Any]]:
        parts = ("icon", "color", "shortName")
        found = _home(ask).anatomy[key]
        return [_item(item["name"], None, **{part: item.get(part) for part in parts}) for item in found]

    return items


def _home(ask: Ask) -> Home:
    name = ask.query("project_name") or ask.query("projectName")
    if not name:
        raise Fault(400, "project_name is required", "bad-request")
    return find_home(ask.site, name)


def _link_types(ask: Ask) -> list[dict[str, Any]]:
    return [_item(item["name"], item["linkType"]) for item in link_types(_home(ask).anatomy)]


def _attributes(ask: Ask) -> list[dict[str, Any]]:
    return [_item(item["name"], item["data"].get("title")) for item in ask.site.catalog.attributes]


_ENUMS: Final[Mapping[str, Callable[[Ask], list[dict[str, Any]]]]] = {
    "users": _users, "linkTypes": _link_types, "attributes": _attributes,
    **{name: _of_anatomy(key) for name, key in _ITEMS.items()},
}  # fmt: skip


# ---- suggestions


def suggest(ask: Ask) -> Any:
    """Whom and what a comment on an entity may mention: users, teams, and what lies near."""
    body, home = ask.model("suggest"), ask.home
    native = body["entityType"]
    if native not in _SUGGESTED:
        shown = ", ".join(f"'{item}'" for item in _SUGGESTED)
        raise InvalidFault([{
            "loc": ["body", "entityType"], "msg": f"unexpected value; permitted: {shown}", "type": "value_error.const",
            "ctx": {"given": native, "permitted": list(_SUGGESTED)},
        }])  # fmt: skip
    folder = _folder_of(home, native, body["entityId"])
    return {
        "users": [_person(node) for node in user_nodes(ask.site) if node["active"]], "teams": _teams(ask),
        "tasks": _near(home, "Task", field("parent") == folder, _task), "versions": _versions(home, folder),
    }  # fmt: skip


def _folder_of(home: Home, native: str, id: str) -> Any:
    """The folder in whose neighbourhood an entity lies.

    Raises:
        Fault: 404.
    """
    base, path = {"folder": ("Folder", ""), "task": ("Task", "parent"), "version": ("Version", "product.parent")}[
        native
    ]
    found = home.site.tracker.find_one(
        base, Condition("uid", "is", id), fields=[path] if path else ["id"], project=home.ref, archived=True
    )
    if found is None:
        raise Fault(404, f"Entity {id} not found", "not-found")
    return found[path] if path else found.ref


def _person(node: Mapping[str, Any]) -> dict[str, Any]:
    name = node["attrib"].get("fullName")
    return {"relevance": 0.0, "name": node["name"], **({"fullName": name} if name else {})}


def _teams(ask: Ask) -> list[dict[str, Any]]:
    if "Group" not in ask.site.schema:
        return []
    return [{"relevance": 0.0, "name": item["name"]} for item in ask.site.tracker.find("Group", fields=["name"])]


def _near(home: Home, base: str, condition: Filter, show: Callable[[Mapping[str, Any]], Any]) -> list[Any]:
    keys = {"id", "name", "label", "taskType", "folderId", "createdAt", "version", "productId"}
    return [show(node) for node in Nodes(home).find(base, condition, keys=keys, limit=_MOST, state="active")]


def _task(node: Mapping[str, Any]) -> dict[str, Any]:
    shown = {"createdAt": node.get("createdAt"), "relevance": 0.0}
    return {**shown, "id": node["id"], "taskType": node["taskType"], "name": node["name"], "label": node.get("label")}


def _version(node: Mapping[str, Any]) -> dict[str, Any]:
    shown = {"createdAt": node.get("createdAt"), "relevance": 0.0}
    return {**shown, "id": node["id"], "version": node["version"], "name": node["name"]}


def _versions(home: Home, folder: Any) -> list[Any]:
    return _near(home, "Version", field("product.parent") == folder, _version)


# ---- representations


def context_filter(ask: Ask) -> Any:
    """The ids of the representations whose context fits, a hundred at most.

    Raises:
        Fault: 400, an expression that is none.
    """
    body = ask.model("context_filter")
    conditions: list[Filter] = []
    if body.get("names"):
        conditions.append(Condition("name", "in", tuple(body["names"])))
    if body.get("versionIds"):
        conditions.append(Condition("version", "in", tuple(ask.site.refs("Version", body["versionIds"]))))
    tests = [_test(item) for item in body.get("context") or ()]
    made = []
    for node in Nodes(ask.home).find("File", *_joined(conditions), keys={"id", "data"}):
        context = (node.get("data") or {}).get("context")
        if all(test(context) for test in tests):
            made.append(node["id"])
        if len(made) == _MOST:
            break
    return {"ids": made}


def _joined(conditions: Sequence[Filter]) -> list[Filter]:
    return [And(list(conditions))] if conditions else []


def _test(item: Mapping[str, Any]) -> Callable[[Any], bool]:
    key, values = item.get("key"), item.get("values")
    if not isinstance(key, str) or not isinstance(values, list) or not all(isinstance(one, str) for one in values):
        raise Fault(400, "A context filter has a key and a list of expressions", "bad-request")
    patterns = [regex(one) for one in values]
    path = key.split(".")

    def test(context: Any) -> bool:
        found = context
        for part in path:
            found = found.get(part) if isinstance(found, Mapping) else None
        return found is not None and any(pattern.search(str(found)) for pattern in patterns)

    return test
