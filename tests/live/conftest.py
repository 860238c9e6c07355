"""Live tests ask for a real server by name; without it they fail, for a skip would look green."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

import pytest


@dataclass(frozen=True, slots=True)
class LiveServer:
    """Where a real server is, and the key that opens it."""

    url: str
    key: str = field(repr=False)
    script: str = ""


@pytest.fixture(scope="session")
def live_ayon() -> LiveServer:
    """The AYON server that the environment names."""
    return LiveServer(*_environment("TRACKERKIT_LIVE_AYON_URL", "TRACKERKIT_LIVE_AYON_KEY"))


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


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is marked live."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.live)
