"""Filters: what each operator means of each data type, on ugly values, null and lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from trackerkit.filters import Filter, field
from trackerkit.testing.conformance.cases import Cases, free_field, needs
from trackerkit.testing.conformance.stack import Show

__all__ = [
    "TestFilterCheckbox",
    "TestFilterChoices",
    "TestFilterDates",
    "TestFilterNames",
    "TestFilterOrdered",
    "TestFilterStatus",
    "TestFilterText",
]

TEXTS = {
    "a": "Alpha",
    "b": "alpha",
    "c": "ALPHABET",
    "d": None,
    "e": "be_ta 50%",
    "f": "50 percent",
    "g": "quote \"x\" 'y' \\ back",
    "h": "İstanbul",
    "i": "istanbul",
    "j": "naïve café 🎬",
    "k": "beXta 505",
    "l": "Straße",
}
EVERY = "".join(TEXTS)

Text = Any
TEXT_CASES: list[tuple[str, Callable[[Text], Filter], str]] = [
    ("is", lambda f: f == "Alpha", "a"),
    ("is_lower", lambda f: f == "alpha", "b"),
    ("is_absent", lambda f: f == "ALPHA", ""),
    ("is_not", lambda f: f != "Alpha", "bcdefghijkl"),
    ("is_null", lambda f: f == None, "d"),  # noqa: E711 - the filter's own spelling
    ("is_null_method", lambda f: f.is_null(), "d"),
    ("is_not_null", lambda f: f != None, "abcefghijkl"),  # noqa: E711
    ("in", lambda f: f.is_in(["Alpha", "be_ta 50%"]), "ae"),
    ("in_none_given", lambda f: f.is_in([]), ""),
    ("in_null", lambda f: f.is_in([None]), "d"),
    ("in_null_or_value", lambda f: f.is_in([None, "alpha"]), "bd"),
    ("not_in", lambda f: f.not_in(["Alpha", "alpha"]), "cdefghijkl"),
    ("not_in_none_given", lambda f: f.not_in([]), EVERY),
    ("not_in_null", lambda f: f.not_in([None]), "abcefghijkl"),
    ("not_in_null_or_value", lambda f: f.not_in([None, "alpha"]), "acefghijkl"),
    ("ignoring_case", lambda f: f.equals_ignoring_case("ALPHA"), "ab"),
    ("not_ignoring_case", lambda f: ~f.equals_ignoring_case("ALPHA"), "cdefghijkl"),
    ("in_ignoring_case", lambda f: f.in_ignoring_case(["aLPHA", "50 PERCENT"]), "abf"),
    ("in_ignoring_case_none_given", lambda f: f.in_ignoring_case([]), ""),
    ("not_in_ignoring_case", lambda f: ~f.in_ignoring_case(["aLPHA", "50 PERCENT"]), "cdeghijkl"),
    ("contains", lambda f: f.contains("lPhA"), "abc"),
    ("not_contains", lambda f: ~f.contains("lPhA"), "defghijkl"),
    ("contains_percent", lambda f: f.contains("%"), "e"),
    ("contains_underscore", lambda f: f.contains("e_t"), "e"),
    ("contains_backslash", lambda f: f.contains("\\"), "g"),
    ("contains_double_quote", lambda f: f.contains('"x"'), "g"),
    ("contains_single_quote", lambda f: f.contains("'y'"), "g"),
    ("contains_star", lambda f: f.contains("*"), ""),
    ("contains_nothing", lambda f: f.contains(""), "abcefghijkl"),
    ("contains_accent_upper", lambda f: f.contains("CAFÉ"), "j"),
    ("contains_no_accent", lambda f: f.contains("cafe"), ""),
    ("contains_emoji", lambda f: f.contains("🎬"), "j"),
    ("starts_with", lambda f: f.starts_with("ALPHA"), "abc"),
    ("starts_with_percent", lambda f: f.starts_with("%"), ""),
    ("not_starts_with", lambda f: ~f.starts_with("ALPHA"), "defghijkl"),
    ("ends_with", lambda f: f.ends_with("BET"), "c"),
    ("ends_with_percent", lambda f: f.ends_with("50%"), "e"),
    ("not_ends_with", lambda f: ~f.ends_with("a"), "cdefghijkl"),
    ("turkish_dotted", lambda f: f.equals_ignoring_case("İSTANBUL"), "h"),
    ("turkish_plain", lambda f: f.equals_ignoring_case("ISTANBUL"), "i"),
    ("turkish_contains", lambda f: f.contains("STANBUL"), "hi"),
    ("turkish_starts_with", lambda f: f.starts_with("I"), "hi"),
    ("sharp_s_stays", lambda f: f.equals_ignoring_case("STRASSE"), ""),
    ("sharp_s", lambda f: f.equals_ignoring_case("STRAßE"), "l"),
    ("sql", lambda f: f == "'; DROP TABLE shot;--", ""),
    ("sql_contains", lambda f: f.contains("' OR '1'='1"), ""),
    ("graphql", lambda f: f == 'x") { name } evil: project(name: "y', ""),
    ("regular_expression", lambda f: f.starts_with("(a+)+$"), ""),
    ("regular_expression_dot", lambda f: f.contains("A.pha"), ""),
]


def _letters(found: list[str]) -> str:
    return "".join(name[-1] for name in found)


@needs("find", "create")
class TestFilterText(Cases):
    @pytest.fixture(scope="class")
    @classmethod
    def text(cls, shelf: Show) -> str:
        name = free_field(shelf, "text")
        rows = [{"name": f"sh_{letter}", name: text} for letter, text in TEXTS.items()]
        shelf.shots(*({k: v for k, v in row.items() if v is not None} for row in rows))
        return name

    @pytest.mark.parametrize(
        ("make", "wanted"), [case[1:] for case in TEXT_CASES], ids=[case[0] for case in TEXT_CASES]
    )
    def test_text(self, shelf: Show, text: str, make: Callable[[Any], Filter], wanted: str) -> None:
        assert _letters(shelf.names("Shot", make(field(text)))) == wanted

    @pytest.mark.parametrize(
        ("operator", "value", "wanted"),
        [
            ("is", "Alpha", "a"), ("is_not", "Alpha", "bcdefghijkl"), ("is", None, "d"), ("is_not", None, "abcefghijkl"),
            ("in", ["Alpha", None], "ad"), ("not_in", ["Alpha", None], "bcefghijkl"), ("in", [], ""), ("not_in", [], EVERY),
            ("contains", "ALPHA", "abc"), ("not_contains", "ALPHA", "defghijkl"), ("starts_with", "50", "f"),
            ("not_starts_with", "50", "abcdeghijkl"), ("ends_with", "%", "e"), ("not_ends_with", "%", "abcdfghijkl"),
            ("equals_ignoring_case", "alphabet", "c"), ("not_equals_ignoring_case", "alphabet", "abdefghijkl"),
            ("in_ignoring_case", ["ALPHA"], "ab"), ("not_in_ignoring_case", ["ALPHA"], "cdefghijkl"),
        ],
    )  # fmt: skip
    def test_text_in_the_list_form(self, shelf: Show, text: str, operator: str, value: Any, wanted: str) -> None:
        assert _letters(shelf.names("Shot", [[text, operator, value]])) == wanted

    def test_every_value_finds_itself_alone(self, shelf: Show, text: str) -> None:
        for letter, value in TEXTS.items():
            assert _letters(shelf.names("Shot", field(text) == value)) == letter

    def test_a_composed_and_a_decomposed_letter_are_two_texts(self, show: Show) -> None:
        name = free_field(show, "text")
        composed, decomposed = "caf\u00e9", "cafe\u0301"
        show.shots({"name": "sh1", name: composed}, {"name": "sh2", name: decomposed})
        assert show.names("Shot", field(name) == composed) == ["sh1"]
        assert show.names("Shot", field(name) == decomposed) == ["sh2"]
        assert show.names("Shot", field(name).equals_ignoring_case("CAFÉ")) == ["sh1"]


@needs("find", "create")
class TestFilterNames(Cases):
    def test_names_that_differ_in_case_are_two(self, show: Show) -> None:
        one, two = show.sequence("SQA"), show.sequence("SQB")
        show.shot("SH010", parent=one)
        show.shot("sh010", parent=two)
        assert show.names("Shot", field("name") == "SH010") == ["SH010"]
        assert show.names("Shot", field("name") == "sh010") == ["sh010"]
        assert show.names("Shot", field("name") == "Sh010") == []
        assert show.names("Shot", field("name").is_in(["sh010"])) == ["sh010"]
        assert show.names("Shot", field("name") != "sh010") == ["SH010"]
        assert show.names("Shot", field("name").equals_ignoring_case("Sh010")) == ["SH010", "sh010"]
        assert show.names("Shot", field("name").in_ignoring_case(["SH010"])) == ["SH010", "sh010"]
        assert show.names("Shot", field("name").contains("H01")) == ["SH010", "sh010"]

    def test_a_wildcard_in_a_name_is_a_plain_character(self, show: Show) -> None:
        show.shots({"name": "sh_010"}, {"name": "shX010"}, {"name": "sh.010"})
        assert show.names("Shot", field("name").contains("sh_0")) == ["sh_010"]
        assert show.names("Shot", field("name").starts_with("sh.")) == ["sh.010"]
        assert show.names("Shot", field("name") == "sh_010") == ["sh_010"]

    def test_a_name_that_looks_like_a_number_is_text(self, show: Show) -> None:
        show.shots({"name": "010"}, {"name": "10"}, {"name": "1e1"})
        assert show.names("Shot", field("name") == "10") == ["10"]
        assert show.names("Shot", field("name").is_in(["010", "1e1"])) == ["010", "1e1"]


_EPOCH = datetime(2024, 2, 29, 12, 30, 15, tzinfo=timezone.utc)
ORDERED: dict[str, tuple[Any, Any, Any]] = {
    "integer": (-5, 2, 10),
    "float": (-0.5, 2.25, 10.125),
    "percent": (0, 20, 100),
    "currency": (-2.5, 0.0, 1234.5),
    "date": (date(1999, 12, 31), date(2024, 2, 29), date(2024, 10, 1)),
    "datetime": (_EPOCH - timedelta(days=400), _EPOCH, _EPOCH + timedelta(seconds=1)),
    "duration": (timedelta(0), timedelta(minutes=90), timedelta(days=3)),
    "timecode": (0, 2000, 10000),
}
"""A low, a middle and a high value; as text some would sort otherwise."""

ORDERED_CASES: list[tuple[str, Callable[[Any, Any, Any, Any], Filter], str]] = [
    ("is", lambda f, low, mid, high: f == mid, "m"),
    ("is_not", lambda f, low, mid, high: f != mid, "lhn"),
    ("is_null", lambda f, low, mid, high: f.is_null(), "n"),
    ("is_not_null", lambda f, low, mid, high: ~f.is_null(), "lmh"),
    ("in", lambda f, low, mid, high: f.is_in([low, high]), "lh"),
    ("in_null", lambda f, low, mid, high: f.is_in([low, None]), "ln"),
    ("in_none_given", lambda f, low, mid, high: f.is_in([]), ""),
    ("not_in", lambda f, low, mid, high: f.not_in([low, high]), "mn"),
    ("not_in_null", lambda f, low, mid, high: f.not_in([low, None]), "mh"),
    ("less_than", lambda f, low, mid, high: f < mid, "l"),
    ("at_most", lambda f, low, mid, high: f <= mid, "lm"),
    ("greater_than", lambda f, low, mid, high: f > mid, "h"),
    ("at_least", lambda f, low, mid, high: f >= mid, "mh"),
    ("not_less_than", lambda f, low, mid, high: ~(f < mid), "mhn"),
    ("not_at_least", lambda f, low, mid, high: ~(f >= mid), "ln"),
    ("between", lambda f, low, mid, high: f.between(low, mid), "lm"),
    ("between_one_value", lambda f, low, mid, high: f.between(mid, mid), "m"),
    ("not_between", lambda f, low, mid, high: ~f.between(low, mid), "hn"),
]


@needs("find", "create")
class TestFilterOrdered(Cases):
    @pytest.fixture(scope="class", params=list(ORDERED))
    @classmethod
    def data_type(cls, request: pytest.FixtureRequest) -> str:
        return str(request.param)

    @pytest.fixture(scope="class")
    @classmethod
    def data(cls, shelf: Show, data_type: str) -> tuple[Show, str]:
        show = shelf.stack.show()
        name = free_field(show, data_type)
        values = dict(zip("hlm", [ORDERED[data_type][at] for at in (2, 0, 1)], strict=True))
        show.shots(*({"name": f"sh_{letter}", name: value} for letter, value in values.items()), {"name": "sh_n"})
        return show, name

    @pytest.mark.parametrize(("make", "wanted"), [c[1:] for c in ORDERED_CASES], ids=[c[0] for c in ORDERED_CASES])
    def test_ordered(self, data: tuple[Show, str], data_type: str, make: Callable[..., Filter], wanted: str) -> None:
        show, name = data
        found = show.names("Shot", make(field(name), *ORDERED[data_type]))
        assert _letters(found) == "".join(letter for letter in "hlmn" if letter in wanted)


@needs("find", "create")
class TestFilterDates(Cases):
    @pytest.fixture(scope="class")
    @classmethod
    def day(cls, shelf: Show) -> str:
        name = free_field(shelf, "date")
        today = datetime.now(timezone.utc).date()
        for offset in (-400, -40, -8, -7, -1, 0, 1, 6, 8, 45):
            shelf.shot(f"sh_{offset + 1000}", **{name: today + timedelta(days=offset)})
        shelf.shot("sh_none")
        return name

    def offsets(self, shelf: Show, condition: Filter) -> list[int]:
        return [int(name[3:]) - 1000 for name in shelf.names("Shot", condition) if name != "sh_none"]

    def test_in_last_and_in_next_count_from_now_and_skip_null(self, shelf: Show, day: str) -> None:
        assert self.offsets(shelf, field(day).in_last(7, "day")) == [-7, -1, 0]
        assert self.offsets(shelf, field(day).in_last(1, "week")) == [-7, -1, 0]
        assert self.offsets(shelf, field(day).in_next(6, "days")) == [0, 1, 6]
        assert self.offsets(shelf, field(day).in_last(0, "day")) == [0]
        assert "sh_none" not in shelf.names("Shot", field(day).in_last(100, "year"))

    def test_the_negatives_match_null(self, shelf: Show, day: str) -> None:
        found = shelf.names("Shot", ~field(day).in_last(7, "day"))
        assert "sh_none" in found
        assert len(found) == 8
        assert shelf.names("Shot", [[day, "not_in_last", 7, "day"]]) == found

    def test_calendar_days_weeks_months_and_years(self, shelf: Show, day: str) -> None:
        today = datetime.now(timezone.utc).date()
        assert self.offsets(shelf, field(day).in_calendar_day()) == [0]
        assert self.offsets(shelf, field(day).in_calendar_day(-1)) == [-1]
        every = (-400, -40, -8, -7, -1, 0, 1, 6, 8, 45)
        days = {offset: today + timedelta(days=offset) for offset in every}
        monday = today - timedelta(days=today.weekday())
        week = [offset for offset, it in days.items() if monday <= it < monday + timedelta(days=7)]
        assert self.offsets(shelf, field(day).in_calendar_week()) == week
        month = [offset for offset, it in days.items() if (it.year, it.month) == (today.year, today.month)]
        assert self.offsets(shelf, field(day).in_calendar_month()) == month
        year = [offset for offset, it in days.items() if it.year == today.year - 1]
        assert self.offsets(shelf, field(day).in_calendar_year(-1)) == year

    def test_a_datetime_is_compared_as_a_moment_whatever_its_zone(self, show: Show) -> None:
        name = self.field_of(show, "datetime")
        show.shot("sh1", **{name: _EPOCH})
        elsewhere = _EPOCH.astimezone(timezone(timedelta(hours=14)))
        assert show.names("Shot", field(name) == elsewhere) == ["sh1"]
        assert show.names("Shot", field(name) < elsewhere) == []
        assert show.names("Shot", field(name) == "2024-02-29T12:30:15Z") == ["sh1"]

    def test_records_made_just_now_are_made_in_the_last_hour(self, show: Show) -> None:
        show.shot("sh1")
        assert show.names("Shot", field("created_at").in_last(1, "hour")) == ["sh1"]
        assert show.names("Shot", ~field("created_at").in_last(1, "hour")) == []


@needs("find", "create")
class TestFilterCheckbox(Cases):
    def test_true_false_and_not_given(self, show: Show) -> None:
        name = self.field_of(show, "checkbox")
        show.shots({"name": "yes", name: True}, {"name": "no", name: False}, {"name": "unset"})
        unset = show.column("Shot", name, field("name") == "unset")[0]
        assert unset in (None, False)
        assert show.names("Shot", field(name) == True) == ["yes"]  # noqa: E712 - the filter's own spelling
        assert show.names("Shot", field(name) != True) == ["no", "unset"]  # noqa: E712
        assert show.names("Shot", field(name) == False) == (["no", "unset"] if unset is False else ["no"])  # noqa: E712
        assert show.names("Shot", field(name).is_null()) == (["unset"] if unset is None else [])


@needs("find", "create")
class TestFilterStatus(Cases):
    @pytest.fixture(scope="class")
    @classmethod
    def two(cls, shelf: Show) -> list[str]:
        one, two = shelf.statuses()
        shelf.shots({"name": "sh1", "status": one}, {"name": "sh2", "status": two}, {"name": "sh3", "status": one})
        return [one, two]

    def test_status(self, shelf: Show, two: list[str]) -> None:
        assert shelf.names("Shot", field("status") == two[0]) == ["sh1", "sh3"]
        assert shelf.names("Shot", field("status") != two[0]) == ["sh2"]
        assert shelf.names("Shot", field("status").is_in(two)) == ["sh1", "sh2", "sh3"]
        assert shelf.names("Shot", field("status").not_in(two)) == []
        assert shelf.names("Shot", field("status").equals_ignoring_case(two[1].swapcase())) == ["sh2"]
        assert shelf.names("Shot", field("status").is_null()) == []

    def test_the_other_spelling_of_a_status_means_the_same(self, shelf: Show, two: list[str]) -> None:
        aliases = shelf.stack.schema.field("Shot", "status").aliases
        for other, key in aliases.items():
            if key == two[0]:
                assert shelf.names("Shot", field("status") == other) == ["sh1", "sh3"]


@needs("find", "create")
class TestFilterChoices(Cases):
    @pytest.fixture(scope="class")
    @classmethod
    def tags(cls, shelf: Show) -> list[str]:
        one, two = shelf.choices("Shot", "tags", ["hero", "night"])
        shelf.shots({"name": "both", "tags": [one, two]}, {"name": "one", "tags": [one]}, {"name": "none"},
                    {"name": "two", "tags": [two]}, {"name": "empty", "tags": []})  # fmt: skip
        return [one, two]

    def test_is_and_in_test_membership(self, shelf: Show, tags: list[str]) -> None:
        assert shelf.names("Shot", field("tags") == tags[0]) == ["both", "one"]
        assert shelf.names("Shot", field("tags").is_in(tags)) == ["both", "one", "two"]
        assert shelf.names("Shot", field("tags").is_in([])) == []

    def test_the_negatives_say_that_no_element_matches(self, shelf: Show, tags: list[str]) -> None:
        assert shelf.names("Shot", field("tags") != tags[0]) == ["none", "two", "empty"]
        assert shelf.names("Shot", field("tags").not_in(tags)) == ["none", "empty"]

    def test_null_means_empty(self, shelf: Show, tags: list[str]) -> None:
        assert shelf.names("Shot", field("tags").is_null()) == ["none", "empty"]
        assert shelf.names("Shot", ~field("tags").is_null()) == ["both", "one", "two"]
        assert shelf.names("Shot", field("tags").is_in([None, tags[1]])) == ["both", "none", "two", "empty"]

    def test_values_come_back_as_they_went_in(self, shelf: Show, tags: list[str]) -> None:
        found = shelf.column("Shot", "tags")
        assert [sorted(value) for value in found] == [sorted(tags), [tags[0]], [], [tags[1]], []]
