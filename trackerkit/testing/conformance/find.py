"""find: which records an answer holds, which fields they have, and what a record is."""

from __future__ import annotations

import copy
import pickle

import pytest

from trackerkit.errors import FieldNotLoadedError
from trackerkit.filters import field
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.stack import Show
from trackerkit.values import Ref

__all__ = ["TestFind", "TestFindScope"]


@needs("find", "create")
class TestFind(Cases):
    def test_find_without_conditions_gives_every_record_in_creation_order(self, show: Show) -> None:
        names = ["b_second", "a_first", "c_third"]
        show.shots(*({"name": name} for name in names))
        assert show.names("Shot") == names

    def test_find_in_an_empty_project_gives_nothing(self, show: Show) -> None:
        assert show.find("Shot") == []

    def test_find_without_fields_reads_the_default_ones(self, show: Show) -> None:
        made = show.shot("sh0010")
        (shot,) = show.find("Shot")
        assert list(shot) == ["id", "type", "name", "label", "project"]
        assert shot.id == made.id
        assert shot.type == "Shot"
        assert shot.name == "sh0010"
        assert shot.label == "sh0010"
        assert shot.project == show.project

    def test_find_gives_refs_that_are_complete(self, show: Show) -> None:
        show.shot("sh0010")
        (shot,) = show.find("Shot")
        assert shot.ref.type == "Shot"
        assert shot.ref.id == shot.id
        assert shot.ref.site == show.stack.backend.site
        assert shot.ref.project == show.project.id
        assert shot.ref.native
        assert show.tracker.get(shot.ref).ref == shot.ref

    def test_find_gives_the_ref_that_create_gave(self, show: Show) -> None:
        made = show.shot("sh0010")
        (shot,) = show.find("Shot")
        assert shot.ref == made
        assert hash(shot.ref) == hash(made)

    def test_a_project_is_its_own_project(self, show: Show) -> None:
        (project,) = show.tracker.find("Project", field("id") == show.project.id)
        assert project.ref == show.project
        assert project.ref.project == show.project.id

    def test_a_link_says_where_it_leads(self, show: Show) -> None:
        sequence = show.sequence("sq010")
        show.shot("sh0010", parent=sequence)
        link = show.column("Shot", "parent")[0]
        assert link == sequence
        assert (link.type, link.site) == ("Sequence", show.stack.backend.site)
        assert link.label in ("sq010", None)

    def test_a_field_that_was_not_asked_for_raises(self, show: Show) -> None:
        show.shot()
        (shot,) = show.find("Shot", fields=["name"])
        assert list(shot) == ["name"]
        with pytest.raises(FieldNotLoadedError, match="description"):
            _ = shot.description
        with pytest.raises(FieldNotLoadedError):
            _ = shot["id"]
        assert shot.get("id") is None

    def test_the_id_is_known_whether_it_was_asked_for_or_not(self, show: Show) -> None:
        shot = show.shot("sh010")
        assert show.tracker.get(shot, fields=["name"]).id == shot.id
        assert show.tracker.get(shot, fields=["id"])["id"] == shot.id

    def test_find_with_an_empty_list_of_fields_reads_refs_alone(self, show: Show) -> None:
        made = show.shot()
        (shot,) = show.find("Shot", fields=[])
        assert len(shot) == 0
        assert shot.ref == made

    def test_find_reads_null_as_none_and_no_links_as_an_empty_list(self, show: Show) -> None:
        shot = show.shot()
        show.task(shot, "anim")
        assert show.value(shot, self.field_of(show, "text")) is None
        assert show.column("Task", "assignees") == [[]]

    def test_find_gives_columns_in_the_order_asked_for_and_each_once(self, show: Show) -> None:
        show.shot("sh0010")
        (shot,) = show.find("Shot", fields=["type", "name", "id", "name"])
        assert list(shot) == ["type", "name", "id"]

    def test_conditions_are_joined_by_and(self, show: Show) -> None:
        text = self.field_of(show, "text")
        show.shots({"name": "sh1", text: "x"}, {"name": "sh2", text: "x"}, {"name": "sh3"})
        assert show.names("Shot", field(text) == "x", field("name") != "sh2") == ["sh1"]
        assert show.names("Shot", (field(text) == "x") & (field("name") != "sh2")) == ["sh1"]

    def test_the_list_form_is_the_same_filter(self, show: Show) -> None:
        show.shots({"name": "sh1"}, {"name": "sh2"}, {"name": "sh3"})
        assert show.names("Shot", [["name", "in", ["sh1", "sh3"]]]) == ["sh1", "sh3"]
        group = {"filter_operator": "any", "filters": [["name", "is", "sh2"], ["name", "is", "sh3"]]}
        assert show.names("Shot", [group, ["name", "is_not", "sh3"]]) == ["sh2"]

    def test_the_list_form_takes_filters_and_then_fields(self, show: Show) -> None:
        show.shots({"name": "sh1"}, {"name": "sh2"})
        found = list(show.tracker.find("Shot", [["name", "is", "sh2"]], ["name", "type"], project=show.project))
        assert [item.to_dict() for item in found] == [{"name": "sh2", "type": "Shot"}]

    def test_find_one_gives_the_first_or_none(self, show: Show) -> None:
        show.shots({"name": "sh2"}, {"name": "sh1"})
        first = show.tracker.find_one("Shot", project=show.project)
        assert first is not None
        assert first.name == "sh2"
        ordered = show.tracker.find_one("Shot", order=["name"], project=show.project)
        assert ordered is not None
        assert ordered.name == "sh1"
        assert show.tracker.find_one("Shot", field("name") == "sh9", project=show.project) is None

    def test_folder_means_every_kind_in_creation_order(self, show: Show) -> None:
        show.shot("one")
        show.sequence("two")
        show.asset("three")
        show.shot("four")
        assert show.names("Folder") == ["one", "two", "three", "four"]
        assert show.column("Folder", "type") == ["Shot", "Sequence", "Asset", "Shot"]

    def test_a_kind_and_a_folder_of_that_kind_are_the_same_question(self, show: Show) -> None:
        show.shot("one")
        show.sequence("two")
        show.shot("three")
        assert show.names("Folder", field("kind") == "Shot") == show.names("Shot") == ["one", "three"]
        assert [item.ref.type for item in show.find("Folder", field("kind") == "Shot")] == ["Shot", "Shot"]

    def test_find_gives_at_most_limit_records(self, show: Show) -> None:
        show.shots(*({"name": f"sh{at}"} for at in range(5)))
        assert show.names("Shot", limit=2) == ["sh0", "sh1"]
        assert show.names("Shot", order=["-name"], limit=2) == ["sh4", "sh3"]
        assert show.names("Shot", field("name") != "sh0", limit=1) == ["sh1"]
        assert len(show.names("Shot", limit=5)) == 5
        assert len(show.names("Shot", limit=10**12)) == 5

    def test_records_can_be_copied_pickled_and_put_into_sets(self, show: Show) -> None:
        show.shot("sh0010")
        (shot,) = show.find("Shot")
        again = pickle.loads(pickle.dumps(shot))  # noqa: S301 - made a moment ago, right here
        assert again == shot
        assert again.to_dict() == shot.to_dict()
        assert copy.copy(shot) == shot
        assert len({shot, again}) == 1

    def test_two_iterators_of_one_tracker_do_not_disturb_one_another(self, show: Show) -> None:
        show.shots(*({"name": f"sh{at}"} for at in range(5)))
        one = show.tracker.find("Shot", project=show.project, fields=["name"], page_size=2)
        other = show.tracker.find("Shot", project=show.project, fields=["name"], page_size=2)
        pairs = [(next(one).name, next(other).name) for _ in range(5)]
        assert pairs == [(f"sh{at}", f"sh{at}") for at in range(5)]

    def test_an_unknown_id_gives_nothing(self, show: Show) -> None:
        show.shot()
        for id in ("987654321", "0" * 31 + "1", "no such id"):
            assert show.find("Shot", field("id") == id) == []


