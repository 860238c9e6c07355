"""HttpClient against real servers on loopback: what it sends, and how it reads the answers."""

from __future__ import annotations

import gzip
import json
import logging
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from trackerkit.errors import (
    AuthenticationError,
    ConfigurationError,
    ConflictError,
    DomainError,
    InvalidInputError,
    NotFoundError,
    PermissionDeniedError,
    ProtocolError,
    ServerError,
    TrackerError,
    UnavailableError,
    UnsupportedError,
)
from trackerkit.http import Answer, HttpClient
from trackerkit.retry import RetryPolicy
from trackerkit.secrets import Secret
from trackerkit.testing.clock import FakeClock
from trackerkit.testing.faults import FaultProxy, close_after
from trackerkit.testing.loopback import Incoming, LoopbackServer, Reply

ONCE = RetryPolicy(attempts=1)
JSON = {"Content-Type": "application/json"}
KEY = "canary-key-0123456789"


def echo(incoming: Incoming) -> Reply:
    """What arrived, as JSON."""
    told = {"method": incoming.method, "target": incoming.target, "headers": dict(incoming.headers)}
    return Reply(200, json.dumps({**told, "body": incoming.body.decode("latin-1")}).encode(), JSON)


def client_of(server: Any, **more: Any) -> HttpClient:
    more.setdefault("proxies", {})
    return HttpClient(server.url, backend="test", **more)


@pytest.fixture
def server() -> Iterator[LoopbackServer]:
    with LoopbackServer(echo) as running:
        yield running


def answering(reply: Reply | Callable[[Incoming], Reply]) -> LoopbackServer:
    return LoopbackServer(reply if callable(reply) else lambda incoming: reply)


# ---- what is sent


def test_get_sends_path_query_and_headers(server: LoopbackServer) -> None:
    with client_of(server, user_agent="suite/1", credentials=lambda: {"X-Api-Key": Secret(KEY)}) as client:
        query = {"q": "a&b=c d/ü", "n": [1, 2], "flag": True, "off": False, "none": None}
        answer = client.request("get", "/api/x y?first=1", query=query, headers={"X-As-User": "anna"})
    seen = answer.json()
    assert seen["method"] == "GET"
    assert seen["target"] == "/api/x%20y?first=1&q=a%26b%3Dc%20d%2F%C3%BC&n=1&n=2&flag=true&off=false"
    assert seen["headers"]["x-api-key"] == KEY
    assert seen["headers"]["x-as-user"] == "anna"
    assert seen["headers"]["user-agent"] == "suite/1"
    assert answer.status == 200
    assert answer.headers["CONTENT-type"] == "application/json"
    assert answer.url.startswith(server.url)


def test_base_path_is_a_prefix(server: LoopbackServer) -> None:
    client = HttpClient(f"{server.url}/ayon/", backend="test", proxies={})
    assert client.request("GET", "/api/info").json()["target"] == "/ayon/api/info"
    assert client.request("GET", "api/info").json()["target"] == "/ayon/api/info"


def test_whole_url_of_the_own_origin_gets_credentials(server: LoopbackServer) -> None:
    client = client_of(server, credentials=lambda: {"X-Api-Key": KEY})
    assert client.request("GET", f"{server.url}/file").json()["headers"]["x-api-key"] == KEY


def test_json_is_sent_as_json(server: LoopbackServer) -> None:
    seen = client_of(server).request("POST", "/x", json={"name": "日本", "n": [1.5, None]}).json()
    assert json.loads(seen["body"].encode("latin-1")) == {"name": "日本", "n": [1.5, None]}
    assert seen["headers"]["content-type"] == "application/json"


def test_own_headers_win_whatever_their_case(server: LoopbackServer) -> None:
    client = client_of(server, credentials=lambda: {"authorization": "Bearer old"})
    seen = client.request("POST", "/x", json={}, headers={"Authorization": "Bearer new", "content-type": "x/y"}).json()
    assert seen["headers"]["authorization"] == "Bearer new"
    assert seen["headers"]["content-type"] == "x/y"


def test_bytes_and_empty_bodies(server: LoopbackServer) -> None:
    client = client_of(server)
    assert client.request("PUT", "/x", body=b"\x00\xff").json()["body"] == "\x00\xff"
    assert client.request("POST", "/x").json()["headers"]["content-length"] == "0"
    assert client.request("POST", "/x", json=[]).json()["body"] == "[]"


