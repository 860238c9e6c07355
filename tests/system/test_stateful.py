"""Random operations on a tracker and on the oracle: both hold the same after each."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import stacks
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from trackerkit.testing.conformance.stack import Stack
from trackerkit.testing.machine import TrackerMachine

CALM = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
UNSHRUNK = settings(CALM, phases=[Phase.explicit, Phase.reuse, Phase.generate])
"""A failure over HTTP is shown as it was found: making it smaller would take minutes."""
DATA_TYPES = ("text", "integer", "date", "choices", "checkbox")
HOSTED = pytest.mark.parametrize("start", [stacks.shotgrid, stacks.ayon], ids=["shotgrid", "ayon"])

Start = Callable[[Path], AbstractContextManager[Stack]]


def live(start: Start, folder: Path, how: settings, *, checks_always: bool = True) -> None:
    """A few lives of a tracker."""
    with start(folder) as stack:
        fields = [name for name in map(stack.field_of, DATA_TYPES) if name]
        run_state_machine_as_test(lambda: TrackerMachine(stack, fields, checks_always=checks_always), settings=how)


def test_sqlite_lives_as_the_oracle_does(tmp_path: Path) -> None:
    live(stacks.sqlite, tmp_path, settings(CALM, max_examples=30, stateful_step_count=20))


@HOSTED
def test_a_vendors_protocol_lives_as_the_oracle_does(start: Start, tmp_path: Path) -> None:
    live(start, tmp_path, settings(UNSHRUNK, max_examples=4, stateful_step_count=20), checks_always=False)


@pytest.mark.slow
def test_sqlite_lives_many_lives_so(tmp_path: Path) -> None:
    live(stacks.sqlite, tmp_path, settings(CALM, max_examples=400, stateful_step_count=50))


@pytest.mark.slow
@HOSTED
def test_a_vendors_protocol_lives_many_lives_so(start: Start, tmp_path: Path) -> None:
    live(start, tmp_path, settings(UNSHRUNK, max_examples=60, stateful_step_count=40), checks_always=False)
