"""What goes wrong between AYON's native client and its server, one test per fault, each over real sockets."""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from trackerkit.errors import (
    ChecksumError,
    DiskFullError,
    InvalidInputError,
    NotFoundError,
    OutcomeUnknown,
    TransportError,
)
from trackerkit.testing.clock import FakeClock
from trackerkit.testing.faults import (
    FaultProxy,
    blackhole,
    close_after,
    drop_response,
    refuse,
    stall_after,
    status,
    truncate,
    unused_port,
)
from trackerkit.testing.loopback import Incoming, LoopbackServer, Reply
from trackerkit_ayon.server_api import RequestTypes, ServerAPI, TransferProgress
from trackerkit_ayon.server_api.exceptions import (
    AuthenticationError,
    FailedOperations,
    FailedRequestError,
    HTTPRequestError,
    RequestOutcomeUnknown,
    ServerError,
    ServerNotReached,
    ServerTimeout,
    UnauthorizedError,
    UnreadableResponse,
)

JSON = {"Content-Type": "application/json"}
KEY = "canary-key-0123456789"
MOVIE = os.urandom(9 * 1024 * 1024 + 17)
PIECE = 4 * 1024 * 1024


class Ayon:
    """As much of a server as the connection needs, and a memory of every change it made."""

    def __init__(self) -> None:
        self.changes: list[Incoming] = []
        self.tokens: set[str] = {KEY}
        self.replies: dict[str, Reply] = {}
        self.logins = 0
        self.movies: Callable[[Incoming], Reply] = lambda incoming: movie(incoming)

    def answer(self, incoming: Incoming) -> Reply:
        if incoming.path in self.replies:
            return self.replies[incoming.path]
        if incoming.path == "/api/info":
            return said({"version": "1.16.4", "uptime": 1})
        if incoming.path == "/api/auth/login":
            return self._login(json.loads(incoming.body))
        bearer = incoming.headers.get("authorization", "").removeprefix("Bearer ")
        if incoming.headers.get("x-api-key") not in self.tokens and bearer not in self.tokens - {KEY}:
            return said({"detail": "Invalid credentials"}, 401)
        if incoming.path == "/api/users/me":
            return said({"name": "svc", "attrib": {}})
        if incoming.path.startswith("/api/projects/show/files/"):
            reply = movie(incoming)
            return Reply(reply.status, reply.body, {k: v for k, v in reply.headers.items() if k != "ETag"})
        if incoming.path.startswith("/api/movies/"):
            return self.movies(incoming)
        if incoming.method != "GET":
            self.changes.append(incoming)
            return said({"id": "1"}, 201)
        return said({"name": "show"})

    def _login(self, body: dict[str, str]) -> Reply:
        if body["password"] != "secret-password":
            return said({"detail": "Invalid login/password combination"}, 403)
        self.logins += 1
        token = f"session-token-{self.logins}"
        self.tokens = {KEY, token}
        return said({"token": token})


def said(value: Any, code: int = 200) -> Reply:
    return Reply(code, json.dumps(value).encode(), JSON)


def movie(incoming: Incoming) -> Reply:
    """A file as AYON serves movies: at most 4 MiB a part, and all of it only where no part is asked for."""
    tag = {"ETag": '"one"', "Content-Type": "video/quicktime"}
    if incoming.path.endswith("/untagged"):
        return Reply(200, MOVIE, {"Content-Type": "video/quicktime"})
    wanted = incoming.headers.get("range")
    if incoming.path.endswith("/unannounced"):
        return Reply(200, MOVIE, {**tag, "Content-Length": None})
    if incoming.path.endswith("/rangeless") or wanted is None:
        return Reply(200, MOVIE, tag)
    start = int(wanted.removeprefix("bytes=").rstrip("-"))
    part = MOVIE[start : start + PIECE]
    return Reply(206, part, {**tag, "Content-Range": f"bytes {start}-{start + len(part) - 1}/{len(MOVIE)}"})


@pytest.fixture
def ayon() -> Ayon:
    return Ayon()


