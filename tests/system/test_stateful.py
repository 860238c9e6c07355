"""Random operations on a tracker and on the oracle: both hold the same after each."""

from __future__ import annotations

from pathlib import Path

import stacks
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from trackerkit.testing.machine import TrackerMachine

CALM = settings(deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
DATA_TYPES = ("text", "integer", "date", "choices", "checkbox")


def test_sqlite_lives_as_the_oracle_does(tmp_path: Path) -> None:
    with stacks.sqlite(tmp_path) as stack:
        fields = [name for name in map(stack.field_of, DATA_TYPES) if name]
        run_state_machine_as_test(
            lambda: TrackerMachine(stack, fields), settings=settings(CALM, max_examples=40, stateful_step_count=25)
        )
