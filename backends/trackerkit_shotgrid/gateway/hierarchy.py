"""``nav_expand`` and ``nav_search``: the tree of a site, from its projects down to records.

The site's own answers are not documented; these have the parts that clients of them read: a label, a path, what stands
there (``ref``), and the children.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from trackerkit.filters import And, Condition, Filter
from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.faults import Fault, shown
from trackerkit_shotgrid.gateway.fields import display_of
from trackerkit_shotgrid.gateway.read import condition_of
from trackerkit_shotgrid.gateway.records import read_fields
from trackerkit_shotgrid.gateway.wire import Group, Leaf, id_of, text_of

ROOT: Final = "/"
_TYPES: Final[Mapping[str, str]] = {"Asset": "sg_asset_type", "Shot": "sg_sequence"}
"""The types that a project shows, and by what their records are grouped."""

_LABELS: Final[Mapping[str, str]] = {"Asset": "Assets", "Shot": "Shots"}
_NONE: Final = "~"
_MOST: Final = 5_000
_FOUND: Final = 50

Node = dict[str, Any]


def nav_expand(context: Context, given: Mapping[str, Any]) -> Node:
    """The answer to ``nav_expand``: a place in the tree and its children.

    Paths are ``/``, ``/Project/65``, ``/Project/65/Shot`` and ``/Project/65/Shot/sg_sequence/12`` (or ``~`` for none).
    """
    path = text_of("nav_expand", given, "path")
    parts = [part for part in path.split("/") if part]
    node = _place(context, parts)
    return {**node, "parent_path": _path(parts[:-1] if len(parts) != 2 else []) if parts else None}


def _place(context: Context, parts: Sequence[str]) -> Node:
    if not parts:
        return _node("All Projects", ROOT, "root", None, _projects(context))
    if parts[0] != "Project" or len(parts) not in (2, 3, 5) or not parts[1].isdecimal():
        raise Fault(f"API nav_expand() there is no path {shown('/' + '/'.join(parts)[:200])}")
    project = _one(context, "Project", id_of("nav_expand", int(parts[1][:18])))
    if len(parts) == 2:
        types = [_leaf(_LABELS[name], f"{_path(parts)}/{name}", "entity_type", name) for name in _known(context)]
        return _node(project["cached_display_name"], _path(parts), "entity", _entity(project), types)
    kind = parts[2]
    if kind not in _known(context):
        raise Fault(f"API nav_expand() a project shows no {shown(kind)}")
    if len(parts) == 3:
        return _node(_LABELS[kind], _path(parts), "entity_type", kind, _groups(context, parts, project))
    records = [
        _leaf(item["cached_display_name"], f"{_path(parts)}/{kind}/{item['id']}", "entity", _entity(item), False)
        for item in _records(context, kind, _in_group(kind, parts, project))
    ]
    return _node(parts[4], _path(parts), "list", parts[4], records)


def _known(context: Context) -> list[str]:
    return [name for name in _TYPES if name in context.site.types]


def _projects(context: Context) -> list[Node]:
    found = _records(context, "Project", Group("and", ()))
    return [_leaf(item["cached_display_name"], f"/Project/{item['id']}", "entity", _entity(item)) for item in found]


def _groups(context: Context, parts: Sequence[str], project: Node) -> list[Node]:
    """A project's records of a type, by their sequence or their kind."""
    kind, field = parts[2], _TYPES[parts[2]]
    values: dict[str, tuple[str, Any]] = {}
    group = Group("and", (Leaf("project", "is", [_entity(project)]),))
    for item in _records(context, kind, group, field):
        value = item.get(field)
        key = _NONE if value is None else str(value["id"]) if isinstance(value, dict) else str(value)
        values.setdefault(
            key, ("None" if value is None else value["name"] if isinstance(value, dict) else value, value)
        )
    ordered = sorted(values.items(), key=lambda item: (item[0] == _NONE, str(item[1][0]).lower()))
    ref_kind = "entity" if kind == "Shot" else "list"
    return [_leaf(label, f"{_path(parts)}/{field}/{key}", ref_kind, value) for key, (label, value) in ordered]


def _in_group(kind: str, parts: Sequence[str], project: Node) -> Group:
    field, key = parts[3], parts[4]
    if field != _TYPES[kind]:
        raise Fault(f"API nav_expand() {kind} is not grouped by {shown(field)}")
    value: Any = None if key == _NONE else key
    if value is not None and kind == "Shot":
        value = {"type": "Sequence", "id": id_of("nav_expand", int(key[:18]) if key.isdecimal() else key)}
    return Group("and", (Leaf("project", "is", [_entity(project)]), Leaf(field, "is", [value])))


