"""Files to and from the server: whole or not at all, taken up where they were cut, with progress."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, ClassVar, Final
from urllib.parse import quote

from trackerkit import errors as tk
from trackerkit.origins import is_url, path_of
from trackerkit.transfers import Checksum, Progress, Source, download, upload_body
from trackerkit_ayon.server_api.media import header_name, media_type_of
from trackerkit_ayon.server_api.requesttypes import RequestType, RequestTypes, TransferProgress
from trackerkit_ayon.server_api.responses import RestApiResponse, as_requests
from trackerkit_ayon.server_api.transport import Refused, told
from trackerkit_ayon.server_api.verbs import Verbs

if TYPE_CHECKING:
    import requests

_UPLOAD_S: Final = 600.0
"""How long the server may take to put a file away before it answers, in seconds, where nobody set a timeout."""

# AYON gives files neither ETag nor date, but each has an id of its own.
_FILE: Final = re.compile(r"/api/projects/[^/]+/files/[0-9a-f]{32}(?:/payload)?")

_ARGUMENTS: Final = frozenset({"headers", "params", "timeout", "max_retries", "chunk_size"})


class TransfersAPI(Verbs):
    """Files."""

    default_download_chunk_size: ClassVar[int] = 1 << 20
    default_upload_chunk_size: ClassVar[int] = 1 << 20

    # ---- down

    def download_file(
        self, endpoint: str, filepath: str, chunk_size: int | None = None, progress: TransferProgress | None = None
    ) -> TransferProgress:
        """Fetch a file. What was at ``filepath`` stays until the new file is whole.

        A cut connection is taken up where it broke; the server may lead to another place, where the key does not go.

        Args:
            endpoint: below the server's URL (``api/…``), or a URL of this server.
            filepath: where to put it; missing directories are made.
            chunk_size: taken for compatibility: pieces are of 1 MiB.
            progress: to be looked at meanwhile, from another thread for example.

        Raises:
            HTTPRequestError: the server refuses.
            ServerNotReached: no answer, or no more of it.
            trackerkit.errors.TransferError: the file cannot be written, or is not what was announced.
        """
        told_to = progress if progress is not None else TransferProgress()
        told_to.set_destination_url(str(filepath))
        Path(filepath).parent.mkdir(parents=True, exist_ok=True)
        return self._download(endpoint, Path(filepath), told_to)

    def download_file_to_stream(
        self, endpoint: str, stream: IO[bytes], chunk_size: int | None = None, progress: TransferProgress | None = None
    ) -> TransferProgress:
        """Fetch a file into a binary stream, which is written once everything is there.

        Args:
            endpoint: below the server's URL (``api/…``), or a URL of this server.
            stream: open for writing.
            chunk_size: taken for compatibility: pieces are of 1 MiB.
            progress: to be looked at meanwhile.

        Raises:
            HTTPRequestError, ServerNotReached, trackerkit.errors.TransferError: as ``download_file``.
        """
        return self._download(endpoint, stream, progress if progress is not None else TransferProgress())

    def _download(self, endpoint: str, target: Path | IO[bytes], progress: TransferProgress) -> TransferProgress:
        self._settle_identity()
        with _followed(progress), _named_errors():
            last: Refused | None = None
            for path in self._places(endpoint):
                progress.set_source_url(f"{self._base_url}{path}")
                try:
                    is_steady = _FILE.fullmatch(path) is not None
                    teller = _teller(progress)
                    done = download(self._transport.http, path, target, on_progress=teller, steady=is_steady)
                    _note(progress, done.sha256)
                    return progress
                except Refused as error:
                    if error.answer.status not in (404, 405):
                        raise
                    last = last or error
            assert last is not None
            raise last

    def _places(self, endpoint: str) -> Iterator[str]:
        """Where a file may be: an endpoint is meant below the server, many write it as below its API."""
        yield self._transport.path(endpoint, "")
        if not is_url(endpoint) and not endpoint.lstrip("/").startswith("api/"):
            yield self._transport.path(endpoint)

    # ---- up

    def upload_file(
        self,
        endpoint: str,
        filepath: str,
        progress: TransferProgress | None = None,
        request_type: RequestType | None = None,
        *,
        content_type: str | None = None,
        filename: str | None = None,
        **kwargs: Any,
    ) -> requests.Response:
        """Send a file.

        Args:
            endpoint: below the server's URL (``api/…``), or a URL of this server.
            filepath: what to send.
            progress: to be looked at meanwhile.
            request_type: PUT unless given.
            content_type: of the file.
            filename: what the server shall call it.
            **kwargs: ``headers``, ``params``, ``timeout``.

        Raises:
            HTTPRequestError: the server refuses.
            RequestOutcomeUnknown: no answer came to a POST that has no file id; it was not sent again.
            trackerkit.errors.TransferError: the file cannot be read, or changed meanwhile.
        """
        told_to = progress if progress is not None else TransferProgress()
        told_to.set_source_url(str(filepath))
        with Source(filepath) as source:
            return self._upload(endpoint, source, told_to, request_type, content_type, filename, kwargs)

    def upload_file_from_stream(
        self,
        endpoint: str,
        stream: IO[bytes],
        progress: TransferProgress | None = None,
        request_type: RequestType | None = None,
        *,
        content_type: str | None = None,
        filename: str | None = None,
        **kwargs: Any,
    ) -> requests.Response:
        """Send a binary stream, from its first byte on; see ``upload_file``."""
        told_to = progress if progress is not None else TransferProgress()
        _rewound(stream)
        with Source(stream) as source:
            return self._upload(endpoint, source, told_to, request_type, content_type, filename, kwargs)

    def upload_reviewable(
        self,
        project_name: str,
        version_id: str,
        filepath: str,
        label: str | None = None,
        content_type: str | None = None,
        filename: str | None = None,
        progress: TransferProgress | None = None,
        headers: dict[str, Any] | None = None,
        **kwargs: Any,
    ) -> requests.Response:
        """Send what is to be reviewed of a version.

        Args:
            project_name: of the project.
            version_id: of the version.
            filepath: a picture or a movie.
            label: how it is shown; the server takes the file's name without.
            content_type: of the file; told from its content and name unless given.
            filename: what the server shall call it; the file's own name unless given.
            progress: to be looked at meanwhile.
            headers: besides the usual ones.
            **kwargs: ``params``, ``timeout``.

        Raises:
            ValueError: nobody can tell what kind of file it is.
        """
        kind = content_type or media_type_of(filepath)
        if not kind:
            raise tk.InvalidInputError(
                f"Could not determine MIME type of file '{filepath}'", hint="give content_type", backend="ayon"
            )
        filename = filename or Path(filepath).name
        shown = label or (None if filename.isascii() else filename)  # the server reads the header's bytes as Latin-1
        query = f"?label={quote(shown, safe='')}" if shown else ""
        return self.upload_file(
            f"api{path_of('projects', project_name, 'versions', version_id, 'reviewables')}{query}", filepath, progress,
            RequestTypes.post, content_type=kind, filename=filename, headers=headers, **kwargs,
        )  # fmt: skip

    def _upload(
        self,
        endpoint: str,
        source: Source,
        progress: TransferProgress,
        request_type: RequestType | None,
        content_type: str | None,
        filename: str | None,
        kwargs: Mapping[str, Any],
    ) -> requests.Response:
        unknown = kwargs.keys() - _ARGUMENTS
        if unknown:
            raise tk.InvalidInputError(f"{', '.join(sorted(unknown))}: no argument of an upload", backend="ayon")
        method = getattr(request_type or RequestTypes.put, "name", "PUT").upper()
        headers = _headers(kwargs.get("headers"), content_type, filename)
        is_safe = method == "PUT" or any(name.lower() == "x-file-id" for name in headers)
        checksum = Checksum() if getattr(progress, "hashes", False) else None
        sent = {
            "body": upload_body(source, _teller(progress), checksum=checksum), "headers": headers, "params": kwargs.get("params"),
            "timeout": kwargs.get("timeout") or self._upload_s(), "safe": is_safe,
            "max_retries": kwargs.get("max_retries", self._max_retries),
        }  # fmt: skip
        self._settle_identity()
        with _followed(progress), _named_errors():
            response = self._sent_somewhere(method, endpoint, sent, progress)
            response.raise_for_status()
            if checksum is not None:
                _note(progress, checksum.hex)
        return as_requests(response.answer)

    def _sent_somewhere(
        self, method: str, endpoint: str, sent: Mapping[str, Any], progress: TransferProgress
    ) -> RestApiResponse:
        """Send to the first place that takes it."""
        response: RestApiResponse | None = None
        for path in self._places(endpoint):
            progress.set_destination_url(f"{self._base_url}{path}")
            response = self._send_known(method, path, sent)
            if response.status not in (404, 405):
                break
        assert response is not None
        return response

    def _upload_s(self) -> float:
        return self._timeout if self._is_own_timeout else max(self._timeout, _UPLOAD_S)


# ---- progress and errors


def _teller(progress: TransferProgress) -> Callable[[Progress], None]:
    """Passes on how far a transfer is."""

    def tell(now: Progress) -> None:
        if progress.get_content_size() is None and now.total_bytes is not None:
            progress.set_content_size(now.total_bytes)
        if now.done_bytes < progress.get_transferred_size():
            progress.next_attempt()
        progress.set_transferred_size(now.done_bytes)

    return tell


def _note(progress: TransferProgress, sha256: str) -> None:
    """Note a hash, unless it is a progress of AYON's own, which has no place for it."""
    if isinstance(progress, TransferProgress):
        progress.set_sha256(sha256)


