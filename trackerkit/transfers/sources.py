"""What is sent: a file, opened once, that is the same from its first byte to its last."""

from __future__ import annotations

import contextlib
import io
import os
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, NamedTuple

from trackerkit.errors import InvalidInputError, SourceChangedError, TransferError
from trackerkit.transfers.buffers import PIECE, Buffers
from trackerkit.transfers.checksums import Checksum as Checksum

_UNCOUNTED = 1 << 20
"""How much is read and sent at once where no second thread counts it: the fewer calls, the less it takes."""


class Progress(NamedTuple):
    """How far a file is. ``done_bytes`` may fall back when a part has to be sent or fetched again.

    Args:
        done_bytes: bytes so far.
        total_bytes: bytes in all; None while that is unknown.
    """

    done_bytes: int
    total_bytes: int | None = None

    @property
    def fraction(self) -> float:
        """From 0.0 to 1.0; 0.0 while the total is unknown."""
        if self.total_bytes is None:
            return 0.0
        return min(1.0, self.done_bytes / self.total_bytes) if self.total_bytes else 1.0


OnProgress = Callable[[Progress], None]


class Source:
    """The bytes of one upload: a path, bytes, or a binary file that can be wound back; opened once, its size noted.

    Reading starts anew as often as is asked for. Whoever reads learns when the file changed meanwhile. A context
    manager; a file that the caller opened stays open. Safe to read from several threads.

    Args:
        source: what to send. A file object is taken from its position on.
        filename: the name to send it under; by default the path's own.

    Raises:
        InvalidInputError: there is no such file, or it is a directory, a pipe, a device, a text file, or cannot be
            wound back; nothing was sent.
        TransferError: it may not be read.
    """

    def __init__(self, source: str | os.PathLike[str] | bytes | IO[bytes], filename: str | None = None) -> None:
        self._lock = threading.Lock()
        self._closing = contextlib.ExitStack()
        self.path: Path | None = None
        if isinstance(source, (str, os.PathLike)):
            self.path = Path(source)
            self._file: IO[bytes] = self._closing.enter_context(_opened(self.path))
            self.filename = filename or self.path.name
            self._start = 0
        else:
            self._file = io.BytesIO(source) if isinstance(source, (bytes, bytearray, memoryview)) else _windable(source)
            self.filename = filename or _name_of(source)
            self._start = self._file.tell()
        self._mark = self._state()
        self.size = max(0, self._mark[0] - self._start)

    def __repr__(self) -> str:
        return f"Source({self.filename!r}, {self.size} bytes)"

    def __enter__(self) -> Source:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Close the file, unless it is the caller's."""
        self._closing.close()

    def read_at(self, offset: int, size: int) -> bytes:
        """``size`` bytes from ``offset`` on, no fewer.

        Raises:
            SourceChangedError: the file has become shorter.
            TransferError: it cannot be read any more.
        """
        into = bytearray(size)
        self._read_into(memoryview(into), offset)
        return bytes(into)

    def chunks(self, offset: int = 0, size: int | None = None, piece: int = PIECE) -> Iterator[memoryview]:
        """The bytes from ``offset`` on, at most ``piece`` at a time; ``size`` of them, by default all.

        Raises:
            SourceChangedError: the file is not what it was when it was opened; raised before the last piece is handed
                out, so that nobody takes a mixture for the whole.
        """
        end = self.size if size is None else offset + size
        if not 0 <= offset <= end <= self.size:
            raise InvalidInputError(f"{self.filename!r} has no bytes from {offset} to {end}: it has {self.size}")
        buffers = Buffers(min(piece, end - offset))
        while offset < end:
            data = buffers.lend()[: end - offset]
            self._read_into(data, offset)
            offset += len(data)
            if offset == end:
                self.check()
            yield data
            del data  # so that it can be lent again as soon as nobody else needs it

    def _read_into(self, into: memoryview, offset: int) -> None:
        """Fill all of it, from ``offset`` on."""
        done = 0
        try:
            with self._lock:
                self._file.seek(self._start + offset)
                while done < len(into) and (count := _read_some(self._file, into[done:])):
                    done += count
        except (OSError, ValueError) as error:
            raise TransferError(f"{self.filename!r} cannot be read: {error}", sent="no") from None
        if done != len(into):
            raise self._changed("it became shorter")

    def check(self) -> None:
        """Raise SourceChangedError if the size or the time of change is not what it was."""
        if self._state() != self._mark:
            raise self._changed("its size or its time of change is another")

    def checksum(self) -> Checksum:
        """The SHA-256 of all of it."""
        checksum = Checksum()
        for data in self.chunks():
            checksum.update(data)
        return checksum

    def _changed(self, how: str) -> SourceChangedError:
        return SourceChangedError(
            f"{self.filename!r} changed while it was read: {how}",
            hint="send it again when it is finished",
            sent="unknown",
        )

    def _state(self) -> tuple[int, int]:
        """The size of the file behind, and its time of change where it has one."""
        with self._lock:
            try:
                found = os.fstat(self._file.fileno())
                if stat.S_ISREG(found.st_mode):
                    return found.st_size, found.st_mtime_ns
            except (OSError, ValueError, AttributeError):  # in memory, or closed behind our back: read_at will tell
                pass
            try:
                at = self._file.tell()
                size = self._file.seek(0, os.SEEK_END)
                self._file.seek(at)
            except (OSError, ValueError) as error:
                raise TransferError(f"{self.filename!r} cannot be read: {error}", sent="no") from None
            return size, 0


