"""A migration between two trackers in memory: every record accounted for, once, and mended where it was not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType

import pytest

import trackerkit as tk
from trackerkit.datatypes import Domain
from trackerkit.errors import PermissionDeniedError, TrackerError, UnavailableError
from trackerkit.model import neutral_schema
from trackerkit.operations import Operation, Result
from trackerkit.schema import Schema
from trackerkit.state import State
from trackerkit.sync.account import Report
from trackerkit.sync.migrate import migrate
from trackerkit.sync.run import Options
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker

STRICT = Domain(pattern=r"[a-zA-Z0-9_]([a-zA-Z0-9_.\-]*[a-zA-Z0-9_])?")


def strict_schema() -> Schema:
    """A tracker with rules like AYON's: strict names, tasks and versions only in folders, no time logs."""
    schema = neutral_schema()
    made = []
    for item in schema.types.values():
        fields = dict(item.fields)
        if item.name in ("Project", "Folder", "Task", *schema.kinds):
            fields["name"] = replace(fields["name"], domain=STRICT)
        if item.name in ("Task", "Version"):
            fields["parent"] = replace(fields["parent"], targets=("Folder",))
        fields.pop("cut_order", None)
        made.append(replace(item, fields=MappingProxyType(fields)))
    return Schema(item for item in made if item.name != "TimeLog")


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    with State.open(tmp_path / "state.db") as opened:
        yield opened


@pytest.fixture
def source() -> Tracker:
    tracker = Tracker(MemoryBackend(), url="memory:source")
    project = tracker.create("Project", name="Big Buck")
    tracker.create("Status", name="In Progress", code="ip")
    ann = tracker.create("User", name="ann", email="ann@x.example", kind="human")
    sequence = tracker.create("Sequence", name="SQ 010", project=project)
    shot = tracker.create("Shot", name="sh010", parent=sequence, status="ip", cut_order=3, frame_start=1001)
    tracker.create("Shot", name="SH010", parent=sequence)
    tracker.delete(tracker.create("Shot", name="old", parent=sequence))
    hero = tracker.create("Asset", name="Hero", project=project)
    tracker.update(shot, assets=tk.add(hero))
    anim = tracker.create("Task", name="anim", parent=shot, assignees=[ann])
    tracker.create("Task", name="comp", parent=shot, depends_on=[anim])
    tracker.create("Task", name="trailer", parent=project)
    version = tracker.create("Version", name="sh010_v001", parent=shot, task=anim)
    tracker.upload(version, b"a movie", filename="sh010.mov")
    tracker.thumbnail(version, b"a picture")
    note = tracker.create("Note", subject="Fix", body="the hand", links=[version])
    tracker.upload(note, b"a drawing", filename="draw.png")
    tracker.create("Reply", note=note, body="done", project=project)
    tracker.create("Playlist", name="dailies", items=[version], project=project)
    tracker.create("TimeLog", parent=anim, date="2026-01-02", duration=timedelta(hours=2))
    return tracker


def line(report: Report, type_name: str) -> dict[str, int]:
    found = next(item for item in report.lines if item.type == type_name)
    return {"found": found.found, **found.counts}


def test_migrate_accounts_for_every_record(source: Tracker, state: State) -> None:
    target = Tracker(MemoryBackend(strict_schema()), url="memory:target")
    report = migrate(source, target, state)

    assert report.unexplained == 0
    assert [item.outcome for item in report.outcomes if item.outcome == "failed"] == []
    assert line(report, "Shot") == {"found": 3, "created": 3}
    assert line(report, "Task") == {"found": 3, "created": 3}
    assert line(report, "Reviewable") == {"found": 1, "created": 1}
    assert line(report, "TimeLog") == {"found": 1, "unsupported": 1}
    assert line(report, "Event")["skipped"] == line(report, "Event")["found"]
    assert report.files_checked == 3


