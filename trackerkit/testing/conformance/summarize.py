"""summarize: counts, sums, averages and extremes, of everything and of groups."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from trackerkit.errors import QueryError
from trackerkit.filters import field
from trackerkit.testing.conformance.cases import Cases, free_field, needs
from trackerkit.testing.conformance.stack import Show

__all__ = ["TestSummarize"]


@needs("find", "create", "summarize")
class TestSummarize(Cases):
    @pytest.fixture(scope="class")
    @classmethod
    def number(cls, shelf: Show) -> str:
        name = free_field(shelf, "integer")
        one, two = shelf.statuses()
        rows = [("a", 10, one), ("b", 25, two), ("c", None, one), ("d", -5, two), ("e", 10, one)]
        shelf.shots(*({"name": n, "status": s} | ({} if v is None else {name: v}) for n, v, s in rows))
        return name

    def test_numbers(self, shelf: Show, number: str) -> None:
        kinds = ("sum", "average", "minimum", "maximum", "count", "record_count")
        made = shelf.tracker.summarize("Shot", summaries=[(number, kind) for kind in kinds], project=shelf.project)
        assert [made.values[number, kind] for kind in kinds] == [40, 10, -5, 25, 4, 5]

    def test_a_filter_and_an_empty_answer(self, shelf: Show, number: str) -> None:
        made = shelf.tracker.summarize(
            "Shot", field("name").is_in(["a", "b"]), summaries=[(number, "sum")],
            project=shelf.project,
        )  # fmt: skip
        assert made[number] == 35
        none = shelf.tracker.summarize(
            "Shot", field("name") == "zz", summaries=[(number, "sum"), (number, "maximum"), ("id", "count")],
            project=shelf.project,
        )  # fmt: skip
        assert none.values == {(number, "sum"): 0, (number, "maximum"): None, ("id", "count"): 0}

    def test_groups(self, shelf: Show, number: str) -> None:
        one, two = shelf.statuses()
        made = shelf.tracker.summarize(
            "Shot", summaries=[(number, "sum"), ("id", "count")], grouping=["status"], project=shelf.project
        )
        found = {group.value: (group.values[number, "sum"], group.values["id", "count"]) for group in made.groups}
        assert found == {one: (20, 3), two: (20, 2)}
        assert [group.value for group in made.groups] == sorted([one, two])
        assert made.values["id", "count"] == 5

    def test_groups_falling_and_inside_one_another(self, shelf: Show, number: str) -> None:
        made = shelf.tracker.summarize(
            "Shot", summaries=[("id", "count")], grouping=[("status", "exact", "desc"), number], project=shelf.project
        )
        assert [group.value for group in made.groups] == sorted(shelf.statuses(), reverse=True)
        inner = {group.value: [(each.value, each["id"]) for each in group.groups] for group in made.groups}
        one, two = shelf.statuses()
        assert inner == {one: [(None, 1), (10, 2)], two: [(-5, 1), (25, 1)]}

    def test_numbers_in_groups_of_ten(self, shelf: Show, number: str) -> None:
        made = shelf.tracker.summarize(
            "Shot", summaries=[("id", "count")], grouping=[(number, "tens", "asc")], project=shelf.project
        )
        assert [(group.value, group["id"]) for group in made.groups] == [(None, 1), (-10, 1), (10, 2), (20, 1)]

    def test_dates(self, show: Show) -> None:
        name = self.field_of(show, "date")
        show.shots({name: date(2024, 1, 31)}, {name: date(2024, 2, 1)}, {name: date(2024, 2, 29)}, {})
        made = show.tracker.summarize(
            "Shot", summaries=[(name, "earliest"), (name, "latest")], grouping=[(name, "month")], project=show.project
        )
        assert (made.values[name, "earliest"], made.values[name, "latest"]) == (date(2024, 1, 31), date(2024, 2, 29))
        assert [group.value for group in made.groups] == [None, date(2024, 1, 1), date(2024, 2, 1)]

    def test_durations(self, show: Show) -> None:
        name = self.field_of(show, "duration")
        show.shots({name: timedelta(minutes=30)}, {name: timedelta(minutes=90)}, {})
        made = show.tracker.summarize("Shot", summaries=[(name, "sum"), (name, "average")], project=show.project)
        assert made.values == {(name, "sum"): timedelta(hours=2), (name, "average"): timedelta(hours=1)}

    @needs("find.deep")
    def test_groups_through_a_link(self, show: Show) -> None:
        one, two = show.sequence("sq1"), show.sequence("sq2")
        show.shots({"parent": one}, {"parent": two}, {"parent": one}, {})
        made = show.tracker.summarize(
            "Shot", summaries=[("id", "count")], grouping=["sequence.name"], project=show.project
        )
        assert [(group.value, group["id"]) for group in made.groups] == [(None, 1), ("sq1", 2), ("sq2", 1)]

    @pytest.mark.parametrize(
        ("summaries", "grouping"),
        [
            ([], []),
            ([("name", "sum")], []),
            ([("id", "summ")], []),
            ([("id", "count")], [("name", "tens")]),
            ([("id", "count")], [("name", "exact", "down")]),
        ],
    )
    def test_what_makes_no_sense_is_refused(
        self, show: Show, summaries: list[tuple[str, str]], grouping: list[str]
    ) -> None:
        with pytest.raises(QueryError):
            show.deaf().summarize("Shot", summaries=summaries, grouping=grouping)
