"""A tracker in a dict, answered by ``evaluate``: the oracle that every backend is held against."""

from __future__ import annotations

import copy
import hashlib
import mimetypes
import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path as FilePath
from types import MappingProxyType
from typing import IO, Any, ClassVar

from trackerkit.backend import Me, Notify, ScanBackend, failed
from trackerkit.capabilities import Capabilities, cannot
from trackerkit.clock import SYSTEM, Clock
from trackerkit.config import Address, Profile
from trackerkit.errors import ConflictError, DomainError, NotFoundError, TrackerError, UnsupportedError
from trackerkit.evaluate import Record, effective
from trackerkit.events import NO_MARK, Cursor, Event, Mark
from trackerkit.model import folder_kind, neutral_schema
from trackerkit.operations import Added, Numbered, Operation, Removed, Result
from trackerkit.query import Query
from trackerkit.schema import EntityType, Field, Schema, SchemaChange
from trackerkit.values import Attachment, Image, Ref

_UID = Field("uid", "uuid", label="Unique id", read_only=True)


class _Row:
    """One stored record: its own values, and the derived ones as a mapping."""

    __slots__ = ("is_retired", "ref", "uid", "values")

    def __init__(self, ref: Ref, uid: str, values: dict[str, Any]) -> None:
        self.ref = ref
        self.uid = uid
        self.values = values
        self.is_retired = False


class _View(Mapping[str, Any]):
    """A row as ``evaluate`` reads it: every field of its type, derived ones made on the spot."""

    __slots__ = ("_backend", "_row")

    def __init__(self, backend: MemoryBackend, row: _Row) -> None:
        self._backend = backend
        self._row = row

    def __getitem__(self, name: str) -> Any:
        return self._backend._value(self._row, name)

    def __iter__(self) -> Iterator[str]:
        return iter(("ref", *self._backend.schema().type(self._row.ref.type).fields))

    def __len__(self) -> int:
        return sum(1 for _ in self)


