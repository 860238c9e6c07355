"""Changes of records in a dict, each with its events."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from trackerkit.backend import failed
from trackerkit.errors import ConflictError, DomainError, NotFoundError, TrackerError
from trackerkit.events import Event
from trackerkit.operations import Added, Numbered, Operation, Removed, Result
from trackerkit.schema import Field
from trackerkit.testing.memory.rows import Row, Rows, points
from trackerkit.values import Ref


class Writing(Rows):
    """The tracker as it is written."""

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
            rows[id] = twin = Row(row.ref, row.uid, dict(row.values))
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
        native = "Folder" if self._schema.is_a(type_name, "Folder") else type_name
        ref = Ref(type_name, self._next, site=self._site, native=native)
        self._next += 1
        row = Row(ref, uid, values)
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

    def _record_creation(self, row: Row, actor: Ref | None, names: Iterable[str]) -> None:
        self._event(row, "created", actor)
        for name in names:
            item = self._schema.type(row.ref.type).fields[name]
            if row.values.get(name) not in (None, []):
                self._changed(row, item, None, row.values[name], actor, in_create=True)

    def _update(self, operation: Operation) -> Result:
        row = self._row(operation)
        self._check_links(operation.values)
        actor, written = self._user_unless(operation), {}
        kind = operation.values.get("kind")
        if kind is not None and self._schema.is_a(row.ref.type, "Folder"):
            row.ref = row.ref.replace(type=kind if kind in self._schema.kinds else "Folder")
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

    def _purge(self, row: Row, recursive: bool) -> Result:
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

    def _hanging(self, row: Row) -> list[Row]:
        """Records that make no sense without this one: what it is the parent, product, version or note of."""
        return [
            other
            for other in self._rows.values()
            if any(points(other.values.get(name), row.ref) for name in _HOLDERS)
            or (row.ref.type == "Project" and points(other.values.get("project"), row.ref))
        ]

    def _row(self, operation: Operation) -> Row:
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

    def _named(self, type_name: str, name: Any) -> Row | None:
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

    # --- events --------------------------------------------------------------------------------------------------

    def _event(self, row: Row, kind: str, actor: Ref | None, **facts: Any) -> None:
        number = len(self._events) + 1
        home = self._project_of({"it": row.ref})
        event = Event(
            key=f"{self._site}:{number}", cursor=str(number), at=self._clock.now(), kind=kind,
            entity=self._labelled(row), actor=actor, project=home, number=number, name=f"{row.ref.type}.{kind}",
            origin=self._mark.origin, data=dict(self._mark.data), **facts,
        )  # fmt: skip
        self._events.append(event)

    def _changed(self, row: Row, item: Field, old: Any, new: Any, actor: Ref | None, in_create: bool = False) -> None:
        facts: dict[str, Any] = {"field": item.name, "data_type": item.data_type, "in_create": in_create}
        if item.is_many:
            before, after = old or [], new or []
            facts["added"] = tuple(each for each in after if each not in before)
            facts["removed"] = tuple(each for each in before if each not in after)
        else:
            facts |= {"old": old, "new": new}
        self._event(row, "changed", actor, **facts)


_HOLDERS = ("parent", "product", "version", "note")
_WRITES: dict[str, Callable[[Writing, Operation], Result]] = {
    "create": Writing._create,
    "update": Writing._update,
    "delete": Writing._delete,
    "restore": Writing._restore,
}


def _differ(item: Field, old: Any, new: Any) -> bool:
    if item.is_many:
        return bool((old or []) != (new or []))
    return repr(old) != repr(new) if item.data_type == "json" else type(old) is not type(new) or bool(old != new)


def _changed_list(old: list[Any], change: Added | Removed) -> list[Any]:
    held, given = [_named(item) for item in old], [_named(item) for item in change.values]
    if isinstance(change, Added):
        new = [item for item, name in zip(change.values, given) if name not in held]  # noqa: B905 - same length
        return [*old, *new]
    return [item for item, name in zip(old, held) if name not in given]  # noqa: B905 - same length


def _named(value: Any) -> Any:
    """What tells a value from others: a record its id alone, since a caller's Ref may not know its native type."""
    return value.id if isinstance(value, Ref) else value
