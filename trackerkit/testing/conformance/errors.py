"""Bad input: refused here, in one clear sentence that says what would be right, before anything is sent."""

from __future__ import annotations

from typing import Any

import pytest

from trackerkit.errors import (
    FilterError,
    InvalidInputError,
    QueryError,
    TrackerError,
    UnknownFieldError,
    UnknownTypeError,
)
from trackerkit.filters import field
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.stack import Show
from trackerkit.values import Ref

__all__ = ["TestBadFilters", "TestBadQueries"]

_NESTED: Any = ["name", "is", "x"]
for _ in range(2000):
    _NESTED = {"filter_operator": "all", "filters": [_NESTED]}
_BUILT: Any = field("name") == "x"
for _at in range(2000):
    _BUILT = (_BUILT | (field("name") == "y")) if _at % 2 else (_BUILT & (field("name") == "z"))

BAD_FILTERS: dict[str, tuple[Any, str]] = {
    "01_none": (None, "no filter"),
    "03_an_empty_condition": ([[]], "no whole condition"),
    "04_an_empty_group": ([{}], "filter_operator"),
    "05_a_path_alone": ([["name"]], "no whole condition"),
    "06_no_value": ([["name", "is"]], "no whole condition"),
    "07_flat": (["name", "is", "x"], "put it into a list"),
    "08_flat_in": (["name", "in", []], "put it into a list"),
    "09_in_none": ([["name", "in", None]], "takes a list"),
    "09_in_a_text": ([["name", "in", "sh010"]], "takes a list"),
    "11_unknown_operator": ([["name", "contans", "x"]], "contains"),
    "11_operator_is_no_text": ([["name", 5, "x"]], "no operator"),
    "12_operator_wrong_for_the_type": ([["name", "between", "a", "b"]], "has no operator 'between'"),
    "12_text_operator_on_a_link": ([["parent", "contains", "a"]], "has no operator 'contains'"),
    "13_between_one": ([["created_at", "between", "2024-01-01T00:00:00Z"]], "two values"),
    "13_between_three": ([["created_at", "between", 1, 2, 3]], "two values"),
    "13_between_reversed": (
        [["created_at", "between", "2024-01-02T00:00:00Z", "2024-01-01T00:00:00Z"]], "lower value first",
    ),
    "13_between_with_null": ([["created_at", "between", None, "2024-01-01T00:00:00Z"]], "two values"),
    "14_filter_operator_xor": ([{"filter_operator": "xor", "filters": []}], "'all' or 'any'"),
    "14_filter_operator_missing": ([{"filters": []}], "filter_operator"),
    "14_filters_missing": ([{"filter_operator": "any"}], "filters"),
    "14_filters_is_no_list": ([{"filter_operator": "any", "filters": "x"}], "filters"),
    "15_nested_2000_deep": ([_NESTED], "nested deeper"),
    "15_built_2000_deep": (_BUILT, "nested deeper"),
    "16_path_of_40_steps": ([[".".join(["parent"] * 40), "is", None]], "at most 16"),
    "16_path_through_no_link": ([["name.code", "is", "x"]], "no link"),
    "16_empty_step": ([["parent..name", "is", "x"]], "empty step"),
    "16_only_a_dot": ([[".", "is", "x"]], "empty step"),
    "16_path_is_no_text": ([[5, "is", "x"]], "is no field"),
    "16_narrowed_to_what_it_never_is": ([["parent[Task].name", "is", "x"]], "never links to a Task"),
    "16_narrowed_to_an_unknown_type": ([["parent[Sequenze].name", "is", "x"]], "Sequence"),
    "17_record_without_id": ([["parent", "is", {"type": "Sequence"}]], "Ref or a record"),
    "17_id_alone": ([["parent", "is", 12]], "Ref or a record"),
    "17_record_of_the_wrong_type": ([["parent", "is", Ref("Task", 12)]], "not to a Task"),
    "17_record_of_an_unknown_type": ([["parent", "is", Ref("Sequenze", 12)]], "Sequence"),
    "17_id_true": ([["id", "is", True]], "no id"),
    "17_id_minus_one": ([["id", "is", -1]], "no id"),
    "17_id_2_63": ([["id", "is", 2**63]], "no id"),
    "24_unknown_field": ([["nmae", "is", "x"]], "'name'"),
    "24_field_of_another_type": ([["assignee", "is", None]], "no field 'assignee'"),
    "24_value_of_another_type": ([["name", "is", 5]], "text is wanted"),
    "24_no_date": ([["created_at", "less_than", "yesterday"]], "no date and time"),
    "24_naive_datetime": ([["created_at", "less_than", "2024-01-01T00:00:00"]], "time zone"),
    "24_less_than_null": ([["created_at", "less_than", None]], "not None"),
    "24_contains_null": ([["name", "contains", None]], "not None"),
    "24_contains_a_list": ([["name", "contains", ["x"]]], "text is wanted"),
    "24_in_ignoring_case_null": ([["name", "in_ignoring_case", ["x", None]]], "not None"),
    "24_is_a_list": ([["name", "is", ["x"]]], "text is wanted"),
    "24_null_byte": ([["name", "is", "a\x00b"]], "NUL"),
    "24_half_a_surrogate_pair": ([["name", "contains", "\ud800"]], "surrogate"),
    "24_picture_compared": ([["thumbnail", "is", "x.png"]], "null"),
    "24_span_without_a_unit": ([["created_at", "in_last", 7]], "unit"),
    "24_span_of_an_unknown_unit": ([["created_at", "in_last", 7, "fortnight"]], "unit"),
    "24_span_backwards": ([["created_at", "in_last", -7, "day"]], "whole number"),
    "24_span_too_long": ([["created_at", "in_last", 90_000, "year"]], "years"),
    "24_calendar_of_no_number": ([["created_at", "in_calendar_day", "x"]], "whole number"),
    "24_a_word": ("name is x", "no filter"),
    "24_a_number": (5, "no filter"),
}  # fmt: skip
"""Numbered as the list of bad inputs that every surface is held to; those missing are good input: see the cases below."""


