"""Sessions: tokens that stand for a key, for a time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from trackerkit.errors import InvalidInputError, NotFoundError
from trackerkit.state import State
from trackerkit.testing.clock import FakeClock


def test_find_session_gives_the_key_and_the_user(state: State, clock: FakeClock) -> None:
    key, _ = state.add_key("farm", kind="script", can_act_as=True)
    token = state.add_session("farm", acting_as="anna", ttl_s=60)
    session = state.find_session(token)
    assert session is not None
    assert session.key == key
    assert session.acting_as == "anna"
    assert session.expires_at == clock.now() + timedelta(seconds=60)


def test_session_tokens_are_random_and_kept_hashed(state: State) -> None:
    state.add_key("farm", kind="script")
    tokens = {state.add_session("farm") for _ in range(20)}
    assert len(tokens) == 20
    assert all(len(bytes.fromhex(token)) == 32 for token in tokens)
    stored = repr(state._db.rows("SELECT * FROM tk_sessions"))
    assert not any(token in stored for token in tokens)


def test_session_expires(state: State, clock: FakeClock) -> None:
    state.add_key("farm", kind="script")
    token = state.add_session("farm", ttl_s=60)
    clock.advance(59)
    assert state.find_session(token) is not None
    clock.advance(1)
    assert state.find_session(token) is None
    state.add_session("farm")
    assert len(state._db.rows("SELECT * FROM tk_sessions")) == 1  # what has expired is swept


def test_end_session_ends_one(state: State) -> None:
    state.add_key("farm", kind="script")
    one, two = state.add_session("farm"), state.add_session("farm")
    assert state.end_session(one)
    assert not state.end_session(one)
    assert state.find_session(one) is None
    assert state.find_session(two) is not None


def test_revoke_key_ends_the_sessions_of_it_alone(state: State) -> None:
    state.add_key("farm", kind="script")
    state.add_key("barn", kind="script")
    farm, barn = state.add_session("farm"), state.add_session("barn")
    state.revoke_key("farm")
    state.add_key("farm", kind="script")
    assert state.find_session(farm) is None
    assert state.find_session(barn) is not None


@pytest.mark.parametrize("token", ["", "x", "\0", "\ud800", "a" * 10**6, "' OR 1=1 --"])
def test_find_session_of_nonsense_is_none(state: State, token: str) -> None:
    assert state.find_session(token) is None
    assert state.end_session(token) is False


def test_add_session_needs_a_key_and_a_time(state: State) -> None:
    state.add_key("farm", kind="script")
    with pytest.raises(NotFoundError, match="no key 'barn'"):
        state.add_session("barn")
    for ttl_s in (0, -1, float("nan"), float("inf")):
        with pytest.raises(InvalidInputError, match="time to live"):
            state.add_session("farm", ttl_s=ttl_s)
    state.revoke_key("farm")
    with pytest.raises(NotFoundError, match="no key 'farm'"):
        state.add_session("farm")
