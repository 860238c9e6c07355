"""Making a record: its rows, its place in the tree, its events."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from trackerkit.errors import ConflictError, DomainError
from trackerkit.operations import Numbered, Operation, Result, new_key
from trackerkit.values import Ref
from trackerkit_sqlite.client.records import Facts
from trackerkit_sqlite.client.values import Sheet, link_rows, tag_rows
from trackerkit_sqlite.client.work import Work
from trackerkit_sqlite.compile.changes import NODE_COLUMNS, insert_node_sql, insert_sql
from trackerkit_sqlite.errors import SCHEME
from trackerkit_sqlite.mapping import moment

LINKS = "INSERT INTO link (owner, field, target, position) VALUES (?, ?, ?, ?)"
TAGS = "INSERT INTO tag (owner, field, value, lower) VALUES (?, ?, ?, ?)"
_NAMED = "SELECT id FROM node WHERE type = 'Project' AND name_lower = ? AND name = ? AND id <> ?"


def create(work: Work, operation: Operation) -> Result:
    """Make a record; with a key that is known, give the record that has it.

    Raises:
        ConflictError: the key belongs to a record of another type, or a project of that name exists.
        DomainError: nothing says of which project it is.
        NotFoundError: a link to a record that does not exist.
    """
    uid = operation.key or new_key()
    known = work.records.of_uid(uid) if operation.key else None
    if known is not None:
        return _repeated(work, operation, known)
    type_name = _concrete(work, operation)
    operation = _numbered(operation, work.coming)
    sheet = _filled(work, operation, type_name)
    id = work.next_node()
    facts = _spine(work, sheet, type_name, id, uid, operation)
    if type_name == "Project":
        check_project_name(work, facts.name, id)
    _write(work, sheet, facts, uid)
    _record(work, operation, facts, sheet)
    return Result(work.records.ref(facts), _values(sheet, facts, uid))


def _repeated(work: Work, operation: Operation, known: Facts) -> Result:
    if not work.layout.schema.is_a(known.type, operation.type):
        raise ConflictError(f"the key {operation.key} belongs to a {known.type}", backend=SCHEME)
    return Result(work.records.ref(known), work.values(known, list(operation.values)), done=False)


def _numbered(operation: Operation, id: int) -> Operation:
    """The operation with the id in the texts that want it."""
    found = {name: value.with_id(id) for name, value in operation.values.items() if value.__class__ is Numbered}
    return replace(operation, values={**operation.values, **found}) if found else operation


def _concrete(work: Work, operation: Operation) -> str:
    kind = operation.values.get("kind")
    if operation.type == "Folder" and kind in work.layout.schema.kinds:
        return str(kind)
    return operation.type


def _filled(work: Work, operation: Operation, type_name: str) -> Sheet:
    layout, sheet = work.layout, Sheet(work.layout, work.records)
    fields = layout.schema.type(type_name).fields
    for name, value in operation.values.items():
        sheet.put(fields[name], layout.place(type_name, name), value)
    for item in work.defaults(type_name):
        if item.name not in operation.values:
            sheet.put(item, layout.place(type_name, item.name), item.default)
    if layout.schema.is_a(type_name, "Folder") and not sheet.values.get("kind"):
        sheet.put(fields["kind"], layout.place(type_name, "kind"), type_name)
    return sheet


def _spine(work: Work, sheet: Sheet, type_name: str, id: int, uid: str, operation: Operation) -> Facts:
    spine = sheet.spine
    if type_name == "Project":
        spine["project"] = id
    elif spine.get("project") is None and work.layout.schema.type(type_name).in_project:
        spine["project"] = _home_project(work, operation, type_name, sheet.values)
    home = _home(work, type_name, sheet.values)
    now, actor = work.now, work.history.actor
    spine |= {
        "id": id,
        "uid": uid,
        "type": type_name,
        "home": home,
        "retired": 0,
        "updated_at": now,
        "updated_by": actor,
    }
    if spine.get("created_at") is None:
        spine["created_at"] = now
    if spine.get("created_by") is None:
        spine["created_by"] = actor
    return Facts(id, type_name, spine.get("project"), spine.get("name"), 0, home)


def _home_project(work: Work, operation: Operation, type_name: str, values: Mapping[str, Any]) -> int | None:
    """The project named, else that of the first linked record that has one; only an attachment may have none.

    Raises:
        DomainError: there is none.
    """
    if operation.project is not None:
        return work.records.find(operation.project).id
    for value in values.values():
        for ref in value if isinstance(value, list) else (value,):
            if ref.__class__ is Ref and ref.project is not None:
                return int(ref.project)
    if type_name == "Attachment":
        return None
    raise DomainError(
        f"a {type_name} needs a project", hint="give project=…", path=f"{type_name}.project", backend=SCHEME
    )


def _home(work: Work, type_name: str, values: Mapping[str, Any]) -> int | None:
    for name in work.layout.homes(type_name):
        ref = values.get(name)
        if ref is not None:
            return int(ref.id)
    return None


def _write(work: Work, sheet: Sheet, facts: Facts, uid: str) -> None:
    layout, run, id = work.layout, work.connection.execute, facts.id
    home = None if facts.home is None else work.records.get(facts.home)
    if layout.schema.is_a(facts.type, "Folder"):
        place = layout.place("Folder", "path")
        path = work.tree.path(facts.name, home)
        sheet.own |= {place.column: path, place.lower: path.lower()}
    spine = sheet.spine
    run(insert_node_sql(layout), list(map(spine.get, NODE_COLUMNS)))
    table = layout.own[facts.type]
    run(insert_sql(layout, table, ("id", *sheet.own)), (id, *sheet.own.values()))
    if sheet.links:
        work.connection.executemany(LINKS, link_rows(id, sheet.links))
    if sheet.tags:
        work.connection.executemany(TAGS, tag_rows(id, sheet.tags))
    work.tree.place(id, home)
    work.records.note(facts, uid)


def _record(work: Work, operation: Operation, facts: Facts, sheet: Sheet) -> None:
    """The record's creation as events: itself, and each value that it was made with."""
    history, fields = work.history, work.layout.schema.type(facts.type).fields
    history.add("created", facts.id, facts.type, facts.project)
    given = dict.fromkeys((*operation.values, *(item.name for item in work.defaults(facts.type))))
    for name in given:
        value = sheet.values.get(name)
        if value is not None and value != [] and operation.values.get(name, value) is not None:
            old: Any = [] if value.__class__ is list else None
            history.changed(facts.id, facts.type, facts.project, fields[name], old, value, True)
    if facts.type == "Status":
        work.has_new_choices = True


def _values(sheet: Sheet, facts: Facts, uid: str) -> dict[str, Any]:
    spine = sheet.spine
    return {**sheet.values, "id": str(facts.id), "uid": uid, "created_at": moment(spine["created_at"])}


def check_project_name(work: Work, name: str | None, id: int) -> None:
    """Do nothing when no other project has the name.

    Raises:
        ConflictError: one has.
    """
    if name is not None and work.connection.execute(_NAMED, (name.lower(), name, id)).fetchone():
        raise ConflictError(f"a project is called {name!r} already", hint="choose another name", backend=SCHEME)
