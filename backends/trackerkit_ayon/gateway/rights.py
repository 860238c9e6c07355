"""What a user may do: what clients said of it, else everything, since the keys of the state are given by who runs the server.

AYON's levels are kept (admin, manager, service, guest) and its access groups, as far as they say who may create, change and
delete entities; what is finer in them is kept and shown, and not looked at.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from trackerkit.state import State
from trackerkit_ayon.gateway.faults import Fault

LEVELS: Final = ("isAdmin", "isManager", "isService", "isGuest", "isDeveloper")
KEPT: Final = (*LEVELS, "accessGroups", "defaultAccessGroups", "userPool", "disablePasswordLogin")
"""Keys of a user's ``data`` that say what it may do."""

_OPEN: Final[Mapping[str, Any]] = {"enabled": False, "access_list": []}
_CLOSED: Final[Mapping[str, Any]] = {"enabled": True, "access_list": []}
FREE: Final[Mapping[str, Any]] = {
    "studio": {"create_projects": False, "list_all_users": False}, "project": {"anatomy": 0, "access": 0, "settings": 0},
    "create": _OPEN, "read": _OPEN, "update": _OPEN, "publish": _OPEN, "delete": _OPEN,
    "attrib_read": {"enabled": False, "attributes": []}, "attrib_write": {"enabled": False, "attributes": [], "fields": []},
    "activities": {"enabled": False, "activities": []}, "actions": {"enabled": False, "actions": []},
    "links": {"enabled": False, "link_types": []}, "endpoints": {"enabled": False, "endpoints": []},
    "advanced": {"show_sibling_tasks": True},
}  # fmt: skip
"""The permissions of a group that forbids nothing, as AYON has them."""

GROUPS: Final[Mapping[str, Mapping[str, Any]]] = {
    "artist": {**FREE, "create": _CLOSED, "delete": _CLOSED}, "supervisor": FREE,
}  # fmt: skip
"""The groups that there are from the start."""


@dataclass(frozen=True)
class Rights:
    """What one user may do.

    Args:
        name: of the user.
        is_admin: everything.
        is_manager: projects, users, events.
        is_service: jobs, acting as users.
        groups: its access groups by project.
    """

    name: str
    is_admin: bool = True
    is_manager: bool = True
    is_service: bool = False
    groups: Mapping[str, Any] = field(default_factory=dict)

    def need_manager(self, detail: str = "You need to be a manager in order to do this") -> None:
        """Refuse who is none.

        Raises:
            Fault: 403.
        """
        if not self.is_manager:
            raise Fault(403, detail, "forbidden")

    def need_admin(self, detail: str = "You need to be an admin in order to do this") -> None:
        """Refuse who is none.

        Raises:
            Fault: 403.
        """
        if not self.is_admin:
            raise Fault(403, detail, "forbidden")


def space_of(site_space: str) -> str:
    """The space of the documents about users and groups."""
    return f"{site_space} users"[:100]


def known_rights(state: State, space: str, name: str) -> dict[str, Any] | None:
    """What clients said of a user; None for nothing."""
    found: dict[str, Any] | None = state.get_document(space, f"user {name}"[:200])
    return found


def rights_of(state: State, space: str, name: str, is_script: bool) -> Rights:
    """The rights of a caller.

    Args:
        state: of the gateway.
        space: of the documents.
        name: of the user, or of the key.
        is_script: it is a key that is nobody's, not a user.
    """
    if is_script:
        return Rights(name, is_service=True)
    said = known_rights(state, space, name)
    if said is None:
        return Rights(name)
    is_admin = bool(said.get("isAdmin") or said.get("isService"))
    is_manager = is_admin or bool(said.get("isManager"))
    return Rights(name, is_admin, is_manager, bool(said.get("isService")), said.get("accessGroups") or {})


def group(state: State, space: str, name: str, project: str = "_") -> Mapping[str, Any] | None:
    """The permissions of a group, a project's own before the studio's; None for no such group."""
    for where in dict.fromkeys((project, "_")):
        found: dict[str, Any] | None = state.get_document(space, f"group {where} {name}"[:200])
        if found is not None:
            return None if found.get("gone") else found
    return GROUPS.get(name)


def check_project(state: State, space: str, rights: Rights, project: str, verb: str) -> None:
    """Refuse what none of a user's groups in a project allows.

    Args:
        state: of the gateway.
        space: of the documents.
        rights: of the user.
        project: its name.
        verb: ``read``, ``create``, ``update``, ``publish`` or ``delete``.

    Raises:
        Fault: 403.
    """
    if rights.is_manager:
        return
    names = rights.groups.get(project) or []
    for name in names if isinstance(names, list) else []:
        found = group(state, space, str(name), project)
        if found is not None and _allows(found.get(verb)):
            return
    raise Fault(403, f"{verb.capitalize()} access denied for {rights.name} in project {project}", "forbidden")


def check_studio(state: State, space: str, rights: Rights, right: str) -> None:
    """Refuse what none of a user's groups, of any project, allows in the whole studio.

    Args:
        state: of the gateway.
        space: of the documents.
        rights: of the user.
        right: ``list_all_users`` or ``create_projects``.

    Raises:
        Fault: 403.
    """
    if rights.is_manager:
        return
    names = {str(name) for given in rights.groups.values() if isinstance(given, list) for name in given}
    for name in sorted(names):
        studio = (group(state, space, name) or {}).get("studio")
        if isinstance(studio, Mapping) and studio.get(right):
            return
    raise Fault(403, f"You are not allowed to access {right}", "forbidden")


def _allows(rule: Any) -> bool:
    if not isinstance(rule, Mapping) or not rule.get("enabled"):
        return True
    listed = rule.get("access_list")
    return isinstance(listed, list) and any(isinstance(item, Mapping) and item.get("type") == "all" for item in listed)
