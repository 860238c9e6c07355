"""The conformance suite on the memory oracle."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from trackerkit.testing.conformance import *
from trackerkit.testing.conformance import Stack
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    """A tracker in a dict."""
    with Tracker(MemoryBackend(), url="memory:") as tracker:
        yield Stack("memory", tracker)
