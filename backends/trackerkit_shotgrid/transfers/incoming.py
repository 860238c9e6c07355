"""Incoming: files from where a site keeps them, whole and of the length that the site says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from trackerkit.errors import (
    ConflictError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    TrackerError,
    UnavailableError,
    UnsupportedError,
)
from trackerkit.secrets import Secret
from trackerkit.transfers import Downloaded, download
from trackerkit_shotgrid.client import Client
from trackerkit_shotgrid.errors import BACKEND

Notify = Callable[[Any], None]


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
    """Fetch the file of an Attachment, whole and of the length that the site says.

    Raises:
        UnavailableError: the site is still looking for malware in it.
        PermissionDeniedError: the site found some.
    """
    size = read_one(client, "Attachment", number, ["file_size"]).get("file_size")
    try:
        return download(
            client.http,
            f"/file_serve/attachment/{number}",
            target,
            size=size if isinstance(size, int) and size >= 0 else None,
            on_progress=on_progress,
            headers={"Cookie": f"_session_id={session(client)}"},
        )
    except (ConflictError, NotFoundError) as error:
        raise _scanned(error, number) or error from None


def _scanned(error: TrackerError, number: int) -> TrackerError | None:
    """What the site's answers 409 and 410 mean for a file."""
    if error.status == 409:
        return UnavailableError(
            f"the site is still scanning attachment {number} for malware", hint="try again in a few minutes",
            backend=BACKEND, status=409,
        )  # fmt: skip
    if error.status == 410:
        return PermissionDeniedError(
            f"the site found malware in attachment {number} and gives it to nobody", backend=BACKEND, status=410
        )
    return None


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
