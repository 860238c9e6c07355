"""JSON is refused and read the same way by every codec."""

from __future__ import annotations

import contextlib
import json
import sys
from datetime import date, datetime, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackerkit import jsontext
from trackerkit.errors import DomainError
from trackerkit.secrets import Secret

CODECS = {"stdlib": (jsontext._stdlib_encode, jsontext._stdlib_decode)}
with contextlib.suppress(ImportError):
    import orjson

    CODECS["orjson"] = (orjson.dumps, orjson.loads)
with contextlib.suppress(ImportError):
    import msgspec.json

    CODECS["msgspec"] = (msgspec.json.encode, msgspec.json.decode)


@pytest.fixture(params=CODECS)
def codec(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    encode, decode = CODECS[request.param]
    monkeypatch.setattr(jsontext, "_encode", encode)
    monkeypatch.setattr(jsontext, "_decode", decode)
    return str(request.param)


def deep(levels: int) -> Any:
    value: Any = 1
    for _ in range(levels):
        value = [value]
    return value


def cyclic() -> Any:
    value: dict[str, Any] = {}
    value["self"] = value
    return value


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ({"a": [1, {"b": float("nan")}]}, "a[1].b"),
        ([float("inf")], "[0]"),
        ({"x": -float("inf")}, "x"),
        ({"name": "half \ud800"}, "name"),
        ({"half \udfff": 1}, ""),
        ({"deep": {"key": {3: 4}}}, "deep.key"),
        ({"n": 2**64}, "n"),
        ({"n": -(2**63) - 1}, "n"),
        ({"n": 10**30}, "n"),
        ({"when": datetime(2026, 1, 1, tzinfo=timezone.utc)}, "when"),
        ({"when": date(2026, 1, 1)}, "when"),
        ({"key": Secret("never-in-a-body")}, "key"),
        ({"s": {1, 2}}, "s"),
        ({"b": b"x"}, "b"),
    ],
    ids=str,
)
def test_F75_what_json_cannot_say_is_refused(codec: str, value: Any, path: str) -> None:
    with pytest.raises(DomainError) as caught:
        jsontext.encoded(value)
    assert caught.value.path == path
    assert caught.value.sent == "no"
    assert "never-in-a-body" not in str(caught.value)


@pytest.mark.parametrize("value", [deep(251), deep(5000), cyclic()], ids=["251", "5000", "cycle"])
def test_what_is_too_deep_is_refused(codec: str, value: Any) -> None:
    with pytest.raises(DomainError, match="nested deeper than 250"):
        jsontext.encoded(value)


def test_250_levels_pass(codec: str) -> None:
    assert jsontext.decoded(jsontext.encoded(deep(250))) == deep(250)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        0,
        -0.0,
        1.5,
        2**63,
        2**64 - 1,
        -(2**63),
        "",
        "日本 🎬 \x00 \u2028",
        [],
        {},
        (1, [2, (3,)]),
        {"a": {"b": [1]}},
    ],
    ids=repr,
)
def test_round_trip(codec: str, value: Any) -> None:
    expected = json.loads(json.dumps(value))
    assert json.loads(jsontext.encoded(value)) == expected
    assert jsontext.decoded(jsontext.encoded(value)) == expected


def test_text_is_utf8_without_spaces(codec: str) -> None:
    assert jsontext.encoded({"a": ["日", 1]}) == '{"a":["日",1]}'.encode()


@pytest.mark.parametrize("text", [b"", b"NaN", b"[Infinity]", b'{"a":1}x', b"{", b"'a'", b"\xff"])
def test_what_is_no_json_is_refused(codec: str, text: bytes) -> None:
    with pytest.raises(ValueError):
        jsontext.decoded(text)


def test_endless_nesting_is_an_error_not_a_crash(codec: str) -> None:
    with pytest.raises(ValueError):
        jsontext.decoded(b"[" * 200_000)


@pytest.mark.parametrize("exact", [name for name in CODECS if name != "orjson"])
def test_big_integers_are_exact_but_for_orjson(exact: str) -> None:
    assert CODECS[exact][1](b"100000000000000000000001") == 100000000000000000000001


VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


@given(VALUES)
def test_every_codec_says_the_same(value: Any) -> None:
    for encode, decode in CODECS.values():
        assert json.loads(encode(value)) == value
        assert decode(jsontext.encoded(value)) == value


@pytest.mark.parametrize("is_fast", [True, False])
def test_picker_takes_some_keys(is_fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not is_fast:
        monkeypatch.setitem(sys.modules, "msgspec", None)
    pick = jsontext.picker(["b", "not an identifier", "gone"])
    assert list(pick('{"a": 1, "b": [1, {"x": null}], "not an identifier": "\u00e4"}')) == [[1, {"x": None}], "ä", None]
    assert list(pick(b'{"b": null}')) == [None, None, None]
    assert list(jsontext.picker([])('{"a": 1}')) == []


@pytest.mark.parametrize("is_fast", [True, False])
def test_lister_takes_some_keys_of_each_object(is_fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    if not is_fast:
        monkeypatch.setitem(sys.modules, "msgspec", None)
    whole = (
        b'{"x": 1, "rows": [{"b": [1], "a": 2, "more": {"k": "\xc3\xa4"}}, {"a": null, "b": "", "more": null, "c": 3}]}'
    )
    with_text = jsontext.Lister("rows", ["b"], ["b", "a"], "more")
    found = with_text.items(whole)
    assert [head for head, _ in found] == [[1], ""]
    made = [with_text.row(item) for _, item in found]
    assert [(row["a"], row["b"], len(row)) for row in made] == [(2, [1], 3), (None, "", 3)]
    assert [jsontext.decoded(row["more"]) for row in made] == [{"k": "ä"}, None]
    assert [jsontext.decoded(jsontext.text_of(row["more"])) for row in made] == [{"k": "ä"}, None]
    made[0]["b"].append("of its own")
    assert with_text.row(found[1][1]) == made[1]
    plain = jsontext.Lister("rows", ["b"], ["a"])
    assert [plain.row(item) for _, item in plain.items(whole)] == [{"a": 2}, {"a": None}]
    assert plain.items(b'{"rows": []}') == []
    for bad in (
        b'{"rows": [{"b": 1, "a": 1}, {}]}', b'{"rows": [{"b": 1}]}', b'{"rows": null}', b"{}", b"[1]", b'{"rows": [1]}',
        b'{"rows": [', b'{"rows": [{"b": 1, "a": 1, "c": "\xff"}]}', b'{"rows": ' + b"[" * 100_000,
    ):  # fmt: skip
        with pytest.raises(ValueError):
            plain.items(bad)
    (_, late), *_ = plain.items(b'{"rows": [{"b": 1, "a": 1}, {"b": 2}]}')[1:]
    with pytest.raises(ValueError):
        plain.row(late)
