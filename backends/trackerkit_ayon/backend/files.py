"""Where an upload goes and where a download comes from: by the record's type and the field."""

from __future__ import annotations

from pathlib import Path
from typing import IO, Any

from trackerkit.errors import NotFoundError, UnsupportedError
from trackerkit.transfers import Checksum, Downloaded, OnProgress, Source
from trackerkit.values import Attachment, Image, Ref
from trackerkit_ayon import transfers
from trackerkit_ayon.backend.comments import Comments
from trackerkit_ayon.backend.reading import Reading
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.mapping.names import base_of, native_of
from trackerkit_ayon.mapping.notes import FILENAMES_KEY, ORIGINS, file_value, files_of_activity


class Files:
    """Uploads and downloads."""

    def __init__(self, server: Server, reading: Reading, comments: Comments) -> None:
        self._server, self._reading, self._comments = server, reading, comments

    def upload(
        self, ref: Ref, field: str | None, source: Source, filename: str, on_progress: OnProgress | None
    ) -> Attachment | Image:
        """Send a file to a record; without a field, a version's reviewable, elsewhere an attachment."""
        client, base = self._server.client, base_of(ref.type)
        self._check(ref, field)
        if field == "thumbnail":
            made = transfers.send_thumbnail(client, ref, source, on_progress)
            if base == "Project":
                self._server.forget()
            return made
        if base == "Version" and field in (None, "reviewables"):
            return transfers.send_reviewable(client, ref, source, filename, on_progress)
        return self._attach(ref, source, filename, on_progress)

    def _check(self, ref: Ref, field: str | None) -> None:
        """Raise UnsupportedError before anything is sent where the record has no place for the file."""
        base = base_of(ref.type)
        places = {
            "thumbnail": base in transfers.THUMBNAILS or base == "Project",
            "attachments": base in ("Note", "Reply") or native_of(base).name in ORIGINS,
            "reviewables": base == "Version",
        }
        if places.get(field or "attachments"):
            return
        raise UnsupportedError(
            f"AYON has no place for a file in {ref.type}.{field or 'attachments'}",
            hint="upload it to a folder, task, product, version or note", backend="ayon",
        )  # fmt: skip

    def _attach(self, ref: Ref, source: Source, filename: str, on_progress: OnProgress | None) -> Attachment:
        project = str(ref.project)
        holder = self._comments.node(project, ref) if base_of(ref.type) in ("Note", "Reply") else None
        client = self._server.client
        checksum = Checksum()
        id = transfers.send_file(client, project, source, filename, on_progress, checksum)
        if holder is None:
            transfers.carry_file(client, ref, id, filename)
        else:
            self._add(project, ref, holder, id, filename)
        url = f"/api/projects/{project}/files/{id}"
        return Attachment(id, filename, source.size, transfers.mime_of(filename), hash=str(checksum), url=url)

    def _add(self, project: str, ref: Ref, holder: dict[str, Any], id: str, filename: str) -> None:
        """Add a file to a comment that is there."""
        told = (holder.get("activityData") or {}).get(FILENAMES_KEY) or {}
        names = transfers.filenames({id: filename}).get(FILENAMES_KEY) or {}
        data = {FILENAMES_KEY: {**told, **names}} if names else None
        sent = {"files": [id], "appendFiles": True, **({"data": data} if data else {})}
        self._server.client.send("PATCH", "projects", project, "activities", ref.id, json=sent, safe=True)

    def download(
        self, ref: Ref, field: str | None, target: Path | IO[bytes], value: Any, on_progress: OnProgress | None
    ) -> Downloaded:
        """Fetch a record's file."""
        client = self._server.client
        if field == "thumbnail":
            self._check_thumbnail(ref, value)
            return transfers.fetch_thumbnail(client, ref, target, on_progress)
        project = str(ref.project)
        id = self._file_id(project, ref, value)
        return transfers.fetch_file(client, project, id, target, on_progress)

    def _check_thumbnail(self, ref: Ref, value: Any) -> None:
        """The server shows a relative's thumbnail where a record has none: this one has to have its own."""
        if value is None:
            found = self._reading.fetch([ref], ["thumbnail"], "all").get(ref)
            value = found["thumbnail"] if found else None
        if value is None:
            raise NotFoundError(f"{ref} has no thumbnail", backend="ayon")

    def _file_id(self, project: str, ref: Ref, value: Any) -> str:
        base = base_of(ref.type)
        if base == "Attachment":
            return ref.id
        if base == "Reviewable":
            files = files_of_activity(self._comments.node(project, ref))
        elif base == "Version":
            files = self._reviewed(project, ref)
        else:
            files = ()
        if not files and isinstance(value, Attachment) and value.id:
            return value.id
        if not files:
            raise NotFoundError(f"{ref} has no file", backend="ayon")
        return str(file_value(self._server.context(project), files[0]).id)

    def _reviewed(self, project: str, ref: Ref) -> Any:
        """The files of a version's first reviewable."""
        found = self._server.client.get("projects", project, "versions", ref.id, "reviewables")["reviewables"]
        return [{"id": item["fileId"], "filename": item["filename"]} for item in found]
