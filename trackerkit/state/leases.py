"""Leases: one worker at a time, also when workers die, with a number that shows who came last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from trackerkit.errors import ConflictError
from trackerkit.state.room import Room, checked_name, checked_ttl, moment

if TYPE_CHECKING:  # its weight: 280 ms that only an opened state may cost
    from sqlalchemy import Connection


@dataclass(frozen=True)
class Lease:
    """The right to be the only one, for a time.

    Attributes:
        name: what it is for.
        owner: who has it.
        token: higher each time that the lease is taken; whoever has a lower one has lost it.
        expires_at: UTC, by the clock of the machine that took it.
    """

    name: str
    owner: str
    token: int
    expires_at: datetime


class Leases(Room):
    """The part of the state that knows leases."""

    def take_lease(self, name: str, owner: str, ttl_s: float) -> Lease | None:
        """The lease, if nobody has it or its time is over; None while somebody does, be it the same owner.

        Raises:
            InvalidInputError: for a name, an owner or a ``ttl_s`` that cannot be one.
        """
        checked_name(name, "the name of a lease")
        checked_name(owner, "the owner of a lease")
        until = self._db.now_s() + checked_ttl(ttl_s)
        with self._db.transaction() as connection:
            self._db.run(
                connection,
                "INSERT INTO tk_leases (name, owner, token, expires_at) VALUES (:name, NULL, 0, 0)"
                " ON CONFLICT (name) DO NOTHING",
                name=name,
            )
            taken = self._db.changed(
                connection,
                "UPDATE tk_leases SET owner = :owner, token = token + 1, expires_at = :until"
                " WHERE name = :name AND (owner IS NULL OR expires_at <= :now)",
                owner=owner,
                until=until,
                name=name,
                now=self._db.now_s(),
            )
            if not taken:
                return None
            token = self._db.run(connection, "SELECT token FROM tk_leases WHERE name = :name", name=name)[0][0]
        return Lease(name, owner, int(token), moment(until))

    def renew_lease(self, lease: Lease, ttl_s: float) -> Lease:
        """The same lease, good for ``ttl_s`` seconds from now; also when it ran out and nobody took it.

        Raises:
            ConflictError: another has taken it meanwhile, or it was released.
        """
        until = self._db.now_s() + checked_ttl(ttl_s)
        with self._db.transaction() as connection:
            renewed = self._db.changed(
                connection,
                "UPDATE tk_leases SET expires_at = :until WHERE name = :name AND token = :token AND owner = :owner",
                until=until,
                name=lease.name,
                token=lease.token,
                owner=lease.owner,
            )
        if not renewed:
            raise _lost(lease)
        return Lease(lease.name, lease.owner, lease.token, moment(until))

    def check_lease(self, lease: Lease, connection: Connection) -> None:
        """Inside a transaction: make sure, to its end, that nobody has taken the lease meanwhile.

        Raises:
            ConflictError: somebody has, or it was released.
        """
        held = self._db.changed(
            connection,
            "UPDATE tk_leases SET token = token WHERE name = :name AND token = :token AND owner = :owner",
            name=lease.name,
            token=lease.token,
            owner=lease.owner,
        )
        if not held:
            raise _lost(lease)

    def release_lease(self, lease: Lease) -> bool:
        """Give it back: False when it was lost before."""
        with self._db.transaction() as connection:
            free = "UPDATE tk_leases SET owner = NULL, expires_at = 0 WHERE name = :name AND token = :token"
            owned = f"{free} AND owner = :owner"
            changed = self._db.changed(connection, owned, name=lease.name, token=lease.token, owner=lease.owner)
            return changed > 0


def _lost(lease: Lease) -> ConflictError:
    return ConflictError(f"the lease {lease.name!r} is lost", hint="another has taken it; stop, then take it again")
