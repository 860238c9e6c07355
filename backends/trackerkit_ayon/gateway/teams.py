"""Teams: the tracker's groups. AYON has them in each project; here every project shows all of them.

What only AYON has of a member (leader, roles) stands in a document of the project.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.routing import Route

from trackerkit.filters import field
from trackerkit_ayon.gateway.faults import Fault, absent
from trackerkit_ayon.gateway.gate import Ask, Gate, api


def routes(gate: Gate) -> list[Route]:
    """The routes of teams."""
    home = "/api/projects/{project_name}/teams"
    return [
        api(gate, "GET", home, get_teams),
        api(gate, "PUT", f"{home}/{{team_name}}", put_team, status=204),
        api(gate, "DELETE", f"{home}/{{team_name}}", delete_team, status=204, body=False),
    ]


def get_teams(ask: Ask) -> Any:
    """Every team."""
    kept = ask.home.document.get("teams") or {}
    if "Group" not in ask.site.schema:
        return []
    groups = list(ask.site.tracker.find("Group", fields=["name", "users"]))
    names = ask.site.hexes(ref for item in groups for ref in item["users"])
    made = []
    for item in groups:
        facts = kept.get(item["name"]) or {}
        members = [
            {"name": names[ref], "leader": False, "roles": [], **(facts.get(names[ref]) or {})} for ref in item["users"]
        ]
        team = {"name": item["name"], "memberCount": len(members), "leaders": [m for m in members if m["leader"]]}
        made.append({**team, "members": members} if ask.flag("show_members") else team)
    return made


def put_team(ask: Ask) -> None:
    """Make a team, or change who is in it."""
    name = ask.path("team_name")
    members = ask.body.get("members") if isinstance(ask.body, Mapping) else None
    if not 2 <= len(name) <= 64 or not isinstance(members, list) or not all(_is_member(item) for item in members):
        raise Fault(400, "A team has a name of 2 to 64 characters and members with names", "bad-request")
    names = [item["name"] for item in members]
    known = ask.site.users_of_names(names)
    for each in names:
        if each not in known:
            raise absent("user", each, "users")
    users = [known[each] for each in names]
    found = ask.site.tracker.find_one("Group", field("name") == name, fields=["name"])
    if found is None:
        ask.site.tracker.create("Group", name=name, users=users)
    else:
        ask.site.tracker.update(found.ref, users=users)
    facts = {item["name"]: {key: item[key] for key in ("leader", "roles") if item.get(key)} for item in members}
    home = ask.home
    home.document["teams"] = {**(home.document.get("teams") or {}), name: facts}
    home.keep()


def _is_member(item: Any) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get("name"), str)


def delete_team(ask: Ask) -> None:
    """Delete a team."""
    name = ask.path("team_name")
    found = ask.site.tracker.find_one("Group", field("name") == name, fields=["name"])
    if found is None:
        raise Fault(404, f"Team {name} not found", "not-found")
    ask.site.tracker.delete(found.ref, permanent=True, recursive=True)