@pytest.fixture
def proxy(ayon: Ayon) -> Iterator[FaultProxy]:
    with LoopbackServer(ayon.answer) as server, FaultProxy("127.0.0.1", server.port) as running:
        yield running


@pytest.fixture
def api(proxy: FaultProxy) -> Iterator[ServerAPI]:
    """A connection that is settled, with a clock that does not wait."""
    made = ServerAPI(proxy.url, KEY, timeout=5)
    made._transport.http.clock = FakeClock()
    proxy.requests.clear()
    yield made
    made.close_session()


def sent(proxy: FaultProxy, method: str) -> int:
    return sum(seen.method == method for seen in proxy.requests)


# ---- calls and retries


def test_a_post_without_an_answer_is_sent_once_f4(api: ServerAPI, proxy: FaultProxy, ayon: Ayon) -> None:
    proxy.plan([drop_response()])
    with pytest.raises(RequestOutcomeUnknown) as caught:
        api.post("projects", name="show")
    assert sent(proxy, "POST") == 1
    assert len(ayon.changes) == 1
    assert caught.value.sent == "unknown"
    assert caught.value.request["json"] == {"name": "show"}
    assert isinstance(caught.value, OutcomeUnknown)


def test_a_batch_slower_than_the_timeout_is_sent_once_f4(proxy: FaultProxy, ayon: Ayon) -> None:
    api = ServerAPI(proxy.url, KEY)
    api.set_timeout(0.5)
    proxy.plan([stall_after(0)])
    operation = {"type": "create", "entityType": "folder", "data": {"name": "sh010"}}
    with pytest.raises(RequestOutcomeUnknown) as caught:
        api.send_batch_operations("show", [operation])
    assert sent(proxy, "POST") == 1
    (asked,) = caught.value.request["json"]["operations"]
    assert asked["id"] == operation["id"]
    assert len(asked["entityId"]) == 32


def test_a_retried_success_is_a_success_f5(api: ServerAPI, proxy: FaultProxy) -> None:
    proxy.plan([status(503), refuse(), "pass"])
    assert api.get("projects/show").data == {"name": "show"}
    assert sent(proxy, "GET") == 3


def test_a_post_that_never_left_is_made_f5(proxy: FaultProxy, ayon: Ayon) -> None:
    api = ServerAPI(proxy.url, KEY)
    proxy.plan([status(429, {"Retry-After": "0"}), "pass"])
    assert api.post("projects", name="show").status == 201
    assert len(ayon.changes) == 1


def test_no_answer_has_no_status_f6() -> None:
    api = ServerAPI(f"http://127.0.0.1:{unused_port()}", max_retries=1)
    with pytest.raises(ServerNotReached) as caught:
        api.raw_get("info")
    assert caught.value.sent == "no"
    assert caught.value.status is None
    assert isinstance(caught.value, TransportError)
    assert isinstance(caught.value, ServerError)


def test_a_server_that_is_not_there_is_told_at_once_f6() -> None:
    with pytest.raises(ServerNotReached, match="can't be reached"):
        ServerAPI(f"http://127.0.0.1:{unused_port()}", KEY, max_retries=1)


@pytest.mark.parametrize("code", [429, 503])
@pytest.mark.parametrize("method", ["get", "post"])
def test_retry_after_is_obeyed_f7_f8(api: ServerAPI, proxy: FaultProxy, code: int, method: str) -> None:
    clock = api._transport.http.clock
    before = clock.monotonic()
    proxy.plan([status(code, {"Retry-After": "7"}), "pass"])
    assert getattr(api, method)("projects").ok
    assert clock.monotonic() - before >= 7


def test_a_refusal_that_lasts_is_the_servers_own_answer_f7(api: ServerAPI, proxy: FaultProxy) -> None:
    proxy.plan([status(503, {"Content-Type": "application/json"}, b'{"detail": "busy"}')] * 3)
    response = api.get("projects/show")
    assert response.status == 503
    assert response.detail == "busy"
    with pytest.raises(HTTPRequestError, match="busy") as caught:
        response.raise_for_status()
    assert caught.value.retryable


