"""What a live site was seen to do, beyond its data types; docs/reference/shotgrid-differences.md lists what is otherwise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
import shotgun_api3
from shotgun_api3 import Fault

from trackerkit.testing.double import Double, double

PAGE = Path(__file__).parents[4] / "docs" / "reference" / "shotgrid-differences.md"


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


# --- creating and updating -------------------------------------------------------------------------------------------


def test_a_project_needs_a_name_alone_and_has_no_status(sg: Any, project: dict[str, Any]) -> None:
    found = sg.find_one("Project", [["id", "is", project["id"]]], ["sg_status", "is_template", "is_demo", "archived"])
    assert [found[name] for name in ("sg_status", "is_template", "is_demo", "archived")] == [None, False, False, False]
    with pytest.raises(Fault, match="unique"):
        sg.create("Project", {"name": project["name"]})
    pickable = sg.find("Project", [["is_template", "is", False], ["is_demo", "is", False], ["archived", "is", False]])
    assert project["id"] in [item["id"] for item in pickable]
    assert sg.find_one("Project", [["name", "is", "Template Project"]])["id"] not in [item["id"] for item in pickable]


@pytest.mark.parametrize(
    ("native", "field", "label"),
    [
        ("Version", "code", "Version"), ("Shot", "code", "Shot"), ("Asset", "code", "Asset"), ("Sequence", "code", "Sequence"),
        ("Task", "content", "Task"), ("Playlist", "code", "Playlist"), ("PublishedFile", "code", "Published File"),
    ],
)  # fmt: skip
def test_the_project_is_needed_and_the_name_is_made(
    sg: Any, project: dict[str, Any], native: str, field: str, label: str
) -> None:
    made = sg.create(native, {"project": project}, [field])
    assert made[field] == f"New {label} {made['id']}"
    with pytest.raises(Fault) as caught:
        sg.create(native, {field: "x"})
    assert f'API create() missing \'project\' attribute: {{"{field}" => "x"}}' in str(caught.value)
    twins = [sg.create(native, {field: "twin", "project": project}) for _ in range(2)]
    assert twins[0]["id"] != twins[1]["id"]


@pytest.mark.parametrize("native", ["Shot", "Sequence", "Asset", "Version", "Cut", "CutItem"])
def test_a_name_cannot_be_cleared(sg: Any, project: dict[str, Any], native: str) -> None:
    text = rf"Create failed for \[{native}\]: Cannot set identifier field to empty. \({native}\)"
    with pytest.raises(Fault, match=text):
        sg.create(native, {"project": project, "code": ""})
    made = sg.create(native, {"project": project, "code": "x"})
    for empty in ("", None):
        with pytest.raises(Fault, match=rf"Cannot set identifier field to empty. \({native}\)"):
            sg.update(native, made["id"], {"code": empty})
    assert sg.find_one(native, [["id", "is", made["id"]]], ["code"])["code"] == "x"


def test_a_time_log_needs_a_task_and_is_of_today(sg: Any, project: dict[str, Any]) -> None:
    task = sg.create("Task", {"content": "x", "project": project})
    made = sg.create("TimeLog", {"project": project, "entity": task}, ["date", "duration", "description", "user"])
    days = {datetime.now(timezone.utc).date() + timedelta(days=shift) for shift in (-1, 0)}
    assert made["date"] in {day.isoformat() for day in days}
    assert (made["duration"], made["description"], made["user"]) == (0, "New Time Log", None)
    with pytest.raises(Fault):
        sg.create("TimeLog", {"project": project, "entity": task, "user": project})


def test_anything_can_be_replied_to(sg: Any, project: dict[str, Any]) -> None:
    note = sg.create("Note", {"project": project, "subject": "s"})
    version = sg.create("Version", {"project": project, "code": "v"})
    for about in (note, version):
        made = sg.create("Reply", {"entity": about, "content": "seen"}, ["entity", "content"])
        assert (made["entity"]["type"], made["entity"]["id"]) == (about["type"], about["id"])
        assert [row["id"] for row in sg.find("Reply", [["entity", "is", about]])] == [made["id"]]
    # Taking a reply out of its note's list deletes it.
    (reply,) = sg.find_one("Note", [["id", "is", note["id"]]], ["replies"])["replies"]
    sg.update("Note", note["id"], {"replies": []})
    assert sg.find("Reply", [["id", "is", reply["id"]]]) == []


def test_a_note_may_have_no_subject(sg: Any, project: dict[str, Any]) -> None:
    assert sg.create("Note", {"project": project}, ["subject"])["subject"] is None


def test_a_link_is_a_hash_with_a_type(sg: Any, project: dict[str, Any]) -> None:
    shot = sg.create("Shot", {"code": "x", "project": project})
    for wrong in (shot["id"], {"id": shot["id"]}, "Shot"):
        with pytest.raises(Fault):
            sg.create("Version", {"code": "v", "project": project, "entity": wrong})


def test_when_something_was_made_is_told_at_creation_alone(sg: Any, project: dict[str, Any]) -> None:
    at = datetime(2020, 2, 3, 4, 5, 6, tzinfo=timezone.utc)
    task = sg.create("Task", {"content": "x", "project": project, "created_at": at}, ["created_at"])
    assert task["created_at"] == at
    with pytest.raises(Fault, match="editable on create only"):
        sg.update("Task", task["id"], {"created_at": at})
    with pytest.raises(Fault, match="editable on create only"):
        sg.update("Task", task["id"], {"updated_at": at})


def test_an_answer_to_a_write_holds_what_was_sent(sg: Any, project: dict[str, Any]) -> None:
    shot = sg.create("Shot", {"code": "x", "project": project, "sg_cut_in": 1})
    assert set(shot) == {"type", "id", "code", "project", "sg_cut_in"}
    assert set(sg.update("Shot", shot["id"], {"sg_cut_in": 2})) == {"type", "id", "sg_cut_in"}


def test_a_batch_is_whole_or_nothing(sg: Any, project: dict[str, Any]) -> None:
    good = {"request_type": "create", "entity_type": "Shot", "data": {"code": "batched", "project": project}}
    bad = {"request_type": "update", "entity_type": "Shot", "entity_id": 99_999_999, "data": {"code": "x"}}
    with pytest.raises(Fault, match="All requests rolled back"):
        sg.batch([good, bad])
    assert sg.find("Shot", [["code", "is", "batched"]]) == []


def test_a_retired_record_comes_back_as_it_was(sg: Any, project: dict[str, Any]) -> None:
    shot = sg.create("Shot", {"code": "x", "project": project, "sg_cut_in": 7})
    assert (sg.delete("Shot", shot["id"]), sg.delete("Shot", shot["id"])) == (True, False)
    assert (sg.revive("Shot", shot["id"]), sg.revive("Shot", shot["id"])) == (True, False)
    assert sg.find_one("Shot", [["id", "is", shot["id"]]], ["sg_cut_in"])["sg_cut_in"] == 7


def test_what_the_server_writes_itself_is_refused(sg: Any, project: dict[str, Any]) -> None:
    note = sg.create("Note", {"subject": "x", "project": project})
    for native, number, field, value in (
        ("Note", note["id"], "client_note", True),
        ("Task", sg.find_one("Task", [])["id"], "time_logs_sum", 60),
        ("Shot", sg.find_one("Shot", [])["id"], "smart_cut_summary_display", "x"),
    ):
        with pytest.raises(Fault):
            sg.update(native, number, {field: value})


# --- reading ---------------------------------------------------------------------------------------------------------


def test_paths_come_flat_and_links_are_named(sg: Any) -> None:
    row = sg.find_one("Version", [], ["entity", "sg_task.Task.content", "entity.Shot.sg_sequence.Sequence.code"])
    assert row["entity"]["name"].startswith("SQ010")
    assert (row["sg_task.Task.content"], row["entity.Shot.sg_sequence.Sequence.code"]) == ("comp", "SQ010")


def test_a_wrong_name_is_silent_to_read_and_loud_to_filter(sg: Any) -> None:
    row = sg.find_one("Shot", [], ["nosuch", "sg_sequence.Sequence.nosuch", "assets.Asset.code"])
    assert set(row) == {"type", "id"}
    for path in ("nosuch", "sg_sequence.Sequence.nosuch"):
        with pytest.raises(Fault, match="doesn't exist"):
            sg.find("Shot", [[path, "is", "x"]])


def test_a_path_through_many_filters(sg: Any) -> None:
    assert len(sg.find("Shot", [["assets.Asset.code", "is", "lamp"]])) >= 2
    assert sg.find("Shot", [["assets.Asset.code", "is", "no such lamp"]]) == []
    assert len(sg.find("Shot", [["assets.Asset.sg_asset_type", "is", "Prop"]])) >= 2
    assert len(sg.find("Note", [["note_links.Version.code", "contains", "comp"]])) >= 2
    assert len(sg.find("Note", [["note_links.Version.cached_display_name", "contains", "comp"]])) >= 2
    assert len(sg.find("Note", [["note_links", "name_contains", "SQ010"]])) >= 2


def test_a_path_names_a_type_that_the_link_has(sg: Any) -> None:
    row = sg.find_one("Shot", [], ["sg_sequence.Asset.code"])
    assert "sg_sequence.Asset.code" not in row
    with pytest.raises(Fault):
        sg.find("Shot", [["sg_sequence.Asset.code", "is", "x"]])


def test_order_is_by_id_unless_a_field_that_sorts_is_named(sg: Any) -> None:
    rising = [row["id"] for row in sg.find("EventLogEntry", [], limit=20)]
    assert rising == sorted(rising)
    ids = [row["id"] for row in sg.find("Shot", [])]
    assert [row["id"] for row in sg.find("Shot", [["id", "in", ids[::-1]]])] == ids
    for name in ("nosuch", "sg_turnover", "password_proxy"):
        assert [row["id"] for row in sg.find("Shot", [], order=[{"field_name": name, "direction": "desc"}])] == ids
    falling = [
        {"field_name": "sg_sequence.Sequence.code", "direction": "asc"},
        {"field_name": "id", "direction": "desc"},
    ]
    assert [row["id"] for row in sg.find("Shot", [["project.Project.name", "is", "Kestrel"]], order=falling)] == [
        row["id"] for row in sg.find("Shot", [["project.Project.name", "is", "Kestrel"]])
    ][::-1]


def test_pages_end_with_an_empty_one(sg: Any) -> None:
    assert len(sg.find("Status", [], limit=5, page=1)) == 5
    assert sg.find("Status", [], limit=5, page=100) == []


# --- filters ---------------------------------------------------------------------------------------------------------


def group(operator: Any, *conditions: Any) -> dict[str, Any]:
    return {"logical_operator": operator, "conditions": list(conditions)}


def leaf(path: str, relation: str, *values: Any) -> dict[str, Any]:
    return {"path": path, "relation": relation, "values": list(values)}


def test_groups_nest_and_mix(sg: Any) -> None:
    first, second = (row["id"] for row in sg.find("Shot", [["project.Project.name", "is", "Kestrel"]])[:2])
    either = group("or", leaf("id", "is", first), leaf("id", "is", second))
    assert len(sg.find("Shot", either)) == 2
    assert sg.find("Shot", group("and", *either["conditions"])) == []
    assert len(sg.find("Shot", group("and", leaf("code", "starts_with", "sq010"), either))) == 2
    assert len(sg.find("Shot", group("and"))) >= 2


@pytest.mark.parametrize("operator", ["AND", "Or", "not", "xor", ""])
def test_there_are_two_words_for_a_group(sg: Any, operator: str) -> None:
    with pytest.raises(Fault):
        sg.find("Shot", group(operator, leaf("id", "is", 1)))


def test_a_group_needs_both_of_its_keys(sg: Any) -> None:
    for broken in ({"logical_operator": "and"}, {"conditions": []}):
        with pytest.raises(Fault):
            sg.find("Shot", broken)


@pytest.mark.parametrize("native", ["Shot", "Task", "Version", "HumanUser", "EventLogEntry"])
def test_an_unknown_relation_is_a_fault_for_every_field(sg: Any, native: str) -> None:
    for name in sg.schema_field_read(native):
        with pytest.raises(Fault, match=r"doesn't support|cannot be used in a filter"):
            sg.find(native, [[name, "bogus_relation", "x"]])


# --- summaries -------------------------------------------------------------------------------------------------------


COUNT = {"field": "id", "type": "count"}


def test_one_summary_a_field_and_the_last_wins(sg: Any) -> None:
    least, most = ({"field": "sg_cut_in", "type": kind} for kind in ("minimum", "maximum"))
    shots = [row["sg_cut_in"] for row in sg.find("Shot", [["sg_cut_in", "is_not", None]], ["sg_cut_in"])]
    assert sg.summarize("Shot", [], [most, least])["summaries"] == {"sg_cut_in": min(shots)}
    assert sg.summarize("Shot", [], [least, most])["summaries"] == {"sg_cut_in": max(shots)}
    assert sg.summarize("Shot", [], [COUNT])["summaries"]["id"] == len(sg.find("Shot", []))
    with pytest.raises(Fault):
        sg.summarize("Shot", [], [{"field": "id", "type": "bogus"}])


def grouped(*names: str) -> list[dict[str, str]]:
    return [{"field": name, "type": "exact", "direction": "asc"} for name in names]


def test_groups_have_a_value_and_a_name(sg: Any) -> None:
    found = sg.summarize("Version", [], [COUNT], grouping=grouped("user"))
    value = next(item["group_value"] for item in found["groups"] if item["group_name"] == "Ada Lovelace")
    assert value == {"type": "HumanUser", "id": value["id"], "name": "Ada Lovelace", "valid": "valid"}
    outer = sg.summarize("Version", [], [COUNT], grouping=grouped("sg_status_list", "entity"))["groups"][0]
    assert all(set(inner) == {"group_name", "group_value", "summaries"} for inner in outer["groups"])


# --- the schema ------------------------------------------------------------------------------------------------------


def test_the_schema_is_the_list_of_types(sg: Any) -> None:
    types = sg.schema_entity_read()
    assert "CustomEntity08" in types
    assert all(facts["visible"]["value"] is True for facts in types.values())
    with pytest.raises(Fault, match="does not exist"):
        sg.schema_field_read("CustomEntity99")


def test_statuses_of_a_type_are_its_own(sg: Any, project: dict[str, Any]) -> None:
    def values(native: str, **more: Any) -> Any:
        return sg.schema_field_read(native, "sg_status_list", **more)["sg_status_list"]["properties"]

    assert set(values("Version")["valid_values"]["value"]) == {"na", "rev", "vwd", "apr"}
    assert values("Task") == values("Task", project_entity=project)
    assert values("Task")["display_values"]["value"]["ip"] == "In Progress"


def test_a_status_has_a_colour_and_an_icon_field(sg: Any) -> None:
    found = sg.find_one("Status", [["code", "is", "ip"]], ["name", "bg_color", "icon", "system"])
    assert re.fullmatch(r"\d+,\d+,\d+", found["bg_color"])
    assert found["icon"] is None
    assert sg.schema_field_read("Status", "icon")["icon"]["properties"]["valid_types"]["value"] == ["Icon"]


def test_a_field_is_named_after_its_label_and_a_name_twice_gets_a_number(sg: Any) -> None:
    names = [sg.schema_field_create("Phase", "text", "My Own") for _ in range(3)]
    assert names == ["sg_my_own", "sg_my_own_1", "sg_my_own_2"]
    assert sg.schema_field_create("Phase", "text", "sg_foo") == "sg_sg_foo"
    assert {sg.schema_field_read("Phase", name)[name]["name"]["value"] for name in names} == {"My Own"}


def test_stock_fields_cannot_be_hidden_and_own_ones_can(sg: Any) -> None:
    own = sg.schema_field_create("Phase", "text", "Hideable")
    assert sg.schema_field_read("Phase", own)[own]["visible"]["editable"] is True
    for native, name in (("Shot", "code"), ("Shot", "sg_status_list"), ("Task", "content"), ("Cut", "fps")):
        facts = sg.schema_field_read(native, name)[name]
        assert facts["visible"] == {"value": True, "editable": False}, name
        with pytest.raises(Fault):
            sg.schema_field_delete(native, name)


# --- events ----------------------------------------------------------------------------------------------------------


def test_a_creation_is_an_event_a_field_and_one_more(sg: Any, project: dict[str, Any]) -> None:
    shot = sg.create("Shot", {"code": "x", "project": project, "sg_cut_in": 1})
    rows = sg.find("EventLogEntry", [["entity", "is", shot]], ["event_type", "attribute_name", "meta"])
    assert sum(row["event_type"] == "Shotgun_Shot_New" for row in rows) == 1
    changed = {row["attribute_name"]: row["meta"] for row in rows if row["event_type"] == "Shotgun_Shot_Change"}
    assert {"code", "sg_cut_in", "sg_status_list"} <= set(changed)
    assert all(meta["in_create"] is True for meta in changed.values())


def test_the_history_of_a_field(sg: Any, project: dict[str, Any]) -> None:
    shot = sg.create("Shot", {"code": "x", "project": project})
    sg.update("Shot", shot["id"], {"sg_status_list": "ip"})
    newest = sg.find_one(
        "EventLogEntry",
        [
            ["entity", "is", shot],
            ["event_type", "is", "Shotgun_Shot_Change"],
            ["attribute_name", "is", "sg_status_list"],
        ],
        ["meta", "user"],
        [{"field_name": "id", "direction": "desc"}],
    )
    assert (newest["meta"]["old_value"], newest["meta"]["new_value"]) == ("wtg", "ip")
    assert (newest["user"]["type"], newest["user"]["name"]) == ("ApiUser", "tests")


def test_a_link_to_a_retired_record_is_gone_and_meta_remembers(sg: Any, project: dict[str, Any]) -> None:
    shot = sg.create("Shot", {"code": "x", "project": project})
    sg.delete("Shot", shot["id"])
    assert sg.find("EventLogEntry", [["entity", "is", shot]]) == []
    last = sg.find_one(
        "EventLogEntry",
        [["event_type", "is", "Shotgun_Shot_Retirement"]],
        ["meta", "entity"],
        [{"field_name": "id", "direction": "desc"}],
    )
    assert last["entity"] is None
    assert last["meta"]["entity_id"] == shot["id"]


def test_an_entry_can_be_made_and_never_changed(sg: Any, project: dict[str, Any]) -> None:
    number = sg.create("EventLogEntry", {"project": project}, ["description"])["id"]
    with pytest.raises(Fault, match="missing 'project' attribute"):
        sg.create("EventLogEntry", {})
    for call in (
        lambda: sg.update("EventLogEntry", number, {"event_type": "x"}),
        lambda: sg.delete("EventLogEntry", number),
    ):
        with pytest.raises(Fault):
            call()


# --- files and search ------------------------------------------------------------------------------------------------


def test_a_local_path_is_told_for_every_platform_of_the_deepest_storage(sg: Any, project: dict[str, Any]) -> None:
    roots = {"linux_path": "/mnt/show", "mac_path": "/Volumes/show"}
    sg.create("LocalStorage", {"code": "show", **roots})
    sg.create("LocalStorage", {"code": "deep", **{name: f"{root}/deep" for name, root in roots.items()}})
    made = sg.create(
        "PublishedFile", {"code": "x", "project": project, "path": {"local_path": "/Volumes/show/deep/a/b.exr"}}
    )
    path = sg.find_one("PublishedFile", [["id", "is", made["id"]]], ["path"])["path"]
    assert (path["link_type"], path["local_storage"]["name"]) == ("local", "deep")
    assert (path["local_path_linux"], path["local_path_mac"]) == (
        "/mnt/show/deep/a/b.exr",
        "/Volumes/show/deep/a/b.exr",
    )
    assert path["local_path_windows"] is None
    with pytest.raises(Fault, match="doesn't match any defined Local Storage"):
        sg.create("PublishedFile", {"code": "x", "project": project, "path": {"local_path": "/elsewhere/b.exr"}})


def test_an_attachment_is_found_by_what_it_hangs_on(sg: Any, project: dict[str, Any], tmp_path: Path) -> None:
    shot = sg.create("Shot", {"code": "x", "project": project})
    (tmp_path / "notes.txt").write_text("hello")
    number = sg.upload("Shot", shot["id"], str(tmp_path / "notes.txt"))
    found = sg.find("Attachment", [["attachment_links", "is", shot]], ["filename", "file_size"])
    assert [(row["id"], row["filename"], row["file_size"]) for row in found] == [(number, "notes.txt", 5)]


def test_an_attachment_tells_what_its_form_said(sg: Any, project: dict[str, Any], tmp_path: Path) -> None:
    note = sg.create("Note", {"subject": "x", "project": project})
    (tmp_path / "Look.PNG").write_text("hello")
    form = {"display_name": "look", "tag_list": "lamp, key light"}
    numbers = [
        sg.upload("Note", note["id"], str(tmp_path / "Look.PNG"), name, **form) for name in (None, "attachments")
    ]
    told = {"display_name": "look", "tag_list": ["lamp", "key light"], "file_extension": "png"}
    found = sg.find("Attachment", [["attachment_links", "is", note]], list(told))
    assert found == [{"type": "Attachment", "id": number, **told} for number in numbers]
    assert [
        item["id"] for item in sg.find_one("Note", [["id", "is", note["id"]]], ["attachments"])["attachments"]
    ] == numbers


@pytest.mark.parametrize(
    ("text", "count"),
    [("qat", 2), ("QAT", 2), ("at_00", 2), ("qat 0020", 1), ("0020 qat", 1), ("qat nomatch", 0)],
)
def test_text_search_wants_every_word_anywhere_in_the_name(sg: Any, text: str, count: int) -> None:
    project = sg.find_one("Project", [["name", "is", "Text search"]]) or sg.create("Project", {"name": "Text search"})
    for code in ("qat_0010", "qat_0020"):
        if sg.find_one("Shot", [["code", "is", code]]) is None:
            sg.create("Shot", {"code": code, "project": project})
    found = sg.text_search(text, {"Shot": []}, project_ids=[project["id"]])
    assert len(found["matches"]) == count
    assert found["terms"] == text.lower().split()


# --- acting as somebody ----------------------------------------------------------------------------------------------


def test_sudo_names_who_it_does_not_know(site: Double) -> None:
    ghost = shotgun_api3.Shotgun(site.url, script_name=site.script_name, api_key=site.api_key, sudo_as_login="ghost")
    with pytest.raises(shotgun_api3.AuthenticationFault, match="Cannot 'sudo' - unknown or retired user: 'ghost'"):
        ghost.find("Shot", [])
    ghost.close()


# --- the page that lists what is otherwise ---------------------------------------------------------------------------


def test_the_page_of_differences_gives_a_reason_for_each() -> None:
    rows = [
        line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("| ") and "---" not in line
    ]
    cells = [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]
    heads = [row for row in cells if row[0] == "what"]
    assert len(heads) >= 2
    assert all(len(row) == 4 and all(row) for row in cells if len(row) == 4)
    assert len(cells) - len(heads) >= 25


PROBES = {*range(1, 15), *range(16, 29), 30, 39, 40, *range(42, 54), 56, *range(58, 65), *range(66, 114)}
DATA_TYPES = {
    "calculated", "checkbox", "color", "date", "date_time", "duration", "entity", "entity_type", "float", "image", "jsonb",
    "list",
    "multi_entity", "number", "password", "percent", "pivot_column", "serializable", "status_list", "summary", "text", "timecode",
    "url", "uuid",
}  # fmt: skip


ENTITY_TYPES = {
    "Asset", "Attachment", "Cut", "CutItem", "Delivery", "HumanUser", "LocalStorage", "Note", "Playlist", "Project",
    "PublishedFile", "PublishedFileType", "Reply", "Sequence", "Shot", "Step", "Task", "TimeLog", "Version",
}  # fmt: skip


def verdicts() -> list[tuple[str, str, str]]:
    """What the ledger says: of what, which verdict, and where."""
    ledger = PAGE.read_text(encoding="utf-8").partition("## What was compared")[2]
    found = re.findall(r"^\| (\w+) \|(?: [^|]+ \|)? (alike|differs|another door) \| ([^|]+) \|$", ledger, re.MULTILINE)
    return [(of, verdict, where) for of, verdict, where in found]


def test_every_probe_data_type_and_entity_type_has_one_verdict() -> None:
    names = [of for of, _, _ in verdicts()]
    assert len(names) == len(set(names))
    assert {int(name) for name in names if name.isdecimal()} == PROBES
    assert {name for name in names if not name.isdecimal()} == DATA_TYPES | ENTITY_TYPES


def test_every_verdict_names_tests_and_rows_that_there_are() -> None:
    tests = "".join(path.read_text(encoding="utf-8") for path in sorted(Path(__file__).parent.glob("test_*.py")))
    page = PAGE.read_text(encoding="utf-8").partition("## What was compared")[0]
    rows = set(re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE))
    for of, verdict, where in verdicts():
        named = re.findall(r"`(test_\w+)`", where)
        assert [name for name in named if f"def {name}(" not in tests] == [], of
        quoted = re.findall(r"“([^”]+)”", where)
        assert [row for row in quoted if row not in rows] == [], of
        assert named or verdict != "alike", of
        assert quoted or verdict != "differs", of


def test_every_line_above_is_about_a_probe_or_says_what_no_probe_saw() -> None:
    page, _, ledger = PAGE.read_text(encoding="utf-8").partition("## What was compared")
    rows = set(re.findall(r"^\| ([^|]+) \|", page, re.MULTILINE)) - {"what"}
    assert len(rows & set(re.findall(r"“([^”]+)”", ledger))) >= 40
