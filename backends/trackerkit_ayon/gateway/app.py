"""The application: AYON's REST and GraphQL over any Tracker."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send

from trackerkit.gateway.health import health_checks
from trackerkit.gateway.sessions import Caller, Callers
from trackerkit.gateway.settings import GatewaySettings, own_settings
from trackerkit.state import State
from trackerkit.tracker import Tracker
from trackerkit.web.app import build_app
from trackerkit.web.errors import public_text, status_of
from trackerkit_ayon.gateway import (
    accounts,
    activities,
    auth,
    choosing,
    enroll,
    entities,
    events,
    files,
    links,
    lists,
    operations,
    projects,
    reviewables,
    shelves,
    sockets,
    teams,
    thumbnails,
    uris,
    users,
)
from trackerkit_ayon.gateway.gate import Gate
from trackerkit_ayon.gateway.graphql import execute
from trackerkit_ayon.gateway.history import Index
from trackerkit_ayon.gateway.openapi import described
from trackerkit_ayon.gateway.site import Shared

FAMILIES = (
    execute, auth, users, accounts, events, enroll, projects, teams, operations, thumbnails, reviewables, files, links, lists,
    entities, activities, uris, shelves, choosing, sockets,
)  # fmt: skip
"""The rooms whose ``routes(gate)`` are served, in this order."""


UNSERVED = re.compile(
    r"/api/(access|share|actions|addons|bundles|migrateSettingsByBundle|config|connect|csv|desktop|hosts|market|onboarding"
    r"|secrets|services|settings|frontendModules|views|anatomy/schema|users/[^/]+/(?:sessions|avatar|invite))(/|$)"
)
"""What a real server has and no tracker: addons and what belongs to them, AYON's own pages, its cloud."""


def create_app(open: Callable[[Caller], Tracker], state: State, settings: GatewaySettings | None = None) -> Starlette:
    """AYON's protocol, served over a tracker.

    Args:
        open: opens the Tracker of a verified caller.
        state: holds keys, users, sessions and what AYON has and the tracker has not.
        settings: the limits.
    """
    settings = own_settings(settings, GatewaySettings)
    callers = Callers(open, state, settings)
    folder = Path(tempfile.mkdtemp(prefix="trackerkit-ayon-"))
    gate = Gate(callers, Shared(state, Index), settings, folder)
    routes: list[BaseRoute] = [route for family in FAMILIES for route in family.routes(gate)]
    routes += described(gate, auth.VERSION, lambda: routes)
    app = build_app(
        routes,
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
    status, body = 404, dict[str, Any]({"detail": "Not Found"})
    if path.startswith("/api"):
        family = UNSERVED.match(path)
        status = 501 if family else 404
        detail = f"{family[1]} of AYON is not served here: {path}" if family else f"API endpoint {path} not found"
        body = {"code": status, "detail": detail, "path": path}
    await JSONResponse(body, status)(scope, receive, send)
