"""Requests that nobody should send: each is answered, in AYON's words, with a refusal; none fails the server or hangs."""

from __future__ import annotations

import gzip
import json
import threading
from typing import Any

import pytest
import requests

from trackerkit_ayon.gateway.models import model
from trackerkit_ayon.gateway.openapi import BODIES

ID, TASK, PRODUCT, VERSION = ("b1" * 16, "b2" * 16, "b3" * 16, "b4" * 16)
IDS = {
    "folder_id": ID,
    "task_id": TASK,
    "product_id": PRODUCT,
    "version_id": VERSION,
    "entity_id": ID,
    "entity_type": "folder",
}
ODD: tuple[Any, ...] = (None, "\x00", 2**63, [[]], {"x": {}})
LEFT_OUT = ("/api/auth/logout", "/api/system/restartRequired", "/api/projects/{project_name}/rename")


@pytest.fixture(scope="module")
def project(gateway: Any) -> str:
    path: str = gateway.project("bad")
    gateway.ok("POST", f"{path}/folders", json={"id": ID, "name": "sh010", "folderType": "Shot"})
    gateway.ok("POST", f"{path}/tasks", json={"id": TASK, "name": "comp", "taskType": "Compositing", "folderId": ID})
    gateway.ok("POST", f"{path}/products", json={"id": PRODUCT, "name": "a", "productType": "render", "folderId": ID})
    gateway.ok("POST", f"{path}/versions", json={"id": VERSION, "version": 1, "productId": PRODUCT})
    return path


def filled(path: str) -> str:
    """A path with what is there."""
    parts = []
    for part in path.split("/"):
        name = part.strip("{}")
        known = {"project_name": "bad", "user_name": "nobody_here", "enum_name": "users", "access_group_name": "odd",
                 "attribute_name": "odd", "team_name": "odd", "member_name": "artist", "link_type": "a|folder|folder",
                 "site_id": "odd", "preset_name": "odd", "reaction": "like", **IDS}  # fmt: skip
        parts.append(known.get(name, "ab" * 16) if part.startswith("{") else part)
    return "/".join(parts)


def writing(gateway: Any) -> list[tuple[str, str]]:
    """Every route that takes JSON."""
    uploads = ("/files", "/thumbnail", "/thumbnails", "/reviewables", "/thumbnails/{thumbnail_id}")
    return [
        (method, path) for method, path in gateway.routes
        if method in ("POST", "PUT", "PATCH") and not path.endswith(uploads) and path not in LEFT_OUT
    ]  # fmt: skip


def check(answer: requests.Response, *, may_be_good: bool = False) -> None:
    """A refusal as AYON tells it."""
    if may_be_good and answer.status_code < 300:
        return
    assert 400 <= answer.status_code < 500 or answer.status_code == 501, answer.text[:300]
    told = answer.json()
    assert isinstance(told["detail"], str)
    assert told.get("code", answer.status_code) == answer.status_code
    assert "Traceback" not in answer.text


# ---- bodies

BODIES_THAT_ARE_NONE: dict[str, tuple[bytes, dict[str, str]]] = {
    "empty": (b"", {}), "no JSON": (b"{bad}", {}), "BOM": (b"\xef\xbb\xbf{}x", {}), "UTF-16": ("{}".encode("utf-16"), {}),
    "half": (b'{"name": "a', {}), "deep": (b"[" * 100_000, {}), "deep and whole": (b"[" * 5000 + b"]" * 5000, {}),
    "gzip": (gzip.compress(b'{"name": "a"}'), {"content-encoding": "gzip"}), "a number": (b"7", {}), "null": (b"null", {}),
    "NaN": (b'{"name": NaN}', {}), "infinite": (b'{"name": 1e999}', {}), "5000 digits": (b'{"name": ' + b"9" * 5000 + b"}", {}),
    "surrogate": (b'{"name": "\\ud800"}', {}),
    "bytes": (b"\xff\xfe\x00", {}), "form": (b"name=a", {"content-type": "text/plain"}),
}  # fmt: skip


@pytest.mark.parametrize("name", BODIES_THAT_ARE_NONE)
@pytest.mark.parametrize(
    "path", ["/projects", "/projects/bad/folders", "/projects/bad/operations", "/events", "/enroll", "/resolve"]
)
def test_a_body_that_is_none(gateway: Any, project: str, path: str, name: str) -> None:
    data, headers = BODIES_THAT_ARE_NONE[name]
    check(gateway.call("POST", f"/api{path}", data=data, headers=headers))


