"""Opens the Tracker that a gateway's caller works with: the tracker behind it, acting as the caller."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from trackerkit.errors import NotFoundError
from trackerkit.gateway.sessions import Caller
from trackerkit.tracker import Tracker


def is_ours(tracker: Tracker) -> bool:
    """True for a tracker that nobody else administers: one whose entity types and users are ours to make."""
    return not tracker.backend.capabilities.missing(("schema.type", "schema.field"))


def opener(connect: Callable[[], Tracker], *, scripts_as_users: bool = False) -> Callable[[Caller], Tracker]:
    """What a gateway's factory takes as ``open``.

    A caller who is a user of the tracker acts as that user; a script whose name is a user's acts as it too, and any other
    script works as the connection itself.

    Args:
        connect: opens the tracker behind the gateway, once for each caller.
        scripts_as_users: make a User for a script that is none, so that each script is an actor of its own in the events.
    """

    def open_for(caller: Caller) -> Tracker:
        base = connect()
        if "acting_as" not in base.backend.capabilities:
            return base
        if caller.user is not None:
            return base.acting_as(caller.user)
        try:
            return base.acting_as(caller.name)
        except NotFoundError:
            if not scripts_as_users:
                return base
        _make_user(base, caller.name)
        return base.acting_as(caller.name)

    return open_for


def _make_user(tracker: Tracker, name: str) -> None:
    """The User that a script is; two processes may do this at once, and the key makes it one User."""
    key = uuid.uuid5(uuid.NAMESPACE_URL, f"{tracker.backend.site}/script/{name}").hex
    tracker.create("User", name=name, label=name, kind="script", active=True, key=key)
