"""A state with some keys, and a server on the loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from starlette.routing import Route

from trackerkit.gateway.settings import GatewaySettings
from trackerkit.state import State
from trackerkit.state.passwords import Cost
from trackerkit.testing.clock import FakeClock
from trackerkit.web.app import build_app
from trackerkit.web.serve import Server


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def state(tmp_path: Path, clock: FakeClock) -> Iterator[State]:
    with State.open(tmp_path / "state.db", clock=clock, password_cost=Cost(n=2**4, r=1, p=1)) as opened:
        yield opened


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Start a server of some routes, with limits of GatewaySettings by name."""
    with ExitStack() as stack:

        def start(routes: list[Route], **limits: Any) -> Server:
            settings = GatewaySettings(**limits)
            return stack.enter_context(Server(build_app(routes, settings=settings), settings=settings))

        yield start
