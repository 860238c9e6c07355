"""The plain way and the long way give the same: an answer, its headers, or an error."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
from typing import Any

import pytest

from trackerkit.errors import ProtocolError, TrackerError
from trackerkit.http import HttpClient
from trackerkit.http.plain import head_of
from trackerkit.retry import RetryPolicy

HELLO = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
ZIPPED = gzip.compress(b"hello " * 1000)
ANSWERS = {
    "plain": b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello",
    "empty": b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    "no reason": b"HTTP/1.1 200\r\nContent-Length: 2\r\n\r\nhi",
    "created": b"HTTP/1.1 201 Created\r\ncontent-length:2\r\nX-Request-Id:  a b \t\r\n\r\nhi",
    "nothing": b"HTTP/1.1 204 No Content\r\n\r\n",
    "refused": b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone",
    "late": b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
    "continued": b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
    "zipped": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(ZIPPED) + ZIPPED,
    "bad zip": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nnope",
    "kept": b"HTTP/1.1 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nhi",
    "not kept": b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nhi",
    "old": b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi",
    "twice the same length": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nhi",
    "one name twice": b"HTTP/1.1 200 OK\r\nVia: a\r\nVia: b\r\nContent-Length: 2\r\n\r\nhi",
    "folded": b"HTTP/1.1 200 OK\r\nX-Note: a\r\n b\r\nContent-Length: 2\r\n\r\nhi",
    "latin": b"HTTP/1.1 200 OK\r\nX-Note: \xe9\r\nContent-Length: 2\r\n\r\nhi",
    "cut head": b"HTTP/1.1 200 OK\r\nContent-Le",
    "cut body": b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhi",
    "cut chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\nabc",
    "silence": b"",
    "garbage": b"220 mail.example ESMTP\r\n\r\n",
    "no length": b"HTTP/1.1 200 OK\r\nX-Note: a\r\n\r\nto the end",
    "too long": b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + bytes(200_000),
    "long": b"HTTP/1.1 200 OK\r\nContent-Length: 90000\r\n\r\n" + bytes(90_000),
    "wide head": b"HTTP/1.1 200 OK\r\nX-Note: " + b"a" * 60_000 + b"\r\nContent-Length: 2\r\n\r\nhi",
}
CLOSED = ("cut head", "cut body", "cut chunk", "silence", "no length", "not kept", "garbage", "old")
"""After these the server closes."""


class Scripted:
    """A server that answers each request with the next of some bytes, in pieces."""

    def __init__(self, *answers: bytes, piece: int = 1 << 20) -> None:
        self.requests: list[bytes] = []
        self.connections = 0
        self._answers, self._piece = list(answers), piece
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Scripted:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.close()
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
            pass
        self._thread.join(10)

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while self._answers:
                with self._listening.accept()[0] as sock:
                    self.connections += 1
                    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    while self._answers and self._one(sock):
                        pass

    def _one(self, sock: socket.socket) -> bool:
        request = b""
        while b"\r\n\r\n" not in request:
            more = sock.recv(65536)
            if not more:
                return False
            request += more
        self.requests.append(request)
        answer = self._answers.pop(0)
        with contextlib.suppress(OSError):
            for at in range(0, len(answer), self._piece):
                sock.sendall(answer[at : at + self._piece])
        return answer not in [ANSWERS[name] for name in CLOSED]


def client_of(server: Scripted) -> HttpClient:
    return HttpClient(
        f"http://127.0.0.1:{server.port}", backend="test", timeout_s=(5, 5), policy=RetryPolicy(attempts=1),
        max_answer_bytes=100_000,
    )  # fmt: skip


def outcome(client: HttpClient) -> Any:
    """What a request gives, in a form that can be compared."""
    try:
        answer = client.request("GET", "/x", ok=(404,))
    except TrackerError as error:
        message = error.message.replace(client.base_url.removeprefix("http://"), "the server")
        after_s = getattr(error, "retry_after_s", None)
        return type(error), message, error.hint, error.sent, error.retryable, after_s
    headers = {name.lower(): " ".join(value.split()) for name, value in answer.headers.items()}
    return answer.status, headers, answer.body


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("piece", [1 << 20, 3])
def test_both_ways_give_the_same(name: str, piece: int) -> None:
    if piece == 3 and len(ANSWERS[name]) > 1000:
        piece = 5000
    with Scripted(ANSWERS[name], piece=piece) as server, client_of(server) as client:
        long = outcome(client)
    with Scripted(HELLO, ANSWERS[name], piece=piece) as server, client_of(server) as client:
        assert client.request("GET", "/x").body == b"hi"
        plain = outcome(client)
        assert server.connections == 1
    assert plain == long


@pytest.mark.parametrize("name", [name for name in ANSWERS if name not in {*CLOSED, "bad zip", "too long"}])
def test_a_connection_is_used_again_after_a_whole_answer(name: str) -> None:
    with Scripted(HELLO, ANSWERS[name], HELLO) as server, client_of(server) as client:
        client.request("GET", "/x")
        outcome(client)
        assert client.request("GET", "/x").body == b"hi"
        assert server.connections == 1


def test_bytes_that_nobody_asked_for_end_a_connection() -> None:
    with Scripted(HELLO, HELLO + b"HTTP/1.1 200 OK", HELLO) as server, client_of(server) as client:
        assert [client.request("GET", "/x").body for _ in range(3)] == [b"hi"] * 3
        assert server.connections == 2


def test_an_answer_that_is_announced_as_too_long_is_not_read() -> None:
    announced = b"HTTP/1.1 200 OK\r\nContent-Length: 900000000000\r\n\r\n"
    with Scripted(HELLO, announced) as server, client_of(server) as client:
        client.request("GET", "/x")
        with pytest.raises(ProtocolError, match="longer than 100000 bytes"):
            client.request("GET", "/x")


def test_both_ways_send_the_same() -> None:
    def sorted_lines(request: bytes) -> list[bytes]:
        return sorted(request.split(b"\r\n"))

    for method, json in (("GET", None), ("POST", {"a": 1}), ("POST", None), ("DELETE", None), ("PATCH", {})):
        with Scripted(HELLO, HELLO) as server, client_of(server) as client:
            for _ in range(2):
                client.request(method, "/x/y", query={"a": "b c"}, json=json, headers={"X-Key": "k"})
            assert sorted_lines(server.requests[0]) == sorted_lines(server.requests[1])


@pytest.mark.parametrize(
    ("method", "target", "headers"),
    [
        ("HEAD", "/", {"A": "b"}),
        ("GET", "x", {"A": "b"}),
        ("GET", "/a b", {"A": "b"}),
        ("GET", "/a%2fb", {"A": "b"}),
        ("GET", "/é", {"A": "b"}),
        ("GET", "/", {"A\r\nB": "b"}),
        ("GET", "/", {"A": "b\nc"}),
        ("GET", "/", {"A b": "c"}),
        ("GET", "/", {"A": "日"}),
        ("GET", "/", {"host": "elsewhere"}),
        ("POST", "/", {"Transfer-Encoding": "chunked"}),
        ("POST", "/", {"Content-Length": "7"}),
    ],
)
def test_a_request_that_needs_judging_goes_the_long_way(method: str, target: str, headers: dict[str, str]) -> None:
    assert head_of(method, target, "studio.example", headers, b"body") is None


def test_the_head_of_a_plain_request() -> None:
    head = head_of("POST", "/api3/json?a=%2F", "studio.example:8080", {"A": "b"}, b"body")
    assert head == b"POST /api3/json?a=%2F HTTP/1.1\r\nHost: studio.example:8080\r\nA: b\r\nContent-Length: 4\r\n\r\n"
