"""Everything that trackerkit knows of AYON."""

from __future__ import annotations

from trackerkit.hookspecs import BackendInfo, GatewayInfo, hookimpl


@hookimpl
def trackerkit_backends() -> list[BackendInfo]:
    """An AYON server."""
    return [BackendInfo("ayon", "AYON", "trackerkit_ayon.backend:AyonBackend", extra="ayon")]


@hookimpl
def trackerkit_gateways() -> list[GatewayInfo]:
    """AYON's own protocol, served over any tracker."""
    return [GatewayInfo("ayon", "AYON", "trackerkit_ayon.gateway.app:create_app")]
