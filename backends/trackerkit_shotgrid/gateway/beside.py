"""Opens the caller's Tracker with a shelf beside it, where the tracker does not let us make types and fields."""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock
from typing import Final

from trackerkit.gateway.beside.backend import BesideBackend, Views
from trackerkit.gateway.beside.shelf import Shelf
from trackerkit.gateway.sessions import Caller
from trackerkit.state import State
from trackerkit.tracker import Tracker
from trackerkit_shotgrid.gateway.standard import additions, can_prepare
from trackerkit_shotgrid.gateway.starting import start_beside

PREFIX: Final = "shotgrid_"
"""Of the keys under which fields are kept in a record's ``data``."""

_OWN: Final = "shotgrid"
_STARTED: Final = "shotgrid.beside"


class BesideOpener:
    """What a ShotGrid gateway opens its callers' Trackers with, where it keeps things beside the tracker.

    Args:
        open: opens the Tracker of a verified caller.
        state: keeps what the tracker has no place for.
    """

    def __init__(self, open: Callable[[Caller], Tracker], state: State) -> None:
        self._open, self._state = open, state
        self._sites: dict[str, tuple[Shelf, Views]] = {}
        self._lock = Lock()

    def __call__(self, caller: Caller) -> Tracker:
        """The caller's own Tracker."""
        tracker = self._open(caller)
        if tracker.backend.scheme == _OWN or can_prepare(tracker):
            return tracker
        shelf, views = self._site(tracker.backend.site)
        made = Tracker(BesideBackend(tracker.backend, shelf, views, PREFIX), url=tracker.url)
        site = tracker.backend.site[:200]
        if self._state.get_document(_STARTED, site) is None:
            start_beside(made)
            self._state.put_document(_STARTED, site, True)
        return made

    def _site(self, site: str) -> tuple[Shelf, Views]:
        with self._lock:
            if site not in self._sites:
                shelf = Shelf(self._state, site)
                self._sites[site] = shelf, Views(shelf, additions)
            return self._sites[site]
