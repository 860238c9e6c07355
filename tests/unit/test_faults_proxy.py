"""The fault proxy does to a request what its plan says, and nothing else."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import socket
import time
from collections.abc import Iterator

import pytest

from trackerkit.testing.faults import (
    FaultProxy,
    blackhole,
    close_after,
    corrupt,
    drip,
    drop_response,
    forward,
    latency,
    refuse,
    reset_after,
    stall_after,
    status,
    truncate,
    unused_port,
)
from trackerkit.testing.loopback import Incoming, LoopbackServer, Reply

BODY = bytes(range(100))


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    def answer(incoming: Incoming) -> Reply:
        return Reply(200, BODY + incoming.body, {"X-Method": incoming.method})

    with LoopbackServer(answer) as running:
        yield running


@pytest.fixture
def proxy(server: LoopbackServer) -> Iterator[FaultProxy]:
    with FaultProxy("127.0.0.1", server.port) as running:
        yield running


@pytest.fixture
def wire(proxy: FaultProxy) -> Iterator[http.client.HTTPConnection]:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=3)) as connection:
        yield connection


def ask(wire: http.client.HTTPConnection, method: str = "GET", body: bytes | None = None) -> tuple[int, bytes]:
    wire.request(method, "/x?y=1", body)
    response = wire.getresponse()
    return response.status, response.read()


def test_pass_keeps_the_connection_and_writes_down(
    proxy: FaultProxy, server: LoopbackServer, wire: http.client.HTTPConnection
) -> None:
    proxy.plan(["pass", forward()])
    assert ask(wire) == (200, BODY)
    assert ask(wire, "POST", b"sent") == (200, BODY + b"sent")
    assert ask(wire, "HEAD") == (200, b"")
    first, second, _ = proxy.requests
    assert (first.method, first.target, first.plan, first.size, first.connection) == ("GET", "/x?y=1", "pass", 0, 1)
    assert (second.method, second.body, second.size) == ("POST", b"sent", 4)
    assert second.sha256 == hashlib.sha256(b"sent").hexdigest()
    assert second.headers["content-length"] == "4"
    assert proxy.connections == 1
    assert len(server.requests) == 3


def test_chunked_both_ways(proxy: FaultProxy, wire: http.client.HTTPConnection) -> None:
    wire.request("PUT", "/x", iter([b"a" * 1000, b"b"]), encode_chunked=True, headers={"Transfer-Encoding": "chunked"})
    assert wire.getresponse().read() == BODY + b"a" * 1000 + b"b"
    assert ask(wire)[0] == 200


def test_status(proxy: FaultProxy, server: LoopbackServer, wire: http.client.HTTPConnection) -> None:
    proxy.plan([status(503, {"Retry-After": "7"}, b"busy")])
    wire.request("POST", "/x", b"body")
    response = wire.getresponse()
    assert (response.status, response.read(), response.headers["retry-after"]) == (503, b"busy", "7")
    assert server.requests == []
    assert ask(wire) == (200, BODY)
    assert proxy.connections == 1


def test_drop_response(proxy: FaultProxy, server: LoopbackServer, wire: http.client.HTTPConnection) -> None:
    proxy.plan([drop_response()])
    with pytest.raises(ConnectionResetError):
        ask(wire, "POST", b"x")
    assert len(server.requests) == 1


def test_refuse(proxy: FaultProxy, server: LoopbackServer, wire: http.client.HTTPConnection) -> None:
    proxy.plan([refuse()])
    with pytest.raises(ConnectionResetError):
        ask(wire)
    assert server.requests == []
    assert proxy.requests[0].plan == "refuse"


def test_close_after(proxy: FaultProxy, wire: http.client.HTTPConnection) -> None:
    proxy.plan([close_after(30)])
    with pytest.raises(http.client.IncompleteRead) as caught:
        ask(wire)
    assert caught.value.partial == BODY[:30]


def test_reset_after(proxy: FaultProxy, wire: http.client.HTTPConnection) -> None:
    proxy.plan([reset_after(30)])
    wire.request("GET", "/x")
    response = wire.getresponse()
    assert response.read(30) == BODY[:30]
    with pytest.raises(ConnectionResetError):
        response.read(1)


def test_stall_after_and_blackhole(proxy: FaultProxy, server: LoopbackServer) -> None:
    for plan, reached in ((stall_after(30), 1), (blackhole(), 1)):
        proxy.plan([plan])
        wire = http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=0.2)
        with contextlib.closing(wire), pytest.raises(TimeoutError):
            ask(wire)
        assert len(server.requests) == reached


def test_truncate_and_corrupt(proxy: FaultProxy, wire: http.client.HTTPConnection) -> None:
    proxy.plan([truncate(30), corrupt(50)])
    assert ask(wire) == (200, BODY[:30])
    _, wrong = ask(wire)
    assert [n for n in range(100) if wrong[n] != BODY[n]] == [50]
    assert ask(wire) == (200, BODY)


def test_latency_and_drip(proxy: FaultProxy, wire: http.client.HTTPConnection) -> None:
    for plan in (latency(0.2), drip(0.002)):
        proxy.plan([plan])
        started = time.monotonic()
        assert ask(wire) == (200, BODY)
        assert time.monotonic() - started >= 0.19


def test_plans_meet_requests_of_several_connections_in_order(proxy: FaultProxy) -> None:
    proxy.plan([status(501), status(502)])
    codes = []
    for _ in range(3):
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=3)) as wire:
            codes.append(ask(wire)[0])
    assert codes == [501, 502, 200]
    proxy.plan([status(503)])
    proxy.clear()
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", proxy.port, timeout=3)) as wire:
        assert ask(wire)[0] == 200


def test_stop_frees_the_port_and_ends_connections(server: LoopbackServer) -> None:
    with FaultProxy("127.0.0.1", server.port) as proxy:
        port = proxy.port
        wire = http.client.HTTPConnection("127.0.0.1", port, timeout=3)
        assert ask(wire)[0] == 200
    with pytest.raises((http.client.HTTPException, OSError)):
        ask(wire)
    wire.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), timeout=1)


def test_unused_port_refuses() -> None:
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", unused_port()), timeout=1)
