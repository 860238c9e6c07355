"""Answers as JSON: the same, by types made for the rows and by dicts."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trackerkit_shotgrid.gateway import encoding
from trackerkit_shotgrid.gateway.encoding import as_json, dicts, dumps

SHARED = {"type": "Project", "id": 70, "name": 'Big "Buck"'}
VALUES: list[Any] = [
    None, True, False, 0, -7, 2**53, 1.5, 1e300, 1e-7, "", "plain",
    "é 日 \U0001f600", "a\"b\\c\n\t\x00\x7f</script>", [], [1, "b"],
    {}, SHARED, [SHARED, SHARED], {"deep": {"er": [None]}},
]  # fmt: skip
NAMES = ("type", "id", "code", "entity.Shot.sg_sequence", "$FROM$Task.entity.content")


def columns_of(rows: int) -> list[list[Any]]:
    picked = [[VALUES[(row + at) % len(VALUES)] for row in range(rows)] for at in range(3)]
    return [["Shot"] * rows, list(range(rows)), *picked]


@pytest.mark.parametrize("rows", [1, 19, 20, 500])
def test_both_ways_say_the_same(rows: int) -> None:
    made = columns_of(rows)
    told = json.loads(dumps({"results": {"entities": as_json(NAMES, made)}}))
    assert told == {"results": {"entities": dicts(NAMES, made)}}
    assert list(told["results"]["entities"][0]) == list(NAMES)


def test_types_are_used_where_they_can_be() -> None:
    assert isinstance(as_json(NAMES, columns_of(500)), list) is not encoding.IS_QUICK


@pytest.mark.parametrize("name", ['a"b', "a\\b", "a\nb", "日"])
def test_an_odd_name_is_told_too(name: str) -> None:
    names, made = (*NAMES[:4], name), columns_of(30)
    assert json.loads(dumps(as_json(names, made))) == dicts(names, made)


def test_a_value_that_has_no_form_in_json_is_an_error_either_way() -> None:
    for rows in (1, 30):
        made = columns_of(rows)
        made[2] = [object()] * rows
        with pytest.raises((TypeError, ValueError)):
            dumps(as_json(NAMES, made))


def test_without_the_quick_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding, "IS_QUICK", False)
    monkeypatch.setattr(encoding, "orjson", None)
    made = columns_of(30)
    assert json.loads(dumps(as_json(NAMES, made))) == dicts(NAMES, made)


def test_keys_that_are_no_text_are_written_as_text() -> None:
    assert json.loads(dumps({"a": {1: "b"}})) == {"a": {"1": "b"}}
