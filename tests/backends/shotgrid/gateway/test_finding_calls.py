"""Calls that find records in other ways than ``read``: text search, presets, threads of notes, the activity stream."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import shotgun_api3

from trackerkit_shotgrid.gateway.files import pending_png

Entity = dict[str, Any]


def named(sg: Any, project: Entity, type: str, *codes: str, **more: Any) -> list[Entity]:
    requests = [
        {"request_type": "create", "entity_type": type, "data": {"code": code, "project": project, **more}} for code in codes
    ]  # fmt: skip
    return [{"type": type, "id": item["id"]} for item in sg.batch(requests)]


# --- text search -----------------------------------------------------------------------------------------------------


def test_text_search_finds_every_word_in_any_order_and_case(sg: Any, project: Entity) -> None:
    shots = named(sg, project, "Shot", "Bunny runs 010", "runs 020", "BUNNY sleeps")
    found = sg.text_search("runs bunny", {"Shot": []})
    assert found["terms"] == ["runs", "bunny"]
    assert [item["id"] for item in found["matches"]] == [shots[0]["id"]]
    assert found["matches"][0] == {
        "id": shots[0]["id"], "type": "Shot", "name": "Bunny runs 010", "project_id": project["id"], "image": None,
        "links": ["", ""], "status": found["matches"][0]["status"],
    }  # fmt: skip


def test_text_search_tells_the_shortest_names_first(sg: Any, project: Entity) -> None:
    named(sg, project, "Shot", "the bunny", "bunny 2")
    named(sg, project, "Asset", "bunny")
    matches = sg.text_search("bunny", {"Shot": [], "Asset": []})["matches"]
    assert [(item["type"], item["name"]) for item in matches] == [
        ("Asset", "bunny"),
        ("Shot", "bunny 2"),
        ("Shot", "the bunny"),
    ]
    about = sg.create(
        "Version", {"code": "v1", "project": project, "entity": sg.find_one("Shot", [["code", "is", "bunny 2"]])}
    )
    sg.create("Version", {"code": "v2", "project": project, "description": "bunny"})
    assert [item["id"] for item in sg.text_search("bunny", {"Version": []})["matches"]] == [about["id"]]


def test_text_search_is_limited_filtered_and_kept_to_projects(sg: Any, project: Entity) -> None:
    other = sg.create("Project", {"name": "Sintel"})
    named(sg, project, "Shot", *(f"sh{number:03}" for number in range(12)))
    named(sg, other, "Shot", "sh900")
    assert len(sg.text_search("sh", {"Shot": []})["matches"]) == 10
    assert len(sg.text_search("sh", {"Shot": []}, limit=3)["matches"]) == 3
    assert [m["name"] for m in sg.text_search("sh", {"Shot": []}, project_ids=[other["id"]])["matches"]] == ["sh900"]
    assert sg.text_search("sh", {"Shot": []}, project_ids=[10**6])["matches"] == []
    filters = [{"filter_operator": "any", "filters": [["code", "ends_with", "4"], ["code", "is", "SH005"]]}]
    names = {match["name"] for match in sg.text_search("sh", {"Shot": filters})["matches"]}
    assert names == {"sh004", "sh005"}


def test_text_search_tells_what_a_task_belongs_to(sg: Any, project: Entity) -> None:
    shot = named(sg, project, "Shot", "sh010")[0]
    sg.create("Task", {"content": "comp", "entity": shot, "project": project})
    assert sg.text_search("comp", {"Task": []})["matches"][0]["links"] == ["Shot", "sh010"]


@pytest.mark.parametrize(
    ("argument", "text"),
    [
        ({"text": "  ", "entity_types": {"Shot": None}}, "'text'"),
        ({"text": "a", "entity_types": ["Shot"]}, "'entity_types'"),
        ({"text": "a", "entity_types": {"Wombat": None}}, "Wombat"),
        ({"text": "a", "entity_types": {"Shot": None}, "max_results": -1}, "'max_results'"),
        ({"text": "a", "entity_types": {"Shot": None}, "project_ids": ["1"]}, "'project_ids'"),
        ({"text": "a", "entity_types": {"Shot": {"conditions": 1}}}, "logical operator"),
    ],
)
def test_text_search_refuses(sg: Any, argument: dict[str, Any], text: str) -> None:
    with pytest.raises(shotgun_api3.Fault, match=text):
        sg._call_rpc("query_display_name_cache", argument)


# --- presets ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def versions(sg: Any, project: Entity) -> dict[str, Entity]:
    """Two versions of one shot, one of another, one of none."""
    first, second = named(sg, project, "Shot", "sh010", "sh020")
    made = {}
    for code, entity in (("a1", first), ("b1", second), ("a2", first), ("none", None)):
        found = sg.create("Version", {"code": code, "entity": entity, "project": project})
        made[code] = {"type": "Version", "id": found["id"]}
    return made


def latest(sg: Any, type: str, filters: list[Any], kind: str, **parts: Any) -> list[str]:
    presets = [{"preset_name": "LATEST", "latest_by": kind}]
    found = sg.find(type, filters, ["code"], additional_filter_presets=presets, **parts)
    return [item["code"] for item in found]


def test_preset_latest_keeps_one_version_an_entity(sg: Any, project: Entity, versions: dict[str, Entity]) -> None:
    here = [["project", "is", project]]
    assert latest(sg, "Version", here, "ENTITIES_CREATED_AT") == ["b1", "a2", "none"]
    assert latest(sg, "Version", here, "ENTITIES_CREATED_AT", order=[{"field_name": "code", "direction": "desc"}]) == [
        "none", "b1", "a2",
    ]  # fmt: skip
    assert latest(sg, "Version", [*here, ["code", "is_not", "a2"]], "ENTITIES_CREATED_AT") == ["a1", "b1", "none"]
    assert latest(sg, "Version", here, "BY_PIPELINE_STEP_NUMBER_AND_ENTITIES_CREATED_AT") == ["b1", "a2", "none"]
    assert latest(sg, "Version", here, "ENTITIES_CREATED_AT", limit=1) == ["b1"]


def test_preset_latest_by_version_number(sg: Any, project: Entity) -> None:
    shot = named(sg, project, "Shot", "sh010")[0]
    for number in (2, 10, 9):
        fields = {
            "code": f"comp_{number}",
            "name": "comp",
            "version_number": number,
            "entity": shot,
            "project": project,
        }
        sg.create("PublishedFile", fields)
    assert latest(sg, "PublishedFile", [], "VERSION_NUMBER") == ["comp_10"]
    assert latest(sg, "PublishedFile", [], "ENTITIES_CREATED_AT") == ["comp_9"]


@pytest.mark.parametrize(
    "presets",
    [
        [{}], 3, [3], {"preset_name": "LATEST"}, [{"preset_name": "WOMBAT"}], [{"preset_name": ["LATEST"]}],
        [{"preset_name": "LATEST"}], [{"preset_name": "LATEST", "latest_by": "VERSION_NUMBER"}],
        [{"preset_name": "LATEST", "latest_by": "ENTITIES_CREATED_AT"}] * 2,
        [{"preset_name": "CUT_SHOT_VERSIONS", "cut_id": 10**6}], [{"preset_name": "CUT_SHOT_VERSIONS"}],
    ],
)  # fmt: skip
def test_preset_refused(sg: Any, presets: Any) -> None:
    with pytest.raises(shotgun_api3.Fault, match=r"API read\(\)"):
        sg.find("Version", [], additional_filter_presets=presets)


# --- threads ---------------------------------------------------------------------------------------------------------


def test_note_thread_is_told_from_the_oldest_on(sg: Any, project: Entity, tmp_path: Path) -> None:
    note = sg.create("Note", {"subject": "Fix", "content": "Too dark", "project": project})
    reply = sg.create("Reply", {"content": "On it", "entity": note})
    picture = tmp_path / "frame.png"
    picture.write_bytes(pending_png())
    attachment = sg.upload("Note", note["id"], str(picture), "attachments")
    found = sg.note_thread_read(note["id"], {"Note": ["subject"], "Attachment": ["filename"]})
    assert [(item["type"], item["id"]) for item in found] == [
        ("Note", note["id"]), ("Reply", reply["id"]), ("Attachment", attachment),
    ]  # fmt: skip
    assert found[0]["subject"] == "Fix"
    assert set(found[0]) == {"type", "id", "content", "created_at", "created_by", "subject"}
    assert found[1]["content"] == "On it"
    assert found[1]["user"]["name"] == "tests"
    assert found[1]["user"]["image"] is None
    assert found[2]["filename"] == "frame.png"
    same = sg.find_one("Note", [["id", "is", note["id"]]], ["content", "created_at", "created_by", "subject"])
    assert found[0] == same
    with pytest.raises(shotgun_api3.Fault, match="does not exist"):
        sg.note_thread_read(10**6)


# --- the activity stream ---------------------------------------------------------------------------------------------


def test_activity_stream_tells_what_happened_the_newest_first(sg: Any, project: Entity) -> None:
    shot = sg.create("Shot", {"code": "sh010", "project": project, "description": "Run"})
    sg.create("Shot", {"code": "sh020", "project": project})
    note = sg.create("Note", {"subject": "Look", "content": "!", "project": project, "note_links": [shot]})
    sg.update("Note", note["id"], {"content": "?"})
    sg.update("Shot", shot["id"], {"description": "Walk"})
    found = sg.activity_stream_read("Shot", shot["id"], entity_fields={"Shot": ["description"]})
    told = [(item["update_type"], item["meta"]["entity_type"]) for item in found["updates"]]
    assert told == [("update", "Shot"), ("create", "Note"), ("create", "Shot")]
    newest, _, oldest = found["updates"]
    assert (found["latest_update_id"], found["earliest_update_id"]) == (newest["id"], oldest["id"])
    assert newest["meta"]["attribute_name"] == "description"
    assert (newest["meta"]["old_value"], newest["meta"]["new_value"]) == ("Run", "Walk")
    assert oldest["primary_entity"]["description"] == "Walk"
    assert oldest["primary_entity"]["name"] == "sh010"


def test_activity_stream_is_paged_by_its_ids(sg: Any, project: Entity) -> None:
    shot = sg.create("Shot", {"code": "sh010", "project": project})
    for number in range(3):
        sg.update("Shot", shot["id"], {"description": f"take {number}"})
    ids = [item["id"] for item in sg.activity_stream_read("Shot", shot["id"])["updates"]]
    assert len(ids) == 4
    assert ids == sorted(ids, reverse=True)

    def page(**parts: Any) -> list[int]:
        return [item["id"] for item in sg.activity_stream_read("Shot", shot["id"], **parts)["updates"]]

    assert page(limit=2) == ids[:2]
    assert page(max_id=ids[1]) == ids[2:]
    assert page(min_id=ids[1]) == ids[:1]
    for wrong in ({"limit": -1}, {"max_id": "1"}, {"entity_fields": {"Shot": "code"}}):
        with pytest.raises(shotgun_api3.Fault, match="activity_stream"):
            sg.activity_stream_read("Shot", shot["id"], **wrong)
    with pytest.raises(shotgun_api3.Fault, match="does not exist"):
        sg.activity_stream_read("Shot", 10**6)


# --- pages -----------------------------------------------------------------------------------------------------------


def test_export_page_checks_what_is_asked_and_says_that_there_is_nothing(sg: Any) -> None:
    with pytest.raises(shotgun_api3.Fault, match="'format' missing"):
        sg.export_page(11, None)
    with pytest.raises(shotgun_api3.Fault, match="'page_id' missing"):
        sg.export_page(None, "csv")
    with pytest.raises(shotgun_api3.Fault, match=r"^Export for Page id=11 not available$"):
        sg.export_page(11, "csv", layout_name="Mine")


# --- the tree --------------------------------------------------------------------------------------------------------


def test_nav_expand_goes_down_from_the_projects_to_records(sg: Any, project: Entity) -> None:
    sequence = named(sg, project, "Sequence", "SQ010")[0]
    shot = named(sg, project, "Shot", "sh010", sg_sequence=sequence)[0]
    named(sg, project, "Shot", "loose")
    root = sg.nav_expand("/")
    assert [(item["label"], item["path"]) for item in root["children"]] == [
        ("Big Buck Bunny", f"/Project/{project['id']}")
    ]
    home = sg.nav_expand(root["children"][0]["path"])
    assert [item["label"] for item in home["children"]] == ["Assets", "Shots"]
    assert home["ref"] == {"kind": "entity", "value": {"type": "Project", "id": project["id"]}}
    shots = sg.nav_expand(home["children"][1]["path"])
    assert [item["label"] for item in shots["children"]] == ["SQ010", "None"]
    assert shots["parent_path"] == home["path"]
    inside = sg.nav_expand(shots["children"][0]["path"])
    assert [item["ref"]["value"] for item in inside["children"]] == [shot]
    assert [item["label"] for item in sg.nav_expand(shots["children"][1]["path"])["children"]] == ["loose"]


def test_nav_search_tells_the_way_to_a_record(sg: Any, project: Entity) -> None:
    sequence = named(sg, project, "Sequence", "SQ010")[0]
    shot = named(sg, project, "Shot", "Bunny runs", sg_sequence=sequence)[0]
    by_text = sg.nav_search_string("/", "bunny")
    assert by_text[0]["ref"]["value"] == shot
    assert by_text[0]["path_label"] == "Big Buck Bunny > Shots > SQ010 > Bunny runs"
    assert sg.nav_expand(by_text[0]["incremental_path"][-2])["children"][0]["ref"]["value"] == shot
    assert sg.nav_search_entity(f"/Project/{project['id']}", shot) == by_text
    assert sg.nav_search_string("/Project/1000000", "bunny") == []


@pytest.mark.parametrize(
    "path", ["/Wombat", "/Project/x", "/Project/1000000", "/Project/1/Task", "/Project/1/Shot/code/1"]
)
def test_nav_expand_refuses(sg: Any, path: str) -> None:
    with pytest.raises(shotgun_api3.Fault, match="nav_expand"):
        sg.nav_expand(path)
