"""Buffers: memory that is lent again once nobody holds it; memory that is new each time has to be made by the system."""

from __future__ import annotations

PIECE = 1 << 19
"""How much is read, sent, fetched or written at once at most, in bytes: it still lies in the processor's cache when it
is counted, and is much enough for two threads that they seldom wait for one another."""


class Buffers:
    """Lends pieces of memory. One comes back by itself when the last view of it is gone, and none before.

    So whoever keeps a view, for as long as it likes, keeps what it saw: it costs memory and nothing else. Used by one
    thread at a time; what is lent may go to others.

    Args:
        size: bytes of each.
    """

    __slots__ = ("_made", "_size")

    def __init__(self, size: int = PIECE) -> None:
        self._size = size
        self._made: list[bytearray] = []

    def lend(self) -> memoryview:
        """A piece of memory; what it holds is left over from somebody."""
        free = next(filter(_is_free, self._made), None)
        if free is None:
            free = bytearray(self._size + 1)
            self._made.append(free)
        return memoryview(free)[: self._size]


def _is_free(buffer: bytearray) -> bool:
    """True when there is no view of it: a bytearray that is seen by somebody refuses to change its length."""
    try:
        spare = buffer.pop()
    except BufferError:
        return False
    buffer.append(spare)
    return True
