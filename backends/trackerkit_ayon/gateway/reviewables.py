"""Reviewables: uploaded to a version, listed by version, product, task and folder, named and put in order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.routing import Route

from trackerkit import operations as ops
from trackerkit.filters import Condition, Filter
from trackerkit.gateway.uploads import Received
from trackerkit_ayon.gateway.faults import Fault, not_found
from trackerkit_ayon.gateway.feed import Feed, Wanted
from trackerkit_ayon.gateway.files import named, upload_route
from trackerkit_ayon.gateway.gate import Ask, Gate, Work, api
from trackerkit_ayon.gateway.homes import Home
from trackerkit_ayon.gateway.nodes import Nodes
from trackerkit_ayon.gateway.users import now_text
from trackerkit_ayon.gateway.wire import filled
from trackerkit_ayon.mapping.rows import Node

_SOURCES = {"versions": "version", "products": "product", "tasks": "task", "folders": "folder"}


def routes(gate: Gate) -> list[Route]:
    """The routes of reviewables."""
    home = "/api/projects/{project_name}"
    one = f"{home}/versions/{{version_id}}/reviewables"
    made = [
        upload_route(gate, "POST", one, post_reviewable),
        api(gate, "PATCH", one, sort_reviewables),
        api(gate, "PATCH", f"{one}/{{activity_id}}", patch_reviewable),
    ]
    for plural, native in _SOURCES.items():
        made.append(api(gate, "GET", f"{home}/{plural}/{{{native}_id}}/reviewables", _list_of(native)))
    return made


def _version(home: Home, id: str) -> Node:
    found = Nodes(home).by_ids("Version", [id], ("id",)).get(id)
    if found is None:
        raise not_found(id)
    return found


def post_reviewable(ask: Ask, received: Received) -> Any:
    """Upload a picture or a movie of a version."""
    name = named(ask)
    kind = received.content_type.partition(";")[0].strip()
    if not (kind.startswith(("video/", "image/")) or kind == "application/mxf"):
        raise Fault(400, "Only videos and images are supported for reviewables now", "bad-request")
    if not received.size:
        raise Fault(400, "Empty file", "bad-request")
    node, tracker = _version(ask.home, ask.id("version_id")), ask.site.tracker
    value = tracker.upload(node["ref"], received.path, "reviewables", filename=name)
    condition = Condition("id", "is", str(value.id))
    made = tracker.find_one("Reviewable", condition, fields=["uid"])
    if made is None:
        raise Fault(502, "the tracker behind keeps no reviewables", "not-implemented")
    label = ask.query("label") or name
    known = ask.site.schema.type("Reviewable").fields
    wanted = {"label": label, "mime_type": kind}
    values = {key: value for key, value in wanted.items() if key in known and not known[key].read_only}
    if values:
        tracker.update(made.ref, **values)
    id = ask.site.hexes([made.ref])[made.ref]
    found = Feed(ask.home).get(id)
    return _shown(found) if found is not None else {"fileId": id, "activityId": id, "filename": name, "label": label,
                                                    "createdAt": now_text()}  # fmt: skip


def _shown(node: Mapping[str, Any]) -> dict[str, Any]:
    data = node["activityData"]
    file = data["files"][0]
    author = data.get("author")
    return {
        "fileId": file["id"], "activityId": node["activityId"], "filename": file["filename"],
        "label": data.get("reviewableLabel"), "mimetype": file["mime"], "availability": "unknown", "mediaInfo": None,
        "createdFrom": None, "processing": None, "createdAt": node["createdAt"], "updatedAt": node["updatedAt"],
        "author": {"name": author or "", "fullName": None},
    }  # fmt: skip


# ---- lists


def _list_of(native: str) -> Work:
    def list_reviewables(ask: Ask) -> Any:
        id = ask.id(f"{native}_id")
        found = versions_with(ask.home, _condition(ask, native, id))
        if native != "version":
            return found
        if not found:
            raise not_found(id)
        return found[0]

    return list_reviewables


def _condition(ask: Ask, native: str, id: str) -> Filter:
    site, nodes = ask.site, Nodes(ask.home)
    if native == "version":
        return nodes.has_id("Version", [id])
    base, path = {"product": ("Product", "product"), "task": ("Task", "task"), "folder": ("Folder", "product.parent")}[
        native
    ]
    if not nodes.by_ids(base, [id], ("id",)):
        raise not_found(id)
    return Condition(path, "in", tuple(site.refs(base, [id])))


def versions_with(home: Home, condition: Filter) -> list[dict[str, Any]]:
    """Versions with their reviewables."""
    nodes = Nodes(home)
    versions = nodes.find(
        "Version", condition, keys=("id", "name", "version", "status", "productId", "attrib", "ownAttrib")
    )
    products = nodes.by_ids("Product", [node["productId"] for node in versions], ("id", "name", "productType"))
    refs = [node["ref"] for node in versions]
    found = Feed(home).find(Wanted(bases=("Reviewable",), entities=refs)) if refs else []
    by_version: dict[str, list[Mapping[str, Any]]] = {}
    for node in sorted(found, key=_place):
        by_version.setdefault(str(node["entityId"]), []).append(node)
    return [_version_shown(node, products, by_version.get(node["id"], [])) for node in versions]


def _place(node: Mapping[str, Any]) -> tuple[int, int]:
    order = node["activityData"].get("reviewableOrder")
    return (0 if order is None else int(order), node["creationOrder"])


def _version_shown(
    node: Mapping[str, Any], products: Mapping[str, Node], reviewables: Sequence[Mapping[str, Any]]
) -> dict[str, Any]:
    product = products.get(node["productId"]) or {}
    return {
        "id": node["id"], "name": node["name"], "version": str(node["version"]), "status": node["status"],
        "productId": node["productId"], "productName": product.get("name", ""),
        "productType": product.get("productType", ""), "attrib": filled(node["attrib"]),
        "reviewables": [_shown(item) for item in reviewables],
    }  # fmt: skip


# ---- changes


def sort_reviewables(ask: Ask) -> None:
    """Put the reviewables of a version in order."""
    node = _version(ask.home, ask.id("version_id"))
    wanted = ask.body.get("sort") if isinstance(ask.body, Mapping) else None
    if wanted is None:
        return
    known = Feed(ask.home).find(Wanted(bases=("Reviewable",), entities=[node["ref"]]))
    found = {item["activityId"]: item["ref"] for item in known}
    if not isinstance(wanted, list) or set(wanted) != set(found):
        raise Fault(400, "Invalid reviewable ids", "bad-request")
    ask.site.tracker.write([ops.update(found[id], {"order": at}) for at, id in enumerate(wanted)])


def patch_reviewable(ask: Ask) -> None:
    """Name a reviewable."""
    _version(ask.home, ask.id("version_id"))
    label = ask.body.get("label") if isinstance(ask.body, Mapping) else None
    if label is None:
        return
    if not isinstance(label, str) or not 0 < len(label) <= 255:
        raise Fault(400, "Label must be between 1 and 255 characters", "bad-request")
    found = Feed(ask.home).get(ask.id("activity_id"))
    if found is None or found["activityType"] != "reviewable":
        raise Fault(404, "Reviewable not found", "not-found")
    ask.site.tracker.update(found["ref"], label=label)
