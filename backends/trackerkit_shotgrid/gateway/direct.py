"""Direct uploads: a link to send a file to, whole or in parts, and the form that then makes it an Attachment.

On a site such links lead to cloud storage; here they lead to a folder that the processes of one gateway share, under an
unguessable name. What is never claimed is deleted after a day.
"""

from __future__ import annotations

import hashlib
import secrets
import shutil
import tempfile
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, Final

from trackerkit.errors import NotFoundError, PermissionDeniedError
from trackerkit.gateway.uploads import Form, Received
from trackerkit_shotgrid.gateway import files
from trackerkit_shotgrid.gateway.context import Client, Context, Shared
from trackerkit_shotgrid.gateway.faults import Fault
from trackerkit_shotgrid.gateway.rpc import credential_of, verify

STORAGE: Final = "/upload/storage"
WHOLE: Final = "whole"
_SPACE: Final = "shotgrid.uploads"
_DAY_S: Final = 86_400.0
_MOST_PARTS: Final = 10_000
_KINDS: Final = ("Attachment", "Thumbnail")


class Storage:
    """Where files wait until they are claimed.

    Args:
        shared: what all calls share.
    """

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        name = hashlib.sha256(shared.state.server_secret("shotgrid.uploads")).hexdigest()[:32]
        self.folder = Path(tempfile.gettempdir()) / f"trackerkit-uploads-{name}"

    def place(self, upload: str, part: str) -> Path:
        """Where a part lies."""
        return self.folder / upload / part

    def keep(self, upload: str, part: str, file: Received) -> str:
        """Take a part that has come in; its ETag."""
        place = self.place(upload, part)
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        shutil.move(file.path, place)
        return file.sha256

    def discard(self, upload: str) -> None:
        """Delete all parts of an upload."""
        shutil.rmtree(self.folder / upload, ignore_errors=True)

    def sweep(self) -> None:
        """Delete what nobody came to claim."""
        for place in self.folder.glob("*") if self.folder.is_dir() else ():
            if time.time() - place.stat().st_mtime > _DAY_S:
                shutil.rmtree(place, ignore_errors=True)


Answer = Callable[[Shared, Storage, Client, Form], str]


def answer_form(answer: Answer, shared: Shared, storage: Storage, client: Client, form: Form) -> str:
    """The plain text that answers a form: what it gives, or ``0`` and what was wrong."""
    try:
        return answer(shared, storage, client, form)
    except Fault as fault:
        return f"0\n{fault.message}\n"


# --- the forms -------------------------------------------------------------------------------------------------------


def link_info(shared: Shared, storage: Storage, client: Client, form: Form) -> str:
    """``api_get_upload_link_info``: a link to send the file to, and how the upload is called from now on."""
    owner = _owner(shared, client, form)
    kind, filename = form.get("upload_type"), form.get("filename")
    if kind not in _KINDS or not filename or len(filename) > 1_000:
        raise Fault("upload: 'upload_type' (Attachment or Thumbnail) and 'filename' are needed")
    storage.sweep()
    upload = secrets.token_hex(16)
    is_many = form.get("multipart_upload").lower() == "true"
    shared.state.put_document(_SPACE, upload, {"by": owner, "filename": filename, "many": is_many}, _DAY_S)
    stamp = form.get("created_at") or datetime.now(timezone.utc).isoformat(timespec="seconds")
    link = client.base_url + _link(shared, upload, "1" if is_many else WHOLE)
    return "\n".join(("1", link, " ".join(stamp.split()), kind, upload, ""))


def part_link(shared: Shared, storage: Storage, client: Client, form: Form) -> str:
    """``api_get_upload_link_for_part``: a link to send one part to."""
    upload, _ = _known(shared, client, form, form.get("upload_id"))
    number = form.get("part_number")
    if not number.isdecimal() or not 1 <= int(number[:6]) <= _MOST_PARTS:
        raise Fault(f"upload: 'part_number' must be a whole number from 1 to {_MOST_PARTS}")
    return f"1\n{client.base_url}{_link(shared, upload, str(int(number)))}\n"


