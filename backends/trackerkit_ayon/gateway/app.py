"""The application: AYON's REST and GraphQL over any Tracker."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from trackerkit.gateway.health import health_checks
from trackerkit.gateway.sessions import Caller, Callers
from trackerkit.gateway.settings import GatewaySettings, own_settings
from trackerkit.gateway.shaped.opening import ShapedOpener
from trackerkit.state import State
from trackerkit.tracker import Tracker
from trackerkit.web.app import build_app
from trackerkit.web.errors import public_text, status_of
from trackerkit_ayon.gateway import (
    accounts,
    activities,
    auth,
    avatars,
    choosing,
    enroll,
    entities,
    events,
    files,
    grouping,
    links,
    lists,
    operations,
    presets,
    projects,
    reviewables,
    shelves,
    sockets,
    teams,
    thumbnails,
    uris,
    users,
    vault,
)
from trackerkit_ayon.gateway.gate import Gate
from trackerkit_ayon.gateway.graphql import execute
from trackerkit_ayon.gateway.history import Index
from trackerkit_ayon.gateway.openapi import described
from trackerkit_ayon.gateway.settings import AyonSettings
from trackerkit_ayon.gateway.site import Shared, lacks
from trackerkit_ayon.gateway.unserved import why_not

FAMILIES = (
    execute, auth, users, accounts, events, enroll, projects, teams, operations, thumbnails, reviewables, files, links, lists,
    entities, activities, uris, shelves, choosing, grouping, avatars, presets, vault, sockets,
)  # fmt: skip
"""The rooms whose ``routes(gate)`` are served, in this order."""


def create_app(open: Callable[[Caller], Tracker], state: State, settings: GatewaySettings | None = None) -> Starlette:
    """AYON's protocol, served over a tracker.

    Args:
        open: opens the Tracker of a verified caller.
        state: holds keys, users, sessions and what AYON has and the tracker has not.
        settings: ``AyonSettings``, or the limits of any gateway.
    """
    settings = own_settings(settings, AyonSettings)
    opened = ShapedOpener(open, state, lambda tracker: not lacks(tracker)) if settings.beside else open
    callers = Callers(opened, state, settings)
    folder = Path(tempfile.mkdtemp(prefix="trackerkit-ayon-"))
    gate = Gate(callers, Shared(state, Index), settings, folder)
    routes: list[BaseRoute] = [route for family in FAMILIES for route in family.routes(gate)]
    routes += described(gate, auth.VERSION, lambda: routes)
    app = build_app(
        [*routes, UnservedRoute()],
        settings=settings,
        on_error=on_error,
        on_shutdown=[callers.close, lambda: _remove(folder)],
        checks=health_checks(open, state),
    )
    app.router.default = unknown
    app.router.redirect_slashes = False
    return app


def _remove(folder: Path) -> None:
    import shutil

    shutil.rmtree(folder, ignore_errors=True)


def on_error(error: Exception) -> Response:
    """The answer to what no route caught: a wrong method, a body that is too large, a failure."""
    status = status_of(error)
    if isinstance(error, HTTPException) and status == 405:
        return JSONResponse({"detail": "Method Not Allowed"}, 405)
    return JSONResponse({"code": status, "detail": public_text(error)}, status)


async def unknown(scope: Scope, receive: Receive, send: Send) -> None:
    """The answer to a path that there is not."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1000})
        return
    path = scope["path"]
    body = dict[str, Any]({"detail": "Not Found"})
    if path.startswith("/api"):
        body = {"code": 404, "detail": f"API endpoint {path} not found", "path": path}
    await JSONResponse(body, 404)(scope, receive, send)


class UnservedRoute(BaseRoute):
    """The last route: what a real server has and this one has not, or not with that method."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        is_known = scope["type"] == "http" and why_not(scope["path"]) is not None
        return (Match.FULL if is_known else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"]
        row = why_not(path)
        assert row is not None
        body = {"code": 501, "detail": f"Not served here: {row.what}. Reason: {row.reason}", "path": path}
        await JSONResponse(body, 501)(scope, receive, send)
