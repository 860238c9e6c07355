"""Answer and Stream: what a server sent, whole or as it comes."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Any

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

    __slots__ = ("_failure", "_response", "is_encoded")

    def __init__(self, response: BaseHTTPResponse, failure: Callable[[BaseException], TrackerError]) -> None:
        self._response = response
        self._failure = failure
        self.is_encoded = bool(response.headers.get("content-encoding", "identity").lower() not in ("", "identity"))

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

    def close(self) -> None:
        """Let the connection go: back to the pool when all was read, else it is closed."""
        if self._response.closed:
            self._response.release_conn()
        else:
            self._response.close()


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
