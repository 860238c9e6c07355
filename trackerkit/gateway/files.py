"""Files that callers fetch: whole or in ranges, with validators, and harmless in a browser."""

from __future__ import annotations

import mimetypes
import re
from collections.abc import Callable, Mapping
from email.utils import formatdate
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from trackerkit.errors import NotFoundError, TransferError
from trackerkit.web.pool import run_sync

_PART_BYTES: Final = 1024 * 1024
_RANGE: Final = re.compile(r"bytes\s*=\s*(\d*)\s*-\s*(\d*)", re.ASCII)
#: What a browser may show as part of a page; anything else is only saved.
_SHOWN: Final = re.compile(
    r"image/(png|jpeg|gif|webp|bmp|tiff|x-exr)|video/[\w.+-]+|audio/[\w.+-]+|application/pdf|text/plain"
)


class Span(NamedTuple):
    """The bytes from ``start`` up to, not including, ``end``."""

    start: int
    end: int


def wanted_span(header: str | None, size: int, cap_bytes: int | None = None) -> Span | None:
    """What a Range header asks for: a span; None for the whole file; an empty span when there is no such part of it.

    What is malformed, in other units, or of several ranges is as good as no header
    (https://www.rfc-editor.org/rfc/rfc9110#section-14.2). With ``cap_bytes``, a span is no longer than that.
    """
    match = _RANGE.fullmatch((header or "")[:60].strip())
    if match is None or not (match[1] or match[2]):
        return None
    if match[1] and match[2] and int(match[2]) < int(match[1]):
        return None
    if match[1]:
        start, end = int(match[1]), min(int(match[2]) + 1, size) if match[2] else size
    else:
        start, end = max(0, size - int(match[2])), size
    if start >= end:
        return Span(0, 0)
    return Span(start, min(end, start + cap_bytes) if cap_bytes else end)


def disposition(filename: str, inline: bool) -> str:
    """A Content-Disposition that any name fits into, for old clients in ASCII and for all others exactly.

    https://www.rfc-editor.org/rfc/rfc6266#section-4
    """
    kind = "inline" if inline else "attachment"
    plain = re.sub(r"[^ !#-\[\]-~]|%", "_", filename)
    exact = quote(filename.encode("utf-8", "replace"), safe="")
    return f'{kind}; filename="{plain}"' + ("" if plain == filename else f"; filename*=UTF-8''{exact}")


async def file_response(
    request: Request,
    path: Path,
    *,
    filename: str = "",
    content_type: str = "",
    etag: str = "",
    inline: bool = False,
    cap_bytes: int | None = None,
    cache_control: str = "private, no-cache",
    on_done: Callable[[], object] | None = None,
) -> Response:
    """The answer to GET or HEAD of a file: 200, 206, 304 or 416.

    Args:
        request: its Range, If-Range and If-None-Match are followed.
        path: the file.
        filename: what it is saved as; the path's own name by default.
        content_type: guessed from the name by default.
        etag: a strong validator without quotes, for example the file's hash; made of size and time by default.
        inline: may be shown in a page, if its type is harmless there.
        cap_bytes: the longest range that is given at once.
        cache_control: for caches on the way.
        on_done: called when the file is no longer needed, whatever happened.

    Raises:
        NotFoundError: there is no such file.
    """
    try:
        file, size, modified = await run_sync(_opened, path)
    except BaseException:
        _call(on_done)
        raise
    name = filename or path.name
    kind = content_type or mimetypes.guess_type(name)[0] or "application/octet-stream"
    tag = f'"{etag}"' if etag else f'"{size:x}-{int(modified * 1e6):x}"'
    headers = {
        "content-type": kind,
        "content-disposition": disposition(
            name, inline and _SHOWN.fullmatch(kind.partition(";")[0].strip()) is not None
        ),
        "content-security-policy": "default-src 'none'; sandbox",
        "accept-ranges": "bytes",
        "etag": tag,
        "last-modified": formatdate(modified, usegmt=True),
        "cache-control": cache_control,
    }
    status, span, more = _decided(request, size, headers, cap_bytes)
    return _FileAnswer(file, span, status, {**headers, **more}, request, on_done)


def _opened(path: Path) -> tuple[BinaryIO, int, float]:
    try:
        file = path.open("rb", buffering=0)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise NotFoundError("no such file") from None
    facts = path.stat()
    return file, facts.st_size, facts.st_mtime


def _decided(
    request: Request, size: int, headers: Mapping[str, str], cap_bytes: int | None
) -> tuple[int, Span, dict[str, str]]:
    """The status, what to send, and the headers that go with it."""
    if _matches(request.headers.get("if-none-match"), headers["etag"]):
        return 304, Span(0, 0), {}
    asked = request.headers.get("range") if request.method == "GET" else None
    span = wanted_span(asked, size, cap_bytes) if _is_same(request, headers) else None
    if span == (0, 0):
        return 416, Span(0, 0), {"content-range": f"bytes */{size}", "content-length": "0"}
    if span is None:
        return 200, Span(0, size), {"content-length": str(size)}
    part = {"content-range": f"bytes {span.start}-{span.end - 1}/{size}", "content-length": str(span.end - span.start)}
    return 206, span, part


def _matches(header: str | None, etag: str) -> bool:
    if header is None:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in header.split(",")]
    return "*" in tags or etag in tags


def _is_same(request: Request, headers: Mapping[str, str]) -> bool:
    """Whether the file is still the one of which the caller has a part."""
    known = request.headers.get("if-range")
    return known is None or known.strip() in (headers["etag"], headers["last-modified"])


class _FileAnswer(Response):
    """Streams a span of an open file; closes it whatever happens."""

    def __init__(
        self,
        file: BinaryIO,
        span: Span,
        status: int,
        headers: Mapping[str, str],
        request: Request,
        on_done: Callable[[], object] | None,
    ) -> None:
        super().__init__(status_code=status)
        self.raw_headers = [(name.encode(), value.encode("latin-1", "replace")) for name, value in headers.items()]
        self._file = file
        self._span = span
        self._request = request
        self._on_done = on_done

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
            if scope["method"] != "HEAD":
                await self._stream(send)
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._file.close()
            _call(self._on_done)

    async def _stream(self, send: Send) -> None:
        position, end = self._span
        self._file.seek(position)
        while position < end:
            part = await run_sync(self._file.read, min(_PART_BYTES, end - position))
            if not part:
                raise TransferError("the file became shorter while it was sent")
            position += len(part)
            await send({"type": "http.response.body", "body": part, "more_body": True})
            if await self._request.is_disconnected():
                return


def _call(on_done: Callable[[], object] | None) -> None:
    if on_done is not None:
        on_done()
