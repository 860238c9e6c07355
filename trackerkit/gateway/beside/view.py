"""The schema of a tracker with what is kept beside it, and which of it is where; pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final

from trackerkit.datatypes import ANY
from trackerkit.model import neutral_schema
from trackerkit.paths import Path
from trackerkit.schema import EntityType, Field, Schema, SchemaChange

Extend = Callable[[Schema], Iterable[SchemaChange]]
"""What a protocol's callers expect that a schema lacks."""

_COMMON: Final = ("id", "type", "project", "created_at", "created_by", "updated_at", "updated_by")
_UID: Final = Field("uid", "uuid", label="Unique id", read_only=True)
SKIPPED: Final = frozenset({"Event", "Link", "Reviewable", "Product", "Workfile"})
"""Types of the model that a tracker either has or needs not: nothing is kept beside them, unless a protocol needs them."""


@dataclass(frozen=True)
class View:
    """One schema and the larger one that is made of it.

    Args:
        base: the tracker's own.
        whole: with what is kept beside it.
        named: types whose names the tracker bounds: the name as it was given is kept with the record.
        roomy: types whose records take any JSON, in ``data``: what is kept of them is kept there.
        housed: links, as type and field, that lead to a house where the record hangs on nothing; see ``houses``.
        shelved: types of which whole records are kept beside the tracker: its own lists of those lack some.
        aside: types whose new records are kept beside the tracker, although it has such.
    """

    base: Schema
    whole: Schema
    named: frozenset[str]
    roomy: frozenset[str]
    housed: frozenset[tuple[str, str]] = frozenset()
    shelved: frozenset[str] = frozenset()
    aside: frozenset[str] = frozenset()

    def is_base(self, type_name: str) -> bool:
        """Whether the tracker has the type."""
        return type_name in self.base

    def is_kept(self, type_name: str) -> bool:
        """Whether new records of a type are whole on the shelf: the tracker has no such type, or kinds of it alone."""
        found = self.base.types.get(type_name)
        return (
            found is None
            or type_name in self.aside
            or (type_name == "Folder" and found.native is None and bool(self.base.kinds))
        )

    def is_own(self, type_name: str, name: str) -> bool:
        """Whether the tracker itself answers for a field of a type."""
        found = self.base.types.get(type_name)
        if found is None or (name == "name" and type_name in self.named) or (type_name, name) in self.housed:
            return False
        return name in found.fields or name.startswith("native(")

    def is_own_path(self, path: Path) -> bool:
        """Whether the tracker itself answers for all of a path."""
        owners = [step.fields for step in path.steps] + [path.leaves]
        return all(
            self.is_own(owner, item.name) and not self.is_lacking(item)
            for fields in owners
            for owner, item in fields.items()
        )

    def is_lacking(self, item: Field) -> bool:
        """Whether the tracker's own list of what leads to a record may lack records that are kept beside it."""
        return item.reverse_of is not None and not self.shelved.isdisjoint(self.whole.concrete(item.reverse_of[0]))

    def is_near(self, path: Path) -> bool:
        """Whether the tracker knows all of a path, although it may see links to houses where there are none."""
        return self.is_own_path(path) if not self.housed else replace(self, housed=frozenset()).is_own_path(path)

    def kept(self, type_name: str) -> list[Field]:
        """The fields of a type that are kept beside the tracker."""
        fields = self.whole.type(type_name).fields.values()
        return [item for item in fields if item.is_stored and not self._is_there(type_name, item.name)]

    def _is_there(self, type_name: str, name: str) -> bool:
        found = self.base.types.get(type_name)
        return found is not None and name in found.fields


def view_of(
    base: Schema, extend: Extend, changes: Iterable[SchemaChange], epoch: object, skipped: frozenset[str] = SKIPPED
) -> View:
    """A tracker's schema with the model's own types and fields, a protocol's and a site's.

    Args:
        base: the tracker's.
        extend: what the protocol's callers expect besides.
        changes: what was made, changed and deleted since.
        epoch: of the changes.
        skipped: types of the model of which nothing is kept beside the tracker.
    """
    named = frozenset(item.name for item in base.types.values() if _is_named(item))
    roomy = frozenset(item.name for item in base.types.values() if _is_roomy(item))
    whole = base.replaced(*_eased(base, named), *_missing_types(base, skipped))
    whole = whole.replaced(*_with_model(base, whole, skipped))
    for change in extend(whole):
        whole = applied(whole, base, change)
    for change in changes:
        whole = applied(whole, base, change)
    return View(base, _consistent(whole, base).replaced(epoch=(base.epoch, epoch)), named, roomy)


