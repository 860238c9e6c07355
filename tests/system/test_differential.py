"""The same random show and the same random questions in the oracle and in a tracker: the same rows in the same order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
import stacks
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from trackerkit.testing.conformance.stack import Stack
from trackerkit.testing.strategies import questions, worlds
from trackerkit.testing.twins import paths_for, twins

DATA_TYPES = (
    "text", "integer", "float", "date", "datetime", "duration", "checkbox", "choice", "choices", "currency", "json", "url",
)  # fmt: skip
CALM = settings(
    deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

UNSHRUNK = settings(CALM, phases=[Phase.explicit, Phase.reuse, Phase.generate])
"""A failure over HTTP is shown as it was found: making it smaller would take minutes."""


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stacks.sqlite(tmp_path_factory.mktemp("sqlite")) as made:
        yield made


@pytest.fixture(scope="module", params=[stacks.shotgrid, stacks.ayon], ids=["shotgrid", "ayon"])
def hosted(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    start: Callable[[Path], AbstractContextManager[Stack]] = request.param
    with start(tmp_path_factory.mktemp("hosted")) as made:
        yield made


def compare(stack: Stack, data: st.DataObject, count: int) -> None:
    """One show, and some questions about it."""
    fields = [name for name in map(stack.field_of, DATA_TYPES) if name]
    chosen = data.draw(st.lists(st.sampled_from(fields), max_size=4, unique=True)) if fields else []
    retires = stack.has("delete") and stack.has("find.retired")
    world = data.draw(worlds(stack.schema, chosen, retires))
    oracle, subject = twins(stack)
    for twin in (oracle, subject):
        twin.fill(world)
    paths = paths_for(stack, chosen)
    for _ in range(count):
        question = data.draw(questions(world, stack.schema, paths, retires))
        wanted = oracle.ask(question)
        note(f"{question}\nwanted {wanted}")
        assert subject.ask(question) == wanted
        assert subject.count(question) == len(wanted)


@settings(CALM, max_examples=100)
@given(data=st.data())
def test_sqlite_answers_as_the_oracle_does(sqlite: Stack, data: st.DataObject) -> None:
    compare(sqlite, data, 4)


@settings(UNSHRUNK, max_examples=6)
@given(data=st.data())
def test_a_vendors_protocol_answers_as_the_oracle_does(hosted: Stack, data: st.DataObject) -> None:
    compare(hosted, data, 8)


@pytest.mark.slow
@settings(CALM, max_examples=2000)
@given(data=st.data())
def test_sqlite_answers_a_great_many_questions_so(sqlite: Stack, data: st.DataObject) -> None:
    compare(sqlite, data, 6)


@pytest.mark.slow
@settings(UNSHRUNK, max_examples=150)
@given(data=st.data())
def test_a_vendors_protocol_answers_a_great_many_questions_so(hosted: Stack, data: st.DataObject) -> None:
    compare(hosted, data, 8)
