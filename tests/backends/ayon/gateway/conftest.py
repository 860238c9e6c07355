"""A gateway over a fresh store, served on the loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests
from starlette.routing import Route

import trackerkit
from trackerkit.gateway.opening import opener
from trackerkit.state import State
from trackerkit.state.passwords import Cost
from trackerkit.tracker import Tracker
from trackerkit.web.serve import Server
from trackerkit_ayon.gateway.app import create_app

PASSWORD = "a long password"


@dataclass
class Gateway:
    """A running gateway.

    Args:
        url: where it answers.
        key: of a script that may act as users.
        store: the tracker behind it.
        state: of the gateway.
        routes: every method and path that it serves.
    """

    url: str
    key: str
    store: Tracker
    state: State
    routes: list[tuple[str, str]]
    password: str = PASSWORD
    session: requests.Session = field(default_factory=requests.Session)

    def call(self, method: str, path: str, key: str | None = "", **more: Any) -> requests.Response:
        """A request; with the script's key unless another, or None, is given."""
        headers = dict(more.pop("headers", {}))
        if key is not None:
            headers.setdefault("X-Api-Key", key or self.key)
        return self.session.request(method, self.url + path, headers=headers, timeout=30, allow_redirects=False, **more)

    def ok(self, method: str, path: str, **more: Any) -> Any:
        """The JSON of an answer that must be good."""
        answer = self.call(method, path, **more)
        assert answer.status_code < 300, (method, path, answer.status_code, answer.text[:500])
        return answer.json() if answer.content else None

    def graphql(self, query: str, **variables: Any) -> Any:
        """The data of a document that must be answered well."""
        said = self.ok("POST", "/graphql", json={"query": query, "variables": variables})
        assert "errors" not in said, said["errors"]
        return said["data"]

    def project(self, name: str) -> str:
        """A project with AYON's own anatomy: its path."""
        self.ok("POST", "/api/projects", json={"name": name, "code": name[:8]})
        return f"/api/projects/{name}"


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gateway]:
    """A gateway over the embedded store with the users admin, artist and service."""
    folder = tmp_path_factory.mktemp("ayon")
    url = f"sqlite:///{folder / 'show.db'}"
    with trackerkit.connect(url) as store, State.open(folder / "state.db", password_cost=Cost(2**4, 1, 1)) as state:
        for name, kind in (("admin", "human"), ("artist", "human"), ("service", "service")):
            store.create(
                "User", name=name, kind=kind, active=True, label=f"Live {name.title()}", email=f"{name}@example.com"
            )
        _, key = state.add_key("service", kind="script", can_act_as=True)
        state.add_key("admin", kind="user", secret=PASSWORD)
        app = create_app(opener(lambda: trackerkit.connect(url)), state)
        with Server(app) as server, requests.Session() as session:
            routes = [
                (method, item.path) for item in app.routes if isinstance(item, Route) for method in item.methods or ()
            ]
            yield Gateway(server.url, key, store, state, sorted(routes), PASSWORD, session)
