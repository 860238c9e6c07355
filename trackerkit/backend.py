"""Backend: what a tracker package implements. Few verbs are abstract; the rest is built on them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import IO, Any, ClassVar

from trackerkit.capabilities import Capabilities
from trackerkit.entities import Page
from trackerkit.errors import BatchError, TrackerError, UnsupportedError
from trackerkit.evaluate import Record
from trackerkit.events import Cursor, Event, Mark
from trackerkit.filters import And, Condition
from trackerkit.operations import Operation, Result
from trackerkit.query import Path, Query, build
from trackerkit.residual import finish_records
from trackerkit.schema import Schema, SchemaChange
from trackerkit.values import Attachment, Image, Ref

_EVENTS = 500
"""Events of one page, where a backend has no way of its own."""

Notify = Callable[[Any], None]
"""Called with a ``transfers.Progress``."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """Where a query is answered.

    Args:
        backend: the scheme.
        pushed: the conditions that the tracker evaluates, in words; empty for none.
        left: the conditions that are evaluated here.
        order: ``tracker``, ``here`` or ``creation``.
        native: the native query (SQL, GraphQL and its variables, ShotGrid filters).
        notes: what else is worth knowing: where ``limit`` and ``count`` are finished, hidden requests.
    """

    backend: str
    pushed: str
    left: str = ""
    order: str = "creation"
    native: Any = None
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.backend} evaluates: {self.pushed or 'nothing'}"]
        lines.append(f"finished here: {self.left or 'nothing'}")
        lines.append(f"order: {self.order}")
        lines += [f"note: {note}" for note in self.notes]
        if self.native is not None:
            lines.append(f"native: {self.native}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Check:
    """One finding of ``doctor``.

    Args:
        name: what was looked at.
        is_ok: True when it is as it should be.
        text: what was found.
        hint: what to do about it.
    """

    name: str
    is_ok: bool
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Me:
    """Who a connection acts as."""

    login: str
    ref: Ref | None = None
    rights: Mapping[str, Any] = field(default_factory=dict)


class Backend(ABC):
    """One tracker, spoken to in neutral terms.

    A class attribute says what it is; ``schema``, ``read`` and ``write`` are all that a backend must have. Everything in
    a ``Query`` and in an ``Operation`` has been checked against ``schema()`` before it gets here.

    A backend is shared between threads.
    """

    scheme: ClassVar[str]
    title: ClassVar[str]
    capabilities: Capabilities = Capabilities()

    @property
    @abstractmethod
    def site(self) -> str:
        """Where the records live: a store's uuid, or a server's lower-case ``host[:port]``."""

    @abstractmethod
    def schema(self, project: Ref | None = None) -> Schema:
        """The schema of the tracker, or of one project where they differ. Cached by the backend; cheap to call."""

    @abstractmethod
    def read(self, query: Query) -> Iterator[Page]:
        """The pages of an answer, in order. Nothing is requested before the first page is asked for."""

    @abstractmethod
    def write(self, operations: Sequence[Operation], *, atomic: bool = True) -> list[Result]:
        """Make changes, in order; all or nothing when ``atomic``.

        Raises:
            BatchError: names the operation that failed; nothing was kept.
            OutcomeUnknown: no usable answer came back.
        """

    def close(self) -> None:  # noqa: B027 - nothing to close is a fair default
        """Let go of connections."""

    def me(self) -> Me:
        """Who this connection acts as."""
        return Me("")

    def fetch(
        self, refs: Sequence[Ref], fields: Sequence[str], state: str = "active", *, retired_links: bool = False
    ) -> dict[Ref, Record]:
        """Records by their Refs, in bulk: a mapping of the fields, with the Ref under ``"ref"``.

        Fields that a type lacks are left out; records that are gone are left out. A Ref made by hand finds its record too.
        """
        found: dict[Ref, Record] = {}
        for (type_name, project), group in _grouped(refs).items():
            schema = self.schema()
            names = [name for name in fields if schema.find_field(type_name, name) is not None]
            for start in range(0, len(group), 500):
                ids = tuple(ref.id for ref in group[start : start + 500])
                query = build(
                    schema,
                    type_name,
                    Condition("id", "in", ids),
                    fields=names,
                    state=state,
                    archived=True,
                    retired_links=retired_links,
                    projects=[Ref("Project", project, project, site=self.site)] if project else None,
                )
                asked = {ref.id: ref for ref in group[start : start + 500]}
                for page in self.read(query):
                    for ref, values in zip(page.refs(), page.tuples()):  # noqa: B905 - Python 3.10
                        found[asked[ref.id]] = {"ref": ref, **dict(zip(names, values))}  # noqa: B905
        return {ref: found[ref] for ref in refs if ref in found}

    def count(self, query: Query) -> int:
        """How many records a query matches."""
        bare = query.with_(fields=(), order=())
        return sum(len(page) for page in self.read(bare))

    def summarize(self, query: Query, wanted: Sequence[tuple[Path, str]], levels: Sequence[Any]) -> Any:
        """A ``summaries.Summary`` that the tracker makes itself; None where it is made here, of the records.

        Args:
            query: which records.
            wanted: checked fields, each with a kind of ``summaries.SUMMARIES``.
            levels: ``summaries.Grouping``, outermost first.
        """
        return None

    def explain(self, query: Query) -> Explanation:
        """Which part of a query the tracker evaluates and which is finished here."""
        return Explanation(self.scheme, "", repr(query.filter))

    def change_schema(self, change: SchemaChange) -> str:
        """Change the schema; the name of the field or type as the tracker has it now."""
        raise self.unsupported("schema.type" if change.action == "create_type" else "schema.field")

    def change_schema_many(self, changes: Sequence[SchemaChange]) -> list[str]:
        """Several changes of the schema, in order; a tracker that can makes all of them or none, and at once."""
        return [self.change_schema(change) for change in changes]

    def trashed_fields(self) -> Sequence[tuple[str, str]]:
        """Deleted fields that are still in a trash, as ``(type, name)``: a tracker may keep their names taken."""
        return ()

    def upload(
        self, ref: Ref, field_name: str | None, source: Any, *, filename: str, on_progress: Notify | None = None
    ) -> Attachment | Image:
        """Send a file (a ``transfers.Source``) to a record; ``field_name`` says where, None for a plain attachment."""
        raise self.unsupported("upload")

    def download(
        self,
        ref: Ref,
        field_name: str | None,
        target: FilePath | IO[bytes],
        *,
        value: Any = None,
        on_progress: Notify | None = None,
    ) -> Any:
        """Fetch a record's file into ``target``; ``value`` is the field's value, when it is at hand."""
        raise self.unsupported("download")

    def read_events(
        self, after: Cursor | None, *, limit: int = 500, types: Sequence[str] = (), project: Ref | None = None
    ) -> list[Event]:
        """Events behind a cursor, oldest first, at most ``limit``; from the beginning when it is None."""
        raise self.unsupported("events")

    def event_pages(
        self, after: Cursor | None, *, limit: int | None = None, types: Sequence[str] = (), project: Ref | None = None
    ) -> Iterator[list[Event]]:
        """Events that are there now, page by page, at most ``limit`` in all: ``read_events`` again and again.

        A backend that can ask for the next page before it is wanted has a way of its own.
        """
        rest = limit
        while rest is None or rest > 0:
            page = self.read_events(
                after, limit=_EVENTS if rest is None else min(_EVENTS, rest), types=types, project=project
            )
            if not page:
                return
            yield page
            after = page[-1].cursor
            rest = None if rest is None else rest - len(page)

    def last_cursor(self) -> Cursor | None:
        """The cursor of the newest event; None when there is none."""
        raise self.unsupported("events")

    def wait_for_events(self, timeout_s: float) -> None:
        """Wait until there may be something new, at most ``timeout_s``."""
        import time

        time.sleep(min(timeout_s, 1.0))

    def acting_as(self, login: str) -> Backend:
        """The same tracker, acting as another user."""
        raise self.unsupported("acting_as")

    def marked(self, mark: Mark) -> Backend:
        """The same tracker, whose events of what is written through it say something besides, where it can have them say it.

        It shares this backend's connection, and is good as long as this one is open.
        """
        return self

    def web_url(self, ref: Ref) -> str:
        """A page for people that shows the record."""
        raise self.unsupported("web_url")

    @property
    def native(self) -> Any:
        """The vendor's own client, logged in the same way."""
        raise self.unsupported("native")

    def checks(self, prepare: bool = False) -> Iterable[Check]:
        """What ``doctor`` finds; with ``prepare``, what it did about it."""
        return ()

    def unsupported(self, capability: str) -> TrackerError:
        """The error for a capability that this backend lacks."""
        try:
            self.capabilities.require(capability, self.scheme)
        except UnsupportedError as error:
            return error
        return UnsupportedError(f"{self.scheme} says that it can {capability!r}, but does not", backend=self.scheme)


