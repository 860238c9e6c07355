"""Small real pictures and movies for the sample show, made here: no ffmpeg, no imaging library.

The same arguments give the same bytes on every machine and Python version, so a file's hash tells whether it arrived.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from trackerkit.demo import scene
from trackerkit.demo.canvas import rgb_pixels, rgb_tables, yuv_tables
from trackerkit.demo.h264 import encode
from trackerkit.demo.png import SIGNATURE, png, read_size
from trackerkit.demo.quicktime import quicktime, read_track

__all__ = ["MediaInfo", "movie", "picture", "png", "probe"]


@dataclass(frozen=True)
class MediaInfo:
    """What a file's headers say; a picture is one frame that lasts no time (`fps` and `duration_s` are 0)."""

    kind: Literal["png", "mov"]
    width: int
    height: int
    frames: int
    fps: float
    duration_s: float


def picture(label: str, seed: int, width: int = 320, height: int = 180) -> bytes:
    """Return a PNG: the landscape of `seed`, with `label` on its slate.

    The font has A-Z (small letters become capitals), 0-9 and `_-./`; another character is drawn as a box.

    Raises:
        ValueError: a side below 32 pixels.
    """
    canvas = scene.frame(label, seed, width, height)
    return png(width, height, rgb_pixels(canvas.cells, rgb_tables(scene.palette(seed))))


def movie(label: str, seed: int, frames: int = 12, fps: int = 24, width: int = 320, height: int = 180) -> bytes:
    """Return a QuickTime movie (H.264, the `.mov` that reviews use) of the same picture, with frame numbers from 1.

    Raises:
        ValueError: a side below 32 pixels or odd, frames beyond 2048 × 1024 or so, no frame, or fps below 1.
    """
    if frames < 1 or fps < 1:
        raise ValueError(f"a movie of {frames} frames at {fps} fps cannot play; both must be at least 1")
    tables = yuv_tables(scene.palette(seed))
    stream = encode(_frames(label, seed, frames, width, height), width, height, fps, tables)
    return quicktime(stream, width, height, fps)


def probe(data: bytes) -> MediaInfo:
    """Read the headers of a PNG or of a QuickTime movie.

    Raises:
        ValueError: the data is neither, or damaged.
    """
    if data.startswith(SIGNATURE):
        width, height = read_size(data)
        return MediaInfo("png", width, height, 1, 0.0, 0.0)
    if data[4:8] != b"ftyp":
        raise ValueError("neither a PNG picture nor a QuickTime movie; only these two can be probed")
    track = read_track(data)
    duration_s = track.duration / track.ticks_per_s
    return MediaInfo("mov", track.width, track.height, track.frames, track.frames / duration_s, duration_s)


def _frames(label: str, seed: int, frames: int, width: int, height: int) -> Iterator[bytes]:
    """Yield the picture with its number counting up and its bar growing."""
    canvas = scene.frame(label, seed, width, height)
    for number in range(1, frames + 1):
        scene.draw_track(canvas, number, frames)
        scene.draw_number(canvas, number)
        yield bytes(canvas.cells)
