"""A project's definitions: AYON's anatomy, the parts of a project that show it, and back. Pure.

The anatomy as AYON's clients read and write it is the form that is kept; everything else is made of it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

Anatomy = dict[str, Any]
Item = Mapping[str, Any]

TYPED: Final = {"folder_types": "folderTypes", "task_types": "taskTypes", "statuses": "statuses", "tags": "tags"}
"""The lists of an anatomy and the same as a project's keys."""

_GROUPS: Final = ("work", "publish", "hero", "delivery", "staging", "others")
_COMMON: Final = ("version_padding", "version", "frame_padding", "frame")
_KEYS: Final = {
    "folder_types": ("shortName", "color", "icon"), "task_types": ("shortName", "color", "icon"),
    "statuses": ("shortName", "state", "icon", "color", "scope"), "tags": ("color",),
}  # fmt: skip
_SHOWN: Final = {
    "folder_types": {"shortName": "", "color": "#cccccc", "icon": "folder"},
    "task_types": {"shortName": "", "color": "#cccccc", "icon": "task_alt"},
    "statuses": {"shortName": "", "state": "in_progress", "icon": "play_arrow", "color": "#cacaca"},
    "tags": {"color": "#cacaca"},
}  # fmt: skip
_STATES: Final = ("not_started", "in_progress", "done", "blocked")


@lru_cache(maxsize=1)
def _primary() -> str:
    return Path(__file__).with_name("defaults").joinpath("anatomy.json").read_text(encoding="utf-8")


def primary() -> Anatomy:
    """AYON's own anatomy of a new project; a fresh copy."""
    found: Anatomy = json.loads(_primary())
    return found


def completed(given: Mapping[str, Any]) -> Anatomy:
    """An anatomy as a client sent it, with AYON's own for what it leaves out, and each item with its keys."""
    made = {**primary(), **{key: value for key, value in copy.deepcopy(dict(given)).items() if value is not None}}
    made["attributes"] = {**dict.fromkeys(primary()["attributes"]), **(made["attributes"] or {})}
    for name in TYPED:
        made[name] = [_item(name, item) for item in made[name]]
    return made


def _item(name: str, item: Item) -> dict[str, Any]:
    kept = {key: item[key] for key in _KEYS[name] if item.get(key) is not None}
    return {"name": item["name"], "original_name": item["name"], **_SHOWN[name], **kept}


def renamed(given: Mapping[str, Any], name: str) -> dict[str, str]:
    """Old name → new name of the items of a list that a client renamed."""
    found = ((item.get("original_name"), item.get("name")) for item in given.get(name) or ())
    return {old: new for old, new in found if old and new and old != new}


def shown_items(name: str, items: Iterable[Item]) -> list[dict[str, Any]]:
    """The items of a list as a project shows them."""
    return [{key: item[key] for key in ("name", *_KEYS[name]) if key in item} for item in items]


# ---- link types


def link_types(anatomy: Anatomy) -> list[dict[str, Any]]:
    """The link types as a project shows them."""
    made = []
    for item in anatomy["link_types"]:
        parts = (item["link_type"], item["input_type"], item["output_type"])
        data = item.get("data") or {key: item[key] for key in ("color", "style") if item.get(key) is not None}
        made.append(
            {"name": "|".join(parts), "linkType": parts[0], "inputType": parts[1], "outputType": parts[2], "data": data}
        )
    return made


def link_type_item(name: str, data: Mapping[str, Any]) -> dict[str, Any] | None:
    """The item of a link type by its name ``type|input|output``; None for a name that is none."""
    parts = name.split("|")
    if len(parts) != 3 or not all(parts):
        return None
    made = {"link_type": parts[0], "input_type": parts[1], "output_type": parts[2], "data": dict(data)}
    return {**made, **{key: data[key] for key in ("color", "style") if isinstance(data.get(key), str)}}


def link_type_name(item: Item) -> str:
    """``type|input|output``."""
    return f"{item['link_type']}|{item['input_type']}|{item['output_type']}"


def shown_anatomy(anatomy: Anatomy) -> Anatomy:
    """An anatomy as GET gives it."""
    links = []
    for item in anatomy["link_types"]:
        kept = {key: item[key] for key in ("link_type", "input_type", "output_type")}
        links.append({**kept, "color": item.get("color") or "#cccccc", "style": item.get("style") or "solid"})
    return {**anatomy, "link_types": links}


