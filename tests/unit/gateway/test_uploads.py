"""Uploads: streamed to the disk, bounded, exact, and gone unless they are kept."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import socket
import stat
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from trackerkit.gateway import uploads
from trackerkit.gateway.settings import GatewaySettings
from trackerkit.gateway.uploads import receive_file, receive_form, sweep
from trackerkit.web.serve import Server

MIB = 1024 * 1024
Serve = Callable[..., Server]


@pytest.fixture
def quarantine(tmp_path: Path) -> Path:
    return tmp_path / "deep" / "quarantine"


@pytest.fixture
def form(quarantine: Path, tmp_path: Path) -> Route:
    """``POST /`` tells what came; with a field ``keep`` the files stay."""

    async def take(request: Request) -> Response:
        async with receive_form(request, quarantine, request.app.state.settings) as form:
            told = [
                [f.field, f.filename, f.content_type, f.size, f.sha256, stat.S_IMODE(f.path.stat().st_mode)]
                for f in form.files
            ]
            if form.get("keep"):
                form.file("file").keep(tmp_path / form.get("keep"))
            return JSONResponse({"fields": form.fields, "files": told})

    return Route("/", take, methods=["POST"])


@pytest.fixture
def raw(quarantine: Path, tmp_path: Path) -> Route:
    async def take(request: Request) -> Response:
        name = request.headers.get("x-file-name", "")
        async with receive_file(request, quarantine, request.app.state.settings, name) as file:
            if name:
                file.keep(tmp_path / "kept")
            return JSONResponse([file.filename, file.content_type, file.size, file.sha256])

    return Route("/raw", take, methods=["POST"])


def _left(quarantine: Path) -> list[Path]:
    return list(quarantine.iterdir()) if quarantine.exists() else []


def test_receive_form_gives_fields_and_files_exactly(serve: Serve, form: Route, quarantine: Path) -> None:
    data = os.urandom(3 * MIB + 7)
    answer = requests.post(
        serve([form]).url,
        data=[("entity_type", "Shot"), ("name", "é🎬\r\n--x"), ("name", ""), ("empty", "")],
        files={"file": ("comp v003.mov", data, "video/quicktime"), "other": ("b", b"")},
        timeout=30,
    ).json()
    assert answer["fields"] == [["entity_type", "Shot"], ["name", "é🎬\r\n--x"], ["name", ""], ["empty", ""]]
    digest = hashlib.sha256(data).hexdigest()
    assert answer["files"][0] == ["file", "comp v003.mov", "video/quicktime", len(data), digest, 0o600]
    assert answer["files"][1][3:5] == [0, hashlib.sha256(b"").hexdigest()]
    assert _left(quarantine) == []
    assert stat.S_IMODE(quarantine.stat().st_mode) == 0o700


def test_a_kept_file_stays(serve: Serve, form: Route, quarantine: Path, tmp_path: Path) -> None:
    server = serve([form])
    requests.post(server.url, data={"keep": "kept.mov"}, files={"file": b"pixels"}, timeout=10)
    assert (tmp_path / "kept.mov").read_bytes() == b"pixels"
    assert _left(quarantine) == []


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "C:\\x\\y.mov", "é🎬.mov", 'a"b.mov', "a\\b", "x" * 300, "nul.txt", "."]
)
def test_a_file_name_is_told_and_never_used(serve: Serve, form: Route, quarantine: Path, name: str) -> None:
    """As shotgun_api3 sends it: raw UTF-8 between quotes."""
    quoted = name.replace("\\", "\\\\").replace('"', '\\"').encode()
    body = b'--x\r\nContent-Disposition: form-data; name="file"; filename="' + quoted + b'"\r\n\r\nabc\r\n--x--\r\n'
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = requests.post(serve([form]).url, body, headers=headers, timeout=10).json()
    told = answer["files"][0][1]
    assert told == (name if "\\x" not in name else "y.mov")
    assert answer["files"][0][3] == 3
    assert _left(quarantine.parent) == [quarantine]


def test_a_large_upload_is_streamed(serve: Serve, form: Route, quarantine: Path) -> None:
    """200 MiB, far above the limit of an ordinary body, without holding it in memory."""
    part = os.urandom(MIB)

    def body() -> Iterator[bytes]:
        yield b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n'
        for _ in range(200):
            yield part
        yield b"\r\n--x--\r\n"

    server = serve([form], deadline_s=2.0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = requests.post(server.url, body(), headers=headers, timeout=60).json()
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert answer["files"][0][3] == 200 * MIB
    assert answer["files"][0][4] == hashlib.sha256(part * 200).hexdigest()
    assert grown < 60 * 1024  # KiB; the peak before this test's own hash is what counts
    assert _left(quarantine) == []


def _head(name: str = "file") -> bytes:
    return f'--x\r\nContent-Disposition: form-data; name="{name}"; filename="a"\r\n\r\n'.encode()


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"nonsense", 400),
        (_head(), 400),
        (_head() + b"abc", 400),
        (_head() + b"abc\r\n--x", 400),
        (b"--x\r\nContent-Disposition: form-data\r\n\r\nabc\r\n--x--\r\n", 400),
        (b"--x\r\nNo Header\r\n\r\nabc\r\n--x--\r\n", 400),
        (b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n' + b"y" * 2 * MIB + b"\r\n--x--\r\n", 413),
        (_head() + b"y" * 5 * MIB + b"\r\n--x--\r\n", 413),
        (b"".join(_head(str(n)).replace(b'; filename="a"', b"") + b"\r\n" for n in range(60)) + b"--x--\r\n", 400),
        (_head() + b"abc\r\n--xy\r\n--x--\r\n", 200),
        (_head() + b"abc\r\n--x--\r\n" + b"trailing" * 1000, 200),
    ],
)
def test_a_strange_form_is_refused_and_leaves_nothing(
    serve: Serve, form: Route, quarantine: Path, body: bytes, status: int
) -> None:
    server = serve([form], upload_bytes=4 * MIB, form_fields=50)
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = requests.post(server.url, body, headers=headers, timeout=20)
    assert answer.status_code == status, answer.text
    assert _left(quarantine) == []


@pytest.mark.parametrize(
    "content_type",
    ["", "application/json", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=x",
     "multipart/form-data; boundary=" + "x" * 300],
)  # fmt: skip
def test_what_is_no_form_is_refused(serve: Serve, form: Route, content_type: str) -> None:
    answer = requests.post(serve([form]).url, b"abc", headers={"Content-Type": content_type}, timeout=10)
    assert answer.status_code == 415


def test_a_caller_who_hangs_up_leaves_nothing(serve: Serve, form: Route, quarantine: Path) -> None:
    server = serve([form])
    with socket.create_connection(("127.0.0.1", server.port), 5) as caller:
        caller.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            b"Content-Length: 90000000\r\n\r\n" + _head() + b"y" * 3 * MIB
        )
        deadline = time.monotonic() + 5
        while not _left(quarantine) and time.monotonic() < deadline:
            time.sleep(0.01)
        assert _left(quarantine) != []
    while _left(quarantine) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert _left(quarantine) == []


def test_a_slow_caller_is_cut_off_and_leaves_nothing(serve: Serve, form: Route, quarantine: Path) -> None:
    server = serve([form], deadline_s=0.3)
    with socket.create_connection(("127.0.0.1", server.port), 5) as caller:
        caller.sendall(
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\n"
            b"Content-Length: 90000000\r\n\r\n" + _head() + b"y"
        )
        assert caller.recv(100).startswith(b"HTTP/1.1 408 ")
    assert _left(quarantine) == []


def test_a_full_disk_is_507(serve: Serve, form: Route, quarantine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system's own answer, made by a writer that runs into the limit of file sizes."""

    class Full:
        def write(self, data: Any) -> int:
            raise OSError(errno.ENOSPC, "No space left on device")

        def close(self) -> None:
            pass

    real = uploads._Writer.__init__

    def broken(self: uploads._Writer, *args: Any) -> None:
        real(self, *args)
        self._out.close()
        self._out = Full()  # type: ignore[assignment]

    monkeypatch.setattr(uploads._Writer, "__init__", broken)
    answer = requests.post(serve([form]).url, files={"file": b"pixels"}, timeout=10)
    assert answer.status_code == 507
    assert _left(quarantine) == []


