"""Files to and from AYON: thumbnails, reviewables, attachments of comments."""

from __future__ import annotations

import mimetypes
import uuid
from pathlib import Path
from typing import IO, Any, Final

from trackerkit.errors import DomainError, NotFoundError, TransferError, UnsupportedError
from trackerkit.origins import path_of
from trackerkit.transfers import Checksum, Downloaded, OnProgress, Source, download, upload_body
from trackerkit.values import Attachment, Image, Ref
from trackerkit_ayon.client import AyonClient
from trackerkit_ayon.mapping.names import base_of, native_of
from trackerkit_ayon.mapping.notes import CARRIER_KEY, FILENAMES_KEY

THUMBNAILS: Final = {"Folder": "folders", "Task": "tasks", "Version": "versions", "Workfile": "workfiles"}
"""The types whose records have a thumbnail of their own, and their part of the path; a Project has one too."""

_PICTURES: Final = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg"}
_REVIEWED: Final = ("video/", "image/", "application/mxf")


def mime_of(filename: str) -> str:
    """The type of a file by its name."""
    return mimetypes.guess_type(filename)[0] or "application/octet-stream"


def plain_name(filename: str) -> str:
    """A file's name as a header can carry it."""
    made = filename.encode("ascii", "replace").decode().replace("?", "_").replace('"', "_").replace("\\", "_")
    return "".join(sign if sign.isprintable() else "_" for sign in made).strip() or "file"


def send_thumbnail(client: AyonClient, ref: Ref, source: Source, on_progress: OnProgress | None) -> Image:
    """Set a record's thumbnail.

    Raises:
        UnsupportedError: records of that type have none.
        DomainError: it is neither PNG nor JPEG.
    """
    base = base_of(ref.type)
    if base == "Project":
        path = ("projects", ref.id, "thumbnail")
    elif base in THUMBNAILS:
        path = ("projects", str(ref.project), THUMBNAILS[base], ref.id, "thumbnail")  # type: ignore[assignment]
    else:
        raise UnsupportedError(f"a {ref.type} has no thumbnail on AYON", backend="ayon")
    start = source.read_at(0, min(8, source.size))
    kind = next((mime for mark, mime in _PICTURES.items() if start.startswith(mark)), None)
    if kind is None:
        raise DomainError(f"{source.filename!r} is neither PNG nor JPEG, and AYON takes nothing else for a thumbnail",
                          path=f"{ref.type}.thumbnail", backend="ayon")  # fmt: skip
    body = upload_body(source, on_progress)
    answer = client.upload(body, *path, headers={"Content-Type": kind}, safe=True)
    return Image(id=(answer or {}).get("id"))


def send_reviewable(
    client: AyonClient, ref: Ref, source: Source, filename: str, on_progress: OnProgress | None
) -> Attachment:
    """Upload what is to be reviewed of a version."""
    mime = mime_of(filename)
    if not mime.startswith(_REVIEWED):
        raise DomainError(f"{filename!r} is no picture and no movie, and AYON reviews nothing else",
                          hint="upload it as an attachment: field='attachments'", path="Version.reviewables",
                          backend="ayon")  # fmt: skip
    headers = {"Content-Type": mime, "X-File-Name": plain_name(filename)}
    path = ("projects", str(ref.project), "versions", ref.id, "reviewables")
    checksum = Checksum()
    body = upload_body(source, on_progress, checksum=checksum)
    made = client.upload(body, *path, headers=headers, query={"label": filename}, safe=False, timeout_s=(10, 600, 3600))
    check_size(client, str(ref.project), made["fileId"], source.size)
    url = f"/api/projects/{ref.project}/files/{made['fileId']}"
    kind = made.get("mimetype") or mime
    return Attachment(made["activityId"], filename, source.size, kind, hash=str(checksum), url=url)


def send_file(
    client: AyonClient, project: str, source: Source, filename: str, on_progress: OnProgress | None, checksum: Checksum
) -> str:
    """Upload a file that a comment will hold, count its bytes, and give its id: AYON deletes it soon when none does."""
    id = uuid.uuid4().hex
    headers = {"Content-Type": mime_of(filename), "X-File-Name": plain_name(filename), "X-File-Id": id}
    if not source.size:
        raise DomainError(f"{filename!r} is empty, and AYON keeps no empty file", backend="ayon")
    body = upload_body(source, on_progress, checksum=checksum)
    client.upload(body, "projects", project, "files", headers=headers, safe=False, timeout_s=(10, 600, 3600))
    check_size(client, project, id, source.size)
    return id


def check_size(client: AyonClient, project: str, id: str, size: int) -> None:
    """Compare what the server has with what was sent.

    Raises:
        TransferError: the sizes differ.
    """
    there = client.get("projects", project, "files", id, "info")["size"]
    if there != size:
        raise TransferError(f"AYON has {there} bytes of the {size} that were sent", backend="ayon", retryable=True)


def carry_file(client: AyonClient, ref: Ref, file_id: str, filename: str) -> None:
    """Hang a file on a record: by a comment that does nothing else."""
    native = native_of(ref.type).name
    data = {CARRIER_KEY: True, **filenames({file_id: filename})}
    sent = {"activityType": "comment", "body": "", "files": [file_id], "data": data}
    client.post("projects", str(ref.project), native, ref.id, "activities", json=sent, safe=False)


def filenames(names: dict[str, str]) -> dict[str, Any]:
    """What a comment's data keeps of names that a header could not carry."""
    told = {id: name for id, name in names.items() if plain_name(name) != name}
    return {FILENAMES_KEY: told} if told else {}


def fetch_thumbnail(
    client: AyonClient, ref: Ref, target: Path | IO[bytes], on_progress: OnProgress | None
) -> Downloaded:
    """Fetch a record's own thumbnail as it was uploaded.

    Raises:
        NotFoundError: it has none.
    """
    base = base_of(ref.type)
    if base == "Project":
        path = path_of("api", "projects", ref.id, "thumbnail")
    elif base in THUMBNAILS:
        path = path_of("api", "projects", str(ref.project), THUMBNAILS[base], ref.id, "thumbnail")
    else:
        raise NotFoundError(f"a {ref.type} has no thumbnail on AYON", backend="ayon")
    return download(client.http, f"{path}?placeholder=none&original=true", target, on_progress=on_progress)


def fetch_file(
    client: AyonClient, project: str, id: str, target: Path | IO[bytes], on_progress: OnProgress | None
) -> Downloaded:
    """Fetch a file of a project; it may lie elsewhere, where AYON redirects to."""
    size = client.get("projects", project, "files", id, "info")["size"]
    path = path_of("api", "projects", project, "files", id)
    return download(client.http, path, target, size=size, on_progress=on_progress, steady=True)
