"""Folders, tasks, products, versions, representations and workfiles by REST; the flat list of folders and the tree."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, Final

from starlette.routing import Route

from trackerkit.filters import And, Condition, Filter, Or
from trackerkit_ayon.gateway.check import spelled
from trackerkit_ayon.gateway.conditions import EVERYTHING, push, read, tester
from trackerkit_ayon.gateway.faults import Fault, InvalidFault, not_found
from trackerkit_ayon.gateway.filterkeys import check_keys
from trackerkit_ayon.gateway.gate import Ask, Gate, Work, api
from trackerkit_ayon.gateway.homes import Home
from trackerkit_ayon.gateway.nodes import Nodes
from trackerkit_ayon.gateway.steps import Step, new_id
from trackerkit_ayon.gateway.targets import Target
from trackerkit_ayon.gateway.trees import has_versions
from trackerkit_ayon.gateway.wire import entity, flat_folder, tree
from trackerkit_ayon.gateway.writes import Writer
from trackerkit_ayon.mapping.names import NEUTRAL

KINDS: Final = {
    "folders": "folder", "tasks": "task", "products": "product", "versions": "version", "representations": "representation",
    "workfiles": "workfile",
}  # fmt: skip
_FLAT: Final = frozenset({
    "id", "name", "label", "folderType", "parentId", "path", "status", "tags", "createdAt", "updatedAt", "thumbnailHash",
})  # fmt: skip


def routes(gate: Gate) -> list[Route]:
    """The routes of entities."""
    home = "/api/projects/{project_name}"
    made = [
        api(gate, "GET", f"{home}/hierarchy", hierarchy),
        api(gate, "GET", f"{home}/folders", list_folders),
        api(gate, "POST", f"{home}/folders/search", search_folders),
        api(gate, "POST", f"{home}/tasksFolders", tasks_folders),
        api(gate, "POST", f"{home}/tasks/{{task_id}}/assign", assign, status=204),
    ]
    for plural, native in KINDS.items():
        one = f"{home}/{plural}/{{{native}_id}}"
        made += [
            api(gate, "POST", f"{home}/{plural}", _post(native), status=201),
            api(gate, "GET", one, _get(native)),
            api(gate, "PATCH", one, _patch(native), status=204),
            api(gate, "DELETE", one, _delete(native), status=204, body=False),
        ]
    return made


def _named(work: Work, verb: str, native: str) -> Work:
    """The same, under the name that the description of the API gives it."""
    said = {"get": "One {}, whole.", "post": "Make a {}.", "patch": "Change a {}.", "delete": "Delete a {}."}[verb]
    work.__name__, work.__doc__ = f"{verb}_{native}", said.format(native)
    return work


def _get(native: str) -> Work:
    def get_entity(ask: Ask) -> Any:
        return entity(native, find_node(ask.home, native, ask.id(f"{native}_id")))

    return _named(get_entity, "get", native)


def find_node(home: Home, native: str, id: str) -> Mapping[str, Any]:
    """An entity of a project, whole.

    Raises:
        Fault: 404.
    """
    base = NEUTRAL[native]
    node = Nodes(home).by_ids(base, [id]).get(id)
    if node is None:
        raise not_found(id)
    if native == "folder":
        node["hasVersions"] = has_versions(home, node["ref"])
    return node


def _post(native: str) -> Work:
    def post_entity(ask: Ask) -> Any:
        if not isinstance(ask.body, Mapping):
            raise InvalidFault([{"loc": ["body"], "msg": "value is not a valid dict", "type": "type_error.dict"}])
        data = spelled(native, ask.body)
        step = Step(new_id(), "create", native, str(data.get("id") or new_id()).lower(), data)
        Writer(ask.home).run_one(step)
        return {"id": step.entity}

    return _named(post_entity, "post", native)


def _patch(native: str) -> Work:
    def patch_entity(ask: Ask) -> None:
        if not isinstance(ask.body, Mapping):
            raise InvalidFault([{"loc": ["body"], "msg": "value is not a valid dict", "type": "type_error.dict"}])
        step = Step(new_id(), "update", native, ask.id(f"{native}_id"), spelled(native, ask.body), ask.flag("force"))
        Writer(ask.home).run_one(step)

    return _named(patch_entity, "patch", native)


def _delete(native: str) -> Work:
    def delete_entity(ask: Ask) -> None:
        step = Step(new_id(), "delete", native, ask.id(f"{native}_id"), {}, ask.flag("force"))
        Writer(ask.home).run_one(step)

    return _named(delete_entity, "delete", native)


def assign(ask: Ask) -> None:
    """Give a task its people: add, remove or set."""
    body = ask.model("assign")
    id = ask.id("task_id")
    node = find_node(ask.home, "task", id)
    names = list(node.get("assignees") or [])
    if body["mode"] == "set":
        names = body["users"]
    elif body["mode"] == "add":
        names += [name for name in body["users"] if name not in names]
    elif body["mode"] == "remove":
        names = [name for name in names if name not in body["users"]]
    else:
        raise Fault(400, f"Unknown mode {body['mode']}", "bad-request")
    Writer(ask.home).run_one(Step(new_id(), "update", "task", id, {"assignees": names}))


# ---- lists of folders


def flat_folders(home: Home, with_attributes: bool = False) -> list[dict[str, Any]]:
    """Every folder of a project, by path."""
    reader = Nodes(home)
    keys = {*_FLAT, "attrib", "ownAttrib"} if with_attributes else _FLAT
    nodes = reader.find("Folder", keys=keys)
    ids = {node["ref"].id: node["id"] for node in nodes}
    tasks = _task_names(home, ids)
    published = _with_versions(home, nodes, ids)
    parents = {node["parentId"] for node in nodes}
    made = []
    for node in nodes:
        node.update(
            taskNames=tasks.get(node["id"], []), hasChildren=node["id"] in parents, hasVersions=node["id"] in published,
            hasReviewables=False,
        )  # fmt: skip
        made.append(flat_folder(node, with_attributes))
    return sorted(made, key=lambda item: item["path"])


def _task_names(home: Home, ids: Mapping[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    every, fields = home.site.every_link, ["name", "parent"]
    for item in home.site.tracker.find("Task", fields=fields, project=home.ref, archived=True, retired_links=every):
        parent = item["parent"]
        if parent is not None and parent.id in ids:
            found.setdefault(ids[parent.id], []).append(item["name"])
    return found


def _with_versions(home: Home, nodes: list[dict[str, Any]], ids: Mapping[str, str]) -> set[str]:
    """The folders in which, at any depth, something was published."""
    above = {node["id"]: node["parentId"] for node in nodes}
    made: set[str] = set()
    versions = home.site.tracker.find(
        "Version", fields=["product.parent", "parent"], project=home.ref, state="all", archived=True,
        retired_links=home.site.every_link,
    )  # fmt: skip
    for item in versions:
        folder = item["product.parent"] or item["parent"]
        at = ids.get(folder.id) if folder is not None else None
        while at is not None and at not in made:
            made.add(at)
            at = above.get(at)
    return made


def list_folders(ask: Ask) -> Any:
    """Every folder in a flat list."""
    return {"folders": flat_folders(ask.home, ask.flag("attrib"))}


def hierarchy(ask: Ask) -> Any:
    """Every folder as a tree."""
    start = time.monotonic()
    folders = flat_folders(ask.home)
    types = [name for name in ask.query("types").split(",") if name]
    words = ask.query("search").lower()
    if types:
        folders = [item for item in folders if item["folderType"] in types]
    if words:
        folders = [item for item in folders if words in item["name"].lower()]
    detail = f"Hierarchy loaded in {time.monotonic() - start:.4f}s"
    return {"detail": detail, "projectName": ask.home.name, "hierarchy": tree(folders)}


def words_filter(text: str, *fields: str) -> Filter:
    """Every word of a search stands in one of some fields."""
    return And([Or([Condition(field, "contains", word) for field in fields]) for word in text.split()])


def search_folders(ask: Ask) -> Any:
    """The ids of the folders that a search finds."""
    text = str((ask.body or {}).get("search") or "") if isinstance(ask.body, Mapping) else ""
    nodes = Nodes(ask.home).find("Folder", words_filter(text, "path", "label"), keys=("id",))
    return {"folderIds": [node["id"] for node in nodes]}


def tasks_folders(ask: Ask) -> Any:
    """The ids of the folders whose tasks a filter finds."""
    given = ask.body.get("filter") if isinstance(ask.body, Mapping) else None
    node = read(given) if given else None
    check_keys(node, "Task")
    condition, exact = (EVERYTHING, True) if node is None else push(node, Target(ask.home, "Task"))
    found = Nodes(ask.home).find("Task", condition, keys=("folderId",) if exact else None)
    if node is not None and not exact:
        check = tester(node)
        found = [item for item in found if check(item)]
    return {"folderIds": list(dict.fromkeys(item["folderId"] for item in found))}
