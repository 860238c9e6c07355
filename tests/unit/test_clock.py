"""The system's clock and the one that tests move."""

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import pytest

from trackerkit.clock import SYSTEM
from trackerkit.testing.clock import FakeClock


def test_now_is_aware_and_utc() -> None:
    assert SYSTEM.now().utcoffset() == timedelta(0)
    assert abs(SYSTEM.now().timestamp() - time.time()) < 5


def test_sleep_waits() -> None:
    before = SYSTEM.monotonic()
    SYSTEM.sleep(0.02)
    assert SYSTEM.monotonic() - before >= 0.019


def test_fake_sleep_takes_no_time_and_is_written_down() -> None:
    clock = FakeClock()
    now, mark = clock.now(), clock.monotonic()
    before = time.monotonic()
    clock.sleep(3600)
    clock.advance(60)
    assert time.monotonic() - before < 1
    assert clock.now() - now == timedelta(seconds=3660)
    assert clock.monotonic() - mark == pytest.approx(3660)
    assert clock.sleeps == [3600]


def test_fake_start_is_turned_into_utc() -> None:
    start = datetime(2026, 6, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert FakeClock(start).now().isoformat() == "2026-06-01T10:00:00+00:00"
