"""The plain way: a small request and its whole answer over a connection that is open already.

urllib3 and http.client take some hundred steps for what most calls to a tracker are: a head and a short body out, a head
and a body of a known length back. Those are done here in a few. All else goes the long way: the first request of a
connection, a body that is sent or read piece by piece, an answer in chunks or compressed. What was read by then of such
an answer is read again by http.client, from its first byte on.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterator, Mapping
from http.client import HTTPResponse, RemoteDisconnected  # noqa: TID251 - reads what is not plain
from queue import Empty
from typing import Any, Final, NamedTuple

from urllib3 import HTTPConnectionPool, HTTPHeaderDict
from urllib3.exceptions import IncompleteRead
from urllib3.response import HTTPResponse as Response

from trackerkit.http.failures import Headers

_PIECE: Final = 1 << 20
_FIRST: Final = 1 << 16
_JOINED: Final = 1 << 16
"""A body up to this size leaves in one piece with its head."""

_HEAD: Final = re.compile(
    r"(?:GET|POST|PUT|PATCH|DELETE) /(?:[\w/.~!$&'()*+,;=:@?-]|%[0-9A-F]{2})* HTTP/1\.1"
    r"(?:\r\n[A-Za-z0-9-]+: [^\x00\r\n]*)+",
    re.ASCII,
)
_FRAMED: Final = re.compile(
    r"\r\n(?:host|content-length|transfer-encoding|connection|expect|te|upgrade):", re.IGNORECASE
)
_STATUS: Final = re.compile(r"HTTP/1\.1 ([2-5]\d\d)(?: [^\x00-\x08\x0a-\x1f]*)?")
_KEPT: Final = ("", "keep-alive")
_NO_BODY: Final = frozenset({"204", "304"})

Check = Callable[[int], None]


class Reply(NamedTuple):
    """A whole answer."""

    status: int
    headers: Headers
    body: bytes


class Fields(Mapping[str, str]):
    """The headers of an answer, whatever the case of their names."""

    __slots__ = ("_pairs",)

    def __init__(self, pairs: dict[str, tuple[str, str]]) -> None:
        self._pairs = pairs

    def __getitem__(self, name: str) -> str:
        return self._pairs[name.lower()][1]

    def get(self, name: str, default: Any = None) -> Any:
        """The value, or ``default``."""
        found = self._pairs.get(name.lower())
        return default if found is None else found[1]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._pairs

    def __iter__(self) -> Iterator[str]:
        return iter([name for name, _ in self._pairs.values()])

    def __len__(self) -> int:
        return len(self._pairs)

    def __repr__(self) -> str:
        return f"Fields({dict(self)!r})"


def head_of(method: str, target: str, site: str, headers: Mapping[str, str], body: bytes | None) -> bytes | None:
    """The head of a request; None where the long way has to judge or to spell it.

    Args:
        method: the verb.
        target: path and query.
        site: ``host[:port]``.
        headers: of the request.
        body: what follows.
    """
    given = "".join([f"\r\n{name}: {value}" for name, value in headers.items()])
    head = f"{method} {target} HTTP/1.1\r\nHost: {site}{given}"
    if _HEAD.fullmatch(head) is None or _FRAMED.search(given) is not None:
        return None
    if body is not None or method not in ("GET", "DELETE"):
        head = f"{head}\r\nContent-Length: {len(body or b'')}"
    try:
        return f"{head}\r\n\r\n".encode("latin-1")
    except UnicodeEncodeError:
        return None


def idle(pool: HTTPConnectionPool) -> Any:
    """A connection of a pool that is open and idle; None when there is none."""
    queue = pool.pool
    try:
        connection = queue.get(block=False) if queue is not None else None
    except Empty:
        return None
    if connection is not None and connection.is_connected:
        return connection
    pool._put_conn(connection)  # the long way opens it
    return None


def exchange(
    pool: HTTPConnectionPool,
    connection: Any,
    head: bytes,
    body: bytes | None,
    timeouts_s: tuple[float, float | None],
    check: Check,
) -> Reply:
    """Send a request over an idle connection, wait for the whole answer, and give the connection back.

    Args:
        pool: to which the connection belongs.
        connection: from ``idle``.
        head: from ``head_of``.
        body: what follows.
        timeouts_s: how long a piece may take to be sent, and to come.
        check: called with the bytes that are there so far; raises when that is too much, or too late.

    Raises:
        OSError, HTTPException, urllib3.exceptions.HTTPError: what the long way raises too.
    """
    is_kept = False
    try:
        sock = connection.sock
        _send(sock, head, body, timeouts_s[0])
        if timeouts_s[1] != timeouts_s[0]:
            sock.settimeout(timeouts_s[1])
        reply, is_kept = _received(sock, head, check)
        return reply
    finally:
        if not is_kept:
            connection.close()
        pool._put_conn(connection)


def _send(sock: Any, head: bytes, body: bytes | None, timeout_s: float) -> None:
    if sock.gettimeout() != timeout_s:
        sock.settimeout(timeout_s)
    try:
        if body is None or len(body) <= _JOINED:
            sock.sendall(head + body if body else head)
        else:
            sock.sendall(head)
            sock.sendall(body)
    except (BrokenPipeError, ConnectionResetError):
        pass  # a server may answer and close before it has read everything: its answer counts


def _received(sock: Any, head: bytes, check: Check) -> tuple[Reply, bool]:
    """The answer, and whether the connection is good for another request."""
    data = sock.recv(_FIRST)
    while (end := data.find(b"\r\n\r\n")) < 0 and data and len(data) < _FIRST:
        more = sock.recv(_FIRST)
        if not more:
            break
        data += more
        check(len(data))
    if not data:
        raise RemoteDisconnected("Remote end closed connection without response")
    pairs = _pairs_of(data[:end].decode("latin-1")) if end >= 0 else None
    if pairs is None:
        return _long_received(sock, data, head, check)
    status, fields = pairs
    length = int(fields["content-length"][1])
    body = _body(sock, data[end + 4 :], length, check)
    is_kept = len(body) == length and fields.get("connection", _KEPT)[1].lower() == "keep-alive"
    return Reply(status, Fields(fields), body if len(body) == length else body[:length]), is_kept


def _pairs_of(head: str) -> tuple[int, dict[str, tuple[str, str]]] | None:
    """Status and headers of a plain answer: one length, no coding, no name twice; None for another."""
    first, *lines = head.split("\r\n")
    status = _STATUS.fullmatch(first)
    if status is None or status[1] in _NO_BODY:
        return None
    fields: dict[str, tuple[str, str]] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        if not colon or not name or name != name.strip() or "\n" in line:
            return None
        fields[name.lower()] = (name, value.strip(" \t"))
    _, length = fields.get("content-length", ("", ""))
    if len(fields) < len(lines) or "transfer-encoding" in fields or "content-encoding" in fields:
        return None
    return (int(status[1]), fields) if length.isascii() and length.isdecimal() and len(length) < 16 else None


def _body(sock: Any, start: bytes, length: int, check: Check) -> bytes:
    check(length)
    got = len(start)
    if got >= length:
        return start
    pieces = [start]
    while got < length:
        piece = sock.recv(min(length - got, _PIECE))
        if not piece:
            raise IncompleteRead(got, length - got)
        pieces.append(piece)
        got += len(piece)
        check(got)
    return b"".join(pieces)


class _Replay(io.RawIOBase):
    """A socket's bytes from the first on, some of which were read already."""

    def __init__(self, sock: Any, data: bytes) -> None:
        self._sock = sock
        self._data = memoryview(data)

    def readable(self) -> bool:
        return True

    def readinto(self, into: Any) -> int:
        if not self._data:
            return int(self._sock.recv_into(into))
        count = min(len(into), len(self._data))
        into[:count], self._data = self._data[:count], self._data[count:]
        return count

    def makefile(self, mode: str) -> io.BufferedReader:
        """What http.client asks of a socket."""
        return io.BufferedReader(self, _FIRST)


def _long_received(sock: Any, data: bytes, head: bytes, check: Check) -> tuple[Reply, bool]:
    """An answer that is not plain, as http.client and urllib3 read it."""
    method = head.partition(b" ")[0].decode()
    raw = HTTPResponse(_Replay(sock, data), method=method)  # type: ignore[arg-type]
    raw.begin()
    headers = HTTPHeaderDict((name, " ".join(value.splitlines())) for name, value in raw.headers.items())
    response = Response(
        raw, headers, raw.status, preload_content=False, original_response=raw, request_method=method
    )  # fmt: skip
    body = whole(response, check)
    return Reply(raw.status, headers, body), not raw.will_close


def whole(response: Any, check: Check) -> bytes:
    """The body of a response that is read piece by piece, decoded."""
    pieces: list[bytes] = []
    size = 0
    is_encoded = "content-encoding" in response.headers
    while piece := response.read1(_PIECE, decode_content=is_encoded):
        pieces.append(piece)
        size += len(piece)
        check(size)
        if response.length_remaining == 0 and not is_encoded:
            break
    return pieces[0] if len(pieces) == 1 else b"".join(pieces)
