"""Every error that trackerkit raises, in one tree.

::

    TrackerError
    ├── InvalidInputError (ValueError)      makes no sense; refused here, before anything was sent, where we can know
    │   ├── FilterError                     a filter: path, operator or value
    │   ├── QueryError                      fields, order, limit, state
    │   ├── UnknownTypeError                no such entity type
    │   ├── UnknownFieldError               no such field
    │   ├── DomainError                     a value that the tracker cannot hold as it is
    │   └── SchemaError                     a change of the schema that makes no sense
    ├── FieldNotLoadedError                 a field of an Entity that was not asked for
    ├── ConfigurationError                  a URL, a profile, a setting
    │   ├── UnknownSchemeError              no backend for this URL
    │   └── MissingExtraError               a package that has to be installed
    ├── UnsupportedError                    the tracker (or its backend) cannot do that
    ├── NotFoundError                       no such record, project or file
    ├── ConflictError                       the tracker refuses: taken, in use, changed meanwhile
    ├── AuthenticationError                 the credentials are refused
    ├── PermissionDeniedError               the credentials are good, the right is missing
    ├── TransportError                      the way to the server failed
    │   └── TimeoutExpiredError             no answer in time
    ├── UnavailableError                    503, 429, locked: try again later
    ├── ServerError                         the server failed
    ├── ProtocolError                       an answer that is not the tracker's language
    ├── OutcomeUnknown                      it left the machine, and nobody knows whether it was done
    ├── BatchError                          one operation of a batch failed; nothing was kept
    └── TransferError                       a file
        ├── ChecksumError                   length or hash differ
        ├── DiskFullError                   no room here
        └── SourceChangedError              the file changed while it was read

Each error says which ``backend`` it is about, whether the request was ``sent`` (``no``, ``yes``, ``unknown``), whether
trying again can help (``retryable``), the server's ``request_id`` and a ``hint`` for the next step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

Sent = Literal["no", "yes", "unknown"]


class TrackerError(Exception):
    """The root of the tree.

    Attributes:
        message: one sentence, without the hint.
        backend: the scheme of the backend concerned, for example ``"ayon"``; empty when none is.
        sent: whether the request left this machine: ``no``, ``yes`` or ``unknown``.
        retryable: True when the same call may succeed later.
        request_id: the server's own id of the request, if it gave one.
        status: the HTTP status or the tracker's own code, if there was one.
        hint: what to do next; empty when there is nothing to say.
    """

    sent: Sent = "no"
    retryable: bool = False

    def __init__(
        self,
        message: str,
        *,
        hint: str = "",
        backend: str = "",
        sent: Sent | None = None,
        retryable: bool | None = None,
        request_id: str = "",
        status: int | str | None = None,
    ) -> None:
        Exception.__init__(self, message)  # not super's: a class of another library may stand behind this one
        self.message = message
        self.hint = hint
        self.backend = backend
        self.request_id = request_id
        self.status = status
        if sent is not None:
            self.sent = sent
        if retryable is not None:
            self.retryable = retryable

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        """An error crosses to another process whole, whatever its class asks for when it is made."""
        return _remade, (type(self), self.args, self.__dict__)


class InvalidInputError(TrackerError, ValueError):
    """Makes no sense: refused here before anything was sent, or (``sent == "yes"``) by the tracker. Never retryable."""


class FilterError(InvalidInputError):
    """A filter that cannot be asked: names the ``path``, the ``operator`` and what would be right."""

    def __init__(self, message: str, *, path: str = "", operator: str = "", **more: Any) -> None:
        super().__init__(message, **more)
        self.path = path
        self.operator = operator


class QueryError(InvalidInputError):
    """Fields, order, limit or state of a query that make no sense."""


class UnknownTypeError(InvalidInputError):
    """No such entity type on this tracker."""


class UnknownFieldError(InvalidInputError):
    """No such field on this entity type."""


class DomainError(InvalidInputError):
    """A value that the tracker cannot hold as it is; names the ``path`` of the field and the rule."""

    def __init__(self, message: str, *, path: str = "", **more: Any) -> None:
        super().__init__(message, **more)
        self.path = path


class SchemaError(InvalidInputError):
    """A change of the schema that makes no sense."""


class FieldNotLoadedError(TrackerError, KeyError, AttributeError):
    """A field that was not asked for: it is never None and never a hidden request."""


class ConfigurationError(TrackerError):
    """A URL, a profile or a setting that cannot be used."""


class UnknownSchemeError(ConfigurationError):
    """No installed backend answers to this URL's scheme."""


