"""The URLs that answers hold: signed links to files and thumbnails, good without any other credential for a while."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from trackerkit.gateway.sessions import Caller
from trackerkit.gateway.signing import Signer
from trackerkit.values import Attachment, Image, Ref

ATTACHMENT: Final = "/file_serve/attachment"
RECORD: Final = "/file_serve/record"
TRANSIENT: Final = "/images/status/transient/thumbnail_pending.png"


class Urls:
    """Makes URLs for one call.

    Args:
        base: of the server, as the caller sees it, without a slash at the end.
        signer: signs them.
        caller: in whose name the files will be read.
        ttl_s: how long they are good for.
        is_pending: whether a record's new thumbnail still shows as being made.
    """

    def __init__(
        self, base: str, signer: Signer, caller: Caller, ttl_s: float, is_pending: Callable[[Ref], bool]
    ) -> None:
        self._base = base
        self._signer = signer
        self._ttl_s = ttl_s
        self._is_pending = is_pending
        self._claims = {"by": caller.key.name, **({"as": caller.acting_as} if caller.acting_as else {})}

    def thumbnail(self, owner: Ref, image: Image, field: str = "thumbnail") -> str:
        """Where a record's thumbnail can be seen."""
        if image.pending or self._is_pending(owner):
            return self._base + TRANSIENT
        return self._of_record(owner, field, image.hash or image.id or "")

    def upload(self, owner: Ref, field: str, file: Attachment, number: int | None) -> dict[str, Any]:
        """The url dict of an uploaded file.

        Args:
            owner: the record whose field holds it.
            field: that field.
            file: the file.
            number: of its Attachment, if it has one.
        """
        made: dict[str, Any] = {"url": "", "name": file.filename, "content_type": file.mime_type, "link_type": "upload"}
        if number is None:
            return {**made, "url": self._of_record(owner, field, file.hash or "")}
        url = self._base + self._signer.sign(f"{ATTACHMENT}/{number}", self._ttl_s, **self._claims)
        return {**made, "url": url, "type": "Attachment", "id": number}

    def _of_record(self, owner: Ref, field: str, mark: str) -> str:
        claims = {**self._claims, "v": mark.removeprefix("sha256:")[:12]}
        if owner.project is not None:
            claims["project"] = owner.project
        return self._base + self._signer.sign(f"{RECORD}/{owner.type}/{owner.id}/{field}", self._ttl_s, **claims)
