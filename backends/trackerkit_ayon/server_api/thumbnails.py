"""Thumbnails of entities and projects: fetching them, and setting them from a file or a stream."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final

from trackerkit_ayon.server_api.base import BaseServerAPI
from trackerkit_ayon.server_api.exceptions import UnsupportedServerVersion
from trackerkit_ayon.server_api.requesttypes import RequestType, RequestTypes
from trackerkit_ayon.server_api.responses import RestApiResponse
from trackerkit_ayon.server_api.rest import outdated, path

PROJECT_THUMBNAIL: Final = "0" * 32
"""The id that a project's thumbnail has where the server names none."""

_MARKS: Final = {b"\x89PNG\r\n\x1a\n": "image/png", b"\xff\xd8\xff": "image/jpeg", b"GIF8": "image/gif"}
_WITH_THUMBNAILS: Final = ("folder", "task", "version", "workfile")


class ThumbnailContent:
    """A picture and what it is, or that there is none.

    Args:
        project_name: of the project.
        thumbnail_id: of the thumbnail; None where there is none.
        content: the bytes; empty where there is none.
        content_type: for example ``image/png``.
    """

    def __init__(
        self, project_name: str, thumbnail_id: str | None, content: bytes | None, content_type: str | None
    ) -> None:
        self.project_name = project_name
        self.thumbnail_id = thumbnail_id
        self.content = content or b""
        self.content_type = content_type

    @property
    def id(self) -> str | None:
        """The thumbnail's id."""
        return self.thumbnail_id

    @property
    def is_valid(self) -> bool:
        """True when there is a picture."""
        return self.thumbnail_id is not None and self.content_type is not None

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.thumbnail_id} {self.content_type} {len(self.content)} bytes>"