def _consistent(whole: Schema, base: Schema) -> Schema:
    """Without reverse links that nothing leads back by: the tracker's own links go no further than they did."""
    made = []
    for item in whole.types.values():
        own = _own_fields(base, item.name)
        lost = [each.name for each in item.fields.values() if each.name not in own and _is_lost(whole, item.name, each)]
        for name in lost:
            item = item.without_field(name)
        made.append(item)
    return whole.replaced(*made)


def _is_lost(whole: Schema, type_name: str, item: Field) -> bool:
    if item.reverse_of is None:
        return False
    owner, name = item.reverse_of
    link = whole.type(owner).fields.get(name) if owner in whole else None
    return link is None or type_name not in whole.targets(link)


def _is_named(item: EntityType) -> bool:
    name = item.fields.get("name")
    return _is_roomy(item) and name is not None and name.domain.pattern is not None and not name.read_only


def _is_roomy(item: EntityType) -> bool:
    data = item.fields.get("data")
    return data is not None and data.data_type == "json" and not (data.read_only or data.create_only)


def _eased(base: Schema, named: frozenset[str]) -> Iterable[EntityType]:
    """The tracker's types without the bounds that keeping a record beside it takes away."""
    for item in base.types.values():
        fields = {key: replace(each, required=False) for key, each in item.fields.items() if _is_home(each)}
        if item.name in named:
            fields["name"] = replace(item.fields["name"], domain=ANY, create_only=False)
        if not item.can_retire and not item.read_only:
            item = replace(item, can_retire=True)
        yield item.with_fields(*fields.values())


def _is_home(item: Field) -> bool:
    return item.required and item.is_link


def _missing_types(base: Schema, skipped: frozenset[str]) -> Iterable[EntityType]:
    for item in neutral_schema().types.values():
        if item.name not in base and item.base is None and item.name not in skipped:
            yield item.with_fields(_UID)


def _with_model(base: Schema, whole: Schema, skipped: frozenset[str]) -> Iterable[EntityType]:
    """The tracker's types with the fields of the model that it lacks."""
    for item in base.types.values():
        model = neutral_schema().types.get("Folder" if item.base == "Folder" else item.name)
        if model is None or item.name in skipped:
            continue
        lacking = [each for each in model.fields.values() if each.name not in item.fields]
        yield whole.type(item.name).with_fields(*(each for each in lacking if _fits(whole, each)))


def _fits(whole: Schema, item: Field) -> bool:
    if item.ancestor is not None or item.data_type in ("secret", "computed", "id", "entity_type"):
        return False
    if item.reverse_of is not None:
        owner, name = item.reverse_of
        return owner in whole and name in whole.type(owner).fields
    return not item.targets or any(name in whole for name in item.targets)


# ---- changes


def applied(whole: Schema, base: Schema, change: SchemaChange) -> Schema:
    """The schema after a change; the tracker's own fields stay what they are."""
    if change.action == "create_type" and change.entity_type is not None:
        return whole if change.type in whole else whole.replaced(_new_type(change.entity_type))
    if change.type not in whole:
        return whole
    owners = [name for name in whole.concrete(change.type) if change.name not in _own_fields(base, name)]
    types = [whole.type(name) for name in owners]
    if change.action == "delete_field":
        return whole.replaced(*(item.without_field(change.name) for item in types))
    return whole.replaced(*(item.with_fields(change.field) for item in types if change.field is not None))


def _own_fields(base: Schema, type_name: str) -> Any:
    found = base.types.get(type_name)
    return found.fields if found is not None else ()


def _new_type(item: EntityType) -> EntityType:
    model = neutral_schema().type("TimeLog").fields
    common = {name: model[name] for name in _COMMON if name != "project" or item.in_project}
    return replace(item, fields=MappingProxyType({**common, "uid": _UID, **item.fields}))


def change_to_json(change: SchemaChange) -> dict[str, Any]:
    """A change of a field as JSON holds it."""
    made: dict[str, Any] = {"action": change.action, "type": change.type, "name": change.name}
    if change.field is not None:
        item = change.field
        made["field"] = {
            "name": item.name, "data_type": item.data_type, "label": item.label, "targets": list(item.targets),
            "choices": list(item.choices), "description": item.description, "default": item.default,
            "reverse_of": list(item.reverse_of) if item.reverse_of else None, "custom": item.custom,
            "native": item.native, "read_only": item.read_only,
        }  # fmt: skip
    return made


def change_from_json(made: dict[str, Any]) -> SchemaChange:
    """The change that ``change_to_json`` wrote."""
    given = made.get("field")
    item = None
    if given is not None:
        lists: dict[str, Sequence[str]] = {key: tuple(given[key]) for key in ("targets", "choices")}
        reverse = tuple(given["reverse_of"]) if given["reverse_of"] else None
        item = Field(**{**given, **lists, "reverse_of": reverse})
    return SchemaChange(made["action"], made["type"], item, made["name"])