def test_a_post_is_not_sent_again_after_a_plain_503_f7(api: ServerAPI, proxy: FaultProxy) -> None:
    proxy.plan([status(503)])
    assert api.post("projects").status == 503
    assert sent(proxy, "POST") == 1


def test_broken_json_is_asked_for_again_f12(api: ServerAPI, proxy: FaultProxy) -> None:
    proxy.plan([truncate(5), "pass"])
    assert api.get("projects/show").data == {"name": "show"}


def test_broken_json_is_never_empty_data_f12(api: ServerAPI, proxy: FaultProxy) -> None:
    proxy.plan([truncate(5)] * 3)
    with pytest.raises(UnreadableResponse):
        _ = api.get("projects/show").data


def test_a_cut_answer_to_a_post_is_not_sent_again_f12(api: ServerAPI, proxy: FaultProxy, ayon: Ayon) -> None:
    proxy.plan([close_after(3)])
    with pytest.raises(ServerError):
        api.post("projects")
    assert len(ayon.changes) == 1


def test_a_login_page_is_an_error_f13(api: ServerAPI, ayon: Ayon) -> None:
    page = b"<!doctype html><html><head><title>Studio SSO</title></head></html>"
    ayon.replies["/api/projects/show"] = Reply(200, page, {"Content-Type": "text/html"})
    with pytest.raises(UnreadableResponse, match="Studio SSO"):
        _ = api.get("projects/show").data
    ayon.replies["/graphql"] = Reply(200, page, {"Content-Type": "text/html"})
    with pytest.raises(UnreadableResponse, match="Studio SSO"):
        api.query_graphql("{projects{edges{node{name}}}}")


def test_one_transient_401_is_healed_f15(api: ServerAPI, proxy: FaultProxy) -> None:
    proxy.plan([status(401), "pass", "pass"])
    assert api.get("projects/show").data == {"name": "show"}
    assert api.has_valid_token


def test_after_a_lasting_401_the_next_call_asks_again_f15(api: ServerAPI, ayon: Ayon) -> None:
    ayon.tokens.clear()
    assert api.get("projects/show").status == 401
    with pytest.raises(UnauthorizedError):
        api.get("projects/show").raise_for_status()
    ayon.tokens.add(KEY)
    assert api.get("projects/show").status == 200


def test_a_key_that_was_refused_at_the_start_is_taken_later_f15(proxy: FaultProxy, ayon: Ayon) -> None:
    ayon.tokens.clear()
    api = ServerAPI(proxy.url, KEY)
    assert not api.has_valid_token
    assert api.get("projects/show").status == 401
    assert api.get_headers()["X-Api-Key"] == KEY  # sent, so that the server says what it thinks of it
    ayon.tokens.add(KEY)
    assert api.get("projects/show").status == 200
    assert api.is_service_user()


