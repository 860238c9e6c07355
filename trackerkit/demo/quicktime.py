"""QuickTime files with one H.264 video track: written with the index in front, and read back by their headers."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from trackerkit.demo.h264 import Stream

_MATRIX = struct.pack(">9I", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
_KEY_FRAME_ONLY_FIRST = struct.pack(">2I", 1, 1)


@dataclass(frozen=True)
class Track:
    """What the headers say of a movie's video track; `duration` counts ticks, of which `ticks_per_s` are a second."""

    width: int
    height: int
    frames: int
    duration: int
    ticks_per_s: int


def quicktime(stream: Stream, width: int, height: int, fps: int) -> bytes:
    """Return a `.mov` file of encoded frames; it plays while it loads, since its index stands before its media."""
    kind = _atom(b"ftyp", b"qt  ", struct.pack(">I", 0x200), b"qt  isommp42avc1")
    # the index holds the media's place, and its own size, which is always the same, decides that place
    index_size = len(_index(stream, width, height, fps, 0))
    index = _index(stream, width, height, fps, len(kind) + index_size + 8)
    return kind + index + _atom(b"mdat", *stream.samples)


def read_track(data: bytes) -> Track:
    """Return what the headers say of the first video track, in a QuickTime file of the plain kind that is written here.

    Raises:
        ValueError: the data is no such file, is cut off, or has no video.
    """
    if data[4:8] != b"ftyp":
        raise ValueError("not a QuickTime file: it does not begin with a file type")
    try:
        tops = dict(atoms(data))
        for kind, track in atoms(tops[b"moov"]):
            if kind == b"trak" and (found := _read_track(track)):
                return found
    except (KeyError, struct.error) as error:
        raise ValueError(f"a damaged QuickTime file: its headers are cut off or incomplete ({error})") from None
    raise ValueError("a QuickTime file without a video track")


def atoms(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield type and body of each atom in a file or in another atom's body.

    Raises:
        ValueError: an atom reaches beyond the data.
    """
    start = 0
    while start < len(data):
        size = int.from_bytes(data[start : start + 4], "big")
        if size < 8 or start + size > len(data):
            raise ValueError(f"a damaged QuickTime file: the atom at byte {start} reaches beyond the end")
        yield data[start + 4 : start + 8], data[start + 8 : start + size]
        start += size


def _read_track(track: bytes) -> Track | None:
    """Return a track's figures, or None where it is not video."""
    media = dict(atoms(dict(atoms(track))[b"mdia"]))
    if media[b"hdlr"][8:12] != b"vide":
        return None
    table = dict(atoms(dict(atoms(media[b"minf"]))[b"stbl"]))
    ticks_per_s, duration = struct.unpack_from(">II", media[b"mdhd"], 12)
    width, height = struct.unpack_from(">HH", table[b"stsd"], 40)
    (frames,) = struct.unpack_from(">I", table[b"stsz"], 8)
    if not (frames and duration and ticks_per_s):
        raise ValueError("a QuickTime file whose video lasts no time")
    return Track(width, height, frames, duration, ticks_per_s)


def _index(stream: Stream, width: int, height: int, fps: int, media_at: int) -> bytes:
    frames = len(stream.samples)
    head = struct.pack(">4I IH 10x", 0, 0, fps, frames, 0x10000, 0x100) + _MATRIX + struct.pack(">24x I", 2)
    # enabled, in the movie and in its preview
    size = struct.pack(">2I", width << 16, height << 16)
    track = struct.pack(">5I 8x 4H", 0, 0, 1, 0, frames, 0, 0, 0, 0) + _MATRIX + size
    clock = struct.pack(">4I 2H", 0, 0, fps, frames, 0x55C4, 0)  # no language
    media = _atom(
        b"mdia",
        _full(b"mdhd", clock),
        _handler(b"mhlr", b"vide", b"VideoHandler"),
        _atom(
            b"minf",
            _full(b"vmhd", struct.pack(">4H", 64, 0x8000, 0x8000, 0x8000), flags=1),
            _handler(b"dhlr", b"url ", b"DataHandler"),
            _atom(b"dinf", _full(b"dref", struct.pack(">I", 1), _full(b"url ", flags=1))),
            _sample_table(stream, width, height, media_at),
        ),
    )
    return _atom(b"moov", _full(b"mvhd", head), _atom(b"trak", _full(b"tkhd", track, flags=7), media))


def _sample_table(stream: Stream, width: int, height: int, media_at: int) -> bytes:
    """Say how long each frame lasts, which is a key frame, how large each is, and where they lie: in one chunk."""
    frames = len(stream.samples)
    sizes = struct.pack(f">{frames}I", *map(len, stream.samples))
    return _atom(
        b"stbl",
        _full(b"stsd", struct.pack(">I", 1), _sample_entry(stream, width, height)),
        _full(b"stts", struct.pack(">3I", 1, frames, 1)),
        _full(b"stss", _KEY_FRAME_ONLY_FIRST),
        _full(b"stsc", struct.pack(">4I", 1, 1, frames, 1)),
        _full(b"stsz", struct.pack(">2I", 0, frames), sizes),
        _full(b"stco", struct.pack(">2I", 1, media_at)),
    )


def _sample_entry(stream: Stream, width: int, height: int) -> bytes:
    sets = (b"\xe1", _counted(stream.sequence_set), b"\x01", _counted(stream.picture_set))
    decoder = _atom(b"avcC", b"\x01", stream.sequence_set[1:4], b"\xff", *sets)
    colour = _atom(b"colr", b"nclc", struct.pack(">3H", 1, 1, 1))
    seventy_two_dpi = 72 << 16
    name = b"\x05H.264".ljust(32, b"\0")
    fixed = struct.pack(">6xH 16x 2H 2I 4x H", 1, width, height, seventy_two_dpi, seventy_two_dpi, 1)
    return _atom(b"avc1", fixed, name, struct.pack(">Hh", 24, -1), decoder, colour)


def _handler(component: bytes, kind: bytes, name: bytes) -> bytes:
    return _full(b"hdlr", component, kind, bytes(12), bytes((len(name),)), name)


def _counted(body: bytes) -> bytes:
    return struct.pack(">H", len(body)) + body


def _full(kind: bytes, *parts: bytes, flags: int = 0) -> bytes:
    """Return an atom that carries a version (0) and flags."""
    return _atom(kind, struct.pack(">I", flags), *parts)


def _atom(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I", 8 + len(body)) + kind + body
