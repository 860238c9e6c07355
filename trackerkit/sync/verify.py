"""Reads the target back and compares it, field by field and file by file, with what was meant to be there."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from trackerkit.errors import TrackerError
from trackerkit.evaluate import effective
from trackerkit.schema import Field
from trackerkit.sync.crosswalk import Entry
from trackerkit.sync.journal import Outcome
from trackerkit.sync.media import hash_of
from trackerkit.sync.plan import MEDIA
from trackerkit.sync.run import Run
from trackerkit.sync.values import is_empty, plain
from trackerkit.values import Ref


def verify(run: Run) -> tuple[int, int]:
    """Check every record that this run accounts for; what differs becomes ``failed``, with the reason.

    Returns:
        How many records and how many files were compared.
    """
    records = files = 0
    outcomes = [item for item in run.journal.outcomes() if item.target is not None and item.outcome != "failed"]
    for type_name, group in _by_type(outcomes).items():
        for chunk in _chunks(group, 200):
            found = _read_back(run, type_name, chunk)
            for outcome in chunk:
                problem, hashes = _check(run, outcome, found)
                files += hashes
                if problem:
                    run.journal.record(replace(outcome, outcome="failed", reason=problem))
            records += len(chunk)
            run.notify_step("verify", records, len(outcomes))
    return records, files


def _by_type(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        assert outcome.target is not None
        groups.setdefault(outcome.target.type, []).append(outcome)
    return groups


def _chunks(items: Sequence[Outcome], size: int) -> Iterator[list[Outcome]]:
    rows = iter(items)
    while chunk := list(islice(rows, size)):
        yield chunk


def _read_back(run: Run, type_name: str, chunk: Sequence[Outcome]) -> Mapping[Ref, Mapping[str, Any]]:
    schema = run.target.backend.schema()
    if type_name in MEDIA or type_name not in schema:
        return {}
    known = schema.type(type_name).fields
    wanted = {name for outcome in chunk for name in _entry(run, outcome).values} & set(known)
    refs = [outcome.target for outcome in chunk if outcome.target is not None]
    return run.target.backend.fetch(refs, sorted(wanted), state="all")


def _entry(run: Run, outcome: Outcome) -> Entry:
    found = run.crosswalk.find(outcome.source) or run.crosswalk.find(
        outcome.source, outcome.target.project or "" if outcome.target else ""
    )
    return found or Entry(outcome.source, outcome.target or outcome.source, {}, {})


def _check(run: Run, outcome: Outcome, found: Mapping[Ref, Mapping[str, Any]]) -> tuple[str, int]:
    assert outcome.target is not None
    entry = _entry(run, outcome)
    if outcome.target.type not in MEDIA:
        record = found.get(outcome.target)
        if record is None:
            return f"{outcome.target} cannot be read back", 0
        problem = _difference(run, outcome.target.type, entry, record)
        if problem:
            return problem, 0
    return _check_files(run, outcome, entry)


def _difference(run: Run, type_name: str, entry: Entry, record: Mapping[str, Any]) -> str:
    fields = run.target.backend.schema().type(type_name).fields
    for name, wanted in entry.values.items():
        item = fields.get(name)
        if item is None or name == "data":
            continue
        got = record.get(name)
        if not _same(item, wanted, got):
            return f"{name} reads back as {_short(plain(got))}, not {_short(wanted)}"
    return ""


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 80 else text[:77] + "…"


def _same(item: Field, wanted: Any, got: Any) -> bool:
    got = plain(effective(got))
    if is_empty(wanted) and is_empty(got):
        return True
    if item.is_link:
        return _ids(wanted) == _ids(got) if item.name == "items" else sorted(_ids(wanted)) == sorted(_ids(got))
    if item.data_type == "status":
        return bool(item.aliases.get(wanted, wanted) == got)
    if item.data_type == "choices":
        return sorted(wanted) == sorted(got or [])
    return bool(wanted == got)


def _ids(value: Any) -> list[str]:
    given = [] if value is None else value if isinstance(value, list) else [value]
    return [item["id"] for item in given]


def _check_files(run: Run, outcome: Outcome, entry: Entry) -> tuple[str, int]:
    count = 0
    for name, digest in entry.media.items():
        if name.endswith(".token"):
            continue
        problem = _check_file(run, entry.target, name, digest)
        if problem:
            return problem, count
        count += 1
    return "", count


def _check_file(run: Run, target: Ref, name: str, digest: str) -> str:
    with tempfile.TemporaryDirectory(prefix="trackerkit-verify-") as folder:
        path = Path(folder) / "file"
        try:
            run.target.download(target, path, name)
        except TrackerError as error:
            return f"its {name} cannot be read back: {error}"
        got = hash_of(path)
    return "" if got == digest else f"its {name} reads back with another hash"
