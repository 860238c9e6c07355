"""Files beside the database: by their hash, whole or not at all."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

import trackerkit
from trackerkit.errors import ChecksumError, InvalidInputError, NotFoundError, SourceChangedError
from trackerkit.filters import field
from trackerkit.tracker import Tracker
from trackerkit.values import Attachment, Image, Ref

DATA = b"0123456789" * 100_000
DIGEST = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def shot(tracker: Tracker) -> Ref:
    project = tracker.create("Project", name="p")
    return tracker.create("Shot", name="s", project=project).ref


def kept(folder: Path) -> list[str]:
    home = folder / "show.db.files"
    return sorted(path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file())


def test_upload_lies_under_its_hash(tracker: Tracker, shot: Ref, tmp_path: Path) -> None:
    seen: list[float] = []
    value = tracker.upload(
        shot, DATA, filename="plate.exr", on_progress=lambda progress: seen.append(progress.fraction)
    )
    assert isinstance(value, Attachment)
    assert (value.filename, value.size, value.hash) == ("plate.exr", len(DATA), f"sha256:{DIGEST}")
    assert kept(tmp_path) == [f"{DIGEST[:2]}/{DIGEST[2:]}"]
    assert seen[-1] == 1.0
    record = tracker.get(
        Ref("Attachment", str(value.id)), fields=["filename", "size", "hash", "links", "url", "kind", "project"]
    )
    assert (record.filename, record.size, record.hash, record.links) == (
        "plate.exr",
        len(DATA),
        f"sha256:{DIGEST}",
        [shot],
    )
    assert (record.url, record.kind, record.project.id) == (value, "upload", shot.project)
    again = tracker.upload(shot, DATA, filename="same.exr")
    assert again.id != value.id
    assert len(kept(tmp_path)) == 1
    assert tracker.download(record, tmp_path / "back.exr").sha256 == DIGEST
    assert (tmp_path / "back.exr").read_bytes() == DATA


def test_upload_goes_where_its_record_wants_it(tracker: Tracker, shot: Ref) -> None:
    version = tracker.create("Version", name="v", parent=shot)
    note = tracker.create("Note", subject="n", links=[shot])
    movie = tracker.upload(version, b"movie", filename="v.mov")
    later = tracker.upload(version, b"later", filename="w.mov")
    listed = tracker.upload(note, b"note", filename="n.txt")
    found = tracker.get(version, fields=["reviewables", "reviewables.mime_type", "attachments"])
    assert [ref.id for ref in found.reviewables] == [movie.id, later.id]
    assert found["reviewables.mime_type"] == ["video/quicktime"] * 2
    assert found.attachments == []
    assert [ref.id for ref in tracker.get(note, fields=["attachments"]).attachments] == [listed.id]
    assert [item.ref.id for item in tracker.find("Attachment", field("filename") == "n.txt")] == [listed.id]


def test_download_of_a_version_is_its_newest_reviewable(tracker: Tracker, shot: Ref, tmp_path: Path) -> None:
    version = tracker.create("Version", name="v", parent=shot)
    with pytest.raises(NotFoundError, match="no file"):
        tracker.download(version, tmp_path / "v.mov")
    tracker.upload(version, b"movie", filename="v.mov")
    tracker.upload(version, b"later", filename="w.mov")
    tracker.download(version, tmp_path / "v.mov")
    assert (tmp_path / "v.mov").read_bytes() == b"later"


def test_thumbnail_and_fields_of_files(tracker: Tracker, shot: Ref, tmp_path: Path) -> None:
    tracker.schema.create_field("Shot", "sg_plate", "url")
    image = tracker.thumbnail(shot, b"\x89PNG picture")
    value = tracker.upload(shot, b"plate", "sg_plate", filename="plate.txt")
    found = tracker.get(shot, fields=["thumbnail", "sg_plate"])
    assert isinstance(image, Image)
    assert (found.thumbnail, found.sg_plate) == (image, value)
    tracker.download(found, tmp_path / "t.png", "thumbnail")
    tracker.download(shot, tmp_path / "p.txt", "sg_plate")
    assert (tmp_path / "t.png").read_bytes() == b"\x89PNG picture"
    assert (tmp_path / "p.txt").read_bytes() == b"plate"
    tracker.update(shot, thumbnail=None)
    with pytest.raises(NotFoundError, match="no file in 'thumbnail'"):
        tracker.download(shot, tmp_path / "t.png", "thumbnail")
    with pytest.raises(InvalidInputError, match="text field and holds no file"):
        tracker.upload(shot, b"x", "description", filename="x")


def test_upload_into_a_record_that_is_there(tracker: Tracker, shot: Ref) -> None:
    made = tracker.create("Attachment", filename="to come", links=[shot])
    value = tracker.upload(made, b"bytes", filename="came.txt")
    assert value.id == made.ref.id
    found = tracker.get(made, fields=["filename", "size", "mime_type"])
    assert (found.filename, found.size, found.mime_type) == ("came.txt", 5, "text/plain")


def test_failed_uploads_leave_nothing(tracker: Tracker, shot: Ref, tmp_path: Path) -> None:
    changing = tmp_path / "growing.mov"
    changing.write_bytes(DATA * 2)

    def grow(_progress: object) -> None:
        with changing.open("ab") as file:
            file.write(b"more")

    with pytest.raises(SourceChangedError):
        tracker.upload(shot, changing, on_progress=grow)
    with pytest.raises(NotFoundError):
        tracker.upload(Ref("Shot", 9_999), b"x", filename="x")
    assert tracker.count("Attachment") == 0
    assert kept(tmp_path) == []


def test_download_notices_a_file_that_rotted(tracker: Tracker, shot: Ref, tmp_path: Path) -> None:
    value = tracker.upload(shot, DATA, filename="a.bin")
    target = tmp_path / "a.bin"
    target.write_bytes(b"what was there")
    path = tmp_path / "show.db.files" / DIGEST[:2] / DIGEST[2:]
    path.write_bytes(b"x" + DATA[1:])
    with pytest.raises(ChecksumError):
        tracker.download(Ref("Attachment", str(value.id)), target)
    assert target.read_bytes() == b"what was there"
    path.unlink()
    with pytest.raises(NotFoundError, match="is not in"):
        tracker.download(Ref("Attachment", str(value.id)), target)


def test_files_may_lie_elsewhere(tmp_path: Path) -> None:
    with trackerkit.connect(f"sqlite:///{tmp_path}/show.db?files={tmp_path}/media&synchronous=off") as tracker:
        project = tracker.create("Project", name="p")
        tracker.upload(project, DATA, filename="a")
    assert (tmp_path / "media" / DIGEST[:2] / DIGEST[2:]).read_bytes() == DATA
