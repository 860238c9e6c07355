"""Users: those of the tracker, and the caller."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.routing import Route

from trackerkit import operations as ops
from trackerkit.clock import SYSTEM
from trackerkit.filters import Condition, Filter
from trackerkit_ayon.gateway.attributes import DATA_FIELD
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.gate import Ask, Gate, api
from trackerkit_ayon.gateway.models import USER_NAME
from trackerkit_ayon.gateway.payloads import merged
from trackerkit_ayon.gateway.rights import KEPT, known_rights
from trackerkit_ayon.gateway.site import Site
from trackerkit_ayon.mapping.codecs import Context
from trackerkit_ayon.mapping.rows import Node, Rows

_NOT_KEPT: Final = frozenset({*KEPT, "password", "apiKey"})
"""Keys of a user's data that do not lie in the tracker: ``rights`` keeps what the user may do, the state the secrets."""

_FEW: Final = 20
ACCESS: Final = 900
"""How much of AYON's pages managers see."""


def routes(gate: Gate) -> list[Route]:
    """The routes of users."""
    return [
        api(gate, "GET", "/api/users", list_users),
        api(gate, "GET", "/api/users/me", get_me),
        api(gate, "GET", "/api/users/{user_name}", get_user),
        api(gate, "PUT", "/api/users/{user_name}", put_user, status=204),
        api(gate, "PATCH", "/api/users/{user_name}", patch_user, status=204),
        api(gate, "DELETE", "/api/users/{user_name}", delete_user, status=204, body=False),
    ]


def _said(site: Site, names: Sequence[str] | None) -> Mapping[str, Any]:
    """What clients said of users' rights, by name."""
    if names is not None and len(names) <= _FEW:
        return {name: known_rights(site.state, site.users_space, name) for name in names}
    found = site.state.list_documents(site.users_space, "user ")
    return {key.partition(" ")[2]: value for key, value in found.items()}


def rows_of(site: Site) -> Rows:
    """The mapping of users."""
    return Rows(site.catalog.view("User"), Context(site.site))


def user_nodes(site: Site, *conditions: Filter, names: Sequence[str] | None = None) -> list[Node]:
    """Users as AYON's nodes, by name."""
    rows = rows_of(site)
    fields = [name for name in (*rows.places, DATA_FIELD) if name in site.schema.type("User").fields]
    wanted = [*conditions, *([Condition("name", "in", tuple(names))] if names is not None else [])]
    said = _said(site, names)
    made = []
    for item in site.tracker.find("User", *wanted, fields=fields):
        node = rows.node(item.to_dict())
        node["active"] = bool(node.get("active"))
        node["data"].update(item.get(DATA_FIELD) or {})
        known = said.get(node["name"])
        node["isService"] = bool(known.get("isService")) if known is not None else node["isService"]
        level = {"isService" if node["isService"] else "isAdmin": True} if known is None else known
        node["data"] = {**node["data"], **level}
        node["ref"] = item.ref
        made.append(node)
    return sorted(made, key=lambda node: node["name"])


def shown_user(node: Mapping[str, Any]) -> dict[str, Any]:
    """A user as REST gives it."""
    attrib = {key: value for key, value in node["attrib"].items() if value is not None}
    is_manager = any(node["data"].get(key) for key in ("isAdmin", "isManager", "isService"))
    return {
        "name": node["name"], "uiExposureLevel": ACCESS if is_manager else 500, "attrib": attrib, "data": node["data"],
        "active": node["active"],
        "ownAttrib": sorted(attrib), "createdAt": node.get("createdAt"), "updatedAt": node.get("updatedAt"),
    }  # fmt: skip


def me(site: Site) -> Node:
    """The caller: the user of the tracker that it is, or its key as a user."""
    login = site.login
    found = user_nodes(site, names=[login])
    is_service = site.rights.is_service
    if found:
        node = found[0]
        return {
            **node,
            "isService": is_service,
            "data": {**node["data"], **({"isService": True} if is_service else {})},
        }
    at = site.caller.key.created_at.isoformat()
    data = {"isService": True} if is_service else {"isAdmin": True}
    return {
        "name": login, "attrib": {}, "ownAttrib": [], "data": data, "active": True, "isService": is_service, "createdAt": at,
        "updatedAt": at,
    }  # fmt: skip


def get_me(ask: Ask) -> Any:
    """Who asks."""
    return shown_user(me(ask.site))


def list_users(ask: Ask) -> Any:
    """Every user."""
    return [shown_user(node) for node in user_nodes(ask.site)]


def find_user(site: Site, name: str) -> Node:
    """One user.

    Raises:
        Fault: 404.
    """
    found = user_nodes(site, names=[name])
    if found:
        return found[0]
    if name == site.login:
        return me(site)
    raise Fault(404, f"Unable to load user {name}", "not-found")


