"""What goes wrong with files on their way, one test per fault, each over real sockets and on a real disk."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from trackerkit.errors import (
    ChecksumError,
    DiskFullError,
    InvalidInputError,
    NotFoundError,
    ProtocolError,
    SourceChangedError,
    TimeoutExpiredError,
    TrackerError,
    TransferError,
    TransportError,
    UnavailableError,
)
from trackerkit.http import HttpClient
from trackerkit.osfiles import inside, safe_name
from trackerkit.retry import RetryPolicy
from trackerkit.testing.clock import FakeClock
from trackerkit.testing.faults import (
    FaultProxy,
    Plan,
    close_after,
    corrupt,
    drip,
    drop_response,
    forward,
    refuse,
    reset_after,
    stall_after,
    status,
)
from trackerkit.testing.loopback import Incoming, LoopbackServer, Reply
from trackerkit.transfers import MultipartBody, Progress, Source, download, upload_body
from trackerkit.transfers.multipart import FilePart

DATA = os.urandom(1_000_000)
SHA = hashlib.sha256(DATA).hexdigest()


class Files:
    """A file server with ranges, ETags and bad habits.

    Args:
        data: what it serves.
        etag: its validator; None for none.
        ranges: False ignores Range.
        cap: the longest part that it sends.
        if_range: False ignores If-Range, as a careless server does.
        lengths: False announces none.
    """

    def __init__(
        self, data: bytes = DATA, *, etag: str | None = '"one"', ranges: bool = True, cap: int | None = None,
        if_range: bool = True, lengths: bool = True, headers: dict[str, str | None] | None = None,
    ) -> None:  # fmt: skip
        self.data, self.etag, self.ranges, self.cap = data, etag, ranges, cap
        self.if_range, self.lengths, self.more = if_range, lengths, headers or {}

    def answer(self, incoming: Incoming) -> Reply:
        headers: dict[str, str | None] = dict(self.more)
        if self.etag:
            headers["ETag"] = self.etag
        if not self.lengths:
            headers["Content-Length"] = None
        wanted = incoming.headers.get("range")
        if not self.ranges or (wanted is None and self.cap is None):
            return Reply(200, self.data, headers)
        if self.if_range and incoming.headers.get("if-range", self.etag) != self.etag:
            return Reply(200, self.data, headers)
        start = int((wanted or "bytes=0-").removeprefix("bytes=").rstrip("-"))
        if start >= len(self.data):
            return Reply(416, b"", {"Content-Range": f"bytes */{len(self.data)}"})
        end = min(len(self.data), start + (self.cap or len(self.data)))
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{len(self.data)}"
        return Reply(206, self.data[start:end], headers)


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
def proxy(files: Files) -> Iterator[FaultProxy]:
    with LoopbackServer(files.answer) as server, FaultProxy("127.0.0.1", server.port) as running:
        yield running


def client_of(server: Any, **more: Any) -> HttpClient:
    more = {"proxies": {}, "policy": RetryPolicy(base_s=0.001), "timeout_s": (2, 5), **more}
    return HttpClient(server.url, backend="test", **more)


def ranges(proxy: FaultProxy) -> list[str | None]:
    """What was asked for by the requests that were heard."""
    return [seen.headers.get("range") for seen in proxy.requests if seen.plan != "refuse"]


# ---- uploads


class Inbox:
    """A server that keeps what is put."""

    def __init__(self) -> None:
        self.got: list[bytes] = []

    def answer(self, incoming: Incoming) -> Reply:
        self.got.append(incoming.body)
        return Reply(200, b"", {"ETag": f'"{hashlib.md5(incoming.body).hexdigest()}"'})


@pytest.fixture
def inbox() -> Inbox:
    return Inbox()


@pytest.fixture
def front(inbox: Inbox) -> Iterator[FaultProxy]:
    with LoopbackServer(inbox.answer) as server, FaultProxy("127.0.0.1", server.port) as running:
        yield running


@pytest.mark.parametrize("plan", [status(503), drop_response(), refuse(), status(502)], ids=lambda plan: plan.kind)
def test_F28_upload_rewind(tmp_path: Path, inbox: Inbox, front: FaultProxy, plan: Plan) -> None:
    (tmp_path / "plate.mov").write_bytes(DATA)
    told: list[Progress] = []
    front.plan([plan, plan])
    with Source(tmp_path / "plate.mov") as source:
        answer = client_of(front).request("PUT", "/bucket/key", body=upload_body(source, told.append), safe=True)
    assert answer.status == 200
    assert len(front.requests) == 3
    assert inbox.got[-1] == DATA
    for seen in front.requests:
        assert seen.plan == "refuse" or (seen.size, seen.sha256) == (len(DATA), SHA)
        assert seen.headers["content-length"] == str(len(DATA))
    assert told[-1] == Progress(len(DATA), len(DATA))
    assert sum(progress.done_bytes == 0 for progress in told) == 3


def test_F28_multipart_is_rewound_too(tmp_path: Path, front: FaultProxy) -> None:
    front.plan([status(503)])
    with Source(DATA, filename="plate.mov") as source:
        body = MultipartBody({"type": "Version"}, [FilePart("file", source)])
        client_of(front).request("POST", "/upload", body=body, safe=True)
    first, second = front.requests
    assert first.sha256 == second.sha256
    assert first.size == second.size == body.size
    assert second.headers["content-type"] == body.content_type


def test_an_unsafe_upload_is_not_repeated(front: FaultProxy) -> None:
    front.plan([drop_response()])
    with Source(DATA) as source, pytest.raises(TransportError) as caught:
        client_of(front).request("POST", "/upload", body=upload_body(source))
    assert caught.value.sent == "unknown"
    assert len(front.requests) == 1


def test_F36_a_source_that_shrinks_ends_the_upload(tmp_path: Path, inbox: Inbox, front: FaultProxy) -> None:
    path = tmp_path / "render.mov"
    path.write_bytes(os.urandom(6_000_000))

    def cut(progress: Progress) -> None:
        if progress.done_bytes == 2 << 20:
            os.truncate(path, 3_000_000)

    with Source(path) as source, pytest.raises(SourceChangedError):
        client_of(front).request("PUT", "/x", body=upload_body(source, cut), safe=True)
    assert inbox.got == []  # the server never saw a whole request


def test_an_empty_upload(inbox: Inbox, front: FaultProxy) -> None:
    with Source(b"") as source:
        client_of(front).request("PUT", "/x", body=upload_body(source))
    assert inbox.got == [b""]
    assert front.requests[0].headers["content-length"] == "0"


def test_a_slow_reader_is_waited_for_longer_than_a_connection() -> None:
    """The time to connect is short; sending a piece may take as long as waiting for an answer."""

    def slow() -> None:
        client, _ = listener.accept()
        time.sleep(0.8)
        left = 20_000_000
        while left > 0 and (got := len(client.recv(1 << 20))):
            left -= got
        with client, contextlib.suppress(OSError):
            client.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=slow, daemon=True)
        thread.start()
        client = HttpClient(
            f"http://127.0.0.1:{listener.getsockname()[1]}", backend="test", proxies={}, timeout_s=(0.2, 10)
        )
        with Source(bytes(20_000_000)) as source:
            assert client.request("PUT", "/x", body=upload_body(source)).status == 200
        client.close()
        thread.join(10)


def test_an_early_refusal_is_heard(tmp_path: Path) -> None:
    """The server answers 413 and hangs up while the body is still on its way."""

    def refusing() -> None:
        client, _ = listener.accept()
        client.recv(65536)
        client.sendall(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        client.shutdown(socket.SHUT_WR)
        while client.recv(1 << 20):
            pass
        client.close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=refusing, daemon=True)
        thread.start()
        client = HttpClient(f"http://127.0.0.1:{listener.getsockname()[1]}", backend="test", proxies={})
        with Source(os.urandom(20_000_000)) as source, pytest.raises(InvalidInputError, match="413"):
            client.request("PUT", "/x", body=upload_body(source))
        client.close()
        thread.join(10)


# ---- downloads: cut and resumed


def test_download_to_a_path(tmp_path: Path, proxy: FaultProxy) -> None:
    told: list[Progress] = []
    got = download(client_of(proxy), "/f", tmp_path / "f.mov", size=len(DATA), sha256=SHA, on_progress=told.append)
    assert got == (tmp_path / "f.mov", len(DATA), SHA, True)
    assert (tmp_path / "f.mov").read_bytes() == DATA
    assert os.listdir(tmp_path) == ["f.mov"]
    assert told[0] == Progress(0, len(DATA))
    assert told[-1].fraction == 1.0
    assert proxy.requests[0].headers["accept-encoding"] == "identity"


def test_download_of_nothing(tmp_path: Path, files: Files, proxy: FaultProxy) -> None:
    files.data = b""
    assert download(client_of(proxy), "/f", tmp_path / "f").size == 0
    assert (tmp_path / "f").read_bytes() == b""


def test_download_into_an_open_file(proxy: FaultProxy) -> None:
    target = io.BytesIO()
    proxy.plan([close_after(400_000)])
    got = download(client_of(proxy), "/f", target, sha256=SHA)
    assert (got.path, got.size, got.verified) == (None, len(DATA), True)
    assert target.getvalue() == DATA
    target = io.BytesIO()
    with pytest.raises(ChecksumError):
        download(client_of(proxy), "/f", target, sha256="0" * 64)
    assert target.getvalue() == b""


@pytest.mark.parametrize("how", [close_after, reset_after])
@pytest.mark.parametrize("size", [0, 1, 400_000, len(DATA) - 1])
def test_F29_download_cut_is_refused(tmp_path: Path, proxy: FaultProxy, how: Callable[[int], Plan], size: int) -> None:
    """A cut is never taken for the file: the rest, and only the rest, is fetched, or it is an error."""
    proxy.plan([how(size), refuse()])
    with pytest.raises((ProtocolError, TransportError)):
        download(client_of(proxy, policy=RetryPolicy(attempts=1)), "/f", tmp_path / "one", resume=False)
    assert os.listdir(tmp_path) == []
    proxy.clear()
    proxy.plan([how(size)])
    assert download(client_of(proxy), "/f", tmp_path / "two").sha256 == SHA
    last = proxy.requests[-1].headers
    begin = int(last.get("range", "bytes=0-").removeprefix("bytes=").rstrip("-"))
    assert begin == size if how is close_after else begin <= size  # a reset drops what nobody has read yet
    assert last.get("if-range") == ('"one"' if begin else None)
    assert (tmp_path / "two").read_bytes() == DATA


def test_F29_many_cuts_with_progress_are_all_survived(tmp_path: Path, proxy: FaultProxy) -> None:
    proxy.plan([close_after(90_000)] * 10)
    assert download(client_of(proxy), "/f", tmp_path / "f").sha256 == SHA
    assert len(proxy.requests) == 11


def test_F29_cuts_without_progress_end(tmp_path: Path, proxy: FaultProxy) -> None:
    proxy.plan([close_after(1000), *[close_after(0)] * 20])
    with pytest.raises(ProtocolError, match="cut short"):
        download(client_of(proxy), "/f", tmp_path / "f")
    assert len(proxy.requests) == 4


def test_F9_a_download_that_stalls_is_left_and_resumed(tmp_path: Path, proxy: FaultProxy) -> None:
    proxy.plan([stall_after(300_000)])
    assert download(client_of(proxy, timeout_s=(1, 0.3)), "/f", tmp_path / "f").sha256 == SHA
    assert ranges(proxy) == [None, "bytes=300000-"]


def test_F9_a_download_that_trickles_is_left(tmp_path: Path, files: Files, proxy: FaultProxy) -> None:
    """The clock says that each piece took a minute, and the pieces are small."""

    class Slow(FakeClock):
        def monotonic(self) -> float:
            self.advance(61)
            return super().monotonic()

    files.data = DATA[:60_000]
    proxy.plan([drip(0.001)] * 9)
    with pytest.raises(TimeoutExpiredError, match="too few"):
        download(client_of(proxy, clock=Slow()), "/f", tmp_path / "f")
    assert len(proxy.requests) == 3


def test_F35_a_busy_storage_is_waited_for(tmp_path: Path, proxy: FaultProxy) -> None:
    clock = FakeClock()
    proxy.plan([status(503, {"Retry-After": "3"}), close_after(5000), status(500), "pass"])
    client = client_of(proxy, clock=clock)
    with pytest.raises(TrackerError) as caught:
        download(client, "/f", tmp_path / "f")
    assert caught.value.status == 500
    assert clock.sleeps[0] >= 3
    assert download(client, "/f", tmp_path / "f").sha256 == SHA
    assert ranges(proxy)[-1] == "bytes=5000-"


# ---- the old file


@pytest.mark.parametrize(
    ("plans", "more", "error"),
    [
        ([close_after(400_000), refuse()], {}, TransportError),
        ([reset_after(400_000), close_after(0)], {}, ProtocolError),
        ([refuse()], {}, TransportError),
        ([status(404)], {}, NotFoundError),
        ([status(503)], {}, UnavailableError),
        ([status(200, {}, b"x")], {"size": 2}, ChecksumError),
        ([status(302, {"Location": "file:///etc/passwd"})], {}, InvalidInputError),
        ([corrupt(500_000)], {"sha256": SHA}, ChecksumError),
        (["pass"], {"sha256": "0" * 64}, ChecksumError),
        (["pass"], {"size": 5}, ChecksumError),
        (["pass"], {"size": -1}, InvalidInputError),
        (["pass"], {"sha256": "xyz"}, InvalidInputError),
    ],
)
@pytest.mark.parametrize("resume", [True, False])
def test_F30_old_file_survives(
    tmp_path: Path, proxy: FaultProxy, plans: list[Plan], more: dict[str, Any], error: type[Exception], resume: bool
) -> None:
    (tmp_path / "f").write_bytes(b"the old file")
    proxy.plan(plans)
    with pytest.raises(error):
        download(client_of(proxy, policy=RetryPolicy(attempts=1)), "/f", tmp_path / "f", resume=resume, **more)
    assert (tmp_path / "f").read_bytes() == b"the old file"
    left = set(os.listdir(tmp_path)) - {"f"}
    assert left in (set(), {".f.partial", ".f.partial.json"} if resume else set())


def test_F30_old_file_survives_an_interruption(tmp_path: Path, proxy: FaultProxy) -> None:
    (tmp_path / "f").write_bytes(b"the old file")

    def interrupt(progress: Progress) -> None:
        if progress.done_bytes:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        download(client_of(proxy), "/f", tmp_path / "f", on_progress=interrupt)
    assert (tmp_path / "f").read_bytes() == b"the old file"
    assert download(client_of(proxy), "/f", tmp_path / "f").sha256 == SHA
    assert ranges(proxy)[-1] is not None
    assert os.listdir(tmp_path) == ["f"]


def test_F30_old_file_survives_a_kill(tmp_path: Path, proxy: FaultProxy) -> None:
    """The process is killed in the middle; the next one goes on where it was."""
    (tmp_path / "f").write_bytes(b"the old file")
    child = f"""
