"""Numbers for names: dense, increasing, for ever, with many writers at once."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection

from trackerkit.errors import ConflictError, InvalidInputError
from trackerkit.state import State

MINT = """
import json, sys
from trackerkit.state import State
place, mark = sys.argv[1:]
with State.open(place) as state:
    sys.stdin.readline()
    given = {}
    for batch in range(40):
        keys = [f"{mark}-{batch}-{n}" for n in range(5)] + [f"both-{batch}"]
        given.update(zip(keys, state.mint_numbers("folder", keys)))
print(json.dumps(given))
"""


def test_mint_numbers_are_dense_in_the_order_given(state: State) -> None:
    assert state.mint_numbers("folder", ["c", "a", "b"]) == [1, 2, 3]
    assert state.mint_numbers("folder", ["b", "d", "a", "d"]) == [3, 4, 2, 4]
    assert state.mint_numbers("task", ["a"]) == [1]
    assert state.mint_numbers("task", []) == []


def test_mint_numbers_for_thousands_of_names(state: State) -> None:
    names = [f"name {n}" for n in range(3001)]
    assert state.mint_numbers("folder", names) == list(range(1, 3002))
    assert state.mint_numbers("folder", names[::-1]) == list(range(3001, 0, -1))
    assert state.keys_for("folder", range(1, 4000)) == dict(zip(range(1, 3002), names, strict=True))


def test_mint_numbers_survive_a_restart(place: str) -> None:
    with State.open(place) as state:
        state.mint_numbers("folder", ["a", "b"])
    with State.open(place) as state:
        assert state.mint_numbers("folder", ["c", "a"]) == [3, 1]


def test_lookups_give_what_there_is(state: State) -> None:
    state.mint_numbers("folder", ["a", "b"])
    assert state.numbers_for("folder", ["b", "x", "b"]) == {"b": 2}
    assert state.keys_for("folder", [2, 9, -(2**70), 2**70]) == {2: "b"}
    assert state.keys_for("other", [1]) == {}


def test_mint_numbers_by_threads_at_once(state: State) -> None:
    def mint(worker: int) -> dict[str, int]:
        given = {}
        for batch in range(20):
            keys = [f"{worker}-{batch}", f"all-{batch}"]
            given.update(zip(keys, state.mint_numbers("folder", keys), strict=True))
        return given

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(mint, range(6)))
    numbers: dict[str, int] = {}
    for result in results:
        for key, number in result.items():
            assert numbers.setdefault(key, number) == number
    assert sorted(numbers.values()) == list(range(1, 6 * 20 + 20 + 1))


def test_mint_numbers_by_processes_at_once(place: str) -> None:
    """Two processes that start on a database that is not there yet, and mint some of the same names."""
    workers = [
        subprocess.Popen(
            [sys.executable, "-c", MINT, place, mark], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for mark in ("one", "two")
    ]
    results = []
    for worker in workers:
        assert worker.stdin is not None
        worker.stdin.write("\n")
        worker.stdin.flush()
    for worker in workers:
        out, _ = worker.communicate(timeout=60)
        assert worker.returncode == 0
        results.append(json.loads(out))
    shared = {key for key in results[0] if key.startswith("both")}
    assert all(results[0][key] == results[1][key] for key in shared)
    assert sorted({**results[0], **results[1]}.values()) == list(range(1, 2 * 40 * 5 + 40 + 1))


def test_mint_numbers_leaves_no_gap_after_a_failure(
    state: State, break_off: Callable[[Callable[[Connection], None]], None]
) -> None:
    with pytest.raises(InvalidInputError, match="a name with a number"):
        state.mint_numbers("folder", ["a", ""])
    break_off(lambda connection: state._db.next_number(connection, "folder", 5) and None)
    assert state.mint_numbers("folder", ["b"]) == [1]


def test_put_pairs_keeps_numbers_and_minting_goes_on_above(state: State) -> None:
    state.put_pairs("folder", [(7, "seven"), (3, "three"), (0, "zero")])
    state.put_pairs("folder", [(3, "three"), (9, "nine")])
    assert state.keys_for("folder", [0, 3, 7, 9]) == {0: "zero", 3: "three", 7: "seven", 9: "nine"}
    assert state.mint_numbers("folder", ["three", "new"]) == [3, 10]
    state.put_pairs("folder", [])


@pytest.mark.parametrize(
    "pairs",
    [[(2, "a")], [(1, "b")], [(5, "x"), (5, "y")], [(5, "x"), (6, "x")], [(8, "fine"), (1, "b")]],
)
def test_put_pairs_refuses_what_contradicts(state: State, pairs: list[tuple[int, str]]) -> None:
    state.put_pairs("folder", [(1, "a")])
    with pytest.raises(ConflictError, match="cannot be a pair"):
        state.put_pairs("folder", pairs)
    assert state.keys_for("folder", range(10)) == {1: "a"}


@pytest.mark.parametrize("number", [-1, 2**63, True, "1", 1.0, None])
def test_put_pairs_refuses_what_is_no_number(state: State, number: object) -> None:
    with pytest.raises(InvalidInputError, match="cannot be kept as a number"):
        state.put_pairs("folder", [(number, "a")])  # type: ignore[list-item]


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.lists(st.text("ab", min_size=1, max_size=3), max_size=12), max_size=5))
def test_mint_numbers_is_a_bijection(state: State, batches: list[list[str]]) -> None:
    for batch in batches:
        numbers = state.mint_numbers("bijection", batch)
        assert state.numbers_for("bijection", batch) == dict(zip(batch, numbers, strict=True))
    everything = state.keys_for("bijection", range(1, 100))
    assert sorted(everything) == list(range(1, len(everything) + 1))
    assert len(set(everything.values())) == len(everything)
