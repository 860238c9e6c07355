"""Sources, bodies, checksums, and what lands on the disk."""

from __future__ import annotations

import hashlib
import io
import os
import stat
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO, Any

import pytest

from trackerkit.errors import (
    ChecksumError,
    DiskFullError,
    InvalidInputError,
    SourceChangedError,
    TransferError,
)
from trackerkit.osfiles import public_mode
from trackerkit.transfers import Checksum, MultipartBody, Progress, Source, store_stream, upload_body
from trackerkit.transfers.buffers import PIECE, Buffers
from trackerkit.transfers.multipart import FilePart

posix = pytest.mark.skipif(sys.platform == "win32", reason="pipes, devices, links and modes of POSIX")
DATA = bytes(range(256)) * 10_000  # 2.56 MB


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


@pytest.fixture
def plate(tmp_path: Path) -> Path:
    path = tmp_path / "plate.mov"
    path.write_bytes(DATA)
    return path


# ---- Progress and Checksum


def test_progress_fraction() -> None:
    assert Progress(5, 10).fraction == 0.5
    assert Progress(0, 0).fraction == 1.0
    assert Progress(5, None).fraction == 0.0
    assert f"{Progress(1, 3).fraction:.0%}" == "33%"


def test_checksum_forms() -> None:
    checksum = Checksum()
    checksum.update(b"ab")
    checksum.update(b"c")
    assert checksum.hex == sha(b"abc")
    assert str(checksum) == f"sha256:{sha(b'abc')}"


# ---- Source


def test_source_of_a_path(plate: Path) -> None:
    with Source(plate) as source:
        assert (source.size, source.filename, source.path) == (len(DATA), "plate.mov", plate)
        pieces = list(source.chunks())
        assert b"".join(pieces) == DATA
        assert max(map(len, pieces)) <= PIECE
        assert b"".join(source.chunks()) == DATA  # as often as wanted
        assert b"".join(source.chunks(1000, 50)) == DATA[1000:1050]
        assert source.checksum().hex == sha(DATA)
    with pytest.raises(TransferError):
        list(source.chunks())


def test_source_of_bytes_and_of_open_files(plate: Path) -> None:
    with Source(b"abc") as source:
        assert (source.size, source.filename, list(source.chunks())) == (3, "unnamed", [b"abc"])
    with plate.open("rb") as file:
        file.seek(100)
        with Source(file, filename="other.mov") as source:
            assert (source.size, source.filename) == (len(DATA) - 100, "other.mov")
            assert b"".join(source.chunks()) == DATA[100:]
        assert not file.closed
        assert Source(file).filename == "plate.mov"
    memory = io.BytesIO(b"0123456789")
    memory.read(4)
    assert b"".join(Source(memory).chunks()) == b"456789"
    with Source(str(plate)) as source:
        assert source.size == len(DATA)


def test_source_may_be_empty(tmp_path: Path) -> None:
    (tmp_path / "empty").write_bytes(b"")
    with Source(tmp_path / "empty") as source:
        assert (source.size, list(source.chunks())) == (0, [])
        assert upload_body(source).size == 0
    assert list(Source(b"").chunks()) == []


def test_source_refuses_parts_that_are_not_there() -> None:
    for offset, size in ((0, 4), (4, 1), (-1, 2), (2, -1)):
        with pytest.raises(InvalidInputError):
            list(Source(b"abc").chunks(offset, size))


def test_source_refuses_what_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "text").write_text("x")
    for wrong, match in (
        (tmp_path, "is a directory"),
        (tmp_path / "missing", "there is no file"),
        ("a\0b", "cannot be read"),
    ):
        with pytest.raises((InvalidInputError, TransferError), match=match) as caught:
            Source(wrong)
        assert caught.value.sent == "no"
    with (tmp_path / "text").open() as text, pytest.raises(InvalidInputError, match="text file"):
        Source(text)  # type: ignore[arg-type]
    with pytest.raises(InvalidInputError, match="is no file"):
        Source(5)  # type: ignore[arg-type]


