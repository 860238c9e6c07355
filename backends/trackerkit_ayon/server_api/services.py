"""Services that the server's workers run, and the workers."""

from __future__ import annotations

from typing import Any

from trackerkit_ayon.server_api.base import BaseServerAPI
from trackerkit_ayon.server_api.exceptions import UnsupportedServerVersion
from trackerkit_ayon.server_api.rest import done, given, list_of, path


class ServicesAPI(BaseServerAPI):
    """``/services`` and ``/hosts``."""

    def get_services(self) -> list[dict[str, Any]]:
        """Every service; none for those who are no administrators."""
        return list_of(self.get("services"), "services")

    def spawn_service(
        self,
        service_name: str,
        addon_name: str,
        addon_version: str,
        service: str,
        hostname: str,
        config: dict[str, Any] | None = None,
    ) -> None:
        """Have a worker run a service.

        Args:
            service_name: what to call it.
            addon_name: the addon that brings it.
            addon_version: of the addon.
            service: its name in the addon.
            hostname: the worker.
            config: volumes, ports, memLimit, user, env, storagePath, registryAuth.
        """
        body = given(
            addonName=addon_name, addonVersion=addon_version, service=service, hostname=hostname, config=config
        )
        done(self.put(path("services", service_name), **body))

    def update_service(
        self,
        service_name: str,
        should_run: bool | None = None,
        hostname: str | None = None,
        error: str | None = None,
        config: dict[str, Any] | None = None,
    ) -> None:
        """Start, stop, move or configure a service.

        Raises:
            UnsupportedServerVersion: ``error`` wants AYON 1.16.7.
        """
        if error is not None and not self._is_at_least(1, 16, 7):
            raise UnsupportedServerVersion(
                "Argument 'error' of 'update_service' is supported for AYON server 1.16.7 and above.", backend="ayon"
            )
        body = {**(config or {}), **given(shouldRun=should_run, hostname=hostname, error=error)}
        done(self.patch(path("services", service_name), **body))

    def delete_service(self, service_name: str) -> None:
        """Stop a service and forget it."""
        done(self.delete(path("services", service_name)))

    def get_hosts(self) -> list[dict[str, Any]]:
        """Every worker, and when it was last heard of."""
        return list_of(self.get("hosts"), "hosts")
