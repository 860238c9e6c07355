"""What is remembered of a schema's paths: once asked, and never more than there is room for."""

from __future__ import annotations

from trackerkit.model import neutral_schema
from trackerkit_shotgrid.gateway.columns import each_once
from trackerkit_shotgrid.gateway.site import Bindings, Memo


def test_an_answer_is_asked_for_once_also_when_there_is_none() -> None:
    memo, asked = Memo(), []

    def find() -> None:
        asked.append(1)

    for _ in range(3):
        assert memo.get(("field", "Shot", "nosuch"), find) is None
    assert len(asked) == 1
    memo.get(("field", "Asset", "nosuch"), find)
    assert len(asked) == 2


def test_callers_cannot_fill_the_memory() -> None:
    memo, long = Memo(), "a" * 201
    for _ in range(2):
        assert memo.get(("field", "Shot", long), lambda: long) is long
    assert not memo._found
    for number in range(10_000):
        memo.get(("field", "Shot", f"f{number}"), lambda: None)
    assert len(memo._found) <= 4_000


def test_another_schema_has_a_memory_of_its_own() -> None:
    bindings, first, second = Bindings(), neutral_schema(), neutral_schema().replaced(epoch=1)
    assert bindings.of(first) is bindings.of(first)
    assert bindings.of(first).memo is not bindings.of(second).memo


def test_a_value_that_many_rows_share_is_told_once() -> None:
    told: list[object] = []
    shared, equal = ["a"], ["a"]

    def make(value: object) -> object:
        told.append(value)
        return value if value is None else [value]

    assert each_once(make)([shared, None, shared, equal, None]) == [[["a"]], None, [["a"]], [["a"]], None]
    assert len(told) == 3
