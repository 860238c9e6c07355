"""The conformance suite on the AYON backend, over HTTP, through the AYON gateway, on the embedded store."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stacks

from trackerkit.testing.conformance import *
from trackerkit.testing.conformance import Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stacks.ayon(tmp_path_factory.mktemp("ayon")) as made:
        yield made
