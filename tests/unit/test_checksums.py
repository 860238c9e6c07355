"""Checksums counted beside the transfer: the same digits as counted at once."""

from __future__ import annotations

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from trackerkit.transfers import Checksum, Source
from trackerkit.transfers.multipart import FilePart, MultipartBody
from trackerkit.transfers.sources import upload_body

LARGE = bytes(range(256)) * 4096
PIECES = [LARGE, b"small", LARGE[:300_000], b"", *[LARGE] * 30, b"end"]


def counted(pieces: list[bytes]) -> str:
    made = Checksum()
    for piece in pieces:
        made.update(piece)
    return made.hex


def test_pieces_are_counted_in_their_order() -> None:
    assert counted(PIECES) == hashlib.sha256(b"".join(PIECES)).hexdigest()


def test_many_at_once_do_not_mix() -> None:
    rows = [[bytes([at]) * size for size in (1 << 20, 10, 1 << 19)] * 4 for at in range(12)]
    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(counted, rows))
    assert found == [hashlib.sha256(b"".join(row)).hexdigest() for row in rows]


def test_the_digits_may_be_asked_for_in_between() -> None:
    made = Checksum()
    made.update(LARGE)
    assert made.hex == hashlib.sha256(LARGE).hexdigest()
    made.update(LARGE)
    assert str(made) == f"sha256:{hashlib.sha256(LARGE * 2).hexdigest()}"


@pytest.mark.parametrize("size", [1, 100_000, 1 << 17, 1 << 18, (1 << 19) - 1, 1 << 19])
@pytest.mark.parametrize("count", [1, 2, 3, 9])
def test_pieces_of_any_size_are_counted(size: int, count: int) -> None:
    pieces = [bytes([at]) * size for at in range(count)]
    assert counted([*pieces, b"end"]) == hashlib.sha256(b"".join(pieces) + b"end").hexdigest()
    assert counted([b"start", *pieces]) == hashlib.sha256(b"start" + b"".join(pieces)).hexdigest()


def test_starting_over_forgets_what_is_still_waiting() -> None:
    made = Checksum()
    for _ in range(20):
        made.update(LARGE)
    made.restart()
    made.update(b"x")
    assert made.hex == hashlib.sha256(b"x").hexdigest()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_counts_too() -> None:
    counted([LARGE])  # the parent's threads are there
    child = os.fork()
    if child == 0:
        os._exit(0 if counted(PIECES) == hashlib.sha256(b"".join(PIECES)).hexdigest() else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def test_bodies_count_what_they_send_anew_at_each_attempt() -> None:
    source, made = Source(LARGE * 3, "a.bin"), Checksum()
    wanted = hashlib.sha256(LARGE * 3).hexdigest()
    form = MultipartBody({"a": "b"}, [FilePart("file", source)], checksum=made)
    next(iter(form.chunks()))
    assert b"".join(form.chunks()).count(LARGE) == 3
    assert made.hex == wanted
    body = upload_body(source, offset=10, checksum=made)
    assert b"".join(body.chunks()) == (LARGE * 3)[10:]
    assert made.hex == hashlib.sha256((LARGE * 3)[10:]).hexdigest()
