"""Events: a ShotGrid EventLogEntry as a neutral Event (``read_event``), and back (``write_event``). Pure.

ShotGrid writes one entry a fact, as the neutral model does: New, Change (one field), Retirement, Revival. Two of its
entries
repeat a fact that another one tells, and are read as None: the Change of ``retirement_date`` beside a Retirement,
and the
Change of a reverse field (``Shot.tasks``) that follows the Change of the link itself (``Task.entity``).

A backend calls ``read_event`` with the ``ENTRY_FIELDS`` of an entry. A gateway calls ``write_event`` with each of its
tracker's events, once, in order, and gets the entry's values; ids and ``session_uuid`` are its own to give.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from trackerkit.errors import ProtocolError
from trackerkit.events import Event
from trackerkit.values import Attachment, Image, Ref, Url
from trackerkit_shotgrid.mapping.bindings import Binding, TypeBinding
from trackerkit_shotgrid.mapping.values import Links, format_datetime, parse_datetime

ENTRY_FIELDS: Final = (
    "event_type", "attribute_name", "meta", "entity", "project", "user", "session_uuid", "created_at", "description",
)  # fmt: skip
"""The fields of EventLogEntry that ``read_event`` looks at."""

KINDS: Final = {"New": "created", "Change": "changed", "Retirement": "retired", "Revival": "restored"}
"""The last word of ``Shotgun_<Type>_<Word>`` → the kind of a neutral Event."""

WORDS: Final = {**{kind: word for word, kind in KINDS.items()}, "deleted": "Retirement"}
"""The kind of a neutral Event → ShotGrid's word. ShotGrid deletes nothing for good: that is shown as a retirement."""

_META_TYPES: Final = {
    "New": "new_entity", "Change": "attribute_change", "Retirement": "entity_retirement", "Revival": "entity_revival",
}  # fmt: skip
_TOLD_TWICE: Final = "retirement_date"
SUDO: Final = "sudo_actual_user"
"""What ``meta`` says of who acted as somebody else (https://developers.shotgridsoftware.com/python-api/reference.html)."""

Types = Mapping[str, TypeBinding]


# --- an entry as an event --------------------------------------------------------------------------------------------


def read_event(row: Mapping[str, Any], types: Types, links: Links, cursor: str | None = None) -> Event | None:
    """The event that an entry tells; None when another entry tells it.

    Args:
        row: ``id`` and the ``ENTRY_FIELDS``.
        types: bindings by ShotGrid's type.
        links: makes Refs.
        cursor: where to go on behind it; the entry's id unless given.
    """
    meta = row.get("meta") if isinstance(row.get("meta"), dict) else {}
    assert isinstance(meta, dict)
    name = str(row.get("event_type") or "")
    native, word = _taken_apart(name, meta)
    kind = KINDS.get(word, "other") if native in types else "other"
    if kind == "changed" and _is_repetition(row, meta):
        return None
    number = int(row["id"])
    project = links.ref(row.get("project"))
    detail = _detail(row, meta, types[native], links, project) if kind == "changed" else {}
    if kind == "changed" and not detail:
        kind = "other"
    moment = parse_datetime(row.get("created_at"))
    if moment is None:
        raise ProtocolError(f"EventLogEntry {number} has no created_at")
    return Event(
        key=f"shotgrid:{links.site}:{number}",
        cursor=cursor or str(number),
        at=moment,
        kind=kind,
        entity=_entity(row, meta, links, project),
        actor=links.ref(row.get("user")),
        project=project,
        origin=row.get("session_uuid"),
        in_create=bool(meta.get("in_create")),
        name=name,
        number=number,
        data=dict(meta),
        description=str(row.get("description") or "") if kind == "other" else "",
        **detail,
    )


def _taken_apart(name: str, meta: Mapping[str, Any]) -> tuple[str, str]:
    """The entity type and the word of ``Shotgun_<Type>_<Word>``."""
    head, _, rest = name.partition("_")
    native, _, word = rest.rpartition("_")
    return (str(meta.get("entity_type") or native), word) if head == "Shotgun" and native else ("", "")