import os, signal
from pathlib import Path
from trackerkit.http import HttpClient
from trackerkit.transfers import download
def kill(progress):
    if progress.done_bytes > 100_000: os._exit(9)
download(HttpClient({proxy.url!r}, backend="test", proxies={{}}), "/f", Path({str(tmp_path / "f")!r}), on_progress=kill)
"""
    proxy.plan([close_after(250_000)])
    done = subprocess.run([sys.executable, "-c", child], timeout=30, check=False)
    assert done.returncode == 9
    assert (tmp_path / "f").read_bytes() == b"the old file"
    assert download(client_of(proxy), "/f", tmp_path / "f").sha256 == SHA
    assert ranges(proxy)[-1] is not None


# ---- the disk


@pytest.mark.skipif(sys.platform == "win32", reason="its processes have no limit for files")
@pytest.mark.parametrize("lengths", [True, False], ids=["announced", "unannounced"])
def test_F31_disk_full(tmp_path: Path, lengths: bool) -> None:
    """In a child whose files may not grow beyond 300 kB; the space is not known beforehand."""
    (tmp_path / "f").write_bytes(b"the old file")
    child = """
import resource, sys
from pathlib import Path
from trackerkit.errors import DiskFullError
from trackerkit.http import HttpClient
from trackerkit.transfers import download
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
try:
    download(HttpClient(sys.argv[1], backend="test", proxies={}), "/f", Path(sys.argv[2]))
