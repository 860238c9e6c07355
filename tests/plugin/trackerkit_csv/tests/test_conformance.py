"""The conformance suite on CSV files, for what they claim."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import trackerkit
from trackerkit.testing.conformance import *
from trackerkit.testing.conformance import Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("csv").as_posix()
    with trackerkit.connect(f"csv:///{folder}") as tracker:
        yield Stack("csv", tracker)
