"""The pictures of the sample show: a landscape by seed, and below it a slate with the shot's name."""

from __future__ import annotations

import functools
import hashlib

from trackerkit.demo.canvas import Canvas, Colour, disc, mix
from trackerkit.demo.font import ADVANCE, GLYPH_HEIGHT, text_width

# the sky's levels stand three times in the palette: as they are, in the sun's glow, and nearer to the sun
_SKY_LEVELS = 60
_INNER_GLOW = 2 * _SKY_LEVELS
_SUN = 3 * _SKY_LEVELS
_RIDGES = _SUN + 1
_RIDGE_COUNT = 3
_PAPER = _RIDGES + 2 * _RIDGE_COUNT
_TRACK, _INK, _DIM_INK, _ACCENT, _CORNER = range(_PAPER + 1, _PAPER + 6)

_OUTER_TABLE = bytes(i + _SKY_LEVELS if i < _SKY_LEVELS else i for i in range(256))
_INNER_TABLE = bytes(i + _SKY_LEVELS if _SKY_LEVELS <= i < _INNER_GLOW else i for i in range(256))

_THEMES = (
    # zenith, horizon, sun, far ridge, near ridge
    (0x16244A, 0xF0A878, 0xFFF0C4, 0x8A6A8C, 0x221C3C),
    (0x0A0F2A, 0x40529A, 0xF1F3FF, 0x2C3A78, 0x0B1026),
    (0x2F86CC, 0xCFEBF7, 0xFFF9DC, 0x86AFC0, 0x1E4F3C),
    (0xDE7A3C, 0xFBE3B6, 0xFFFDF0, 0xCF8462, 0x4C2438),
    (0x1D5560, 0xC4E4C6, 0xFDF8D0, 0x6C9C8E, 0x12363A),
    (0x43206E, 0xF29CC0, 0xFFE8F0, 0x8C5AA4, 0x241040),
    (0x5A1420, 0xFF9E4A, 0xFFF1B0, 0x96342E, 0x240A14),
    (0x8299B2, 0xEEF3F8, 0xFFFFFF, 0xA9BCCE, 0x38506A),
)

_SMALLEST_SIDE = 32


def frame(label: str, seed: int, width: int, height: int) -> Canvas:
    """Return a frame with its slate: the landscape of `seed`, `label` burnt in, the theme's colours as chips.

    Raises:
        ValueError: a side below 32 pixels, where no name can be read.
    """
    if min(width, height) < _SMALLEST_SIDE:
        raise ValueError(f"a frame of {width} × {height} pixels is too small; a side takes at least {_SMALLEST_SIDE}")
    canvas = Canvas(width, height)
    canvas.cells[:] = _landscape(seed, width, height)
    unit = unit_of(height)
    top = height - _slate_height(unit)
    canvas.box(0, top, width, height - top, _PAPER)
    chips = [_ACCENT, _RIDGES + 1, _RIDGES]
    for place, colour in enumerate(chips, start=1):
        canvas.box(width - 6 * unit - 7 * unit * place, top + 5 * unit, 6 * unit, 6 * unit, colour)
    draw_label(canvas, label, width - 12 * unit - 7 * unit * len(chips) - 4 * unit)
    draw_track(canvas, 1, 1)
    return canvas