def get_user(ask: Ask) -> Any:
    """One user."""
    return shown_user(find_user(ask.site, ask.path("user_name")))


def put_user(ask: Ask) -> None:
    """Make a user."""
    import re

    name, site = ask.path("user_name"), ask.site
    if not re.match(USER_NAME, name):
        raise Fault(400, f"User name '{name}' does not match regex '{USER_NAME}'", "bad-request")
    site.rights.need_manager("You don't have permissions to create users")
    if user_nodes(site, names=[name]):
        raise Fault(409, "User already exists", "conflict")
    body = ask.model("user", attributes=site.catalog.scope("user"))
    if body.get("password"):
        set_password(site, name, body["password"])
    keep_rights(site, name, body.get("data") or {})
    values = {"kind": "human", "active": True, **_values(ask, is_new=True)}
    gone = site.tracker.find_one("User", Condition("name", "is", name), fields=["name"], state="retired")
    if gone is None:
        site.tracker.create("User", **{**values, "name": name})
    else:
        site.tracker.write([ops.restore(gone.ref), ops.update(gone.ref, values)])


def _values(ask: Ask, is_new: bool = False, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    body = ask.model("user", attributes=ask.site.catalog.scope("user"), partial=not is_new)
    given = {key: value for key, value in body.items() if value is not None}
    values, _ = rows_of(ask.site).values({key: given[key] for key in ("attrib", "active") if key in given})
    data = dict(given.get("data") or {})
    if "isService" in data:
        values["kind"] = "service" if data["isService"] else "human"
    others = {key: value for key, value in data.items() if key not in _NOT_KEPT}
    if others and ask.site.ensure_data("User"):
        values[DATA_FIELD] = merged(before, others)
    fields = ask.site.schema.type("User").fields
    return {key: value for key, value in values.items() if key in fields and (value is not None or not is_new)}


def patch_user(ask: Ask) -> None:
    """Change a user; what it may do is a manager's to say."""
    name, rights = ask.path("user_name"), ask.site.rights
    node = find_user(ask.site, name)
    if name != rights.name:
        rights.need_manager("You don't have permissions to modify this user")
    data = ask.model("user", partial=True).get("data") or {}
    if any(key in data for key in KEPT):
        rights.need_manager("You don't have permissions to modify this user")
        keep_rights(ask.site, name, data)
    has_data = ask.site.has_field("User", DATA_FIELD) and "ref" in node
    values = _values(
        ask, before=ask.site.tracker.get(node["ref"], fields=[DATA_FIELD])[DATA_FIELD] if has_data else None
    )
    if values and "ref" in node:
        ask.site.tracker.update(node["ref"], **values)


def delete_user(ask: Ask) -> None:
    """Retire a user: who made something stays known. It can log in no more."""
    site, name = ask.site, ask.path("user_name")
    site.rights.need_manager("You don't have permissions to delete users")
    node = find_user(site, name)
    if "ref" in node:
        site.tracker.delete(node["ref"])
    site.state.delete_document(site.users_space, f"user {name}"[:200])
    known = site.state.find_key(name)
    if known is not None and known.kind == "user":
        site.state.revoke_key(name)


def set_password(site: Site, name: str, password: str) -> None:
    """Let a user log in with a password.

    Raises:
        Fault: 409, a script has that name.
    """
    known = site.state.find_key(name)
    if known is not None and known.kind != "user":
        raise Fault(409, f"{name} is the name of a script's key: it cannot log in", "conflict")
    if not 8 <= len(password) <= 1024:
        raise Fault(400, "Password must be 8 to 1024 characters long", "bad-request")
    if known is not None:
        site.state.revoke_key(name)
    site.state.add_key(name, kind="user", secret=password)


def keep_rights(site: Site, name: str, data: Mapping[str, Any]) -> None:
    """Keep what a client says of a user's rights; who is no admin makes none.

    Raises:
        Fault: 403.
    """
    given = {key: data[key] for key in KEPT if key in data}
    if (given.get("isAdmin") or given.get("isService")) and not site.rights.is_admin:
        raise Fault(403, "Only admins can make admins and services", "forbidden")
    before = known_rights(site.state, site.users_space, name) or {}
    made = {key: value for key, value in {**before, **given}.items() if value is not None}
    site.state.put_document(site.users_space, f"user {name}"[:200], made)


def welcome_users(site: Site, project: str) -> None:
    """Give the users who have default access groups access to a new project."""
    for name, said in _said(site, None).items():
        groups = (said or {}).get("defaultAccessGroups")
        if groups and not said.get("isAdmin") and not said.get("isManager"):
            keep_rights(site, name, {"accessGroups": {**(said.get("accessGroups") or {}), project: groups}})


def now_text() -> str:
    """The present moment as AYON writes it."""
    return SYSTEM.now().isoformat()
