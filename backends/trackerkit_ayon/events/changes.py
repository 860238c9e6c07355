"""What the change of a place tells: the neutral field, its type, how its values are read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import tzinfo
from typing import Final, NamedTuple

from trackerkit.schema import Schema
from trackerkit.values import Ref
from trackerkit_ayon.mapping.codecs import CODECS, Context, Parse
from trackerkit_ayon.mapping.names import base_of
from trackerkit_ayon.mapping.places import KEPT, Place, fields_at, place_of

_REMEMBERED: Final = 10_000

CHANGES: Final[dict[str, dict[str, str]]] = {
    "renamed": {"": "name"},
    "label_changed": {"": "label"},
    "status_changed": {"": "status"},
    "tags_changed": {"": "tags"},
    "type_changed": {"Folder": "kind", "Task": "type"},
    "product_type_changed": {"": "type"},
    "thumbnail_changed": {"": "thumbnail"},
    "assignees_changed": {"": "assignees"},
    "author_changed": {"": "author"},
    "files_changed": {"": "paths"},
    "parent_changed": {"": "parent"},
    "folder_changed": {"": "parent"},
    "task_changed": {"": "task"},
    "product_changed": {"": "product"},
    "version_changed": {"": "version"},
}
"""The end of a topic → the neutral field that it tells of, by type (``""``: of any)."""


class Changed(NamedTuple):
    """What the change of one place tells.

    Args:
        field: its neutral name.
        data_type: that field's, or None where it is no field of the schema.
        parse: reads a value that is not None.
        is_many: values come and go one by one.
        key: of the object that such a value stands for as a whole, for what AYON keeps beside the known fields; or None.
        is_home: None is the project itself.
    """

    field: str
    data_type: str | None
    parse: Parse
    is_many: bool
    key: str | None
    is_home: bool


class Home(NamedTuple):
    """Where the records of a project live, and the project itself; None for what belongs to none."""

    context: Context
    project: Ref | None


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading events needs to know. What is the same for many events is made once: keep it for as many as it fits.

    Args:
        site: of the server.
        schema: of the server.
        zone: the time zone of dates.
        kinds: folder types by folder id, as far as they are known; an unknown folder is a ``Folder``.
    """

    site: str
    schema: Schema
    zone: tzinfo
    kinds: Mapping[str, str] = field(default_factory=dict)
    _contexts: dict[str | None, Home] = field(default_factory=dict, compare=False, repr=False)
    _actors: dict[str, Ref] = field(default_factory=dict, compare=False, repr=False)
    _changes: dict[tuple[str, str], Changed | None] = field(default_factory=dict, compare=False, repr=False)

    def home(self, project: str | None) -> Home:
        """Where the records of a project live."""
        found = self._contexts.get(project)
        if found is None:
            context = Context(self.site, project, self.zone)
            found = self._contexts[project] = Home(context, context.home())
        return found

    def actor(self, name: str | None) -> Ref | None:
        """The Ref of the user who did it."""
        if not name:
            return None
        found = self._actors.get(name)
        if found is None:
            if len(self._actors) > _REMEMBERED:
                self._actors.clear()
            found = self._actors[name] = self.home(None).context.user(name)
        return found

    def change(self, type_name: str, what: str) -> Changed | None:
        """What a change tells: of the end of a topic, or of a key of ``attrib`` or ``data``; None for nothing known."""
        key = (type_name, what)
        if key not in self._changes:
            if len(self._changes) > _REMEMBERED:
                self._changes.clear()
            self._changes[key] = _changed_at(self.schema, *key)
        return self._changes[key]


def _changed_at(schema: Schema, type_name: str, what: str) -> Changed | None:
    """See ``Reading.change``."""
    fields = schema.type(base_of(type_name)).fields
    _home, mark, key = what.partition(".")
    if mark:
        place: Place | None = _place_at(schema, type_name, what)
    else:
        names = CHANGES.get(what, {})
        item = fields.get(names.get(base_of(type_name)) or names.get("", ""))
        place = place_of(type_name, item) if item is not None else None
    if place is None:
        return None
    known = fields.get(place.field)
    return Changed(
        place.field, known.data_type if known else None, CODECS[place.codec].parse, bool(known and known.is_many),
        key if mark and place.key == "data" else None, place.field == "parent",
    )  # fmt: skip


def _place_at(schema: Schema, type_name: str, path: str) -> Place:
    """The place of a key of ``attrib`` or ``data``: of a neutral field, of an attribute, or itself."""
    known = fields_at(type_name).get(path)
    home, _, key = path.partition(".")
    if known is None and home == "attrib":
        item = schema.type(base_of(type_name)).fields.get(key)
        known = place_of(type_name, item) if item is not None else None
    if known is None and home == "data":
        return Place("name", home, key) if key == f"{KEPT}name" else Place("data", "column", "data")
    return known or Place(key, home, key)
