"""What goes wrong between a client and a server, one test per fault, each over real sockets."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from trackerkit.errors import (
    AuthenticationError,
    ConfigurationError,
    InvalidInputError,
    ProtocolError,
    ServerError,
    TimeoutExpiredError,
    TrackerError,
    TransportError,
    UnavailableError,
)
from trackerkit.http import HttpClient
from trackerkit.origins import origin_of
from trackerkit.retry import RetryPolicy, is_outcome_unknown
from trackerkit.testing.clock import FakeClock
from trackerkit.testing.faults import (
    FaultProxy,
    blackhole,
    close_after,
    drip,
    drop_response,
    latency,
    refuse,
    reset_after,
    stall_after,
    status,
    truncate,
    unused_port,
)
from trackerkit.testing.loopback import Incoming, LoopbackServer, Reply

TLS = Path(__file__).parent / "tls"
JSON = {"Content-Type": "application/json"}
KEY = "canary-key-0123456789"
ROWS = json.dumps({"rows": [{"id": n, "name": f"sh{n:03}"} for n in range(50)]}).encode()
ONCE = RetryPolicy(attempts=1)
SOON = RetryPolicy(base_s=0.01)


class Ledger:
    """A server that remembers every change it committed."""

    def __init__(self) -> None:
        self.committed: list[bytes] = []

    def answer(self, incoming: Incoming) -> Reply:
        if incoming.method == "GET":
            return Reply(200, ROWS, JSON)
        self.committed.append(incoming.body)
        return Reply(201, b'{"id": "1"}', JSON)


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def proxy(ledger: Ledger) -> Iterator[FaultProxy]:
    with LoopbackServer(ledger.answer) as server, FaultProxy("127.0.0.1", server.port) as running:
        yield running


def client_of(server: Any, **more: Any) -> HttpClient:
    more = {"proxies": {}, "policy": SOON, "timeout_s": (2, 5), **more}
    return HttpClient(server if isinstance(server, str) else server.url, backend="test", **more)


# ---- changes are never made twice


@pytest.mark.parametrize(
    ("plan", "kind", "sent", "committed"),
    [
        (drop_response(), TransportError, "unknown", 1),
        (refuse(), TransportError, "unknown", 0),
        (close_after(3), ProtocolError, "yes", 1),
        (reset_after(3), TrackerError, None, 1),
        (truncate(0), None, None, 1),
        (status(502), ServerError, "unknown", 0),
        (status(504), ServerError, "unknown", 0),
        (status(503), UnavailableError, "yes", 0),
        (status(429), UnavailableError, "yes", 0),
    ],
    ids=lambda value: getattr(value, "kind", None),
)
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_F2_a_change_that_may_have_left_is_never_sent_again(
    ledger: Ledger, proxy: FaultProxy, method: str, plan: Any, kind: Any, sent: Any, committed: int
) -> None:
    proxy.plan([plan])
    client = client_of(proxy)
    if kind is None:
        assert client.request(method, "/x", json={"name": "sh010"}).body == b""
    else:
        with pytest.raises(kind) as caught:
            client.request(method, "/x", json={"name": "sh010"})
        assert sent in (None, caught.value.sent)
        assert is_outcome_unknown(caught.value) or isinstance(caught.value, UnavailableError)
    assert len(proxy.requests) == 1
    assert len(ledger.committed) == committed


def test_F1_F4_a_change_with_a_key_may_be_sent_again(ledger: Ledger, proxy: FaultProxy) -> None:
    proxy.plan([drop_response(), status(504), "pass"])
    assert client_of(proxy).request("POST", "/x", json={"id": "k"}, safe=True).status == 201
    assert ledger.committed == [b'{"id":"k"}'] * 2


def test_F2_a_connection_that_the_server_closed_while_idle_is_not_written_to(ledger: Ledger, proxy: FaultProxy) -> None:
    client = client_of(proxy)
    for turn in range(5):
        proxy.plan([close_after(10_000)])  # the whole answer, then the end of the connection
        client.request("POST", "/x", json=turn)
        time.sleep(0.05)
    assert ledger.committed == [b"0", b"1", b"2", b"3", b"4"]
    assert proxy.connections == 5


def test_F3_reads_are_tried_again(proxy: FaultProxy) -> None:
    for plan in (drop_response(), refuse(), close_after(7), reset_after(7), status(502), status(503), status(504)):
        proxy.plan([plan])
        assert client_of(proxy).request("GET", "/x").body == ROWS
    assert len(proxy.requests) == 14


def test_F3_a_read_that_keeps_failing_is_a_typed_error(proxy: FaultProxy) -> None:
    proxy.plan([drop_response()] * 3)
    with pytest.raises(TransportError) as caught:
        client_of(proxy).request("GET", "/x")
    assert type(caught.value) is TransportError
    assert caught.value.sent == "unknown"
    assert len(proxy.requests) == 3


def test_F5_the_answer_of_the_last_attempt_counts(proxy: FaultProxy) -> None:
    proxy.plan([status(503), "pass"])
    assert client_of(proxy).request("GET", "/x").status == 200
    proxy.plan([refuse(), status(404)])
    with pytest.raises(TrackerError) as caught:
        client_of(proxy).request("GET", "/x")
    assert caught.value.status == 404


def test_F6_no_status_is_invented(proxy: FaultProxy) -> None:
    for plan in (drop_response(), refuse(), blackhole()):
        proxy.plan([plan])
        with pytest.raises(TransportError) as caught:
            client_of(proxy, policy=ONCE, timeout_s=(1, 0.3)).request("GET", "/x")
        assert caught.value.status is None
        assert caught.value.sent == "unknown"


# ---- nobody there


def test_F6_a_refused_connection_never_left(proxy: FaultProxy) -> None:
    started = time.monotonic()
    with pytest.raises(TransportError) as caught:
        client_of(f"http://127.0.0.1:{unused_port()}").request("POST", "/x", json={})
    assert caught.value.sent == "no"
    assert caught.value.retryable
    assert "refused" in caught.value.message
    assert time.monotonic() - started < 5


def test_a_change_that_never_left_is_tried_again() -> None:
    """The server comes up while the client waits between two attempts."""
    port = unused_port()
    ledger = Ledger()
    up = contextlib.ExitStack()

    class Waiting(FakeClock):
        def sleep(self, seconds: float) -> None:
            super().sleep(seconds)
            proxy = LoopbackServer(ledger.answer)
            proxy._server.socket.close()
            proxy._server.socket = socket.create_server(("127.0.0.1", port))
            up.enter_context(proxy)

    with up:
        client = client_of(f"http://127.0.0.1:{port}", clock=Waiting())
        assert client.request("POST", "/x", json=1).status == 201
        assert ledger.committed == [b"1"]


def test_a_name_that_does_not_resolve_never_left() -> None:
    with pytest.raises(TransportError, match="there is no host") as caught:
        client_of("http://nowhere.invalid", policy=ONCE).request("POST", "/x")
    assert caught.value.sent == "no"


# ---- time


def test_F7_retry_after_is_obeyed(proxy: FaultProxy) -> None:
    clock = FakeClock()
    proxy.plan([status(503, {"Retry-After": "5"}), status(503, {"Retry-After": "1"}), "pass"])
    assert client_of(proxy, clock=clock, policy=RetryPolicy()).request("GET", "/x").body == ROWS
    assert 5 <= clock.sleeps[0] <= 5.25
    assert 1 <= clock.sleeps[1] <= 1.25


def test_F7_a_long_retry_after_fails_at_once_and_says_how_long(proxy: FaultProxy) -> None:
    clock = FakeClock()
    proxy.plan([status(503, {"Retry-After": "3600"})])
    with pytest.raises(UnavailableError) as caught:
        client_of(proxy, clock=clock, policy=RetryPolicy()).request("GET", "/x")
    assert caught.value.retry_after_s == 3600
    assert clock.sleeps == []
    assert len(proxy.requests) == 1


def test_F8_too_many_requests_wait_as_told(proxy: FaultProxy) -> None:
    clock = FakeClock()
    proxy.plan([status(429, {"Retry-After": "2"}), "pass"])
    assert client_of(proxy, clock=clock).request("GET", "/x").body == ROWS
    assert clock.sleeps[0] >= 2


@pytest.mark.parametrize("plan", [blackhole(), stall_after(10), latency(3)], ids=lambda plan: plan.kind)
def test_F9_a_server_that_never_answers_is_left(proxy: FaultProxy, plan: Any) -> None:
    proxy.plan([plan])
    started = time.monotonic()
    with pytest.raises(TimeoutExpiredError, match="did not answer in time") as caught:
        client_of(proxy, policy=ONCE, timeout_s=(1, 0.3)).request("GET", "/x")
    assert time.monotonic() - started < 2
    assert caught.value.sent == "unknown"


def test_F9_a_deaf_port_is_left() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        started = time.monotonic()
        with pytest.raises(TimeoutExpiredError):
            client_of(f"http://127.0.0.1:{deaf.getsockname()[1]}", policy=ONCE, timeout_s=(1, 0.3)).request("GET", "/x")
        assert time.monotonic() - started < 2


def test_F9_a_server_that_drips_is_left(proxy: FaultProxy) -> None:
    """Each byte comes in time; all of them never would."""
    proxy.plan([drip(0.05)])
    started = time.monotonic()
    with pytest.raises(TimeoutExpiredError, match="took longer than"):
        client_of(proxy, policy=ONCE, timeout_s=(1, 1, 0.5)).request("GET", "/x")
    assert time.monotonic() - started < 2


def test_F9_timeouts_are_on_by_default() -> None:
    client = HttpClient("http://127.0.0.1:1", backend="test")
    assert (client._timeout.connect_timeout, client._timeout.read_timeout, client._total_s) == (10, 60, 300)


def test_one_request_may_have_its_own_timeouts(proxy: FaultProxy) -> None:
    client = client_of(proxy, policy=ONCE)
    proxy.plan([latency(0.5)])
    with pytest.raises(TimeoutExpiredError):
        client.request("GET", "/x", timeout_s=(1, 0.1))
    proxy.plan([latency(0.5)])
    assert client.request("GET", "/x", timeout_s=(1, 3)).body == ROWS


def test_A15_a_pool_recovers_after_an_outage(proxy: FaultProxy) -> None:
    client = client_of(proxy)
    client.request("GET", "/x")
    proxy.plan([refuse()] * 3)
    with pytest.raises(TransportError):
        client.request("GET", "/x")
    assert client.request("GET", "/x").body == ROWS


# ---- answers that are none


def test_F12_a_cut_answer_is_never_data(proxy: FaultProxy) -> None:
    for size in (0, 1, len(ROWS) // 2, len(ROWS) - 1):
        proxy.plan([close_after(size)])
        with pytest.raises(ProtocolError, match="cut short") as caught:
            client_of(proxy, policy=ONCE).request("GET", "/x")
        assert caught.value.retryable


def test_F12_cut_json_of_a_right_length_is_tried_again(proxy: FaultProxy) -> None:
    proxy.plan([truncate(40), "pass"])
    assert len(client_of(proxy).request("GET", "/x", expect_json=True).json()["rows"]) == 50
    proxy.plan([truncate(40)] * 3)
    with pytest.raises(ProtocolError, match="answered no JSON"):
        client_of(proxy).request("GET", "/x", expect_json=True)
    proxy.plan([truncate(0)] * 3)
    with pytest.raises(ProtocolError, match="answered nothing"):
        client_of(proxy).request("GET", "/x", expect_json=True)
    assert len(proxy.requests) == 8


def test_F12_cut_json_is_an_error_without_being_announced(proxy: FaultProxy) -> None:
    proxy.plan([truncate(40)])
    answer = client_of(proxy).request("GET", "/x")
    with pytest.raises(ProtocolError, match="no JSON"):
        answer.json()


@pytest.mark.parametrize("kind", [{"Content-Type": "text/html; charset=utf-8"}, {}, JSON], ids=["html", "none", "json"])
def test_F13_a_login_page_is_named(proxy: FaultProxy, kind: dict[str, str]) -> None:
    page = b"<!DOCTYPE html>\n<html><head><title>\n Sign in &middot; Studio </title></head><body>...</body></html>"
    proxy.plan([status(200, kind, page)])
    with pytest.raises(ProtocolError) as caught:
        client_of(proxy).request("GET", "/x", expect_json=True)
    assert f"127.0.0.1:{proxy.port} answered with a web page titled 'Sign in · Studio'" in caught.value.message
    assert "login page" in caught.value.hint
    assert not caught.value.retryable
    assert len(proxy.requests) == 1


@pytest.mark.parametrize(
    "raw", [b"garbage\r\n\r\n", b"HTTP/1.1 abc OK\r\n\r\n", b"\x00\x01\x02\r\n" * 9, b"SSH-2.0-x\r\n"]
)
def test_what_is_no_http_is_a_protocol_error(raw: bytes) -> None:
    def speak() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                with client:
                    client.recv(65536)
                    client.sendall(raw)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=speak, daemon=True).start()
        with pytest.raises(TrackerError) as caught:
            client_of(f"http://127.0.0.1:{listener.getsockname()[1]}", policy=ONCE).request("GET", "/x")
        listener.shutdown(socket.SHUT_RDWR)
    assert isinstance(caught.value, (ProtocolError, TransportError))


def test_two_lengths_are_a_protocol_error(proxy: FaultProxy) -> None:
    proxy.plan([status(200, {"Content-Length": "3, 4"}, b"abc")])
    with pytest.raises(ProtocolError):
        client_of(proxy, policy=ONCE).request("GET", "/x")


# ---- certificates


@pytest.fixture
def tls_server(ledger: Ledger) -> Iterator[LoopbackServer]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    with LoopbackServer(ledger.answer, tls=context) as server:
        yield server


def test_F11_an_untrusted_certificate_fails_at_once(tls_server: LoopbackServer) -> None:
    clock = FakeClock()
    with pytest.raises(TransportError, match=r"certificate of 127.0.0.1") as caught:
        client_of(tls_server, clock=clock).request("GET", "/x")
    assert (caught.value.sent, caught.value.retryable) == ("no", False)
    assert "verify" in caught.value.hint
    assert clock.sleeps == []
    assert tls_server.requests == []


def test_F11_a_certificate_for_another_name_fails_at_once(tls_server: LoopbackServer) -> None:
    client = client_of(f"https://localhost:{tls_server.port}", verify=str(TLS / "ca.pem"))
    with pytest.raises(TransportError, match=r"certificate of localhost.*not valid for") as caught:
        client.request("POST", "/x")
    assert (caught.value.sent, caught.value.retryable) == ("no", False)


def test_an_own_authority_is_trusted(
    tls_server: LoopbackServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    assert client_of(tls_server, verify=str(TLS / "ca.pem")).request("GET", "/x").body == ROWS
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(TLS / "ca.pem"))
    assert client_of(tls_server).request("GET", "/x").body == ROWS
    with pytest.raises(ConfigurationError, match="no bundle"):
        client_of(tls_server, verify=str(TLS / "missing.pem"))


def test_a_clients_certificate_is_shown_to_the_tracker_alone(ledger: Ledger) -> None:
    def tls(mode: ssl.VerifyMode) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / "server.pem")
        context.load_verify_locations(TLS / "client.pem")
        context.verify_mode = mode
        return context

    verify = str(TLS / "ca.pem")
    with LoopbackServer(ledger.answer, tls=tls(ssl.CERT_REQUIRED)) as home:
        assert client_of(home, verify=verify, cert=str(TLS / "client.pem")).request("GET", "/x").body == ROWS
        with pytest.raises(TransportError):
            client_of(home, verify=verify, policy=ONCE).request("GET", "/x")
        with LoopbackServer(ledger.answer, tls=tls(ssl.CERT_REQUIRED)) as storage:
            client = client_of(
                home, verify=verify, cert=str(TLS / "client.pem"), storage_hosts=[storage.url], policy=ONCE
            )
            with pytest.raises(TransportError):  # it wants to see one, and is shown none
                client.request("GET", f"{storage.url}/x")
    with pytest.raises(ConfigurationError, match="no certificate with its key"):
        client_of(home, verify=verify, cert=verify).request("GET", "/x")


@pytest.mark.filterwarnings("ignore::urllib3.exceptions.InsecureRequestWarning")
def test_verify_false_reads_along_and_warns(tls_server: LoopbackServer, caplog: pytest.LogCaptureFixture) -> None:
    assert client_of(tls_server, verify=False).request("GET", "/x").body == ROWS
    assert "not checked" in caplog.text


def test_https_to_a_plain_port_says_so(proxy: FaultProxy) -> None:
    with pytest.raises(TransportError) as caught:
        client_of(f"https://127.0.0.1:{proxy.port}", policy=ONCE, timeout_s=(1, 1)).request("POST", "/x")
    assert caught.value.sent == "no"


def test_old_tls_is_refused(ledger: Ledger) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    assert client_of("https://h", verify=str(TLS / "ca.pem"))._wire._tls.minimum_version >= ssl.TLSVersion.TLSv1_2


# ---- credentials and other origins


def keyed(server: Any, **more: Any) -> HttpClient:
    return client_of(server, credentials=lambda: {"X-Api-Key": KEY, "Authorization": f"Bearer {KEY}"}, **more)


def redirecting(to: str, code: int = 302) -> LoopbackServer:
    return LoopbackServer(lambda i: Reply(code, b"", {"Location": to}) if i.path == "/go" else Reply(200, b"here", {}))


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_F43_key_never_follows_redirect(code: int) -> None:
    with (
        LoopbackServer(lambda i: Reply(200, b"from storage")) as other,
        redirecting(f"{other.url}/file?a=1", code) as home,
    ):
        client = keyed(home, storage_hosts=[other.url])
        own = {"X-As-User": "anna", "Cookie": "session=1", "Accept": "image/*", "Range": "bytes=0-"}
        assert client.request("GET", "/go", headers=own).body == b"from storage"
        assert home.requests[0].headers["x-api-key"] == KEY
        arrived = other.requests[0].headers
        assert other.requests[0].target == "/file?a=1"
        assert KEY not in str(arrived)
        assert not {"x-api-key", "authorization", "x-as-user", "cookie"} & set(arrived)
        assert (arrived["accept"], arrived["range"]) == ("image/*", "bytes=0-")


def test_F43_key_does_not_come_back_after_leaving() -> None:
    """home → elsewhere → home: whoever sits elsewhere must not choose what is asked with the key."""
    with contextlib.ExitStack() as stack:
        where: dict[str, str] = {}
        other = stack.enter_context(LoopbackServer(lambda i: Reply(302, b"", {"Location": where["home"] + "/secret"})))
        home = stack.enter_context(redirecting(f"{other.url}/x"))
        where["home"] = home.url
        assert keyed(home, storage_hosts=[other.url]).request("GET", "/go").body == b"here"
        assert "x-api-key" in home.requests[0].headers
        assert home.requests[1].target == "/secret"
        assert KEY not in str(home.requests[1].headers)


def test_F43_key_is_kept_on_the_own_origin() -> None:
    with redirecting("/there?x=1") as home:
        assert keyed(home).request("GET", "/go").body == b"here"
        assert home.requests[1].target == "/there?x=1"
        assert home.requests[1].headers["x-api-key"] == KEY


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_redirects_of_changes_are_refused(method: str) -> None:
    with redirecting("/there", 307) as home:
        with pytest.raises(ProtocolError, match=f"not followed for a {method}"):
            keyed(home).request(method, "/go", safe=True)
        assert len(home.requests) == 1


def test_redirects_end() -> None:
    with redirecting("/go") as home:
        with pytest.raises(ProtocolError, match="more than 5 redirects"):
            keyed(home).request("GET", "/go")
        assert len(home.requests) == 6


@pytest.mark.parametrize(
    "to",
    [
        "file:///etc/passwd",
        "ftp://127.0.0.1/x",
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "https://10.0.0.1/x",
        "https://127.0.0.1:1/x",
        "https://[::1]:1/x",
        "https://[::ffff:127.0.0.1]:1/x",
        "https://localhost:1/x",
        "https://2130706433:1/x",
        "https://127.1:1/x",
        "http://93.184.216.34/x",
        "https://user:pw@93.184.216.34/x",
        "gopher://x",
    ],
)
def test_F42_foreign_url_refused(to: str) -> None:
    """By itself and as the goal of a redirect."""
    with redirecting(to) as home:
        client = keyed(home)
        assert not client.foreign_ok(to)
        for path in (to, "/go"):
            with pytest.raises(TrackerError) as caught:
                client.request("GET", path)
            assert isinstance(caught.value, (InvalidInputError, ProtocolError))
            assert caught.value.status is None
        assert len(home.requests) == 1


def test_F42_public_https_and_listed_hosts_are_allowed() -> None:
    with LoopbackServer(lambda i: Reply(200, b"x")) as other:
        client = client_of("http://127.0.0.1:1", storage_hosts=[other.url, "10.0.0.1"])
        assert client.foreign_ok("https://93.184.216.34/file")
        assert client.foreign_ok("https://10.0.0.1/file")
        assert client.foreign_ok(f"{other.url}/file")
        assert client.request("GET", f"{other.url}/file").body == b"x"
        assert "x-api-key" not in other.requests[0].headers


def test_F42_a_name_that_leads_elsewhere_at_the_last_moment_is_refused(tls_server: LoopbackServer) -> None:
    """The check of the name is passed by; the socket's own address still counts, before a byte is sent."""
    client = client_of("http://127.0.0.1:1")
    with pytest.raises(InvalidInputError, match="not public"):
        client._wire.pool(origin_of(f"https://localhost:{tls_server.port}/")).urlopen("GET", "/x", retries=False)
    assert tls_server.requests == []