# --- records ---------------------------------------------------------------------------------------------------------


def _records(context: Context, native: str, group: Group, *fields: str) -> list[Node]:
    return list(_read(context, native, condition_of(context, "nav_expand", native, group), fields, _MOST))


def _read(context: Context, native: str, condition: Filter, fields: Sequence[str], limit: int) -> Iterator[Node]:
    neutral, display = context.site.neutral(native), display_of(context.site, native)
    query = context.tracker.query(neutral, condition, fields=["id"], order=[(display, "asc")], limit=limit)
    refs = [page.plan.ref(row) for page in context.tracker.read(query) for row in page.rows]
    return iter(read_fields(context, native, refs, ("cached_display_name", "project", *fields)))


def _one(context: Context, native: str, number: int) -> Node:
    found = _records(context, native, Group("and", (Leaf("id", "is", [number]),)))
    if not found:
        raise Fault(f"API nav_expand() there is no {native} {number}")
    return found[0]


# --- search ----------------------------------------------------------------------------------------------------------


def nav_search(context: Context, given: Mapping[str, Any]) -> list[Node]:
    """The answer to ``nav_search``: where records are that are named like a text, or where one record is."""
    criteria = given.get("search_criteria")
    if not isinstance(criteria, dict):
        raise Fault(f"API nav_search() invalid/missing hash 'search_criteria': {shown(criteria)}")
    home = _root_project(context, given)
    found: list[Node] = []
    for native in _known(context):
        wanted = _wanted(context, native, criteria)
        if wanted is None:
            continue
        condition = condition_of(context, "nav_search", native, Group("and", home))
        items = _read(context, native, And((condition, wanted)), (_TYPES[native],), _FOUND - len(found))
        found.extend(_told(native, item) for item in items)
        if len(found) >= _FOUND:
            break
    return found


def _root_project(context: Context, given: Mapping[str, Any]) -> tuple[Leaf, ...]:
    parts = [part for part in str(given.get("root_path") or ROOT).split("/") if part]
    if not parts:
        return ()
    if len(parts) < 2 or parts[0] != "Project" or not parts[1].isdecimal():
        raise Fault(f"API nav_search() there is no path {shown(given.get('root_path'))}")
    return (Leaf("project", "is", [{"type": "Project", "id": int(parts[1][:18])}]),)


def _wanted(context: Context, native: str, criteria: Mapping[str, Any]) -> Filter | None:
    entity = criteria.get("entity")
    if entity is None:
        text = text_of("nav_search", criteria, "search_string")
        return Condition(display_of(context.site, native), "contains", text)
    if not isinstance(entity, dict) or not isinstance(entity.get("type"), str):
        raise Fault(f"API nav_search() invalid/missing entity hash 'entity': {shown(entity)}")
    number = id_of("nav_search", entity.get("id"))
    if entity["type"] != native:
        return None
    return condition_of(context, "nav_search", native, Group("and", (Leaf("id", "is", [number]),)))


def _told(native: str, item: Node) -> Node:
    field, project = _TYPES[native], item["project"]
    value = item.get(field)
    key = _NONE if value is None else str(value["id"]) if isinstance(value, dict) else str(value)
    path = f"/Project/{project['id']}/{native}"
    steps = [f"/Project/{project['id']}", path, f"{path}/{field}/{key}"]
    group = "None" if value is None else value["name"] if isinstance(value, dict) else value
    label = item["cached_display_name"]
    return {
        "label": label, "incremental_path": [ROOT, *steps, f"{steps[-1]}/{native}/{item['id']}"],
        "path_label": " > ".join((project["name"], _LABELS[native], str(group), str(label))), "project_id": project["id"],
        "ref": {"kind": "entity", "value": _entity(item)},
    }  # fmt: skip


# --- nodes -----------------------------------------------------------------------------------------------------------


def _entity(item: Node) -> Node:
    return {"type": item["type"], "id": item["id"]}


def _path(parts: Sequence[str]) -> str:
    return "/" + "/".join(parts)


def _leaf(label: Any, path: str, kind: str, value: Any, has_children: bool = True) -> Node:
    return {"label": label, "path": path, "ref": {"kind": kind, "value": value}, "has_children": has_children}


def _node(label: Any, path: str, kind: str, value: Any, children: list[Node]) -> Node:
    return {**_leaf(label, path, kind, value, bool(children)), "children": children}
