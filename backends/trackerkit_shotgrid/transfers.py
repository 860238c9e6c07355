"""Transfers: files to a site's upload forms, and files from where it keeps them."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final

from trackerkit.errors import (
    ChecksumError,
    NotFoundError,
    ProtocolError,
    TrackerError,
    UnavailableError,
    UnsupportedError,
)
from trackerkit.retry import is_outcome_unknown
from trackerkit.secrets import Secret
from trackerkit.transfers import Downloaded, MultipartBody, Source, download
from trackerkit.transfers.multipart import FilePart
from trackerkit.values import Attachment, Image
from trackerkit_shotgrid.client import Client
from trackerkit_shotgrid.errors import BACKEND, outcome_unknown, upload_failure

Notify = Callable[[Any], None]

MOVIE: Final = "sg_uploaded_movie"
_UPLOAD: Final = "/upload/upload_file"
_THUMBNAIL: Final = "/upload/publish_thumbnail"


def upload_file(
    client: Client,
    native: str,
    number: int,
    source: Source,
    *,
    field: str | None,
    filename: str,
    on_progress: Notify | None,
) -> Attachment:
    """Send a file to a record; into a url field, or as a plain attachment.

    Raises:
        ChecksumError: the site has another length than the file.
        OutcomeUnknown: no usable answer came back.
    """
    more = {"field_name": field} if field else {}
    fields = {"entity_type": native, "entity_id": str(number), "display_name": filename, **more}
    made = _post(client, _UPLOAD, fields, FilePart("file", source, filename, _type_of(filename)), on_progress)
    try:
        return _checked(client, made, source, filename)
    except NotFoundError:
        if field is None:
            raise
        link = read_one(client, native, number, [field]).get(field) or {}
        return _described(link, source, filename)


def upload_thumbnail(
    client: Client, native: str, number: int, source: Source, *, filename: str, on_progress: Notify | None
) -> Image:
    """Set a record's thumbnail."""
    fields = {"entity_type": native, "entity_id": str(number)}
    part = FilePart("thumb_image", source, filename, _type_of(filename))
    _post(client, _THUMBNAIL, fields, part, on_progress)
    return Image(pending=True)  # the number in the answer is none that the field ever shows


def _type_of(filename: str) -> str:
    return mimetypes.guess_type(filename)[0] or "application/octet-stream"


def _post(client: Client, path: str, fields: dict[str, str], part: FilePart, on_progress: Notify | None) -> int:
    """Send a form; the number of the Attachment that it made."""
    client.info()
    auth = {name: str(value) for name, value in client.auth_parameters().items()}
    body = MultipartBody({**fields, **auth}, [part], on_progress)
    try:
        answer = client.post_form(path, body, body.content_type)
    except TrackerError as error:
        if is_outcome_unknown(error):
            raise outcome_unknown(
                error, fields, hint="look whether the file is there before you send it again"
            ) from error
        raise
    text = answer.text()
    failure = upload_failure(text)
    if failure is not None:
        raise failure
    number = text.strip().partition(":")[2].split(":")[0].split("\n")[0].strip()
    if not number.isdigit():
        raise ProtocolError("the site took a file and does not say which number it has", backend=BACKEND)
    return int(number)


def _checked(client: Client, number: int, source: Source, filename: str) -> Attachment:
    """The Attachment that an upload made, once its length is known to be right."""
    row = read_one(client, "Attachment", number, ["file_size", "filename", "this_file"])
    size = row.get("file_size")
    if isinstance(size, int) and not isinstance(size, bool) and size != source.size:
        raise ChecksumError(f"the site has {size} bytes of a file of {source.size}", backend=BACKEND)
    link = {**(row.get("this_file") or {}), "id": number}
    return _described({**link, "name": row.get("filename") or link.get("name")}, source, filename)


def _described(link: dict[str, Any], source: Source, filename: str) -> Attachment:
    """What a url field says of a file."""
    number = link.get("id")
    return Attachment(
        id=None if number is None else str(number),
        filename=link.get("name") or filename,
        size=source.size,
        mime_type=link.get("content_type") or mimetypes.guess_type(filename)[0],
        url=link.get("url"),
    )


def read_one(client: Client, native: str, number: int, fields: list[str]) -> dict[str, Any]:
    """One record's native fields.

    Raises:
        NotFoundError: there is none.
    """
    argument = {
        "type": native,
        "return_fields": fields,
        "filters": client.translated([["id", "is", number]]),
        "return_only": "active",
        "paging": {"entities_per_page": 1, "current_page": 1},
        "api_return_image_urls": True,
    }
    rows = client.read(argument)["entities"]
    if not rows:
        raise NotFoundError(f"there is no {native} {number}", backend=BACKEND)
    found: dict[str, Any] = rows[0]
    return found


def download_link(
    client: Client, link: dict[str, Any] | None, target: Path | IO[bytes], on_progress: Notify | None, what: str
) -> Downloaded:
    """Fetch what a url field holds.

    Args:
        client: of the site.
        link: the field's value, as ShotGrid has it.
        target: a path or a binary file.
        on_progress: called as bytes come in.
        what: whose file it is, for errors.
    """
    if not link:
        raise NotFoundError(f"{what} has no file", backend=BACKEND)
    kind = link.get("link_type", "upload")
    if kind != "upload":
        where = link.get("local_path") or link.get("url")
        raise UnsupportedError(f"{what} is no upload but a {kind} link", hint=f"open {where} yourself", backend=BACKEND)
    number = link.get("id")
    try:
        if isinstance(number, int):
            return download_attachment(client, number, target, on_progress)
    except NotFoundError:
        if not link.get("url"):
            raise
    return download(client.http, str(link["url"]), target, on_progress=on_progress)


def download_attachment(
    client: Client, number: int, target: Path | IO[bytes], on_progress: Notify | None
) -> Downloaded:
    """Fetch the file of an Attachment, whole and of the length that the site says."""
    size = read_one(client, "Attachment", number, ["file_size"]).get("file_size")
    return download(
        client.http,
        f"/file_serve/attachment/{number}",
        target,
        size=size if isinstance(size, int) and size >= 0 else None,
        on_progress=on_progress,
        headers={"Cookie": f"_session_id={session(client)}"},
    )


def session(client: Client) -> str:
    """A session for a download, whose request carries no other credential."""
    found = client.call("get_session_token", safe=True)
    token = found.get("session_id") if isinstance(found, dict) else None
    if not isinstance(token, str) or not token.isprintable() or set(token) & set(' ;,"'):
        raise ProtocolError("the site gave no session for a download", backend=BACKEND)
    return Secret(token).reveal()  # hidden in logs from here on


def download_image(
    client: Client, url: str | None, target: Path | IO[bytes], on_progress: Notify | None, what: str
) -> Downloaded:
    """Fetch a thumbnail."""
    if not url:
        raise NotFoundError(f"{what} has no thumbnail", backend=BACKEND)
    if "/thumbnail_pending" in url:
        raise UnavailableError(f"the site is still making the thumbnail of {what}", backend=BACKEND)
    return download(client.http, url, target, on_progress=on_progress)
