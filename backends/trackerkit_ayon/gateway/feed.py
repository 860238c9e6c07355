"""Activities, read: a tracker's notes, replies, reviewables and files on records, as AYON's feed shows them.

AYON keeps everything that happens to an entity in its feed; here it holds what people wrote and uploaded. Each stands in it
once, at its origin; AYON's further references (mentions, relations) are not made.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from trackerkit.entities import Entity
from trackerkit.filters import And, Condition, Filter, Or
from trackerkit.values import Ref
from trackerkit_ayon.gateway.attributes import DATA_FIELD
from trackerkit_ayon.gateway.columns import HELD
from trackerkit_ayon.gateway.homes import Home
from trackerkit_ayon.gateway.nodes import Nodes
from trackerkit_ayon.mapping.names import NEUTRAL, native_of
from trackerkit_ayon.mapping.notes import CARRIER_KEY, NOTES, ORIGINS, choose_origin, comment_node
from trackerkit_ayon.mapping.places import KEPT
from trackerkit_ayon.mapping.rows import Node

HELD_TAGS: Final = f"{HELD}tags"
HELD_REACTIONS: Final = f"{HELD}reactions"
COMMENTS: Final = ("Note", "Reply", "Attachment")
TYPES: Final[Mapping[str, tuple[str, ...]]] = {"comment": COMMENTS, "reviewable": ("Reviewable",)}
"""AYON's types of activities and what each is here; an Attachment on an entity is a comment that only carries it."""

_FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "Note": ("subject", "body", "links", "tasks", "author", "addressees", "cc", "attachments", "status", "kind"),
    "Reply": ("note", "body", "author", "attachments"),
    "Reviewable": ("version", "label", "filename", "mime_type", "size", "order", "hash"),
    "Attachment": ("filename", "mime_type", "size", "links", "label"),
}  # fmt: skip
_ALWAYS: Final = ("uid", "created_at", "created_by", "updated_at", DATA_FIELD)
_LOOKS: Final[Mapping[str, Callable[..., Any]]] = {
    name: NOTES["Note", name] for name in ("links", "tasks", "addressees", "cc")
}
_FILE_FIELDS: Final = ("uid", "filename", "size", "mime_type", "created_at", "created_by", "updated_at")
_SPACE: Final = uuid.UUID("0d5c8c3e-5e5f-5a5b-9d8e-7f9a3f0c2b61")


@dataclass
class Wanted:
    """Which activities.

    Args:
        bases: of these neutral types.
        ids: of AYON's.
        entities: on these records.
        authors: by these users.
        changed_after: at this moment or later.
        changed_before: earlier than this moment.
        more: further conditions that every type takes.
    """

    bases: Sequence[str] = (*COMMENTS, "Reviewable")
    ids: Sequence[str] | None = None
    entities: Sequence[Ref] | None = None
    authors: Sequence[Ref] | None = None
    changed_after: datetime | None = None
    changed_before: datetime | None = None
    more: Sequence[Filter] = field(default_factory=tuple)


