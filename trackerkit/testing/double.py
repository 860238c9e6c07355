"""Test doubles: a tracker's own server on the loopback, fresh for each test, that breaks when it is told to."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from trackerkit.gateway.opening import opener
from trackerkit.gateway.settings import GatewaySettings
from trackerkit.plugins import find_gateway, load
from trackerkit.state import State
from trackerkit.state.passwords import Cost
from trackerkit.testing import faults
from trackerkit.testing.faults import FaultProxy, Plan
from trackerkit.testing.memory import MemoryBackend
from trackerkit.testing.sample import LOGIN, make_sample
from trackerkit.tracker import Tracker
from trackerkit.web.serve import Server

SCRIPT = "tests"
PASSWORD = "a long password"  # noqa: S105 - of a user who lives for one test
_CHEAP = Cost(2**4, 1, 1)


@dataclass
class Double:
    """A server that speaks a tracker's own protocol, over a tracker in memory.

    Attributes:
        url: where it answers, by way of the proxy that makes the faults.
        script_name: the name of a script that may call; it may act as users.
        api_key: its key.
        login: the login of a person who may call.
        password: the person's password.
        tracker: what is behind the server, to look inside and to change things behind its callers' backs.
        state: keys, sessions and what else the server remembers.
        proxy: every request so far (``proxy.requests``), and plans for those to come (``proxy.plan``).
        settings: the limits that the server keeps.
    """

    url: str
    script_name: str
    api_key: str
    login: str
    password: str
    tracker: Tracker
    state: State
    proxy: FaultProxy
    settings: GatewaySettings

    # --- faults: what happens to the requests that come next ------------------------------------------------------

    def plan(self, *plans: Plan | str) -> None:
        """Plan the next requests one by one, with the functions of ``trackerkit.testing.faults``; ``"pass"`` is none."""
        self.proxy.plan(plans)

    def fail(self, code: int, times: int = 1, *, retry_after_s: int | None = None) -> None:
        """The next requests are answered with an HTTP status, 429 or 503 say, and never reach the server."""
        headers: Mapping[str, str] = {} if retry_after_s is None else {"Retry-After": str(retry_after_s)}
        self.plan(*[faults.status(code, headers)] * times)

    def reset(self, times: int = 1) -> None:
        """The connection is reset as soon as the request arrives: nothing was done."""
        self.plan(*[faults.refuse()] * times)

    def lose_answer(self, times: int = 1) -> None:
        """The server does its work and the caller gets a reset instead of the answer."""
        self.plan(*[faults.drop_response()] * times)

    def slow(self, seconds: float, times: int = 1) -> None:
        """The next requests wait before they reach the server."""
        self.plan(*[faults.latency(seconds)] * times)

    def hang(self, times: int = 1) -> None:
        """The next requests are swallowed and never answered."""
        self.plan(*[faults.blackhole()] * times)

    @contextmanager
    def event_hole(self, count: int = 1) -> Iterator[None]:
        """The next events are not seen, though later ones are, until the block ends: a transaction that ends late.

        For readers of numbered events, as a ShotGrid site has them; AYON's have no numbers, and its gateway does not look back.
        """
        backend = self.tracker.backend
        assert isinstance(backend, MemoryBackend)
        backend.hide_events(count)
        try:
            yield
        finally:
            backend.show_events()


@contextmanager
def double(
    protocol: str, *, sample: bool = True, settings: GatewaySettings | None = None, tracker: Tracker | None = None
) -> Iterator[Double]:
    """A test double of a tracker's server.

    Args:
        protocol: ``shotgrid`` or ``ayon``, or another gateway's name.
        sample: with a small show in it; the fields, statuses and steps of a new site are there without.
        settings: the server's limits.
        tracker: what is served, instead of a fresh one; ``event_hole`` needs one in memory.
    """
    served = tracker or Tracker(_template(protocol, sample).copy(), url="memory:")
    with tempfile.TemporaryDirectory(prefix="trackerkit-double-") as folder:
        home = Path(shutil.copytree(_state_template().folder, Path(folder) / "state"))
        with State.open(home / "state.db", password_cost=_CHEAP) as state:
            app = load(find_gateway(protocol))(opener(lambda: served, scripts_as_users=True), state, settings)
            with Server(app) as server, FaultProxy("127.0.0.1", urlsplit(server.url).port or 0) as proxy:
                key = _state_template().key
                yield Double(
                    proxy.url, SCRIPT, key, LOGIN, PASSWORD, served, state, proxy, settings or GatewaySettings()
                )


# --- made once, copied for each test ---------------------------------------------------------------------------------


@lru_cache(maxsize=8)
def _template(protocol: str, sample: bool) -> MemoryBackend:
    """A tracker as a new site of this protocol has it."""
    backend = MemoryBackend(login="site")
    info = find_gateway(protocol)
    tracker = Tracker(backend)
    if info.prepare:
        prepare: Callable[[Tracker], Any] = load(info, info.prepare)
        prepare(tracker)
    if sample:
        make_sample(tracker)
    return backend


@dataclass(frozen=True)
class _StateTemplate:
    folder: str
    key: str
    keeper: tempfile.TemporaryDirectory[str]


@lru_cache(maxsize=1)
def _state_template() -> _StateTemplate:
    """A state with the script and the person; its folder goes when the process ends."""
    keeper = tempfile.TemporaryDirectory(prefix="trackerkit-double-")
    folder = Path(keeper.name) / "state"
    with State.open(folder / "state.db", password_cost=_CHEAP) as state:
        _, key = state.add_key(SCRIPT, kind="script", can_act_as=True)
        state.add_key(LOGIN, kind="user", secret=PASSWORD)
    return _StateTemplate(str(folder), key, keeper)