class MemoryBackend(ScanBackend):
    """A whole tracker in memory, with every neutral type.

    Args:
        schema: what it holds; the neutral model by default.
        clock: the time of creations and events.
        login: who it acts as; made as a User at the first change.
    """

    scheme: ClassVar[str] = "memory"
    title: ClassVar[str] = "memory"
    capabilities = Capabilities(
        {
            "web_url": cannot("there is no page of a record in memory"),
            "native": cannot("there is no vendor's client"),
            "inherited": cannot("a record has its own values only"),
            "cascade": cannot("nothing cascades by itself", "delete with recursive=True"),
        }
    )

    def __init__(self, schema: Schema | None = None, clock: Clock = SYSTEM, login: str = "memory") -> None:
        base = schema or neutral_schema()
        self._schema = base.replaced(*(kind.with_fields(_UID) for kind in base.types.values()))
        self._clock = clock
        self._login = login
        self._site = str(uuid.uuid4())
        self._rows: dict[str, _Row] = {}
        self._uids: dict[str, _Row] = {}
        self._events: list[Event] = []
        self._hidden: set[int] = set()
        self._mark = NO_MARK
        self._files: dict[str, bytes] = {}
        self._logged: dict[str, Event] = {}
        self._trashed: list[tuple[str, str]] = []
        self._next = 1
        self._lock = threading.RLock()
        self._news = threading.Condition(self._lock)

    @classmethod
    def open(cls, address: Address, profile: Profile) -> MemoryBackend:
        """A fresh tracker."""
        return cls(login=profile.get("user") or "memory")

    def copy(self) -> MemoryBackend:
        """A tracker of its own with the same records; the schema is one until either of them changes it."""
        with self._lock:
            made = object.__new__(MemoryBackend)
            made.__dict__.update(self.__dict__)
            made._rows, made._uids, made._events, made._next = self._snapshot()
            made._files, made._hidden, made._logged = dict(self._files), set(), dict(self._logged)
            made._trashed = list(self._trashed)
        made._lock = threading.RLock()
        made._news = threading.Condition(made._lock)
        return made

    def hide_events(self, count: int) -> None:
        """Make a hole: the next so many events are not seen, while those behind them are, until ``show_events``."""
        with self._lock:
            self._hidden |= set(range(len(self._events) + 1, len(self._events) + 1 + count))

    def show_events(self) -> None:
        """Close every hole: what was hidden is seen, as if its transaction had ended only now."""
        with self._news:
            self._hidden.clear()
            self._news.notify_all()

    @property
    def site(self) -> str:
        return self._site

    def schema(self, project: Ref | None = None) -> Schema:
        return self._schema

    def me(self) -> Me:
        return Me(self._login, self._user())

    # --- reading -------------------------------------------------------------------------------------------------

    def records_of(self, query: Query) -> list[Record]:
        if query.type == "Event":
            return [self._event_record(event) for event in self._events if event.number not in self._hidden]
        names = frozenset(self._schema.concrete(query.type))
        with self._lock:
            rows = [row for row in self._rows.values() if row.ref.type in names and self._is_seen(row, query)]
        return [_View(self, row) for row in rows]

    def scan(self, type_name: str, query: Query) -> Iterable[Record]:
        return [item for item in self.records_of(query) if item["ref"].type == type_name]

    def look_up(self, refs: Sequence[Ref], fields: Sequence[str]) -> Mapping[Ref, Record]:
        found = {}
        for ref in refs:
            row = self._rows.get(ref.id)
            if row is not None and not row.is_retired and row.ref == ref:
                found[ref] = _View(self, row)
        return found

    def _is_seen(self, row: _Row, query: Query) -> bool:
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

    def _value(self, row: _Row, name: str) -> Any:
        if name == "ref":
            return self._labelled(row)
        item = self._schema.type(row.ref.type).fields.get(name)
        if item is None:
            raise KeyError(name)
        if item.ancestor is not None:
            return self._ancestor(row, item.ancestor)
        if item.reverse_of is not None:
            return self._reverse(row, item.reverse_of)
        return self._stored(row, item)

    def _stored(self, row: _Row, item: Field) -> Any:
        if item.name in _DERIVED and (item.read_only or item.name == "id"):
            return _DERIVED[item.name](self, row)
        value = row.values.get(item.name)
        if item.name == "label" and value is None and row.ref.type != "Reviewable":
            return row.values.get("name")
        if item.is_link:
            return self._links(value or []) if item.is_many else next(iter(self._links([value] if value else [])), None)
        if item.is_many:
            return list(value or [])
        if item.data_type == "json":
            return copy.deepcopy(value)
        return False if value is None and item.data_type == "checkbox" else value

    def _links(self, refs: Iterable[Ref]) -> list[Ref]:
        rows = [self._rows.get(ref.id) for ref in refs]
        return [self._labelled(row) for row in rows if row is not None and not row.is_retired]

    def _labelled(self, row: _Row) -> Ref:
        display = self._schema.type(row.ref.type).display
        project = row.ref.id if row.ref.type == "Project" else getattr(row.values.get("project"), "id", None)
        return row.ref.replace(project=project, label=row.values.get(display))

    def _reverse(self, row: _Row, source: tuple[str, str]) -> list[Ref]:
        names = frozenset(self._schema.concrete(source[0]))
        return [
            self._labelled(other)
            for other in self._rows.values()
            if other.ref.type in names and not other.is_retired and _points(other.values.get(source[1]), row.ref)
        ]

    def _parent(self, row: _Row) -> _Row | None:
        link = (
            row.values.get("parent") or row.values.get("product") or row.values.get("version") or row.values.get("task")
        )
        found = self._rows.get(link.id) if isinstance(link, Ref) else None
        return found if found is not None and not found.is_retired else None

    def _ancestor(self, row: _Row, kind: str) -> Ref | None:
        above = self._parent(row)
        while above is not None:
            if above.ref.type == kind:
                return self._labelled(above)
            above = self._parent(above)
        return None

    def _path(self, row: _Row) -> str:
        names = [row.values.get("name") or ""]
        above = self._parent(row)
        while above is not None and above.ref.type in self._schema.concrete("Folder"):
            names.append(above.values.get("name") or "")
            above = self._parent(above)
        return "/" + "/".join(reversed(names))

    # --- writing -------------------------------------------------------------------------------------------------

    def write(self, operations: Sequence[Operation], *, atomic: bool = True) -> list[Result]:
        with self._lock:
            kept = self._snapshot() if atomic and len(operations) > 1 else None
            results = []
            for index, operation in enumerate(operations):
                try:
                    results.append(_WRITES[operation.kind](self, operation))
                except TrackerError as error:
                    if kept is None:
                        raise
                    self._rows, self._uids, self._events, self._next = kept
                    raise failed(index, operation, error) from error
            self._news.notify_all()
            return results

    def _snapshot(self) -> Any:
        rows = {}
        for id, row in self._rows.items():
            rows[id] = twin = _Row(row.ref, row.uid, dict(row.values))
            twin.is_retired = row.is_retired
        return rows, {row.uid: row for row in rows.values()}, list(self._events), self._next

    def _log(self, operation: Operation) -> Result:
        """A program's own event."""
        values, key = operation.values, operation.key
        known = self._logged.get(key or "")
        if known is not None and known in self._events:
            return Result(
                Ref("Event", known.number or 0, site=self._site, native="Event"), {"name": known.name}, done=False
            )
        if values.get("name") is None:
            raise DomainError("an event of one's own needs a name", path="Event.name")
        if not isinstance(values.get("data"), (Mapping, type(None))):
            raise DomainError("an event's data is a JSON object", path="Event.data")
        self._check_links(values)
        entity = values.get("entity")
        home = values.get("project") or operation.project
        home = home or (self._project_of({"it": entity}) if entity is not None else None)
        number = len(self._events) + 1
        event = Event(
            key=f"{self._site}:{number}", cursor=str(number), at=self._clock.now(), kind="other", entity=entity,
            actor=values["actor"] if "actor" in values else self._user(), project=home, number=number, name=values["name"],
            origin=values.get("origin") or self._mark.origin, data=dict(values.get("data") or {}),
            description=values.get("description") or "",
        )  # fmt: skip
        self._events.append(event)
        if key:
            self._logged[key] = event
        ref = Ref("Event", number, home.id if home is not None else None, self._site, "Event")
        return Result(ref, {**values, "kind": "other", "number": number, "at": event.at})

    def _create(self, operation: Operation) -> Result:
        if operation.type == "Event":
            return self._log(operation)
        uid = operation.key or uuid.uuid4().hex
        known = self._uids.get(uid)
        if known is not None:
            if known.ref.type not in self._schema.concrete(operation.type):
                raise ConflictError(f"the key {uid} belongs to a {known.ref.type}", backend=self.scheme)
            return Result(self._labelled(known), dict(known.values), done=False)
        type_name = self._concrete(operation)
        values = {name: value for name, value in operation.values.items() if name not in ("created_at", "created_by")}
        defaults = {
            item.name: item.default for item in self._schema.type(type_name).fields.values() if item.default is not None
        }
        named = {name: value.with_id(self._next) for name, value in values.items() if isinstance(value, Numbered)}
        operation = replace(operation, values={**operation.values, **named})
        values = {**defaults, **values, **named}
        self._check_links(values)
        if type_name == "Project" and self._named("Project", values["name"]):
            raise ConflictError(f"a project is called {values['name']!r} already", backend=self.scheme)
        if self._schema.type(type_name).in_project and values.get("project") is None:
            home = operation.project or self._project_of(values)
            if home is not None:
                values["project"] = home
            elif type_name != "Attachment":
                raise DomainError(f"a {type_name} needs a project", hint="give project=…", path=f"{type_name}.project")
        if self._schema.is_a(type_name, "Folder"):
            values["kind"] = operation.values.get("kind") or type_name
        ref = Ref(type_name, self._next, site=self._site, native=type_name)
        self._next += 1
        row = _Row(ref, uid, values)
        now, actor = self._clock.now(), self._user_unless(operation)
        row.values |= {
            "created_at": operation.values.get("created_at") or now,
            "created_by": operation.values.get("created_by") or actor,
            "updated_at": now,
            "updated_by": actor,
        }
        self._rows[ref.id] = self._uids[uid] = row
        self._record_creation(row, actor, {**operation.values, **defaults})
        return Result(self._labelled(row), dict(values))

    def _concrete(self, operation: Operation) -> str:
        kind = operation.values.get("kind")
        if operation.type == "Folder" and kind in self._schema.kinds:
            return str(kind)
        return operation.type

    def _record_creation(self, row: _Row, actor: Ref | None, names: Iterable[str]) -> None:
        self._event(row, "created", actor)
        for name in names:
            item = self._schema.type(row.ref.type).fields[name]
            if row.values.get(name) not in (None, []):
                self._changed(row, item, None, row.values[name], actor, in_create=True)

    def _update(self, operation: Operation) -> Result:
        row = self._row(operation)
        self._check_links(operation.values)
        actor, written = self._user_unless(operation), {}
        for name, value in operation.values.items():
            old = row.values.get(name)
            new = _changed_list(old or [], value) if isinstance(value, (Added, Removed)) else value
            written[name] = new
            item = self._schema.type(row.ref.type).fields[name]
            if _differ(item, old, new):
                row.values[name] = new
                self._changed(row, item, old, new, actor)
        row.values["updated_at"], row.values["updated_by"] = self._clock.now(), actor
        return Result(self._labelled(row), written)

    def _delete(self, operation: Operation) -> Result:
        row = self._row(operation)
        if operation.permanent:
            return self._purge(row, operation.recursive)
        if row.is_retired:
            return Result(self._labelled(row), done=False)
        if operation.recursive:
            for other in self._hanging(row):
                if not other.is_retired:
                    self._delete(replace(operation, ref=other.ref, type=other.ref.type))
        row.is_retired = True
        self._event(row, "retired", self._user())
        return Result(self._labelled(row))

    def _purge(self, row: _Row, recursive: bool) -> Result:
        hanging = self._hanging(row)
        if hanging and not recursive:
            raise ConflictError(
                f"{row.ref} has {len(hanging)} records hanging on it, {hanging[0].ref} for one",
                hint="recursive=True deletes them too",
                backend=self.scheme,
            )
        for other in hanging:
            if other.ref.id in self._rows:
                self._purge(other, recursive)
        self._event(row, "deleted", self._user())
        del self._rows[row.ref.id], self._uids[row.uid]
        return Result(row.ref)

    def _restore(self, operation: Operation) -> Result:
        row = self._row(operation)
        if not row.is_retired:
            return Result(self._labelled(row), done=False)
        row.is_retired = False
        self._event(row, "restored", self._user())
        return Result(self._labelled(row))

    def _hanging(self, row: _Row) -> list[_Row]:
        """Records that make no sense without this one: what it is the parent, product, version or note of."""
        return [
            other
            for other in self._rows.values()
            if any(_points(other.values.get(name), row.ref) for name in _HOLDERS)
            or (row.ref.type == "Project" and _points(other.values.get("project"), row.ref))
        ]

    def _row(self, operation: Operation) -> _Row:
        assert operation.ref is not None
        row = self._rows.get(operation.ref.id)
        if row is None or row.ref.type not in self._schema.concrete(operation.type):
            raise NotFoundError(f"there is no {operation.ref.type} {operation.ref.id}", backend=self.scheme)
        return row

    def _check_links(self, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            given = (
                value.values if isinstance(value, (Added, Removed)) else value if isinstance(value, list) else [value]
            )
            for ref in given:
                if isinstance(ref, Ref) and ref.id not in self._rows:
                    raise NotFoundError(f"{name}: there is no {ref.type} {ref.id}", backend=self.scheme)

    def _project_of(self, values: Mapping[str, Any]) -> Ref | None:
        for value in values.values():
            for ref in value if isinstance(value, list) else [value]:
                row = self._rows.get(ref.id) if isinstance(ref, Ref) else None
                if row is not None:
                    home = row.ref if row.ref.type == "Project" else row.values.get("project")
                    if home is not None:
                        return Ref("Project", home.id, site=self._site, native="Project")
        return None

    def _named(self, type_name: str, name: Any) -> _Row | None:
        return next((r for r in self._rows.values() if r.ref.type == type_name and r.values.get("name") == name), None)

    def _user_unless(self, operation: Operation) -> Ref | None:
        """The actor; None while the actor's own User is being made."""
        making = operation.kind == "create" and operation.type == "User" and operation.values.get("name") == self._login
        return None if making else self._user()

    def _user(self) -> Ref:
        row = self._named("User", self._login)
        if row is None:
            self._create(Operation("create", "User", values={"name": self._login, "active": True, "kind": "script"}))
            row = self._named("User", self._login)
        assert row is not None
        return self._labelled(row)

    # --- schema --------------------------------------------------------------------------------------------------

    def change_schema(self, change: SchemaChange) -> str:
        with self._lock:
            if change.action == "create_type":
                return self._create_type(change)
            owner = self._schema.type(change.type)
            if change.action == "create_field" and change.name in owner.fields:
                raise ConflictError(f"{change.type} has a field {change.name!r} already", backend=self.scheme)
            if change.action == "delete_field":
                self._trashed.append((change.type, change.name))
            for kind in (owner, *(self._schema.type(name) for name in self._schema.concrete(change.type)[:-1])):
                made = kind.without_field(change.name)
                if change.action != "delete_field" and change.field is not None:
                    made = kind.with_fields(change.field)
                self._schema = self._schema.replaced(made, epoch=object())
            return change.name

    def trashed_fields(self) -> Sequence[tuple[str, str]]:
        return list(self._trashed)

    def _create_type(self, change: SchemaChange) -> str:
        if change.type in self._schema:
            raise ConflictError(f"there is a type {change.type!r} already", backend=self.scheme)
        wanted = change.entity_type
        if wanted is not None and wanted.base == "Folder":
            made = folder_kind(change.type, self._schema.type("Folder"))
        else:
            made = _new_type(self._schema, wanted or EntityType(change.type, {}, label=change.type))
        self._schema = self._schema.replaced(made, epoch=object())
        return change.type

    # --- files ---------------------------------------------------------------------------------------------------

    def upload(
        self, ref: Ref, field_name: str | None, source: Any, *, filename: str, on_progress: Notify | None = None
    ) -> Attachment | Image:
        with self._lock:
            row = self._row(Operation("update", ref.type, ref))
            data = b"".join(source.chunks())
            digest = hashlib.sha256(data).hexdigest()
            self._files[digest] = data
            if field_name == "thumbnail":
                image = Image(id=digest, hash=f"sha256:{digest}")
                self._update(Operation("update", ref.type, row.ref, {"thumbnail": image}))
                return image
            mime = mimetypes.guess_type(filename)[0] or "application/octet-stream"
            value = Attachment(None, filename, len(data), mime, f"sha256:{digest}")
            return self._attach(row, field_name, value)

    def _attach(self, row: _Row, field_name: str | None, value: Attachment) -> Attachment:
        home = self._project_of({"it": row.ref})
        facts = {"filename": value.filename, "size": value.size, "mime_type": value.mime_type, "hash": value.hash}
        if (field_name is None and row.ref.type == "Version") or field_name == "reviewables":
            facts.pop("filename")
            named = {"label": value.filename, "filename": value.filename, "version": row.ref}
            made = self._create(
                Operation("create", "Reviewable", values={**facts, **named, "url": value}, project=home)
            )
        else:
            links = [row.ref] if row.ref.type != "Note" else []
            made = self._create(
                Operation(
                    "create",
                    "Attachment",
                    values={**facts, "kind": "upload", "links": links, "url": value},
                    project=home,
                )
            )
            if row.ref.type in ("Note", "Reply") and field_name in (None, "attachments"):
                self._update(Operation("update", row.ref.type, row.ref, {"attachments": Added((made.ref,))}))
        value = Attachment(made.ref.id, value.filename, value.size, value.mime_type, value.hash)
        self._rows[made.ref.id].values["url"] = value
        if field_name not in (None, "reviewables", "attachments"):
            self._update(Operation("update", row.ref.type, row.ref, {field_name: value}))
        return value

    def download(
        self,
        ref: Ref,
        field_name: str | None,
        target: FilePath | IO[bytes],
        *,
        value: Any = None,
        on_progress: Notify | None = None,
    ) -> Any:
        from trackerkit.transfers import store_stream

        row = self._row(Operation("update", ref.type, ref))
        found = value or row.values.get(field_name or "url")
        if not isinstance(found, (Attachment, Image)) or not found.hash:
            raise NotFoundError(f"{ref} has no file in {field_name or 'url'!r}", backend=self.scheme)
        data = self._files[found.hash.removeprefix("sha256:")]
        return store_stream(
            [data], target, size=len(data), sha256=found.hash.removeprefix("sha256:"), on_progress=on_progress
        )

    # --- events --------------------------------------------------------------------------------------------------

    def _event(self, row: _Row, kind: str, actor: Ref | None, **facts: Any) -> None:
        number = len(self._events) + 1
        home = self._project_of({"it": row.ref})
        event = Event(
            key=f"{self._site}:{number}", cursor=str(number), at=self._clock.now(), kind=kind,
            entity=self._labelled(row), actor=actor, project=home, number=number, name=f"{row.ref.type}.{kind}",
            origin=self._mark.origin, data=dict(self._mark.data), **facts,
        )  # fmt: skip
        self._events.append(event)

    def _changed(self, row: _Row, item: Field, old: Any, new: Any, actor: Ref | None, in_create: bool = False) -> None:
        facts: dict[str, Any] = {"field": item.name, "data_type": item.data_type, "in_create": in_create}
        if item.is_many:
            before, after = old or [], new or []
            facts["added"] = tuple(each for each in after if each not in before)
            facts["removed"] = tuple(each for each in before if each not in after)
        else:
            facts |= {"old": old, "new": new}
        self._event(row, "changed", actor, **facts)

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
        about = next(iter(self._links([event.entity])), None) if event.entity is not None else None
        more = {"id": ref.id, "type": "Event", "created_at": event.at, "created_by": event.actor, "entity": about}
        return {**made, **more, "ref": ref}

    # --- acting as another user ----------------------------------------------------------------------------------

    def acting_as(self, login: str) -> MemoryBackend:
        if self._named("User", login) is None:
            raise NotFoundError(f"there is no user {login!r}", backend=self.scheme)
        twin = object.__new__(_Acting)
        object.__setattr__(twin, "__dict__", {"_home": self, "_login": login})
        return twin

    def marked(self, mark: Mark) -> MemoryBackend:
        twin = object.__new__(_Acting)
        object.__setattr__(twin, "__dict__", {"_home": self, "_login": self._login, "_mark": mark})
        return twin


class _Acting(MemoryBackend):
    """The same tracker under another login: everything but the login is its home's."""

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_home"], name)

    def __setattr__(self, name: str, value: Any) -> None:
        setattr(self.__dict__["_home"], name, value)


_HOLDERS = ("parent", "product", "version", "note")
_EVERY_TYPE_FIELDS = frozenset({"id", "type", "project", "created_at", "created_by", "updated_at", "updated_by"})
_NEW_TYPE_FIELDS = frozenset(
    {"id", "type", "project", "created_at", "created_by", "updated_at", "updated_by", "name", "label", "description",
     "status", "tags", "thumbnail"}
)  # fmt: skip
_DERIVED: dict[str, Callable[[MemoryBackend, _Row], Any]] = {
    "id": lambda backend, row: row.ref.id,
    "type": lambda backend, row: row.ref.type,
    "uid": lambda backend, row: row.uid,
    "path": lambda backend, row: backend._path(row),
}
_WRITES: dict[str, Callable[[MemoryBackend, Operation], Result]] = {
    "create": MemoryBackend._create,
    "update": MemoryBackend._update,
    "delete": MemoryBackend._delete,
    "restore": MemoryBackend._restore,
}


def _new_type(schema: Schema, wanted: EntityType) -> EntityType:
    """A type to be made: with fields of its own it has, besides them, only those of every type."""
    names = _EVERY_TYPE_FIELDS if wanted.fields else _NEW_TYPE_FIELDS
    fields = {n: f for n, f in schema.type("Playlist").fields.items() if n in names}
    if not wanted.in_project:
        fields.pop("project", None)
    return replace(wanted, fields=MappingProxyType({**fields, "uid": _UID, **wanted.fields}))


def _points(value: Any, ref: Ref) -> bool:
    value = effective(value)
    if isinstance(value, list):
        return any(item.id == ref.id for item in value if isinstance(item, Ref))
    return isinstance(value, Ref) and value.id == ref.id


def _differ(item: Field, old: Any, new: Any) -> bool:
    if item.is_many:
        return bool((old or []) != (new or []))
    return repr(old) != repr(new) if item.data_type == "json" else type(old) is not type(new) or bool(old != new)


def _changed_list(old: list[Any], change: Added | Removed) -> list[Any]:
    if isinstance(change, Added):
        return [*old, *(item for item in change.values if item not in old)]
    return [item for item in old if item not in change.values]


def now_utc() -> datetime:
    """The present moment."""
    return datetime.now(timezone.utc)


__all__ = ["MemoryBackend", "UnsupportedError", "now_utc"]
