"""BesideBackend: a tracker, and beside it what it has no place for. Wiring only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import IO, Any

from trackerkit.backend import Backend, Explanation, Me, Notify
from trackerkit.capabilities import Capabilities, cannot
from trackerkit.entities import Page
from trackerkit.errors import NotFoundError, SchemaError
from trackerkit.evaluate import Record
from trackerkit.gateway.around import Around
from trackerkit.gateway.beside.reading import Reading
from trackerkit.gateway.beside.shelf import Shelf
from trackerkit.gateway.beside.view import SKIPPED, Extend, View, change_from_json, change_to_json, view_of
from trackerkit.gateway.beside.writing import Writing
from trackerkit.operations import Operation, Result
from trackerkit.query import Query
from trackerkit.schema import Schema, SchemaChange
from trackerkit.values import Attachment, Image, Ref

_OURS = ("schema.field", "schema.type", "delete", "restore")


class Views:
    """The views of the schemas that were seen last; shared by the callers of a gateway. Thread-safe.

    Args:
        shelf: holds the changes of the schema.
        extend: what the protocol's callers expect of a schema.
        skipped: types of the model of which nothing is kept.
        aside: types whose new records are kept, although the tracker has such.
    """

    def __init__(
        self, shelf: Shelf, extend: Extend, skipped: frozenset[str] = SKIPPED, aside: frozenset[str] = frozenset()
    ) -> None:
        self._shelf, self._extend, self._skipped, self._aside = shelf, extend, skipped, aside
        self._made: list[tuple[Schema, int, View]] = []
        self._lock = RLock()

    def of(self, base: Schema) -> View:
        """The view of a tracker's schema."""
        changes = self._shelf.changes()
        with self._lock:
            for known, count, view in self._made:
                if known is base and count == len(changes):
                    return view
            view = view_of(base, self._extend, map(change_from_json, changes), len(changes), self._skipped)
            view = replace(view, aside=self._aside)
            self._made = [(base, len(changes), view), *self._made[:7]]
            return view


class BesideBackend(Around):
    """A tracker with a shelf.

    Args:
        base: the tracker.
        shelf: what is kept beside it.
        views: of its schema.
        prefix: of the keys that are kept in a record's ``data``.
        every_link: kept links, and paths, lead to retired records too.
    """

    def __init__(self, base: Backend, shelf: Shelf, views: Views, prefix: str, *, every_link: bool = False) -> None:
        super().__init__(base)
        self._shelf, self._views, self._prefix, self._every_link = shelf, views, prefix, every_link
        given = base.capabilities
        marks = {name: mark for name, mark in given.marks.items() if name not in _OURS}
        marks["find.retired_links"] = cannot("a link from beside the tracker is not seen by it")
        self.capabilities = Capabilities(marks, {}, given.beyond, {})
        self._who: Me | None = None

    def _over(self, base: Backend) -> BesideBackend:
        return BesideBackend(base, self._shelf, self._views, self._prefix, every_link=self._every_link)

    def schema(self, project: Ref | None = None) -> Schema:
        return self._views.of(self._base.schema()).whole

    def me(self) -> Me:
        if self._who is None:
            self._who = self._base.me()
        return self._who

    # ---- reading

    def _reading(self) -> Reading:
        view = self._views.of(self._base.schema())
        return Reading(self._base, self._shelf, view, self._prefix, every_link=self._every_link)

    def read(self, query: Query) -> Iterator[Page]:
        return self._reading().read(query)

    def fetch(
        self, refs: Sequence[Ref], fields: Sequence[str], state: str = "active", *, retired_links: bool = False
    ) -> dict[Ref, Record]:
        if retired_links:
            self.capabilities.require("find.retired_links", self.scheme)
        return self._reading().fetch(refs, fields, state)

    def explain(self, query: Query) -> Explanation:
        if self._reading().is_plain(query):
            return Explanation(self.scheme, repr(query.filter), notes=("the tracker answers all of it",))
        return Explanation(
            self.scheme, "", repr(query.filter), "here", notes=("records and fields are kept beside the tracker",)
        )

    # ---- writing

    def write(self, operations: Sequence[Operation], *, atomic: bool = True) -> list[Result]:
        view, reading = self._views.of(self._base.schema()), self._reading()
        return Writing(self._base, self._shelf, view, reading, lambda: self.me().ref).write(operations, atomic)

    def change_schema(self, change: SchemaChange) -> str:
        """Fields are made, changed and deleted beside the tracker; its own stay as they are."""
        if change.action == "create_type":
            return self._base.change_schema(change)
        name = change.field.name if change.field is not None else change.name
        owner = self._base.schema().types.get(change.type)
        if owner is not None and name in owner.fields and change.action != "create_field":
            return self._base.change_schema(change)
        there = self.schema().type(change.type).fields
        if (name in there) == (change.action == "create_field"):
            what = "is a" if name in there else "is no"
            raise SchemaError(f"there {what} field {name!r} of {change.type}", backend=self.scheme)
        self._shelf.add_change(change_to_json(SchemaChange(change.action, change.type, change.field, name)))
        return name

    # ---- files

    def upload(
        self, ref: Ref, field_name: str | None, source: Any, *, filename: str, on_progress: Notify | None = None
    ) -> Attachment | Image:
        if not self._is_kept(ref, field_name):
            return self._base.upload(ref, field_name, source, filename=filename, on_progress=on_progress)
        made = self._base.upload(ref, "attachments", source, filename=filename, on_progress=on_progress)
        item = self.schema().field(ref.type, str(field_name))
        value = Image(id=made.id) if item.data_type == "image" else made
        self.write([Operation("update", ref.type, ref, {item.name: value})])
        return value

    def _is_kept(self, ref: Ref, field_name: str | None) -> bool:
        """Whether a file belongs to a field that is kept beside the tracker: the tracker holds it as an attachment."""
        if field_name is None or not self._views.of(self._base.schema()).is_base(ref.type):
            return False
        return field_name not in self._base.schema().type(ref.type).fields

    def download(
        self,
        ref: Ref,
        field_name: str | None,
        target: Path | IO[bytes],
        *,
        value: Any = None,
        on_progress: Notify | None = None,
    ) -> Any:
        if self._is_kept(ref, field_name):
            record = self.fetch([ref], [str(field_name)], "all").get(ref, {})
            kept = record.get(str(field_name))
            if kept is None or not kept.id:
                raise NotFoundError(f"{ref} has no file in {field_name!r}", backend=self.scheme)
            project = record["ref"].project
            ref, field_name, value = Ref("Attachment", kept.id, project, self.site), "url", None
        return self._base.download(ref, field_name, target, value=value, on_progress=on_progress)
