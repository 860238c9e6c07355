"""A small real HTTP server on 127.0.0.1 whose answers a test writes as a function."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Incoming:
    """A request as it arrived.

    Args:
        method: the verb.
        target: path and query as they were sent.
        headers: by lower-case name.
        body: all of it.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes

    @property
    def path(self) -> str:
        """The target without its query."""
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, list[str]]:
        """The query's parameters."""
        return parse_qs(urlsplit(self.target).query, keep_blank_values=True)


@dataclass(frozen=True)
class Reply:
    """What to answer.

    Args:
        status: the HTTP status.
        body: the body; its length is announced unless the headers say otherwise.
        headers: more headers. A ``Content-Length`` of ``None`` leaves it out and closes the connection at the end.
    """

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str | None] = field(default_factory=dict)


Answering = Callable[[Incoming], Reply]


class LoopbackServer:
    """A keep-alive HTTP/1.1 server in a thread; a context manager.

    Args:
        answer: called for each request, from several threads at once.
        tls: serves https with this context.

    Attributes:
        requests: every request so far, in order of arrival.
    """

    def __init__(self, answer: Answering, *, tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[Incoming] = []
        self._scheme = "https" if tls else "http"
        self._server = _Server(answer, self.requests)
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Its origin."""
        return f"{self._scheme}://127.0.0.1:{self.port}"

    def __enter__(self) -> LoopbackServer:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._server.close_clients()
        self._thread.join(5)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, answer: Answering, requests: list[Incoming]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer, self.requests = answer, requests
        self._clients: set[Any] = set()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._clients.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self._clients.discard(request)
        super().shutdown_request(request)

    def close_clients(self) -> None:
        for client in list(self._clients):
            self.shutdown_request(client)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no news."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def handle_any(self) -> None:
        incoming = Incoming(self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, self._body())
        self.server.requests.append(incoming)
        self._send(self.server.answer(incoming))

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_any

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("transfer-encoding", ""):
            return self.rfile.read(int(self.headers.get("content-length") or 0))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _send(self, reply: Reply) -> None:
        self.send_response_only(reply.status)
        for name, value in reply.headers.items():
            if value is not None:
                self.send_header(name, value)
            else:
                self.close_connection = True
        if not {name.lower() for name in reply.headers} & {"content-length", "transfer-encoding"}:
            self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(reply.body)
        self.wfile.flush()

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing: `LoopbackServer.requests` tells it all."""
