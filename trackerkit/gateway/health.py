"""What every gateway's ``/healthz`` looks at: the state, and the tracker behind."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Any, Final

from trackerkit.clock import Clock
from trackerkit.state import State
from trackerkit.web.health import Check

_EVERY_S: Final = 5.0


def health_checks(open: Any, state: State) -> dict[str, Check]:
    """The checks of a gateway.

    Args:
        open: what the gateway opens Trackers with; one that has a ``check`` (``opener``) is asked whether the tracker
            answers, once in five seconds however often the gateway is asked.
        state: must be readable.
    """
    checks: dict[str, Check] = {"state": state.list_keys}
    check = getattr(open, "check", None)
    if check is not None:
        checks["tracker"] = _Seldom(check, state.clock)
    return checks


class _Seldom:
    """A check whose answer holds for a while: strangers may ask, and the tracker may be a server far away."""

    def __init__(self, check: Callable[[], object], clock: Clock) -> None:
        self._check = check
        self._clock = clock
        self._lock = Lock()
        self._until = 0.0
        self._error: Exception | None = None

    def __call__(self) -> None:
        with self._lock:
            now = self._clock.monotonic()
            if now >= self._until:
                self._error = self._look()
                self._until = self._clock.monotonic() + _EVERY_S
            if self._error is not None:
                raise self._error

    def _look(self) -> Exception | None:
        try:
            self._check()
        except Exception as error:  # noqa: BLE001 - whatever it is, the answer is "no", and the log says why
            return error
        return None
