"""What a live site does with what hangs together: Shots and Versions, a Task's dates, open Notes, fields in the trash."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import shotgun_api3
from shotgun_api3 import Fault

from trackerkit.testing.double import Double, double


@pytest.fixture(scope="module")
def site() -> Iterator[Double]:
    with double("shotgrid") as made:
        yield made


@pytest.fixture(scope="module")
def sg(site: Double) -> Iterator[Any]:
    made = shotgun_api3.Shotgun(site.url, script_name=site.script_name, api_key=site.api_key)
    yield made
    made.close()


@pytest.fixture
def project(sg: Any, request: pytest.FixtureRequest) -> dict[str, Any]:
    """A project of the test's own."""
    return dict(sg.create("Project", {"name": request.node.name[:60]}))


# --- a Shot and its Versions -----------------------------------------------------------------------------------------


def test_a_shot_takes_its_versions_with_it_and_brings_them_back(sg: Any, project: dict[str, Any]) -> None:
    shot, other = (sg.create("Shot", {"code": code, "project": project}) for code in "ab")
    task = sg.create("Task", {"content": "x", "project": project, "entity": shot})
    gone, earlier = (sg.create("Version", {"code": code, "project": project, "entity": shot}) for code in "vw")
    stays = sg.create("Version", {"code": "u", "project": project, "entity": other})
    sg.delete("Version", earlier["id"])

    assert sg.delete("Shot", shot["id"]) is True
    mine = [["project", "is", project]]
    assert [row["id"] for row in sg.find("Version", mine)] == [stays["id"]]
    retired = sg.find("Version", mine, ["entity"], retired_only=True)
    assert {row["id"]: row["entity"] for row in retired} == {gone["id"]: None, earlier["id"]: None}
    assert sg.find_one("Task", [["id", "is", task["id"]]], ["entity"])["entity"] is None

    assert sg.revive("Shot", shot["id"]) is True
    back = sg.find("Version", mine, ["entity"])
    assert {row["id"]: row["entity"]["id"] for row in back} == {gone["id"]: shot["id"], stays["id"]: other["id"]}


def test_a_version_that_was_brought_back_before_is_left_alone(sg: Any, project: dict[str, Any]) -> None:
    shot = sg.create("Shot", {"code": "a", "project": project})
    version = sg.create("Version", {"code": "v", "project": project, "entity": shot})
    sg.batch([{"request_type": "delete", "entity_type": "Shot", "entity_id": shot["id"]}])
    assert sg.revive("Version", version["id"]) is True
    sg.revive("Shot", shot["id"])
    assert sg.find_one("Version", [["id", "is", version["id"]]], ["entity"])["entity"]["id"] == shot["id"]


def test_a_deleted_task_leaves_its_versions_and_files(sg: Any, project: dict[str, Any]) -> None:
    before, task, behind = (sg.create("Task", {"content": name, "project": project}) for name in "abc")
    sg.update("Task", task["id"], {"upstream_tasks": [before]})
    sg.update("Task", behind["id"], {"upstream_tasks": [task]})
    version = sg.create("Version", {"code": "v", "project": project, "sg_task": task})
    file = sg.create("PublishedFile", {"code": "f", "project": project, "task": task})
    links = (("Version", version, "sg_task"), ("PublishedFile", file, "task"))

    sg.delete("Task", task["id"])
    for native, made, name in links:
        assert sg.find_one(native, [["id", "is", made["id"]]], [name])[name] is None
    assert sg.find_one("Task", [["id", "is", behind["id"]]], ["upstream_tasks"])["upstream_tasks"] == []
    assert sg.find_one("Task", [["id", "is", before["id"]]], ["downstream_tasks"])["downstream_tasks"] == []

    sg.revive("Task", task["id"])
    for native, made, name in links:
        assert sg.find_one(native, [["id", "is", made["id"]]], [name])[name]["id"] == task["id"]
    assert (
        sg.find_one("Task", [["id", "is", behind["id"]]], ["upstream_tasks"])["upstream_tasks"][0]["id"] == task["id"]
    )


# --- a Task's dates --------------------------------------------------------------------------------------------------


def dates(sg: Any, task: dict[str, Any]) -> tuple[Any, Any, Any]:
    found = sg.find_one("Task", [["id", "is", task["id"]]], ["start_date", "due_date", "duration"])
    return found["start_date"], found["due_date"], found["duration"]


