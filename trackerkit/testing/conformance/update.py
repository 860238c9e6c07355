"""update: one field changes and the others stay; None clears; lists are set, added to and taken from."""

from __future__ import annotations

import re
from typing import Any

import pytest

from trackerkit.errors import DomainError, InvalidInputError, NotFoundError, UnknownFieldError
from trackerkit.filters import field
from trackerkit.operations import add, remove
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.create import _cases, _same
from trackerkit.testing.conformance.stack import Show
from trackerkit.testing.conformance.values import NEVER, VALUES
from trackerkit.values import UNSET, Ref

__all__ = ["TestUpdate", "TestUpdateLists", "TestUpdateRefused", "TestUpdateValues"]


@needs("find", "create", "update")
class TestUpdateValues(Cases):
    @pytest.mark.parametrize("data_type", list(VALUES))
    def test_values_come_back_as_they_went_in_and_none_clears(self, show: Show, data_type: str) -> None:
        name = self.field_of(show, data_type, is_empty=False)
        made = show.shot()
        empty = show.value(made, name)
        for value in VALUES[data_type].values():
            if show.holds("Shot", name, value):
                show.change(made, {name: value})
                assert _same(show.value(made, name), value, data_type)
        if show.holds("Shot", name, None):
            show.change(made, {name: None})
            assert show.value(made, name) == empty

    @pytest.mark.parametrize(("data_type", "value"), _cases(NEVER))
    def test_what_is_no_value_is_refused_unsent(self, show: Show, data_type: str, value: Any) -> None:
        name = self.field_of(show, data_type, is_empty=False)
        with pytest.raises(DomainError, match=rf"Shot\.{re.escape(name)}"):
            show.deaf().update(Ref("Shot", 1), **{name: value})


@needs("find", "create", "update")
class TestUpdate(Cases):
    def test_one_field_changes_and_the_others_stay(self, show: Show) -> None:
        text, number = self.field_of(show, "text"), self.field_of(show, "integer")
        made = show.shot("sh0010", **{text: "before", number: 5})
        other = show.shot("sh0020", **{text: "before"})
        changed = show.change(made, {text: "after"})
        assert changed.ref == made
        assert changed[text] == "after"
        assert show.get(made, ["name", text, number]).to_dict() == {"name": "sh0010", text: "after", number: 5}
        assert show.value(other, text) == "before"

    def test_several_fields_at_once(self, show: Show) -> None:
        text, number = self.field_of(show, "text"), self.field_of(show, "integer")
        before: dict[str, Any] = {text: "before", number: 5}
        made = show.shot(**before)
        show.change(made, {text: None, number: 6})
        assert show.get(made, [text, number]).to_dict() == {text: None, number: 6}

    def test_unset_leaves_a_field_as_it_is(self, show: Show) -> None:
        text = self.field_of(show, "text")
        made = show.shot(**{text: "kept"})
        show.change(made, {text: UNSET})
        assert show.value(made, text) == "kept"

    def test_an_update_of_nothing_changes_nothing(self, show: Show) -> None:
        made = show.shot("sh0010")
        assert show.tracker.update(made).ref == made
        assert show.value(made, "name") == "sh0010"

    def test_by_record_and_by_short_form(self, show: Show) -> None:
        text = self.field_of(show, "text")
        made = show.shot()
        show.change(show.tracker.get(made), {text: "by record"})
        assert show.value(made, text) == "by record"
        show.change(Ref("Shot", made.id, project=made.project), {text: "by hand"})
        assert show.value(made, text) == "by hand"

    def test_a_new_name_is_found_and_the_old_one_is_not(self, show: Show) -> None:
        made = show.shot("sh0010")
        show.tracker.update(made, name="sh0011")
        assert show.names("Shot", field("name") == "sh0010") == []
        (found,) = show.find("Shot", field("name") == "sh0011")
        assert found.ref == made

    def test_a_status(self, show: Show) -> None:
        one, two = show.statuses()
        made = show.shot(status=one)
        show.tracker.update(made, status=two)
        assert show.value(made, "status") == two

    def test_a_link_moves(self, show: Show) -> None:
        one, two = show.sequence("sq1"), show.sequence("sq2")
        made = show.shot("sh0010", parent=one)
        show.tracker.update(made, parent=two)
        assert show.value(made, "parent") == two
        assert show.names("Shot", field("parent") == one) == []
        assert show.names("Shot", field("sequence") == two) == ["sh0010"]

    def test_label_reads_as_name_until_it_is_written(self, show: Show) -> None:
        made = show.shot("sh0010")
        assert show.value(made, "label") == "sh0010"
        show.tracker.update(made, label="Shot_Ten")
        assert show.value(made, "label") == "Shot_Ten"
        assert show.value(made, "name") in ("sh0010", "Shot_Ten")

    def test_updated_at_moves_on(self, show: Show) -> None:
        made = show.shot()
        before = show.get(made, ["created_at", "updated_at"])
        show.change(made, {self.field_of(show, "text"): "x"})
        after = show.get(made, ["created_at", "updated_at"])
        assert after["created_at"] == before["created_at"]
        assert before["updated_at"] is None or after["updated_at"] >= before["updated_at"]