def _grouped(refs: Iterable[Ref]) -> dict[tuple[str, str | None], list[Ref]]:
    groups: dict[tuple[str, str | None], list[Ref]] = {}
    for ref in dict.fromkeys(refs):
        groups.setdefault((ref.type, ref.project), []).append(ref)
    return groups


class ScanBackend(Backend):
    """A backend for a tracker without a query engine: it lists records, and every query is answered here."""

    @abstractmethod
    def scan(self, type_name: str, query: Query) -> Iterable[Record]:
        """The records of one concrete type in creation order, as ``query``'s projects, state and archived allow.

        Each record holds all of its fields, reverse links and ancestors included, and its Ref under ``"ref"``.
        """

    def records_of(self, query: Query) -> list[Record]:
        """The records that a query ranges over: of every kind, for Folder."""
        return [record for name in self.schema().concrete(query.type) for record in self.scan(name, query)]

    def read(self, query: Query) -> Iterator[Page]:
        """Everything is read at once; a page's cursor holds keys and ids, so rows may come and go between pages."""
        yield from finish_records(query, self.records_of(query), self.look_up)

    def look_up(self, refs: Sequence[Ref], fields: Sequence[str]) -> Mapping[Ref, Record]:
        """Active records by their Refs."""
        found: dict[Ref, Record] = {}
        for name in {ref.type for ref in refs}:
            wanted = {ref for ref in refs if ref.type == name}
            every = Query(name, And(()), archived=True)
            found.update((r["ref"], r) for r in self.scan(name, every) if r["ref"] in wanted)
        return found


def failed(index: int, operation: Operation, error: TrackerError) -> BatchError:
    """The error of a batch whose operation ``index`` failed."""
    what = f"{operation.kind} {operation.ref or operation.type}"
    return BatchError(f"operation {index} ({what}) failed: {error.message}", index=index, cause=error, hint=error.hint)
