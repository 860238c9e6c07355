"""Neutral → AYON: an event as AYON tells it; what a gateway needs."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import Any, Final

from trackerkit.events import Event
from trackerkit.schema import Schema
from trackerkit.values import Ref
from trackerkit_ayon.events.changes import CHANGES
from trackerkit_ayon.events.facts import ENDS
from trackerkit_ayon.mapping.codecs import Context, show
from trackerkit_ayon.mapping.names import base_of, native_of
from trackerkit_ayon.mapping.places import Place, place_of

_TOPICS: Final[dict[tuple[str, str], str]] = {
    **{("", names[""]): end for end, names in reversed(CHANGES.items()) if "" in names},
    ("Folder", "kind"): "type_changed", ("Task", "type"): "type_changed", ("Product", "type"): "product_type_changed",
    ("Task", "parent"): "folder_changed", ("Product", "parent"): "folder_changed",
}  # fmt: skip
_KINDS: Final = {"created": "created", "deleted": "deleted", "retired": "active_changed", "restored": "active_changed"}
_AREAS: Final = {
    "Note": "activity",
    "Reply": "activity",
    "Reviewable": "activity",
    "Link": "link",
    "Playlist": "entity_list",
}


def native_event(event: Event, schema: Schema, zone: tzinfo, id: str, order: int) -> dict[str, Any]:
    """A neutral event as AYON tells it, with ``summary`` and ``payload`` as objects and the number as ``order``.

    Args:
        event: any event.
        schema: whose fields it may be about.
        zone: the time zone of dates.
        id: 32 hex digits that are always the same for this event.
        order: its running number.
    """
    project = event.project.id if event.project else None
    told = _told(event, schema, Context("", project, zone))
    return {
        "id": id, "hash": id, "project": project, "user": event.actor.id if event.actor else None,
        "sender": event.origin, "dependsOn": None, "status": "finished", "retries": 0, "description": _words(event),
        "createdAt": _iso(event.at), "updatedAt": _iso(event.at), "order": order, "data": {}, **told,
    }  # fmt: skip


def _iso(at: datetime) -> str:
    return at.isoformat()


def _words(event: Event) -> str:
    return f"{event.kind} {event.entity or event.name}" + (f" {event.field}" if event.field else "")


def _told(event: Event, schema: Schema, context: Context) -> dict[str, Any]:
    """Topic, summary and payload."""
    entity = event.entity
    base = base_of(entity.type) if entity is not None else ""
    if entity is None or event.kind == "other":
        return {"topic": event.name or "trackerkit.event", "summary": dict(event.data), "payload": {}}
    if base in _AREAS:
        return _told_of_area(event, entity, base)
    summary = {"entityId": entity.id, "entityPath": f"/{entity.label}" if entity.label else None}
    prefix = f"entity.{native_of(base).name}"
    if event.kind != "changed":
        payload = (
            {"oldValue": event.kind == "retired", "newValue": event.kind == "restored"}
            if event.kind[:2] == "re"
            else {}
        )
        return {"topic": f"{prefix}.{_KINDS[event.kind]}", "summary": summary, "payload": payload}
    end, payload = _changed(event, schema, context, base)
    return {"topic": f"{prefix}.{end}", "summary": summary, "payload": payload}


def _told_of_area(event: Event, entity: Ref, base: str) -> dict[str, Any]:
    area = _AREAS[base]
    end = event.kind if event.kind in ENDS else "updated" if area == "activity" else "changed"
    if area == "activity":
        type_name = "reviewable" if base == "Reviewable" else "comment"
        summary: dict[str, Any] = {"activity_id": entity.id, "activity_type": type_name, "references": []}
    else:
        summary = {"id": entity.id, "label": entity.label}
    return {"topic": f"{area}.{end}", "summary": summary, "payload": {}}


def _changed(event: Event, schema: Schema, context: Context, base: str) -> tuple[str, dict[str, Any]]:
    """The end of the topic and the payload of a change of one field."""
    name = event.field or ""
    item = schema.type(base).fields.get(name) if base in schema else None
    place = place_of(base, item) if item is not None else None
    if place is None:
        return "data_changed", {"oldValue": {name: None}, "newValue": {name: None}}
    old, new = (_raw(context, place, value) for value in (event.old, event.new))
    if place.home in ("attrib", "data"):
        return f"{place.home}_changed", {"oldValue": {place.key: old}, "newValue": {place.key: new}}
    end = _TOPICS.get((base, name)) or _TOPICS.get(("", name)) or "data_changed"
    return end, {"oldValue": old, "newValue": new}


def _raw(context: Context, place: Place, value: Any) -> Any:
    if place.field == "parent" and isinstance(value, Ref) and value.type == "Project":
        return None
    return show(place.codec, context, value)
