"""A fresh store for each test, without the waits for the disk."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

import trackerkit
from trackerkit.tracker import Tracker


@pytest.fixture
def url(tmp_path: Path) -> str:
    """The address of a store that does not exist yet."""
    return f"sqlite:///{tmp_path / 'show.db'}?synchronous=off"


@pytest.fixture
def tracker(url: str) -> Iterator[Tracker]:
    """An empty store in a file, opened as anna."""
    with trackerkit.connect(url, user="anna", create_user=True) as made:
        yield made
