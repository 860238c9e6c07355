"""What users are to the server: passwords, API keys, access groups and what these allow."""

from __future__ import annotations

import re
import uuid
from collections.abc import Mapping
from typing import Any, Final

from starlette.routing import Route

from trackerkit.clock import SYSTEM
from trackerkit.errors import AuthenticationError, ConflictError
from trackerkit.gateway.sessions import Credential
from trackerkit_ayon.gateway.check import checked
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.gate import Ask, Gate, api, source_of
from trackerkit_ayon.gateway.homes import every_home, find_home
from trackerkit_ayon.gateway.models import NAME
from trackerkit_ayon.gateway.rights import FREE, GROUPS, group, known_rights
from trackerkit_ayon.gateway.site import Site
from trackerkit_ayon.gateway.users import find_user, keep_rights, set_password, user_nodes

_SHORTEST: Final = 20


def routes(gate: Gate) -> list[Route]:
    """The routes of passwords, keys and groups."""
    user, groups = "/api/users/{user_name}", "/api/accessGroups"
    return [
        api(gate, "PATCH", f"{user}/password", change_password, status=204),
        api(gate, "POST", f"{user}/checkPassword", check_password, status=204),
        api(gate, "PATCH", f"{user}/rename", rename_user, status=204),
        api(gate, "POST", f"{user}/rename", rename_user, status=204),
        api(gate, "GET", f"{user}/apikeys", list_keys),
        api(gate, "POST", f"{user}/apikeys", add_key, status=201),
        api(gate, "DELETE", f"{user}/apikeys/{{entity_id}}", delete_key, status=204, body=False),
        api(gate, "PATCH", f"{user}/apikeys/{{entity_id}}", patch_key, status=204),
        api(gate, "PATCH", f"{user}/accessGroups", assign_groups, status=204),
        api(gate, "POST", "/api/access", assign_projects, status=204),
        api(gate, "GET", f"{user}/permissions", permissions),
        api(gate, "GET", f"{user}/permissions/{{project_name}}", permissions),
        api(gate, "GET", f"{groups}/{{project_name}}", list_groups),
        api(gate, "GET", f"{groups}/{{access_group_name}}/{{project_name}}", get_group),
        api(gate, "PUT", f"{groups}/{{access_group_name}}/{{project_name}}", put_group, status=204),
        api(gate, "DELETE", f"{groups}/{{access_group_name}}/{{project_name}}", delete_group, status=204, body=False),
        api(gate, "GET", "/api/projects/{project_name}/users", project_users),
        api(gate, "PATCH", "/api/projects/{project_name}/users/{user_name}", patch_project_user),
    ]


# ---- passwords and keys


def _own(ask: Ask) -> str:
    """The user in the path: the caller itself, or anybody for a manager."""
    name = ask.path("user_name")
    if name == "me":
        return ask.site.login
    if name != ask.site.login:
        ask.site.rights.need_manager("You don't have permissions to modify this user")
    find_user(ask.site, name)
    return name


def _refuse_admin(site: Site, name: str) -> None:
    """A manager does not touch an admin's secrets."""
    said = known_rights(site.state, site.users_space, name)
    if name != site.login and (said is None or said.get("isAdmin")):
        site.rights.need_admin("You don't have permissions to modify this user")


def change_password(ask: Ask) -> None:
    """Another password, or another API key of a service."""
    name, body = _own(ask), ask.model("password", partial=True)
    _refuse_admin(ask.site, name)
    if body.get("password"):
        set_password(ask.site, name, body["password"])
    if body.get("apiKey"):
        _add(ask.site, name, body["apiKey"], "API key", uuid.uuid1().hex)


def rename_user(ask: Ask) -> None:
    """Another name of a user, who must have no password or key here: these belong to the name.

    Raises:
        Fault: 403, 404, 409.
    """
    site, name = ask.site, ask.path("user_name")
    site.rights.need_manager("You don't have permissions to rename users")
    given = ask.body if isinstance(ask.body, Mapping) else {}
    wanted = checked("user_rename", {"newName": given.get("newName", given.get("new_name", given.get("name")))})[
        "newName"
    ]
    node = find_user(site, name)
    if user_nodes(site, names=[wanted]):
        raise Fault(409, f"User {wanted} already exists", "conflict")
    if "ref" not in node or site.state.find_key(name) is not None or _keys(site, name):
        raise Fault(409, f"User {name} has a password or a key of this server, which belong to its name", "conflict")
    said = known_rights(site.state, site.users_space, name)
    if said is not None:
        site.state.put_document(site.users_space, f"user {wanted}"[:200], said)
        site.state.delete_document(site.users_space, f"user {name}"[:200])
    site.tracker.update(node["ref"], name=wanted)


