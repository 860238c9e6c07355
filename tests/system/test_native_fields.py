"""Fields under a tracker's own names, ``native(…)``, are read as others are: sorted, filtered and beyond links too."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import stacks

from trackerkit.filters import field
from trackerkit.testing.conformance import Show


@pytest.fixture(scope="module", params=[(stacks.ayon, "native(frameStart)"), (stacks.shotgrid, "native(sg_cut_in)")])
def data(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Show, str]]:
    opened: Callable[[Path], stacks.Opened]
    opened, name = request.param
    with opened(tmp_path_factory.mktemp("native")) as stack:
        show = stack.show()
        for at, frame in enumerate((1003, 1004, 1002)):
            show.task(show.shot(f"sh{at}", frame_start=frame), f"t{at}")
        yield show, name


def test_read(data: tuple[Show, str]) -> None:
    show, name = data
    assert show.column("Shot", name, field("frame_start") > 0) == [1003, 1004, 1002]


def test_sorted(data: tuple[Show, str]) -> None:
    show, name = data
    assert show.column("Shot", name, ~field(name).is_null(), order=[name]) == [1002, 1003, 1004]
    assert show.column("Shot", name, order=[f"-{name}"], limit=2) == [1004, 1003]


def test_beyond_a_link(data: tuple[Show, str]) -> None:
    show, name = data
    assert show.column("Task", f"parent.{name}", field("name") == "t1") == [1004]
    assert show.names("Task", field(f"parent.{name}") == 1003) == ["t0"]
