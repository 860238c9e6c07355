"""Keys and passwords: made once, kept hashed, verified, revoked."""

from __future__ import annotations

import logging
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from trackerkit.errors import ConflictError, InvalidInputError, NotFoundError
from trackerkit.state import State
from trackerkit.state.passwords import REMEMBERED_S, Cost
from trackerkit.testing.clock import FakeClock


def _everything_stored(state: State) -> str:
    return repr(state._db.rows("SELECT * FROM tk_keys"))


def test_add_key_gives_a_random_secret_that_verifies(state: State) -> None:
    key, secret = state.add_key("farm", kind="script")
    other, other_secret = state.add_key("review", kind="script")
    assert (key.name, key.kind, key.login, key.can_act_as) == ("farm", "script", None, False)
    assert len(secret) >= 43
    assert secret != other_secret
    assert key.id != other.id
    assert state.verify_key("farm", secret) is not None
    assert state.verify_key("farm", other_secret) is None
    assert state.verify_secret(other_secret) == state.verify_key("review", other_secret)


def test_add_key_keeps_no_secret(state: State) -> None:
    _, secret = state.add_key("farm", kind="script")
    state.add_key("anna", kind="user", secret="correct horse")
    assert secret not in _everything_stored(state)
    assert "correct horse" not in _everything_stored(state)


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("farm", ""),
        ("farm", "x" * 43),
        ("farm", "x" * 10**6),
        ("nobody", "x" * 43),
        ("", ""),
        ("farm\0", "x"),
        ("\ud800", "\ud800"),
        ("farm", "\ud800"),
        ("' OR '1'='1", "' OR '1'='1"),
        ("n" * 10**6, "x"),
    ],
)
def test_verify_key_refuses(state: State, name: str, secret: str) -> None:
    state.add_key("farm", kind="script")
    assert state.verify_key(name, secret) is None
    assert state.verify_secret(secret) is None


def test_verify_key_is_exact_about_case(state: State) -> None:
    _, secret = state.add_key("Farm", kind="script")
    assert state.verify_key("farm", secret) is None
    assert state.verify_key("Farm", secret) is not None


def test_verify_key_takes_a_password_by_name_alone(state: State) -> None:
    key, secret = state.add_key("anna", kind="user", secret="correct horse")
    assert secret == "correct horse"
    assert key.login == "anna"
    assert state.verify_key("anna", "correct horse") is not None
    assert state.verify_key("anna", "correct horsf") is None
    assert state.verify_secret("correct horse") is None


def test_verify_key_costs_the_same_for_every_refusal(place: str, clock: FakeClock) -> None:
    """Given a hash that takes about 50 ms, no refusal is quick; what is right is."""
    cost = Cost(n=2**14, r=8, p=1)
    with State.open(place, clock=clock, password_cost=cost) as state:
        _, secret = state.add_key("farm", kind="script")
        state.add_key("anna", kind="user", secret="correct horse")

        def spent(name: str, secret: str) -> float:
            state.verify_key(name, secret)
            start = time.perf_counter()
            state.verify_key(name, secret)
            return time.perf_counter() - start

        refused = [spent("nobody", "x" * 9), spent("farm", "x" * 9), spent("anna", "x" * 9), spent("", "x")]
        accepted = [spent("farm", secret), spent("anna", "correct horse")]
    assert min(refused) > 5 * max(accepted)
    assert min(refused) > 0.01


def test_verify_key_forgets_a_password_after_minutes(place: str, clock: FakeClock) -> None:
    with State.open(place, clock=clock, password_cost=Cost(n=2**14, r=8, p=1)) as state:
        state.add_key("anna", kind="user", secret="correct horse")

        def spent() -> float:
            start = time.perf_counter()
            assert state.verify_key("anna", "correct horse") is not None
            return time.perf_counter() - start

        first, second = spent(), spent()
        clock.advance(REMEMBERED_S + 1)
        third = spent()
    assert second < first / 5
    assert third > second * 5