def test_receive_file_takes_the_body_itself(serve: Serve, raw: Route, quarantine: Path, tmp_path: Path) -> None:
    server, data = serve([raw], upload_bytes=20 * MIB), os.urandom(17 * MIB)
    headers = {"Content-Type": "video/mp4", "X-File-Name": "a.mp4"}
    answer = requests.post(f"{server.url}/raw", data, headers=headers, timeout=20).json()
    assert answer == ["a.mp4", "video/mp4", len(data), hashlib.sha256(data).hexdigest()]
    assert (tmp_path / "kept").read_bytes() == data
    assert requests.post(f"{server.url}/raw", b"", timeout=20).json()[2] == 0
    assert requests.post(f"{server.url}/raw", b"x" * 21 * MIB, timeout=20).status_code == 413
    assert _left(quarantine) == []


def test_sweep_deletes_what_a_crash_left(quarantine: Path) -> None:
    quarantine.mkdir(parents=True)
    for name in ("upload-old", "upload-new", "other-old"):
        (quarantine / name).touch()
        if name.endswith("old"):
            os.utime(quarantine / name, (1, 1))
    assert sweep(quarantine) == 1
    assert sorted(path.name for path in quarantine.iterdir()) == ["other-old", "upload-new"]
    assert sweep(quarantine.parent / "none") == 0


def test_settings_have_the_limits_that_the_docs_name() -> None:
    settings = GatewaySettings()
    assert (settings.body_bytes, settings.depth, settings.filters) == (16 * MIB, 64, 1000)
    assert (settings.batch, settings.page, settings.deadline_s) == (1000, 5000, 60)