def test_start_due_date_and_duration_are_one(sg: Any, project: dict[str, Any]) -> None:
    task = sg.create("Task", {"content": "x", "project": project})
    for sent, expected in (
        ({"start_date": "2026-01-05", "due_date": "2026-01-09"}, ("2026-01-05", "2026-01-09", 2400)),
        ({"duration": 480}, ("2026-01-05", "2026-01-05", 480)),
        ({"duration": 2400}, ("2026-01-05", "2026-01-09", 2400)),
        ({"start_date": "2026-02-02"}, ("2026-02-02", "2026-02-06", 2400)),
        ({"due_date": "2026-02-13"}, ("2026-02-02", "2026-02-13", 4800)),
        ({"start_date": None}, (None, "2026-02-13", 4800)),
        ({"due_date": None}, (None, None, 4800)),
        ({"start_date": "2026-01-09", "duration": 600}, ("2026-01-09", "2026-01-12", 600)),  # over a weekend
    ):
        sg.update("Task", task["id"], sent)
        assert dates(sg, task) == expected, sent
    made = sg.create("Task", {"content": "y", "project": project, "start_date": "2026-01-05", "duration": 960})
    assert dates(sg, made) == ("2026-01-05", "2026-01-06", 960)
    assert dates(sg, sg.create("Task", {"content": "z", "project": project, "due_date": "2026-01-05"}))[0] is None


def test_days_off_lengthen_a_task(sg: Any, project: dict[str, Any]) -> None:
    sg.work_schedule_update("2026-03-04", False, "a holiday", project)
    made = sg.create("Task", {"content": "x", "project": project, "start_date": "2026-03-02", "duration": 1440})
    assert dates(sg, made) == ("2026-03-02", "2026-03-05", 1440)
    sg.update("Task", made["id"], {"due_date": "2026-03-06"})
    assert dates(sg, made) == ("2026-03-02", "2026-03-06", 1920)
    (last,) = sg.find("EventLogEntry", [["entity", "is", made], ["attribute_name", "is", "duration"]], ["meta"],
                      [{"field_name": "id", "direction": "desc"}], limit=1)  # fmt: skip
    assert (last["meta"]["old_value"], last["meta"]["new_value"]) == (1440, 1920)


def test_time_that_was_logged_is_summed(sg: Any, project: dict[str, Any]) -> None:
    task = sg.create("Task", {"content": "x", "project": project, "est_in_mins": 100})
    names = ["time_logs_sum", "time_vs_est"]

    def told() -> tuple[int, int]:
        found = sg.find_one("Task", [["id", "is", task["id"]]], names)
        return found["time_logs_sum"], found["time_vs_est"]

    assert told() == (0, 100)
    logs = [sg.create("TimeLog", {"project": project, "entity": task, "duration": span}) for span in (60, 45)]
    assert told() == (105, -5)
    sg.update("TimeLog", logs[0]["id"], {"duration": 10})
    sg.delete("TimeLog", logs[1]["id"])
    assert told() == (10, 90)
    for name in names:
        with pytest.raises(Fault, match=rf"API update\(\) Task.{name} is read only"):
            sg.update("Task", task["id"], {name: 1})
        with pytest.raises(Fault, match="cannot be used in a filter"):
            sg.find("Task", [[name, "is", 10]])


# --- open Notes ------------------------------------------------------------------------------------------------------


def test_open_notes_are_counted_when_they_are_read(sg: Any, project: dict[str, Any]) -> None:
    version = sg.create("Version", {"code": "v", "project": project})

    def told() -> tuple[int, list[int]]:
        found = sg.find_one("Version", [["id", "is", version["id"]]], ["open_notes_count", "open_notes"])
        return found["open_notes_count"], [note["id"] for note in found["open_notes"]]

    assert told() == (0, [])
    note = sg.create("Note", {"subject": "s", "project": project, "note_links": [version], "sg_status_list": "opn"})
    second = sg.create("Note", {"subject": "t", "project": project, "note_links": [version], "sg_status_list": "ip"})
    assert told() == (2, [note["id"], second["id"]])
    sg.update("Note", note["id"], {"sg_status_list": "clsd"})
    assert told() == (1, [second["id"]])
    sg.delete("Note", second["id"])
    assert told() == (0, [])


def test_open_notes_are_neither_written_nor_asked_for(sg: Any, project: dict[str, Any]) -> None:
    version = sg.create("Version", {"code": "v", "project": project})
    with pytest.raises(Fault, match=r"API update\(\) Version.open_notes_count is read only"):
        sg.update("Version", version["id"], {"open_notes_count": 3})
    for native in ("Version", "Shot"):
        with pytest.raises(Fault, match=rf"{native}.open_notes_count's 'summary' data type cannot be used in a filter"):
            sg.find(native, [["open_notes_count", "greater_than", 1]])
    told = sg.schema_field_read("Shot", "open_notes_count")["open_notes_count"]
    assert (told["data_type"]["value"], told["editable"]["value"]) == ("summary", False)
    assert told["properties"]["summary_default"]["value"] == "record_count"
    assert told["properties"]["query"]["value"]["entity_type"] == "Note"


