"""Checksum: the SHA-256 of bytes as they pass by; of many bytes in a second thread, beside the network and the disk."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from typing import Final

_WORTH_A_THREAD: Final = 1 << 17
_MOST_WAITING: Final = 2 << 20
_AT_ONCE: Final = 1 << 19
_WORKERS: Final = 4


class Checksum:
    """The SHA-256 of bytes as they pass by.

    Large pieces are counted in a thread of a shared pool while their owner goes on; at most 2 MiB wait there, and whoever
    has to wait for room waits until half of it is free: threads that wake one another for each piece cost more than the
    counting. What waits must not change: a view of memory is kept until it is counted. Used by one thread at a time.
    """

    __slots__ = ("_changed", "_digest", "_held", "_is_busy", "_waiting")

    def __init__(self) -> None:
        self._digest = hashlib.sha256()
        self._changed = threading.Condition(threading.Lock())
        self._waiting: deque[bytes | memoryview] = deque()
        self._held = 0
        self._is_busy = False

    def update(self, data: bytes | memoryview) -> None:
        """Count these bytes in."""
        if len(data) < _WORTH_A_THREAD and not self._is_busy and not self._waiting:
            self._digest.update(data)
            return
        with self._changed:
            if self._held >= _MOST_WAITING:
                self._changed.wait_for(self._has_room)
            self._waiting.append(data)
            self._held += len(data)
            if self._is_busy or self._held < _AT_ONCE:  # one piece alone is not worth waking a thread
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
        self._count()

    def _has_room(self) -> bool:
        return self._held <= _MOST_WAITING // 2

    def _count(self) -> None:
        counted = 0
        while True:
            with self._changed:
                self._held -= counted
                taken = self._taken()
                self._is_busy = bool(taken)
                if not taken or self._has_room():
                    self._changed.notify_all()
            if not taken:
                return
            for data in taken:
                self._digest.update(data)
            counted = sum(map(len, taken))

    def _taken(self) -> list[bytes | memoryview]:
        """The next pieces, about 512 KiB."""
        taken: list[bytes | memoryview] = []
        size = 0
        while self._waiting and size < _AT_ONCE:
            taken.append(self._waiting.popleft())
            size += len(taken[-1])
        return taken


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
