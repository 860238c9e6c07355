"""ASGI middleware around every request: an id, one log line, metrics, safe headers, and no traceback outward."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from starlette.requests import ClientDisconnect
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trackerkit.secrets import get_logger
from trackerkit.web.bounds import drain
from trackerkit.web.call import Call, new_call, request_id
from trackerkit.web.errors import BodyTooLargeError, public_text, retry_after_s, status_of
from trackerkit.web.metrics import Metrics
from trackerkit.web.pool import Pool
from trackerkit.web.recent import Recent
from trackerkit.web.settings import MIB, WebSettings

#: Makes a protocol's own answer of an error.
OnError = Callable[[Exception], Response]

_log = get_logger("trackerkit.web")
_QUIET: Final = frozenset({"/healthz", "/metrics"})
_GONE: Final = 499  # the caller hung up before there was an answer
_HEADERS: Final = (
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
)


def plain_error(error: Exception) -> Response:
    """The answer to an error where the protocol has no form of its own: ``{"code", "detail", "request_id"}``."""
    status = status_of(error)
    return JSONResponse({"code": status, "detail": public_text(error), "request_id": request_id()}, status)


class Envelope:
    """Wraps an application.

    Args:
        app: what it wraps.
        settings: the limits that each request begins with.
        on_error: makes the answer of what the application raised.
        metrics: where requests are counted.
        recent: where the latest are kept.
        pool: the threads that ``run_sync`` uses.
        patterns: the path pattern by the ``id`` of each endpoint, for the metrics: paths themselves are without number.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        settings: WebSettings,
        on_error: OnError,
        metrics: Metrics,
        recent: Recent,
        pool: Pool,
        patterns: Mapping[int, str],
    ) -> None:
        self.app = app
        self._settings = settings
        self._on_error = on_error
        self._metrics = metrics
        self._recent = recent
        self._pool = pool
        self._patterns = patterns

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; of a websocket, only know the id."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        call = new_call(scope, self._settings)
        self._pool.use()
        if scope["type"] == "websocket":
            await self.app(scope, receive, send)
            return
        start = time.perf_counter()
        self._metrics.in_flight += 1
        try:
            await self._guarded(scope, receive, _labelled(call, send), call)
        finally:
            self._metrics.in_flight -= 1
            self._finish(scope, call, time.perf_counter() - start)

    async def _guarded(self, scope: Scope, receive: Receive, send: Send, call: Call) -> None:
        try:
            await self.app(scope, receive, send)
        except ClientDisconnect:
            call.status = call.status or _GONE
        except Exception as error:  # noqa: BLE001 - nothing may reach the server's own traceback page
            _report(error, scope, call)
            if call.status:
                return  # an answer that was begun cannot become another: the server cuts the connection
            await self._answer(error, scope, receive, send)

    async def _answer(self, error: Exception, scope: Scope, receive: Receive, send: Send) -> None:
        response = self._made(error)
        wait_s = retry_after_s(error)
        if wait_s is not None:
            response.headers.setdefault("retry-after", str(max(1, round(wait_s))))
        if isinstance(error, BodyTooLargeError):
            response.headers["connection"] = "close"
            send = _after_the_body(send, receive)
        await response(scope, receive, send)

    def _made(self, error: Exception) -> Response:
        try:
            return self._on_error(error)
        except Exception:  # noqa: BLE001 - a failing hook must not cost the caller the answer
            _log.exception("no answer could be made of %s", type(error).__name__)
            return plain_error(RuntimeError())

    def _finish(self, scope: Scope, call: Call, seconds: float) -> None:
        route = self._patterns.get(id(scope.get("endpoint")), "unmatched")
        status = call.status or _GONE
        self._metrics.observe(route, call.operation, status, seconds)
        if route not in _QUIET:
            self._recent.add(call.operation or f"{scope['method']} {route}", call.caller, status, seconds, call.id)
        if _log.isEnabledFor(logging.INFO):
            _log_line(scope, call, seconds)


def _labelled(call: Call, send: Send) -> Send:
    async def labelled(message: Message) -> None:
        if message["type"] == "http.response.start":
            call.status = message["status"]
            message["headers"] = _with_defaults(message.get("headers", ()), call)
        elif message["type"] == "http.response.body":
            call.sent_bytes += len(message.get("body", b""))
        await send(message)

    return labelled


def _with_defaults(headers: Any, call: Call) -> list[tuple[bytes, bytes]]:
    given = list(headers)
    names = {name.lower() for name, _ in given}
    given += [header for header in _HEADERS if header[0] not in names]
    if b"x-request-id" not in names:
        given.append((b"x-request-id", call.id.encode("latin-1")))
    return given


def _after_the_body(send: Send, receive: Receive) -> Send:
    async def held(message: Message) -> None:
        if message["type"] != "http.response.body" or message.get("more_body"):
            await send(message)
            return
        await send({**message, "more_body": True})
        await drain(receive, 64 * MIB, 5.0)
        await send({"type": "http.response.body", "body": b""})

    return held


def _report(error: Exception, scope: Scope, call: Call) -> None:
    where = f"{scope['method']} {_path(scope)}"
    status = status_of(error)
    if status == 500:
        _log.error("%s failed (request %s)", where, call.id, exc_info=error)
    elif status > 500 or call.status:
        _log.warning("%s %s: %s (request %s)", where, "broke off" if call.status else "failed", error, call.id)


def _path(scope: Scope) -> str:
    """The path as it came, still percent-encoded, without the query, which may hold a signature."""
    raw = scope.get("raw_path") or scope["path"].encode("utf-8", "backslashreplace")
    return str(raw[:200].decode("ascii", "backslashreplace"))


def _log_line(scope: Scope, call: Call, seconds: float) -> None:
    client = scope.get("client")
    facts = {
        "request_id": call.id,
        "method": scope["method"],
        "path": _path(scope),
        "operation": call.operation,
        "status": call.status or _GONE,
        "duration_ms": round(seconds * 1000, 1),
        "bytes_in": call.read_bytes,
        "bytes_out": call.sent_bytes,
        "caller": call.caller,
        "client": client[0] if client else "",
    }
    line = " ".join(f"{name}={value}" for name, value in facts.items() if value != "")
    _log.info("%s", line, extra=facts)
