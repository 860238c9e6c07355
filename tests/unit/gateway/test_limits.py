"""What a gateway keeps each key to, who a script is, and what its health is."""

from __future__ import annotations

import threading

import pytest

from trackerkit.errors import NotFoundError, UnavailableError
from trackerkit.filters import field
from trackerkit.gateway.health import health_checks
from trackerkit.gateway.opening import is_ours, opener
from trackerkit.gateway.rates import Rates
from trackerkit.gateway.sessions import Caller, Callers, Credential
from trackerkit.gateway.settings import GatewaySettings
from trackerkit.state import State
from trackerkit.testing.clock import FakeClock
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker
from trackerkit.web.errors import TooManyRequestsError


def test_a_key_has_a_burst_then_a_rate(clock: FakeClock) -> None:
    rates = Rates(GatewaySettings(rate_per_s=10, burst=3), clock)
    for _ in range(3):
        rates.take(1, "farm")
    with pytest.raises(TooManyRequestsError, match="farm") as caught:
        rates.take(1, "farm")
    assert caught.value.retry_after_s == pytest.approx(0.1)
    rates.take(2, "another key is another bucket")
    clock.advance(0.1)
    rates.take(1, "farm")
    with pytest.raises(TooManyRequestsError):
        rates.take(1, "farm")


def test_a_bucket_never_holds_more_than_the_burst(clock: FakeClock) -> None:
    rates = Rates(GatewaySettings(rate_per_s=10, burst=2), clock)
    clock.advance(3600)
    rates.take(1, "farm")
    rates.take(1, "farm")
    with pytest.raises(TooManyRequestsError):
        rates.take(1, "farm")


def test_without_a_rate_nothing_is_counted(clock: FakeClock) -> None:
    rates = Rates(GatewaySettings(rate_per_s=0, burst=1), clock)
    for _ in range(100):
        rates.take(1, "farm")


def test_threads_share_the_buckets(clock: FakeClock) -> None:
    rates = Rates(GatewaySettings(rate_per_s=1, burst=50), clock)
    taken: list[bool] = []

    def call() -> None:
        for _ in range(20):
            try:
                rates.take(1, "farm")
                taken.append(True)
            except TooManyRequestsError:
                taken.append(False)

    threads = [threading.Thread(target=call) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(taken) == 50


def test_callers_keep_each_key_to_its_rate_and_sessions_too(state: State) -> None:
    _, key = state.add_key("farm", kind="script")
    callers = Callers(lambda caller: Tracker(MemoryBackend()), state, GatewaySettings(rate_per_s=0.001, burst=2))
    token = callers.login(Credential("script", "farm", key))
    callers.verify(Credential("session", secret=token))
    with pytest.raises(TooManyRequestsError):
        callers.verify(Credential("api_key", secret=key))


# --- who a script is -------------------------------------------------------------------------------------------------


def caller(state: State, name: str, **more: str) -> Caller:
    return Caller(state.add_key(name, kind="script", **more)[0])  # type: ignore[arg-type]


def test_each_script_is_an_actor_of_its_own(state: State) -> None:
    base = Tracker(MemoryBackend())
    made = opener(lambda: base, scripts_as_users=True)
    for name in ("farm", "ingest"):
        made(caller(state, name)).create("Project", name=f"by {name}")
    found = {row["name"]: row["created_by"].label for row in base.find("Project", fields=["name", "created_by"])}
    assert found == {"by farm": "farm", "by ingest": "ingest"}
    again = opener(lambda: base, scripts_as_users=True)
    again(Caller(state.find_key("farm"), None)).create("Project", name="again")  # type: ignore[arg-type]
    assert [row.name for row in base.find("User", field("name") == "farm", fields=["name"])] == ["farm"]


def test_where_users_are_not_ours_a_script_is_the_connection(state: State) -> None:
    base = Tracker(MemoryBackend(login="service"))
    assert opener(lambda: base)(caller(state, "farm")) is base
    with pytest.raises(NotFoundError):
        opener(lambda: base)(caller(state, "ghost", login="ghost"))


def test_a_store_is_ours() -> None:
    assert is_ours(Tracker(MemoryBackend()))


# --- health ----------------------------------------------------------------------------------------------------------


def test_health_asks_the_tracker_seldom(state: State, clock: FakeClock) -> None:
    asked: list[int] = []

    class Down(MemoryBackend):
        def records_of(self, query: object) -> list[object]:  # type: ignore[override]
            asked.append(1)
            raise UnavailableError("the server is away", retry_after_s=1)

    made = opener(lambda: Tracker(Down()))
    checks = health_checks(made, state)
    assert set(checks) == {"state", "tracker"}
    checks["state"]()
    for _ in range(10):
        with pytest.raises(UnavailableError):
            checks["tracker"]()
    assert len(asked) == 1
    made.close()
    assert set(health_checks(lambda caller: None, state)) == {"state"}
