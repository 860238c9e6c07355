"""The retry policy, under a clock that takes no time."""

from __future__ import annotations

import threading

import pytest

from trackerkit.errors import (
    AuthenticationError,
    InvalidInputError,
    ProtocolError,
    ServerError,
    TimeoutExpiredError,
    TrackerError,
    TransportError,
    UnavailableError,
)
from trackerkit.retry import RetryBudget, RetryPolicy, is_outcome_unknown
from trackerkit.testing.clock import FakeClock


class Failing:
    """Fails with each error in turn, then returns "done"."""

    def __init__(self, *errors: TrackerError, clock: FakeClock | None = None, takes_s: float = 0) -> None:
        self.errors, self.calls, self.clock, self.takes_s = list(errors), 0, clock, takes_s

    def __call__(self) -> str:
        self.calls += 1
        if self.clock:
            self.clock.advance(self.takes_s)
        if self.errors:
            raise self.errors.pop(0)
        return "done"


RETRYABLE = ProtocolError("cut", retryable=True)
# error, is the call safe, is it tried again
TABLE = [
    (TransportError("refused", sent="no"), False, True),
    (TransportError("refused", sent="no"), True, True),
    (TransportError("reset", sent="unknown"), True, True),
    (TransportError("reset", sent="unknown"), False, False),
    (TimeoutExpiredError("no connection", sent="no"), False, True),
    (TimeoutExpiredError("no answer"), False, False),
    (TimeoutExpiredError("no answer"), True, True),
    (TransportError("certificate", sent="no", retryable=False), True, False),
    (UnavailableError("busy"), True, True),
    (UnavailableError("busy"), False, False),
    (UnavailableError("locked", sent="no"), False, True),
    (ServerError("500"), True, False),
    (ServerError("502", retryable=True, sent="unknown"), True, True),
    (ServerError("502", retryable=True, sent="unknown"), False, False),
    (RETRYABLE, True, True),
    (RETRYABLE, False, False),
    (ProtocolError("login page"), True, False),
    (AuthenticationError("401"), True, False),
    (InvalidInputError("bad"), True, False),
]


@pytest.mark.parametrize(("error", "safe", "again"), TABLE, ids=lambda value: str(value))
def test_which_errors_are_tried_again(error: TrackerError, safe: bool, again: bool) -> None:
    call = Failing(error)
    if again:
        assert RetryPolicy().run(call, safe=safe, clock=FakeClock()) == "done"
        assert call.calls == 2
    else:
        with pytest.raises(type(error)) as caught:
            RetryPolicy().run(call, safe=safe, clock=FakeClock())
        assert caught.value is error
        assert call.calls == 1


def test_attempts_are_counted_and_the_last_error_is_raised() -> None:
    errors = [TransportError(str(n)) for n in range(5)]
    call, clock = Failing(*errors), FakeClock()
    with pytest.raises(TransportError) as caught:
        RetryPolicy(attempts=3).run(call, safe=True, clock=clock)
    assert caught.value is errors[2]
    assert call.calls == 3
    assert len(clock.sleeps) == 2


def test_a_foreign_error_is_not_touched() -> None:
    with pytest.raises(ZeroDivisionError):
        RetryPolicy().run(lambda: 1 // 0, safe=True, clock=FakeClock())


def test_waits_grow_within_full_jitter_and_cap() -> None:
    policy = RetryPolicy(base_s=1, cap_s=10)
    for attempt, most in ((1, 1), (2, 2), (3, 4), (4, 8), (5, 10), (200, 10)):
        waits = [policy.pause_s(attempt) for _ in range(400)]
        assert max(waits) <= most
        assert min(waits) < most * 0.1
        assert max(waits) > most * 0.9


def test_F10_workers_that_fail_together_do_not_come_back_together() -> None:
    waits = sorted(RetryPolicy(base_s=1).pause_s(1) for _ in range(500))
    crowd = max(sum(1 for w in waits if start <= w < start + 0.05) for start in (n / 20 for n in range(20)))
    assert crowd < 80  # 25 are expected in each twentieth of a second


def test_F7_retry_after_is_obeyed() -> None:
    clock = FakeClock()
    policy = RetryPolicy(base_s=0.25)
    assert policy.run(Failing(UnavailableError("busy", retry_after_s=7)), safe=True, clock=clock) == "done"
    assert 7 <= clock.sleeps[0] <= 7.25


def test_F7_a_longer_retry_after_than_the_cap_is_not_waited_for() -> None:
    call, clock = Failing(UnavailableError("busy", retry_after_s=21)), FakeClock()
    with pytest.raises(UnavailableError) as caught:
        RetryPolicy(cap_s=20).run(call, safe=True, clock=clock)
    assert caught.value.retry_after_s == 21
    assert clock.sleeps == []


def test_no_wait_ends_behind_the_deadline() -> None:
    clock = FakeClock()
    call = Failing(*[UnavailableError("busy", retry_after_s=8)] * 9, clock=clock, takes_s=3)
    with pytest.raises(UnavailableError):
        RetryPolicy(attempts=9, deadline_s=30).run(call, safe=True, clock=clock)
    assert sum(clock.sleeps) + 3 * call.calls <= 33
    assert call.calls == 3


def test_budget_is_shared_and_refilled_by_success() -> None:
    budget, clock = RetryBudget(capacity=20, cost=5, refund=1), FakeClock()
    policy = RetryPolicy(attempts=10, budget=budget)
    first = Failing(*[TransportError("down")] * 10)
    with pytest.raises(TransportError):
        policy.run(first, safe=True, clock=clock)
    assert first.calls == 5  # one for nothing, four paid for
    second = Failing(TransportError("down"))
    with pytest.raises(TransportError):
        policy.run(second, safe=True, clock=clock)
    assert second.calls == 1
    for _ in range(5):
        policy.run(Failing(), safe=True, clock=clock)
    assert policy.run(Failing(TransportError("down")), safe=True, clock=clock) == "done"


def test_F10_a_server_that_is_down_is_not_asked_three_times_as_often() -> None:
    policy, clock = RetryPolicy(), FakeClock()
    calls = [Failing(*[TransportError("down")] * 3) for _ in range(500)]

    def work(part: list[Failing]) -> None:
        for call in part:
            with pytest.raises(TransportError):
                policy.run(call, safe=True, clock=clock)

    threads = [threading.Thread(target=work, args=(calls[n::4],)) for n in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(call.calls for call in calls) == 600  # 500 first attempts and the budget of 100 retries


def test_budget_never_exceeds_its_capacity() -> None:
    budget = RetryBudget(capacity=10)
    for _ in range(50):
        budget.give_back()
    assert budget.left == 10


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"base_s": -1}, {"cap_s": -1}, {"deadline_s": -1}])
def test_senseless_policies_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError, match="at least one attempt"):
        RetryPolicy(**wrong)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("error", "unknown"),
    [
        (TransportError("reset"), True),
        (TransportError("refused", sent="no"), False),
        (ProtocolError("cut"), True),
        (ServerError("504", sent="unknown"), True),
        (ServerError("500"), False),
        (AuthenticationError("401"), False),
    ],
)
def test_is_outcome_unknown(error: TrackerError, unknown: bool) -> None:
    assert is_outcome_unknown(error) is unknown
