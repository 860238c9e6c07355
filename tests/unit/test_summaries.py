"""summaries: what is made of the values of a query's records."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from trackerkit.errors import QueryError
from trackerkit.summaries import GROUPINGS, SUMMARIES
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker
from trackerkit.values import Ref


@pytest.mark.parametrize(
    ("kind", "values", "wanted"),
    [
        ("count", [1, None, 2], 2), ("record_count", [1, None, 2], 3), ("sum", [1, None, 2], 3), ("sum", [], 0),
        ("sum", [None], 0), ("sum", [timedelta(1), timedelta(2)], timedelta(3)), ("average", [1, None, 2], 1.5),
        ("average", [None], None), ("average", [timedelta(1), timedelta(2)], timedelta(1.5)), ("minimum", [3, None, -1], -1),
        ("maximum", [], None), ("earliest", [date(2024, 1, 2), None, date(2024, 1, 1)], date(2024, 1, 1)),
        ("latest", [date(2024, 1, 2), None, date(2024, 1, 1)], date(2024, 1, 2)), ("checked", [True, False, None], 1),
        ("unchecked", [True, False, None], 2),
    ],
)  # fmt: skip
def test_kinds_of_summary(kind: str, values: list[Any], wanted: Any) -> None:
    assert SUMMARIES[kind][0](values) == wanted


@pytest.mark.parametrize(
    ("kind", "value", "wanted"),
    [
        ("exact", "x", "x"), ("tens", 25, 20), ("tens", -5, -10), ("tens", 2.5, 0), ("hundreds", 199, 100), ("tens", None, None),
        ("millions", 1_999_999, 1_000_000), ("day", datetime(2024, 2, 29, 23, tzinfo=timezone.utc), date(2024, 2, 29)),
        ("week", date(2024, 2, 29), date(2024, 2, 26)), ("month", date(2024, 2, 29), date(2024, 2, 1)),
        ("quarter", date(2024, 12, 31), date(2024, 10, 1)), ("year", date(2024, 2, 29), date(2024, 1, 1)),
        ("entity_type", Ref("Shot", 1), "Shot"), ("entity_type", None, None), ("first_letter", "ärger", "Ä"),
        ("first_letter", "", None), ("first_letter", None, None), ("day", None, None),
    ],
)  # fmt: skip
def test_kinds_of_grouping(kind: str, value: Any, wanted: Any) -> None:
    assert GROUPINGS[kind][0](value) == wanted


@pytest.fixture(scope="module")
def tracker() -> Tracker:
    made = Tracker(MemoryBackend())
    project = made.create("Project", name="show").ref
    one, two = (made.create("Sequence", name=name, project=project).ref for name in ("sq2", "sq1"))
    ann = made.create("User", name="ann").ref
    for name, parent, frames, tags in (("a", one, 5, ["x", "y"]), ("b", two, 15, ["x"]), ("c", None, None, [])):
        made.create("Shot", name=name, parent=parent, frame_start=frames, tags=tags, project=project)
    made.create("Task", name="t", parent=one, assignees=[ann])
    return made


def test_groups_are_in_order_with_null_first(tracker: Tracker) -> None:
    made = tracker.summarize("Shot", summaries=[("id", "count")], grouping=["frame_start"])
    assert [(group.value, group.name, group["id"]) for group in made.groups] == [
        (None, "", 1),
        (5, "5", 1),
        (15, "15", 1),
    ]
    made = tracker.summarize("Shot", summaries=[("id", "count")], grouping=[("frame_start", "exact", "desc")])
    assert [group.value for group in made.groups] == [15, 5, None]


def test_a_level_may_be_a_name_a_pair_or_a_triple(tracker: Tracker) -> None:
    for level in ("frame_start", ("frame_start",), ("frame_start", "exact"), ("frame_start", "exact", "asc")):
        made = tracker.summarize("Shot", summaries=[("id", "count")], grouping=[level])
        assert [group.value for group in made.groups] == [None, 5, 15]


def test_a_list_puts_its_record_into_every_group(tracker: Tracker) -> None:
    made = tracker.summarize("Shot", summaries=[("id", "count")], grouping=["tags"])
    assert [(group.value, group["id"]) for group in made.groups] == [(None, 1), ("x", 2), ("y", 1)]
    assert made["id"] == 3


def test_groups_of_links_go_by_name(tracker: Tracker) -> None:
    made = tracker.summarize("Shot", summaries=[("id", "count")], grouping=["parent"])
    assert [group.name for group in made.groups] == ["", "sq1", "sq2"]


def test_a_limit_holds_for_summaries_too(tracker: Tracker) -> None:
    made = tracker.summarize("Shot", summaries=[("id", "record_count")], limit=2)
    assert made["id"] == 2


def test_a_value_by_name_must_be_the_only_one(tracker: Tracker) -> None:
    made = tracker.summarize("Shot", summaries=[("frame_start", "sum"), ("frame_start", "count")])
    assert made.values["frame_start", "sum"] == 20
    with pytest.raises(KeyError):
        made["frame_start"]
    with pytest.raises(KeyError):
        made["name"]


@pytest.mark.parametrize(
    ("summaries", "grouping", "says"),
    [
        ([("name", "sum")], [], "text field"), ([("id", "cuont")], [], "'count'"), ([], [], "nothing"),
        ([("id", "count")], [("frame_start", "tons")], "'tens'"), ([("id", "count")], [("name", "week")], "text field"),
        ([("id", "count")], [("name", "exact", "up")], "asc or desc"), ([("duration", "sum")], [("duration", "tens")], "field"),
    ],
)  # fmt: skip
def test_what_makes_no_sense(tracker: Tracker, summaries: Any, grouping: Any, says: str) -> None:
    with pytest.raises(QueryError, match=says):
        tracker.summarize("Task" if "duration" in str(summaries) else "Shot", summaries=summaries, grouping=grouping)
