"""Files that callers send: streamed to a quarantine folder, bounded, named by us, gone unless they are kept."""

from __future__ import annotations

import hashlib
import os
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from trackerkit.errors import DiskFullError, InvalidInputError
from trackerkit.gateway.settings import GatewaySettings
from trackerkit.osfiles import is_disk_full
from trackerkit.web.call import allow, call_of
from trackerkit.web.errors import BodyTooLargeError, RefusedError
from trackerkit.web.pool import run_sync

_FLUSH_BYTES: Final = 1024 * 1024
_FORM_OVERHEAD: Final = 4 * 1024 * 1024
_PREFIX: Final = "upload-"


@dataclass
class Received:
    """A file that a caller sent.

    Attributes:
        field: the form's field; empty for a body that is the file itself.
        filename: as the caller says; only to show and to store, never a path (see ``osfiles.safe_name``).
        content_type: as the caller says.
        path: where it lies, until the request ends.
        size: bytes.
        sha256: hex.
    """

    field: str
    filename: str
    content_type: str
    path: Path
    size: int = 0
    sha256: str = ""

    def keep(self, target: Path) -> Path:
        """Move it to where it shall stay, on the same disk; what was there is replaced."""
        self.path.replace(target)
        self.path = target
        return target


@dataclass
class Form:
    """A form that a caller sent.

    Attributes:
        fields: name and value of those that are no file, in order.
        files: the files, in order.
    """

    fields: list[tuple[str, str]] = field(default_factory=list)
    files: list[Received] = field(default_factory=list)

    def get(self, name: str, default: str = "") -> str:
        """The last value of a field."""
        return next((value for known, value in reversed(self.fields) if known == name), default)

    def file(self, name: str) -> Received:
        """The one file of a field.

        Raises:
            InvalidInputError: there is none, or more than one.
        """
        found = [file for file in self.files if file.field == name]
        if len(found) != 1:
            raise InvalidInputError(f"the form has {len(found)} files {name!r}", hint="send exactly one")
        return found[0]


@asynccontextmanager
async def receive_form(request: Request, quarantine: Path, settings: GatewaySettings) -> AsyncIterator[Form]:
    """A multipart form, its files on the disk; those that were not kept are deleted at the end.

    Args:
        request: its body is not read yet.
        quarantine: a folder of the gateway's own; made when it is missing.
        settings: ``upload_bytes``, ``field_bytes`` and ``form_fields``.

    Raises:
        RefusedError: it is no such form, or is cut off.
        BodyTooLargeError: a file or a field is too large.
        DiskFullError: there is no room for a file.
    """
    reader = _FormReader(_boundary(request), quarantine, settings)
    try:
        allow(request, body_bytes=settings.upload_bytes + _FORM_OVERHEAD)
        await _pump(request, reader)
        yield await run_sync(reader.finish)
    finally:
        reader.discard()


@asynccontextmanager
async def receive_file(
    request: Request, quarantine: Path, settings: GatewaySettings, filename: str = ""
) -> AsyncIterator[Received]:
    """A body that is itself the file; deleted at the end unless it was kept.

    Raises:
        BodyTooLargeError: it is too large.
        DiskFullError: there is no room for it.
    """
    content_type = request.headers.get("content-type", "application/octet-stream")
    writer = _Writer(Received("", filename, content_type, _new_file(quarantine)), settings.upload_bytes)
    try:
        allow(request, body_bytes=settings.upload_bytes)
        await _pump(request, writer)
        writer.finish()
        yield writer.file
    finally:
        writer.discard()


def sweep(quarantine: Path, older_than_s: float = 86_400.0) -> int:
    """Delete what a crash has left in the quarantine: how many files."""
    gone = 0
    for path in quarantine.glob(f"{_PREFIX}*"):
        if time.time() - path.stat().st_mtime > older_than_s:
            path.unlink(missing_ok=True)
            gone += 1
    return gone


class _Writer:
    """Writes one file and hashes it."""

    def __init__(self, file: Received, limit_bytes: int) -> None:
        self.file = file
        self._limit = limit_bytes
        self._path = file.path
        self._hash = hashlib.sha256()
        self._out = file.path.open("r+b", buffering=0)

    def write(self, data: bytes) -> None:
        """Add a part."""
        self.file.size += len(data)
        if self.file.size > self._limit:
            raise BodyTooLargeError(f"a file may have {self._limit} bytes at most")
        self._hash.update(data)
        try:
            view = memoryview(data)
            while view:
                view = view[self._out.write(view) :]
        except OSError as error:
            if is_disk_full(error):
                raise DiskFullError("the server has no room for this file", sent="yes") from error
            raise

    def finish(self) -> None:
        """All parts are there."""
        self._out.close()
        self.file.sha256 = self._hash.hexdigest()

    def discard(self) -> None:
        """Delete it, unless it was moved away."""
        self._out.close()
        self._path.unlink(missing_ok=True)


