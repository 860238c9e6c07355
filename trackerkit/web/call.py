"""One request as the server sees it: its id, its limits, what is logged of it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Final

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.types import Scope

from trackerkit.web.settings import WebSettings

SCOPE_KEY: Final = "trackerkit.call"
_GOOD_ID: Final = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_current: ContextVar[Call | None] = ContextVar("trackerkit_call", default=None)


@dataclass(slots=True)
class Call:
    """One request.

    Attributes:
        id: the caller's own X-Request-ID if it is a plain one, or a random one.
        body_bytes: the largest body that is taken.
        deadline_s: seconds to the first byte of the answer, and between two parts of it.
        operation: what was asked for, for the log and the metrics, for example an RPC's method.
        caller: who asked, for the log.
        read_bytes: how much of the body came.
        sent_bytes: how much of an answer went out.
        status: the status of the answer; 0 before there is one.
        is_reading: whether the application waits for more of the body.
    """

    id: str
    body_bytes: int
    deadline_s: float
    operation: str = ""
    caller: str = ""
    read_bytes: int = 0
    sent_bytes: int = 0
    status: int = 0
    is_reading: bool = False
    rearm: Callable[[], None] = field(default=lambda: None, repr=False)


def new_call(scope: Scope, settings: WebSettings) -> Call:
    """The call of an ASGI scope, which keeps it; an application inside another has the outer one's."""
    known = scope.get(SCOPE_KEY)
    if isinstance(known, Call):
        return known
    asked = Headers(scope=scope).get("x-request-id", "")
    call = Call(asked if _GOOD_ID.fullmatch(asked) else secrets.token_hex(8), settings.body_bytes, settings.deadline_s)
    scope[SCOPE_KEY] = call
    _current.set(call)
    return call


def call_of(request: HTTPConnection) -> Call:
    """The call that a request belongs to."""
    call = request.scope[SCOPE_KEY]
    assert isinstance(call, Call)  # nothing else is ever put there
    return call


def request_id() -> str:
    """The id of the request that is being answered here, also in a thread of the pool; empty outside of one."""
    call = _current.get()
    return "" if call is None else call.id


def allow(request: HTTPConnection, *, body_bytes: int | None = None, deadline_s: float | None = None) -> None:
    """Give one request other limits than the server's, before its body is read.

    Args:
        request: the request.
        body_bytes: the largest body that it may have.
        deadline_s: a new deadline, from now on.
    """
    call = call_of(request)
    if body_bytes is not None:
        call.body_bytes = body_bytes
    if deadline_s is not None:
        call.deadline_s = deadline_s
        call.rearm()


def note(request: HTTPConnection, *, operation: str = "", caller: str = "") -> None:
    """Say what is asked for and by whom: both stand in the log, the operation in the metrics.

    An operation must be one of a few names that the server knows, never a text of the caller's.
    """
    call = call_of(request)
    call.operation = operation or call.operation
    call.caller = caller or call.caller
