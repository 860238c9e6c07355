"""create: what is written comes back as it went in, or is refused before anything is sent; a repeat is the same create."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from trackerkit import operations as ops
from trackerkit.errors import DomainError, InvalidInputError, TrackerError, UnknownFieldError, UnknownTypeError
from trackerkit.filters import field
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.stack import Show
from trackerkit.testing.conformance.values import NEVER, TEXTS, VALUES
from trackerkit.values import UNSET, Ref

__all__ = ["TestCreate", "TestCreateKey", "TestCreateRefused", "TestCreateValues"]


def _cases(table: dict[str, dict[str, Any]]) -> list[Any]:
    return [
        pytest.param(kind, value, id=f"{kind}-{name}") for kind, row in table.items() for name, value in row.items()
    ]


def _same(found: Any, wanted: Any, data_type: str) -> bool:
    if data_type == "choices":
        return sorted(found) == sorted(wanted)
    if data_type == "url":  # a link without a name shows its address
        return bool((found.url, found.name or found.url) == (wanted.url, wanted.name or wanted.url))
    return bool(found == wanted) and (data_type != "json" or repr(found) == repr(wanted))


@needs("find", "create")
class TestCreateValues(Cases):
    @pytest.mark.parametrize(("data_type", "value"), _cases(VALUES))
    def test_a_value_comes_back_as_it_went_in_or_is_refused_unsent(
        self, show: Show, data_type: str, value: Any
    ) -> None:
        name = self.field_of(show, data_type, is_empty=False)
        if not show.holds("Shot", name, value):
            with pytest.raises(DomainError, match=rf"Shot\.{re.escape(name)}"):
                show.deaf().create("Shot", name="sh0010", project=show.project, **{name: value})
            return
        made = show.shot("sh0010", **{name: value})
        found = show.value(made, name)
        assert _same(found, value, data_type), found
        assert type(found) is type(value)

    @pytest.mark.parametrize("name", [pytest.param(text, id=key) for key, text in TEXTS.items()])
    def test_a_name_comes_back_as_it_went_in_or_is_refused_unsent(self, show: Show, name: str) -> None:
        if not show.holds("Shot", "name", name):
            with pytest.raises(DomainError, match=r"Shot\.name"):
                show.deaf().create("Shot", name=name, project=show.project)
            return
        made = show.shot(name)
        assert show.value(made, "name") == name
        assert show.names("Shot", field("name") == name) == [name]

    @pytest.mark.parametrize(("data_type", "value"), _cases(NEVER))
    def test_what_is_no_value_is_refused_unsent(self, show: Show, data_type: str, value: Any) -> None:
        name = self.field_of(show, data_type, is_empty=False)
        with pytest.raises(DomainError, match=rf"Shot\.{re.escape(name)}") as caught:
            show.deaf().create("Shot", name="sh0010", project=show.project, **{name: value})
        assert caught.value.path == f"Shot.{name}"
        assert caught.value.sent == "no"

    def test_none_is_null_and_unset_is_absent(self, show: Show) -> None:
        text = self.field_of(show, "text")
        null = show.shot(**dict.fromkeys([text]))
        absent: dict[str, Any] = {text: UNSET}
        unset = show.shot(**absent)
        assert show.value(null, text) is None
        assert show.value(unset, text) is None

    def test_dates_and_times_may_be_given_as_text(self, show: Show) -> None:
        day, moment = self.field_of(show, "date"), self.field_of(show, "datetime")
        made = show.shot(**{day: "2024-02-29", moment: "2024-02-29T12:30:00+02:00"})
        record = show.get(made, [day, moment])
        assert record[day] == date(2024, 2, 29)
        assert record[moment] == datetime(2024, 2, 29, 10, 30, tzinfo=timezone.utc)
        assert record[moment].tzinfo is timezone.utc

    def test_links_come_back(self, show: Show) -> None:
        ann, ben = show.user(), show.user()
        shot = show.shot()
        task = show.task(shot, assignees=[ann, ben])
        record = show.get(task, ["parent", "assignees", "project"])
        assert record["parent"] == shot
        assert sorted(ref.id for ref in record["assignees"]) == sorted([ann.id, ben.id])
        assert all(show.stack.schema.is_a(ref.type, "User") for ref in record["assignees"])
        assert record["project"] == show.project

    def test_a_link_given_twice_is_one_link(self, show: Show) -> None:
        ann = show.user()
        task = show.task(show.shot(), assignees=[ann, ann])
        assert [ref.id for ref in show.value(task, "assignees")] == [ann.id]


@needs("find", "create")
class TestCreate(Cases):
    def test_create_gives_the_record_with_what_was_written(self, show: Show) -> None:
        made = show.tracker.create("Shot", name="sh0010", project=show.project, parent=show.project)
        assert made.ref.type == "Shot"
        assert made.ref.site == show.stack.backend.site
        assert made.ref.project == show.project.id
        assert made.ref.native
        assert made["name"] == "sh0010"
        assert show.tracker.get(made).name == "sh0010"

    def test_create_says_when_and_in_which_project(self, show: Show) -> None:
        made = show.shot()
        record = show.get(made, ["created_at", "updated_at", "project"])
        now = datetime.now(timezone.utc)
        assert record["created_at"].utcoffset() == timedelta(0)
        assert abs(now - record["created_at"]) < timedelta(minutes=5)
        assert record["updated_at"] is None or record["updated_at"] >= record["created_at"] - timedelta(seconds=1)
        assert record["project"] == show.project

    def test_a_project_may_be_named(self, show: Show) -> None:
        made = show.tracker.create("Shot", name="sh0010", parent=show.project, project=show.value(show.project, "name"))
        assert made.ref.project == show.project.id

    def test_the_project_follows_from_the_parent(self, show: Show) -> None:
        sequence = show.sequence("sq010")
        made = show.tracker.create("Shot", name="sh0010", parent=sequence)
        assert show.value(made.ref, "project") == show.project
        assert made.ref.project == show.project.id

    def test_a_folder_of_a_kind_is_of_that_type(self, show: Show) -> None:
        made = show.make("Folder", name="sh0010", kind="Shot", parent=show.project)
        assert made.type == "Shot"
        assert show.names("Shot") == ["sh0010"]
        assert show.value(made, "kind") == "Shot"

    @pytest.mark.parametrize("type_name", ["Episode", "Sequence", "Scene", "Shot", "Asset"])
    def test_every_kind_of_folder(self, show: Show, type_name: str) -> None:
        self.need(show, types=[type_name])
        made = show.make(type_name, name="it", parent=show.project)
        assert made.type == type_name
        assert show.column("Folder", "kind") == [type_name]

    def test_a_folder_in_a_folder(self, show: Show) -> None:
        sequence = show.sequence("sq010")
        shot = show.shot("sh0010", parent=sequence)
        assert show.value(shot, "parent") == sequence
        assert show.value(sequence, "parent") == show.project

    def test_a_task_and_its_type(self, show: Show) -> None:
        kind = show.task_type()
        task = show.task(show.shot(), "anim", type=kind)
        record = show.get(task, ["name", "type"])
        assert record.name == "anim"
        assert record.type == kind
        assert record.entity_type == "Task"

    def test_a_version_and_its_name(self, show: Show) -> None:
        shot = show.shot("sh0010")
        task = show.task(shot, "comp")
        version = show.version(shot, "sh0010_comp_v003", task=task)
        record = show.get(version, ["name", "parent", "task"])
        assert record.name == "sh0010_comp_v003"
        assert record.parent == shot
        assert record.task == task
        assert show.names("Version", field("name") == "sh0010_comp_v003") == ["sh0010_comp_v003"]

    def test_two_versions_of_one_name_under_two_shots(self, show: Show) -> None:
        one, two = show.shot(), show.shot()
        first, second = show.version(one, "comp_v001"), show.version(two, "comp_v001")
        assert first != second
        assert show.names("Version", field("parent") == two) == ["comp_v001"]

    @needs(types=["Product"])
    def test_a_product_and_its_versions(self, show: Show) -> None:
        shot = show.shot()
        product = show.product(shot, "renderMain")
        version = show.version(shot, "renderMain_v001", product=product)
        assert show.value(product, "name") == "renderMain"
        assert show.value(version, "product") == product
        assert show.value(product, "parent") == shot

    @needs(types=["File"])
    def test_a_file_of_a_version(self, show: Show) -> None:
        shot = show.shot()
        version = show.version(shot, "comp_v001")
        made = show.make("File", name="exr", version=version, parent=shot)
        record = show.get(made, ["name", "version"])
        assert (record.name, record.version) == ("exr", version)

    @needs(types=["Group"])
    def test_a_group_of_users(self, show: Show) -> None:
        ann = show.user()
        group = show.make("Group", name=show.stack.unique("group"), users=[ann])
        assert [ref.id for ref in show.value(group, "users")] == [ann.id]

    def test_a_user(self, show: Show) -> None:
        name = show.stack.unique("user")
        made = show.user(name, email="ann@example.com")
        record = show.tracker.get(made, fields=["name", "email"])
        assert record.to_dict() == {"name": name, "email": "ann@example.com"}
        assert show.stack.schema.is_a(made.type, "User")


@needs("find", "create", "create.key")
class TestCreateKey(Cases):
    def test_a_repeat_with_the_same_key_is_the_same_create(self, show: Show) -> None:
        operation = show.operation("Shot", {"name": "sh0010", "parent": show.project})
        (first,) = show.tracker.write([operation])
        (second,) = show.tracker.write([operation])
        assert second.ref == first.ref
        assert (first.done, second.done) == (True, False)
        assert show.names("Shot") == ["sh0010"]

    def test_other_keys_are_other_records(self, show: Show) -> None:
        parents = [show.sequence(), show.sequence()]
        refs = {show.make("Shot", name="sh0010", parent=parent) for parent in parents}
        assert len(refs) == 2

    def test_a_key_is_32_hex_digits(self, show: Show) -> None:
        for key in ("x" * 32, "0" * 31, "0" * 33, "A" * 32, 5, "g" + "0" * 31):
            with pytest.raises(InvalidInputError):
                show.deaf().create("Shot", name="sh0010", project=show.project, key=key)  # type: ignore[arg-type]

    def test_a_task_too(self, show: Show) -> None:
        operation = show.operation("Task", {"name": "anim", "parent": show.shot()})
        refs = {show.tracker.write([operation])[0].ref for _ in range(3)}
        assert len(refs) == 1
        assert show.names("Task") == ["anim"]


@needs("create")
class TestCreateRefused(Cases):
    def refused(self, show: Show, error: type[Exception], match: str, type_name: str = "Shot", **values: Any) -> None:
        with pytest.raises(error, match=match):
            show.deaf().create(type_name, **{"project": show.project, **values})

    def test_an_unknown_type_names_the_nearest(self, show: Show) -> None:
        self.refused(show, UnknownTypeError, "Shot", "Shto", name="x")

    def test_an_unknown_field_names_the_nearest(self, show: Show) -> None:
        self.refused(show, UnknownFieldError, "parent", name="x", parnet=show.project)

    def test_what_is_required_is_asked_for(self, show: Show) -> None:
        self.refused(show, DomainError, "name")
        self.refused(show, DomainError, "name", name=None)

    @pytest.mark.parametrize("name", ["id", "type", "updated_at", "updated_by", "tasks", "sequence", "children"])
    def test_what_the_tracker_sets_cannot_be_written(self, show: Show, name: str) -> None:
        self.need(show, fields=[f"Shot.{name}"])
        given: dict[str, Any] = {"name": "x", name: None}
        self.refused(show, DomainError, rf"Shot\.{name}", **given)

    def test_a_link_to_the_wrong_type(self, show: Show) -> None:
        self.refused(show, DomainError, r"Shot\.parent", name="x", parent=Ref("Task", 1))
        self.refused(show, DomainError, r"Task\.assignees", "Task", name="x", assignees=[Ref("Shot", 1)])

    def test_a_link_that_is_no_record(self, show: Show) -> None:
        bad: list[Any] = ["sq010", 5, {"type": "Sequence", "id": 1}, [Ref("Sequence", 1)]]
        for value in bad:
            self.refused(show, DomainError, r"Shot\.parent", name="x", parent=value)
        bad = [Ref("User", 1), "ann", [5]]
        for value in bad:
            self.refused(show, DomainError, r"Task\.assignees", "Task", name="x", assignees=value)

    def test_a_record_of_another_site(self, show: Show) -> None:
        there = Ref("Sequence", 1, site="elsewhere.example")
        self.refused(show, InvalidInputError, r"elsewhere\.example", name="x", parent=there)

    def test_a_status_that_is_not_one_of_the_choices(self, show: Show) -> None:
        choices = show.stack.schema.field("Shot", "status").choices
        if choices:
            self.refused(show, DomainError, "no such status", name="x", status="no such status")

    def test_nothing_to_be_in(self, show: Show) -> None:
        with pytest.raises(InvalidInputError, match="project"):
            show.tracker.create("Shot", name="sh0010")

    @needs("find")
    def test_a_link_to_what_is_not_there_makes_nothing(self, show: Show) -> None:
        ghost = "987654321" if show.project.id.isdigit() else "f" * 32
        with pytest.raises(TrackerError):
            show.tracker.create("Shot", name="sh0010", project=show.project, parent=Ref("Sequence", ghost))
        assert show.names("Shot") == []

    def test_operations_made_by_hand_are_checked_too(self, show: Show) -> None:
        with pytest.raises(DomainError, match=r"Shot\.name"):
            show.deaf().batch([ops.create("Shot", {"name": 5}, project=show.project)])
