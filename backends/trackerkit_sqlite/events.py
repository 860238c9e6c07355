"""A row of the history as an Event."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from trackerkit.errors import InvalidInputError
from trackerkit.events import Event
from trackerkit.jsontext import decoded
from trackerkit.values import Ref
from trackerkit_sqlite.errors import SCHEME
from trackerkit_sqlite.mapping import OTHER, moment, unpacked, unpacked_list

READ: Final = """
SELECT e.id, e.at, e.kind, e.type, e.entity, coalesce(n.name, e.label), e.project, p.name, e.actor, a.type, a.name,
e.field, e.data_type, e.old, e.new, e.added, e.removed, e.in_create, e.origin, e.data
FROM event e LEFT JOIN node n ON n.id = e.entity LEFT JOIN node p ON p.id = e.project LEFT JOIN node a ON a.id = e.actor
WHERE e.id > :after AND (:types IS NULL OR e.type IN (SELECT value FROM json_each(:types)))
AND (:project IS NULL OR e.project = :project) ORDER BY e.id LIMIT :limit
"""
"""Events behind a number, of some types (a JSON list or null), of a project (or null), at most so many."""


def event_of(row: Sequence[Any], site: str, natives: Mapping[str, str]) -> Event:
    """The Event of a row of ``READ``."""
    (id, at, kind, type_name, entity, label, project, project_name, actor, actor_type, actor_name,
     field, data_type, old, new, added, removed, in_create, origin, data) = row  # fmt: skip
    home = None if project is None else str(project)
    said = decoded(data) if data else {}
    if kind == OTHER:
        said, own_name, words = said.get("data") or {}, said.get("name") or "", said.get("description") or ""
    else:
        own_name, words = f"{type_name}.{kind}", ""
    return Event(
        key=f"{site}:{id}",
        cursor=str(id),
        at=moment(at),
        kind=kind,
        entity=Ref(type_name, str(entity), home, site, natives.get(type_name, type_name), label) if entity else None,
        actor=None if actor is None else _user(actor, actor_type, actor_name, site),
        field=field,
        data_type=data_type,
        old=unpacked(data_type, old, site, natives),
        new=unpacked(data_type, new, site, natives),
        added=unpacked_list(data_type, added, site, natives),
        removed=unpacked_list(data_type, removed, site, natives),
        project=None if home is None else Ref("Project", home, home, site, "Project", project_name),
        origin=origin,
        in_create=bool(in_create),
        name=own_name,
        number=id,
        data=said,
        description=words,
    )


def _user(id: int, type_name: str | None, name: str | None, site: str) -> Ref:
    """Who acted; of a user who was deleted for good, the number is left."""
    return Ref(type_name or "User", str(id), None, site, type_name or "User", name)


def number_of(cursor: Any) -> int:
    """The number behind which a cursor stands.

    Raises:
        InvalidInputError: it is no cursor of a store.
    """
    if cursor is None:
        return 0
    if not isinstance(cursor, str) or not cursor.isascii() or not cursor.isdigit() or len(cursor) > 18:
        raise InvalidInputError(f"{cursor!r} is no cursor of this store", hint="give back Event.cursor", backend=SCHEME)
    return int(cursor)