except DiskFullError as error:
    print("full", error.retryable, error.hint)
"""
    with LoopbackServer(Files(lengths=lengths).answer) as server:
        command = [sys.executable, "-c", child, server.url, str(tmp_path / "f")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
        assert done.stdout == "full False make room, or choose another disk\n", done.stderr
        assert len(server.requests) == 1
    assert (tmp_path / "f").read_bytes() == b"the old file"
    assert os.listdir(tmp_path) == ["f"]


def test_F31_room_is_looked_for_before_a_byte_is_written(tmp_path: Path) -> None:
    huge = 2**60
    endless = LoopbackServer(lambda i: Reply(200, b"x" * 1000, {"Content-Length": str(huge)}))
    with endless as server, pytest.raises(DiskFullError, match=f"needs {huge:,} bytes"):
        download(client_of(server), "/f", tmp_path / "f")
    assert os.listdir(tmp_path) == []


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no /dev/full")
def test_F31_disk_full_under_an_open_file(proxy: FaultProxy) -> None:
    with open("/dev/full", "wb", buffering=0) as full, pytest.raises(DiskFullError):
        download(client_of(proxy), "/f", full)


@pytest.mark.parametrize("name", ["missing/f", "file/f"])
def test_targets_are_checked_before_anything_is_fetched(tmp_path: Path, proxy: FaultProxy, name: str) -> None:
    (tmp_path / "file").write_bytes(b"")
    for target in (tmp_path, tmp_path / name):
        with pytest.raises(InvalidInputError):
            download(client_of(proxy), "/f", target)
    assert proxy.requests == []


# ---- resuming what another download left


def leave_part(proxy: FaultProxy, target: Path, size: int = 400_000, url: str = "/f", **more: Any) -> None:
    """A cut, and nobody there to go on."""
    proxy.plan([close_after(size), refuse()])
    with pytest.raises(TrackerError):
        download(client_of(proxy, policy=RetryPolicy(attempts=1)), url, target, **more)
    proxy.clear()


def test_F32_a_part_is_taken_up(tmp_path: Path, proxy: FaultProxy) -> None:
    leave_part(proxy, tmp_path / "f")
    assert (tmp_path / ".f.partial").stat().st_size == 400_000
    told: list[Progress] = []
    assert download(client_of(proxy), "/f", tmp_path / "f", on_progress=told.append).sha256 == SHA
    assert ranges(proxy) == [None, "bytes=400000-"]
    assert told[0] == Progress(400_000, len(DATA))
    assert os.listdir(tmp_path) == ["f"]


def test_F32_a_changed_file_is_fetched_anew(tmp_path: Path, files: Files, proxy: FaultProxy) -> None:
    leave_part(proxy, tmp_path / "f")
    files.data, files.etag = DATA[::-1], '"two"'
    download(client_of(proxy), "/f", tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == DATA[::-1]


def test_F32_a_server_that_ignores_if_range_is_found_out(tmp_path: Path, files: Files, proxy: FaultProxy) -> None:
    files.if_range = False
    leave_part(proxy, tmp_path / "f")
    files.data, files.etag = DATA[::-1], '"two"'
    download(client_of(proxy), "/f", tmp_path / "f")
    assert (tmp_path / "f").read_bytes() == DATA[::-1]
    assert ranges(proxy) == [None, "bytes=400000-", None]


def test_F32_a_server_that_ignores_range_starts_over(tmp_path: Path, files: Files, proxy: FaultProxy) -> None:
    files.ranges = False
    leave_part(proxy, tmp_path / "f")
    assert download(client_of(proxy), "/f", tmp_path / "f").sha256 == SHA
    assert (tmp_path / "f").read_bytes() == DATA


def test_F32_without_ranges_the_same_cut_again_and_again_ends(tmp_path: Path, files: Files, proxy: FaultProxy) -> None:
    files.ranges = False
    proxy.plan([close_after(400_000)] * 9)
    with pytest.raises(ProtocolError):
        download(client_of(proxy), "/f", tmp_path / "f")
    assert len(proxy.requests) == 4


@pytest.mark.parametrize("etag", [None, 'W/"weak"', "unquoted"])
def test_F32_without_a_strong_validator_nothing_is_put_together(
    tmp_path: Path, files: Files, proxy: FaultProxy, etag: str | None
) -> None:
    files.etag = etag
    leave_part(proxy, tmp_path / "f")
    assert os.listdir(tmp_path) == []
    proxy.plan([close_after(400_000)])
    assert download(client_of(proxy), "/f", tmp_path / "f").sha256 == SHA
    assert ranges(proxy) == [None, None, None]


def test_F32_with_a_hash_no_validator_is_needed(tmp_path: Path, files: Files, proxy: FaultProxy) -> None:
    files.etag = None
    leave_part(proxy, tmp_path / "f", sha256=SHA)
    assert download(client_of(proxy), "/f", tmp_path / "f", sha256=SHA).verified
    assert ranges(proxy) == [None, "bytes=400000-"]


def test_F32_a_date_is_a_validator_too(tmp_path: Path, files: Files, proxy: FaultProxy) -> None:
    date = "Fri, 02 Jan 2026 03:04:05 GMT"
    files.etag, files.more, files.if_range = None, {"Last-Modified": date}, False
    leave_part(proxy, tmp_path / "f")
    assert download(client_of(proxy), "/f", tmp_path / "f").sha256 == SHA
    assert proxy.requests[-1].headers["if-range"] == date


@pytest.mark.parametrize(
    "content_range",
    [
        "bytes 0-599999/1000000",
        "bytes 399999-999999/1000000",
        "bytes 400000-999999/2000000",
        "400000-999999",
        "",
        "bytes */1000000",
    ],
)
def test_F32_a_wrong_part_is_not_taken(tmp_path: Path, proxy: FaultProxy, content_range: str) -> None:
    leave_part(proxy, tmp_path / "f")
    proxy.plan([status(206, {"Content-Range": content_range, "ETag": '"one"'}, b"\0" * 600_000)])
    assert download(client_of(proxy), "/f", tmp_path / "f").sha256 == SHA
    assert ranges(proxy) == [None, "bytes=400000-", None]


def test_F32_a_refused_range_starts_over(tmp_path: Path, files: Files, proxy: FaultProxy) -> None:
    leave_part(proxy, tmp_path / "f")
    files.data = DATA[:1000]
    assert download(client_of(proxy), "/f", tmp_path / "f").size == 1000
    assert (tmp_path / "f").read_bytes() == DATA[:1000]


def test_a_mixture_with_a_wrong_hash_is_fetched_once_more(tmp_path: Path, files: Files, proxy: FaultProxy) -> None:
    """A part was damaged on the disk: together it is wrong, alone it is right."""
    leave_part(proxy, tmp_path / "f")
    with (tmp_path / ".f.partial").open("r+b") as part:
        part.write(b"\0" * 100)
    assert download(client_of(proxy), "/f", tmp_path / "f", sha256=SHA).sha256 == SHA
    assert ranges(proxy) == [None, "bytes=400000-", None]


def test_one_whole_answer_with_a_wrong_hash_is_not_fetched_again(tmp_path: Path, proxy: FaultProxy) -> None:
    with pytest.raises(ChecksumError, match=SHA):
        download(client_of(proxy), "/f", tmp_path / "f", sha256="0" * 64)
    assert len(proxy.requests) == 1
    assert os.listdir(tmp_path) == []


def test_a_part_that_is_whole_already_needs_no_request(tmp_path: Path, proxy: FaultProxy) -> None:
    (tmp_path / ".f.partial").write_bytes(DATA)
    note = {"url": f"{proxy.url}/f", "validator": '"one"', "total": len(DATA)}
    (tmp_path / ".f.partial.json").write_text(json.dumps(note))
    assert download(client_of(proxy), "/f", tmp_path / "f", sha256=SHA).size == len(DATA)
    assert proxy.requests == []
    (tmp_path / ".g.partial").write_bytes(DATA)
    (tmp_path / ".g.partial.json").write_text(json.dumps(note))
    assert download(client_of(proxy), "/f", tmp_path / "g").sha256 == SHA  # without a hash it is asked for


@pytest.mark.parametrize(
    "ledger", ["", "{", "[]", "null", '{"url": "/f"}', '{"url": "/other", "validator": "\\"one\\"", "total": 1000000}',
               '{"url": "/f", "validator": 5, "total": 1000000}', '{"url": "/f", "validator": "\\"one\\"", "total": 10}', None]
)  # fmt: skip
def test_a_part_with_a_ledger_that_does_not_fit_is_not_taken_up(
    tmp_path: Path, proxy: FaultProxy, ledger: str | None
) -> None:
    (tmp_path / ".f.partial").write_bytes(b"\0" * 400_000)
    if ledger is not None:
        (tmp_path / ".f.partial.json").write_text(ledger.replace("/f", f"{proxy.url}/f"))
    assert download(client_of(proxy), "/f", tmp_path / "f").sha256 == SHA
    assert os.listdir(tmp_path) == ["f"]


def test_no_signature_is_left_on_the_disk(tmp_path: Path, proxy: FaultProxy) -> None:
    leave_part(proxy, tmp_path / "f", url="/f?X-Amz-Signature=0123456789abcdef&part=1")
    assert "0123456789abcdef" not in (tmp_path / ".f.partial.json").read_text()
    got = download(client_of(proxy), "/f?X-Amz-Signature=fedcba9876543210&part=1", tmp_path / "f")
    assert got.sha256 == SHA
    assert ranges(proxy)[-1] == "bytes=400000-"


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_planted_link_is_not_written_through(tmp_path: Path, proxy: FaultProxy) -> None:
    (tmp_path / "precious").write_bytes(b"precious")
    (tmp_path / ".f.partial").symlink_to(tmp_path / "precious")
    assert download(client_of(proxy), "/f", tmp_path / "f").sha256 == SHA
    assert (tmp_path / "precious").read_bytes() == b"precious"


def test_two_downloads_of_one_target_do_not_mix(tmp_path: Path, proxy: FaultProxy) -> None:
    done: list[str] = []
    threads = [
        threading.Thread(target=lambda: done.append(download(client_of(proxy), "/f", tmp_path / "f").sha256))
        for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert done == [SHA] * 4
    assert (tmp_path / "f").read_bytes() == DATA
    assert os.listdir(tmp_path) == ["f"]


# ---- servers with habits


@pytest.mark.parametrize("etag", ['"one"', None])
def test_F33_a_server_that_caps_every_part_works(
    tmp_path: Path, files: Files, proxy: FaultProxy, etag: str | None
) -> None:
    files.data = os.urandom(10_000_000)
    files.etag, files.cap = etag, 400_000
    told: list[Progress] = []
    got = download(client_of(proxy), "/f", tmp_path / "f", on_progress=told.append)
    assert got.sha256 == hashlib.sha256(files.data).hexdigest()
    assert len(proxy.requests) == 25
    assert told[-1] == Progress(10_000_000, 10_000_000)


def test_F33_capped_parts_survive_cuts(tmp_path: Path, files: Files, proxy: FaultProxy) -> None:
    files.cap = 100_000
    proxy.plan([forward(), close_after(50_000), refuse(), forward(), status(503), reset_after(10)])
    assert download(client_of(proxy), "/f", tmp_path / "f").sha256 == SHA


def test_F34_without_a_length_it_is_unverified(tmp_path: Path, files: Files, proxy: FaultProxy) -> None:
    files.lengths = False
    got = download(client_of(proxy), "/f", tmp_path / "f")
    assert (got.size, got.sha256, got.verified) == (len(DATA), SHA, False)
    assert download(client_of(proxy), "/f", tmp_path / "f", sha256=SHA).verified
    assert download(client_of(proxy), "/f", tmp_path / "f", size=len(DATA)).verified


def test_F34_without_a_length_the_size_that_was_asked_for_counts(
    tmp_path: Path, files: Files, proxy: FaultProxy
) -> None:
    files.lengths, files.ranges = False, False
    (tmp_path / "f").write_bytes(b"the old file")
    for size in (len(DATA) + 1, len(DATA) - 1):
        with pytest.raises(TrackerError):
            download(client_of(proxy), "/f", tmp_path / "f", size=size)
    assert (tmp_path / "f").read_bytes() == b"the old file"


def test_an_encoded_file_is_stored_decoded(tmp_path: Path, files: Files, proxy: FaultProxy) -> None:
    import gzip

    files.data, files.more = gzip.compress(DATA), {"Content-Encoding": "gzip"}
    proxy.plan([close_after(400_000)])
    got = download(client_of(proxy), "/f", tmp_path / "f")
    assert (got.sha256, got.verified) == (SHA, False)
    assert ranges(proxy) == [None, None]


def test_F43_download_follows_to_storage_without_the_key(tmp_path: Path, files: Files) -> None:
    with LoopbackServer(files.answer) as storage, FaultProxy("127.0.0.1", storage.port) as cdn:
        away = LoopbackServer(lambda i: Reply(302, b"", {"Location": f"{cdn.url}/bucket/f?sig=0123456789"}))
        with away as home:
            client = client_of(home, credentials=lambda: {"X-Api-Key": "canary-key"}, storage_hosts=[cdn.url])
            cdn.plan([close_after(300_000)])
            assert download(client, "/api/files/f", tmp_path / "f").sha256 == SHA
        assert [r.headers.get("x-api-key") for r in home.requests] == ["canary-key"] * 2
        assert all("canary-key" not in str(seen.headers) for seen in cdn.requests)
        assert cdn.requests[1].headers["range"] == "bytes=300000-"
        assert cdn.requests[1].headers["if-range"] == '"one"'


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://169.254.169.254/latest/", "https://localhost:1/x"])
def test_F42_a_download_from_elsewhere_is_refused(tmp_path: Path, proxy: FaultProxy, url: str) -> None:
    with pytest.raises(InvalidInputError):
        download(client_of(proxy), url, tmp_path / "f")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "name", ["../../escaped", "/etc/escaped", "..\\..\\escaped", "a/../../escaped", "nul", "C:escaped"]
)
def test_F41_a_name_that_a_server_gave_stays_inside(tmp_path: Path, proxy: FaultProxy, name: str) -> None:
    root = tmp_path / "root"
    root.mkdir()
    got = download(client_of(proxy), "/f", inside(root, safe_name(name)))
    assert got.path is not None
    assert got.path.parent == root.resolve()
    assert os.listdir(tmp_path) == ["root"]


@pytest.mark.parametrize("name", ["plate_ěšč_日本.mov", "👩‍👩‍👧 🎬.mov", "e\u0301.mov"])
def test_F40_names_of_any_script_land(tmp_path: Path, proxy: FaultProxy, name: str) -> None:
    target = tmp_path / safe_name(name)
    leave_part(proxy, target)
    assert download(client_of(proxy), "/f", target).sha256 == SHA
    assert os.listdir(tmp_path) == [target.name]


# ---- any cuts at all


KINDS = st.sampled_from([close_after, reset_after])


@settings(max_examples=15, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.tuples(KINDS, st.integers(0, 120_000)), max_size=6), cap=st.sampled_from([None, 40_000]))
def test_A7_the_target_holds_the_old_or_the_whole_new(tmp_path: Path, cuts: Any, cap: int | None) -> None:
    data = DATA[:100_000]
    target = tmp_path / "f"
    with LoopbackServer(Files(data, cap=cap).answer) as server, FaultProxy("127.0.0.1", server.port) as proxy:
        target.write_bytes(b"old")
        proxy.plan([how(size) for how, size in cuts])
        try:
            download(client_of(proxy), "/f", target)
        except TrackerError:
            assert target.read_bytes() == b"old"
            assert download(client_of(proxy, policy=RetryPolicy(attempts=9, base_s=0.001)), "/f", target)
        assert target.read_bytes() == data
        assert os.listdir(tmp_path) == ["f"]


# ---- memory


@pytest.mark.skipif(sys.platform == "win32", reason="no getrusage there")
@pytest.mark.parametrize("way", ["download", "upload", "multipart"])
def test_F38_memory_stays_flat(tmp_path: Path, way: str) -> None:
    """256 MiB in a child, which tells how much it grew."""
    size = 256 << 20
    with (tmp_path / "big").open("wb") as file:
        file.truncate(size)
    child = """
