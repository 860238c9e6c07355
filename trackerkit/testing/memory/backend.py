"""A tracker in memory, answered by ``evaluate``: the oracle that every backend is held against."""

from __future__ import annotations

import hashlib
import mimetypes
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import IO, Any, ClassVar

from trackerkit.backend import Me, Notify
from trackerkit.capabilities import Capabilities, cannot
from trackerkit.clock import SYSTEM, Clock
from trackerkit.config import Address, Profile
from trackerkit.errors import ConflictError, NotFoundError
from trackerkit.events import Mark
from trackerkit.model import folder_kind, neutral_schema
from trackerkit.operations import Added, Operation
from trackerkit.schema import EntityType, Schema, SchemaChange
from trackerkit.testing.memory.rows import UID, Row
from trackerkit.testing.memory.writing import Writing
from trackerkit.values import Attachment, Image, Ref


class MemoryBackend(Writing):
    """A whole tracker in memory, with every neutral type.

    Args:
        schema: what it holds; the neutral model by default.
        clock: the time of creations and events.
        login: who it acts as; made as a User at the first change.
    """

    scheme: ClassVar[str] = "memory"
    title: ClassVar[str] = "memory"
    capabilities = Capabilities(
        {
            "web_url": cannot("there is no page of a record in memory"),
            "native": cannot("there is no vendor's client"),
            "inherited": cannot("a record has its own values only"),
            "cascade": cannot("nothing cascades by itself", "delete with recursive=True"),
        }
    )

    def __init__(self, schema: Schema | None = None, clock: Clock = SYSTEM, login: str = "memory") -> None:
        base = schema or neutral_schema()
        super().__init__(base.replaced(*(_own(kind) for kind in base.types.values())), clock, login)

    @classmethod
    def open(cls, address: Address, profile: Profile) -> MemoryBackend:
        """A fresh tracker."""
        return cls(login=profile.get("user") or "memory")

    def copy(self) -> MemoryBackend:
        """A tracker of its own with the same records; the schema is one until either of them changes it."""
        with self._lock:
            made = object.__new__(MemoryBackend)
            made.__dict__.update(self.__dict__)
            made._rows, made._uids, made._events, made._next = self._snapshot()
            made._files, made._hidden, made._logged = dict(self._files), set(), dict(self._logged)
            made._trashed = list(self._trashed)
        made._lock = threading.RLock()
        made._news = threading.Condition(made._lock)
        return made

    def hide_events(self, count: int) -> None:
        """Make a hole: the next so many events are not seen, while those behind them are, until ``show_events``."""
        with self._lock:
            self._hidden |= set(range(len(self._events) + 1, len(self._events) + 1 + count))

    def show_events(self) -> None:
        """Close every hole: what was hidden is seen, as if its transaction had ended only now."""
        with self._news:
            self._hidden.clear()
            self._news.notify_all()

    def me(self) -> Me:
        return Me(self._login, self._user())

    # --- schema --------------------------------------------------------------------------------------------------

    def change_schema(self, change: SchemaChange) -> str:
        with self._lock:
            if change.action == "create_type":
                return self._create_type(change)
            owner = self._schema.type(change.type)
            if change.action == "create_field" and change.name in owner.fields:
                raise ConflictError(f"{change.type} has a field {change.name!r} already", backend=self.scheme)
            if change.action == "delete_field":
                self._trashed.append((change.type, change.name))
            for kind in (owner, *(self._schema.type(name) for name in self._schema.concrete(change.type)[:-1])):
                made = kind.without_field(change.name)
                if change.action != "delete_field" and change.field is not None:
                    made = kind.with_fields(change.field)
                self._schema = self._schema.replaced(made, epoch=object())
            if change.action == "delete_field":
                self._drop_other_sides(change.type, change.name)
            return change.name

    def _drop_other_sides(self, type: str, name: str) -> None:
        """The other sides of a field that is gone go with it."""
        for kind in list(self._schema.types.values()):
            for field in kind.fields.values():
                if field.reverse_of == (type, name):
                    self._schema = self._schema.replaced(kind.without_field(field.name), epoch=object())

    def trashed_fields(self) -> Sequence[tuple[str, str]]:
        return list(self._trashed)

    def _create_type(self, change: SchemaChange) -> str:
        if change.type in self._schema:
            raise ConflictError(f"there is a type {change.type!r} already", backend=self.scheme)
        wanted = change.entity_type
        if wanted is not None and wanted.base == "Folder":
            made = folder_kind(change.type, self._schema.type("Folder"))
        else:
            made = _new_type(self._schema, wanted or EntityType(change.type, {}, label=change.type))
        self._schema = self._schema.replaced(made, epoch=object())
        return change.type

    # --- files ---------------------------------------------------------------------------------------------------

    def upload(
        self, ref: Ref, field_name: str | None, source: Any, *, filename: str, on_progress: Notify | None = None
    ) -> Attachment | Image:
        with self._lock:
            row = self._row(Operation("update", ref.type, ref))
            data = b"".join(source.chunks())
            digest = hashlib.sha256(data).hexdigest()
            self._files[digest] = data
            if field_name == "thumbnail":
                image = Image(id=digest, hash=f"sha256:{digest}")
                self._update(Operation("update", ref.type, row.ref, {"thumbnail": image}))
                return image
            mime = mimetypes.guess_type(filename)[0] or "application/octet-stream"
            value = Attachment(None, filename, len(data), mime, f"sha256:{digest}")
            return self._attach(row, field_name, value)

    def _attach(self, row: Row, field_name: str | None, value: Attachment) -> Attachment:
        home = self._project_of({"it": row.ref})
        facts = {"filename": value.filename, "size": value.size, "mime_type": value.mime_type, "hash": value.hash}
        if (field_name is None and row.ref.type == "Version") or field_name == "reviewables":
            facts.pop("filename")
            named = {"label": value.filename, "filename": value.filename, "version": row.ref}
            made = self._create(
                Operation("create", "Reviewable", values={**facts, **named, "url": value}, project=home)
            )
        else:
            links = [row.ref] if row.ref.type != "Note" else []
            made = self._create(
                Operation(
                    "create",
                    "Attachment",
                    values={**facts, "kind": "upload", "links": links, "url": value},
                    project=home,
                )
            )
            if row.ref.type in ("Note", "Reply") and field_name in (None, "attachments"):
                self._update(Operation("update", row.ref.type, row.ref, {"attachments": Added((made.ref,))}))
        value = Attachment(made.ref.id, value.filename, value.size, value.mime_type, value.hash)
        self._rows[made.ref.id].values["url"] = value
        if field_name not in (None, "reviewables", "attachments"):
            self._update(Operation("update", row.ref.type, row.ref, {field_name: value}))
        return value

    def download(
        self,
        ref: Ref,
        field_name: str | None,
        target: FilePath | IO[bytes],
        *,
        value: Any = None,
        on_progress: Notify | None = None,
    ) -> Any:
        from trackerkit.transfers import store_stream

        row = self._row(Operation("update", ref.type, ref))
        found = value or row.values.get(field_name or "url")
        if not isinstance(found, (Attachment, Image)) or not found.hash:
            raise NotFoundError(f"{ref} has no file in {field_name or 'url'!r}", backend=self.scheme)
        data = self._files[found.hash.removeprefix("sha256:")]
        return store_stream(
            [data], target, size=len(data), sha256=found.hash.removeprefix("sha256:"), on_progress=on_progress
        )

    # --- acting as another user ----------------------------------------------------------------------------------

    def acting_as(self, login: str) -> MemoryBackend:
        if self._named("User", login) is None:
            raise NotFoundError(f"there is no user {login!r}", backend=self.scheme)
        twin = object.__new__(_Acting)
        object.__setattr__(twin, "__dict__", {"_home": self, "_login": login})
        return twin

    def marked(self, mark: Mark) -> MemoryBackend:
        twin = object.__new__(_Acting)
        object.__setattr__(twin, "__dict__", {"_home": self, "_login": self._login, "_mark": mark})
        return twin


