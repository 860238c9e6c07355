"""Passwords that people chose: scrypt, and what was right is remembered for minutes under a key of this process."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from threading import Lock
from typing import Final, NamedTuple

from trackerkit.clock import Clock

REMEMBERED_S: Final = 300.0
_REMEMBERED_LIMIT: Final = 4096
_MARK: Final = "scrypt"


class Cost(NamedTuple):
    """What one password hash costs: 16 MiB and about 0.2 s, as OWASP's password storage page asks for scrypt."""

    n: int = 2**14
    r: int = 8
    p: int = 5


def is_password(stored: str) -> bool:
    """Whether a stored digest is a password's, not a random key's."""
    return stored.startswith(_MARK)


def _hash(password: str, salt: bytes, cost: Cost) -> bytes:
    data = password.encode("utf-8", "surrogatepass")
    room = 2 * 128 * cost.r * (cost.n + cost.p)
    return hashlib.scrypt(data, salt=salt, n=cost.n, r=cost.r, p=cost.p, maxmem=room, dklen=32)


def spend(password: str, cost: Cost) -> None:
    """The work of one refused password, for callers whose name is unknown."""
    _hash(password, b"no such name....", cost)


class Passwords:
    """Makes and checks stored passwords."""

    def __init__(self, clock: Clock, cost: Cost) -> None:
        self.cost = cost
        self._clock = clock
        self._own = secrets.token_bytes(32)
        self._until: dict[bytes, float] = {}
        self._lock = Lock()

    def stored(self, password: str) -> str:
        """The text to keep: the cost, a salt and the hash."""
        salt = secrets.token_bytes(16)
        n, r, p = self.cost
        return f"{_MARK}${n}${r}${p}${salt.hex()}${_hash(password, salt, self.cost).hex()}"

    def matches(self, name: str, password: str, stored: str) -> bool:
        """Whether the password is the one that is stored; a right one is free for the next minutes."""
        mark = hmac.digest(self._own, f"{name}\0{stored}\0{password}".encode("utf-8", "surrogatepass"), "sha256")
        with self._lock:
            if self._until.get(mark, 0.0) > self._clock.monotonic():
                return True
        _, n, r, p, salt, wanted = stored.split("$")
        found = _hash(password, bytes.fromhex(salt), Cost(int(n), int(r), int(p)))
        good = hmac.compare_digest(found, bytes.fromhex(wanted))
        if good:
            self._remember(mark)
        return good

    def _remember(self, mark: bytes) -> None:
        with self._lock:
            if len(self._until) >= _REMEMBERED_LIMIT:
                self._until.clear()
            self._until[mark] = self._clock.monotonic() + REMEMBERED_S