@pytest.mark.parametrize("value", [float("nan"), "\ud800", 10**30])
def test_F75_bad_values_are_refused_before_anything_is_sent(server: LoopbackServer, value: Any) -> None:
    with pytest.raises(DomainError):
        client_of(server).request("POST", "/x", json={"v": value})
    assert server.requests == []


@pytest.mark.parametrize(
    "path", ["/a\r\nX: y", "/a#b", "/a/../b", "/..", "/./x", "../x", "/a/%2E%2e/b", "\\x", "/a\x00"]
)
def test_bad_paths_are_refused_before_anything_is_sent(server: LoopbackServer, path: str) -> None:
    with pytest.raises(InvalidInputError):
        client_of(server).request("GET", path)
    assert server.requests == []


def test_dots_in_names_and_queries_are_no_matter(server: LoopbackServer) -> None:
    target = client_of(server).request("GET", "/a/.hidden/..b/c.?x=/../y").json()["target"]
    assert target == "/a/.hidden/..b/c.?x=/../y"


@pytest.mark.parametrize(
    "headers", [{"X-Bad": f"{KEY}\r\nX-More: 1"}, {"X-日": KEY}, {"X-Bad": f"{KEY}\r\n folded"}, {"X-Bad": f"{KEY}日"}]
)
def test_bad_headers_are_refused_without_their_value(server: LoopbackServer, headers: dict[str, str]) -> None:
    with pytest.raises(InvalidInputError, match="cannot be sent") as caught:
        client_of(server).request("GET", "/x", headers=headers)
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert caught.value.__cause__ is None
    assert caught.value.__context__ is None
    assert caught.value.sent == "no"


@pytest.mark.parametrize("url", ["ftp://h", "h", "", "https://user:pw@h", "https://h?x=1", "file:///x"])
def test_unusable_addresses_of_a_site(url: str) -> None:
    with pytest.raises(ConfigurationError):
        HttpClient(url, backend="test")


# ---- what comes back


def test_gzip_is_decoded() -> None:
    packed = gzip.compress(b'{"x": 1}' + b" " * 100_000)
    with answering(Reply(200, packed, {**JSON, "Content-Encoding": "gzip"})) as server:
        assert client_of(server).request("GET", "/x").json() == {"x": 1}


def test_broken_gzip_is_a_protocol_error() -> None:
    with (
        answering(Reply(200, b"not gzip at all", {"Content-Encoding": "gzip"})) as server,
        pytest.raises(ProtocolError),
    ):
        client_of(server, policy=ONCE).request("GET", "/x")


def test_answer_without_length_ends_with_the_connection() -> None:
    with answering(Reply(200, b"x" * 300_000, {"Content-Length": None})) as server:
        assert len(client_of(server).request("GET", "/x").body) == 300_000


def test_answer_beyond_the_limit_is_refused() -> None:
    bomb = gzip.compress(b"\0" * 30_000_000)
    packed = answering(Reply(200, bomb, {"Content-Encoding": "gzip"}))
    with packed as server, pytest.raises(ProtocolError, match="longer than 2000000 bytes"):
        client_of(server, max_answer_bytes=2_000_000).request("GET", "/x")


def test_head_and_no_content() -> None:
    with answering(Reply(204)) as server:
        assert client_of(server).request("DELETE", "/x").body == b""
    with answering(Reply(200, b"hello")) as server:
        answer = client_of(server).request("HEAD", "/x")
        assert (answer.body, answer.headers["content-length"]) == (b"", "5")


STATUSES: list[tuple[int, type[TrackerError], bool, str]] = [
    (304, ProtocolError, False, "yes"),
    (400, InvalidInputError, False, "yes"),
    (401, AuthenticationError, False, "yes"),
    (403, PermissionDeniedError, False, "yes"),
    (404, NotFoundError, False, "yes"),
    (405, UnsupportedError, False, "yes"),
    (408, UnavailableError, True, "yes"),
    (409, ConflictError, False, "yes"),
    (410, NotFoundError, False, "yes"),
    (412, ConflictError, False, "yes"),
    (413, InvalidInputError, False, "yes"),
    (418, InvalidInputError, False, "yes"),
    (422, InvalidInputError, False, "yes"),
    (423, ConflictError, False, "yes"),
    (429, UnavailableError, True, "yes"),
    (499, InvalidInputError, False, "yes"),
    (500, ServerError, False, "yes"),
    (501, UnsupportedError, False, "yes"),
    (502, ServerError, True, "unknown"),
    (503, UnavailableError, True, "yes"),
    (504, ServerError, True, "unknown"),
    (507, ServerError, False, "yes"),
    (599, ServerError, False, "yes"),
]


