"""Exit codes that scripts can use, and errors as one line.

====  ===============================================================
code  meaning
====  ===============================================================
0     done
1     refused or failed for another reason than those below
2     the command's own arguments make no sense
3     there is no such record, project or file
4     the credentials are refused, or lack the right
5     the server cannot be reached, or is busy: try again later
6     a change left this machine and nobody knows whether it was done
7     a migration left something unexplained
130   interrupted
====  ===============================================================
"""

from __future__ import annotations

from typing import Final

from trackerkit.errors import (
    AuthenticationError,
    NotFoundError,
    OutcomeUnknown,
    PermissionDeniedError,
    TrackerError,
    TransportError,
    UnavailableError,
)
from trackerkit.secrets import redact

FAILED: Final = 1
UNEXPLAINED: Final = 7
INTERRUPTED: Final = 130

_CODES: Final[tuple[tuple[type[TrackerError], int], ...]] = (
    (NotFoundError, 3),
    (AuthenticationError, 4),
    (PermissionDeniedError, 4),
    (TransportError, 5),
    (UnavailableError, 5),
    (OutcomeUnknown, 6),
)


def code_of(error: TrackerError) -> int:
    """The exit code of an error."""
    return next((code for kind, code in _CODES if isinstance(error, kind)), FAILED)


def describe(error: TrackerError) -> str:
    """One line, and a second with the hint."""
    lines = [f"trackerkit: {error.message}"]
    if error.hint:
        lines.append(f"  hint: {error.hint}")
    return redact("\n".join(lines))
