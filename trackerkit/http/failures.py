"""Everything that goes wrong with HTTP, as our errors: a broken connection, a status, a page instead of data."""

from __future__ import annotations

import html
import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from http.client import HTTPException, IncompleteRead, RemoteDisconnected  # noqa: TID251 - its exceptions alone
from typing import Any

from urllib3 import exceptions as u3

from trackerkit.errors import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    ServerError,
    TimeoutExpiredError,
    TrackerError,
    TransportError,
    UnavailableError,
    UnsupportedError,
)
from trackerkit.jsontext import decoded
from trackerkit.secrets import redact

Headers = Mapping[str, str]

WIRE_ERRORS = (u3.HTTPError, OSError, HTTPException, ValueError)
"""What urllib3 and the sockets under it raise."""

BEFORE_SENDING = "trackerkit_before_sending"
"""Set on an exception that a connection raised before it carried a byte of the request."""

_RETRYABLE = frozenset({502, 504, 522, 524})


# ---- the connection


def wire_failure(error: BaseException, site: str, backend: str) -> TrackerError:
    """What a broken connection means, and whether the request may have left before it broke.

    Args:
        error: one of ``WIRE_ERRORS``.
        site: the host (and port) that was spoken to; a URL could hold a signature.
        backend: for the error.
    """
    causes = list(_causes(error))
    sent: Any = "no" if any(_is_before_sending(cause) for cause in causes) else "unknown"
    for kinds, make in _WIRE:
        for cause in causes:
            if isinstance(cause, kinds):
                failure = make(cause, site, sent)
                failure.backend = backend
                return failure
    return TransportError(f"the connection to {site} failed: {_reason(causes)}", sent=sent, backend=backend)


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An exception and all that it wraps, from the inside of its arguments and its chain."""
    seen: set[int] = set()
    queue = [error]
    while queue:
        one = queue.pop(0)
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            queue += [each for each in one.args if isinstance(each, BaseException)]
            queue += [one.__cause__, one.__context__]


def _is_before_sending(error: BaseException) -> bool:
    never_left = (u3.NewConnectionError, u3.ConnectTimeoutError, u3.ProxyError, u3.LocationValueError)
    return isinstance(error, never_left) or getattr(error, BEFORE_SENDING, False)


def _reason(causes: list[BaseException]) -> str:
    inner = [c for c in causes if isinstance(c, OSError)] or causes
    last = inner[-1]
    return redact(str(getattr(last, "strerror", None) or str(last) or type(last).__name__))


def _untrusted(error: Any, site: str, sent: Any) -> TrackerError:
    why = getattr(error, "verify_message", "") or str(error)
    return TransportError(
        f"the certificate of {site} is not trusted: {why}",
        hint="set `verify` to the file of the authority that signed it",
        sent="no",
        retryable=False,
    )


def _no_tls(error: Any, site: str, sent: Any) -> TrackerError:
    why = (getattr(error, "reason", None) or str(error)).replace("_", " ").lower()
    hint = "does it speak https on that port?" if sent == "no" else ""
    cut = "EOF" in str(error) or "closed" in str(error)
    return TransportError(f"no TLS connection to {site}: {why}", hint=hint, sent=sent, retryable=cut or sent != "no")


def _timed_out(error: Any, site: str, sent: Any) -> TrackerError:
    if sent == "no":
        return TimeoutExpiredError(f"no connection to {site} in time", sent="no")
    return TimeoutExpiredError(
        f"{site} did not answer in time", hint="ask for less at once, or allow more time", sent=sent
    )


def _nameless(error: Any, site: str, sent: Any) -> TrackerError:
    return TransportError(f"there is no host {site}", hint="is the address right, is the network up?", sent="no")


def _proxied(error: Any, site: str, sent: Any) -> TrackerError:
    return TransportError(f"the proxy leads to no connection with {site}: {_reason(list(_causes(error)))}", sent="no")


def _unconnected(error: Any, site: str, sent: Any) -> TrackerError:
    return TransportError(f"no connection to {site}: {_reason(list(_causes(error)))}", sent="no")


def _cut(error: Any, site: str, sent: Any) -> TrackerError:
    partial = getattr(error, "partial", None)
    got = len(partial) if isinstance(partial, bytes) else partial
    expected = getattr(error, "expected", None)
    detail = f": {got} bytes, {expected} more were announced" if isinstance(got, int) and expected else ""
    return ProtocolError(f"the answer of {site} was cut short{detail}", retryable=True)


def _reset(error: Any, site: str, sent: Any) -> TrackerError:
    return TransportError(f"{site} closed the connection without an answer", sent=sent)


def _garbled(error: Any, site: str, sent: Any) -> TrackerError:
    return ProtocolError(f"{site} does not speak HTTP, or not well: {type(error).__name__}", retryable=True)


def _impossible(error: Any, site: str, sent: Any) -> TrackerError:
    # The message of a bad header holds its value, which may be a key: it is not passed on.
    return InvalidInputError(
        f"a request to {site} cannot be sent: a header, the path or the method holds a sign it may not"
    )


# The first line that fits any of the causes wins, so what is particular stands first.
_WIRE: list[tuple[Any, Callable[[Any, str, Any], TrackerError]]] = [
    (ssl.SSLCertVerificationError, _untrusted),
    (u3.NameResolutionError, _nameless),
    (socket.gaierror, _nameless),
    (u3.ProxyError, _proxied),
    (u3.NewConnectionError, _unconnected),  # to urllib3 it is a timeout too
    ((u3.ConnectTimeoutError, u3.ReadTimeoutError, TimeoutError, socket.timeout), _timed_out),
    ((u3.IncompleteRead, IncompleteRead, u3.InvalidChunkLength), _cut),
    ((RemoteDisconnected, ConnectionError), _reset),
    ((ssl.SSLError, u3.SSLError), _no_tls),
    ((u3.DecodeError, u3.ResponseError, u3.InvalidHeader, HTTPException), _garbled),
    (ValueError, _impossible),
]


# ---- the status


def status_failure(status: int, headers: Headers, body: bytes, what: str, backend: str, now: datetime) -> TrackerError:
    """What a status that is no success means.

    Args:
        status: 300 and more.
        headers: of the answer, case-insensitive.
        body: of the answer; what it says goes into the message.
        what: the request in words, for example ``GET /api/info at ayon.studio``.
        backend: for the error.
        now: what a Retry-After date is compared with.
    """
    said = words_of(headers, body)
    message = f"{what}: {status} {_phrase(status)}" + (f": {said}" if said else "")
    more: dict[str, Any] = {"status": status, "backend": backend, "request_id": request_id_of(headers)}
    if status in (408, 425, 429, 503):
        return UnavailableError(message, retry_after_s=retry_after_s(headers, now), **more)
    if status in _RETRYABLE:
        # A gateway says so when the tracker behind it did not answer: it may be at work on the request still.
        return ServerError(message, retryable=True, sent="unknown", **more)
    if status == 501:
        return UnsupportedError(message, sent="yes", **more)
    if status >= 500:
        return ServerError(message, **more)
    if status < 400:
        return ProtocolError(message, **more)
    kind, hint = _CLIENT.get(status, (InvalidInputError, ""))
    return kind(message, hint=hint, sent="yes", **more)


_CLIENT: dict[int, tuple[type[TrackerError], str]] = {
    401: (AuthenticationError, "check the key or the password, or log in again"),
    402: (PermissionDeniedError, ""),
    403: (PermissionDeniedError, "ask an administrator of the tracker for the right"),
    404: (NotFoundError, ""),
    405: (UnsupportedError, "is the address that of the tracker, and its version recent enough?"),
    407: (ConfigurationError, "give the proxy's user and password in its URL"),
    409: (ConflictError, ""),
    410: (NotFoundError, ""),
    412: (ConflictError, "it changed meanwhile: read it again"),
    413: (InvalidInputError, "send less at once"),
    423: (ConflictError, "it is locked"),
    451: (PermissionDeniedError, ""),
}


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "unknown status"


def request_id_of(headers: Headers) -> str:
    """The server's own number of a request, to quote to its administrators; empty where it gives none."""
    for name in ("x-request-id", "x-amz-request-id", "x-correlation-id", "cf-ray"):
        if value := headers.get(name):
            return value[:200]
    return ""


