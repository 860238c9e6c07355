"""query: fields, order, limit and state, checked before anything is sent. (Filters: test_conditions.)"""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

import pytest

from trackerkit.errors import FilterError, InvalidInputError, QueryError, UnknownFieldError, UnknownTypeError
from trackerkit.filters import And, field
from trackerkit.model import neutral_schema
from trackerkit.query import Query, build
from trackerkit.values import Ref


def made(type_name: str = "Shot", **parts: Any) -> Query:
    return build(neutral_schema(), type_name, **parts)


def test_a_query_of_everything() -> None:
    query = made()
    assert query.filter == And(())
    assert query.columns == ("id", "type", "name", "label", "project")
    assert (query.order, query.limit, query.projects, query.state, query.after) == ((), None, None, "active", None)
    assert not query.archived


def test_the_default_fields_are_those_that_the_type_has() -> None:
    assert made("User").columns == ("id", "type", "name", "label")
    assert made("Note").columns == ("id", "type", "name", "project")
    assert made("Project").columns == ("id", "type", "name", "label")


def test_fields_are_taken_once_each_in_their_order() -> None:
    assert made(fields=["name", "sequence.name", "name"]).columns == ("name", "sequence.name")
    assert made(fields=(name for name in ("a", "name") if name != "a")).columns == ("name",)
    assert made(fields=[]).columns == ()


@pytest.mark.parametrize("fields", ["name", 5, [5], {"name": 1}, [None], b"name"])
def test_bad_fields(fields: Any) -> None:
    with pytest.raises(QueryError, match="list of field names"):
        made(fields=fields)


@pytest.mark.parametrize("name", ["nmae", "sequence.nmae", "", ".", "a..b", "name.x", "native(x)"])
def test_24_unknown_fields(name: str) -> None:
    with pytest.raises((UnknownFieldError, FilterError)):
        made(fields=[name])


@pytest.mark.parametrize(
    ("order", "wanted"),
    [
        (["name"], [("name", False)]), (["-name"], [("name", True)]), ([("name", "desc")], [("name", True)]),
        ([["name", "asc"]], [("name", False)]), ([{"field_name": "name", "direction": "desc"}], [("name", True)]),
        ([{"field_name": "name"}], [("name", False)]), (["sequence.name", "-id"], [("sequence.name", False), ("id", True)]),
        ([], []), (None, []), (("name",), [("name", False)]),
    ],
)  # fmt: skip
def test_order(order: Any, wanted: list[tuple[str, bool]]) -> None:
    assert [(item.path.text, item.descending) for item in made(order=order).order] == wanted


@pytest.mark.parametrize(
    "order",
    ["name", "-name", {"field_name": "name"}, 5, [5], [None], [("name",)], [("name", "down")], [("name", "asc", 1)], [""], ["-"],
     ["--name"], ["nmae"], ["parent"], ["assets"], ["tags"], ["assets.name"], ["tasks.name"], ["thumbnail"], [(5, "asc")]],
)  # fmt: skip
def test_bad_order(order: Any) -> None:
    with pytest.raises(InvalidInputError):
        made(order=order)


@pytest.mark.parametrize("limit", [0, -1, "5", 2.0, True, [1]])
def test_23_bad_limit(limit: Any) -> None:
    for name in ("limit", "page_size"):
        with pytest.raises(QueryError, match="whole number above 0"):
            made(**{name: limit})


def test_23_a_large_limit_is_a_limit() -> None:
    assert made(limit=10**12).limit == 10**12


@pytest.mark.parametrize("state", ["deleted", "", None, 5, "Active", ["active"]])
def test_bad_state(state: Any) -> None:
    with pytest.raises(QueryError, match="active, retired, all"):
        made(state=state)


@pytest.mark.parametrize("type_name", ["Shto", "", None, 5, ["Shot"], "shot"])
def test_24_unknown_type(type_name: Any) -> None:
    with pytest.raises(UnknownTypeError):
        made(type_name)


def test_the_parts_reach_the_query() -> None:
    project = Ref("Project", 1)
    query = made(projects=[project], limit=5, state="all", archived=True, page_size=7)
    assert (query.projects, query.limit, query.state, query.archived, query.page_size) == (
        (project,),
        5,
        "all",
        True,
        7,
    )
    assert query.with_(limit=6).limit == 6
    assert query.limit == 5


def test_now_is_the_moment_given() -> None:
    now = datetime(2024, 1, 1, tzinfo=timezone.utc)
    query = build(neutral_schema(), "Shot", field("created_at").in_last(1, "day"), now=now)
    assert "2024, 1, 1" in repr(query.filter)


def test_22_what_the_caller_gave_is_left_alone() -> None:
    order = [{"field_name": "name", "direction": "desc"}]
    fields = ["name", "name"]
    made(order=order, fields=fields)
    assert order == [{"field_name": "name", "direction": "desc"}]
    assert fields == ["name", "name"]
