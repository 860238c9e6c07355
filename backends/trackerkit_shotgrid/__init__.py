"""Everything that trackerkit knows of ShotGrid (Flow Production Tracking)."""

from __future__ import annotations

from trackerkit.hookspecs import BackendInfo, GatewayInfo, hookimpl


@hookimpl
def trackerkit_backends() -> list[BackendInfo]:
    """The backend for a ShotGrid site."""
    return [BackendInfo("shotgrid", "ShotGrid", "trackerkit_shotgrid.backend:ShotgridBackend")]


@hookimpl
def trackerkit_gateways() -> list[GatewayInfo]:
    """ShotGrid's own protocol over any tracker."""
    room = "trackerkit_shotgrid.gateway"
    return [
        GatewayInfo(
            "shotgrid",
            "ShotGrid",
            f"{room}.app:create_app",
            prepare=f"{room}.standard:prepare",
        )
    ]
