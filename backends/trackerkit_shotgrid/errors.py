"""Failures: what a ShotGrid fault (an answer with ``exception: true``) is among trackerkit's errors. Pure.

A fault comes with HTTP 200, a code and a text; what else goes wrong with a request is the HTTP client's to say. The
codes:
102, 106, 108, 110 who calls; 103 the request; 104 the records. What a fault means within its code only its text tells.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from trackerkit.errors import (
    AuthenticationError,
    BatchError,
    ConflictError,
    DomainError,
    InvalidInputError,
    NotFoundError,
    OutcomeUnknown,
    PermissionDeniedError,
    ServerError,
    TrackerError,
    UnavailableError,
    UnknownFieldError,
    UnknownTypeError,
    UnsupportedError,
)
from trackerkit.secrets import redact

BACKEND: Final = "shotgrid"

_BATCH: Final = re.compile(
    r"API batch\(\) request with index (\d+) failed\.\s*All requests rolled back\.\s*(.*)", re.DOTALL
)
_AUTH_HINTS: Final = {
    102: "check script_name and api_key, or login and password",
    106: "this account has two-factor authentication: give auth_token, the one-time code",
    108: "this site signs people in by SSO: use a script key, a session token or a personal access token",
    110: "this site signs people in by Autodesk Identity: use a script key, a session token or a personal access token",
}

Maker = Callable[..., TrackerError]

_BY_TEXT: Final[Sequence[tuple[str, Maker, str]]] = (
    (r"entity of type \[?\w*\]? with id=\d+ does not exist", NotFoundError, ""),
    (r"\brecord not found|could not find (the )?(entity|record)", NotFoundError, ""),
    (r"required to be unique|already (exists|been taken)|must be unique", ConflictError, ""),
    (r"permission|not allowed to|can ?not be (deleted|updated|created|read|edited) by this user|rule:", PermissionDeniedError,
     "ask an administrator of the site for this right"),
    (r"entity type .* does(n't| not) exist|invalid entity type", UnknownTypeError, "the site's schema may have changed"),
    (r"doesn't exist|does not exist", UnknownFieldError, "the site's schema may have changed"),
    (r"value is not legal|is not (a )?(valid|legal)|expected \[|not in the list|create only|data type doesn't support|"
     r"cannot be used in a filter|local storage", DomainError, ""),
    (r"\bnot supported\b", UnsupportedError, "do it another way, or ask whoever runs the site what it can do"),
    (r"\bbusy\b|try again|temporarily|rate limit", UnavailableError, ""),
)  # fmt: skip


def fault_error(code: Any, text: Any, *, verb: str = "", of: str = "") -> TrackerError:
    """The error that a fault is.

    Args:
        code: the answer's ``error_code``, or None.
        text: its ``message``.
        verb: the RPC that was called.
        of: the name of the class that the official client makes of it, where the code alone does not say.
    """
    plain = _one_line(text)
    said = redact(plain)  # for people; what it means is read from what was really said
    more: dict[str, Any] = {"backend": BACKEND, "sent": "yes", "status": code}
    batch = _BATCH.match(str(text or ""))
    if batch is not None:
        cause = fault_error(code, batch[2], verb=verb, of=of)
        return BatchError(f"request {batch[1]} of the batch failed: {cause.message}", index=int(batch[1]), cause=cause,
                          hint=cause.hint, backend=BACKEND, status=code)  # fmt: skip
    if code in _AUTH_HINTS or of.endswith("AuthenticationFault"):
        return _authentication(code, said, more)
    for pattern, make, hint in _BY_TEXT:
        if re.search(pattern, plain, re.IGNORECASE):
            return make(f"the site refused: {said}", hint=hint, **more)
    if code == 103:
        return InvalidInputError(f"the site refused the request: {said}", **more)
    if code == 104:
        return ConflictError(f"the site refused the change: {said}", **more)
    return ServerError(f"the site failed at {verb or 'a call'}: {said}", **more)


def _authentication(code: Any, said: str, more: dict[str, Any]) -> TrackerError:
    if "sudo" in said.lower():
        return PermissionDeniedError(f"the site refused: {said}", **more)
    return AuthenticationError(f"the site refused the credentials: {said}", hint=_AUTH_HINTS.get(code, ""), **more)


def _one_line(text: Any) -> str:
    plain = re.sub(r"<br\s*/?>", " ", str(text or "no reason given"))
    return " ".join(plain.split())[:500]


def outcome_unknown(error: TrackerError, request: Any, *, hint: str) -> OutcomeUnknown:
    """The error of a change that may or may not have been made.

    Args:
        error: why no usable answer came back.
        request: the operations in question.
        hint: what to do next.
    """
    return OutcomeUnknown(
        f"nobody knows whether it was done: {error.message}", request=request, hint=hint, backend=BACKEND,
        request_id=error.request_id, status=error.status,
    )  # fmt: skip


def upload_failure(text: str) -> TrackerError | None:
    """The error that an answer to a form post is; None for success, which begins with 1.

    Args:
        text: the whole answer: plain text whose first sign says how it went.
    """
    if text.lstrip().startswith("1"):
        return None
    said = _one_line(text.lstrip()[1:].lstrip(":\n ") or text)
    if text.lstrip().startswith("2"):
        return UnavailableError(f"the site is not ready: {redact(said)}", backend=BACKEND)
    return fault_error(104, said, verb="upload") if text.lstrip().startswith("0") else ServerError(
        f"the site answered an upload with {redact(said)!r}", backend=BACKEND
    )  # fmt: skip