@posix
def test_source_refuses_pipes_devices_and_dangling_links(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for wrong, match in (
        (tmp_path / "pipe", "a pipe"),
        (Path("/dev/zero"), "a device"),
        (tmp_path / "dangling", "no file"),
    ):
        with pytest.raises(InvalidInputError, match=match):
            Source(wrong)
    reader, writer = os.pipe()
    with (
        os.fdopen(reader, "rb") as stream,
        os.fdopen(writer, "wb"),
        pytest.raises(InvalidInputError, match="wound back"),
    ):
        Source(stream)


@posix
def test_source_that_cannot_be_opened(tmp_path: Path) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(TransferError, match="cannot be read") as caught:
        Source(tmp_path / "loop")
    assert caught.value.sent == "no"


def grow(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"more")


def shrink(path: Path) -> None:
    os.truncate(path, 1_500_000)


def rewrite(path: Path) -> None:
    with path.open("r+b") as file:
        file.write(b"X")
    os.utime(path, ns=(1, 1))


@pytest.mark.parametrize("change", [grow, shrink, rewrite])
def test_F36_a_source_that_changes_is_noticed_before_its_last_piece(plate: Path, change: Any) -> None:
    with Source(plate) as source:
        got = []
        chunks = source.chunks()
        got.append(next(chunks))
        change(plate)
        with pytest.raises(SourceChangedError) as caught:
            got.extend(chunks)
        assert sum(map(len, got)) < len(DATA)
        assert "send it again" in caught.value.hint
        with pytest.raises(SourceChangedError):
            source.check()


def test_F36_a_source_in_memory_that_changes_is_noticed() -> None:
    memory = io.BytesIO(DATA)
    source = Source(memory)
    chunks = source.chunks()
    next(chunks)
    memory.truncate(PIECE + 5)
    with pytest.raises(SourceChangedError):
        list(chunks)


def test_upload_body_starts_anew_and_counts(plate: Path) -> None:
    told: list[Progress] = []
    with Source(plate) as source:
        body = upload_body(source, told.append)
        chunks = body.chunks()
        first = next(chunks)
        next(chunks)
        chunks.close()  # type: ignore[attr-defined]
        assert told[-1].done_bytes == len(first) < len(DATA)
        assert b"".join(body.chunks()) == DATA
        assert told[-1] == Progress(len(DATA), len(DATA))
        part = upload_body(source, offset=10, size=20)
        assert (part.size, b"".join(part.chunks())) == (20, DATA[10:30])
        assert upload_body(source, offset=10).size == len(DATA) - 10


def test_what_was_handed_out_stays_as_it_was(plate: Path) -> None:
    with Source(plate) as source:
        for body in (upload_body(source), MultipartBody((), [FilePart("file", source)])):
            assert DATA in b"".join(list(body.chunks()))  # all of them held at once


def test_memory_is_lent_again_once_nobody_holds_it() -> None:
    buffers = Buffers(10)
    first, second = buffers.lend(), buffers.lend()
    first[:], second[:] = b"first.....", b"second...."
    part = first[:5]
    del first, second
    third = buffers.lend()
    assert (bytes(third), bytes(part)) == (b"second....", b"first")
    del part
    assert bytes(buffers.lend()) == b"first....."


@pytest.mark.parametrize("opened", [tempfile.NamedTemporaryFile, tempfile.TemporaryFile, tempfile.SpooledTemporaryFile])
def test_files_of_any_making_are_read(opened: Any) -> None:
    with opened() as file:
        file.write(b"before" + DATA)
        file.seek(6)
        with Source(file) as source:
            assert b"".join(source.chunks()) == DATA


# ---- MultipartBody


def parsed(body: MultipartBody) -> list[tuple[dict[bytes, bytes], bytes, bytes]]:
    """What python-multipart, which starlette uses, makes of it: name and filename, content type, data."""
    from python_multipart.multipart import MultipartParser, parse_options_header

    parts: list[tuple[dict[bytes, bytes], bytes, bytes]] = []
    at: dict[str, Any] = {}

    def begin() -> None:
        at.update(headers={}, data=b"", field=b"", value=b"")

    def header_end() -> None:
        at["headers"][at["field"].lower()] = at["value"]
        at.update(field=b"", value=b"")

    def end() -> None:
        options = parse_options_header(at["headers"][b"content-disposition"])[1]
        parts.append((options, at["headers"].get(b"content-type", b""), at["data"]))

    def adding(name: str) -> Any:
        return lambda data, start, stop: at.update({name: at[name] + data[start:stop]})

    parser = MultipartParser(body.boundary.encode(), {
        "on_part_begin": begin, "on_part_end": end, "on_part_data": adding("data"), "on_header_field": adding("field"),
        "on_header_value": adding("value"), "on_header_end": header_end,
    })  # fmt: skip
    for chunk in body.chunks():
        parser.write(bytes(chunk))
    parser.finalize()
    return parts


def test_multipart_round_trip(plate: Path) -> None:
    told: list[Progress] = []
    with Source(plate) as source:
        files = [FilePart("file", source, content_type="video/quicktime"), FilePart("thumb", Source(b""), "t.png")]
        body = MultipartBody({"entity_type": "Version", "note": "ěšč 日本\r\n--x"}, files, told.append)
        assert body.size == sum(map(len, body.chunks()))
        parts = parsed(body)
    assert [p[0][b"name"].decode() for p in parts] == ["entity_type", "note", "file", "thumb"]
    assert parts[1][2].decode() == "ěšč 日本\r\n--x"
    assert parts[2][0][b"filename"] == b"plate.mov"
    assert parts[2][1:] == (b"video/quicktime", DATA)
    assert parts[3][2] == b""
    assert told[-1] == Progress(body.size, body.size)


@pytest.mark.parametrize("name", ["plate_ěšč_日本.mov", "👩‍👩‍👧 🎬.mov", "with space;semi=colon.mov", "it's.mov"])
def test_F40_names_survive_the_form(name: str) -> None:
    ((options, _, data),) = parsed(MultipartBody((), [FilePart("file", Source(b"x"), name)]))
    assert options[b"filename"].decode() == name
    assert data == b"x"


def test_names_cannot_end_a_header() -> None:
    evil = 'a"\r\nX-Evil: 1\r\n\r\nbody\x00.mov'
    body = MultipartBody({evil: "v"}, [FilePart(evil, Source(b"x"), evil)])
    raw = b"".join(body.chunks())
    assert b"X-Evil: 1\r\n" not in raw
    assert raw.count(b"\r\n\r\n") == 2
    assert parsed(body)[1][0][b"filename"] == b"a%22%0D%0AX-Evil: 1%0D%0A%0D%0Abody%00.mov"


def test_multipart_refuses_what_cannot_be_said() -> None:
    with pytest.raises(InvalidInputError, match="surrogate"):
        MultipartBody((), [FilePart("f", Source(b"x"), "half\ud800")])
    with pytest.raises(InvalidInputError, match="no content type"):
        MultipartBody((), [FilePart("f", Source(b"x"), "n", "text/plain\r\nX: y")])


def test_multipart_of_nothing() -> None:
    body = MultipartBody()
    assert b"".join(body.chunks()) == f"--{body.boundary}--\r\n".encode()


# ---- store_stream


def test_store_stream_lands_whole(tmp_path: Path) -> None:
    told: list[Progress] = []
    got = store_stream(
        [b"ab", b"c"], tmp_path / "f", size=3, sha256=f"sha256:{sha(b'abc').upper()}", on_progress=told.append
    )
    assert got == (tmp_path / "f", 3, sha(b"abc"), True)
    assert (tmp_path / "f").read_bytes() == b"abc"
    assert told == [Progress(2, 3), Progress(3, 3)]
    assert os.listdir(tmp_path) == ["f"]
    assert store_stream([], tmp_path / "empty").verified is False
    assert (tmp_path / "empty").read_bytes() == b""


def failing() -> Any:
    yield b"half"
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("chunks", "more", "error"),
    [
        ([b"abc"], {"size": 4}, ChecksumError),
        ([b"abc"], {"size": 2}, ChecksumError),
        ([b"abc"], {"sha256": "0" * 64}, ChecksumError),
        ([b"abc"], {"sha256": "short"}, InvalidInputError),
        ([b"abc"], {"size": 2**62}, DiskFullError),
        (failing(), {}, KeyboardInterrupt),
    ],
)
def test_F30_the_old_file_survives_store_stream(tmp_path: Path, chunks: Any, more: Any, error: Any) -> None:
    (tmp_path / "f").write_bytes(b"old")
    with pytest.raises(error):
        store_stream(chunks, tmp_path / "f", **more)
    assert (tmp_path / "f").read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["f"]


