"""Operations of a batch as AYON's own."""

from __future__ import annotations

from typing import Any

import pytest

from trackerkit import operations as ops
from trackerkit.errors import DomainError, UnsupportedError
from trackerkit.schema import Schema
from trackerkit.values import Ref
from trackerkit_ayon.compile import writes
from trackerkit_ayon.compile.writes import Step, joined
from trackerkit_ayon.errors import culprit
from trackerkit_ayon.mapping.codecs import Context
from trackerkit_ayon.mapping.rows import Rows

ID, OTHER = "a" * 32, "b" * 32
SHOT = Ref("Shot", ID, "big_buck", native="folder")


def test_a_create_takes_its_key_as_id(schema: Schema, context: Context) -> None:
    operation = ops.create("Shot", {"name": "sh010", "frame_start": 5, "description": None}, key=ID)
    made = writes.created(Rows(schema.type("Shot"), context), operation, operation.values)
    assert made == {"type": "create", "entityType": "folder", "entityId": ID,
                    "data": {"name": "sh010", "attrib": {"frameStart": 5}, "folderType": "Shot"}}  # fmt: skip


def test_an_update_clears_with_null(schema: Schema, context: Context) -> None:
    made = writes.updated(
        Rows(schema.type("Shot"), context), SHOT, {"frame_start": None, "cut_order": None, "tags": []}
    )
    assert made["data"] == {"attrib": {"frameStart": None}, "data": {"trackerkit_cut_order": None}, "tags": []}


def test_retiring_restoring_and_deleting() -> None:
    assert writes.switched(SHOT, False)["data"] == {"active": False}
    assert "data" not in writes.deleted(SHOT, False)
    assert writes.deleted(SHOT, True)["force"] is True


def step(kind: str, id: str, at: int, **data: Any) -> Step:
    return Step({"type": kind, "entityType": "folder", "entityId": id, "data": data}, (at,))


def test_updates_of_one_record_become_one() -> None:
    made = joined([
        step("update", ID, 0, name="a", attrib={"fps": 1}), step("update", OTHER, 1, name="x"),
        step("update", ID, 2, name="b", attrib={"frameStart": 2}),
    ])  # fmt: skip
    assert [item.positions for item in made] == [(0, 2), (1,)]
    assert made[0].native["data"] == {"name": "b", "attrib": {"fps": 1, "frameStart": 2}}


def test_a_delete_takes_the_updates_before_it_along() -> None:
    made = joined([step("update", ID, 0, name="a"), Step(writes.deleted(SHOT, False), (1,))])
    assert [(item.native["type"], item.positions) for item in made] == [("delete", (0, 1))]


def test_creates_stay_apart() -> None:
    assert len(joined([step("create", ID, 0, name="a"), step("update", ID, 1, name="b")])) == 2


@pytest.mark.parametrize(
    "operation",
    [
        ops.create("Note", {"body": "x"}),
        ops.create("User", {"name": "jane"}),
        ops.create("Project", {"name": "p"}),
        ops.create("Playlist", {"name": "p"}),
        ops.create("Link", {"kind": "x"}),
        ops.create("Task", {"name": "t", "depends_on": [Ref("Task", OTHER)]}),
    ],
)
def test_what_cannot_go_along_is_refused(operation: ops.Operation) -> None:
    writes.check_joint([operation])
    with pytest.raises(UnsupportedError, match="one transaction") as caught:
        writes.check_joint([ops.create("Shot", {"name": "a"}), operation])
    assert caught.value.sent == "no"


def test_links_to_another_project_are_refused() -> None:
    there = Ref("Sequence", OTHER, "elsewhere")
    with pytest.raises(DomainError, match="elsewhere"):
        writes.check_homes(ops.create("Shot", {"name": "a", "parent": there}), "big_buck")
    writes.check_homes(ops.create("Task", {"assignees": [Ref("User", "jane", "elsewhere")]}), "big_buck")


def test_statuses_are_those_of_the_project(schema: Schema) -> None:
    writes.check_project(ops.create("Shot", {"status": "On hold"}), schema)
    with pytest.raises(DomainError, match="no status"):
        writes.check_project(ops.create("Shot", {"status": "Elsewhere"}), schema)


# ---- which operation failed


NATIVES = [
    {"type": "create", "entityType": "folder", "entityId": ID, "data": {"name": "sh010", "parentId": "c" * 32}},
    {"type": "create", "entityType": "folder", "entityId": OTHER, "data": {"name": "SH020", "parentId": "c" * 32}},
    {"type": "create", "entityType": "version", "entityId": "d" * 32, "data": {"version": 3, "productId": "e" * 32}},
    {"type": "update", "entityType": "task", "entityId": "f" * 32, "data": {"status": "Nope"}},
]


@pytest.mark.parametrize(
    ("said", "at"),
    [
        (f"Folder with id '{OTHER[:8]}-{OTHER[:4]}-{OTHER[:4]}-{OTHER[:4]}-{OTHER[:12]}' already exists.", 1),
        ("Folder with parent_id, lower(name::text) 'cccccccc-cccc-cccc-cccc-cccccccccccc, sh020' already exists.", 1),
        ("Version with product_id, version 'eeeeeeee-eeee-eeee-eeee-eeeeeeeeeeee, 3' already exists.", 2),
        (f"Entity {'f' * 32} not found", 3),
        ("status 'Nope' is not present in table \"statuses\".", 3),
        ("something else", 0),
    ],
)
def test_the_operation_that_failed_is_found_by_what_ayon_says(said: str, at: int) -> None:
    assert culprit(NATIVES, said) == at
