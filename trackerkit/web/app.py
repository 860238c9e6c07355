"""Builds the application of a server: its routes within the limits, the log and the metrics that all of ours have."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from inspect import isawaitable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from trackerkit.secrets import get_logger
from trackerkit.web.bounds import Bounds
from trackerkit.web.envelope import Envelope, OnError, plain_error
from trackerkit.web.health import Check, health_route
from trackerkit.web.metrics import Metrics, metrics_route
from trackerkit.web.pool import Pool
from trackerkit.web.recent import Recent
from trackerkit.web.settings import WebSettings

#: Called when the server stops, in order; may be a coroutine function.
Closer = Callable[[], Awaitable[object] | object]

_log = get_logger("trackerkit.web")


def build_app(
    routes: Sequence[BaseRoute],
    *,
    settings: WebSettings | None = None,
    on_error: OnError = plain_error,
    on_shutdown: Sequence[Closer] = (),
    checks: Mapping[str, Check] | None = None,
) -> Starlette:
    """An application with our routes around the given ones: ``/healthz`` and ``/metrics``.

    Args:
        routes: the protocol's own; they come first.
        settings: the limits.
        on_error: makes the protocol's answer of an exception (also of Starlette's HTTPException, for 404 and 405).
            ``web.errors`` has what it needs: ``status_of``, ``public_text``.
        on_shutdown: called when the server stops, after what was running has ended.
        checks: what ``/healthz`` looks at.

    The application's ``state`` has ``settings``, ``metrics``, ``recent`` and ``pool``.
    """
    settings = settings or WebSettings()
    metrics, recent, pool = Metrics(), Recent(), Pool(settings.threads, settings.waiting)

    def refused(_request: Request, error: Exception) -> Response:
        response = on_error(error)
        for name, value in (getattr(error, "headers", None) or {}).items():  # 405 names what is allowed
            response.headers.setdefault(name, value)
        return response

    routes = [*routes, health_route(checks or {}), metrics_route(metrics, settings.metrics_token)]
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(
                Envelope,
                settings=settings,
                on_error=on_error,
                metrics=metrics,
                recent=recent,
                pool=pool,
                patterns=dict(_patterns(routes)),
            ),
            Middleware(Bounds),
        ],
        exception_handlers={HTTPException: refused},
        lifespan=_lifespan(pool, on_shutdown),
    )
    app.state.settings, app.state.metrics, app.state.recent, app.state.pool = settings, metrics, recent, pool
    return app


def _patterns(routes: Sequence[BaseRoute], prefix: str = "") -> Iterator[tuple[int, str]]:
    """The id of each endpoint (not all can be hashed) with the pattern of its path, inside of mounts too."""
    for route in routes:
        path = prefix + getattr(route, "path", "")
        yield id(getattr(route, "endpoint", getattr(route, "app", route))), path
        yield from _patterns(getattr(route, "routes", None) or (), path)


def _lifespan(pool: Pool, on_shutdown: Sequence[Closer]) -> Any:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await pool.close()
        for close in on_shutdown:
            await _closed(close)

    return lifespan


async def _closed(close: Closer) -> None:
    try:
        result = close()
        if isawaitable(result):
            await result
    except Exception:  # noqa: BLE001 - the others must be closed too
        _log.exception("a part of the server could not be closed")
