"""HTTP/1.1 read from a socket as it was sent, byte for byte: what a proxy needs that passes it on."""

from __future__ import annotations

import socket
from collections.abc import Iterator

PIECE = 64 * 1024
"""How much is read at once, in bytes."""


class Head:
    """The first lines of a request or an answer."""

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
        first, *lines = raw.decode("latin-1").rstrip("\r\n").split("\r\n")
        self.first = first.split(" ", 2)
        self.fields = {
            name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)
        }

    @property
    def method(self) -> str:
        return self.first[0]

    @property
    def target(self) -> str:
        return self.first[1]

    def has_no_body(self, method: str) -> bool:
        return method == "HEAD" or self.first[1] in ("204", "304") or self.first[1].startswith("1")

    def is_until_close(self, method: str) -> bool:
        return not self.has_no_body(method) and not {"content-length", "transfer-encoding"} & set(self.fields)


class Reader:
    """Reads heads and bodies, as they were sent, from a socket."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._left = b""

    def head(self) -> Head | None:
        while b"\r\n\r\n" not in self._left:
            got = self._sock.recv(PIECE)
            if not got:
                return None
            self._left += got
        raw, _, self._left = self._left.partition(b"\r\n\r\n")
        return Head(raw + b"\r\n\r\n")

    def body(self, head: Head, *, is_answer: bool, method: str = "") -> Iterator[bytes]:
        if is_answer and head.has_no_body(method):
            return
        if "chunked" in head.fields.get("transfer-encoding", ""):
            yield from self._chunked()
        elif "content-length" in head.fields:
            yield from self._exactly(int(head.fields["content-length"]))
        elif is_answer:
            while piece := self._some(PIECE):
                yield piece

    def _some(self, limit: int) -> bytes:
        if not self._left:
            self._left = self._sock.recv(PIECE)
        piece, self._left = self._left[:limit], self._left[limit:]
        return piece

    def _exactly(self, size: int) -> Iterator[bytes]:
        while size and (piece := self._some(size)):
            size -= len(piece)
            yield piece

    def _line(self) -> bytes:
        line = b""
        while not line.endswith(b"\r\n") and (one := self._some(1)):
            line += one
        return line

    def _chunked(self) -> Iterator[bytes]:
        while line := self._line():
            yield line
            size = int(line.split(b";")[0], 16)
            yield from self._exactly(size + 2)
            if size == 0:
                return
