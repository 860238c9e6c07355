"""What the operating systems do differently with files: atomic replacement, locks, names, free space."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sys
import threading
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO
from uuid import uuid4

from trackerkit.clock import SYSTEM, Clock
from trackerkit.errors import InvalidInputError, UnavailableError

NAME_LIMIT = 200
"""The longest file name that is made here, in bytes of UTF-8."""

_NO_LINK = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_CLOEXEC", 0)


# ---- writing


def open_new(path: Path, mode: int = 0o600) -> int:
    """A descriptor, for reading and writing, of a file that did not exist; never through a symbolic link."""
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _NO_LINK, mode)


def open_kept(path: Path, mode: int = 0o600) -> int:
    """As ``open_new``, but an existing file is opened as it is."""
    return os.open(path, os.O_RDWR | os.O_CREAT | _NO_LINK, mode)


@contextlib.contextmanager
def atomic_write(path: str | Path, *, private: bool = True) -> Iterator[BinaryIO]:
    """Write a file whole or not at all: what was there stays until the new bytes are on the disk.

    A symbolic link at ``path`` is replaced, not followed.

    Args:
        path: the file; its directory exists.
        private: mode 0600; else what the umask leaves of 0666.

    Yields:
        A binary file to write to. An exception in the block leaves the old file as it was.
    """
    target = Path(path)
    beside = target.with_name(f".{short(target.name)}.{uuid4().hex[:12]}.tmp")
    descriptor = open_new(beside, 0o600 if private else 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise
    sync_directory(target.parent)


def sync_directory(folder: Path) -> None:
    """Make a rename last through a power cut, where the system has a way to."""
    if sys.platform == "win32":
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def short(name: str) -> str:
    """The name, or where it is too long to carry a prefix and a suffix, a fingerprint of it."""
    if len(os.fsencode(name)) <= NAME_LIMIT:
        return name
    import hashlib

    return hashlib.sha256(os.fsencode(name)).hexdigest()[:32]


def public_mode() -> int:
    """The mode that a new file of this process gets: 0666 without the umask's bits."""
    # The umask can only be read by setting it; 077 is the harmless way round for a file that another thread makes.
    mask = os.umask(0o077)
    os.umask(mask)
    return 0o666 & ~mask


def is_disk_full(error: OSError) -> bool:
    """True when a write failed for want of room: a full disk, a quota, a limit of the process."""
    return error.errno in (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC))


def free_bytes(folder: str | Path) -> int:
    """How many bytes this user may still write to the disk that holds ``folder``; a great many where it does not say."""
    if sys.platform == "win32":
        import shutil

        return shutil.disk_usage(folder).free
    stat = os.statvfs(folder)
    return stat.f_bavail * stat.f_frsize if stat.f_blocks else sys.maxsize


# ---- locks


def lock_now(descriptor: int) -> bool:
    """Lock an open file against every other open of it, in this process or another; False when somebody has it.

    The lock ends with the descriptor.
    """
    try:
        _lock(descriptor)
    except OSError as error:
        if error.errno in (errno.EACCES, errno.EAGAIN, errno.EDEADLK):
            return False
        raise
    return True


