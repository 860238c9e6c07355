"""ShotGrid's short codes over a tracker that knows statuses by their names."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shotgun_api3

import trackerkit
from trackerkit.schema import Field
from trackerkit.tracker import Tracker
from trackerkit_shotgrid.gateway.codes import StatusCodes
from trackerkit_shotgrid.gateway.context import ShotgridSettings

WORDS = ("Not ready", "In progress", "Pending review", "Retake", "Retake more")


@pytest.fixture
def settings() -> ShotgridSettings:
    return ShotgridSettings(status_codes=True)


@pytest.fixture
def tracker(tmp_path: Path) -> Iterator[Tracker]:
    """A store: its statuses are records, and its fields know them."""
    with trackerkit.connect(f"sqlite:///{tmp_path / 'show.db'}?synchronous=normal") as made:
        yield made


@pytest.fixture
def shots(tracker: Tracker, sg: Any, project: dict[str, Any]) -> list[dict[str, Any]]:
    """One shot of each status, which the tracker has no codes for."""
    for word in WORDS:
        tracker.create("Status", name=word, scope=["Shot"])
    made = []
    for at, code in enumerate(("wtg", "ip", "rev", "Retake")):
        made.append(sg.create("Shot", {"code": f"sh{at}", "project": project, "sg_status_list": code}))
    return made


def test_a_code_for_every_status_and_no_code_twice() -> None:
    field = Field(
        "status", "status", choices=("In progress", "in Progress", "Retake", "Done"), aliases={"RTK": "Retake"}
    )
    assert StatusCodes(True).of(field) == {
        "In progress": "ip",
        "in Progress": "in Progress",
        "Retake": "rtk",
        "Done": "Done",
    }
    assert StatusCodes(False).of(field) == {}


def test_codes_are_written_and_read_and_the_tracker_keeps_its_words(
    site: Any, sg: Any, shots: list[dict[str, Any]]
) -> None:
    assert [shot["sg_status_list"] for shot in shots] == ["wtg", "ip", "rev", "Retake"]
    kept = [site.tracker.get(site.ref(shot), fields=["status"])["status"] for shot in shots]
    assert kept == ["Not ready", "In progress", "Pending review", "Retake"]


@pytest.mark.parametrize(
    ("condition", "names"),
    [
        (["sg_status_list", "is", "ip"], ["sh1"]), (["sg_status_list", "is", "IP"], ["sh1"]),
        (["sg_status_list", "in", ["ip", "rev"]], ["sh1", "sh2"]), (["sg_status_list", "is_not", "ip"], ["sh0", "sh2", "sh3"]),
        (["sg_status_list", "is", "In progress"], ["sh1"]), (["sg_status_list", "is", "zzz"], []),
    ],
)  # fmt: skip
def test_filters_take_codes(sg: Any, shots: list[dict[str, Any]], condition: list[Any], names: list[str]) -> None:
    assert [shot["code"] for shot in sg.find("Shot", [condition], ["code"])] == names


def test_schema_summaries_and_events_speak_in_codes(sg: Any, shots: list[dict[str, Any]]) -> None:
    properties = sg.schema_field_read("Shot", "sg_status_list")["sg_status_list"]["properties"]
    assert set(properties["valid_values"]["value"]) >= {"wtg", "ip", "rev", "Retake"}
    assert properties["display_values"]["value"]["ip"] == "In progress"
    sg.update("Shot", shots[1]["id"], {"sg_status_list": "rev"})
    entry = sg.find("EventLogEntry", [["event_type", "is", "Shotgun_Shot_Change"]], ["meta"])[-1]["meta"]
    assert (entry["old_value"], entry["new_value"]) == ("ip", "rev")
    grouping = [{"field": "sg_status_list", "type": "exact", "direction": "asc"}]
    found = sg.summarize("Shot", [], [{"field": "sg_status_list", "type": "status_list"}], grouping=grouping)
    assert {group["group_value"] for group in found["groups"]} == {"wtg", "rev", "Retake"}
    assert found["summaries"] == {"sg_status_list": "ip"}  # a mix


def test_what_is_no_status_is_refused(sg: Any, shots: list[dict[str, Any]]) -> None:
    with pytest.raises(shotgun_api3.Fault, match=r"'zzz' is not a valid status. Valid statuses: 'wtg', 'ip'"):
        sg.update("Shot", shots[0]["id"], {"sg_status_list": "zzz"})
