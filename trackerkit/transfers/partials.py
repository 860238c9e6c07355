"""The part of a download that is there already: a file beside the target, and a ledger of what it is a part of."""

from __future__ import annotations

import contextlib
import json
import os
import stat
import sys
from pathlib import Path
from uuid import uuid4

from trackerkit.errors import DiskFullError, InvalidInputError, TransferError
from trackerkit.osfiles import (
    atomic_write,
    free_bytes,
    is_disk_full,
    lock_now,
    open_kept,
    open_new,
    public_mode,
    short,
    sync_directory,
)
from trackerkit.secrets import redact
from trackerkit.transfers.buffers import PIECE
from trackerkit.transfers.checksums import Checksum


class Partial:
    """The bytes of a download so far, in ``.<name>.partial`` beside the target; nobody else writes to it meanwhile.

    What an earlier download left is taken up when its ledger names the same URL. When another download of the same
    target is under way, or ``resume`` is False, the file has a name of its own and is not kept.

    Args:
        target: where the whole file shall be.
        url: where it comes from; a signature in it is neither kept nor compared.
        resume: take up what is there, and keep what is left behind.

    Attributes:
        done: bytes so far.
        checksum: of these bytes.
        validator: the ETag or date that tells whether the server's file is still the same; empty without one.
        total: the size of the whole; None while that is unknown.

    Raises:
        InvalidInputError: the target is a directory or a device, or its directory is missing.
        TransferError: nothing may be written there.
    """

    def __init__(self, target: Path, url: str, *, resume: bool) -> None:
        _check_target(target)
        self.target = target
        self._url = redact(url)
        self.done, self.checksum = 0, Checksum()
        self.validator = ""
        self.total: int | None = None
        self._ledger: Path | None = None
        try:
            self._path, self._descriptor = (self._taken_up() if resume else None) or self._fresh()
        except OSError as error:
            raise self._failure(error) from None
        if self._ledger is not None:
            self._read_ledger(self._ledger)

    # ---- opening

    def _fresh(self) -> tuple[Path, int]:
        path = self.target.with_name(f".{short(self.target.name)}.{uuid4().hex[:8]}.partial")
        return path, open_new(path)

    def _taken_up(self) -> tuple[Path, int] | None:
        """The file that every download of this target uses; None when it is somebody else's now, or no plain file."""
        path = self.target.with_name(f".{short(self.target.name)}.partial")
        if path.is_symlink():
            return None
        try:
            descriptor = open_kept(path)
        except OSError:
            return None
        with contextlib.suppress(OSError):  # of a disk without locks
            if lock_now(descriptor) and _is_still(path, descriptor):
                self._ledger = path.with_name(f"{path.name}.json")
                return path, descriptor
        os.close(descriptor)
        return None

    def _read_ledger(self, ledger: Path) -> None:
        try:
            noted = json.loads(ledger.read_text("utf-8"))
            is_same = noted["url"] == self._url
            validator, total = noted["validator"], noted["total"]
        except (OSError, ValueError, KeyError, TypeError):
            is_same, validator, total = False, "", None
        size = os.fstat(self._descriptor).st_size
        if not is_same or not isinstance(validator, str) or (isinstance(total, int) and size > total):
            self.restart()
            return
        self.validator, self.total = validator, total if isinstance(total, int) else None
        while data := os.read(self._descriptor, PIECE):
            self.checksum.update(data)
            self.done += len(data)

    # ---- writing

    def note(self, validator: str, total: int | None) -> None:
        """Write down what the bytes are a part of, before they come."""
        if self._ledger is not None and (self.validator, self.total) != (validator, total):
            noted = {"url": self._url, "validator": validator, "total": total}
            try:
                with atomic_write(self._ledger) as file:
                    file.write(json.dumps(noted).encode())
            except OSError as error:
                raise self._failure(error) from None
        self.validator, self.total = validator, total

    def write(self, data: bytes | memoryview) -> None:
        """Add bytes, which must not change any more.

        Raises:
            DiskFullError: there is no room for them.
            TransferError: they cannot be written.
        """
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._descriptor, view) :]
        except OSError as error:
            raise self._failure(error) from None
        self.checksum.update(data)
        self.done += len(data)

    def restart(self) -> None:
        """Forget all bytes."""
        os.lseek(self._descriptor, 0, os.SEEK_SET)
        os.ftruncate(self._descriptor, 0)
        self.done = 0
        self.checksum.restart()

    def check_room(self, needed: int) -> None:
        """Raise DiskFullError unless the disk has room for ``needed`` more bytes."""
        free = free_bytes(self.target.parent)
        if needed > free:
            raise DiskFullError(
                f"{self.target.name!r} needs {needed:,} bytes more and {self.target.parent} has {free:,} left",
                hint="make room, or choose another disk",
                sent="no",
            )

    # ---- ending

    def commit(self) -> None:
        """Make it the target: on the disk first, then by one rename; the ledger goes."""
        try:
            os.fsync(self._descriptor)
            self._path.chmod(_mode_for(self.target))
            if sys.platform == "win32":  # where an open file cannot be renamed; elsewhere it stays locked until it is
                self._close()
            self._path.replace(self.target)
        except OSError as error:
            raise self._failure(error) from None
        self._close()
        sync_directory(self.target.parent)
        self._drop_ledger()

    def abandon(self, *, keep: bool) -> None:
        """Stop; what is there stays for the next time when ``keep`` and a ledger allow, else it goes."""
        is_kept = keep and self._ledger is not None and self.done > 0
        if sys.platform == "win32":
            self._close()
        if not is_kept:
            self._drop_ledger()  # first: bytes without a ledger are never taken up
            with contextlib.suppress(OSError):
                self._path.unlink()
        self._close()

    def _close(self) -> None:
        if self._descriptor >= 0:
            with contextlib.suppress(OSError):
                os.close(self._descriptor)
            self._descriptor = -1

    def _drop_ledger(self) -> None:
        if self._ledger is not None:
            with contextlib.suppress(OSError):
                self._ledger.unlink()

    def _failure(self, error: OSError) -> TransferError:
        why = error.strerror or str(error)
        if is_disk_full(error):
            return DiskFullError(f"no room for {str(self.target)!r}: {why}", hint="make room, or choose another disk")
        return TransferError(f"{str(self.target)!r} cannot be written: {why}", sent="no")


def _check_target(target: Path) -> None:
    if not target.name:
        raise InvalidInputError(f"{str(target)!r} is no file name")
    if not target.parent.is_dir():
        raise InvalidInputError(f"there is no directory {target.parent}", hint="make it first")
    with contextlib.suppress(FileNotFoundError):
        found = target.lstat().st_mode
        if stat.S_ISDIR(found):
            raise InvalidInputError(f"{target} is a directory", hint="name the file in it")
        if not (stat.S_ISREG(found) or stat.S_ISLNK(found)):
            raise InvalidInputError(f"{target} is a device or a pipe, not a file")


def _is_still(path: Path, descriptor: int) -> bool:
    """True when the path still names this regular file: before it was locked, another download may have finished it."""
    try:
        named, opened = path.lstat(), os.fstat(descriptor)
    except OSError:
        return False
    return stat.S_ISREG(opened.st_mode) and os.path.samestat(named, opened)


def _mode_for(target: Path) -> int:
    """The mode of the file that is replaced, else what the umask gives to a new one."""
    with contextlib.suppress(OSError):
        found = target.lstat()
        if stat.S_ISREG(found.st_mode):
            return stat.S_IMODE(found.st_mode) & 0o777
    return public_mode()
