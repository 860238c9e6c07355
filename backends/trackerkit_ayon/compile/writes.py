"""Neutral operations → AYON's operations, and what can go into one transaction of AYON's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from trackerkit.errors import DomainError, UnsupportedError
from trackerkit.operations import Added, Operation, Removed
from trackerkit.query import check_choice
from trackerkit.schema import Schema
from trackerkit.values import Ref
from trackerkit_ayon.mapping.names import OPERATION_TYPES, base_of, native_of
from trackerkit_ayon.mapping.places import KEPT, places
from trackerkit_ayon.mapping.rows import Node, Rows, checked_extra
from trackerkit_ayon.mapping.versions import PRODUCT_TYPE

Native = dict[str, Any]
"""One of AYON's operations."""

CHECKED: Final = ("status", "type")
"""Fields whose values each project defines for itself."""


@dataclass(frozen=True, slots=True)
class Step:
    """One native operation and the positions of the neutral ones that it stands for.

    Args:
        native: the operation.
        positions: in the batch that was asked for; empty for what was added (a product of a version).
    """

    native: Native
    positions: tuple[int, ...] = ()


def is_joint(operation: Operation) -> bool:
    """True when the operation can go into one transaction with others."""
    return base_of(operation.type) in OPERATION_TYPES and not link_changes(operation)


def link_changes(operation: Operation) -> dict[str, Any]:
    """The values of an operation that live in AYON's link table."""
    table = places(operation.type)
    return {name: value for name, value in operation.values.items() if name in table and table[name].is_link}


def check_joint(operations: Sequence[Operation]) -> None:
    """Nothing when all can go into one transaction.

    Raises:
        UnsupportedError: names the first operation that cannot.
    """
    if len(operations) == 1:
        return
    for at, operation in enumerate(operations):
        if is_joint(operation):
            continue
        names = ", ".join(link_changes(operation))
        what = f"{operation.type}.{names}" if names else f"a {operation.type}"
        raise UnsupportedError(
            f"operation {at} writes {what}, which AYON cannot put into one transaction with other changes",
            hint="write it by itself, or all with atomic=False",
            backend="ayon",
        )


def check_project(operation: Operation, schema: Schema) -> None:
    """Statuses and task types as the project itself defines them.

    Raises:
        DomainError: lists the project's own.
    """
    base = base_of(operation.type)
    for name in CHECKED:
        value = operation.values.get(name)
        item = schema.type(base).fields.get(name)
        if value is not None and item is not None and item.choices:
            check_choice(item, str(value), f"{operation.type}.{name}")


def check_data(operation: Operation) -> None:
    """Nothing when ``data`` is an object with free keys, else a DomainError."""
    if operation.values.get("data") is not None and base_of(operation.type) != "Link":
        checked_extra(operation.values["data"], operation.type)


def check_homes(operation: Operation, project: str) -> None:
    """Links stay inside the project.

    Raises:
        DomainError: names the record of another one.
    """
    for name, value in operation.values.items():
        for ref in _refs(value):
            if ref.type != "User" and ref.project not in (None, project):
                raise DomainError(
                    f"{operation.type}.{name}: {ref} belongs to the project {ref.project!r}, not to {project!r}",
                    path=f"{operation.type}.{name}",
                    backend="ayon",
                )


def _refs(value: Any) -> list[Ref]:
    if isinstance(value, Ref):
        return [value]
    if isinstance(value, (Added, Removed)):
        return [item for item in value.values if isinstance(item, Ref)]
    return [item for item in value if isinstance(item, Ref)] if isinstance(value, list) else []


# ---- one operation


def created(rows: Rows, operation: Operation, values: Mapping[str, Any]) -> Native:
    """A create.

    Args:
        rows: of the type and project.
        operation: the neutral one; its key becomes the entity's id.
        values: its values, a version's product and number filled in.
    """
    base = base_of(operation.type)
    data = rows.payload({name: value for name, value in values.items() if value is not None}, is_new=True)
    if base == "Folder":
        data["folderType"] = data.get("folderType") or operation.type
    if base == "Product":
        data.setdefault("productType", PRODUCT_TYPE)
    if base == "Workfile":
        _shorten_name(data)
    return _native("create", base, str(operation.key), data)


def _shorten_name(data: Node) -> None:
    """A workfile's name is kept only where its path does not say it."""
    kept = data.get("data") or {}
    if kept.get(f"{KEPT}name") == str(data.get("path", "")).replace("\\", "/").rpartition("/")[2]:
        del kept[f"{KEPT}name"]


def updated(rows: Rows, ref: Ref, values: Mapping[str, Any]) -> Native:
    """An update; a None clears."""
    return _native("update", base_of(ref.type), ref.id, rows.payload(values))


def switched(ref: Ref, is_active: bool) -> Native:
    """Retiring or restoring."""
    return _native("update", base_of(ref.type), ref.id, {"active": is_active})


def deleted(ref: Ref, is_recursive: bool) -> Native:
    """Deleting for good."""
    made = _native("delete", base_of(ref.type), ref.id, None)
    return {**made, "force": True} if is_recursive else made


def _native(kind: str, base: str, id: str, data: Node | None) -> Native:
    made: Native = {"type": kind, "entityType": native_of(base).name, "entityId": id}
    return made if data is None else {**made, "data": data}


def product_of_version(id: str, name: str, folder_id: str) -> Native:
    """The product of a version that came without one."""
    return _native("create", "Product", id, {"name": name, "folderId": folder_id, "productType": PRODUCT_TYPE})


# ---- a batch


def joined(steps: Sequence[Step]) -> list[Step]:
    """The steps with the updates of one record in one: AYON takes a record once in a batch."""
    made: list[Step] = []
    at: dict[str, int] = {}
    for step in steps:
        id = step.native["entityId"]
        known = at.get(id)
        if step.native["type"] == "update" and known is not None and made[known].native["type"] == "update":
            data = _merged(made[known].native["data"], step.native["data"])
            made[known] = Step({**made[known].native, "data": data}, (*made[known].positions, *step.positions))
            continue
        if step.native["type"] == "delete" and known is not None and made[known].native["type"] == "update":
            step = replace(step, positions=(*made[known].positions, *step.positions))
            made[known] = replace(made[known], native={})
        if step.native["type"] != "create":
            at[id] = len(made)
        made.append(step)
    return [step for step in made if step.native]


def _merged(first: Node, second: Node) -> Node:
    made = {**first, **second}
    for home in ("attrib", "data"):
        if home in first and home in second:
            made[home] = {**first[home], **second[home]}
    return made
