"""What goes with a record into the trash, and comes back with it: a Shot's Versions, and nothing else that is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from trackerkit.filters import Condition
from trackerkit.operations import Operation
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.records import ref_of

ROOM: Final = "went_with"
_OWNER: Final = "Shot"
_TAKEN: Final = "Version"


def also(context: Context, operations: Iterable[Operation]) -> list[Operation]:
    """What is to be done besides: Versions of a Shot that is retired are retired, those that went with it come back."""
    made: list[Operation] = []
    for operation in operations:
        if operation.ref is None or operation.type != _OWNER or _TAKEN not in context.site.schema:
            continue
        if operation.kind == "delete":
            made += [Operation("delete", _TAKEN, ref) for ref in _versions(context, operation.ref)]
        elif operation.kind == "restore":
            made += [Operation("restore", _TAKEN, ref) for ref in _gone(context, operation.ref)]
    return made


def note(context: Context, operations: Iterable[Operation], more: Iterable[Operation]) -> None:
    """Remember what went with which Shot, and forget it when it is back."""
    gone = [operation.ref for operation in more if operation.kind == "delete" and operation.ref is not None]
    homes = context.tracker.backend.fetch(gone, ["parent"], "all") if gone else {}
    key = context.site.fact_key
    for operation in operations:
        if operation.ref is None or operation.type != _OWNER:
            continue
        shot = key(operation.ref)
        if operation.kind == "delete":
            for ref in gone:
                if ref in homes:
                    context.facts.put(ROOM, shot, key(ref), ref.project)
        elif operation.kind == "restore":
            for fact in context.facts.of_subject(ROOM, shot):
                context.facts.drop(ROOM, shot, fact.object)


def _versions(context: Context, shot: Ref) -> list[Ref]:
    condition = Condition("parent", "is", shot)
    return [item.ref for item in context.tracker.find(_TAKEN, condition, fields=["id"], archived=True)]


def _gone(context: Context, shot: Ref) -> list[Ref]:
    """Those that went with the Shot and are still where they went."""
    facts = context.facts.of_subject(ROOM, context.site.fact_key(shot))
    refs = [ref_of(context.site, fact.object, fact.value) for fact in facts]
    found = context.tracker.backend.fetch(refs, ["id"], "retired")
    return [ref for ref in refs if ref in found]