@needs("find", "create")
class TestFindScope(Cases):
    def test_find_in_a_project_gives_its_records_alone(self, show: Show) -> None:
        other = show.stack.show()
        show.shot("mine")
        other.shot("theirs")
        assert show.names("Shot") == ["mine"]
        assert other.names("Shot") == ["theirs"]

    def test_a_project_may_be_named(self, show: Show) -> None:
        show.shot("mine")
        name = show.value(show.project, "name")
        assert show.names("Shot", project=name) == ["mine"]

    def test_find_in_several_projects(self, show: Show) -> None:
        other, third = show.stack.show(), show.stack.show()
        for each, name in ((show, "a"), (other, "b"), (third, "c")):
            each.shot(name)
        assert sorted(show.names("Shot", project=[show.project, third.project])) == ["a", "c"]

    def test_without_a_project_find_covers_every_project(self, show: Show) -> None:
        other = show.stack.show()
        one, two = show.shot(), other.shot()
        found = {item.ref for item in show.tracker.find("Shot", field("id").is_in([one.id, two.id]))}
        assert found == {one, two}

    def test_project_can_be_filtered_as_a_link(self, show: Show) -> None:
        other = show.stack.show()
        show.shot("mine")
        other.shot("theirs")
        assert show.names("Shot", field("project") == show.project, project=None) == ["mine"]

    @needs("delete", "find.retired")
    def test_state_chooses_active_retired_or_all(self, show: Show) -> None:
        kept, gone = show.shot("kept"), show.shot("gone")
        show.tracker.delete(gone)
        assert show.names("Shot") == ["kept"]
        assert show.names("Shot", state="retired") == ["gone"]
        assert show.names("Shot", state="all") == ["kept", "gone"]
        assert show.find("Shot", state="all")[0].ref == kept

    @needs("delete", "find.retired", "find.retired_links", "find.deep", "find.reverse")
    def test_links_to_retired_records_are_found_when_asked_for(self, show: Show) -> None:
        sequence = show.sequence("sq")
        shot = show.shot("sh", parent=sequence)
        task = show.make("Task", name="anim", parent=shot)
        for ref in (sequence, task):
            show.tracker.delete(ref)
        for every, names, wanted in ((False, [], [None, None, []]), (True, ["sh"], [sequence, "sq", [task]])):
            assert show.names("Shot", field("parent") == sequence, retired_links=every) == names
            assert show.names("Shot", field("sequence.name") == "sq", retired_links=every) == names
            assert show.names("Shot", field("tasks.name") == "anim", retired_links=every) == names
            found = show.find("Shot", fields=["parent", "sequence.name", "tasks"], retired_links=every)[0]
            assert [found["parent"], found["sequence.name"], found["tasks"]] == wanted
            assert show.tracker.count("Shot", field("parent") == sequence, retired_links=every) == len(names)

    @needs("delete", "find.retired_links", fields=["Shot.path"])
    def test_a_path_names_retired_folders_too(self, show: Show) -> None:
        sequence = show.sequence("sq")
        show.shot("sh", parent=sequence)
        show.tracker.delete(sequence)
        assert show.column("Shot", "path") == ["/sq/sh"]

    @needs("update", fields=["Project.archived"])
    def test_records_of_archived_projects_are_found_only_when_asked_for(self, show: Show) -> None:
        shot = show.shot("sh0010")
        show.tracker.update(show.project, archived=True)
        assert list(show.tracker.find("Shot", field("id") == shot.id)) == []
        assert list(show.tracker.find("Project", field("id") == show.project.id)) == []
        found = list(show.tracker.find("Shot", field("id") == shot.id, archived=True))
        assert [item.ref for item in found] == [shot]
        assert show.tracker.get(shot).name == "sh0010"

    def test_a_ref_made_by_hand_is_as_good(self, show: Show) -> None:
        sequence = show.sequence()
        show.shot("sh0010", parent=sequence)
        by_hand = Ref("Sequence", sequence.id, project=sequence.project)
        assert show.names("Shot", field("parent") == by_hand) == ["sh0010"]
        assert show.names("Shot", field("parent").is_in([by_hand])) == ["sh0010"]
        assert show.names("Shot", field("parent") != by_hand) == []
        assert show.tracker.get(by_hand).ref == sequence

    def test_the_id_of_a_ref_may_be_a_number_or_its_text(self, show: Show) -> None:
        shot = show.shot("sh0010")
        assert show.names("Shot", field("id") == shot.id) == ["sh0010"]
        if shot.id.isdigit():
            assert show.names("Shot", field("id") == int(shot.id)) == ["sh0010"]
            assert show.tracker.get("Shot", int(shot.id)).ref == shot
