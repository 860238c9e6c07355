"""Every stack, for what has to run on all of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import stacks

from trackerkit.tracker import Tracker


@pytest.fixture(params=["memory", "sqlite", "shotgrid", "ayon", "chained"])
def every_stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tracker]:
    """A fresh, empty tracker of each stack."""
    opened = stacks.memory() if request.param == "memory" else getattr(stacks, request.param)(tmp_path)
    with opened as stack:
        yield stack.tracker
