"""Users of the server and teams of a project."""

from __future__ import annotations

from typing import Any, Final

from trackerkit.errors import ConflictError, NotFoundError
from trackerkit.operations import Added, Operation, Removed, Result
from trackerkit.values import Ref
from trackerkit_ayon.backend.current import changed
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.backend.small import teams
from trackerkit_ayon.mapping.rows import Node

_KEY: Final = "trackerkit_key"
"""In a user's data: the key of its create, so that a repeat is known for what it is."""


class People:
    """Writes users and teams."""

    def __init__(self, server: Server) -> None:
        self._server = server

    # ---- users

    def write_user(self, operation: Operation, project: str | None) -> Result:
        """Make, change or delete a user."""
        if operation.kind == "create":
            return self._create(operation)
        assert operation.ref is not None
        name = operation.ref.id
        ref = self._server.context(None).user(name, operation.values.get("label"))
        if operation.kind == "update":
            payload = self._server.rows("User", None).payload(operation.values)
            payload.pop("name", None)
            self._server.client.send("PATCH", "users", name, json=payload, safe=True)
            return Result(ref, dict(operation.values))
        if operation.kind == "restore":
            return Result(ref, done=False)
        self._server.client.send("DELETE", "users", name, safe=False)
        return Result(ref)

    def _create(self, operation: Operation) -> Result:
        values = {name: value for name, value in operation.values.items() if value is not None}
        name = values["name"]
        ref = self._server.context(None).user(name, values.get("label"))
        known = self.known(name)
        if known is not None:
            if (known.get("data") or {}).get(_KEY) == operation.key:
                return Result(ref, values, done=False)
            raise ConflictError(f"there is a user {name!r} already", backend="ayon")
        payload = self._server.rows("User", None).payload(values, is_new=True)
        payload.pop("name")
        payload.setdefault("data", {})[_KEY] = operation.key
        self._server.client.send("PUT", "users", name, json=payload, safe=True)
        return Result(ref, values)

    def known(self, name: str) -> Node | None:
        """A user as REST gives it; None when there is none."""
        try:
            found: Node = self._server.client.get("users", name)
        except NotFoundError:
            return None
        return found

    # ---- teams

    def write_group(self, operation: Operation, project: str | None) -> Result:
        """Make, change or delete a team of a project."""
        assert project is not None
        there = {team["name"]: team for team in teams(self._server, project)}
        if operation.kind == "create":
            return self._create_group(operation, project, there)
        assert operation.ref is not None
        ref = self._ref(project, operation.ref.id)
        if ref.id not in there:
            raise NotFoundError(f"there is no team {ref.id!r} in {project}", backend="ayon")
        if operation.kind == "update":
            names = _members(operation.values.get("users"), there[ref.id]["members"])
            if "users" in operation.values:
                self._put(project, ref.id, names)
            return Result(ref, {"users": [self._server.context(None).user(name) for name in names]})
        if operation.kind == "restore":
            return Result(ref, done=False)
        self._server.client.send("DELETE", "projects", project, "teams", ref.id, safe=False)
        return Result(ref)

    def _create_group(self, operation: Operation, project: str, there: dict[str, Node]) -> Result:
        name = operation.values["name"]
        names = [ref.id for ref in operation.values.get("users") or ()]
        values = {key: value for key, value in operation.values.items() if key != "project"}
        if name in there and there[name]["members"] == names:
            return Result(self._ref(project, name), values, done=False)
        if any(known.lower() == name.lower() for known in there):
            raise ConflictError(f"{project} has a team {name!r} already", backend="ayon")
        self._put(project, name, names)
        return Result(self._ref(project, name), values)

    def _put(self, project: str, name: str, members: list[str]) -> None:
        """Write a team; those who stay keep their roles."""
        found = self._server.client.get("projects", project, "teams", query={"show_members": True})
        roles = {m["name"]: m for team in found if team["name"] == name for m in team.get("members") or ()}
        payload = {"members": [roles.get(member) or {"name": member} for member in members]}
        self._server.client.send("PUT", "projects", project, "teams", name, json=payload, safe=True)

    def _ref(self, project: str, name: str) -> Ref:
        return self._server.context(project).ref("Group", name, name)


def _members(value: Any, there: list[str]) -> list[str]:
    if isinstance(value, (Added, Removed)):
        refs = [Ref("User", name) for name in there]
        given = type(value)(tuple(Ref("User", ref.id) for ref in value.values))
        return [ref.id for ref in changed(refs, given)]
    return [ref.id for ref in value] if value is not None else list(there)
