"""ASGI middleware that bounds a request: how much of a body is read, and how long it may take."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from trackerkit.web.call import SCOPE_KEY, Call
from trackerkit.web.errors import BodyTooLargeError, DeadlineError, RefusedError


class Bounds:
    """Keeps every request within its call's limits; ``web.call.allow`` changes them for one."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request.

        Raises:
            BodyTooLargeError: its body is larger than allowed.
            RefusedError: its body came too slowly (408).
            DeadlineError: it took too long.
        """
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        call: Call = scope[SCOPE_KEY]
        timer = _Timer(call)
        try:
            await self.app(scope, _counted(scope, call, receive), timer.watched(send))
        except asyncio.CancelledError:
            if not timer.expired:
                raise
            timer.absorb()
            raise _late(call) from None
        finally:
            timer.stop()


def _counted(scope: Scope, call: Call, receive: Receive) -> Receive:
    async def counted() -> Message:
        if not call.read_bytes and _announced(scope) > call.body_bytes:
            raise _too_large(call)
        call.is_reading = True
        message = await receive()
        call.is_reading = False
        if message["type"] == "http.request":
            call.read_bytes += len(message.get("body", b""))
            if call.read_bytes > call.body_bytes:
                raise _too_large(call)
        return message

    return counted


def _late(call: Call) -> Exception:
    if call.is_reading and not call.status:
        return RefusedError("the body came too slowly", http_status=408)
    return DeadlineError("the request took too long", hint="ask for less at a time", sent="yes")


def _announced(scope: Scope) -> int:
    length: bytes = next((value for name, value in scope["headers"] if name == b"content-length"), b"")
    return int(length) if length.isdigit() else 0


def _too_large(call: Call) -> BodyTooLargeError:
    return BodyTooLargeError(f"the body is larger than {call.body_bytes} bytes", hint="send less at a time")


class _Timer:
    """Cancels the task of a request when it makes nothing in time; that a caller reads slowly is not its fault."""

    def __init__(self, call: Call) -> None:
        task = asyncio.current_task()
        assert task is not None  # an ASGI application always runs in one
        self._task = task
        self._call = call
        self._loop = asyncio.get_running_loop()
        self._handle: asyncio.TimerHandle | None = None
        self._due = 0.0
        self.expired = False
        call.rearm = self.start
        self.start()

    def start(self) -> None:
        """Count from now."""
        self._due = self._loop.time() + self._call.deadline_s
        if self._handle is None or self._due < self._handle.when():
            self.stop()
            self._handle = self._loop.call_at(self._due, self._check)

    def stop(self) -> None:
        """Count no more."""
        if self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def absorb(self) -> None:
        """Take back the cancellation: the task goes on to say that it was late."""
        uncancel = getattr(self._task, "uncancel", None)  # from Python 3.11 on
        if uncancel is not None:
            uncancel()

    def _check(self) -> None:
        now = self._loop.time()
        if now < self._due:  # something went out meanwhile, or is going; moving the timer each time costs more
            self._handle = self._loop.call_at(min(self._due, now + self._call.deadline_s), self._check)
            return
        self.expired = True
        self._task.cancel()

    def watched(self, send: Send) -> Send:
        """``send`` that counts anew with each part that went out."""

        async def watched(message: Message) -> None:
            self._due = float("inf")
            await send(message)
            if message.get("more_body") or message["type"] == "http.response.start":
                self.start()
            else:
                self.stop()

        return watched


async def drain(receive: Receive, limit_bytes: int, seconds: float) -> None:
    """Read and forget the rest of a body, so that a caller who is still sending gets to read the answer."""

    async def read() -> None:
        left = limit_bytes
        while left > 0:
            message: dict[str, Any] = dict(await receive())
            if message["type"] != "http.request" or not message.get("more_body"):
                return
            left -= len(message.get("body", b""))

    with suppress(asyncio.TimeoutError):  # too slow or without end: the connection is closed on it
        await asyncio.wait_for(read(), seconds)
