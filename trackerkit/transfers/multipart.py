"""MultipartBody: form fields and files as ``multipart/form-data``, made piece by piece."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import NamedTuple
from uuid import uuid4

from trackerkit.errors import InvalidInputError
from trackerkit.transfers.checksums import Checksum
from trackerkit.transfers.sources import OnProgress, Progress, Source, counted

_CONTROL = re.compile(r'[\x00-\x1f\x7f"]')
_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+(?:; ?[\w-]+=[\w.+-]+)*", re.ASCII)


class FilePart(NamedTuple):
    """A file in a form.

    Args:
        field: the name of the form's field.
        source: the bytes.
        filename: the name that the server sees; by default the source's.
        content_type: for example ``image/png``.
    """

    field: str
    source: Source
    filename: str | None = None
    content_type: str = "application/octet-stream"


class MultipartBody:
    """A form with files as the body of a request; a file is never in memory as a whole.

    Names are sent in UTF-8, as browsers do: quotes and control characters percent-encoded, so that none ends a header.

    Args:
        fields: the plain fields, in order.
        files: the files, in order, after the fields.
        on_progress: called with the bytes of the whole body.
        checksum: counts the bytes of the last file, anew at each attempt.
    """

    def __init__(
        self,
        fields: Mapping[str, str] | Iterable[tuple[str, str]] = (),
        files: Iterable[FilePart] = (),
        on_progress: OnProgress | None = None,
        checksum: Checksum | None = None,
    ) -> None:
        self._on_progress = on_progress
        self._checksum = checksum
        self.boundary = uuid4().hex
        pairs = fields.items() if isinstance(fields, Mapping) else fields
        self._parts: list[bytes | Source] = []
        for name, value in pairs:
            self._parts.append(self._head(name) + value.encode() + b"\r\n")
        for part in files:
            filename = part.source.filename if part.filename is None else part.filename
            self._parts += [self._head(part.field, filename, part.content_type), part.source, b"\r\n"]
        self._parts.append(f"--{self.boundary}--\r\n".encode())
        self._size = sum(part.size if isinstance(part, Source) else len(part) for part in self._parts)

    @property
    def content_type(self) -> str:
        """The header of the request."""
        return f"multipart/form-data; boundary={self.boundary}"

    @property
    def size(self) -> int:
        """Bytes in all."""
        return self._size

    def chunks(self) -> Iterator[bytes | memoryview]:
        """The pieces from the first byte on."""
        done = 0
        pieces: Iterable[bytes | memoryview]
        for part in self._parts:
            pieces = counted(part.chunks(), self._checksum) if isinstance(part, Source) else (part,)
            for data in pieces:
                yield data
                done += len(data)
                if self._on_progress is not None:
                    self._on_progress(Progress(done, self._size))

    def _head(self, name: str, filename: str | None = None, content_type: str = "") -> bytes:
        line = f'--{self.boundary}\r\nContent-Disposition: form-data; name="{_quoted(name)}"'
        if filename is not None:
            if not _TYPE.fullmatch(content_type):
                raise InvalidInputError(f"{content_type!r} is no content type")
            line += f'; filename="{_quoted(filename)}"\r\nContent-Type: {content_type}'
        try:
            return f"{line}\r\n\r\n".encode()
        except UnicodeEncodeError:
            raise InvalidInputError(f"{filename or name!r} holds half a surrogate pair, which is no text") from None


def _quoted(name: str) -> str:
    return _CONTROL.sub(lambda sign: f"%{ord(sign[0]):02X}", name)
