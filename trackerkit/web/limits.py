"""How much one key may ask for: so many requests a second, so many at once."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from trackerkit.clock import SYSTEM, Clock
from trackerkit.web.errors import TooManyRequestsError
from trackerkit.web.settings import WebSettings

_KEYS_LIMIT: Final = 10_000


class _Account:
    """What one key has used: tokens of its bucket, and turns."""

    __slots__ = ("at", "tokens", "turns", "users")

    def __init__(self, burst: int, concurrency: int, now: float) -> None:
        self.tokens = float(burst)
        self.at = now
        self.turns = asyncio.Semaphore(concurrency)
        self.users = 0


class Limiter:
    """Keeps each key within its rate and its share. Used by the event loop's thread alone.

    Args:
        settings: ``rate_per_s``, ``burst``, ``concurrency`` and ``waiting``.
        clock: where the time comes from.
    """

    def __init__(self, settings: WebSettings, clock: Clock = SYSTEM) -> None:
        self._settings = settings
        self._clock = clock
        self._accounts: OrderedDict[str, _Account] = OrderedDict()

    @asynccontextmanager
    async def slot(self, key: str) -> AsyncIterator[None]:
        """Work for one key: waits for its turn while the key has its share of requests running.

        Raises:
            TooManyRequestsError: the key asks too often, or too many of its requests wait already.
        """
        account = self._account(key)
        self._take(account)
        if account.users >= self._settings.concurrency + self._settings.waiting:
            raise TooManyRequestsError("too many requests of this key wait already", retry_after_s=1.0)
        account.users += 1
        try:
            async with account.turns:
                yield
        finally:
            account.users -= 1

    def _account(self, key: str) -> _Account:
        account = self._accounts.get(key)
        if account is None:
            self._forget_idle()
            account = _Account(self._settings.burst, self._settings.concurrency, self._clock.monotonic())
            self._accounts[key] = account
        self._accounts.move_to_end(key)
        return account

    def _forget_idle(self) -> None:
        while len(self._accounts) >= _KEYS_LIMIT:
            oldest = next((key for key, account in self._accounts.items() if not account.users), None)
            if oldest is None:
                raise TooManyRequestsError("too many callers at once", retry_after_s=1.0)
            del self._accounts[oldest]

    def _take(self, account: _Account) -> None:
        rate = self._settings.rate_per_s
        if not rate:
            return
        now = self._clock.monotonic()
        account.tokens = min(float(self._settings.burst), account.tokens + (now - account.at) * rate)
        account.at = now
        if account.tokens < 1.0:
            wait_s = (1.0 - account.tokens) / rate
            raise TooManyRequestsError("too many requests", hint="slow down", retry_after_s=wait_s)
        account.tokens -= 1.0
