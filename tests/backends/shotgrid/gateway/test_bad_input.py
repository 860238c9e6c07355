"""What no client should send: always an answer in ShotGrid's form, with the status 200, and soon."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
import time
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

import pytest

from trackerkit_shotgrid.gateway import encoding
from trackerkit_shotgrid.gateway.context import ShotgridSettings
from trackerkit_shotgrid.gateway.rpc import NAMES


def post(site: Any, body: bytes, **headers: str) -> Any:
    """The decoded answer to a body; its status has to be 200."""
    made = {"content-type": "application/json; charset=utf-8", **{k.replace("_", "-"): v for k, v in headers.items()}}
    request = urllib.request.Request(f"{site.url}/api3/json", body, made)
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("application/json")
        return json.loads(answer.read())


def call(site: Any, method: Any, argument: Any = None, auth: Any = None) -> Any:
    params = [auth if auth is not None else {"script_name": "tests", "script_key": site.key}]
    return post(site, json.dumps({"method_name": method, "params": [*params, argument]}).encode())


def is_fault(found: Any, code: int = 103) -> bool:
    return bool(found.get("exception") is True and found["error_code"] == code and found["message"])


@pytest.mark.parametrize(
    "body",
    [
        b"", b"not json", b"\xef\xbb\xbf", b"\xff\xfe{\x00}\x00", b"[" * 100_000, b'{"a":' * 100_000, b"null", b"[]", b"1",
        b'{"method_name": "read", "params": {}}', b'{"method_name": ["read"]}', b'{"params": []}',
        b'{"method_name": "read", "params": 0}',
        b'{"method_name": "read", "params": [{}, {}, {}]}', b'{"method_name": NaN}', b'{"method_name": 1e999}',
        b'{"method_name": "\\ud800"}', b'{"__class__": {}, "constructor": {}}',
    ],
)  # fmt: skip
def test_bodies_that_are_no_call(site: Any, body: bytes) -> None:
    assert is_fault(post(site, body))


def test_bom_and_duplicate_keys_are_read(site: Any) -> None:
    assert post(site, b'\xef\xbb\xbf{"method_name": "info", "params": []}')["version"]
    assert post(site, b'{"method_name": "read", "method_name": "info", "params": []}')["version"]


def test_compressed_body(site: Any) -> None:
    assert is_fault(post(site, gzip.compress(b'{"method_name": "info"}'), content_encoding="gzip"))


def test_body_that_is_too_large(site: Any) -> None:
    assert is_fault(post(site, b'{"method_name": "' + b"x" * (17 * 1024 * 1024) + b'"}'))


def test_unknown_methods(site: Any) -> None:
    for name in ("nosuch", "__class__", "constructor", "eval", "read ", "READ", "schema_type_create"):
        found = call(site, name)
        assert is_fault(found), name
        assert "is not served here" in found["message"]


def test_no_credential_and_several(site: Any) -> None:
    several = {
        "script_name": "tests",
        "script_key": site.key,
        "session_token": "x",
        "user_login": "x",
        "user_password": "x",
    }
    for auth in (
        {},
        several,
        {"script_name": ["tests"], "script_key": site.key},
        {"script_name": "tests"},
        {"session_token": 5},
    ):
        assert is_fault(call(site, "read", {"type": "Shot"}, auth), 102), auth


def test_credential_in_the_second_place(site: Any) -> None:
    body = {"method_name": "schema_read", "params": [{}, {"script_name": "tests", "script_key": site.key}]}
    assert is_fault(post(site, json.dumps(body).encode()), 102)


def test_sudo_that_is_no_text(site: Any) -> None:
    auth = {"script_name": "tests", "script_key": site.key, "sudo_as_login": ["x"]}
    assert is_fault(call(site, "read", {"type": "Shot"}, auth), 102)


@pytest.mark.parametrize("argument", [None, [], "Shot", 5, {}, {"type": "Shot"}, {"type": "Shot", "paging": {}}])
@pytest.mark.parametrize(
    "method", ["read", "create", "update", "delete", "revive", "batch", "summarize", "schema_field_create"]
)
def test_arguments_of_another_form(site: Any, method: str, argument: Any) -> None:
    found = call(site, method, argument)
    assert (
        is_fault(found)
        or found in ({"results": []}, {"results": {}})
        or "id" in found.get("results", {})
        or is_fault(found, 104)
    )


def test_pages_far_away(site: Any) -> None:
    def asked(page: Any, size: Any) -> Any:
        return call(site, "read", {"type": "Tag", "paging": {"current_page": page, "entities_per_page": size}})

    start = time.monotonic()
    assert asked(10**9, 500)["results"]["entities"] == []
    assert time.monotonic() - start < 10
    for page, size in ((1, 0), (1, 10**9), (0, 5), (-1, 5), (2**40, 5), (1, "5"), (True, True)):
        assert is_fault(asked(page, size)), (page, size)


def nested(depth: int) -> dict[str, Any]:
    made: dict[str, Any] = {
        "logical_operator": "or",
        "conditions": [{"path": "name", "relation": "is", "values": ["deep"]}],
    }
    for at in range(depth - 1):
        extra = {"path": "id", "relation": "greater_than" if at % 2 else "less_than", "values": [0]}
        made = {"logical_operator": "and" if at % 2 else "or", "conditions": [made, extra]}
    return made


def test_filters_nest_265_deep(site: Any) -> None:
    site.tracker.create("Tag", name="deep")
    site.tracker.create("Tag", name="other")

    def found(depth: int) -> Any:
        asked = {"type": "Tag", "return_fields": ["name"], "filters": nested(depth)}
        return call(site, "read", {**asked, "paging": {"current_page": 1, "entities_per_page": 5}})

    for depth in (1, 10, 100, 264, 265):
        answer = found(depth)
        assert "results" in answer, answer
        rows = answer["results"]["entities"]
        assert [row["name"] for row in rows] == ["deep"], depth
    assert is_fault(found(266))
    assert is_fault(found(300))
    group = '{"logical_operator":"and","conditions":['
    deep = group * 2_000 + "]}" * 2_000
    auth = json.dumps({"script_name": "tests", "script_key": site.key})
    assert is_fault(
        post(site, f'{{"method_name":"read","params":[{auth},{{"type":"Tag","filters":{deep}}}]}}'.encode())
    )


@pytest.mark.parametrize("settings", [ShotgridSettings(filters=10, batch=2, page=7)])
def test_limits_are_the_settings(site: Any) -> None:
    def asked(count: int, size: int) -> Any:
        leaves = [{"path": "name", "relation": "is", "values": ["x"]}] * count
        filters = {"logical_operator": "or", "conditions": leaves}
        return call(
            site, "read", {"type": "Tag", "filters": filters, "paging": {"current_page": 1, "entities_per_page": size}}
        )

    assert asked(10, 7)["results"]["entities"] == []
    assert is_fault(asked(11, 7))
    assert is_fault(asked(10, 8))
    assert is_fault(call(site, "batch", [{"request_type": "create", "type": "Tag", "fields": []}] * 3))


def test_ids_that_are_none(site: Any) -> None:
    for number in (None, "1", True, 1.5, -1, 2**63, 10**30, [], {}):
        found = call(site, "delete", {"type": "Tag", "id": number})
        assert is_fault(found), number


def test_other_doors(site: Any) -> None:
    for method, path, status in (("GET", "/api3/json", 405), ("GET", "/nosuch", 404), ("POST", "/", 405)):
        connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=10)
        connection.request(method, path)
        assert connection.getresponse().status == status
        connection.close()


def test_headers_in_any_case_and_a_false_host(site: Any) -> None:
    site.tracker.create("Tag", name="x")
    parts = urlsplit(site.url)
    body = json.dumps(
        {
            "method_name": "read",
            "params": [
                {"script_name": "tests", "script_key": site.key},
                {"type": "Tag", "paging": {"current_page": 1, "entities_per_page": 1}},
            ],
        }
    ).encode()
    head = (
        f"POST /api3/json HTTP/1.1\r\nHOST: evil/../x\r\nCONTENT-TYPE: application/json\r\nAuthorization: Basic eA==\r\n"
        f"authorization: Bearer x\r\nCONTENT-LENGTH: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as raw:
        raw.sendall(head.encode() + body)
        answer = b""
        while part := raw.recv(65536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 200")
    assert b'"entities":[{' in answer


def test_two_lengths_are_refused(site: Any) -> None:
    parts = urlsplit(site.url)
    head = (
        "POST /api3/json HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
        "0\r\n\r\nGET /healthz HTTP/1.1\r\nHost: x\r\n\r\n"
    )
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as raw:
        raw.sendall(head.encode())
        answer = b""
        while part := raw.recv(65536):
            answer += part
    assert answer.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("settings", [ShotgridSettings(rate_per_s=0.01, burst=3)])
def test_who_asks_too_often_is_told_so(site: Any) -> None:
    found = [call(site, "info") for _ in range(5)]
    assert ["version" in item for item in found] == [True, True, True, False, False]
    assert is_fault(found[-1])


@pytest.mark.parametrize("settings", [ShotgridSettings(deadline_s=0.3)])
def test_what_takes_too_long_is_a_fault_and_no_504(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_args: Any, **_more: Any) -> Any:
        time.sleep(1.0)
        raise RuntimeError

    monkeypatch.setattr(type(site.tracker.backend), "schema", slow)
    start = time.monotonic()
    found = call(site, "schema_read")  # the official client sends again what is answered with 504
    assert is_fault(found)
    assert "too long" in found["message"]
    assert time.monotonic() - start < 0.9


def test_answers_without_orjson(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    site.tracker.create("Tag", name="Noëlご")
    monkeypatch.setattr(encoding, "orjson", None)
    monkeypatch.setattr(encoding, "IS_QUICK", False)
    asked = {"type": "Tag", "return_fields": ["name"], "paging": {"current_page": 1, "entities_per_page": 5}}
    assert call(site, "read", asked)["results"]["entities"][0]["name"] == "Noëlご"


def test_nothing_of_the_inside_is_told(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_args: Any, **_more: Any) -> Any:
        raise RuntimeError("secret path /srv/show.db")

    monkeypatch.setattr(type(site.tracker.backend), "schema", broken)
    found = call(site, "schema_read")
    assert is_fault(found)
    assert "secret" not in found["message"]


def test_the_server_still_answers_after_all_that(site: Any) -> None:
    for body in (b"[" * 100_000, b"", b"{}"):
        post(site, body)
    assert call(site, "info")["version"]
    with urllib.request.urlopen(f"{site.url}/healthz") as answer:
        assert answer.status == 200


ODD: tuple[Any, ...] = (
    None,
    [],
    [None],
    "x",
    5,
    -1,
    True,
    {},
    {"x": 1},
    [[]],
    {"type": "Shot", "id": 10**12},
    2**70,
    "\x00",
)


@pytest.mark.parametrize("method", sorted(NAMES - {"info", "get_session_token"}))
def test_every_method_takes_nothing_odd(site: Any, method: str) -> None:
    """Whatever stands in an argument, the answer is a result or a fault that was meant: no failure inside."""
    whole = {
        "type": "Shot", "id": 1, "user": {"type": "HumanUser", "id": 1}, "entity": {"type": "Shot", "id": 1},
        "paging": {"current_page": 1, "entities_per_page": 5}, "fields": [], "filters": None, "summaries": [],
        "data_type": "text", "properties": [], "field_name": "code", "note_id": 1, "text": "x", "entity_types": {"Shot": None},
        "start_date": "2026-01-01", "end_date": "2026-01-02", "date": "2026-01-01", "working": True, "project_id": 1,
        "users": [], "prefs": [], "format": "csv", "page_id": 1,
    }  # fmt: skip
    names = ("project", "entity_fields", "limit", *whole)
    changed = [{**whole, name: ODD[(at + step) % len(ODD)]} for at, name in enumerate(names) for step in (0, 5)]
    for argument in (*ODD, *changed):
        found = call(site, method, argument)
        assert "results" in found or found.get("exception") is True, argument
        assert "Server Error" not in str(found.get("message")), argument
