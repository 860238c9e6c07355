"""Bodies that are too large, callers that are too slow, work that takes too long."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress

import pytest
import requests
import urllib3
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from trackerkit.web.call import allow
from trackerkit.web.pool import run_sync
from trackerkit.web.serve import Server

Serve = Callable[..., Server]

MIB = 1024 * 1024


async def count(request: Request) -> Response:
    size = 0
    async for part in request.stream():
        size += len(part)
    return PlainTextResponse(str(size))


async def count_more(request: Request) -> Response:
    allow(request, body_bytes=64 * MIB)
    return await count(request)


async def no_body(_request: Request) -> Response:
    return PlainTextResponse("fine")


def test_a_body_that_announces_too_much_is_413(serve: Serve, echo: Route) -> None:
    """Again and again, since a server that just hangs up loses the answer in a race."""
    server = serve([echo, Route("/none", no_body, methods=["POST"])])
    for _ in range(5):
        answer = requests.post(server.url, b"x" * (17 * MIB), timeout=30)
        assert answer.status_code == 413
        assert "16777216" in answer.json()["detail"]


def test_a_chunked_body_that_grows_too_large_is_413(serve: Serve) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(40):
            yield b"x" * 100_000

    server = serve([Route("/", count, methods=["POST"])], body_bytes=MIB)
    assert requests.post(server.url, chunks(), timeout=30).status_code == 413
    assert requests.post(server.url, b"x" * MIB, timeout=30).text == str(MIB)


def test_a_chunked_body_without_end_is_cut(serve: Serve) -> None:
    server = serve([Route("/", count, methods=["POST"])], body_bytes=MIB)
    with socket.create_connection(("127.0.0.1", server.port), 30) as caller:
        caller.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n")
        sent = 0
        with suppress(OSError):
            while sent < 10_000:
                sent += 1
                caller.sendall(b"10000\r\n" + b"x" * 0x10000 + b"\r\n")
        assert sent < 5000


def test_a_route_may_allow_more(serve: Serve) -> None:
    server = serve([Route("/more", count_more, methods=["POST"]), Route("/", count, methods=["POST"])], body_bytes=MIB)
    assert requests.post(f"{server.url}/more", b"x" * (20 * MIB), timeout=30).text == str(20 * MIB)
    assert requests.post(server.url, b"x" * (20 * MIB), timeout=30).status_code == 413


def test_a_body_byte_by_byte_is_408(serve: Serve, echo: Route) -> None:
    server = serve([echo], deadline_s=0.5)
    with socket.create_connection(("127.0.0.1", server.port), 10) as caller:
        caller.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
        start = time.monotonic()
        answer = b""
        while time.monotonic() - start < 5 and not answer:
            caller.sendall(b"1")
            caller.settimeout(0.05)
            try:
                answer = caller.recv(1000)
            except TimeoutError:
                continue
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - start < 2


def test_work_that_takes_too_long_is_504_and_is_not_stopped(serve: Serve) -> None:
    finished = threading.Event()

    def work() -> None:
        time.sleep(0.6)
        finished.set()

    async def slow(_request: Request) -> Response:
        await run_sync(work)
        return PlainTextResponse("done")

    async def patient(request: Request) -> Response:
        allow(request, deadline_s=10)
        return await slow(request)

    server = serve([Route("/slow", slow), Route("/patient", patient)], deadline_s=0.2)
    start = time.monotonic()
    answer = requests.get(f"{server.url}/slow", timeout=10)
    assert answer.status_code == 504
    assert "too long" in answer.json()["detail"]
    assert time.monotonic() - start < 0.5
    assert finished.wait(5)
    assert requests.get(f"{server.url}/patient", timeout=10).text == "done"


def test_an_answer_may_take_long_as_long_as_it_goes_on(serve: Serve) -> None:
    async def drip() -> AsyncIterator[bytes]:
        for _ in range(6):
            yield b"x"
            await asyncio.sleep(0.15)

    async def stuck() -> AsyncIterator[bytes]:
        yield b"x"
        await asyncio.sleep(60)

    async def dripping(_request: Request) -> Response:
        return StreamingResponse(drip())

    async def sticking(_request: Request) -> Response:
        return StreamingResponse(stuck())

    server = serve([Route("/drip", dripping), Route("/stuck", sticking)], deadline_s=0.4)
    assert requests.get(f"{server.url}/drip", timeout=10).text == "x" * 6
    start = time.monotonic()
    with pytest.raises(requests.exceptions.ChunkedEncodingError):  # it never looks like a whole answer
        requests.get(f"{server.url}/stuck", timeout=10)
    assert time.monotonic() - start < 2


def _read_slowly(port: int, size: int, pause_s: float, pauses: int) -> int:
    """Ask for ``size`` MiB, pause before each of the first reads, and tell how many bytes came."""
    with socket.socket() as caller:
        caller.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * 1024)
        caller.connect(("127.0.0.1", port))
        caller.settimeout(10)
        caller.sendall(b"GET /%d HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n" % size)
        came = 0
        with suppress(ConnectionError):
            while True:
                time.sleep(pause_s if pauses > 0 else 0)
                pauses -= 1
                part = caller.recv(MIB)
                came += len(part)
                if not part:
                    break
        return came


def test_a_reader_that_stops_is_dropped_and_a_slow_one_is_not(serve: Serve) -> None:
    async def flood(size: int) -> AsyncIterator[bytes]:
        for _ in range(size):
            yield b"x" * MIB

    async def flooding(request: Request) -> Response:
        return StreamingResponse(flood(request.path_params["size"]))

    server = serve([Route("/{size:int}", flooding)], stall_s=1.0, deadline_s=0.3)
    assert _read_slowly(server.port, 12, 0.02, 150) > 12 * MIB
    assert _read_slowly(server.port, 24, 2.5, 1) < 20 * MIB


def test_the_connection_lives_on_after_a_refusal(serve: Serve, echo: Route) -> None:
    server = serve([echo])
    with urllib3.HTTPConnectionPool("127.0.0.1", server.port, maxsize=1) as pool:
        for _ in range(3):
            assert pool.request("POST", "/", body=b"nonsense").status == 400
            assert pool.request("POST", "/", body=b"[1]").data == b"[1]"
        assert pool.num_connections == 1
