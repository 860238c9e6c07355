"""Opens the caller's Tracker in the other shape, where the tracker is not of that shape by itself."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from trackerkit.gateway.sessions import Caller
from trackerkit.gateway.shaped.backend import Common, ShapedBackend
from trackerkit.gateway.shaped.products import PRODUCT
from trackerkit.state import State
from trackerkit.tracker import Tracker


class ShapedOpener:
    """What a gateway opens its callers' Trackers with, where it needs the other shape.

    Args:
        open: opens the Tracker of a verified caller.
        state: keeps what the tracker has no place for.
        is_fit: whether a tracker is of the wanted shape by itself: it is left alone.
    """

    def __init__(self, open: Callable[[Caller], Tracker], state: State, is_fit: Callable[[Tracker], bool]) -> None:
        self._open, self._state, self._is_fit = open, state, is_fit
        self._sites: dict[str, Common] = {}
        self._lock = Lock()

    def __call__(self, caller: Caller) -> Tracker:
        """The caller's own Tracker."""
        tracker = self._open(caller)
        if self._is_fit(tracker) or PRODUCT in tracker.backend.schema():
            return (
                tracker  # products of its own, where something else is lacking, are none that versions' names tell of
            )
        return Tracker(ShapedBackend(tracker.backend, self._common(tracker.backend.site)), url=tracker.url)

    def _common(self, site: str) -> Common:
        with self._lock:
            if site not in self._sites:
                self._sites[site] = Common(self._state, site)
            return self._sites[site]