def test_from_https_to_http_is_refused(tls_server: LoopbackServer, ledger: Ledger) -> None:
    with LoopbackServer(lambda i: Reply(200, b"x")) as plain:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(TLS / "server.pem")
        away = LoopbackServer(lambda i: Reply(302, b"", {"Location": plain.url}), tls=context)
        with away as home:
            client = keyed(home, verify=str(TLS / "ca.pem"), storage_hosts=[plain.url])
            with pytest.raises(InvalidInputError, match="from https to http"):
                client.request("GET", "/x")
        assert plain.requests == []


def test_from_http_to_https_names_the_right_address() -> None:
    with redirecting("https://127.0.0.1:1/x") as home:
        with pytest.raises(ProtocolError, match=r"the site lives at https://127.0.0.1:1") as caught:
            keyed(home).request("GET", "/go")
        assert "use that address" in caught.value.hint


def test_F44_a_lookalike_gets_no_key() -> None:
    client = keyed("https://ayon.x.com")
    for url in (
        "https://ayon.x.com.evil.invalid/api",
        "https://ayon.x.com@evil.invalid/",
        "https://ayon.x.com\\@evil/",
    ):
        with pytest.raises((InvalidInputError, TransportError)):
            client.request("GET", url)
    with LoopbackServer(lambda i: Reply(200, b"x")) as lookalike:
        port = lookalike.port
        home = keyed(f"http://127.0.0.1:{port // 10}", storage_hosts=[lookalike.url])
        home.request("GET", f"{lookalike.url}/x")  # the base address is a prefix of this one
        assert KEY not in str(lookalike.requests[0].headers)