def test_migrate_carries_values_links_and_files(source: Tracker, state: State, tmp_path: Path) -> None:
    target = Tracker(MemoryBackend(strict_schema()))
    migrate(source, target, state)

    names = ["name", "label", "status", "frame_start", "assets.name", "sequence.name", "tasks.name"]
    shot = target.find_one("Shot", tk.field("name") == "sh010", fields=names)
    assert shot is not None
    assert (shot["status"], shot["frame_start"], shot["assets.name"]) == ("In Progress", 1001, ["Hero"])
    assert shot["sequence.name"] == "SQ_010"
    assert shot["tasks.name"] == ["anim", "comp"]
    version = target.find_one(
        "Version", fields=["id", "reviewables", "task.name", "notes.replies.body", "playlists.name"]
    )
    assert version is not None
    assert (version["task.name"], version["notes.replies.body"], version["playlists.name"]) == (
        "anim",
        ["done"],
        ["dailies"],
    )
    target.download(version["reviewables"][0], tmp_path / "movie", "url")
    assert (tmp_path / "movie").read_bytes() == b"a movie"


def test_migrate_renames_what_the_target_refuses_and_says_why(source: Tracker, state: State) -> None:
    target = Tracker(MemoryBackend(strict_schema()))
    report = migrate(source, target, state)

    renamed = {item.renamed[0]: item.renamed[1:] for item in report.outcomes if item.renamed}
    assert renamed["SQ 010"] == ("SQ_010", "has characters that the target refuses in a name")
    assert renamed["SH010"] == ("SH010_2", "another record here has that name already")
    assert renamed["Big Buck"][0] == "Big_Buck"


def test_migrate_keeps_project_tasks_in_a_folder(source: Tracker, state: State) -> None:
    target = Tracker(MemoryBackend(strict_schema()))
    report = migrate(source, target, state)

    task = target.find_one("Task", tk.field("name") == "trailer", fields=["parent.name"])
    assert task is not None
    assert task["parent.name"] == "project_level"
    outcome = next(item for item in report.outcomes if item.name == "trailer")
    assert "belongs to the project itself" in outcome.notes["parent"]


def test_migrate_retires_what_is_retired(source: Tracker, state: State) -> None:
    target = Tracker(MemoryBackend(strict_schema()))
    migrate(source, target, state)
    assert [shot.name for shot in target.find("Shot", state="retired")] == ["old"]


def test_migrate_again_writes_nothing(source: Tracker, state: State) -> None:
    target = Tracker(MemoryBackend(strict_schema()))
    first = migrate(source, target, state)
    before = target.backend.last_cursor()
    second = migrate(source, target, state)

    assert first.writes > 0
    assert second.writes == 0
    assert second.unexplained == 0
    assert target.backend.last_cursor() == before


def test_migrate_again_moves_what_came_since(source: Tracker, state: State) -> None:
    target = Tracker(MemoryBackend(strict_schema()))
    migrate(source, target, state)
    shot = source.find_one("Shot", tk.field("name") == "sh010")
    assert shot is not None
    source.update(shot, frame_start=None, name="sh010b")
    report = migrate(source, target, state)

    assert report.writes == 1
    assert line(report, "Shot")["updated"] == 1
    moved = target.find_one("Shot", tk.field("name") == "sh010b", fields=["frame_start"])
    assert moved is not None
    assert moved["frame_start"] is None


def test_migrate_merges_users_by_their_mail(source: Tracker, state: State) -> None:
    target = Tracker(MemoryBackend(strict_schema()))
    there = target.create("User", name="annie", email="Ann@X.example")
    report = migrate(source, target, state)

    assert next(item for item in report.outcomes if item.name == "ann").outcome == "merged"
    task = target.find_one("Task", tk.field("name") == "anim", fields=["assignees"])
    assert task is not None
    assert task["assignees"] == [there.ref]


class Failing(MemoryBackend):
    """Refuses every write of one type, and forgets half of what it is told of another."""

    refused = ""

    def write(self, operations: list[Operation], *, atomic: bool = True) -> list[Result]:  # type: ignore[override]
        if any(operation.type == self.refused for operation in operations):
            raise UnavailableError("the server is busy", backend="memory")
        return super().write(operations, atomic=atomic)


