"""Values that break things, by data type: what a tracker holds must come back as it went in, the rest is refused."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any, Final

from trackerkit.values import Url

UTC: Final = timezone.utc

TEXTS: Final = {
    "plain": "plain",
    "one_letter": "x",
    "empty": "",
    "blank": " ",
    "padded": "  padded  ",
    "trailing_newline": "sh010\n",
    "lines_and_tabs": "one\ttwo\nthree\r\nfour",
    "quotes": 'Don\'t "say" `that`; a;b',
    "markup": "<b>&amp;&lt;</b> ]]> <!--",
    "escapes": "100% done_right \\n \\u0041 ${HOME} {{x}}",
    "sql": "'; DROP TABLE shot;--",
    "graphql": 'x") { name } evil: project(name: "y',
    "looks_like_a_datetime": "2024-01-01T00:00:00Z",
    "looks_like_a_number": "0010",
    "looks_like_null": "null",
    "looks_like_json": '{"a": [1, 2]}',
    "emoji": "🎬 👩‍👩‍👧‍👦",
    "composed": "caf\u00e9",
    "decomposed": "cafe\u0301",
    "right_to_left": "abc\u202edef",
    "chinese": "镜头 十",
    "turkish": "İstanbul ışık",
    "sharp_s": "Straße STRASSE",
    "zero_width": "a\u200bb\ufeffc",
    "byte_order_mark": "\ufeffstart",
    "control": "bell\x07 escape\x1b[31m",
    "dots": "..",
    "device": "CON",
    "flag": "-rf",
    "long": "ä" * 5000,
}
"""Texts that every tracker either keeps exactly or refuses before anything is sent."""

VALUES: Final[dict[str, dict[str, Any]]] = {
    "text": dict(TEXTS),
    "integer": {"zero": 0, "minus": -1, "int32": 2**31 - 1, "above_int32": 2**31, "above_double": 2**53 + 1,
                "int64": 2**63 - 1, "least_int64": -(2**63)},
    "float": {"zero": 0.0, "tenth": 0.1, "fps": 23.976, "tiny": 1e-9, "huge": 1e300, "minus": -59.94, "whole": 24.0,
              "many_digits": 1.0000000000000002},
    "percent": {"none": 0, "half": 50, "all": 100},
    "currency": {"cents": 12.34, "minus": -0.5, "large": 1e9},
    "checkbox": {"true": True, "false": False},
    "date": {"epoch": date(1970, 1, 1), "leap_day": date(2024, 2, 29), "year_999": date(999, 1, 1),
             "first": date(1, 1, 1), "last": date(9999, 12, 31)},
    "datetime": {
        "second": datetime(2024, 2, 29, 23, 59, 59, tzinfo=UTC),
        "microseconds": datetime(2024, 2, 29, 12, 0, 0, 123457, tzinfo=UTC),
        "milliseconds": datetime(2024, 2, 29, 12, 0, 0, 123000, tzinfo=UTC),
        "zone": datetime(2024, 3, 31, 2, 30, tzinfo=timezone(timedelta(hours=14))),
        "before_1970": datetime(1901, 1, 1, tzinfo=UTC),
        "year_999": datetime(999, 1, 1, tzinfo=UTC),
        "last": datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC),
    },
    "duration": {"none": timedelta(0), "minutes": timedelta(minutes=90), "days": timedelta(days=10),
                 "second": timedelta(seconds=1), "microsecond": timedelta(microseconds=1), "minus": timedelta(minutes=-30)},
    "timecode": {"none": 0, "hour": 3_600_000, "odd": 1001},
    "json": {"object": {"a": [1, 2.5, None, True, "x"], "ü": {"deep": [[]]}}, "list": [1, "2", None], "text": "x",
             "zero": 0, "false": False, "empty_object": {}, "empty_list": []},
    "color": {"hex": "#ff8000"},
    "uuid": {"plain": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"},
    "url": {"page": Url("https://example.com/a?b=1&c=%20#d", "A page"), "bare": Url("https://example.com/")},
    "choices": {"several": ["b", "a", "ü x"], "one": ["a"]},
}  # fmt: skip
"""Values of each data type; ``Show.holds`` tells which of them a tracker's field can hold."""

NEVER: Final[dict[str, dict[str, Any]]] = {
    "text": {"number": 1, "bytes": b"x", "null_byte": "a\x00b", "half_a_pair": "a\ud800b", "list": ["x"], "bool": True},
    "integer": {"float": 1.0, "text": "1", "bool": True, "too_large": 2**63, "too_small": -(2**63) - 1, "huge": 10**30},
    "float": {"nan": float("nan"), "infinity": float("inf"), "minus_infinity": float("-inf"), "text": "1.5", "bool": False},
    "checkbox": {"number": 1, "text": "true"},
    "date": {"datetime": datetime(2024, 1, 1, tzinfo=UTC), "text": "1.2.2024", "no_day": "2024-02-30", "week": "2024-W01-1"},
    "datetime": {"naive": datetime(2024, 1, 1), "date": date(2024, 1, 1), "naive_text": "2022-02-01 20:53:08.523887",  # noqa: DTZ001
                 "day_text": "2024-01-01", "leap_second": "2024-06-30T23:59:60Z", "far_zone": "2024-01-01T00:00:00+99:99",
                 "number": 1700000000, "leaves_the_years": datetime(1, 1, 1, tzinfo=timezone(timedelta(hours=14)))},
    "duration": {"number": 90, "text": "90"},
    "json": {"nan": {"a": [float("nan")]}, "key": {1: "x"}, "set": {"a", "b"}, "huge": [10**30], "deep": None},
    "choices": {"text": "a", "number": [1]},
    "url": {"number": 1},
}  # fmt: skip
"""Values that no tracker is ever sent, whatever its domain."""

_deep: Any = []
for _ in range(100):
    _deep = [_deep]
NEVER["json"]["deep"] = _deep
