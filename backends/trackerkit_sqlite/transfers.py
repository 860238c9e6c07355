"""Files beside the database, each under the name of its SHA-256, and the records that say whose they are."""

from __future__ import annotations

import mimetypes
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any, Final
from uuid import uuid4

from trackerkit.backend import Notify
from trackerkit.datatypes import check_text
from trackerkit.errors import DiskFullError, InvalidInputError, NotFoundError, TransferError
from trackerkit.events import Mark
from trackerkit.filters import Condition
from trackerkit.operations import Added, Operation, new_key
from trackerkit.osfiles import is_disk_full, open_new, sync_directory
from trackerkit.query import build
from trackerkit.schema import Field, Schema
from trackerkit.transfers import Checksum, Downloaded, Progress, Source, store_stream
from trackerkit.values import Attachment, Image, Ref
from trackerkit_sqlite.client.reads import pages
from trackerkit_sqlite.client.records import Facts
from trackerkit_sqlite.client.store import Store
from trackerkit_sqlite.client.work import Work
from trackerkit_sqlite.client.writes import apply, working
from trackerkit_sqlite.errors import SCHEME

_PIECE: Final = 1 << 20
_HOLDERS_OF_A_FILE: Final = ("Attachment", "Reviewable")
_FILE_TYPES: Final = frozenset({"image", "file", "url"})


class Files:
    """The folder of a store's files: ``ab/cdef…`` holds the bytes whose SHA-256 is ``abcdef…``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, digest: str) -> Path:
        """Where the bytes of a hash lie."""
        return self.folder / digest[:2] / digest[2:]

    def keep(self, source: Source, on_progress: Notify | None) -> str:
        """Copy a file in, whole and on the disk before its name is; gives its SHA-256.

        Raises:
            DiskFullError: there is no room.
            TransferError: the folder cannot be written.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            beside = self.folder / f".{uuid4().hex}.tmp"
            try:
                digest = self._copy(source, beside, on_progress)
                self._settle(beside, digest)
            finally:
                beside.unlink(missing_ok=True)
        except OSError as error:
            kind = DiskFullError if is_disk_full(error) else TransferError
            raise kind(f"{self.folder} cannot be written: {error.strerror or error}", backend=SCHEME) from error
        return digest

    def _copy(self, source: Source, target: Path, on_progress: Notify | None) -> str:
        import os

        checksum, done = Checksum(), 0
        with os.fdopen(open_new(target, 0o666), "wb") as file:
            for data in source.chunks():
                file.write(data)
                checksum.update(data)
                done += len(data)
                if on_progress is not None:
                    on_progress(Progress(done, source.size))
            file.flush()
            os.fsync(file.fileno())
        return checksum.hex

    def _settle(self, beside: Path, digest: str) -> None:
        target = self.path(digest)
        target.parent.mkdir(exist_ok=True)
        beside.replace(target)  # the same bytes may be there already
        sync_directory(target.parent)
        sync_directory(self.folder)

    def chunks(self, path: Path) -> Iterator[bytes]:
        """The bytes of a file, in pieces."""
        with path.open("rb") as file:
            while data := file.read(_PIECE):
                yield data


# --- up --------------------------------------------------------------------------------------------------------------


