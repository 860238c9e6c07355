"""The server's household: the sites that asked it, its restarts, its enumerations."""

from __future__ import annotations

from typing import Any

from trackerkit_ayon.server_api.base import BaseServerAPI
from trackerkit_ayon.server_api.exceptions import UnsupportedServerVersion
from trackerkit_ayon.server_api.rest import done, given, list_of, object_of, path, query


class SystemAPI(BaseServerAPI):
    """``/system``, ``/config`` and ``/enum``."""

    def get_sites(self, platform_name: str | None = None, hostname: str | None = None) -> list[dict[str, Any]]:
        """The machines that asked the server; those who are no managers see their own.

        Args:
            platform_name: windows, linux or darwin.
            hostname: of the machine.
        """
        return list_of(self.get("system/sites" + query(platform=platform_name or None, hostname=hostname or None)))

    def delete_site(self, site_id: str) -> None:
        """Forget a machine."""
        done(self.delete(path("system", "sites", site_id)))

    def get_restart_required(self) -> dict[str, Any]:
        """Whether the server has to be restarted, and why: ``required``, ``reason``."""
        return object_of(self.get("system/restartRequired"))

    def set_restart_required(self, required: bool, reason: str | None = None) -> None:
        """Tell administrators that the server has to be restarted, or no longer."""
        done(self.post("system/restartRequired", **given(required=required, reason=reason)))

    def get_server_config_schema(self) -> dict[str, Any]:
        """What the server's configuration may hold, as a JSON schema."""
        return object_of(self.get("config/schema"))

    def update_server_config(self, config: dict[str, Any]) -> None:
        """Change values of the server's configuration; what is not named stays.

        Raises:
            UnsupportedServerVersion: the server is older than 1.15.9.
        """
        self._want("update_server_config", 1, 15, 9)
        done(self.raw_patch("config", json=config))

    def get_enums(self) -> list[dict[str, Any]]:
        """The enumerations that the server knows.

        Raises:
            UnsupportedServerVersion: the server is older than 1.16.4.
        """
        self._want("get_enums", 1, 16, 4)
        return list_of(self.get("enum"))

    def get_enum(
        self,
        enum_name: str,
        project_name: str | None = None,
        user_name: str | None = None,
        context: dict[str, Any] | None = None,
    ) -> list[dict[str, Any]]:
        """The items of an enumeration.

        Args:
            enum_name: for example ``statuses``.
            project_name: as this project has them.
            user_name: as this user sees them; administrators only.
            context: what else the enumeration depends on; lists are joined by commas.
        """
        more = {name: _joined(value) for name, value in (context or {}).items()}
        return list_of(
            self.get(path("enum", enum_name) + query(**{**more, **given(project_name=project_name, user=user_name)}))
        )

    def _want(self, function: str, *version: int) -> None:
        if not self._is_at_least(*version):
            wanted = ".".join(map(str, version))
            raise UnsupportedServerVersion(
                f"Function '{function}' is supported for AYON server {wanted} and above.", backend="ayon"
            )


def _joined(value: Any) -> Any:
    return ",".join(map(str, value)) if isinstance(value, (list, tuple, set, frozenset)) else value
