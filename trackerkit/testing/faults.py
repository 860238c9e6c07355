"""FaultProxy: a real TCP proxy in front of a real HTTP server that breaks each request the way a test plans it."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import struct
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import TracebackType

from trackerkit.testing.wiretap import PIECE, Head, Reader

_KEPT_BODY = 64 * 1024


@dataclass(frozen=True)
class Plan:
    """What happens to one request; made by the functions below.

    Args:
        kind: the function's name.
        number: bytes or seconds.
        code: of ``status``.
        headers: of ``status``.
        body: of ``status``.
    """

    kind: str
    number: float = 0
    code: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def forward() -> Plan:
    """Nothing happens to it (``"pass"`` for short); so it is with every request that no plan is left for."""
    return Plan("pass")


def status(code: int, headers: Mapping[str, str] | None = None, body: bytes = b"") -> Plan:
    """The proxy answers by itself; the server never sees it."""
    return Plan("status", code=code, headers=headers or {}, body=body)


def drop_response() -> Plan:
    """The server does its work, then the client gets a reset instead of the answer."""
    return Plan("drop_response")


def reset_after(size: int) -> Plan:
    """The answer's head and ``size`` bytes of its body, then a reset."""
    return Plan("reset_after", size)


def close_after(size: int) -> Plan:
    """The answer's head and ``size`` bytes of its body, then an orderly end: a cut."""
    return Plan("close_after", size)


def stall_after(size: int) -> Plan:
    """The answer's head and ``size`` bytes of its body, then nothing for as long as the client waits."""
    return Plan("stall_after", size)


def truncate(size: int) -> Plan:
    """A well-formed answer with ``size`` bytes of the body: the announced length is changed to it."""
    return Plan("truncate", size)


def corrupt(offset: int) -> Plan:
    """The whole answer with one wrong byte in its body."""
    return Plan("corrupt", offset)


def latency(seconds: float) -> Plan:
    """The request waits, then passes."""
    return Plan("latency", seconds)


def drip(seconds: float) -> Plan:
    """The answer's head, then its body one byte at a time, each after ``seconds``."""
    return Plan("drip", seconds)


def refuse() -> Plan:
    """A reset as soon as the request arrives; the server never sees it."""
    return Plan("refuse")


def blackhole() -> Plan:
    """The request is swallowed and never answered; the server never sees it."""
    return Plan("blackhole")


