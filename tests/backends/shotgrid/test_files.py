"""Files to a site and back, what doctor finds, and changes of the schema."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fake_shotgrid import FakeSite, Refusal, native_field

from trackerkit.errors import (
    ChecksumError,
    ConflictError,
    InvalidInputError,
    NotFoundError,
    OutcomeUnknown,
    SchemaError,
    UnavailableError,
    UnsupportedError,
)
from trackerkit.testing.faults import close_after, drop_response
from trackerkit.testing.loopback import Reply
from trackerkit.tracker import Tracker
from trackerkit.values import Attachment, Image, Ref

DATA = bytes(range(256)) * 512


@pytest.fixture
def version(fake: FakeSite, studio: Tracker) -> Ref:
    """A version of the scripted site."""
    made = fake.add("Version", 7, code="v1", project={"type": "Project", "id": 70, "name": "p"})
    studio.schema()
    return studio.ref("Version", made["id"])


def test_a_movie_goes_into_its_field(fake: FakeSite, studio: Tracker, version: Ref) -> None:
    seen: list[Any] = []
    made = studio.upload(version, DATA, filename="comp_v001_ěšč_日本.mov", on_progress=seen.append)
    assert isinstance(made, Attachment)
    assert made.size == len(DATA)
    ((_, form),) = [call for call in fake.calls if call[0] == "/upload/upload_file"]
    assert form["entity_type"] == b"Version"
    assert form["entity_id"] == b"7"
    assert form["field_name"] == b"sg_uploaded_movie"
    assert form["display_name"].decode() == "comp_v001_ěšč_日本.mov"
    assert form["script_key"] == b"k3y-of-the-tests"
    assert fake.files[int(made.id or 0)] == DATA
    assert seen[-1].fraction == 1.0


def test_a_plain_attachment(fake: FakeSite, studio: Tracker, version: Ref) -> None:
    studio.upload(version, DATA, "attachments", filename="a.bin")
    ((_, form),) = [call for call in fake.calls if call[0] == "/upload/upload_file"]
    assert "field_name" not in form


def test_a_thumbnail(fake: FakeSite, studio: Tracker, version: Ref) -> None:
    assert studio.thumbnail(version, DATA) == Image(pending=True)
    assert [name for name, _ in fake.calls if name.startswith("/upload")] == ["/upload/publish_thumbnail"]


def test_a_length_that_differs(fake: FakeSite, studio: Tracker, version: Ref) -> None:
    """F28: an upload succeeded only when the site has as many bytes."""
    real = fake.add
    fake.add = lambda type, id=None, **values: real(type, id, **{**values, "file_size": 3})  # type: ignore[method-assign]
    with pytest.raises(ChecksumError, match="3 bytes"):
        studio.upload(version, DATA, filename="a.mov")


@pytest.mark.parametrize(("reply", "error"), [
    (Reply(200, b"0\nno permission for that"), Exception), (Reply(200, b"2\nnot ready"), UnavailableError),
    (Reply(502), OutcomeUnknown),
])  # fmt: skip
def test_an_upload_that_is_refused(
    fake: FakeSite, studio: Tracker, version: Ref, reply: Reply, error: type[Exception]
) -> None:
    fake.replies = [reply]
    with pytest.raises(error):
        studio.upload(version, DATA, filename="a.mov")


def test_into_a_field_that_takes_no_file(studio: Tracker, version: Ref) -> None:
    with pytest.raises(InvalidInputError, match="takes no file"):
        studio.upload(version, DATA, "name", filename="a.mov")


def test_a_download(fake: FakeSite, studio: Tracker, version: Ref, tmp_path: Path) -> None:
    made = studio.upload(version, DATA, filename="a.mov")
    done = studio.download(studio.ref("Attachment", made.id), tmp_path / "back.mov")
    assert (tmp_path / "back.mov").read_bytes() == DATA
    assert done.verified


def test_a_download_carries_a_session(stand: Any, tmp_path: Path) -> None:
    shot = stand.tracker.create("Shot", name="a", project=stand.tracker.create("Project", name="p").ref).ref
    made = stand.tracker.upload(shot, DATA, filename="a.bin")
    stand.tracker.download(stand.tracker.ref("Attachment", made.id), tmp_path / "a.bin")
    assert (tmp_path / "a.bin").read_bytes() == DATA
    (request,) = [seen for seen in stand.proxy.requests if seen.target.startswith("/file_serve")]
    assert request.headers["cookie"].startswith("_session_id=")
    assert "script_key" not in request.headers["cookie"]


def test_a_cut_download_leaves_the_old_file(stand: Any, tmp_path: Path) -> None:
    """F29, F30: a cut is taken up or fails; what was there survives."""
    shot = stand.tracker.create("Shot", name="a", project=stand.tracker.create("Project", name="p").ref).ref
    made = stand.tracker.upload(shot, DATA, filename="a.bin")
    target = tmp_path / "a.bin"
    target.write_bytes(b"old")
    stand.proxy.plan(["pass", "pass", close_after(40_000)])
    stand.tracker.download(stand.tracker.ref("Attachment", made.id), target)
    assert target.read_bytes() == DATA


def test_an_upload_whose_answer_is_lost(stand: Any) -> None:
    shot = stand.tracker.create("Shot", name="a", project=stand.tracker.create("Project", name="p").ref).ref
    stand.proxy.plan([drop_response()])
    with pytest.raises(OutcomeUnknown, match="nobody knows"):
        stand.tracker.upload(shot, DATA, filename="a.bin")
    assert stand.store.count("Attachment") == 1


@pytest.mark.parametrize(("link", "error"), [
    (None, NotFoundError), ({"link_type": "web", "url": "https://x/"}, UnsupportedError),
    ({"link_type": "local", "local_path": "/prod/a.mov"}, UnsupportedError),
])  # fmt: skip
def test_what_is_no_upload(
    fake: FakeSite, studio: Tracker, version: Ref, tmp_path: Path, link: Any, error: Any
) -> None:
    fake.tables["Version"][7]["sg_uploaded_movie"] = link
    with pytest.raises(error):
        studio.download(version, tmp_path / "a", "reviewables")
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(("url", "error"), [
    (None, NotFoundError), ("https://x/images/status/transient/thumbnail_pending.png", UnavailableError),
])  # fmt: skip
def test_a_thumbnail_that_is_not_there_yet(fake: FakeSite, studio: Tracker, version: Ref, tmp_path: Path, url: Any,
                                          error: Any) -> None:  # fmt: skip
    fake.tables["Version"][7]["image"] = url
    with pytest.raises(error):
        studio.download(version, tmp_path / "a.png", "thumbnail")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "http://169.254.169.254/latest", "http://127.0.0.1:1/x"])
def test_an_address_that_is_not_the_sites(
    fake: FakeSite, studio: Tracker, version: Ref, tmp_path: Path, url: str
) -> None:
    """F42: no local files, no private hosts."""
    fake.tables["Version"][7]["image"] = url
    with pytest.raises(InvalidInputError):
        studio.download(version, tmp_path / "a.png", "thumbnail")
    assert not (tmp_path / "a.png").exists()


# --- doctor ----------------------------------------------------------------------------------------------------------


def test_doctor_makes_the_key_fields(fake: FakeSite, studio: Tracker) -> None:
    fake.add("ApiUser", 1, firstname="tests")
    found = {check.name: check.is_ok for check in studio.doctor()}
    assert found["site"]
    assert found["login"]
    assert found["key of Shot"]
    assert not found["key of Task"]
    assert "uid" not in studio.schema().type("Task").fields
    made = {check.name: check for check in studio.doctor(prepare=True)}
    assert made["key of Task"].is_ok
    assert studio.schema().field("Task", "uid").native == "sg_trackerkit_key"
    assert {check.is_ok for check in studio.doctor()} == {True}


def test_doctor_without_the_right(fake: FakeSite, studio: Tracker) -> None:
    def refuse(_: Any) -> Any:
        raise Refusal("no permission to do that")

    fake.overrides["schema_field_create"] = refuse
    made = {check.name: check for check in studio.doctor(prepare=True)}
    assert not made["key of Task"].is_ok
    assert "no permission" in made["key of Task"].text


def test_who_am_i(fake: FakeSite, studio: Tracker) -> None:
    fake.add("ApiUser", 4, firstname="Tests")
    me = studio.backend.me()
    assert me.login == "tests"
    assert me.ref == Ref("ApiUser", 4, site=studio.backend.site, native="ApiUser")
    fake.add("HumanUser", 5, login="joe")
    assert studio.backend.acting_as("joe").me().ref == Ref("HumanUser", 5, site=studio.backend.site, native="HumanUser")


# --- the schema ------------------------------------------------------------------------------------------------------


def test_fields_are_made_changed_and_deleted(fake: FakeSite, studio: Tracker) -> None:
    updates: list[Any] = []
    fake.overrides["schema_field_update"] = lambda given: updates.append(given) or True
    fake.overrides["schema_field_delete"] = lambda given: (
        fake.schema[given["type"]].pop(given["field_name"]) is not None
    )
    name = studio.schema.create_field("Shot", "turnover", "choice", label="Turn over", choices=["a", "b"])
    assert name == "sg_turnover"
    (given,) = fake.asked("schema_field_create")
    assert given["data_type"] == "list"
    assert {"property_name": "valid_values", "value": ["a", "b"]} in given["properties"]
    assert updates == [
        {"type": "Shot", "field_name": "sg_turnover", "properties": [{"property_name": "name", "value": "Turn over"}]}
    ]
    studio.schema.update_field("Shot", name, description="when")
    assert {"property_name": "description", "value": "when"} in updates[-1]["properties"]
    studio.schema.delete_field("Shot", name)
    assert name not in studio.schema().type("Shot").fields


@pytest.mark.parametrize(("type", "name", "data_type", "error"), [
    ("Shot", "name", "text", ConflictError), ("Shot", "x", "color", SchemaError), ("Folder", "x", "text", SchemaError),
])  # fmt: skip
def test_fields_that_cannot_be_made(
    fake: FakeSite, studio: Tracker, type: str, name: str, data_type: str, error: Any
) -> None:
    with pytest.raises(error):
        studio.schema.create_field(type, name, data_type)
    assert fake.asked("schema_field_create") == []


def test_types_are_switched_on_by_an_administrator(studio: Tracker) -> None:
    with pytest.raises(UnsupportedError, match="preferences"):
        studio.schema.create_type("Launch")


def test_what_the_marks_say(fake: FakeSite, studio: Tracker) -> None:
    marks = studio.backend.capabilities
    assert "delete.permanent" not in marks
    assert marks.types["Product"].page.startswith("https://")
    for name in ("Shot", "Version"):
        del fake.schema[name]["sg_trackerkit_key"]
    for type in fake.schema.values():
        type.pop("sg_trackerkit_key", None)
    studio.schema()
    assert "create.key" not in studio.backend.capabilities
    assert native_field("text")["data_type"]["value"] == "text"
