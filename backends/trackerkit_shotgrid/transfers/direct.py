"""Direct: a file to the cloud storage of a site, in parts where it is large: the site says where to, the storage takes it.

Each part is sent again by itself when its way fails, from its first byte on; nothing is on the site before the last
step, which links the file to its record.
"""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from typing import Final

from trackerkit.errors import ProtocolError, ServerError
from trackerkit.transfers import Progress, Source
from trackerkit.transfers.checksums import Checksum
from trackerkit.transfers.sources import OnProgress, upload_body
from trackerkit_shotgrid.client import Client
from trackerkit_shotgrid.errors import BACKEND
from trackerkit_shotgrid.transfers.forms import lines_of, post

PART: Final = 20_000_000
"""Bytes of a part; a file of no more goes in one piece."""

_INFO: Final = "/upload/api_get_upload_link_info"
_PART_LINK: Final = "/upload/api_get_upload_link_for_part"
_COMPLETE: Final = "/upload/api_complete_multipart_upload"
_TRIES: Final = 3


@dataclass(frozen=True)
class _Link:
    """Where a file is to go.

    Args:
        text: the site's whole answer, which the last step hands back.
        url: for a file in one piece; signed.
        about: what names the upload in the steps between.
    """

    text: str
    url: str
    about: dict[str, str]


def send(
    client: Client,
    source: Source,
    filename: str,
    *,
    kind: str,
    on_progress: OnProgress | None,
    checksum: Checksum,
    created_at: str | None = None,
) -> str:
    """Bring a file to the storage; the text by which ``/upload/api_link_file`` knows it.

    Args:
        client: of the site.
        source: the file.
        filename: its name there.
        kind: ``Attachment`` or ``Thumbnail``.
        on_progress: called as bytes go out.
        checksum: counts them.
        created_at: when it was made, where that is not now.

    Raises:
        SourceChangedError: the file changed meanwhile; the site knows nothing of it.
    """
    link = _link(client, filename, kind, source.size > PART, created_at)
    if source.size <= PART:
        _put(client, link.url, source, 0, source.size, filename, on_progress)
        _count(source, checksum)
        return link.text
    etags = []
    for number, offset in enumerate(range(0, source.size, PART), 1):
        size = min(PART, source.size - offset)
        more = {"part_number": str(number)}
        url = lines_of(post(client, _PART_LINK, {**link.about, **more}, safe=True), 2)[1]
        etags.append(_put(client, url, source, offset, size, filename, on_progress))
        for data in source.chunks(offset, size):
            checksum.update(data)
    post(client, _COMPLETE, {**link.about, "etags": ",".join(etags)})
    return link.text


def _link(client: Client, filename: str, kind: str, in_parts: bool, created_at: str | None) -> _Link:
    fields = {"upload_type": kind, "filename": filename, "multipart_upload": str(in_parts)}
    if created_at is not None:
        fields["created_at"] = created_at
    text = post(client, _INFO, fields, safe=True)
    _, url, timestamp, upload_type, upload_id, *_ = lines_of(text, 5 if in_parts else 2) + [""] * 3
    about = {"upload_type": upload_type, "filename": filename, "timestamp": timestamp, "upload_id": upload_id}
    return _Link(text, url, about)


def _put(
    client: Client, url: str, source: Source, offset: int, size: int, filename: str, on_progress: OnProgress | None
) -> str:
    """One piece to the storage; what the storage calls it. One that it fails at, or does not name, is sent again."""
    kind = mimetypes.guess_type(filename)[0] or "application/octet-stream"
    policy, failure = client.http.policy, None
    for attempt in range(1, _TRIES + 1):
        body = upload_body(source, _shifted(on_progress, offset, source.size), offset=offset, size=size)
        try:
            answer = client.http.request("PUT", url, body=body, headers={"Content-Type": kind}, safe=True)
        except ServerError as error:  # cloud storages fail at times, and mean: once more
            failure = error
        else:
            if etag := answer.headers.get("etag"):
                return str(etag)
        if attempt < _TRIES:
            client.http.clock.sleep(policy.pause_s(attempt))
    raise failure or ProtocolError("the storage took a part and does not name it", hint="try again", backend=BACKEND)


def _shifted(on_progress: OnProgress | None, offset: int, total: int) -> OnProgress | None:
    """Progress of the whole file, out of that of a part."""
    if on_progress is None:
        return None
    return lambda part: on_progress(Progress(offset + part.done_bytes, total))


def _count(source: Source, checksum: Checksum) -> None:
    for data in source.chunks():
        checksum.update(data)