class ThumbnailsAPI(BaseServerAPI):
    """Thumbnails; the server takes PNG and JPEG."""

    # ---- fetching

    def get_thumbnail_by_id(self, project_name: str, thumbnail_id: str) -> ThumbnailContent:
        """A thumbnail by its own id; for managers: others ask by the entity."""
        return self._thumbnail(project_name, "thumbnails", thumbnail_id)

    def get_thumbnail(
        self, project_name: str, entity_type: str, entity_id: str, thumbnail_id: str | None = None
    ) -> ThumbnailContent:
        """The thumbnail of an entity; not valid where it has none.

        Args:
            project_name: of the project.
            entity_type: ``folder``, ``task``, ``version`` or ``workfile``.
            entity_id: of the entity.
            thumbnail_id: has no effect.

        Raises:
            HTTPRequestError, UnauthorizedError: the server fails or refuses, which does not mean that there is none.
        """
        if thumbnail_id:
            outdated("get_thumbnail", "thumbnail_id")
        plural = f"{entity_type}s" if entity_type in _WITH_THUMBNAILS else entity_type
        return self._thumbnail(project_name, plural, entity_id, "thumbnail")

    def get_folder_thumbnail(
        self, project_name: str, folder_id: str, thumbnail_id: str | None = None
    ) -> ThumbnailContent:
        """The thumbnail of a folder; see ``get_thumbnail``."""
        if thumbnail_id:
            outdated("get_folder_thumbnail", "thumbnail_id")
        return self.get_thumbnail(project_name, "folder", folder_id)

    def get_task_thumbnail(self, project_name: str, task_id: str) -> ThumbnailContent:
        """The thumbnail of a task; see ``get_thumbnail``."""
        return self.get_thumbnail(project_name, "task", task_id)

    def get_version_thumbnail(
        self, project_name: str, version_id: str, thumbnail_id: str | None = None
    ) -> ThumbnailContent:
        """The thumbnail of a version; see ``get_thumbnail``."""
        if thumbnail_id:
            outdated("get_version_thumbnail", "thumbnail_id")
        return self.get_thumbnail(project_name, "version", version_id)

    def get_workfile_thumbnail(
        self, project_name: str, workfile_id: str, thumbnail_id: str | None = None
    ) -> ThumbnailContent:
        """The thumbnail of a workfile; see ``get_thumbnail``."""
        if thumbnail_id:
            outdated("get_workfile_thumbnail", "thumbnail_id")
        return self.get_thumbnail(project_name, "workfile", workfile_id)

    def get_project_thumbnail(self, project_name: str) -> ThumbnailContent:
        """The thumbnail of a project; not valid where it has none.

        Raises:
            UnsupportedServerVersion: the server is older than 1.15.0.
        """
        self._needs_project_thumbnails("get_project_thumbnail")
        response = self._asked_for_thumbnail(project_name, "thumbnail")
        named = response.headers.get("X-Thumbnail-Id")
        # The picture of a project that is a template comes without an id.
        thumbnail_id = PROJECT_THUMBNAIL if named is None and response.status == 200 else named
        return _content(project_name, thumbnail_id, response)

    def _thumbnail(self, project_name: str, *parts: str) -> ThumbnailContent:
        response = self._asked_for_thumbnail(project_name, *parts)
        # A picture without an id is the transparent dot that stands for none.
        return _content(project_name, response.headers.get("X-Thumbnail-Id"), response)

    def _asked_for_thumbnail(self, project_name: str, *parts: str) -> RestApiResponse:
        response = self.raw_get(path("projects", project_name, *parts))
        if response.status != 404:
            response.raise_for_status()
        return response

    # ---- making

    def create_thumbnail(self, project_name: str, src_filepath: str, thumbnail_id: str | None = None) -> str:
        """Put a picture on the server that belongs to no entity yet: its id.

        Args:
            project_name: of the project.
            src_filepath: the picture.
            thumbnail_id: its id; the server makes one unless given.

        Raises:
            ValueError: there is no such file, or it is no picture.
        """
        with _opened(src_filepath) as file:
            return self.create_thumbnail_with_stream(project_name, file, thumbnail_id)

    def create_thumbnail_with_stream(
        self, project_name: str, stream: IO[bytes], thumbnail_id: str | None = None
    ) -> str:
        """Put a picture on the server that belongs to no entity yet: its id; from a binary stream's first byte on."""
        if thumbnail_id:
            self.update_thumbnail_from_stream(project_name, thumbnail_id, stream)
            return thumbnail_id
        return self._sent_picture(stream, RequestTypes.post, project_name, "thumbnails")

    def update_thumbnail(self, project_name: str, thumbnail_id: str, src_filepath: str) -> None:
        """Change the picture of a thumbnail; makes it where there is none.

        Raises:
            ValueError: there is no such file, or it is no picture.
        """
        with _opened(src_filepath) as file:
            self.update_thumbnail_from_stream(project_name, thumbnail_id, file)

    def update_thumbnail_from_stream(self, project_name: str, thumbnail_id: str, stream: IO[bytes]) -> None:
        """Change the picture of a thumbnail; makes it where there is none; from a binary stream's first byte on."""
        self._picture_answer(stream, RequestTypes.put, project_name, "thumbnails", thumbnail_id)

    def set_entity_thumbnail(self, project_name: str, entity_type: str, entity_id: str, src_filepath: str) -> str:
        """Give an entity a new thumbnail: its id.

        Args:
            project_name: of the project.
            entity_type: ``folder``, ``task``, ``version`` or ``workfile``.
            entity_id: of the entity.
            src_filepath: the picture.

        Raises:
            ValueError: there is no such file, or it is no picture.
        """
        with _opened(src_filepath) as file:
            return self.set_entity_thumbnail_from_stream(project_name, entity_type, entity_id, file)

    def set_entity_thumbnail_from_stream(
        self, project_name: str, entity_type: str, entity_id: str, stream: IO[bytes]
    ) -> str:
        """Give an entity a new thumbnail from a binary stream's first byte on: its id."""
        return self._sent_picture(stream, RequestTypes.post, project_name, f"{entity_type}s", entity_id, "thumbnail")

    def set_project_thumbnail(self, project_name: str, src_filepath: str) -> str:
        """Give a project a thumbnail: its id.

        Raises:
            ValueError: there is no such file, or it is no picture.
            UnsupportedServerVersion: the server is older than 1.15.0.
        """
        self._needs_project_thumbnails("set_project_thumbnail")
        with _opened(src_filepath) as file:
            return self.set_project_thumbnail_from_stream(project_name, file)

    def set_project_thumbnail_from_stream(self, project_name: str, stream: IO[bytes]) -> str:
        """Give a project a thumbnail from a binary stream's first byte on: its id.

        Raises:
            UnsupportedServerVersion: the server is older than 1.15.0.
        """
        self._needs_project_thumbnails("set_project_thumbnail_from_stream")
        return self._sent_picture(stream, RequestTypes.post, project_name, "thumbnail")

    def _sent_picture(self, stream: IO[bytes], verb: RequestType, project_name: str, *parts: str) -> str:
        return str(self._picture_answer(stream, verb, project_name, *parts).json()["id"])

    def _picture_answer(self, stream: IO[bytes], verb: RequestType, project_name: str, *parts: str) -> Any:
        stream, kind = _looked_at(stream)
        place = path("api", "projects", project_name, *parts)
        return self.upload_file_from_stream(place, stream, request_type=verb, content_type=kind)

    def _needs_project_thumbnails(self, function: str) -> None:
        if not self._is_at_least(1, 15, 0):
            raise UnsupportedServerVersion(f"{function} needs AYON server 1.15.0 or newer", backend="ayon")


def _content(project_name: str, thumbnail_id: str | None, response: RestApiResponse) -> ThumbnailContent:
    content = None if thumbnail_id is None else response.content
    return ThumbnailContent(project_name, thumbnail_id, content, response.content_type)


@contextmanager
def _opened(filepath: str) -> Iterator[IO[bytes]]:
    if not Path(filepath).exists():
        raise ValueError(f"Entered filepath does not exist: {filepath}")
    with Path(filepath).open("rb") as file:
        yield file


def _looked_at(stream: IO[bytes]) -> tuple[IO[bytes], str]:
    """A stream that can be sent from its first byte on, and what kind of picture it is by those.

    Raises:
        ValueError: it is no picture.
    """
    if not stream.seekable():
        stream = io.BytesIO(stream.read())
    stream.seek(0)
    start = stream.read(12)
    stream.seek(0)
    kind = next((kind for mark, kind in _MARKS.items() if start.startswith(mark)), None)
    if kind is None and start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        kind = "image/webp"
    if kind is None:
        raise ValueError("the thumbnail is no picture that is known by its first bytes; AYON takes PNG and JPEG")
    return stream, kind