@needs("find", "create", "update")
class TestUpdateLists(Cases):
    def ids(self, show: Show, task: Ref) -> list[str]:
        return sorted(ref.id for ref in show.value(task, "assignees"))

    def test_a_list_is_set_and_cleared(self, show: Show) -> None:
        ann, ben = show.user(), show.user()
        task = show.task(show.shot(), assignees=[ann])
        show.tracker.update(task, assignees=[ben])
        assert self.ids(show, task) == [ben.id]
        show.tracker.update(task, assignees=[])
        assert self.ids(show, task) == []
        show.tracker.update(task, assignees=[ann, ben])
        show.tracker.update(task, assignees=None)
        assert self.ids(show, task) == []

    @needs("update.modes")
    def test_add_and_remove_keep_the_others(self, show: Show) -> None:
        ann, ben, eva = show.user(), show.user(), show.user()
        task = show.task(show.shot(), assignees=[ann])
        show.tracker.update(task, assignees=add(ben, eva))
        assert self.ids(show, task) == sorted([ann.id, ben.id, eva.id])
        show.tracker.update(task, assignees=remove(ann, eva))
        assert self.ids(show, task) == [ben.id]

    @needs("update.modes")
    def test_add_what_is_there_and_remove_what_is_not(self, show: Show) -> None:
        ann, ben = show.user(), show.user()
        task = show.task(show.shot(), assignees=[ann])
        show.tracker.update(task, assignees=add(ann))
        show.tracker.update(task, assignees=remove(ben))
        assert self.ids(show, task) == [ann.id]

    @needs("update.modes")
    def test_add_and_remove_choices(self, show: Show) -> None:
        one, two = show.choices("Shot", "tags", ["hero", "night"])
        made = show.shot(tags=[one])
        show.tracker.update(made, tags=add(two))
        assert sorted(show.value(made, "tags")) == sorted([one, two])
        show.tracker.update(made, tags=remove(one))
        assert show.value(made, "tags") == [two]

    @needs("links.order")
    def test_a_list_keeps_its_order(self, show: Show) -> None:
        people = [show.user() for _ in range(4)]
        wanted = [people[2], people[0], people[3], people[1]]
        task = show.task(show.shot(), assignees=wanted)
        assert [ref.id for ref in show.value(task, "assignees")] == [ref.id for ref in wanted]
        show.tracker.update(task, assignees=wanted[::-1])
        assert [ref.id for ref in show.value(task, "assignees")] == [ref.id for ref in wanted[::-1]]

    def test_a_reverse_link_follows(self, show: Show) -> None:
        one, two = show.shot("sh1"), show.shot("sh2")
        task = show.task(one, "anim")
        if show.stack.has("find.reverse"):
            assert show.value(one, "tasks") == [task]
        show.tracker.update(task, parent=two)
        if show.stack.has("find.reverse"):
            assert show.value(one, "tasks") == []
            assert show.value(two, "tasks") == [task]
        assert show.value(task, "parent") == two


@needs("create", "update")
class TestUpdateRefused(Cases):
    def test_of_what_never_was(self, show: Show) -> None:
        made = show.shot()
        ghost = made.replace(id="f" * 32 if not made.id.isdigit() else "987654321")
        with pytest.raises(NotFoundError):
            show.tracker.update(ghost, name="x")

    def test_an_unknown_field(self, show: Show) -> None:
        with pytest.raises(UnknownFieldError, match="parent"):
            show.deaf().update(Ref("Shot", 1), parnet=None)

    @pytest.mark.parametrize("name", ["id", "type", "created_at", "updated_at", "tasks", "sequence"])
    def test_what_cannot_be_changed(self, show: Show, name: str) -> None:
        self.need(show, fields=[f"Shot.{name}"])
        nothing: dict[str, Any] = {name: None}
        with pytest.raises(DomainError, match=rf"Shot\.{re.escape(name)}"):
            show.deaf().update(Ref("Shot", 1), **nothing)

    @needs("find")
    def test_a_kind_stays_or_the_record_stays_the_same_record(self, show: Show) -> None:
        made = show.shot("sh0010")
        if show.stack.schema.field("Shot", "kind").create_only:
            with pytest.raises(DomainError, match=r"Shot\.kind"):
                show.deaf().update(Ref("Shot", 1), kind="Asset")
            return
        with pytest.raises(DomainError, match="kind"):
            show.deaf().update(made, kind=None)
        show.tracker.update(made, kind="Asset")
        (found,) = show.find("Asset")
        assert found.ref == made
        assert show.find("Shot") == []

    def test_what_is_required_cannot_be_cleared(self, show: Show) -> None:
        with pytest.raises(DomainError, match="name"):
            show.deaf().update(Ref("Shot", 1), name=None)

    def test_add_and_remove_are_for_lists(self, show: Show) -> None:
        with pytest.raises(DomainError, match=r"Shot\.name"):
            show.deaf().update(Ref("Shot", 1), name=add("x"))
        with pytest.raises(DomainError, match=r"Task\.assignees"):
            show.deaf().create("Task", name="x", project=show.project, assignees=add(Ref("User", 1)))

    def test_of_another_site(self, show: Show) -> None:
        with pytest.raises(InvalidInputError, match=r"elsewhere\.example"):
            show.deaf().update(Ref("Shot", 1, site="elsewhere.example"), name="x")
        with pytest.raises(InvalidInputError, match=r"elsewhere\.example"):
            show.deaf().update(Ref("Task", 1), assignees=add(Ref("User", 1, site="elsewhere.example")))
