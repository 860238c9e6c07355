"""The sample show's pictures and movies: real files, the same bytes everywhere, read by other tools without a word."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import struct
import subprocess
import time
import zlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackerkit.demo.canvas import Canvas, Tables, rgb_pixels, rgb_tables, yuv_tables
from trackerkit.demo.font import GLYPHS, glyph
from trackerkit.demo.h264 import encode
from trackerkit.demo.media import MediaInfo, movie, picture, png, probe
from trackerkit.demo.quicktime import atoms, quicktime

needs_ffmpeg = pytest.mark.skipif(
    not (shutil.which("ffmpeg") and shutil.which("ffprobe")),
    reason="ffmpeg and ffprobe are not on PATH: no second opinion on the movies (the digests below still hold them)",
)


def unpack_png(data: bytes) -> tuple[int, int, bytes]:
    """Read a PNG by the book: every checksum, every filter byte; returns width, height and RGB pixels."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    chunks: list[tuple[bytes, bytes]] = []
    start = 8
    while start < len(data):
        (size,) = struct.unpack_from(">I", data, start)
        kind, body = data[start + 4 : start + 8], data[start + 8 : start + 8 + size]
        assert struct.unpack_from(">I", data, start + 8 + size) == (zlib.crc32(kind + body),)
        chunks.append((kind, body))
        start += 12 + size
    assert [kind for kind, _ in chunks] == [b"IHDR", b"IDAT", b"IEND"]
    width, height, *rest = struct.unpack(">IIBBBBB", chunks[0][1])
    assert rest == [8, 2, 0, 0, 0]
    inflate = zlib.decompressobj()
    raw = inflate.decompress(chunks[1][1]) + inflate.flush()
    assert inflate.eof
    assert inflate.unused_data == b""
    rows = [raw[at : at + 1 + 3 * width] for at in range(0, len(raw), 1 + 3 * width)]
    assert len(raw) == height * (1 + 3 * width)
    assert {row[0] for row in rows} == {0}
    return width, height, b"".join(row[1:] for row in rows)


# --- PNG ----------------------------------------------------------------------------------------------------


def test_png_comes_back_at_every_run_length() -> None:
    for width in range(1, 600):
        flat = b"\x00\x8f\x90" * width
        pixels = flat + flat + b"\xff\x00\x01" * width + flat
        assert unpack_png(png(width, 4, pixels)) == (width, 4, pixels)


def test_png_comes_back_when_a_row_is_longer_than_the_window() -> None:
    pixels = (b"abc" * 11_000 + b"xyz") * 2
    assert unpack_png(png(11_001, 2, pixels)) == (11_001, 2, pixels)


@given(
    st.integers(1, 9),
    st.lists(st.tuples(st.binary(min_size=3, max_size=3), st.integers(1, 400)), min_size=1, max_size=8),
    st.lists(st.booleans(), min_size=1, max_size=4),
)
def test_png_comes_back(noise: int, runs: list[tuple[bytes, int]], repeats: list[bool]) -> None:
    row = b"".join(colour * count for colour, count in runs) + random.Random(noise).randbytes(3 * noise)
    pixels = b"".join(row if repeat else row[3:] + row[:3] for repeat in repeats)
    width = len(row) // 3
    assert unpack_png(png(width, len(repeats), pixels)) == (width, len(repeats), pixels)


def test_png_refuses_pixels_that_do_not_fill_it() -> None:
    with pytest.raises(ValueError, match="4 × 2 RGB pixels are 24 bytes, not 23"):
        png(4, 2, bytes(23))
    with pytest.raises(ValueError, match="0 × 2 pixels is empty"):
        png(0, 2, b"")


# --- drawing ------------------------------------------------------------------------------------------------


def test_font_draws_its_characters_and_a_box_for_others() -> None:
    assert set(GLYPHS) == set("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./ ")
    assert len({glyph(character, 1) for character in GLYPHS}) == len(GLYPHS)
    assert glyph("q", 2) == glyph("Q", 2)
    box = glyph("é", 1)
    assert box == glyph("日", 1) == glyph('"', 1)
    assert box not in {glyph(character, 1) for character in GLYPHS}


def test_canvas_clips_at_its_edges() -> None:
    canvas = Canvas(4, 3)
    canvas.box(-5, -5, 7, 7, 1)
    canvas.box(3, 2, 50, 50, 2)
    canvas.put(-1, 2, b"\x08\x09")
    canvas.put(9, 0, b"\x07")
    canvas.tint(0, 1, 99, bytes(range(100, 200)) + bytes(156))
    assert [bytes(canvas.cells[at : at + 4]).hex() for at in (0, 4, 8)] == ["01656464", "01010000", "09000002"]


def test_rgb_pixels_are_the_palette() -> None:
    palette = [(1, 2, 3), (250, 251, 252)]
    assert rgb_pixels(b"\0\1\0", rgb_tables(palette)) == bytes((1, 2, 3, 250, 251, 252, 1, 2, 3))


