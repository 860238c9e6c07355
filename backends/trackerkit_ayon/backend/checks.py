"""What ``doctor`` finds on an AYON server, and what it makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from trackerkit.backend import Check
from trackerkit.errors import TrackerError
from trackerkit_ayon.backend.linking import LIKED, Linking
from trackerkit_ayon.backend.server import Server


def checks(server: Server, linking: Linking, prepare: bool) -> Iterator[Check]:
    """Reachability, version, user, rights, link types; with ``prepare``, the link types are made."""
    try:
        info = server.client.get("info")
        me = server.me()
    except TrackerError as error:
        yield Check("server", False, error.message, error.hint)
        return
    version = str(info.get("version") or "")
    is_known = version.startswith("1.")
    yield Check("server", is_known, f"AYON {version} at {server.site}", "" if is_known else "made for AYON 1.x")
    yield Check("user", True, f"{me['name']} ({_rank(me)})")
    names = [node["name"] for node in server.projects("active") if node["active"]]
    yield Check("projects", True, f"{len(names)} active: {', '.join(names[:8])}{', …' if len(names) > 8 else ''}")
    for name in names:
        yield from _link_types(server, linking, name, prepare and _may_prepare(me))


def _rank(me: Mapping[str, Any]) -> str:
    data = me.get("data") or {}
    ranks = {"isService": "service", "isAdmin": "administrator", "isManager": "manager"}
    return next((name for key, name in ranks.items() if data.get(key)), "user")


def _may_prepare(me: Mapping[str, Any]) -> bool:
    return _rank(me) != "user"


def _link_types(server: Server, linking: Linking, project: str, prepare: bool) -> Iterator[Check]:
    known = {item["name"] for item in server.link_types(project)}
    missing = [name for name in LIKED if name not in known]
    if not missing:
        yield Check(f"links in {project}", True, "every link type that trackerkit uses is there")
        return
    if not prepare:
        text = f"{', '.join(missing)}: made when first needed, if the user may"
        yield Check(f"links in {project}", True, text, "trackerkit doctor --prepare makes them now")
        return
    for name in missing:
        try:
            linking.ensure_type(project, name)
        except TrackerError as error:
            yield Check(f"links in {project}", False, error.message, error.hint)
        else:
            yield Check(f"links in {project}", True, f"made the link type {name}")
