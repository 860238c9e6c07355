"""The conformance suite on the ShotGrid backend, over HTTP, through the ShotGrid gateway, on the embedded store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stacks

from trackerkit.testing.conformance import *
from trackerkit.testing.conformance import Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stacks.shotgrid(tmp_path_factory.mktemp("shotgrid")) as made:
        yield made
