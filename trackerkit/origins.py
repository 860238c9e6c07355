"""Origins: whom a URL addresses. Credentials belong to one origin, compared as parsed, never as text."""

from __future__ import annotations

import ipaddress
import re
from typing import NamedTuple
from urllib.parse import quote, urlsplit

from trackerkit.errors import InvalidInputError
from trackerkit.secrets import redact

_DEFAULT_PORTS = {"http": 80, "https": 443}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
# Parsers disagree about these, and an attacker lives on disagreement.
_TREACHEROUS = re.compile(r"[\x00-\x20\x7f\\]")
_HOST = re.compile(r"[A-Za-z0-9._-]+")


class Origin(NamedTuple):
    """Scheme, host and port: lower case, the host in its ASCII form, the port always a number."""

    scheme: str
    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.scheme}://{self.site}"

    @property
    def site(self) -> str:
        """``host``, or ``host:port`` where the port is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


class Address(NamedTuple):
    """A URL taken apart: whom it addresses, and what is asked for there (path and query)."""

    origin: Origin
    target: str

    def __str__(self) -> str:
        return f"{self.origin}{self.target}"


def address_of(url: str) -> Address:
    """Take an ``http`` or ``https`` URL apart; a fragment is dropped.

    Raises:
        InvalidInputError: another scheme, no host, a user name or password in it, or signs that no URL holds.
    """
    if _TREACHEROUS.search(url):
        raise _refused(url, "it holds a space, a backslash or a control character")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise _refused(url, "its host or its port is none") from None
    if parts.scheme not in _DEFAULT_PORTS:
        raise _refused(url, f"{parts.scheme or 'no scheme'} is neither http nor https")
    if "@" in parts.netloc:
        raise _refused(url, "it holds a user name or a password", "give credentials by profile, environment or keyring")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    host = _host_of(url, parts.hostname, is_bracketed="[" in parts.netloc)
    return Address(Origin(parts.scheme, host, _DEFAULT_PORTS[parts.scheme] if port is None else port), target)


def origin_of(url: str) -> Origin:
    """The origin of an ``http`` or ``https`` URL; errors as ``address_of``."""
    return address_of(url).origin


def is_url(path_or_url: str) -> bool:
    """True for what begins with a scheme; everything else is a path of the base URL."""
    return _SCHEME.match(path_or_url) is not None


def path_of(*segments: str) -> str:
    """A path of percent-encoded segments: ``path_of("projects", "a/b")`` is ``/projects/a%2Fb``.

    Raises:
        InvalidInputError: a segment is empty, ``.`` or ``..``, which servers resolve even when encoded.
    """
    for segment in segments:
        if segment in ("", ".", ".."):
            raise InvalidInputError(f"{segment!r} cannot be a part of a path")
    return "".join(f"/{quote(segment, safe='')}" for segment in segments)


def _host_of(url: str, host: str | None, *, is_bracketed: bool) -> str:
    if not host:
        raise _refused(url, "it names no host")
    if is_bracketed:
        try:
            return ipaddress.IPv6Address(host).compressed
        except ValueError:
            raise _refused(url, "its host is no address") from None
    plain = host.lower() if host.isascii() else _ascii_host(url, host)
    if not _HOST.fullmatch(plain) or len(plain) > 253 or ".." in plain:
        raise _refused(url, "its host is no host name")
    return plain


def _ascii_host(url: str, host: str) -> str:
    import idna

    try:
        return idna.encode(host, uts46=True).decode("ascii").lower()
    except idna.IDNAError:
        raise _refused(url, "its host is no host name") from None


def _refused(url: str, why: str, hint: str = "") -> InvalidInputError:
    return InvalidInputError(f"{redact(url)[:200]!r} cannot be used: {why}", hint=hint)


def is_public(address: str) -> bool:
    """True when an IP address lies in the public internet: not private, loopback, link-local, multicast or reserved.

    An IPv4 address inside an IPv6 one (mapped, 6to4, Teredo, NAT64) is judged by itself.
    """
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = _inner(ip)
        if inner is not None:
            return is_public(str(inner))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


def _inner(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip in ipaddress.IPv6Network("64:ff9b::/96") or ip in ipaddress.IPv6Network("::/96"):
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour or (ip.teredo[1] if ip.teredo else None)


class Trust:
    """Which addresses other than its own a connection may fetch from or send to.

    Args:
        base: the tracker's own origin.
        storage_hosts: hosts that hold its files: ``host`` or ``host:port`` (https, private addresses allowed), or a
            whole origin such as ``http://minio.studio:9000``, allowed as it is.
    """

    def __init__(self, base: Origin, storage_hosts: tuple[str, ...] = ()) -> None:
        self.base = base
        self._origins = {base}
        self._hosts: set[tuple[str, int | None]] = set()
        for entry in storage_hosts:
            if "://" in entry:
                self._origins.add(origin_of(entry))
            else:
                given = origin_of(f"https://{entry}")
                self._hosts.add((given.host, given.port if re.search(r":\d+$", entry) else None))

    def is_listed(self, origin: Origin) -> bool:
        """True for the tracker's own origin and for storage hosts: their addresses may be private."""
        return origin in self._origins or not self._hosts.isdisjoint({(origin.host, None), (origin.host, origin.port)})

    def check_scheme(self, origin: Origin) -> None:
        """Raise InvalidInputError unless the origin is https, or listed with its scheme."""
        if origin.scheme != "https" and origin not in self._origins:
            raise InvalidInputError(
                f"{origin} is not fetched from: it is neither https nor {self.base}",
                hint=f"if the site's files lie there, list {str(origin)!r} under storage_hosts",
            )

    def check_address(self, origin: Origin, ip: str) -> None:
        """Raise InvalidInputError when an origin that is not listed has an address inside a private network."""
        if not self.is_listed(origin) and not is_public(ip):
            raise InvalidInputError(
                f"{origin} is not fetched from: its address {ip} is not public",
                hint=f"if the site's files lie there, list {origin.site!r} under storage_hosts",
            )
