"""The stacks that the conformance suite runs on: each a context manager that gives a Stack, real sockets included."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import trackerkit
from trackerkit.testing.conformance.stack import Stack
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker


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
