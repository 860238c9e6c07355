"""Opens the caller's Tracker with ShotGrid's ids for the log's entries, where the tracker has no whole numbers."""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock, Thread
from typing import Final

from trackerkit.backend import Backend
from trackerkit.gateway.log.backend import EVENT, LogBackend
from trackerkit.gateway.log.numbering import Numbering
from trackerkit.gateway.sessions import Caller
from trackerkit.secrets import get_logger
from trackerkit.state import State
from trackerkit.tracker import Tracker
from trackerkit_shotgrid.gateway.ids import has_numbers

Open = Callable[[Caller], Tracker]
Service = Callable[[], Tracker]

_PATIENCE_S: Final = 5.0
_log = get_logger("trackerkit.shotgrid")


def is_numbered(tracker: Tracker) -> bool:
    """Whether the gateway gives the entries of a tracker's log their ids: it has a log, and no whole numbers."""
    if "events" not in tracker.backend.capabilities or has_numbers(tracker):
        return False
    return EVENT in tracker.schema.read()


class EntriesOpener:
    """What a ShotGrid gateway opens its callers' Trackers with.

    Args:
        open: opens the Tracker of a verified caller.
        state: keeps the ids.
        service: opens the connection that sees the whole log, for ids must not depend on who asks first; without, every
            caller has to see all of it.
    """

    def __init__(self, open: Open, state: State, service: Service | None = None) -> None:
        self._open, self._state, self._service = open, state, service
        self._logs: dict[str, Numbering] = {}
        self._lock = Lock()
        self._is_over = Event()
        self._ahead: Thread | None = None

    def __call__(self, caller: Caller) -> Tracker:
        """The caller's own Tracker."""
        tracker = self._open(caller)
        if not is_numbered(tracker):
            return tracker
        return Tracker(LogBackend(tracker.backend, self._of(tracker.backend.site)), url=tracker.url)

    def _of(self, site: str) -> Numbering:
        with self._lock:
            if site not in self._logs:
                self._logs[site] = Numbering(self._state, site, self._backend if self._service is not None else None)
            return self._logs[site]

    def _backend(self) -> Backend:
        assert self._service is not None
        return self._service().backend

    # ---- ahead

    def start(self) -> None:
        """Number what the log holds already, in the background: a long one takes longer than callers wait."""
        if self._service is not None:
            self._ahead = Thread(target=self._run_ahead, name="trackerkit-entries", daemon=True)
            self._ahead.start()

    def _run_ahead(self) -> None:
        try:
            assert self._service is not None
            tracker = self._service()
            if is_numbered(tracker):
                self._of(tracker.backend.site).catch_up(tracker.backend, self._is_over.is_set)
        except Exception as error:  # noqa: BLE001 - whoever asks first has it done, or hears of it
            _log.warning("the log's entries were not numbered ahead: %s", error)

    def close(self) -> None:
        """Stop what runs in the background; what it did stays."""
        self._is_over.set()
        if self._ahead is not None:
            self._ahead.join(_PATIENCE_S)
