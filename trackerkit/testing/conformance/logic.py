"""Filters on links and ids, and conditions combined, negated and nested."""

from __future__ import annotations

from typing import Any

import pytest

from trackerkit.errors import TrackerError
from trackerkit.filters import MAX_DEPTH, Filter, field
from trackerkit.testing.conformance.cases import Cases, free_field, needs
from trackerkit.testing.conformance.stack import Show
from trackerkit.values import Ref

__all__ = ["TestFilterIds", "TestFilterLinks", "TestFilterLogic"]


@needs("find", "create")
class TestFilterLinks(Cases):
    @pytest.fixture(scope="class")
    @classmethod
    def data(cls, shelf: Show) -> dict[str, Ref]:
        made = {"sq1": shelf.sequence("sq1"), "sq2": shelf.sequence("SQ2"), "ann": shelf.user(), "ben": shelf.user()}
        made["sh1"] = shelf.shot("sh1", parent=made["sq1"])
        made["sh2"] = shelf.shot("sh2", parent=made["sq2"])
        made["sh3"] = shelf.shot("sh3")
        both = [made["ann"], made["ben"]]
        made["t1"] = shelf.task(made["sh1"], "t1", assignees=both)
        made["t2"] = shelf.task(made["sh1"], "t2", assignees=both[1:])
        made["t3"] = shelf.task(made["sh2"], "t3")
        return made

    def test_a_link_to_one(self, shelf: Show, data: dict[str, Ref]) -> None:
        parent = field("parent")
        assert shelf.names("Shot", parent == data["sq1"]) == ["sh1"]
        assert shelf.names("Shot", parent != data["sq1"]) == ["sh2", "sh3"]
        assert shelf.names("Shot", parent.is_in([data["sq1"], data["sq2"]])) == ["sh1", "sh2"]
        assert shelf.names("Shot", parent.not_in([data["sq1"], data["sq2"]])) == ["sh3"]
        assert shelf.names("Shot", parent.is_in([])) == []
        assert shelf.names("Shot", parent == shelf.project) == ["sh3"]

    def test_an_ancestor_is_null_where_there_is_none(self, shelf: Show, data: dict[str, Ref]) -> None:
        assert shelf.names("Shot", field("sequence").is_null()) == ["sh3"]
        assert shelf.names("Shot", field("sequence") != data["sq1"]) == ["sh2", "sh3"]
        assert shelf.names("Shot", field("sequence").is_in([None, data["sq2"]])) == ["sh2", "sh3"]
        assert shelf.names("Shot", field("sequence").not_in([None, data["sq2"]])) == ["sh1"]

    def test_type_is(self, shelf: Show, data: dict[str, Ref]) -> None:
        assert shelf.names("Shot", field("parent").type_is("Sequence")) == ["sh1", "sh2"]
        assert shelf.names("Shot", field("parent").type_is("Folder")) == ["sh1", "sh2"]
        assert shelf.names("Shot", field("parent").type_is("Project")) == ["sh3"]
        assert shelf.names("Shot", ~field("parent").type_is("Sequence")) == ["sh3"]
        assert shelf.names("Shot", [["parent", "type_is_not", "Sequence"]]) == ["sh3"]

    def test_name_tests(self, shelf: Show, data: dict[str, Ref]) -> None:
        sequence = field("sequence")
        assert shelf.names("Shot", sequence.name_is("SQ2")) == ["sh2"]
        assert shelf.names("Shot", sequence.name_is("sq2")) == []
        assert shelf.names("Shot", sequence.name_contains("q")) == ["sh1", "sh2"]
        assert shelf.names("Shot", sequence.name_starts_with("sq2")) == ["sh2"]
        assert shelf.names("Shot", sequence.name_ends_with("1")) == ["sh1"]
        assert shelf.names("Shot", ~sequence.name_is("SQ2")) == ["sh1", "sh3"]

    def test_a_link_to_many_tests_membership(self, shelf: Show, data: dict[str, Ref]) -> None:
        people = field("assignees")
        assert shelf.names("Task", people == data["ann"]) == ["t1"]
        assert shelf.names("Task", people == data["ben"]) == ["t1", "t2"]
        assert shelf.names("Task", people.is_in([data["ann"], data["ben"]])) == ["t1", "t2"]
        assert shelf.names("Task", people != data["ann"]) == ["t2", "t3"]
        assert shelf.names("Task", people.not_in([data["ann"], data["ben"]])) == ["t3"]

    def test_a_link_to_many_is_null_when_it_is_empty(self, shelf: Show, data: dict[str, Ref]) -> None:
        assert shelf.names("Task", field("assignees").is_null()) == ["t3"]
        assert shelf.names("Task", ~field("assignees").is_null()) == ["t1", "t2"]
        assert shelf.names("Task", field("assignees").is_in([None, data["ann"]])) == ["t1", "t3"]
        assert shelf.names("Task", field("assignees").not_in([None, data["ann"]])) == ["t2"]

    def test_a_link_to_a_record_that_is_not_there_matches_nothing(self, shelf: Show, data: dict[str, Ref]) -> None:
        ghost = Ref("Sequence", "f" * 32 if not data["sq1"].id.isdigit() else 987654321, project=shelf.project.id)
        assert shelf.names("Shot", field("parent") == ghost) == []
        assert shelf.names("Shot", field("parent") != ghost) == ["sh1", "sh2", "sh3"]


