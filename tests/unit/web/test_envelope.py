"""What stands around every request: ids, one log line, safe headers, and errors that give nothing away."""

from __future__ import annotations

import logging
import time
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
import requests
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Mount, Route

from trackerkit import errors
from trackerkit.secrets import Secret
from trackerkit.web.call import note, request_id
from trackerkit.web.errors import RefusedError, TooManyRequestsError, public_text, status_of
from trackerkit.web.pool import run_sync
from trackerkit.web.serve import Server

Serve = Callable[..., Server]


def raising(error: Exception, path: str = "/") -> Route:
    async def fail(_request: Request) -> Response:
        raise error

    return Route(path, fail)


async def fine(_request: Request) -> Response:
    return PlainTextResponse("fine")


def test_an_unexpected_error_gives_nothing_away(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    secret = Secret("hunter2-hunter2")
    server = serve([raising(ValueError(f"at /etc/passwd: {secret.reveal()}"))])
    answer = requests.get(server.url, timeout=5)
    assert answer.status_code == 500
    assert answer.json() == {
        "code": 500,
        "detail": "internal error; the server's log has it under this request id",
        "request_id": answer.headers["x-request-id"],
    }
    assert answer.json()["request_id"] in caplog.text
    assert "Traceback" in caplog.text
    assert "hunter2" not in caplog.text


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.InvalidInputError("m"), 400),
        (RefusedError("m", http_status=415), 415),
        (errors.AuthenticationError("m"), 401),
        (errors.PermissionDeniedError("m"), 403),
        (errors.NotFoundError("m"), 404),
        (errors.ConflictError("m"), 409),
        (errors.UnsupportedError("m"), 501),
        (errors.BatchError("m", index=0, cause=errors.NotFoundError("m")), 404),
        (errors.UnavailableError("m", retry_after_s=7), 503),
        (TooManyRequestsError("m", retry_after_s=0.2), 429),
        (errors.DiskFullError("m"), 507),
        (errors.TimeoutExpiredError("m"), 504),
        (errors.ServerError("m"), 502),
        (errors.OutcomeUnknown("m"), 502),
        (errors.TrackerError("m"), 500),
        (HTTPException(418, "m"), 418),
        (ZeroDivisionError("m"), 500),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_error_has_its_status(serve: Serve, error: Exception, status: int) -> None:
    answer = requests.get(serve([raising(error)]).url, timeout=5)
    assert answer.status_code == status == status_of(error)
    assert answer.json()["code"] == status
    if not isinstance(error, ZeroDivisionError):
        assert answer.json()["detail"] == "m"
    wait = {503: "7", 429: "1"}.get(status)
    assert answer.headers.get("retry-after") == wait


def test_public_text_is_redacted() -> None:
    secret = Secret("hunter2-hunter2")
    assert "hunter2" not in public_text(errors.ServerError(f"refused {secret.reveal()}", hint="see https://a:b@c"))


def test_a_protocol_answers_in_its_own_form(serve: Serve) -> None:
    def on_error(error: Exception) -> Response:
        return JSONResponse({"exception": True, "message": public_text(error)}, 200)

    server = serve(
        [raising(errors.NotFoundError("gone")), Route("/post", fine, methods=["POST"])], app={"on_error": on_error}
    )
    for path, message in (("/", "gone"), ("/none", "Not Found"), ("/post", "Method Not Allowed")):
        answer = requests.get(server.url + path, timeout=5)
        assert answer.status_code == 200
        assert answer.json() == {"exception": True, "message": message}
    assert answer.headers["allow"] == "POST"


def test_a_protocol_that_fails_at_its_own_errors_still_answers(serve: Serve) -> None:
    def on_error(error: Exception) -> Response:
        raise OSError("broken")

    answer = requests.get(serve([raising(errors.NotFoundError("gone"))], app={"on_error": on_error}).url, timeout=5)
    assert answer.status_code == 500
    assert "broken" not in answer.text


def test_an_answer_that_breaks_off_never_looks_whole(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    async def parts() -> AsyncIterator[bytes]:
        yield b"half"
        raise errors.ServerError("the other half is gone")

    async def breaking(_request: Request) -> Response:
        return StreamingResponse(parts())

    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.get(serve([Route("/", breaking)]).url, timeout=5)
    assert "broke off" in caplog.text


def test_request_ids_go_in_and_out(serve: Serve) -> None:
    async def ids(request: Request) -> Response:
        return JSONResponse([request_id(), await run_sync(request_id)])

    server = serve([Route("/", ids)])
    answer = requests.get(server.url, headers={"X-Request-ID": "abc-123.x"}, timeout=5)
    assert answer.headers["x-request-id"] == "abc-123.x"
    assert answer.json() == ["abc-123.x"] * 2
    for bad in ("a b", "x" * 65, "é", "a;b"):
        answer = requests.get(server.url, headers={"X-Request-ID": bad.encode()}, timeout=5)
        assert len(bytes.fromhex(answer.headers["x-request-id"])) == 8
    assert request_id() == ""


def test_answers_have_safe_headers_unless_they_bring_their_own(serve: Serve) -> None:
    async def own(_request: Request) -> Response:
        return PlainTextResponse("fine", headers={"Cache-Control": "max-age=9"})

    server = serve([Route("/", fine), Route("/own", own)])
    headers = requests.get(server.url, timeout=5).headers
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["x-frame-options"] == "DENY"
    assert headers["content-security-policy"].startswith("default-src 'none'")
    assert headers["cache-control"] == "no-store"
    assert "server" not in headers
    assert "access-control-allow-origin" not in headers
    assert requests.get(server.url + "/own", timeout=5).headers["cache-control"] == "max-age=9"


def test_one_log_line_without_body_query_or_headers(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    async def read(request: Request) -> Response:
        note(request, operation="read", caller="farm")
        await request.body()
        return PlainTextResponse("fine")

    caplog.set_level(logging.INFO, "trackerkit.web")
    server = serve([Route("/api/{rest:path}", read, methods=["POST"])])
    requests.post(
        f"{server.url}/api/a%22%20b?signature=canary1",
        b"canary2",
        headers={"Authorization": "Bearer canary3", "X-Request-ID": "one"},
        timeout=5,
    )
    lines: list[logging.LogRecord] = []
    deadline = time.monotonic() + 5  # the line is written when the caller has the answer already
    while not lines and time.monotonic() < deadline:
        lines = [record for record in caplog.records if record.name == "trackerkit.web"]
    assert len(lines) == 1
    facts: Any = lines[0]
    assert (facts.request_id, facts.method, facts.status, facts.bytes_in) == ("one", "POST", 200, 7)
    assert (facts.operation, facts.caller, facts.path) == ("read", "farm", "/api/a%22%20b")
    assert "status=200" in facts.getMessage()
    assert "canary" not in caplog.text


def test_applications_inside_one_another_are_one_request(serve: Serve, caplog: pytest.LogCaptureFixture) -> None:
    from trackerkit.web.app import build_app

    inner = build_app([Route("/who", fine)])
    server = serve([Mount("/inner", inner)])
    answer = requests.get(f"{server.url}/inner/who", headers={"X-Request-ID": "one"}, timeout=5)
    assert answer.text == "fine"
    assert answer.headers["x-request-id"] == "one"
    assert requests.get(f"{server.url}/inner/none", timeout=5).status_code == 404