def retry_after_s(headers: Headers, now: datetime) -> float | None:
    """The seconds that a Retry-After asks for, given as seconds or as a date; None without one that makes sense."""
    text = (headers.get("retry-after") or "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", text):
        return float(text)
    try:
        when = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError):
        return None
    when = when if when.tzinfo else when.replace(tzinfo=timezone.utc)
    return max(0.0, (when - now).total_seconds())


# ---- the body


def is_page(headers: Headers, body: bytes) -> bool:
    """True when an answer is a web page."""
    start = body[:200].lstrip().lower()
    return "html" in headers.get("content-type", "").lower() or start.startswith((b"<!doctype html", b"<html"))


def title_of(body: bytes) -> str:
    """The title of a web page, redacted; empty where it has none."""
    found = re.search(rb"<title[^>]*>(.*?)</title>", body[:65536], re.IGNORECASE | re.DOTALL)
    return redact(" ".join(html.unescape(found[1].decode("utf-8", "replace")).split())[:120]) if found else ""


def words_of(headers: Headers, body: bytes) -> str:
    """What an answer says of itself, in one short redacted line."""
    if not body:
        return ""
    if is_page(headers, body):
        return f"a web page titled {title_of(body)!r}"
    try:
        said = _told(decoded(body[:65536]))
    except ValueError:
        said = body[:2000].decode("utf-8", "replace")
    return redact(" ".join(said.split()))[:300]


def _told(value: Any) -> str:
    """The text in the usual places of a JSON error."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return "; ".join(filter(None, (_told(item) for item in value[:3])))
    if isinstance(value, dict):
        for name in ("detail", "message", "msg", "title", "error", "errors", "error_description"):
            if said := _told(value.get(name)):
                return said
    return ""


def not_json(headers: Headers, body: bytes, site: str, backend: str, status: int) -> ProtocolError:
    """The error for an answer that should have been JSON."""
    more: dict[str, Any] = {"backend": backend, "status": status, "request_id": request_id_of(headers)}
    if not body:
        return ProtocolError(f"{site} answered nothing where JSON was expected", retryable=True, **more)
    if is_page(headers, body):
        return ProtocolError(
            f"{site} answered with a web page titled {title_of(body)!r} where JSON was expected",
            hint="a login page, a proxy or a maintenance page stands in the way: open the address in a browser",
            **more,
        )
    kind = headers.get("content-type", "no content type")
    return ProtocolError(f"{site} answered no JSON ({len(body)} bytes, {kind})", retryable=True, **more)
