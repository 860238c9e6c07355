"""Summaries: made by the site where it means what we mean, of the records here where it does not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from fake_shotgrid import FakeSite, Refusal, native_field

from trackerkit.errors import AuthenticationError
from trackerkit.filters import field
from trackerkit.tracker import Tracker
from trackerkit.values import Ref

SEQUENCE = {"type": "Sequence", "id": 5, "name": "sq1", "valid": "valid"}


@pytest.fixture
def site(fake: FakeSite) -> FakeSite:
    """Three shots."""
    fake.schema["Shot"]["sg_due"] = native_field("date")
    for at, status in enumerate(("ip", "fin", "ip")):
        fake.add("Shot", 10 + at, code=f"sh{at}", sg_cut_in=at + 1, sg_status_list=status, sg_due=f"2026-01-0{at + 1}")
    return fake


def answering(site: FakeSite, answer: Any) -> None:
    site.overrides["summarize"] = lambda _: answer


def test_sums_are_the_sites(site: FakeSite, studio: Tracker) -> None:
    answering(site, {"summaries": {"id": 3, "sg_cut_in": 6, "sg_due": "2026-01-01"}, "groups": []})
    studio.schema()
    site.calls.clear()
    wanted = [("frame_start", "sum"), ("id", "count"), ("sg_due", "earliest")]
    found = studio.summarize("Shot", field("frame_start") > 0, summaries=wanted)
    assert found.values == {("frame_start", "sum"): 6, ("id", "count"): 3, ("sg_due", "earliest"): date(2026, 1, 1)}
    ((method, given),) = site.calls
    assert method == "summarize"
    assert given["summaries"] == [{"field": "sg_cut_in", "type": "sum"}, {"field": "id", "type": "record_count"},
                                  {"field": "sg_due", "type": "earliest"}]  # fmt: skip
    assert given["filters"]["conditions"] == [{"path": "sg_cut_in", "relation": "greater_than", "values": [0]}]
    assert given["include_archived_projects"] is False


def test_groups_are_the_sites_and_in_our_order(site: FakeSite, studio: Tracker) -> None:
    def group(value: Any, count: int, *inner: Any) -> dict[str, Any]:
        return {"group_name": "x", "group_value": value, "summaries": {"id": count}, "groups": list(inner)}

    answering(site, {"summaries": {"id": 3}, "groups": [
        group("ip", 2, group(None, 1), group(SEQUENCE, 1)), group("fin", 1, group(SEQUENCE, 1)), group(None, 0)]})  # fmt: skip
    site.schema["Shot"]["sg_next"] = native_field("entity", valid_types=["Sequence"])
    found = studio.summarize("Shot", summaries=[("id", "count")], grouping=[("status", "exact", "desc"), "sg_next"])
    seen = [(each.name, each.value, each["id"]) for each in found.groups]
    assert seen == [("ip", "ip", 2), ("fin", "fin", 1), ("", None, 0)]
    inner = found.groups[0].groups
    assert [each.value for each in inner] == [None, Ref("Sequence", 5, site=studio.backend.site, native="Sequence")]
    assert inner[1].name == "sq1"


@pytest.mark.parametrize(("summaries", "grouping", "more"), [
    ([("frame_start", "average")], [], {}), ([("name", "count")], [], {}), ([("id", "count")], ["name"], {}),
    ([("id", "count")], [("frame_start", "tens")], {}), ([("frame_start", "sum"), ("frame_start", "maximum")], [], {}),
    ([("sequence.name", "count")], [], {}), ([("id", "count")], [], {"state": "retired"}),
    ([("id", "count")], [], {"limit": 2}),
])  # fmt: skip
def test_what_a_site_may_mean_otherwise_is_made_here(
    site: FakeSite, studio: Tracker, summaries: Any, grouping: Any, more: Any
) -> None:
    studio.summarize("Shot", summaries=summaries, grouping=grouping, **more)
    assert site.asked("summarize") == []


def test_what_is_finished_here_is_summed_here(site: FakeSite, studio: Tracker) -> None:
    found = studio.summarize("Shot", field("name") == "sh1", summaries=[("frame_start", "sum")])
    assert found["frame_start"] == 2
    assert site.asked("summarize") == []


@pytest.mark.parametrize("answer", [
    None, [], {}, {"summaries": {}}, {"summaries": {"sg_cut_in": 0}}, {"summaries": {"sg_cut_in": None}},
    {"summaries": {"sg_cut_in": "many"}}, {"summaries": [3]},
])  # fmt: skip
def test_an_answer_that_says_nothing_certain_is_not_taken(site: FakeSite, studio: Tracker, answer: Any) -> None:
    answering(site, answer)
    assert studio.summarize("Shot", summaries=[("frame_start", "maximum")])["frame_start"] == 3


def test_a_group_of_a_retired_record_is_none_of_ours(site: FakeSite, studio: Tracker) -> None:
    answering(site, {"summaries": {"id": 3}, "groups": [
        {"group_value": {**SEQUENCE, "valid": "retired"}, "summaries": {"id": 3}}]})  # fmt: skip
    site.schema["Shot"]["sg_next"] = native_field("entity", valid_types=["Sequence"])
    found = studio.summarize("Shot", summaries=[("id", "count")], grouping=["sg_next"])
    assert [each.value for each in found.groups] == [None]


def test_a_site_that_does_not_sum_a_field(site: FakeSite, studio: Tracker) -> None:
    def refuse(_: Any) -> Any:
        raise Refusal("API summarize() Shot.sg_cut_in cannot be summed", 103)

    site.overrides["summarize"] = refuse
    assert studio.summarize("Shot", summaries=[("frame_start", "sum")])["frame_start"] == 6


def test_a_refused_login_is_not_hidden(site: FakeSite, studio: Tracker) -> None:
    def refuse(_: Any) -> Any:
        raise Refusal("Can't authenticate script 'tests'", 102)

    site.overrides["summarize"] = refuse
    with pytest.raises(AuthenticationError):
        studio.summarize("Shot", summaries=[("frame_start", "sum")])
