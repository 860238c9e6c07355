"""The client and the backend over a real socket: logins, projects with treacherous names, answers that are lost."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from trackerkit import operations as ops
from trackerkit.config import Profile, parse_address
from trackerkit.errors import (
    AuthenticationError,
    BatchError,
    ConflictError,
    NotFoundError,
    OutcomeUnknown,
    PermissionDeniedError,
    UnsupportedError,
)
from trackerkit.query import build
from trackerkit.secrets import Secret
from trackerkit.testing.loopback import Incoming, LoopbackServer, Reply
from trackerkit.values import Ref
from trackerkit_ayon.auth import Credentials
from trackerkit_ayon.backend import AyonBackend
from trackerkit_ayon.client import AyonClient
from trackerkit_ayon.compile.documents import projects_document

KEY = "a" * 32
RECORDED = json.loads((Path(__file__).parent / "data" / "server.json").read_text("utf-8"))
PROJECT = {
    **RECORDED["project"], "name": "be_1", "code": "be1", "label": None, "active": True, "library": False, "data": None,
    "updatedAt": "2026-01-01T00:00:00+00:00", "createdAt": "2026-01-01T00:00:00+00:00", "allAttrib": "{}", "thumbnail": None,
}  # fmt: skip


def said(body: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(body).encode(), {"Content-Type": "application/json"})


def page(nodes: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "edges": [{"cursor": "WzFd", "node": node} for node in nodes],
        "pageInfo": {"hasNextPage": False, "endCursor": None},
    }


def test_F20_projects_that_may_not_be_seen_do_not_end_the_list() -> None:
    """The server asks for a thousand rows, leaves out what the caller may not see, and calls what is left the last page."""
    names = [f"p{at:04}" for at in range(30)]
    asked: list[str | None] = []

    def answer(request: Incoming) -> Reply:
        if request.path == "/api/users/me":
            return said({"name": "artist", "data": {}})
        after = json.loads(request.body)["variables"]["after"]
        asked.append(after)
        some = [name for name in names if after is None or name > after][:10]
        seen = [name for name in some if int(name[1:]) % 3 == 0]
        made = {"hasNextPage": False, "endCursor": some[-1] if seen else None}
        return said({"data": {"page": {"edges": [{"node": {"name": name}} for name in seen], "pageInfo": made}}})

    with LoopbackServer(answer) as server:
        client = AyonClient(server.url, Credentials(api_key=Secret(KEY)))
        found = [node["name"] for node in client.every(projects_document("name"))]
        client.close()
    assert found == names[::3]
    assert asked == [None, "p0009", "p0019", "p0029"]


class FakeAyon:
    """Answers as AYON does to what the backend asks first; a test writes the rest."""

    def __init__(self) -> None:
        self.folders: dict[str, dict[str, Any]] = {}
        self.project = dict(PROJECT)
        self.me: dict[str, Any] = {"name": "svc", "data": {"isService": True}}
        self.operations: Callable[[dict[str, Any]], Reply] = self.apply
        self.login: Callable[[Incoming], Reply] | None = None
        self.refused = 0

    def __call__(self, request: Incoming) -> Reply:
        if request.path == "/api/auth/login":
            assert self.login is not None
            return self.login(request)
        if self.refused:
            self.refused -= 1
            return said({"code": 401, "detail": "Invalid session"}, 401)
        if request.path == "/graphql":
            return said({"data": self.graphql(json.loads(request.body))})
        if request.path.endswith("/operations"):
            return self.operations(json.loads(request.body))
        known = {"/api/info": {"version": "1.16.0", "attributes": RECORDED["attributes"]}, "/api/users/me": self.me,
                 "/api/projects/be_1": self.project}  # fmt: skip
        found = known.get(request.path)
        return said(found) if found is not None else said({"code": 404, "detail": "not found"}, 404)

    def graphql(self, body: dict[str, Any]) -> dict[str, Any]:
        variables = body["variables"]
        if "projects(first" in body["query"]:
            return {"page": page([self.project])}
        ids = variables.get("ids")
        nodes = [node for id, node in self.folders.items() if ids is None or id in ids]
        if "projects(name" in body["query"]:
            wrong = {"id": "f" * 32, "name": "wrong", "label": None, "folderType": "Shot"}
            twin = {"node": {"name": "beX1", "page": page([wrong])}}
            return {"projects": {"edges": [twin, {"node": {"name": "be_1", "page": page(nodes)}}]}}
        return {"project": {"name": self.project.get("_twin") or "be_1", "page": page(nodes)}}

    def apply(self, body: dict[str, Any]) -> Reply:
        for operation in body["operations"]:
            if operation["entityId"] in self.folders and operation["type"] == "create":
                return said({"code": 409, "detail": f"Folder with id '{operation['entityId']}' already exists."}, 409)
        for operation in body["operations"]:
            data = {"label": None, "active": True, "folderType": "Shot", "parentId": None, **operation["data"]}
            self.folders[operation["entityId"]] = {"id": operation["entityId"], **data}
        return said({"operations": [], "success": True})


@pytest.fixture
def server() -> FakeAyon:
    return FakeAyon()


@pytest.fixture
def opened(server: FakeAyon) -> Iterator[Callable[..., tuple[AyonBackend, LoopbackServer]]]:
    """Opens a backend on the server, with some settings."""
    made: list[Any] = []

    def open_(**settings: Any) -> tuple[AyonBackend, LoopbackServer]:
        loopback = LoopbackServer(server)
        loopback.__enter__()
        address, _ = parse_address(f"ayon+{loopback.url}")
        backend = AyonBackend.open(address, Profile(settings=settings or {"api_key": KEY}))
        made.extend([backend.close, lambda: loopback.__exit__(None, None, None)])
        return backend, loopback

    yield open_
    for close in made:
        close()


def shots(backend: AyonBackend) -> list[Any]:
    home = [Ref("Project", "be_1", "be_1")]
    query = build(backend.schema(), "Shot", None, fields=["name"], projects=home)
    return [row[0] for found in backend.read(query) for row in found.tuples()]


def test_opening_sends_nothing(opened: Any) -> None:
    backend, loopback = opened()
    assert loopback.requests == []
    assert backend.site == loopback.url.partition("//")[2]


def test_a_key_goes_with_every_request(opened: Any) -> None:
    backend, loopback = opened(api_key=KEY, acting_as="artist")
    backend.schema()
    assert {request.headers["x-api-key"] for request in loopback.requests} == {KEY}
    assert {request.headers["x-as-user"] for request in loopback.requests} == {"artist"}


def test_a_login_is_made_once_and_again_when_its_token_is_refused(server: FakeAyon, opened: Any) -> None:
    tokens = iter(["first", "second"])
    server.login = lambda request: said({"token": next(tokens) * 8, "detail": "ok"})
    backend, loopback = opened(user="jane", password="a-long-word")
    backend.me()
    server.refused = 1
    backend.schema()
    used = [request.headers.get("authorization") for request in loopback.requests]
    assert used[0] is None
    assert used[1] == f"Bearer {'first' * 8}"
    assert used[-1] == f"Bearer {'second' * 8}"
    assert [request.path for request in loopback.requests].count("/api/auth/login") == 2


def test_a_wrong_password_is_refused_once(server: FakeAyon, opened: Any) -> None:
    server.login = lambda request: said({"code": 403, "detail": "Invalid login/password combination"}, 403)
    backend, loopback = opened(user="jane", password="a-wrong-word")
    with pytest.raises(AuthenticationError, match="login/password"):
        backend.schema()
    assert len(loopback.requests) == 1


def test_a_project_is_not_taken_for_one_with_nearly_the_same_name(server: FakeAyon, opened: Any) -> None:
    server.folders["b" * 32] = {"id": "b" * 32, "name": "right", "label": None, "folderType": "Shot", "active": True}
    server.project["_twin"] = "beX1"
    backend, _ = opened()
    assert shots(backend) == ["right"]


def test_a_name_with_quotes_travels_as_a_variable(opened: Any) -> None:
    from trackerkit.filters import field

    backend, loopback = opened()
    evil = 'x"}]}){ __typename }'
    home = [Ref("Project", "be_1", "be_1")]
    list(backend.read(build(backend.schema(), "Shot", field("name") == evil, fields=[], projects=home)))
    sent = json.loads(loopback.requests[-1].body)
    assert evil not in sent["query"]
    assert json.loads(sent["variables"]["filter"])["conditions"][-1]["value"] == evil


# ---- writing once


def create(name: str = "sh010", key: str = "c" * 32) -> ops.Operation:
    return ops.create("Shot", {"name": name}, key=key, project=Ref("Project", "be_1", "be_1"))


def test_a_repeated_create_is_the_same_create(opened: Any) -> None:
    backend, _ = opened()
    first, second = backend.write([create()]), backend.write([create()])
    assert (first[0].done, second[0].done) == (True, False)
    assert first[0].ref == second[0].ref


def test_a_repeated_batch_sends_what_is_new(server: FakeAyon, opened: Any) -> None:
    backend, _ = opened()
    backend.write([create()])
    results = backend.write([create(), create("sh020", "d" * 32)])
    assert [result.done for result in results] == [False, True]
    assert len(server.folders) == 2


def test_a_taken_name_is_a_conflict(server: FakeAyon, opened: Any) -> None:
    server.operations = lambda body: said(
        {"code": 409, "detail": "Folder with lower(name::text) 'sh010' already exists."}, 409
    )
    backend, _ = opened()
    with pytest.raises(ConflictError, match="sh010"):
        backend.write([create()])


def test_a_batch_asks_for_all_or_nothing(server: FakeAyon, opened: Any) -> None:
    backend, loopback = opened()
    backend.write([create(), create("sh020", "d" * 32)])
    (sent,) = [json.loads(request.body) for request in loopback.requests if request.path.endswith("/operations")]
    assert (sent["canFail"], sent["raiseOnError"]) == (False, True)


def test_an_answer_that_is_lost_after_the_work_is_found_by_the_id(server: FakeAyon, opened: Any) -> None:
    def lose(body: dict[str, Any]) -> Reply:
        server.apply(body)
        return Reply(200, b'{"operations": [', {"Content-Length": None})

    server.operations = lose
    backend, loopback = opened()
    assert backend.write([create()])[0].done
    assert [request.path for request in loopback.requests].count("/api/projects/be_1/operations") == 1


def test_a_large_batch_whose_answer_is_lost_is_found_in_few_requests(server: FakeAyon, opened: Any) -> None:
    def lose(body: dict[str, Any]) -> Reply:
        server.apply(body)
        return Reply(502, b"the proxy did not wait")

    server.operations = lose
    backend, loopback = opened()
    results = backend.write([create(f"sh{at:03}", f"{at:032x}") for at in range(600)])
    assert all(result.done for result in results)
    assert len(loopback.requests) < 12
    assert [request.path for request in loopback.requests].count("/api/projects/be_1/operations") == 1


def test_a_repeated_create_and_a_name_that_is_taken_answer_the_same_and_are_told_apart(
    server: FakeAyon, opened: Any
) -> None:
    def apply_with_names(body: dict[str, Any]) -> Reply:
        for operation in body["operations"]:
            taken = {item["name"].lower(): id for id, item in server.folders.items()}
            owner = taken.get(operation["data"]["name"].lower())
            if owner is not None and owner != operation["entityId"]:
                detail = f"Folder with parent_id, lower(name::text) 'None, {operation['data']['name'].lower()}' already exists."
                return said({"code": 409, "detail": detail, "error": "unique-violation"}, 409)
        return server.apply(body)

    server.operations = apply_with_names
    backend, _ = opened()
    backend.write([create("sh010")])
    assert backend.write([create("sh010")])[0].done is False
    with pytest.raises(ConflictError, match="SH010"):
        backend.write([create("SH010", "d" * 32)])
    with pytest.raises(BatchError) as caught:
        backend.write([create("sh010"), create("sh020", "e" * 32), create("Sh010", "f" * 32)])
    assert caught.value.index == 2
    assert isinstance(caught.value.cause, ConflictError)


def test_an_answer_that_is_lost_before_the_work_is_never_guessed(server: FakeAyon, opened: Any) -> None:
    server.operations = lambda body: Reply(502, b"bad gateway")
    backend, loopback = opened()
    with pytest.raises(OutcomeUnknown) as caught:
        backend.write([create()])
    assert caught.value.request == [create()]
    assert [request.path for request in loopback.requests].count("/api/projects/be_1/operations") == 1


def test_a_right_that_is_missing_is_said(server: FakeAyon, opened: Any) -> None:
    server.operations = lambda body: said({"code": 403, "detail": "Create access denied"}, 403)
    backend, _ = opened()
    with pytest.raises(PermissionDeniedError):
        backend.write([create()])


# ---- acting as another


def test_only_a_service_acts_as_another_user(server: FakeAyon, opened: Any) -> None:
    server.me = {"name": "jane", "data": {}}
    backend, _ = opened()
    with pytest.raises(UnsupportedError, match="service"):
        backend.acting_as("artist")


def test_nobody_acts_as_a_user_who_is_not_there(opened: Any) -> None:
    backend, _ = opened()
    with pytest.raises(NotFoundError, match="nobody"):
        backend.acting_as("nobody")
