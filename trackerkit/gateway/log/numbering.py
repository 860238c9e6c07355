"""Gives new events their numbers, in the order of the tracker's log, whoever asks first and however many ask at once."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from trackerkit.backend import Backend
from trackerkit.errors import ConflictError, UnavailableError
from trackerkit.gateway.log.ledger import Head, Ledger
from trackerkit.state import Lease, State

PAGE: Final = 500
"""Events that are read, and numbered in one transaction, at once."""

LEASE_S: Final = 15.0
WAIT_S: Final = 20.0
"""How long a question waits while others number a log."""

OWN_S: Final = 10.0
"""How long an event that was just written may take to show in the log: behind others that are still being written."""


def _never() -> bool:
    return False


class Numbering:
    """The log of one tracker. Thread-safe; processes agree by the state.

    One at a time reads and numbers: whoever holds a lease. That keeps the others from doing the same work. What keeps the
    numbers right is the ledger, which takes a page only from who knows where it ends: a holder may die, or be too slow.

    Args:
        state: keeps the ledger and the lease.
        site: of the tracker.
        service: opens the connection that sees the whole log; without, whoever asks has to see it.
    """

    def __init__(self, state: State, site: str, service: Callable[[], Backend] | None = None) -> None:
        self.ledger = Ledger(state, site)
        self._state, self._service = state, service
        self._name = f"numbering {site}"[:255]
        self._owner = uuid.uuid4().hex
        self._turn = Lock()
        self._begun = self._done = 0

    def catch_up(self, asked: Backend, should_stop: Callable[[], bool] = _never) -> Head:
        """Number what is in the log now; how far it is numbered then.

        Args:
            asked: the connection of whoever asks.
            should_stop: asked after each page; what was numbered up to there stays.

        Raises:
            UnavailableError: others are still at it after twenty seconds.
        """
        before = self._begun
        if not self._turn.acquire(timeout=WAIT_S):
            raise self._busy()
        try:
            if self._done <= before:  # otherwise another thread began after this one asked, and has ended
                self._begun += 1
                self._number(self._service() if self._service is not None else asked, should_stop)
                self._done = self._begun
        finally:
            self._turn.release()
        return self.ledger.head()

    def number_of(self, key: str, asked: Backend) -> int:
        """The number of an event that was just written, by its key.

        Raises:
            UnavailableError: it does not show in the log.
        """
        clock, pause = self._state.clock, 0.02
        until = clock.monotonic() + OWN_S
        while True:
            self.catch_up(asked)
            found = self.ledger.numbers([key]).get(key)
            if found is not None:
                return found
            if clock.monotonic() >= until:
                raise UnavailableError(
                    "the event was written, and does not show in the log yet", hint="do not write it again",
                    sent="yes", retryable=False,
                )  # fmt: skip
            clock.sleep(pause)
            pause = min(pause * 2, 0.5)

    # ---- one round

    def _number(self, backend: Backend, should_stop: Callable[[], bool]) -> None:
        head = self.ledger.head()
        page = backend.read_events(head.cursor, limit=PAGE)
        if not page:
            return
        with self._leased() as still:
            now = self.ledger.head()
            if now != head:
                head, page = now, backend.read_events(now.cursor, limit=PAGE)
            while page:
                made = self.ledger.append(head, page)
                if should_stop() or (made is not None and len(page) < PAGE):
                    return
                still()
                head = made or self.ledger.head()
                page = backend.read_events(head.cursor, limit=PAGE)

    @contextmanager
    def _leased(self) -> Iterator[Callable[[], None]]:
        """Be the only one who numbers; call what is given every now and then."""
        held = self._taken()
        taken_at = self._state.clock.monotonic()

        def still() -> None:
            nonlocal held, taken_at
            if self._state.clock.monotonic() - taken_at > LEASE_S / 3:
                held = self._renewed(held)
                taken_at = self._state.clock.monotonic()

        try:
            yield still
        finally:
            self._state.release_lease(held)

    def _renewed(self, lease: Lease) -> Lease:
        try:
            return self._state.renew_lease(lease, LEASE_S)
        except ConflictError:  # it took so long that another goes on
            return self._taken()

    def _taken(self) -> Lease:
        clock, pause = self._state.clock, 0.01
        until = clock.monotonic() + WAIT_S
        while (lease := self._state.take_lease(self._name, self._owner, LEASE_S)) is None:
            if clock.monotonic() >= until:
                raise self._busy()
            clock.sleep(pause)
            pause = min(pause * 2, 0.25)
        return lease

    def _busy(self) -> UnavailableError:
        last = self.ledger.head().last
        return UnavailableError(
            f"the log's entries are still being numbered: {last} have their ids", hint="ask again in a moment",
            sent="no", retry_after_s=5.0,
        )  # fmt: skip
