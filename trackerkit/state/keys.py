"""The keys of scripts and the passwords of users that a gateway accepts, stored hashed."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal

from trackerkit.errors import ConflictError, InvalidInputError, NotFoundError, UnavailableError
from trackerkit.state.database import Row
from trackerkit.state.passwords import Passwords, is_password, spend
from trackerkit.state.room import Room, checked_name, digest, is_plain, moment

KeyKind = Literal["script", "user"]

SECRET_LIMIT: Final = 1024
_CHOSEN_MINIMUM: Final = {"script": 20, "user": 8}
_USED_EVERY_S: Final = 60.0
_COLUMNS: Final = "id, name, kind, login, can_act_as, digest, created_at, used_at, revoked_at"
_BY_NAME: Final = f"SELECT {_COLUMNS} FROM tk_keys WHERE name = :name AND revoked_at IS NULL"  # noqa: S608 - constants
_BY_DIGEST: Final = f"SELECT {_COLUMNS} FROM tk_keys WHERE digest = :digest AND revoked_at IS NULL"  # noqa: S608
_ALL: Final = f"SELECT {_COLUMNS} FROM tk_keys ORDER BY id"  # noqa: S608


@dataclass(frozen=True)
class Key:
    """Who may call: a script by its key, or a user by a password. The secret itself is kept nowhere.

    Attributes:
        id: never used again for another key.
        name: what the caller presents; for a user, the login that is typed.
        kind: ``script`` or ``user``.
        login: the tracker's user that the caller is; for a script, None when it is no user.
        can_act_as: whether it may act as another user (ShotGrid's sudo, AYON's X-As-User).
        created_at: UTC.
        last_used_at: UTC, to the minute; None when it never was.
        revoked_at: UTC; None while it is good.
    """

    id: int
    name: str
    kind: KeyKind
    login: str | None
    can_act_as: bool
    created_at: datetime
    last_used_at: datetime | None = field(default=None, compare=False)
    revoked_at: datetime | None = None


def key_of(row: Row) -> Key:
    """The key that a row of the columns above describes."""
    number, name, kind, login, can_act_as, _, created, used, revoked = row
    return Key(number, name, kind, login, bool(can_act_as), moment(created), moment(used), moment(revoked))


class Keys(Room):
    """The part of the state that knows keys."""

    _passwords: Passwords
    _used: dict[int, float]

    def add_key(
        self,
        name: str,
        *,
        kind: KeyKind,
        login: str | None = None,
        secret: str | None = None,
        can_act_as: bool = False,
    ) -> tuple[Key, str]:
        """Make a key: the key, and its secret, which is told this once.

        Args:
            name: what the caller will present; unique among the keys that are not revoked.
            kind: ``script`` or ``user``.
            login: the tracker's user that the caller is; a user's default is its name.
            secret: a chosen one (a password of 8 characters or more, a script's key of 20 or more); random without.
            can_act_as: whether it may act as another user.

        Raises:
            InvalidInputError: for a name, a kind or a secret that cannot be one.
            ConflictError: the name is taken, or a script's chosen key is another's.
        """
        checked_name(name, "the name of a key")
        if kind not in _CHOSEN_MINIMUM:
            raise InvalidInputError(f"{kind!r} is no kind of key", hint="'script' or 'user'")
        if login is not None:
            checked_name(login, "a login")
        stored, secret = self._digest_of(kind, secret)
        values: dict[str, object] = {
            "name": name,
            "kind": kind,
            "login": login or (name if kind == "user" else None),
            "can_act_as": int(can_act_as),
            "digest": stored,
            "created_at": self._db.now_s(),
        }
        return self._insert_key(values), secret

    def _digest_of(self, kind: KeyKind, secret: str | None) -> tuple[str, str]:
        if secret is None:
            secret = secrets.token_urlsafe(32)
            return digest(secret), secret
        if not is_plain(secret, SECRET_LIMIT) or len(secret) < _CHOSEN_MINIMUM[kind]:
            what = "password" if kind == "user" else "script key"
            raise InvalidInputError(
                f"that is no {what}", hint=f"{_CHOSEN_MINIMUM[kind]} to {SECRET_LIMIT} characters, or leave it out"
            )
        return (self._passwords.stored(secret) if kind == "user" else digest(secret)), secret

    def _insert_key(self, values: dict[str, object]) -> Key:
        with self._db.transaction() as connection:
            taken = "SELECT name FROM tk_keys WHERE (name = :name AND revoked_at IS NULL) OR digest = :digest"
            for row in self._db.run(connection, taken, name=values["name"], digest=values["digest"]):
                raise ConflictError(*_taken(row[0] == values["name"], values["name"]), sent="no")
            self._db.run(connection, "DELETE FROM tk_keys WHERE name = :name", name=values["name"])
            number = self._db.next_number(connection, "tk_keys")
            self._db.run(
                connection,
                "INSERT INTO tk_keys (id, name, kind, login, can_act_as, digest, created_at)"
                " VALUES (:id, :name, :kind, :login, :can_act_as, :digest, :created_at)",
                id=number,
                **values,
            )
            return key_of(self._db.run(connection, _BY_NAME, name=values["name"])[0])

    def verify_key(self, name: str, secret: str, *, passwords: bool = True) -> Key | None:
        """The key of this name, if the secret is its own; None otherwise.

        A refusal always costs one password hash (about 0.2 s): nobody learns by time which names exist. With
        ``passwords=False`` only random keys are looked at, and nothing is spent: for callers who failed too often,
        so that they cannot guess on, and cannot lock out the right key either.
        """
        row = self._db.row(_BY_NAME, name=name) if is_plain(name) else None
        secret = secret if is_plain(secret, SECRET_LIMIT) else ""
        if row is not None and is_password(row[5]):
            good = passwords and self._passwords.matches(name, secret, row[5])
        else:
            good = hmac.compare_digest(digest(secret), "" if row is None else row[5])
            if passwords and not good:
                spend(secret, self._passwords.cost)
        return self._noted(row) if good and row is not None else None

    def verify_secret(self, secret: str) -> Key | None:
        """The key that has this random secret (for protocols that send no name with it); None if there is none.

        A password that a user chose is never found this way.
        """
        if not is_plain(secret, SECRET_LIMIT):
            return None
        row = self._db.row(_BY_DIGEST, digest=digest(secret))
        return None if row is None else self._noted(row)

    def find_key(self, name: str) -> Key | None:
        """The key of this name that is not revoked, unverified; None if there is none."""
        row = self._db.row(_BY_NAME, name=name) if is_plain(name) else None
        return None if row is None else key_of(row)

    def list_keys(self) -> list[Key]:
        """Every key, revoked ones too, in the order of their making."""
        return [key_of(row) for row in self._db.rows(_ALL)]

    def revoke_key(self, name: str) -> Key:
        """End a key and its sessions, from now on, in every process.

        Raises:
            NotFoundError: there is no such key, or it is revoked already.
        """
        with self._db.transaction() as connection:
            rows = self._db.run(connection, _BY_NAME, name=name) if is_plain(name) else []
            if not rows:
                raise NotFoundError(f"no key {str(name)[:80]!r}", hint="list the keys to see their names", sent="no")
            number = rows[0][0]
            self._db.run(connection, "DELETE FROM tk_sessions WHERE key_id = :id", id=number)
            end = "UPDATE tk_keys SET revoked_at = :now WHERE id = :id"
            self._db.run(connection, end, now=self._db.now_s(), id=number)
            return key_of((*rows[0][:8], self._db.now_s()))

    def _noted(self, row: Row) -> Key:
        """The key, its use noted once a minute: a write for each call would cost more than the call."""
        now = self._db.clock.monotonic()
        if now - self._used.get(row[0], -_USED_EVERY_S) >= _USED_EVERY_S:
            self._used[row[0]] = now
            self._note_use(row[0])
        return key_of(row)

    def _note_use(self, number: int) -> None:
        try:
            with self._db.transaction() as connection:
                note = "UPDATE tk_keys SET used_at = :now WHERE id = :id"
                self._db.run(connection, note, now=self._db.now_s(), id=number)
        except UnavailableError:
            pass  # a note for people, not worth a refused call


def _taken(by_name: bool, name: object) -> tuple[str]:
    return (f"a key {name!r} exists already" if by_name else "that secret cannot be taken",)
