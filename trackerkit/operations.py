"""Operation: one change to make, checked against a schema before anything is sent."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from trackerkit.datatypes import as_ref, check_value, nearest_value
from trackerkit.errors import DomainError, InvalidInputError, UnsupportedError
from trackerkit.query import check_choice
from trackerkit.schema import EntityType, Field, Schema
from trackerkit.values import UNSET, Ref

Kind = Literal["create", "update", "delete", "restore"]
KINDS: Final = ("create", "update", "delete", "restore")


@dataclass(frozen=True, slots=True)
class Added:
    """Records (or choices) to add to a list field, keeping the others."""

    values: tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Removed:
    """Records (or choices) to take out of a list field, keeping the others."""

    values: tuple[Any, ...]


def add(*values: Any) -> Added:
    """``tracker.update(shot, assets=add(hero))``: add to a list field."""
    return Added(values)


def remove(*values: Any) -> Removed:
    """``tracker.update(shot, assets=remove(hero))``: take out of a list field."""
    return Removed(values)


@dataclass(frozen=True, slots=True)
class Operation:
    """One change. Make one with ``create``, ``update``, ``delete`` or ``restore`` below.

    Args:
        kind: what to do.
        type: the entity type.
        ref: the record; None for a create.
        values: the fields to write; list fields may hold ``Added`` or ``Removed`` in an update.
        key: 32 hex digits that make a repeated create the same create.
        permanent: delete for good instead of retiring.
        recursive: delete what hangs on the record too.
        project: the project that the record is made in, or None.
    """

    kind: Kind
    type: str
    ref: Ref | None = None
    values: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None
    permanent: bool = False
    recursive: bool = False
    project: Ref | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an operation.

    Args:
        ref: the record.
        values: the values as the tracker holds them now, where it said so; else those that were sent.
        done: False when there was nothing to do (a delete of what is retired already, a repeated create).
        lossy: field → the value asked for, where the nearest possible one was written instead.
    """

    ref: Ref
    values: Mapping[str, Any] = field(default_factory=dict)
    done: bool = True
    lossy: Mapping[str, Any] = field(default_factory=dict)


class Numbered(str):
    """A text for a new record that is to end with the record's own id: ``New Shot 12``.

    A tracker of ours, which gives the ids itself, writes it so; any other takes it for the text that it is.

    Args:
        start: what comes before the id.
        else_: the whole text where the id is not known beforehand.
    """

    start: str

    def __new__(cls, start: str, else_: str) -> Numbered:
        made = super().__new__(cls, else_)
        made.start = start
        return made

    def with_id(self, id: object) -> str:
        """The text of the record of that id."""
        return f"{self.start}{id}"


def new_key() -> str:
    """A fresh key for a create: 32 hex digits."""
    return uuid.uuid4().hex


def check_key(key: Any) -> str:
    """A key as given by a caller.

    Raises:
        InvalidInputError: when it is not 32 hex digits.
    """
    if not isinstance(key, str) or len(key) != 32 or not set(key) <= set("0123456789abcdef"):
        raise InvalidInputError(f"{key!r} is no key of a create", hint="32 lower-case hex digits, as uuid4().hex gives")
    return key


def create(type: str, values: Mapping[str, Any], *, key: str | None = None, project: Any = None) -> Operation:
    """Make a record."""
    home = None if project is None else as_ref(project)
    return Operation("create", type, values=dict(values), key=check_key(key) if key else new_key(), project=home)


def update(record: Any, values: Mapping[str, Any]) -> Operation:
    """Change some fields of a record."""
    ref = as_ref(record)
    return Operation("update", ref.type, ref, dict(values))


def delete(record: Any, *, permanent: bool = False, recursive: bool = False) -> Operation:
    """Retire a record, or delete it for good."""
    ref = as_ref(record)
    return Operation("delete", ref.type, ref, permanent=permanent, recursive=recursive)


def restore(record: Any) -> Operation:
    """Bring a retired record back."""
    ref = as_ref(record)
    return Operation("restore", ref.type, ref)


def checked(
    operation: Operation, schema: Schema, *, lossy: str = "refuse", site: str | None = None
) -> tuple[Operation, dict[str, Any]]:
    """The operation with every value normal, and what had to be changed (``lossy="report"`` only).

    Args:
        operation: as it was made.
        schema: of the tracker.
        lossy: ``refuse`` or ``report``.
        site: where the tracker is: a Ref of another site names another record.

    Raises:
        InvalidInputError: for an unknown type or field, a field that cannot be written, a value outside its domain, a
            record of another site.
    """
    _check_site(operation, site)
    owner = schema.type(operation.type)
    if owner.read_only and not (owner.append_only and operation.kind == "create"):
        raise UnsupportedError(f"{operation.type} records are written by the tracker itself")
    if operation.kind in ("delete", "restore"):
        return operation, {}
    losses: dict[str, Any] = {}
    values = {}
    for name, value in operation.values.items():
        if value is UNSET:
            continue
        item = schema.field(operation.type, name)
        values[item.name] = _checked_value(operation, schema, item, value, losses, lossy)
    _check_required(owner, values, is_new=operation.kind == "create")
    return replace(operation, values=values), losses


