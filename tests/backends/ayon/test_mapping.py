"""Names and values, both ways: what goes out comes back the same."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from trackerkit.errors import DomainError
from trackerkit.model import KINDS, neutral_schema
from trackerkit.schema import Schema
from trackerkit.values import Image, Inherited, Ref, Url
from trackerkit_ayon.mapping import names
from trackerkit_ayon.mapping.codecs import CODECS, Context, parse, show
from trackerkit_ayon.mapping.places import fields_at, place_of, places
from trackerkit_ayon.mapping.rows import Rows, checked_extra, extra_of, normal

ID = "84e1550ce66d11f18be102fc00000001"


def samples(context: Context) -> dict[str, list[Any]]:
    """Some neutral values for every codec."""
    return {
        "plain": ["text", "", 5, {"a": [1, None]}],
        "flag": [True, False],
        "absent": [True, False],
        "float": [24.0, 23.976],
        "list": [[], ["a", "b c"]],
        "moment": [datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=timezone.utc)],
        "day": [date(2026, 1, 2), date(2024, 2, 29)],
        "seconds": [timedelta(minutes=90), timedelta(microseconds=1)],
        "image": [Image(id=ID)],
        "user": [context.user("artist")],
        "users": [[], [context.user("artist"), context.user("svc")]],
        "url": [Url("https://a.example/b"), Url("file:///a b", "A file")],
        "link": [context.ref("Version", ID), context.user("artist")],
        "links": [[], [context.ref("Version", ID), context.ref("Folder", ID)]],
        "folder": [context.ref("Folder", ID)],
        "task": [context.ref("Task", ID)],
        "product": [context.ref("Product", ID)],
        "version": [context.ref("Version", ID)],
    }


@pytest.mark.parametrize("zone", ["UTC", "Europe/Prague", "America/Los_Angeles"])
def test_every_codec_gives_back_what_it_was_given(zone: str) -> None:
    context = Context("h", "p", ZoneInfo(zone))
    table = samples(context)
    assert set(table) == set(CODECS)
    for codec, values in table.items():
        for value in [*values, None]:
            assert parse(codec, context, show(codec, context, value)) == value, codec


def test_every_place_names_a_codec_and_a_field_that_the_model_has() -> None:
    model = neutral_schema()
    own = {"data", "library", "uid"}
    for type_name in names.TYPES:
        known = set(model.type(type_name).fields) | own | _unmodelled(type_name)
        for place in places(type_name).values():
            assert place.codec in CODECS
            assert place.field in known, (type_name, place.field)


def _unmodelled(type_name: str) -> set[str]:
    """Attributes whose neutral name the model gives to other types only."""
    return {"clip_in", "clip_out", "fps", "resolution_width", "resolution_height", "pixel_aspect", "tags"}


@pytest.mark.parametrize("type_name", [name for name in names.TYPES if name != "Event"])
def test_no_two_fields_share_a_key_but_a_name_and_its_label(type_name: str) -> None:
    found: dict[str, str] = {}
    for place in places(type_name).values():
        if place.path and not (place.field in ("label", "id", "name", "filename") and place.path in found):
            assert place.path not in found or found[place.path] in ("label", "id", "name", "filename"), place
        found.setdefault(place.path, place.field)
    for path, place in fields_at(type_name).items():
        assert place.path == path


def test_a_kind_has_the_places_of_its_folder() -> None:
    assert all(places(kind) == places("Folder") for kind in KINDS)


def test_a_folder_type_with_another_types_name_is_a_plain_folder() -> None:
    assert names.kind_of("Task") == "Folder"
    assert names.kind_of("Shot") == "Shot"
    assert names.kind_of("Prop") == "Prop"


# ---- names


@pytest.mark.parametrize(
    ("rule", "text", "suggestion"),
    [
        (names.NAME, "sh010", "sh010"),
        (names.NAME, "SH 010", "SH_010"),
        (names.NAME, "Straße Ünder", "Stra_e_Under"),
        (names.NAME, "-a-", "a"),
        (names.NAME, "日本", "unnamed"),
        (names.LABEL, "it's; so", "it_s_ so"),
        (names.PROJECT_NAME, "Big Buck Bunny!", "Big_Buck_Bunny_"),
        (names.PROJECT_CODE, "x", "x_"),
        (names.TYPE_NAME, "IP", "IP_"),
        (names.TYPE_NAME, "N/A state", "N_A state"),
        (names.USER_NAME, "jane@studio.example", "jane_studio.example"),
    ],
)
def test_suggest_gives_the_nearest_name_that_is_taken(rule: names.Rule, text: str, suggestion: str) -> None:
    assert rule.suggest(text) == suggestion
    assert rule.takes(suggestion)
    assert rule.takes(text) == (text == suggestion)


# ---- whole records


@pytest.fixture
def shot(schema: Schema, context: Context) -> Rows:
    return Rows(schema.type("Shot"), context)


def folder_node(**more: Any) -> dict[str, Any]:
    return {
        "id": ID, "name": "sh010", "label": None, "folderType": "Shot", "parentId": None, "active": True, "status": "On hold",
        "tags": ["a"], "thumbnailId": None, "createdAt": "2026-11-23T04:38:27.301144+00:00", "createdBy": "svc",
        "updatedAt": "2026-11-23T04:38:27+00:00", "updatedBy": None, "path": "/sh010",
        "attrib": {"frameStart": 5, "fps": 25.0, "startDate": "2024-01-02T00:00:00+00:00"}, "ownAttrib": ["frameStart"],
        "data": {"trackerkit_cut_order": 7, "thumbnailHash": "x", "other": {"a": 1}}, **more,
    }  # fmt: skip


def test_a_folder_reads_own_and_inherited_values_apart(shot: Rows) -> None:
    record = shot.record(
        folder_node(), ["frame_start", "fps", "start_date", "description", "label", "cut_order", "data"]
    )
    assert record["frame_start"] == 5
    assert record["fps"] == Inherited(25.0)
    assert record["start_date"] == Inherited(date(2024, 1, 2))
    assert record["description"] is None
    assert record["label"] == "sh010"
    assert record["cut_order"] == 7
    assert record["data"] == {"other": {"a": 1}}


def test_a_folder_at_the_top_has_the_project_as_parent(shot: Rows) -> None:
    parent = shot.record(folder_node(), ["parent"])["parent"]
    assert (parent.type, parent.id) == ("Project", "big_buck")


def test_a_link_to_a_retired_record_reads_none(shot: Rows) -> None:
    parent = {"id": ID, "name": "sq", "label": None, "folderType": "Sequence", "active": False}
    assert shot.record(folder_node(parentId=ID, parent=parent), ["parent"])["parent"] is None
    alive = shot.record(folder_node(parentId=ID, parent={**parent, "active": True}), ["parent"])["parent"]
    assert (alive.type, alive.label) == ("Sequence", "sq")


def test_payload_and_values_are_each_others_inverse(shot: Rows, context: Context) -> None:
    values = {
        "name": "sh010", "label": "Shot", "kind": "Shot", "parent": context.ref("Folder", ID), "status": "On hold",
        "frame_start": 1001, "fps": 24.0, "start_date": date(2026, 1, 2), "tags": ["a"], "cut_order": 3, "category": None,
        "description": None, "thumbnail": None, "data": {"other": 1},
    }  # fmt: skip
    payload = shot.payload(values)
    assert payload["attrib"] == {
        "frameStart": 1001,
        "fps": 24.0,
        "startDate": "2026-01-02T00:00:00+00:00",
        "description": None,
    }
    assert payload["data"] == {"trackerkit_cut_order": 3, "trackerkit_category": None, "other": 1}
    again, left = shot.values({**payload, "active": False})
    assert again == values
    assert left == {"active": False}


def test_a_parent_on_the_project_is_no_folder(shot: Rows, context: Context) -> None:
    assert shot.payload({"parent": context.home()}) == {"parentId": None}
    assert shot.values({"parentId": None})[0] == {"parent": context.home()}


def test_what_no_field_stands_for_is_left(shot: Rows) -> None:
    values, left = shot.values(
        {"name": "a", "attrib": {"frameStart": 1, "unheard": 2}, "data": {"x": 3}, "force": True}
    )
    assert values == {"name": "a", "frame_start": 1, "data": {"x": 3}}
    assert left == {"attrib": {"unheard": 2}, "force": True}


def test_a_record_shows_as_the_node_that_it_was_read_from(shot: Rows) -> None:
    node = folder_node()
    names_read = [name for name in shot.places if shot.places[name].home != "link_in" and name in shot.kind.fields]
    record = shot.record(node, names_read)
    shown = shot.node(record)
    for key in (
        "id",
        "name",
        "label",
        "folderType",
        "parentId",
        "status",
        "tags",
        "thumbnailId",
        "attrib",
        "ownAttrib",
    ):
        assert shown[key] == node[key], key
    assert shown["data"] == {"trackerkit_cut_order": 7, "other": {"a": 1}}


@pytest.mark.parametrize(
    ("type_name", "values"),
    [
        ("Task", {"name": "comp", "type": "FX", "milestone": True, "duration": timedelta(hours=2), "estimate": None}),
        ("Product", {"name": "main", "type": "render", "base_type": None, "description": "x"}),
        ("Version", {"number": 3, "description": "first", "path": "/a.exr", "frame_start": 5}),
        ("Workfile", {"path": "/w/a.ma", "status": "On hold"}),
        ("User", {"label": "Jane", "email": "j@x.example", "active": False}),
        ("Playlist", {"name": "Dailies", "locked": True, "date": datetime(2026, 1, 2, tzinfo=timezone.utc)}),
        ("Status", {"name": "Late one", "code": "LAT", "category": "blocked", "scope": ["task"]}),
    ],
)
def test_payload_and_values_agree_for_every_type(
    schema: Schema, context: Context, type_name: str, values: dict[str, Any]
) -> None:
    rows = Rows(schema.type(type_name), context)
    assert rows.values(rows.payload(values)) == (values, {})


def test_writing_the_label_of_what_has_one_name_writes_the_name(schema: Schema, context: Context) -> None:
    assert Rows(schema.type("Product"), context).payload({"label": "main"}) == {"name": "main"}
    assert Rows(schema.type("Version"), context).payload({"label": "a"}) == {"data": {"trackerkit_name": "a"}}
    assert Rows(schema.type("Product"), context).payload({"name": "main", "label": "x"}) == {"name": "main"}


def test_a_file_keeps_its_paths(schema: Schema, context: Context) -> None:
    rows = Rows(schema.type("File"), context)
    values = {"name": "exr", "paths": ["/a.1.exr", "/a.2.exr"], "size": 5, "path": "/a.%d.exr"}
    payload = rows.payload(values, is_new=True)
    assert [item["path"] for item in payload["files"]] == values["paths"]
    assert rows.values(payload)[0] == values
    assert "files" not in rows.payload({"status": "On hold"})


def test_native_reaches_what_a_neutral_name_covers(schema: Schema, context: Context) -> None:
    rows = Rows(schema.type("Version"), context)
    raw = schema.field("Version", "native(description)")
    node = {"attrib": {"comment": "neutral", "description": "raw"}, "ownAttrib": []}
    assert rows.getter(raw)(node) == "raw"
    assert rows.getter(schema.field("Version", "description"))(node) == "neutral"
    assert rows.payload({"native(description)": "x"}) == {"attrib": {"description": "x"}}


def test_every_stored_field_of_the_schema_has_a_place(schema: Schema) -> None:
    for owner in schema.types.values():
        for item in owner.fields.values():
            if item.is_stored and item.name not in ("type", "project") and owner.name != "Event":
                assert place_of(owner.name, item) is not None, (owner.name, item.name)


def test_normal_reads_what_graphql_gives_as_text() -> None:
    node = normal({"allAttrib": '{"fps":25}', "data": None, "activityData": "{}"})
    assert node["attrib"] == {"fps": 25}
    assert node["data"] == {}
    assert node["activityData"] == {}


def test_extra_data_is_what_others_keep() -> None:
    assert extra_of({"trackerkit_name": "x", "thumbnailHash": "y"}) == {}
    assert extra_of({"a": 1, "trackerkit_name": "x"}) == {"a": 1}
    assert extra_of(None) == {}


@pytest.mark.parametrize("wrong", [[1], "x", {"trackerkit_name": "x"}, {"thumbnailHash": "x"}])
def test_extra_data_is_an_object_with_free_keys(wrong: Any) -> None:
    with pytest.raises(DomainError, match=r"Shot\.data"):
        checked_extra(wrong, "Shot")
    assert checked_extra({"a": 1}, "Shot") == {"a": 1}


def test_refs_carry_project_site_and_ayons_own_type(shot: Rows) -> None:
    ref = shot.ref(folder_node())
    assert ref == Ref("Shot", ID, "big_buck", "ayon.example", "folder")
    assert (ref.project, ref.native, ref.label) == ("big_buck", "folder", "sh010")
