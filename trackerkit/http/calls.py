"""One request, checked and encoded, before it is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import quote, urlencode

from urllib3.util import Timeout

from trackerkit.errors import ConfigurationError, InvalidInputError
from trackerkit.http.wire import Body
from trackerkit.jsontext import decoded, encoded
from trackerkit.origins import Address, address_of, is_url

Timeouts: TypeAlias = tuple[float, float] | tuple[float, float, float]

TOTAL_S = 300.0
"""How long an answer may take to arrive, from the request on, unless the timeouts say otherwise; not when streamed."""

_DOTS = re.compile(r"[^?]*/(?:\.|%2e){1,2}(?:[/?]|$)", re.IGNORECASE)
_NO_PATH = re.compile(r"[\x00-\x1f\x7f\\#]")


class Call(NamedTuple):
    """A request that can be sent once or more often.

    Args:
        method: the verb.
        address: whom and what it asks.
        headers: its own ones.
        body: what it sends.
        timeout: to connect, and between two bytes.
        total_s: for all of the answer.
        is_own: True when it asks the tracker's own origin.
        is_stream: leave the body unread.
        is_json: the body has to be JSON.
        ok: statuses besides 2xx that are answers.
        decode: makes of a body what it says.
    """

    method: str
    address: Address
    headers: Mapping[str, str]
    body: bytes | Body | None
    timeout: Timeout
    total_s: float
    is_own: bool
    is_stream: bool
    is_json: bool
    ok: Collection[int]
    decode: Callable[[bytes], Any] = decoded

    def __str__(self) -> str:
        return f"{self.method} {self.address.target.partition('?')[0]} at {self.address.origin.site}"

    def is_success(self, status: int) -> bool:
        """True when an answer with that status is what was asked for."""
        return 200 <= status < 300 or status in self.ok


def base_of(url: str) -> Address:
    """The address of a site.

    Raises:
        ConfigurationError: it cannot be one.
    """
    try:
        base = address_of(url)
    except InvalidInputError as error:
        raise ConfigurationError(error.message, hint=error.hint) from None
    if "?" in base.target:
        raise ConfigurationError(f"the address of a site has no query: {base.origin}")
    return Address(base.origin, base.target.rstrip("/"))


def address_under(base: Address, path_or_url: str, query: Mapping[str, Any] | None) -> Address:
    """Where a path of a site, or a whole URL, leads.

    Raises:
        InvalidInputError: it leads nowhere, or out of the path that it names.
    """
    if is_url(path_or_url):
        return _with_query(address_of(path_or_url), query)
    path = path_or_url if path_or_url.startswith("/") else f"/{path_or_url}"
    if _NO_PATH.search(path) or _DOTS.match(path):
        raise InvalidInputError(f"{path[:100]!r} is no path", hint="encode its parts with trackerkit.origins.path_of")
    return _with_query(Address(base.origin, base.target + path), query)


def _with_query(address: Address, query: Mapping[str, Any] | None) -> Address:
    if not query:
        return address
    pairs = [
        (name, str(item).lower() if isinstance(item, bool) else item)
        for name, value in query.items()
        for item in (value if isinstance(value, (list, tuple)) else (value,))
        if item is not None
    ]
    mark = "&" if "?" in address.target else "?"
    text = urlencode(pairs, quote_via=quote, safe="")
    return Address(address.origin, f"{address.target}{mark}{text}") if pairs else address


def timeouts_of(timeout_s: Timeouts) -> tuple[Timeout, float]:
    """Seconds to connect, seconds without a byte and, if given, seconds in all."""
    total_s = timeout_s[2] if len(timeout_s) > 2 else TOTAL_S
    return Timeout(connect=timeout_s[0], read=timeout_s[1]), total_s


def payload(
    json: Any, body: bytes | Body | None, headers: Mapping[str, str] | None, expect_json: bool
) -> tuple[bytes | Body | None, dict[str, str]]:
    """What to send, and the headers that go with it; the caller's own come last and win."""
    more = {"Accept": "application/json"} if expect_json else {}
    if json is not None:
        body = encoded(json)
        more["Content-Type"] = "application/json"
    elif body is not None and not isinstance(body, bytes):
        more["Content-Length"] = str(body.size)
        if kind := getattr(body, "content_type", ""):
            more["Content-Type"] = kind
    return body, over(more, headers) if headers else more


def over(below: Mapping[str, str], above: Mapping[str, str]) -> dict[str, str]:
    """Two sets of headers; where both name one, in whatever case, the second wins."""
    taken = {name.lower() for name in above}
    return {**{name: value for name, value in below.items() if name.lower() not in taken}, **above}
