"""AYON's entity URIs: what one stands for, and the URI of an entity."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from starlette.routing import Route

from trackerkit.filters import Condition, Filter, field
from trackerkit.values import Ref
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.gate import Ask, Gate, api
from trackerkit_ayon.gateway.homes import Home, find_home
from trackerkit_ayon.gateway.models import NAME
from trackerkit_ayon.gateway.nodes import Nodes
from trackerkit_ayon.gateway.site import Site
from trackerkit_ayon.mapping.names import NEUTRAL
from trackerkit_ayon.mapping.rows import Node

_PARTS: Final = ("product", "task", "version", "representation", "workfile")
_MOST: Final = 1000
_LATEST: Final = ("latest", "latestdone")


def routes(gate: Gate) -> list[Route]:
    """The routes of URIs."""
    return [
        api(gate, "POST", "/api/resolve", resolve),
        api(gate, "POST", "/api/projects/{project_name}/uris", get_uris),
    ]


@dataclass(frozen=True)
class Parsed:
    """A URI in its parts; ``*`` stands for any name.

    Args:
        project: its name.
        path: of the folder, without a slash in front; empty for none.
        names: of a product, version, representation, task or workfile.
    """

    project: str
    path: str
    names: Mapping[str, str]


def parse(uri: str) -> Parsed:
    """The parts of a URI.

    Raises:
        Fault: it is none; the text says why.
    """
    found = _split(uri)
    if found.scheme not in ("ayon", "ayon+entity"):
        raise Fault(400, f"Invalid scheme: {found.scheme}")
    if not re.match(NAME, found.netloc):
        raise Fault(400, f"Invalid project name: {found.netloc}")
    path = found.path.strip("/")
    for part in path.split("/") if path else ():
        if not re.match(NAME, part):
            raise Fault(400, f"Invalid path element: {part}")
    names = {key: values[0] for key, values in _query(found.query).items() if key in _PARTS}
    for name in names.values():
        if name != "*" and not re.match(NAME, name):
            raise Fault(400, f"Invalid name: {name}")
    if "task" in names or "workfile" in names:
        for key in ("product", "version", "representation"):
            if key in names:
                raise Fault(400, f"Tasks and workfiles cannot be queried with {key}s")
    return Parsed(found.netloc, path, names)


def _split(uri: str) -> Any:
    try:
        return urlsplit(re.sub(r":SDF_FORMAT_ARGS.*$", "", uri))
    except ValueError:
        raise Fault(400, "Invalid URI") from None


def _query(text: str) -> dict[str, list[str]]:
    try:
        return parse_qs(text, max_num_fields=50)
    except ValueError:
        raise Fault(400, "Invalid URI") from None


# ---- what URIs stand for


def resolve(ask: Ask) -> Any:
    """What some URIs stand for; of each that cannot be read, why."""
    body = ask.model("resolve")
    if len(body["uris"]) > ask.gate.settings.batch:
        raise Fault(400, f"At most {ask.gate.settings.batch} URIs are resolved at once", "bad-request")
    homes: dict[str, Home] = {}
    is_path_only = ask.flag("pathOnly") or ask.flag("path_only")
    return [_resolved(ask.site, uri, homes, is_path_only) for uri in body["uris"]]


def _resolved(site: Site, uri: str, homes: dict[str, Home], is_path_only: bool) -> dict[str, Any]:
    try:
        parsed = parse(uri)
        home = homes.get(parsed.project) or homes.setdefault(parsed.project, find_home(site, parsed.project))
        found = _found(home, parsed) if parsed.path or parsed.names else []
    except Fault as fault:
        return {"uri": uri, "entities": [], "error": fault.detail}
    if is_path_only:
        found = [{"filePath": item["filePath"]} for item in found if item.get("filePath")]
    return {"uri": uri, "entities": found}


_UP: Final[Mapping[str, Mapping[str, str]]] = {
    "representation": {"versionId": "version", "productId": "version.product", "folderId": "version.product.parent"},
    "version": {"productId": "product", "folderId": "product.parent"}, "product": {"folderId": "parent"}, "folder": {},
    "task": {"folderId": "parent"}, "workfile": {"taskId": "task", "folderId": "task.parent"},
}  # fmt: skip
"""Of each type: AYON's keys of what it lies in, and the paths that lead there."""


def _found(home: Home, parsed: Parsed) -> list[dict[str, Any]]:
    """What a URI stands for: its ids and those of what it lies in."""
    names = parsed.names
    target = next(
        (key for key in ("workfile", "task", "representation", "version", "product") if key in names), "folder"
    )
    rows = _rows(home, parsed, target)
    ids = home.site.hexes(value for row in rows for value in row.values() if isinstance(value, Ref))
    paths = _paths(home, [ids[row["ref"]] for row in rows]) if target == "representation" else {}
    made = []
    for row in rows:
        lies_in = {key: row.get(path) for key, path in _UP[target].items()}
        above = {key: ids[ref] for key, ref in lies_in.items() if isinstance(ref, Ref)}
        id = ids[row["ref"]]
        shown = {"projectName": home.name, **above, f"{target}Id": id, "filePath": paths.get(id), "target": target}
        made.append({key: value for key, value in shown.items() if value is not None})
    return made