def test_revoke_key_ends_it_at_once_in_every_process(state: State, place: str, clock: FakeClock) -> None:
    state.add_key("anna", kind="user", secret="correct horse")
    assert state.verify_key("anna", "correct horse") is not None  # and is remembered
    token = state.add_session("anna")
    with State.open(place, clock=clock) as other:
        revoked = other.revoke_key("anna")
    assert revoked.revoked_at == clock.now()
    assert state.verify_key("anna", "correct horse") is None
    assert state.find_session(token) is None
    assert state.list_keys()[0].revoked_at == clock.now()
    with pytest.raises(NotFoundError, match="no key 'anna'"):
        state.revoke_key("anna")


def test_add_key_again_after_revoking_is_another_key(state: State) -> None:
    old, old_secret = state.add_key("farm", kind="script")
    state.revoke_key("farm")
    new, new_secret = state.add_key("farm", kind="script")
    assert new.id > old.id
    assert state.verify_key("farm", old_secret) is None
    assert state.verify_secret(new_secret) == state.find_key("farm")


def test_add_key_refuses_a_taken_name_and_secret(state: State) -> None:
    state.add_key("farm", kind="script", secret="a key of twenty characters")
    with pytest.raises(ConflictError, match="'farm' exists already"):
        state.add_key("farm", kind="user")
    with pytest.raises(ConflictError, match="cannot be taken"):
        state.add_key("barn", kind="script", secret="a key of twenty characters")


@pytest.mark.parametrize(
    ("name", "more", "match"),
    [
        ("", {}, "name of a key"),
        ("x" * 256, {}, "name of a key"),
        ("a\0b", {}, "name of a key"),
        ("a", {"kind": "robot"}, "no kind of key"),
        ("a", {"login": ""}, "a login"),
        ("a", {"secret": "short"}, "no script key"),
        ("a", {"secret": ""}, "no script key"),
        ("a", {"kind": "user", "secret": "short"}, "no password"),
        ("a", {"kind": "user", "secret": "x" * 1025}, "no password"),
    ],
)
def test_add_key_refuses(state: State, name: str, more: dict[str, str], match: str) -> None:
    with pytest.raises(InvalidInputError, match=match) as caught:
        state.add_key(name, **{"kind": "script", **more})  # type: ignore[arg-type]
    assert "short" not in str(caught.value)
    assert state.list_keys() == []


def test_last_use_is_noted_once_a_minute(state: State, clock: FakeClock) -> None:
    _, secret = state.add_key("farm", kind="script")
    start = clock.now()
    seen = []
    for _ in range(4):
        state.verify_key("farm", secret)
        seen.append(state.list_keys()[0].last_used_at)
        clock.advance(40)
    assert seen == [start, start, start + timedelta(seconds=80), start + timedelta(seconds=80)]


def test_too_many_failures_counts_a_source(state: State, clock: FakeClock) -> None:
    for _ in range(9):
        state.add_failure("10.0.0.9 farm")
    assert not state.too_many_failures("10.0.0.9 farm")
    state.add_failure("10.0.0.9 farm")
    assert state.too_many_failures("10.0.0.9 farm")
    assert not state.too_many_failures("10.0.0.9 barn")
    clock.advance(301)
    assert not state.too_many_failures("10.0.0.9 farm")
    state.add_failure("10.0.0.9 farm")
    assert not state.too_many_failures("10.0.0.9 farm")


def test_forget_failures_starts_again(state: State) -> None:
    for _ in range(10):
        state.add_failure("a")
    state.forget_failures("a")
    state.forget_failures("b")
    assert not state.too_many_failures("a")


def test_add_failure_counts_each_of_many_threads(state: State) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: state.add_failure("a"), range(64)))
    assert state.too_many_failures("a", limit=64)
    assert not state.too_many_failures("a", limit=65)


def test_no_secret_reaches_a_log_or_a_repr(state: State, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    key, secret = state.add_key("farm", kind="script")
    token = state.add_session("farm")
    state.verify_key("farm", secret)
    state.verify_key("farm", secret + "x")
    shown = caplog.text + repr(key) + repr(state.find_session(token)) + repr(state)
    assert secret not in shown
    assert token not in shown
