"""The gateway's pure rooms, each by itself."""

from __future__ import annotations

from typing import Any

import pytest

from trackerkit_ayon.gateway import anatomy, wire
from trackerkit_ayon.gateway.check import checked, checked_id, spelled
from trackerkit_ayon.gateway.faults import Fault, InvalidFault
from trackerkit_ayon.gateway.steps import Outcome, Step, parents_of, steps_of

FPS = {"fps": {"type": "float", "gt": 1}, "frameStart": {"type": "integer"}, "startDate": {"type": "datetime"}}
ID = "ab" * 16


def complaints(model: str, body: Any, **more: Any) -> list[tuple[Any, ...]]:
    """Where a body is wrong, and how."""
    with pytest.raises(InvalidFault) as raised:
        checked(model, body, **more)
    return [(*item["loc"], item["type"]) for item in raised.value.complaints]


# ---- check


def test_both_spellings_are_one() -> None:
    assert checked("folder", {"name": "a", "folder_type": "Shot", "parentId": ID}) == {
        "name": "a", "folderType": "Shot", "parentId": ID,
    }  # fmt: skip
    assert spelled("task", {"folder_id": ID, "other": 1}) == {"folderId": ID, "other": 1}


def test_what_a_model_does_not_name_is_dropped() -> None:
    assert checked("folder", {"name": "a", "nothing": 1}) == {"name": "a"}


def test_values_are_made_what_they_should_be() -> None:
    made = checked("version", {"version": "3", "productId": ID, "active": "yes", "tags": ["a", 7]})
    assert made == {"version": 3, "productId": ID, "active": True, "tags": ["a", "7"]}
    attrib = checked("folder", {"attrib": {"fps": "24", "x": 1}}, attributes=FPS, partial=True)["attrib"]
    assert attrib == {"fps": 24.0}


@pytest.mark.parametrize(
    ("model", "body", "expected"),
    [
        ("folder", {}, [("body", "name", "value_error.missing")]),
        ("folder", {"name": None}, [("body", "name", "type_error.none.not_allowed")]),
        ("folder", {"name": "a b"}, [("body", "name", "value_error.str.regex")]),
        ("folder", [], [("body", "type_error.dict")]),
        ("version", {"version": "x", "productId": "y"}, [
            ("body", "version", "type_error.integer"), ("body", "productId", "value_error.str.regex"),
        ]),
        ("folder", {"name": "a", "attrib": {"fps": 0.5, "frameStart": "x"}}, [
            ("body", "attrib", "fps", "value_error.number.not_gt"), ("body", "attrib", "frameStart", "type_error.integer"),
        ]),
        ("folder", {"name": "a", "tags": [{}]}, [("body", "tags", 0, "type_error.str")]),
        ("anatomy", {"statuses": [{"name": "a"}, {"name": ""}]}, [("body", "statuses", 1, "name", "value_error.str.regex")]),
        ("anatomy", {"templates": {"work": [{}]}}, [("body", "templates", "work", 0, "name", "value_error.missing")]),
        ("deploy", {"name": "a", "code": "aa", "anatomy": {"roots": 7}}, [("body", "anatomy", "roots", "type_error.list")]),
        ("deploy", {"name": "a", "code": "aa", "anatomy": {"attributes": {"fps": "x"}}}, [
            ("body", "anatomy", "attributes", "fps", "type_error.float"),
        ]),
    ],
)  # fmt: skip
def test_every_mistake_is_told(model: str, body: Any, expected: list[tuple[Any, ...]]) -> None:
    assert complaints(model, body, attributes=FPS) == expected


def test_ids() -> None:
    assert checked_id(ID, "x") == ID
    for bad in ("", "x", "a" * 31, "a" * 33, "84389fc0-e66d-11f1-8e8d-02fc00000001"):
        with pytest.raises(InvalidFault):
            checked_id(bad, "x")


# ---- steps


def test_steps() -> None:
    given = [
        {"type": "create", "entityType": "folder", "data": {"name": "a", "id": ID}},
        {"type": "create", "entityType": "task", "entityId": "cd" * 16, "data": {"name": "b", "folder_id": ID}},
        {"id": "x", "type": "update", "entityType": "folder", "entityId": ID, "data": {"label": "A"}, "force": True},
    ]
    first, second, third = steps_of(given)
    assert (first.entity, second.entity, third.entity) == (ID, "cd" * 16, ID)
    assert len(first.id) == 32
    assert (third.id, third.force, first.force) == ("x", True, False)
    assert list(parents_of(second)) == [("Folder", ID)]
    shown = Outcome(third, Fault(409, "taken", "unique-violation")).shown()
    assert (shown["success"], shown["status"], shown["errorCode"], shown["detail"]) == (
        False,
        409,
        "unique-violation",
        "taken",
    )
    assert [Outcome(step).shown()["status"] for step in (first, third)] == [201, 204]