@pytest.mark.parametrize(("status", "kind", "retryable", "sent"), STATUSES)
def test_every_status_is_one_error(status: int, kind: type[TrackerError], retryable: bool, sent: str) -> None:
    body = b'{"detail": "what went wrong"}' if status != 304 else b""
    with answering(Reply(status, body, {**JSON, "X-Request-Id": "req-7"})) as server, pytest.raises(kind) as caught:
        client_of(server, policy=ONCE).request("POST", "/api/thing?token=x", json={})
    error = caught.value
    assert type(error) is kind
    assert (error.retryable, error.sent, error.status, error.backend) == (retryable, sent, status, "test")
    assert error.request_id == "req-7"
    assert f"POST /api/thing at 127.0.0.1:{server.port}: {status}" in error.message
    assert "token" not in error.message
    assert "what went wrong" in error.message or status == 304


def test_ok_makes_a_status_an_answer() -> None:
    with answering(Reply(404, b"gone")) as server:
        assert client_of(server).request("GET", "/x", ok={404}).text() == "gone"


@pytest.mark.parametrize(
    ("body", "headers", "said"),
    [
        (b'{"message": "m"}', JSON, ": m"),
        (b'{"errors": [{"title": "one"}, {"detail": "two"}]}', JSON, ": one; two"),
        (b'{"detail": [{"msg": "field required"}]}', JSON, ": field required"),
        (b"plain  words\nhere", {}, ": plain words here"),
        (b"<html><title>Bad &amp; worse</title>", {"Content-Type": "text/html"}, "a web page titled 'Bad & worse'"),
        (b'{"detail": "bad key ' + KEY.encode() + b'"}', JSON, ": bad key ***"),
        (b"", {}, "Bad Request"),
        (b'{"other": 1}', JSON, "Bad Request"),
    ],
)
def test_errors_say_what_the_server_said(body: bytes, headers: dict[str, str], said: str) -> None:
    secret = Secret(KEY)
    with answering(Reply(400, body, headers)) as server, pytest.raises(InvalidInputError) as caught:
        client_of(server).request("GET", "/x")
    assert caught.value.message.endswith(said)
    assert secret


def test_a_backend_reads_its_own_errors_first() -> None:
    def error_for(status: int, headers: Any, body: bytes) -> TrackerError | None:
        return ConflictError("a name is taken") if b"unique" in body else None

    with answering(
        lambda i: Reply(400, b"unique violation" if i.path == "/a" else b"else", {"x-request-id": "r"})
    ) as s:
        client = client_of(s, error_for=error_for)
        with pytest.raises(ConflictError, match="a name is taken") as caught:
            client.request("GET", "/a")
        assert (caught.value.backend, caught.value.status, caught.value.request_id) == ("test", 400, "r")
        with pytest.raises(InvalidInputError):
            client.request("GET", "/b")
        with pytest.raises(ConflictError), client.request("GET", "/a", stream=True):
            pass


def test_stream_is_read_as_it_comes_and_the_connection_goes_back(server: LoopbackServer) -> None:
    data = os.urandom(3_000_000)
    with answering(Reply(200, data)) as files, FaultProxy("127.0.0.1", files.port) as proxy:
        client = client_of(proxy)
        for _ in range(2):
            with client.request("GET", "/x", stream=True) as answer:
                assert answer.body == b""
                assert answer.stream is not None
                got = b"".join(iter(lambda: answer.stream.read(), b""))
            assert got == data
        assert proxy.connections == 1
        with client.request("GET", "/x", stream=True) as answer:  # left unread: that connection is of no more use
            assert answer.stream is not None
            answer.stream.read(10)
        client.request("GET", "/x")
        assert proxy.connections == 2


def test_a_stream_fills_memory_that_is_there_and_the_connection_goes_back() -> None:
    data = os.urandom(1_000_000)
    with answering(Reply(200, data)) as files, FaultProxy("127.0.0.1", files.port) as proxy:
        client = client_of(proxy)
        for _ in range(2):
            with client.request("GET", "/x", stream=True) as answer:
                assert into_memory(answer) == data
                assert answer.stream is not None
                assert answer.stream.read_into(memoryview(bytearray(1))) == 0
                assert answer.stream.read() == b""
        assert proxy.connections == 1