def _rows(home: Home, parsed: Parsed, target: str) -> list[dict[str, Any]]:
    version = {"representation": "version.", "version": ""}.get(target)
    is_latest = version is not None and parsed.names.get("version", "").lower() in _LATEST
    fields = list(_UP[target].values()) + ([f"{version}number", f"{version}status"] if is_latest else [])
    found = home.site.tracker.find(
        NEUTRAL[target], *_conditions(parsed, target), fields=fields, project=home.ref, state="all", archived=True,
        limit=None if is_latest else _MOST, retired_links=home.site.every_link,
    )  # fmt: skip
    rows = [{"ref": item.ref, **item.to_dict()} for item in found]
    if is_latest:
        rows = _newest(home, rows, str(version), parsed.names["version"].lower() == "latestdone")
    return rows[:_MOST]


def _conditions(parsed: Parsed, target: str) -> list[Filter]:
    """The filter of what is looked for."""
    made: list[Filter] = []
    if parsed.path:
        folder = _UP[target].get("folderId")
        path = f"{folder}.path" if folder else "path"
        made.append(Condition(path, "in", (f"/{parsed.path}", parsed.path)))
    for key, path in _NAMED[target].items():
        if parsed.names.get(key, "*") == "*":
            continue
        if key == "version":
            made += _numbered(parsed.names[key], path)
        elif key == "workfile":
            made.append(Condition(path, "ends_with", f"/{parsed.names[key]}"))
        else:
            made.append(field(path) == parsed.names[key])
    return made


_NAMED: Final[Mapping[str, Mapping[str, str]]] = {
    "representation": {"representation": "name", "version": "version.number", "product": "version.product.name"},
    "version": {"version": "number", "product": "product.name"}, "product": {"product": "name"}, "folder": {},
    "task": {"task": "name"}, "workfile": {"workfile": "path", "task": "task.name"},
}  # fmt: skip
"""Of each type: what a URI names, and the paths of the names."""


def _numbered(name: str, path: str) -> list[Filter]:
    text = name.strip().lower().removeprefix("v")
    if text.isdecimal() and len(text) < 10:
        return [field(path) == int(text)]
    if text == "hero":
        return [Condition(path, "less_than", 0)]
    if name.lower() in _LATEST:
        return [Condition(path, "greater_than", -1)]
    raise Fault(400, f"Invalid version name: {name}")


def _newest(home: Home, rows: Sequence[dict[str, Any]], version: str, is_done: bool) -> list[dict[str, Any]]:
    """What belongs to the newest version of each product; with ``is_done`` to the newest whose work is done."""
    done = {item["name"] for item in home.anatomy["statuses"] if item.get("state") == "done"}
    product = f"{version}product"
    if is_done:
        rows = [row for row in rows if home.status_name(row[f"{version}status"], "version") in done]
    newest: dict[Any, int] = {}
    for row in rows:
        newest[row[product]] = max(row[f"{version}number"], newest.get(row[product], -1))
    return [row for row in rows if row[f"{version}number"] == newest[row[product]]]


def _paths(home: Home, ids: Sequence[str]) -> dict[str, str | None]:
    return {id: _path_of(node) for id, node in Nodes(home).by_ids("File", ids).items()}


def _path_of(node: Node) -> str | None:
    """The path of a representation: its template with the values of its context put in."""
    template, context = (node.get("attrib") or {}).get("template"), (node.get("data") or {}).get("context")
    if not template or not isinstance(context, Mapping):
        files = node.get("files") or []
        return files[0].get("path") if files else None
    return re.sub(r"\{([^{}]*)\}", lambda found: _filled(found, context), str(template))


def _filled(found: re.Match[str], context: Mapping[str, Any]) -> str:
    """One part of a template; a root stays as it is, since only a site knows where it lies."""
    value: Any = context
    for part in re.findall(r"[^\[\].!:]+", found[1].partition(":")[0]):
        value = value.get(part) if isinstance(value, Mapping) else None
    return found[0] if value is None or isinstance(value, (Mapping, list)) else str(value)


# ---- the URIs of entities


def get_uris(ask: Ask) -> Any:
    """The URIs of some entities."""
    body = ask.model("uris")
    native = body["entityType"]
    if native not in NEUTRAL or native not in ("folder", "task", "product", "version", "representation", "workfile"):
        raise Fault(400, f"Unknown entity type {native}", "bad-request")
    ids = body.get("ids") or []
    found = Nodes(ask.home).by_ids(NEUTRAL[native], ids)
    return {"uris": [{"id": id, "uri": _uri(ask.home, native, found[id])} for id in ids if id in found]}


def _uri(home: Home, native: str, node: Node) -> str:
    """A URI of an entity, made of its path."""
    parts = str(node.get("path") or "").strip("/").split("/")
    if native == "workfile":
        parts = [*(node.get("parents") or []), str(node.get("name"))]
    names = {
        "folder": (), "task": ("task",), "product": ("product",), "version": ("product", "version"),
        "representation": ("product", "version", "representation"), "workfile": ("task", "workfile"),
    }[native]  # fmt: skip
    split = len(parts) - len(names)
    query = "&".join(f"{key}={value}" for key, value in zip(names, parts[split:]))  # noqa: B905 - same length
    return f"ayon+entity://{home.name}/{'/'.join(parts[:split])}" + (f"?{query}" if query else "")
