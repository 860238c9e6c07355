"""The board of all projects: the tasks that people work on, each with its folder and its newest version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from trackerkit.filters import And, Condition, Filter, Not, Or
from trackerkit.values import Ref
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.graphql.connections import page_info
from trackerkit_ayon.gateway.graphql.selection import Info, below, selected
from trackerkit_ayon.gateway.homes import Home, every_home
from trackerkit_ayon.gateway.nodes import Nodes
from trackerkit_ayon.gateway.pages import decode, encode
from trackerkit_ayon.gateway.projects import code_of
from trackerkit_ayon.gateway.site import Site
from trackerkit_ayon.mapping.rows import Node

_KEYS: Final = (
    "id", "name", "label", "status", "tags", "taskType", "assignees", "updatedAt", "createdAt", "folderId", "thumbnailId",
    "attrib", "path", "parents",
)  # fmt: skip
_OF_VERSIONS: Final = frozenset({
    "hasReviewables", "lastVersionWithThumbnailId", "lastVersionWithReviewableVersionId", "lastVersionWithReviewableProductId",
})  # fmt: skip


def kanban_connection(site: Site, info: Info, **args: Any) -> dict[str, Any]:
    """The tasks of the board: those that are due last come first, those without a date at the end."""
    last = args.get("last")
    count = 2_000 if last is None else max(0, int(last))
    tree = below(selected(info), "edges", "node")
    found = [row for home in _homes(site, args.get("projects")) for row in _rows(home, args, tree)]
    found.sort(key=_rank, reverse=True)
    said = decode(args.get("before"))
    if said:
        if len(said) != 3 or not all(isinstance(part, str) for part in said):
            raise Fault(400, "Invalid cursor", "bad-request")
        found = [row for row in found if _rank(row) < tuple(said)]
    kept = found[:count]
    cursors = [encode(_rank(row)) for row in kept]
    edges = [{"node": node, "cursor": cursor} for node, cursor in zip(kept, cursors)]  # noqa: B905 - same length
    return {"edges": edges, "pageInfo": page_info(cursors, len(found) > count, True)}


def _rank(row: Mapping[str, Any]) -> tuple[str, str, str]:
    return str(row["dueDate"] or ""), str(row["updatedAt"] or ""), str(row["id"])


def _homes(site: Site, names: Sequence[str] | None) -> list[Home]:
    if names:
        return [home for home in every_home(site) if home.name in names]
    return [home for home in every_home(site) if home.is_active and not home.document.get("skeleton")]


def _rows(home: Home, args: Mapping[str, Any], tree: Mapping[str, Any]) -> list[dict[str, Any]]:
    nodes = Nodes(home)
    tasks = nodes.find("Task", And(_conditions(nodes, args)), keys=_KEYS)
    ids = list(dict.fromkeys(task["folderId"] for task in tasks))
    folders = nodes.by_ids("Folder", ids, ("id", "name", "label", "path"))
    versions = _newest(nodes, tasks) if _OF_VERSIONS & set(tree) else {}
    code = code_of(home)
    return [_row(home, code, task, folders.get(task["folderId"]), versions.get(task["ref"].id, {})) for task in tasks]


def _conditions(nodes: Nodes, args: Mapping[str, Any]) -> list[Filter]:
    made: list[Filter] = []
    if args.get("taskIds"):
        made.append(nodes.has_id("Task", args["taskIds"]))
    names = args.get("assigneesAny")
    if names:
        known = nodes.site.users_of_names(names).values()
        made.append(Or([Condition("assignees", "is", ref) for ref in known]))
    elif not nodes.site.rights.is_manager:  # who manages nothing sees what somebody works on
        made.append(Not(Condition("assignees", "is", None)))
    return made


def _row(
    home: Home, code: str, task: Node, folder: Mapping[str, Any] | None, newest: Mapping[str, Any]
) -> dict[str, Any]:
    above = folder or {}
    due = task["attrib"].get("endDate") if "endDate" in task["ownAttrib"] else None
    kept = {key: task.get(key) for key in _KEYS if key not in ("attrib", "path", "parents")}
    return {
        **kept, "projectName": home.name, "projectCode": code, "dueDate": due, "priority": task["attrib"].get("priority"),
        "folderName": above.get("name") or "", "folderLabel": above.get("label"),
        "folderPath": str(above.get("path") or "").strip("/"), "thumbnail": task.get("thumbnail"),
        "thumbnailHash": task.get("thumbnailHash") or task["id"][-6:], "hasReviewables": "reviewable" in newest,
        "lastVersionWithThumbnailId": newest.get("thumbnail"),
        "lastVersionWithReviewableVersionId": newest.get("reviewable"),
        "lastVersionWithReviewableProductId": newest.get("product"),
    }  # fmt: skip


def _newest(nodes: Nodes, tasks: Sequence[Node]) -> dict[str, dict[str, str]]:
    """By the tracker's id of a task: its last version with a picture, the last one with something to review."""
    refs = tuple(task["ref"] for task in tasks)
    if not refs:
        return {}
    site, found = nodes.site, dict[str, dict[str, str]]()
    fields = ["uid", "task", "product", "thumbnail"]
    fields += ["reviewables"] if site.has_field("Version", "reviewables") else []
    rows = list(
        site.tracker.find(
            "Version", Condition("task", "in", refs), fields=fields, project=nodes.home.ref, archived=True,
            retired_links=site.every_link,
        )
    )  # fmt: skip
    products: list[Ref] = [item["product"] for item in rows if item["product"] is not None]
    ids = site.hexes(products)
    for item in rows:
        made = found.setdefault(item["task"].id, {})
        if item["thumbnail"] is not None:
            made["thumbnail"] = item["uid"]
        if item.get("reviewables"):
            made.update(reviewable=item["uid"], product=ids.get(item["product"], ""))
    return found
