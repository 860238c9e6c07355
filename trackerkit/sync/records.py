"""Folders, tasks, versions, notes and the rest: made once, changed where the source changed, in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from typing import Any, Final

from trackerkit import operations as ops
from trackerkit.entities import Entity
from trackerkit.errors import PermissionDeniedError, TrackerError
from trackerkit.evaluate import effective
from trackerkit.operations import Operation, Result
from trackerkit.sync.crosswalk import Entry
from trackerkit.sync.journal import Outcome
from trackerkit.sync.mapping import Translated, TypeMap
from trackerkit.sync.media import send_media
from trackerkit.sync.naming import legal_name
from trackerkit.sync.run import Run, display
from trackerkit.sync.values import is_empty, plain
from trackerkit.values import Ref

GIVEN_UP: Final = "!"
"""Marks a value in the crosswalk that the target refused and that is not asked for again."""


class Prepared:
    """A record on its way: what it was, what it will be, and the operation that makes it so."""

    __slots__ = ("entry", "given_up", "is_retired", "operation", "project", "record", "renamed", "translated", "values")

    def __init__(
        self, record: Entity, project: Ref, translated: Translated, entry: Entry | None, is_retired: bool
    ) -> None:
        self.record = record
        self.project = project
        self.translated = translated
        self.entry = entry
        self.is_retired = is_retired
        self.renamed: tuple[str, str, str] | None = None
        self.values: dict[str, Any] = translated.values
        self.operation: Operation | None = None
        self.given_up: dict[str, Any] = {}


def move_records(run: Run, type_map: TypeMap) -> None:
    """Move every record of a type, project by project, the retired ones after the active ones."""
    for source_project, target_project in run.projects:
        for state in ("active", "retired"):
            if state == "retired" and "find.retired" not in run.source.backend.capabilities:
                continue
            for records in _read(run, type_map, source_project, state):
                _move_all(run, type_map, records, target_project, is_retired=state == "retired")


def _read(run: Run, type_map: TypeMap, project: Ref, state: str) -> Iterable[Iterable[Entity]]:
    """The records of a project in groups: for folders level by level, since a parent must be there first."""
    names = ["id", *type_map.reads("copy", "link", "status", "media", "data")]
    if type_map.source.name == "Folder":
        names.append("kind")
    found = run.source.find(type_map.source.name, fields=names, project=project, state=state, archived=True)
    return [found] if type_map.source.name != "Folder" else _levels(found)


def _levels(folders: Iterable[Entity]) -> list[list[Entity]]:
    """Folders by depth, each level in the order of creation."""
    records = list(folders)
    parents = {record.ref: record.get("parent") for record in records}

    def depth(ref: Ref) -> int:
        steps = 0
        above = parents.get(ref)
        while above is not None and above in parents and steps < len(parents):
            steps, above = steps + 1, parents[above]
        return steps

    levels: dict[int, list[Entity]] = {}
    for record in records:
        levels.setdefault(depth(record.ref), []).append(record)
    return [levels[at] for at in sorted(levels)]


def _move_all(run: Run, type_map: TypeMap, records: Iterable[Entity], project: Ref, *, is_retired: bool) -> None:
    rows: Iterator[Entity] = iter(records)
    name = type_map.source.name
    while chunk := list(islice(rows, run.options.batch)):
        prepared = [_prepare(run, type_map, record, project, is_retired) for record in chunk]
        _write(run, type_map, prepared)
        run.advance(name, len(chunk))


def _prepare(run: Run, type_map: TypeMap, record: Entity, project: Ref, is_retired: bool) -> Prepared:
    translated = run.translator(type_map, project).translate(dict(record), "copy", "link", "status", "data")
    entry = run.crosswalk.find(record.ref)
    item = Prepared(record, project, translated, entry, is_retired)
    _settle_place(run, type_map, item)
    _settle_name(run, type_map, item)
    _settle_data(type_map, item)
    item.operation = _operation(run, type_map, item)
    return item


def _settle_place(run: Run, type_map: TypeMap, item: Prepared) -> None:
    """A parent that the target can take; what hangs on the project or on nothing goes into the home folder."""
    field = type_map.target.fields.get("parent")
    if field is not None and type_map.target.name != "Folder" and item.values.get("parent") is None:
        task = item.values.get("task")
        legal = set(field.targets)
        if "Project" in legal and effective(item.record.get("parent")) is not None:
            item.values["parent"] = item.project
        elif task is not None:
            item.values.pop("parent", None)
        else:
            item.values["parent"] = run.home(item.project)
            above = item.record.get("parent")
            said = "belongs to the project itself" if above is not None else "its parent is retired or was never set"
            item.translated.notes["parent"] = f"{said}: kept in the folder {run.options.home!r}"
            item.translated.data.pop("parent", None)
    if type_map.target.name == "Note" and not item.values.get("links"):
        item.values["links"] = [run.home(item.project)]
        item.translated.notes["links"] = f"links to nothing that takes notes: kept on the folder {run.options.home!r}"


def _settle_name(run: Run, type_map: TypeMap, item: Prepared) -> None:
    field = type_map.target.fields.get("name")
    if field is None or field.read_only or "name" not in item.values:
        return
    before = str(item.record.get("name") or "")
    made, why = legal_name(before, field.domain, f"{item.record.ref.type}_{item.record.ref.id}".lower())
    if type_map.target.name in ("Folder", "Task", "Product"):
        known = item.entry.values.get("name") if item.entry is not None else None
        place = (item.project, item.values.get("parent"), type_map.target.name)
        if known is not None and known.lower().startswith(made.lower()):
            run.names.reserve(place, known)
            made, numbered = known, "another record here has that name already" if known != made else ""
        else:
            made, numbered = run.names.take(place, made)
        why = why or numbered
    item.values["name"] = made
    if made != before:
        item.renamed = (before, made, why)
        _keep_label(type_map, item, before)


def _keep_label(type_map: TypeMap, item: Prepared, before: str) -> None:
    """The name as it was stays readable: as the label, and exactly in ``data``."""
    from trackerkit.sync.naming import legal_label

    field = type_map.target.fields.get("label")
    if field is not None and not field.read_only and item.values.get("label") in (None, before):
        item.values["label"] = legal_label(before, field.domain)[0]
    item.translated.data["name"] = before


def _settle_data(type_map: TypeMap, item: Prepared) -> None:
    if type_map.source.name == "Folder":
        item.values["kind"] = item.record.get("kind") or item.record.ref.type
    if type_map.keeps_data:
        ref = item.record.ref
        origin = {"site": ref.site, "type": ref.native or ref.type, "id": ref.id}
        item.values["data"] = {
            "source": {**origin, **({"fields": item.translated.data} if item.translated.data else {})}
        }


def _operation(run: Run, type_map: TypeMap, item: Prepared) -> Operation | None:
    if item.entry is None:
        values = {name: value for name, value in item.values.items() if not is_empty(value)}
        key = run.key(item.record.ref)
        return ops.create(type_map.target.name, values, key=key, project=item.project)
    changed = _changed(item.values, item.entry.values)
    changed = {name: value for name, value in changed.items() if not _is_fixed(type_map, name)}
    return ops.update(item.entry.target, changed) if changed else None


def _changed(values: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """The fields whose value is not the one that was written last."""
    return {
        name: value
        for name, value in values.items()
        if plain(value) not in (before.get(name), before.get(GIVEN_UP + name, ""))
        and not (is_empty(value) and is_empty(before.get(name)))
    }


def _is_fixed(type_map: TypeMap, name: str) -> bool:
    item = type_map.target.fields[name]
    return item.create_only or name == "data"


def _write(run: Run, type_map: TypeMap, prepared: Sequence[Prepared]) -> None:
    writing = [item for item in prepared if item.operation is not None]
    outcomes, entries = [], []
    for item, result in _attempt(run, writing):
        if isinstance(result, TrackerError):
            outcomes.append(_outcome(item, "failed", str(result)))
            continue
        entries.append(_entry(item, result.ref))
        outcomes.append(_outcome(item, "created" if item.entry is None else "updated", "", result.ref))
        _note_retirement(run, item, result.ref)
    for item in prepared:
        if item.operation is None and item.entry is not None:
            outcomes.append(_outcome(item, "skipped", "is there already, unchanged", item.entry.target))
            _note_retirement(run, item, item.entry.target)
    run.keep(entries, outcomes)
    if run.options.media:
        send_media(run, type_map, [(item.record, outcome) for item, outcome in _paired(prepared, outcomes)])


def _paired(prepared: Sequence[Prepared], outcomes: Sequence[Outcome]) -> Iterator[tuple[Prepared, Outcome]]:
    by_ref = {outcome.source: outcome for outcome in outcomes}
    for item in prepared:
        yield item, by_ref[item.record.ref]


def _note_retirement(run: Run, item: Prepared, target: Ref) -> None:
    if item.is_retired and not (item.entry is not None and item.entry.is_retired):
        run.to_retire.append((item.record.ref, target))


def _entry(item: Prepared, target: Ref) -> Entry:
    shown = {name: plain(value) for name, value in item.values.items() if not is_empty(value)}
    shown |= {GIVEN_UP + name: plain(value) for name, value in item.given_up.items()}
    if item.entry is not None:
        kept = {name: value for name, value in item.entry.values.items() if name not in item.values}
        return replace(item.entry, values={**kept, **shown})
    return Entry(item.record.ref, target, shown, {})


def _outcome(item: Prepared, outcome: str, reason: str, target: Ref | None = None) -> Outcome:
    return Outcome(item.record.ref, display(item.record), outcome, reason, target, item.renamed, item.translated.notes)


def _attempt(run: Run, items: Sequence[Prepared]) -> Iterator[tuple[Prepared, Result | TrackerError]]:
    """Write a batch; where it is refused as a whole, one by one, so that one bad record stops no other."""
    if len(items) < 2:
        for item in items:
            yield from _attempt_one(run, item)
        return
    run.writes += len(items)
    try:
        results = run.target.write([item.operation for item in items if item.operation], lossy="report")
    except TrackerError:
        run.writes -= len(items)
        for item in items:
            yield from _attempt_one(run, item)
        return
    yield from zip(items, results)  # noqa: B905 - Python 3.10, same length


def _attempt_one(run: Run, item: Prepared) -> Iterator[tuple[Prepared, Result | TrackerError]]:
    assert item.operation is not None
    run.writes += 1
    try:
        yield item, run.target.write([item.operation], lossy="report")[0]
    except PermissionDeniedError as error:
        if item.operation.kind != "create" or "author" not in item.operation.values:
            yield item, error
            return
        yield from _attempt_one(run, _without_author(item, error))
    except TrackerError as error:
        yield item, error


def _without_author(item: Prepared, error: TrackerError) -> Prepared:
    """The same record in our own name: its author has no right to write in the target."""
    assert item.operation is not None
    author = item.values.pop("author")
    item.given_up["author"] = author
    item.translated.notes["author"] = f"could not be written in the author's name: {error.message}"
    values = {name: value for name, value in item.operation.values.items() if name != "author"}
    item.operation = replace(item.operation, values=values)
    return item


def link_late(run: Run, type_map: TypeMap) -> None:
    """Write the links that had to wait until everything was there."""
    names = type_map.reads("late")
    if not names:
        return
    for source_project, target_project in run.projects:
        found = run.source.find(type_map.source.name, fields=["id", *names], project=source_project, archived=True)
        rows = iter(found)
        while chunk := list(islice(rows, run.options.batch)):
            _link_chunk(run, type_map, chunk, target_project)


def _link_chunk(run: Run, type_map: TypeMap, chunk: Sequence[Entity], project: Ref) -> None:
    items = []
    for record in chunk:
        entry = run.crosswalk.find(record.ref)
        if entry is None:
            continue
        translated = run.translator(type_map, project).translate(dict(record), "late")
        item = Prepared(record, project, translated, entry, entry.is_retired)
        changed = _changed(item.values, entry.values)
        if changed:
            item.operation = ops.update(entry.target, changed)
            items.append(item)
    failures = []
    entries = []
    for item, result in _attempt(run, items):
        if isinstance(result, TrackerError):
            failures.append(_outcome(item, "failed", f"its links: {result}"))
        else:
            entries.append(_entry(item, result.ref))
    run.keep(entries, failures)


def retire_all(run: Run) -> None:
    """Retire in the target what is retired in the source; children before parents."""
    for at, (source, target) in enumerate(reversed(run.to_retire)):
        run.notify_step("retire", at + 1, len(run.to_retire))
        entry = run.crosswalk.find(source)
        assert entry is not None
        try:
            run.writes += 1
            run.target.delete(target)
        except TrackerError as error:
            run.journal.record(Outcome(source, str(source), "failed", f"could not be retired: {error}", target))
            continue
        run.keep([replace(entry, is_retired=True)], [])