class _Acting(MemoryBackend):
    """The same tracker under another login: everything but the login is its home's."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_home"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__dict__["_home"], name, value)


_EVERY_TYPE_FIELDS = frozenset({"id", "type", "project", "created_at", "created_by", "updated_at", "updated_by"})
_NEW_TYPE_FIELDS = frozenset(
    {"id", "type", "project", "created_at", "created_by", "updated_at", "updated_by", "name", "label", "description",
     "status", "tags", "thumbnail"}
)  # fmt: skip


def _own(kind: EntityType) -> EntityType:
    """A type of the model as it is held here: with a key, and a folder's kind can change."""
    fields = kind.with_fields(UID)
    if kind.name != "Folder" and kind.base != "Folder":
        return fields
    return fields.with_fields(replace(fields.fields["kind"], create_only=False))


def _new_type(schema: Schema, wanted: EntityType) -> EntityType:
    """A type to be made: with fields of its own it has, besides them, only those of every type."""
    names = _EVERY_TYPE_FIELDS if wanted.fields else _NEW_TYPE_FIELDS
    fields = {n: f for n, f in schema.type("Playlist").fields.items() if n in names}
    if not wanted.in_project:
        fields.pop("project", None)
    return replace(wanted, fields=MappingProxyType({**fields, "uid": UID, **wanted.fields}))
