"""What every route passes through: who calls, the body, a thread of the pool, and refusals in AYON's words."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from starlette.datastructures import URL, Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trackerkit.errors import AuthenticationError, NotFoundError, TrackerError
from trackerkit.gateway.sessions import Caller, Callers, Credential
from trackerkit.gateway.settings import GatewaySettings
from trackerkit.jsontext import encoded
from trackerkit.secrets import get_logger
from trackerkit.state import State
from trackerkit.tracker import Tracker
from trackerkit.web.body import read_json
from trackerkit.web.call import note
from trackerkit.web.errors import RefusedError, TooManyRequestsError
from trackerkit.web.pool import run_sync
from trackerkit_ayon.gateway.check import checked, checked_id
from trackerkit_ayon.gateway.faults import Fault, InvalidFault, of_error
from trackerkit_ayon.gateway.homes import Home, find_home
from trackerkit_ayon.gateway.media import Larder
from trackerkit_ayon.gateway.models import PROJECT_NAME
from trackerkit_ayon.gateway.settings import AyonSettings
from trackerkit_ayon.gateway.site import Shared, Site

_TOKEN = re.compile(r"[0-9a-f]{64}")
_log = get_logger("trackerkit.gateway.ayon")
MISSING: Final = "Access token is missing"


@dataclass
class Gate:
    """What all routes share.

    Args:
        callers: knows who calls.
        shared: what is remembered between requests.
        settings: the limits.
        folder: where files lie while they are on their way.
        started: when the server was started.
        listeners: those who wait for news.
    """

    callers: Callers[Tracker]
    shared: Shared
    settings: GatewaySettings
    folder: Path
    started: float = field(default_factory=time.monotonic)
    listeners: set[asyncio.Event] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.larder = Larder(self.folder)

    @property
    def _advice(self) -> str:
        is_beside = isinstance(self.settings, AyonSettings) and self.settings.beside
        return "" if is_beside else "; start the gateway with --set beside=yes"

    def wake(self) -> None:
        """Something was written: who listens may look at once."""
        for listener in self.listeners:
            listener.set()

    @property
    def state(self) -> State:
        """What must outlive the process."""
        return self.shared.state

    def verify(self, headers: Headers, query: Mapping[str, str], cookies: Mapping[str, str], source: str) -> Caller:
        """Who calls.

        Raises:
            Fault: 401, nobody that is known here.
        """
        key, token = presented(headers, query, cookies)
        if not key and not token:
            raise Fault(401, MISSING, "unauthorized")
        caller = self._caller(key, token, source)
        acting_as = headers.get("x-as-user")
        if acting_as and caller.key.can_act_as and acting_as != caller.user:
            return Caller(caller.key, acting_as)
        return caller

    def _caller(self, key: str, token: str, source: str) -> Caller:
        """A key may stand where a token should and the other way round, as AYON's clients do."""
        kinds: tuple[Literal["api_key", "session"], ...] = ("api_key", "session") if key else ("session", "api_key")
        for kind in kinds:
            try:
                return self.callers.verify(Credential(kind, secret=key or token, source=source))
            except AuthenticationError:
                continue
        raise Fault(401, "Invalid API key" if key else "Invalid session", "unauthorized")

    def caller_of(self, secret: str, source: str) -> Caller:
        """Who has a token or an API key.

        Raises:
            Fault: 401, nobody that is known here.
        """
        return self._caller("", secret, source)

    @contextmanager
    def site(self, caller: Caller) -> Iterator[Site]:
        """The caller's Tracker as an AYON server.

        Raises:
            Fault: 401, the tracker has no such user; 501, it lacks what AYON is made of.
        """
        try:
            with self.callers.tracker_of(caller) as tracker:
                site = Site(tracker, self.shared, caller)
                lacks = site.lacks()
                if lacks:
                    text = f"AYON is not served over this tracker: it has no {lacks}"
                    raise Fault(501, f"{text}{self._advice}", "not-implemented")
                yield site
        except NotFoundError as error:
            if "user" not in error.message:
                raise
            raise Fault(401, f"User {caller.user} not found", "unauthorized") from None


def presented(headers: Headers, query: Mapping[str, str], cookies: Mapping[str, str]) -> tuple[str, str]:
    """The API key and the token that a request presents; empty where there is none."""
    key = headers.get("x-api-key", "")
    kind, _, secret = headers.get("authorization", "").partition(" ")
    if not key and kind.lower() == "apikey":
        key = secret.strip()
    token = secret.strip() if kind.lower() == "bearer" else cookies.get("accessToken") or query.get("token", "")
    return key, token if _TOKEN.fullmatch(token) else ""


