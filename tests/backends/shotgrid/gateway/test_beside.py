"""What an AYON behind the gateway has no place for, kept beside it; the AYON is its gateway over the store, over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import shotgun_api3

import trackerkit
from trackerkit.demo.png import png
from trackerkit.state.passwords import Cost
from trackerkit.tracker import Tracker
from trackerkit_shotgrid.gateway.context import ShotgridSettings

CHEAP = Cost(2**4, 1, 1)
SETTINGS = ShotgridSettings(beside=True, status_codes=True)


@pytest.fixture(scope="module")
def inside(ayon: tuple[str, str]) -> Iterator[Tracker]:
    """The AYON itself."""
    with trackerkit.connect(ayon[0], api_key=ayon[1]) as tracker:
        yield tracker


@pytest.fixture(scope="module")
def gateway_settings() -> ShotgridSettings:
    return SETTINGS


@pytest.fixture(scope="module")
def sg(gateways: Any) -> Any:
    return gateways.connect()


@pytest.fixture(scope="module")
def project(sg: Any) -> dict[str, Any]:
    made = sg.create("Project", {"name": "Big Buck Bunny"})
    return {"type": "Project", "id": made["id"], "name": "Big Buck Bunny"}


@pytest.fixture(scope="module")
def shot(sg: Any, project: dict[str, Any]) -> dict[str, Any]:
    made = sg.create("Shot", {"code": "SH 010 (wide)", "project": project})
    return {"type": "Shot", "id": made["id"]}


def is_(record: dict[str, Any]) -> list[Any]:
    return [["id", "is", record["id"]]]


# --- names -----------------------------------------------------------------------------------------------------------


def test_a_name_that_ayon_refuses_is_kept_as_it_was_given(sg: Any, inside: Tracker, shot: dict[str, Any]) -> None:
    assert sg.find_one("Shot", is_(shot), ["code"])["code"] == "SH 010 (wide)"
    assert [(row.name, row["label"]) for row in inside.find("Shot", fields=["name", "label"])] == [
        ("SH_010_wide_", "SH 010 (wide)")
    ]


@pytest.mark.parametrize(
    "condition",
    [
        ["code", "is", "SH 010 (wide)"],
        ["code", "is", "sh 010 (WIDE)"],
        ["code", "in", ["other", "SH 010 (wide)"]],
        ["code", "contains", "10 (w"],
        ["code", "is_not", "SH_010_wide_"],
        ["project.Project.name", "is", "Big Buck Bunny"],
    ],
)
def test_records_are_found_by_the_name_as_it_was_given(sg: Any, shot: dict[str, Any], condition: list[Any]) -> None:
    assert shot["id"] in [row["id"] for row in sg.find("Shot", [condition])]


def test_the_made_name_finds_nothing(sg: Any, shot: dict[str, Any]) -> None:
    assert sg.find("Shot", [["code", "is", "SH_010_wide_"]]) == []


def test_two_records_of_one_name_have_two_in_ayon(sg: Any, inside: Tracker, project: dict[str, Any]) -> None:
    twins = [sg.create("Asset", {"code": "the hero", "project": project}) for _ in range(2)]
    found = sg.find("Asset", [["code", "is", "the hero"]], ["code"])
    assert [row["id"] for row in found] == [row["id"] for row in twins]
    names = [row.name for row in inside.find("Asset", fields=["name"])]
    assert len(set(names)) == 2
    assert all(name.startswith("the_hero") for name in names)


def test_who_renames_a_record_in_ayon_gives_it_a_new_name(sg: Any, inside: Tracker, project: dict[str, Any]) -> None:
    asset = sg.create("Asset", {"code": "old name", "project": project})
    inside.update(inside.find_one("Asset", trackerkit.field("name") == "old_name"), name="new_one")
    assert sg.find_one("Asset", is_(asset), ["code"])["code"] == "new_one"


def test_a_record_can_be_renamed(sg: Any, inside: Tracker, project: dict[str, Any]) -> None:
    asset = sg.create("Asset", {"code": "first name", "project": project})
    sg.update("Asset", asset["id"], {"code": "second name"})
    assert sg.find_one("Asset", [["code", "is", "second name"]])["id"] == asset["id"]
    assert inside.find_one("Asset", trackerkit.field("label") == "second name", fields=["name"]).name == "second_name"


def test_a_project_of_a_taken_name_is_refused(sg: Any, project: dict[str, Any]) -> None:
    with pytest.raises(shotgun_api3.Fault, match="required to be unique"):
        sg.create("Project", {"name": "Big Buck Bunny"})


# --- fields ----------------------------------------------------------------------------------------------------------


def test_a_field_without_an_attribute_is_kept_in_data(sg: Any, inside: Tracker, shot: dict[str, Any]) -> None:
    sg.update("Shot", shot["id"], {"head_in": 1001})
    sg.update("Shot", shot["id"], {"tail_out": 1100})
    found = sg.find_one("Shot", is_(shot), ["head_in", "tail_out", "code", "smart_head_in"])
    assert (found["head_in"], found["tail_out"], found["code"]) == (1001, 1100, "SH 010 (wide)")
    data = inside.find_one("Shot", fields=["data"])["data"]
    assert (data["shotgrid_head_in"], data["shotgrid_tail_out"]) == (1001, 1100)


def test_kept_fields_are_filtered_sorted_and_summed(sg: Any, project: dict[str, Any]) -> None:
    for at, value in enumerate((30, 10, None, 20)):
        sg.create("Shot", {"code": f"sorted {at}", "project": project, "sg_cut_duration": value})
    of = [["code", "starts_with", "sorted"]]
    order = [{"field_name": "sg_cut_duration", "direction": "desc"}]
    assert [row["sg_cut_duration"] for row in sg.find("Shot", of, ["sg_cut_duration"], order)] == [30, 20, 10, None]
    found = sg.find("Shot", [*of, ["sg_cut_duration", "greater_than", 15]], ["code"])
    assert sorted(row["code"] for row in found) == ["sorted 0", "sorted 3"]
    summed = sg.summarize("Shot", of, [{"field": "sg_cut_duration", "type": "sum"}])
    assert summed["summaries"] == {"sg_cut_duration": 60}


def test_a_kept_value_can_be_cleared(sg: Any, inside: Tracker, shot: dict[str, Any]) -> None:
    sg.update("Shot", shot["id"], {"head_out": 7})
    sg.update("Shot", shot["id"], {"head_out": None})
    assert sg.find_one("Shot", is_(shot), ["head_out"])["head_out"] is None
    assert "shotgrid_head_out" not in inside.find_one("Shot", fields=["data"])["data"]


def test_fields_of_people_are_kept_in_the_state(sg: Any) -> None:
    made = sg.create("HumanUser", {"login": "ada", "name": "Ada Low", "firstname": "Ada"})
    assert sg.find_one("HumanUser", [["firstname", "is", "Ada"]], ["login"])["id"] == made["id"]


def test_fields_can_be_made_and_deleted(sg: Any, gateways: Any, shot: dict[str, Any]) -> None:
    name = sg.schema_field_create("Shot", "number", "Lens Count")
    sg.update("Shot", shot["id"], {name: 3})
    other = gateways.connect()
    assert other.find_one("Shot", [[name, "is", 3]], [name]) == {"type": "Shot", "id": shot["id"], name: 3}
    assert other.schema_field_update("Shot", name, {"name": "Lenses"})
    assert sg.schema_field_read("Shot", name)[name]["name"]["value"] == "Lenses"
    assert sg.schema_field_delete("Shot", name)
    assert name not in other.schema_field_read("Shot")


# --- types -----------------------------------------------------------------------------------------------------------


def test_a_type_that_ayon_has_not_is_kept_beside_it(sg: Any, gateways: Any) -> None:
    made = sg.create("LocalStorage", {"code": "primary", "linux_path": "/shows"})
    other = gateways.connect()
    found = other.find_one("LocalStorage", [["code", "is", "primary"]], ["linux_path", "code"])
    assert found == {"type": "LocalStorage", "id": made["id"], "code": "primary", "linux_path": "/shows"}
    other.update("LocalStorage", made["id"], {"linux_path": "/new"})
    assert sg.find_one("LocalStorage", is_(made), ["linux_path"])["linux_path"] == "/new"


def test_a_kept_record_links_to_ayons(sg: Any, inside: Tracker, project: dict[str, Any]) -> None:
    scene = sg.create("Shot", {"code": "linked shot", "project": project})
    target = {"type": "Shot", "id": scene["id"]}
    made = sg.create("Cut", {"code": "rough", "project": project, "entity": target})
    assert sg.find_one("Cut", is_(made), ["entity", "project"])["entity"] == {**target, "name": "linked shot"}
    for condition in (["entity", "is", target], ["entity.Shot.code", "is", "linked shot"], ["project", "is", project]):
        assert sg.find_one("Cut", [condition])["id"] == made["id"], condition
    sg.delete("Shot", scene["id"])
    assert sg.find_one("Cut", is_(made), ["entity"])["entity"] is None


def test_a_kept_record_is_retired_and_revived(sg: Any) -> None:
    made = sg.create("Department", {"name": "Lookdev", "code": "LDV"})
    assert sg.delete("Department", made["id"]) is True
    assert sg.delete("Department", made["id"]) is False
    assert sg.find_one("Department", is_(made)) is None
    assert sg.find_one("Department", is_(made), retired_only=True)["id"] == made["id"]
    assert sg.revive("Department", made["id"]) is True
    assert sg.find_one("Department", is_(made))["id"] == made["id"]


def test_a_new_site_starts_with_lists(sg: Any) -> None:
    assert {"Artist", "Admin"} <= {row["code"].title() for row in sg.find("PermissionRuleSet", [], ["code"])}
    assert sg.find_one("Page", [], ["last_accessed"])["last_accessed"] is not None


# --- what has no place -----------------------------------------------------------------------------------------------


def test_a_step_of_no_project_is_kept_beside_ayon(sg: Any) -> None:
    made = sg.create("Step", {"code": "previz", "entity_type": "Shot"})
    assert sg.find_one("Step", [["entity_type", "is", "Shot"], ["code", "is", "previz"]])["id"] == made["id"]


def test_a_note_about_nothing_hangs_on_a_house(sg: Any, inside: Tracker, project: dict[str, Any]) -> None:
    made = sg.create("Note", {"project": project, "subject": "party", "content": "on Friday"})
    found = sg.find_one("Note", [["content", "contains", "friday"]], ["subject", "note_links", "project"])
    assert (found["id"], found["subject"], found["note_links"]) == (made["id"], "party", [])
    assert found["project"] == project
    assert [
        row["links"][0].label for row in inside.find("Note", fields=["subject", "links"]) if row["subject"] == "party"
    ]


def test_a_version_of_nothing_is_in_ayon(sg: Any, inside: Tracker, project: dict[str, Any], tmp_path: Path) -> None:
    loose = sg.create("Version", {"project": project, "code": "loose take"})
    shot = sg.create("Shot", {"project": project, "code": "with a take"})
    target = {"type": "Shot", "id": shot["id"]}
    tied = sg.create("Version", {"project": project, "code": "tied take", "entity": target})
    assert {row.name for row in inside.find("Version")} >= {"loose take", "tied take"}
    assert sg.find_one("Version", is_(loose), ["entity"])["entity"] is None
    of = ["code", "ends_with", "take"]
    assert [row["id"] for row in sg.find("Version", [of, ["entity", "is", None]])] == [loose["id"]]
    assert [row["id"] for row in sg.find("Version", [of, ["entity", "is_not", None]])] == [tied["id"]]
    assert [row["id"] for row in sg.find("Version", [of, ["entity", "is", target]])] == [tied["id"]]
    assert [row["id"] for row in sg.find("Version", [of, ["entity.Shot.code", "is", "with a take"]])] == [tied["id"]]
    picture = tmp_path / "a.png"
    picture.write_bytes(png(8, 8, bytes((1, 2, 3)) * 64))
    assert sg.upload_thumbnail("Version", loose["id"], str(picture))
    assert sg.find_one("Version", is_(loose), ["image"])["image"]


def test_a_task_of_nothing_moves_to_a_shot(sg: Any, project: dict[str, Any], shot: dict[str, Any]) -> None:
    made = sg.create("Task", {"project": project, "content": "plan it all"})
    assert sg.find_one("Task", is_(made), ["entity", "content"])["entity"] is None
    sg.update("Task", made["id"], {"entity": shot})
    assert sg.find_one("Task", [["entity", "is", shot], ["content", "is", "plan it all"]])["id"] == made["id"]


def test_a_picture_without_a_place_is_an_attachment_in_ayon(sg: Any, shot: dict[str, Any], tmp_path: Path) -> None:
    picture = tmp_path / "strip.png"
    picture.write_bytes(png(8, 8, bytes((4, 5, 6)) * 64))
    sg.upload("Shot", shot["id"], str(picture), "filmstrip_image")
    url = sg.find_one("Shot", is_(shot), ["filmstrip_image"])["filmstrip_image"]
    assert sg.download_attachment({"url": url}) == picture.read_bytes()


def test_a_new_project_has_shotgrids_statuses(sg: Any, inside: Tracker, project: dict[str, Any]) -> None:
    made = sg.create("Shot", {"project": project, "code": "final one", "sg_status_list": "fin"})
    assert sg.find_one("Shot", [["sg_status_list", "is", "fin"]], ["sg_status_list"])["id"] == made["id"]
    assert inside.find_one("Shot", trackerkit.field("label") == "final one", fields=["status"])["status"] == "Final"


def test_what_ayon_can_only_delete_is_retired_beside_it(sg: Any, project: dict[str, Any], shot: dict[str, Any]) -> None:
    made = sg.create("Note", {"project": project, "subject": "a", "content": "b", "note_links": [shot]})
    assert sg.delete("Note", made["id"]) is True
    assert sg.find_one("Note", is_(made)) is None
    assert sg.find_one("Note", is_(made), retired_only=True)["id"] == made["id"]
    assert sg.revive("Note", made["id"]) is True
    assert sg.find_one("Note", is_(made), ["note_links"])["note_links"][0]["id"] == shot["id"]


def test_a_retired_user_is_switched_off_in_ayon(sg: Any, inside: Tracker) -> None:
    made = sg.create("HumanUser", {"login": "grace", "name": "Grace Hop"})
    who = trackerkit.field("name") == "grace"
    assert sg.delete("HumanUser", made["id"]) is True
    assert inside.find_one("User", who, fields=["active"])["active"] is False
    assert sg.find("HumanUser", is_(made)) == []
    assert sg.revive("HumanUser", made["id"]) is True
    assert inside.find_one("User", who, fields=["active"])["active"] is True


def test_a_batch_writes_to_both(sg: Any, project: dict[str, Any], shot: dict[str, Any]) -> None:
    asked = [
        {
            "request_type": "create",
            "entity_type": "Shot",
            "data": {"code": "in batch", "project": project, "head_in": 5},
        },
        {"request_type": "create", "entity_type": "LocalStorage", "data": {"code": "second"}},
        {"request_type": "update", "entity_type": "Shot", "entity_id": shot["id"], "data": {"tail_in": 9}},
    ]
    made = sg.batch(asked)
    assert sg.find_one("Shot", is_(made[0]), ["head_in"])["head_in"] == 5
    assert sg.find_one("LocalStorage", is_(made[1]), ["code"])["code"] == "second"
    assert sg.find_one("Shot", is_(shot), ["tail_in"])["tail_in"] == 9


def test_numbers_and_records_stay_when_the_gateway_starts_anew(
    sg: Any, gateways: Any, shot: dict[str, Any], project: dict[str, Any]
) -> None:
    sg.create("LocalStorage", {"code": "third"})
    sg.create("Note", {"subject": "stays", "project": project})
    for name in ("Shot", "LocalStorage", "Note", "Step"):
        ids = {row["id"] for row in sg.find(name, [])}
        assert ids
        assert {row["id"] for row in gateways.connect().find(name, [])} == ids


def test_pages_end_where_nothing_more_is_found(sg: Any, project: dict[str, Any]) -> None:
    made = sg.create("Shot", {"code": "the last one", "project": project, "head_in": 5_150})
    assert sg.find("Shot", [["code", "is", "there is no such one"]], limit=3) == []
    assert [row["id"] for row in sg.find("Shot", [["head_in", "is", 5_150]])] == [made["id"]]


def test_each_project_has_steps_of_its_own_whose_names_are_shared(sg: Any) -> None:
    tasks, steps = [], []
    for name in ("near", "far"):
        home = sg.create("Project", {"name": name})
        shot = sg.create("Shot", {"code": "s", "project": home})
        steps.append(sg.create("Step", {"code": "Shared", "project": home}))
        made = {"content": name, "project": home, "entity": shot, "step": steps[-1]}
        tasks.append(sg.create("Task", made))
    assert [task["step"]["id"] for task in tasks] == [step["id"] for step in steps]
    for task, step in zip(tasks, steps, strict=True):
        assert [row["id"] for row in sg.find("Step", is_(step))] == [step["id"]]
        assert [row["id"] for row in sg.find("Task", [["step", "is", step]])] == [task["id"]]


# --- links that change -----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pair(sg: Any, project: dict[str, Any]) -> list[dict[str, Any]]:
    """Two Shots."""
    return [sg.create("Shot", {"code": code, "project": project}) for code in ("from", "to")]


def test_a_version_goes_to_another_shot_and_to_none(
    sg: Any, project: dict[str, Any], pair: list[dict[str, Any]]
) -> None:
    stays = sg.create("Version", {"code": "comp_v002", "project": project, "entity": pair[1]})
    goes = sg.create("Version", {"code": "comp_v002", "project": project, "entity": pair[0]})
    for entity in (pair[1], None, pair[0]):
        assert sg.update("Version", goes["id"], {"entity": entity})["entity"] == (entity and {
            "type": "Shot", "id": entity["id"], "name": entity["code"],
        })  # fmt: skip
        found = sg.find("Version", [["entity", "is", entity], ["id", "in", [stays["id"], goes["id"]]]], ["code"])
        assert goes["id"] in [row["id"] for row in found]
        assert {row["code"] for row in found} == {"comp_v002"}


def test_a_task_leaves_its_shot(sg: Any, project: dict[str, Any], pair: list[dict[str, Any]]) -> None:
    tasks = [sg.create("Task", {"content": "roto", "project": project, "entity": shot}) for shot in pair]
    for task in tasks:
        assert sg.update("Task", task["id"], {"entity": None})["entity"] is None
    assert sg.update("Shot", pair[0]["id"], {"tasks": tasks[:1]})["tasks"][0]["id"] == tasks[0]["id"]
    assert sg.update("Shot", pair[0]["id"], {"tasks": []})["tasks"] == []
    found = sg.find("Task", [["id", "in", [task["id"] for task in tasks]]], ["content", "entity"])
    assert [(row["content"], row["entity"]) for row in found] == [("roto", None)] * 2


def test_links_to_versions_bear_their_codes(sg: Any, project: dict[str, Any], pair: list[dict[str, Any]]) -> None:
    version = sg.create("Version", {"code": "look_v001", "project": project, "entity": pair[0]})
    playlist = sg.create("Playlist", {"code": "dailies", "project": project, "versions": [version]})
    assert [item["name"] for item in playlist["versions"]] == ["look_v001"]


def test_a_published_file_without_a_version_keeps_its_type(
    sg: Any, project: dict[str, Any], pair: list[dict[str, Any]]
) -> None:
    kind = sg.create("PublishedFileType", {"code": "Plate"})
    first = {"code": "plate", "project": project, "entity": pair[0], "published_file_type": kind}
    for fields in (first, {**first, "entity": None}):
        made = sg.create("PublishedFile", fields, ["published_file_type.PublishedFileType.code"])
        assert made["published_file_type"] == {"type": "PublishedFileType", "id": kind["id"], "name": "Plate"}
        assert made["published_file_type.PublishedFileType.code"] == "Plate"
        assert made["id"] in [row["id"] for row in sg.find("PublishedFile", [["published_file_type", "is", kind]])]
        shown = [row["sg_published_files"] for row in sg.find("Shot", is_(pair[0]), ["sg_published_files"])]
        assert (made["id"] in [file["id"] for file in shown[0]]) == (fields is first)


def test_a_group_of_people_is_theirs(sg: Any) -> None:
    person = sg.create("HumanUser", {"login": "ada.l", "name": "Ada", "email": "ada@example.test"})
    group = sg.create("Group", {"code": "Leads", "users": [person]})
    assert [item["id"] for item in sg.find_one("HumanUser", is_(person), ["groups"])["groups"]] == [group["id"]]
    sg.delete("Group", group["id"])
    assert sg.find_one("HumanUser", is_(person), ["groups"])["groups"] == []
