"""A fresh state for each test: a SQLite file, or a schema of its own on TRACKERKIT_TEST_STATE_URL (PostgreSQL)."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from trackerkit.state import State
from trackerkit.state.passwords import Cost
from trackerkit.testing.clock import FakeClock


class Broken(Exception):
    """What a test raises inside a transaction."""


CHEAP = Cost(n=2**4, r=1, p=1)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[str]:
    """Where the state lives, as ``State.open`` takes it."""
    server = os.environ.get("TRACKERKIT_TEST_STATE_URL")
    if not server:
        yield f"sqlite:///{tmp_path / 'state.db'}"
        return
    import sqlalchemy

    schema = f"test_{uuid.uuid4().hex}"
    engine = sqlalchemy.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
        yield f"{server}?options=-csearch_path%3D{schema}"
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    engine.dispose()


@pytest.fixture
def break_off(state: State) -> Callable[[Callable[[Connection], None]], None]:
    """Do some work in a transaction that is rolled back."""

    def work_and_break(work: Callable[[Connection], None]) -> None:
        with pytest.raises(Broken), state.transaction() as connection:
            _break(connection, work)

    return work_and_break


def _break(connection: Connection, work: Callable[[Connection], None]) -> None:
    work(connection)
    raise Broken


@pytest.fixture
def state(place: str, clock: FakeClock) -> Iterator[State]:
    with State.open(place, clock=clock, password_cost=CHEAP) as opened:
        yield opened
