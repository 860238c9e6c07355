"""AYON's REST forms of entities: which keys each has, and in which order. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

_HEAD: Final[Mapping[str, tuple[str, ...]]] = {
    "folder": ("id", "name", "label", "folderType", "parentId", "thumbnailId", "path", "hasVersions"),
    "task": ("id", "name", "label", "taskType", "thumbnailId", "assignees", "folderId", "path"),
    "product": ("id", "name", "folderId", "productType", "productBaseType", "path"),
    "version": ("id", "version", "productId", "taskId", "thumbnailId", "author", "path"),
    "representation": ("id", "name", "versionId", "files", "traits", "path"),
    "workfile": ("id", "path", "taskId", "thumbnailId"),
}  # fmt: skip
_NOT_SHOWN: Final = {"task": ("createdBy", "updatedBy")}
_TAIL: Final = (
    "attrib",
    "data",
    "active",
    "ownAttrib",
    "status",
    "tags",
    "createdBy",
    "updatedBy",
    "createdAt",
    "updatedAt",
)


def entity(native: str, node: Mapping[str, Any]) -> dict[str, Any]:
    """An entity as GET gives it: what is null is left out."""
    made = {}
    for key in (*_HEAD[native], *_TAIL):
        value = node.get(key) if key not in _NOT_SHOWN.get(native, ()) else None
        if key == "attrib":
            value = filled(value)
        elif key == "ownAttrib":
            value = sorted(value or ())
        if value is not None:
            made[key] = value
    return made


def filled(attrib: Mapping[str, Any] | None) -> dict[str, Any]:
    """Attributes that have a value."""
    return {key: value for key, value in (attrib or {}).items() if value is not None}


def flat_folder(node: Mapping[str, Any], with_attributes: bool) -> dict[str, Any]:
    """A folder of the flat list: its path has no slash in front, and inactive ones are not told apart."""
    path = str(node.get("path") or "").strip("/")
    made = {
        "createdAt": node.get("createdAt"), "folderType": node["folderType"], "hasChildren": node["hasChildren"],
        "hasReviewables": node["hasReviewables"], "hasTasks": bool(node["taskNames"]), "hasVersions": node["hasVersions"],
        "id": node["id"], "label": node.get("label"), "name": node["name"], "parentId": node.get("parentId"),
        "parents": path.split("/")[:-1], "path": path, "status": node["status"], "tags": node.get("tags") or [],
        "taskNames": node["taskNames"], "thumbnailHash": node["thumbnailHash"], "updatedAt": node.get("updatedAt"),
    }  # fmt: skip
    if with_attributes:
        made.update(attrib=dict(sorted(filled(node["attrib"]).items())), ownAttrib=sorted(node["ownAttrib"]))
    return made


def tree(folders: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The flat list as a tree, each level by name."""
    made = {item["id"]: _branch(item) for item in folders}
    roots: list[dict[str, Any]] = []
    for item in folders:
        above = made.get(item["parentId"])
        (roots if above is None else above["children"]).append(made[item["id"]])
    for item in made.values():
        item["children"].sort(key=lambda child: child["name"])
    return sorted(roots, key=lambda child: str(child["name"]))


def _branch(item: Mapping[str, Any]) -> dict[str, Any]:
    names = ("id", "name", "status", "folderType", "hasTasks", "taskNames", "parents", "parentId")
    return {**{name: item[name] for name in names}, "label": item["label"] or item["name"], "children": []}