@pytest.mark.parametrize(
    "reply",
    [
        Reply(200, gzip.compress(b"abc" * 1000), {"Content-Encoding": "gzip"}),
        Reply(200, b"3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n", {"Transfer-Encoding": "chunked"}),
        Reply(200, b""),
        Reply(206, b"part"),
    ],
)
def test_any_stream_fills_memory(reply: Reply) -> None:
    with answering(reply) as site:
        client = client_of(site)
        with client.request("GET", "/x", stream=True) as one, client.request("GET", "/x", stream=True) as other:
            assert other.stream is not None
            assert into_memory(one) == b"".join(iter(other.stream.read, b""))


def test_a_stream_that_ends_early_says_how_much_is_missing() -> None:
    with answering(Reply(200, b"x" * 100_000)) as site, FaultProxy("127.0.0.1", site.port) as proxy:
        proxy.plan([close_after(40_000)])
        with client_of(proxy).request("GET", "/x", stream=True) as answer:
            with pytest.raises(ProtocolError, match=r"cut short: \d+ bytes, \d+ more were announced"):
                into_memory(answer)
            assert answer.stream is not None


def into_memory(answer: Answer) -> bytes:
    """A streamed body, read a little at a time into one piece of memory."""
    assert answer.stream is not None
    memory, got = memoryview(bytearray(70_000)), b""
    while count := answer.stream.read_into(memory):
        got += memory[:count]
    return got


# ---- many threads, many processes


def test_threads_share_a_client(server: LoopbackServer) -> None:
    client = client_of(server)
    wrong: list[str] = []

    def work(number: int) -> None:
        for turn in range(30):
            target = client.request("POST", f"/{number}/{turn}", json=number).json()["target"]
            if target != f"/{number}/{turn}":
                wrong.append(target)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert len(server.requests) == 240


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
@pytest.mark.filterwarnings("ignore:This process.*fork:DeprecationWarning")
def test_a_forked_child_has_connections_of_its_own(server: LoopbackServer) -> None:
    with FaultProxy("127.0.0.1", server.port) as proxy:
        client = client_of(proxy)
        client.request("GET", "/parent")
        child = os.fork()
        if child == 0:
            try:
                client.request("GET", "/child")
                os._exit(0)
            except BaseException:
                os._exit(1)
        assert os.waitpid(child, 0)[1] == 0
        client.request("GET", "/parent")
        by_target = {seen.target: seen.connection for seen in proxy.requests}
        assert by_target["/child"] != by_target["/parent"]
        assert proxy.connections == 2


def test_a_closed_client_opens_again(server: LoopbackServer) -> None:
    client = client_of(server)
    client.request("GET", "/x")
    client.close()
    assert client.request("GET", "/y").status == 200


# ---- logging in again


class Session:
    """A server that takes one token, and a way to get the next."""

    def __init__(self, logins: bool = True) -> None:
        self.token, self.held, self.heals, self.logins = "t0", "t0", 0, logins
        self.lock = threading.Lock()

    def answer(self, incoming: Incoming) -> Reply:
        return echo(incoming) if incoming.headers.get("authorization") == self.token else Reply(401, b"who are you")

    def heal(self) -> bool:
        with self.lock:
            self.heals += 1
        time.sleep(0.05)
        if self.logins:
            self.held = self.token
        return self.logins


