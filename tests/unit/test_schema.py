"""schema and model: types, fields, and what the neutral model says of them."""

from __future__ import annotations

import pytest

from trackerkit.datatypes import DATA_TYPES
from trackerkit.errors import UnknownFieldError, UnknownTypeError
from trackerkit.model import ANCESTORS, KINDS, folder_kind, neutral_schema
from trackerkit.schema import EntityType, Field, Schema


def test_the_model_has_its_types() -> None:
    wanted = {
        "Project", "Folder", "Episode", "Sequence", "Scene", "Shot", "Asset", "Task", "TaskType", "Status", "Product",
        "Version", "File", "Workfile", "Reviewable", "Note", "Reply", "Attachment", "Playlist", "User", "Group", "Tag",
        "Link", "TimeLog", "Revision", "Event",
    }  # fmt: skip
    assert set(neutral_schema().types) == wanted


@pytest.mark.parametrize("owner", neutral_schema().types.values(), ids=lambda owner: owner.name)
def test_every_type_of_the_model_is_sound(owner: EntityType) -> None:
    schema = neutral_schema()
    assert {"id", "type", "created_at", "created_by", "updated_at", "updated_by"} <= set(owner.fields)
    assert owner.in_project == ("project" in owner.fields)
    assert owner.display in owner.fields
    for name, item in owner.fields.items():
        assert item.name == name
        assert item.data_type in DATA_TYPES
        assert all(target in schema for target in item.targets)
        assert not item.targets or item.is_link
        if item.reverse_of:
            source, link = item.reverse_of
            forward = schema.field(source, link)
            assert forward.is_stored, f"{owner.name}.{name}"
            assert forward.is_link
            assert set(schema.concrete(owner.base or owner.name)) & set(schema.targets(forward)), f"{owner.name}.{name}"
            assert item.read_only
            assert not item.is_stored
        if item.ancestor:
            assert item.targets == (item.ancestor,)
            assert item.read_only


def test_the_fields_of_a_kind_are_the_fields_of_a_folder() -> None:
    schema = neutral_schema()
    assert schema.kinds == KINDS
    for kind in KINDS:
        assert schema.type(kind).fields == schema.type("Folder").fields
        assert schema.is_a(kind, "Folder")
    assert schema.concrete("Folder") == (*KINDS, "Folder")
    assert schema.concrete("Shot") == ("Shot",)
    assert not schema.is_a("Folder", "Shot")
    assert not schema.is_a("Task", "Folder")


def test_ancestors_are_fields_of_what_hangs_below() -> None:
    for owner in ("Shot", "Task", "Product", "Version", "File", "Workfile"):
        for name, kind in ANCESTORS.items():
            assert neutral_schema().field(owner, name).ancestor == kind
    assert "sequence" not in neutral_schema().type("User").fields


def test_an_unknown_type_names_the_nearest_or_the_neutral_one() -> None:
    schema = Schema([EntityType("File", {}, native="PublishedFile"), EntityType("Shot", {})], backend="x")
    for name, says in (("shot", "Shot"), ("PublishedFile", "File"), ("zzz", "File, Shot"), (None, "None"), (5, "5")):
        with pytest.raises(UnknownTypeError, match=says) as caught:
            schema.type(name)  # type: ignore[arg-type]
        assert caught.value.backend == "x"


def native_schema() -> Schema:
    fields = {
        "name": Field("name", "text", native="code"),
        "sg_mood": Field("sg_mood", "text", native="sg_mood", custom=True),
    }
    raw = {"sg_sequence": Field("sg_sequence", "link", native="sg_sequence")}
    return Schema([EntityType("Shot", fields, raw=raw)])


def test_native_fields_are_reached_by_their_own_name() -> None:
    schema = native_schema()
    assert schema.field("Shot", "native(sg_sequence)").name == "sg_sequence"
    assert schema.field("Shot", "native(sg_mood)").name == "sg_mood"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("code", "'name'"),
        ("sg_sequence", r"native\(sg_sequence\)"),
        ("nmae", "'name'"),
        ("native(x)", "no field"),
        (5, "5"),
    ],
)
def test_an_unknown_field_says_what_would_be_right(name: str, says: str) -> None:
    with pytest.raises(UnknownFieldError, match=says):
        native_schema().field("Shot", name)


def test_targets_of_an_open_link_are_every_type() -> None:
    schema = neutral_schema()
    assert set(schema.targets(Field("x", "link"))) == set(schema.types)
    assert schema.targets(Field("x", "link", targets=("Folder", "Nothing"))) == schema.concrete("Folder")


def test_reverse_lists_what_may_point_here() -> None:
    found = {(owner, item.name) for owner, item in neutral_schema().reverse("Shot")}
    assert {("Task", "parent"), ("Version", "parent"), ("Note", "links")} <= found
    assert ("Shot", "tasks") not in found


def test_copies_leave_the_original_alone() -> None:
    base = neutral_schema()
    shot = base.type("Shot").with_fields(Field("mood", "text"))
    changed = base.replaced(shot, folder_kind("Reel", base.type("Folder")), epoch=5)
    assert "mood" in changed.type("Shot").fields
    assert "mood" not in base.type("Shot").fields
    assert "mood" not in shot.without_field("mood").fields
    assert "Reel" in changed.concrete("Folder")
    assert "Reel" not in base
    assert (changed.epoch, base.epoch) == (5, 0)


def test_what_can_be_ordered_and_listed() -> None:
    schema = neutral_schema()
    assert schema.field("Shot", "name").can_order
    assert not schema.field("Shot", "parent").can_order
    assert schema.field("Shot", "assets").is_many
    assert schema.field("Shot", "assets").is_link
    assert schema.field("Shot", "tags").is_many
    assert not schema.field("Shot", "tags").is_link
