"""What a server refuses by itself, and which HTTP status each of trackerkit's errors has."""

from __future__ import annotations

from typing import Final

from starlette.exceptions import HTTPException

from trackerkit import errors
from trackerkit.secrets import redact


class RefusedError(errors.InvalidInputError):
    """A request that cannot be answered as it is.

    Attributes:
        http_status: the status of the answer.
    """

    http_status: int = 400

    def __init__(self, message: str, *, http_status: int | None = None, hint: str = "") -> None:
        super().__init__(message, hint=hint)
        if http_status is not None:
            self.http_status = http_status


class BodyTooLargeError(RefusedError):
    """The body is larger than this route takes."""

    http_status = 413


class TooManyRequestsError(errors.UnavailableError):
    """One key asks for too much; ``retry_after_s`` says when to come back."""


class DeadlineError(errors.TimeoutExpiredError):
    """The request took longer than the server gives it; what it asked for may or may not be done."""


#: The first that fits, from the most special on.
_STATUS: Final[tuple[tuple[type[Exception], int], ...]] = (
    (TooManyRequestsError, 429),
    (DeadlineError, 504),
    (errors.InvalidInputError, 400),
    (errors.AuthenticationError, 401),
    (errors.PermissionDeniedError, 403),
    (errors.NotFoundError, 404),
    (errors.ConflictError, 409),
    (errors.BatchError, 409),
    (errors.UnsupportedError, 501),
    (errors.UnavailableError, 503),
    (errors.DiskFullError, 507),
    (errors.TimeoutExpiredError, 504),
    (errors.TransportError, 502),
    (errors.ServerError, 502),
    (errors.ProtocolError, 502),
    (errors.OutcomeUnknown, 502),
)


def status_of(error: Exception) -> int:
    """The HTTP status that tells a caller what kind of failure it was; 500 for what is nobody's business."""
    if isinstance(error, (RefusedError, HTTPException)):
        return error.http_status if isinstance(error, RefusedError) else error.status_code
    if isinstance(error, errors.BatchError):
        return status_of(error.cause)
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def public_text(error: Exception) -> str:
    """What a caller may read of an error: trackerkit's own sentences, redacted; never another exception's text."""
    if isinstance(error, errors.TrackerError):
        return redact(str(error))
    if isinstance(error, HTTPException):
        return error.detail
    return "internal error; the server's log has it under this request id"


def retry_after_s(error: Exception) -> float | None:
    """How many seconds the caller should wait, if the error says so."""
    return error.retry_after_s if isinstance(error, errors.UnavailableError) else None
