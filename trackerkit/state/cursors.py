"""Cursors: how far somebody has read a stream of events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trackerkit.state.room import Room, checked_name

if TYPE_CHECKING:  # its weight: 280 ms that only an opened state may cost
    from sqlalchemy import Connection


class Cursors(Room):
    """The part of the state that knows cursors, also called bookmarks."""

    def get_cursor(self, name: str) -> str | None:
        """The cursor of this name, or None when it was never set."""
        row = self._db.row("SELECT value FROM tk_cursors WHERE name = :name", name=checked_name(name, "a bookmark"))
        return None if row is None else str(row[0])

    def set_cursor(self, name: str, value: str, connection: Connection | None = None) -> None:
        """Move a cursor; with ``connection``, in its transaction, with what else that records.

        Raises:
            InvalidInputError: for a name or a value that cannot be one.
        """
        checked_name(name, "a bookmark")
        checked_name(value, "a cursor", 100_000)
        with self._db.transaction(connection) as own:
            self._db.run(
                own,
                "INSERT INTO tk_cursors (name, value, moved_at) VALUES (:name, :value, :now)"
                " ON CONFLICT (name) DO UPDATE SET value = excluded.value, moved_at = excluded.moved_at",
                name=name,
                value=value,
                now=self._db.now_s(),
            )

    def delete_cursor(self, name: str) -> bool:
        """Forget a cursor: True when there was one."""
        with self._db.transaction() as connection:
            return self._db.changed(connection, "DELETE FROM tk_cursors WHERE name = :name", name=name) > 0

    def list_cursors(self) -> dict[str, str]:
        """Every cursor by its name."""
        return {row[0]: row[1] for row in self._db.rows("SELECT name, value FROM tk_cursors ORDER BY name")}
