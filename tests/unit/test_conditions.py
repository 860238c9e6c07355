"""Conditions: what a filter becomes when it meets a schema."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from types import MappingProxyType
from typing import Any

import pytest

from trackerkit.conditions import Builder, Test
from trackerkit.conditions import tests_of as all_tests
from trackerkit.errors import FilterError
from trackerkit.filters import MAX_DEPTH, And, Condition, Filter, Not, field, from_conditions
from trackerkit.model import neutral_schema
from trackerkit.schema import EntityType, Field, Schema
from trackerkit.testing.conformance.errors import BAD_FILTERS
from trackerkit.values import Ref

NOW = datetime(2024, 2, 29, 13, 14, 15, 678901, tzinfo=timezone.utc)
"""A Thursday, and a day that most years lack."""


def builder(type_name: str = "Shot", schema: Schema | None = None) -> Builder:
    return Builder(schema or neutral_schema(), type_name, NOW)


def bound(condition: Filter, type_name: str = "Shot", schema: Schema | None = None) -> Test:
    (test,) = all_tests(builder(type_name, schema).filter(condition))
    return test


@pytest.mark.parametrize(("condition", "says"), BAD_FILTERS.values(), ids=BAD_FILTERS)
def test_bad_filter(condition: Any, says: str) -> None:
    with pytest.raises(FilterError) as caught:
        builder().filter(from_conditions([condition]))
    assert says in str(caught.value)
    assert caught.value.sent == "no"


def test_a_bad_filter_names_path_and_operator() -> None:
    for condition in (field("nmae") == 1, field("name") < 1, field("name").contains(None), field("parent") == 5):  # type: ignore[arg-type]
        with pytest.raises(FilterError) as caught:
            builder().filter(condition)
        assert isinstance(condition, Condition)
        assert (caught.value.path, caught.value.operator) == (condition.path, condition.operator)


def test_good_inputs_of_the_list_of_bad_ones() -> None:
    assert builder().filter(from_conditions([[]])) == And(())
    assert bound(field("name").is_in([])).value == ()
    assert len(bound(field("id").is_in([str(at) for at in range(100_000)])).value) == 100_000
    for text in ("%", "_", "\\", 'x") { name } evil: project(name: "y', "'; DROP TABLE shot;--", "(a+)+$"):
        assert bound(field("name").contains(text)).value == text.lower()
    assert bound(field("id") == "12").value == "12"
    assert bound(field("id") == 12).value == "12"


def test_folded_texts_are_lower_case_and_exact_ones_are_not() -> None:
    assert bound(field("name").contains("AbC")).value == "abc"
    assert bound(field("name").equals_ignoring_case("İ")).value == "i̇"
    assert bound(field("name").in_ignoring_case(["A", "a", "B"])).value == ("a", "b")
    assert bound(field("name") == "AbC").value == "AbC"


def test_doubles_of_a_list_are_dropped() -> None:
    assert bound(field("name").is_in(["a", "b", "a", None, None])).value == ("a", "b", None)


def test_negatives_are_a_not_around_a_positive_test() -> None:
    made = builder().filter(field("name") != "x")
    assert isinstance(made, Not)
    assert isinstance(made.part, Test)
    assert made.part.operator == "is"


@pytest.mark.parametrize(
    ("condition", "low", "high"),
    [
        (field("created_at").in_last(2, "hour"), NOW - timedelta(hours=2), NOW),
        (field("created_at").in_last(1, "month"), NOW.replace(month=1), NOW),
        (field("created_at").in_last(1, "year"), NOW.replace(year=2023, day=28), NOW),
        (field("created_at").in_next(1, "year"), NOW, NOW.replace(year=2025, day=28)),
        (field("created_at").in_next(13, "month"), NOW, NOW.replace(year=2025, month=3)),
        (field("created_at").in_last(0, "day"), NOW, NOW),
    ],
)
def test_relative_spans_become_absolute(condition: Filter, low: datetime, high: datetime) -> None:
    test = bound(condition)
    assert (test.operator, test.value) == ("between", (low, high))


@pytest.mark.parametrize(
    ("condition", "low", "high"),
    [
        (field("start_date").in_last(7, "day"), date(2024, 2, 22), date(2024, 2, 29)),
        (field("start_date").in_calendar_day(1), date(2024, 3, 1), date(2024, 3, 1)),
        (field("start_date").in_calendar_week(), date(2024, 2, 26), date(2024, 3, 3)),
        (field("start_date").in_calendar_week(-1), date(2024, 2, 19), date(2024, 2, 25)),
        (field("start_date").in_calendar_month(), date(2024, 2, 1), date(2024, 2, 29)),
        (field("start_date").in_calendar_month(10), date(2024, 12, 1), date(2024, 12, 31)),
        (field("start_date").in_calendar_month(-2), date(2023, 12, 1), date(2023, 12, 31)),
        (field("start_date").in_calendar_year(-1), date(2023, 1, 1), date(2023, 12, 31)),
    ],
)
def test_relative_spans_of_dates(condition: Filter, low: date, high: date) -> None:
    assert bound(condition).value == (low, high)


def test_a_calendar_day_of_a_datetime_ends_at_its_last_microsecond() -> None:
    low, high = bound(field("created_at").in_calendar_day()).value
    assert low == datetime(2024, 2, 29, tzinfo=timezone.utc)
    assert high == datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "condition",
    [field("created_at").in_calendar_year(9000), field("created_at").in_last(90_000, "month"),
     field("start_date").in_calendar_day(10**12), field("start_date").in_calendar_month(-(10**20))],
)  # fmt: skip
def test_spans_that_leave_the_years(condition: Filter) -> None:
    with pytest.raises(FilterError, match="years 1 to 9999"):
        builder().filter(condition)


def test_one_clock_a_query() -> None:
    made = builder().filter(field("created_at").in_last(1, "day") & field("updated_at").in_last(1, "day"))
    assert len({test.value for test in all_tests(made)}) == 1


def test_type_is_means_every_kind() -> None:
    assert set(bound(field("parent").type_is("Folder")).value) == set(neutral_schema().concrete("Folder"))
    assert bound(field("parent").type_is("Project")).value == ("Project",)
    with pytest.raises(FilterError, match="never links"):
        builder().filter(field("parent").type_is("Task"))


def test_name_tests_are_tests_of_the_display_field() -> None:
    test = bound(field("sequence").name_contains("SQ"))
    assert (test.path.text, test.operator, test.value) == ("sequence.name", "contains", "sq")
    assert bound(field("notes").name_is("x")).path.leaf.name == "subject"


def with_choices(**choices: tuple[tuple[str, ...], dict[str, str]]) -> Schema:
    base = neutral_schema()
    types: list[EntityType] = []
    for name, (keys, aliases) in choices.items():
        item = Field("status", "status", choices=keys, aliases=MappingProxyType(aliases))
        types.append(base.type(name).with_fields(item))
    return base.replaced(*types)


def test_statuses_take_the_other_spelling_and_list_the_choices() -> None:
    schema = with_choices(Shot=(("ip", "rev"), {"In Progress": "ip"}))
    assert bound(field("status") == "ip", schema=schema).value == "ip"
    assert bound(field("status") == "In Progress", schema=schema).value == "ip"
    assert bound(field("status").is_in(["In Progress", None]), schema=schema).value == ("ip", None)
    with pytest.raises(FilterError, match="'ip', 'rev'"):
        bound(field("status") == "zzz", schema=schema)
    assert bound(field("status").equals_ignoring_case("zzz"), schema=schema).value == "zzz"


def test_a_status_of_any_kind_is_legal_for_folders() -> None:
    schema = with_choices(
        Folder=(("wtg",), {}), Shot=(("ip",), {}), Asset=(("mod",), {"Modelling": "mod"}), Episode=(("wtg",), {}),
        Sequence=(("wtg",), {}), Scene=(("wtg",), {}),
    )  # fmt: skip
    for value, key in (("ip", "ip"), ("mod", "mod"), ("Modelling", "mod")):
        assert bound(field("status") == value, "Folder", schema).value == key
    with pytest.raises(FilterError, match="zzz"):
        bound(field("status") == "zzz", "Folder", schema)


def test_links_take_records_of_the_right_type_only() -> None:
    assert bound(field("parent") == Ref("Sequence", 5)).value == Ref("Sequence", "5")
    with pytest.raises(FilterError, match="not to a Task"):
        bound(field("parent") == Ref("Task", 5))
    assert bound(field("assignees").is_in([Ref("User", 1), None]), "Task").value == (Ref("User", 1), None)


def nested(depth: int) -> Filter:
    made: Filter = field("name") == "a"
    for at in range(depth - 1):
        made = (made | (field("name") == "b")) if at % 2 else (made & (field("name") == "a"))
    return made


def nested_negations(depth: int) -> Filter:
    made: Filter = field("name") == "a"
    for _ in range((depth - 1) // 2):
        made = ~(made & (field("name") == "a"))
    return made


@pytest.mark.parametrize("nest", [nested, nested_negations])
def test_the_deepest_tree_that_is_taken_can_be_bound_and_shown(nest: Callable[[int], Filter]) -> None:
    made = builder().filter(nest(MAX_DEPTH))
    assert len(all_tests(made)) >= MAX_DEPTH // 2
    assert repr(made).count("name is") == len(all_tests(made))
    assert made == builder().filter(nest(MAX_DEPTH))
    with pytest.raises(FilterError, match="nested deeper"):
        builder().filter(nest(MAX_DEPTH + 2))