def _check_site(operation: Operation, site: str | None) -> None:
    if site is None:
        return
    named = [operation.ref, operation.project]
    for value in operation.values.values():
        named += value.values if isinstance(value, (Added, Removed)) else value if _is_sequence(value) else [value]
    for item in named:
        ref = item if isinstance(item, Ref) else getattr(item, "ref", None)
        if isinstance(ref, Ref) and ref.site not in (None, site):
            raise InvalidInputError(f"{ref} lives at {ref.site}, not at {site}")


def _is_sequence(value: Any) -> bool:
    return isinstance(value, (list, tuple, set, frozenset))


def _check_required(owner: EntityType, values: Mapping[str, Any], is_new: bool) -> None:
    """What is required must be there in a create, and must not be cleared by an update; a folder's kind is its type."""
    if not is_new and values.get("kind", "") is None and "Folder" in (owner.name, owner.base):
        raise DomainError(f"a {owner.name} needs 'kind'", path=f"{owner.name}.kind", hint="leave it out to keep it")
    for item in owner.fields.values():
        if item.required and (is_new or item.name in values) and values.get(item.name) is None:
            raise DomainError(f"a {owner.name} needs {item.name!r}", path=f"{owner.name}.{item.name}")


def _checked_value(
    operation: Operation, schema: Schema, item: Field, value: Any, losses: dict[str, Any], lossy: str
) -> Any:
    where = f"{operation.type}.{item.name}"
    _check_writable(operation, item, where)
    if isinstance(value, (Added, Removed)):
        return _list_change(operation, schema, item, value, where)
    if item.is_many and value is None:
        return []
    try:
        made = check_value(item.data_type, value, where, item.domain)
    except DomainError:
        if lossy != "report":
            raise
        nearest = nearest_value(item.data_type, check_value(item.data_type, value, where), item.domain)
        made = check_value(item.data_type, nearest, where, item.domain)
        losses[item.name] = value
    return _legal(schema, item, made, where)


def _check_writable(operation: Operation, item: Field, where: str) -> None:
    if item.read_only or not item.is_stored or item.data_type == "computed":
        raise DomainError(f"{where} is set by the tracker and cannot be written", path=where)
    if item.create_only and operation.kind == "update":
        raise DomainError(f"{where} can be given when a record is made, not changed", path=where)


def _list_change(operation: Operation, schema: Schema, item: Field, change: Added | Removed, where: str) -> Any:
    if not item.is_many or operation.kind == "create":
        raise DomainError(f"{where}: add() and remove() are for updating list fields", path=where)
    return type(change)(tuple(_legal(schema, item, check_value(item.data_type, change.values, where), where)))


def _legal(schema: Schema, item: Field, value: Any, where: str) -> Any:
    """Links of the right type; statuses and choices as the tracker's own key."""
    if value is None:
        return None
    if item.is_link:
        _check_targets(schema, item, value if isinstance(value, list) else [value], where)
        return value
    if item.data_type in ("status", "choice"):
        return check_choice(item, value, where)
    return [check_choice(item, each, where) for each in value] if item.data_type == "choices" else value


def _check_targets(schema: Schema, item: Field, refs: Iterable[Ref], where: str) -> None:
    legal = set(schema.targets(item))
    for ref in refs:
        schema.type(ref.type)
        if not legal.intersection(schema.concrete(ref.type)):
            raise DomainError(f"{where} links to {', '.join(sorted(legal))}, not to a {ref.type}", path=where)


def folded(operations: Sequence[Operation]) -> list[tuple[Operation, list[int]]]:
    """Neighbouring updates of one record folded into one; each with the positions that it stands for.

    An update folds into an earlier one only where nothing between them touches the same record.
    """
    made: list[tuple[Operation, list[int]]] = []
    open_updates: dict[Ref, int] = {}
    for position, operation in enumerate(operations):
        ref = operation.ref
        at = open_updates.get(ref) if ref is not None and operation.kind == "update" else None
        if at is not None and not _has_changes(operation) and not _has_changes(made[at][0]):
            earlier, positions = made[at]
            made[at] = replace(earlier, values={**earlier.values, **operation.values}), [*positions, position]
            continue
        if ref is not None:
            open_updates.pop(ref, None)
            if operation.kind == "update":
                open_updates[ref] = len(made)
        made.append((operation, [position]))
    return made


def _has_changes(operation: Operation) -> bool:
    return any(isinstance(value, (Added, Removed)) for value in operation.values.values())
