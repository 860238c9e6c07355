"""Answer and Stream: what a server sent, whole or as it comes."""

from __future__ import annotations

from collections.abc import Callable
from http.client import HTTPResponse  # noqa: TID251 - what urllib3 reads from
from types import TracebackType
from typing import Any

from urllib3.exceptions import IncompleteRead
from urllib3.response import BaseHTTPResponse

from trackerkit.errors import TrackerError
from trackerkit.http.failures import WIRE_ERRORS, Headers, not_json, request_id_of
from trackerkit.jsontext import decoded
from trackerkit.secrets import redact

PIECE = 1 << 20
"""How much is read at once, in bytes."""

_UNREAD = object()


class Stream:
    """The body of an answer as it comes; close it, or use it as a context manager.

    Args:
        response: whose body is unread.
        failure: makes our error of what the connection raises.
    """

    __slots__ = ("_failure", "_got", "_raw", "_response", "is_encoded")

    def __init__(self, response: BaseHTTPResponse, failure: Callable[[BaseException], TrackerError]) -> None:
        self._response = response
        self._failure = failure
        self._got = 0
        self.is_encoded = bool(response.headers.get("content-encoding", "identity").lower() not in ("", "identity"))
        self._raw = None if self.is_encoded else _plain(response)

    def read(self, limit: int = PIECE) -> bytes:
        """What is there, at most ``limit`` bytes, decoded; waits for the first byte; empty at the end.

        Raises:
            ProtocolError: the connection ended before the announced length.
            TimeoutExpiredError: nothing came for the time allowed.
            TransportError: the connection broke.
        """
        try:
            return self._response.read1(limit, decode_content=self.is_encoded)
        except WIRE_ERRORS as error:
            failure = self._failure(error)
        self.close()
        raise failure

    def read_into(self, into: memoryview) -> int:
        """The same into memory that is there already: how many bytes came; 0 at the end.

        A body of a known length, without coding, goes from the socket to its place and is copied nowhere on the way.

        Raises:
            TrackerError: as ``read``.
        """
        raw = self._raw
        if raw is None:
            data = self.read(len(into))
            into[: len(data)] = data
            return len(data)
        try:
            return self._received(raw, into) if into else 0
        except WIRE_ERRORS as error:
            failure = self._failure(error)
        self.close()
        raise failure

    def _received(self, raw: Any, into: memoryview) -> int:
        """What one look at the socket brings; http.client and urllib3 are told, as they count along."""
        left = self._response.length_remaining
        if not left:
            return 0
        count = raw.fp.readinto1(into[:left])
        if not count:
            raise IncompleteRead(self._got, left)
        self._got += count
        raw.length = self._response.length_remaining = left - count
        if not raw.length:
            raw.close()  # its part of the connection: that itself is free for the next request
        return int(count)

    def close(self) -> None:
        """Let the connection go: back to the pool when all was read, else it is closed."""
        if self._response.closed:
            self._response.release_conn()
        else:
            self._response.close()


def _plain(response: BaseHTTPResponse) -> Any:
    """http.client's own response where its body comes as it is, and as long as was announced; else None."""
    raw: Any = getattr(response, "_fp", None)
    is_plain = isinstance(raw, HTTPResponse) and not raw.chunked and raw.length is not None
    is_agreed = is_plain and raw.length == getattr(response, "length_remaining", None)
    return raw if is_agreed and hasattr(raw.fp, "readinto1") else None


class Answer:
    """What a server answered.

    Attributes:
        status: the HTTP status.
        headers: case-insensitive.
        body: all of it, decoded; empty when it is streamed.
        url: where it came from in the end; may hold a signature, and is masked in the repr.
        stream: the body as it comes, where that was asked for.
    """

    __slots__ = ("_backend", "_decode", "_json", "_site", "body", "headers", "status", "stream", "url")

    def __init__(
        self,
        status: int,
        headers: Headers,
        body: bytes,
        url: str,
        *,
        site: str = "",
        backend: str = "",
        stream: Stream | None = None,
        decode: Callable[[bytes], Any] = decoded,
    ) -> None:
        self.status, self.headers, self.body, self.url = status, headers, body, url
        self.stream = stream
        self._site, self._backend = site, backend
        self._json: Any = _UNREAD
        self._decode = decode

    def __repr__(self) -> str:
        return f"<Answer {self.status} from {redact(self.url)}, {len(self.body)} bytes>"

    @property
    def request_id(self) -> str:
        """The server's number of the request; empty where it gives none."""
        return request_id_of(self.headers)

    def json(self) -> Any:
        """The body as JSON, decoded once; as the request's own ``decode`` reads it, where it has one.

        Raises:
            ProtocolError: it is none; names the page's title when it is a web page.
        """
        if self._json is _UNREAD:
            try:
                self._json = self._decode(self.body)
            except ValueError:
                raise not_json(self.headers, self.body, self._site, self._backend, self.status) from None
        return self._json

    def text(self) -> str:
        """The body as text; signs that are no UTF-8 are replaced."""
        return self.body.decode("utf-8", "replace")

    def close(self) -> None:
        """Let go of the stream, if there is one."""
        if self.stream is not None:
            self.stream.close()

    def __enter__(self) -> Answer:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()
