"""Downloads: ranges, validators, and names that cannot break a header."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from trackerkit.gateway.files import Span, disposition, file_response, wanted_span
from trackerkit.web.serve import Server

MIB = 1024 * 1024
Serve = Callable[..., Server]
DATA = bytes(range(256)) * 40


@pytest.fixture
def get(serve: Serve, tmp_path: Path) -> Callable[..., requests.Response]:
    """Ask for a file of DATA: ``get(headers, method="GET", **options of file_response)``."""
    (tmp_path / "comp v003.mov").write_bytes(DATA)
    options: dict[str, Any] = {}

    async def answer(request: Request) -> Response:
        return await file_response(request, tmp_path / request.path_params["name"], **options)

    server = serve([Route("/{name}", answer)])

    def ask(
        headers: dict[str, str], method: str = "GET", name: str = "comp v003.mov", **more: Any
    ) -> requests.Response:
        options.clear()
        options.update(more)
        return requests.request(method, f"{server.url}/{name}", headers=headers, timeout=10)

    return ask


Get = Callable[..., requests.Response]


def test_a_whole_file(get: Get) -> None:
    answer = get({})
    assert (answer.status_code, answer.content) == (200, DATA)
    assert answer.headers["content-length"] == str(len(DATA))
    assert answer.headers["content-type"] == "video/quicktime"
    assert answer.headers["accept-ranges"] == "bytes"
    assert answer.headers["content-disposition"] == 'attachment; filename="comp v003.mov"'
    assert "sandbox" in answer.headers["content-security-policy"]


def test_head_says_the_same_without_the_file(get: Get) -> None:
    whole, head = get({}), get({"Range": "bytes=0-1"}, "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    for name in ("content-length", "etag", "last-modified", "content-type"):
        assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=5-9", 5, 10),
        ("bytes=10000-", 10_000, 10_240),
        ("bytes=-5", 10_235, 10_240),
        ("bytes=-99999", 0, 10_240),
        ("bytes=10239-99999", 10_239, 10_240),
        ("bytes = 0 - 1", 0, 2),
    ],
)
def test_a_range_is_206(get: Get, asked: str, start: int, end: int) -> None:
    answer = get({"Range": asked})
    assert (answer.status_code, answer.content) == (206, DATA[start:end])
    assert answer.headers["content-range"] == f"bytes {start}-{end - 1}/{len(DATA)}"
    assert answer.headers["content-length"] == str(end - start)


@pytest.mark.parametrize("asked", ["bytes=10240-", "bytes=99999-999999", "bytes=-0"])
def test_a_range_beyond_the_file_is_416(get: Get, asked: str) -> None:
    answer = get({"Range": asked})
    assert (answer.status_code, answer.content) == (416, b"")
    assert answer.headers["content-range"] == f"bytes */{len(DATA)}"


@pytest.mark.parametrize(
    "asked", ["", "bytes", "bytes=", "bytes=-", "bytes=a-b", "lines=0-1", "bytes=5-2", "bytes=0-1,5-6", "bytes=--5",
              "bytes=0x1-2", "bytes=" + "9" * 5000 + "-", "bytes=٠-١"],
)  # fmt: skip
def test_a_range_that_is_none_gives_the_whole(get: Get, asked: str) -> None:
    answer = get({"Range": asked.encode()})  # type: ignore[dict-item]
    assert (answer.status_code, answer.content) == (200, DATA)


@given(st.integers(0, 50), st.integers(0, 60), st.integers(0, 60), st.none() | st.integers(1, 20))
def test_wanted_span_lies_within_the_file(size: int, first: int, last: int, cap: int | None) -> None:
    data = bytes(range(size))
    for header, part in (
        (f"bytes={first}-{last}", data[first : last + 1]),
        (f"bytes={first}-", data[first:]),
        (f"bytes=-{last}", data[-last:] if last else b""),
    ):
        span = wanted_span(header, size, cap)
        if span is None:
            assert last < first
            continue
        assert 0 <= span.start <= span.end <= size
        assert data[slice(*span)] == (part[:cap] if part else b"")


def test_a_range_may_be_capped(get: Get) -> None:
    answer = get({"Range": "bytes=100-"}, cap_bytes=50)
    assert answer.content == DATA[100:150]
    assert answer.headers["content-range"] == f"bytes 100-149/{len(DATA)}"
    assert get({}, cap_bytes=50).content == DATA
    assert wanted_span("bytes=0-", 0) == Span(0, 0)


def test_if_range_guards_against_a_changed_file(get: Get) -> None:
    first = get({})
    for good in (first.headers["etag"], first.headers["last-modified"]):
        assert get({"Range": "bytes=0-9", "If-Range": good}).status_code == 206
    for bad in ('"other"', f"W/{first.headers['etag']}", "Thu, 01 Jan 1970 00:00:00 GMT", ""):
        answer = get({"Range": "bytes=0-9", "If-Range": bad})
        assert (answer.status_code, answer.content) == (200, DATA)


def test_if_none_match_saves_the_way(get: Get, tmp_path: Path) -> None:
    tag = get({}).headers["etag"]
    for known in (tag, f'"other", {tag}', f"W/{tag}", "*"):
        answer = get({"If-None-Match": known})
        assert (answer.status_code, answer.content) == (304, b"")
        assert answer.headers["etag"] == tag
    os.utime(tmp_path / "comp v003.mov", (1, 1))
    assert get({"If-None-Match": tag}).status_code == 200
    assert get({}, etag="sha256-abc").headers["etag"] == '"sha256-abc"'


def test_only_harmless_types_are_shown_in_a_page(get: Get, tmp_path: Path) -> None:
    for name in ("a.png", "a.mp4", "a.txt", "a.html", "a.svg", "a.xml", "a.js", "a"):
        (tmp_path / name).write_bytes(b"x")
        kind = get({}, name=name, inline=True).headers["content-disposition"].partition(";")[0]
        assert kind == ("inline" if name in ("a.png", "a.mp4", "a.txt") else "attachment")
        assert get({}, name=name).headers["content-disposition"].startswith("attachment")


@pytest.mark.parametrize(
    "name", ['a"b', "a\r\nSet-Cookie: x=1", "é🎬.mov", "a\\b", "a%22b", "a;b", "\ud800", "x" * 300, "a\0b"]
)
def test_any_name_fits_a_header(get: Get, name: str) -> None:
    answer = get({}, filename=name)
    assert answer.status_code == 200
    assert "set-cookie" not in answer.headers
    said = disposition(name, inline=False)
    assert said.isascii()
    assert said.isprintable()
    assert said.count('"') == 2


def test_a_missing_file_is_404_and_done(get: Get, tmp_path: Path) -> None:
    done: list[int] = []
    (tmp_path / "folder").mkdir()
    assert get({}, name="none", on_done=lambda: done.append(1)).status_code == 404
    assert get({}, name="folder", on_done=lambda: done.append(2)).status_code == 404
    assert done == [1, 2]


def test_on_done_is_called_after_every_answer(get: Get) -> None:
    done: list[int] = []
    for number, headers in enumerate(({}, {"Range": "bytes=0-1"}, {"Range": "bytes=99999-"}, {"If-None-Match": "*"})):
        get(headers, on_done=lambda number=number: done.append(number))
    get({}, "HEAD", on_done=lambda: done.append(9))
    deadline = time.monotonic() + 5  # it is called when the caller has the answer already
    while len(done) < 5 and time.monotonic() < deadline:
        time.sleep(0.005)
    assert sorted(done) == [0, 1, 2, 3, 9]


def test_an_empty_file(get: Get, tmp_path: Path) -> None:
    (tmp_path / "empty.bin").touch()
    assert (get({}, name="empty.bin").status_code, get({}, name="empty.bin").content) == (200, b"")
    assert get({"Range": "bytes=0-"}, name="empty.bin").status_code == 416


def test_a_caller_who_hangs_up_lets_go_of_the_file(serve: Serve, tmp_path: Path) -> None:
    with (tmp_path / "large").open("wb") as file:
        file.truncate(2000 * MIB)
    done = threading.Event()

    async def answer(request: Request) -> Response:
        return await file_response(request, tmp_path / "large", on_done=done.set)

    with requests.get(serve([Route("/", answer)]).url, stream=True, timeout=10) as response:
        assert len(response.raw.read(MIB)) == MIB
        assert not done.is_set()
    assert done.wait(5)


def test_a_file_that_shrinks_never_looks_whole(serve: Serve, tmp_path: Path) -> None:
    path = tmp_path / "shrinking"
    with path.open("wb") as file:
        file.truncate(64 * MIB)

    async def answer(request: Request) -> Response:
        return await file_response(request, path)

    with requests.get(serve([Route("/", answer)]).url, stream=True, timeout=10) as response:
        response.raw.read(MIB)
        os.truncate(path, 2 * MIB)
        with pytest.raises(requests.exceptions.ChunkedEncodingError):
            for _ in response.iter_content(MIB):
                pass
