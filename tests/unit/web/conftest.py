"""Serve an application on the loopback, for real."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trackerkit.web.app import build_app
from trackerkit.web.body import read_json
from trackerkit.web.serve import Server
from trackerkit.web.settings import WebSettings

Serve = Callable[..., Server]


@pytest.fixture
def echo() -> Route:
    """``POST /`` answers with the JSON that it gets."""

    async def echo(request: Request) -> Response:
        return JSONResponse(await read_json(request))

    return Route("/", echo, methods=["POST"])


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start a server of some routes: ``serve(routes, limit=…)`` with the limits of WebSettings by name."""
    with ExitStack() as stack:

        def start(routes: list[Route], *, app: dict[str, Any] | None = None, **limits: Any) -> Server:
            settings = WebSettings(**limits)
            application = build_app(routes, settings=settings, **(app or {}))
            return stack.enter_context(Server(application, settings=settings))

        yield start
