"""Tasks that would wait for themselves: refused whichever way a dependency is written, as one call's writes add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Protocol

from trackerkit.operations import Added, Operation, Removed
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.faults import CRUD, Fault, batch_text, update_failed
from trackerkit_shotgrid.gateway.values import Values
from trackerkit_shotgrid.gateway.wire import Write

_TASK: Final = "Task"
_FIELD: Final = "depends_on"
_ROW: Final = "TaskDependency"
_WHY: Final = "Can't create this dependency as it causes a loop."


class _Change(Protocol):
    write: Write
    operation: Operation
    values: Values


def check(context: Context, changes: Sequence[_Change], is_batch: bool) -> None:
    """Do nothing for writes that leave every Task waiting for others only.

    Raises:
        Fault: one closes a loop, with those before it in the batch.
    """
    known: dict[Ref, list[Ref]] = {}
    for at, change in enumerate(changes):
        for waiting, targets in _edges(context, change, known):
            known[waiting] = targets
            if _reaches(context, known, targets, waiting):
                fault = _fault(change.write)
                raise Fault(batch_text(at, fault.message), fault.code) if is_batch else fault


def _edges(context: Context, change: _Change, known: Mapping[Ref, list[Ref]]) -> Iterator[tuple[Ref, list[Ref]]]:
    """Which Tasks wait for which after a write, of those that it names."""
    values, write = change.operation.values, change.write
    if write.type == _ROW and write.kind == "create":
        task, other = values.get("task"), values.get("dependent_task")
        if isinstance(task, Ref) and isinstance(other, Ref):
            yield task, [*_targets(context, known, [task])[task], other]
    if write.type != _TASK or change.operation.ref is None:
        return
    if _FIELD in values:
        yield change.operation.ref, _written(context, known, change.operation.ref, values[_FIELD])
    for name, (mode, refs) in change.values.reverse.items():
        field = context.site.schema.field(_TASK, name)
        if field.reverse_of == (_TASK, _FIELD) and mode != "remove":
            for ref, targets in _targets(context, known, refs).items():
                yield ref, [*targets, change.operation.ref]


def _written(context: Context, known: Mapping[Ref, list[Ref]], ref: Ref, value: Any) -> list[Ref]:
    if isinstance(value, (Added, Removed)):
        given = [] if isinstance(value, Removed) else list(value.values)
        return [*_targets(context, known, [ref])[ref], *given]
    return list(value or ())


def _targets(context: Context, known: Mapping[Ref, list[Ref]], refs: Sequence[Ref]) -> dict[Ref, list[Ref]]:
    """What some Tasks wait for."""
    asked = [ref for ref in refs if ref not in known]
    found = context.tracker.backend.fetch(asked, [_FIELD]) if asked else {}
    return {ref: known[ref] if ref in known else list(found.get(ref, {}).get(_FIELD) or ()) for ref in refs}


def _reaches(context: Context, known: Mapping[Ref, list[Ref]], start: Sequence[Ref], goal: Ref) -> bool:
    seen, near = set[Ref](), list(start)
    while near:
        if goal in near:
            return True
        seen.update(near)
        found = _targets(context, known, near)
        near = list(dict.fromkeys(ref for refs in found.values() for ref in refs if ref not in seen))
    return False


def _fault(write: Write) -> Fault:
    if write.type == _TASK:
        name = "upstream_tasks" if "upstream_tasks" in write.fields else "downstream_tasks"
        return update_failed(write.kind, f"{_TASK}.{name}", _WHY)
    return Fault(f"API create() CRUD ERROR #6: Create failed for [{_ROW}]: Validation failed: {_WHY}", CRUD)
