"""What the tests of the native client share: servers that it is asked of beside AYON's own client."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from ayon_pair import Pair, Recorder, opened

import trackerkit
from trackerkit.gateway.opening import opener
from trackerkit.state import State
from trackerkit.state.passwords import Cost
from trackerkit.web.serve import Server
from trackerkit_ayon import ServerAPI
from trackerkit_ayon.gateway.app import create_app


@pytest.fixture
def server() -> Iterator[Recorder]:
    """A fresh server that notes what is sent to it."""
    with Recorder() as running:
        yield running


@pytest.fixture
def api(server: Recorder) -> Iterator[ServerAPI]:
    """Our client of that server."""
    made = ServerAPI(server.server.url, token="a" * 32)
    yield made
    made.close_session()


@pytest.fixture(scope="module")
def recorder() -> Iterator[Recorder]:
    """A server that notes what is sent to it."""
    with Recorder() as running:
        yield running


@pytest.fixture(scope="module")
def recorded(recorder: Recorder) -> Iterator[Pair]:
    """Both clients of the recorder."""
    both = recorder.pair()
    yield both
    both.close()


@pytest.fixture(scope="module")
def gateway_pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    """Both clients, as one service, of our own gateway over an embedded store; with an empty project."""
    folder: Path = tmp_path_factory.mktemp("ayon")
    url = f"sqlite:///{folder / 'show.db'}"
    with trackerkit.connect(url) as store, State.open(folder / "state.db", password_cost=Cost(2**4, 1, 1)) as state:
        for name, kind in (("admin", "human"), ("artist", "human"), ("service", "service")):
            store.create("User", name=name, kind=kind, active=True, email=f"{name}@example.com")
        _, key = state.add_key("service", kind="script", can_act_as=True)
        with Server(create_app(opener(lambda: trackerkit.connect(url)), state)) as server:
            both = opened(server.url, key)
            both.project = "show_1"
            both.theirs.create_project(both.project, "s1xx")
            yield both
            both.close()
