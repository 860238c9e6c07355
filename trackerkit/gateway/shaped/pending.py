"""Files whose records are made before their bytes come: the tracker makes the record when it gets the bytes."""

from __future__ import annotations

from typing import Any, Final

from trackerkit.backend import Backend, Notify
from trackerkit.gateway.beside.shelf import Row, Shelf
from trackerkit.gateway.shaped.uids import Uids
from trackerkit.operations import Operation, Result
from trackerkit.values import Attachment, Image, Ref

ATTACHMENT: Final = "Attachment"
_PENDING: Final = "~file"
"""On the shelf: a file without bytes."""


class Pending:
    """The files of one site that have no bytes yet.

    Args:
        shelf: where they are kept.
        site: of the tracker.
    """

    def __init__(self, shelf: Shelf, site: str) -> None:
        self._shelf, self._site = shelf, site

    def create(self, operation: Operation) -> Result:
        """Keep a file until its bytes come."""
        assert operation.key is not None
        home = operation.values.get("project") or operation.project
        project = home.id if isinstance(home, Ref) else ""
        with self._shelf.transaction() as connection:
            self._shelf.put(connection, Row(_PENDING, operation.key, project))
        return Result(Ref(ATTACHMENT, operation.key, project or None, self._site), dict(operation.values))

    def find(self, ref: Ref) -> Row | None:
        """A file without bytes."""
        rows = self._shelf.rows(_PENDING, [ref.id]) if ref.type == ATTACHMENT else []
        return rows[0] if rows else None

    def forget(self, row: Row) -> None:
        """Its bytes never come."""
        with self._shelf.transaction() as connection:
            self._shelf.remove(connection, row)

    def upload(
        self, base: Backend, uids: Uids, row: Row, source: Any, filename: str, on_progress: Notify | None
    ) -> Attachment | Image:
        """Send the bytes to the file's project; the record that the tracker makes of them has the file's digits."""
        project = Ref("Project", row.project, row.project, self._site, base.schema().type("Project").native)
        made = base.upload(project, None, source, filename=filename, on_progress=on_progress)
        with self._shelf.transaction() as connection:
            if made.id:
                native = base.schema().type(ATTACHMENT).native
                uids.give(connection, Ref(ATTACHMENT, made.id, row.project, self._site, native), row.id)
            self._shelf.remove(connection, row)
        return made
