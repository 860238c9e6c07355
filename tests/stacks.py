"""The stacks that the conformance suite runs on: each a context manager that gives a Stack, real sockets included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trackerkit
from trackerkit import plugins
from trackerkit.gateway.sessions import Caller
from trackerkit.state import State
from trackerkit.state.passwords import Cost
from trackerkit.testing.conformance.stack import Stack
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker
from trackerkit.web.serve import Server

CHEAP = Cost(2**4, 1, 1)
"""Passwords are hashed at almost no cost in tests."""


@contextmanager
def memory() -> Iterator[Stack]:
    """The oracle."""
    with Tracker(MemoryBackend(), url="memory:") as tracker:
        yield Stack("memory", tracker)


@contextmanager
def sqlite(folder: Path) -> Iterator[Stack]:
    """The embedded store."""
    with trackerkit.connect(f"sqlite:///{folder / 'show.db'}") as tracker:
        yield Stack("sqlite", tracker)


@contextmanager
def served(protocol: str, behind: Tracker, folder: Path) -> Iterator[Tracker]:
    """A tracker through its protocol's gateway, over HTTP on loopback, as that protocol's own backend sees it."""

    def opened(caller: Caller) -> Tracker:
        return behind.acting_as(caller.user) if caller.user is not None else behind

    factory = plugins.load(plugins.find_gateway(protocol))
    with State.open(folder / f"{protocol}.db", password_cost=CHEAP) as state:
        _, key = state.add_key("conformance", kind="script", can_act_as=True)
        with Server(factory(opened, state)) as server:
            url = f"{protocol}+{server.url}"
            given = {"script_name": "conformance"} if protocol == "shotgrid" else {}
            with trackerkit.connect(url, api_key=key, **given) as tracker:
                yield tracker


@contextmanager
def shotgrid(folder: Path) -> Iterator[Stack]:
    """ShotGrid backend → ShotGrid gateway → SQLite."""
    with sqlite(folder) as store, served("shotgrid", store.tracker, folder) as tracker:
        yield Stack("shotgrid-gateway-sqlite", tracker, has_own_server=True)


@contextmanager
def ayon(folder: Path) -> Iterator[Stack]:
    """AYON backend → AYON gateway → SQLite."""
    with sqlite(folder) as store, served("ayon", store.tracker, folder) as tracker:
        yield Stack("ayon-gateway-sqlite", tracker, has_own_server=True, tidies=True)


@contextmanager
def chained(folder: Path) -> Iterator[Stack]:
    """ShotGrid backend → ShotGrid gateway → AYON backend → AYON gateway → SQLite."""
    with ayon(folder) as inner:
        # AYON's statuses and types of tasks belong to projects; the site has some before its schema is read.
        inner.tracker.create("Project", name="before")
        with served("shotgrid", inner.tracker, folder) as tracker:
            yield Stack("shotgrid-ayon-sqlite", tracker, has_own_server=True)
