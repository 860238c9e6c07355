"""Users: who they are, their keys and sessions."""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator
from typing import Any

from trackerkit.errors import InvalidInputError
from trackerkit.jsontext import decoded
from trackerkit_ayon.server_api.exceptions import NotFoundRequestError, UnauthorizedError, UnsupportedServerVersion
from trackerkit_ayon.server_api.graphql import selection
from trackerkit_ayon.server_api.reading import Reading, converted, first, with_own_attributes
from trackerkit_ayon.server_api.rest import done, given, list_of, object_of, path


class UsersAPI(Reading):
    """``/users`` and GraphQL's ``users``."""

    def get_users(
        self,
        project_name: str | None = None,
        usernames: Iterable[str] | None = None,
        emails: Iterable[str] | None = None,
        fields: Iterable[str] | None = None,
        own_attributes: bool = False,
    ) -> Iterator[dict[str, Any]]:
        """Users, as GraphQL tells them. Only managers see those of no project.

        Args:
            project_name: those who have access to this project.
            usernames: only these.
            emails: only those with these addresses (AYON 1.7.4).
            fields: what to read.
            own_attributes: fill ``own_attributes``: what is set on the user itself, None for the rest.

        Raises:
            UnsupportedServerVersion: the server is too old for ``emails``.
        """
        names, addresses = _several(usernames), _several(emails)
        if names == [] or addresses == []:
            return
        if addresses is not None and not self._is_at_least(1, 7, 4):
            raise UnsupportedServerVersion(
                f"Filtering by emails is not supported by server version {self.get_server_version()}.", backend="ayon"
            )
        arguments = given(names=names, emails=addresses, projectName=project_name)
        wanted = self._wanted("user", fields)
        attributes = self.get_attributes_for_type("user") if "allAttrib" in wanted else {}
        for page in self._pages("users", None, arguments, selection(wanted)):
            for edge in page.edges:
                yield _user(edge["node"], attributes, own_attributes)
            page.go_on()

    def get_user_by_name(
        self,
        username: str,
        project_name: str | None = None,
        fields: Iterable[str] | None = None,
        own_attributes: bool = False,
    ) -> dict[str, Any] | None:
        """One user, as GraphQL tells it; None when there is none. See ``get_users``."""
        if not username:
            return None
        return first(self.get_users(project_name, {username}, None, fields, own_attributes))

    def get_user(self, username: str | None = None, own_attributes: bool = False) -> dict[str, Any] | None:
        """One user, as REST tells it, with the defaults of attributes that are not set.

        Args:
            username: the caller unless given.
            own_attributes: fill ``own_attributes``: what is set on the user itself, None for the rest.

        Returns:
            The user; None when there is none of that name.

        Raises:
            UnauthorizedError: nobody is logged in.
        """
        if username is None:
            user = self._get_user_info()
            if user is None:
                raise UnauthorizedError("User is not authorized.", backend="ayon")
        else:
            try:
                user = object_of(self.get(path("users", username)))
            except NotFoundRequestError:
                return None
        attrib = user.setdefault("attrib", {})
        for name, attribute in self.get_attributes_for_type("user").items():
            attrib.setdefault(name, attribute["default"])
        with_own_attributes(user)
        if not own_attributes:
            user.pop("own_attributes", None)
        return user

    # ---- changing them

    def create_user(
        self,
        user_name: str,
        *,
        password: str | None = None,
        api_key: str | None = None,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        active: bool | None = None,
    ) -> None:
        """Make a user; of a service, with an API key."""
        body = given(password=password, apiKey=api_key, attrib=attrib, data=data, active=active)
        done(self.put(path("users", user_name), **body))

    def update_user(
        self,
        user_name: str,
        *,
        attrib: dict[str, Any] | None = None,
        data: dict[str, Any] | None = None,
        active: bool | None = None,
    ) -> None:
        """Change a user; what is None stays."""
        done(self.patch(path("users", user_name), **given(attrib=attrib, data=data, active=active)))

    def delete_user(self, user_name: str) -> None:
        """Delete a user."""
        done(self.delete(path("users", user_name)))

    def rename_user(self, user_name: str, new_user_name: str) -> None:
        """Give a user another login."""
        where = path("users", user_name, "rename")
        is_new = self._is_at_least(1, 15, 0)
        done(self.post(where, name=new_user_name) if is_new else self.patch(where, newName=new_user_name))

    def change_password(self, user_name: str, *, password: str | None = None, api_key: str | None = None) -> None:
        """Set a user's password, or a service's key.

        Raises:
            ValueError: neither is given.
        """
        body = given(password=password, apiKey=api_key)
        if not body:
            raise InvalidInputError("Password or api key must be passed.", backend="ayon")
        done(self.patch(path("users", user_name, "password"), **body))

    def set_user_access_groups(self, user_name: str, access_groups: dict[str, list[str]]) -> None:
        """Set a user's groups, by project."""
        groups = [{"project": project, "accessGroups": list(names)} for project, names in access_groups.items()]
        done(self.patch(path("users", user_name, "accessGroups"), accessGroups=groups))

    # ---- sessions and keys

    def get_user_sessions(self, user_name: str) -> list[dict[str, Any]]:
        """The sessions that a user has open."""
        return list_of(self.get(path("users", user_name, "sessions")), "sessions")

    def delete_user_session(self, user_name: str, session_id: str) -> None:
        """End a session."""
        done(self.delete(path("users", user_name, "sessions", session_id)))

    def get_user_api_keys(self, user_name: str) -> list[dict[str, Any]]:
        """A user's keys, without the keys themselves."""
        return list_of(self.get(path("users", user_name, "apikeys")))

    def create_user_api_key(self, user_name: str, label: str, key: str, *, expires: float | None = None) -> None:
        """Give a user a key.

        Args:
            user_name: of the user.
            label: how it is shown.
            key: itself.
            expires: seconds since 1970; None for never.
        """
        done(self.post(path("users", user_name, "apikeys"), label=label, key=key, expires=expires))

    def update_user_api_key(
        self, user_name: str, api_key_id: str, *, label: str | None = None, expires: float | None = None
    ) -> None:
        """Change how a key is shown and when it ends."""
        done(self.patch(path("users", user_name, "apikeys", api_key_id), label=label, expires=expires))

    def delete_user_api_key(self, user_name: str, api_key_id: str) -> None:
        """Take a key away."""
        done(self.delete(path("users", user_name, "apikeys", api_key_id)))

    def get_user_permissions(self, user_name: str | None = None, project_name: str | None = None) -> dict[str, Any]:
        """What a user may do, in the studio or in a project; the caller unless named."""
        parts = ["users", user_name or "me", "permissions", *([project_name] if project_name else [])]
        return object_of(self.get(path(*parts)))


def _several(values: Iterable[str] | None) -> list[str] | None:
    return None if values is None else list(dict.fromkeys(values))


def _user(row: dict[str, Any], attributes: dict[str, Any], own_attributes: bool) -> dict[str, Any]:
    """A node of GraphQL's ``users`` as it is handed out."""
    if isinstance(row.get("accessGroups"), str):
        row["accessGroups"] = decoded(row["accessGroups"])
    converted(row)
    if "allAttrib" in row:
        attrib = row.get("attrib") or {}
        own = {**dict.fromkeys(attributes), **copy.deepcopy(attrib)}
        row["ownAttrib"] = own
        row["attrib"] = {
            **{name: copy.deepcopy(attribute["default"]) for name, attribute in attributes.items()}, **attrib,
        }  # fmt: skip
        if own_attributes:
            row["own_attributes"] = copy.deepcopy(own)
    return row
