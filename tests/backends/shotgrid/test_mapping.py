"""Names and values, ShotGrid ↔ neutral: both directions are each other's inverse."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from trackerkit.errors import ProtocolError, UnknownFieldError
from trackerkit.model import KINDS, neutral_schema
from trackerkit.values import Attachment, Image, Ref, Url
from trackerkit_shotgrid.mapping import fields, types
from trackerkit_shotgrid.mapping.paths import neutral_path
from trackerkit_shotgrid.mapping.values import Links, decoder, encoder, format_datetime, parse_datetime
from trackerkit_shotgrid.schema import bindings_of

LINKS = Links("studio.example")


def there_and_back(value: Any, data_type: str, codec: str = "", native: str = "") -> Any:
    native = native or fields.NATIVE_DATA_TYPES[data_type]
    return decoder(native, data_type, codec, LINKS)(encoder(native, data_type, codec, LINKS)(value))


def test_the_tables_are_sound() -> None:
    assert fields.check() == []


def test_a_table_with_two_neutral_names_for_one_field_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    broken = {**fields._TABLE, "Tag": "name=name color=name nonsense=x"}
    monkeypatch.setattr(fields, "_TABLE", broken)
    fields.field_maps.cache_clear()
    try:
        assert fields.check() == ["Tag: name and color are both name", "Tag.nonsense is no field of the model"]
    finally:
        fields.field_maps.cache_clear()


@pytest.mark.parametrize("neutral", sorted(set(neutral_schema().types) - types.WITHOUT_NATIVE))
def test_every_type_of_the_model_has_a_name_that_leads_back(neutral: str) -> None:
    native = types.native_type(neutral)
    assert native is not None
    assert types.neutral_type(native) == neutral


@pytest.mark.parametrize("native", ["CustomEntity01", "PublishedFileType", "Icon", "Folder", "Product"])
def test_other_types_keep_a_name_that_leads_back(native: str) -> None:
    assert types.native_type(types.neutral_type(native)) == native


@pytest.mark.parametrize("neutral", sorted(types.WITHOUT_NATIVE))
def test_what_shotgrid_lacks_has_no_name(neutral: str) -> None:
    assert types.native_type(neutral) is None


@pytest.mark.parametrize(("kind", "native"), [("human", "HumanUser"), ("script", "ApiUser"), ("service", "ApiUser"),
                                              (None, "HumanUser")])  # fmt: skip
def test_the_kind_of_a_user_is_its_type(kind: str | None, native: str) -> None:
    assert types.native_user_type(kind) == native


@pytest.mark.parametrize(
    ("neutral", "name", "natives"),
    [
        ("Shot", "name", ("code",)),
        ("Task", "name", ("content",)),
        ("Note", "body", ("content",)),
        ("Project", "code", ("code", "tank_name")),
        ("Shot", "handle_start", ("sg_handle_start",)),
        ("Version", "author", ("user",)),
        ("File", "type", ("published_file_type",)),
    ],
)
def test_fields_by_name(neutral: str, name: str, natives: tuple[str, ...]) -> None:
    assert fields.field_maps(neutral)[name].natives == natives


def test_a_kind_of_folder_that_the_model_does_not_name_has_a_folders_fields() -> None:
    lines = fields.field_maps("Library", "Folder")
    assert lines["name"].natives == ("code",)
    assert lines["category"].natives == ("sg_category",)


TEXTS = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), min_size=1)
VALUES = {
    "text": TEXTS,
    "integer": st.integers(-(2**31), 2**31 - 1),
    "percent": st.integers(-(2**31), 2**31 - 1),
    "timecode": st.integers(-(2**31), 2**31 - 1),
    "float": st.floats(allow_nan=False, allow_infinity=False),
    "currency": st.floats(allow_nan=False, allow_infinity=False),
    "checkbox": st.booleans(),
    "date": st.dates(),
    "datetime": st.datetimes(timezones=st.just(timezone.utc)).map(lambda moment: moment.replace(microsecond=0)),
    "duration": st.integers(-(2**31), 2**31 - 1).map(lambda minutes: timedelta(minutes=minutes)),
    "choice": TEXTS,
    "status": TEXTS,
    "choices": st.lists(TEXTS),
    "json": st.recursive(st.none() | st.integers() | TEXTS, lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner)),
    "color": st.from_regex(r"#[0-9a-f]{6}", fullmatch=True),
    "uuid": st.uuids().map(str),
    "entity_type": st.sampled_from(["Shot", "CustomEntity01"]),
}  # fmt: skip


@pytest.mark.parametrize("data_type", sorted(VALUES))
@given(data=st.data())
def test_a_value_comes_back_as_it_went_in(data_type: str, data: st.DataObject) -> None:
    value = data.draw(VALUES[data_type])
    assert there_and_back(value, data_type) == value


@pytest.mark.parametrize("data_type", sorted(set(VALUES) - {"checkbox", "choices"}))
def test_null_comes_back_as_null(data_type: str) -> None:
    assert there_and_back(None, data_type) is None


@given(TEXTS.filter(lambda text: "\n" not in text))
def test_a_path_comes_back_as_it_went_in(path: str) -> None:
    for value in (f"/{path.strip('/')}x", f"C:\\show\\{path}x"):
        assert there_and_back(value, "text", "path", "url") == value


@pytest.mark.parametrize("value", ["2024-01-01", "2024-01-01T00:00:00Z", "&lt;b&gt; &amp;", " ", "\t x ", "1.0"])
def test_a_text_is_never_taken_for_something_else(value: str) -> None:
    """F71, F72: a text is converted by its field's data type, never by its look."""
    read = decoder("text", "text", "", LINKS)
    assert read(value) == value


