"""Sessions: random tokens that stand for a key until they expire, are ended, or the key is revoked."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from trackerkit.errors import NotFoundError
from trackerkit.state.keys import SECRET_LIMIT, Key, key_of
from trackerkit.state.room import Room, checked_name, checked_ttl, digest, is_plain, moment

DAY_S: Final = 86_400.0
_FIND: Final = (
    "SELECT k.id, k.name, k.kind, k.login, k.can_act_as, k.digest, k.created_at, k.used_at, k.revoked_at,"
    " s.acting_as, s.expires_at FROM tk_sessions s JOIN tk_keys k ON k.id = s.key_id"
    " WHERE s.digest = :digest AND s.expires_at > :now AND k.revoked_at IS NULL"
)


@dataclass(frozen=True)
class Session:
    """What a token stands for.

    Attributes:
        key: whose session it is.
        acting_as: the login of the user that it acts as; None for itself.
        expires_at: UTC.
    """

    key: Key
    acting_as: str | None
    expires_at: datetime


class Sessions(Room):
    """The part of the state that knows sessions."""

    def add_session(self, key_name: str, acting_as: str | None = None, ttl_s: float = DAY_S) -> str:
        """A token of 256 random bits, good for ``ttl_s`` seconds; only its hash is kept.

        Raises:
            NotFoundError: there is no such key, or it is revoked.
            InvalidInputError: for a ``ttl_s`` or a login that cannot be one.
        """
        checked_ttl(ttl_s)
        if acting_as is not None:
            checked_name(acting_as, "a login")
        token, now = secrets.token_hex(32), self._db.now_s()
        with self._db.transaction() as connection:
            self._db.run(connection, "DELETE FROM tk_sessions WHERE expires_at <= :now", now=now)
            made = self._db.changed(
                connection,
                "INSERT INTO tk_sessions (digest, key_id, acting_as, created_at, expires_at)"
                " SELECT :digest, id, :acting_as, :now, :until FROM tk_keys"
                " WHERE name = :name AND revoked_at IS NULL",
                digest=digest(token),
                acting_as=acting_as,
                now=now,
                until=now + ttl_s,
                name=key_name,
            )
        if not made:
            raise NotFoundError(f"no key {key_name!r}", hint="a session needs a key that is not revoked", sent="no")
        return token

    def find_session(self, token: str) -> Session | None:
        """The session of a token; None when it is unknown, ended, expired, or its key is revoked."""
        if not is_plain(token, SECRET_LIMIT):
            return None
        row = self._db.row(_FIND, digest=digest(token), now=self._db.now_s())
        return None if row is None else Session(key_of(row[:9]), row[9], moment(row[10]))

    def end_session(self, token: str) -> bool:
        """End a session: True when there was one."""
        if not is_plain(token, SECRET_LIMIT):
            return False
        with self._db.transaction() as connection:
            end = "DELETE FROM tk_sessions WHERE digest = :digest"
            return self._db.changed(connection, end, digest=digest(token)) > 0
