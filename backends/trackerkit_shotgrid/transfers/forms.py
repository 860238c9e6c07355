"""Forms: what is posted under ``/upload/``; answers are plain text whose first sign says how it went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trackerkit.errors import ProtocolError, TrackerError
from trackerkit.retry import is_outcome_unknown
from trackerkit.transfers import MultipartBody
from trackerkit.transfers.checksums import Checksum
from trackerkit.transfers.multipart import FilePart
from trackerkit.transfers.sources import OnProgress
from trackerkit_shotgrid.client import Client
from trackerkit_shotgrid.errors import BACKEND, outcome_unknown, upload_failure

_LOOK = "look whether the file is there before you send it again"


def post(
    client: Client,
    path: str,
    fields: Mapping[str, str],
    files: Sequence[FilePart] = (),
    *,
    safe: bool = False,
    on_progress: OnProgress | None = None,
    checksum: Checksum | None = None,
) -> str:
    """Send a form; the text that the site answers.

    Args:
        client: of the site.
        path: of the form.
        fields: its plain fields; who calls is added.
        files: its files.
        safe: True when sending it twice does no more than once.
        on_progress: called as bytes go out.
        checksum: counts the bytes of the file.

    Raises:
        OutcomeUnknown: no usable answer came back.
        TrackerError: the site refuses.
    """
    client.info()
    auth = {name: str(value) for name, value in client.auth_parameters().items()}
    body = MultipartBody({**fields, **auth}, files, on_progress, checksum)
    try:
        answer = client.post_form(path, body, body.content_type, safe=safe)
    except TrackerError as error:
        if not safe and is_outcome_unknown(error):
            raise outcome_unknown(error, dict(fields), hint=_LOOK) from error
        raise
    text = answer.text()
    failure = upload_failure(text)
    if failure is not None:
        raise failure
    return text


def number_in(text: str) -> int:
    """The number of the Attachment that a form made.

    Args:
        text: ``1:<number>:…``, or the number on the next line.
    """
    found = text.strip().partition(":")[2].split(":")[0].split("\n")[0].strip()
    if not found.isdigit():
        raise ProtocolError("the site took a file and does not say which number it has", backend=BACKEND)
    return int(found)


def lines_of(text: str, least: int) -> list[str]:
    """The lines of an answer that tells something.

    Raises:
        ProtocolError: there are fewer than it takes.
    """
    found: list[Any] = text.split("\n")
    if len(found) < least or not all(found[1:least]):
        raise ProtocolError("the site does not say where the file is to go", backend=BACKEND)
    return found
