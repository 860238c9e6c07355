"""The latest requests of a server, for the page that people look at."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import asdict, dataclass
from datetime import datetime, timezone
from threading import Lock
from typing import Any, Final

from trackerkit.web.shared import Shared

LIMIT: Final = 50


@dataclass(frozen=True)
class Answered:
    """One request that was answered.

    Attributes:
        at: seconds since 1970.
        operation: what was asked for, or the route.
        caller: who asked.
        status: of the answer.
        ms: how long it took.
        request_id: under which the log has it.
    """

    at: float
    operation: str
    caller: str
    status: int
    ms: float
    request_id: str

    @property
    def when(self) -> datetime:
        """The time as a moment in UTC."""
        return datetime.fromtimestamp(self.at, timezone.utc)


class Recent:
    """The latest requests, of every process that shares a folder."""

    def __init__(self, limit: int = LIMIT) -> None:
        self._limit = limit
        self._kept: deque[Answered] = deque(maxlen=limit)
        self._lock = Lock()
        self._shared: Shared | None = None

    def add(self, operation: str, caller: str, status: int, seconds: float, request_id: str) -> None:
        """Remember one."""
        made = Answered(time.time(), operation, caller, status, round(seconds * 1000, 1), request_id)
        with self._lock:
            self._kept.append(made)

    def share(self, folder: str) -> None:
        """Tell the other processes of this server, and show theirs."""
        self._shared = Shared(folder, "recent", self._facts)

    def _facts(self) -> list[dict[str, Any]]:
        with self._lock:
            return [asdict(item) for item in self._kept]

    def latest(self) -> list[Answered]:
        """The latest, the newest first."""
        with self._lock:
            found = list(self._kept)
        for facts in self._shared.others() if self._shared is not None else ():
            found += [Answered(**item) for item in facts]
        return sorted(found, key=lambda item: item.at, reverse=True)[: self._limit]
