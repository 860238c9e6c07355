"""A clock that a test moves by hand: sleeping takes no time and is written down."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta, timezone

from trackerkit.clock import Clock


class FakeClock(Clock):
    """A Clock that stands still until ``sleep`` or ``advance``; safe to share between threads.

    Args:
        start: the first ``now()``, aware; 2026-01-02 03:04:05 UTC unless given.

    Attributes:
        sleeps: the seconds of every ``sleep`` so far.
    """

    def __init__(self, start: datetime | None = None) -> None:
        self._start = start or datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
        self._passed_s = 0.0
        self._lock = threading.Lock()
        self.sleeps: list[float] = []

    def now(self) -> datetime:
        """The start plus what has passed."""
        return self._start.astimezone(timezone.utc) + timedelta(seconds=self._passed_s)

    def monotonic(self) -> float:
        """Seconds since the start, plus 1000 (a real one does not start at 0 either)."""
        return 1000.0 + self._passed_s

    def sleep(self, seconds: float) -> None:
        """Let the time pass at once, and remember how much was asked for."""
        with self._lock:
            self.sleeps.append(seconds)
            self._passed_s += seconds

    def advance(self, seconds: float) -> None:
        """Let time pass without a sleep."""
        with self._lock:
            self._passed_s += seconds
