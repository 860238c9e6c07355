"""Who may call: only what the state holds, and each caller with a Tracker of its own."""

from __future__ import annotations

import hashlib
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from trackerkit.errors import AuthenticationError, PermissionDeniedError
from trackerkit.gateway.sessions import Caller, Callers, Credential, ThrottledError
from trackerkit.gateway.settings import GatewaySettings
from trackerkit.state import State
from trackerkit.state.database import Database
from trackerkit.testing.clock import FakeClock


class Opened:
    """Stands where a Tracker does: what is tested is only who gets which, and when it is closed."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self.is_closed = False

    def close(self) -> None:
        assert not self.is_closed
        self.is_closed = True


class Opener:
    def __init__(self) -> None:
        self.opened: list[Opened] = []
        self.pause_s = 0.0

    def __call__(self, caller: Caller) -> Opened:
        time.sleep(self.pause_s)
        self.opened.append(Opened(caller))
        return self.opened[-1]


@pytest.fixture
def opener() -> Opener:
    return Opener()


@pytest.fixture
def callers(opener: Opener, state: State) -> Callers[Opened]:
    return Callers(opener, state)


@pytest.fixture
def farm(state: State) -> str:
    return state.add_key("farm", kind="script")[1]


def _script(name: str, secret: str, **more: str) -> Credential:
    return Credential("script", name, secret, **more)


def test_verify_takes_each_kind_of_credential(callers: Callers[Opened], state: State, farm: str) -> None:
    state.add_key("anna", kind="user", secret="correct horse", login="anna@studio")
    assert callers.verify(_script("farm", farm)).name == "farm"
    assert callers.verify(Credential("api_key", secret=farm)).name == "farm"
    login = callers.verify(Credential("login", "anna", "correct horse"))
    assert (login.name, login.user) == ("anna", "anna@studio")
    token = callers.login(Credential("login", "anna", "correct horse"))
    assert callers.verify(Credential("session", secret=token)).user == "anna@studio"
    assert callers.logout(token)
    with pytest.raises(AuthenticationError):
        callers.verify(Credential("session", secret=token))


def test_verify_refuses_everything_else_in_the_same_words(
    callers: Callers[Opened], state: State, farm: str, opener: Opener
) -> None:
    state.add_key("anna", kind="user", secret="correct horse")
    token = callers.login(_script("farm", farm))
    refused = [
        Credential("script"),
        Credential("session"),
        Credential("api_key"),
        Credential("login"),
        _script("farm", "x"),
        _script("nobody", farm),
        _script("anna", "correct horse"),
        Credential("login", "farm", farm),
        Credential("api_key", secret="correct horse"),
        Credential("api_key", secret=token),
        Credential("session", secret=farm),
        Credential("script", "farm", "\0"),
        Credential("script", "\ud800", "\ud800"),
    ]
    said = set()
    for credential in refused:
        with pytest.raises(AuthenticationError) as caught:
            callers.verify(credential)
        said.add(str(caught.value))
    assert len(said) == 1
    assert opener.opened == []


def test_a_revoked_key_is_refused_at_once(callers: Callers[Opened], state: State, farm: str) -> None:
    with callers.tracker(_script("farm", farm)):
        pass
    state.revoke_key("farm")
    with pytest.raises(AuthenticationError), callers.tracker(_script("farm", farm)):
        pass


def test_acting_as_needs_the_right(callers: Callers[Opened], state: State, farm: str) -> None:
    _, service = state.add_key("service", kind="script", login="bot", can_act_as=True)
    assert callers.verify(_script("service", service)).user == "bot"
    acting = callers.verify(_script("service", service, acting_as="anna"))
    assert (acting.name, acting.user) == ("service", "anna")
    assert callers.verify(_script("service", service, acting_as="bot")).user == "bot"
    with pytest.raises(PermissionDeniedError, match="may not act as another user"):
        callers.verify(_script("farm", farm, acting_as="anna"))
    state.add_key("anna", kind="user", secret="correct horse")
    assert callers.verify(Credential("login", "anna", "correct horse", acting_as="anna")).user == "anna"
    with pytest.raises(PermissionDeniedError):
        callers.verify(Credential("login", "anna", "correct horse", acting_as="boss"))


def test_a_session_keeps_whom_it_acts_as(callers: Callers[Opened], state: State) -> None:
    _, service = state.add_key("service", kind="script", login="bot", can_act_as=True)
    token = callers.login(_script("service", service, acting_as="anna"))
    assert callers.verify(Credential("session", secret=token)).user == "anna"
    assert callers.verify(Credential("session", secret=token, acting_as="bot")).user == "bot"
    assert callers.verify(Credential("session", secret=token, acting_as="boss")).user == "boss"


def test_a_session_ends(callers: Callers[Opened], farm: str, clock: FakeClock) -> None:
    token = callers.login(_script("farm", farm), ttl_s=60)
    clock.advance(61)
    with pytest.raises(AuthenticationError):
        callers.verify(Credential("session", secret=token))


def test_guessing_is_stopped_and_the_right_key_is_not(
    callers: Callers[Opened], state: State, farm: str, clock: FakeClock, caplog: pytest.LogCaptureFixture
) -> None:
    state.add_key("anna", kind="user", secret="correct horse")
    for name in ("farm", "anna"):
        kind = "script" if name == "farm" else "login"
        for _ in range(10):
            with pytest.raises(AuthenticationError) as caught:
                callers.verify(Credential(kind, name, "wrong-canary", source="10.0.0.9"))
            assert not isinstance(caught.value, ThrottledError)
        with pytest.raises(ThrottledError):
            callers.verify(Credential(kind, name, "wrong-canary", source="10.0.0.9"))
    assert callers.verify(_script("farm", farm, source="10.0.0.9")).name == "farm"
    with pytest.raises(ThrottledError):
        callers.verify(Credential("login", "anna", "correct horse", source="10.0.0.9"))
    assert callers.verify(Credential("login", "anna", "correct horse", source="10.0.0.8")).name == "anna"
    clock.advance(301)
    assert callers.verify(Credential("login", "anna", "correct horse", source="10.0.0.9")).name == "anna"
    assert "10.0.0.9" in caplog.text
    assert "wrong-canary" not in caplog.text


def test_guessing_names_from_one_address_is_stopped(callers: Callers[Opened], state: State) -> None:
    state.add_key("anna", kind="user", secret="correct horse")
    for number in range(100):
        with pytest.raises(AuthenticationError):
            callers.verify(Credential("login", f"user{number}", "x", source="10.0.0.9"))
    with pytest.raises(ThrottledError):
        callers.verify(Credential("login", "anna", "correct horse", source="10.0.0.9"))


def test_another_process_counts_too(opener: Opener, state: State, clock: FakeClock) -> None:
    one, two = Callers(opener, state), Callers(opener, state)
    for callers in (one, two) * 5:
        with pytest.raises(AuthenticationError):
            callers.verify(_script("farm", "x", source="a"))
    clock.advance(2)
    for callers in (one, two):
        with pytest.raises(ThrottledError):
            callers.verify(_script("farm", "x", source="a"))


def test_each_caller_has_one_tracker_of_its_own(
    callers: Callers[Opened], state: State, farm: str, opener: Opener
) -> None:
    _, service = state.add_key("service", kind="script", can_act_as=True)
    token = callers.login(_script("farm", farm))
    credentials = [_script("farm", farm), Credential("session", secret=token), Credential("api_key", secret=farm)]
    for credential in credentials * 2:
        with callers.tracker(credential) as tracker:
            assert tracker.caller.name == "farm"
    for user in (None, "anna", "bert"):
        with callers.tracker(_script("service", service, **({"acting_as": user} if user else {}))) as tracker:
            assert tracker.caller.user == user
    assert len(opener.opened) == 4
    callers.close()
    assert all(opened.is_closed for opened in opener.opened)


def test_many_threads_open_one_tracker(callers: Callers[Opened], farm: str, opener: Opener) -> None:
    opener.pause_s = 0.05

    def use(_: int) -> int:
        with callers.tracker(_script("farm", farm)) as tracker:
            return id(tracker)

    with ThreadPoolExecutor(8) as pool:
        assert len(set(pool.map(use, range(16)))) == 1
    assert len(opener.opened) == 1


def _keys(state: State, count: int) -> list[Credential]:
    return [_script(f"key{n}", state.add_key(f"key{n}", kind="script")[1]) for n in range(count)]


def test_trackers_of_long_ago_are_closed(opener: Opener, state: State) -> None:
    callers = Callers(opener, state, GatewaySettings(callers=3))
    credentials = _keys(state, 5)
    for credential in (*credentials[:3], credentials[0], *credentials[3:]):
        with callers.tracker(credential):
            pass
    assert [opened.is_closed for opened in opener.opened] == [False, True, True, False, False]


def test_a_tracker_in_use_is_never_closed(opener: Opener, state: State) -> None:
    callers = Callers(opener, state, GatewaySettings(callers=2))
    credentials = _keys(state, 4)
    with ExitStack() as stack:
        for credential in credentials:
            stack.enter_context(callers.tracker(credential))
        assert not any(opened.is_closed for opened in opener.opened)
        callers.close()
        assert not any(opened.is_closed for opened in opener.opened)
    assert all(opened.is_closed for opened in opener.opened)


def test_many_threads_with_many_keys_and_few_places(opener: Opener, state: State) -> None:
    callers = Callers(opener, state, GatewaySettings(callers=2))
    credentials = _keys(state, 6)
    wrong: list[str] = []

    def use(number: int) -> None:
        credential = credentials[number % 6]
        with callers.tracker(credential) as tracker:
            time.sleep(0.001)
            if tracker.is_closed or tracker.caller.name != credential.name:
                wrong.append(credential.name)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(use, range(200)))
    assert wrong == []
    callers.close()
    assert all(opened.is_closed for opened in opener.opened)


def test_a_tracker_that_cannot_be_opened_is_tried_again(state: State, farm: str) -> None:
    failures = [OSError("down")]

    def flaky(caller: Caller) -> Opened:
        if failures:
            raise failures.pop()
        return Opened(caller)

    callers = Callers(flaky, state)
    with pytest.raises(OSError, match="down"), callers.tracker(_script("farm", farm)):
        pass
    with callers.tracker(_script("farm", farm)) as tracker:
        assert not tracker.is_closed


def test_a_tracker_that_cannot_be_closed_does_not_stop_the_others(state: State) -> None:
    closed = []

    class Stuck(Opened):
        def close(self) -> None:
            closed.append(self.caller.name)
            raise OSError("stuck")

    callers = Callers(Stuck, state)
    for credential in _keys(state, 3):
        with callers.tracker(credential):
            pass
    callers.close()
    assert closed == ["key0", "key1", "key2"]


def test_secrets_are_not_shown(farm: str, callers: Callers[Opened], caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    credential = _script("farm", farm, source="here")
    assert farm not in repr(credential) + repr(callers.verify(credential)) + str(credential) + caplog.text


def test_verify_costs_one_read_and_neither_a_write_nor_a_password_hash(
    callers: Callers[Opened], farm: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the others would cost many times what a call does; the clock of the tests stands still."""
    credential = _script("farm", farm, source="here")
    callers.verify(credential)
    counted = {"scrypt": 0, "rows": 0, "transaction": 0}

    def count(owner: Any, name: str) -> None:
        real = getattr(owner, name)

        def spied(*args: Any, **more: Any) -> Any:
            counted[name] += 1
            return real(*args, **more)

        monkeypatch.setattr(owner, name, spied)

    count(hashlib, "scrypt")
    count(Database, "rows")
    count(Database, "transaction")
    for _ in range(50):
        callers.verify(credential)
    assert counted == {"scrypt": 0, "rows": 50, "transaction": 0}
    with pytest.raises(AuthenticationError):
        callers.verify(_script("farm", "wrong", source="here"))
    assert counted["scrypt"] == 1  # the spies see what there is to see
    assert counted["transaction"] > 0


def test_threads_that_guess_at_once_are_all_counted(callers: Callers[Opened], state: State) -> None:
    barrier = threading.Barrier(4)

    def guess() -> None:
        barrier.wait(5)
        for _ in range(3):
            with pytest.raises(AuthenticationError):
                callers.verify(_script("farm", "x", source="a"))

    threads = [threading.Thread(target=guess) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert state.too_many_failures("a\0farm", 10)


KindOf = Callable[[str], str]
