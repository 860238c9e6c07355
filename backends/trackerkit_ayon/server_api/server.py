"""The server itself: what it is, what it can, how it is configured."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from trackerkit_ayon.server_api.exceptions import UnreadableResponse
from trackerkit_ayon.server_api.fields import default_fields
from trackerkit_ayon.server_api.verbs import Verbs

if TYPE_CHECKING:
    from websocket import WebSocket

ServerVersion: TypeAlias = tuple[int, int, int, str, str]

_VERSION: Final = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-([a-zA-Z\d.-]*))?(?:\+([a-zA-Z\d.-]*))?")


class ServerInfoAPI(Verbs):
    """Information about the server."""

    _version: str | None = None

    def get_info(self) -> dict[str, Any]:
        """What the server tells of itself, and of the caller where it knows who asks."""
        if self._token.is_valid is False or self._token.secret is None:
            response = self._ask("GET", "/api/info")
        else:
            response = self.raw_get("info")
        response.raise_for_status()
        found: dict[str, Any] = response.data
        return found

    def get_server_version(self) -> str:
        """For example ``1.16.4``; asked for once."""
        if self._version is None:
            self._version = str(self.get_info()["version"])
        return self._version

    def get_server_version_tuple(self) -> ServerVersion:
        """Major, minor, patch, and the texts of a prerelease and a build.

        Raises:
            UnreadableResponse: the server's version is none.
        """
        found = _VERSION.fullmatch(self.get_server_version())
        if found is None:
            raise UnreadableResponse(f"{self.get_server_version()!r} is no version", backend="ayon")
        major, minor, patch, prerelease, build = found.groups()
        return int(major), int(minor), int(patch), prerelease or "", build or ""

    server_version = property(get_server_version)
    server_version_tuple = property(get_server_version_tuple)

    def _is_at_least(self, *version: int) -> bool:
        return self.get_server_version_tuple()[:3] >= version

    @property
    def graphql_allows_traits_in_representations(self) -> bool:
        """True where GraphQL tells a representation's traits (AYON 1.7.5)."""
        return self._is_at_least(1, 7, 5)

    def is_product_base_type_supported(self) -> bool:
        """True where products have base types (AYON 1.13.0)."""
        return self._is_at_least(1, 13, 0)

    def links_graphql_support_data(self) -> bool:
        """True where GraphQL tells a link's data (AYON 1.14.2)."""
        return self._is_at_least(1, 14, 2)

    # ---- its language

    def get_server_schema(self) -> dict[str, Any] | None:
        """The OpenAPI description of its REST API; None where it hides it."""
        response = self._send_known("GET", "/openapi.json", {})
        if response.status in (403, 404):
            return None
        response.raise_for_status()
        found: dict[str, Any] = response.data
        return found

    def get_schemas(self) -> dict[str, Any]:
        """The shapes that its REST API speaks of, by name.

        Raises:
            UnreadableResponse: it does not tell them.
        """
        schema = self.get_server_schema()
        try:
            found: dict[str, Any] = (schema or {})["components"]["schemas"]
        except KeyError:
            raise UnreadableResponse("the server does not describe its schemas", backend="ayon") from None
        return found

    def get_graphql_schema(self) -> dict[str, Any]:
        """The introspection of its GraphQL: ``__schema``."""
        from graphql import get_introspection_query

        found: dict[str, Any] = self._query(get_introspection_query())
        return found

    def get_default_fields_for_type(self, entity_type: str) -> set[str]:
        """What is read of an entity where a call does not say.

        Raises:
            ValueError: there is no such type.
        """
        return default_fields(entity_type, self.get_server_version_tuple()[:3])

    def get_rest_entity_by_id(self, project_name: str, entity_type: str, entity_id: str) -> dict[str, Any] | None:
        """One entity by REST.

        Args:
            project_name: of the project.
            entity_type: folder, task, product, version, representation or workfile.
            entity_id: 32 hexadecimal digits.

        Returns:
            The entity; None when there is none.

        Raises:
            HTTPRequestError, UnauthorizedError: the server fails or refuses, which does not mean that there is none.
        """
        if not all((project_name, entity_type, entity_id)):
            return None
        response = self.get(f"projects/{project_name}/{entity_type}s/{entity_id}")
        if response.status == 404:
            return None
        response.raise_for_status()
        found: dict[str, Any] = response.data
        return found

    # ---- its configuration

    def trigger_server_restart(self) -> None:
        """Restart the server; administrators only.

        Raises:
            ValueError: it does not.
        """
        response = self.post("system/restart")
        if response.status != 204:
            raise RestartError(f"Failed to restart server: {response.detail}", response, status=response.status)

    def get_server_config(self) -> dict[str, Any]:
        """The studio's configuration."""
        return dict(self._config("config"))

    def get_server_config_overrides(self) -> dict[str, Any]:
        """Of the configuration, what is not as it comes."""
        return dict(self._config("config/overrides"))

    def get_server_config_value(self, key: str) -> Any:
        """One value of the configuration."""
        return self._config(f"config/value/{key}")

    def _config(self, path: str) -> Any:
        response = self.get(path)
        response.raise_for_status()
        return response.data

    def set_server_config(
        self,
        studio_name: str | None = None,
        customization: dict[str, Any] | None = None,
        authentication: dict[str, Any] | None = None,
        project_options: dict[str, Any] | None = None,
        changelog: dict[str, Any] | None = None,
    ) -> None:
        """Set parts of the configuration; what is None stays out."""
        parts = {
            "studio_name": studio_name,
            "customization": customization,
            "authentication": authentication,
            "project_options": project_options,
            "changelog": changelog,
        }
        self.post("config", **{name: part for name, part in parts.items() if part is not None}).raise_for_status()

    # ---- its events as they happen

    def create_websocket(
        self,
        endpoint: str,
        *,
        timeout: float | None = None,
        headers: dict[str, Any] | None = None,
        sslopt: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> WebSocket:
        """Open a websocket.

        Args:
            endpoint: below the server's URL, for example ``ws``.
            timeout: seconds; the connection's own unless given.
            headers: besides the usual ones.
            sslopt: besides the connection's certificates.
            **kwargs: of ``websocket.create_connection``.
        """
        from trackerkit_ayon.server_api.websockets import opened

        return opened(self, endpoint, timeout=timeout, headers=headers, sslopt=sslopt, **kwargs)


class RestartError(UnreadableResponse, ValueError):
    """The server does not restart."""
