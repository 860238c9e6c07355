"""A ShotGrid gateway on a real socket over a fresh tracker, and the official client connected to it."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import shotgun_api3

import trackerkit
from trackerkit.gateway.opening import opener
from trackerkit.gateway.sessions import Caller
from trackerkit.state import State
from trackerkit.state.passwords import Cost
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker
from trackerkit.values import Ref
from trackerkit.web.serve import Server
from trackerkit_ayon.gateway.app import create_app as create_ayon
from trackerkit_shotgrid.gateway.app import create_app
from trackerkit_shotgrid.gateway.context import ShotgridSettings

CHEAP = Cost(2**4, 1, 1)


@dataclass
class Site:
    """The gateway, and the tracker behind it to look inside."""

    url: str
    tracker: Tracker
    state: State
    key: str
    clients: list[Any] = field(default_factory=list)

    def connect(self, **auth: Any) -> Any:
        """The official client; by default as the script ``tests``."""
        made = shotgun_api3.Shotgun(self.url, **(auth or {"script_name": "tests", "api_key": self.key}))
        self.clients.append(made)
        return made

    def ref(self, entity: dict[str, Any], type: str | None = None) -> Ref:
        """The record behind an entity dict."""
        return Ref(type or entity["type"], entity["id"], site=self.tracker.backend.site)


def serve(tmp_path: Path, tracker: Tracker, settings: ShotgridSettings | None = None) -> Iterator[Site]:
    """A gateway over a tracker until the test ends."""

    def opened(caller: Caller) -> Tracker:
        """The caller's own; a script that is no user's acts as a User of its own."""
        if caller.user is None and tracker.find_one("User", [["name", "is", caller.name]]) is None:
            tracker.create("User", name=caller.name, kind="script", active=True)
        return tracker.acting_as(caller.user or caller.name)

    with State.open(tmp_path / "state.db", password_cost=CHEAP) as state:
        _, key = state.add_key("tests", kind="script", can_act_as=True)
        with Server(create_app(opened, state, settings)) as server:
            site = Site(server.url, tracker, state, key)
            yield site
            for client in site.clients:
                client.close()


@pytest.fixture(params=["memory", "sqlite"])
def tracker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tracker]:
    """A fresh tracker."""
    if request.param == "memory":
        yield Tracker(MemoryBackend())
        return
    with trackerkit.connect(f"sqlite:///{tmp_path / 'show.db'}?synchronous=normal") as made:
        yield made


@pytest.fixture(autouse=True, scope="module")
def leaks() -> Iterator[None]:
    """Clears away what the official client leaves open (files that it sent), before later tests are blamed for it."""
    yield
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        gc.collect()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The official client leaves files and connections open; the tests of this folder are not about that."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("ignore::ResourceWarning"))


@pytest.fixture
def settings() -> ShotgridSettings | None:
    """The gateway's settings; a module may have its own."""
    return None


@pytest.fixture
def site(tmp_path: Path, tracker: Tracker, settings: ShotgridSettings | None) -> Iterator[Site]:
    """A gateway over it."""
    yield from serve(tmp_path, tracker, settings)


@pytest.fixture
def sg(site: Site) -> Any:
    """The official client."""
    return site.connect()


@pytest.fixture
def project(sg: Any) -> dict[str, Any]:
    """A project to work in."""
    made = sg.create("Project", {"name": "Big Buck Bunny"})
    return {"type": "Project", "id": made["id"], "name": "Big Buck Bunny"}


class Gateways:
    """Makes gateways over one AYON that share one state, as processes of one server do."""

    def __init__(
        self, state: State, key: str, url: str, ayon_key: str, settings: ShotgridSettings | None = None
    ) -> None:
        self.state, self.key, self._settings = state, key, settings
        self._open = opener(lambda: trackerkit.connect(url, api_key=ayon_key))
        self._servers: list[Server] = []

    def connect(self) -> Any:
        """The official client of a gateway that was just started."""
        server = Server(create_app(self._open, self.state, self._settings)).start()
        self._servers.append(server)
        return shotgun_api3.Shotgun(server.url, script_name="tests", api_key=self.key)

    def stop(self) -> None:
        """End them all."""
        for server in self._servers:
            server.stop()


@pytest.fixture(scope="module")
def ayon(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """The URL of an AYON server, and a key for it."""
    folder = tmp_path_factory.mktemp("ayon")
    with State.open(folder / "state.db", password_cost=CHEAP) as state:
        _, key = state.add_key("service", kind="script", can_act_as=True)
        store = f"sqlite:///{folder / 'show.db'}"
        with Server(create_ayon(opener(lambda: trackerkit.connect(store)), state)) as server:
            yield f"ayon+{server.url}", key


@pytest.fixture(scope="module")
def gateway_settings() -> ShotgridSettings | None:
    """The settings of gateways over an AYON: the defaults, unless a module of tests has its own."""
    return None


@pytest.fixture(scope="module")
def gateways(
    ayon: tuple[str, str], gateway_settings: ShotgridSettings | None, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Gateways]:
    """Gateways over that AYON, with the settings that a module of tests wants."""
    with State.open(tmp_path_factory.mktemp("shotgrid") / "state.db", password_cost=CHEAP) as state:
        _, key = state.add_key("tests", kind="script", can_act_as=True)
        made = Gateways(state, key, *ayon, gateway_settings)
        yield made
        made.stop()