def _opened(path: Path) -> IO[bytes]:
    """A regular file; what it is, is known before it is opened, since opening a pipe waits for a writer."""
    try:
        kind = path.stat().st_mode
        if not stat.S_ISREG(kind):
            raise InvalidInputError(f"{path} is {_kind_of(kind)}, not a file", hint="name a file")
        file = path.open("rb")
    except FileNotFoundError:
        raise InvalidInputError(f"there is no file {path}") from None
    except (OSError, ValueError) as error:
        if isinstance(error, InvalidInputError):
            raise
        raise TransferError(f"{path} cannot be read: {getattr(error, 'strerror', None) or error}", sent="no") from None
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):  # exchanged in between
        file.close()
        raise InvalidInputError(f"{path} is not a file")
    return file


def _kind_of(mode: int) -> str:
    kinds = ((stat.S_ISDIR, "a directory"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
    return next((name for is_kind, name in kinds if is_kind(mode)), "a device")


def _read_some(file: IO[bytes], into: memoryview) -> int:
    """Some bytes of a file; a file of the caller's own making may know no more than ``read``."""
    if isinstance(file, (io.BufferedIOBase, io.RawIOBase)):
        return file.readinto(into) or 0
    data = file.read(len(into))
    into[: len(data)] = data
    return len(data)


def _windable(file: IO[bytes]) -> IO[bytes]:
    if not hasattr(file, "read"):
        raise InvalidInputError(f"{type(file).__name__} is no file", hint="give a path, bytes or a binary file")
    if isinstance(file, io.TextIOBase):
        raise InvalidInputError("a text file has no bytes to send", hint="open it in mode 'rb'")
    try:
        file.seek(file.tell())
    except (OSError, AttributeError, ValueError):
        raise InvalidInputError(
            "a stream that cannot be wound back cannot be sent again after a failure", hint="save it to a file first"
        ) from None
    return file


def _name_of(source: object) -> str:
    name = getattr(source, "name", None)
    return Path(name).name if isinstance(name, str) and name else "unnamed"


class UploadBody:
    """The body of one request, for ``HttpClient.request(body=)``: starts anew at each attempt and tells how far it is.

    Args:
        source: what to send; has to stay open.
        on_progress: called after each piece, with this body's own bytes.
        offset: where to begin.
        size: how much to send; by default the rest.
        checksum: counts what is sent, anew at each attempt.
    """

    def __init__(
        self,
        source: Source,
        on_progress: OnProgress | None = None,
        *,
        offset: int = 0,
        size: int | None = None,
        checksum: Checksum | None = None,
    ) -> None:
        self.source = source
        self._on_progress = on_progress
        self._offset = offset
        self._size = source.size - offset if size is None else size
        self._checksum = checksum

    @property
    def size(self) -> int:
        """Bytes in all."""
        return self._size

    def chunks(self) -> Iterator[memoryview]:
        """The pieces from the first byte on."""
        tell = self._on_progress or _tell_nobody
        done = 0
        tell(Progress(0, self._size))
        piece = PIECE if self._checksum is not None else _UNCOUNTED
        for data in counted(self.source.chunks(self._offset, self._size, piece), self._checksum):
            yield data
            done += len(data)
            tell(Progress(done, self._size))


def counted(chunks: Iterator[memoryview], checksum: Checksum | None) -> Iterator[memoryview]:
    """The pieces, each counted in as it passes; from none on."""
    if checksum is None:
        yield from chunks
        return
    checksum.restart()
    for data in chunks:
        checksum.update(data)
        yield data


def _tell_nobody(progress: Progress) -> None:
    return None


def upload_body(
    source: Source,
    on_progress: OnProgress | None = None,
    *,
    offset: int = 0,
    size: int | None = None,
    checksum: Checksum | None = None,
) -> UploadBody:
    """A body that sends ``source``, or the part of it that ``offset`` and ``size`` cut out."""
    return UploadBody(source, on_progress, offset=offset, size=size, checksum=checksum)
