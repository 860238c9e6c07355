"""Outgoing: files to a record, through the site's own forms or to its cloud storage, as the site wants it."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from trackerkit.errors import ChecksumError, NotFoundError
from trackerkit.transfers import Source
from trackerkit.transfers.checksums import Checksum
from trackerkit.transfers.multipart import FilePart
from trackerkit.values import Attachment, Image
from trackerkit_shotgrid.client import Client
from trackerkit_shotgrid.errors import BACKEND
from trackerkit_shotgrid.transfers import direct
from trackerkit_shotgrid.transfers.forms import number_in, post
from trackerkit_shotgrid.transfers.incoming import read_one

Notify = Callable[[Any], None]

MOVIE: Final = "sg_uploaded_movie"
_UPLOAD: Final = "/upload/upload_file"
_THUMBNAIL: Final = "/upload/publish_thumbnail"
_LINK: Final = "/upload/api_link_file"


@dataclass(frozen=True)
class Place:
    """Where a file belongs.

    Args:
        native: ShotGrid's type of the record.
        number: its id.
        field: ShotGrid's field; None for a plain attachment.
    """

    native: str
    number: int
    field: str | None = None

    @property
    def fields(self) -> dict[str, str]:
        """What names the record in a form."""
        return {"entity_type": self.native, "entity_id": str(self.number)}


def upload_file(
    client: Client, place: Place, source: Source, *, filename: str, on_progress: Notify | None
) -> Attachment:
    """Send a file to a record; into a url field, or as a plain attachment.

    Raises:
        ChecksumError: the site has another length than the file.
        OutcomeUnknown: no usable answer came back.
    """
    fields = {**place.fields, "display_name": filename}
    if place.field is not None:
        fields["field_name"] = place.field
    checksum = Checksum()
    part = FilePart("file", source, filename, _type_of(filename))
    text = _sent(client, place, place.field, _UPLOAD, fields, part, "Attachment", on_progress, checksum)
    made = number_in(text)
    try:
        return _checked(client, made, source, filename, checksum)
    except NotFoundError:
        if place.field is None:
            raise
        link = read_one(client, place.native, place.number, [place.field]).get(place.field) or {}
        return _described(link, source, filename, checksum)


def upload_thumbnail(
    client: Client, place: Place, source: Source, *, filename: str, on_progress: Notify | None
) -> Image:
    """Set a record's thumbnail, or the filmstrip behind it."""
    is_strip = place.field == "filmstrip_image"
    fields = {**place.fields, **({"filmstrip": "True"} if is_strip else {})}
    part = FilePart("thumb_image", source, filename, _type_of(filename))
    _sent(client, place, place.field or "image", _THUMBNAIL, fields, part, "Thumbnail", on_progress, Checksum())
    return Image(pending=True)  # the number in the answer is none that the field ever shows


def _sent(
    client: Client, place: Place, field: str | None, path: str, fields: dict[str, str], part: FilePart, kind: str,
    on_progress: Notify | None, checksum: Checksum,
) -> str:  # fmt: skip
    """Send a file the way that the site wants for that field; its last answer."""
    if not client.is_direct(place.native, field):
        return post(client, path, fields, [part], on_progress=on_progress, checksum=checksum)
    filename = part.filename or part.source.filename
    link = direct.send(client, part.source, filename, kind=kind, on_progress=on_progress, checksum=checksum)
    return post(client, _LINK, {**fields, "upload_link_info": link})


def _type_of(filename: str) -> str:
    return mimetypes.guess_type(filename)[0] or "application/octet-stream"


def _checked(client: Client, number: int, source: Source, filename: str, checksum: Checksum) -> Attachment:
    """The Attachment that an upload made, once its length is known to be right."""
    row = read_one(client, "Attachment", number, ["file_size", "filename", "this_file"])
    size = row.get("file_size")
    if isinstance(size, int) and not isinstance(size, bool) and size != source.size:
        raise ChecksumError(f"the site has {size} bytes of a file of {source.size}", backend=BACKEND)
    link = {**(row.get("this_file") or {}), "id": number}
    return _described({**link, "name": row.get("filename") or link.get("name")}, source, filename, checksum)


def _described(link: dict[str, Any], source: Source, filename: str, checksum: Checksum) -> Attachment:
    """What a url field says of a file."""
    number = link.get("id")
    return Attachment(
        id=None if number is None else str(number),
        filename=link.get("name") or filename,
        size=source.size,
        mime_type=link.get("content_type") or mimetypes.guess_type(filename)[0],
        hash=str(checksum),
        url=link.get("url"),
    )
