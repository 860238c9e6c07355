"""AYON's events ↔ neutral ones; pure. One event of AYON may be several facts: one for each attribute that changed."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from typing import Any, Final

from trackerkit.events import Event
from trackerkit.schema import Schema
from trackerkit.values import Ref
from trackerkit_ayon.mapping.codecs import Context, moment, parse, show
from trackerkit_ayon.mapping.names import NEUTRAL, base_of, kind_of, native_of
from trackerkit_ayon.mapping.places import KEPT, Place, fields_at, place_of

CHANGES: Final[dict[str, dict[str, str]]] = {
    "renamed": {"": "name"},
    "label_changed": {"": "label"},
    "status_changed": {"": "status"},
    "tags_changed": {"": "tags"},
    "type_changed": {"Folder": "kind", "Task": "type"},
    "product_type_changed": {"": "type"},
    "thumbnail_changed": {"": "thumbnail"},
    "assignees_changed": {"": "assignees"},
    "author_changed": {"": "author"},
    "files_changed": {"": "paths"},
    "parent_changed": {"": "parent"},
    "folder_changed": {"": "parent"},
    "task_changed": {"": "task"},
    "product_changed": {"": "product"},
    "version_changed": {"": "version"},
}
"""The end of a topic → the neutral field that it tells of, by type (``""``: of any)."""

_ENDS: Final = {"created": "created", "deleted": "deleted"}
_ACTIVITIES: Final = {"comment": "Note", "reviewable": "Reviewable"}
_HOMES: Final = {"attrib_changed": "attrib", "data_changed": "data"}


@dataclass(frozen=True, slots=True)
class Reading:
    """What reading events needs to know.

    Args:
        site: of the server.
        schema: of the server.
        zone: the time zone of dates.
        kinds: folder types by folder id, as far as they are known; an unknown folder is a ``Folder``.
    """

    site: str
    schema: Schema
    zone: tzinfo
    kinds: Mapping[str, str] = field(default_factory=dict)

    def context(self, project: str | None) -> Context:
        """Where the records of a project live."""
        return Context(self.site, project, self.zone)


def order_of(cursor: str) -> int:
    """The running number of an event, which AYON gives as its cursor only."""
    return int(json.loads(base64.b64decode(cursor))[0])


def cursor_of(order: int) -> str:
    """AYON's cursor of a running number."""
    return base64.b64encode(json.dumps([order]).encode()).decode()


def read_cursor(text: str | None) -> tuple[int, int]:
    """Our cursor: the running number of the event to go on behind, and how many of its facts were given.

    Raises:
        ValueError: for a text that is no cursor.
    """
    order, _, given = (text or "0").partition(".")
    return int(order), int(given or 0)


# ---- AYON → neutral


def facts(node: Mapping[str, Any], reading: Reading) -> list[Event]:
    """The facts that one event of AYON tells.

    Args:
        node: as GraphQL gives it, with ``summary`` and ``payload`` as objects and the running number as ``order``.
        reading: see there.
    """
    made = list(_facts(node, reading))
    order = node["order"]
    last = len(made)
    return [
        replace(
            event,
            key=f"{node['id']}.{at}" if last > 1 else node["id"],
            cursor=str(order) if at == last else f"{order - 1}.{at}",
        )
        for at, event in enumerate(made, 1)
    ]


def _facts(node: Mapping[str, Any], reading: Reading) -> Iterator[Event]:
    area, _, rest = node["topic"].partition(".")
    teller = _TELLERS.get(area)
    told = list(teller(node, rest, reading)) if teller else []
    yield from told or [_event(node, reading, "other")]


def _event(node: Mapping[str, Any], reading: Reading, kind: str, entity: Ref | None = None, **more: Any) -> Event:
    context = reading.context(node.get("project"))
    user = node.get("user")
    return Event(
        key="", cursor="", at=moment(node["createdAt"]), kind=kind, entity=entity,
        actor=context.user(user) if user else None, project=context.home(), origin=node.get("sender"),
        name=node["topic"], number=node["order"], data=_data(node) if kind == "other" else {}, **more,
    )  # fmt: skip


def _data(node: Mapping[str, Any]) -> dict[str, Any]:
    names = ("description", "summary", "payload", "status", "dependsOn")
    return {name: node[name] for name in names if node.get(name) not in (None, "", {})}


def _entity_facts(node: Mapping[str, Any], rest: str, reading: Reading) -> Iterator[Event]:
    native, _, end = rest.partition(".")
    neutral = NEUTRAL.get(native)
    entity = _entity(node, native, neutral, reading) if neutral else None
    if entity is None or neutral is None:
        return
    if end in _ENDS:
        yield _event(node, reading, _ENDS[end], entity)
    elif end == "active_changed":
        is_back = (node.get("payload") or {}).get("newValue", (node.get("summary") or {}).get("value"))
        yield _event(node, reading, "restored" if is_back else "retired", entity)
    else:
        yield from _changes(node, end, entity, reading)


def _entity(node: Mapping[str, Any], native: str, neutral: str, reading: Reading) -> Ref | None:
    """The record that an event is about; None where the event does not say."""
    context = reading.context(node.get("project"))
    summary = node.get("summary") or {}
    if neutral == "Project":
        return context.home()
    if neutral == "User":
        # For a user that was made, AYON's summary names who made it; the description names the new one.
        told = re.match(r"User (\S+) (?:created|deleted)", node.get("description") or "")
        name = told[1] if told else summary.get("entityName")
        return context.user(name) if name else None
    id = summary.get("entityId")
    if not id:
        return None
    return context.ref(_kind(node, native, neutral, id, reading), id, _last_name(summary), native)


