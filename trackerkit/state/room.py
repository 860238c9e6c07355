"""What every part of a state is built on."""

from __future__ import annotations

import hashlib
from datetime import datetime, timezone
from typing import overload

from trackerkit.errors import InvalidInputError
from trackerkit.state.database import Database

NAME_LIMIT = 255


class Room:
    """A part of the state: it has the database."""

    _db: Database


@overload
def moment(seconds: float) -> datetime: ...
@overload
def moment(seconds: None) -> None: ...
def moment(seconds: float | None) -> datetime | None:
    """Seconds since 1970 as an aware datetime, UTC."""
    return None if seconds is None else datetime.fromtimestamp(seconds, timezone.utc)


def is_plain(text: object, limit: int = NAME_LIMIT) -> bool:
    """Whether a database can hold the text as a name: not empty, not overlong, no NUL, no lone surrogate."""
    if not isinstance(text, str) or not 0 < len(text) <= limit or "\0" in text:
        return False
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)


def checked_name(text: object, what: str, limit: int = NAME_LIMIT) -> str:
    """The text, if it can be a name.

    Raises:
        InvalidInputError: when it cannot.
    """
    if not is_plain(text, limit):
        raise InvalidInputError(f"{str(text)[:40]!r} cannot be {what}", hint=f"give a text of 1 to {limit} characters")
    assert isinstance(text, str)
    return text


def checked_ttl(ttl_s: float) -> float:
    """A time to live, if it is one.

    Raises:
        InvalidInputError: for zero, a negative number, NaN or more than 100 years.
    """
    if not 0 < ttl_s < 3.2e9:
        raise InvalidInputError(f"{ttl_s!r} is no time to live", hint="give seconds, more than zero")
    return ttl_s


def digest(secret: str) -> str:
    """SHA-256 of a random secret, as hex: what has 256 random bits needs no slower hash."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()