def check_password(ask: Ask) -> None:
    """Whether a password is the user's."""
    name = _own(ask)
    body = ask.model("check_password")
    credential = Credential("login", name, body["password"], source=source_of(ask.request))
    try:
        ask.gate.callers.verify(credential)
    except AuthenticationError:
        raise Fault(403, "Invalid password", "forbidden") from None


def _keys(site: Site, name: str) -> list[dict[str, Any]]:
    return list(site.state.get_document(site.users_space, f"keys {name}"[:200]) or [])


def _keep_keys(site: Site, name: str, keys: list[dict[str, Any]]) -> None:
    site.state.put_document(site.users_space, f"keys {name}"[:200], keys)


def list_keys(ask: Ask) -> Any:
    """The API keys that were made here, without the secrets."""
    shown = ("id", "label", "preview", "created")
    return [{key: item[key] for key in shown} for item in _keys(ask.site, _own(ask))]


def add_key(ask: Ask) -> Any:
    """An API key of a user, chosen by the client."""
    name, body = _own(ask), ask.model("api_key")
    _refuse_admin(ask.site, name)
    if body.get("expires"):
        raise Fault(501, "API keys that expire are not served: delete the key when its time is over", "not-implemented")
    id = body.get("id") or uuid.uuid1().hex
    _add(ask.site, name, body["key"], body["label"], id)
    return {"id": id}


def _add(site: Site, name: str, secret: str, label: str, id: str) -> None:
    if len(secret) < _SHORTEST:
        raise Fault(400, f"An API key has at least {_SHORTEST} characters", "bad-request")
    known = _keys(site, name)
    if any(item["id"] == id for item in known):
        raise Fault(409, f"API key with id '{id}' already exists.", "unique-violation")
    try:
        site.state.add_key(f"{name[:80]} {id}", kind="script", login=name, secret=secret)
    except ConflictError:
        raise Fault(409, "This API key cannot be taken", "conflict") from None
    created = SYSTEM.now().timestamp()
    known.append({"id": id, "label": label, "preview": f"{secret[:4]}***{secret[-4:]}", "created": created})
    _keep_keys(site, name, known)


def patch_key(ask: Ask) -> None:
    """Another label for an API key."""
    name, id, body = _own(ask), ask.id("entity_id"), ask.model("api_key", partial=True)
    _refuse_admin(ask.site, name)
    if body.get("expires") is not None:
        raise Fault(501, "API keys that expire are not served: delete the key when its time is over", "not-implemented")
    known = _keys(ask.site, name)
    if not any(item["id"] == id for item in known):
        raise Fault(404, "API key not found", "not-found")
    if body.get("label") is not None:
        _keep_keys(ask.site, name, [{**item, "label": body["label"]} if item["id"] == id else item for item in known])


def delete_key(ask: Ask) -> None:
    """End an API key."""
    name, id = _own(ask), ask.id("entity_id")
    known = _keys(ask.site, name)
    if not any(item["id"] == id for item in known):
        raise Fault(404, "API key not found", "not-found")
    ask.site.state.revoke_key(f"{name[:80]} {id}")
    _keep_keys(ask.site, name, [item for item in known if item["id"] != id])


# ---- groups


def _project(ask: Ask) -> str:
    name = ask.path("project_name")
    return name if name == "_" else find_home(ask.site, name).name


def list_groups(ask: Ask) -> Any:
    """The access groups of the studio, and a project's own."""
    site, project = ask.site, _project(ask)
    found: dict[str, bool] = dict.fromkeys(GROUPS, False)
    for key, value in site.state.list_documents(site.users_space, "group ").items():
        where, _, name = key.removeprefix("group ").partition(" ")
        if where in ("_", project):
            found[name] = found.get(name, False) or where != "_"
            if value.get("gone"):
                del found[name]
    return [{"name": name, "isProjectLevel": found[name]} for name in sorted(found)]


def _group(ask: Ask) -> tuple[str, str]:
    name = ask.path("access_group_name")
    if not re.fullmatch(NAME, name) or len(name) > 60:
        raise Fault(400, f"Access group name must match regex '{NAME}'", "bad-request")
    return name, _project(ask)


def get_group(ask: Ask) -> Any:
    """What a group allows."""
    name, project = _group(ask)
    found = group(ask.site.state, ask.site.users_space, name, project)
    if found is None:
        raise Fault(404, f"Access group {name} not found", "not-found")
    return found


