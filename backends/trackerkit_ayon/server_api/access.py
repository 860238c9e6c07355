"""Who may do what: access groups, teams, and the users of a project."""

from __future__ import annotations

from typing import Any

from trackerkit_ayon.server_api.rest import done, list_of, object_of, path, query
from trackerkit_ayon.server_api.users import UsersAPI


class AccessAPI(UsersAPI):
    """``/accessGroups``, ``/projects/…/teams`` and ``/projects/…/users``."""

    def get_access_groups(self, project_name: str | None = None) -> list[dict[str, Any]]:
        """The groups of the studio, or as a project has them."""
        return list_of(self.get(path("accessGroups", project_name or "_")))

    def get_access_group_schema(self, project_name: str | None = None) -> dict[str, Any]:
        """What a group may be given, as a JSON schema."""
        return object_of(self.get("accessGroups/_schema" + query(project_name=project_name or None)))

    def get_access_group(self, access_group_name: str, project_name: str | None = None) -> dict[str, Any]:
        """What a group may do."""
        return object_of(self.get(path("accessGroups", access_group_name, project_name or "_")))

    def save_access_group(
        self, access_group_name: str, permissions: dict[str, Any], project_name: str | None = None
    ) -> None:
        """Make a group, or set what it may do."""
        done(self.raw_put(path("accessGroups", access_group_name, project_name or "_"), json=permissions))

    def delete_access_group(self, access_group_name: str, project_name: str | None = None) -> None:
        """Delete a group, or what a project has of its own for it."""
        done(self.delete(path("accessGroups", access_group_name, project_name or "_")))

    def set_projects_access(self, access: dict[str, dict[str, list[str]]]) -> None:
        """Set the groups of users in projects: user → project → groups."""
        done(self.raw_post("access", json=access))

    # ---- teams

    def get_teams(self, project_name: str, *, show_members: bool = False) -> list[dict[str, Any]]:
        """The teams of a project, with their members where that is asked for."""
        return list_of(self.get(path("projects", project_name, "teams") + query(show_members=show_members or None)))

    def update_teams(self, project_name: str, teams: list[dict[str, Any]]) -> None:
        """Set the teams of a project."""
        done(self.raw_patch(path("projects", project_name, "teams"), json=teams))

    def save_team(self, project_name: str, team_name: str, members: list[dict[str, Any]]) -> None:
        """Make a team, or set its members."""
        done(self.put(path("projects", project_name, "teams", team_name), members=members))

    def delete_team(self, project_name: str, team_name: str) -> None:
        """Delete a team."""
        done(self.delete(path("projects", project_name, "teams", team_name)))

    def save_team_member(
        self,
        project_name: str,
        team_name: str,
        member_name: str,
        *,
        leader: bool = False,
        roles: list[str] | None = None,
    ) -> None:
        """Take a user into a team, or change what they are there."""
        where = path("projects", project_name, "teams", team_name, "members", member_name)
        done(self.put(where, name=member_name, leader=leader, roles=list(roles or [])))

    def delete_team_member(self, project_name: str, team_name: str, member_name: str) -> None:
        """Take a user out of a team."""
        done(self.delete(path("projects", project_name, "teams", team_name, "members", member_name)))

    # ---- the users of a project

    def get_project_users(self, project_name: str) -> dict[str, list[str]]:
        """The groups of every user of a project."""
        return object_of(self.get(path("projects", project_name, "users")))

    def set_project_user_access_groups(
        self, project_name: str, user_name: str, access_groups: list[str]
    ) -> dict[str, list[str]]:
        """Set a user's groups in a project; the groups of every user after that."""
        where = path("projects", project_name, "users", user_name)
        return object_of(self.raw_patch(where, json=list(access_groups)))