if sys.platform == "win32":
    import msvcrt

    # Windows forbids others to read what is locked, so it is a byte that few files reach (an offset has 31 bits).
    _FAR = 0x7FFF_FFF0

    def _lock(descriptor: int) -> None:
        at = os.lseek(descriptor, 0, os.SEEK_CUR)
        os.lseek(descriptor, _FAR, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        finally:
            os.lseek(descriptor, at, os.SEEK_SET)

else:
    import fcntl

    def _lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """One holder at a time, among all threads and processes that name the same file.

    The file stays when the lock is let go: removing it would let two in. The system lets go for a process that dies.
    Not reentrant.

    Args:
        path: the lock's own file; its directory exists.
        timeout_s: how long to wait; 0 for a single try, None for ever.
        clock: what measures the wait.
    """

    def __init__(self, path: str | Path, timeout_s: float | None = 10.0, *, clock: Clock = SYSTEM) -> None:
        self.path = Path(path)
        self.timeout_s = timeout_s
        self._clock = clock
        self._descriptor: int | None = None
        self._mine = threading.Lock()

    @property
    def is_held(self) -> bool:
        """True while this object holds the lock."""
        return self._descriptor is not None

    def acquire(self) -> None:
        """Take the lock.

        Raises:
            UnavailableError: somebody else had it for all of ``timeout_s``.
        """
        started = self._clock.monotonic()
        while not self._try():
            if self.timeout_s is not None and self._clock.monotonic() - started >= self.timeout_s:
                raise UnavailableError(
                    f"{self.path} is locked by another process or thread",
                    hint="wait until it is done, or stop it",
                    sent="no",
                )
            self._clock.sleep(0.02)

    def _try(self) -> bool:
        with self._mine:
            if self._descriptor is not None:
                return False
            descriptor = open_kept(self.path)
            if lock_now(descriptor):
                self._descriptor = descriptor
                return True
            os.close(descriptor)
            return False

    def release(self) -> None:
        """Let go; nothing happens when it is not held."""
        with self._mine:
            if self._descriptor is not None:
                os.close(self._descriptor)
                self._descriptor = None

    def __enter__(self) -> FileLock:
        self.acquire()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.release()


# ---- names


_RESERVED = re.compile(r"(?:CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|COM[0-9¹²³]|LPT[0-9¹²³])", re.IGNORECASE)
_FORBIDDEN = re.compile(r'[<>:"|?*/\\]')
# Marks that turn the direction of writing show a name other than it is; a lone surrogate is no text at all.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def safe_name(name: str) -> str:
    """A file name that is harmless on every system, made of a name that a server gave.

    What is left is the last part of a path of any system, without a drive, control characters or signs that Windows
    forbids, not hidden, not an option (``-rf``), no name of a Windows device, in NFC and at most 200 bytes of UTF-8;
    the extension is kept. A safe name is its own safe name.
    """
    if not isinstance(name, str):
        raise InvalidInputError(f"a file name is a text, not {type(name).__name__}")
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name).rstrip("/\\"))[-1]
    last = re.sub(r"^[A-Za-z]:", "", last)
    kept = "".join(_visible(sign) for sign in last if sign not in _TURNING)
    clean = unicodedata.normalize("NFC", _FORBIDDEN.sub("_", kept))
    return _fitting(_trimmed(clean))


def _visible(sign: str) -> str:
    kind = unicodedata.category(sign)
    return "" if kind in ("Cc", "Zl", "Zp") else "_" if kind == "Cs" else sign


def _trimmed(name: str) -> str:
    name = name.strip().rstrip(". \t\u00a0")
    if not name:
        return "unnamed"
    stem = name.partition(".")[0].rstrip()
    return f"_{name}" if name[0] in ".-~" or _RESERVED.fullmatch(stem) else name


def _fitting(name: str) -> str:
    if len(name.encode()) <= NAME_LIMIT:
        return name
    stem, dot, extension = name.rpartition(".")
    tail = dot + extension
    if not stem or len(tail.encode()) > 20:
        stem, tail = name, ""
    cut = stem.encode()[: NAME_LIMIT - len(tail.encode())].decode("utf-8", "ignore")
    return _trimmed(cut.rstrip(". \u00a0") + tail)


def inside(root: str | Path, path: str | Path) -> Path:
    """The real path of ``path``, which lies in the directory ``root`` once every link and ``..`` is followed.

    A relative ``path`` is taken from ``root``.

    Raises:
        InvalidInputError: it lies elsewhere.
    """
    base = Path(root).resolve()
    real = (base / path).resolve()
    if not real.is_relative_to(base):
        raise InvalidInputError(f"{str(path)!r} leads out of {base}", hint="use trackerkit.osfiles.safe_name for names")
    return real
