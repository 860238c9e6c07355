"""The stacks that the conformance suite runs on: each a context manager that gives a Stack, real sockets included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trackerkit
from trackerkit import plugins
from trackerkit.filters import field
from trackerkit.gateway.sessions import Caller
from trackerkit.state import State
from trackerkit.state.passwords import Cost
from trackerkit.testing.conformance.stack import Show, Stack
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker
from trackerkit.values import Ref
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
            given: dict[str, Any] = {"shotgrid": {"script_name": "conformance"}, "ayon": {"may_restart": True}}[
                protocol
            ]
            with trackerkit.connect(url, api_key=key, **given) as tracker:
                yield tracker


@contextmanager
def shotgrid(folder: Path) -> Iterator[Stack]:
    """ShotGrid backend → ShotGrid gateway → SQLite."""
    with sqlite(folder) as store, served("shotgrid", store.tracker, folder) as tracker:
        yield Stack("shotgrid-gateway-sqlite", tracker, has_own_server=True)


class AyonStack(Stack):
    """Users that a case makes may work in its projects: a new user of AYON sees none.

    Args:
        name: what the report calls it.
        tracker: the tracker under test.
        inner: the AYON, where the tracker under test only leads to one.
        tidies: a case's project is deleted after the case.
    """

    def __init__(self, name: str, tracker: Tracker, inner: Tracker | None = None, *, tidies: bool = False) -> None:
        super().__init__(name, tracker, has_own_server=True, tidies=tidies)
        self.inner = inner or tracker

    def create(self, type_name: str, values: Mapping[str, Any], project: Ref | None) -> Ref:
        made = super().create(type_name, values, project)
        if type_name == "User":
            client: Any = self.inner.backend
            client._client.send("PATCH", "users", values["name"], json={"data": {"isManager": True}}, safe=True)
        return made

    def field_of(self, data_type: str, type_name: str = "Shot", **how: Any) -> str | None:
        """None for JSON on an AYON behind a ShotGrid: AYON's ``data`` takes objects alone, and ShotGrid's wire cannot say so."""
        is_behind = self.inner is not self.tracker
        return None if is_behind and data_type == "json" else super().field_of(data_type, type_name, **how)

    def put_away(self, show: Show) -> None:
        if self.inner is self.tracker:
            super().put_away(show)
            return
        name = self.tracker.get(show.project, fields=["name"], state="all").name
        home = self.inner.find_one("Project", field("name") == name, state="all", archived=True)
        assert home is not None, name
        self.inner.delete(home, permanent=True, recursive=True)


@contextmanager
def ayon(folder: Path) -> Iterator[Stack]:
    """AYON backend → AYON gateway → SQLite, whose shots have a field of each type that AYON's attributes know."""
    with sqlite(folder) as store:
        for data_type in ("float", "checkbox", "datetime"):
            store.tracker.schema.create_field("Folder", f"tk_{data_type}", data_type)
        with served("ayon", store.tracker, folder) as tracker:
            yield AyonStack("ayon-gateway-sqlite", tracker, tidies=True)


@contextmanager
def chained(folder: Path) -> Iterator[Stack]:
    """ShotGrid backend → ShotGrid gateway → AYON backend → AYON gateway → SQLite."""
    with ayon(folder) as inner:
        # AYON's statuses and types of tasks belong to projects; the site has some before its schema is read.
        inner.tracker.create("Project", name="before")
        with served("shotgrid", inner.tracker, folder) as tracker:
            yield AyonStack("shotgrid-ayon-sqlite", tracker, inner.tracker)
