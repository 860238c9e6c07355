"""A program's own events: written into the history among the store's, in the same transaction as everything else."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from trackerkit.errors import DomainError
from trackerkit.operations import Operation, Result
from trackerkit.values import Ref
from trackerkit_sqlite.client.work import Work
from trackerkit_sqlite.errors import SCHEME
from trackerkit_sqlite.mapping import OTHER, json_text, moment

_LATELY: Final = 10_000
_REPEATED: Final = "SELECT id, project, data FROM event WHERE id > ? AND kind = ? AND json_extract(data, '$.key') = ?"


def log(work: Work, operation: Operation) -> Result:
    """Write an event; with the key of one of the latest ten thousand, give that one.

    Raises:
        DomainError: it has no name, or its data is no JSON object.
        NotFoundError: it is about a record that does not exist.
    """
    values = operation.values
    known = _repeated(work, operation.key)
    if known is not None:
        return known
    data = _said(values, operation.key)
    entity, project = values.get("entity"), values.get("project") or operation.project
    about = None if entity is None else work.records.find(entity)
    home = about.project if project is None and about is not None else None
    home = work.records.find(project).id if project is not None else home
    actor = values.get("actor") if "actor" in values else work.history.actor
    number = work.history.own(
        (0, "", None) if about is None else (about.id, about.type, about.name),
        home,
        work.records.find(actor).id if isinstance(actor, Ref) else actor,
        json_text(data),
        values.get("origin"),
    )
    return _result(work, number, home, {**values, "kind": OTHER, "number": number, "at": moment(work.now)})


def _said(values: Mapping[str, Any], key: str | None) -> dict[str, Any]:
    """What the program gave, as the history keeps it."""
    if values.get("name") is None:
        raise DomainError("an event of one's own needs a name", path="Event.name", backend=SCHEME)
    data = values.get("data")
    if data is not None and not isinstance(data, Mapping):
        raise DomainError("an event's data is a JSON object", path="Event.data", backend=SCHEME)
    return {"name": values["name"], "description": values.get("description") or "", "data": data, "key": key}


def _repeated(work: Work, key: str | None) -> Result | None:
    if key is None:
        return None
    work.history.flush()
    found = work.connection.execute(_REPEATED, (work.history.last - _LATELY, OTHER, key)).fetchone()
    if found is None:
        return None
    number, project, text = found
    said = json.loads(text)
    values = {name: said[name] for name in ("name", "description", "data")}
    made = _result(work, number, project, {**values, "kind": OTHER, "number": number})
    return Result(made.ref, made.values, done=False)


def _result(work: Work, number: int, project: int | None, values: dict[str, Any]) -> Result:
    home = None if project is None else str(project)
    return Result(Ref("Event", str(number), home, work.layout.site, "Event"), values)
