"""order: null first, text by code point, ids natively, ties by creation, deep and descending."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from trackerkit.datatypes import sort_key
from trackerkit.filters import field
from trackerkit.testing.conformance.cases import Cases, free_field, needs
from trackerkit.testing.conformance.stack import Show

__all__ = ["TestOrder", "TestOrderOfValues"]

_NOON = datetime(2024, 6, 1, 12, tzinfo=timezone.utc)
VALUES: dict[str, list[Any]] = {
    "text": ["", "10", "2", "A", "B", "a", "b", "z", "é", "ｚ", "🎬"],
    "integer": [-3, 0, 2, 10, 1_000_000],
    "float": [-2.5, -0.5, 0.0, 9.75, 10.5],
    "percent": [0, 5, 50, 100],
    "currency": [-1.5, 0.25, 9.0, 10.0],
    "checkbox": [False, True],
    "date": [date(1970, 1, 1), date(2023, 12, 31), date(2024, 1, 2), date(2024, 1, 10)],
    "datetime": [_NOON - timedelta(days=300), _NOON, _NOON + timedelta(seconds=5), _NOON + timedelta(days=40)],
    "duration": [timedelta(0), timedelta(minutes=9), timedelta(minutes=10), timedelta(days=2)],
    "timecode": [0, 40, 1000, 9000],
}
"""Values of each data type in the order that every tracker keeps."""


@needs("find", "create", "order")
class TestOrderOfValues(Cases):
    @pytest.fixture(scope="class", params=list(VALUES))
    @classmethod
    def data(cls, request: pytest.FixtureRequest, shelf: Show) -> tuple[Show, str, list[Any]]:
        show = shelf.stack.show()
        name = free_field(show, request.param)
        values = [value for value in VALUES[request.param] if show.holds("Shot", name, value)]
        shuffled = [*values[1::2], None, *values[::2]]
        show.shots(*({} if value is None else {name: value} for value in shuffled))
        if request.param == "checkbox" and show.column("Shot", name, limit=2)[1] is False:
            values = [False, *values]
        else:
            values = [None, *values]
        return show, name, values

    def test_ascending_with_null_first(self, data: tuple[Show, str, list[Any]]) -> None:
        show, name, values = data
        assert show.column("Shot", name, order=[name]) == values

    def test_descending_with_null_last(self, data: tuple[Show, str, list[Any]]) -> None:
        show, name, values = data
        assert show.column("Shot", name, order=[f"-{name}"]) == values[::-1]

    def test_with_a_limit(self, data: tuple[Show, str, list[Any]]) -> None:
        show, name, values = data
        assert show.column("Shot", name, order=[name], limit=2) == values[:2]
        assert show.column("Shot", name, order=[f"-{name}"], limit=2) == values[:-3:-1]

    def test_with_a_filter(self, data: tuple[Show, str, list[Any]]) -> None:
        show, name, values = data
        wanted = [value for value in values if value is not None]
        assert show.column("Shot", name, ~field(name).is_null(), order=[name]) == wanted


@needs("find", "create", "order")
class TestOrder(Cases):
    def test_default_order_is_creation_order_whatever_changed_since(self, show: Show) -> None:
        one, two, _ = show.shots({"name": "c"}, {"name": "b"}, {"name": "a"})
        if show.stack.has("update"):
            show.change(one, {self.field_of(show, "text"): "later"})
            show.change(two, {self.field_of(show, "text"): "later still"})
        assert show.names("Shot") == ["c", "b", "a"]

    def test_names_sort_by_code_point(self, show: Show) -> None:
        show.shots(*({"name": name} for name in ("a2", "B1", "a10", "Z", "_x", "1", "a")))
        assert show.names("Shot", order=["name"]) == ["1", "B1", "Z", "_x", "a", "a10", "a2"]
        assert show.names("Shot", order=["-name"]) == ["a2", "a10", "a", "_x", "Z", "B1", "1"]

    @needs("delete", "find.retired")
    def test_retired_records_are_sorted_too(self, show: Show) -> None:
        _, gone, _ = show.shots({"name": "c"}, {"name": "b"}, {"name": "a"})
        show.tracker.delete(gone)
        assert show.names("Shot", order=["name"], state="all") == ["a", "b", "c"]
        assert show.names("Shot", order=["name"], state="retired") == ["b"]
        assert show.names("Shot", order=["name"]) == ["a", "c"]

    def test_ties_are_broken_by_creation_ascending_even_when_descending(self, show: Show) -> None:
        text = self.field_of(show, "text")
        show.shots(*({"name": name, text: value} for name, value in (("c", "x"), ("a", "y"), ("b", "x"), ("d", "y"))))
        assert show.names("Shot", order=[text]) == ["c", "b", "a", "d"]
        assert show.names("Shot", order=[f"-{text}"]) == ["a", "d", "c", "b"]

    def test_ties_of_null_too(self, show: Show) -> None:
        text = self.field_of(show, "text")
        show.shots({"name": "c"}, {"name": "a", text: "y"}, {"name": "b"})
        assert show.names("Shot", order=[text]) == ["c", "b", "a"]
        assert show.names("Shot", order=[f"-{text}"]) == ["a", "c", "b"]

    def test_several_keys(self, show: Show) -> None:
        text = self.field_of(show, "text")
        rows = [("d", "x"), ("a", "y"), ("b", "x"), ("c", None), ("e", "y")]
        show.shots(*({"name": name} if value is None else {"name": name, text: value} for name, value in rows))
        assert show.names("Shot", order=[text, "name"]) == ["c", "b", "d", "a", "e"]
        assert show.names("Shot", order=[f"-{text}", "name"]) == ["a", "e", "b", "d", "c"]
        assert show.names("Shot", order=[text, "-name"]) == ["c", "d", "b", "e", "a"]

    def test_the_three_spellings_of_an_order(self, show: Show) -> None:
        show.shots({"name": "a"}, {"name": "b"})
        assert show.names("Shot", order=["-name"]) == ["b", "a"]
        assert show.names("Shot", order=[("name", "desc")]) == ["b", "a"]
        assert show.names("Shot", order=[{"field_name": "name", "direction": "desc"}]) == ["b", "a"]
        assert show.names("Shot", order=[("name", "asc")]) == ["a", "b"]

    def test_ids_sort_natively(self, show: Show) -> None:
        show.shots(*({} for _ in range(12)))
        found = show.column("Shot", "id", order=["id"])
        assert found == sorted(found, key=lambda id: sort_key("id", id))
        assert show.column("Shot", "id", order=["-id"]) == found[::-1]
        assert len(set(found)) == 12

    def test_by_the_time_of_creation(self, show: Show) -> None:
        show.shot("b")
        show.shot("a")
        assert show.names("Shot", order=["created_at"]) == ["b", "a"]

    def test_by_status(self, show: Show) -> None:
        one, two = show.statuses()
        show.shots({"name": "a", "status": one}, {"name": "b", "status": two}, {"name": "c", "status": one})
        wanted = ["a", "c", "b"] if one < two else ["b", "a", "c"]
        assert show.names("Shot", order=["status"]) == wanted

    @needs("find.deep")
    def test_through_a_link_with_no_target_first(self, show: Show) -> None:
        late, early = show.sequence("sq20"), show.sequence("sq10")
        show.shots(
            {"name": "a", "parent": late}, {"name": "b", "parent": early}, {"name": "c"}, {"name": "d", "parent": late}
        )
        assert show.names("Shot", order=["sequence.name"]) == ["c", "b", "a", "d"]
        assert show.names("Shot", order=["-sequence.name", "-name"]) == ["d", "a", "b", "c"]

    def test_of_every_kind_of_folder(self, show: Show) -> None:
        show.shot("c")
        show.sequence("a")
        show.asset("b")
        assert show.names("Folder", order=["name"]) == ["a", "b", "c"]

    def test_an_order_need_not_be_read(self, show: Show) -> None:
        show.shots({"name": "b"}, {"name": "a"})
        (first, _) = show.find("Shot", fields=["id"], order=["name"])
        assert list(first) == ["id"]
        assert show.value(first.ref, "name") == "a"