# ---- config


def config(anatomy: Anatomy) -> dict[str, Any]:
    """The roots and templates as a project shows them."""
    templates = anatomy["templates"]
    made: dict[str, Any] = {"common": {key: templates[key] for key in _COMMON if key in templates}}
    for group in _GROUPS:
        if templates.get(group):
            made[group] = {item["name"]: {k: v for k, v in item.items() if k != "name"} for item in templates[group]}
    roots = {
        item["name"]: {key: item.get(key) or "" for key in ("windows", "linux", "darwin")} for item in anatomy["roots"]
    }
    return {
        "roots": roots, "templates": made, "entityNaming": {}, "productBaseTypes": anatomy.get("product_base_types") or {},
        **(anatomy.get("config") or {}),
    }  # fmt: skip


def with_config(anatomy: Anatomy, given: Mapping[str, Any]) -> Anatomy:
    """The anatomy with the parts of a project's config that a client sent."""
    made = dict(anatomy)
    if isinstance(given.get("roots"), Mapping):
        made["roots"] = [{"name": name, **dict(paths)} for name, paths in given["roots"].items()]
    if isinstance(given.get("templates"), Mapping):
        made["templates"] = _templates(given["templates"])
    if isinstance(given.get("productBaseTypes"), Mapping):
        made["product_base_types"] = dict(given["productBaseTypes"])
    known = ("roots", "templates", "productBaseTypes", "entityNaming")
    others = {key: value for key, value in given.items() if key not in known}
    return {**made, "config": {**(anatomy.get("config") or {}), **others}} if others else made


def _templates(given: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {**{key: primary()["templates"][key] for key in _COMMON}, **(given.get("common") or {})}
    for group in _GROUPS:
        made[group] = [{"name": name, **dict(item)} for name, item in (given.get(group) or {}).items()]
    return made


def with_project(anatomy: Anatomy, given: Mapping[str, Any]) -> Anatomy:
    """The anatomy with the definitions that a project's PATCH holds (``folderTypes``, ``statuses`` …)."""
    made = dict(anatomy)
    for name, key in TYPED.items():
        if given.get(key) is not None:
            made[name] = [_item(name, item) for item in given[key]]
    if given.get("linkTypes") is not None:
        items = [_link_item(item) for item in given["linkTypes"]]
        made["link_types"] = [item for item in items if item is not None]
    return with_config(made, given["config"]) if given.get("config") else made


def _link_item(item: Item) -> dict[str, Any] | None:
    parts = (item.get("linkType") or item.get("link_type"), item.get("inputType") or item.get("input_type"),
             item.get("outputType") or item.get("output_type"))  # fmt: skip
    name = item.get("name") or "|".join(map(str, parts))
    return link_type_item(name, item.get("data") or {})


# ---- of a tracker whose projects no client of ours made


def of_tracker(
    statuses: Sequence[Item], task_types: Sequence[Item], kinds: Iterable[str], tags: Sequence[Item]
) -> Anatomy:
    """The anatomy of a project that was made elsewhere: the tracker's own definitions; AYON's where it has none.

    Args:
        statuses: of the tracker: ``name code color icon category``.
        task_types: ``name code color icon``.
        kinds: of folders.
        tags: ``name color``.
    """
    made = primary()
    made["attributes"] = dict.fromkeys(made["attributes"])
    known = {item["name"]: item for item in made["folder_types"]}
    names = dict.fromkeys(["Folder", *kinds])
    made["folder_types"] = [known.get(name) or _item("folder_types", {"name": name}) for name in names]
    if statuses:
        made["statuses"] = [_item("statuses", _status(item)) for item in statuses]
    if task_types:
        made["task_types"] = [_item("task_types", {**item, "shortName": item.get("code")}) for item in task_types]
    if tags:
        made["tags"] = [_item("tags", item) for item in tags]
    return made


def _status(item: Item) -> dict[str, Any]:
    state = item.get("category")
    return {**item, "shortName": item.get("code"), "state": state if state in _STATES else "in_progress"}


def default_status(statuses: Sequence[Item], native: str) -> str:
    """The status that AYON gives a new entity: the first whose scope has its type, else the first."""
    for item in statuses:
        if "scope" not in item or native in (item["scope"] or ()):
            return str(item["name"])
    return str(statuses[0]["name"]) if statuses else ""
