"""The connections: pools over urllib3 with our certificates, proxies, timeouts and rules about addresses."""

from __future__ import annotations

import functools
import os
import socket
import ssl
import threading
import weakref
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from urllib3 import HTTPConnectionPool, PoolManager, ProxyManager
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.util import make_headers
from urllib3.util.ssl_ import create_urllib3_context

from trackerkit.errors import ConfigurationError
from trackerkit.http.failures import BEFORE_SENDING, wire_failure
from trackerkit.origins import Origin, Trust
from trackerkit.secrets import Secret, get_logger

log = get_logger(__name__)

# urllib3 writes whole targets into its debug log, signatures included.
get_logger("urllib3.connectionpool")
get_logger("urllib3.connection")

_SOCKET_OPTIONS = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1), (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]


_SMALL = 1 << 16


class Body(Protocol):
    """What a request sends piece by piece: ``chunks`` starts anew each time it is called."""

    @property
    def size(self) -> int:
        """Bytes in all."""

    def chunks(self) -> Iterator[bytes | memoryview]:
        """The pieces from the first byte on."""


class _Marking:
    """Mixed into urllib3's connections: what fails before the request leaves is marked, the address is judged."""

    sock: Any
    proxy: Any
    _held: list[bytes] | None = None

    def __init__(
        self, *args: Any, write_timeout_s: float, judge: Callable[[str], None] | None = None, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self._write_timeout_s = write_timeout_s
        self._judge = judge

    def _new_conn(self) -> socket.socket:
        made: socket.socket = super()._new_conn()  # type: ignore[misc]
        if self._judge is not None and self.proxy is None:
            try:
                # A name may resolve otherwise now than when it was checked: what counts is where this socket leads.
                self._judge(made.getpeername()[0])
            except BaseException:
                made.close()
                raise
        return made

    def connect(self) -> None:
        try:
            super().connect()  # type: ignore[misc]
        except Exception as error:
            setattr(error, BEFORE_SENDING, True)
            raise

    def request(self, method: str, url: str, body: Any = None, *args: Any, **more: Any) -> None:
        """A small body leaves together with its head: one packet, and the server wakes up once."""
        if not isinstance(body, bytes) or len(body) > _SMALL:
            super().request(method, url, body, *args, **more)  # type: ignore[misc]
            return
        self._held = []
        try:
            super().request(method, url, body, *args, **more)  # type: ignore[misc]
            held = b"".join(self._held)
        finally:
            self._held = None
        super().send(held)  # type: ignore[misc]

    def send(self, data: Any) -> None:
        if self._held is not None:
            self._held.append(data)
        elif isinstance(data, memoryview):  # of an open body: the head went out before it
            while data:  # the time allowed is for what the socket takes at once, not for a piece as a whole
                data = data[self.sock.send(data) :]
        else:
            super().send(data)  # type: ignore[misc]

    def endheaders(self, *args: Any, **more: Any) -> None:
        # urllib3 sends under the timeout for connecting, which is too short for a large body on a slow line.
        if self.sock is not None:
            self.sock.settimeout(self._write_timeout_s)
        super().endheaders(*args, **more)  # type: ignore[misc]
        if self.sock is not None:
            self.sock.settimeout(self._write_timeout_s)


class _Plain(_Marking, HTTPConnection):
    """http."""


class _Tls(_Marking, HTTPSConnection):
    """https."""


Maker = Callable[[str, str, int], Any]


class _Direct(PoolManager):
    """Pools of our own connections."""

    maker: Maker

    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, Any] | None = None
    ) -> HTTPConnectionPool:
        pool = super()._new_pool(scheme, host, port, request_context)
        pool.ConnectionCls = self.maker(scheme, host, port)
        return pool


class _Proxied(ProxyManager):
    """The same through a proxy."""

    maker: Maker

    def _new_pool(
        self, scheme: str, host: str, port: int, request_context: dict[str, Any] | None = None
    ) -> HTTPConnectionPool:
        pool = super()._new_pool(scheme, host, port, request_context)
        pool.ConnectionCls = self.maker(scheme, host, port)
        return pool


_wires: weakref.WeakSet[Wire] = weakref.WeakSet()


def _renew_all() -> None:
    for wire in list(_wires):
        wire.renew()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_renew_all)


