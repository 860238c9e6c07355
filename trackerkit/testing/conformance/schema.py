"""schema: what there is, under neutral names; and fields and types made, changed and deleted where the tracker lets us."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest

from trackerkit.datatypes import DATA_TYPES
from trackerkit.errors import InvalidInputError, TrackerError, UnknownFieldError, UnknownTypeError, UnsupportedError
from trackerkit.filters import field
from trackerkit.model import neutral_schema
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.stack import Show

__all__ = ["TestSchemaChange", "TestSchemaRead", "TestSchemaType"]

SAMPLES: dict[str, Any] = {
    "text": "x", "integer": 5, "float": 1.5, "checkbox": True, "date": date(2024, 2, 29),
    "datetime": datetime(2024, 2, 29, 12, tzinfo=timezone.utc), "duration": timedelta(minutes=30),
}  # fmt: skip


@needs("schema")
class TestSchemaRead(Cases):
    def test_every_type_of_the_model_is_there_or_marked(self, stack: Any) -> None:
        missing = set(neutral_schema().types) - set(stack.types)
        assert missing <= set(stack.backend.capabilities.types), "a type is missing, and no mark says why"
        for name, mark in stack.backend.capabilities.types.items():
            assert name not in stack.schema, f"{name} is marked as missing and is there"
            assert mark.reason

    def test_every_field_of_the_model_has_the_models_data_type(self, stack: Any) -> None:
        for owner in neutral_schema().types.values():
            if owner.name in stack.schema:
                mine = stack.schema.type(owner.name).fields
                for name, item in owner.fields.items():
                    if name in mine:
                        assert mine[name].data_type == item.data_type, f"{owner.name}.{name}"

    def test_every_field_is_sound(self, stack: Any) -> None:
        for owner in stack.schema.types.values():
            assert owner.display in owner.fields or owner.display == "name"
            for name, item in owner.fields.items():
                assert item.name == name
                assert item.data_type in DATA_TYPES
                assert all(target in stack.schema for target in item.targets), f"{owner.name}.{name}: {item.targets}"
                assert all(key in item.choices for key in item.aliases.values())

    def test_types_have_an_id_and_a_name(self, stack: Any) -> None:
        for name in ("Project", "Shot", "Task", "Version", "User"):
            fields = stack.schema.type(name).fields
            assert fields["id"].data_type == "id"
            assert fields["name"].data_type == "text"

    def test_the_kinds_are_folders(self, stack: Any) -> None:
        kinds = stack.schema.concrete("Folder")
        assert {"Shot", "Asset", "Sequence"} <= set(kinds)
        assert stack.schema.is_a("Shot", "Folder")
        assert stack.schema.type("Shot").base == "Folder"

    def test_the_view_of_the_schema(self, show: Show) -> None:
        view = show.tracker.schema
        assert view.types() == sorted(show.stack.types)
        assert view.field("Shot", "name").data_type == "text"
        assert view.type("Shot").name == "Shot"
        assert view.read(show.project).type("Shot").name == "Shot"

    def test_what_is_not_there_names_the_nearest(self, stack: Any) -> None:
        with pytest.raises(UnknownTypeError, match="Shot"):
            stack.schema.type("Shto")
        with pytest.raises(UnknownFieldError, match="name"):
            stack.schema.field("Shot", "nmae")


@needs("find", "create", "update", "schema.field")
class TestSchemaChange(Cases):
    @pytest.mark.parametrize("data_type", list(SAMPLES))
    def test_a_new_field_holds_values(self, show: Show, data_type: str) -> None:
        name = show.stack.unique(f"tk_{data_type}")
        before = show.shot("old")
        made = show.tracker.schema.create_field("Shot", name, data_type, label="A field")
        item = show.tracker.schema.field("Shot", made)
        assert item.data_type == data_type
        assert item.custom
        assert item.label == "A field"
        shot = show.shot("new", **{made: SAMPLES[data_type]})
        assert show.value(shot, made) == SAMPLES[data_type]
        assert show.value(before, made) in (None, False)
        assert show.names("Shot", field(made) == SAMPLES[data_type]) == ["new"]
        show.tracker.schema.delete_field("Shot", made)

    def test_a_choice_field_knows_its_choices(self, show: Show) -> None:
        made = show.tracker.schema.create_field("Shot", show.stack.unique("tk_choice"), "choice", choices=["a", "b"])
        assert list(show.tracker.schema.field("Shot", made).choices) == ["a", "b"]
        shot = show.shot(**{made: "b"})
        assert show.value(shot, made) == "b"
        with pytest.raises(InvalidInputError, match="'a'"):
            show.tracker.create("Shot", name="x", project=show.project, **{made: "c"})

    def test_a_link_field(self, show: Show) -> None:
        made = show.tracker.schema.create_field("Shot", show.stack.unique("tk_link"), "links", targets=["Asset"])
        asset = show.asset("hero")
        shot = show.shot("sh0010", **{made: [asset]})
        assert show.value(shot, made) == [asset]
        assert show.names("Shot", field(made) == asset) == ["sh0010"]

    def test_a_field_is_relabelled(self, show: Show) -> None:
        made = show.tracker.schema.create_field("Shot", show.stack.unique("tk_text"), "text", label="Before")
        show.tracker.schema.update_field("Shot", made, label="After")
        assert show.tracker.schema.field("Shot", made).label == "After"

    def test_a_deleted_field_is_gone(self, show: Show) -> None:
        made = show.tracker.schema.create_field("Shot", show.stack.unique("tk_text"), "text")
        shot = show.shot("sh0010", **{made: "x"})
        show.tracker.schema.delete_field("Shot", made)
        with pytest.raises(InvalidInputError, match=made):
            show.find("Shot", fields=[made])
        assert show.value(shot, "name") == "sh0010"

    def test_a_field_that_is_there_is_not_made_again(self, show: Show) -> None:
        made = show.tracker.schema.create_field("Shot", show.stack.unique("tk_text"), "text")
        with pytest.raises(TrackerError, match=made):
            show.tracker.schema.create_field("Shot", made, "text")

    @pytest.mark.parametrize(
        ("name", "data_type"),
        [("", "text"), ("a b", "text"), ("1a", "text"), ("a" * 61, "text"), (5, "text"), ("a", "txt")],
    )
    def test_what_makes_no_sense_is_refused(self, show: Show, name: Any, data_type: str) -> None:
        with pytest.raises(InvalidInputError):
            show.deaf().schema.create_field("Shot", name, data_type)

    def test_a_property_that_is_not_there(self, show: Show) -> None:
        with pytest.raises(InvalidInputError, match="colour"):
            show.deaf().schema.create_field("Shot", "a", "text", colour="red")


@needs("schema")
class TestSchemaType(Cases):
    @needs("find", "create", "schema.type")
    def test_a_new_type_holds_records(self, show: Show) -> None:
        name = show.stack.unique("Kit").replace("_", "")
        try:
            made = show.tracker.schema.create_type(name, label="A kit")
        except UnsupportedError as error:  # a tracker whose only new types are kinds of Folder says so
            assert "Folder" in str(error)
            assert error.sent == "no"
            return
        record = show.make(made, name="one")
        assert record.type == made
        assert show.names(made) == ["one"]
        assert made in show.tracker.schema.types()

    @needs("find", "create", "schema.kind")
    def test_a_new_kind_of_folder(self, show: Show) -> None:
        name = show.stack.unique("Reel").replace("_", "")
        made = show.tracker.schema.create_type(name, kind_of="Folder")
        record = show.make(made, name="one", parent=show.project)
        shot = show.shot("sh0010", parent=record)
        assert show.column("Folder", "kind") == [made, "Shot"]
        assert show.value(shot, "parent") == record

    def test_where_it_cannot_be_done_it_says_so(self, show: Show) -> None:
        if not show.stack.has("schema.field"):
            with pytest.raises(UnsupportedError):
                show.deaf().schema.create_field("Shot", "tk_text", "text")
        if not show.stack.has("schema.type"):
            with pytest.raises(UnsupportedError):
                show.deaf().schema.create_type("Kit")
