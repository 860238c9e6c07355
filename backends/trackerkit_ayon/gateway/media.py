"""Bytes of the tracker on their way to callers: fetched once into a folder of the gateway, kept while they are asked for."""

from __future__ import annotations

import re
import time
from collections import OrderedDict
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final
from uuid import uuid4

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response

from trackerkit.gateway.files import file_response

_KEPT_BYTES: Final = 2 * 1024**3
_KEPT_S: Final = 600.0
_SMALL_VIDEO: Final = 12 * 1024 * 1024
_VIDEO_PART: Final = 4 * 1024 * 1024


class Larder:
    """Files that were fetched lately, by a name that changes with their bytes.

    Args:
        folder: of the gateway.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._known: OrderedDict[str, tuple[Path, int, float]] = OrderedDict()
        self._lock = Lock()

    def get(self, name: str, fetch: Callable[[Path], Any]) -> Path:
        """The file of a name, fetched when it is not there."""
        key = re.sub(r"[^A-Za-z0-9_-]", "_", name)
        with self._lock:
            found = self._known.get(key)
            if found is not None and found[0].is_file():
                self._known.move_to_end(key)
                self._known[key] = (found[0], found[1], time.monotonic())
                return found[0]
        path = self.folder / f"{key[:60]}-{uuid4().hex[:8]}"
        fetch(path)
        self._keep(key, path)
        return path

    def _keep(self, key: str, path: Path) -> None:
        now = time.monotonic()
        with self._lock:
            before = self._known.pop(key, None)  # two who asked at once have both fetched it
            self._known[key] = (path, path.stat().st_size, now)
            if before is not None:
                self._drop(before[0])
            total = sum(size for _, size, _ in self._known.values())
            for other in list(self._known):
                old, size, at = self._known[other]
                if other == key or (total <= _KEPT_BYTES and now - at < _KEPT_S):
                    continue
                total -= size
                del self._known[other]
                self._drop(old)

    def _drop(self, path: Path) -> None:
        with suppress(OSError):  # on Windows a file that is being sent stays until the server ends
            path.unlink()


async def send_file(request: Request, path: Path, filename: str, content_type: str, etag: str = "") -> Response:
    """A file as AYON sends it: ranges of what is no video; a video whole up to 12 MiB, in ranges of 4 MiB beyond."""
    cap = None
    asked = request
    if content_type.startswith("video/"):
        if path.stat().st_size <= _SMALL_VIDEO:
            asked = _without_range(request)
        else:
            cap = _VIDEO_PART
    return await file_response(
        asked, path, filename=filename, content_type=content_type, etag=etag, inline=True, cap_bytes=cap
    )


def _without_range(request: Request) -> Request:
    scope = dict(request.scope)
    headers = MutableHeaders(raw=list(request.scope["headers"]))
    if "range" in headers:
        del headers["range"]
    scope["headers"] = headers.raw
    return Request(scope, request.receive)
