"""PNG files, 8-bit RGB, byte for byte the same on every machine.

What `zlib.compress` returns differs between zlib builds (zlib-ng, Cloudflare's, Chromium's), and a picture's hash must
not. So the Deflate stream (RFC 1951) is written here: fixed Huffman codes, runs of one colour as a match three bytes
back, a row that repeats as a match one row back. Flat drawings shrink to about a tenth; photographs would not, and do
not occur.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

SIGNATURE = b"\x89PNG\r\n\x1a\n"

_RUN = re.compile(rb"(...)\1*", re.DOTALL)
_LONGEST_MATCH = 258
_FARTHEST_MATCH = 32_768


def png(width: int, height: int, pixels: bytes) -> bytes:
    """Return a PNG file of `width × height` RGB pixels, three bytes each, rows from the top.

    Raises:
        ValueError: a size below one, or pixels that do not fill it.
    """
    if width < 1 or height < 1:
        raise ValueError(f"a picture of {width} × {height} pixels is empty; both must be at least 1")
    if len(pixels) != 3 * width * height:
        raise ValueError(f"{width} × {height} RGB pixels are {3 * width * height} bytes, not {len(pixels)}")
    rows = [pixels[start : start + 3 * width] for start in range(0, len(pixels), 3 * width)]
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", _zlib_stream(rows)) + _chunk(b"IEND", b"")


def read_size(data: bytes) -> tuple[int, int]:
    """Return width and height from a PNG's header.

    Raises:
        ValueError: the data is no PNG, or its header is cut off or damaged.
    """
    if not data.startswith(SIGNATURE):
        raise ValueError("not a PNG file: the signature is missing")
    if len(data) < 33 or data[8:16] != b"\0\0\0\rIHDR" or zlib.crc32(data[12:29]) != int.from_bytes(data[29:33], "big"):
        raise ValueError("a damaged PNG file: its header is cut off or fails its checksum")
    width, height = struct.unpack(">II", data[16:24])
    return width, height


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def _zlib_stream(rows: list[bytes]) -> bytes:
    """Wrap rows, each behind its filter byte 0 ("none"), in a zlib stream of one Deflate block."""
    bits = "1" + "10" + "".join(_row_codes(rows)) + "0000000"  # last block; fixed codes; …; end of block
    # Deflate fills bytes from the lowest bit up: the whole stream is one number, read backwards
    deflated = int(bits[::-1], 2).to_bytes((len(bits) + 7) // 8, "little")
    return b"\x78\x01" + deflated + struct.pack(">I", zlib.adler32(b"\0" + b"\0".join(rows)))


def _row_codes(rows: list[bytes]) -> Iterator[str]:
    """Yield the bits of each row."""
    stride = len(rows[0]) + 1
    repeated = _match(stride, stride) if stride <= _FARTHEST_MATCH else ""
    known: dict[bytes, str] = {}
    previous = b""
    for row in rows:
        if repeated and row == previous:
            yield repeated
            continue
        previous = row
        yield _LITERALS[0]
        for run in _RUN.finditer(row):
            colours = run[0]
            code = known.get(colours)
            if code is None:
                code = known[colours] = _run_code(colours)
            yield code


def _run_code(colours: bytes) -> str:
    """Return the bits of one colour, repeated: itself, then a match three bytes back."""
    return "".join(_LITERALS[value] for value in colours[:3]) + _match(len(colours) - 3, 3)


def _match(length: int, distance: int) -> str:
    """Return the bits that repeat `length` bytes from `distance` bytes back; the length is 0, or 3 and more."""
    codes = []
    while length:
        step = min(length, _LONGEST_MATCH)
        if 0 < length - step < 3:
            step -= 3  # nothing shorter than three bytes is a match
        codes.append(_length_code(step) + _distance_code(distance))
        length -= step
    return "".join(codes)


def _literal(value: int) -> str:
    return f"{value + 0b00110000:08b}" if value < 144 else f"{value - 144 + 0b110010000:09b}"


def _length_code(length: int) -> str:
    """Return the code of a match length (RFC 1951, 3.2.5): four codes share each number of extra bits."""
    if length == _LONGEST_MATCH:
        return _symbol(285)
    if length < 11:
        return _symbol(254 + length)
    extra = (length - 3).bit_length() - 3
    group, rest = divmod(length - 3, 1 << extra)
    return _symbol(257 + 4 * extra + group) + _extra_bits(rest, extra)


def _distance_code(distance: int) -> str:
    """Return the code of a match distance: two codes share each number of extra bits."""
    if distance < 5:
        return f"{distance - 1:05b}"
    extra = (distance - 1).bit_length() - 2
    group, rest = divmod(distance - 1, 1 << extra)
    return f"{2 * extra + group:05b}" + _extra_bits(rest, extra)


def _symbol(symbol: int) -> str:
    return f"{symbol - 256:07b}" if symbol < 280 else f"{symbol - 280 + 0b11000000:08b}"


def _extra_bits(value: int, count: int) -> str:
    """Extra bits stand lowest first, unlike the codes."""
    return f"{value:0{count}b}"[::-1] if count else ""


_LITERALS = [_literal(value) for value in range(256)]