class Transfers:
    """Uploads and downloads of one store.

    Args:
        store: whose records.
        files: where the bytes are kept.
        actor: the number of the User who acts, or None.
        mark: what the events say besides.
    """

    def __init__(self, store: Store, files: Files, actor: int | None, mark: Mark) -> None:
        self._store = store
        self._files = files
        self._actor = actor
        self._mark = mark

    def upload(
        self, ref: Ref, field_name: str | None, source: Source, filename: str, on_progress: Notify | None
    ) -> Attachment | Image:
        """Keep a file, and say in the records whose it is.

        Raises:
            NotFoundError: there is no such record.
            InvalidInputError: the field holds no files.
        """
        check_text(filename)
        item = self._field(ref, field_name)
        self._check_exists(ref)
        digest = self._files.keep(source, on_progress)
        mime_type = mimetypes.guess_type(filename)[0] or "application/octet-stream"
        value = Attachment(None, filename, source.size, mime_type, f"sha256:{digest}")
        with working(self._store, self._actor, self._mark) as work:
            facts = work.records.find(ref)
            if item is not None and item.data_type == "image":
                image = Image(id=digest, hash=f"sha256:{digest}")
                _update(work, facts, {item.name: image})
                return image
            return _attach(work, facts, item, value)

    def _check_exists(self, ref: Ref) -> None:
        """Before the bytes are copied, not after."""
        if self._one(self._store.known().schema, ref.type, Condition("id", "is", ref.id), "id") is None:
            raise NotFoundError(f"there is no {ref.type} {ref.id}", backend=SCHEME)

    def _field(self, ref: Ref, name: str | None) -> Field | None:
        """The field that is to hold the file; None for a record of its own."""
        if name in (None, "reviewables", "attachments"):
            return None
        item = self._store.layout().schema.field(ref.type, name)
        if item.data_type not in _FILE_TYPES:
            raise InvalidInputError(f"{ref.type}.{name} is a {item.data_type} field and holds no file", backend=SCHEME)
        return item

    def download(
        self, ref: Ref, field_name: str | None, target: Path | IO[bytes], value: Any, on_progress: Notify | None
    ) -> Downloaded:
        """Copy a record's file out, checked.

        Raises:
            NotFoundError: there is no such record, or it has no file there.
        """
        found = value if value is not None else self._value(ref, field_name)
        if not isinstance(found, (Attachment, Image)) or not found.hash:
            raise NotFoundError(
                f"{ref} has no file in {field_name or 'url'!r}", hint="name the field that holds it", backend=SCHEME
            )
        digest = found.hash.removeprefix("sha256:")
        path = self._files.path(digest)
        if not path.is_file():
            raise NotFoundError(f"the file of {ref} is not in {self._files.folder}", backend=SCHEME)
        return store_stream(
            self._files.chunks(path), target, size=path.stat().st_size, sha256=digest, on_progress=on_progress
        )

    def _value(self, ref: Ref, name: str | None) -> Any:
        """The field's value; without a field, of a Version its newest reviewable's, of others their own file."""
        schema = self._store.layout().schema
        found = self._one(schema, ref.type, Condition("id", "is", ref.id), name or "url")
        if found is None:
            raise NotFoundError(f"there is no {ref.type} {ref.id}", backend=SCHEME)
        if name is None and ref.type == "Version":
            newest = self._one(
                schema, "Reviewable", Condition("version", "is", ref), "url", order=["-id"], state="active"
            )
            return newest[0] if newest else None
        return found[0] if found else None

    def _one(
        self,
        schema: Schema,
        type_name: str,
        condition: Condition,
        name: str,
        order: Sequence[str] = (),
        state: str = "all",
    ) -> tuple[Any, ...] | None:
        """The field's value of the first record: one value, or none for a type without such a field."""
        names = [name] if name in schema.type(type_name).fields else []
        query = build(schema, type_name, condition, fields=names, order=order, state=state, archived=True, limit=1)
        page = next(pages(self._store, query, lambda refs, fields: {}))
        return page.plan.values(page.rows[0]) if page.rows else None


# --- whose it is -----------------------------------------------------------------------------------------------------


def _attach(work: Work, facts: Facts, item: Field | None, value: Attachment) -> Attachment:
    if facts.type in _HOLDERS_OF_A_FILE and (item is None or item.name == "url"):
        made = _with_id(value, facts.id)
        _update(work, facts, {**_file_facts(made), "filename": made.filename, "url": made})
        return made
    made = _with_id(value, work.coming)
    if facts.type == "Version" and item is None:
        named = {"label": made.filename, "filename": made.filename, "version": work.records.ref(facts)}
        _create(work, facts, "Reviewable", {**_file_facts(made), **named, "url": made})
        return made
    _create_attachment(work, facts, made)
    if item is not None:
        _update(work, facts, {item.name: made})
    return made


def _create_attachment(work: Work, facts: Facts, value: Attachment) -> None:
    """Notes and replies list their attachments; of the others, the attachment says what it belongs to."""
    is_listed = facts.type in ("Note", "Reply")
    links = [] if facts.type == "Note" else [work.records.ref(facts)]
    values = {"filename": value.filename, **_file_facts(value), "kind": "upload", "links": links, "url": value}
    made = _create(work, facts, "Attachment", values)
    if is_listed:
        _update(work, facts, {"attachments": Added((made,))})


def _with_id(value: Attachment, id: int) -> Attachment:
    return Attachment(str(id), value.filename, value.size, value.mime_type, value.hash)


def _file_facts(value: Attachment) -> dict[str, Any]:
    return {"size": value.size, "mime_type": value.mime_type, "hash": value.hash}


def _create(work: Work, facts: Facts, type_name: str, values: dict[str, Any]) -> Ref:
    home = work.records.ref_of(facts.project)
    return apply(work, Operation("create", type_name, values=values, key=new_key(), project=home)).ref


def _update(work: Work, facts: Facts, values: dict[str, Any]) -> None:
    ref = work.records.ref(facts)
    apply(work, Operation("update", ref.type, ref, values))
