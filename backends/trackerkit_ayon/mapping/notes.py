"""Activities: AYON's comments and reviewables ↔ Note, Reply, Attachment and Reviewable.

A comment hangs on one entity, its origin: the first of a note's links that can be one. The further links, and the people
addressed, stand behind the body as AYON's own mentions, so that they are notified and the comment shows there too; that part
is remembered in the comment's data and taken off again when it is read. A comment that was written in AYON links to its
origin and to what its body mentions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import timezone
from typing import Any, Final

from trackerkit.values import Attachment, Ref
from trackerkit_ayon.mapping.codecs import Context, address, moment, parse_address
from trackerkit_ayon.mapping.places import KEPT
from trackerkit_ayon.mapping.refs import Node, mixed_ref

BODY_LIMIT: Final = 2000
"""Characters that AYON takes for a comment, mentions included; a longer body is kept whole in the comment's data."""

ORIGINS: Final = frozenset({"folder", "task", "product", "version", "representation", "workfile"})
"""What a comment can hang on."""

MENTIONED: Final = ORIGINS | {"user", "team"}
"""What a comment can mention."""

NOTE_KEY: Final = f"{KEPT}note"
"""In a reply's data: the id of the note that it answers."""

CARRIER_KEY: Final = f"{KEPT}carrier"
"""In the data of a comment that does nothing but hold a file: it is no Note."""

FILENAMES_KEY: Final = f"{KEPT}filenames"
"""In a comment's data: the true names of files whose names no header could carry, by file id."""

BODY_KEY: Final = f"{KEPT}body"
_SUFFIX_KEY: Final = f"{KEPT}suffix"
_LISTS: Final = ("links", "tasks", "addressees", "cc")
_TEXTS: Final = ("subject", "status", "kind")
_MENTION = re.compile(r"(?<!!)\[[^\]]*\]\(([a-z]+):([^)\s]+)\)")

Data = Mapping[str, Any]


def _data(node: Node) -> Data:
    found: Data = node.get("activityData") or {}
    return found


# ---- reading


def kind_of_activity(node: Node) -> str:
    """``Note``, ``Reply``, ``Reviewable``, or an empty text for what is none of them."""
    if node["activityType"] == "reviewable":
        return "Reviewable"
    if node["activityType"] != "comment" or _data(node).get(CARRIER_KEY):
        return ""
    return "Reply" if _data(node).get(NOTE_KEY) else "Note"


def body_of(node: Node) -> str:
    """A comment's body without the mentions that were put behind it, whole where it was too long for AYON."""
    body, data = str(node.get("body") or ""), _data(node)
    suffix, whole = data.get(_SUFFIX_KEY) or "", data.get(BODY_KEY)
    if whole and body == _shown_body(whole, suffix):
        return str(whole)
    return body[: -len(suffix)] if suffix and body.endswith(suffix) else body


def _shown_body(body: str, suffix: str) -> str:
    """What AYON shows of a body: cut where it is too long."""
    if len(body) + len(suffix) <= BODY_LIMIT:
        return body + suffix
    return body[: max(0, BODY_LIMIT - len(suffix) - 1)] + "…" + suffix


def _bodies(body: str, suffix: str) -> tuple[str, dict[str, Any]]:
    """What AYON shows, and what the comment's data keeps of the body."""
    shown = _shown_body(body, suffix)
    return shown, {BODY_KEY: body if shown != body + suffix else None, _SUFFIX_KEY: suffix}


def origin_of(context: Context, node: Node) -> Ref | None:
    """The entity that an activity hangs on."""
    found = _data(node).get("origin")
    if not found:
        return None
    small = {"id": found["id"], "name": found.get("name"), "label": found.get("label")}
    if found["type"] == "folder" and found.get("subtype"):
        small["folderType"] = found["subtype"]
    return mixed_ref(context, found["type"], found["id"], small)


def mentions(context: Context, body: str) -> list[Ref]:
    """The records that a body mentions, in order."""
    found = (parse_address(context, f"{native}:{id}") for native, id in _MENTION.findall(body) if native in MENTIONED)
    return list(dict.fromkeys(ref for ref in found if ref is not None))


def _kept_list(name: str, native: Callable[[Context, Node], Iterable[Ref]]) -> Callable[[Context, Node], list[Ref]]:
    def look(context: Context, node: Node) -> list[Ref]:
        kept = _data(node).get(KEPT + name)
        if kept is None:
            return list(native(context, node))
        origin = origin_of(context, node)
        refs = [ref for text in kept if (ref := parse_address(context, text)) is not None]
        return [origin if origin is not None and ref == origin else ref for ref in refs]

    return look


def _native_links(context: Context, node: Node) -> list[Ref]:
    origin = origin_of(context, node)
    found = [ref for ref in mentions(context, body_of(node)) if ref.native in ORIGINS]
    return list(dict.fromkeys([origin, *found])) if origin is not None else found