import re, resource, sys
from pathlib import Path
from trackerkit.http import HttpClient
from trackerkit.transfers import *
def peak_kib():
    # On Linux the rusage of a child begins with what its parent had.
    if Path("/proc/self/status").exists():
        return int(re.search(r"VmHWM:\\s+(\\d+) kB", Path("/proc/self/status").read_text())[1])
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // (1024 if sys.platform == "darwin" else 1)
from trackerkit.transfers.multipart import FilePart
url, way, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
client = HttpClient(url, backend="test", proxies={})
client.request("GET", "/warm")
before = peak_kib()
if way == "download":
    assert download(client, "/big", folder / "got").size == 256 << 20
else:
    with Source(folder / "big") as source:
        body = upload_body(source) if way == "upload" else MultipartBody({}, [FilePart("f", source)])
        assert client.request("PUT", "/big", body=body).status == 200
print((peak_kib() - before) // 1024)
"""
    with Sink(size) as sink:
        command = [sys.executable, "-c", child, sink.url, way, str(tmp_path)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) < 32


class Sink:
    """A server that swallows and gives bytes without holding them."""

    def __init__(self, size: int) -> None:
        from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                length = size if self.path == "/big" else 0
                self.send_response(200)
                self.send_header("Content-Length", str(length))
                self.end_headers()
                for _ in range(length >> 20):
                    self.wfile.write(bytes(1 << 20))

            def do_PUT(self) -> None:
                left = int(self.headers["content-length"])
                while left:
                    left -= len(self.rfile.read(min(left, 1 << 20)))
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Sink:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def test_a_transfer_error_says_what_it_is_about(tmp_path: Path, proxy: FaultProxy) -> None:
    with pytest.raises(ChecksumError) as caught:
        download(client_of(proxy), "/f", tmp_path / "f", size=7)
    assert isinstance(caught.value, TransferError)
    assert caught.value.backend == "test"


@pytest.mark.skipif(sys.platform == "win32", reason="modes of POSIX")
def test_a_part_that_cannot_be_opened_is_left_alone(tmp_path: Path, proxy: FaultProxy) -> None:
    (tmp_path / ".f.partial").mkdir()
    assert download(client_of(proxy), "/f", tmp_path / "f").sha256 == SHA
    assert sorted(os.listdir(tmp_path)) == [".f.partial", "f"]
