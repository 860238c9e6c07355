"""How many records there are of each status, type, tag, person or attribute's value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from starlette.routing import Route

from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.gate import Ask, Gate, api
from trackerkit_ayon.gateway.homes import Home
from trackerkit_ayon.gateway.nodes import Nodes
from trackerkit_ayon.gateway.users import user_nodes
from trackerkit_ayon.mapping.names import NEUTRAL
from trackerkit_ayon.mapping.rows import Node

Group = dict[str, Any]

_ENTITIES: Final = ("folder", "task", "product", "version", "representation", "workfile")
_ATTRIBUTE: Final = "attrib."
_PRODUCT: Final = {"color": "#cccccc", "icon": "deployed_code"}


def routes(gate: Gate) -> list[Route]:
    """The route of groups."""
    path = "/api/projects/{project_name}/grouping/{entity_type}/{grouping_key}"
    return [api(gate, "GET", path, get_groups)]


def get_groups(ask: Ask) -> Any:
    """How many records there are of each value of a key; of none only when asked for.

    Raises:
        Fault: 400, there is no such key, or not of these entities.
    """
    native, key = ask.path("entity_type").removesuffix("s"), ask.path("grouping_key")
    if native not in _ENTITIES:
        raise Fault(400, f"Invalid entity type: {native}", "bad-request")
    find = _attribute if key.startswith(_ATTRIBUTE) else _KEYS.get(key)
    if find is None:
        raise Fault(400, f"Invalid grouping key: {key}", "bad-request")
    groups = find(ask.home, native, key)
    shown = [group for group in groups if group["count"] or ask.flag("empty")]
    made = [{name: value for name, value in group.items() if value is not None} for group in shown]
    return {"groups": made, "key": key, "entityType": native}


def _counted(home: Home, native: str, key: str, values: Callable[[Node], Iterable[Any]]) -> Counter[Any]:
    found = Nodes(home).find(NEUTRAL[native], keys=("id", key))
    return Counter(value for node in found for value in values(node))


def _named(home: Home, native: str, key: str, items: Iterable[Mapping[str, Any]], *, many: bool = False) -> list[Group]:
    counts = _counted(home, native, key, lambda node: (node.get(key) or ()) if many else (node.get(key),))
    return [
        {"value": item["name"], "label": item["name"], "icon": item.get("icon"), "color": item.get("color"),
         "count": counts[item["name"]]}
        for item in items
    ]  # fmt: skip


def _of(wanted: str, native: str, key: str) -> None:
    if native != wanted:
        raise Fault(400, f"Grouping by {key} is only supported for {wanted}s.", "bad-request")


def _status(home: Home, native: str, key: str) -> list[Group]:
    return _named(home, native, key, home.anatomy["statuses"])


def _task_type(home: Home, native: str, key: str) -> list[Group]:
    _of("task", native, key)
    return _named(home, native, key, home.anatomy["task_types"])


def _folder_type(home: Home, native: str, key: str) -> list[Group]:
    _of("folder", native, key)
    return _named(home, native, key, home.anatomy["folder_types"])


def _product_type(home: Home, native: str, key: str) -> list[Group]:
    _of("product", native, key)
    given = home.anatomy.get("product_base_types") or {}
    known = {item["name"]: item for item in given.get("definitions") or ()}
    default = {**_PRODUCT, **{name: value for name, value in (given.get("default") or {}).items() if value}}
    counts = _counted(home, native, key, lambda node: (node.get(key),))
    names = sorted(str(name) for name in counts if name)
    return [
        {"value": name, "label": name, "icon": known.get(name, {}).get("icon") or default["icon"],
         "color": known.get(name, {}).get("color") or default["color"], "count": counts[name]}
        for name in names
    ]  # fmt: skip


def _assignees(home: Home, native: str, key: str) -> list[Group]:
    _of("task", native, key)
    counts = _counted(home, native, key, lambda node: node.get("assignees") or ())
    people = {node["name"]: node["attrib"].get("fullName") for node in user_nodes(home.site)}
    return [{"value": name, "label": label, "count": counts[name]} for name, label in people.items()]


def _tags(home: Home, native: str, key: str) -> list[Group]:
    return _named(home, native, key, home.anatomy["tags"], many=True)


def _attribute(home: Home, native: str, key: str) -> list[Group]:
    name = key.removeprefix(_ATTRIBUTE)
    data = home.site.catalog.scope(native).get(name)
    if data is None or str(data.get("type", "")).startswith(("list_of", "dict")):
        raise Fault(400, f"Invalid {native} attribute {name}", "bad-request")
    counts = _counted(home, native, "attrib", lambda node: (node["attrib"].get(name),))
    counts.pop(None, None)
    listed = {item["value"]: item for item in data.get("enum") or () if isinstance(item, Mapping) and "value" in item}
    values = [*sorted(counts, key=str), *(value for value in listed if value not in counts)]
    parts = ("label", "icon", "color")
    return [
        {"value": value, **{part: listed.get(value, {}).get(part) for part in parts}, "count": counts[value]}
        for value in values
    ]


_KEYS: Final[dict[str, Callable[[Home, str, str], list[Group]]]] = {
    "status": _status, "taskType": _task_type, "folderType": _folder_type, "productType": _product_type,
    "productBaseType": _product_type, "assignees": _assignees, "tags": _tags,
}  # fmt: skip
