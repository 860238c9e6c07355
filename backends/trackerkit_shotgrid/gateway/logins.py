"""Whether a person may call: people whose account is switched off may not, whatever the gateway's state says of them."""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock
from typing import Final

from trackerkit.clock import SYSTEM, Clock
from trackerkit.filters import Condition
from trackerkit.tracker import Tracker

REMEMBERED_S: Final = 5.0
_REMEMBERED: Final = 1_000


class Logins:
    """Who is active, asked of the tracker every few seconds at most. Thread-safe."""

    def __init__(self, clock: Clock = SYSTEM) -> None:
        self._clock = clock
        self._known: OrderedDict[tuple[str, str], tuple[float, bool]] = OrderedDict()
        self._lock = Lock()

    def is_active(self, tracker: Tracker, login: str) -> bool:
        """False for a user whose account is switched off; a tracker that has no such switch knows active ones alone."""
        key, now = (tracker.backend.site, login), self._clock.monotonic()
        with self._lock:
            until, known = self._known.get(key, (0.0, True))
        if until > now:
            return known
        found = self._ask(tracker, login)
        with self._lock:
            self._known[key] = (now + REMEMBERED_S, found)
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return found

    def forget(self) -> None:
        """Ask anew from now on: somebody's account was changed here."""
        with self._lock:
            self._known.clear()

    def _ask(self, tracker: Tracker, login: str) -> bool:
        schema = tracker.schema.read()
        if "User" not in schema or "active" not in schema.type("User").fields:
            return True
        user = tracker.find_one("User", Condition("name", "is", login), fields=["active"], state="all")
        return user is None or user["active"] is not False
