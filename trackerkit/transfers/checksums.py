"""Checksum: the SHA-256 of bytes as they pass by; of many bytes in a second thread, beside the network and the disk."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Final

_WORTH_A_THREAD: Final = 1 << 18
_MOST_WAITING: Final = 8
_WORKERS: Final = 4


class Checksum:
    """The SHA-256 of bytes as they pass by.

    Large pieces are counted in a thread of a shared pool while their owner goes on; at most eight wait there. Used by one
    thread at a time.
    """

    __slots__ = ("_changed", "_digest", "_is_busy", "_waiting")

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._changed = threading.Condition(threading.Lock())
        self._waiting: deque[bytes] = deque()
        self._is_busy = False

    def update(self, data: bytes) -> None:
        """Count these bytes in."""
        if len(data) < _WORTH_A_THREAD and not self._is_busy:
            self._digest.update(data)
            return
        with self._changed:
            while len(self._waiting) >= _MOST_WAITING:
                self._changed.wait()
            self._waiting.append(data)
            if self._is_busy:
                return
            self._is_busy = True
        try:
            _pool().submit(self._count)
        except RuntimeError:  # the interpreter is about to end and starts no threads any more
            self._count()

    def restart(self) -> None:
        """Forget all bytes."""
        self._settle()
        self._digest = hashlib.sha256()

    @property
    def hex(self) -> str:
        """64 hexadecimal digits."""
        self._settle()
        return self._digest.hexdigest()

    def __str__(self) -> str:
        """The form that an ``Attachment.hash`` has: ``sha256:<hex>``."""
        return f"sha256:{self.hex}"

    def _settle(self) -> None:
        """Wait until every byte is counted."""
        with self._changed:
            while self._is_busy:
                self._changed.wait()

    def _count(self) -> None:
        while True:
            with self._changed:
                if not self._waiting:
                    self._is_busy = False
                    self._changed.notify_all()
                    return
                data = self._waiting.popleft()
                self._changed.notify_all()
            self._digest.update(data)


_lock = threading.Lock()
_pools: dict[int, ThreadPoolExecutor] = {}


def _pool() -> ThreadPoolExecutor:
    """The pool of this process: a forked child has none of its parent's threads."""
    found = _pools.get(os.getpid())
    if found is None:
        with _lock:
            found = _pools.setdefault(
                os.getpid(), ThreadPoolExecutor(_WORKERS, thread_name_prefix="trackerkit-checksum")
            )
    return found
