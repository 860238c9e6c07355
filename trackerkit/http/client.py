"""HttpClient: requests to one tracker, with its credentials, our retries, and every failure as one of our errors."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable, Collection, Mapping
from types import TracebackType
from typing import Any, TypeAlias
from urllib.parse import quote, urljoin

from urllib3 import HTTPConnectionPool
from urllib3.response import BaseHTTPResponse
from urllib3.util import Retry

from trackerkit.clock import SYSTEM, Clock
from trackerkit.errors import InvalidInputError, ProtocolError, TimeoutExpiredError, TrackerError
from trackerkit.http.answers import Answer, Stream
from trackerkit.http.calls import Call, Timeouts, address_under, base_of, over, payload, timeouts_of
from trackerkit.http.failures import WIRE_ERRORS, Headers, retry_after_s, status_failure, wire_failure
from trackerkit.http.healing import Healer
from trackerkit.http.plain import Check, Reply, exchange, head_of, idle, whole
from trackerkit.http.wire import Body, Wire
from trackerkit.jsontext import decoded
from trackerkit.origins import Address, Trust, address_of
from trackerkit.retry import RetryPolicy
from trackerkit.secrets import Secret, get_logger

log = get_logger(__name__)

Credentials: TypeAlias = Callable[[], Mapping[str, str | Secret]]
ErrorFor: TypeAlias = Callable[[int, Headers, bytes], TrackerError | None]

MAX_REDIRECTS = 5

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FOLLOWED = frozenset({"GET", "HEAD"})
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
# What may go along to another origin: nothing that could be a credential.
_HARMLESS = frozenset({"accept", "accept-encoding", "accept-language", "if-range", "range", "user-agent"})
_NO_RETRIES = Retry(False, redirect=False)


class HttpClient:
    """Requests to one tracker over kept-alive connections; safe to share between threads.

    Credentials go to the origin of ``base_url`` and nowhere else: neither with a redirect, nor to another URL that is
    asked for. Redirects are followed for GET and HEAD, at most five, never from https to http. Another origin than the
    tracker's own has to be https and public, or one of ``storage_hosts``.

    Args:
        base_url: the tracker's address, with the path that its API's paths hang on, if any.
        backend: the scheme, for errors.
        credentials: called for every request; the headers to send with it.
        timeout_s: seconds to connect, seconds without a byte, and (300 unless given) seconds in all.
        verify: True, the path of a bundle of certificates, or False for no check.
        cert: the path of a certificate (with its key, PEM) that the client shows to the server.
        proxies: scheme → URL as requests takes them; None for those of the environment.
        policy: when to try again; one of its own unless given.
        pool_size: connections that are kept open.
        user_agent: sent with every request.
        clock: measures and waits.
        error_for: a backend's own reading of a failed answer (status, headers, body); None falls back to ours.
        heal: logs in again after a 401 and says whether it did; called once however many threads meet the 401, then
            each request is repeated once.
        storage_hosts: where the tracker's files may lie besides itself: ``host``, ``host:port`` or a whole origin.
        max_answer_bytes: an answer that is longer, decoded, is refused unless it is streamed.
    """

    def __init__(
        self,
        base_url: str,
        *,
        backend: str,
        credentials: Credentials | None = None,
        timeout_s: Timeouts = (10, 60),
        verify: bool | str = True,
        cert: str | None = None,
        proxies: Mapping[str, str] | None = None,
        policy: RetryPolicy | None = None,
        pool_size: int = 8,
        user_agent: str | None = None,
        clock: Clock = SYSTEM,
        error_for: ErrorFor | None = None,
        heal: Callable[[], bool] | None = None,
        storage_hosts: Collection[str] = (),
        max_answer_bytes: int = 1 << 30,
    ) -> None:
        base = base_of(base_url)
        self.origin = base.origin
        self.backend, self.clock, self.policy = backend, clock, policy or RetryPolicy()
        self._base = base
        self._credentials, self._error_for = credentials, error_for
        self._timeout, self._total_s = timeouts_of(timeout_s)
        self._wire = Wire(
            Trust(base.origin, tuple(storage_hosts)),
            backend=backend,
            verify=verify,
            cert=cert,
            proxies=proxies,
            pool_size=pool_size,
            write_timeout_s=float(timeout_s[1]),
        )
        self._fixed = {"User-Agent": user_agent or "trackerkit", "Accept-Encoding": "gzip, deflate", "Accept": "*/*"}
        self._healer = Healer(heal) if heal else None
        self._max_answer_bytes = max_answer_bytes

    def __repr__(self) -> str:
        return f"HttpClient({str(self._base)!r})"

    @property
    def base_url(self) -> str:
        """The tracker's address, without a slash at its end."""
        return str(self._base)

    def __enter__(self) -> HttpClient:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the connections; a later request opens new ones."""
        self._wire.close()

    def foreign_ok(self, url: str) -> bool:
        """True when a URL that a tracker gave may be fetched: see the class; resolves the host's name."""
        try:
            self._wire.check_foreign(address_of(url).origin)
        except TrackerError:
            return False
        return True

    def request(
        self,
        method: str,
        path_or_url: str,
        *,
        query: Mapping[str, Any] | None = None,
        json: Any = None,
        body: bytes | Body | None = None,
        headers: Mapping[str, str] | None = None,
        safe: bool | None = None,
        timeout_s: Timeouts | None = None,
        stream: bool = False,
        ok: Collection[int] = (),
        expect_json: bool = False,
        decode: Callable[[bytes], Any] = decoded,
        policy: RetryPolicy | None = None,
    ) -> Answer:
        """Send a request and wait for its answer.

        Args:
            method: the HTTP verb.
            path_or_url: a path under ``base_url`` (its parts percent-encoded: ``origins.path_of``), or a whole URL.
            query: parameters; a list is repeated, a bool is ``true`` or ``false``, None is left out.
            json: what to send as JSON.
            body: or bytes, or a ``Body`` that starts anew at each attempt.
            headers: besides the fixed ones and the credentials, which they override.
            safe: True when sending it twice does no more than once; by the verb unless given.
            timeout_s: other timeouts than the client's.
            stream: leave the body in ``Answer.stream``; the caller closes it.
            ok: statuses besides 2xx that are answers, not errors.
            expect_json: the body has to be JSON; one that is not counts as a failed attempt.
            decode: reads it, where something quicker than JSON's own types is made of it; a ValueError says that it
                is none.
            policy: another one than the client's.

        Raises:
            TransportError, TimeoutExpiredError: no connection (``sent`` is no), or it broke (``sent`` is unknown).
            ProtocolError: a cut answer, a web page where JSON was expected, a redirect that is not followed.
            TrackerError: the class that fits the status; see ``errors``.
            InvalidInputError: refused here, before anything was sent.
        """
        try:
            address = address_under(self._base, path_or_url, query)
            timeout, total_s = (self._timeout, self._total_s) if timeout_s is None else timeouts_of(timeout_s)
            sent, more = payload(json, body, headers, expect_json)
            is_own = address.origin == self.origin
            call = Call(method.upper(), address, more, sent, timeout, total_s, is_own, stream, expect_json, ok, decode)
            is_safe = call.method in _SAFE if safe is None else safe
            return (policy or self.policy).run(lambda: self._attempt(call), safe=is_safe, clock=self.clock)
        except TrackerError as error:
            error.backend = error.backend or self.backend
            raise

    def retry_after_s(self, headers: Headers) -> float | None:
        """The seconds that an answer asks to wait; None where it asks for none."""
        return retry_after_s(headers, self.clock.now())

    # ---- one attempt

    def _attempt(self, call: Call) -> Answer:
        seen = self._healer.count if self._healer else 0
        answer = self._follow(call)
        if answer.status == 401 and self._healer and call.is_own and 401 not in call.ok and self._healer.heal(seen):
            answer.close()
            answer = self._follow(call)
        if not call.is_success(answer.status):
            raise self._failure(call, answer)
        if call.is_json:
            answer.json()
        return answer

    def _follow(self, call: Call) -> Answer:
        """The answer, after redirects."""
        if not call.is_own:
            self._wire.check_foreign(call.address.origin)
        address, headers = call.address, self._headers(call)
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._exchange(call, address, headers)
            if answer.status not in _REDIRECTS or answer.status in call.ok or not answer.headers.get("location"):
                return answer
            answer.close()
            before, address = address, self._redirected(call, address, answer)
            if address.origin != before.origin:
                headers = {name: value for name, value in headers.items() if name.lower() in _HARMLESS}
        raise ProtocolError(f"{call}: more than {MAX_REDIRECTS} redirects", backend=self.backend)

    def _headers(self, call: Call) -> dict[str, str]:
        headers = dict(self._fixed)
        if call.is_own and self._credentials is not None:
            for name, value in self._credentials().items():
                headers[name] = value.reveal() if isinstance(value, Secret) else value
        headers = over(headers, call.headers) if call.headers else headers
        for name, value in headers.items():
            if "\n" in value or "\r" in value:  # http.client lets folded lines through
                raise InvalidInputError(
                    f"the header {name!r} cannot be sent: it holds a line break", backend=self.backend
                )
        return headers

    def _redirected(self, call: Call, at: Address, answer: Answer) -> Address:
        """Where a redirect leads, if it may."""
        location = answer.headers["location"].encode("latin-1", "replace").decode("utf-8", "replace")
        to = address_of(urljoin(str(at), quote(location, safe="!#$%&'()*+,/:;=?@[]~")))
        if call.method not in _FOLLOWED:
            raise ProtocolError(
                f"{call}: redirected to {to.origin}, which is not followed for a {call.method}",
                hint=f"is {to.origin} the right address of the site?",
                backend=self.backend,
                status=answer.status,
                sent="yes",
            )
        if to.origin != at.origin:
            self._check_hop(call, at, to)
        return to

    def _check_hop(self, call: Call, at: Address, to: Address) -> None:
        if at.origin.scheme == "https" and to.origin.scheme == "http":
            raise InvalidInputError(f"{call}: redirected from https to {to.origin}, refused", backend=self.backend)
        if at.origin == self.origin and at.origin.host == to.origin.host and at.origin.scheme != to.origin.scheme:
            raise ProtocolError(
                f"{call}: the site lives at {to.origin}", hint="use that address for it", backend=self.backend
            )
        self._wire.check_foreign(to.origin)

    def _exchange(self, call: Call, address: Address, headers: dict[str, str]) -> Answer:
        """One request on one connection."""
        origin = address.origin
        started = self.clock.monotonic()
        try:
            (status, fields, body), stream = self._replied(call, address, headers, started)
        except TrackerError:
            raise
        except WIRE_ERRORS as error:
            failure = wire_failure(error, origin.site, self.backend)
        else:
            if log.isEnabledFor(logging.DEBUG):
                passed_ms = (self.clock.monotonic() - started) * 1000
                log.debug("%s %s: %d, %d bytes, %.1f ms", call.method, address, status, len(body), passed_ms)
            return Answer(
                status,
                fields,
                body,
                str(address),
                site=origin.site,
                backend=self.backend,
                stream=stream,
                decode=call.decode,
            )
        # Raised here, so that the connection's own exception, which may hold a header, is not chained to it.
        raise failure

    def _replied(
        self, call: Call, address: Address, headers: dict[str, str], started: float
    ) -> tuple[Reply, Stream | None]:
        """What came back; its body is left in a stream where that was asked for."""
        pool, site = self._wire.pool(address.origin), address.origin.site
        is_forwarded = pool.proxy is not None and address.origin.scheme == "http"

        def check(size: int) -> None:
            if size > self._max_answer_bytes:
                raise ProtocolError(f"{call}: the answer is longer than {self._max_answer_bytes} bytes")
            if self.clock.monotonic() - started > call.total_s:
                raise TimeoutExpiredError(f"{call}: the answer took longer than {call.total_s:g} s")

        if not call.is_stream and not is_forwarded and (call.body is None or isinstance(call.body, bytes)):
            head = head_of(call.method, address.target, site, headers, call.body)
            connection = idle(pool) if head is not None else None
            if head is not None and connection is not None:
                times_s = (self._wire.write_timeout_s, call.timeout.read_timeout)
                return exchange(pool, connection, head, call.body, times_s, check), None
        response = self._send(pool, call, str(address) if is_forwarded else address.target, headers)
        if call.is_stream:
            stream = Stream(response, lambda error: wire_failure(error, site, self.backend))
            return Reply(response.status, response.headers, b""), stream
        return Reply(response.status, response.headers, self._whole(response, check)), None

    def _send(self, pool: HTTPConnectionPool, call: Call, target: str, headers: dict[str, str]) -> BaseHTTPResponse:
        body: Any = call.body  # urllib3 hands pieces on as they are, whatever its types say
        return pool.urlopen(
            call.method,
            target,
            body=body if body is None or isinstance(body, bytes) else body.chunks(),
            headers=headers,
            retries=_NO_RETRIES,
            redirect=False,
            assert_same_host=False,
            timeout=call.timeout,
            preload_content=False,
        )

    def _whole(self, response: BaseHTTPResponse, check: Check) -> bytes:
        """The body, within the limits of time and size."""
        try:
            body = whole(response, check)
        except BaseException:
            response.close()
            raise
        response.release_conn()
        return body

    def _failure(self, call: Call, answer: Answer) -> TrackerError:
        """The error for a status that is none of those asked for."""
        if answer.stream is not None:
            with answer, contextlib.suppress(TrackerError):  # what the status says counts, not what became of its words
                answer.body = answer.stream.read(65536)
        own = self._error_for(answer.status, answer.headers, answer.body) if self._error_for and call.is_own else None
        if own is None:
            now = self.clock.now()
            return status_failure(answer.status, answer.headers, answer.body, str(call), self.backend, now)
        own.backend = own.backend or self.backend
        own.request_id = own.request_id or answer.request_id
        own.status = own.status if own.status is not None else answer.status
        return own