@pytest.mark.parametrize(("text", "wanted"), [
    ("2022-02-01T20:53:08Z", datetime(2022, 2, 1, 20, 53, 8, tzinfo=timezone.utc)),
    ("0999-01-01T00:00:00Z", datetime(999, 1, 1, tzinfo=timezone.utc)),
    ("2022-02-01 20:53:08.523887", datetime(2022, 2, 1, 20, 53, 8, 523887, tzinfo=timezone.utc)),
    ("2022-02-01 20:53:08 UTC", datetime(2022, 2, 1, 20, 53, 8, tzinfo=timezone.utc)),
    ("2022-02-01T22:53:08+02:00", datetime(2022, 2, 1, 20, 53, 8, tzinfo=timezone.utc)),
])  # fmt: skip
def test_times_in_every_form_that_shotgrid_has(text: str, wanted: datetime) -> None:
    assert parse_datetime(text) == wanted


@pytest.mark.parametrize("text", ["yesterday", 12, "2022-02-30T00:00:00Z", "2022-02-01T20:53:99Z"])
def test_a_time_that_is_none_is_an_error(text: Any) -> None:
    with pytest.raises(ProtocolError, match="date and time"):
        parse_datetime(text)


def test_years_before_1000_keep_their_twenty_characters() -> None:
    """F73: the year 999 has four digits on the wire."""
    assert format_datetime(datetime(999, 1, 1, tzinfo=timezone.utc)) == "0999-01-01T00:00:00Z"
    assert encoder("date", "date", "", LINKS)(date(999, 1, 1)) == "0999-01-01"


def test_links() -> None:
    shot = LINKS.ref({"type": "Shot", "id": 7, "name": "sh010"})
    assert shot == Ref("Shot", 7, site="studio.example", native="Shot")
    assert shot is not None
    assert shot.label == "sh010"
    step = LINKS.ref({"type": "Step", "id": 8, "name": "Comp"})
    assert step is not None
    assert (step.type, step.native) == ("TaskType", "Step")
    assert LINKS.entity(step) == {"type": "Step", "id": 8, "name": "Comp"}
    assert LINKS.entity(Ref("File", 3)) == {"type": "PublishedFile", "id": 3}
    assert LINKS.ref(None) is None
    project = LINKS.ref({"type": "Project", "id": 70, "name": "Big Buck Bunny"})
    assert project is not None
    assert project.project == "70"


@pytest.mark.parametrize("id", ["f" * 32, "12a", "٣"])
def test_an_id_that_is_no_number_is_no_record_of_shotgrid(id: str) -> None:
    assert LINKS.number_of(Ref("Shot", id)) == -1