def test_the_last_of_two_same_keys_counts(gateway: Any, project: str) -> None:
    made = gateway.ok("POST", f"{project}/folders", data=b'{"name": "x y", "name": "twice", "folderType": "Shot"}')
    assert gateway.ok("GET", f"{project}/folders/{made['id']}")["name"] == "twice"


def test_names_of_python_are_nothing_special(gateway: Any, project: str) -> None:
    body = {
        "name": "plain",
        "folderType": "Shot",
        "__class__": "x",
        "constructor": {"prototype": 1},
        "__proto__": {"name": "y"},
    }
    made = gateway.ok("POST", f"{project}/folders", json=body)
    assert gateway.ok("GET", f"{project}/folders/{made['id']}")["name"] == "plain"


@pytest.mark.parametrize("value", ODD, ids=lambda value: repr(value)[:20])
def test_an_odd_value_in_each_key_of_each_route(gateway: Any, project: str, value: Any) -> None:
    text = json.dumps(value)
    for method, path in writing(gateway):
        name = next((BODIES[key] for key in BODIES if key == names(gateway).get((method, path))), None)
        keys = {part.name for part in model(name).values()} if name else {"members", "items", "mode", "filter", "limit"}
        bodies = [text, *(json.dumps({key: value}) for key in sorted(keys))]
        for body in bodies:
            check(gateway.call(method, filled(path), data=body.encode()), may_be_good=True)
    assert gateway.call("GET", "/api/projects/bad").status_code == 200


def names(gateway: Any) -> dict[tuple[str, str], str]:
    """The work of each route."""
    if not hasattr(gateway, "work"):
        found = gateway.ok("GET", "/openapi.json")["paths"]
        gateway.work = {
            (method.upper(), path): operation["operationId"].partition(f"_{method}_")[0]
            for path, methods in found.items() for method, operation in methods.items()
        }  # fmt: skip
    return dict(gateway.work)


# ---- sizes


def test_a_body_that_is_too_large(gateway: Any, project: str) -> None:
    answer = gateway.call("POST", f"{project}/folders", data=b'{"name": "' + b"a" * (17 * 2**20) + b'"}')
    assert answer.status_code == 413
    assert answer.json()["code"] == 413


def test_a_body_without_an_end_is_cut(gateway: Any, project: str) -> None:
    def pieces() -> Any:
        for _ in range(40):
            yield b"[" * 2**20

    try:
        answer = gateway.call("POST", f"{project}/folders", data=pieces())
    except requests.ConnectionError:
        return  # the server need not read on
    assert answer.status_code in (400, 413)


def test_too_many_operations(gateway: Any, project: str) -> None:
    one = {"type": "create", "entityType": "folder", "data": {"name": "x"}}
    check(gateway.call("POST", f"{project}/operations", json={"operations": [one] * 100_000}))
    assert gateway.ok("POST", f"{project}/operations", json={"operations": []}) == {"operations": [], "success": True}


@pytest.mark.parametrize(
    "operations",
    [
        7, [7], [[]], [None], [{}], [{"type": "create"}], [{"type": "nothing", "entityType": "folder"}],
        [{"type": "create", "entityType": "operation", "data": {}}], [{"type": "create", "entityType": "folder", "data": []}],
        [{"type": "update", "entityType": "folder"}], [{"type": "update", "entityType": "folder", "entityId": ID}] * 2,
        [{"type": "delete", "entityType": "folder", "entityId": "x" * 40, "force": "maybe"}],
    ],
    ids=lambda value: repr(value)[:40],
)  # fmt: skip
def test_operations_that_are_none(gateway: Any, project: str, operations: Any) -> None:
    for path in (f"{project}/operations", f"{project}/operations/background"):
        check(gateway.call("POST", path, json={"operations": operations}))


