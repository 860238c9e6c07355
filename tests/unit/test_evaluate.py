"""evaluate: the reference semantics, on a handful of records written down by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import pytest

from trackerkit.conditions import Builder
from trackerkit.evaluate import Record, Resolver, answer, column_value, needed_fields, predicate, same_ref
from trackerkit.filters import MAX_DEPTH, Filter, field, from_list
from trackerkit.model import neutral_schema
from trackerkit.query import Query, build
from trackerkit.values import Inherited, Ref

SITE = "here"


def ref(type_name: str, id: int) -> Ref:
    return Ref(type_name, id, site=SITE, native=type_name)


SQ1, SQ2, ANN, BEN, GONE = ref("Sequence", 1), ref("Sequence", 2), ref("User", 3), ref("User", 4), ref("User", 99)
A, B, C, D = (ref("Shot", at) for at in (10, 11, 12, 13))
T1, T2, T3 = (ref("Task", at) for at in (20, 21, 22))

WORLD: dict[Ref, dict[str, Any]] = {
    SQ1: {"name": "sq1"},
    SQ2: {"name": "SQ2"},
    ANN: {"name": "ann"},
    BEN: {"name": "ben"},
    A: {"name": "a", "description": "Alpha", "frame_start": 10, "sequence": SQ1, "parent": SQ1, "tasks": [T1, T2],
        "tags": ["x", "y"], "fps": Inherited(24.0), "start_date": date(2024, 1, 1)},
    B: {"name": "b", "description": "alpha", "frame_start": 2, "sequence": SQ1, "parent": SQ1, "tasks": [T3],
        "tags": ["x"], "fps": Inherited(None), "start_date": None},
    C: {"name": "c", "description": None, "frame_start": None, "sequence": SQ2, "parent": SQ2, "tasks": [], "tags": [],
        "fps": 25.0, "start_date": date(2024, 2, 1)},
    D: {"name": "d", "description": "50%", "frame_start": 2, "sequence": None, "parent": None, "tasks": [], "tags": None,
        "fps": None, "start_date": date(2024, 1, 31)},
    T1: {"name": "anim", "assignees": [ANN, BEN, GONE], "status": "ip"},
    T2: {"name": "comp", "assignees": [BEN], "status": "rev"},
    T3: {"name": "anim", "assignees": [], "status": None},
}  # fmt: skip


def records(*refs: Ref) -> list[Record]:
    return [{"ref": each, "id": each.id, "type": each.type, **WORLD[each]} for each in refs]


class Fetching:
    """Bulk reads that count themselves."""

    def __init__(self) -> None:
        self.calls: list[list[Ref]] = []

    def __call__(self, refs: Sequence[Ref], fields: Sequence[str]) -> Mapping[Ref, Record]:
        self.calls.append(list(refs))
        return {
            each: {"ref": each, **{name: WORLD[each].get(name) for name in fields}} for each in refs if each in WORLD
        }


def rows(query: Query) -> list[tuple[Any, ...]]:
    return answer(query, records(A, B, C, D), Fetching())


def names(condition: Filter | None = None, **parts: Any) -> str:
    query = build(neutral_schema(), "Shot", condition, fields=["name"], **parts)
    return "".join(name for _, name in rows(query))


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        (field("description") == "alpha", "b"),
        (field("description") != "alpha", "acd"),
        (field("description").is_null(), "c"),
        (field("description").is_in([None, "Alpha"]), "ac"),
        (field("description").not_in([None, "Alpha"]), "bd"),
        (field("description").is_in([]), ""),
        (field("description").not_in([]), "abcd"),
        (field("description").equals_ignoring_case("ALPHA"), "ab"),
        (~field("description").equals_ignoring_case("ALPHA"), "cd"),
        (field("description").contains("%"), "d"),
        (~field("description").contains("%"), "abc"),
        (field("description").starts_with("aL"), "ab"),
        (field("description").ends_with("HA"), "ab"),
        (field("description").in_ignoring_case(["ALPHA", "50%"]), "abd"),
        (field("frame_start") < 10, "bd"),
        (~(field("frame_start") < 10), "ac"),
        (field("frame_start") >= 2, "abd"),
        (field("frame_start").between(2, 10), "abd"),
        (~field("frame_start").between(3, 10), "bcd"),
        (field("start_date") > date(2024, 1, 1), "cd"),
        (field("id") > "9", "abcd"),
        (field("id").between("10", "11"), "ab"),
        (field("id") < 12, "ab"),
    ],
)
def test_conditions(condition: Filter, wanted: str) -> None:
    assert names(condition) == wanted


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        (field("tags") == "x", "ab"),
        (field("tags") != "x", "cd"),
        (field("tags").is_in(["y", "z"]), "a"),
        (field("tags").not_in(["y", "z"]), "bcd"),
        (field("tags").is_null(), "cd"),
        (field("tags").is_in([None, "y"]), "acd"),
        (field("tags").equals_ignoring_case("Y"), "a"),
        (field("tasks") == T2, "a"),
        (field("tasks") != T2, "bcd"),
        (field("tasks").is_null(), "cd"),
        (field("tasks").is_in([T3, None]), "bcd"),
        (field("tasks").type_is("Task"), "ab"),
        (field("parent") == SQ1, "ab"),
        (field("parent") != SQ1, "cd"),
        (field("parent").is_null(), "d"),
        (field("parent").is_in([SQ2, None]), "cd"),
        (field("parent").type_is("Folder"), "abc"),
        (~field("parent").type_is("Sequence"), "d"),
    ],
)
def test_lists_and_links(condition: Filter, wanted: str) -> None:
    assert names(condition) == wanted


@pytest.mark.parametrize(
    ("condition", "wanted"),
    [
        (field("sequence.name") == "sq1", "ab"),
        (field("sequence.name") != "sq1", "cd"),
        (field("sequence.name").is_null(), "d"),
        (field("sequence.name").contains("Q"), "abc"),
        (field("tasks.status") == "ip", "a"),
        (field("tasks.status") != "ip", "bcd"),
        (field("tasks.status").is_null(), "bcd"),
        (field("tasks.name") == "anim", "ab"),
        ((field("tasks.name") == "anim") & (field("tasks.name") == "comp"), "a"),
        (field("tasks.assignees.name") == "ben", "a"),
        (field("tasks.assignees.name") != "ben", "bcd"),
        (field("tasks.assignees.name").is_null(), "bcd"),
        (field("tasks.assignees") == ANN, "a"),
        (field("tasks.assignees").is_null(), "bcd"),
        (field("tasks").name_is("comp"), "a"),
        (field("parent[Sequence].name") == "SQ2", "c"),
        (field("parent[Asset].name").is_null(), "abcd"),
    ],
)
def test_deep_paths(condition: Filter, wanted: str) -> None:
    assert names(condition) == wanted


def test_filters_see_through_inherited_values() -> None:
    assert names(field("fps") == 24.0) == "a"
    assert names(field("fps").is_null()) == "bd"
    assert names(order=["fps"]) == "bdac"


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        ([], "abcd"), (["frame_start"], "cbda"), (["-frame_start"], "abdc"), (["frame_start", "-name"], "cdba"),
        (["description"], "cdab"), (["sequence.name"], "dcab"), (["-sequence.name"], "abcd"), (["id"], "abcd"),
        (["-id"], "dcba"), (["start_date"], "badc"),
    ],
)  # fmt: skip
def test_order(order: list[str], wanted: str) -> None:
    assert names(order=order) == wanted


def test_limit_comes_after_filter_and_order() -> None:
    assert names(field("frame_start") == 2, order=["-name"], limit=1) == "d"


def test_columns() -> None:
    fields = ["name", "tasks", "tasks.name", "tasks.assignees.name", "tasks.assignees", "sequence.name", "fps"]
    found = rows(build(neutral_schema(), "Shot", field("name").is_in(["a", "d"]), fields=fields))
    assert found == [
        (A, "a", [T1, T2], ["anim", "comp"], ["ann", "ben", "ben"], [ANN, BEN, GONE], "sq1", Inherited(24.0)),
        (D, "d", [], [], [], [], None, None),
    ]


def test_records_that_are_gone_are_no_targets() -> None:
    found = Resolver(Fetching(), [path := Builder(neutral_schema(), "Task").path("assignees.name")])
    assert found.columns(records(T1, T2, T3), path) == [["ann", "ben"], ["ben"], []]


def test_each_record_on_the_way_is_read_once() -> None:
    query = build(
        neutral_schema(), "Shot", (field("tasks.name") == "anim") | (field("tasks.status") == "ip"),
        fields=["tasks.name", "tasks.status", "sequence.name"], order=["sequence.name"],
    )  # fmt: skip
    fetching = Fetching()
    answer(query, records(A, B, C, D), fetching)
    asked = [each for call in fetching.calls for each in call]
    assert len(asked) == len(set(asked))


def test_needed_fields_are_the_first_steps() -> None:
    builder = Builder(neutral_schema(), "Shot")
    assert needed_fields([builder.path(text) for text in ("name", "tasks.name", "tasks.status", "id")]) == [
        "name",
        "tasks",
        "id",
    ]


def test_a_hand_made_ref_is_the_same_record() -> None:
    assert same_ref(A, Ref("Shot", 10))
    assert same_ref(A, Ref("Asset", 10, native="Shot"))
    assert not same_ref(A, Ref("Asset", 10))
    assert not same_ref(A, Ref("Shot", 10, site="there"))
    assert not same_ref(A, Ref("Shot", 11))
    assert names(field("parent").is_in([Ref("Sequence", 1)])) == "ab"


def test_column_value_of_nothing() -> None:
    builder = Builder(neutral_schema(), "Shot")
    assert column_value(builder.path("sequence.name"), []) is None
    assert column_value(builder.path("sequence.tags"), []) == []
    assert column_value(builder.path("tasks.name"), []) == []
    assert column_value(builder.path("tasks.tags"), [["a", "b"], None, ["b"]]) == ["a", "b"]


def test_two_valued_logic() -> None:
    for condition in (field("description") == "alpha", field("frame_start") < 5, field("tasks.name") == "anim"):
        assert sorted(names(condition) + names(~condition)) == list("abcd")


@pytest.mark.parametrize("depth", [1, 50, MAX_DEPTH - 1])
def test_a_deep_tree_is_answered(depth: int) -> None:
    made: Filter = field("name") == "a"
    for at in range(depth - 1):
        made = (made | (field("name") == "b")) if at % 2 else (made & (field("description") != "zz"))
    assert names(made).startswith("a")


def test_empty_groups() -> None:
    assert names(from_list([{"filter_operator": "any", "filters": []}])) == ""
    assert names(from_list([{"filter_operator": "all", "filters": []}])) == "abcd"


def test_predicate_wants_a_checked_tree() -> None:
    with pytest.raises(TypeError):
        predicate(field("name") == "x")
