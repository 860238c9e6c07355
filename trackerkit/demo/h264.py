"""H.264 video of drawn frames, without loss, in the plainest coding the standard has (ITU-T H.264, clause 7.3).

A macroblock (16 × 16 pixels) that changed is stored as it is (`I_PCM`); one that did not is skipped. There is no
transform and no prediction to get wrong, every decoder reads it (constrained baseline profile), and the same frames
give the same bytes everywhere. A frame of 160 × 90 costs 23 kB, then what moves.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from trackerkit.demo.canvas import Tables

BLOCK = 16
"""Pixels on a macroblock's side."""

_PROFILE, _COMPATIBILITY, _LEVEL = 66, 0xC0, 40
LARGEST_FRAME_BLOCKS = 8192
"""Macroblocks that level 4.0 allows a frame."""

_I_PCM_IN_I_SLICE, _I_PCM_IN_P_SLICE = 25, 30
_NEEDS_ESCAPE = re.compile(rb"\0\0(?=[\0-\3])")


@dataclass(frozen=True)
class Stream:
    """Encoded video: the two parameter sets, and one access unit a frame, of which the first is the only key frame."""

    sequence_set: bytes
    picture_set: bytes
    samples: list[bytes]


def encode(frames: Iterable[bytes | bytearray], width: int, height: int, fps: int, tables: Tables) -> Stream:
    """Encode frames of palette indices; `tables` are their Y, Cb and Cr (see `canvas.yuv_tables`).

    Raises:
        ValueError: an odd side (colour is stored for two by two pixels) or a frame beyond level 4.0.
    """
    across, down = -(-width // BLOCK), -(-height // BLOCK)
    if width % 2 or height % 2:
        raise ValueError(f"a movie of {width} × {height} pixels cannot be stored; make both sides even")
    if across * down > LARGEST_FRAME_BLOCKS:
        raise ValueError(f"a movie of {width} × {height} pixels is too large; 2048 × 1024 is the most")
    samples = []
    bands: list[bytes] = [b""] * down
    blocks: list[list[bytes]] = [[b""] * across] * down
    for number, cells in enumerate(frames):
        before = [block for band in blocks for block in band]
        fresh = _bands(bytes(cells), width, across * BLOCK, down)
        blocks = [old if a == b else _blocks(b, across, tables) for old, a, b in zip(blocks, bands, fresh, strict=True)]
        bands = fresh
        after = [block for band in blocks for block in band]
        samples.append(_p_frame(before, after, number) if number else _key_frame(after))
    return Stream(_sequence_set(across, down, width, height, fps), _picture_set(), samples)


def _bands(cells: bytes, width: int, padded_width: int, down: int) -> list[bytes]:
    """Cut a frame into bands of 16 rows; its last column and row are repeated up to whole macroblocks."""
    if padded_width != width:
        rows = (cells[start : start + width] for start in range(0, len(cells), width))
        cells = b"".join(row + row[-1:] * (padded_width - width) for row in rows)
    size = padded_width * BLOCK
    missing = (down * size - len(cells)) // padded_width
    cells += cells[-padded_width:] * missing
    return [cells[start : start + size] for start in range(0, down * size, size)]


def _blocks(band: bytes, across: int, tables: Tables) -> list[bytes]:
    """Return the samples of each macroblock in a band: 256 of Y, then 64 of Cb and of Cr, each row by row."""
    stride = across * BLOCK
    quarter = b"".join(band[start : start + stride : 2] for start in range(0, len(band), 2 * stride))
    luma, blue, red = band.translate(tables[0]), quarter.translate(tables[1]), quarter.translate(tables[2])
    return [
        _tile(luma, stride, BLOCK * x, BLOCK) + _tile(blue, stride // 2, 8 * x, 8) + _tile(red, stride // 2, 8 * x, 8)
        for x in range(across)
    ]


def _tile(plane: bytes, stride: int, x: int, side: int) -> bytes:
    return b"".join([plane[start : start + side] for start in range(x, x + side * stride, stride)])


def _key_frame(blocks: Sequence[bytes]) -> bytes:
    """Return an IDR picture: one I slice in which every macroblock is stored."""
    # first macroblock, slice type I, picture set, frame_num, idr_pic_id, two flags, qp delta, no deblocking
    header = _ue(0) + _ue(7) + _ue(0) + "0000" + _ue(0) + "00" + _se(0) + _ue(1)
    stored = _ue(_I_PCM_IN_I_SLICE)
    first, following = _pack(header + stored), _pack(stored)
    return _sample(0x65, first + following.join(blocks) + b"\x80")


def _p_frame(before: Sequence[bytes], after: Sequence[bytes], number: int) -> bytes:
    """Return a picture in which the macroblocks that stay are skipped: they repeat the frame before."""
    # first macroblock, slice type P, picture set, frame_num, three flags, qp delta, no deblocking
    bits = _ue(0) + _ue(5) + _ue(0) + f"{number % 16:04b}" + "000" + _se(0) + _ue(1)
    stored = _ue(_I_PCM_IN_P_SLICE)
    parts = []
    skipped = 0
    for old, new in zip(before, after, strict=True):
        if old == new:
            skipped += 1
            continue
        parts += [_pack(bits + _ue(skipped) + stored), new]
        bits, skipped = "", 0
    if skipped:
        bits += _ue(skipped)
    return _sample(0x41, b"".join(parts) + _pack(bits + "1"))


def _sequence_set(across: int, down: int, width: int, height: int, fps: int) -> bytes:
    crop = _ue(0) + _ue((across * BLOCK - width) // 2) + _ue(0) + _ue((down * BLOCK - height) // 2)
    bits = (
        f"{_PROFILE:08b}{_COMPATIBILITY:08b}{_LEVEL:08b}"
        + _ue(0)  # its own number
        + _ue(0)  # frame_num has four bits
        + _ue(2)  # frames are shown in the order they are stored
        + _ue(1)  # one reference frame
        + "0"
        + _ue(across - 1)
        + _ue(down - 1)
        + "11"  # frames, no fields; direct_8x8_inference
        + "1"
        + crop
        + "1"
        + _usability(fps)
    )
    return _nal(0x67, _pack(bits + "1"))


def _usability(fps: int) -> str:
    """Return the parameters (annex E) that tell a player colours, rate, and that it need not wait for more frames."""
    return (
        "1"
        + f"{1:08b}"  # square pixels
        + "0"
        + "1"
        + f"{5:03b}"  # of no television system
        + "0"  # luma from 16 to 235
        + "1"
        + f"{1:08b}" * 3  # primaries, transfer, matrix: BT.709
        + "0"
        + "1"
        + f"{1:032b}{2 * fps:032b}"  # ticks, in fields
        + "1"  # the rate is fixed
        + "00"  # no buffering model
        + "0"
        + "1"
        + "1"
        + "".join(_ue(value) for value in (0, 0, 11, 11, 0, 1))  # no frame is held back; one is kept
    )


def _picture_set() -> bytes:
    # numbers, CAVLC, one slice group, one reference, no weights, three zero qps, deblocking control, two flags
    bits = _ue(0) + _ue(0) + "00" + _ue(0) + _ue(0) + _ue(0) + "000" + _se(0) * 3 + "100"
    return _nal(0x68, _pack(bits + "1"))


def _sample(kind: int, body: bytes) -> bytes:
    """Return a unit behind its length, as MP4 and QuickTime store it."""
    unit = _nal(kind, body)
    return len(unit).to_bytes(4, "big") + unit


def _nal(kind: int, body: bytes) -> bytes:
    """Return a unit whose body never looks like the start of another one."""
    return bytes((kind,)) + _NEEDS_ESCAPE.sub(b"\0\0\3", body)


def _ue(value: int) -> str:
    """Return an unsigned Exp-Golomb code."""
    digits = f"{value + 1:b}"
    return "0" * (len(digits) - 1) + digits


def _se(value: int) -> str:
    """Return a signed Exp-Golomb code."""
    return _ue(2 * value - 1 if value > 0 else -2 * value)


def _pack(bits: str) -> bytes:
    """Return bits as bytes, the last one filled up with zeros."""
    size = (len(bits) + 7) // 8
    return int(bits.ljust(8 * size, "0"), 2).to_bytes(size, "big")
