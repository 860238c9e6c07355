"""Counts refused credentials by where they came from, so that guessing becomes slow in every process."""

from __future__ import annotations

from typing import Final

from trackerkit.state.room import Room, digest

WINDOW_S: Final = 300.0
FAILURES: Final = 10


class Throttle(Room):
    """The part of the state that counts failures. A ``source`` is any text: an address, an address and a name."""

    def too_many_failures(self, source: str, limit: int = FAILURES, window_s: float = WINDOW_S) -> bool:
        """Whether ``source`` failed ``limit`` times within ``window_s`` seconds, counted from its first failure."""
        row = self._db.row("SELECT failures, since FROM tk_failures WHERE source = :source", source=digest(source))
        return row is not None and row[0] >= limit and abs(self._db.now_s() - row[1]) <= window_s

    def add_failure(self, source: str, window_s: float = WINDOW_S) -> None:
        """Count one failure; a count that is older than ``window_s`` seconds begins anew."""
        now = self._db.now_s()
        with self._db.transaction() as connection:
            forget = "DELETE FROM tk_failures WHERE since < :old OR since > :new"
            self._db.run(connection, forget, old=now - window_s, new=now + window_s)
            self._db.run(
                connection,
                "INSERT INTO tk_failures (source, failures, since) VALUES (:source, 1, :now)"
                " ON CONFLICT (source) DO UPDATE SET failures = tk_failures.failures + 1",
                source=digest(source),
                now=now,
            )

    def forget_failures(self, source: str) -> None:
        """Start again at zero."""
        known = self._db.row("SELECT 1 FROM tk_failures WHERE source = :source", source=digest(source))
        if known is not None:
            with self._db.transaction() as connection:
                forget = "DELETE FROM tk_failures WHERE source = :source"
                self._db.run(connection, forget, source=digest(source))