def _is_repetition(row: Mapping[str, Any], meta: Mapping[str, Any]) -> bool:
    attribute = meta.get("attribute_name") or row.get("attribute_name")
    return attribute == _TOLD_TWICE or "original_event_log_entry_id" in meta


def _entity(row: Mapping[str, Any], meta: Mapping[str, Any], links: Links, project: Ref | None) -> Ref | None:
    """The record: of a retired one only ``meta`` still knows."""
    given = row.get("entity")
    if not given and meta.get("entity_type") and isinstance(meta.get("entity_id"), int):
        given = {"type": meta["entity_type"], "id": meta["entity_id"], "name": meta.get("display_name")}
    ref = links.ref(given)
    if ref is None or ref.project is not None or project is None:
        return ref
    return ref.replace(project=project.id)


def _detail(
    row: Mapping[str, Any], meta: Mapping[str, Any], owner: TypeBinding, links: Links, project: Ref | None
) -> dict[str, Any]:
    """The field, and its values, of a Change; empty for an attribute that is no field."""
    attribute = str(meta.get("attribute_name") or row.get("attribute_name") or "")
    if owner.parent_link(attribute) is not None:
        old, new = (links.ref(meta.get(key)) or project for key in ("old_value", "new_value"))
        return {"field": "parent", "data_type": "link", "old": old, "new": new}
    binding = owner.natives.get(attribute)
    if binding is None:
        return {}
    read = _reader(binding, meta, links)
    made: dict[str, Any] = {"field": binding.field.name, "data_type": binding.field.data_type}
    if "added" in meta or "removed" in meta:
        made["added"], made["removed"] = (tuple(read(meta.get(key)) or ()) for key in ("added", "removed"))
    else:
        made["old"], made["new"] = read(meta.get("old_value")), read(meta.get("new_value"))
    return made


def _reader(binding: Binding, meta: Mapping[str, Any], links: Links) -> Callable[[Any], Any]:
    decode = binding.decode(links)
    is_pending = bool(meta.get("is_transient"))
    is_file = binding.field.data_type in ("image", "file", "url") or binding.codec in ("reviewable", "path")

    def read(value: Any) -> Any:
        if is_file and isinstance(value, int) and not isinstance(value, bool):
            # Of pictures and files the log keeps the Attachment's id alone.
            return (
                Image(id=str(value), pending=is_pending) if binding.data_type == "image" else Attachment(id=str(value))
            )
        try:
            return None if value is None else decode(value)
        except (ProtocolError, TypeError, ValueError, KeyError, AttributeError):
            return value  # an odd value in an old entry is told as it is

    return read


# --- an event as an entry --------------------------------------------------------------------------------------------


def write_event(event: Event, types: Types, links: Links) -> dict[str, Any]:
    """The values of the EventLogEntry that tells an event.

    Args:
        event: the tracker's.
        types: bindings by ShotGrid's type; an event of a type, or of a field, that ShotGrid has none of is told under
            the name ``Trackerkit_<type>_<kind>``, so that the numbers stay dense.
        links: makes entity dicts.
    """
    ref = event.entity
    native = links.native_of(ref) if ref is not None else ""
    owner = types.get(native)
    word = WORDS.get(event.kind, "")
    change = _change(event, owner, links) if owner is not None and word == "Change" else {}
    entity = links.entity(ref) if owner is not None else None
    entry: dict[str, Any] = {
        "event_type": f"Shotgun_{native}_{word}",
        "attribute_name": change.get("attribute_name"),
        "meta": {},
        "entity": None if word == "Retirement" else entity,
        "project": links.entity(event.project),
        "user": links.entity(event.actor),
        "session_uuid": event.origin,
        "created_at": format_datetime(event.at),
    }
    if owner is None or entity is None or not word or (word == "Change" and not change):
        of = ref.type if ref is not None else ""
        entry["event_type"] = (event.name or None) if event.kind == "other" else f"Trackerkit_{of}_{event.kind}"
        entry["meta"] = dict(event.data) or (None if event.kind == "other" else {})
    else:
        entry["meta"] = _meta(event, word, entity, change)
    entry["description"] = event.description or _sentence(event, entry)
    return entry