# --- the trash of fields ---------------------------------------------------------------------------------------------


def test_the_name_of_a_field_in_the_trash_is_taken(sg: Any) -> None:
    name = sg.schema_field_create("Version", "text", "Gone Before")
    assert sg.schema_field_delete("Version", name) is True
    assert name not in sg.schema_field_read("Version")
    for data_type in ("text", "number"):
        with pytest.raises(Fault) as caught:
            sg.schema_field_create("Version", data_type, "Gone Before")
        assert str(caught.value) == (
            f"API schema_field_create() failed, there is a retired field with the same field_name: {name}. Delete the retired "
            "field forever from the Trash Page in Shotgun and try again."
        )
    assert sg.schema_field_create("Shot", "text", "Gone Before") == name  # of another type, it is another name


# --- summaries of ids ------------------------------------------------------------------------------------------------


def test_the_greatest_and_the_smallest_id(sg: Any, project: dict[str, Any]) -> None:
    made = [
        sg.create("Shot", {"code": code, "project": project, "sg_status_list": code}) for code in ("ip", "fin", "ip")
    ]
    ids, mine = [shot["id"] for shot in made], [["project", "is", project]]

    def of(kind: str, **more: Any) -> Any:
        return sg.summarize("Shot", mine, [{"field": "id", "type": kind}], **more)

    assert of("maximum")["summaries"] == {"id": max(ids)}
    assert of("minimum")["summaries"] == {"id": min(ids)}
    grouped = of("maximum", grouping=[{"field": "sg_status_list", "type": "exact", "direction": "asc"}])["groups"]
    assert {group["group_value"]: group["summaries"]["id"] for group in grouped} == {"fin": ids[1], "ip": ids[2]}


def test_the_day_is_a_date(sg: Any, project: dict[str, Any]) -> None:
    made = sg.create("Task", {"content": "x", "project": project, "start_date": date(2026, 1, 5), "duration": 480})
    assert dates(sg, made)[1] == "2026-01-05"


# --- batches that delete, and batches with templates -----------------------------------------------------------------


def test_a_batch_deletes_as_a_call_does(sg: Any, project: dict[str, Any]) -> None:
    task = sg.create("Task", {"content": "x", "project": project})
    version = sg.create("Version", {"code": "v", "project": project, "sg_task": task})
    assert sg.batch([{"request_type": "delete", "entity_type": "Task", "entity_id": task["id"]}]) == [True]
    assert [row["id"] for row in sg.find("Task", [["project", "is", project]], retired_only=True)] == [task["id"]]
    assert sg.find_one("Version", [["id", "is", version["id"]]], ["sg_task"])["sg_task"] is None
    assert sg.revive("Task", task["id"]) is True
    assert sg.find_one("Version", [["id", "is", version["id"]]], ["sg_task"])["sg_task"]["id"] == task["id"]


def test_a_batch_that_fails_leaves_nothing_of_a_template(sg: Any, project: dict[str, Any]) -> None:
    template = sg.create("TaskTemplate", {"code": "for shots", "entity_type": "Shot"})
    sg.create("Task", {"content": "comp", "task_template": template})
    shot = sg.create("Shot", {"code": "a", "project": project})
    last = sg.find("EventLogEntry", [], ["id"], [{"field_name": "id", "direction": "desc"}], limit=1)[0]["id"]
    update = {
        "request_type": "update",
        "entity_type": "Shot",
        "entity_id": shot["id"],
        "data": {"task_template": template},
    }
    with pytest.raises(Fault):
        sg.batch([update, {"request_type": "delete", "entity_type": "Shot", "entity_id": 10**6}])
    assert sg.find("Task", [["entity", "is", shot]]) == []
    assert sg.find_one("Shot", [["id", "is", shot["id"]]], ["task_template"])["task_template"] is None
    assert sg.find("EventLogEntry", [["id", "greater_than", last]]) == []


# --- odds and ends ---------------------------------------------------------------------------------------------------


def test_what_a_project_hides_of_a_status_list(sg: Any, project: dict[str, Any]) -> None:
    def told(*of: dict[str, Any]) -> dict[str, Any]:
        return dict(sg.schema_field_read("Version", "sg_status_list", *of)["sg_status_list"]["properties"])

    assert sg.schema_field_update("Version", "sg_status_list", {"hidden_values": ["rev"]}, project) is True
    assert told(project)["hidden_values"]["value"] == ["rev"]
    assert told()["hidden_values"]["value"] == []
    assert told(project)["valid_values"] == told()["valid_values"]
    made = sg.create("Version", {"code": "v", "project": project, "sg_status_list": "rev"}, ["sg_status_list"])
    assert made["sg_status_list"] == "rev"  # hidden from people, not from scripts