@needs("find")
class TestBadFilters(Cases):
    @pytest.mark.parametrize(("condition", "says"), BAD_FILTERS.values(), ids=BAD_FILTERS)
    def test_bad_filter(self, show: Show, condition: Any, says: str) -> None:
        if says == "null":
            self.need(show, fields=["Shot.thumbnail"])
        with pytest.raises(FilterError) as caught:
            show.deaf().find("Shot", condition, project=show.project)
        assert says in str(caught.value)
        assert (caught.value.sent, caught.value.retryable) == ("no", False)
        assert len(str(caught.value)) < 600

    def test_an_error_names_the_path_the_operator_and_what_the_field_takes(self, show: Show) -> None:
        with pytest.raises(FilterError) as caught:
            show.deaf().find("Shot", field("parent").contains("x"))
        assert (caught.value.path, caught.value.operator) == ("parent", "contains")
        assert "name_contains" in caught.value.hint

    def test_brackets_that_are_missing(self, show: Show) -> None:
        with pytest.raises(FilterError, match="brackets"):
            _ = field("name").is_in(["x"]) & field("label") == "y"
        with pytest.raises(FilterError, match="truth value"):
            _ = (field("name") == "x") and (field("label") == "y")
        with pytest.raises(FilterError, match="truth value"):
            _ = "a" < field("name") < "b"

    @needs("create")
    def test_02_an_empty_list_is_no_condition(self, show: Show) -> None:
        show.shots({"name": "sh1"}, {"name": "sh2"})
        assert show.names("Shot", []) == ["sh1", "sh2"]

    @needs("create")
    def test_08_in_nothing_matches_nothing(self, show: Show) -> None:
        show.shots({"name": "sh1"}, {"name": "sh2"})
        assert show.names("Shot", [["name", "in", []]]) == []
        assert show.names("Shot", [["name", "not_in", []]]) == ["sh1", "sh2"]

    @needs("create")
    def test_17_an_id_as_text_is_an_id(self, show: Show) -> None:
        shot = show.shot("sh1")
        assert show.names("Shot", [["id", "is", str(shot.id)]]) == ["sh1"]

    @needs("create")
    def test_19_20_21_what_looks_like_code_is_text(self, show: Show) -> None:
        show.shots({"name": "sh1"})
        for text in ('x") { name } evil: project(name: "y', "'; DROP TABLE shot;--", "(a+)+$" * 50, "%" * 1000, "\\"):
            for operator in ("is", "contains", "starts_with", "ends_with", "equals_ignoring_case"):
                assert show.names("Shot", [["name", operator, text]]) == []
        assert show.names("Shot") == ["sh1"]

    @needs("create", "order")
    def test_22_what_the_caller_gave_is_left_as_it_was(self, show: Show) -> None:
        show.shots({"name": "sh2"}, {"name": "sh1"})
        filters = [{"filter_operator": "any", "filters": [["name", "in", ["sh1", "sh2"]]]}]
        order = [{"field_name": "name", "direction": "asc"}]
        fields = ["name"]
        for _ in range(2):
            found = show.tracker.find("Shot", filters, fields, order=order, project=show.project)
            assert [item.name for item in found] == ["sh1", "sh2"]
        assert filters == [{"filter_operator": "any", "filters": [["name", "in", ["sh1", "sh2"]]]}]
        assert order == [{"field_name": "name", "direction": "asc"}]
        assert fields == ["name"]