@pytest.mark.parametrize(
    ("given", "match"),
    [
        ([{"type": "update", "entityType": "folder", "data": {}}], "entity_id is required"),
        ([{"type": "delete", "entityType": "folder"}], "entity_id is required"),
        ([{"type": "update", "entityType": "folder", "entityId": ID, "data": {}}] * 2, "Duplicate operation"),
    ],
)
def test_steps_that_are_refused(given: list[dict[str, Any]], match: str) -> None:
    with pytest.raises(Fault, match=match):
        steps_of(given)


def test_the_same_id_in_two_types_is_two_records() -> None:
    given = [{"type": "delete", "entityType": kind, "entityId": ID} for kind in ("folder", "task")]
    assert [step.base for step in steps_of(given)] == ["Folder", "Task"]
    assert Step("a", "create", "representation", ID, {}).base == "File"


# ---- anatomy


def test_the_primary_anatomy_is_whole_and_fresh() -> None:
    first = anatomy.primary()
    first["statuses"].clear()
    second = anatomy.primary()
    assert len(second["statuses"]) > 4
    assert anatomy.completed({}) == {**second, **{name: anatomy.completed({})[name] for name in anatomy.TYPED}}


def test_items_get_what_ayon_shows_of_them() -> None:
    made = anatomy.completed({"statuses": [{"name": "Hold", "state": "blocked", "icon": None}], "tags": []})
    assert made["statuses"] == [
        {
            "name": "Hold",
            "original_name": "Hold",
            "shortName": "",
            "state": "blocked",
            "icon": "play_arrow",
            "color": "#cacaca",
        }
    ]
    assert made["tags"] == []
    assert anatomy.shown_items("statuses", made["statuses"])[0] == {
        "name": "Hold", "shortName": "", "state": "blocked", "icon": "play_arrow", "color": "#cacaca",
    }  # fmt: skip


def test_renamed_items() -> None:
    given = {"statuses": [{"name": "b", "original_name": "a"}, {"name": "c", "original_name": "c"}, {"name": "d"}]}
    assert anatomy.renamed(given, "statuses") == {"a": "b"}


def test_link_types_by_their_names() -> None:
    item = anatomy.link_type_item("breakdown|folder|folder", {"color": "#fff"})
    assert item is not None
    assert anatomy.link_type_name(item) == "breakdown|folder|folder"
    shown = anatomy.link_types({"link_types": [item]})
    assert shown[0]["name"] == "breakdown|folder|folder"
    assert shown[0]["data"] == {"color": "#fff"}
    assert [anatomy.link_type_item(name, {}) for name in ("", "a", "a|b", "a||c", "a|b|c|d")] == [None] * 5


def test_config_there_and_back() -> None:
    made = anatomy.primary()
    shown = anatomy.config(made)
    shown["roots"]["work"]["linux"] = "/mnt/x"
    shown["mine"] = 7
    back = anatomy.with_config(made, shown)
    assert anatomy.config(back)["roots"]["work"]["linux"] == "/mnt/x"
    assert anatomy.config(back)["mine"] == 7
    assert anatomy.config(back)["templates"] == anatomy.config(made)["templates"]


def test_default_status_by_scope() -> None:
    statuses = [{"name": "a", "scope": ["task"]}, {"name": "b", "scope": ["folder", "version"]}, {"name": "c"}]
    assert [anatomy.default_status(statuses, native) for native in ("task", "folder", "product")] == ["a", "b", "c"]
    assert anatomy.default_status(statuses[:1], "folder") == "a"
    assert anatomy.default_status([], "folder") == ""


# ---- wire


def test_a_tree_of_folders() -> None:
    rows = [("c", "b", "z"), ("b", None, "m"), ("a", None, "k"), ("d", "b", "a"), ("e", "gone", "q")]
    folders = [
        {"id": id, "parentId": parent, "name": name, "label": None, "status": "x", "folderType": "Folder", "hasTasks": False,
         "taskNames": [], "parents": [], "path": name, "hasVersions": False, "attrib": {}, "ownAttrib": []}
        for id, parent, name in rows
    ]  # fmt: skip
    made = wire.tree(folders)
    assert [item["id"] for item in made] == ["a", "b", "e"]
    assert [item["id"] for item in made[1]["children"]] == ["d", "c"]
    assert wire.filled({"a": None, "b": 0, "c": False}) == {"b": 0, "c": False}