def put_group(ask: Ask) -> None:
    """Make or change a group."""
    ask.site.rights.need_manager("You are not allowed to modify access groups")
    name, project = _group(ask)
    given = {key: value for key, value in ask.model("permissions", partial=True).items() if value is not None}
    ask.site.state.put_document(ask.site.users_space, f"group {project} {name}"[:200], {**FREE, **given})


def delete_group(ask: Ask) -> None:
    """Delete a group; who was in it has one group less."""
    ask.site.rights.need_manager("You are not allowed to modify access groups")
    name, project = _group(ask)
    key = f"group {project} {name}"[:200]
    if name in GROUPS and project == "_":
        ask.site.state.put_document(ask.site.users_space, key, {"gone": True})
    else:
        ask.site.state.delete_document(ask.site.users_space, key)


def assign_groups(ask: Ask) -> None:
    """Give a user its groups in some projects; an empty list takes the user out of a project."""
    ask.site.rights.need_manager("You are not allowed to modify access groups")
    name = ask.path("user_name")
    find_user(ask.site, name)
    groups = _groups_of(ask.site, name)
    for item in ask.model("assign_groups").get("accessGroups") or []:
        project, names = item.get("project"), item.get("accessGroups", item.get("access_groups"))
        if not isinstance(project, str) or not isinstance(names, list):
            raise Fault(400, "accessGroups is a list of projects with their groups", "bad-request")
        groups[project] = [str(one) for one in names]
    _keep_groups(ask.site, name, groups)


def assign_projects(ask: Ask) -> None:
    """Give several users their groups in some projects; an empty list takes one out of a project."""
    ask.site.rights.need_manager("You are not allowed to modify access groups")
    said = ask.body
    if not isinstance(said, Mapping) or not all(_is_access(item) for item in said.values()):
        raise Fault(400, "Users with their projects' access groups are wanted", "bad-request")
    for name in said:
        find_user(ask.site, name)
    known = {home.name for home in every_home(ask.site)}
    for name, given in said.items():
        wanted = {project: names for project, names in given.items() if project in known}
        _keep_groups(ask.site, name, {**_groups_of(ask.site, name), **wanted})


def _is_access(given: Any) -> bool:
    """Whether something is projects with lists of names."""
    lists = given.values() if isinstance(given, Mapping) else [None]
    return all(isinstance(names, list) and all(isinstance(one, str) for one in names) for names in lists)


def _groups_of(site: Site, name: str) -> dict[str, Any]:
    said = known_rights(site.state, site.users_space, name) or {}
    found = said.get("accessGroups")
    return dict(found) if isinstance(found, Mapping) else {}


def _keep_groups(site: Site, name: str, groups: Mapping[str, Any]) -> None:
    """Keep a user's groups; of whom nothing was said, stays what it was."""
    before = known_rights(site.state, site.users_space, name)
    level = {} if before is not None else {"isAdmin": True}
    keep_rights(site, name, {**level, "accessGroups": {key: value for key, value in groups.items() if value}})


def permissions(ask: Ask) -> Any:
    """What a user may do; in a project, where one is named."""
    name = _own(ask)
    said = known_rights(ask.site.state, ask.site.users_space, name)
    levels = ("isAdmin", "isManager", "isService")
    is_manager = said is None or any(said.get(key) for key in levels)
    if "project_name" not in ask.request.path_params:
        if ask.path("user_name") != "me":
            return FREE
        level = "admin" if said is None or said.get("isAdmin") else "manager" if is_manager else "user"
        return {"user_level": level, "studio": None if is_manager else FREE["studio"], "projects": None}
    project = _project(ask)
    names = [] if is_manager else _groups_of(ask.site, name).get(project) or []
    found = [made for one in names if (made := group(ask.site.state, ask.site.users_space, str(one), project))]
    return found[0] if found else FREE


def project_users(ask: Ask) -> Any:
    """The users who have groups in a project, with these."""
    project = _project(ask)
    found = {node["name"]: node["data"].get("accessGroups") or {} for node in user_nodes(ask.site)}
    return {name: groups[project] for name, groups in found.items() if groups.get(project)}


def patch_project_user(ask: Ask) -> Any:
    """Give a user its groups in one project."""
    ask.site.rights.need_manager("You are not allowed to modify access groups")
    name, project = ask.path("user_name"), _project(ask)
    find_user(ask.site, name)
    if not isinstance(ask.body, list):
        raise Fault(400, "A list of access groups is wanted", "bad-request")
    groups = {**_groups_of(ask.site, name), project: [str(item) for item in ask.body]}
    _keep_groups(ask.site, name, groups)
    return project_users(ask)