def test_F15_a_401_is_healed_once_for_all_threads() -> None:
    session = Session()
    with LoopbackServer(session.answer) as server:
        client = client_of(server, credentials=lambda: {"Authorization": session.held}, heal=session.heal, pool_size=16)
        session.token = "t1"
        done: list[int] = []
        threads = [threading.Thread(target=lambda: done.append(client.request("POST", "/x").status)) for _ in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert done == [200] * 10
        assert session.heals == 1
        session.token = "t2"
        assert client.request("GET", "/x").status == 200
        assert session.heals == 2


def test_F15_a_401_that_stays_is_an_error_and_the_next_call_tries_again() -> None:
    session = Session(logins=False)
    with LoopbackServer(session.answer) as server:
        client = client_of(server, credentials=lambda: {"Authorization": session.held}, heal=session.heal)
        session.token = "t1"
        for turn in (1, 2):
            with pytest.raises(AuthenticationError):
                client.request("GET", "/x")
            assert session.heals == turn
            assert len(server.requests) == turn  # not repeated: nothing was healed
        session.logins = True
        assert client.request("GET", "/x").status == 200


def test_a_401_after_healing_is_not_healed_again() -> None:
    heals: list[int] = []
    with answering(Reply(401)) as server:
        client = client_of(server, heal=lambda: bool(heals.append(1)) or True)
        with pytest.raises(AuthenticationError):
            client.request("GET", "/x")
        assert len(heals) == 1
        assert len(server.requests) == 2


def test_a_login_that_is_refused_itself_does_not_hang() -> None:
    with answering(Reply(401)) as server:
        client: HttpClient

        def heal() -> bool:
            client.request("POST", "/login")
            return True

        client = client_of(server, heal=heal)
        with pytest.raises(AuthenticationError, match="/login"):
            client.request("GET", "/x")


# ---- nothing leaks


def test_no_secret_in_any_record_error_or_repr(caplog: pytest.LogCaptureFixture) -> None:
    """Every kind of answer and failure, at the lowest log level, with a canary as key, token and signature."""
    secret = Secret(KEY)
    signed = f"/file?X-Amz-Signature={KEY[::-1]}&X-Amz-Expires=9"

    def answer(incoming: Incoming) -> Reply:
        if incoming.path == "/away":
            return Reply(302, b"", {"Location": f"http://127.0.0.1:1{signed}"})
        code = int(incoming.path.strip("/") or 200) if incoming.path.strip("/").isdigit() else 200
        return Reply(code, f"your key is {incoming.headers.get('x-api-key')}".encode())

    texts: list[str] = []
    with (
        caplog.at_level(logging.DEBUG),
        LoopbackServer(answer) as server,
        FaultProxy("127.0.0.1", server.port) as proxy,
    ):
        client = client_of(proxy, credentials=lambda: {"X-Api-Key": secret}, policy=ONCE, timeout_s=(0.5, 0.5))
        texts.append(repr(client))
        texts.append(repr(client.request("GET", signed)))
        for path in ("/400", "/401", "/403", "/500", "/503", "/away", signed, signed, signed):
            if path is signed:
                proxy.plan(["drop_response", "refuse", "blackhole"][len(texts) % 3 :][:1])
            try:
                client.request("GET", path)
            except TrackerError as error:
                texts.append("".join(traceback.format_exception(error)) + repr(error) + str(vars(error)))
        try:
            client.request("GET", "/x", headers={"X-Token": f"{KEY}\n"})
        except TrackerError as error:
            texts.append("".join(traceback.format_exception(error)))
    formatter = logging.Formatter("%(message)s")
    texts += [formatter.format(record) for record in caplog.records]
    assert len(texts) > 20
    assert any("127.0.0.1" in formatter.format(r) for r in caplog.records if r.name == "urllib3.connectionpool")
    assert any(r.name.startswith("trackerkit.http") for r in caplog.records)
    for text in texts:
        assert KEY not in text
        assert KEY[::-1] not in text


def test_debug_log_costs_nothing_when_it_is_off(server: LoopbackServer, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO, logger="trackerkit"):
        client_of(server).request("GET", "/x")
    assert not [r for r in caplog.records if r.name.startswith("trackerkit")]


def test_the_unchecked_certificate_is_warned_about(caplog: pytest.LogCaptureFixture) -> None:
    HttpClient("https://studio.example", backend="test", verify=False)
    assert "not checked" in caplog.text


# ---- no 40 ms trap


@pytest.mark.skipif(sys.platform == "win32", reason="its timers are coarser")
def test_small_posts_are_not_held_back(server: LoopbackServer) -> None:
    client = client_of(server)
    client.request("POST", "/x", body=b"1")
    started = time.perf_counter()
    for _ in range(40):
        client.request("POST", "/x", body=b"1")
    assert (time.perf_counter() - started) / 40 < 0.02  # with Nagle's algorithm in the way: 0.04


def test_retry_after_dates_are_read() -> None:
    clock = FakeClock()
    date = "Fri, 02 Jan 2026 03:04:12 GMT"  # seven seconds from the clock's start
    replies = [Reply(503, b"", {"Retry-After": date}), Reply(200, b"ok")]
    with answering(lambda incoming: replies.pop(0)) as server:
        assert client_of(server, clock=clock).request("GET", "/x").text() == "ok"
    assert 7 <= clock.sleeps[0] <= 7.25


@pytest.mark.parametrize("text", ["soon", "-5", "1e9", "", "Fri, 99 Jan 2026"])
def test_senseless_retry_after_is_ignored(text: str) -> None:
    with answering(Reply(503, b"", {"Retry-After": text})) as server, pytest.raises(UnavailableError) as caught:
        client_of(server, policy=ONCE).request("GET", "/x")
    assert caught.value.retry_after_s is None