def test_F45_signatures_stay_out_of_errors(proxy: FaultProxy) -> None:
    signed = "/bucket/key?X-Amz-Credential=AKIA123456&X-Amz-Signature=0123456789abcdef"
    echoed = f"<Error><Message>bad {signed}</Message></Error>".encode()
    for plan in (status(403, {}, echoed), status(500, JSON, json.dumps({"message": signed}).encode()), drop_response()):
        proxy.plan([plan])
        with pytest.raises(TrackerError) as caught:
            client_of(proxy, policy=ONCE).request("PUT", signed, body=b"x")
        assert "0123456789abcdef" not in str(caught.value)
        assert "AKIA123456" not in str(caught.value)


# ---- proxies


def test_environment_proxies_are_used_by_their_rules(monkeypatch: pytest.MonkeyPatch) -> None:
    with LoopbackServer(lambda i: Reply(200, b"by proxy")) as way:
        monkeypatch.setenv("http_proxy", f"http://anna:pass%40word1@127.0.0.1:{way.port}")
        monkeypatch.delenv("no_proxy", raising=False)
        monkeypatch.delenv("NO_PROXY", raising=False)
        client = client_of("http://tracker.invalid:8080", proxies=None)
        assert client.request("GET", "/api?x=1").body == b"by proxy"
        assert way.requests[0].target == "http://tracker.invalid:8080/api?x=1"
        assert way.requests[0].headers["host"] == "tracker.invalid:8080"
        assert way.requests[0].headers["proxy-authorization"].startswith("Basic ")
        monkeypatch.setenv("no_proxy", "tracker.invalid")
        with pytest.raises(TransportError):
            client_of("http://tracker.invalid:8080", proxies=None, policy=ONCE).request("GET", "/api")
        assert len(way.requests) == 1


