"""Writing: keys, batches, the tree of ancestors and paths, deleting for good."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from trackerkit import operations as ops
from trackerkit.errors import BatchError, ConflictError, DomainError, NotFoundError
from trackerkit.filters import field
from trackerkit.operations import add, remove
from trackerkit.tracker import Tracker
from trackerkit.values import Attachment, Image, Ref, Url


@pytest.fixture
def project(tracker: Tracker) -> Ref:
    return tracker.create("Project", name="p").ref


def rows(tracker: Tracker, sql: str) -> list[tuple[Any, ...]]:
    return tracker.backend._store.connections.rows(sql)


# --- keys and batches ------------------------------------------------------------------------------------------------


def test_create_repeated_with_its_key_is_the_same_create(tracker: Tracker, project: Ref) -> None:
    operation = ops.create("Shot", {"name": "s", "tags": ["a"]}, project=project)
    first = tracker.write([operation])[0]
    tracker.update(first.ref, name="renamed")
    events = tracker.backend.last_cursor()
    again = tracker.write([operation])[0]
    assert (again.ref, again.done) == (first.ref, False)
    assert again.values == {"name": "renamed", "tags": ["a"]}
    assert tracker.backend.last_cursor() == events


def test_create_with_a_key_of_another_type_is_refused(tracker: Tracker, project: Ref) -> None:
    key = ops.new_key()
    tracker.create("Shot", key=key, name="s", project=project)
    with pytest.raises(ConflictError, match="belongs to a Shot"):
        tracker.create("Asset", key=key, name="a", project=project)


def test_batch_is_all_or_nothing_counters_included(tracker: Tracker, project: Ref) -> None:
    before = rows(tracker, "SELECT last_node, last_event FROM store")
    bad = [ops.create("Shot", {"name": "s"}, project=project), ops.update(Ref("Shot", 99_999), {"name": "t"})]
    with pytest.raises(BatchError) as caught:
        tracker.batch(bad)
    assert (caught.value.index, type(caught.value.cause)) == (1, NotFoundError)
    assert tracker.count("Shot") == 0
    assert rows(tracker, "SELECT last_node, last_event FROM store") == before


def test_write_that_is_not_atomic_keeps_what_came_before(tracker: Tracker, project: Ref) -> None:
    bad = [
        ops.create("Shot", {"name": "kept"}, project=project),
        ops.create("Shot", {"name": "lost", "parent": Ref("Sequence", 99_999)}, project=project),
        ops.create("Shot", {"name": "never"}, project=project),
    ]
    with pytest.raises(BatchError) as caught:
        tracker.write(bad, atomic=False)
    assert caught.value.index == 1
    assert [item.name for item in tracker.find("Shot")] == ["kept"]
    made = tracker.create("Shot", name="next", project=project)
    numbers = [event.number for event in tracker.events()]
    assert numbers == list(range(1, len(numbers) + 1))
    assert int(made.ref.id) == rows(tracker, "SELECT last_node FROM store")[0][0]


def test_batch_may_link_to_what_it_makes(tracker: Tracker, project: Ref) -> None:
    keys = [ops.new_key() for _ in range(3)]
    tracker.write(
        [
            ops.create("Sequence", {"name": "sq"}, key=keys[0], project=project),
            ops.create("Shot", {"name": "sh", "parent": Ref("Sequence", keys[0])}, key=keys[1]),
            ops.create("Task", {"name": "t", "parent": Ref("Shot", keys[1])}, key=keys[2]),
        ]
    )
    found = tracker.find_one("Task", fields=["shot.path", "project"])
    assert found["shot.path"] == "/sq/sh"
    assert found.project == project


def test_create_needs_a_project_from_somewhere(tracker: Tracker, project: Ref) -> None:
    with pytest.raises(DomainError, match="a Shot needs a project"):
        tracker.create("Shot", name="s")
    shot = tracker.create("Shot", name="s", parent=project)
    note = tracker.create("Note", subject="n", links=[shot])
    reply = tracker.create("Reply", body="b", note=note)
    assert tracker.get(reply, fields=["project"]).project == project


def test_project_names_are_unique(tracker: Tracker, project: Ref) -> None:
    with pytest.raises(ConflictError, match="called 'p' already"):
        tracker.create("Project", name="p")
    other = tracker.create("Project", name="P")
    with pytest.raises(ConflictError, match="called 'p' already"):
        tracker.update(other, name="p")
    tracker.update(other, name="P")


# --- values ----------------------------------------------------------------------------------------------------------

VALUES: dict[str, list[Any]] = {
    "text": ["", "  a ", "\U0001f600\ufffe\n", "x" * 100_000],
    "integer": [0, -(2**63), 2**63 - 1],
    "float": [0.1, 5e-324, 1.7976931348623157e308, -0.0, 2.0**60],
    "percent": [50], "currency": [0.3], "checkbox": [True, False],
    "date": [date.min, date.max, date(2024, 2, 29)],
    "datetime": [
        datetime.min.replace(tzinfo=timezone.utc), datetime.max.replace(tzinfo=timezone.utc),
        datetime(2024, 1, 1, 1, 2, 3, 4, timezone.utc), datetime(1969, 12, 31, 23, 59, 59, 999_999, timezone.utc),
    ],
    "duration": [timedelta(0), timedelta(microseconds=-1), timedelta(days=40_000_000, microseconds=1)],
    "timecode": [-1], "choice": ["a, b"], "choices": [[], ["b", "a", "b", ""]], "color": ["#ff00ff"],
    "json": [[], {}, {"a": [1, 1.0, True, None, "é", {"b": -(2**63)}]}, False, 0, "", "null"],
    "url": [Url("https://a/b?c=d", "d"), Url("file:///x")], "uuid": ["a" * 36], "entity_type": ["Shot"],
    "image": [Image("1", None, "sha256:00"), Image()],
    "file": [Attachment("5", "a.mov", 0, "video/mp4", "sha256:00", "u", "web"), Attachment()],
}  # fmt: skip


@pytest.mark.parametrize("data_type", sorted(VALUES))
def test_values_come_back_exactly(tracker: Tracker, project: Ref, data_type: str) -> None:
    name = tracker.schema.create_field("Shot", f"sg_{data_type}", data_type)
    for value in VALUES[data_type]:
        shot = tracker.create("Shot", name="s", project=project, **{name: value})
        back = tracker.get(shot, fields=[name])[name]
        assert back == value
        assert repr(back).replace("-0.0", "0.0") == repr(value).replace("-0.0", "0.0")
        tracker.update(shot, **{name: None})
        cleared = tracker.get(shot, fields=[name])[name]
        assert cleared == ([] if data_type == "choices" else False if data_type == "checkbox" else None)
        tracker.update(shot, **{name: value})
        assert tracker.get(shot, fields=[name])[name] == value


def test_durations_that_do_not_fit_are_refused(tracker: Tracker, project: Ref) -> None:
    shot = tracker.create("Shot", name="s", project=project)
    with pytest.raises(DomainError, match=r"Task\.duration"):
        tracker.create("Task", name="t", parent=shot, duration=timedelta.max)
    tracker.create("Task", name="t", parent=shot, duration=timedelta(days=1))
    assert tracker.count("Task", field("duration") < timedelta.max) == 1


def test_update_tells_true_from_one_in_json(tracker: Tracker, project: Ref) -> None:
    name = tracker.schema.create_field("Shot", "sg_data", "json")
    shot = tracker.create("Shot", name="s", project=project, **{name: {"a": 1}})
    tracker.update(shot, **{name: {"a": True}})
    assert tracker.get(shot, fields=[name])[name]["a"] is True


def test_secrets_are_not_kept(tracker: Tracker, project: Ref) -> None:
    name = tracker.schema.create_field("User", "sg_password", "secret")
    user = tracker.create("User", name="bo", **{name: "hunter2-hunter2"})
    assert tracker.get(user, fields=[name])[name] is None
    tracker.update(user, **{name: "hunter3-hunter3"})
    tracker.close()
    data = b"".join(
        file.read_bytes() for file in tracker.backend._store.connections.path.parent.glob("show.db*") if file.is_file()
    )
    assert b"hunter" not in data


# --- lists -----------------------------------------------------------------------------------------------------------


def test_lists_keep_their_order(tracker: Tracker, project: Ref) -> None:
    assets = [tracker.create("Asset", name=f"a{at}", project=project).ref for at in range(4)]
    shot = tracker.create("Shot", name="s", project=project, assets=[assets[2], assets[0]], tags=["b", "a"])

    def now() -> tuple[list[int], list[str]]:
        found = tracker.get(shot, fields=["assets", "tags"])
        return [assets.index(ref) for ref in found.assets], found.tags

    assert now() == ([2, 0], ["b", "a"])
    tracker.update(shot, assets=add(Ref("Asset", assets[3].id), assets[2]), tags=add("c", "b"))
    assert now() == ([2, 0, 3], ["b", "a", "c"])
    tracker.update(shot, assets=remove(Ref("Asset", assets[0].id)), tags=remove("b", "zz"))
    assert now() == ([2, 3], ["a", "c"])
    tracker.update(shot, assets=[assets[3], assets[2]])
    assert now() == ([3, 2], ["a", "c"])
    tracker.delete(assets[3])
    assert now() == ([2], ["a", "c"])
    tracker.restore(assets[3])
    assert now() == ([3, 2], ["a", "c"])


# --- the tree --------------------------------------------------------------------------------------------------------


def test_paths_and_ancestors_follow_names_moves_and_retiring(tracker: Tracker, project: Ref) -> None:
    one, two = (tracker.create("Sequence", name=name, project=project) for name in ("one", "two"))
    shot = tracker.create("Shot", name="sh", parent=one)
    part = tracker.create("Folder", kind="Part", name="part", parent=shot)
    task = tracker.create("Task", name="t", parent=part)
    version = tracker.create("Version", name="v", task=task)

    def seen(record: Any, *names: str) -> list[Any]:
        found = tracker.get(record, fields=list(names), state="all")
        return [found[name] for name in names]

    assert seen(part, "path", "sequence.name", "shot.name") == ["/one/sh/part", "one", "sh"]
    assert seen(version, "sequence.name", "shot.name") == ["one", "sh"]
    tracker.update(one, name="uno")
    assert seen(part, "path") == ["/uno/sh/part"]
    tracker.update(shot, parent=two)
    assert seen(part, "path", "sequence.name") == ["/two/sh/part", "two"]
    assert seen(version, "sequence.name") == ["two"]
    tracker.delete(shot)
    assert seen(part, "path", "sequence", "shot") == ["/two/sh/part", None, None]
    assert seen(version, "sequence", "shot") == [None, None]
    assert [item.ref for item in tracker.find("Version", field("sequence.name") == "two")] == []
    tracker.restore(shot)
    assert seen(version, "sequence.name", "shot.name") == ["two", "sh"]
    tracker.update(version, parent=one)
    assert seen(version, "sequence.name", "shot") == ["uno", None]
    tracker.update(shot, parent=None)
    assert seen(part, "path", "sequence") == ["/sh/part", None]


def test_a_record_cannot_lie_in_itself(tracker: Tracker, project: Ref) -> None:
    one = tracker.create("Folder", name="one", project=project)
    two = tracker.create("Folder", name="two", parent=one)
    for parent in (one, two):
        with pytest.raises(ConflictError, match="which lies in it"):
            tracker.update(one, parent=parent)


def test_folder_kinds(tracker: Tracker, project: Ref) -> None:
    shot = tracker.create("Folder", kind="Shot", name="s", project=project)
    odd = tracker.create("Folder", kind="Task", name="t", project=project)
    assert (shot.ref.type, odd.ref.type) == ("Shot", "Folder")
    assert [item.ref for item in tracker.find("Folder", field("kind") == "Task")] == [odd.ref]
    assert [item.ref for item in tracker.find("Folder", field("kind") == "Shot")] == [shot.ref]
    assert tracker.count("Task") == 0
    assert tracker.get(Ref("Folder", shot.ref.id)).ref == shot.ref


def test_a_folder_changes_its_kind(tracker: Tracker, project: Ref) -> None:
    sequence = tracker.create("Sequence", name="sq", project=project)
    shot = tracker.create("Shot", name="sh", parent=sequence)
    task = tracker.create("Task", name="t", parent=shot)
    asset = tracker.create("Asset", name="a", project=project)
    tracker.update(sequence, assets=[asset])
    tracker.update(sequence, kind="Episode", label="E")
    (found,) = tracker.find("Episode", fields=["name", "label", "kind", "assets"])
    assert (found.ref, found["label"], found["kind"], found["assets"]) == (sequence.ref, "E", "Episode", [asset.ref])
    assert list(tracker.find("Sequence")) == []
    seen = tracker.get(task, fields=["sequence", "episode", "shot", "parent.parent"])
    assert (seen["sequence"], seen["episode"], seen["shot"]) == (None, sequence.ref, shot.ref)
    assert seen["parent.parent"].type == "Episode"
    tracker.update(Ref("Folder", sequence.ref.id), kind="Other things")
    assert tracker.get(Ref("Folder", sequence.ref.id)).ref.type == "Folder"
    last = list(tracker.backend.read_events(None, limit=1000))[-1]
    assert (last.field, last.old, last.new, last.entity) == ("kind", "Episode", "Other things", sequence.ref)


# --- for good --------------------------------------------------------------------------------------------------------


def test_delete_for_good_leaves_nothing_but_its_events(tracker: Tracker, project: Ref) -> None:
    user = tracker.create("User", name="bo")
    shot = tracker.create("Shot", name="s", project=project, tags=["a"], assignees=[user])
    task = tracker.create("Task", name="t", parent=shot, assignees=[user])
    version = tracker.create("Version", name="v", task=task, author=user, project=project)
    with pytest.raises(ConflictError, match="1 records hanging on it"):
        tracker.delete(shot, permanent=True)
    tracker.delete(shot, permanent=True, recursive=True)
    assert tracker.count("Folder", state="all") == tracker.count("Task", state="all") == 0
    found = tracker.get(version, fields=["task", "shot"])
    assert (found.task, found.shot) == (None, None)
    for table in ("link", "tag", "closure"):
        assert rows(tracker, f"SELECT count(*) FROM {table}") == [(0,)]
    assert [event.kind for event in tracker.events("Task")][-1] == "deleted"
    with pytest.raises(NotFoundError):
        tracker.delete(shot)
    after = tracker.create("Shot", name="new", project=project)
    assert int(after.ref.id) > int(version.ref.id)


def test_delete_of_a_project_takes_everything_along(tracker: Tracker, project: Ref) -> None:
    shot = tracker.create("Shot", name="s", project=project)
    tracker.create("Note", subject="n", links=[shot])
    tracker.delete(project, permanent=True, recursive=True)
    assert rows(tracker, "SELECT type FROM node") == [("User",)]


def test_delete_recursive_retires_what_hangs_on_it(tracker: Tracker, project: Ref) -> None:
    shot = tracker.create("Shot", name="s", project=project)
    task = tracker.create("Task", name="t", parent=shot)
    tracker.delete(shot, recursive=True)
    assert [item.ref for item in tracker.find("Task", state="retired")] == [task.ref]
