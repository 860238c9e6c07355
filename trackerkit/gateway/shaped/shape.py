"""The schema of a tracker in the other shape, and which of it the tracker answers for; pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from trackerkit.model import neutral_schema
from trackerkit.paths import Path
from trackerkit.schema import EntityType, Field, Schema

FOLDER: Final = "Folder"
ABOVE: Final = "parent"
LABEL: Final = "label"
_UID: Final = Field("uid", "uuid", label="Unique id", read_only=True)
_PATH: Final = Field("path", "text", label="Path", read_only=True)
_LINKING: Final = {"Note": "links", "Attachment": "links", "Playlist": "items"}
"""Links that may be asked about every type; one that leads to what is kept beside the tracker is refused when it is written."""

_MADE: Final = frozenset({("Version", "product"), ("Version", "number")})
"""Worked out here."""


@dataclass(frozen=True)
class Shape:
    """A schema, and the one that is made of it.

    Args:
        base: of the tracker with its shelf.
        whole: in the other shape.
        tracked: of the tracker alone: what lies in it, and not on the shelf.
    """

    base: Schema
    whole: Schema
    tracked: Schema

    def has_uid(self, type_name: str) -> bool:
        """Whether the records of a type go by their digits; projects, users and definitions keep the ids that they have."""
        kind = self.base.types.get(type_name)
        return kind is not None and kind.in_project and not kind.read_only and type_name != "Project"

    def is_folder(self, type_name: str) -> bool:
        """Whether records of a type are folders."""
        return self.base.is_a(type_name, FOLDER)

    def is_kept(self, type_name: str) -> bool:
        """Whether the records of a type are whole on the shelf: the tracker has none, or only kinds of it."""
        found = self.tracked.types.get(type_name)
        return found is None or (type_name == FOLDER and found.native is None and bool(self.tracked.kinds))

    def is_hung(self, type_name: str) -> bool:
        """Whether what a record hangs on is worked out here: the tracker may have no place for it."""
        return type_name in ("Task", "Version", "File") or self.is_folder(type_name)

    def is_chosen(self, type_name: str, name: str) -> bool:
        """Whether a record may show something in a field that the tracker does not take.

        A status, a task's type; a label beside the name, where the tracker has one name for both.
        """
        owner = self.tracked.types.get(type_name)
        item = owner.fields.get(name) if owner is not None else None
        if item is None or item.reverse_of is not None:
            return False
        is_label = name == LABEL and "name" in owner.fields and self.has_uid(type_name) if owner is not None else False
        return is_label or item.data_type == "status" or (type_name, name) == ("Task", "type")

    def is_own(self, type_name: str, name: str) -> bool:
        """Whether the tracker with its shelf answers for a field."""
        found = self.base.types.get(type_name)
        if self.is_chosen(type_name, name):
            return False
        if found is None or type_name == "Product" or name == "uid" or (type_name, name) in _MADE:
            return False
        if (name == "id" and self.has_uid(type_name)) or (name == "path" and self.is_folder(type_name)):
            return False
        item = found.fields.get(name)
        if item is None:
            return name.startswith("native(")
        if item.reverse_of is not None and self._leads_here(item.reverse_of):
            return False
        return not (name == ABOVE and self.is_hung(type_name))

    def is_own_path(self, path: Path) -> bool:
        """Whether the tracker with its shelf answers for all of a path."""
        owners = [step.fields for step in path.steps] + [path.leaves]
        return all(self.is_own(owner, item.name) for fields in owners for owner, item in fields.items())

    def _leads_here(self, link: tuple[str, str]) -> bool:
        owner, name = link
        return owner == "Product" or link in _MADE or (name == ABOVE and self.is_hung(owner))


def shape_of(base: Schema, tracked: Schema) -> Shape:
    """The shape of a tracker's schema."""
    return Shape(base, base.replaced(*_types(base), epoch=(base.epoch, "shaped")), tracked)


def _types(base: Schema) -> Iterator[EntityType]:
    for item in base.types.values():
        if item.name == "Event":
            continue
        more = [_UID, *(replace(each, choices=()) for each in item.fields.values() if each.data_type == "status")]
        if base.is_a(item.name, FOLDER):
            more += [*_folder_fields(item), _PATH]
            item = replace(item, native=FOLDER)
        elif item.name in ("Task", "Version", "File") and ABOVE in item.fields:
            tail = ("Project",) if item.name == "Task" else ("Project", "Task")
            more.append(replace(item.fields[ABOVE], targets=(FOLDER, *tail)))
        if item.name in _LINKING and _LINKING[item.name] in item.fields:
            link = item.fields[_LINKING[item.name]]
            more.append(replace(link, targets=tuple(dict.fromkeys((*link.targets, *_targets(item.name, link.name))))))
        if item.name == "Attachment":
            names = ("filename", "mime_type", "kind")
            more += [replace(item.fields[name], read_only=False) for name in names if name in item.fields]
        if item.name == "Version":
            model = neutral_schema().type("Version").fields
            more += [model["product"], model["number"]]
        yield item.with_fields(*more)


def _targets(type_name: str, name: str) -> tuple[str, ...]:
    return neutral_schema().field(type_name, name).targets


def _folder_fields(item: EntityType) -> Iterator[Field]:
    yield replace(item.fields[ABOVE], targets=(FOLDER, "Project"))
    if "kind" in item.fields:
        yield replace(item.fields["kind"], choices=(), create_only=False)
