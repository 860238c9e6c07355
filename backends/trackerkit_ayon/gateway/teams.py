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
    member = f"{home}/{{team_name}}/members/{{member_name}}"
    return [
        api(gate, "GET", home, get_teams),
        api(gate, "PATCH", home, patch_teams, status=204, need="manager"),
        api(gate, "PUT", f"{home}/{{team_name}}", put_team, status=204, need="manager"),
        api(gate, "DELETE", f"{home}/{{team_name}}", delete_team, status=204, body=False, need="manager"),
        api(gate, "PUT", member, put_member, status=204, need="manager"),
        api(
            gate,
            "DELETE",
            f"{home}/{{team_name}}/members/{{member_name}}",
            delete_member,
            status=204,
            body=False,
            need="manager",
        ),
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
    _write(ask, ask.path("team_name"), ask.body.get("members") if isinstance(ask.body, Mapping) else None)


def patch_teams(ask: Ask) -> None:
    """Make or change several teams; the others stay."""
    if not isinstance(ask.body, list) or not all(isinstance(item, Mapping) for item in ask.body):
        raise Fault(400, "A list of teams is wanted", "bad-request")
    for item in ask.body:
        _write(ask, str(item.get("name") or ""), item.get("members"))


def _write(ask: Ask, name: str, members: Any) -> None:
    if not 2 <= len(name) <= 64 or not isinstance(members, list) or not all(_is_member(item) for item in members):
        raise Fault(400, "A team has a name of 2 to 64 characters and members with names", "bad-request")
    names = list(dict.fromkeys(item["name"] for item in members))
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


def _members(ask: Ask, name: str) -> list[dict[str, Any]]:
    """Who is in a team, with what AYON keeps of each.

    Raises:
        Fault: 404, there is no such team.
    """
    found = ask.site.tracker.find_one("Group", field("name") == name, fields=["name", "users"])
    if found is None:
        raise Fault(404, f"Team {name} not found", "not-found")
    facts = (ask.home.document.get("teams") or {}).get(name) or {}
    names = ask.site.hexes(found["users"])
    return [{"name": names[ref], **(facts.get(names[ref]) or {})} for ref in found["users"]]


def put_member(ask: Ask) -> None:
    """Take a user into a team, or change what it is there."""
    team, name = ask.path("team_name"), ask.path("member_name")
    body = ask.body if isinstance(ask.body, Mapping) else {}
    others = [item for item in _members(ask, team) if item["name"] != name]
    _write(ask, team, [*others, {"name": name, "leader": bool(body.get("leader")), "roles": _roles(body)}])


def _roles(body: Mapping[str, Any]) -> list[str]:
    roles = body.get("roles") or []
    if not isinstance(roles, list):
        raise Fault(400, "roles is a list", "bad-request")
    return [str(item) for item in roles]


def delete_member(ask: Ask) -> None:
    """Take a user out of a team."""
    team, name = ask.path("team_name"), ask.path("member_name")
    _write(ask, team, [item for item in _members(ask, team) if item["name"] != name])


def _is_member(item: Any) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get("name"), str)


def delete_team(ask: Ask) -> None:
    """Delete a team."""
    name = ask.path("team_name")
    found = ask.site.tracker.find_one("Group", field("name") == name, fields=["name"])
    if found is None:
        raise Fault(404, f"Team {name} not found", "not-found")
    ask.site.tracker.delete(found.ref, permanent=True, recursive=True)
