"""How often one key may call: so many times in the long run, and so many at once after a pause."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock
from typing import Final

from trackerkit.clock import SYSTEM, Clock
from trackerkit.web.errors import TooManyRequestsError
from trackerkit.web.settings import WebSettings

_KEYS_LIMIT: Final = 10_000


class Rates:
    """One bucket of tokens a key. Safe to share between threads; each process of a server keeps its own.

    Args:
        settings: ``rate_per_s`` and ``burst``.
        clock: where the time comes from.
    """

    def __init__(self, settings: WebSettings, clock: Clock = SYSTEM) -> None:
        self._rate = settings.rate_per_s
        self._burst = float(settings.burst)
        self._clock = clock
        self._buckets: OrderedDict[Hashable, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: Hashable, name: str) -> None:
        """One call of a key.

        Args:
            key: the key's id; for calls without one, the address.
            name: its name, for the text.

        Raises:
            TooManyRequestsError: it calls too often.
        """
        if not self._rate:
            return
        with self._lock:
            now = self._clock.monotonic()
            tokens, at = self._buckets.pop(key, (self._burst, now))
            tokens = min(self._burst, tokens + (now - at) * self._rate)
            is_allowed = tokens >= 1.0
            self._buckets[key] = (tokens - 1.0 if is_allowed else tokens, now)
            if len(self._buckets) > _KEYS_LIMIT:
                self._buckets.popitem(last=False)
        if not is_allowed:
            wait_s = (1.0 - tokens) / self._rate
            raise TooManyRequestsError(f"{name!r} calls too often", hint="slow down", retry_after_s=wait_s)
