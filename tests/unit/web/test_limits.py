"""Rates and shares of one key."""

from __future__ import annotations

import asyncio

import pytest

from trackerkit.testing.clock import FakeClock
from trackerkit.web import limits
from trackerkit.web.errors import TooManyRequestsError
from trackerkit.web.limits import Limiter
from trackerkit.web.settings import WebSettings


async def _use(limiter: Limiter, key: str = "farm") -> None:
    async with limiter.slot(key):
        pass


def test_slot_allows_a_burst_then_a_rate() -> None:
    clock = FakeClock()
    limiter = Limiter(WebSettings(rate_per_s=10, burst=5), clock)

    async def main() -> None:
        for _ in range(5):
            await _use(limiter)
        with pytest.raises(TooManyRequestsError) as caught:
            await _use(limiter)
        assert caught.value.retry_after_s == pytest.approx(0.1)
        await _use(limiter, "another")
        clock.advance(0.1)
        await _use(limiter)
        with pytest.raises(TooManyRequestsError):
            await _use(limiter)
        clock.advance(3600)
        for _ in range(5):
            await _use(limiter)
        with pytest.raises(TooManyRequestsError):
            await _use(limiter)

    asyncio.run(main())


def test_slot_without_a_rate_never_refuses() -> None:
    limiter = Limiter(WebSettings(rate_per_s=0, burst=0), FakeClock())

    async def main() -> None:
        for _ in range(1000):
            await _use(limiter)

    asyncio.run(main())


def test_slot_gives_each_key_its_share_and_lets_the_rest_wait() -> None:
    limiter = Limiter(WebSettings(concurrency=2, waiting=3), FakeClock())
    running, most = {"a": 0, "b": 0}, {"a": 0, "b": 0}

    async def work(key: str) -> str:
        async with limiter.slot(key):
            running[key] += 1
            most[key] = max(most[key], running[key])
            await asyncio.sleep(0.01)
            running[key] -= 1
        return key

    async def main() -> None:
        results = await asyncio.gather(*(work(key) for key in "a" * 7 + "b"), return_exceptions=True)
        refused = [result for result in results if isinstance(result, TooManyRequestsError)]
        assert len(refused) == 2
        assert most == {"a": 2, "b": 1}
        assert await work("a") == "a"

    asyncio.run(main())


def test_slot_is_given_back_after_an_error_and_a_cancellation() -> None:
    limiter = Limiter(WebSettings(concurrency=1, waiting=1), FakeClock())

    async def fail() -> None:
        async with limiter.slot("a"):
            await asyncio.sleep(0)
            raise ZeroDivisionError

    async def hang() -> None:
        async with limiter.slot("a"):
            await asyncio.sleep(60)

    async def main() -> None:
        for _ in range(3):
            with pytest.raises(ZeroDivisionError):
                await fail()
        tasks = [asyncio.create_task(hang()) for _ in range(2)]
        await asyncio.sleep(0)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await _use(limiter, "a")

    asyncio.run(main())


def test_idle_keys_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "_KEYS_LIMIT", 3)
    limiter = Limiter(WebSettings(), FakeClock())

    async def main() -> None:
        async with limiter.slot("busy"):
            for number in range(20):
                await _use(limiter, str(number))
            assert len(limiter._accounts) == 3
            assert "busy" in limiter._accounts

    asyncio.run(main())