def test_client_notes_are_not_made_by_scripts(sg: Any, project: dict[str, Any]) -> None:
    with pytest.raises(Fault, match="Client Notes can not be created through the API"):
        sg.create("Note", {"project": project, "client_note": True})
    note = sg.create("Note", {"project": project, "subject": "s", "client_note": False, "sg_note_type": "Client"})
    with pytest.raises(Fault, match=r"Note\.client_note is editable on create only"):
        sg.update("Note", note["id"], {"client_note": True})
    found = sg.find_one("Note", [["id", "is", note["id"]]], ["client_note", "sg_note_type"])
    assert (found["client_note"], found["sg_note_type"]) == (False, "Client")


def test_notes_about_a_thing_by_its_name(sg: Any, project: dict[str, Any]) -> None:
    shot = sg.create("Shot", {"code": "sh010", "project": project})
    note = sg.create("Note", {"project": project, "subject": "s", "note_links": [shot]})
    mine = ["project", "is", project]
    for path in ("note_links.Shot.cached_display_name", "note_links.Shot.code"):
        assert [row["id"] for row in sg.find("Note", [mine, [path, "is", "sh010"]])] == [note["id"]]
        assert path not in sg.find_one("Note", [mine], [path])
    for path in ("note_links.ZzNotAType.code", "note_links.Shot.zz_not_a_field"):
        with pytest.raises(Fault, match="doesn't exist"):
            sg.find("Note", [[path, "is", "x"]])


def test_a_link_names_the_types_that_it_takes(sg: Any, project: dict[str, Any]) -> None:
    task = sg.create("Task", {"content": "x", "project": project})
    with pytest.raises(Fault) as caught:
        sg.create("TimeLog", {"project": project, "entity": task, "user": project})
    assert "Update failed for [TimeLog.user]: HumanUser" in str(caught.value)
    assert "expected, got Project" in str(caught.value)


def test_a_shot_is_in_one_sequence(sg: Any, project: dict[str, Any]) -> None:
    shot = sg.create("Shot", {"code": "a", "project": project})
    first = sg.create("Sequence", {"code": "s1", "project": project, "shots": [shot]})
    sg.create("Sequence", {"code": "s2", "project": project, "shots": [shot]})
    assert sg.find_one("Sequence", [["id", "is", first["id"]]], ["shots"])["shots"] == []


@pytest.mark.parametrize(("mode", "given", "left"), [
    ("set", "ab", "ab"), ("set", "bc", "bc"), ("set", "", ""), ("add", "ad", "abcd"), ("remove", "ad", "bc"),
])  # fmt: skip
def test_a_list_of_children_keeps_what_stays(
    sg: Any, project: dict[str, Any], mode: str, given: str, left: str
) -> None:
    sequence = sg.create("Sequence", {"code": "SQ", "project": project})
    shots = {
        name: sg.create("Shot", {"code": name, "project": project, "sg_sequence": sequence if name in "abc" else None})
        for name in "abcd"
    }
    modes, sent = {"shots": mode}, {"shots": [shots[name] for name in given]}
    updated = sg.update("Sequence", sequence["id"], sent, multi_entity_update_modes=modes)
    assert "".join(sorted(shot["name"] for shot in updated["shots"])) == left
    within = sg.find("Shot", [["sg_sequence", "is", sequence]], ["code"])
    assert "".join(shot["code"] for shot in within) == left


def test_what_is_written_from_the_other_side_is_written_with_the_rest_or_not_at_all(
    sg: Any, project: dict[str, Any]
) -> None:
    sequence = sg.create("Sequence", {"code": "sq", "project": project, "description": "old"})
    one, two = (sg.create("Shot", {"code": name, "project": project}) for name in ("one", "two"))
    ghost = {"type": "Shot", "id": 99_999}
    with pytest.raises(Fault):
        sg.update("Sequence", sequence["id"], {"description": "new", "shots": [one, ghost]})
    found = sg.find_one("Sequence", [["id", "is", sequence["id"]]], ["description", "shots"])
    assert (found["description"], found["shots"]) == ("old", [])
    sg.update("Sequence", sequence["id"], {"description": "new", "shots": [one, two]})
    found = sg.find_one("Sequence", [["id", "is", sequence["id"]]], ["description", "shots"])
    assert (found["description"], [shot["name"] for shot in found["shots"]]) == ("new", ["one", "two"])
    changes = [
        {"request_type": "update", "entity_type": "Sequence", "entity_id": sequence["id"], "data": {"shots": [two]}},
        {"request_type": "delete", "entity_type": "Asset", "entity_id": 99_999},
    ]
    with pytest.raises(Fault, match="request with index 1 failed"):
        sg.batch(changes)
    assert len(sg.find_one("Sequence", [["id", "is", sequence["id"]]], ["shots"])["shots"]) == 2
