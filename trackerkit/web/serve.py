"""Serves an application: in a thread of this process (tests, the demo), or for ever (the command line)."""

from __future__ import annotations

import asyncio
import ipaddress
import os
import socket
import threading
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Final

import uvicorn

from trackerkit.errors import ConfigurationError
from trackerkit.secrets import get_logger
from trackerkit.web.protocol import guarded
from trackerkit.web.settings import WebSettings

# uvicorn's default of 5 s closes connections that clients still mean to use.
KEEP_ALIVE_S: Final = 75
_BACKLOG: Final = 2048
_TICK_S: Final = 0.1

_log = get_logger("trackerkit.web")


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; port 0 takes a free one.

    Raises:
        ConfigurationError: the address is none of this machine's, or is taken.
    """
    if not 0 <= port <= 65535:
        raise ConfigurationError(f"cannot listen on port {port}", hint="0 to 65535; 0 takes a free one")
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)[
            0
        ]
        # The protocol is named because asyncio switches Nagle's algorithm off only for sockets that say TCP: with it,
        # every answer that is written in two parts takes 40 ms.
        listener = socket.socket(family, kind, socket.IPPROTO_TCP)
    except OSError as error:
        raise _cannot_listen(host, port, error) from error
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        listener.close()
        raise _cannot_listen(host, port, error) from error
    return listener


def _cannot_listen(host: str, port: int, error: OSError) -> ConfigurationError:
    reason = error.strerror or error
    return ConfigurationError(f"cannot listen on {host} port {port}: {reason}", hint="port 0 takes a free one")


def _config(app: Any, settings: WebSettings, trusted_proxies: Sequence[str], grace_s: int) -> Any:
    config = uvicorn.Config(
        app,
        http="httptools" if find_spec("httptools") else "h11",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=list(trusted_proxies),
        limit_concurrency=settings.connections,
        backlog=_BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_S,
        timeout_graceful_shutdown=grace_s,
    )
    config.load()
    config.http_protocol_class = guarded(config.http_protocol_class, settings.head_s, settings.stall_s)
    return config


class _Uvicorn(uvicorn.Server):
    """uvicorn that says when it has started, and stops as soon as it is told to."""

    def __init__(self, config: uvicorn.Config, on_started: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_started = on_started
        self._loop: asyncio.AbstractEventLoop | None = None
        self._wake: asyncio.Event | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
        await super().startup(sockets)
        self._on_started()

    async def main_loop(self) -> None:
        assert self._wake is not None  # startup comes first
        ticks = 0
        while not await self.on_tick(ticks):
            ticks = (ticks + 1) % 864_000
            try:
                await asyncio.wait_for(self._wake.wait(), _TICK_S)
            except asyncio.TimeoutError:
                continue

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """As uvicorn's own, but as soon as the last answer is out: it waits by tenths of a second, also for nothing."""
        for listener in (*self.servers, *(sockets or ())):
            listener.close()
        state = self.server_state
        for connection in list(state.connections):
            connection.shutdown()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + (self.config.timeout_graceful_shutdown or 0)
        while (state.connections or state.tasks) and not self.force_exit and loop.time() < deadline:
            await asyncio.sleep(0.002)
        for task in state.tasks:
            task.cancel()
        if not self.force_exit:
            await self.lifespan.shutdown()

    def stop(self) -> None:
        """From any thread: finish what is being answered, then end."""
        self.should_exit = True
        if self._loop is not None and self._wake is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._wake.set)