def complete(shared: Shared, storage: Storage, client: Client, form: Form) -> str:
    """``api_complete_multipart_upload``: the parts become one file, if every one of them came as it was sent."""
    upload, _ = _known(shared, client, form, form.get("upload_id"))
    etags = [etag.strip().strip('"') for etag in form.get("etags").split(",") if etag.strip()]
    if not etags or len(etags) > _MOST_PARTS:
        raise Fault("upload: 'etags' is missing")
    _joined(storage, upload, etags)
    return "1\n"


def _joined(storage: Storage, upload: str, etags: list[str]) -> None:
    parts = [storage.place(upload, str(number)) for number in range(1, len(etags) + 1)]
    for number, (part, etag) in enumerate(zip(parts, etags, strict=True), 1):
        if not part.is_file() or _hash(part) != etag:
            raise Fault(f"upload: part {number} is not the one that was sent")
    with storage.place(upload, WHOLE).open("wb") as out:
        for part in parts:
            with part.open("rb") as source:
                shutil.copyfileobj(source, out, 1024 * 1024)
            part.unlink()


def _hash(path: Path) -> str:
    made = hashlib.sha256()
    with path.open("rb") as source:
        while data := source.read(1024 * 1024):
            made.update(data)
    return made.hexdigest()


def link_file(context: Context, storage: Storage, form: Form) -> int:
    """``api_link_file``: the file that was sent becomes an Attachment, or a record's thumbnail."""
    lines = form.get("upload_link_info").split("\n")
    if len(lines) < 5:
        raise Fault("upload: 'upload_link_info' is missing")
    upload, said = _claimed(context.shared, _mark(context.caller.key.id), lines[4].strip())
    whole = storage.place(upload, WHOLE)
    if not whole.is_file():
        raise Fault("upload: the file was not sent")
    is_picture = lines[3].strip() == "Thumbnail"
    file = Received("thumb_image" if is_picture else "file", said["filename"], "application/octet-stream", whole)
    file.size = whole.stat().st_size
    number = (files.publish_thumbnail if is_picture else files.upload_file)(context, Form(form.fields, [file]))
    context.shared.state.delete_document(_SPACE, upload)
    storage.discard(upload)
    return number


# --- whose it is -----------------------------------------------------------------------------------------------------


def check_link(shared: Shared, path: str, query: Mapping[str, str]) -> None:
    """Do nothing for a link that was given out and is still good.

    Raises:
        PermissionDeniedError: it is not.
        NotFoundError: the upload is over.
    """
    claims = shared.signer.check(path, query)
    if claims.get("to") != "upload":
        raise PermissionDeniedError("this is no link to send a file to")
    if shared.state.get_document(_SPACE, path.split("/")[-2]) is None:
        raise NotFoundError("this upload is over")


def _link(shared: Shared, upload: str, part: str) -> str:
    return shared.signer.sign(f"{STORAGE}/{upload}/{part}", _DAY_S, to="upload")


def _owner(shared: Shared, client: Client, form: Form) -> str:
    return _mark(verify(shared, credential_of(dict(form.fields), client.address)).key.id)


def _mark(key: Any) -> str:
    return str(key)


def _known(shared: Shared, client: Client, form: Form, upload: str) -> tuple[str, Mapping[str, Any]]:
    return _claimed(shared, _owner(shared, client, form), upload)


def _claimed(shared: Shared, owner: str, upload: str) -> tuple[str, Mapping[str, Any]]:
    """An upload by its name, for who began it."""
    is_name = len(upload) == 32 and set(upload) <= set("0123456789abcdef")
    said = shared.state.get_document(_SPACE, upload) if is_name else None
    if said is None or said["by"] != owner:
        raise Fault("upload: there is no such upload")
    return upload, said
