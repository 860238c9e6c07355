"""count: as many as find gives."""

from __future__ import annotations

from trackerkit.filters import field
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.stack import Show

__all__ = ["TestCount"]


@needs("find", "create", "count")
class TestCount(Cases):
    def test_count_of_nothing(self, show: Show) -> None:
        assert show.tracker.count("Shot", project=show.project) == 0

    def test_count_is_the_number_that_find_gives(self, show: Show) -> None:
        text = self.field_of(show, "text")
        show.shots({text: "Alpha"}, {text: "alpha"}, {}, {text: "beta"}, {"name": "x"})
        for condition in (
            field(text) == "alpha", field(text) != "alpha", field(text).contains("LPH"), ~field(text).contains("LPH"),
            field(text).is_null(), field(text).is_in([]), field("name") == "x", (field(text) == "beta") | (field("name") == "x"),
        ):  # fmt: skip
            assert show.tracker.count("Shot", condition, project=show.project) == len(show.find("Shot", condition))
        assert show.tracker.count("Shot", project=show.project) == 5

    def test_count_goes_no_further_than_the_limit(self, show: Show) -> None:
        show.shots(*({} for _ in range(5)))
        assert show.tracker.count("Shot", project=show.project, limit=3) == 3
        assert show.tracker.count("Shot", project=show.project, limit=7) == 5

    def test_count_of_every_kind(self, show: Show) -> None:
        show.shot()
        show.sequence()
        assert show.tracker.count("Folder", project=show.project) == 2
        assert show.tracker.count("Shot", project=show.project) == 1

    @needs("delete", "find.retired")
    def test_count_by_state(self, show: Show) -> None:
        show.shot()
        show.tracker.delete(show.shot())
        counts = [show.tracker.count("Shot", project=show.project, state=s) for s in ("active", "retired", "all")]
        assert counts == [1, 1, 2]

    @needs("find.deep")
    def test_count_through_a_link(self, show: Show) -> None:
        sequence = show.sequence("sq010")
        show.shots({"parent": sequence}, {"parent": sequence}, {})
        assert show.tracker.count("Shot", field("sequence.name") == "sq010", project=show.project) == 2
        assert show.tracker.count("Shot", field("sequence.name") != "sq010", project=show.project) == 1