@pytest.mark.parametrize("arguments", [
    "first: 1000000000", "last: 1000000000", "first: 0", "last: 0", "first: -5", 'first: 1, after: "WzFd", before: "WzFd"',
    'after: "e30="', 'after: "W10="', 'after: "WyJ4Il0="', 'after: "W251bGxd"', 'after: "WzFlOTk5XQ=="',
    'after: "WzE4NDQ2NzQ0MDczNzA5NTUxNjE2XQ=="',
    'ids: ["x"]', "ids: []", 'sortBy: "attrib.nothing"', 'filter: "{"', 'filter: "[]"', 'filter: "7"',
])  # fmt: skip
def test_odd_pages(gateway: Any, project: str, arguments: str) -> None:
    for base in ("folders", "tasks", "versions"):
        query = f'{{project(name: "bad") {{{base}({arguments}) {{edges {{cursor node {{id}}}} pageInfo {{hasNextPage}}}}}}}}'
        answer = gateway.call("POST", "/graphql", json={"query": query})
        assert answer.status_code == 200
        for error in answer.json().get("errors", []):
            assert error.get("extensions", {}).get("status", 400) < 500, error


# ---- heads


def test_a_key_a_token_and_a_cookie_at_once(gateway: Any, project: str) -> None:
    headers = {"Authorization": "Bearer " + "0" * 64, "Cookie": "accessToken=" + "1" * 64}
    assert gateway.ok("GET", "/api/users/me", headers=headers)["name"] == "service"
    assert gateway.call("GET", "/api/users/me", "wrong", headers=headers).status_code == 401


def test_a_foreign_host_changes_nothing(gateway: Any, project: str) -> None:
    answer = gateway.call(
        "GET", f"{project}/files/{ID}", headers={"Host": "evil.example", "X-Forwarded-Host": "evil.example"}
    )
    assert "evil" not in answer.text + str(answer.headers)


# ---- files


@pytest.mark.parametrize("headers", [
    {}, {"X-File-Name": ""}, {"X-File-Name": "a.txt", "X-File-Id": "x"}, {"X-File-Name": "a.txt", "X-File-Id": "../" * 12},
    {"X-File-Name": "a.txt", "X-File-Id": "z" * 32},
])  # fmt: skip
def test_odd_uploads(gateway: Any, project: str, headers: dict[str, str]) -> None:
    check(gateway.call("POST", f"{project}/files", data=b"x", headers=headers))


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b\\c", "C:x", "con", "nul.txt", ".", "..", "a" * 300, 'a"b', "žluťoučký.txt"]
)
def test_a_file_keeps_no_path(gateway: Any, project: str, name: str) -> None:
    headers = {"X-File-Name": name.encode("utf-8").decode("latin-1"), "Content-Type": "text/plain"}
    answer = gateway.call("POST", f"{project}/files", data=b"content", headers=headers)
    if answer.status_code != 201:
        check(answer)
        return
    read = gateway.call("GET", f"{project}/files/{answer.json()['id']}/payload")
    assert (read.status_code, read.content) == (200, b"content")
    shown = read.headers["content-disposition"]
    assert "/" not in shown.replace("UTF-8''", "")
    assert "\\" not in shown.replace('\\"', "")


# ---- at once


def test_one_of_many_makes_a_name(gateway: Any, project: str) -> None:
    """Thirty requests at once for one name, ignoring case: one is made, the others learn of it."""
    statuses: list[int] = []

    def make(number: int) -> None:
        name = "Wanted" if number % 2 else "wanted"
        with requests.Session() as session:
            answer = session.post(
                f"{gateway.url}{project}/folders", json={"name": name, "folderType": "Asset"}, timeout=60,
                headers={"X-Api-Key": gateway.key},
            )  # fmt: skip
            statuses.append(answer.status_code)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(30)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [201] + [409] * 29


def test_an_id_is_made_once(gateway: Any, project: str) -> None:
    """The same request sent again and at once makes one record."""
    body = {
        "operations": [
            {
                "type": "create",
                "entityType": "folder",
                "entityId": "cd" * 16,
                "data": {"name": "same", "folderType": "Asset"},
            }
        ]
    }
    answers: list[Any] = []

    def make() -> None:
        with requests.Session() as session:
            headers = {"X-Api-Key": gateway.key}
            answers.append(
                session.post(f"{gateway.url}{project}/operations", json=body, headers=headers, timeout=60).json()
            )

    threads = [threading.Thread(target=make) for _ in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [answer["success"] for answer in answers].count(True) == 1
    codes = {answer["operations"][0]["errorCode"] for answer in answers if not answer["success"]}
    assert codes == {"unique-violation"}
