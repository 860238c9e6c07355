"""Time as an argument: what waits or compares times takes a Clock, so that a test can run it in no time."""

from __future__ import annotations

import time
from datetime import datetime, timezone


class Clock:
    """The system's time; ``trackerkit.testing.clock.FakeClock`` is one that a test moves by hand."""

    def now(self) -> datetime:
        """The time of day, aware, in UTC."""
        return datetime.now(timezone.utc)

    def monotonic(self) -> float:
        """Seconds since some moment; they never jump, so differences and deadlines are made of them."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait."""
        time.sleep(seconds)


SYSTEM = Clock()