class Feed:
    """The activities of one project.

    Args:
        home: the project.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.site = home.site
        self.nodes = Nodes(home)

    def find(
        self, wanted: Wanted, *, at: str | None = None, is_backwards: bool = False, count: int | None = None
    ) -> list[Node]:
        """Activities in the order of their making, or the newest first; behind ``at``, at most ``count``."""
        rows: list[tuple[str, Entity]] = []
        for base in wanted.bases:
            if base in self.site.schema:
                rows += [(base, item) for item in self._read(base, wanted, at, is_backwards, count)]
        rows.sort(key=lambda row: (len(row[1].ref.id), row[1].ref.id), reverse=is_backwards)
        return self._made(rows[:count])

    def get(self, id: str) -> Node | None:
        """One activity by AYON's id."""
        found = self.find(Wanted(ids=[id]))
        return found[0] if found else None

    def _read(
        self, base: str, wanted: Wanted, at: str | None, is_backwards: bool, count: int | None
    ) -> Iterable[Entity]:
        known = self.site.schema.type(base).fields
        conditions = self._conditions(base, wanted)
        if at is not None:
            conditions.append(Condition("id", "less_than" if is_backwards else "greater_than", at))
        fields = [name for name in (*_FIELDS[base], *_ALWAYS) if name in known]
        return self.site.tracker.find(
            base, And(conditions), fields=fields, order=["-id"] if is_backwards else [], limit=count, archived=True,
            project=self.home.ref, retired_links=self.site.every_link,
        )  # fmt: skip

    def _conditions(self, base: str, wanted: Wanted) -> list[Filter]:
        made: list[Filter] = list(wanted.more)
        if base == "Attachment":
            made.append(Or([Condition("links", "type_is", NEUTRAL[native]) for native in sorted(ORIGINS)]))
        if wanted.ids is not None:
            made.append(self.nodes.has_id(base, wanted.ids))
        if wanted.entities is not None:
            made.append(_about(base, wanted.entities))
        if wanted.authors is not None:
            made.append(_written_by(base, wanted.authors, self.site.schema.type(base).fields))
        if wanted.changed_after is not None:
            made.append(Condition("updated_at", "greater_than", wanted.changed_after))
        if wanted.changed_before is not None:
            made.append(Condition("updated_at", "less_than", wanted.changed_before))
        return made

    # ---- nodes

    def _made(self, rows: Sequence[tuple[str, Entity]]) -> list[Node]:
        refs = [ref for _, item in rows for name in item for ref in _refs(item[name])]
        ids = self.site.hexes([ref for ref in [*refs, *(item.ref for _, item in rows)] if ref.type != "Project"])
        files = self._files([ref for _, item in rows for ref in item.get("attachments") or ()])
        records = [(base, item, self._translated(item, ids)) for base, item in rows]
        origins = self._origins(records, ids)
        return [self._node(base, item, record, files, origins) for base, item, record in records]

    def _translated(self, item: Entity, ids: Mapping[Ref, str]) -> dict[str, Any]:
        def one(value: Any) -> Any:
            if value.__class__ is Ref:
                named = value.type == "Project"
                return value if named else Ref(value.type, ids[value], self.home.name, None, None, value.label)
            return [one(part) for part in value] if value.__class__ is list else value

        return {**{name: one(item[name]) for name in item}, "ref": one(item.ref), "id": ids[item.ref]}

    def _files(self, refs: Sequence[Ref]) -> dict[str, dict[str, Any]]:
        """Files by the tracker's ids of their records, as an activity's data shows them."""
        if not refs:
            return {}
        known = self.site.schema.type("Attachment").fields
        fields = [name for name in _FILE_FIELDS if name in known]
        found = self.site.tracker.backend.fetch(list(dict.fromkeys(refs)), fields, "active")
        users = self.site.hexes([record["created_by"] for record in found.values() if record.get("created_by")])
        ids = self.site.hexes(found)
        return {ref.id: _file(ids[ref], record, users) for ref, record in found.items()}

    def _origins(
        self, records: Sequence[tuple[str, Entity, Mapping[str, Any]]], ids: Mapping[Ref, str]
    ) -> dict[str, tuple[Ref, dict[str, Any]]]:
        """What each activity hangs on, by the tracker's id of its record: a Ref with AYON's id, and what is shown of it."""
        notes = self._notes_of([item for base, item, _ in records if base == "Reply"])
        chosen: dict[str, Ref] = {}
        for base, item, record in records:
            found = notes.get(item["note"].id) if base == "Reply" and item["note"] else _origin(base, record)
            if found is not None:
                chosen[item.ref.id] = found
        shown = self._shown(chosen.values())
        return {id: (ref, shown[ref.type, ref.id]) for id, ref in chosen.items() if (ref.type, ref.id) in shown}

    def _notes_of(self, replies: Sequence[Entity]) -> dict[str, Ref]:
        """The origins of the notes that some replies answer, by the notes' ids."""
        refs = [item["note"] for item in replies if item["note"]]
        if not refs:
            return {}
        found = self.site.tracker.backend.fetch(
            list(dict.fromkeys(refs)), ["links", "tasks"], "active", retired_links=self.site.every_link
        )
        named = [ref for record in found.values() for ref in [*record["links"], *record["tasks"]]]
        ids = self.site.hexes([ref for ref in named if ref.type != "Project"])
        made = {}
        for note, record in found.items():
            lists = {
                name: [
                    Ref(ref.type, ids[ref], self.home.name, None, None, ref.label) for ref in record[name] if ref in ids
                ]
                for name in ("links", "tasks")
            }
            origin = choose_origin(lists)
            if origin is not None:
                made[note.id] = origin
        return made

    def _shown(self, refs: Iterable[Ref]) -> dict[tuple[str, str], dict[str, Any]]:
        """``id type subtype name label`` of records, by neutral type and AYON's id."""
        groups: dict[str, dict[str, Ref]] = {}
        for ref in refs:
            groups.setdefault(_base(ref), {})[ref.id] = ref
        made: dict[tuple[str, str], dict[str, Any]] = {}
        for base, wanted in groups.items():
            for id, node in self.nodes.by_ids(
                base, list(wanted), ("id", "name", "label", "folderType", "taskType")
            ).items():
                facts = {"id": id, "type": native_of(base).name, "name": node.get("name"), "label": node.get("label")}
                facts["subtype"] = node.get("folderType") or node.get("taskType")
                made[wanted[id].type, id] = facts
        return made

    def _node(
        self, base: str, item: Entity, record: dict[str, Any], files: Mapping[str, dict[str, Any]],
        origins: Mapping[str, tuple[Ref, dict[str, Any]]],
    ) -> Node:  # fmt: skip
        origin, facts = origins.get(item.ref.id, (None, None))
        held = record.get(DATA_FIELD) or {}
        make = {"Reviewable": self._reviewable, "Attachment": self._carrier}.get(base)
        if make is not None:
            made = make(record)
        else:
            made = self._comment(
                base, record, origin, [files[ref.id] for ref in item["attachments"] or () if ref.id in files]
            )
            made["activityData"].update({key: value for key, value in held.items() if not key.startswith(HELD)})
        made["tags"] = held.get(HELD_TAGS) or []
        if held.get(HELD_REACTIONS):
            made["activityData"]["reactions"] = held[HELD_REACTIONS]
        if facts is not None:
            made["activityData"]["origin"] = facts
            made.update(entityType=facts["type"], entityId=facts["id"])
        moments = {"createdAt": record.get("created_at"), "updatedAt": record.get("updated_at")}
        id = record["id"]
        return {
            "entityType": "project", "entityId": None, **made, "activityId": id, "referenceType": "origin",
            "referenceId": uuid.uuid5(_SPACE, id).hex, "projectName": self.home.name, "ref": item.ref,
            "creationOrder": int(item.ref.id) if item.ref.id.isdecimal() else 0, "active": True,
            **{key: value.isoformat() if value else None for key, value in moments.items()},
        }  # fmt: skip

    def _comment(
        self, base: str, record: dict[str, Any], origin: Ref | None, files: Sequence[Mapping[str, Any]]
    ) -> Node:
        made = comment_node(base, record, origin, files)
        return _plain(made, record, origin, self.home) if base == "Note" else made

    def _reviewable(self, record: Mapping[str, Any]) -> Node:
        author = _author(record)
        data = {
            "author": author, "files": [_file_of(record)], "reviewableLabel": record.get("label") or record.get("filename"),
            "reviewableOrder": record.get("order"),
        }  # fmt: skip
        return {
            "activityType": "reviewable",
            "body": "",
            "activityData": {k: v for k, v in data.items() if v is not None},
        }

    def _carrier(self, record: Mapping[str, Any]) -> Node:
        data = {CARRIER_KEY: True, "author": _author(record), "files": [_file_of(record)]}
        return {"activityType": "comment", "body": "", "activityData": data}