class Wire:
    """The connection pools of one client, by origin; shared between threads, renewed in a forked child.

    Args:
        trust: which other origins may be spoken to.
        backend: for errors.
        verify: True for requests' bundle of authorities (or REQUESTS_CA_BUNDLE, CURL_CA_BUNDLE), a path to another, or
            False for no check at all.
        cert: the path of a client's certificate and key.
        proxies: scheme → proxy URL as requests takes them; None for those of the environment.
        pool_size: connections kept open to one origin.
        write_timeout_s: how long one piece may take to send.
    """

    def __init__(
        self,
        trust: Trust,
        *,
        backend: str,
        verify: bool | str,
        proxies: Mapping[str, str] | None,
        pool_size: int,
        write_timeout_s: float,
        cert: str | None = None,
    ) -> None:
        self.trust = trust
        self._backend = backend
        self._cert = cert
        self._verify = verify if isinstance(verify, bool) else _existing(verify)
        self._proxies = None if proxies is None else dict(proxies)
        self._pool_size, self.write_timeout_s = pool_size, write_timeout_s
        self._lock = threading.Lock()
        self._managers: dict[tuple[str | None, bool, bool], PoolManager] = {}
        self._pools: dict[Origin, HTTPConnectionPool] = {}
        if verify is False:
            log.warning("the certificate of %s is not checked: anyone on the way can read along", trust.base)
        _wires.add(self)

    def pool(self, origin: Origin) -> HTTPConnectionPool:
        """The pool for an origin."""
        found = self._pools.get(origin)
        if found is None:
            with self._lock:
                if len(self._pools) > 64:  # of an unending row of foreign hosts, few are met again
                    self._pools.clear()
                is_known = self._cert is not None and origin == self.trust.base
                manager = self._manager(origin.scheme, self.proxy_for(origin), shows_cert=is_known)
                found = self._pools[origin] = manager.connection_from_host(origin.host, origin.port, origin.scheme)
        return found

    def proxy_for(self, origin: Origin) -> str | None:
        """The proxy that leads to an origin, by requests' rules; None for the direct way."""
        from requests.utils import get_environ_proxies, select_proxy

        url = str(origin)
        proxy = select_proxy(url, get_environ_proxies(url) if self._proxies is None else self._proxies)
        if proxy and "://" not in proxy:
            proxy = f"http://{proxy}"
        return proxy or None

    def check_foreign(self, origin: Origin) -> None:
        """Refuse an origin that is neither the tracker's, nor a storage host, nor a public https one.

        Raises:
            InvalidInputError: says why, and what to list under storage_hosts.
            TransportError: its name does not resolve.
        """
        self.trust.check_scheme(origin)
        if self.trust.is_listed(origin):
            return
        try:
            found = socket.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
        except OSError as error:
            if self.proxy_for(origin) is not None:  # behind a proxy it is often the proxy alone that knows names
                return
            failure = wire_failure(error, origin.site, self._backend)
        else:
            for *_, at in found:
                self.trust.check_address(origin, str(at[0]))
            return
        raise failure

    def close(self) -> None:
        """Close every idle connection; those in use are closed when they come back."""
        with self._lock:
            managers, self._managers = list(self._managers.values()), {}
            self._pools = {}
        for manager in managers:
            manager.clear()

    def renew(self) -> None:
        """Forget all connections without closing them: they are the parent process's."""
        self._lock = threading.Lock()
        self._managers, self._pools = {}, {}

    def _manager(self, scheme: str, proxy: str | None, *, shows_cert: bool) -> PoolManager:
        is_tls = scheme == "https" or (proxy or "").startswith("https:")
        manager = self._managers.get((proxy, is_tls, shows_cert))
        if manager is None:
            manager = self._managers[proxy, is_tls, shows_cert] = self._new_manager(proxy, is_tls, shows_cert)
        return manager

    def _new_manager(self, proxy: str | None, is_tls: bool, shows_cert: bool) -> PoolManager:
        more: dict[str, Any] = {"num_pools": 64, "maxsize": self._pool_size, "socket_options": _SOCKET_OPTIONS}
        if is_tls:
            context = self._tls_with_cert if shows_cert else self._tls
            more.update(ssl_context=context, cert_reqs="CERT_NONE" if self._verify is False else "CERT_REQUIRED")
        if proxy is None:
            direct = _Direct(**more)
            direct.maker = self._connection_maker
            return direct
        tls = self._tls if proxy.startswith("https:") else None
        proxied = _Proxied(proxy, proxy_headers=_proxy_headers(proxy), proxy_ssl_context=tls, **more)
        proxied.maker = self._connection_maker
        return proxied

    def _connection_maker(self, scheme: str, host: str, port: int) -> Any:
        origin = Origin(scheme, host, port)
        judge = None if self.trust.is_listed(origin) else functools.partial(self.trust.check_address, origin)
        kind = _Tls if scheme == "https" else _Plain
        return functools.partial(kind, write_timeout_s=self.write_timeout_s, judge=judge)

    @functools.cached_property
    def _tls(self) -> ssl.SSLContext:
        """One context for all connections: reading the authorities takes some 10 ms."""
        return self._context()

    @functools.cached_property
    def _tls_with_cert(self) -> ssl.SSLContext:
        """The same for the tracker alone: its client's certificate is nobody else's to see."""
        context = self._context()
        assert self._cert is not None
        try:
            context.load_cert_chain(Path(self._cert).expanduser())
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(f"{self._cert} holds no certificate with its key: {error}") from None
        return context

    def _context(self) -> ssl.SSLContext:
        context = create_urllib3_context()
        if self._verify is False:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            return context
        bundle = _default_bundle() if self._verify is True else self._verify
        try:
            context.load_verify_locations(**{"capath" if Path(bundle).is_dir() else "cafile": bundle})
        except (OSError, ssl.SSLError) as error:
            raise ConfigurationError(f"{bundle} holds no certificates: {error}") from None
        return context


def _default_bundle() -> str:
    from requests.utils import DEFAULT_CA_BUNDLE_PATH

    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if given := os.environ.get(name):
            return _existing(given)
    return str(DEFAULT_CA_BUNDLE_PATH)


def _existing(bundle: str) -> str:
    path = Path(bundle).expanduser()
    if not path.exists():
        raise ConfigurationError(
            f"there is no bundle of certificates at {path}",
            hint="give `verify` a file or a directory of PEM certificates",
        )
    return str(path)


def _proxy_headers(proxy: str) -> dict[str, str]:
    from requests.utils import get_auth_from_url

    if not proxy.startswith(("http://", "https://")):
        raise ConfigurationError("of proxies only http:// and https:// ones are supported")
    user, password = get_auth_from_url(proxy)
    if not user:
        return {}
    Secret(password)  # so that it is masked wherever the URL turns up
    return make_headers(proxy_basic_auth=f"{user}:{password}")