def test_threads_meet_a_401_while_another_asks_about_the_token_f15(proxy: FaultProxy, ayon: Ayon) -> None:
    api = ServerAPI(proxy.url, KEY)
    ayon.tokens.clear()
    calls = [lambda: api.get("projects/show"), api.validate_token] * 6
    threads = [threading.Thread(target=call, daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads)


def test_an_ended_session_logs_in_again_f15(proxy: FaultProxy, ayon: Ayon) -> None:
    api = ServerAPI(proxy.url)
    api.login("artist", "secret-password")
    ayon.tokens.clear()
    threads = [threading.Thread(target=api.get, args=("projects/show",)) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert api.get("projects/show").status == 200
    assert ayon.logins == 2


def test_a_session_that_cannot_be_renewed_ends_in_the_401_f15(proxy: FaultProxy, ayon: Ayon) -> None:
    api = ServerAPI(proxy.url)
    api.login("artist", "secret-password")
    ayon.tokens.clear()
    ayon.replies["/api/auth/login"] = said({"detail": "locked"}, 403)
    assert api.get("projects/show").status == 401


def test_threads_that_begin_together_all_have_the_identity_f15(proxy: FaultProxy) -> None:
    api = ServerAPI(proxy.url, KEY, create_session=False)
    found: list[int] = []
    threads = [threading.Thread(target=lambda: found.append(api.get("projects/show").status)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [200] * 8


def test_a_site_that_moved_to_https_is_named(ayon: Ayon) -> None:
    ayon.replies["/api/info"] = Reply(301, b"", {"Location": "https://127.0.0.1:1/api/info"})
    with (
        LoopbackServer(ayon.answer) as server,
        pytest.raises(ServerNotReached, match=r"lives at https://127\.0\.0\.1:1"),
    ):
        ServerAPI(server.url, KEY)


def test_a_wrong_password_is_an_authentication_error(proxy: FaultProxy) -> None:
    api = ServerAPI(proxy.url)
    with pytest.raises(AuthenticationError, match="Invalid login/password"):
        api.login("artist", "wrong-password")
    assert api.access_token is None


def test_a_500_does_not_take_the_token_away_f16(proxy: FaultProxy, ayon: Ayon) -> None:
    ayon.replies["/api/users/me"] = said({"detail": "oops"}, 500)
    api = ServerAPI(proxy.url, KEY, create_session=False)
    with pytest.raises(ServerError, match="does not say"):
        api.validate_token()
    del ayon.replies["/api/users/me"]
    assert api.has_valid_token
    assert api.is_service_user()


def test_a_failure_is_not_taken_for_nothing_f21(api: ServerAPI, ayon: Ayon) -> None:
    ayon.replies["/api/projects/show/folders/1"] = said({"detail": "oops"}, 500)
    with pytest.raises(FailedRequestError, match="oops"):
        api.get_rest_entity_by_id("show", "folder", "1")
    ayon.replies["/api/projects/show/folders/1"] = said({"detail": "none"}, 404)
    assert api.get_rest_entity_by_id("show", "folder", "1") is None


# ---- batches


def test_every_outcome_of_a_failed_batch_is_told_f22(api: ServerAPI, ayon: Ayon, capsys: Any) -> None:
    results = [{"id": "a", "success": True}, {"id": "b", "success": False, "detail": "taken"}]
    ayon.replies["/api/projects/show/operations"] = said({"success": False, "operations": results})
    operations = [{"id": id, "type": "update", "entityType": "folder", "entityId": "1", "data": {}} for id in "ab"]
    with pytest.raises(FailedOperations, match=r'Operation "b" failed[\s\S]*taken') as caught:
        api.send_batch_operations("show", operations, can_fail=True)
    assert caught.value.results == results
    assert [each["id"] for each in caught.value.failed] == ["b"]
    assert api.send_batch_operations("show", operations, can_fail=True, raise_on_fail=False) == results
    assert capsys.readouterr().out == ""


def test_a_refused_batch_says_why_f22(api: ServerAPI, ayon: Ayon) -> None:
    ayon.replies["/api/projects/show/operations"] = said({"detail": "no right"}, 403)
    with pytest.raises(FailedOperations, match="no right"):
        api.send_batch_operations("show", [{"type": "delete", "entityType": "folder", "entityId": "1"}])


def test_a_background_batch_has_a_deadline_f23(api: ServerAPI, ayon: Ayon) -> None:
    ayon.replies["/api/projects/show/operations/background"] = said({"id": "t", "status": "pending"})
    ayon.replies["/api/projects/show/operations/background/t"] = said({"id": "t", "status": "in_progress"})
    api.background_deadline_s = 30
    with pytest.raises(ServerTimeout, match="not done in 30 s"):
        api.send_background_batch_operations("show", [{"type": "delete"}], wait=True)


def test_a_forgotten_background_batch_is_an_error_f23(api: ServerAPI, ayon: Ayon) -> None:
    ayon.replies["/api/projects/show/operations/background"] = said({"id": "t", "status": "pending"})
    ayon.replies["/api/projects/show/operations/background/t"] = said({"detail": "no task"}, 404)
    with pytest.raises(ServerError, match="forgotten") as caught:
        api.send_background_batch_operations("show", [{"type": "delete"}], wait=True)
    assert caught.value.sent == "unknown"


def test_a_background_batch_that_failed_is_told_f23(api: ServerAPI, ayon: Ayon) -> None:
    result = {"success": False, "operations": [{"id": "x", "success": False, "detail": "taken"}]}
    ayon.replies["/api/projects/show/operations/background"] = said({"id": "t", "status": "pending"})
    ayon.replies["/api/projects/show/operations/background/t"] = said({"status": "completed", "result": result})
    with pytest.raises(FailedOperations, match="taken"):
        api.send_background_batch_operations("show", [{"id": "x", "type": "delete"}], wait=True)


def test_a_quote_in_a_value_stays_a_value_f26(api: ServerAPI, proxy: FaultProxy) -> None:
    evil = 'x") { name } evil: project(name: "y'
    with pytest.raises(Exception):  # noqa: B017 - this server knows no GraphQL
        list(api.get_folders("show", folder_names={evil}, fields={"id"}))
    asked = [json.loads(seen.body) for seen in proxy.requests if seen.target == "/graphql"]
    assert asked
    assert all(evil not in each["query"] for each in asked)
    assert any(evil in json.dumps(each["variables"], ensure_ascii=False).replace("\\", "") for each in asked)


# ---- files


def test_a_cut_download_is_taken_up_f29_f33(api: ServerAPI, proxy: FaultProxy, tmp_path: Path) -> None:
    proxy.plan([close_after(1_000_000), close_after(1_000_000), close_after(10), close_after(1_000_000), "pass"])
    progress = TransferProgress()
    api.download_file("api/movies/1", str(tmp_path / "new" / "one.mov"), progress=progress)
    assert (tmp_path / "new" / "one.mov").read_bytes() == MOVIE
    assert progress.transfer_done
    assert not progress.failed
    assert (progress.transferred_size, progress.content_size) == (len(MOVIE), len(MOVIE))
    assert sent(proxy, "GET") >= 5


def test_a_file_that_has_an_id_is_taken_up_without_an_etag_f33(
    api: ServerAPI, proxy: FaultProxy, tmp_path: Path
) -> None:
    proxy.plan([*[close_after(1_000_000)] * 6])
    api.download_project_file("show", "f" * 32, str(tmp_path / "one.mov"))
    assert (tmp_path / "one.mov").read_bytes() == MOVIE
    ranges = [int(seen.headers["range"].strip("bytes=-")) for seen in proxy.requests[1:]]
    assert ranges == sorted(set(ranges))
    proxy.plan([*[close_after(1_000_000)] * 6])
    with pytest.raises(ServerError):  # nothing tells whether it is the same file still
        api.download_file("api/movies/untagged", str(tmp_path / "two.mov"))


def test_what_was_there_stays_when_a_download_fails_f30(api: ServerAPI, proxy: FaultProxy, tmp_path: Path) -> None:
    target = tmp_path / "one.mov"
    target.write_bytes(b"good")
    proxy.plan([close_after(0)] * 9)
    progress = TransferProgress()
    with pytest.raises(ServerError):
        api.download_file("api/movies/1", str(target), progress=progress)
    assert target.read_bytes() == b"good"
    assert progress.failed
    assert progress.fail_reason


def test_a_stream_gets_all_or_nothing_f30(api: ServerAPI, proxy: FaultProxy) -> None:
    proxy.plan([close_after(0)] * 9)
    stream = io.BytesIO()
    with pytest.raises(ServerError):
        api.download_file_to_stream("api/movies/1", stream)
    assert stream.getvalue() == b""
    proxy.clear()
    api.download_file_to_stream("api/movies/1", stream)
    assert stream.getvalue() == MOVIE


def test_a_full_disk_leaves_nothing_behind_f31(api: ServerAPI, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("trackerkit.transfers.partials.free_bytes", lambda path: 1_000)
    with pytest.raises(DiskFullError):
        api.download_file("api/movies/1", str(tmp_path / "one.mov"))
    assert list(tmp_path.iterdir()) == []


def test_a_server_without_ranges_is_read_from_the_start_f32(api: ServerAPI, proxy: FaultProxy, tmp_path: Path) -> None:
    proxy.plan([close_after(2_000_000), "pass"])
    api.download_file("api/movies/rangeless", str(tmp_path / "one.mov"))
    assert (tmp_path / "one.mov").read_bytes() == MOVIE


def test_a_file_that_changes_meanwhile_is_not_mixed_f32(
    api: ServerAPI, proxy: FaultProxy, ayon: Ayon, tmp_path: Path
) -> None:
    newer = bytes(reversed(MOVIE))

    def changed(incoming: Incoming) -> Reply:
        """Another file under the same name from the second request on; only an If-Range of its own tag gets a part of it."""
        if len(proxy.requests) < 2:
            return movie(incoming)
        if incoming.headers.get("if-range") == '"two"':
            start = int(incoming.headers["range"].removeprefix("bytes=").rstrip("-"))
            part = newer[start : start + PIECE]
            where = f"bytes {start}-{start + len(part) - 1}/{len(newer)}"
            return Reply(206, part, {"ETag": '"two"', "Content-Range": where, "Content-Type": "video/quicktime"})
        return Reply(200, newer, {"ETag": '"two"', "Content-Type": "video/quicktime"})

    ayon.movies = changed
    proxy.plan([close_after(1_000_000), "pass"])
    api.download_file("api/movies/1", str(tmp_path / "one.mov"))
    assert (tmp_path / "one.mov").read_bytes() == newer


def test_a_file_without_a_length_arrives_f34(api: ServerAPI, tmp_path: Path) -> None:
    progress = api.download_file("api/movies/unannounced", str(tmp_path / "one.mov"))
    assert (tmp_path / "one.mov").read_bytes() == MOVIE
    assert progress.transfer_progress is None


def test_transfers_are_tried_again_after_a_503_f35(api: ServerAPI, proxy: FaultProxy, tmp_path: Path) -> None:
    proxy.plan([status(503), "pass"])
    api.download_file("api/movies/1", str(tmp_path / "one.mov"))
    proxy.plan([status(503), "pass"])
    assert api.upload_file("api/files/1", str(tmp_path / "one.mov")).status_code == 201
    assert [seen.size for seen in proxy.requests if seen.method == "PUT"] == [len(MOVIE), len(MOVIE)]


def test_an_upload_without_an_id_is_sent_once_f35(api: ServerAPI, proxy: FaultProxy, ayon: Ayon) -> None:
    proxy.plan([drop_response()])
    with pytest.raises(RequestOutcomeUnknown):
        api.upload_file_from_stream("api/files", io.BytesIO(b"1234"), request_type=RequestTypes.post)
    assert len(ayon.changes) == 1


def test_an_upload_under_an_id_is_sent_again_f35(api: ServerAPI, proxy: FaultProxy, ayon: Ayon) -> None:
    proxy.plan([drop_response(), "pass"])
    api.upload_project_file_from_stream("show", io.BytesIO(b"1234"), "a.png")
    ids = {incoming.headers["x-file-id"] for incoming in ayon.changes}
    assert len(ayon.changes) == 2
    assert len(ids) == 1


def test_a_download_that_is_refused_says_why(api: ServerAPI, ayon: Ayon, tmp_path: Path) -> None:
    ayon.replies["/api/movies/2"] = said({"detail": "gone"}, 404)
    ayon.replies["/movies/2"] = said({"detail": "gone"}, 404)
    with pytest.raises(HTTPRequestError, match="gone") as caught:
        api.download_file("movies/2", str(tmp_path / "x"))
    assert isinstance(caught.value, NotFoundError)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_api_in_the_endpoint_is_found(api: ServerAPI, ayon: Ayon, tmp_path: Path) -> None:
    ayon.replies["/movies/1"] = said({"detail": "no page"}, 404)
    api.download_file("movies/1", str(tmp_path / "one.mov"))
    assert (tmp_path / "one.mov").read_bytes() == MOVIE


def test_a_name_beyond_latin_goes_and_comes_back_f40(api: ServerAPI, ayon: Ayon) -> None:
    name = "plate_ěšč_日本.mov"
    api.upload_project_file_from_stream("show", io.BytesIO(b"1234"), name)
    (incoming,) = ayon.changes
    assert incoming.headers["x-file-name"].encode("latin-1").decode() == name
    assert incoming.headers["content-type"] == "video/quicktime"


def test_a_name_with_a_line_break_is_refused_f40(api: ServerAPI, proxy: FaultProxy) -> None:
    with pytest.raises(InvalidInputError):
        api.upload_project_file_from_stream("show", io.BytesIO(b"1234"), "a\r\nX-As-User: admin")
    assert proxy.requests == []


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://169.254.169.254/latest", "//169.254.169.254/latest"])
def test_another_place_is_not_fetched_from_f42(api: ServerAPI, ayon: Ayon, tmp_path: Path, url: str) -> None:
    with pytest.raises(InvalidInputError):
        api.raw_get(url) if "://" in url else api.raw_get(f"http:{url}")
    ayon.replies["/api/movies/1"] = Reply(302, b"", {"Location": url})
    with pytest.raises(InvalidInputError):
        api.download_file("api/movies/1", str(tmp_path / "x"))
    assert list(tmp_path.iterdir()) == []


def test_the_key_does_not_follow_a_redirect_f43(proxy: FaultProxy, ayon: Ayon, tmp_path: Path) -> None:
    with LoopbackServer(movie) as storage:
        ayon.replies["/api/movies/1"] = Reply(302, b"", {"Location": f"{storage.url}/bucket/1?signature=abcdef"})
        api = ServerAPI(proxy.url, KEY, storage_hosts=[storage.url], sender="me")
        api.download_file("api/movies/1", str(tmp_path / "one.mov"))
        assert (tmp_path / "one.mov").read_bytes() == MOVIE
        for incoming in storage.requests:
            told = " ".join(incoming.headers.values())
            assert KEY not in told
            assert not {"x-api-key", "authorization", "x-sender", "referer"} & incoming.headers.keys()


def test_a_server_that_only_begins_alike_gets_nothing_f44(api: ServerAPI, proxy: FaultProxy, tmp_path: Path) -> None:
    for url in (f"{proxy.url}.evil.example/x", f"{proxy.url}0/x", f"{proxy.url}@evil.example/x"):
        with pytest.raises(InvalidInputError):
            api.raw_get(url)
        with pytest.raises(InvalidInputError):
            api.download_file(url, str(tmp_path / "x"))
    assert proxy.requests == []
    assert api.raw_get(f"{proxy.url}/api/projects/show").data == {"name": "show"}


def test_an_upload_of_a_changed_file_fails(api: ServerAPI, tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="no file"):
        api.upload_file("api/files/1", str(tmp_path / "none"))


def test_a_file_that_is_longer_than_announced_is_refused(api: ServerAPI, ayon: Ayon, tmp_path: Path) -> None:
    short = {"ETag": '"two"', "Content-Range": "bytes 0-9/10", "Content-Type": "video/quicktime"}
    ayon.replies["/api/movies/3"] = Reply(206, b"x" * 20, short)
    with pytest.raises((ChecksumError, ServerError)):
        api.download_file("api/movies/3", str(tmp_path / "x"))
    assert not (tmp_path / "x").exists()


def test_nothing_waits_for_ever_f9(proxy: FaultProxy) -> None:
    api = ServerAPI(proxy.url, KEY, max_retries=1)
    api.set_timeout(0.3)
    proxy.plan([blackhole()])
    with pytest.raises(ServerTimeout):
        api.get("projects/show")


def test_a_key_stays_out_of_errors_and_representations(api: ServerAPI, proxy: FaultProxy) -> None:
    proxy.plan([drop_response()])
    with pytest.raises(RequestOutcomeUnknown) as caught:
        api.post("projects", name="show")
    assert KEY not in repr(api) + str(caught.value) + repr(caught.value.__dict__)