def unit_of(height: int) -> int:
    """Return the size of one drawing unit in pixels: a stroke of the lettering."""
    return max(1, height // 90)


def draw_label(canvas: Canvas, label: str, room: int) -> None:
    """Write the label on the slate in at most `room` pixels: smaller if it is long, cut short with two dots at last."""
    unit = unit_of(canvas.height)
    scale = unit
    while scale > 1 and text_width(label, scale) > room:
        scale -= 1
    if text_width(label, scale) > room:
        label = label[: max(room // (ADVANCE * scale) - 2, 0)] + ".."
    y = canvas.height - _slate_height(unit) + (_slate_height(unit) + 2 * unit - GLYPH_HEIGHT * scale) // 2
    canvas.text(6 * unit, y, label, _INK, _PAPER, scale)


def draw_track(canvas: Canvas, done: int, whole: int) -> None:
    """Draw the bar above the slate, filled up to `done / whole`."""
    unit = unit_of(canvas.height)
    top = canvas.height - _slate_height(unit)
    filled = canvas.width * done // whole
    canvas.box(0, top, filled, 2 * unit, _ACCENT)
    canvas.box(filled, top, canvas.width - filled, 2 * unit, _TRACK)


def draw_number(canvas: Canvas, number: int) -> None:
    """Write a frame number over the chips of the slate."""
    unit = unit_of(canvas.height)
    top = canvas.height - _slate_height(unit)
    room = 7 * unit * 3
    canvas.box(canvas.width - 6 * unit - room, top + 5 * unit, room, 6 * unit, _PAPER)
    text = f"{number:04d}"
    canvas.text(canvas.width - 5 * unit - text_width(text, unit), top + 5 * unit, text, _DIM_INK, _PAPER, unit)


@functools.lru_cache(maxsize=64)
def palette(seed: int) -> tuple[Colour, ...]:
    """Return the colours of a seed's landscape and slate, by index."""
    zenith, horizon, sun, far, near = (_colour(value) for value in _THEMES[seed % len(_THEMES)])
    sky = [mix(zenith, horizon, level, _SKY_LEVELS - 1) for level in range(_SKY_LEVELS)]
    glows = [mix(colour, sun, part, 10) for part in (2, 5) for colour in sky]
    faces = [mix(far, near, step, _RIDGE_COUNT - 1) for step in range(_RIDGE_COUNT)]
    ridges = [mix(face, other, 3, 20) for face in faces for other in (horizon, (0, 0, 0))]
    slate = [(18, 19, 24), (44, 46, 56), (242, 243, 246), (166, 170, 182)]
    return (*sky, *glows, sun, *ridges, *slate, mix(horizon, far, 1, 4), mix(horizon, sun, 1, 2))


@functools.lru_cache(maxsize=64)
def _landscape(seed: int, width: int, height: int) -> bytes:
    """Draw sky, sun, three ridges of mountains and the corners of the frame."""
    canvas = Canvas(width, height)
    digits = _digits(seed)
    ground = height - _slate_height(unit_of(height))
    for y in range(ground):
        canvas.span(y, 0, width, y * (_SKY_LEVELS - 1) // (ground - 1))
    _draw_sun(canvas, width * (40 + digits[1] % 160) // 240, ground * (60 + digits[2] % 70) // 240, ground // 9)
    for ridge in range(_RIDGE_COUNT):
        _draw_ridge(canvas, ridge, ground, digits[4 + 8 * ridge : 12 + 8 * ridge])
    _draw_corners(canvas, ground)
    return bytes(canvas.cells)


def _draw_sun(canvas: Canvas, x: int, y: int, radius: int) -> None:
    for table, reach in ((_OUTER_TABLE, 3 * radius), (_INNER_TABLE, 9 * radius // 5)):
        for row, x0, x1 in disc(x, y, reach):
            canvas.tint(row, x0, x1, table)
    for row, x0, x1 in disc(x, y, radius):
        canvas.span(row, x0, x1, _SUN)


def _draw_ridge(canvas: Canvas, ridge: int, ground: int, digits: bytes) -> None:
    """Draw a chain of four peaks; nearer ridges stand lower."""
    count = 4
    step = canvas.width // count
    for peak in range(count):
        x = step * peak + step // 2 + (digits[2 * peak] - 128) * step // 300
        rise = ground * (110 - 28 * ridge) // 240 + digits[2 * peak + 1] * ground // 1400
        _draw_peak(canvas, x, ground - rise, ground, step + step * digits[2 * peak + 1] // 900, _RIDGES + 2 * ridge)


def _draw_peak(canvas: Canvas, x: int, top: int, ground: int, half: int, lit: int) -> None:
    """Draw a mountain with a lit face on the left and one in the shade on the right."""
    for y in range(top, ground):
        reach = half * (y - top) // (ground - top)
        edge = x - reach // 5 + (y % 7) * reach // (8 * half)
        canvas.span(y, x - reach, edge, lit)
        canvas.span(y, edge, x + reach + 1, lit + 1)


def _draw_corners(canvas: Canvas, ground: int) -> None:
    """Draw the four corners of the safe area, as a viewfinder shows it."""
    unit = unit_of(canvas.height)
    margin, arm = 5 * unit, 7 * unit
    left, right, top, bottom = margin, canvas.width - margin, margin, ground - margin
    for x, y in ((left, top), (right - arm, top), (left, bottom - unit), (right - arm, bottom - unit)):
        canvas.box(x, y, arm, unit, _CORNER)
    for x, y in ((left, top), (right - unit, top), (left, bottom - arm), (right - unit, bottom - arm)):
        canvas.box(x, y, unit, arm, _CORNER)


def _slate_height(unit: int) -> int:
    return 16 * unit


def _colour(value: int) -> Colour:
    return value >> 16, value >> 8 & 255, value & 255


def _digits(seed: int) -> bytes:
    """Return 32 bytes of chance that are the same on every machine."""
    return hashlib.sha256(b"%d" % seed).digest()
