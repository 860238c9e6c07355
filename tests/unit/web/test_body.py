"""JSON bodies: what is read, what is refused, and that nothing hurts."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Route

from trackerkit.web import body
from trackerkit.web.body import depth_exceeds, parse_json
from trackerkit.web.errors import RefusedError
from trackerkit.web.serve import Server

Serve = Callable[..., Server]

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(codec="utf-8")),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(codec="utf-8")), inner, max_size=4)
    ),
    max_leaves=20,
)


# Both where orjson is installed; without it there is only one way to read.
@pytest.fixture(params=["stdlib", *(["orjson"] if body._fast else [])])
def parser(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "stdlib":
        monkeypatch.setattr(body, "_fast", None)
    return str(request.param)


@given(json_values, st.booleans())
def test_parse_json_gives_what_was_written(value: Any, ascii_only: bool) -> None:
    written = json.dumps(value, ensure_ascii=ascii_only).encode()
    fast = parse_json(written, 1000)
    slow = body._parse_slowly(written)
    assert fast == slow == value
    assert repr(fast) == repr(slow)


def _depth(value: Any) -> int:
    if isinstance(value, dict):
        value = list(value.values())
    return 1 + max(map(_depth, value), default=0) if isinstance(value, list) else 0


@given(json_values, st.integers(0, 8))
def test_depth_exceeds_counts_as_a_reader_does(value: Any, limit: int) -> None:
    assert depth_exceeds(json.dumps(value).encode(), limit) == (_depth(value) > limit)


@given(st.binary(max_size=60) | st.text('[]{}",:\\u1ae d', max_size=60).map(str.encode))
def test_parse_json_of_anything_gives_a_value_or_a_refusal(data: bytes) -> None:
    try:
        value = parse_json(data)
    except RefusedError:
        return
    expected = json.loads(data.removeprefix(b"\xef\xbb\xbf").decode())
    assert value == expected


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b" ",
        b"nonsense",
        b"{",
        b'{"a": 1,}',
        b"{'a': 1}",
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"[1e400]",
        b"[" + b"9" * 5000 + b"]",
        b'"\\ud800"',
        b'["\\udc00\\ud800"]',
        b'"\xff"',
        '{"a": 1}'.encode("utf-16"),
        '{"a": 1}'.encode("utf-32-le"),
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"a":' * 100_000,
        b"[" * 65 + b"]" * 65,
        b'"' + b"[" * 100_000,
    ],
    ids=lambda data: repr(data[:20]),
)
def test_parse_json_refuses(parser: str, data: bytes) -> None:
    with pytest.raises(RefusedError) as caught:
        parse_json(data)
    assert caught.value.http_status == 400
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"\xef\xbb\xbf[1]", [1]),
        (b'{"a": 1, "a": 2}', {"a": 2}),
        (b"[" * 64 + b"]" * 64, None),
        (b'"' + b"[" * 100_000 + b'"', "[" * 100_000),
        (b'["\\"[[[", "\\\\"]', ['"[[[', "\\"]),
        (b"[18446744073709551616]", [2**64]),
        (b"[-0.0]", [-0.0]),
        (b'"\\ud83c\\udfac"', "🎬"),
    ],
    ids=lambda data: repr(data)[:20],
)
def test_parse_json_reads(parser: str, data: bytes, value: Any) -> None:
    assert parse_json(data) == value or value is None


def test_parse_json_counts_the_depth_of_hostile_nesting() -> None:
    data = b"[" + b",".join([b"[" * 60 + b"]" * 60] * 10_000) + b"]"  # 1.2 MB
    assert not depth_exceeds(data, 64)
    assert depth_exceeds(data, 60)


def test_deep_json_is_a_400_and_the_server_goes_on(serve: Serve, echo: Route) -> None:
    server = serve([echo])
    for data in (b"[" * 100_000, b"[" * 100_000 + b"]" * 100_000, b'{"a":' * 100_000):
        answer = requests.post(server.url, data, timeout=10)
        assert answer.status_code == 400
        assert "Traceback" not in answer.text
    assert requests.post(server.url, json={"a": 1}, timeout=10).json() == {"a": 1}


def test_a_large_body_is_read_in_a_thread_with_the_same_result(serve: Serve, echo: Route) -> None:
    server = serve([echo])
    value = [{"name": f"shot {n}"} for n in range(40_000)]
    assert requests.post(server.url, json=value, timeout=30).json() == value


def test_a_compressed_body_is_refused(serve: Serve, echo: Route) -> None:
    server = serve([echo])
    answer = requests.post(server.url, b"\x1f\x8b", headers={"Content-Encoding": "gzip"}, timeout=10)
    assert answer.status_code == 415