def _kind(node: Mapping[str, Any], native: str, neutral: str, id: str, reading: Reading) -> str:
    if native != "folder":
        return neutral
    gone = (node.get("payload") or {}).get("entityData") or {}
    folder_type = reading.kinds.get(id) or gone.get("folder_type") or gone.get("folderType")
    return kind_of(folder_type) if folder_type else neutral


def _last_name(summary: Mapping[str, Any]) -> str | None:
    path = summary.get("entityPath")
    return str(path).rsplit("/", 1)[-1] if path else None


def _changes(node: Mapping[str, Any], end: str, entity: Ref, reading: Reading) -> Iterator[Event]:
    payload = node.get("payload") or {}
    old, new = payload.get("oldValue"), payload.get("newValue")
    home = _HOMES.get(end)
    if home is not None:
        # A payload of another shape must not stop the reader for ever: such an event is told by its name alone.
        news, olds = (value if isinstance(value, Mapping) else {} for value in (new, old))
        for key in sorted(news):
            before, now = olds.get(key), news.get(key)
            if before != now:
                place = _place_at(reading, entity.type, f"{home}.{key}")
                is_whole = place.key == "data"
                old_raw, new_raw = ({key: before}, {key: now}) if is_whole else (before, now)
                yield _change(node, entity, place, old_raw, new_raw, reading)
        return
    names = CHANGES.get(end, {})
    name = names.get(base_of(entity.type)) or names.get("", "")
    item = reading.schema.type(base_of(entity.type)).fields.get(name)
    kept = place_of(entity.type, item) if item is not None else None
    if kept is not None:
        yield _change(node, entity, kept, old, new, reading)


def _place_at(reading: Reading, type_name: str, path: str) -> Place:
    """The place of a key of ``attrib`` or ``data``: of a neutral field, of an attribute, or itself."""
    known = fields_at(type_name).get(path)
    home, _, key = path.partition(".")
    if known is None and home == "attrib":
        item = reading.schema.type(base_of(type_name)).fields.get(key)
        known = place_of(type_name, item) if item is not None else None
    if known is None and home == "data":
        return Place("name", home, key) if key == f"{KEPT}name" else Place("data", "column", "data")
    return known or Place(key, home, key)


def _change(node: Mapping[str, Any], entity: Ref, place: Place, old: Any, new: Any, reading: Reading) -> Event:
    item = reading.schema.type(base_of(entity.type)).fields.get(place.field)
    context = reading.context(node.get("project"))
    before, now = _value(context, place, old), _value(context, place, new)
    made = _event(node, reading, "changed", entity, field=place.field, data_type=item.data_type if item else None)
    if item is None or not item.is_many:
        return replace(made, old=before, new=now)
    before, now = before or [], now or []
    added, removed = [v for v in now if v not in before], [v for v in before if v not in now]
    return replace(made, old=before, new=now, added=added, removed=removed)


def _value(context: Context, place: Place, raw: Any) -> Any:
    if place.field == "parent" and raw is None:
        return context.home()
    return parse(place.codec, context, raw)


def _link_facts(node: Mapping[str, Any], rest: str, reading: Reading) -> Iterator[Event]:
    summary = node.get("summary") or {}
    for item in summary.get("links") or [summary]:
        if rest in _ENDS and item.get("id"):
            ref = reading.context(node.get("project")).ref("Link", item["id"], item.get("linkType"), "link")
            yield _event(node, reading, _ENDS[rest], ref)


def _activity_facts(node: Mapping[str, Any], rest: str, reading: Reading) -> Iterator[Event]:
    summary = node.get("summary") or {}
    neutral = _ACTIVITIES.get(summary.get("activity_type", ""))
    if neutral is None or not summary.get("activity_id"):
        return
    entity = reading.context(node.get("project")).ref(neutral, summary["activity_id"])
    if rest in _ENDS:
        yield _event(node, reading, _ENDS[rest], entity)
    elif rest == "updated":
        body = (node.get("payload") or {}).get("body")
        yield _event(node, reading, "changed", entity, field="body", data_type="text", new=body)


def _list_facts(node: Mapping[str, Any], rest: str, reading: Reading) -> Iterator[Event]:
    summary = node.get("summary") or {}
    if not summary.get("id"):
        return
    entity = reading.context(node.get("project")).ref("Playlist", summary["id"], summary.get("label"), "list")
    kind = _ENDS.get(rest, "changed")
    more = {"field": "items", "data_type": "links"} if kind == "changed" else {}
    yield _event(node, reading, kind, entity, **more)


Teller = Callable[[Mapping[str, Any], str, Reading], Iterator[Event]]
_TELLERS: Final[dict[str, Teller]] = {
    "entity": _entity_facts, "link": _link_facts, "links": _link_facts, "activity": _activity_facts,
    "entity_list": _list_facts,
}  # fmt: skip


def folder_ids(nodes: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """The folders that some events are about, by project: what ``Reading.kinds`` should know of."""
    found: dict[str, list[str]] = {}
    for node in nodes:
        id = (node.get("summary") or {}).get("entityId")
        if node["topic"].startswith("entity.folder.") and id and node.get("project"):
            found.setdefault(node["project"], []).append(id)
    return {project: list(dict.fromkeys(ids)) for project, ids in found.items()}


# ---- neutral → AYON: what a gateway needs

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
    end = event.kind if event.kind in _ENDS else "updated" if area == "activity" else "changed"
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
