"""What of a query a ShotGrid site is asked, and what is looked at again here."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from fake_shotgrid import native_field, site_schema

from trackerkit import operations as ops
from trackerkit.errors import DomainError, InvalidInputError, UnsupportedError
from trackerkit.filters import And, Filter, field
from trackerkit.query import build
from trackerkit.schema import Schema
from trackerkit.values import Ref, Url
from trackerkit_shotgrid.compile.reach import Reacher
from trackerkit_shotgrid.compile.reads import Read, read_of
from trackerkit_shotgrid.compile.writes import Change, Names, change_of, concrete, home_in, names_in
from trackerkit_shotgrid.mapping.values import Links
from trackerkit_shotgrid.schema import read_schema

SITE = "studio.example"
NOW = datetime(2024, 5, 6, 7, 8, 9, 500_000, tzinfo=timezone.utc)


def reacher(**more: dict[str, Any]) -> Reacher:
    given = site_schema(**more)
    given["Shot"]["sg_status_list"] = native_field("status_list", valid_values=["wtg", "ip", "fin"])
    return Reacher(read_schema(given), Links(SITE))


REACHER = reacher()


def compiled(
    owner: str, condition: Filter, fields: list[str] | None = None, at: Reacher = REACHER, **parts: Any
) -> Read:
    query = build(at.schema, owner, condition, fields=fields or ["name"], now=NOW, **parts)
    return read_of(at, owner, query)


SEQUENCE = Ref("Sequence", 5)
SCENE = Ref("Scene", 6)
PROJECT = Ref("Project", 70)


@pytest.mark.parametrize(("owner", "condition", "native"), [
    ("Shot", field("id") == "12", [["id", "is", 12]]),
    ("Shot", field("id").is_in(["12", "13", "x"]), [["id", "in", [12, 13]]]),
    ("Shot", field("id") > "12", [["id", "greater_than", 12]]),
    ("Shot", field("frame_start") == 1001, [["sg_cut_in", "is", 1001]]),
    ("Shot", field("frame_start") <= 1001, [["sg_cut_in", "less_than", 1002]]),
    ("Shot", field("frame_start").between(1, 5), [["sg_cut_in", "between", [1, 5]]]),
    ("Shot", field("frame_start") == None, [["sg_cut_in", "is", None]]),  # noqa: E711
    ("Shot", field("frame_start") != 3, [["sg_cut_in", "is_not", 3]]),
    ("Shot", field("status") == "ip", [["sg_status_list", "is", "ip"]]),
    ("Shot", field("status").not_in(["ip", "fin"]), [["sg_status_list", "not_in", ["ip", "fin"]]]),
    ("Shot", field("parent") == SEQUENCE, [["sg_sequence", "is", {"type": "Sequence", "id": 5}]]),
    ("Shot", field("parent") == SCENE,
     [["sg_sequence", "is", None], ["sg_scene", "is", {"type": "Scene", "id": 6}]]),
    ("Shot", field("parent").type_is("Sequence"), [["sg_sequence", "is_not", None]]),
    ("Shot", field("assets") == Ref("Asset", 9), [["assets", "is", {"type": "Asset", "id": 9}]]),
    ("Shot", field("assets") == None, [["assets", "is", None]]),  # noqa: E711
    ("Shot", field("kind") == "Shot", []),
    ("Task", field("milestone") == True, [["milestone", "is", True]]),  # noqa: E712
    ("Task", field("duration") < timedelta(minutes=90, seconds=30), [["duration", "less_than", 91]]),
    ("Task", field("created_at") > datetime(2024, 1, 1, 0, 0, 0, 700_000, tzinfo=timezone.utc),
     [["created_at", "greater_than", "2024-01-01T00:00:00Z"]]),
    ("Task", field("parent").type_is("Shot"), [["entity", "type_is", "Shot"]]),
    ("HumanUser", field("active") == False, [["sg_status_list", "is_not", "act"]]),  # noqa: E712
    ("TaskType", field("applies_to") == "File", [["entity_type", "in", ["PublishedFile"]]]),
    ("Shot", (field("status") == "ip") | (field("frame_start") == 1),
     [{"filter_operator": "any", "filters": [["sg_status_list", "is", "ip"], ["sg_cut_in", "is", 1]]}]),
    ("Shot", ~((field("status") == "ip") | (field("frame_start") == 1)),
     [["sg_status_list", "is_not", "ip"], ["sg_cut_in", "is_not", 1]]),
])  # fmt: skip
def test_what_a_site_answers_exactly(owner: str, condition: Filter, native: list[Any]) -> None:
    read = compiled(owner, condition)
    assert read.filters == native
    assert read.is_exact


@pytest.mark.parametrize(("owner", "condition", "native"), [
    ("Shot", field("name") == "sh010", [["code", "is", "sh010"]]),
    ("Shot", field("name").is_in(["a", "b"]), [["code", "in", ["a", "b"]]]),
    ("Shot", field("name").contains("CAFÉ X"), [["code", "contains", "caf"]]),
    ("Shot", field("name").contains("50%_x"), [["code", "contains", "50"]]),
    ("Shot", field("name").starts_with("éa"), [["code", "contains", "a"]]),
    ("Shot", field("name").starts_with("aé"), [["code", "starts_with", "a"]]),
    ("Shot", field("name").ends_with("éa"), [["code", "ends_with", "a"]]),
    ("Shot", field("name").equals_ignoring_case("É"), []),
    ("Shot", field("fps") == 25.0, [["sg_fps", "between", [pytest.approx(24.99995), pytest.approx(25.00005)]]]),
    ("Shot", field("sequence.name") == "sq010", [["sg_sequence.Sequence.code", "is", "sq010"]]),
    ("Shot", field("sequence") == SEQUENCE, [["sg_sequence", "is", {"type": "Sequence", "id": 5}]]),
    ("Task", field("sequence.name") == "sq010",
     [{"filter_operator": "any", "filters": [["entity.Sequence.code", "is", "sq010"],
                                             ["entity.Shot.sg_sequence.Sequence.code", "is", "sq010"]]}]),
    ("Task", field("parent[Shot].status") == "ip", [["entity.Shot.sg_status_list", "is", "ip"]]),
    ("Shot", field("assets.name") == "hero", [["assets.Asset.code", "is", "hero"]]),
    ("Task", field("type") == "Comp", [["step.Step.code", "is", "Comp"]]),
    ("Shot", field("tags") == "fx", [["tags.Tag.name", "is", "fx"]]),
])  # fmt: skip
def test_what_a_site_answers_with_rows_too_many(owner: str, condition: Filter, native: list[Any]) -> None:
    read = compiled(owner, condition)
    assert read.filters == native
    assert not read.is_exact


@pytest.mark.parametrize("condition", [
    field("name") != "sh010",
    ~field("name").contains("a"),
    field("sequence.name") != "sq010",
    field("sequence.name") == None,  # noqa: E711
    ~(field("frame_start") > 3),
    (field("name") == "a") | (field("children") == Ref("Shot", 1)),
    field("name").contains("é"),
    field("fps") != 25.0,
    field("frame_start") < 2**40,
])  # fmt: skip
def test_what_a_site_is_not_asked(condition: Filter) -> None:
    """A negative of a looser operator would lose rows, as would what a site cannot be asked."""
    read = compiled("Shot", condition)
    assert read.filters == []
    assert not read.is_nothing
    assert not read.is_exact


@pytest.mark.parametrize("condition", [
    field("id") == "f" * 32,
    field("name") == "",
    field("frame_start") == 2**40,
    field("status").is_in([]),
    field("kind") == "Asset",
    field("parent") == Ref("Sequence", 5, site="elsewhere.example"),
    field("duration") == timedelta(seconds=30),
])  # fmt: skip
def test_what_nothing_can_match_is_not_asked_at_all(condition: Filter) -> None:
    owner = "Task" if "duration" in repr(condition) else "Shot"
    assert compiled(owner, condition).is_nothing


def test_the_rest_of_an_and_is_looked_at_here() -> None:
    read = compiled("Shot", (field("status") == "ip") & (field("name") == "a"))
    assert read.filters == [["sg_status_list", "is", "ip"], ["code", "is", "a"]]
    assert repr(read.left) == "name is 'a'"


def test_projects_are_asked_for() -> None:
    assert compiled("Shot", And(()), projects=[PROJECT]).filters == [["project", "is", {"type": "Project", "id": 70}]]
    assert compiled("Project", And(()), projects=[PROJECT]).filters == [["id", "in", [70]]]
    assert compiled("Group", And(()), projects=[PROJECT]).filters == []
    given = site_schema()
    del given["Reply"]["project"]
    reply = compiled("Reply", And(()), ["body"], Reacher(read_schema(given), Links(SITE)), projects=[PROJECT])
    assert reply.filters == [["entity.Note.project", "is", {"type": "Project", "id": 70}]]


def test_deep_columns_come_with_the_row() -> None:
    read = compiled("Task", And(()), ["name", "sequence.name", "parent.name"])
    assert read.plan is not None
    row = {
        "type": "Task", "id": 3, "content": "comp", "project": {"type": "Project", "id": 70, "name": "BBB"},
        "entity": {"type": "Shot", "id": 7, "name": "sh010"}, "entity.Shot.code": "sh010",
        "entity.Shot.sg_sequence": {"type": "Sequence", "id": 5, "name": "sq010"},
        "entity.Shot.sg_sequence.Sequence.code": "sq010",
    }  # fmt: skip
    assert set(row) - {"type", "id"} <= set(read.natives)
    assert read.plan.values(row) == ("comp", "sq010", "sh010")
    ref = read.plan.ref(row)
    assert (ref.type, ref.id, ref.project, ref.site, ref.native, ref.label) == ("Task", "3", "70", SITE, "Task", "comp")


def test_a_column_through_a_link_that_is_not_set() -> None:
    read = compiled("Task", And(()), ["sequence.name", "parent.tags"])
    assert read.plan is not None
    assert read.plan.values({"type": "Task", "id": 3, "entity": None}) == (None, [])


def test_the_parent_is_the_first_link_that_is_set() -> None:
    read = compiled("Shot", And(()), ["parent"])
    assert read.plan is not None
    project = {"type": "Project", "id": 70, "name": "BBB"}
    row: dict[str, Any] = {
        "type": "Shot",
        "id": 1,
        "sg_sequence": None,
        "sg_scene": None,
        "episode": None,
        "project": project,
    }
    assert read.plan.values(row)[0].type == "Project"
    row["episode"] = {"type": "Episode", "id": 2, "name": "e"}
    assert read.plan.values(row)[0].type == "Episode"
    row["sg_sequence"] = {"type": "Sequence", "id": 5, "name": "s"}
    assert read.plan.values(row)[0].type == "Sequence"


def test_a_tree_without_a_fixed_depth_is_climbed_record_by_record() -> None:
    deep = reacher(Asset={"sg_parent": native_field("entity", valid_types=["Asset", "Sequence"])})
    read = compiled("Asset", field("sequence.name") == "sq", ["name", "sequence.name"], at=deep)
    assert read.filters == []
    assert read.plan is None
    assert [item.name for item in read.derived] == ["sequence"]


# --- writes --------------------------------------------------------------------------------------------------------


SCHEMA: Schema = REACHER.schema


def change(operation: ops.Operation, names: Names | None = None, home: Ref | None = None) -> dict[str, Any]:
    checked, _ = ops.checked(operation, SCHEMA)
    made = change_of(REACHER, concrete(checked), checked, names or Names(), home)
    return {item["field_name"]: item.get("value") for item in made.fields}


def test_a_create_says_its_project_and_its_key() -> None:
    operation = ops.create("Shot", {"name": "sh010", "parent": SEQUENCE, "frame_start": 1001}, key="a" * 32)
    assert change(operation, home=PROJECT) == {
        "code": "sh010", "sg_sequence": {"type": "Sequence", "id": 5}, "sg_cut_in": 1001,
        "project": {"type": "Project", "id": 70}, "sg_trackerkit_key": "a" * 32,
    }  # fmt: skip


def test_another_parent_clears_the_links_of_the_old_one() -> None:
    made = change(ops.update(Ref("Shot", 1), {"parent": SCENE}))
    assert made == {"sg_sequence": None, "sg_scene": {"type": "Scene", "id": 6}, "episode": None}
    assert change(ops.update(Ref("Shot", 1), {"parent": PROJECT})) == {
        "sg_sequence": None,
        "sg_scene": None,
        "episode": None,
    }


def test_lists_are_added_to_and_taken_from() -> None:
    operation, _ = ops.checked(ops.update(Ref("Shot", 1), {"assets": ops.add(Ref("Asset", 9))}), SCHEMA)
    made = change_of(REACHER, "Shot", operation, Names())
    assert made == Change(
        "update", "Shot", 1,
        ({"field_name": "assets", "value": [{"type": "Asset", "id": 9}], "multi_entity_update_mode": "add"},),
    )  # fmt: skip


def test_names_become_the_records_that_they_stand_for() -> None:
    steps = [{"id": 1, "entity_type": "Asset"}, {"id": 2, "entity_type": "Shot"}]
    names = Names({("Step", "Comp"): steps, ("Tag", "fx"): [{"id": 8}]})
    operation = ops.create("Task", {"name": "comp", "type": "Comp", "parent": Ref("Shot", 7), "tags": ["fx"]})
    assert names_in(REACHER, [("Task", operation)]) == {("Step", "Comp"), ("Tag", "fx")}
    made = change(operation, names, PROJECT)
    assert made["step"] == {"type": "Step", "id": 2}
    assert made["tags"] == [{"type": "Tag", "id": 8}]
    with pytest.raises(DomainError, match=r"no TaskType called 'Roto'.*create\('TaskType'"):
        change(ops.create("Task", {"name": "x", "type": "Roto", "parent": Ref("Shot", 7)}))


@pytest.mark.parametrize(("path", "roots", "wanted"), [
    ("/prod/show/a.exr", ["/prod"], {"local_path": "/prod/show/a.exr"}),
    ("/product/a.exr", ["/prod"], {"url": "file:///product/a.exr", "name": "a.exr"}),
    ("C:\\show\\a.exr", [], {"url": "C:\\show\\a.exr", "name": "a.exr"}),
])  # fmt: skip
def test_a_path_under_a_storage_is_a_local_one(path: str, roots: list[str], wanted: dict[str, Any]) -> None:
    made = change(ops.update(Ref("File", 1), {"path": path}), Names(roots=roots))
    assert made == {"path": wanted}


def test_a_link_is_written_with_its_name() -> None:
    at = reacher(Shot={"sg_page": native_field("url")})
    operation, _ = ops.checked(ops.update(Ref("Shot", 1), {"sg_page": Url("https://x/", "page")}), at.schema)
    made = change_of(at, "Shot", operation, Names())
    assert made.fields == ({"field_name": "sg_page", "value": {"url": "https://x/", "name": "page"}},)


@pytest.mark.parametrize(("operation", "error", "text"), [
    (ops.create("Folder", {"name": "x"}), InvalidInputError, "kind"),
    (ops.delete(Ref("Folder", 1)), InvalidInputError, "kind"),
    (ops.create("Product", {"name": "x"}), UnsupportedError, "no Product"),
    (ops.create("Reviewable", {}), UnsupportedError, "upload"),
])  # fmt: skip
def test_what_has_no_type_of_its_own(operation: ops.Operation, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        concrete(operation)


def test_a_folder_and_a_user_by_their_kind() -> None:
    assert concrete(ops.create("Folder", {"name": "x", "kind": "Shot"})) == "Shot"
    assert concrete(ops.create("User", {"name": "x", "kind": "script"})) == "ApiUser"
    assert concrete(ops.update(Ref("HumanUser", 1), {})) == "HumanUser"


def test_the_project_is_that_of_what_it_links_to() -> None:
    operation = ops.create("Version", {"name": "v", "parent": Ref("Shot", 7, project="70")})
    home = home_in(REACHER, "Version", operation)
    assert home is not None
    assert home.id == "70"
    assert home_in(REACHER, "Version", ops.create("Version", {"name": "v", "parent": Ref("Shot", 7)})) is None
