"""Paths: ways through links, checked step by step."""

from __future__ import annotations

import pytest

from trackerkit.errors import FilterError, UnknownFieldError, UnknownTypeError
from trackerkit.model import neutral_schema
from trackerkit.paths import Path, resolve_path


def path(type_name: str, text: str) -> Path:
    return resolve_path(neutral_schema(), type_name, text)


def test_a_field_of_the_record_itself() -> None:
    made = path("Shot", "name")
    assert (made.steps, made.data_type, made.through_many) == ((), "text", False)
    assert set(made.leaves) == {"Shot"}


def test_folder_has_a_leaf_for_every_kind() -> None:
    assert set(path("Folder", "name").leaves) == set(neutral_schema().concrete("Folder"))


def test_through_a_link_to_one() -> None:
    made = path("Version", "task.assignees")
    assert [(step.name, step.targets, step.many) for step in made.steps] == [("task", ("Task",), False)]
    assert (made.data_type, made.through_many) == ("links", False)


def test_through_links_to_many() -> None:
    made = path("Shot", "tasks.assignees.name")
    assert [step.many for step in made.steps] == [True, True]
    assert made.through_many
    assert made.steps[1].targets == ("User", "Group")


def test_a_narrowed_step_keeps_that_type() -> None:
    made = path("Task", "parent[Shot].sequence.name")
    assert (made.steps[0].targets, made.steps[0].narrowed) == (("Shot",), True)
    assert set(path("Task", "parent[Folder].name").leaves) == set(neutral_schema().concrete("Folder"))


def test_an_ancestor_is_a_step_to_its_kind() -> None:
    assert path("Task", "sequence.name").steps[0].targets == ("Sequence",)


def test_name_falls_back_to_what_shows() -> None:
    assert path("Note", "name").leaf.name == "subject"
    assert path("Note", "replies.name").leaf.name == "body"


def test_a_field_that_some_targets_lack_reads_null_there() -> None:
    made = path("Version", "parent.category")
    assert "Task" not in made.leaves
    assert "Shot" in made.leaves


@pytest.mark.parametrize(
    ("text", "error", "says"),
    [
        ("nmae", UnknownFieldError, "'name'"),
        ("sequence.nmae", UnknownFieldError, "'name'"),
        ("name.x", FilterError, "no link"),
        ("parent[Task].name", FilterError, "never links"),
        ("parent[Shto].name", UnknownTypeError, "Shot"),
        ("parent.status", FilterError, "different data types"),
        ("a..b", FilterError, "empty step"),
        ("parent[].name", UnknownTypeError, "no entity type"),
        ("parent[.name", UnknownFieldError, "no field"),
    ],
)
def test_bad_paths(text: str, error: type[Exception], says: str) -> None:
    with pytest.raises(error, match=says):
        path("Shot", text)


def test_equal_paths_are_equal() -> None:
    assert path("Shot", "tasks.name") == path("Shot", "tasks.name")
    assert hash(path("Shot", "tasks.name")) == hash(path("Shot", "tasks.name"))
    assert path("Shot", "tasks.name") != path("Shot", "tasks.label")
