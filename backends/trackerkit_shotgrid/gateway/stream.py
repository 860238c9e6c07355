"""``activity_stream``: what happened to a record and what was made for it, the newest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from trackerkit.filters import And, Condition, Filter, Or
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.events import tell
from trackerkit_shotgrid.gateway.faults import Fault, no_entity
from trackerkit_shotgrid.gateway.records import active, read_any
from trackerkit_shotgrid.gateway.threads import entity_fields
from trackerkit_shotgrid.gateway.wire import id_of, text_of

_VERB: Final = "activity_stream"
_USUAL: Final = 25
_MOST: Final = 500
_MADE_FOR: Final = ("notes", "versions", "published", "tasks", "replies")
_MANY: Final = 1_000
_UPDATE_TYPES: Final = {
    "new_entity": "create", "attribute_change": "update", "entity_retirement": "delete", "entity_revival": "revive",
}  # fmt: skip


def activity_stream(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ``activity_stream``; its ids are the numbers of the log's entries."""
    native, number = text_of(_VERB, given, "type"), id_of(_VERB, given.get("id"))
    extra = entity_fields(_VERB, given)
    context.site.type(_VERB, native)
    ref = context.site.find_ref(native, number)
    found = active(context, [ref]) if ref is not None else []
    if not found:
        raise no_entity(_VERB, native, number)
    updates = _updates(context, _numbers(context, found[0], given), extra)
    ids = [item["id"] for item in updates]
    return {
        "entity_type": native, "entity_id": number, "latest_update_id": max(ids, default=None),
        "earliest_update_id": min(ids, default=None), "updates": updates,
    }  # fmt: skip


def _numbers(context: Context, ref: Ref, given: Mapping[str, Any]) -> list[int]:
    """Which entries of the log tell of it, the newest first."""
    parts: list[Filter] = [_about(ref, list(_made_for(context, ref)))]
    for name, relation in (("min_id", "greater_than"), ("max_id", "less_than")):
        if given.get(name) is not None:
            parts.append(Condition("number", relation, id_of(_VERB, given[name], name)))
    query = context.tracker.query(
        "Event", And(parts), fields=["number"], order=[("number", "desc")], limit=_limit(given), archived=True
    )
    return [page.plan.index["number"](row) for page in context.tracker.read(query) for row in page.rows]


def _limit(given: Mapping[str, Any]) -> int:
    limit = given.get("limit")
    if limit is None:
        return _USUAL
    if isinstance(limit, bool) or not isinstance(limit, int) or limit < 1:
        raise Fault(f"API {_VERB}() 'limit' must be a whole number from 1 to {_MOST}")
    return min(limit, _MOST)


def _about(ref: Ref, made_for: Sequence[Ref]) -> Filter:
    """All that happened to the record, but for the values that it was made with; of the others that they were made."""
    own = And(
        (Condition("entity", "is", ref), ~And((Condition("kind", "is", "changed"), Condition("in_create", "is", True))))
    )
    if not made_for:
        return own
    return Or((own, And((Condition("entity", "in", tuple(made_for)), Condition("kind", "is", "created")))))


def _made_for(context: Context, ref: Ref) -> Iterator[Ref]:
    """Notes, versions, files and tasks of the record: the latest of each."""
    fields = context.site.schema.type(ref.type).fields
    names = [name for name in _MADE_FOR if name in fields]
    found = context.tracker.backend.fetch([ref], names).get(ref, {}) if names else {}
    for name in names:
        yield from (found.get(name) or ())[-_MANY:]


def _updates(context: Context, numbers: Sequence[int], extra: Mapping[str, Sequence[str]]) -> list[dict[str, Any]]:
    told = tell(context.site, numbers, context.lookups)
    entries = {number: told[number] for number in numbers if number in told and told[number]["meta"].get("entity_id")}
    entities = _entities(context, entries.values(), extra)
    people = _people(context, [entry["user"] for entry in entries.values() if entry["user"]])
    return [_update(number, entry, entities, people) for number, entry in entries.items()]


def _update(
    number: int, entry: Mapping[str, Any], entities: Mapping[Any, Any], people: Mapping[Any, Any]
) -> dict[str, Any]:
    meta, user = entry["meta"], entry["user"]
    return {
        "id": number,
        "update_type": _UPDATE_TYPES.get(meta["type"], "update"),
        "meta": meta,
        "created_at": entry["created_at"],
        "read": False,
        "primary_entity": entities.get((meta["entity_type"], meta["entity_id"])),
        "created_by": people.get((user["type"], user["id"])) if user else None,
    }


Key = tuple[str, int]


def _entities(context: Context, entries: Any, extra: Mapping[str, Sequence[str]]) -> dict[Key, dict[str, Any]]:
    """The records that entries are about: type, id, name, status, and the fields asked for."""
    keys = dict.fromkeys((entry["meta"]["entity_type"], entry["meta"]["entity_id"]) for entry in entries)
    natives = {native for native, _ in keys}
    names = {native: ("cached_display_name", "sg_status_list", *extra.get(native, ())) for native in natives}
    made = {}
    for key, record in _read(context, keys, names).items():
        shown = {
            "id": key[1],
            "type": key[0],
            "name": record.get("cached_display_name"),
            "status": record.get("sg_status_list"),
        }
        made[key] = {**shown, **{name: record.get(name) for name in extra.get(key[0], ())}}
    return made


def _people(context: Context, users: Sequence[Mapping[str, Any]]) -> dict[Key, dict[str, Any]]:
    keys = dict.fromkeys((user["type"], user["id"]) for user in users)
    names = {native: ("name", "cached_display_name", "sg_status_list", "image") for native, _ in keys}
    return {
        key: {
            "id": key[1], "type": key[0], "name": record.get("cached_display_name"),
            "status": record.get("sg_status_list"), "image": record.get("image"),
        }
        for key, record in _read(context, keys, names).items()
    }  # fmt: skip


def _read(context: Context, keys: Mapping[Key, None], names: Mapping[str, Sequence[str]]) -> dict[Key, dict[str, Any]]:
    refs = [ref for key in keys if (ref := context.site.find_ref(*key)) is not None]
    return {(record["type"], record["id"]): record for record in read_any(context, refs, names).values()}
