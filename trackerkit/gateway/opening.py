"""Opens the Tracker that a gateway's caller works with: the tracker behind it, acting as the caller."""

from __future__ import annotations

from collections.abc import Callable

from trackerkit.errors import NotFoundError
from trackerkit.gateway.sessions import Caller
from trackerkit.tracker import Tracker


def opener(connect: Callable[[], Tracker]) -> Callable[[Caller], Tracker]:
    """What a gateway's factory takes as ``open``.

    A caller who is a user of the tracker acts as that user; a script whose name is a user's acts as it too, and any other
    script works as the connection itself.

    Args:
        connect: opens the tracker behind the gateway, once for each caller.
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
            return base

    return open_for
