"""The conformance suite on a real ShotGrid site that the environment names.

Set TRACKERKIT_LIVE_SHOTGRID_URL, TRACKERKIT_LIVE_SHOTGRID_SCRIPT and TRACKERKIT_LIVE_SHOTGRID_KEY (a script that may write, make
fields and act as people) and run ``tox -e live -- tests/live/test_shotgrid_live.py``. What a run makes is called ``tklive_…``:
its projects and people are retired at its end, its fields go to the trash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

import trackerkit
from trackerkit import operations as ops
from trackerkit.filters import field
from trackerkit.testing.conformance import *  # noqa: F403
from trackerkit.testing.conformance import Stack
from trackerkit.tracker import Tracker
from trackerkit.values import Ref


class LiveStack(Stack):
    """Projects, people and fields are this run's own, and go with it."""

    def __init__(self, tracker: Tracker) -> None:
        super().__init__("shotgrid-live", tracker, has_own_server=True)
        self.made: list[Ref] = []
        self.made_fields: list[tuple[str, str]] = []

    def unique(self, stem: str) -> str:
        return f"tklive_{super().unique(stem)}"

    def create(self, type_name: str, values: Mapping[str, Any], project: Ref | None) -> Ref:
        made = super().create(type_name, values, project)
        if project is None:
            self.made.append(made)
        return made

    def _made_field(self, type_name: str, data_type: str) -> str | None:
        made = super()._made_field(type_name, data_type)
        if made is not None:
            self.made_fields.append((type_name, made))
        return made

    def clean(self) -> None:
        """Retire all that this run made."""
        for type_name, name in self.made_fields:
            self.tracker.schema.delete_field(type_name, name)
        for ref in reversed(self.made):
            self.tracker.delete(ref)


@pytest.fixture(scope="module")
def stack(live_shotgrid: Any) -> Iterator[LiveStack]:
    credentials = {"script_name": live_shotgrid.script, "api_key": live_shotgrid.key}
    with trackerkit.connect(f"shotgrid+{live_shotgrid.url}", **credentials) as tracker:
        made = LiveStack(tracker)
        yield made
        made.clean()


@pytest.fixture
def home(stack: LiveStack) -> Ref:
    """An empty project."""
    return stack.new_project()


def test_rows_are_what_the_official_client_finds(stack: LiveStack, home: Ref) -> None:
    tracker = stack.tracker
    tracker.batch([ops.create("Shot", {"name": f"sh{at:03}", "frame_start": at}, project=home) for at in range(60)])
    link = {"type": "Project", "id": int(home.id)}
    theirs = tracker.native.find("Shot", [["project", "is", link]], ["code", "sg_cut_in", "created_at"])
    mine = tracker.find("Shot", project=home, fields=["name", "frame_start", "created_at"])
    assert [(item.ref.id, item.name, item.frame_start, item.created_at) for item in mine] == [
        (str(row["id"]), row["code"], row["sg_cut_in"], row["created_at"]) for row in theirs
    ]
    total = tracker.summarize("Shot", summaries=[("frame_start", "sum"), ("id", "count")], project=home)
    assert (total["frame_start"], total["id"]) == (sum(range(60)), 60)


def test_a_file_of_several_parts_goes_there_and_back(stack: LiveStack, home: Ref, tmp_path: Path) -> None:
    tracker = stack.tracker
    data = bytes(range(256)) * 90_000
    version = tracker.create("Version", name="a_v001", project=home)
    made: Any = tracker.upload(version, data, filename="a_v001_ěšč.mov")
    done = tracker.download(version, tmp_path / "back.mov", "reviewables")
    assert f"sha256:{done.sha256}" == made.hash


def test_a_repeated_create_is_the_same_create(stack: LiveStack, home: Ref) -> None:
    if not stack.has("create.key"):
        pytest.skip(stack.lacking(["create.key"], (), ()))
    operation = ops.create("Shot", {"name": "sh010"}, project=home)
    first, second = (stack.tracker.write([operation])[0] for _ in range(2))
    assert (first.done, second.done, first.ref) == (True, False, second.ref)
    assert stack.tracker.count("Shot", field("name") == "sh010", project=home) == 1


def test_the_doctor_is_content(stack: LiveStack) -> None:
    found = {check.name: check for check in stack.tracker.doctor()}
    assert found["site"].is_ok
    assert found["login"].is_ok
