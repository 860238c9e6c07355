"""Filters: the tree that comparisons and the list form make."""

from __future__ import annotations

import pickle
from typing import Any

import pytest

from trackerkit.errors import FilterError
from trackerkit.filters import (
    MAX_DEPTH,
    NEGATIVES,
    POSITIVES,
    And,
    Condition,
    Filter,
    Not,
    Or,
    depth_of,
    field,
    from_conditions,
    from_list,
    make,
    native,
    split_path,
)


def condition(path: str, operator: str, value: Any) -> Condition:
    return Condition(path, operator, value)


@pytest.mark.parametrize(
    ("made", "wanted"),
    [
        (field("a") == 1, condition("a", "is", 1)),
        (field("a") != 1, Not(condition("a", "is", 1))),
        (field("a") < 1, condition("a", "less_than", 1)),
        (field("a") > 1, condition("a", "greater_than", 1)),
        (field("a") <= 1, condition("a", "at_most", 1)),
        (field("a") >= 1, condition("a", "at_least", 1)),
        (field("a").is_null(), condition("a", "is", None)),
        (field("a") == None, condition("a", "is", None)),  # noqa: E711 - the filter's own spelling
        (field("a").is_in([1, 2]), condition("a", "in", (1, 2))),
        (field("a").is_in(at for at in (1, 2)), condition("a", "in", (1, 2))),
        (field("a").not_in([1]), Not(condition("a", "in", (1,)))),
        (field("a").between(1, 2), condition("a", "between", (1, 2))),
        (field("a").contains("x"), condition("a", "contains", "x")),
        (field("a").in_last(7, "day"), condition("a", "in_last", (7, "day"))),
        (field("a").in_next(1, "Weeks"), condition("a", "in_next", (1, "week"))),
        (field("a").in_calendar_month(-1), condition("a", "in_calendar_month", -1)),
        (field("a").type_is("Shot"), condition("a", "type_is", "Shot")),
        (field("a").name_is("x"), condition("a", "name_is", "x")),
        (native("sg_x") == 1, condition("native(sg_x)", "is", 1)),
    ],
)
def test_comparison_makes_a_node(made: Filter, wanted: Filter) -> None:
    assert made == wanted
    assert hash(made) == hash(wanted)


def test_groups_of_one_kind_are_flat() -> None:
    a, b, c = (field(name) == 1 for name in "abc")
    assert (a & b & c) == And((a, b, c))
    assert (a & (b & c)) == And((a, b, c))
    assert (a | b | c) == Or((a, b, c))
    assert ((a & b) | c) == Or((And((a, b)), c))


def test_double_negation_is_none() -> None:
    a = field("a") == 1
    assert ~~a == a
    assert ~(field("a") != 1) == a


def test_repr_reads_as_a_sentence() -> None:
    made = field("status").is_in(["ip", "rev"]) & ~(field("sequence.name") == "SQ010")
    assert repr(made) == "(status in ('ip', 'rev') and not sequence.name is 'SQ010')"
    assert (repr(And(())), repr(Or(()))) == ("everything", "nothing")


def test_a_tree_can_be_pickled() -> None:
    made = (field("a") == 1) & ~field("b").is_in(["x"])
    assert pickle.loads(pickle.dumps(made)) == made


def test_a_node_has_no_truth_value() -> None:
    node = field("a") == 1
    with pytest.raises(FilterError, match="no truth value"):
        bool(node)
    with pytest.raises(FilterError, match="compare it"):
        bool(field("a"))
    with pytest.raises(FilterError):
        _ = 1 < field("a") < 5  # type: ignore[operator]


def test_missing_brackets_are_explained() -> None:
    for make_it in (
        lambda: field("a").is_in(["x"]) & field("b") == "y",
        lambda: field("a") & field("b"),
        lambda: field("a") | (field("b") == 1),
        lambda: (field("a") == 1) & True,
        lambda: field("a") == field("b"),
    ):
        with pytest.raises(FilterError, match="brackets"):
            make_it()


def test_a_field_path_cannot_be_hashed() -> None:
    with pytest.raises(TypeError):
        {field("a")}


