"""Live tests ask for a real server by name; without it they fail, for a skip would look green."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from trackerkit.errors import TrackerError
from trackerkit.http import HttpClient
from trackerkit.secrets import Secret
from trackerkit_ayon.auth import Credentials
from trackerkit_ayon.client import AyonClient


@dataclass(frozen=True, slots=True)
class LiveServer:
    """Where a real server is, and the key that opens it."""

    url: str
    key: str = field(repr=False)
    script: str = ""


@pytest.fixture(scope="session")
def live_ayon() -> Iterator[LiveServer]:
    """The AYON server that the environment names; prepared where the environment says that it may be."""
    server = LiveServer(*_environment("TRACKERKIT_LIVE_AYON_URL", "TRACKERKIT_LIVE_AYON_KEY"))
    with prepared(server) if os.environ.get("TRACKERKIT_LIVE_AYON_PREPARE") else nullcontext():
        yield server


@pytest.fixture(scope="session")
def live_shotgrid() -> LiveServer:
    """The ShotGrid site that the environment names."""
    names = [f"TRACKERKIT_LIVE_SHOTGRID_{name}" for name in ("URL", "KEY", "SCRIPT")]
    return LiveServer(*_environment(*names))


def _environment(*names: str) -> list[str]:
    missing = [name for name in names if not os.environ.get(name)]
    if missing:
        pytest.fail(f"set {' and '.join(missing)} to run the live tests", pytrace=False)
    return [os.environ[name] for name in names]


ATTRIBUTES = {
    "tkliveFloat": "float",
    "tkliveFlag": "boolean",
    "tkliveMoment": "datetime",
    "tkliveWords": "list_of_strings",
}
"""Attributes of folders that a prepared server has, one of each type that AYON itself brings none of."""


@contextmanager
def prepared(server: LiveServer) -> Iterator[None]:
    """The server with attributes of every type, and afterwards with those that it had."""
    with AyonClient(server.url, Credentials(api_key=Secret(server.key))).http as http:
        before = _own(http)
        for at, (name, kind) in enumerate(ATTRIBUTES.items()):
            data = {"type": kind, "title": name, "inherit": False}
            sent = {"position": 900 + at, "scope": ["folder"], "builtin": False, "data": data}
            http.request("PUT", f"/api/attributes/{name}", json=sent)
        restart(http, lambda known: known >= set(ATTRIBUTES))
        yield
        made = _own(http) - before | set(ATTRIBUTES)
        for name in made:
            http.request("DELETE", f"/api/attributes/{name}")
        restart(http, lambda known: not known & made)


def _own(http: HttpClient) -> set[str]:
    """The names of the attributes that are not AYON's own."""
    found = http.request("GET", "/api/attributes", expect_json=True).json()["attributes"]
    return {item["name"] for item in found if not item["builtin"]}


def restart(http: HttpClient, is_ready: Callable[[set[str]], bool]) -> None:
    """Restart the server, and wait until its attributes are those wanted."""
    http.request("POST", "/api/system/restart", safe=False)
    until = time.monotonic() + 120
    while time.monotonic() < until:
        time.sleep(1)
        with suppress(TrackerError):
            info = http.request("GET", "/api/info", expect_json=True).json()
            if is_ready({item["name"] for item in info.get("attributes") or ()}):
                return
    pytest.fail("the server did not come back with the attributes of the live tests", pytrace=False)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is marked live."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.live)