@pytest.mark.parametrize(("given", "wanted"), [
    ({"url": "https://x/", "name": "x", "link_type": "web"}, Url("https://x/", "x")),
    ({"url": "https://x/", "name": "https://x/", "link_type": "web"}, Url("https://x/")),
    ({"url": "https://s3/a.mov", "name": "a.mov", "content_type": "video/quicktime", "link_type": "upload",
      "type": "Attachment", "id": 5}, Attachment("5", "a.mov", mime_type="video/quicktime", url="https://s3/a.mov")),
    ({"local_path": "/prod/a b.exr", "name": "a b.exr", "link_type": "local", "id": 6},
     Attachment("6", "a b.exr", url="file:///prod/a%20b.exr", kind="local")),
])  # fmt: skip
def test_url_fields(given: dict[str, Any], wanted: Any) -> None:
    assert decoder("url", "url", "", LINKS)(given) == wanted


def test_images() -> None:
    read = decoder("image", "image", "", LINKS)
    assert read(None) is None
    assert read("https://s3/t.jpg") == Image(url="https://s3/t.jpg")
    pending = read("https://x/images/status/transient/thumbnail_pending.png")
    assert pending is not None
    assert pending.pending


@pytest.mark.parametrize(("native", "neutral"), [("222,0,0", "#de0000"), ("0,0,0", "#000000"),
                                                 ("pipeline_step", "pipeline_step"), ("Red", "Red")])  # fmt: skip
def test_colours(native: str, neutral: str) -> None:
    assert decoder("color", "color", "", LINKS)(native) == neutral
    assert encoder("color", "color", "", LINKS)(neutral) == native


def test_names_that_stand_for_records() -> None:
    assert decoder("multi_entity", "choices", "tags", LINKS)([{"type": "Tag", "id": 1, "name": "fx"}]) == ["fx"]
    assert decoder("tag_list", "choices", "tags", LINKS)(["fx"]) == ["fx"]
    assert decoder("entity", "choice", "name", LINKS)({"type": "Step", "id": 1, "name": "Comp"}) == "Comp"
    assert decoder("entity_type", "choice", "type", LINKS)("PublishedFile") == "File"
    assert [decoder("status_list", "checkbox", "active", LINKS)(word) for word in ("act", "dis", None)] == [
        True,
        False,
        False,
    ]


# --- paths ---------------------------------------------------------------------------------------------------------


MODEL = neutral_schema()
NATIVE = bindings_of(MODEL)


@pytest.mark.parametrize(("owner", "native", "neutral"), [
    ("Shot", "code", "name"),
    ("Shot", "sg_sequence.Sequence.code", "parent[Sequence].name"),
    ("Shot", "sg_sequence.Sequence.episode.Episode.code", "parent[Sequence].parent[Episode].name"),
    ("Shot", "assets.Asset.code", "assets[Asset].name"),
    ("Task", "entity.Shot.sg_status_list", "parent[Shot].status"),
    ("Task", "entity.Shot.sg_sequence.Sequence.code", "parent[Shot].parent[Sequence].name"),
    ("Version", "user.HumanUser.login", "author[User].name"),
    ("Shot", "$FROM$Task.entity.content", "tasks[Task].name"),
    ("Sequence", "$FROM$Shot.sg_sequence.code", "children[Shot].name"),
])  # fmt: skip
def test_a_native_path_as_a_neutral_one(owner: str, native: str, neutral: str) -> None:
    assert neutral_path(NATIVE, MODEL, owner, native).text == neutral


def test_a_path_that_ends_in_a_part_of_the_parent() -> None:
    found = neutral_path(NATIVE, MODEL, "Task", "entity.Shot.sg_sequence")
    assert found.text == "parent[Shot].parent"
    assert found.binding is None
    assert found.parent is not None
    assert found.parent.target == "Sequence"


@pytest.mark.parametrize("path", ["sg_nothing", "code.Shot.code", "sg_sequence.Nothing.code", "sg_sequence.code", "a..b",
                                  "$FROM$Task.step.code", "$FROM$Nothing.entity.code"])  # fmt: skip
def test_a_path_that_leads_nowhere(path: str) -> None:
    with pytest.raises(UnknownFieldError):
        neutral_path(NATIVE, MODEL, "Shot", path)


def test_every_native_field_leads_back_to_its_neutral_one() -> None:
    for native, binding in NATIVE.items():
        for name, item in binding.natives.items():
            assert binding.fields[item.field.name].native == name, (native, name)
    assert {link.native for link in NATIVE["Shot"].parents} == {"sg_sequence", "sg_scene", "episode"}
    assert all(kind in NATIVE for kind in KINDS)