def test_yuv_tables_follow_bt709() -> None:
    chance = random.Random(709)
    corners = [(r, g, b) for r in (0, 255) for g in (0, 255) for b in (0, 255)]
    palette = corners + [(chance.randrange(256), chance.randrange(256), chance.randrange(256)) for _ in range(248)]
    for (r, g, b), luma, blue, red in zip(palette, *yuv_tables(palette), strict=True):
        bright = 0.2126 * r + 0.7152 * g + 0.0722 * b
        assert luma == pytest.approx(16 + 219 / 255 * bright, abs=1)
        assert blue == pytest.approx(128 + 224 / 255 * (b - bright) / 1.8556, abs=1.5)
        assert red == pytest.approx(128 + 224 / 255 * (r - bright) / 1.5748, abs=1.5)


def test_picture_shows_its_label() -> None:
    width, height, pixels = unpack_png(picture("SQ010_0010", 7))
    assert (width, height) == (320, 180)
    _, _, other = unpack_png(picture("SQ010_0020", 7))
    changed = {at // (3 * width) for at in range(0, len(pixels), 3) if pixels[at : at + 3] != other[at : at + 3]}
    assert min(changed) >= 150, "the same seed must give the same landscape above another name"
    assert len({pixels[at : at + 3] for at in range(0, len(pixels), 3)}) > 40


@pytest.mark.parametrize("label", ["", "a" * 300, "日本 'shot' \N{PILE OF POO}", "sh\n010"])
@pytest.mark.parametrize(("width", "height"), [(32, 32), (33, 47), (160, 90), (1920, 1080)])
def test_picture_takes_any_label_and_size(label: str, width: int, height: int) -> None:
    assert unpack_png(picture(label, -3, width, height))[:2] == (width, height)


def test_media_is_the_same_bytes_on_every_machine() -> None:
    # another digest means another look or another coding: then look at it, run it through ffmpeg, and write it here
    still = hashlib.sha256(picture("SQ010_0010_comp_v003", 7)).hexdigest()
    moving = hashlib.sha256(movie("SQ010_0010_comp_v003", 7, frames=8, width=160, height=90)).hexdigest()
    assert still == "3d5fc83e64bd87a8f167da69d43b584c48b08e1d0f3fd3f3d9f86e8a015e278a"
    assert moving == "f67c6cf5241bbf9213d98fa6b5057ee088869934d224233cfc9a12fd7c89073c"


def test_drawing_is_fast_enough_for_two_hundred_versions() -> None:
    start = time.process_time()
    for seed in range(20):
        picture("SQ010_0010_comp_v003", seed)
        movie("SQ010_0010_comp_v003", seed, frames=8, width=160, height=90)
    assert time.process_time() - start < 0.7, "200 pictures and movies must be drawn in 7 s of a slow core"


# --- movies -------------------------------------------------------------------------------------------------


def test_movie_atoms_agree_with_one_another() -> None:
    data = movie("SQ010_0010", 1, frames=30, fps=25, width=162, height=90)
    assert [kind for kind, _ in atoms(data)] == [b"ftyp", b"moov", b"mdat"]
    tops = dict(atoms(data))
    moov = dict(atoms(tops[b"moov"]))
    mdia = dict(atoms(dict(atoms(moov[b"trak"]))[b"mdia"]))
    stbl = dict(atoms(dict(atoms(mdia[b"minf"]))[b"stbl"]))
    for head in (moov[b"mvhd"], mdia[b"mdhd"]):
        assert struct.unpack_from(">II", head, 12) == (25, 30)
    assert struct.unpack(">4x3I", stbl[b"stts"]) == (1, 30, 1)
    assert struct.unpack(">4x4I", stbl[b"stsc"]) == (1, 1, 30, 1)
    fixed, count, *sizes = struct.unpack(">4x32I", stbl[b"stsz"])
    assert (fixed, count, sum(sizes)) == (0, 30, len(tops[b"mdat"]))
    chunks, start = struct.unpack(">4xII", stbl[b"stco"])
    assert (chunks, data[start - 4 : start]) == (1, b"mdat")
    for number, size in enumerate(sizes):
        assert struct.unpack_from(">I", data, start) == (size - 4,)
        assert data[start + 4] == (0x41 if number else 0x65)
        assert not any(start_code in data[start + 4 : start + size] for start_code in (b"\0\0\0", b"\0\0\1"))
        start += size
    assert start == len(data)


def test_movie_stores_only_what_moves() -> None:
    one = len(movie("SQ010_0010", 1, frames=1, width=160, height=90))
    eight = len(movie("SQ010_0010", 1, frames=8, width=160, height=90))
    assert one < 25_000
    assert eight < 1.6 * one


def test_movie_refuses_what_cannot_play() -> None:
    with pytest.raises(ValueError, match="make both sides even"):
        movie("a", 1, width=161, height=90)
    with pytest.raises(ValueError, match="0 frames at 24 fps"):
        movie("a", 1, frames=0)
    with pytest.raises(ValueError, match="at least 32"):
        movie("a", 1, width=30, height=90)
    with pytest.raises(ValueError, match="too large"):
        movie("a", 1, frames=1, width=4096, height=2160)


# --- probe --------------------------------------------------------------------------------------------------


def test_probe_reads_pictures_and_movies() -> None:
    assert probe(picture("a", 1, 160, 90)) == MediaInfo("png", 160, 90, 1, 0.0, 0.0)
    assert probe(movie("a", 1, frames=12, fps=25, width=160, height=90)) == MediaInfo("mov", 160, 90, 12, 25.0, 0.48)


def test_probe_refuses_what_is_neither_or_damaged() -> None:
    still, moving = picture("a", 1, 160, 90), movie("a", 1, frames=2, width=160, height=90)
    for stranger in (b"", b"\0", b"GIF89a" + bytes(40), still[1:]):
        with pytest.raises(ValueError, match="neither a PNG picture nor a QuickTime movie"):
            probe(stranger)
    for damaged in (still[:20], still[:18] + b"\xff" + still[19:]):
        with pytest.raises(ValueError, match="damaged PNG"):
            probe(damaged)
    for cut in (moving[:-1], moving[:300], moving[:28]):
        with pytest.raises(ValueError, match="damaged QuickTime"):
            probe(cut)
    with pytest.raises(ValueError, match="without a video track"):
        probe(moving.replace(b"vide", b"soun"))


# --- what ffmpeg says ---------------------------------------------------------------------------------------


def run(*command: str) -> bytes:
    """Run a tool that must succeed and say nothing on the side; returns what it printed."""
    done = subprocess.run(command, capture_output=True, timeout=60, stdin=subprocess.DEVNULL)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    return done.stdout


@needs_ffmpeg
@pytest.mark.parametrize(
    ("frames", "fps", "width", "height"), [(8, 24, 160, 90), (1, 1, 32, 32), (40, 25, 330, 182), (3, 60, 1920, 1080)]
)
def test_movie_plays_in_ffmpeg(tmp_path: Path, frames: int, fps: int, width: int, height: int) -> None:
    path = tmp_path / "x.mov"
    path.write_bytes(movie("SQ010_0010_comp_v003", 5, frames, fps, width, height))
    assert run("ffmpeg", "-v", "warning", "-i", str(path), "-f", "null", "-") == b""
    shown = run("ffprobe", "-v", "warning", "-count_frames", "-show_streams", "-of", "json", str(path))
    (stream,) = json.loads(shown)["streams"]
    assert (stream["codec_name"], stream["pix_fmt"], stream["has_b_frames"]) == ("h264", "yuv420p", 0)
    assert (stream["width"], stream["height"]) == (width, height)
    assert stream["nb_frames"] == stream["nb_read_frames"] == str(frames)
    assert stream["r_frame_rate"] == stream["avg_frame_rate"] == f"{fps}/1"
    assert float(stream["duration"]) == pytest.approx(frames / fps, abs=1e-6)


def planes(cells: bytes, width: int, height: int, tables: Tables) -> bytes:
    """Return Y, Cb and Cr of a frame, pixel by pixel."""
    luma, blue, red = tables
    quarter = [cells[y * width + x] for y in range(0, height, 2) for x in range(0, width, 2)]
    return bytes([luma[cell] for cell in cells] + [blue[cell] for cell in quarter] + [red[cell] for cell in quarter])


@needs_ffmpeg
@pytest.mark.parametrize("levels", [256, 3], ids=["every value", "almost only what must be escaped"])
@pytest.mark.parametrize(("width", "height"), [(48, 32), (50, 34), (16, 16), (320, 64)])
def test_movie_decodes_to_what_was_drawn(tmp_path: Path, width: int, height: int, levels: int) -> None:
    # Given frames of noise, of which each keeps a random part of the one before, one of them all of it
    chance = random.Random(width)
    ramp = bytes(cell % levels for cell in range(256))
    tables = (ramp, ramp[1:] + ramp[:1], ramp[2:] + ramp[:2])
    frames = [chance.randbytes(width * height)]
    for number in range(20):
        keep = chance.randrange(len(frames[-1])) if number != 7 else len(frames[-1])
        frames.append(frames[-1][:keep] + chance.randbytes(len(frames[-1]) - keep))
    # When ffmpeg decodes them
    path = tmp_path / "noise.mov"
    path.write_bytes(quicktime(encode(frames, width, height, 24, tables), width, height, 24))
    decoded = run("ffmpeg", "-v", "warning", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "yuv420p", "-")
    # Then every sample is the drawn one
    assert decoded == b"".join(planes(cells, width, height, tables) for cells in frames)


@needs_ffmpeg
def test_picture_opens_in_ffmpeg(tmp_path: Path) -> None:
    path = tmp_path / "x.png"
    path.write_bytes(picture("SQ010_0010", 5))
    decoded = run("ffmpeg", "-v", "warning", "-i", str(path), "-f", "rawvideo", "-pix_fmt", "rgb24", "-")
    assert decoded == unpack_png(path.read_bytes())[2]
