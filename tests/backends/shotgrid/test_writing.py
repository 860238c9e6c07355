"""Changes of a site: keyed, all or nothing, each sent once."""

from __future__ import annotations

from typing import Any

import pytest
from fake_shotgrid import FakeSite, Refusal, native_field, site_schema

from trackerkit import operations as ops
from trackerkit.errors import (
    BatchError,
    ConflictError,
    DomainError,
    NotFoundError,
    OutcomeUnknown,
    UnsupportedError,
)
from trackerkit.testing.faults import drop_response
from trackerkit.testing.loopback import Reply
from trackerkit.tracker import Tracker
from trackerkit.values import Ref

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def project(fake: FakeSite, studio: Tracker) -> Ref:
    """A project of the scripted site."""
    made = fake.add("Project", 70, name="BBB", archived=False)
    studio.schema()
    return studio.ref("Project", made["id"])


def test_a_repeated_create_is_the_same_create(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    first = studio.write([ops.create("Shot", {"name": "sh010"}, key=KEY, project=project)])[0]
    again = studio.write([ops.create("Shot", {"name": "sh010"}, key=KEY, project=project)])[0]
    assert (first.done, again.done) == (True, False)
    assert again.ref == first.ref
    assert len(fake.tables["Shot"]) == 1


def test_a_create_repeated_within_one_batch(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    operation = ops.create("Shot", {"name": "sh010"}, key=KEY, project=project)
    first, second = studio.write([operation, operation])
    assert (first.done, second.done) == (True, False)
    assert first.ref == second.ref
    assert len(fake.tables["Shot"]) == 1


def test_without_the_key_field_nothing_is_looked_up(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    fake.calls.clear()
    studio.create("Playlist", name="dailies", project=project)
    assert [name for name, _ in fake.calls] == ["create"]
    assert "create.key" in studio.backend.capabilities


def test_several_changes_are_one_batch(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    shot = studio.create("Shot", name="sh010", project=project).ref
    fake.calls.clear()
    results = studio.write([
        ops.create("Version", {"name": "v1", "parent": shot}),
        ops.update(shot, {"frame_start": 1}),
        ops.update(shot, {"frame_start": 2, "frame_end": 3}),
        ops.delete(shot),
    ])  # fmt: skip
    (batch,) = fake.asked("batch")
    assert [item["request_type"] for item in batch] == ["create", "update", "delete"]
    assert batch[1]["fields"] == [{"field_name": "sg_cut_in", "value": 2}, {"field_name": "sg_cut_out", "value": 3}]
    assert [result.done for result in results] == [True] * 4
    assert results[0].ref.project == "70"


def test_a_batch_that_failed_names_the_operation(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    def refuse(_: Any) -> Any:
        raise Refusal("API batch() request with index 1 failed.  All requests rolled back.\n"
                      "API create() CRUD ERROR #61: The value is required to be unique.")  # fmt: skip

    fake.overrides["batch"] = refuse
    made = [ops.create("Shot", {"name": name}, project=project) for name in ("a", "b", "c")]
    with pytest.raises(BatchError, match=r"operation 1 .*unique") as caught:
        studio.write(made)
    assert caught.value.index == 1
    assert isinstance(caught.value.cause, ConflictError)


def test_a_lost_batch_is_found_by_its_first_record(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    def lost(given: Any) -> Any:
        fake.rpc_batch(given)
        raise Refusal("", 0)

    fake.overrides["batch"] = lambda given: (fake.rpc_batch(given), None)[1]
    results = studio.write([ops.create("Shot", {"name": name}, project=project) for name in ("a", "b")])
    assert sorted(int(result.ref.id) for result in results) == sorted(fake.tables["Shot"])
    assert len(fake.asked("batch")) == 1


def test_a_lost_batch_of_updates_stays_unknown(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    shots = [studio.create("Shot", name=name, project=project).ref for name in ("a", "b")]
    fake.replies = [Reply(504)]
    with pytest.raises(OutcomeUnknown) as caught:
        studio.write([ops.update(shot, {"frame_start": 1}) for shot in shots])
    assert [operation.ref for operation in caught.value.request] == shots


def test_a_batch_brings_nothing_back(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    shot = studio.create("Shot", name="a", project=project).ref
    fake.calls.clear()
    with pytest.raises(UnsupportedError, match="batch"):
        studio.write([ops.delete(shot), ops.restore(shot)])
    assert fake.calls == []
    results = studio.backend.write([ops.delete(shot), ops.restore(shot), ops.restore(shot)], atomic=False)
    assert [result.done for result in results] == [True, True, False]


def test_retiring_and_what_never_was(studio: Tracker, project: Ref) -> None:
    shot = studio.create("Shot", name="a", project=project).ref
    assert studio.delete(shot) is True
    assert studio.delete(shot) is False
    with pytest.raises(NotFoundError):
        studio.delete(shot.replace(id="987654"))
    with pytest.raises(UnsupportedError, match="retires records"):
        studio.delete(shot, permanent=True)


def test_what_hangs_on_a_record_goes_first(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    sequence = studio.create("Sequence", name="sq", project=project).ref
    shot = studio.create("Shot", name="sh", parent=sequence).ref
    version = studio.create("Version", name="v", parent=shot).ref
    other = studio.create("Shot", name="other", project=project).ref
    assert studio.delete(sequence, recursive=True) is True
    gone = {f"{type}:{number}" for type, number in fake.retired}
    assert gone == {str(sequence), str(shot), str(version)}
    (batch,) = fake.asked("batch")
    assert [item["type"] for item in batch] == ["Version", "Shot", "Sequence"]
    assert studio.get(other).name == "other"


def test_a_text_called_note_is_no_link_that_a_record_hangs_on(fake: FakeSite, studio: Tracker) -> None:
    fake.schema = site_schema(Booking={"note": native_field("text"), "start_date": native_field("date")})
    fake.add("Project", 71, name="Big")
    fake.add("Shot", 8, code="sh", project={"type": "Project", "id": 71, "name": "Big"})
    fake.add("Booking", 9, note="away")
    assert "note" in studio.backend.schema().type("Booking").fields
    assert studio.delete(studio.ref("Project", 71), recursive=True) is True
    assert {("Project", 71), ("Shot", 8)} <= set(fake.retired)
    assert ("Booking", 9) not in fake.retired


def test_the_project_of_a_create(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    link = fake.add("Shot", 7, code="sh", project={"type": "Project", "id": 70, "name": "BBB"})
    version = studio.create("Version", name="v", parent=Ref("Shot", link["id"]))
    assert fake.tables["Version"][int(version.ref.id)]["project"] == {"type": "Project", "id": 70}
    assert version.ref.project == "70"
    with pytest.raises(DomainError, match="needs a project"):
        studio.create("Shot", name="nowhere")


def test_tags_are_made_where_they_are_missing(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    fake.add("Tag", 1, name="fx")
    fake.add("Tag", 2, name="FX")
    shot = studio.create("Shot", name="sh", tags=["fx", "new"], project=project).ref
    row = fake.tables["Shot"][int(shot.id)]
    made = next(number for number, tag in fake.tables["Tag"].items() if tag["name"] == "new")
    assert row["tags"] == [{"type": "Tag", "id": 1}, {"type": "Tag", "id": made}]


def test_a_task_takes_the_step_of_what_it_hangs_on(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    fake.add("Step", 1, code="Comp", entity_type="Asset")
    fake.add("Step", 2, code="Comp", entity_type="Shot")
    fake.add("Step", 3, code="Anim", entity_type="Shot")
    shot = studio.create("Shot", name="sh", project=project).ref
    task = studio.create("Task", name="t", type="Comp", parent=shot).ref
    row = fake.tables["Task"][int(task.id)]
    assert row["step"] == {"type": "Step", "id": 2}
    studio.update(task, type="Anim")
    assert row["step"] == {"type": "Step", "id": 3}
    studio.update(task, type="Comp")
    assert row["step"] == {"type": "Step", "id": 2}
    with pytest.raises(DomainError, match="no TaskType called 'Roto'"):
        studio.update(task, type="Roto")


def test_a_file_lies_in_a_local_storage(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    fake.schema["LocalStorage"] = {
        "id": native_field("number"),
        "code": native_field("text"),
        "linux_path": native_field("text"),
    }
    fake.add("LocalStorage", 1, linux_path="/prod", mac_path=None, windows_path="P:\\")
    studio.backend._room = None  # type: ignore[attr-defined] - the schema changed under it
    made = studio.create("File", name="a", path="/prod/a.exr", project=project).ref
    assert fake.tables["PublishedFile"][int(made.id)]["path"] == {"local_path": "/prod/a.exr"}
    studio.update(made, path="/elsewhere/a.exr")
    assert fake.tables["PublishedFile"][int(made.id)]["path"] == {"url": "file:///elsewhere/a.exr", "name": "a.exr"}
    assert studio.get(made, fields=["path"]).path == "/elsewhere/a.exr"


def test_people_by_their_kind(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    joe = studio.create("User", name="joe", label="Joe", kind="human", active=True).ref
    bot = studio.create("User", name="bot", kind="script").ref
    assert (joe.type, bot.type) == ("HumanUser", "ApiUser")
    row = fake.tables["HumanUser"][int(joe.id)]
    assert (row["login"], row["name"], row["sg_status_list"]) == ("joe", "Joe", "act")
    assert fake.tables["ApiUser"][int(bot.id)]["firstname"] == "bot"


def test_refused_before_anything_is_sent(fake: FakeSite, studio: Tracker, project: Ref) -> None:
    shot = studio.create("Shot", name="sh", project=project).ref
    fake.calls.clear()
    for values in ({"description": " x "}, {"frame_start": 2**31}, {"fps": 0.1234567}, {"fps": float("nan")},
                   {"name": "a\x00"}, {"name": "\ud800"}, {"thumbnail": "x"}, {"path": "/x"}):  # fmt: skip
        with pytest.raises((DomainError, Exception)) as caught:
            studio.update(shot, **values)
        assert getattr(caught.value, "sent", "no") == "no"
    assert fake.calls == []


# --- over the gateway, with a line that breaks -----------------------------------------------------------------------


def test_an_answer_that_is_lost_on_the_way(stand: Any) -> None:
    """F1, F3: the create is done, its answer never arrives; without a key nobody knows, and nothing is sent twice."""
    project = stand.tracker.create("Project", name="p").ref
    stand.tracker.schema()
    keyed = "uid" in stand.tracker.schema().type("Shot").fields
    stand.proxy.plan(["pass", drop_response()] if keyed else [drop_response()])
    if keyed:
        assert stand.tracker.create("Shot", name="sh010", project=project).ref.project == project.id
    else:
        with pytest.raises(OutcomeUnknown):
            stand.tracker.create("Shot", name="sh010", project=project)
    assert stand.store.count("Shot") == 1
