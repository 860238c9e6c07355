"""What a failure of SQLite means, as one of trackerkit's errors."""

from __future__ import annotations

from trackerkit.errors import ConfigurationError, ConflictError, ServerError, TrackerError, UnavailableError

SCHEME = "sqlite"

_DAMAGED = ("malformed", "corrupt", "disk image")
_BUSY = ("locked", "busy")
_CLOSED = ("read-only", "readonly", "unable to open")
_CHANGED = ("no such column", "no such table", "has no column")


def translated(text: str, kind: str, place: str) -> TrackerError:
    """The error to raise.

    Args:
        text: SQLite's own message.
        kind: the name of the driver's exception class.
        place: the database file.
    """
    low = text.lower()
    if "not a database" in low or "encrypted" in low:
        return ConfigurationError(
            f"{place} is damaged, or it is no SQLite database", hint="put it back from a backup, or name another file",
            backend=SCHEME,
        )  # fmt: skip
    if any(word in low for word in _BUSY):
        return UnavailableError(
            f"{place} is locked by another process", hint="try again, or give busy_timeout=SECONDS", backend=SCHEME,
            sent="no",
        )  # fmt: skip
    if "full" in low and "disk" in low:
        return UnavailableError(f"no room on the disk of {place}", hint="make room and try again", backend=SCHEME)
    return _rest(text, low, kind, place)


def _rest(text: str, low: str, kind: str, place: str) -> TrackerError:
    if any(word in low for word in _DAMAGED):
        return ServerError(f"{place} is damaged", hint="put it back from a backup", backend=SCHEME)
    if any(word in low for word in _CLOSED):
        return ConfigurationError(
            f"{place} cannot be written", hint="check the rights of the file and of its folder", backend=SCHEME
        )
    if any(word in low for word in _CHANGED):
        return ConflictError(
            f"the schema of {place} changed meanwhile", hint="try again", backend=SCHEME, retryable=True, sent="no"
        )
    if kind == "IntegrityError":
        return ConflictError(f"{place} already holds that: {text}", backend=SCHEME)
    return ServerError(f"{place} failed: {kind}: {text}", backend=SCHEME)
