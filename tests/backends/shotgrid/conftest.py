"""A ShotGrid site for the backend's tests: a small scripted one, and the gateway over the embedded store."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fake_shotgrid import FakeSite

import trackerkit
from trackerkit.gateway.sessions import Caller
from trackerkit.state import State
from trackerkit.state.passwords import Cost
from trackerkit.testing.faults import FaultProxy
from trackerkit.testing.loopback import LoopbackServer
from trackerkit.tracker import Tracker
from trackerkit.web.serve import Server
from trackerkit_shotgrid.gateway.app import create_app
from trackerkit_shotgrid.gateway.context import ShotgridSettings


@pytest.fixture
def fake() -> Iterator[FakeSite]:
    """A scripted site on a real socket."""
    site = FakeSite()
    with LoopbackServer(site.answer) as server:
        site.url = server.url
        yield site


@pytest.fixture
def studio(fake: FakeSite) -> Iterator[Tracker]:
    """A tracker connected to the scripted site."""
    with trackerkit.connect(f"shotgrid+{fake.url}", script_name="tests", api_key="k3y-of-the-tests") as tracker:
        yield tracker


@dataclass
class Stand:
    """A ShotGrid backend, the gateway that it talks to, a proxy between them, and the store behind."""

    tracker: Tracker
    store: Tracker
    proxy: FaultProxy
    url: str
    key: str


@pytest.fixture
def gateway_settings() -> ShotgridSettings | None:
    """How the gateway is set; a module may say otherwise."""
    return None


@pytest.fixture
def stand(tmp_path: Path, gateway_settings: ShotgridSettings | None) -> Iterator[Stand]:
    """Backend → fault proxy → gateway → store."""
    store = trackerkit.connect(f"sqlite:///{tmp_path / 'show.db'}")

    def opened(caller: Caller) -> Tracker:
        return store.acting_as(caller.user) if caller.user is not None else store

    with store, State.open(tmp_path / "state.db", password_cost=Cost(2**4, 1, 1)) as state:
        _, key = state.add_key("tests", kind="script", can_act_as=True)
        with (
            Server(create_app(opened, state, gateway_settings)) as server,
            FaultProxy("127.0.0.1", int(server.url.rsplit(":", 1)[1])) as proxy,
            trackerkit.connect(f"shotgrid+{proxy.url}", script_name="tests", api_key=key) as tracker,
        ):
            yield Stand(tracker, store, proxy, server.url, key)
