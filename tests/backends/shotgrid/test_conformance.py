"""The conformance suite on the ShotGrid backend, over HTTP, through the ShotGrid gateway, on the embedded store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import trackerkit
from trackerkit.gateway.sessions import Caller
from trackerkit.state import State
from trackerkit.state.passwords import Cost
from trackerkit.testing.conformance import *
from trackerkit.testing.conformance import Stack
from trackerkit.tracker import Tracker
from trackerkit.web.serve import Server
from trackerkit_shotgrid.gateway.app import create_app


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """ShotGrid backend → ShotGrid gateway → SQLite."""
    folder = tmp_path_factory.mktemp("shotgrid")
    store = trackerkit.connect(f"sqlite:///{folder / 'show.db'}")

    def opened(caller: Caller) -> Tracker:
        return store.acting_as(caller.user) if caller.user is not None else store

    with store, State.open(folder / "state.db", password_cost=Cost(2**4, 1, 1)) as state:
        _, key = state.add_key("conformance", kind="script", can_act_as=True)
        with Server(create_app(opened, state)) as server:
            url = "shotgrid+" + server.url
            with trackerkit.connect(url, script_name="conformance", api_key=key) as tracker:
                tracker.create("TaskType", name="Animation", applies_to="Shot")  # every ShotGrid site has steps
                yield Stack("shotgrid-gateway-sqlite", tracker, has_own_server=True)
