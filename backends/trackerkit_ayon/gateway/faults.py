"""Refusals in AYON's own words: status, text and what goes with them. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from trackerkit import errors
from trackerkit.secrets import redact

_STATUS: Final[tuple[tuple[type[Exception], int], ...]] = (
    (errors.InvalidInputError, 400),
    (errors.AuthenticationError, 401),
    (errors.PermissionDeniedError, 403),
    (errors.NotFoundError, 404),
    (errors.ConflictError, 409),
    (errors.UnsupportedError, 501),
    (errors.UnavailableError, 503),
    (errors.TimeoutExpiredError, 504),
    (errors.TransportError, 502),
    (errors.ServerError, 502),
    (errors.ProtocolError, 502),
    (errors.OutcomeUnknown, 502),
    (errors.DiskFullError, 507),
)


class Fault(Exception):
    """A refusal.

    Args:
        status: the HTTP status.
        detail: AYON's sentence.
        code: AYON's error code, as operations tell it.
        extra: what else stands in the body.
    """

    def __init__(self, status: int, detail: str, code: str = "", **extra: Any) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.code = code
        self.extra = extra

    def body(self) -> dict[str, Any]:
        """The JSON of the answer."""
        return {"code": self.status, "detail": self.detail, **self.extra}


class InvalidFault(Fault):
    """A body, a query or a path that AYON's models do not take.

    Args:
        complaints: ``loc msg type ctx`` each, ``loc`` beginning with where it stands (``body``, ``path`` …).
    """

    def __init__(self, complaints: Sequence[Mapping[str, Any]]) -> None:
        super().__init__(400, "Request validation error", "invalid_data")
        self.complaints = [dict(item) for item in complaints]

    def at(self, method: str, path: str) -> dict[str, Any]:
        """The JSON of the answer to a request."""
        lines = "\n".join(f"{_dotted(item['loc'][1:])}: {item['msg']}" for item in self.complaints)
        detail = f"Request validation error in [{method}] {path}"
        return {"code": 400, "detail": detail, "path": path, "traceback": lines, "errors": self.complaints}

    def of_model(self, model: str) -> str:
        """What an operation says of data that its model does not take."""
        found = self.complaints
        lines = [f"{len(found)} validation error{'s' if len(found) > 1 else ''} for {model}"]
        for item in found:
            facts = "".join(f"; {key}={_shown(value)}" for key, value in (item.get("ctx") or {}).items())
            lines += [" -> ".join(map(str, item["loc"][1:])), f"  {item['msg']} (type={item['type']}{facts})"]
        return "Invalid data provided: " + "\n".join(lines)


def _dotted(parts: Sequence[Any]) -> str:
    return ".".join(map(str, parts))


def _shown(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, default=str)


def not_found(id: str) -> Fault:
    """An entity that there is not."""
    return Fault(404, f"Entity {id} not found", "not-found")


def no_project(name: str) -> Fault:
    """A project that there is not."""
    return Fault(404, f"Project {name} not found", "not-found")


def dashed(id: str) -> str:
    """An id as PostgreSQL shows it."""
    return f"{id[:8]}-{id[8:12]}-{id[12:16]}-{id[16:20]}-{id[20:]}" if len(id) == 32 else id


def taken(native: str, columns: str, *values: Any) -> Fault:
    """A name, a number or an id that another record has."""
    shown = ", ".join(map(str, values))
    return Fault(409, f"{native.capitalize()} with {columns} '{shown}' already exists.", "unique-violation")


def absent(column: str, value: Any, table: str) -> Fault:
    """A reference to something that there is not."""
    return Fault(409, f"{column} '{value}' is not present in table \"{table}\".", "foreign-key-violation")


def lacking(column: str) -> Fault:
    """A column that cannot be null."""
    return Fault(400, f"Missing required field: {column}", "not-null-violation")


def of_error(error: Exception) -> Fault:
    """The refusal that says what one of trackerkit's errors says."""
    if isinstance(error, Fault):
        return error
    if isinstance(error, errors.BatchError):
        return of_error(error.cause)
    status = next((code for kind, code in _STATUS if isinstance(error, kind)), 500)
    if status == 500:
        return Fault(500, "Internal server error", "internal-server-error")
    code = {400: "invalid_data", 404: "not-found", 409: "conflict"}.get(status, "error")
    return Fault(status, redact(str(error)), code)
