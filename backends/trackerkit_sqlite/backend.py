"""The backend of the embedded store: wiring only."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any, ClassVar

from trackerkit.backend import Backend, Check, Explanation, Me, Notify
from trackerkit.capabilities import Capabilities, cannot
from trackerkit.config import Address, Profile
from trackerkit.entities import Page
from trackerkit.events import Cursor, Event, Mark
from trackerkit.operations import Operation, Result
from trackerkit.query import Query
from trackerkit.schema import Schema, SchemaChange
from trackerkit.transfers import Downloaded
from trackerkit.values import Attachment, Image, Ref
from trackerkit_sqlite.client import altering, reads, users, writes
from trackerkit_sqlite.client.following import Following
from trackerkit_sqlite.client.opening import Settings, open_store, settings_of
from trackerkit_sqlite.client.store import Store
from trackerkit_sqlite.transfers import Files, Transfers


class SqliteBackend(Backend):
    """A whole tracker in one SQLite file, with its attachments in a folder beside it.

    Args:
        store: the open database.
        settings: where the files lie, and the mark of the program that writes.
        me: who acts.
        is_guest: another backend opened the store and will close it.
        mark: what the events of its changes say besides; by default the settings' mark alone.
    """

    scheme: ClassVar[str] = "sqlite"
    title: ClassVar[str] = "embedded store"
    capabilities = Capabilities(
        {
            "web_url": cannot("a file has no page for people"),
            "native": cannot("there is no vendor's client of an embedded store"),
            "inherited": cannot("a record has its own values only"),
            "cascade": cannot("nothing cascades by itself", "delete with recursive=True"),
        }
    )

    def __init__(
        self, store: Store, settings: Settings, me: Me, *, is_guest: bool = False, mark: Mark | None = None
    ) -> None:
        self._store = store
        self._is_guest = is_guest
        self._settings = settings
        self._me = me
        self._actor = int(me.ref.id) if me.ref is not None else None
        self._following = Following(store)
        self._mark = mark or Mark(settings.origin)
        self._transfers = Transfers(store, Files(settings.files), self._actor, self._mark)

    @classmethod
    def open(cls, address: Address, profile: Profile) -> SqliteBackend:
        """Open the database file of an address; it is made when it does not exist.

        Settings, in the address or the profile: ``user`` (whose name stands in the events) with ``create_user``, ``files``
        (the folder of the attachments), ``synchronous`` (full, normal or off), ``busy_timeout`` (seconds), ``origin``.
        """
        store, settings = open_store(settings_of(address, profile))
        try:
            return cls(store, settings, users.log_in(store, settings.user, create=settings.create_user))
        except BaseException:
            store.connections.close()
            raise

    @property
    def site(self) -> str:
        return self._store.site

    def schema(self, project: Ref | None = None) -> Schema:
        return self._store.layout().schema

    def close(self) -> None:
        if not self._is_guest:
            self._store.connections.close()

    def me(self) -> Me:
        return self._me

    def acting_as(self, login: str) -> SqliteBackend:
        return type(self)(self._store, self._settings, users.act_as(self._store, login), is_guest=True)

    def marked(self, mark: Mark) -> SqliteBackend:
        mine = replace(mark, origin=mark.origin or self._settings.origin)
        return type(self)(self._store, self._settings, self._me, is_guest=True, mark=mine)

    def read(self, query: Query) -> Iterator[Page]:
        return reads.pages(self._store, query, self.fetch)

    def count(self, query: Query) -> int:
        found = reads.count(self._store, query)
        return super().count(query) if found is None else found

    def explain(self, query: Query) -> Explanation:
        return reads.explain(self._store, query)

    def write(self, operations: Sequence[Operation], *, atomic: bool = True) -> list[Result]:
        return writes.write(self._store, operations, atomic=atomic, actor=self._actor, mark=self._mark)

    def change_schema(self, change: SchemaChange) -> str:
        return altering.change_schema(self._store, [change])[0]

    def change_schema_many(self, changes: Sequence[SchemaChange]) -> list[str]:
        return altering.change_schema(self._store, changes)

    def trashed_fields(self) -> Sequence[tuple[str, str]]:
        return altering.trashed(self._store)

    def upload(
        self, ref: Ref, field_name: str | None, source: Any, *, filename: str, on_progress: Notify | None = None
    ) -> Attachment | Image:
        return self._transfers.upload(ref, field_name, source, filename, on_progress)

    def download(
        self,
        ref: Ref,
        field_name: str | None,
        target: Path | IO[bytes],
        *,
        value: Any = None,
        on_progress: Notify | None = None,
    ) -> Downloaded:
        return self._transfers.download(ref, field_name, target, value, on_progress)

    def read_events(
        self, after: Cursor | None, *, limit: int = 500, types: Sequence[str] = (), project: Ref | None = None
    ) -> list[Event]:
        return self._following.read(after, limit, types, project)

    def last_cursor(self) -> Cursor | None:
        return self._following.last()

    def wait_for_events(self, timeout_s: float) -> None:
        self._following.wait(timeout_s)

    def checks(self, prepare: bool = False) -> Iterable[Check]:
        return altering.checks(self._store, prepare)
