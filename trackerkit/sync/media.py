"""Files: thumbnails, reviewables and attachments, moved through a temporary file and known by their hash."""

from __future__ import annotations

import hashlib
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from trackerkit.entities import Entity
from trackerkit.errors import TrackerError
from trackerkit.evaluate import effective
from trackerkit.osfiles import safe_name
from trackerkit.sync.crosswalk import Entry
from trackerkit.sync.journal import Outcome
from trackerkit.sync.mapping import TypeMap
from trackerkit.sync.run import Run, display
from trackerkit.values import Attachment, Image, Ref


def token_of(value: Any) -> str:
    """What says that a file is the same as last time, without fetching it; empty when nothing does."""
    value = effective(value)
    if isinstance(value, (Image, Attachment)):
        return value.hash or (f"id:{value.id}" if value.id else "")
    return ""


def send_media(run: Run, type_map: TypeMap, pairs: Sequence[tuple[Entity, Outcome]]) -> None:
    """Send the thumbnails (and other file fields) of records that are in the target now."""
    fields = [rule.source.name for rule in type_map.rules if rule.how == "media" and rule.target is not None]
    for record, outcome in pairs:
        entry = run.crosswalk.find(record.ref)
        if entry is None or outcome.outcome == "failed":
            continue
        for name in fields:
            value = effective(record.get(name))
            if value is not None and not _is_sent(entry, name, value):
                entry, outcome = _send_field(run, entry, outcome, name, value, record)


def _is_sent(entry: Entry, name: str, value: Any) -> bool:
    token = token_of(value)
    return bool(token) and entry.media.get(f"{name}.token") == token


def _send_field(
    run: Run, entry: Entry, outcome: Outcome, name: str, value: Any, record: Entity
) -> tuple[Entry, Outcome]:
    with tempfile.TemporaryDirectory(prefix="trackerkit-media-") as folder:
        path = Path(folder) / _file_name(name, value)
        try:
            digest = fetch_hashed(run, record, path, name)
            if entry.media.get(name) == digest:
                return _kept(run, entry, outcome, name, digest, value)
            run.writes += 1
            run.target.upload(entry.target, path, name)
        except TrackerError as error:
            outcome = replace(outcome, outcome="failed", reason=f"its {name} did not arrive: {error}")
            run.journal.record(outcome)
            return entry, outcome
    outcome = replace(outcome, outcome="updated" if outcome.outcome == "skipped" else outcome.outcome)
    return _kept(run, entry, outcome, name, digest, value)


def _kept(run: Run, entry: Entry, outcome: Outcome, name: str, digest: str, value: Any) -> tuple[Entry, Outcome]:
    token = token_of(value)
    media = {**entry.media, name: digest, **({f"{name}.token": token} if token else {})}
    entry, outcome = replace(entry, media=media), replace(outcome, media={**outcome.media, name: digest})
    run.keep([entry], [outcome])
    return entry, outcome


def _file_name(name: str, value: Any) -> str:
    given = getattr(value, "filename", None)
    return safe_name(given) if given else f"{name}.png"


def fetch_hashed(run: Run, record: Entity | Ref, path: Path, name: str) -> str:
    """Fetch a file from the source; ``sha256:<hex>`` of what came."""
    run.source.download(record, path, name)
    return hash_of(path)


def hash_of(path: Path) -> str:
    """``sha256:<hex>`` of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return f"sha256:{digest.hexdigest()}"


def move_files(run: Run, type_map: TypeMap) -> None:
    """Move records that are files: reviewables of versions, attachments of notes and of other records."""
    type_name = type_map.source.name
    readable = run.source.backend.schema().type(type_name).fields
    wanted = ("id", "filename", "label", "url", "kind", "version", "links")
    names = [name for name in wanted if name in readable]
    for source_project, _ in run.projects:
        owners = _note_owners(run, source_project) if type_name == "Attachment" else {}
        for record in run.source.find(type_name, fields=names, project=source_project, archived=True):
            run.journal.record(_move_file(run, record, owners))
            run.advance(type_name, 1)


def _note_owners(run: Run, project: Ref) -> dict[Ref, list[Ref]]:
    """Which note or reply an attachment belongs to."""
    owners: dict[Ref, list[Ref]] = {}
    for type_name in ("Note", "Reply"):
        schema = run.source.backend.schema()
        if type_name not in schema or "attachments" not in schema.type(type_name).fields:
            continue
        for note in run.source.find(type_name, fields=["id", "attachments"], project=project, archived=True):
            for ref in note["attachments"]:
                owners.setdefault(ref, []).append(note.ref)
    return owners


def _move_file(run: Run, record: Entity, owners: dict[Ref, list[Ref]]) -> Outcome:
    name = display(record)
    value = record.get("url")
    if isinstance(value, Attachment) and value.kind != "upload":
        return Outcome(record.ref, name, "unsupported", f"is a {value.kind} link, not a file that was uploaded")
    entry = run.crosswalk.find(record.ref)
    if entry is not None and _is_sent(entry, "url", value):
        return Outcome(record.ref, name, "skipped", "is there already, unchanged", entry.target, media=_hash_in(entry))
    place = next(_places(run, record, owners), None)
    if place is None:
        return Outcome(record.ref, name, "skipped", "hangs on nothing that was moved")
    try:
        return _send_file(run, record, place, name, entry)
    except TrackerError as error:
        return Outcome(record.ref, name, "failed", f"the file did not arrive: {error}")


def _hash_in(entry: Entry) -> dict[str, str]:
    return {"url": entry.media["url"]} if "url" in entry.media else {}


def _places(run: Run, record: Entity, owners: dict[Ref, list[Ref]]) -> Iterator[tuple[Ref, str]]:
    """Where the target may keep the file: the record and the field."""
    version = record.get("version")
    if version is not None:
        target = run.crosswalk.target(version)
        if target is not None:
            yield target, "reviewables"
    for ref in (*owners.get(record.ref, ()), *(record.get("links") or ())):
        target = run.crosswalk.target(ref)
        if target is not None:
            yield target, "attachments"


def _send_file(run: Run, record: Entity, place: tuple[Ref, str], name: str, entry: Entry | None) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="trackerkit-media-") as folder:
        filename = record.get("filename") or getattr(record.get("url"), "filename", None) or name
        path = Path(folder) / safe_name(str(filename))
        digest = fetch_hashed(run, record, path, "url")
        if entry is not None and entry.media.get("url") == digest:
            return Outcome(
                record.ref, name, "skipped", "is there already, unchanged", entry.target, media={"url": digest}
            )
        run.writes += 1
        made = run.target.upload(place[0], path, place[1])
    kind = "Reviewable" if place[1] == "reviewables" else "Attachment"
    target = Ref(kind, made.id or digest, place[0].project, place[0].site, kind)
    token = token_of(record.get("url"))
    media = {"url": digest, **({"url.token": token} if token else {})}
    outcome = Outcome(record.ref, name, "created" if entry is None else "updated", "", target, media={"url": digest})
    run.keep([Entry(record.ref, target, {}, media)], [outcome])
    return outcome
