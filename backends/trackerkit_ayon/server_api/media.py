"""What kind of file it is, and its name as a header can carry it."""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Final

from trackerkit import errors as tk


def media_type_of(filepath: str) -> str | None:
    """The type of a picture, a movie or another file, by its first bytes, else by its name; None where nobody knows."""
    try:
        with Path(filepath).open("rb") as file:
            start = file.read(64)
    except OSError as error:
        raise tk.InvalidInputError(f"{filepath} cannot be read: {error.strerror}", backend="ayon") from None
    found = next((kind for mark, kind in _MARKS.items() if start.startswith(mark)), None)
    if found is None and start[4:8] == b"ftyp":
        found = "video/quicktime" if start[8:12] == b"qt  " else "video/mp4"
    return found or mimetypes.guess_type(filepath)[0]


_MARKS: Final[dict[bytes, str]] = {
    b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif", b"\x76\x2f\x31\x01": "image/x-exr",
    b"\x1a\x45\xdf\xa3": "video/webm", b"%PDF": "application/pdf",
}  # fmt: skip


def header_name(filename: str) -> str:
    """A file's name as a header can carry it: signs beyond Latin-1 go as the bytes of their UTF-8.

    Raises:
        InvalidInputError: it holds a control character, or half a surrogate pair.
    """
    if not filename.isprintable():
        raise tk.InvalidInputError(f"{filename!r} cannot be the name of a file on the server", backend="ayon")
    try:
        return filename.encode().decode("latin-1")
    except UnicodeEncodeError:
        raise tk.InvalidInputError(f"{filename!r} is no text", backend="ayon") from None
