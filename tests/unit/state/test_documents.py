"""Documents, cursors and server secrets."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from sqlalchemy import Connection

from trackerkit.errors import InvalidInputError
from trackerkit.state import State
from trackerkit.testing.clock import FakeClock

BreakOff = Callable[[Callable[[Connection], None]], None]


@pytest.mark.parametrize("value", [{"a": [1, 2.5, None, True, "é🎬"]}, [], "", 0, False, 2**70])
def test_put_document_comes_back(state: State, value: Any) -> None:
    state.put_document("pages", "one", value)
    assert state.get_document("pages", "one") == value
    assert type(state.get_document("pages", "one")) is type(value)


def test_documents_are_apart_by_space(state: State) -> None:
    state.put_document("pages", "one", 1)
    state.put_document("pages", "one", 2)
    state.put_document("other", "one", 3)
    assert state.list_documents("pages") == {"one": 2}
    assert state.delete_document("pages", "one")
    assert not state.delete_document("pages", "one")
    assert state.get_document("pages", "one") is None
    assert state.get_document("other", "one") == 3


def test_list_documents_by_prefix_in_name_order(state: State) -> None:
    for name in ("b", "a%2", "a_1", "a%1", "A"):
        state.put_document("pages", name, name)
    assert list(state.list_documents("pages", "a%")) == ["a%1", "a%2"]
    assert list(state.list_documents("pages")) == ["A", "a%1", "a%2", "a_1", "b"]


def test_put_document_for_a_time(state: State, clock: FakeClock) -> None:
    state.put_document("pages", "brief", 1, ttl_s=10)
    state.put_document("pages", "kept", 2)
    clock.advance(10)
    assert state.get_document("pages", "brief") is None
    assert state.list_documents("pages") == {"kept": 2}
    assert state.add_document("pages", "brief", 3)


def test_add_document_is_for_the_first(state: State) -> None:
    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(lambda n: state.add_document("deliveries", "id", n), range(16)))
    assert sum(added) == 1
    assert state.get_document("deliveries", "id") == added.index(True)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), b"bytes", {1, 2}])
def test_put_document_refuses_what_json_cannot_hold(state: State, value: object) -> None:
    with pytest.raises(InvalidInputError, match="must be a JSON value"):
        state.put_document("pages", "one", value)


def test_put_document_refuses_a_circle(state: State) -> None:
    circle: list[object] = []
    circle.append(circle)
    with pytest.raises(InvalidInputError, match="must be a JSON value"):
        state.put_document("pages", "one", circle)


def test_cursor_moves(state: State) -> None:
    assert state.get_cursor("bot") is None
    state.set_cursor("bot", "12")
    state.set_cursor("bot", "13")
    state.set_cursor("other", "1")
    assert state.get_cursor("bot") == "13"
    assert state.list_cursors() == {"bot": "13", "other": "1"}
    assert state.delete_cursor("bot")
    assert state.get_cursor("bot") is None


def test_cursor_moves_with_its_transaction(state: State, break_off: BreakOff) -> None:
    def work(connection: Connection) -> None:
        state.set_cursor("bot", "13", connection)
        assert state.get_cursor("bot") == "12"  # not seen by others before it is committed

    state.set_cursor("bot", "12")
    break_off(work)
    assert state.get_cursor("bot") == "12"
    with state.transaction() as connection:
        state.set_cursor("bot", "13", connection)
    assert state.get_cursor("bot") == "13"


@pytest.mark.parametrize(("name", "value"), [("", "1"), ("a\0", "1"), ("bot", ""), ("bot", None), (None, "1")])
def test_set_cursor_refuses(state: State, name: Any, value: Any) -> None:
    with pytest.raises(InvalidInputError):
        state.set_cursor(name, value)


def test_server_secret_is_one_for_all(state: State, place: str) -> None:
    with State.open(place) as other, ThreadPoolExecutor(8) as pool:
        given = set(pool.map(lambda n: (state, other)[n % 2].server_secret("files"), range(16)))
    assert len(given) == 1
    assert len(given.pop()) == 32
    assert state.server_secret("files") != state.server_secret("tokens")
