"""The conformance suite on the memory oracle."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stacks

from trackerkit.testing.conformance import *
from trackerkit.testing.conformance import Stack


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with stacks.memory() as made:
        yield made
