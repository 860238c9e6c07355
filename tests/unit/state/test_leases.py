"""Leases: one owner at a time, and whoever lost it is told."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from trackerkit.errors import ConflictError, InvalidInputError
from trackerkit.state import State
from trackerkit.testing.clock import FakeClock


def test_take_lease_is_for_one(state: State) -> None:
    lease = state.take_lease("daemon", "one", 60)
    assert lease is not None
    assert state.take_lease("daemon", "two", 60) is None
    assert state.take_lease("daemon", "one", 60) is None
    assert state.take_lease("sync", "two", 60) is not None


def test_take_lease_by_many_at_once(state: State) -> None:
    with ThreadPoolExecutor(8) as pool:
        leases = list(pool.map(lambda n: state.take_lease("daemon", f"worker {n}", 60), range(16)))
    assert sum(lease is not None for lease in leases) == 1


def test_take_lease_after_its_time_fences_the_old_owner(state: State, clock: FakeClock) -> None:
    old = state.take_lease("daemon", "one", 60)
    clock.advance(60)
    new = state.take_lease("daemon", "two", 60)
    assert old is not None
    assert new is not None
    assert new.token > old.token
    with pytest.raises(ConflictError, match="lost"):
        state.renew_lease(old, 60)
    with pytest.raises(ConflictError, match="lost"), state.transaction() as connection:
        state.check_lease(old, connection)
    assert not state.release_lease(old)
    with state.transaction() as connection:
        state.check_lease(new, connection)


def test_renew_lease_keeps_it(state: State, clock: FakeClock) -> None:
    lease = state.take_lease("daemon", "one", 60)
    assert lease is not None
    for _ in range(3):
        clock.advance(59)
        lease = state.renew_lease(lease, 60)
    assert state.take_lease("daemon", "two", 60) is None
    clock.advance(61)
    assert state.renew_lease(lease, 60).token == lease.token  # nobody took it


def test_release_lease_frees_it(state: State) -> None:
    lease = state.take_lease("daemon", "one", 60)
    assert lease is not None
    assert state.release_lease(lease)
    assert not state.release_lease(lease)
    with pytest.raises(ConflictError, match="lost"):
        state.renew_lease(lease, 60)
    again = state.take_lease("daemon", "two", 60)
    assert again is not None
    assert again.token > lease.token


def test_take_lease_refuses_what_is_none(state: State) -> None:
    for name, owner, ttl_s in (("", "one", 60), ("daemon", "", 60), ("daemon", "one", 0)):
        with pytest.raises(InvalidInputError):
            state.take_lease(name, owner, ttl_s)
