"""Signed links: whoever has one may fetch one file for a while, with no other credential.

Clients do not send their credentials along with every download (a cookie does not reach another port, a page's image
carries no header), so the link itself is the proof.
"""

from __future__ import annotations

import base64
import hmac
from collections.abc import Mapping
from typing import Final
from urllib.parse import quote, urlencode

from trackerkit.clock import SYSTEM, Clock
from trackerkit.errors import InvalidInputError, PermissionDeniedError

_EXPIRES: Final = "expires"
_SIGNATURE: Final = "signature"


class Signer:
    """Makes links and checks them.

    Args:
        secret: known to the processes of this gateway alone; ``state.server_secret("links")`` is meant for it.
        clock: where the time comes from.
    """

    def __init__(self, secret: bytes, clock: Clock = SYSTEM) -> None:
        if len(secret) < 16:
            raise InvalidInputError("a secret for links needs 16 bytes or more")
        self._secret = secret
        self._clock = clock

    def sign(self, path: str, ttl_s: float, **claims: str) -> str:
        """The path with a query that makes it a link for ``ttl_s`` seconds.

        Args:
            path: decoded, from the root of the server, for example ``/files/17/comp v003.mov``.
            ttl_s: how long it is good for.
            claims: what else the link says and nobody can change, for example ``user="anna"``.

        Raises:
            InvalidInputError: for a path or a claim that cannot be one.
        """
        # Two slashes at the start of a link would name another server.
        if not path.startswith("/") or path.startswith("//") or {_EXPIRES, _SIGNATURE} & set(claims):
            raise InvalidInputError(f"{path[:80]!r} cannot be signed", hint="a path starts with one slash")
        expires = str(int(self._clock.now().timestamp() + ttl_s))
        query = {**claims, _EXPIRES: expires, _SIGNATURE: self._signature(path, {**claims, _EXPIRES: expires})}
        return f"{quote(path)}?{urlencode(query)}"

    def check(self, path: str, query: Mapping[str, str]) -> dict[str, str]:
        """The claims of a link, if it is one of ours and still good.

        Raises:
            PermissionDeniedError: it is not.
        """
        said = {name: value for name, value in query.items() if name != _SIGNATURE}
        given = query.get(_SIGNATURE, "").encode("utf-8", "surrogatepass")
        if not hmac.compare_digest(given, self._signature(path, said).encode()):
            raise PermissionDeniedError("this link is not valid", hint="ask for a new one")
        if int(said.pop(_EXPIRES)) < self._clock.now().timestamp():
            raise PermissionDeniedError("this link has expired", hint="ask for a new one")
        return said

    def _signature(self, path: str, said: Mapping[str, str]) -> str:
        """Over the path and each pair, their lengths before them, so that no other split says the same."""
        parts = [path, *(part for name in sorted(said) for part in (name, said[name]))]
        encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
        text = b"".join(b"%d:%s" % (len(part), part) for part in encoded)
        return base64.urlsafe_b64encode(hmac.digest(self._secret, text, "sha256")).rstrip(b"=").decode()