class Ask:
    """A request in a thread of the pool.

    Args:
        gate: what all routes share.
        request: as it came.
        body: its JSON, where the route takes one.
        caller: who asks; None where a route is open to everyone and nobody was named.
        site: the caller's tracker; None likewise.
    """

    def __init__(self, gate: Gate, request: Request, body: Any, caller: Caller | None, site: Site | None) -> None:
        self.gate = gate
        self.request = request
        self.body = body
        self.caller = caller
        self._site = site
        self._home: Home | None = None

    @property
    def site(self) -> Site:
        """The caller's tracker."""
        assert self._site is not None
        return self._site

    @property
    def is_known(self) -> bool:
        """Whether it is known who asks."""
        return self._site is not None

    @property
    def url(self) -> URL:
        """The address that was asked for."""
        return self.request.url

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def id(self, name: str) -> str:
        """An entity's id in the path.

        Raises:
            InvalidFault: it is none.
        """
        return checked_id(self.path(name), name)

    def query(self, name: str, default: str = "") -> str:
        """A parameter of the query."""
        return str(self.request.query_params.get(name, default))

    def flag(self, name: str) -> bool:
        """A parameter of the query that is true or false."""
        return self.query(name).lower() in ("1", "true", "on", "yes", "t", "y")

    @property
    def home(self) -> Home:
        """The project in the path.

        Raises:
            Fault: there is none.
        """
        if self._home is None:
            name = self.path("project_name")
            if not re.match(PROJECT_NAME, name):
                complaint = {
                    "loc": ["path", "project_name"], "msg": f'string does not match regex "{PROJECT_NAME}"',
                    "type": "value_error.str.regex", "ctx": {"pattern": PROJECT_NAME},
                }  # fmt: skip
                raise InvalidFault([complaint])
            self._home = find_home(self.site, name)
        return self._home

    def model(self, name: str, **more: Any) -> dict[str, Any]:
        """The body as one of AYON's models has it."""
        return checked(name, self.body, **more)


Work = Callable[[Ask], Any]


def answer(value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer."""
    return Response(encoded(value), status, dict(headers or {}), "application/json")


def done(status: int = 204) -> Response:
    """An empty answer."""
    return Response(None, status)


def api(
    gate: Gate,
    method: str,
    path: str,
    work: Work,
    *,
    status: int = 200,
    body: bool | None = None,
    is_open: bool = False,
    need: str = "",
) -> Route:
    """A route whose work runs in a thread of the pool.

    Args:
        gate: what all routes share.
        method: of HTTP.
        path: with its parameters.
        work: gives a Response, or what becomes one as JSON.
        status: of such an answer; 204 has no body.
        body: whether it takes JSON; POST, PUT and PATCH do.
        is_open: also for callers who are not known.
        need: ``manager`` or ``admin``: who is none is refused.
    """
    takes_body = method in ("POST", "PUT", "PATCH") if body is None else body

    async def endpoint(request: Request) -> Response:
        async def run() -> Response:
            given = await _json(request) if takes_body else None
            found = await run_sync(_worked, gate, request, given, work, is_open, need)
            if method != "GET":
                gate.wake()
            if isinstance(found, Response):
                return found
            return done() if status == 204 else answer(found, status)

        return await guarded(request, run)

    endpoint.__name__ = getattr(work, "__name__", "endpoint")
    endpoint.__doc__ = work.__doc__
    return Route(path, endpoint, methods=[method])


async def guarded(request: Request, run: Callable[[], Awaitable[Response]]) -> Response:
    """What ``run`` answers, or AYON's refusal."""
    try:
        return await run()
    except InvalidFault as fault:
        return answer(fault.at(request.method, request.url.path), 400)
    except (Fault, TrackerError) as error:
        if isinstance(error, (RefusedError, TooManyRequestsError)):
            raise
        refusal = of_error(error)
        if refusal.status >= 500:
            _log.warning("%s %s: %s", request.method, request.url.path, error)
        return answer(refusal.body(), refusal.status)


async def _json(request: Request) -> Any:
    """The body as JSON; an unreadable one is refused as AYON does."""
    try:
        return await read_json(request)
    except RefusedError as error:
        if error.http_status != 400:
            raise
        context = {"error": error.message.rpartition(": ")[2] or error.message}
        complaint = {
            "type": "json_invalid",
            "loc": ["body", 1],
            "msg": "JSON decode error",
            "input": {},
            "ctx": context,
        }
        raise InvalidFault([complaint]) from None


def source_of(request: Request) -> str:
    """Where a request came from."""
    return request.client.host if request.client else ""


def _worked(gate: Gate, request: Request, body: Any, work: Work, is_open: bool, need: str = "") -> Any:
    caller = known_caller(gate, request, is_open)
    if caller is None:
        return work(Ask(gate, request, body, None, None))
    with gate.site(caller) as site:
        if need == "manager":
            site.rights.need_manager()
        elif need:
            site.rights.need_admin()
        return work(Ask(gate, request, body, caller, site))


def known_caller(gate: Gate, request: Request, is_open: bool = False) -> Caller | None:
    """Who calls; None for nobody, where the route is open.

    Raises:
        Fault: 401.
    """
    try:
        caller = gate.verify(request.headers, request.query_params, request.cookies, source_of(request))
    except Fault:
        if is_open:
            return None
        raise
    note(request, caller=caller.name)
    return caller
