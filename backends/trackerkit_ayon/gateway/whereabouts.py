"""Where records lie that events are about: AYON's events name a record's parent and path, and say in words what happened."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from trackerkit.events import Event
from trackerkit.filters import Condition
from trackerkit_ayon.gateway.feed import Feed, Wanted
from trackerkit_ayon.gateway.homes import Home
from trackerkit_ayon.gateway.nodes import Nodes
from trackerkit_ayon.mapping.names import base_of, native_of
from trackerkit_ayon.mapping.rows import Node

_ABOVE: Final[Mapping[str, str]] = {
    "Folder": "parentId", "Task": "folderId", "Product": "folderId", "Version": "productId", "File": "versionId",
    "Workfile": "taskId",
}  # fmt: skip
_REMARKS: Final = frozenset({"Note", "Reply", "Reviewable"})
_KNOWN: Final = frozenset({*_ABOVE, *_REMARKS, "Link"})
_COLUMNS: Final = {"type": {"folder": "folder_type", "task": "task_type"}, "parent": "parent_id", "folder": "folder_id",
                   "task": "task_id", "product": "product_id", "version": "version_id", "thumbnail": "thumbnail_id"}  # fmt: skip
_UNSAID: Final = frozenset({"attrib", "data", "files"})
"""What changed, of which the summary does not tell the new value."""

_LONGEST_VALUE: Final = 30


def whereabouts(events: Sequence[tuple[Event, Home | None]]) -> dict[tuple[str, str], Node]:
    """By type and tracker's id: the records that events are about, as far as there still are any."""
    groups: dict[tuple[str, str], tuple[Home, dict[str, None]]] = {}
    for event, home in events:
        if event.entity is not None and home is not None and (base := base_of(event.entity.type)) in _KNOWN:
            groups.setdefault((home.name, base), (home, {}))[1][event.entity.id] = None
    made = {}
    for (_, base), (home, ids) in groups.items():
        made.update({(base, id): node for id, node in _found(home, base, tuple(ids)).items()})
    return made


def _found(home: Home, base: str, ids: Sequence[str]) -> dict[str, Node]:
    condition = Condition("id", "in", ids)
    if base == "Link":
        return _links(home, condition)
    if base in _REMARKS:
        nodes = Feed(home).find(Wanted((base,), more=[condition]))
        numbers = home.site.tracker.find(base, condition, fields=["uid"], project=home.ref, archived=True)
        by_hex = {item["uid"]: item.ref.id for item in numbers}
        return {by_hex[node["activityId"]]: node for node in nodes if node["activityId"] in by_hex}
    found = Nodes(home).find(base, condition, keys=("id", "path", _ABOVE[base]))
    return {node["ref"].id: node for node in found}


def _links(home: Home, condition: Condition) -> dict[str, Node]:
    fields = ["kind", "source", "target"]
    find, every = home.site.tracker.find, home.site.every_link  # a link stays when one of its ends retires
    found = find("Link", condition, fields=fields, project=home.ref, archived=True, retired_links=every)
    kept = [item for item in found if item["source"] and item["target"]]
    ids = home.site.hexes(ref for item in kept for ref in (item["source"], item["target"]))
    return {
        item.ref.id: {
            "linkType": item["kind"],
            "inputId": ids[item["source"]], "inputType": native_of(item["source"].type).name,
            "outputId": ids[item["target"]], "outputType": native_of(item["target"].type).name,
        }
        for item in kept
    }  # fmt: skip


def completed(told: Mapping[str, Any], event: Event, known: Mapping[tuple[str, str], Node]) -> dict[str, Any]:
    """An event with the parent and path of its record, the new value, and what happened in words."""
    base = base_of(event.entity.type) if event.entity is not None else ""
    if base in _REMARKS or base == "Link":
        return _completed_beside(told, base, known.get((base, event.entity.id if event.entity else "")))
    native, _, end = str(told["topic"]).removeprefix("entity.").partition(".")
    if base not in _ABOVE or event.entity is None or native != native_of(base).name:
        return dict(told)
    node = known.get((base, event.entity.id))
    summary = dict(told["summary"])
    if node is not None:
        summary["parentId"] = node.get(_ABOVE[base])
        summary["entityPath"] = node.get("path") or summary["entityPath"]
    what = end.removesuffix("_changed")
    if (end.endswith("_changed") or end == "renamed") and what not in _UNSAID:
        summary["value"] = told["payload"].get("newValue")
    return {**told, "summary": summary, "description": _words(native, what, end, summary, told["payload"])}


def _completed_beside(told: Mapping[str, Any], base: str, node: Node | None) -> dict[str, Any]:
    """An event of a comment or a link, with what it hangs on."""
    summary, end = dict(told["summary"]), str(told["topic"]).rpartition(".")[2]
    words = f"{end.capitalize()} {summary.get('activity_type', 'link')}" + (" activity" if base != "Link" else "")
    if node is None:
        return {**told, "description": words}
    if base == "Link":
        summary = {"id": summary["id"], **node}
        ends = f"{node['inputType']} {node['inputId']} and {node['outputType']} {node['outputId']}"
        words = f"{end.capitalize()} {node['linkType']} link between {ends}."
    elif node.get("entityId"):
        origin = {"entity_id": node["entityId"], "entity_type": node["entityType"], "reference_type": "origin"}
        summary["references"] = [origin]
    return {**told, "summary": summary, "description": words}


def _words(native: str, what: str, end: str, summary: Mapping[str, Any], payload: Mapping[str, Any]) -> str:
    path, value = summary.get("entityPath") or summary["entityId"], payload.get("newValue")
    if end == "created":
        return f"{native.capitalize()} {str(path).rpartition('/')[2]} created"
    if end == "deleted":
        return f"{native.capitalize()} {path} deleted"
    if end == "renamed":
        return f"Renamed {native} {path} to {value}"
    if what == "active":
        return f"{native.capitalize()} {path} {'activated' if value else 'deactivated'}"
    if what == "attrib":
        return f"Changed {native} {path} attributes: {', '.join(value or {})}"
    column = _COLUMNS.get(what, what)
    column = column.get(native, what) if isinstance(column, dict) else column
    shown = str(value)
    return f"Changed {native} {path} {column}" + (f" to {shown}" if len(shown) < _LONGEST_VALUE else "")
