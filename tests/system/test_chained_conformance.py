"""The conformance suite on two vendors' protocols in a row: ShotGrid's over AYON's over the embedded store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stacks

from trackerkit.testing.conformance import *
from trackerkit.testing.conformance import Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stacks.chained(tmp_path_factory.mktemp("chained")) as made:
        yield made
