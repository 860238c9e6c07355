"""``note_thread_contents``: a note with its replies and attachments, the oldest first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.faults import missing, no_entity
from trackerkit_shotgrid.gateway.records import active, read_any, read_fields
from trackerkit_shotgrid.gateway.wire import MAX_FIELDS, id_of

_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Note": ("content", "created_at", "created_by"),
    "Reply": ("content", "created_at", "user"),
    "Attachment": ("created_at", "created_by"),
}
_VERB: Final = "note_thread_contents"


def note_thread_contents(context: Context, given: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The answer to ``note_thread_contents``."""
    number = id_of(_VERB, given.get("note_id"), "note_id")
    extra = entity_fields(_VERB, given)
    ref = context.site.find_ref("Note", number) if "Note" in context.site.types else None
    found = active(context, [ref]) if ref is not None else []
    if not found:
        raise no_entity(_VERB, "Note", number)
    note = read_fields(context, "Note", found, _names("Note", extra))
    replies = _with_faces(context, _linked(context, found[0], "replies", "Reply", extra))
    files = _linked(context, found[0], "attachments", "Attachment", extra)
    return [*note, *sorted([*replies, *files], key=lambda item: (str(item.get("created_at")), item["id"]))]


def entity_fields(verb: str, given: Mapping[str, Any]) -> Mapping[str, Sequence[str]]:
    """``entity_fields`` of an argument: more fields to read, by entity type.

    Raises:
        Fault: when it is no such thing.
    """
    found = given.get("entity_fields") or {}
    if not isinstance(found, dict):
        raise missing(verb, "hash", "entity_fields", given=found)
    for names in found.values():
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names) or len(names) > MAX_FIELDS:
            raise missing(verb, "array of strings", "entity_fields", given=names)
    return found


def _names(native: str, extra: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*_FIELDS[native], *extra.get(native, ()))))


def _linked(
    context: Context, note: Ref, field: str, native: str, extra: Mapping[str, Sequence[str]]
) -> list[dict[str, Any]]:
    if native not in context.site.types or field not in context.site.schema.type(note.type).fields:
        return []
    refs = context.tracker.backend.fetch([note], [field]).get(note, {}).get(field) or ()
    return read_fields(context, native, active(context, refs), _names(native, extra))


def _with_faces(context: Context, replies: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The picture of who wrote a reply stands beside the name."""
    people = {(user["type"], user["id"]) for reply in replies if (user := reply.get("user"))}
    refs = {key: ref for key in people if (ref := context.site.find_ref(*key)) is not None}
    found = read_any(context, list(refs.values()), {"HumanUser": ("image",), "ApiUser": ("image",)})
    for reply in replies:
        user = reply.get("user")
        if user:
            face = found.get(refs.get((user["type"], user["id"]), _NOBODY), {})
            reply["user"] = {**user, "image": face.get("image")}
    return replies


_NOBODY: Final = Ref("User", "-")