@dataclass(frozen=True)
class Seen:
    """A request that came by.

    Args:
        method: the verb.
        target: path and query.
        headers: by lower-case name.
        plan: the kind of the plan that met it.
        body: its first 64 KiB.
        size: the length of its body.
        sha256: of its body.
        connection: which connection brought it, from 1.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    plan: str
    body: bytes
    size: int
    sha256: str
    connection: int


def unused_port() -> int:
    """A port of 127.0.0.1 where nobody listens: connections are refused."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class FaultProxy:
    """A proxy in threads; a context manager. Plans meet the requests as they arrive, whatever connection they take.

    Args:
        upstream_host: where the server is.
        upstream_port: its port.

    Attributes:
        requests: every request so far.
    """

    def __init__(self, upstream_host: str, upstream_port: int) -> None:
        self._upstream = (upstream_host, upstream_port)
        self._plans: deque[Plan] = deque()
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._connections = 0
        self.requests: list[Seen] = []
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=128)
        self._thread = threading.Thread(target=self._accept, daemon=True)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Its origin."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def connections(self) -> int:
        """How many connections were made so far."""
        return self._connections

    def plan(self, plans: Iterable[Plan | str]) -> None:
        """Add plans for the next requests; ``"pass"`` is ``forward()``."""
        with self._lock:
            self._plans.extend(Plan(plan) if isinstance(plan, str) else plan for plan in plans)

    def clear(self) -> None:
        """Forget the plans that no request has met."""
        with self._lock:
            self._plans.clear()

    def __enter__(self) -> FaultProxy:
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Close every connection and the port."""
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        with self._lock:
            open_now = list(self._sockets)
        for each in open_now:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
        if self._thread.is_alive():
            self._thread.join(5)

    # ---- inside

    def _accept(self) -> None:
        while not self._stopped.is_set():
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self._connections += 1
                number = self._connections
            threading.Thread(target=self._serve, args=(client, number), daemon=True).start()

    def _serve(self, client: socket.socket, number: int) -> None:
        server: socket.socket | None = None
        with self._lock:
            self._sockets.add(client)
        try:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            reader = Reader(client)
            while head := reader.head():
                if server is None:
                    server = socket.create_connection(self._upstream)
                    server.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    with self._lock:
                        self._sockets.add(server)
                if not self._handle(reader, client, server, head, number):
                    return
        except OSError:  # one of the two went away: that is what this is for
            pass
        finally:
            for each in (client, server):
                if each is not None:
                    with self._lock:
                        self._sockets.discard(each)
                    each.close()

    def _handle(self, reader: Reader, client: socket.socket, server: socket.socket, head: Head, number: int) -> bool:
        """One request; True when the connection can carry another."""
        with self._lock:
            plan = self._plans.popleft() if self._plans else Plan("pass")
        goes_on = plan.kind not in ("status", "refuse", "blackhole")
        if plan.kind == "refuse":
            self._note(head, plan, b"", number)
            _reset(client)
            return False
        if plan.kind == "latency":
            self._stopped.wait(plan.number)
        if goes_on:
            server.sendall(head.raw)
        body = _Digest()
        for piece in reader.body(head, is_answer=False):
            body.add(piece)
            if goes_on:
                server.sendall(piece)
        self._note(head, plan, body, number)
        if plan.kind == "status":
            client.sendall(_status_answer(plan))
            return True
        if plan.kind == "blackhole":
            self._wait_for_end(client)
            return False
        return self._answer(plan, client, Reader(server), head)

    def _answer(self, plan: Plan, client: socket.socket, upstream: Reader, asked: Head) -> bool:
        head = upstream.head()
        if head is None:
            return False
        if plan.kind == "drop_response":
            for _ in upstream.body(head, is_answer=True, method=asked.method):
                pass
            _reset(client)
            return False
        pieces = upstream.body(head, is_answer=True, method=asked.method)
        if plan.kind == "truncate":
            whole = b"".join(pieces)[: int(plan.number)]
            client.sendall(_relabelled(head, len(whole)) + whole)
            return True
        client.sendall(head.raw)
        if plan.kind in ("reset_after", "close_after", "stall_after"):
            for piece in _first(pieces, int(plan.number)):
                client.sendall(piece)
            self._break(plan.kind, client)
            return False
        at = 0
        for piece in pieces:
            if plan.kind == "drip":
                self._drip(client, piece, plan.number)
            else:
                client.sendall(_flipped(piece, int(plan.number) - at) if plan.kind == "corrupt" else piece)
            at += len(piece)
        return not head.is_until_close(asked.method)

    def _drip(self, client: socket.socket, piece: bytes, seconds: float) -> None:
        for byte in piece:
            if self._stopped.wait(seconds):
                return
            client.sendall(bytes([byte]))

    def _break(self, kind: str, client: socket.socket) -> None:
        if kind == "stall_after":
            self._wait_for_end(client)
        elif kind == "reset_after":
            time.sleep(0.05)  # a reset overtakes what is still on its way
            _reset(client)
        else:
            client.shutdown(socket.SHUT_WR)

    def _wait_for_end(self, client: socket.socket) -> None:
        client.settimeout(0.1)
        while not self._stopped.is_set():
            try:
                if not client.recv(PIECE):
                    return
            except TimeoutError:
                continue

    def _note(self, head: Head, plan: Plan, body: _Digest | bytes, number: int) -> None:
        digest = body if isinstance(body, _Digest) else _Digest()
        seen = Seen(head.method, head.target, head.fields, plan.kind, bytes(digest.kept), digest.size,
                    digest.sha.hexdigest(), number)  # fmt: skip
        with self._lock:
            self.requests.append(seen)


class _Digest:
    """A body's size and hash, and its beginning."""

    def __init__(self) -> None:
        self.kept = bytearray()
        self.size = 0
        self.sha = hashlib.sha256()

    def add(self, piece: bytes) -> None:
        self.size += len(piece)
        self.sha.update(piece)
        self.kept += piece[: max(0, _KEPT_BODY - len(self.kept))]


def _reset(sock: socket.socket) -> None:
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


def _first(pieces: Iterator[bytes], size: int) -> Iterator[bytes]:
    for piece in pieces:
        if size <= 0:
            return
        yield piece[:size]
        size -= len(piece)


def _flipped(piece: bytes, at: int) -> bytes:
    return piece[:at] + bytes([piece[at] ^ 0xFF]) + piece[at + 1 :] if 0 <= at < len(piece) else piece


def _status_answer(plan: Plan) -> bytes:
    lines = [f"HTTP/1.1 {plan.code} planned", *(f"{name}: {value}" for name, value in plan.headers.items())]
    if "content-length" not in {name.lower() for name in plan.headers}:
        lines.append(f"Content-Length: {len(plan.body)}")
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1") + plan.body


def _relabelled(head: Head, size: int) -> bytes:
    """The head of an answer whose body is ``size`` bytes now."""
    first, *lines = head.raw.decode("latin-1").rstrip("\r\n").split("\r\n")
    kept = [line for line in lines if line.partition(":")[0].lower() not in ("content-length", "transfer-encoding")]
    return "\r\n".join([first, *kept, f"Content-Length: {size}", "", ""]).encode("latin-1")
