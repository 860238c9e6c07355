"""Deep paths: through links to one, to many, reverse links and ancestors; as filter, as column and with a narrowed step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from trackerkit.errors import DomainError
from trackerkit.filters import Filter, field
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.stack import Show
from trackerkit.values import Ref

__all__ = ["TestDeepAncestors", "TestDeepMany", "TestDeepReverse", "TestDeepSingle"]

Case = tuple[str, Filter, str]


def tree(show: Show) -> dict[str, Ref]:
    """Two sequences and a lone shot; tasks with people; versions of tasks."""
    made = {"sq1": show.sequence("sq1"), "sq2": show.sequence("SQ2"), "ann": show.user(), "ben": show.user()}
    made["a"] = show.shot("a", parent=made["sq1"])
    made["b"] = show.shot("b", parent=made["sq1"])
    made["c"] = show.shot("c", parent=made["sq2"])
    made["d"] = show.shot("d")
    made["a_anim"] = show.task(made["a"], "anim", assignees=[made["ann"], made["ben"]])
    made["a_comp"] = show.task(made["a"], "comp", assignees=[made["ben"]])
    made["b_anim"] = show.task(made["b"], "anim")
    made["c_comp"] = show.task(made["c"], "comp", assignees=[made["ann"]])
    made["a_v1"] = show.version(made["a"], "a_anim_v001", task=made["a_anim"])
    made["a_v2"] = show.version(made["a"], "a_comp_v002", task=made["a_comp"])
    made["d_v1"] = show.version(made["d"], "d_edit_v001")
    return made


def name_of(show: Show, ref: Ref) -> str:
    return str(show.value(ref, "name"))


SINGLE: list[tuple[str, Callable[[Any], Filter], str]] = [
    ("parent[Sequence].name", lambda f: f == "sq1", "ab"),
    ("parent[Sequence].name", lambda f: f == "SQ1", ""),
    ("parent[Sequence].name", lambda f: f.equals_ignoring_case("sq2"), "c"),
    ("parent[Sequence].name", lambda f: f != "sq1", "cd"),
    ("parent[Sequence].name", lambda f: f.is_null(), "d"),
    ("parent[Sequence].name", lambda f: f.is_in(["SQ2", None]), "cd"),
    ("parent[Sequence].name", lambda f: f.not_in(["SQ2", None]), "ab"),
    ("parent[Sequence].name", lambda f: f.contains("Q"), "abc"),
    ("parent[Sequence].name", lambda f: ~f.contains("Q"), "d"),
    ("sequence.name", lambda f: f == "sq1", "ab"),
    ("sequence.name", lambda f: f != "sq1", "cd"),
    ("sequence.name", lambda f: f.is_null(), "d"),
    ("sequence.project", lambda f: f.is_null(), "d"),
]


@needs("find", "create", "find.deep")
class TestDeepSingle(Cases):
    @pytest.fixture(scope="class")
    @classmethod
    def made(cls, shelf: Show) -> dict[str, Ref]:
        return tree(shelf)

    @pytest.mark.parametrize(("path", "make", "wanted"), SINGLE)
    def test_filters(
        self, shelf: Show, made: dict[str, Ref], path: str, make: Callable[[Any], Filter], wanted: str
    ) -> None:
        assert "".join(shelf.names("Shot", make(field(path)))) == wanted

    def test_columns(self, shelf: Show, made: dict[str, Ref]) -> None:
        assert shelf.column("Shot", "sequence.name") == ["sq1", "sq1", "SQ2", None]
        assert shelf.column("Shot", "parent[Sequence].name") == ["sq1", "sq1", "SQ2", None]
        assert shelf.column("Shot", "project.name") == [name_of(shelf, shelf.project)] * 4
        assert shelf.column("Shot", "sequence.id") == [made["sq1"].id, made["sq1"].id, made["sq2"].id, None]

    def test_two_hops_and_three(self, shelf: Show, made: dict[str, Ref]) -> None:
        assert shelf.column("Task", "parent[Shot].sequence.name") == ["sq1", "sq1", "sq1", "SQ2"]
        assert shelf.names("Version", field("task.parent[Shot].name") == "a") == ["a_anim_v001", "a_comp_v002"]
        assert shelf.names("Version", field("task.parent[Shot].sequence.name") == "sq1") == [
            "a_anim_v001",
            "a_comp_v002",
        ]
        assert shelf.names("Version", field("task.parent[Shot].sequence.name") != "sq1") == ["d_edit_v001"]
        assert shelf.column("Version", "task.parent[Shot].sequence.name") == ["sq1", "sq1", None]

    def test_a_narrowed_step_leads_to_that_type_alone(self, shelf: Show, made: dict[str, Ref]) -> None:
        assert shelf.names("Shot", field("parent[Project].name") == name_of(shelf, shelf.project)) == ["d"]
        assert shelf.column("Shot", "parent[Project].name")[:3] == [None] * 3
        assert shelf.column("Shot", "parent[Folder].name") == ["sq1", "sq1", "SQ2", None]

    def test_a_link_at_the_end_of_a_path(self, shelf: Show, made: dict[str, Ref]) -> None:
        assert shelf.column("Task", "parent[Shot].parent")[:3] == [made["sq1"]] * 3
        assert shelf.names("Version", field("task.parent") == made["a"]) == ["a_anim_v001", "a_comp_v002"]
        assert shelf.names("Version", field("task.parent").is_null()) == ["d_edit_v001"]
        assert shelf.names("Version", field("task.parent").type_is("Shot")) == ["a_anim_v001", "a_comp_v002"]
        assert shelf.names("Version", field("task.parent").name_is("a")) == ["a_anim_v001", "a_comp_v002"]

    def test_combined_with_conditions_of_the_record(self, shelf: Show, made: dict[str, Ref]) -> None:
        wanted = (field("sequence.name") == "sq1") & (field("name") != "a") | (field("name") == "d")
        assert shelf.names("Shot", wanted) == ["b", "d"]

    def test_the_same_path_as_filter_column_and_order(self, shelf: Show, made: dict[str, Ref]) -> None:
        if shelf.stack.has("order"):
            found = shelf.column(
                "Shot", "sequence.name", ~field("sequence.name").is_null(), order=["sequence.name", "-name"]
            )
            assert found == ["SQ2", "sq1", "sq1"]


@needs("find", "create", "find.deep")
class TestDeepMany(Cases):
    @pytest.fixture(scope="class")
    @classmethod
    def made(cls, shelf: Show) -> dict[str, Ref]:
        return tree(shelf)

    def tasks(self, shelf: Show, condition: Filter) -> list[str]:
        found = shelf.find("Task", condition, fields=["name", "parent"])
        return [f"{name_of(shelf, item['parent'])}_{item.name}" for item in found]

    def test_a_path_through_many_holds_if_any_target_does(self, shelf: Show, made: dict[str, Ref]) -> None:
        ann, ben = name_of(shelf, made["ann"]), name_of(shelf, made["ben"])
        assert self.tasks(shelf, field("assignees.name") == ann) == ["a_anim", "c_comp"]
        assert self.tasks(shelf, field("assignees.name") == ben) == ["a_anim", "a_comp"]
        assert self.tasks(shelf, field("assignees.name").is_in([ann, ben])) == ["a_anim", "a_comp", "c_comp"]

    def test_its_negative_holds_if_no_target_does(self, shelf: Show, made: dict[str, Ref]) -> None:
        ann, ben = name_of(shelf, made["ann"]), name_of(shelf, made["ben"])
        assert self.tasks(shelf, field("assignees.name") != ann) == ["a_comp", "b_anim"]
        assert self.tasks(shelf, field("assignees.name").not_in([ann, ben])) == ["b_anim"]

    def test_no_target_counts_as_one_null(self, shelf: Show, made: dict[str, Ref]) -> None:
        assert self.tasks(shelf, field("assignees.name").is_null()) == ["b_anim"]
        ann = name_of(shelf, made["ann"])
        assert self.tasks(shelf, field("assignees.name").is_in([None, ann])) == ["a_anim", "b_anim", "c_comp"]

    def test_two_conditions_may_be_met_by_two_targets(self, shelf: Show, made: dict[str, Ref]) -> None:
        ann, ben = name_of(shelf, made["ann"]), name_of(shelf, made["ben"])
        both = (field("assignees.name") == ann) & (field("assignees.name") == ben)
        assert self.tasks(shelf, both) == ["a_anim"]

    def test_a_column_is_a_list(self, shelf: Show, made: dict[str, Ref]) -> None:
        ann, ben = name_of(shelf, made["ann"]), name_of(shelf, made["ben"])
        found = [sorted(value) for value in shelf.column("Task", "assignees.name")]
        assert found == [sorted([ann, ben]), [ben], [], [ann]]


@needs("find", "create", "find.deep", "find.reverse")
class TestDeepReverse(Cases):
    @pytest.fixture(scope="class")
    @classmethod
    def made(cls, shelf: Show) -> dict[str, Ref]:
        return tree(shelf)

    def test_reverse_links_are_read(self, shelf: Show, made: dict[str, Ref]) -> None:
        assert shelf.column("Shot", "tasks") == [
            [made["a_anim"], made["a_comp"]],
            [made["b_anim"]],
            [made["c_comp"]],
            [],
        ]
        assert shelf.column("Sequence", "children") == [[made["a"], made["b"]], [made["c"]]]

    def test_reverse_links_are_filtered_as_links(self, shelf: Show, made: dict[str, Ref]) -> None:
        assert shelf.names("Shot", field("tasks") == made["a_comp"]) == ["a"]
        assert shelf.names("Shot", field("tasks").is_null()) == ["d"]
        assert shelf.names("Shot", ~field("tasks").is_null()) == ["a", "b", "c"]
        assert shelf.names("Shot", field("tasks") != made["a_comp"]) == ["b", "c", "d"]

    def test_paths_through_reverse_links(self, shelf: Show, made: dict[str, Ref]) -> None:
        assert shelf.names("Shot", field("tasks.name") == "anim") == ["a", "b"]
        assert shelf.names("Shot", field("tasks.name") != "anim") == ["c", "d"]
        assert shelf.names("Shot", field("tasks.name").is_null()) == ["d"]
        assert shelf.names("Shot", field("tasks.name").contains("COM")) == ["a", "c"]
        assert shelf.column("Shot", "tasks.name") == [["anim", "comp"], ["anim"], ["comp"], []]

    def test_through_two_of_them(self, shelf: Show, made: dict[str, Ref]) -> None:
        ann = name_of(shelf, made["ann"])
        assert shelf.names("Shot", field("tasks.assignees.name") == ann) == ["a", "c"]
        assert shelf.names("Shot", field("tasks.assignees.name") != ann) == ["b", "d"]
        assert shelf.names("Shot", field("tasks.assignees") == made["ann"]) == ["a", "c"]
        assert shelf.names("Shot", field("tasks.assignees").is_null()) == ["b", "d"]
        assert shelf.names("Sequence", field("children.tasks.name") == "comp") == ["sq1", "SQ2"]

    def test_a_list_at_the_end_is_flat_and_each_once(self, shelf: Show, made: dict[str, Ref]) -> None:
        found = shelf.column("Shot", "tasks.assignees")
        assert [sorted(ref.id for ref in value) for value in found] == [
            sorted([made["ann"].id, made["ben"].id]), [], [made["ann"].id], [],
        ]  # fmt: skip

    def test_there_and_back(self, shelf: Show, made: dict[str, Ref]) -> None:
        assert shelf.names("Shot", field("sequence.children.name") == "b") == ["a", "b"]
        assert shelf.names("Task", field("parent[Shot].tasks.name") == "comp") == ["anim", "comp", "comp"]

    def test_versions_of_a_task(self, shelf: Show, made: dict[str, Ref]) -> None:
        assert shelf.names("Task", field("versions.name") == "a_comp_v002") == ["comp"]
        assert shelf.names("Shot", field("versions.name").ends_with("_V001")) == ["a", "d"]


@needs("find", "create", "find.deep", types=["Episode"])
class TestDeepAncestors(Cases):
    @pytest.fixture(scope="class")
    @classmethod
    def made(cls, shelf: Show) -> dict[str, Ref]:
        outer = shelf.make("Episode", name="outer", parent=shelf.project)
        inner = shelf.sequence("inner", parent=outer)
        shot = shelf.shot("sh", parent=inner)
        task = shelf.task(shot, "anim")
        version = shelf.version(shot, "sh_v001", task=task)
        lone = shelf.task(shelf.asset("lone"), "model")
        return {"outer": outer, "inner": inner, "shot": shot, "task": task, "version": version, "lone": lone}

    def test_ancestors_are_read(self, shelf: Show, made: dict[str, Ref]) -> None:
        assert shelf.column("Shot", "sequence") == [made["inner"]]
        assert shelf.column("Shot", "episode") == [made["outer"]]
        assert shelf.value(made["task"], "sequence") == made["inner"]
        assert shelf.value(made["task"], "shot") == made["shot"]
        assert shelf.value(made["task"], "episode.name") == "outer"
        assert shelf.column("Version", "sequence.name") == ["inner"]
        assert shelf.column("Version", "shot.name") == ["sh"]

    def test_no_record_is_its_own_ancestor(self, shelf: Show, made: dict[str, Ref]) -> None:
        for type_name in ("Episode", "Sequence", "Shot"):
            if type_name.lower() in shelf.stack.schema.type(type_name).fields:
                assert shelf.column(type_name, type_name.lower()) == [None]

    def test_filters(self, shelf: Show, made: dict[str, Ref]) -> None:
        assert shelf.names("Task", field("sequence") == made["inner"]) == ["anim"]
        assert shelf.names("Task", field("episode") == made["outer"]) == ["anim"]
        assert shelf.names("Task", field("sequence.episode.name") == "outer") == ["anim"]
        assert shelf.names("Task", field("shot.name") == "sh") == ["anim"]
        assert shelf.names("Version", field("sequence.name").starts_with("IN")) == ["sh_v001"]
        assert shelf.names("Folder", field("sequence.name") == "inner") == ["sh"]
        assert shelf.names("Folder", field("episode.name") == "outer") == ["inner", "sh"]

    def test_an_ancestor_of_a_kind_that_is_not_there(self, shelf: Show, made: dict[str, Ref]) -> None:
        assert shelf.value(made["lone"], "sequence") is None
        assert shelf.names("Task", field("sequence.name") != "inner") == ["model"]
        assert shelf.names("Task", field("sequence").is_null()) == ["model"]
        assert shelf.names("Task", field("asset.name") == "lone") == ["model"]

    def test_the_nearest_ancestor_counts(self, show: Show) -> None:
        outer = show.sequence("outer")
        if not show.may_link("Sequence", "parent", "Sequence"):
            with pytest.raises(DomainError):
                show.sequence("inner", parent=outer)
            return
        inner = show.sequence("inner", parent=outer)
        shot = show.shot("sh", parent=inner)
        assert show.value(shot, "sequence") == inner
        assert show.value(inner, "sequence") == outer
        assert show.value(shot, "sequence.sequence.name") == "outer"
        assert show.names("Shot", field("sequence") == outer) == []

    @needs("update")
    def test_ancestors_follow_when_a_folder_moves(self, show: Show) -> None:
        one, two = show.sequence("sq1"), show.sequence("sq2")
        shot = show.shot("sh", parent=one)
        task = show.task(shot, "anim")
        assert show.value(task, "sequence") == one
        show.tracker.update(shot, parent=two)
        assert show.value(task, "sequence") == two
        assert show.names("Task", field("sequence.name") == "sq2") == ["anim"]

    @needs(fields=["Shot.path"])
    def test_the_path_of_a_folder(self, shelf: Show, made: dict[str, Ref]) -> None:
        assert shelf.column("Shot", "path") == ["/outer/inner/sh"]
