"""Opens the Tracker that a gateway's caller works with: the tracker behind it, acting as the caller."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from threading import Lock

from trackerkit.errors import NotFoundError
from trackerkit.gateway.sessions import Caller
from trackerkit.tracker import Tracker


def is_ours(tracker: Tracker) -> bool:
    """True for a tracker that nobody else administers: one whose entity types and users are ours to make."""
    return not tracker.backend.capabilities.missing(("schema.type", "schema.field"))


class Opener:
    """What a gateway's factory takes as ``open``; see ``opener``.

    A caller who is a user of the tracker acts as that user; a script whose name is a user's acts as it too, and any other
    script works as the connection itself.

    Args:
        connect: opens the tracker behind the gateway, once for each caller.
        scripts_as_users: make a User for a script that is none, so that each script is an actor of its own in the events.
    """

    def __init__(self, connect: Callable[[], Tracker], *, scripts_as_users: bool = False) -> None:
        self._connect = connect
        self._scripts_as_users = scripts_as_users
        self._service: Tracker | None = None
        self._lock = Lock()

    def __call__(self, caller: Caller) -> Tracker:
        """The caller's own Tracker.

        Raises:
            NotFoundError: the tracker has no such user.
        """
        base = self._connect()
        if "acting_as" not in base.backend.capabilities:
            return base
        if caller.user is not None:
            return base.acting_as(caller.user)
        try:
            return base.acting_as(caller.name)
        except NotFoundError:
            if not self._scripts_as_users:
                return base
        _make_user(base, caller.name)
        return base.acting_as(caller.name)

    def check(self) -> None:
        """Do nothing when the tracker behind answers.

        Raises:
            TrackerError: it does not.
        """
        self.service().find_one("Project", archived=True)

    def service(self) -> Tracker:
        """The connection itself, for what is done in nobody's name; opened once."""
        with self._lock:
            if self._service is None:
                self._service = self._connect()
            return self._service

    def close(self) -> None:
        """Let go of the connection that ``check`` and ``service`` used."""
        with self._lock:
            service, self._service = self._service, None
        if service is not None:
            service.close()


def opener(connect: Callable[[], Tracker], *, scripts_as_users: bool = False) -> Opener:
    """What a gateway's factory takes as ``open``: each caller's own Tracker over one that ``connect`` opens."""
    return Opener(connect, scripts_as_users=scripts_as_users)


def _make_user(tracker: Tracker, name: str) -> None:
    """The User that a script is; two processes may do this at once, and the key makes it one User."""
    key = uuid.uuid5(uuid.NAMESPACE_URL, f"{tracker.backend.site}/script/{name}").hex
    tracker.create("User", name=name, label=name, kind="script", active=True, key=key)
