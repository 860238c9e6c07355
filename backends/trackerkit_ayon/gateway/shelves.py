"""Folders that only sort things for people: of projects, and of a project's lists. Documents of the state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from starlette.routing import Route

from trackerkit_ayon.gateway.faults import Fault, taken
from trackerkit_ayon.gateway.gate import Ask, Gate, api
from trackerkit_ayon.gateway.homes import every_home, find_home
from trackerkit_ayon.gateway.steps import new_id

Shelf = dict[str, Any]
_OF_PROJECTS: Final = "project_folders"
_PARTS: Final[Mapping[str, tuple[str, ...]]] = {"projects": ("color", "icon"), "lists": ("color", "icon", "scope")}


def routes(gate: Gate) -> list[Route]:
    """The routes of both kinds of folders."""
    top, home = "/api/projectFolders", "/api/projects/{project_name}/entityListFolders"
    need = "manager"
    return [
        api(gate, "GET", top, list_project_folders),
        api(gate, "POST", top, post_project_folder, need=need),
        api(gate, "POST", f"{top}/order", order_project_folders, status=204, need=need),
        api(gate, "POST", f"{top}/assign", assign_projects, status=204, need=need),
        api(gate, "PATCH", f"{top}/{{folder_id}}", patch_project_folder, status=204, need=need),
        api(gate, "DELETE", f"{top}/{{folder_id}}", delete_project_folder, status=204, body=False, need=need),
        api(gate, "GET", home, list_list_folders),
        api(gate, "POST", home, post_list_folder),
        api(gate, "POST", f"{home}/order", order_list_folders, status=204),
        api(gate, "PATCH", f"{home}/{{folder_id}}", patch_list_folder, status=204),
        api(gate, "DELETE", f"{home}/{{folder_id}}", delete_list_folder, status=204, body=False),
    ]


# ---- any of them


def _made(known: list[Shelf], body: Mapping[str, Any], parts: Sequence[str], **more: Any) -> str:
    """Add a folder; its id.

    Raises:
        Fault: 409, its id is taken or its parent is none.
    """
    id = body.get("id") or new_id()
    if any(item["id"] == id for item in known):
        raise taken("folder", "id", id)
    _check_parent(known, id, body.get("parentId"))
    data = {key: (body.get("data") or {}).get(key) for key in parts}
    known.append(
        {"id": id, "label": body["label"], "parentId": body.get("parentId"), "position": 0, **more, "data": data}
    )
    return str(id)


def _check_parent(known: Sequence[Shelf], id: str, parent: str | None) -> None:
    above = {item["id"]: item["parentId"] for item in known}
    at, seen = parent, {id}
    while at is not None:
        if at not in above or at in seen:
            raise Fault(409, f"parent_id '{parent}' is no folder that it can lie in", "conflict")
        seen.add(at)
        at = above[at]


def _find(known: Sequence[Shelf], id: str) -> Shelf:
    found = next((item for item in known if item["id"] == id), None)
    if found is None:
        raise Fault(404, f"Folder {id} not found", "not-found")
    return found


def _changed(known: list[Shelf], id: str, body: Mapping[str, Any], parts: Sequence[str]) -> None:
    found = _find(known, id)
    if "parentId" in body:
        _check_parent(known, id, body["parentId"])
        found["parentId"] = body["parentId"]
    if body.get("label") is not None:
        found["label"] = body["label"]
    if body.get("access") is not None and "access" in found:
        found["access"] = body["access"]
    given = body.get("data") or {}
    found["data"] = {**found["data"], **{key: given[key] for key in parts if key in given}}


def _deleted(known: list[Shelf], id: str) -> None:
    """Without a folder; what lies in it lies at the top then."""
    known.remove(_find(known, id))
    for item in known:
        if item["parentId"] == id:
            item["parentId"] = None


def _ordered(known: list[Shelf], order: Sequence[str]) -> None:
    places = {id: at for at, id in enumerate(order)}
    for item in known:
        item["position"] = places.get(item["id"], item["position"])
    known.sort(key=lambda item: int(item["position"]))


# ---- of projects


def _change_projects(ask: Ask, change: Callable[[list[Shelf]], Any]) -> Any:
    """Change the folders of projects; what ``change`` gives."""
    with ask.site.shared.lock(ask.site.site, "shelves"):
        known = list(ask.gate.state.get_document(ask.site.space, _OF_PROJECTS) or [])
        made = change(known)
        ask.gate.state.put_document(ask.site.space, _OF_PROJECTS, known)
    return made


def list_project_folders(ask: Ask) -> Any:
    """The folders of projects."""
    known = ask.gate.state.get_document(ask.site.space, _OF_PROJECTS) or []
    used = {home.document.get("projectFolder") for home in every_home(ask.site)} | {item["parentId"] for item in known}
    return {"folders": [{**item, "isEmpty": item["id"] not in used} for item in known]}


def post_project_folder(ask: Ask) -> Any:
    """Make a folder of projects."""
    body = ask.model("shelf")
    return {"id": _change_projects(ask, lambda known: _made(known, body, _PARTS["projects"]))}


def patch_project_folder(ask: Ask) -> None:
    """Change a folder of projects."""
    id, body = ask.id("folder_id"), ask.model("shelf", partial=True)
    _change_projects(ask, lambda known: _changed(known, id, body, _PARTS["projects"]))


def delete_project_folder(ask: Ask) -> None:
    """Delete a folder of projects; the projects stay."""
    id = ask.id("folder_id")
    _change_projects(ask, lambda known: _deleted(known, id))
    _assign(ask, None, [home.name for home in every_home(ask.site) if home.document.get("projectFolder") == id])


def order_project_folders(ask: Ask) -> None:
    """Sort the folders of projects."""
    order = ask.model("order")["order"]
    _change_projects(ask, lambda known: _ordered(known, order))


def assign_projects(ask: Ask) -> None:
    """Put projects into a folder, or into none."""
    body = ask.model("assign_projects")
    id = body.get("folderId")
    if id:
        _find(ask.gate.state.get_document(ask.site.space, _OF_PROJECTS) or [], id)
    _assign(ask, id or None, body["projectNames"])


def _assign(ask: Ask, id: str | None, names: Sequence[str]) -> None:
    for home in [find_home(ask.site, name) for name in names]:
        home.document["projectFolder"] = id
        home.keep()


# ---- of lists


def _change_lists(ask: Ask, change: Callable[[list[Shelf]], Any]) -> Any:
    """Change the folders of a project's lists; what ``change`` gives."""
    known = list(ask.home.document.get("list_folders") or [])
    made = change(known)
    ask.home.document["list_folders"] = known
    ask.home.keep()
    return made


def list_list_folders(ask: Ask) -> Any:
    """The folders of a project's lists."""
    return {"folders": ask.home.document.get("list_folders") or []}


def post_list_folder(ask: Ask) -> Any:
    """Make a folder of lists."""
    body = ask.model("shelf")
    more = {"owner": ask.site.login, "access": body.get("access") or {}}
    return {"id": _change_lists(ask, lambda known: _made(known, body, _PARTS["lists"], **more))}


def patch_list_folder(ask: Ask) -> None:
    """Change a folder of lists."""
    id, body = ask.id("folder_id"), ask.model("shelf", partial=True)
    _change_lists(ask, lambda known: _changed(known, id, body, _PARTS["lists"]))


def delete_list_folder(ask: Ask) -> None:
    """Delete a folder of lists; the lists stay."""
    id = ask.id("folder_id")
    _change_lists(ask, lambda known: _deleted(known, id))


def order_list_folders(ask: Ask) -> None:
    """Sort the folders of lists."""
    order = ask.model("order")["order"]
    _change_lists(ask, lambda known: _ordered(known, order))
