"""Everything that trackerkit knows of AYON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from trackerkit.hookspecs import BackendInfo, GatewayInfo, hookimpl

if TYPE_CHECKING:
    from trackerkit_ayon.server_api import ServerAPI as ServerAPI


@hookimpl
def trackerkit_backends() -> list[BackendInfo]:
    """An AYON server."""
    return [BackendInfo("ayon", "AYON", "trackerkit_ayon.backend:AyonBackend", extra="ayon")]


@hookimpl
def trackerkit_gateways() -> list[GatewayInfo]:
    """AYON's own protocol, served over any tracker."""
    return [GatewayInfo("ayon", "AYON", "trackerkit_ayon.gateway.app:create_app")]


def __getattr__(name: str) -> Any:
    """``ServerAPI``, the native client, loaded when it is first asked for."""
    if name != "ServerAPI":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from trackerkit_ayon.server_api.api import ServerAPI

    return ServerAPI
