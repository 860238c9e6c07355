"""AYON → neutral: the facts that an event tells."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from trackerkit.events import Event
from trackerkit.values import Ref
from trackerkit_ayon.events.changes import Changed, Home, Reading
from trackerkit_ayon.mapping.codecs import moment
from trackerkit_ayon.mapping.names import NEUTRAL, kind_of

ENDS: Final = {"created": "created", "deleted": "deleted"}
"""Ends of topics that are kinds of events."""

MARK: Final = "trackerkit"
"""In the summary of an event that a program wrote through trackerkit: the record that it is about."""

_ACTIVITIES: Final = {"comment": "Note", "reviewable": "Reviewable"}
_HOMES: Final = {"attrib_changed": "attrib", "data_changed": "data"}

Fact = dict[str, Any]
"""What tells one fact of an event from the others: arguments of ``Event``."""


def facts(node: Mapping[str, Any], reading: Reading) -> list[Event]:
    """The facts that one event of AYON tells.

    Args:
        node: as GraphQL gives it, with ``summary`` and ``payload`` as objects and the running number as ``order``.
        reading: see there.
    """
    topic, id, order, sender = node["topic"], node["id"], node["order"], node.get("sender")
    area, _, rest = topic.partition(".")
    teller = _TELLERS.get(area)
    place = reading.home(node.get("project"))
    told = teller(node, rest, reading, place) if teller else ()
    at, actor, project = moment(node["createdAt"]), reading.actor(node.get("user")), place.project
    if not told:
        told = [_other(node, reading)]
    last = len(told)
    if last == 1:
        return [
            Event(id, str(order), at, actor=actor, project=project, origin=sender, name=topic, number=order, **told[0])
        ]
    return [
        Event(
            f"{id}.{number}", str(order) if number == last else f"{order - 1}.{number}", at, actor=actor, project=project,
            origin=sender, name=topic, number=order, **fact,
        )
        for number, fact in enumerate(told, 1)
    ]  # fmt: skip


def _other(node: Mapping[str, Any], reading: Reading) -> Fact:
    """An event that is no change of a record: one that a program wrote, or of a topic that is not known here."""
    said = node.get("description") or ""
    mark = (node.get("summary") or {}).get(MARK)
    if not isinstance(mark, Mapping):
        return {"kind": "other", "data": _data(node), "description": said}
    made: Fact = {"kind": "other", "data": node.get("payload") or {}, "description": said}
    if mark.get("entityId") and mark.get("type"):
        names = [mark.get(name) for name in ("native", "label")]
        made["entity"] = Ref(mark["type"], mark["entityId"], mark.get("project"), reading.site, *names)
    return made


def _data(node: Mapping[str, Any]) -> dict[str, Any]:
    names = ("description", "summary", "payload", "status", "dependsOn")
    return {name: node[name] for name in names if node.get(name) not in (None, "", {})}


def _entity_facts(node: Mapping[str, Any], rest: str, reading: Reading, place: Home) -> list[Fact]:
    native, _, end = rest.partition(".")
    neutral = NEUTRAL.get(native)
    entity = _entity(node, native, neutral, reading, place) if neutral else None
    if entity is None or neutral is None:
        return []
    if end in ENDS:
        return [{"kind": ENDS[end], "entity": entity}]
    if end == "active_changed":
        is_back = (node.get("payload") or {}).get("newValue", (node.get("summary") or {}).get("value"))
        return [{"kind": "restored" if is_back else "retired", "entity": entity}]
    return _changes(node, end, entity, reading, place)


def _entity(node: Mapping[str, Any], native: str, neutral: str, reading: Reading, place: Home) -> Ref | None:
    """The record that an event is about; None where the event does not say."""
    context = place.context
    summary = node.get("summary") or {}
    if neutral == "Project":
        return place.project
    if neutral == "User":
        # For a user that was made, AYON's summary names who made it; the description names the new one.
        told = re.match(r"User (\S+) (?:created|deleted)", node.get("description") or "")
        name = told[1] if told else summary.get("entityName")
        return context.user(name) if name else None
    id = summary.get("entityId")
    if not id:
        return None
    kind = _kind(node, id, reading) if native == "folder" else neutral
    return Ref(kind, id, context.project, context.site, native, _last_name(summary))


def _kind(node: Mapping[str, Any], id: str, reading: Reading) -> str:
    """The kind of a folder, as far as it is known."""
    folder_type = reading.kinds.get(id)
    if not folder_type:
        gone = (node.get("payload") or {}).get("entityData") or {}
        folder_type = gone.get("folder_type") or gone.get("folderType")
    return kind_of(folder_type) if folder_type else "Folder"


def _last_name(summary: Mapping[str, Any]) -> str | None:
    path = summary.get("entityPath")
    return str(path).rsplit("/", 1)[-1] if path else None


def _changes(node: Mapping[str, Any], end: str, entity: Ref, reading: Reading, place: Home) -> list[Fact]:
    payload = node.get("payload") or {}
    old, new = payload.get("oldValue"), payload.get("newValue")
    home = _HOMES.get(end)
    if home is None:
        told = reading.change(entity.type, end)
        return [_change(told, entity, old, new, place)] if told is not None else []
    # A payload of another shape must not stop the reader for ever: such an event is told by its name alone.
    news, olds = (value if isinstance(value, Mapping) else {} for value in (new, old))
    made = []
    for key in sorted(news):
        before, now = olds.get(key), news.get(key)
        told = reading.change(entity.type, f"{home}.{key}") if before != now else None
        if told is not None:
            made.append(_change(told, entity, before, now, place))
    return made


def _change(told: Changed, entity: Ref, old: Any, new: Any, place: Home) -> Fact:
    before, now = _value(told, place, old), _value(told, place, new)
    made: Fact = {"kind": "changed", "entity": entity, "field": told.field, "data_type": told.data_type}
    if told.is_many:
        before, now = before or [], now or []
        made["added"], made["removed"] = [v for v in now if v not in before], [v for v in before if v not in now]
    made["old"], made["new"] = before, now
    return made


def _value(told: Changed, place: Home, raw: Any) -> Any:
    if told.key is not None:
        return told.parse(place.context, {told.key: raw})
    if raw is None:
        return place.project if told.is_home else None
    return told.parse(place.context, raw)


def _link_facts(node: Mapping[str, Any], rest: str, reading: Reading, place: Home) -> list[Fact]:
    summary = node.get("summary") or {}
    return [
        {"kind": ENDS[rest], "entity": place.context.ref("Link", item["id"], item.get("linkType"), "link")}
        for item in summary.get("links") or [summary]
        if rest in ENDS and item.get("id")
    ]


def _activity_facts(node: Mapping[str, Any], rest: str, reading: Reading, place: Home) -> list[Fact]:
    summary = node.get("summary") or {}
    neutral = _ACTIVITIES.get(summary.get("activity_type", ""))
    if neutral is None or not summary.get("activity_id"):
        return []
    entity = place.context.ref(neutral, summary["activity_id"])
    if rest in ENDS:
        return [{"kind": ENDS[rest], "entity": entity}]
    if rest != "updated":
        return []
    body = (node.get("payload") or {}).get("body")
    return [{"kind": "changed", "entity": entity, "field": "body", "data_type": "text", "new": body}]


def _list_facts(node: Mapping[str, Any], rest: str, reading: Reading, place: Home) -> list[Fact]:
    summary = node.get("summary") or {}
    if not summary.get("id"):
        return []
    entity = place.context.ref("Playlist", summary["id"], summary.get("label"), "list")
    kind = ENDS.get(rest, "changed")
    more = {"field": "items", "data_type": "links"} if kind == "changed" else {}
    return [{"kind": kind, "entity": entity, **more}]


Teller = Callable[[Mapping[str, Any], str, Reading, Home], "list[Fact]"]
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
