"""Links that are written from their other side: ``Shot.tasks`` is every Task's ``entity``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from trackerkit.operations import Added, Operation, Removed
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.context import Context

Written = Mapping[str, tuple[str, Sequence[Ref]]]
"""By field what is written: ``set``, ``add`` or ``remove``, and which records."""


def also(context: Context, changes: Sequence[tuple[Operation, Written]]) -> list[Operation] | None:
    """What the records that hold the links get in the same transaction; None where it can only be told afterwards.

    That is so for a record that is not there yet, and where another write of the call may change the same links.
    """
    given = [(operation, written) for operation, written in changes if written]
    if not given:
        return []
    ref, written = given[0][0].ref, given[0][1]
    if ref is None or len(given) > 1:
        return None
    made = operations(context, ref, written)
    held = {operation.type for operation in made}
    return None if any(operation.type in held for operation, _ in changes) else made


def operations(context: Context, ref: Ref, written: Written) -> list[Operation]:
    """The updates of the records that hold the links."""
    made: list[Operation] = []
    for name, (mode, refs) in written.items():
        made += _of_field(context, ref, name, mode, refs)
    return made


def _of_field(context: Context, ref: Ref, name: str, mode: str, refs: Sequence[Ref]) -> list[Operation]:
    field = context.site.schema.field(ref.type, name)
    assert field.reverse_of is not None
    link = field.reverse_of[1]
    current = list(context.tracker.backend.fetch([ref], [name], "all").get(ref, {}).get(name) or ())
    held, given = ({(item.type, item.id): item for item in some} for some in (current, refs))
    left = {key for key in held if (key in given) == (mode == "remove")} if mode != "add" else set()
    new = [item for key, item in given.items() if key not in held] if mode != "remove" else []
    return [
        *(_pointed(context, item, link, ref, True) for item in new),
        *(_pointed(context, item, link, ref, False) for key, item in held.items() if key in left),
    ]


def _pointed(context: Context, holder: Ref, link: str, ref: Ref, is_linked: bool) -> Operation:
    if context.site.schema.field(holder.type, link).is_many:
        value: Any = Added((ref,)) if is_linked else Removed((ref,))
    else:
        value = ref if is_linked else None
    if value is None and context.site.schema.field(holder.type, link).required:
        return Operation("delete", holder.type, holder)  # a Reply without its Note: a site deletes it
    return Operation("update", holder.type, holder, {link: value})
