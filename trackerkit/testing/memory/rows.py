"""Records in a dict, read by ``evaluate``: its own values, and the derived ones made on the spot."""

from __future__ import annotations

import copy
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from trackerkit.backend import ScanBackend
from trackerkit.clock import Clock
from trackerkit.entities import Page
from trackerkit.evaluate import Record, effective
from trackerkit.events import NO_MARK, Cursor, Event
from trackerkit.query import Query
from trackerkit.residual import finish_records
from trackerkit.schema import Field, Schema
from trackerkit.values import Ref

UID = Field("uid", "uuid", label="Unique id", read_only=True)


class Row:
    """One stored record: its own values, and the derived ones as a mapping."""

    __slots__ = ("is_retired", "ref", "uid", "values")

    def __init__(self, ref: Ref, uid: str, values: dict[str, Any]) -> None:
        self.ref = ref
        self.uid = uid
        self.values = values
        self.is_retired = False


class View(Mapping[str, Any]):
    """A row as ``evaluate`` reads it: every field of its type, derived ones made on the spot.

    Args:
        backend: whose row it is.
        row: the row.
        every: links lead to retired records too.
    """

    __slots__ = ("_backend", "_every", "_row")

    def __init__(self, backend: Rows, row: Row, every: bool = False) -> None:
        self._backend = backend
        self._row = row
        self._every = every

    def __getitem__(self, name: str) -> Any:
        return self._backend._value(self._row, name, self._every)

    def __iter__(self) -> Iterator[str]:
        return iter(("ref", *self._backend.schema().type(self._row.ref.type).fields))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Rows(ScanBackend):
    """The records and events of one tracker, as they are read.

    Args:
        schema: what it holds.
        clock: the time of creations and events.
        login: who it acts as.
    """

    def __init__(self, schema: Schema, clock: Clock, login: str) -> None:
        self._schema = schema
        self._clock = clock
        self._login = login
        self._site = str(uuid.uuid4())
        self._rows: dict[str, Row] = {}
        self._uids: dict[str, Row] = {}
        self._events: list[Event] = []
        self._hidden: set[int] = set()
        self._mark = NO_MARK
        self._files: dict[str, bytes] = {}
        self._logged: dict[str, Event] = {}
        self._trashed: list[tuple[str, str]] = []
        self._next = 1
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)

    @property
    def site(self) -> str:
        return self._site

    def schema(self, project: Ref | None = None) -> Schema:
        return self._schema

    # --- reading -------------------------------------------------------------------------------------------------

    def records_of(self, query: Query) -> list[Record]:
        if query.type == "Event":
            return [self._event_record(event) for event in self._events if event.number not in self._hidden]
        names = frozenset(self._schema.concrete(query.type))
        with self._lock:
            rows = [row for row in self._rows.values() if row.ref.type in names and self._is_seen(row, query)]
        return [View(self, row, query.retired_links) for row in rows]

    def read(self, query: Query) -> Iterator[Page]:
        look_up = partial(self.look_up, retired_links=query.retired_links)
        yield from finish_records(query, self.records_of(query), look_up)

    def scan(self, type_name: str, query: Query) -> Iterable[Record]:
        return [item for item in self.records_of(query) if item["ref"].type == type_name]

    def look_up(self, refs: Sequence[Ref], fields: Sequence[str], retired_links: bool = False) -> Mapping[Ref, Record]:
        found = {}
        for ref in refs:
            row = self._rows.get(ref.id)
            if row is not None and (retired_links or not row.is_retired) and row.ref == ref:
                found[ref] = View(self, row, retired_links)
        return found

    def _is_seen(self, row: Row, query: Query) -> bool:
        if query.state != "all" and row.is_retired != (query.state == "retired"):
            return False
        project = row.ref if row.ref.type == "Project" else row.values.get("project")
        has_home = self._schema.type(row.ref.type).in_project or row.ref.type == "Project"
        if query.projects is not None and has_home:
            ids = {ref.id for ref in query.projects}
            if project is None or project.id not in ids:
                return False
        return query.archived or project is None or not self._is_archived(project)

    def _is_archived(self, project: Ref) -> bool:
        row = self._rows.get(project.id)
        return row is not None and bool(row.values.get("archived"))

    def _value(self, row: Row, name: str, every: bool) -> Any:
        if name == "ref":
            return self._labelled(row)
        item = self._schema.type(row.ref.type).fields.get(name)
        if item is None:
            raise KeyError(name)
        if item.ancestor is not None:
            return self._ancestor(row, item.ancestor, every)
        if item.reverse_of is not None:
            return self._reverse(row, item.reverse_of, every)
        return self._stored(row, item, every)

    def _stored(self, row: Row, item: Field, every: bool) -> Any:
        if item.name in _DERIVED and (item.read_only or item.name == "id"):
            return _DERIVED[item.name](self, row)
        value = row.values.get(item.name)
        if item.name == "label" and value is None and row.ref.type != "Reviewable":
            return row.values.get("name")
        if item.is_link:
            links = self._links((value or []) if item.is_many else [value] if value else [], every)
            return links if item.is_many else next(iter(links), None)
        if item.is_many:
            return list(value or [])
        if item.data_type == "json":
            return copy.deepcopy(value)
        return False if value is None and item.data_type == "checkbox" else value

    def _links(self, refs: Iterable[Ref], every: bool) -> list[Ref]:
        rows = [self._rows.get(ref.id) for ref in refs]
        return [self._labelled(row) for row in rows if row is not None and (every or not row.is_retired)]

    def _labelled(self, row: Row) -> Ref:
        display = self._schema.type(row.ref.type).display
        project = row.ref.id if row.ref.type == "Project" else getattr(row.values.get("project"), "id", None)
        return row.ref.replace(project=project, label=row.values.get(display))

    def _reverse(self, row: Row, source: tuple[str, str], every: bool) -> list[Ref]:
        names = frozenset(self._schema.concrete(source[0]))
        return [
            self._labelled(other)
            for other in self._rows.values()
            if other.ref.type in names
            and (every or not other.is_retired)
            and points(other.values.get(source[1]), row.ref)
        ]

    def _parent(self, row: Row, every: bool) -> Row | None:
        link = (
            row.values.get("parent") or row.values.get("product") or row.values.get("version") or row.values.get("task")
        )
        found = self._rows.get(link.id) if isinstance(link, Ref) else None
        return found if found is not None and (every or not found.is_retired) else None

    def _ancestor(self, row: Row, kind: str, every: bool) -> Ref | None:
        above = self._parent(row, every)
        while above is not None:
            if above.ref.type == kind:
                return self._labelled(above)
            above = self._parent(above, every)
        return None

    def _path(self, row: Row) -> str:
        names = [row.values.get("name") or ""]
        above = self._parent(row, every=True)
        while above is not None and above.ref.type in self._schema.concrete("Folder"):
            names.append(above.values.get("name") or "")
            above = self._parent(above, every=True)
        return "/" + "/".join(reversed(names))

    # --- events --------------------------------------------------------------------------------------------------

    def read_events(
        self, after: Cursor | None, *, limit: int = 500, types: Sequence[str] = (), project: Ref | None = None
    ) -> list[Event]:
        names = frozenset(kind for name in types for kind in self._schema.concrete(name))
        found = []
        for event in self._events[int(after or 0) :]:
            if event.number in self._hidden:
                continue
            if types and (event.entity is None or event.entity.type not in names):
                continue
            if project is not None and (event.project is None or event.project.id != project.id):
                continue
            found.append(event)
            if len(found) == limit:
                break
        return found

    def last_cursor(self) -> Cursor | None:
        return next((event.cursor for event in reversed(self._events) if event.number not in self._hidden), None)

    def wait_for_events(self, timeout_s: float) -> None:
        with self._news:
            self._news.wait(timeout_s)

    def _event_record(self, event: Event) -> Record:
        ref = Ref("Event", event.number or 0, site=self._site, native="Event")
        names = self._schema.type("Event").fields
        made = {name: getattr(event, name, None) for name in names}
        about = next(iter(self._links([event.entity], every=False)), None) if event.entity is not None else None
        more = {"id": ref.id, "type": "Event", "created_at": event.at, "created_by": event.actor, "entity": about}
        return {**made, **more, "ref": ref}


_DERIVED: dict[str, Callable[[Rows, Row], Any]] = {
    "id": lambda backend, row: row.ref.id,
    "type": lambda backend, row: row.ref.type,
    "uid": lambda backend, row: row.uid,
    "path": lambda backend, row: backend._path(row),
}


def points(value: Any, ref: Ref) -> bool:
    value = effective(value)
    if isinstance(value, list):
        return any(item.id == ref.id for item in value if isinstance(item, Ref))
    return isinstance(value, Ref) and value.id == ref.id
