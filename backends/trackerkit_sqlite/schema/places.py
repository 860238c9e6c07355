"""Where a field's values lie: on the spine, in its type's own table, among the links, or nowhere."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from trackerkit.schema import EntityType, Field
from trackerkit_sqlite.mapping import FOLDED, STORAGE

SPINE: Final = {
    "id": "id", "type": "entity_type", "uid": "uuid", "project": "link", "parent": "link", "status": "status",
    "created_at": "datetime", "created_by": "link", "updated_at": "datetime", "updated_by": "link",
}  # fmt: skip
"""The fields that every record keeps on the spine, where a type has them with this data type."""

EVENT_COLUMNS: Final = {
    "id": "id", "number": "id", "cursor": "=cursor", "key": "=key", "at": "at", "created_at": "at", "actor": "actor",
    "created_by": "actor", "entity": "entity", "kind": "kind", "name": "=name", "field": "field", "type": "=type",
    "data_type": "data_type", "old": "old", "new": "new", "added": "added", "removed": "removed", "origin": "origin",
    "in_create": "in_create", "data": "=data", "project": "project", "description": "=description",
}  # fmt: skip
"""The fields of an Event and the column that each is; = is computed."""

INDEXED: Final = frozenset(
    {
        ("Project", "code"), ("Folder", "path"), ("File", "path"), ("Workfile", "path"), ("File", "hash"),
        ("Attachment", "hash"), ("User", "email"), ("Status", "code"), ("TaskType", "code"),
    }
)  # fmt: skip
"""Fields of the model, other than links, that people look records up by."""


class Place(NamedTuple):
    """Where a field lies.

    Args:
        kind: ``spine``; ``label`` (on the spine; null reads as the name); ``own`` (a column of the type's table); ``links``
            (rows of the link table); ``choices`` (a column, and rows of the tag table); ``reverse``; ``ancestor``; ``event``;
            or ``nothing`` (not kept).
        column: its column, or empty.
        lower: the column with its lower-cased text, or empty.
        number: what marks the field's rows among the links and tags.
        table: the table that holds the column.
    """

    kind: str
    column: str = ""
    lower: str = ""
    number: int = 0
    table: str = ""

    def text(self) -> str:
        """As the catalogue holds it."""
        return f"{self.kind}:{self.column}:{self.lower}:{self.number}"


def read_place(text: str, own: str) -> Place:
    """A place from the catalogue; ``own`` is the table of its type."""
    kind, column, lower, number = text.split(":")
    return Place(kind, column, lower, int(number), {"spine": "node", "label": "node", "event": "event"}.get(kind, own))


def place_of(owner: EntityType, item: Field, number: int) -> Place:
    """Where a new field is to lie."""
    if owner.name == "Event":
        return Place("event", EVENT_COLUMNS[item.name]) if item.name in EVENT_COLUMNS else Place("nothing")
    if not item.is_stored:
        return Place("reverse" if item.reverse_of is not None else "ancestor")
    on_spine = _on_spine(owner, item)
    if on_spine:
        kind = "label" if on_spine == "label" and owner.display == "name" else "spine"
        return Place(kind, on_spine, f"{on_spine}_lower" if item.data_type in FOLDED else "")
    if item.data_type == "links":
        return Place("links", number=number)
    if item.data_type not in STORAGE:
        return Place("nothing")
    column = f"c{number}_{slug(item.name)}"
    kind = "choices" if item.data_type == "choices" else "own"
    return Place(kind, column, f"{column}_l" if item.data_type in FOLDED else "", number)


def _on_spine(owner: EntityType, item: Field) -> str:
    if item.name == owner.display and item.data_type == "text":
        return "name"
    if item.name == "label" and item.data_type == "text":
        return "label"
    return item.name if SPINE.get(item.name) == item.data_type else ""


def slug(name: str) -> str:
    """A short physical name that tells people what it is: the catalogue, not the name, says what it holds."""
    return re.sub(r"[^a-z0-9_]", "_", name.lower())[:40]


def wants_index(owner: str, item: Field, place: Place) -> bool:
    """True for columns that records are looked up by: links, and some of the model's fields."""
    if place.kind != "own":
        return False
    if (owner, item.name) == ("Project", "archived"):  # every query asks for the archived ones, of which there are few
        return True
    return item.data_type == "link" or item.unique or (owner, item.name) in INDEXED
