"""The one retry policy: what is tried again, how often, after how long, and what never is."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import TypeVar

from trackerkit.clock import SYSTEM, Clock
from trackerkit.errors import ProtocolError, TrackerError, UnavailableError
from trackerkit.secrets import get_logger

T = TypeVar("T")

log = get_logger(__name__)


class RetryBudget:
    """How many retries all threads together may spend: a server that is down is not asked three times as often.

    A retry costs ``cost`` tokens, a success gives ``refund`` back, up to ``capacity``. First attempts are free.
    """

    def __init__(self, capacity: float = 500.0, cost: float = 5.0, refund: float = 1.0) -> None:
        self.capacity, self.cost, self.refund = capacity, cost, refund
        self._left = capacity
        self._lock = threading.Lock()

    @property
    def left(self) -> float:
        """The tokens that are left."""
        return self._left

    def spend(self) -> bool:
        """Pay for one retry; False when there is too little left."""
        with self._lock:
            if self._left < self.cost:
                return False
            self._left -= self.cost
            return True

    def give_back(self) -> None:
        """Count a success."""
        if self._left < self.capacity:
            with self._lock:
                self._left = min(self.capacity, self._left + self.refund)


class RetryPolicy:
    """When to try again: exponential waits with full jitter, a deadline, a shared budget, the server's Retry-After.

    Args:
        attempts: how often a call is made at most, the first time included.
        base_s: the first wait is a random time between 0 and this; every further one may be twice as long.
        cap_s: the longest wait. A server that asks for more is not waited for.
        deadline_s: no wait ends later than this after the first attempt began.
        budget: shared by all calls under this policy; its own unless given.
    """

    def __init__(
        self,
        attempts: int = 3,
        base_s: float = 0.25,
        cap_s: float = 20.0,
        deadline_s: float = 120.0,
        budget: RetryBudget | None = None,
    ) -> None:
        if attempts < 1 or base_s < 0 or cap_s < 0 or deadline_s < 0:
            raise ValueError("a policy has at least one attempt and no negative times")
        self.attempts, self.base_s, self.cap_s, self.deadline_s = attempts, base_s, cap_s, deadline_s
        self.budget = budget or RetryBudget()

    def __repr__(self) -> str:
        return (
            f"RetryPolicy(attempts={self.attempts}, base_s={self.base_s}, cap_s={self.cap_s}, "
            f"deadline_s={self.deadline_s})"
        )

    def run(self, call: Callable[[], T], *, safe: bool, clock: Clock = SYSTEM) -> T:
        """Make a call, again where that is right; the last error as it is where it is not.

        Tried again is an error that is ``retryable`` when the call is safe, or when it never left (``sent == "no"``).
        An unsafe call that may have left is never made twice.

        Args:
            call: makes one attempt; takes nothing.
            safe: True when making the call twice does no more than making it once.
            clock: measures and waits.
        """
        started = clock.monotonic()
        attempt = 1
        while True:
            try:
                result = call()
            except TrackerError as error:
                pause_s = self._pause_before_next(error, attempt, safe, clock.monotonic() - started)
                if pause_s is None:
                    raise
                log.info("attempt %d of %d failed, next in %.2f s: %s", attempt, self.attempts, pause_s, error)
            else:
                self.budget.give_back()
                return result
            clock.sleep(pause_s)
            attempt += 1

    def pause_s(self, attempt: int, error: TrackerError | None = None) -> float:
        """How long to wait after the ``attempt``-th failure in a row: a random time, or what the server asked for."""
        asked_s = error.retry_after_s if isinstance(error, UnavailableError) else None
        if asked_s is not None:
            return asked_s + random.uniform(0, self.base_s)  # noqa: S311 - jitter is no secret
        return random.uniform(0, min(self.cap_s, self.base_s * 2.0 ** min(attempt - 1, 60)))  # noqa: S311

    def _pause_before_next(self, error: TrackerError, attempt: int, safe: bool, passed_s: float) -> float | None:
        if not error.retryable or not (safe or error.sent == "no") or attempt >= self.attempts:
            return None
        asked_s = error.retry_after_s if isinstance(error, UnavailableError) else None
        pause_s = self.pause_s(attempt, error)
        if (asked_s or 0) > self.cap_s or passed_s + pause_s > self.deadline_s or not self.budget.spend():
            return None
        return pause_s


def is_outcome_unknown(error: TrackerError) -> bool:
    """True when a change may or may not have been made: it may have left, and no usable answer came back."""
    return error.sent == "unknown" or isinstance(error, ProtocolError)
