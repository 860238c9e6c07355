"""The bad inputs to a JSON RPC and its forms, 62 to 74, one by one: each is answered with a fault, soon, and nothing breaks."""

from __future__ import annotations

import gzip
import http.client
import json
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from trackerkit.testing.double import Double, double
from trackerkit_shotgrid.gateway.context import ShotgridSettings

INFO = b'{"method_name": "info", "params": []}'
WAIT_S = 30


@pytest.fixture(scope="module")
def site() -> Iterator[Double]:
    """A site with a short deadline for those who send nothing."""
    with double("shotgrid", settings=ShotgridSettings(deadline_s=30.0, head_s=3.0)) as made:
        host, port = made.proxy._upstream  # the server itself: the proxy would mend what is sent here
        made.url = f"http://{host}:{port}"
        yield made


@pytest.fixture(autouse=True)
def still_there(site: Double) -> Iterator[None]:
    """Whatever was sent, the next caller gets an answer."""
    yield
    assert ask(site, INFO)["version"]


def send(site: Double, path: str, body: bytes, **headers: str) -> tuple[int, bytes]:
    """The status and the body of an answer."""
    connection = http.client.HTTPConnection(urlsplit(site.url).netloc, timeout=WAIT_S)
    made = {"content-type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    connection.request("POST", path, body, made)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def ask(site: Double, body: bytes, **headers: str) -> Any:
    """The answer of the RPC: JSON with the status 200, whatever was sent."""
    status, found = send(site, "/api3/json", body, **headers)
    assert status == 200
    return json.loads(found)


def call(site: Double, method: Any, argument: Any = None, **auth: Any) -> Any:
    credential = auth or {"script_name": site.script_name, "script_key": site.api_key}
    return ask(site, json.dumps({"method_name": method, "params": [credential, argument]}).encode())


def fault(found: Any, *codes: int) -> str:
    assert found["exception"] is True
    assert found["error_code"] in (codes or (103,))
    return str(found["message"])


def raw(site: Double, *parts: bytes) -> bytes:
    """What comes back over a bare connection until the server closes it, or a while passes."""
    address = urlsplit(site.url)
    found = b""
    with socket.create_connection((address.hostname or "", address.port or 0), timeout=5) as connection:
        try:
            for part in parts:
                connection.sendall(part)
            while data := connection.recv(65536):
                found += data
        except OSError:
            pass  # closed, or silent: what came until then is what counts
    return found


def head(*lines: str, length: int | None = None) -> bytes:
    made = ["POST /api3/json HTTP/1.1", "Host: x", "Content-Type: application/json", *lines]
    made += [f"Content-Length: {length}"] if length is not None else []
    return ("\r\n".join(made) + "\r\n\r\n").encode()


@pytest.mark.parametrize("body", [b"not json", b"", b"\xef\xbb\xbf", '{"method_name": "info"}'.encode("utf-16")])
def test_62_what_is_no_json(site: Double, body: bytes) -> None:
    fault(ask(site, body))


def test_62_a_bomb_that_is_packed(site: Double) -> None:
    bomb = gzip.compress(b'{"method_name": "' + b"x" * 30_000_000 + b'"}')
    assert len(bomb) < 100_000
    fault(ask(site, bomb, content_encoding="gzip"))


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_63_nested_a_hundred_thousand_times(site: Double, opening: bytes) -> None:
    fault(ask(site, opening * 100_000))


def test_64_a_key_twice_is_the_last_one(site: Double) -> None:
    assert ask(site, b'{"method_name": "read", "method_name": "info", "params": []}')["version"]


@pytest.mark.parametrize("method", ["nosuch", None, ["read"], {"a": 1}, "", "x" * 10_000])
def test_65_methods_that_there_are_not(site: Double, method: Any) -> None:
    fault(call(site, method))


@pytest.mark.parametrize("body", [
    {"method_name": "read", "params": [{"script_name": "x", "script_key": "hush"}, {}, {}]},
    [{"script_name": "x", "script_key": "hush"}], {"params": [{"script_key": "hush"}]},
])  # fmt: skip
def test_66_a_refusal_does_not_quote_a_key(site: Any, body: Any) -> None:
    assert "hush" not in json.dumps(ask(site, json.dumps(body).encode()))


@pytest.mark.parametrize("params", [{}, 0, "x", [{}, {}, {}], [5], [None], [[]]])
def test_66_parameters_of_another_form(site: Double, params: Any) -> None:
    fault(ask(site, json.dumps({"method_name": "read", "params": params}).encode()))


def test_66_no_parameters_and_a_credential_in_the_second_place(site: Double) -> None:
    credential = {"script_name": site.script_name, "script_key": site.api_key}
    for params in ([], [{}, credential]):
        fault(ask(site, json.dumps({"method_name": "schema_read", "params": params}).encode()), 102)


@pytest.mark.parametrize("name", ["__class__", "constructor", "__proto__", "prototype"])
def test_67_names_that_mean_something_elsewhere(site: Double, name: str) -> None:
    fault(call(site, name))
    fault(call(site, "create", {"type": name, "fields": []}))
    fault(call(site, "create", {"type": "Tag", "fields": [{"field_name": name, "value": 1}]}))
    found = call(
        site,
        "read",
        {"type": "Tag", "return_fields": [name], name: {}, "paging": {"current_page": 1, "entities_per_page": 1}},
    )
    assert all(name not in row for row in found["results"]["entities"])


def test_68_a_body_of_a_hundred_megabytes(site: Double) -> None:
    found = raw(site, head(length=100 * 1024 * 1024), b"x" * 1_000_000)
    assert b" 200 " in found.split(b"\r\n")[0]
    assert b'"exception":true' in found.replace(b" ", b"")


def test_68_chunks_without_an_end(site: Double) -> None:
    chunk = b"10000\r\n" + b"x" * 0x10000 + b"\r\n"
    found = raw(site, head("Transfer-Encoding: chunked"), *[chunk] * 400)  # 25 MiB, and no last chunk
    assert found == b"" or b'"exception":true' in found.replace(b" ", b"")


def test_68_a_body_that_does_not_come(site: Double) -> None:
    found = raw(site, head(length=100), b"{")
    assert found == b"" or b" 200 " in found.split(b"\r\n")[0] or b" 408 " in found.split(b"\r\n")[0]


def test_69_batches_that_are_none(site: Double) -> None:
    tag = {"request_type": "create", "type": "Tag", "fields": [{"field_name": "name", "value": "x"}]}
    assert "at most" in fault(call(site, "batch", [tag] * 100_000))
    inner = {"request_type": "batch", "requests": [tag]}
    assert "request_type must be one of" in fault(call(site, "batch", [tag, inner]))
    for wrong in (5, None, [tag], "create"):
        fault(call(site, "batch", [wrong]))


def test_69_a_batch_in_two_projects_is_whole_or_nothing(site: Double) -> None:
    def named(name: str) -> dict[str, Any]:
        made = call(site, "create", {"type": "Project", "fields": [{"field_name": "name", "value": name}]})["results"]
        return {"type": "Project", "id": made["id"]}

    def shot(code: Any, project: dict[str, Any]) -> dict[str, Any]:
        fields = [{"field_name": "code", "value": code}, {"field_name": "project", "value": project}]
        return {"request_type": "create", "type": "Shot", "fields": fields}

    first, second = named("69 a"), named("69 b")
    made = call(site, "batch", [shot("in a", first), shot("in b", second)])["results"]
    assert len({row["id"] for row in made}) == 2
    assert "request with index 1 failed" in fault(call(site, "batch", [shot("again", first), shot(5, second)]))
    condition = {"path": "code", "relation": "is", "values": ["again"]}
    filters = {"logical_operator": "and", "conditions": [condition]}
    paging = {"current_page": 1, "entities_per_page": 5}
    found = call(site, "read", {"type": "Shot", "filters": filters, "paging": paging})
    assert found["results"]["entities"] == []


def test_70_every_credential_at_once(site: Double) -> None:
    script = {"script_name": site.script_name, "script_key": site.api_key}
    person = {"user_login": site.login, "user_password": site.password}
    assert "more than one kind" in fault(
        call(site, "schema_entity_read", None, **script, **person, session_token="x"), 102
    )


def test_70_sudo_as_whom_one_may_not(site: Double) -> None:
    person = {"user_login": site.login, "user_password": site.password}
    text = fault(call(site, "schema_entity_read", None, **person, sudo_as_login="somebody"), 102)
    assert text.startswith("The user does not have permission to 'sudo':")


def test_71_headers_in_any_case_twice_and_false(site: Double) -> None:
    for lines in (("CONTENT-TYPE: application/json",), ("authorization: Basic eA==", "Authorization: Basic eQ==")):
        found = raw(site, head(*lines, "Connection: close", length=len(INFO)), INFO)
        assert b'"version"' in found, lines
    spoofed = b"POST /api3/json HTTP/1.1\r\nHost: evil.example/\x7f\r\nConnection: close\r\n"
    found = raw(site, spoofed + f"Content-Length: {len(INFO)}\r\n\r\n".encode(), INFO)
    assert b"evil" not in found


def test_72_requests_on_each_others_heels(site: Double) -> None:
    one = head(length=len(INFO)) + INFO
    last = head("Connection: close", length=len(INFO)) + INFO
    assert raw(site, one + one + last).count(b'"version"') in (0, 1, 3)  # all, or the connection is closed


def test_72_two_lengths_are_no_request(site: Double) -> None:
    smuggled = b"0\r\n\r\nGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"
    found = raw(site, head("Transfer-Encoding: chunked", length=len(smuggled)), smuggled)
    assert found.count(b"HTTP/1.1") <= 1
    assert b"# HELP" not in found


@pytest.mark.parametrize(
    ("page", "size"), [(1, 0), (1, 10**9), (0, 5), (-1, 5), (2**40, 5), (1, "5"), (True, True), (1, 5.5)]
)
def test_73_pages_that_are_none(site: Double, page: Any, size: Any) -> None:
    fault(call(site, "read", {"type": "Tag", "paging": {"current_page": page, "entities_per_page": size}}))


def test_73_a_page_far_away_is_empty(site: Double) -> None:
    found = call(site, "read", {"type": "Tag", "paging": {"current_page": 10**9, "entities_per_page": 500}})
    assert found["results"]["entities"] == []


def form(site: Double, *parts: tuple[str, bytes], boundary: str = "b0undary", end: bool = True) -> str:
    """The text that answers a form."""
    lead = {
        "entity_type": b"Shot", "entity_id": b"1", "script_name": site.script_name.encode(), "script_key": site.api_key.encode(),
    }  # fmt: skip
    made = b""
    for name, value in (*((f'name="{name}"', value) for name, value in lead.items()), *parts):
        made += f"--{boundary}\r\nContent-Disposition: form-data; {name}\r\n\r\n".encode() + value + b"\r\n"
    made += f"--{boundary}--\r\n".encode() if end else b""
    status, found = send(site, "/upload/upload_file", made, content_type=f"multipart/form-data; boundary={boundary}")
    assert status == 200
    return found.decode()


FILE = 'name="file"; filename="a.txt"'


def test_74_a_form_without_its_file(site: Double) -> None:
    assert form(site).startswith("0\n")


def test_74_a_form_with_two_files(site: Double) -> None:
    assert form(site, (FILE, b"one"), (FILE, b"two")).startswith("0\n")


def test_74_the_boundary_in_the_file(site: Double) -> None:
    assert form(site, (FILE, b"one --b0undary two")).startswith("0\n")  # no such Shot; and no harm
    assert form(site, (FILE, b"x\r\n--b0undary\r\nbroken"), end=False).startswith("0\n")


def test_74_a_form_that_is_none(site: Double) -> None:
    status, found = send(site, "/upload/upload_file", b"x", content_type="multipart/form-data")
    assert (status, found[:2]) == (200, b"0\n")
