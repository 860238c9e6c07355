"""AYON's failures → trackerkit's errors; pure: it is handed statuses, codes and texts."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from trackerkit.errors import (
    AuthenticationError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    ServerError,
    TrackerError,
    UnavailableError,
)
from trackerkit.jsontext import decoded
from trackerkit.secrets import redact

BACKEND: Final = "ayon"

_LOGIN_WORDS: Final = ("login/password", "failed login attempts", "access token", "api key", "session")
_KINDS: Final[dict[int, type[TrackerError]]] = {
    400: InvalidInputError, 401: AuthenticationError, 403: PermissionDeniedError, 404: NotFoundError, 409: ConflictError,
    503: UnavailableError,
}  # fmt: skip
_HINTS: Final = {
    401: "check the key, or the user and password",
    403: "ask an administrator of the server for the right",
}
_IS_TAKEN: Final = "is_taken"
"""What the words said before they were masked, with the error."""
_TAKEN = re.compile(r"with (?P<columns>.+?) '(?P<values>.*)' already exists", re.DOTALL)


def made(status: int, text: str, *, code: str = "", what: str = "") -> TrackerError:
    """The error of a status and AYON's own words.

    Args:
        status: as HTTP has them; AYON gives one with every failure, within a 200 too.
        text: what AYON says.
        code: its error code, where there is one.
        what: what was tried, in words.
    """
    words = " ".join(str(text).split())
    said = redact(words)[:500]
    message = f"{what}: {said}" if what else said
    kind = _KINDS.get(status, ServerError if status >= 500 else InvalidInputError)
    if status == 403 and any(word in words.lower() for word in _LOGIN_WORDS):
        kind = AuthenticationError
    if code == "not-found":
        kind = NotFoundError
    error = kind(message, hint=redact(_hint(kind, status, words)), backend=BACKEND, status=code or status, sent="yes")
    vars(error)[_IS_TAKEN] = kind is ConflictError and "already exists" in words
    return error


def _hint(kind: type[TrackerError], status: int, said: str) -> str:
    taken = _TAKEN.search(said)
    if taken:
        column = taken["columns"].rpartition(", ")[2]
        what = "number" if column == "version" else "name" if "name" in column else column
        return f"the {what} {taken['values'].rpartition(', ')[2]!r} is taken there"
    return _HINTS[401] if kind is AuthenticationError else _HINTS.get(status, "")


def answered(status: int, headers: Mapping[str, str], body: bytes) -> TrackerError | None:
    """The error of an answer that is no success; None where AYON says nothing of its own."""
    try:
        said = decoded(body)
    except ValueError:
        return None
    if not isinstance(said, Mapping) or status in (502, 504):
        return None
    text = said.get("detail")
    more = "; ".join(_complaints(said.get("errors")))
    if not text and not more:
        return None
    return made(status, f"{text or ''}{': ' + more if more else ''}", code=str(said.get("error") or ""))


def _complaints(errors: Any) -> list[str]:
    """What a validation complains of: where and why."""
    if not isinstance(errors, Sequence) or isinstance(errors, str):
        return []
    found = [item for item in errors[:5] if isinstance(item, Mapping)]
    return [f"{'.'.join(map(str, item.get('loc') or ()))} {item.get('msg') or ''}".strip() for item in found]


def of_graphql(errors: Sequence[Mapping[str, Any]], what: str) -> TrackerError:
    """The error of a GraphQL answer: its first one; AYON puts the status into ``extensions``."""
    first = errors[0] if errors else {}
    status = (first.get("extensions") or {}).get("status")
    text = str(first.get("message") or "no reason given")
    if isinstance(status, int):
        return made(status, text, what=what)
    where = ".".join(map(str, first.get("path") or ()))
    return ProtocolError(
        f"{what}: the server could not answer{' at ' + where if where else ''}: {redact(text)[:300]}", backend=BACKEND
    )


def is_taken(error: TrackerError) -> bool:
    """True when an id, a name or a number is taken: AYON says the same of all."""
    return vars(error).get(_IS_TAKEN, False) is True


_UUID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
_QUOTED = re.compile(r"'((?:[^']|'(?=\w))*)'")


def culprit(natives: Sequence[Mapping[str, Any]], said: str) -> int:
    """Which operation of a batch an error speaks of: AYON does not number them, but names ids, names and values.

    Args:
        natives: AYON's operations, in order.
        said: the error's own words.

    Returns:
        The position of the operation that the words fit best; the first where they fit none.
    """
    words = {found.replace("-", "") for found in _UUID.findall(said.lower())}
    for quoted in _QUOTED.findall(said.lower()):
        words.update(part.replace("-", "") if _UUID.fullmatch(part) else part for part in quoted.split(", "))
    scores = [_fit(native, words, said.lower()) for native in natives]
    return max(range(len(scores)), key=lambda at: (scores[at], -at)) if scores else 0


def _fit(native: Mapping[str, Any], words: set[str], said: str) -> float:
    data = native.get("data") or {}
    held = {str(value).lower() for value in data.values() if isinstance(value, (str, int))}
    fit = 4.0 * (native["entityId"] in words) + sum(1.0 for word in words if word in held)
    return fit + 0.5 * said.startswith(native["entityType"]) if fit else 0.25 * (native["entityType"] in said)
