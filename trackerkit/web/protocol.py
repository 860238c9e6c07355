"""Bounds what an application never sees: heads that are slow or large, and callers who do not read.

uvicorn waits for ever for the head of a request and for a caller to read, and httptools keeps a head of any size.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

HEAD_BYTES: Final = 64 * 1024
_TOO_LARGE: Final = b"HTTP/1.1 431 Request Header Fields Too Large\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


def guarded(protocol: type[Any], head_s: float, stall_s: float) -> type[asyncio.Protocol]:
    """The protocol class of uvicorn with these bounds."""
    return type("Guarded", (_Guard, protocol), {"head_s": head_s, "stall_s": stall_s})


class _Guard(asyncio.Protocol):
    """Stands before a protocol class of uvicorn, h11's or httptools'."""

    head_s: float
    stall_s: float
    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    cycle: Any
    _timer: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None
    _in_head = False
    _seen = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._start()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop()
        self._stop_stall()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.cycle is not None and not self.cycle.response_complete:
            self._stop()
            return
        self._start()
        self._seen = self._seen + len(data) if self._in_head else 0
        if self._seen > HEAD_BYTES and not self.transport.is_closing():
            self.transport.write(_TOO_LARGE)
            self.transport.close()

    def on_message_begin(self) -> None:
        """Httptools: the first byte of a head has come."""
        self._in_head, self._seen = True, 0
        super().on_message_begin()  # type: ignore[misc]

    def on_headers_complete(self) -> None:
        """Httptools: the head is whole."""
        self._in_head = False
        super().on_headers_complete()  # type: ignore[misc]

    def _start(self) -> None:
        """Count, unless it is counting already: a head that comes byte by byte gains no time."""
        if self._timer is None:
            self._timer = self.loop.call_later(self.head_s, self._give_up)

    def _stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _give_up(self) -> None:
        self._timer = None
        is_own = self.transport.get_protocol() is self  # a websocket has taken the connection over otherwise
        if is_own and not self.transport.is_closing():
            self.transport.close()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._watch(self.transport.get_write_buffer_size())

    def resume_writing(self) -> None:
        self._stop_stall()
        super().resume_writing()

    def _watch(self, waiting_bytes: int) -> None:
        self._stop_stall()
        self._stall = self.loop.call_later(self.stall_s, self._cut_off, waiting_bytes)

    def _stop_stall(self) -> None:
        if self._stall is not None:
            self._stall.cancel()
            self._stall = None

    def _cut_off(self, waiting_bytes: int) -> None:
        now = self.transport.get_write_buffer_size()
        if now < waiting_bytes:  # slow, but reading
            self._watch(now)
        else:
            self.transport.abort()  # closing would wait for the reader
