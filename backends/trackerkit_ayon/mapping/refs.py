"""Links as AYON's nodes show them: ids beside small nodes of what they lead to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from trackerkit.values import Ref
from trackerkit_ayon.mapping.codecs import Context
from trackerkit_ayon.mapping.names import NEUTRAL, base_of, kind_of, native_of

Node = Mapping[str, Any]
Look = Callable[[Context, Node], Any]


def ref_to(context: Context, type_name: str, node: Node | None) -> Ref | None:
    """The Ref of a node; None without one, and for a retired one, unless links lead to those too."""
    if node is None or context.hides(node):
        return None
    return ref_of(context, type_name, node)


def ref_of(context: Context, type_name: str, node: Node) -> Ref:
    """The Ref of a node, retired or not; a folder's has its kind as type."""
    base = base_of(type_name)
    folder_type = node.get("folderType") if base == "Folder" else None
    made = kind_of(folder_type) if folder_type else type_name
    return context.ref(made, node[ID_KEYS.get(base, "id")], label_of(node), native_of(base).name)


ID_KEYS: Final = {
    "Note": "activityId", "Reply": "activityId", "Reviewable": "activityId", "Project": "name", "User": "name",
    "Group": "name", "Status": "name", "TaskType": "name", "Tag": "name",
}  # fmt: skip
"""The key of a node that holds the record's id, where it is not ``id``: names are the ids of what AYON has by name."""


def label_of(node: Node) -> str | None:
    """What people call a record: its label, else its name."""
    found = node.get("label") or node.get("name")
    return str(found) if found else None


def mixed_ref(context: Context, native: str, id: str, node: Node | None = None) -> Ref:
    """The Ref of a record of any type, by AYON's own name of the type."""
    neutral = NEUTRAL.get(native, "Folder")
    if node is not None and "name" in node:
        return ref_of(context, neutral, {"id": id, **node})
    return context.ref(neutral, id, None, native)


def parent_folder(context: Context, node: Node) -> Ref | None:
    """A folder's parent: a folder, or the project for one at the top."""
    if node.get("parentId") is None:
        return context.home()
    return _nested(context, "Folder", node, "parentId", "parent")


def _nested(context: Context, type_name: str, node: Node, key: str, name: str) -> Ref | None:
    """The record that an id leads to: by its own small node where that was selected."""
    id = node.get(key)
    if id is None:
        return None
    if name in node:
        return ref_to(context, type_name, node[name])
    return context.ref(type_name, id)


def _by(type_name: str, key: str, name: str) -> Look:
    return lambda context, node: _nested(context, type_name, node, key, name)


def _deep(type_name: str, *names: str) -> Look:
    def look(context: Context, node: Node) -> Ref | None:
        found: Any = node
        for name in names:
            found = found.get(name) if found else None
            if found is not None and context.hides(found):
                return None
        return ref_to(context, type_name, found)

    return look


LINKS: Final[dict[tuple[str, str], Look]] = {
    ("Folder", "parent"): parent_folder,
    ("Task", "parent"): _by("Folder", "folderId", "folder"),
    ("Product", "parent"): _by("Folder", "folderId", "folder"),
    ("Version", "product"): _by("Product", "productId", "product"),
    ("Version", "task"): _by("Task", "taskId", "task"),
    ("Version", "parent"): _deep("Folder", "product", "folder"),
    ("File", "version"): _by("Version", "versionId", "version"),
    ("File", "parent"): _deep("Folder", "version", "product", "folder"),
    ("File", "task"): _deep("Task", "version", "task"),
    ("Workfile", "task"): _by("Task", "taskId", "task"),
    ("Link", "source"): lambda context, node: link_end(context, node, "input"),
    ("Link", "target"): lambda context, node: link_end(context, node, "output"),
}
"""How a link field of a type is read from a node."""


def link_end(context: Context, node: Node, side: str) -> Ref | None:
    """One end of a link: ``input`` or ``output``."""
    native, id = node[f"{side}Type"], node[f"{side}Id"]
    end = node.get(f"{side}Node", {})
    if end is None or context.hides(end):
        return None
    return mixed_ref(context, native, id, end or None)