def _plain(made: Node, record: Mapping[str, Any], origin: Ref | None, home: Home) -> Node:
    """A comment as AYON's own clients write it, where that says the same: no data of ours, no mentions behind the body."""
    data = {key: value for key, value in made["activityData"].items() if not key.startswith(KEPT)}
    plain = {**made, "body": record.get("body") or "", "activityData": data}
    whole = {**made, "activityData": {**{KEPT + name: [] for name in _LOOKS}, **made["activityData"]}}
    if any(record.get(name) for name in ("subject", "status", "kind")) or (origin is not None and "origin" not in data):
        return whole
    for name, look in _LOOKS.items():
        if [ref.id for ref in look(home.context, plain)] != [ref.id for ref in record.get(name) or ()]:
            return whole
    return plain


def _origin(base: str, record: Mapping[str, Any]) -> Ref | None:
    if base == "Note":
        return choose_origin(record)
    if base == "Reviewable":
        found: Ref | None = record.get("version")
        return found
    return next((ref for ref in record.get("links") or () if native_of(ref.type).name in ORIGINS), None)


def _base(ref: Ref) -> str:
    return NEUTRAL[native_of(ref.type).name]


def _refs(value: Any) -> list[Ref]:
    if value.__class__ is Ref:
        return [value]
    return [item for item in value if item.__class__ is Ref] if value.__class__ is list else []


def _author(record: Mapping[str, Any]) -> str | None:
    found = record.get("author") or record.get("created_by")
    return found.id if found is not None else None


def _file(id: str, record: Mapping[str, Any], users: Mapping[Ref, str]) -> dict[str, Any]:
    author = record.get("created_by")
    moments = {"created_at": record.get("created_at"), "updated_at": record.get("updated_at")}
    return {
        "id": id, "filename": record.get("filename"), "size": record.get("size") or 0, "mime": record.get("mime_type"),
        "author": users[author] if author else None,
        **{key: value.isoformat() if value else "1970-01-01T00:00:00+00:00" for key, value in moments.items()},
    }  # fmt: skip


def _file_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """The file of a record that is one."""
    moments = {"created_at": record.get("created_at"), "updated_at": record.get("updated_at")}
    return {
        "id": record["id"], "filename": record.get("filename") or record.get("label"), "size": record.get("size") or 0,
        "mime": record.get("mime_type"), "author": _author(record),
        **{key: value.isoformat() if value else "1970-01-01T00:00:00+00:00" for key, value in moments.items()},
    }  # fmt: skip


def _about(base: str, refs: Sequence[Ref]) -> Filter:
    """Activities on some records; ``Ref``s of several types may stand for one that is not known."""
    wanted = tuple(refs)
    if base == "Note":
        tasks = tuple(ref for ref in wanted if ref.type == "Task")
        return Or([Condition("links", "in", wanted), *([Condition("tasks", "in", tasks)] if tasks else [])])
    if base == "Reply":
        return Condition("note.links", "in", wanted)
    if base == "Reviewable":
        return Condition("version", "in", tuple(ref for ref in wanted if ref.type == "Version"))
    return Condition("links", "in", wanted)


def _written_by(base: str, refs: Sequence[Ref], fields: Mapping[str, Any]) -> Filter:
    wanted = tuple(refs)
    made: Filter = Condition("created_by", "in", wanted)
    if "author" in fields:
        made = Or([Condition("author", "in", wanted), And([Condition("author", "is", None), made])])
    return made
