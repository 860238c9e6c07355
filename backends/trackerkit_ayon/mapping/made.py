"""Fields that AYON has in another shape: how each is made of a node's parts, and its parts of the field."""

from __future__ import annotations

import posixpath
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from trackerkit.values import Image, Ref
from trackerkit_ayon.mapping.codecs import Context
from trackerkit_ayon.mapping.refs import Node, mixed_ref
from trackerkit_ayon.mapping.versions import NAME_KEY, name_of

Look = Callable[[Context, Node], Any]


def _version_of(node: Node) -> Mapping[str, Any]:
    return node.get("version") or {}


def _files(node: Node) -> Sequence[Mapping[str, Any]]:
    return node.get("files") or ()


def file_size(node: Node) -> int | None:
    """The bytes of all files of a representation; None where none is known."""
    sizes = [int(item.get("size") or 0) for item in _files(node)]
    return sum(sizes) if any(sizes) else None


def file_hash(node: Node) -> str | None:
    """The hash of a representation's only file, with its kind: ``md5:…``."""
    files = _files(node)
    found = files[0].get("hash") if len(files) == 1 else None
    return f"{files[0].get('hashType') or 'md5'}:{found}" if found else None


def workfile_name(node: Node) -> str:
    """A workfile's name as it was given, else the last part of its path."""
    kept = (node.get("data") or {}).get(NAME_KEY)
    return str(kept) if kept else posixpath.basename(str(node["path"]).replace("\\", "/"))


def playlist_items(context: Context, node: Node) -> list[Ref]:
    """The records of a list, in its order; retired ones left out, unless links lead to those too."""
    edges = node.get("items") or {}
    rows = edges.get("edges", []) if isinstance(edges, Mapping) else edges
    return [_item(context, node["entityType"], row) for row in rows if _is_seen(context, row)]


def _is_seen(context: Context, row: Mapping[str, Any]) -> bool:
    return "node" not in row or (row["node"] is not None and not context.hides(row["node"]))


def _item(context: Context, native: str, row: Mapping[str, Any]) -> Ref:
    return mixed_ref(context, native, row["entityId"], row.get("node"))


def user_kind(node: Node) -> str:
    """``service`` for a program's user, ``human`` for everyone else."""
    return "service" if node.get("isService") or (node.get("data") or {}).get("isService") else "human"


def _thumbnail(context: Context, node: Node) -> Image | None:
    found = node.get("thumbnail")
    return Image(id=found["id"]) if found else None


MADE: Final[dict[tuple[str, str], Look]] = {
    ("Project", "thumbnail"): _thumbnail,
    ("Version", "name"): lambda _, node: name_of(dict(node)),
    ("Version", "label"): lambda _, node: name_of(dict(node)),
    ("File", "number"): lambda _, node: _version_of(node).get("version"),
    ("File", "paths"): lambda _, node: [item["path"] for item in _files(node)],
    ("File", "size"): lambda _, node: file_size(node),
    ("File", "hash"): lambda _, node: file_hash(node),
    ("Workfile", "name"): lambda _, node: workfile_name(node),
    ("Workfile", "label"): lambda _, node: workfile_name(node),
    ("Playlist", "items"): playlist_items,
    ("User", "kind"): lambda _, node: user_kind(node),
    ("Status", "order"): lambda _, node: node.get("order"),
    ("TaskType", "order"): lambda _, node: node.get("order"),
}
"""How each made field is read from a node."""


def files_of(values: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A representation's files from ``paths`` (or ``path``), ``size`` and ``hash``."""
    paths = values.get("paths") or ([values["path"]] if values.get("path") else [])
    kind, mark, digits = str(values.get("hash") or "").partition(":")
    made = [
        {"id": uuid.uuid5(uuid.NAMESPACE_URL, path).hex, "name": path.rsplit("/", 1)[-1], "path": path}
        for path in paths
    ]
    if made:
        made[0].update({"size": values["size"]} if values.get("size") is not None else {})
        made[0].update({"hash": digits if mark else kind, "hashType": kind if mark else "md5"} if kind else {})
    return made


def values_of_files(files: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """``paths``, ``size`` and ``hash`` from a representation's files."""
    node = {"files": files}
    made = {"paths": [item["path"] for item in files], "size": file_size(node), "hash": file_hash(node)}
    return {name: value for name, value in made.items() if value is not None}
