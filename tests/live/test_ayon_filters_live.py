"""Filters on a real AYON server: what it selects and what is finished here together give what plain Python gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import ayon_filters
import pytest
from ayon_live import LiveStack

import trackerkit
from trackerkit.testing.conformance.stack import Show


@pytest.fixture(scope="module")
def show(live_ayon: Any) -> Iterator[Show]:
    """A show with something of every type."""
    with trackerkit.connect(f"ayon+{live_ayon.url}", api_key=live_ayon.key) as tracker:
        stack = LiveStack(tracker)
        stack.home = stack.new_project()
        made = Show(stack, stack.home)
        try:
            ayon_filters.fill(
                made, *(stack.create("User", {"name": stack.unique(name)}, None) for name in ("ann", "ben"))
            )
            yield made
        finally:
            stack.clean()


@pytest.mark.timeout(600)
@pytest.mark.parametrize("type_name", ayon_filters.TYPES)
def test_every_filter(show: Show, type_name: str) -> None:
    asked, wrong = ayon_filters.Bench(show.tracker, show.project, type_name).wrong()
    assert not wrong, f"{len(wrong)} of {asked}"
    assert asked > 50
