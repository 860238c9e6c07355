"""Users as GraphQL gives them."""

from __future__ import annotations

from typing import Any

from trackerkit.jsontext import encoded
from trackerkit_ayon.gateway.site import Site
from trackerkit_ayon.gateway.users import me, user_nodes
from trackerkit_ayon.mapping.rows import Node


def user_node(node: Node) -> dict[str, Any]:
    """A user with everything but the tasks."""
    attrib = {key: value for key, value in node["attrib"].items() if value is not None}
    is_service = bool(node["isService"])
    data = node.get("data") or {}
    groups, is_admin = data.get("accessGroups") or {}, bool(data.get("isAdmin"))
    return {
        **node, "attrib": attrib, "allAttrib": encoded(dict(sorted(attrib.items()))).decode(),
        "accessGroups": encoded(groups).decode(), "defaultAccessGroups": list(data.get("defaultAccessGroups") or []),
        "isAdmin": is_admin, "isManager": is_admin or bool(data.get("isManager")), "isService": is_service,
        "isGuest": bool(data.get("isGuest")), "isDeveloper": bool(data.get("isDeveloper")), "isStagingAllowed": False,
        "inviteSentAt": None, "inviteAcceptedAt": None, "hasPassword": not is_service, "disablePasswordLogin": False,
        "userPool": None, "apiKeyPreview": None, "deleted": False,
    }  # fmt: skip


def person(site: Site, name: str) -> dict[str, Any]:
    """A user by name; one that is no more is shown as AYON shows a deleted one."""
    found = user_nodes(site, names=[name])
    if found:
        return user_node(found[0])
    if name == site.login:
        return user_node(me(site))
    at = "1970-01-01T00:00:00+00:00"
    gone = {
        "name": name,
        "attrib": {"fullName": name},
        "isService": False,
        "active": False,
        "createdAt": at,
        "updatedAt": at,
    }
    return {**user_node(gone), "deleted": True}
