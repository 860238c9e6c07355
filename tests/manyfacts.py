"""A tracker whose events tell several facts each, under one running number with gaps: as an AYON server's do."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from trackerkit.backend import Backend
from trackerkit.events import Event
from trackerkit.gateway.log import numbering
from trackerkit.gateway.log.ledger import Ledger
from trackerkit.gateway.log.numbering import Numbering
from trackerkit.operations import Operation, Result
from trackerkit.state import State
from trackerkit.testing.memory import MemoryBackend
from trackerkit.values import Ref

START = datetime(2026, 1, 1, tzinfo=timezone.utc)
SITE = "facts.example"


class ManyFacts(MemoryBackend):
    """Every third event tells two facts; every running number that ends in 7 is missing.

    Args:
        count: how many events there are at first.
        unseen: the caller may not see the events of this project.
    """

    def __init__(self, count: int = 0, unseen: str | None = None, log: list[Event] | None = None) -> None:
        super().__init__()
        self.log = log if log is not None else []
        self.unseen = unseen
        self.requests: list[tuple[str | None, int]] = []
        self.given = 0
        self.order = 0
        for _ in range(count):
            self.happen()

    @property
    def site(self) -> str:
        return SITE

    def happen(self, facts: int | None = None, id: str | None = None, **more: Any) -> list[Event]:
        """One more event."""
        self.order += 2 if (self.order + 1) % 10 == 7 else 1
        order, many = self.order, facts or (2 if self.order % 3 == 0 else 1)
        project = Ref("Project", str(order % 2), str(order % 2), SITE)
        made = [
            Event(
                f"{id or f'id{order}'}" + (f".{place}" if many > 1 else ""),
                str(order) if place == many else f"{order - 1}.{place}",
                kind="changed", field=("name", "label")[place - 1], new=f"{order}/{place}", number=order,
                **{"at": START + timedelta(seconds=order), "project": project, **more},
            )
            for place in range(1, many + 1)
        ]  # fmt: skip
        self.log += made
        return made

    def read_events(
        self, after: str | None, *, limit: int = 500, types: Sequence[str] = (), project: Ref | None = None
    ) -> list[Event]:
        order, _, given = (after or "0").partition(".")
        place = (int(order), int(given or 0))
        found = [event for event in self.log if _place(event) > place and self._is_seen(event)][:limit]
        self.requests.append((after, limit))
        self.given += len(found)
        return found

    def _is_seen(self, event: Event) -> bool:
        return self.unseen is None or event.project is None or event.project.id != self.unseen

    def write(self, operations: Sequence[Operation], *, atomic: bool = True) -> list[Result]:
        """Events alone."""
        made = [self.happen(1, operation.key, name=operation.values["name"])[0] for operation in operations]
        return [Result(Ref("Event", event.key, site=SITE)) for event in made]


def _place(event: Event) -> tuple[int, int]:
    """Behind which cursors an event comes."""
    order, _, given = event.cursor.partition(".")
    return (int(order), int(given)) if given else (int(order) - 1, 9)


# ---- a process that numbers a log, and may be killed


def run(state: str, count: int, kill_at: int, where: str) -> None:
    """Number a log; at page ``kill_at`` the process is killed: when it has been ``read``, or while it is ``kept``."""
    numbering.LEASE_S = 1.0
    source: Backend = ManyFacts(count)
    with State.open(state) as opened:
        log = Numbering(opened, SITE)
        _Killer(kill_at, where).arm(source, log.ledger)
        print(log.catch_up(source).last, flush=True)


class _Killer:
    def __init__(self, at: int, where: str) -> None:
        self.left, self.where = at, where

    def arm(self, source: Any, ledger: Ledger) -> None:
        if self.where == "read":
            source.read_events = self._counted(source.read_events)
        elif self.where == "kept":
            ledger._moved = self._counted(ledger._moved)  # type: ignore[method-assign]

    def _counted(self, function: Any) -> Any:
        def called(*given: Any, **named: Any) -> Any:
            found = function(*given, **named)
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return found

        return called


if __name__ == "__main__":
    run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