@needs("find", "create")
class TestFilterIds(Cases):
    def test_ids(self, show: Show) -> None:
        one, two, three = show.shots({"name": "sh1"}, {"name": "sh2"}, {"name": "sh3"})
        assert show.names("Shot", field("id") == two.id) == ["sh2"]
        assert show.names("Shot", field("id") != two.id) == ["sh1", "sh3"]
        assert show.names("Shot", field("id").is_in([three.id, one.id])) == ["sh1", "sh3"]
        assert show.names("Shot", field("id").not_in([three.id, one.id])) == ["sh2"]
        assert show.names("Shot", field("id").is_in([])) == []

    def test_a_hundred_thousand_ids(self, show: Show) -> None:
        one, two, _ = show.shots({"name": "sh1"}, {"name": "sh2"}, {"name": "sh3"})
        hexadecimal = not one.id.isdigit()
        others = [f"{at:032x}" if hexadecimal else str(10**9 + at) for at in range(99_998)]
        assert show.names("Shot", field("id").is_in([one.id, *others, two.id])) == ["sh1", "sh2"]
        assert show.names("Shot", field("id").not_in([one.id, *others, two.id])) == ["sh3"]


@needs("find", "create")
class TestFilterLogic(Cases):
    @pytest.fixture(scope="class")
    @classmethod
    def text(cls, shelf: Show) -> str:
        name = free_field(shelf, "text")
        shelf.shots({"name": "a", name: "x"}, {"name": "b", name: "y"}, {"name": "c"}, {"name": "d", name: "x"})
        return name

    def ask(self, shelf: Show, *conditions: Any) -> str:
        return "".join(shelf.names("Shot", *conditions))

    def test_not_holds_wherever_the_other_does_not(self, shelf: Show, text: str) -> None:
        is_x, is_a = field(text) == "x", field("name") == "a"
        assert self.ask(shelf, ~is_x) == "bc"
        assert self.ask(shelf, ~~is_x) == "ad"
        assert self.ask(shelf, ~(is_x & is_a)) == "bcd"
        assert self.ask(shelf, ~is_x | ~is_a) == "bcd"
        assert self.ask(shelf, ~(is_x | is_a)) == "bc"
        assert self.ask(shelf, ~is_x & ~is_a) == "bc"
        assert self.ask(shelf, ~(~is_x & is_a)) == "abcd"

    def test_null_is_not_unknown(self, shelf: Show, text: str) -> None:
        assert self.ask(shelf, (field(text) == "x") | (field(text) != "x")) == "abcd"
        assert self.ask(shelf, (field(text) == "x") & (field(text) != "x")) == ""
        assert self.ask(shelf, ~(field(text).contains("x") | field(text).contains("y"))) == "c"

    def test_and_or_nest(self, shelf: Show, text: str) -> None:
        is_x, is_y = field(text) == "x", field(text) == "y"
        one = (is_x & (field("name") == "d")) | (is_y & (field("name") == "b"))
        assert self.ask(shelf, one) == "bd"
        assert self.ask(shelf, (is_x | is_y) & (field("name") != "a")) == "bd"

    def test_groups_of_the_list_form(self, shelf: Show, text: str) -> None:
        group = {
            "filter_operator": "any",
            "filters": [
                ["name", "is", "b"],
                {"filter_operator": "all", "filters": [[text, "is", "x"], ["name", "is_not", "a"]]},
            ],
        }
        assert self.ask(shelf, [group]) == "bd"
        assert self.ask(shelf, [["name", "in", ["a", "b"]], group]) == "b"

    def test_empty_groups(self, shelf: Show, text: str) -> None:
        assert self.ask(shelf, []) == "abcd"
        assert self.ask(shelf, [{"filter_operator": "all", "filters": []}]) == "abcd"
        assert self.ask(shelf, [{"filter_operator": "any", "filters": []}]) == ""

    def test_one_condition_many_times(self, shelf: Show, text: str) -> None:
        wanted = field("name") == "a"
        for _ in range(200):
            wanted = wanted | (field("name") == "b")
        assert self.ask(shelf, wanted) == "ab"

    def nested(self, text: str, depth: int) -> Filter:
        """As deep as asked for; the same as ``name is a or name is b``."""
        made: Filter = field("name") == "a"
        for at in range(depth):
            made = (made | (field("name") == "b")) if at % 2 else (made & (field(text) != "zzz"))
        return made

    @pytest.mark.parametrize("depth", [10, 100])
    def test_deeply_nested(self, shelf: Show, text: str, depth: int) -> None:
        assert self.ask(shelf, self.nested(text, depth)) == "ab"
        assert self.ask(shelf, ~self.nested(text, depth)) == "cd"

    def test_nested_as_deep_as_may_be(self, shelf: Show, text: str) -> None:
        """The deepest tree that the core takes is answered, or refused in one clear sentence."""
        try:
            found = self.ask(shelf, self.nested(text, MAX_DEPTH - 2))
        except TrackerError as error:
            assert "nested" in str(error)
        else:
            assert found == "ab"

    def test_deeply_nested_negations(self, shelf: Show, text: str) -> None:
        wanted: Filter = field("name") == "a"
        for _ in range(40):
            wanted = ~(wanted & (field(text) != "zzz"))
        assert self.ask(shelf, wanted) == "a"
