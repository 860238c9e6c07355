"""Data types: what is a value of each, what a domain adds, how values sort."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from trackerkit.datatypes import (
    DATA_TYPES,
    OPERATORS,
    ORDERABLE,
    Domain,
    check_json,
    check_value,
    from_text,
    nearest_value,
    operators_of,
    parse_datetime,
    sort_key,
)
from trackerkit.errors import DomainError
from trackerkit.filters import NEGATIVES, POSITIVES
from trackerkit.testing.conformance.values import NEVER, VALUES
from trackerkit.values import Attachment, Image, Ref, Url

UTC = timezone.utc


def cases(table: dict[str, dict[str, Any]]) -> list[Any]:
    return [
        pytest.param(kind, value, id=f"{kind}-{name}") for kind, row in table.items() for name, value in row.items()
    ]


@pytest.mark.parametrize(("data_type", "value"), cases(VALUES))
def test_a_value_stays_what_it_is(data_type: str, value: Any) -> None:
    checked = check_value(data_type, value, "Shot.x")
    assert checked == value
    assert type(checked) is type(value)


@pytest.mark.parametrize(("data_type", "value"), cases(NEVER))
def test_what_is_no_value_is_refused_with_its_path(data_type: str, value: Any) -> None:
    with pytest.raises(DomainError) as caught:
        check_value(data_type, value, "Shot.x")
    assert str(caught.value).startswith("Shot.x: ")
    assert caught.value.path == "Shot.x"
    assert len(str(caught.value)) < 250


@pytest.mark.parametrize("data_type", DATA_TYPES)
def test_none_is_a_value_of_every_type(data_type: str) -> None:
    assert check_value(data_type, None, "Shot.x") is None
    with pytest.raises(DomainError, match="cannot be null"):
        check_value(data_type, None, "Shot.x", Domain(nullable=False))


def test_every_operator_of_a_type_is_an_operator() -> None:
    assert {name for names in OPERATORS.values() for name in names} <= POSITIVES | {"in"}
    for data_type in DATA_TYPES:
        for name in operators_of(data_type):
            assert name in POSITIVES or name in NEGATIVES or name.removeprefix("not_") in POSITIVES


def test_a_whole_number_is_a_float_where_it_is_exact() -> None:
    assert check_value("float", 5, "x") == 5.0
    assert type(check_value("float", 5, "x")) is float
    with pytest.raises(DomainError, match="exactly"):
        check_value("float", 2**53 + 1, "x")


def test_negative_zero_and_the_smallest_floats_stay() -> None:
    assert math.copysign(1, check_value("float", -0.0, "x")) == -1
    assert check_value("float", 5e-324, "x") == 5e-324


def test_datetimes_become_utc() -> None:
    there = datetime(2024, 3, 1, 1, tzinfo=timezone(timedelta(hours=2)))
    checked = check_value("datetime", there, "x")
    assert checked == there
    assert checked.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-02-29T12:30:15Z", datetime(2024, 2, 29, 12, 30, 15, tzinfo=UTC)),
        ("2024-02-29t12:30:15z", datetime(2024, 2, 29, 12, 30, 15, tzinfo=UTC)),
        ("2024-02-29 12:30:15+00:00", datetime(2024, 2, 29, 12, 30, 15, tzinfo=UTC)),
        ("2024-02-29T12:30:15.123456+02:00", datetime(2024, 2, 29, 10, 30, 15, 123456, tzinfo=UTC)),
        ("2024-02-29T12:30:15.5Z", datetime(2024, 2, 29, 12, 30, 15, 500000, tzinfo=UTC)),
        ("2024-02-29T12:30:15.123456789-01:00", datetime(2024, 2, 29, 13, 30, 15, 123456, tzinfo=UTC)),
        ("2024-02-29T12:30Z", datetime(2024, 2, 29, 12, 30, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("0999-01-01T00:00:00Z", datetime(999, 1, 1, tzinfo=UTC)),
        ("2024-01-01T00:00:00+14:00", datetime(2023, 12, 31, 10, tzinfo=UTC)),
    ],
)
def test_parse_datetime(text: str, moment: datetime) -> None:
    assert parse_datetime(text) == moment
    assert check_value("datetime", text, "x") == moment


@pytest.mark.parametrize(
    "text",
    ["", "Z", "2024", "2024-01-01", "20240101T000000Z", "2024-W01-1T00:00:00Z", "2024-01-01T24:00:00Z", "1e3", "now",
     "2024-06-30T23:59:60Z", "2024-01-01T00:00:00+99:99", "0000-01-01T00:00:00Z", "999-01-01T00:00:00Z",
     "2024-01-01T00:00:00Z ", "2024-02-30T00:00:00Z"],
)  # fmt: skip
def test_parse_datetime_refuses(text: str) -> None:
    with pytest.raises(DomainError):
        parse_datetime(text)


@pytest.mark.parametrize(
    "text", ["", "2024", "20240101", "2024-W01-1", "1.2.2024", "2024-1-5", "2024-02-30", "0000-01-01"]
)
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(DomainError, match="YYYY-MM-DD"):
        check_value("date", text, "x")


def test_choices_links_and_their_kin() -> None:
    one, two = Ref("Shot", 1), Ref("Shot", 2)
    assert check_value("links", [one, two, one], "x") == [one, two]
    assert check_value("links", (), "x") == []
    assert check_value("choices", ("a", "b", "a"), "x") == ["a", "b", "a"]
    assert check_value("url", "https://example.com", "x") == Url("https://example.com")
    assert check_value("image", Image("1"), "x") == Image("1")
    assert check_value("file", Attachment("1"), "x") == Attachment("1")
    for data_type, value in (
        ("image", "x.png"),
        ("file", "x.mov"),
        ("link", "Shot:1"),
        ("links", one),
        ("computed", 1),
    ):
        with pytest.raises(DomainError):
            check_value(data_type, value, "x")


def test_json_is_copied_and_checked_all_the_way_down() -> None:
    given: Any = {"a": [1, (2, 3)], "b": {"c": None}}
    checked = check_json(given)
    assert checked == {"a": [1, [2, 3]], "b": {"c": None}}
    assert checked is not given
    deep: Any = []
    for _ in range(70):
        deep = [deep]
    with pytest.raises(DomainError, match="deeper"):
        check_json(deep)


DOMAINS: list[tuple[str, Any, Domain, str]] = [
    ("text", "abcdef", Domain(max_length=5), "at most 5"),
    ("text", " a", Domain(trims=True), "strips"),
    ("text", "a\n", Domain(trims=True), "strips"),
    ("text", "", Domain(empty_is_null=True), "give None"),
    ("text", "sh010\n", Domain(pattern=r"[a-z0-9]+", rule="wants small letters and digits"), "small letters"),
    ("text", "a b", Domain(pattern=r"[a-z0-9]+"), "does not match"),
    ("integer", 2**31, Domain(maximum=2**31 - 1), "larger"),
    ("integer", -1, Domain(minimum=0), "smaller"),
    ("date", date(1, 1, 1), Domain(minimum=date(1970, 1, 1)), "smaller"),
    ("datetime", datetime(2024, 1, 1, microsecond=1, tzinfo=UTC), Domain(resolution=1), "finer"),
    ("datetime", datetime(2024, 1, 1, microsecond=1500, tzinfo=UTC), Domain(resolution=0.001), "finer"),
    ("duration", timedelta(seconds=90), Domain(resolution=60), "finer"),
    ("float", 1.234, Domain(decimals=2), "2 decimals"),
]


@pytest.mark.parametrize(("data_type", "value", "domain", "says"), DOMAINS)
def test_a_value_outside_the_domain_is_refused_by_its_rule(
    data_type: str, value: Any, domain: Domain, says: str
) -> None:
    with pytest.raises(DomainError, match=says) as caught:
        check_value(data_type, value, "Shot.x", domain)
    assert caught.value.path == "Shot.x"
    assert check_value(data_type, value, "Shot.x") == value


@pytest.mark.parametrize(("data_type", "value", "domain", "says"), [case for case in DOMAINS if not case[2].pattern])
def test_the_nearest_value_lies_in_the_domain(data_type: str, value: Any, domain: Domain, says: str) -> None:
    nearest = nearest_value(data_type, value, domain)
    assert nearest != value
    assert check_value(data_type, nearest, "x", domain) == nearest


def test_inside_the_domain_nothing_changes() -> None:
    assert check_value("text", "abc", "x", Domain(max_length=3, trims=True, empty_is_null=True)) == "abc"
    assert check_value("duration", timedelta(minutes=2), "x", Domain(resolution=60)) == timedelta(minutes=2)
    whole = datetime(2024, 1, 1, 12, tzinfo=UTC)
    assert check_value("datetime", whole, "x", Domain(resolution=1)) == whole
    assert nearest_value("text", "abc", Domain(max_length=3)) == "abc"


@pytest.mark.parametrize(
    ("data_type", "rising"),
    [
        ("text", [None, "", "10", "2", "A", "B", "a", "é", "ｚ", "🎬"]),
        ("integer", [None, -3, 0, 2, 10]),
        ("id", [None, "2", "9", "10", "11", "100"]),
        ("id", ["0" * 32, "1" * 32, "a" * 32, "f" * 32]),
        ("id", ["ab", "b"]),
        ("date", [None, date(1999, 12, 31), date(2024, 1, 2), date(2024, 1, 10)]),
        ("checkbox", [None, False, True]),
        ("duration", [None, timedelta(-1), timedelta(0), timedelta(minutes=5)]),
    ],
)
def test_sort_key(data_type: str, rising: list[Any]) -> None:
    assert sorted([*rising[1:], rising[0]], key=lambda value: sort_key(data_type, value)) == rising


def test_ids_of_digits_alone_sort_among_their_hexadecimal_kin() -> None:
    ids = ["1" * 32, "0a" * 16, "ff" * 16, "90" * 16]
    assert sorted(ids, key=lambda id: sort_key("id", id)) == sorted(ids)


def test_what_can_be_ordered_has_an_order() -> None:
    assert set(DATA_TYPES) > ORDERABLE
    assert not ORDERABLE & {"link", "links", "choices", "json", "secret"}


@pytest.mark.parametrize(
    ("data_type", "text", "value"),
    [
        ("text", "5", "5"), ("integer", "5", 5), ("float", "1.5", 1.5), ("checkbox", "Yes", True), ("checkbox", "0", False),
        ("date", "2024-02-29", date(2024, 2, 29)), ("duration", "90", timedelta(minutes=90)), ("json", '{"a": 1}', {"a": 1}),
        ("choices", "a, b", ["a", "b"]), ("link", "Shot:5", Ref("Shot", 5)), ("text", "", None), ("integer", "", None),
    ],
)  # fmt: skip
def test_what_a_person_types(data_type: str, text: str, value: Any) -> None:
    assert from_text(data_type, text) == value


@pytest.mark.parametrize(
    ("data_type", "text"),
    [
        ("integer", "5.5"),
        ("checkbox", "maybe"),
        ("date", "today"),
        ("json", "{"),
        ("json", "NaN"),
        ("float", "x"),
        ("link", "5"),
    ],
)
def test_what_a_person_mistypes(data_type: str, text: str) -> None:
    with pytest.raises(ValueError):
        from_text(data_type, text)


def test_a_domain_may_allow_by_a_test_of_its_own() -> None:
    domain = Domain(allows=lambda value: isinstance(value, list), rule="is no list")
    assert check_value("json", [1], "Shot.numbers", domain) == [1]
    assert check_value("json", None, "Shot.numbers", domain) is None
    for wrong in ("text", {"a": 1}):
        with pytest.raises(DomainError, match=r"Shot\.numbers: .* is no list"):
            check_value("json", wrong, "Shot.numbers", domain)