@needs("find")
class TestBadQueries(Cases):
    @pytest.mark.parametrize("limit", [0, -1, "5", 2.0, True, [1]])
    def test_23_bad_limit(self, show: Show, limit: Any) -> None:
        with pytest.raises(QueryError, match="whole number above 0"):
            show.deaf().find("Shot", limit=limit)
        with pytest.raises(QueryError, match="whole number above 0"):
            show.deaf().find("Shot", page_size=limit)

    @pytest.mark.parametrize(
        ("order", "says"),
        [
            ("name", "order is a list"), ({"field_name": "name"}, "order is a list"), (5, "order is a list"),
            ([5], "no order"), ([("name", "down")], "no order"), ([("name",)], "no order"), ([""], "no order"),
            (["parent"], "cannot order"), (["tags"], "cannot order"), (["thumbnail"], "cannot order"),
            (["nmae"], "'name'"), (["name.x"], "no link"),
        ],
    )  # fmt: skip
    def test_bad_order(self, show: Show, order: Any, says: str) -> None:
        if order == ["thumbnail"]:
            self.need(show, fields=["Shot.thumbnail"])
        with pytest.raises(InvalidInputError, match=says):
            show.deaf().find("Shot", order=order)

    def test_order_through_many_is_refused(self, show: Show) -> None:
        with pytest.raises(QueryError, match="several records"):
            show.deaf().find("Task", order=["assignees.name"])

    @pytest.mark.parametrize("fields", ["name", 5, [5], {"name": 1}, [None]])
    def test_bad_fields(self, show: Show, fields: Any) -> None:
        with pytest.raises(QueryError, match="list of field names"):
            show.deaf().find("Shot", fields=fields)

    @pytest.mark.parametrize("name", ["nmae", "sequence.nmae", "name.x", "a..b", "", "."])
    def test_24_fields_that_are_not_there(self, show: Show, name: str) -> None:
        with pytest.raises((UnknownFieldError, FilterError)):
            show.deaf().find("Shot", fields=[name])

    @pytest.mark.parametrize("state", ["deleted", "", None, 5, "Active"])
    def test_bad_state(self, show: Show, state: Any) -> None:
        with pytest.raises(QueryError, match="active, retired, all"):
            show.deaf().find("Shot", state=state)

    @pytest.mark.parametrize("type_name", ["Shto", "", None, 5, "shot"])
    def test_24_types_that_are_not_there(self, show: Show, type_name: Any) -> None:
        with pytest.raises(UnknownTypeError):
            show.deaf().find(type_name)

    @pytest.mark.parametrize("project", [True, 5.0, {"type": "Project", "id": 1}])
    def test_what_is_no_project(self, show: Show, project: Any) -> None:
        with pytest.raises(InvalidInputError):
            show.deaf().find("Shot", project=project)

    def test_a_project_that_is_not_there(self, show: Show) -> None:
        with pytest.raises(TrackerError, match="no_such_project"):
            show.tracker.find("Shot", project="no_such_project")

    def test_every_verb_checks_before_it_asks(self, show: Show) -> None:
        deaf = show.deaf()
        bad = [["nmae", "is", "x"]]
        for verb in (deaf.find, deaf.find_one, deaf.count, deaf.explain):
            with pytest.raises(FilterError):
                verb("Shot", bad)
        with pytest.raises(FilterError):
            deaf.summarize("Shot", bad, summaries=[("id", "count")])
