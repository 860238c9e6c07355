"""What a database's failure means, as one of trackerkit's errors."""

from __future__ import annotations

from trackerkit.errors import (
    ConfigurationError,
    ConflictError,
    ServerError,
    TrackerError,
    UnavailableError,
)

_DAMAGED = ("file is not a database", "malformed", "file is encrypted", "database corruption")
_BUSY = ("locked", "busy", "deadlock", "could not serialize", "timeout", "too many", "queuepool")
_GONE = ("could not connect", "connection failed", "connection refused", "server closed", "terminating connection")


def translated(error: BaseException, label: str) -> TrackerError:
    """The error to raise for one of SQLAlchemy's or of the driver's."""
    cause = getattr(error, "orig", None) or error
    text = str(cause).lower()
    if any(word in text for word in _DAMAGED):
        return ConfigurationError(
            f"{label} is damaged, or it is no state database", hint="put it back from a backup, or name another file"
        )
    if "disk is full" in text or "no space" in text:
        return UnavailableError(f"no room on the disk of {label}", hint="make room and try again", retryable=True)
    if any(word in text for word in _BUSY):
        return UnavailableError(f"{label} is busy", hint="another process holds it; try again")
    if any(word in text for word in _GONE):
        return UnavailableError(f"{label} cannot be reached", hint="is its server running?")
    return _translated_rest(cause, label, text)


def _translated_rest(cause: BaseException, label: str, text: str) -> TrackerError:
    if "readonly" in text or "read-only" in text or "unable to open" in text:
        return ConfigurationError(f"{label} cannot be written", hint="check the rights of the file and of its folder")
    if type(cause).__name__ in ("IntegrityError", "UniqueViolation"):
        return ConflictError(f"{label} already holds that")
    # The class alone: a driver's text can quote values.
    return ServerError(f"{label} failed ({type(cause).__name__})")
