"""Logging in again after a 401: once, however many threads met it."""

from __future__ import annotations

import threading
from collections.abc import Callable


class Healer:
    """Calls ``heal`` for the first of the requests that were refused together; the others share its outcome.

    Args:
        heal: logs in again; says whether it did. Requests that it makes itself are not healed.

    Attributes:
        count: how often ``heal`` was called so far.
    """

    def __init__(self, heal: Callable[[], bool]) -> None:
        self.count = 0
        self._heal = heal
        self._lock = threading.Lock()
        self._thread: int | None = None
        self._is_healed = False

    def heal(self, seen: int) -> bool:
        """True when a refused request may be repeated.

        Args:
            seen: ``count`` as it was before the request.
        """
        if self._thread == threading.get_ident():
            return False  # it is the login itself that was refused
        with self._lock:
            if self.count == seen:
                self._call()
            return self._is_healed

    def _call(self) -> None:
        self._thread, self._is_healed = threading.get_ident(), False
        try:
            self._is_healed = self._heal()
        finally:
            self._thread = None
            self.count += 1