class Server:
    """An application served by a thread of this process; a context manager.

    Args:
        app: an ASGI application, as ``build_app`` makes it.
        host: the address to listen on.
        port: 0 takes a free one.
        settings: ``head_s``, ``stall_s`` and ``connections`` are read here.
        trusted_proxies: whose X-Forwarded-For and X-Forwarded-Proto are believed; nobody's by default.
        grace_s: whole seconds that ``stop`` gives to what is being answered.
    """

    def __init__(
        self,
        app: Any,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        settings: WebSettings | None = None,
        trusted_proxies: Sequence[str] = (),
        grace_s: int = 5,
    ) -> None:
        self.host = host
        self._asked_port = port
        self._config = _config(app, settings or WebSettings(), trusted_proxies, grace_s)
        self._grace_s = grace_s
        self._listener: socket.socket | None = None
        self._server: _Uvicorn | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> int:
        """The port that it listens on.

        Raises:
            ConfigurationError: it is not started.
        """
        if self._listener is None:
            raise ConfigurationError("the server is not started", hint="call start(), or use it in a with statement")
        return int(self._listener.getsockname()[1])

    @property
    def url(self) -> str:
        """Where it answers, without a slash at the end, for example ``http://127.0.0.1:43210``."""
        return url_of(self.host, self.port)

    def start(self) -> Server:
        """Serve from now on; returns when requests are answered.

        Raises:
            ConfigurationError: the address cannot be listened on, or the application does not start.
        """
        self._listener = listen(self.host, self._asked_port)
        _warn_of_openness(self.host)
        started = threading.Event()
        self._server = _Uvicorn(self._config, started.set)
        self._thread = threading.Thread(target=self._serve, args=(started,), name="trackerkit-server", daemon=True)
        self._thread.start()
        started.wait()
        if not self._server.started:
            self.stop()
            raise ConfigurationError("the server's application did not start", hint="its log says why")
        return self

    def _serve(self, started: threading.Event) -> None:
        assert self._server is not None  # start has made them
        assert self._listener is not None
        try:
            self._server.run([self._listener])
        except SystemExit:
            _log.error("the application's start failed")
        finally:
            started.set()

    def stop(self) -> None:
        """Take no more requests, finish those that are being answered, and end; a second time does nothing."""
        if self._server is not None and self._thread is not None:
            self._server.stop()
            self._thread.join(self._grace_s + 15)
        if self._listener is not None:
            self._listener.close()
        self._listener = self._server = self._thread = None

    def __enter__(self) -> Server:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def serve_forever(
    app: Any,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    settings: WebSettings | None = None,
    trusted_proxies: Sequence[str] = (),
    grace_s: int = 10,
    on_ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve in this thread until SIGINT or SIGTERM; ``on_ready`` is told the URL when requests are answered.

    Raises:
        ConfigurationError: the address cannot be listened on, or the application does not start.
        KeyboardInterrupt: it was ended by SIGINT, after what was being answered.
    """
    listener = listen(host, port)
    try:
        url = url_of(host, int(listener.getsockname()[1]))
        serve_on(
            app,
            listener,
            settings=settings,
            trusted_proxies=trusted_proxies,
            grace_s=grace_s,
            on_started=lambda: on_ready(url),
        )
    finally:
        listener.close()


class Stopper:
    """Ends a server of another thread."""

    def __init__(self) -> None:
        self._server: _Uvicorn | None = None
        self._is_stopped = False

    def watch(self, server: _Uvicorn) -> None:
        """This server is the one; it ends at once when ``stop`` was called before."""
        self._server = server
        if self._is_stopped:
            server.stop()

    def stop(self) -> None:
        """Finish what is being answered, then end."""
        self._is_stopped = True
        if self._server is not None:
            self._server.stop()


def serve_on(
    app: Any,
    listener: socket.socket,
    *,
    settings: WebSettings | None = None,
    trusted_proxies: Sequence[str] = (),
    grace_s: int = 10,
    on_started: Callable[[], None] = lambda: None,
    stopper: Stopper | None = None,
) -> None:
    """Serve in this thread, on a socket that listens, until SIGINT or SIGTERM, or until the stopper is told.

    Raises:
        ConfigurationError: the application does not start.
        KeyboardInterrupt: it was ended by SIGINT, after what was being answered.
    """
    _warn_of_openness(str(listener.getsockname()[0]))
    server = _Uvicorn(_config(app, settings or WebSettings(), trusted_proxies, grace_s), on_started)
    if stopper is not None:
        stopper.watch(server)
    try:
        server.run([listener])
    except SystemExit:
        raise ConfigurationError("the server's application did not start", hint="its log says why") from None


def url_of(host: str, port: int) -> str:
    """The URL of a server on this address."""
    name = {"": "127.0.0.1", "0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def _warn_of_openness(host: str) -> None:
    try:
        is_local = host == "localhost" or ipaddress.ip_address(host or "0.0.0.0").is_loopback  # noqa: S104
    except ValueError:
        is_local = False
    if not is_local:
        _log.warning("listening on %s without TLS: put a proxy with TLS before it, or bind 127.0.0.1", host or "all")