def _meta(event: Event, word: str, entity: Mapping[str, Any], change: Mapping[str, Any]) -> dict[str, Any]:
    made = {"type": _META_TYPES[word], "entity_type": entity["type"], "entity_id": entity["id"], **change}
    if word == "Change" and event.in_create:
        made["in_create"] = True
    if SUDO in event.data:
        made[SUDO] = event.data[SUDO]
    if word == "Retirement":
        made |= {
            "class_name": entity["type"], "id": entity["id"], "display_name": entity.get("name"),
            "retirement_date": format_datetime(event.at),
        }  # fmt: skip
    return made


def _change(event: Event, owner: TypeBinding, links: Links) -> dict[str, Any]:
    """``attribute_name`` and the values of a Change; empty for a field that ShotGrid has none of."""
    if event.field == "parent" and owner.parents:
        return _parent_change(event, owner, links)
    binding = owner.fields.get(event.field or "")
    if binding is None or not binding.native:
        return {}
    made: dict[str, Any] = {"attribute_name": binding.native, "field_data_type": binding.data_type}
    write = _writer(binding, links)
    if event.added or event.removed or binding.field.is_many:
        added, removed = event.added, event.removed
        if not added and not removed:
            old, new = list(event.old or ()), list(event.new or ())
            added, removed = [item for item in new if item not in old], [item for item in old if item not in new]
        made["added"], made["removed"] = write(list(added)) or [], write(list(removed)) or []
    else:
        made["old_value"], made["new_value"] = write(event.old), write(event.new)
    return made


def _parent_change(event: Event, owner: TypeBinding, links: Links) -> dict[str, Any]:
    """The part of ``parent`` that a change is about: that of the new parent's type, else of the old one's."""
    refs = [ref for ref in (event.new, event.old) if isinstance(ref, Ref) and ref.type != "Project"]
    for ref in refs:
        for link in owner.parents:
            if link.target in (None, ref.type):
                old, new = (
                    links.entity(value) if isinstance(value, Ref) and link.target in (None, value.type) else None
                    for value in (event.old, event.new)
                )
                return {"attribute_name": link.native, "field_data_type": "entity", "old_value": old, "new_value": new}
    return {}


def _writer(binding: Binding, links: Links) -> Callable[[Any], Any]:
    encode = binding.encode(links)

    def write(value: Any) -> Any:
        if isinstance(value, (Image, Attachment)) and not isinstance(value, Url):
            return int(value.id) if value.id is not None and value.id.isdigit() else value.url
        try:
            return None if value is None else encode(value)
        except (TypeError, ValueError, AttributeError):
            return None

    return write


def _sentence(event: Event, entry: Mapping[str, Any]) -> str:
    """What happened, in English, as ShotGrid's log has it."""
    who = (event.actor.label if event.actor is not None else None) or "Someone"
    kind = (entry["meta"] or {}).get("entity_type") or (event.entity.type if event.entity is not None else "")
    what = f"{kind} {event.entity.label or event.entity.id}" if event.entity is not None else "nothing"
    if event.kind == "changed":
        label = entry["attribute_name"] or event.field
        if event.added or event.removed:
            return f'{who} changed "{label}" on {what}: {len(event.added)} added, {len(event.removed)} removed'
        meta = entry["meta"]
        old, new = _word(meta.get("old_value")), _word(meta.get("new_value"))
        return f'{who} changed "{label}" from "{old}" to "{new}" on {what}'
    verb = {"created": "created", "retired": "retired", "restored": "revived", "deleted": "deleted"}.get(event.kind)
    return f"{who} {verb} {what}" if verb else f"{who}: {event.name} {what}"


def _word(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("name") or value.get("id"))
    return "" if value is None else str(value)
