"""The same random show and the same random questions in the oracle and in a tracker: the same rows in the same order."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import stacks
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from trackerkit.testing.conformance.stack import Stack
from trackerkit.testing.strategies import questions, worlds
from trackerkit.testing.twins import paths_for, twins

import collections
HITS = collections.Counter()
def teardown_module():
    print("HITS", HITS)
DATA_TYPES = ("text", "integer", "float", "date", "datetime", "duration", "checkbox", "choice", "choices", "currency", "json", "url")
CALM = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with stacks.sqlite(tmp_path_factory.mktemp("sqlite")) as made:
        yield made


def compare(stack: Stack, data: st.DataObject, count: int) -> None:
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
        HITS[min(len(wanted),3)] += 1
        assert subject.ask(question) == wanted
        assert subject.count(question) == len(wanted)


@settings(CALM, max_examples=1500)
@given(data=st.data())
def test_sqlite_answers_as_the_oracle_does(sqlite: Stack, data: st.DataObject) -> None:
    compare(sqlite, data, 6)