def test_a_proxy_that_is_down_never_sent() -> None:
    client = client_of("http://tracker.invalid", proxies={"http": f"http://127.0.0.1:{unused_port()}"}, policy=ONCE)
    with pytest.raises(TransportError) as caught:
        client.request("POST", "/x")
    assert caught.value.sent == "no"


def test_https_goes_through_a_tunnel(tls_server: LoopbackServer) -> None:
    asked: list[bytes] = []
    opened: list[socket.socket] = []

    def tunnel() -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = listener.accept()
                asked.append(client.recv(65536))
                server = socket.create_connection(("127.0.0.1", tls_server.port))
                opened.extend((client, server))
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                for one, other in ((client, server), (server, client)):
                    threading.Thread(target=pipe, args=(one, other), daemon=True).start()

    def pipe(one: socket.socket, other: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := one.recv(65536):
                other.sendall(data)
        with contextlib.suppress(OSError):
            other.shutdown(socket.SHUT_WR)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=tunnel, daemon=True).start()
        way = {"https": f"http://127.0.0.1:{listener.getsockname()[1]}"}
        client = keyed(f"https://127.0.0.1:{tls_server.port}", proxies=way, verify=str(TLS / "ca.pem"))
        assert client.request("GET", "/x").body == ROWS
        client.close()
        listener.shutdown(socket.SHUT_RDWR)
    for each in opened:
        each.close()
    assert asked[0].startswith(b"CONNECT 127.0.0.1:")
    assert KEY.encode() not in asked[0]


def test_socks_is_refused_in_words() -> None:
    with pytest.raises(ConfigurationError, match="only http"):
        client_of("http://tracker.invalid", proxies={"http": "socks5://127.0.0.1:1"}).request("GET", "/")


def test_F16_only_401_is_about_credentials(proxy: FaultProxy) -> None:
    proxy.plan([status(500), status(401)])
    client = keyed(proxy, policy=ONCE)
    with pytest.raises(ServerError):
        client.request("GET", "/me")
    with pytest.raises(AuthenticationError):
        client.request("GET", "/me")
    assert client.request("GET", "/me").status == 200