def _native_tasks(context: Context, node: Node) -> list[Ref]:
    return [ref for ref in _native_links(context, node) if ref.native == "task"]


def _native_people(context: Context, node: Node) -> list[Ref]:
    return [ref for ref in mentions(context, body_of(node)) if ref.native in ("user", "team")]


def _nobody(context: Context, node: Node) -> list[Ref]:
    return []


def _author(context: Context, node: Node) -> Ref | None:
    name = _data(node).get("author")
    return context.user(name) if name else None


def files_of_activity(node: Node) -> Sequence[Data]:
    """The files of an activity."""
    found: Sequence[Data] = _data(node).get("files") or ()
    return found


def attachment_nodes(node: Node) -> list[dict[str, Any]]:
    """A node for each file of a comment, with the comment under ``activity``."""
    return [{**item, "filename": file_name(node, item), "activity": node} for item in files_of_activity(node)]


def file_name(node: Node, item: Data) -> str | None:
    """A file's name as it was given."""
    found = (_data(node).get(FILENAMES_KEY) or {}).get(item["id"]) or item.get("filename")
    return str(found) if found else None


def _attachments(context: Context, node: Node) -> list[Ref]:
    return [context.ref("Attachment", item["id"], file_name(node, item)) for item in files_of_activity(node)]


def file_value(context: Context, item: Data) -> Attachment:
    """A file as a field's value."""
    size = item.get("size")
    url = f"/api/projects/{context.project}/files/{item['id']}"
    return Attachment(
        item["id"], item.get("filename"), int(size) if size is not None else None, item.get("mime"), url=url
    )


def _holder(context: Context, node: Node) -> list[Ref]:
    """What an attachment hangs on: its note or reply, or the entity where the comment only carries it."""
    activity = node["activity"]
    kind = kind_of_activity(activity)
    if kind:
        return [context.ref(kind, activity["activityId"], _data(activity).get(f"{KEPT}subject"))]
    origin = origin_of(context, activity)
    return [origin] if origin is not None else []


def _file(key: str) -> Callable[[Context, Node], Any]:
    def look(context: Context, node: Node) -> Any:
        files = files_of_activity(node)
        return files[0].get(key) if files else None

    return look


def _size(context: Context, node: Node) -> int | None:
    found = node.get("size")
    return int(found) if found is not None else None


def _review_url(context: Context, node: Node) -> Attachment | None:
    files = files_of_activity(node)
    return file_value(context, files[0]) if files else None


def _text(key: str) -> Callable[[Context, Node], Any]:
    return lambda context, node: _data(node).get(key)


NOTES: Final[dict[tuple[str, str], Callable[[Context, Node], Any]]] = {
    **{("Note", name): _text(KEPT + name) for name in _TEXTS},
    ("Note", "body"): lambda _, node: body_of(node),
    ("Note", "links"): _kept_list("links", _native_links),
    ("Note", "tasks"): _kept_list("tasks", _native_tasks),
    ("Note", "addressees"): _kept_list("addressees", _native_people),
    ("Note", "cc"): _kept_list("cc", _nobody),
    ("Note", "author"): _author,
    ("Note", "created_by"): _author,
    ("Note", "attachments"): _attachments,
    ("Reply", "note"): lambda context, node: context.ref("Note", _data(node)[NOTE_KEY]),
    ("Reply", "body"): lambda _, node: body_of(node),
    ("Reply", "author"): _author,
    ("Reply", "created_by"): _author,
    ("Reply", "attachments"): _attachments,
    ("Reviewable", "version"): origin_of,
    ("Reviewable", "label"): lambda context, node: _data(node).get("reviewableLabel") or _file("filename")(context, node),
    ("Reviewable", "filename"): _file("filename"),
    ("Reviewable", "mime_type"): _file("mime"),
    ("Reviewable", "size"): _file("size"),
    ("Reviewable", "order"): _text("reviewableOrder"),
    ("Reviewable", "url"): _review_url,
    ("Reviewable", "created_by"): _author,
    ("Attachment", "links"): _holder,
    ("Attachment", "size"): _size,
    ("Attachment", "url"): file_value,
    ("Attachment", "kind"): lambda context, node: "upload",
}  # fmt: skip
"""How the fields of activities are read from a node."""


# ---- writing


def choose_origin(values: Mapping[str, Any]) -> Ref | None:
    """The record that a note will hang on: the first of its links and tasks that can be one."""
    for ref in [*(values.get("links") or ()), *(values.get("tasks") or ())]:
        if _native(ref) in ORIGINS:
            found: Ref = ref
            return found
    return None


def _native(ref: Ref) -> str:
    return address(ref).partition(":")[0]