@contextmanager
def _followed(progress: TransferProgress) -> Iterator[None]:
    """Notes the start, the end, and why it failed."""
    progress.set_started()
    try:
        yield
    except Exception as error:
        progress.set_failed(str(error))
        raise
    finally:
        progress.set_transfer_done()


@contextmanager
def _named_errors() -> Iterator[None]:
    """Failures by the names that AYON's users know."""
    failure: tk.TrackerError | None = None
    try:
        yield
    except Refused as error:
        RestApiResponse(error.answer).raise_for_status()
        raise
    except (tk.TransportError, tk.ProtocolError) as error:
        failure = told(error, is_safe=True)
        if failure is error:
            raise
    if failure is not None:
        raise failure


def _headers(given: Mapping[str, Any] | None, content_type: str | None, filename: str | None) -> dict[str, str]:
    """The headers of an upload; what is named apart wins."""
    named = {"Content-Type": content_type, "x-file-name": header_name(filename) if filename else None}
    over = {name.lower() for name, value in named.items() if value}
    made = {name: str(value) for name, value in (given or {}).items() if value is not None and name.lower() not in over}
    made.update({name: value for name, value in named.items() if value})
    if not any(name.lower() == "content-type" for name in made):
        made["Content-Type"] = "application/octet-stream"
    return made


def _rewound(stream: IO[bytes]) -> None:
    """At the first byte; what cannot be wound back is refused with a hint by ``Source``."""
    try:
        stream.seek(0)
    except (OSError, AttributeError, ValueError):
        return
