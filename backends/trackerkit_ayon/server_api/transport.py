"""Transport: the native client's requests over one HttpClient, with a refusal as an answer and a silence as an error."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final
from urllib.parse import quote

from trackerkit import errors as tk
from trackerkit.http import Answer, Body, HttpClient
from trackerkit.jsontext import decoded
from trackerkit.origins import address_of, is_url
from trackerkit.retry import RetryPolicy
from trackerkit.secrets import Secret
from trackerkit_ayon.server_api.exceptions import (
    RequestOutcomeUnknown,
    ServerError,
    ServerNotReached,
    ServerTimeout,
    UnreadableResponse,
)
from trackerkit_ayon.server_api.responses import RestApiResponse

TOTAL_S: Final = 3600.0
"""How long one answer may take in all, in seconds; the timeout between two bytes is what users set."""

_LATER: Final = frozenset({401, 408, 425, 429, 502, 503, 504})
# Every other status is an answer: what it means is the caller's to say.
_ANSWERS: Final = frozenset(range(300, 600)) - _LATER - {301, 302, 303, 307, 308}
_NO_HEALING: Final = _ANSWERS | {401}
_SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_PLAIN = re.compile(r"[A-Za-z0-9/._~?=&%,:;+@!$'()*\[\]-]*")


class Refused(tk.UnavailableError):
    """A status that is no success, with the answer that had it."""

    answer: Answer


class Transport:
    """Requests to one server.

    Args:
        base_url: of the server.
        identity: called for every request; who asks.
        heal: called after a 401; says whether the request is worth repeating.
        settings: of ``HttpClient``: ``verify``, ``cert``, ``storage_hosts``.
    """

    def __init__(
        self,
        base_url: str,
        identity: Callable[[], Mapping[str, str | Secret]],
        heal: Callable[[], bool],
        **settings: Any,
    ) -> None:
        self.http = HttpClient(
            base_url, backend="ayon", credentials=identity, heal=heal, error_for=self._refusal, **settings
        )

    def set_attempts(self, attempts: int) -> None:
        """How often a request is made at most, where it does not say."""
        if self.http.policy.attempts != attempts:
            self.http.policy = RetryPolicy(attempts=attempts, budget=self.http.policy.budget)

    def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        self.http.close()

    def path(self, endpoint: str, prefix: str = "/api") -> str:
        """The path of an endpoint, or of a URL of this very server.

        Raises:
            InvalidInputError: the URL leads to another server; its origin is compared, not its beginning.
        """
        endpoint = endpoint.strip("/")
        if is_url(endpoint) and "://" in endpoint:
            return self._own_path(endpoint)
        whole = f"{prefix}/{endpoint}"
        return whole if _PLAIN.fullmatch(whole) else quote(whole, safe="!$%&'()*+,/:;=?@[]~")

    def _own_path(self, url: str) -> str:
        address = address_of(url)
        base = address_of(str(self.http.base_url))
        root = base.target.rstrip("/")
        if address.origin != base.origin or not f"{address.target}/".startswith(f"{root}/"):
            raise tk.InvalidInputError(
                f"{address.origin} is not the server {base.origin}", hint="give the endpoint alone", backend="ayon"
            )
        return address.target[len(root) :]

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        body: bytes | Body | None = None,
        headers: Mapping[str, str] | None = None,
        timeout_s: tuple[float, float],
        attempts: int,
        safe: bool | None = None,
        stream: bool = False,
        heals: bool = True,
        decode: Callable[[bytes], Any] = decoded,
    ) -> RestApiResponse:
        """Send a request and wait for its answer, whatever its status; after a 401, once more if ``heals``.

        ``decode`` reads the answer of a request whose answer is more than JSON's own types.

        Raises:
            ServerNotReached: no answer came.
            RequestOutcomeUnknown: no answer came to a change, which may have been made; it was not sent again.
            UnreadableResponse: an answer that is none.
        """
        is_safe = method in _SAFE if safe is None else safe

        def once() -> Answer:
            return self.http.request(
                method, path, query=query, json=json, body=body, headers=headers, safe=is_safe,
                timeout_s=(*timeout_s, TOTAL_S), stream=stream, policy=self._policy(attempts),
                ok=_ANSWERS if heals else _NO_HEALING, decode=decode,
            )  # fmt: skip

        try:
            answer = once()
            if is_safe and not stream:
                answer = self._sound(answer, once, attempts)
        except Refused as error:
            return RestApiResponse(error.answer)
        except tk.TrackerError as error:
            failure = told(error, is_safe, {"method": method, "path": path, "json": json})
        else:
            return RestApiResponse(answer)
        raise failure

    def _sound(self, answer: Answer, again: Callable[[], Answer], attempts: int) -> Answer:
        """The answer, asked for again while it is broken JSON: a proxy cut it."""
        for _ in range(attempts - 1):
            if not answer.body or "json" not in (answer.headers.get("content-type") or ""):
                break
            try:
                answer.json()
                break
            except tk.ProtocolError:
                answer = again()
        return answer

    def _policy(self, attempts: int) -> RetryPolicy:
        """One policy a number of attempts; they share the budget of retries."""
        known = self.http.policy
        return known if known.attempts == attempts else RetryPolicy(attempts=attempts, budget=known.budget)

    def _refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> tk.TrackerError | None:
        """Keep the answer with its error. What was put off before it was begun may be sent again, whatever it is."""
        answer = Answer(status, headers, body, str(self.http.base_url), site=self.http.origin.site, backend="ayon")
        asked_s = self.http.retry_after_s(headers)
        is_put_off = status == 429 or (status == 503 and asked_s is not None)
        error = Refused(
            f"status {status}", retry_after_s=asked_s, retryable=status in _LATER and status != 401,
            sent="no" if is_put_off else "yes", status=status,
        )  # fmt: skip
        error.answer = answer
        return error


def told(error: tk.TrackerError, is_safe: bool, request: Any = None) -> tk.TrackerError:
    """The error of a request without a usable answer, by the names that AYON's users know."""
    if isinstance(error, ServerError):
        return error
    more: dict[str, Any] = {"hint": error.hint, "backend": "ayon", "request_id": error.request_id}
    if isinstance(error, tk.ProtocolError):
        return UnreadableResponse(error.message, status=error.status, retryable=error.retryable, **more)
    if not isinstance(error, tk.TransportError):
        return error
    if error.sent == "unknown" and not is_safe:
        more["hint"] = error.hint or "read back whether it was done before sending it again"
        return RequestOutcomeUnknown(error.message, request=request, **more)
    kind = ServerTimeout if isinstance(error, tk.TimeoutExpiredError) else ServerNotReached
    return kind(error.message, sent=error.sent, retryable=error.retryable, **more)
