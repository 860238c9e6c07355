"""Files that a project keeps, and those of the server's configuration."""

from __future__ import annotations

import mimetypes
import uuid
from pathlib import Path
from typing import IO, TYPE_CHECKING

from trackerkit.origins import path_of
from trackerkit_ayon.server_api.media import media_type_of
from trackerkit_ayon.server_api.requesttypes import RequestTypes, TransferProgress
from trackerkit_ayon.server_api.transfers import TransfersAPI

if TYPE_CHECKING:
    import requests


class FilesAPI(TransfersAPI):
    """``/projects/…/files`` and ``/config/files``."""

    # ---- files of a project

    def upload_project_file(
        self,
        project_name: str,
        filepath: str,
        *,
        content_type: str | None = None,
        filename: str | None = None,
        file_id: str | None = None,
        activity_id: str | None = None,
        chunk_size: int | None = None,
        progress: TransferProgress | None = None,
    ) -> requests.Response:
        """Send a file that a project keeps.

        Args:
            project_name: of the project.
            filepath: what to send.
            content_type: told from its content and name unless given.
            filename: the file's own name unless given.
            file_id: 32 hexadecimal digits; made here unless given, so that sending it twice makes one file.
            activity_id: of the activity that it belongs to; the server soon drops a file that belongs to none.
            chunk_size: taken for compatibility.
            progress: to be looked at meanwhile.
        """
        kind = content_type or media_type_of(filepath) or "application/octet-stream"
        return self.upload_file(
            f"api{path_of('projects', project_name, 'files')}", filepath, progress, RequestTypes.post, content_type=kind,
            filename=filename or Path(filepath).name, headers=_file_headers(file_id, activity_id),
        )  # fmt: skip

    def upload_project_file_from_stream(
        self,
        project_name: str,
        stream: IO[bytes],
        filename: str,
        *,
        content_type: str | None = None,
        file_id: str | None = None,
        activity_id: str | None = None,
        chunk_size: int | None = None,
        progress: TransferProgress | None = None,
    ) -> requests.Response:
        """Send a binary stream as a file that a project keeps; see ``upload_project_file``."""
        kind = content_type or mimetypes.guess_type(filename)[0] or "application/octet-stream"
        return self.upload_file_from_stream(
            f"api{path_of('projects', project_name, 'files')}", stream, progress, RequestTypes.post, content_type=kind,
            filename=filename, headers=_file_headers(file_id, activity_id),
        )  # fmt: skip

    def download_project_file(
        self,
        project_name: str,
        file_id: str,
        filepath: str,
        *,
        chunk_size: int | None = None,
        progress: TransferProgress | None = None,
    ) -> TransferProgress:
        """Fetch a file that a project keeps; see ``download_file``."""
        return self.download_file(f"api{path_of('projects', project_name, 'files', file_id)}", filepath, None, progress)

    def download_project_file_to_stream(
        self,
        project_name: str,
        file_id: str,
        stream: IO[bytes],
        *,
        chunk_size: int | None = None,
        progress: TransferProgress | None = None,
    ) -> TransferProgress:
        """Fetch a file that a project keeps into a binary stream."""
        place = f"api{path_of('projects', project_name, 'files', file_id)}"
        return self.download_file_to_stream(place, stream, None, progress)

    def delete_project_file(self, project_name: str, file_id: str) -> None:
        """Delete a file that a project keeps."""
        self.delete(path_of("projects", project_name, "files", file_id)).raise_for_status()

    # ---- files of the server's configuration

    def download_server_config_file(
        self, file_type: str, filepath: str, *, chunk_size: int | None = None, progress: TransferProgress | None = None
    ) -> TransferProgress:
        """Fetch ``login_background`` or ``studio_logo``; see ``download_file``."""
        return self.download_file(f"api{path_of('config', 'files', file_type)}", filepath, None, progress)

    def download_server_config_file_to_stream(
        self,
        file_type: str,
        stream: IO[bytes],
        *,
        chunk_size: int | None = None,
        progress: TransferProgress | None = None,
    ) -> TransferProgress:
        """Fetch ``login_background`` or ``studio_logo`` into a binary stream."""
        return self.download_file_to_stream(f"api{path_of('config', 'files', file_type)}", stream, None, progress)

    def upload_server_config_file(
        self,
        file_type: str,
        filepath: str,
        *,
        content_type: str | None = None,
        filename: str | None = None,
        chunk_size: int | None = None,
        progress: TransferProgress | None = None,
    ) -> requests.Response:
        """Set ``login_background`` or ``studio_logo``; see ``upload_file``."""
        return self.upload_file(
            f"api{path_of('config', 'files', file_type)}", filepath, progress, content_type=content_type,
            filename=filename or Path(filepath).name,
        )  # fmt: skip

    def upload_server_config_file_from_stream(
        self,
        file_type: str,
        stream: IO[bytes],
        filename: str,
        *,
        content_type: str | None = None,
        chunk_size: int | None = None,
        progress: TransferProgress | None = None,
    ) -> requests.Response:
        """Set ``login_background`` or ``studio_logo`` from a binary stream."""
        place = f"api{path_of('config', 'files', file_type)}"
        return self.upload_file_from_stream(place, stream, progress, content_type=content_type, filename=filename)


def _file_headers(file_id: str | None, activity_id: str | None) -> dict[str, str]:
    made = {"x-file-id": file_id or uuid.uuid4().hex}
    return {**made, "x-activity-id": activity_id} if activity_id else made