def test_migrate_leaves_a_failure_unexplained_until_a_later_run_mends_it(source: Tracker, state: State) -> None:
    backend = Failing(strict_schema())
    backend.refused = "Note"
    target = Tracker(backend)
    report = migrate(source, target, state)
    assert line(report, "Note") == {"found": 1, "failed": 1}
    assert report.unexplained > 0

    backend.refused = ""
    mended = migrate(source, target, state)
    assert line(mended, "Note") == {"found": 1, "created": 1}
    assert mended.unexplained == 0


def test_migrate_finds_out_when_the_target_holds_something_else(source: Tracker, state: State) -> None:
    target = Tracker(MemoryBackend(strict_schema()))
    migrate(source, target, state)
    shot = target.find_one("Shot", tk.field("name") == "sh010")
    assert shot is not None
    target.update(shot, frame_start=7)
    report = migrate(source, target, state)

    failed = [item for item in report.outcomes if item.outcome == "failed"]
    assert [item.name for item in failed] == ["sh010"]
    assert "frame_start reads back as 7, not 1001" in failed[0].reason


def test_migrate_only_the_projects_asked_for(source: Tracker, state: State) -> None:
    other = source.create("Project", name="Other")
    source.create("Shot", name="sh999", project=other)
    target = Tracker(MemoryBackend(strict_schema()))
    report = migrate(source, target, state, Options(projects=["Big Buck"]))

    assert line(report, "Project") == {"found": 2, "created": 1, "skipped": 1}
    assert target.count("Shot", tk.field("name") == "sh999") == 0
    assert report.unexplained == 0


def test_migrate_that_was_killed_goes_on_where_it_was(source: Tracker, state: State) -> None:
    class Dying(MemoryBackend):
        left = 6

        def write(self, operations: list[Operation], *, atomic: bool = True) -> list[Result]:  # type: ignore[override]
            done = super().write(operations, atomic=atomic)
            Dying.left -= 1
            if Dying.left == 0:
                raise KeyboardInterrupt
            return done

    target = Tracker(Dying(strict_schema()))
    with pytest.raises(KeyboardInterrupt):
        migrate(source, target, state)
    report = migrate(source, target, state)

    assert [item.reason for item in report.outcomes if item.outcome == "failed"] == []
    assert report.unexplained == 0
    assert target.count("Shot", state="all") == 3
    assert target.count("Sequence") == 1


def test_migrate_says_nothing_is_explained_that_was_not(state: State, source: Tracker) -> None:
    target = Tracker(MemoryBackend(strict_schema()))
    report = migrate(source, target, state)
    assert all(item.reason for item in report.outcomes if item.outcome in ("skipped", "unsupported", "failed"))


def test_a_source_that_fails_is_an_error_and_not_an_empty_show(state: State) -> None:
    class Broken(MemoryBackend):
        def read(self, query: object) -> Iterator[object]:  # type: ignore[override]
            raise UnavailableError("the site is down")

    with pytest.raises(TrackerError):
        migrate(Tracker(Broken()), Tracker(MemoryBackend()), state)


class Strict(MemoryBackend):
    """Lets nobody write in another's name, as a server does whose users have no rights in a new project."""

    def write(self, operations: list[Operation], *, atomic: bool = True) -> list[Result]:  # type: ignore[override]
        if any(operation.type == "Note" and "author" in operation.values for operation in operations):
            raise PermissionDeniedError("no access group on this project", backend="memory")
        return super().write(operations, atomic=atomic)


def test_migrate_writes_a_note_in_its_own_name_where_the_author_may_not(source: Tracker, state: State) -> None:
    ann = source.find_one("User", tk.field("name") == "ann")
    note = source.find_one("Note")
    assert note is not None
    source.update(note, author=ann)
    target = Tracker(Strict(strict_schema()))
    report = migrate(source, target, state)

    outcome = next(item for item in report.outcomes if item.source.type == "Note")
    assert outcome.outcome == "created"
    assert "no access group" in outcome.notes["author"]
    assert migrate(source, target, state).writes == 0