class MissingExtraError(ConfigurationError, ImportError):
    """A package that this part needs is not installed; the hint names the extra."""


class UnsupportedError(TrackerError):
    """The tracker, or its backend, cannot do that; the hint says what to do instead."""


class NotFoundError(TrackerError, LookupError):
    """No such record, project or file. Raised only when the tracker said so."""

    sent: Sent = "yes"


class ConflictError(TrackerError):
    """The tracker refuses: a name is taken, a record is in use, something changed meanwhile."""

    sent: Sent = "yes"


class AuthenticationError(TrackerError):
    """The credentials are refused."""

    sent: Sent = "yes"


class PermissionDeniedError(TrackerError):
    """The credentials are good, the right is missing."""

    sent: Sent = "yes"


class TransportError(TrackerError):
    """The way to the server failed: no connection, a reset, a bad certificate."""

    sent: Sent = "unknown"
    retryable = True


class TimeoutExpiredError(TransportError):
    """No answer in time."""


class UnavailableError(TrackerError):
    """The server is busy or down for now (503, 429, a locked database).

    Attributes:
        retry_after_s: seconds that the server asked to wait, or None.
    """

    sent: Sent = "yes"
    retryable = True

    def __init__(self, message: str, *, retry_after_s: float | None = None, **more: Any) -> None:
        super().__init__(message, **more)
        self.retry_after_s = retry_after_s


class ServerError(TrackerError):
    """The server failed (an HTTP 5xx other than 503)."""

    sent: Sent = "yes"


class ProtocolError(TrackerError):
    """An answer that is not the tracker's language: a login page, cut JSON, a missing key."""

    sent: Sent = "yes"


class OutcomeUnknown(TrackerError):
    """A change left this machine and no usable answer came back: it may or may not be done.

    It is never sent again by itself. ``request`` holds the operations in question; read the records back, then decide.
    """

    sent: Sent = "unknown"

    def __init__(self, message: str, *, request: Any = None, **more: Any) -> None:
        super().__init__(message, **more)
        self.request = request


class BatchError(TrackerError):
    """One operation of a batch failed; nothing of the batch was kept.

    Attributes:
        index: the position of the operation that failed, from 0.
        cause: its own error.
    """

    def __init__(self, message: str, *, index: int, cause: TrackerError, **more: Any) -> None:
        more.setdefault("sent", cause.sent)
        more.setdefault("retryable", cause.retryable)
        super().__init__(message, **more)
        self.index = index
        self.cause = cause


class TransferError(TrackerError):
    """A file could not be sent or fetched."""

    sent: Sent = "yes"


class ChecksumError(TransferError):
    """Length or hash of a file differ between the two ends."""

    retryable = True


class DiskFullError(TransferError):
    """No room on this machine's disk for the file."""


class SourceChangedError(TransferError):
    """The local file changed while it was being read."""


def _remade(kind: type[TrackerError], args: tuple[Any, ...], parts: dict[str, Any]) -> TrackerError:
    made = kind.__new__(kind, *args)
    made.__dict__.update(parts)
    return made


def nearest(word: str, names: Sequence[str], limit: int = 3) -> list[str]:
    """The names most like ``word``, best first, ignoring case; empty when none is near."""
    import difflib

    folded = {name.lower(): name for name in names}
    return [folded[hit] for hit in difflib.get_close_matches(word.lower(), list(folded), limit, 0.6)]


def did_you_mean(word: str, names: Sequence[str]) -> str:
    """A hint that names the nearest valid names, or an empty string."""
    close = nearest(word, names)
    return f"did you mean {' or '.join(repr(name) for name in close)}?" if close else ""
