"""The backend of the embedded store: wiring only."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path as FilePath
from typing import ClassVar

from trackerkit.backend import Backend, Explanation
from trackerkit.config import Address, Profile
from trackerkit.entities import Page
from trackerkit.operations import Operation, Result
from trackerkit.query import Query
from trackerkit.schema import Schema
from trackerkit.values import Ref
from trackerkit_sqlite.client import reads, writes
from trackerkit_sqlite.client.connections import Connections
from trackerkit_sqlite.client.store import Store


class SqliteBackend(Backend):
    """A whole tracker in one SQLite file."""

    scheme: ClassVar[str] = "sqlite"
    title: ClassVar[str] = "embedded store"

    def __init__(self, store: Store) -> None:
        self._store = store

    @classmethod
    def open(cls, address: Address, profile: Profile) -> SqliteBackend:
        return cls(Store(Connections(FilePath(address.path), synchronous=address.options.get("synchronous", "full"))))

    @property
    def site(self) -> str:
        return self._store.known().site

    def schema(self, project: Ref | None = None) -> Schema:
        return self._store.layout().schema

    def read(self, query: Query) -> Iterator[Page]:
        return reads.pages(self._store, query, self.fetch)

    def count(self, query: Query) -> int:
        found = reads.count(self._store, query)
        return super().count(query) if found is None else found

    def explain(self, query: Query) -> Explanation:
        return reads.explain(self._store, query)

    def write(self, operations: Sequence[Operation], *, atomic: bool = True) -> list[Result]:
        return writes.write(self._store, operations, atomic=atomic)

    def close(self) -> None:
        self._store.connections.close()
