"""ShapedBackend: a tracker in the other shape. Wiring only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path
from threading import RLock
from typing import IO, Any

from trackerkit.backend import Backend, Explanation, Notify
from trackerkit.capabilities import Capabilities
from trackerkit.entities import Page
from trackerkit.errors import NotFoundError, UnsupportedError
from trackerkit.evaluate import Record
from trackerkit.events import Cursor, Event
from trackerkit.gateway.around import Around
from trackerkit.gateway.beside.backend import BesideBackend, Views
from trackerkit.gateway.beside.shelf import Shelf
from trackerkit.gateway.shaped.choices import DEFINED, Choices
from trackerkit.gateway.shaped.events import settled, shown
from trackerkit.gateway.shaped.naming import Naming
from trackerkit.gateway.shaped.pending import Pending
from trackerkit.gateway.shaped.products import Memory, Products
from trackerkit.gateway.shaped.reading import Reading
from trackerkit.gateway.shaped.shape import Shape, shape_of
from trackerkit.gateway.shaped.trash import TrashBackend
from trackerkit.gateway.shaped.uids import Uids, is_uid
from trackerkit.gateway.shaped.writing import Writing
from trackerkit.operations import Operation, Result
from trackerkit.query import Query
from trackerkit.schema import Schema, SchemaChange
from trackerkit.state import State
from trackerkit.values import Attachment, Image, Ref

PREFIX = "shaped_"
"""Of the keys under which fields are kept in a record's ``data``."""

_SKIPPED = frozenset({"Event", "Reviewable"})
"""Types of the model of which nothing is kept on the shelf."""


class Common:
    """What all callers of one site share.

    Args:
        state: keeps what the tracker has no place for.
        site: of the tracker.
    """

    def __init__(self, state: State, site: str) -> None:
        self.shelf = Shelf(state, site)
        self.views = Views(self.shelf, lambda schema: (), _SKIPPED, frozenset(DEFINED))
        self.memory = Memory()
        self.pending = Pending(self.shelf, site)
        self._shapes: list[Shape] = []
        self._lock = RLock()

    def shape(self, base: Schema, tracked: Schema) -> Shape:
        """The shape of a schema, made once."""
        with self._lock:
            for known in self._shapes:
                if known.base is base:
                    return known
            made = shape_of(base, tracked)
            self._shapes = [made, *self._shapes[:7]]
            return made


class ShapedBackend(Around):
    """A tracker in the other shape.

    Args:
        base: the tracker itself.
        common: what all callers share.
    """

    def __init__(self, base: Backend, common: Common) -> None:
        trash = TrashBackend(base)
        super().__init__(BesideBackend(trash, common.shelf, common.views, PREFIX, every_link=True))
        self._tracker, self._trash, self._common = base, trash, common
        given = self._base.capabilities
        marks = {
            name: mark for name, mark in given.marks.items() if name not in ("batch.restore", "find.retired_links")
        }
        self.capabilities = Capabilities(marks, given.types, given.beyond, given.data_types)

    def _over(self, base: Backend) -> ShapedBackend:
        return ShapedBackend(base, self._common)

    def acting_as(self, login: str) -> Around:
        return self._over(self._tracker.acting_as(login))

    def marked(self, mark: Any) -> Around:
        return self._over(self._tracker.marked(mark))

    @property
    def _shape(self) -> Shape:
        return self._common.shape(self._base.schema(), self._trash.schema())

    def schema(self, project: Ref | None = None) -> Schema:
        return self._shape.whole

    # ---- reading

    def _naming(self) -> Naming:
        return Naming(self._shape, Uids(self._common.shelf, self._shape.base))

    def _reading(self) -> Reading:
        naming = self._naming()

        def inner(refs: Sequence[Ref]) -> list[Ref]:
            meant = naming.meant(refs)
            return [naming.inner(ref, meant) for ref in refs]

        products = Products(self._common.shelf, self._common.memory, inner)
        return Reading(self._base, self._shape, naming, products, Choices(self._common.shelf, self._shape))

    def read(self, query: Query) -> Iterator[Page]:
        return self._reading().read(query)

    def fetch(
        self, refs: Sequence[Ref], fields: Sequence[str], state: str = "active", *, retired_links: bool = False
    ) -> dict[Ref, Record]:
        return self._reading().fetch(refs, fields, state)

    def explain(self, query: Query) -> Explanation:
        if self._reading().is_plain(query):
            return Explanation(self.scheme, repr(query.filter), notes=("the tracker evaluates all of it",))
        return Explanation(
            self.scheme, "", repr(query.filter), "here", notes=("ids, paths and products are worked out here",)
        )

    # ---- writing

    def write(self, operations: Sequence[Operation], *, atomic: bool = True) -> list[Result]:
        writing = Writing(self._base, self._common.shelf, self._shape, self._reading(), self._common.pending)
        return writing.write(operations, atomic)

    def change_schema(self, change: SchemaChange) -> str:
        """Fields are made beside the tracker."""
        return self._base.change_schema(change)

    # ---- files

    def _placed(self, ref: Ref) -> Ref:
        naming = self._naming()
        found = naming.inner(ref, naming.meant([ref]))
        if is_uid(found.id):
            if not self._common.shelf.rows(found.type, [found.id]):
                raise NotFoundError(f"there is no {ref} at {self.site}", backend=self.scheme)
            raise UnsupportedError(
                f"{ref} is kept beside the tracker and takes no files", hint="the tracker has no such record"
            )
        return found

    def upload(
        self, ref: Ref, field_name: str | None, source: Any, *, filename: str, on_progress: Notify | None = None
    ) -> Attachment | Image:
        row = self._common.pending.find(ref)
        if row is not None:
            uids = self._naming().uids
            return self._common.pending.upload(self._base, uids, row, source, filename, on_progress)
        return self._base.upload(self._placed(ref), field_name, source, filename=filename, on_progress=on_progress)

    def download(
        self,
        ref: Ref,
        field_name: str | None,
        target: Path | IO[bytes],
        *,
        value: Any = None,
        on_progress: Notify | None = None,
    ) -> Any:
        return self._base.download(self._placed(ref), field_name, target, value=value, on_progress=on_progress)

    def web_url(self, ref: Ref) -> str:
        return self._base.web_url(self._placed(ref))

    # ---- events

    def read_events(
        self, after: Cursor | None, *, limit: int = 500, types: Sequence[str] = (), project: Ref | None = None
    ) -> list[Event]:
        home = None if project is None else self._placed(project)
        events = self._base.read_events(after, limit=limit, types=types, project=home)
        return shown(list(settled(events, datetime.now(timezone.utc))), self._naming().shown)
