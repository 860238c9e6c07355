"""Files for the cases: a small real picture, and bytes of any length."""

from __future__ import annotations

import struct
import zlib


def png(width: int = 8, height: int = 6, color: tuple[int, int, int] = (200, 40, 90)) -> bytes:
    """A picture in one colour that every reader of PNG takes."""
    rows = b"".join(b"\x00" + bytes(color) * width for _ in range(height))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", head) + _chunk(b"IDAT", zlib.compress(rows)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def noise(length: int) -> bytes:
    """Bytes that do not compress, the same each time."""
    made, seed = bytearray(), 1
    while len(made) < length:
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
        made += seed.to_bytes(8, "big")
    return bytes(made[:length])