async def _pump(request: Request, target: _Writer | _FormReader) -> None:
    """Hand the body on in large parts, written by a thread. Each part that came gains the caller new time."""
    call, parts, size = call_of(request), [], 0
    async for part in request.stream():
        parts.append(part)
        size += len(part)
        if size >= _FLUSH_BYTES:
            await run_sync(target.write, b"".join(parts))
            parts, size = [], 0
            call.rearm()
    await run_sync(target.write, b"".join(parts))


def _boundary(request: Request) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 0 < len(boundary) <= 200:
        raise RefusedError("this needs a form with a file", http_status=415, hint="send multipart/form-data")
    return boundary


def _new_file(quarantine: Path) -> Path:
    quarantine.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=_PREFIX, dir=quarantine)
    os.close(descriptor)
    return Path(name)


def _text(data: bytes) -> str:
    """Names and values come in UTF-8, mostly."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("latin-1")


class _FormReader:
    """Makes a Form of the parts that the parser finds."""

    def __init__(self, boundary: bytes, quarantine: Path, settings: GatewaySettings) -> None:
        self._quarantine = quarantine
        self._settings = settings
        self._form = Form()
        self._writers: list[_Writer] = []
        self._open: _Writer | None = None
        self._value = bytearray()
        self._headers: dict[str, bytes] = {}
        self._name, self._content = bytearray(), bytearray()
        self._has_ended = self._is_over = False
        callbacks: Any = {
            "on_part_begin": self._headers.clear,
            "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
            "on_header_value": lambda data, start, end: self._content.extend(data[start:end]),
            "on_header_end": self._header_ends,
            "on_headers_finished": self._part_begins,
            "on_part_data": self._part_goes_on,
            "on_part_end": self._part_ends,
            "on_end": self._ends,
        }
        self._parser = MultipartParser(boundary, callbacks)

    def write(self, data: bytes) -> None:
        """Parse a part of the body."""
        try:
            self._parser.write(data)
        except FormParserError as error:
            raise RefusedError(f"the form cannot be read: {error}") from None

    def finish(self) -> Form:
        """The form, whole.

        Raises:
            RefusedError: its end is missing.
        """
        if not self._has_ended:
            raise RefusedError("the form ends before its time", hint="was the upload cut off?")
        return self._form

    def discard(self) -> None:
        """Delete what was not kept; a thread that still writes makes no more files."""
        self._is_over = True
        for writer in self._writers:
            writer.discard()

    def _header_ends(self) -> None:
        self._headers[_text(bytes(self._name)).lower()] = bytes(self._content)
        self._name.clear()
        self._content.clear()

    def _part_begins(self) -> None:
        disposition = self._headers.get("content-disposition", b"").decode("latin-1")
        _, options = parse_options_header(disposition)
        if b"name" not in options:
            raise RefusedError("a part of the form has no name")
        if len(self._form.fields) + len(self._form.files) >= self._settings.form_fields:
            raise RefusedError(f"a form may have {self._settings.form_fields} fields at most")
        name = _text(options[b"name"])
        if b"filename" in options:
            self._file_begins(name, _text(options[b"filename"]))
        else:
            self._form.fields.append((name, ""))

    def _file_begins(self, name: str, filename: str) -> None:
        if self._is_over:
            raise RefusedError("the upload was given up")
        content_type = _text(self._headers.get("content-type", b"application/octet-stream"))
        file = Received(name, filename, content_type, _new_file(self._quarantine))
        self._open = _Writer(file, self._settings.upload_bytes)
        self._writers.append(self._open)
        self._form.files.append(file)

    def _part_goes_on(self, data: bytes, start: int, end: int) -> None:
        if self._open is not None:
            self._open.write(data[start:end])
            return
        self._value += data[start:end]
        if len(self._value) > self._settings.field_bytes:
            raise BodyTooLargeError(f"a field may have {self._settings.field_bytes} bytes at most")

    def _part_ends(self) -> None:
        if self._open is not None:
            self._open.finish()
            self._open = None
        else:
            self._form.fields[-1] = (self._form.fields[-1][0], _text(bytes(self._value)))
            self._value.clear()

    def _ends(self) -> None:
        self._has_ended = True
