"""The operations of a request, one by one: what each wants, and what became of it. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trackerkit_ayon.gateway.check import spelled
from trackerkit_ayon.gateway.faults import Fault, InvalidFault
from trackerkit_ayon.mapping.names import NEUTRAL

PLACE_KEYS: Final[Mapping[str, Mapping[str, str]]] = {
    "folder": {"name": "name", "parentId": "parent"}, "task": {"name": "name", "folderId": "parent"},
    "product": {"name": "name", "folderId": "parent"}, "version": {"version": "number", "productId": "product"},
    "representation": {"name": "name", "versionId": "version"}, "workfile": {"path": "path", "taskId": "task"},
}  # fmt: skip
"""Of each type: AYON's keys of what must be unique together, and their neutral names."""

_PARENT_KEYS: Final[Mapping[str, str]] = {
    "parentId": "Folder", "folderId": "Folder", "taskId": "Task", "productId": "Product", "versionId": "Version",
}  # fmt: skip


@dataclass
class Step:
    """One operation as a client sent it.

    Args:
        id: of the operation.
        type: ``create``, ``update`` or ``delete``.
        native: AYON's name of the entity's type.
        entity: AYON's id of the entity.
        data: what is to be written.
        force: delete what hangs on it too; change what AYON would protect.
        as_user: whose change it is; empty for who asks.
    """

    id: str
    type: str
    native: str
    entity: str
    data: Mapping[str, Any]
    force: bool = False
    as_user: str = ""

    @property
    def base(self) -> str:
        """The neutral type."""
        return NEUTRAL[self.native]


@dataclass
class Outcome:
    """What became of a step: a Fault, or none when it was done."""

    step: Step
    fault: Fault | None = None

    def shown(self) -> dict[str, Any]:
        """As the operations endpoint tells it."""
        step, fault = self.step, self.fault
        status = fault.status if fault else 201 if step.type == "create" else 204
        detail = (
            fault.of_model(step_model(step)) if isinstance(fault, InvalidFault) else fault.detail if fault else None
        )
        return {
            "id": step.id, "type": step.type, "entityType": step.native, "entityId": step.entity, "success": fault is None,
            "status": status, "errorCode": fault.code if fault else None, "detail": detail,
        }  # fmt: skip


def step_model(step: Step) -> str:
    """The name of AYON's model of a step's data."""
    return f"{step.native.capitalize()}{'Post' if step.type == 'create' else 'Patch'}Model"


def new_id() -> str:
    """A fresh id of an entity."""
    return uuid.uuid1().hex


def steps_of(given: Sequence[Mapping[str, Any]]) -> list[Step]:
    """The steps of a checked request.

    Raises:
        Fault: 400, an entity that is changed twice or not named.
    """
    made: list[Step] = []
    seen: set[tuple[str, str]] = set()
    for item in given:
        data = spelled(item["entityType"], item.get("data") or {})
        entity = item.get("entityId") or (data.get("id") if item["type"] == "create" else None)
        if item["type"] != "create":
            if not entity:
                raise Fault(400, "entity_id is required for update/delete", "bad-request")
            if (item["entityType"], entity) in seen:
                raise Fault(400, f"Duplicate operation for {item['entityType']} {entity}", "bad-request")
            seen.add((item["entityType"], entity))
        step = Step(item.get("id") or new_id(), item["type"], item["entityType"], str(entity or new_id()).lower(), data)
        step.force = bool(item.get("force"))
        step.as_user = str(item.get("asUser") or "")
        made.append(step)
    return made


def parents_of(step: Step) -> Iterable[tuple[str, str]]:
    """The records that a step names: neutral type and id."""
    for key, base in _PARENT_KEYS.items():
        value = step.data.get(key)
        if isinstance(value, str) and len(value) == 32:
            yield base, value
