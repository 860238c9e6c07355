"""A small picture of palette indices, drawn in whole row spans, and its colours as PNG or video wants them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isqrt

from trackerkit.demo.font import text_rows

Colour = tuple[int, int, int]
Tables = tuple[bytes, bytes, bytes]
"""Three `bytes.translate` tables, from palette index to one channel each."""


class Canvas:
    """`width × height` palette indices, one byte a pixel, row after row; what lies outside is clipped."""

    __slots__ = ("cells", "height", "width")

    def __init__(self, width: int, height: int) -> None:
        self.width = width
        self.height = height
        self.cells = bytearray(width * height)

    def copy(self) -> Canvas:
        """Return a canvas of its own with the same cells."""
        twin = Canvas.__new__(Canvas)
        twin.width, twin.height, twin.cells = self.width, self.height, self.cells[:]
        return twin

    def put(self, x: int, y: int, row: bytes) -> None:
        """Write a run of indices at (x, y)."""
        left, right = max(x, 0), min(x + len(row), self.width)
        if left < right and 0 <= y < self.height:
            start = y * self.width
            self.cells[start + left : start + right] = row[left - x : right - x]

    def span(self, y: int, x0: int, x1: int, index: int) -> None:
        """Fill row `y` from `x0` up to, not including, `x1`."""
        left, right = max(x0, 0), min(x1, self.width)
        if left < right and 0 <= y < self.height:
            start = y * self.width
            self.cells[start + left : start + right] = bytes((index,)) * (right - left)

    def tint(self, y: int, x0: int, x1: int, table: bytes) -> None:
        """Send each index of a span of row `y` through a 256-byte table: how light is laid over what is there."""
        left, right = max(x0, 0), min(x1, self.width)
        if left < right and 0 <= y < self.height:
            start = y * self.width
            self.cells[start + left : start + right] = self.cells[start + left : start + right].translate(table)

    def box(self, x: int, y: int, width: int, height: int, index: int) -> None:
        """Fill a rectangle."""
        for row in range(y, y + height):
            self.span(row, x, x + width, index)

    def text(self, x: int, y: int, text: str, ink: int, paper: int, scale: int = 1) -> None:
        """Write a line of text on solid paper; it is `7 × scale` pixels high."""
        colours = bytes((paper, ink)) + bytes(254)
        for offset, row in enumerate(text_rows(text, scale)):
            self.put(x, y + offset, row.translate(colours))


def disc(x: int, y: int, radius: int) -> Iterator[tuple[int, int, int]]:
    """Yield the spans (y, x0, x1) of a disc around (x, y)."""
    for offset in range(-radius, radius + 1):
        half = isqrt(radius * radius - offset * offset)
        yield y + offset, x - half, x + half + 1


def mix(first: Colour, second: Colour, part: int, whole: int) -> Colour:
    """Return the colour `part / whole` of the way from the first to the second, in whole numbers."""
    red, green, blue = ((a * (whole - part) + b * part) // whole for a, b in zip(first, second, strict=True))
    return red, green, blue


def rgb_tables(palette: Sequence[Colour]) -> Tables:
    """Return the tables that turn indices into red, green and blue."""
    red, green, blue = (bytes(channel).ljust(256, b"\0") for channel in zip(*palette, strict=True))
    return red, green, blue


def yuv_tables(palette: Sequence[Colour]) -> Tables:
    """Return the tables that turn indices into Y, Cb and Cr of BT.709 video (luma 16 to 235)."""
    luma = bytes(16 + ((47 * r + 157 * g + 16 * b + 128) >> 8) for r, g, b in palette)
    blue = bytes(128 + ((-26 * r - 86 * g + 112 * b + 128) >> 8) for r, g, b in palette)
    red = bytes(128 + ((112 * r - 102 * g - 10 * b + 128) >> 8) for r, g, b in palette)
    return luma.ljust(256, b"\x10"), blue.ljust(256, b"\x80"), red.ljust(256, b"\x80")


def rgb_pixels(cells: bytes | bytearray, tables: Tables) -> bytes:
    """Return the cells as interleaved 8-bit RGB."""
    pixels = bytearray(3 * len(cells))
    for channel, table in enumerate(tables):
        pixels[channel::3] = cells.translate(table)
    return bytes(pixels)