def note_payload(values: Mapping[str, Any], origin: Ref | None) -> dict[str, Any]:
    """A comment's body and data for a whole Note: give every field, not only those that change.

    ``files`` are the ids of its attachments; ``timestamp`` is when it was written, taken at creation only.
    """
    people = [*(values.get("addressees") or ()), *(values.get("cc") or ())]
    named = [ref for ref in [*(values.get("links") or ()), *(values.get("tasks") or ()), *people] if ref != origin]
    suffix = suffix_of(named)
    data: dict[str, Any] = {KEPT + name: values.get(name) for name in _TEXTS}
    data.update((KEPT + name, [address(ref) for ref in values.get(name) or ()]) for name in _LISTS)
    body, more = _bodies(str(values.get("body") or ""), suffix)
    return {**_common(values), "body": body, "data": {**data, **more}}


def reply_payload(values: Mapping[str, Any]) -> dict[str, Any]:
    """A comment's body and data for a whole Reply."""
    note: Ref = values["note"]
    body, more = _bodies(str(values.get("body") or ""), "")
    return {**_common(values), "body": body, "data": {NOTE_KEY: note.id, **more}}


def _common(values: Mapping[str, Any]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    if values.get("attachments") is not None:
        made["files"] = [ref.id for ref in values["attachments"]]
    if values.get("tags") is not None:
        made["tags"] = list(values["tags"])
    if values.get("created_at") is not None:
        made["timestamp"] = values["created_at"].astimezone(timezone.utc).isoformat()
    return made


def suffix_of(refs: Iterable[Ref]) -> str:
    """The mentions that stand behind a body; empty for none."""
    made = [f"[{_shown(ref)}]({address(ref)})" for ref in dict.fromkeys(refs) if _native(ref) in MENTIONED]
    return "\n\n" + " ".join(made) if made else ""


def _shown(ref: Ref) -> str:
    return re.sub(r"[\[\]()\n]", " ", ref.label or ref.id).strip() or ref.id


# ---- the other way: what a gateway needs


def values_of_comment(context: Context, payload: Mapping[str, Any], origin: Ref | None) -> tuple[str, dict[str, Any]]:
    """A client's comment (its POST or PATCH) as ``Note`` or ``Reply`` and the neutral values that it gives.

    A comment that only carries a file has the type ``Attachment``; its ``files`` are the ids.
    """
    data = payload.get("data") or {}
    node = {"activityType": "comment", "body": payload.get("body"), "activityData": data}
    kind = kind_of_activity(node) or "Attachment"
    values: dict[str, Any] = {"body": body_of(node)} if "body" in payload else {}
    if kind == "Note":
        values.update(_values_of_note(context, node, origin))
    elif kind == "Reply":
        values["note"] = context.ref("Note", data[NOTE_KEY])
    if payload.get("files") is not None:
        values["attachments"] = [context.ref("Attachment", id) for id in payload["files"]]
    if payload.get("timestamp"):
        values["created_at"] = moment(payload["timestamp"])
    return kind, values


def _values_of_note(context: Context, node: Node, origin: Ref | None) -> dict[str, Any]:
    data = _data(node)
    made = {name: data[KEPT + name] for name in _TEXTS if data.get(KEPT + name) is not None}
    found = mentions(context, body_of(node))
    links = [*([origin] if origin is not None else []), *(ref for ref in found if ref.native in ORIGINS)]
    native = {
        "links": links,
        "tasks": [ref for ref in links if ref.native == "task"],
        "addressees": [ref for ref in found if ref.native in ("user", "team")],
    }
    for name in _LISTS:
        kept = data.get(KEPT + name)
        refs = native.get(name) if kept is None else [parse_address(context, text) for text in kept]
        if refs is not None:
            made[name] = list(dict.fromkeys(ref for ref in refs if ref is not None))
    return made


def comment_node(
    kind: str, record: Mapping[str, Any], origin: Ref | None, files: Sequence[Data] = ()
) -> dict[str, Any]:
    """A neutral Note or Reply as an activity node.

    Args:
        kind: ``Note`` or ``Reply``.
        record: the neutral record, with its Ref under ``ref``.
        origin: what it hangs on (for a Reply, what its note hangs on).
        files: its files, each ``id filename size mime author created_at updated_at``.
    """
    sent = note_payload(record, origin) if kind == "Note" else reply_payload(record)
    author = record.get("author") or record.get("created_by")
    data = {key: value for key, value in sent["data"].items() if value not in (None, [], "")}
    made = {
        "activityId": record["ref"].id, "activityType": "comment", "referenceType": "origin", "body": sent["body"],
        "tags": sent.get("tags", []), "createdAt": record.get("created_at"), "updatedAt": record.get("updated_at"),
        "activityData": {**data, "author": author.id if author else None, "files": [dict(item) for item in files]},
    }  # fmt: skip
    if origin is not None:
        native = _native(origin)
        made.update(entityType=native, entityId=origin.id)
        made["activityData"]["origin"] = {"id": origin.id, "type": native, "name": origin.label or origin.id}
        if native == "folder":
            made["activityData"]["origin"]["subtype"] = origin.type
    return made