def test_store_stream_into_an_open_file() -> None:
    target = io.BytesIO()
    assert store_stream([b"abc"], target, size=3).path is None
    assert target.getvalue() == b"abc"
    target = io.BytesIO()
    with pytest.raises(ChecksumError):
        store_stream([b"abc"], target, size=4)
    assert target.getvalue() == b""


@posix
def test_store_stream_modes(tmp_path: Path) -> None:
    store_stream([b"x"], tmp_path / "new")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == public_mode()
    (tmp_path / "new").chmod(0o640)
    store_stream([b"y"], tmp_path / "new")
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o640


@posix
def test_store_stream_replaces_a_link_and_not_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / "link").symlink_to(tmp_path / "precious")
    store_stream([b"new"], tmp_path / "link")
    assert (tmp_path / "precious").read_bytes() == b"precious"
    assert (tmp_path / "link").read_bytes() == b"new"


@posix
def test_targets_that_cannot_be(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "file").write_bytes(b"")
    for target, match in (
        (tmp_path, "is a directory"),
        (tmp_path / "no" / "f", "no directory"),
        (tmp_path / "file" / "f", "no directory"),
        (tmp_path / "pipe", "a device or a pipe"),
        (Path("/dev/null"), "a device or a pipe"),
        (Path("/"), "no file name"),
    ):
        with pytest.raises(InvalidInputError, match=match):
            store_stream([b"x"], target)
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_long_name_still_lands(tmp_path: Path) -> None:
    target = tmp_path / ("x" * 250)
    store_stream([b"x"], target)
    assert target.read_bytes() == b"x"


def test_nothing_is_left_in_the_temporary_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    target: IO[bytes] = io.BytesIO()
    store_stream([b"x"], target)
    assert os.listdir(tmp_path) == []


def test_import_is_light() -> None:
    """The store uses transfers; it has no use for requests and urllib3."""
    code = "import sys, trackerkit.transfers; print([m for m in ('requests', 'urllib3', 'ssl') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=30, check=True)
    assert done.stdout == "[]\n"