@pytest.mark.parametrize("path", ["", ".", "a.", ".a", "a..b", None, 5, ["a"], ".".join("a" * 17)])
def test_bad_paths(path: Any) -> None:
    with pytest.raises(FilterError):
        field(path)


def test_sixteen_steps_are_taken() -> None:
    assert len(split_path(".".join("a" * 16))) == 16


def test_every_negative_has_its_positive() -> None:
    assert set(NEGATIVES.values()) <= POSITIVES
    for negative, positive in NEGATIVES.items():
        value = {"between": [1, 2], "in_last": [7, "day"], "in_next": [7, "day"]}.get(positive, ["x"])
        if positive.startswith("in_calendar"):
            value = [0]
        if positive in ("in", "in_ignoring_case"):
            value = [["x"]]
        assert make("a", negative, value) == Not(make("a", positive, value))


@pytest.mark.parametrize(
    ("rows", "wanted"),
    [
        ([], And(())),
        ([["a", "is", 1]], And((condition("a", "is", 1),))),
        ([["a", "is", 1], ["b", "is_not", 2]], And((condition("a", "is", 1), Not(condition("b", "is", 2))))),
        ([["a", "in", [1, 2]]], And((condition("a", "in", (1, 2)),))),
        ([["a", "in", 1, 2]], And((condition("a", "in", (1, 2)),))),
        ([["a", "between", 1, 2]], And((condition("a", "between", (1, 2)),))),
        ([["a", "between", [1, 2]]], And((condition("a", "between", (1, 2)),))),
        ([["a", "in_last", 7, "DAY"]], And((condition("a", "in_last", (7, "day")),))),
        ([["a", "in_last", [7, "days"]]], And((condition("a", "in_last", (7, "day")),))),
        ([("a", "is", 1)], And((condition("a", "is", 1),))),
        ((("a", "is", 1),), And((condition("a", "is", 1),))),
        ({"filter_operator": "any", "filters": [["a", "is", 1]]}, Or((condition("a", "is", 1),))),
        ([{"filter_operator": "and", "filters": []}], And(())),
        ([{"filter_operator": "or", "filters": []}], And((Or(()),))),
        ([field("a") == 1], And((condition("a", "is", 1),))),
    ],
)
def test_the_list_form(rows: Any, wanted: Filter) -> None:
    assert from_list(rows) == wanted


def test_conditions_are_joined_by_and() -> None:
    a, b = field("a") == 1, field("b") == 2
    assert from_conditions([a]) == a
    assert from_conditions([a, b]) == And((a, b))
    assert from_conditions([a, [["b", "is", 2]]]) == And((a, b))
    assert from_conditions([[]]) == And(())


def nested_list(depth: int) -> Any:
    made: Any = ["a", "is", 1]
    for at in range(depth):
        made = {"filter_operator": "any" if at % 2 else "all", "filters": [made, ["b", "is", 2]]}
    return [made]


def nested_tree(depth: int) -> Filter:
    made: Filter = field("name") == "a"
    for at in range(depth):
        made = (made | (field("name") == "b")) if at % 2 else (made & (field("name") == "a"))
    return made


def test_the_deepest_list_that_is_taken_and_one_deeper() -> None:
    assert depth_of(from_list(nested_list(MAX_DEPTH - 1))) == MAX_DEPTH
    with pytest.raises(FilterError, match="nested deeper"):
        from_list(nested_list(MAX_DEPTH + 1))


def test_the_deepest_tree_that_is_taken_and_one_deeper() -> None:
    assert depth_of(nested_tree(MAX_DEPTH - 1)) == MAX_DEPTH
    with pytest.raises(FilterError, match="nested deeper"):
        depth_of(nested_tree(MAX_DEPTH))
    with pytest.raises(FilterError, match="nested deeper"):
        depth_of(nested_tree(100_000))


def test_a_wide_filter_is_not_deep() -> None:
    made = field("a") == 0
    for at in range(3000):
        made = made | (field("a") == at)
    assert depth_of(made) == 2


def test_what_the_caller_gave_is_copied() -> None:
    values = [1, 2]
    made = field("a").is_in(values)
    values.append(3)
    assert made == condition("a", "in", (1, 2))
