"""upload: a file arrives whole, under its name, where it belongs."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import pytest

from trackerkit.errors import NotFoundError, TrackerError
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.files import noise, png
from trackerkit.testing.conformance.stack import Show
from trackerkit.values import Attachment

__all__ = ["TestUpload"]


@needs("find", "create", "upload", "download")
class TestUpload(Cases):
    def fetched(self, show: Show, attachment: Attachment, folder: Path) -> bytes:
        """The bytes of what was uploaded, by its own Attachment or Reviewable record."""
        assert attachment.id
        return self.by_record(show, attachment, folder, "Attachment")

    def by_record(self, show: Show, attachment: Attachment, folder: Path, type_name: str) -> bytes:
        target = folder / "back"
        show.tracker.download(show.tracker.get(type_name, attachment.id, project=show.project), target)
        return target.read_bytes()

    def test_bytes_to_a_shot(self, show: Show, tmp_path: Path) -> None:
        shot = show.shot()
        data = noise(70_000)
        made = show.tracker.upload(shot, data, filename="plate.bin")
        assert isinstance(made, Attachment)
        assert made.filename == "plate.bin"
        assert made.size in (len(data), None)
        assert made.hash in (f"sha256:{hashlib.sha256(data).hexdigest()}", None)
        assert self.fetched(show, made, tmp_path) == data

    def test_a_path_keeps_its_name(self, show: Show, tmp_path: Path) -> None:
        source = tmp_path / "notes one.txt"
        source.write_bytes(b"hello\r\nworld\n")
        made = show.tracker.upload(show.shot(), source)
        assert isinstance(made, Attachment)
        assert made.filename == "notes one.txt"
        assert self.fetched(show, made, tmp_path) == b"hello\r\nworld\n"

    def test_an_open_file(self, show: Show, tmp_path: Path) -> None:
        made = show.tracker.upload(show.shot(), io.BytesIO(b"from a stream"), filename="stream.bin")
        assert isinstance(made, Attachment)
        assert self.fetched(show, made, tmp_path) == b"from a stream"

    @pytest.mark.parametrize(
        "filename", ["plate_ěšč_日本.bin", "a b.bin", "Don't.bin", "a;b.bin", "🎬.bin", "100%.bin"]
    )
    def test_names_that_are_not_plain(self, show: Show, tmp_path: Path, filename: str) -> None:
        made = show.tracker.upload(show.shot(), b"data", filename=filename)
        assert isinstance(made, Attachment)
        assert made.filename == filename
        record = show.tracker.get("Attachment", made.id, fields=["filename"], project=show.project)
        assert record.filename == filename
        assert self.fetched(show, made, tmp_path) == b"data"

    @needs("find.reverse", fields=["Shot.attachments"])
    def test_an_attachment_is_found_at_its_record(self, show: Show) -> None:
        shot, other = show.shot(), show.shot()
        made = show.tracker.upload(shot, b"data", filename="a.bin")
        assert isinstance(made, Attachment)
        assert [ref.id for ref in show.value(shot, "attachments")] == [made.id]
        assert show.value(other, "attachments") == []

    @needs(types=["Reviewable"])
    def test_a_movie_of_a_version_is_its_reviewable(self, show: Show, tmp_path: Path) -> None:
        version = show.version(show.shot())
        picture = png()
        made = show.tracker.upload(version, picture, filename="comp.png")
        assert isinstance(made, Attachment)
        assert made.filename == "comp.png"
        (record,) = show.find("Reviewable", fields=["version", "filename"])
        assert record.version == version
        assert record.filename == "comp.png"
        target = tmp_path / "back.png"
        show.tracker.download(record, target)
        assert target.read_bytes() == picture

    def test_progress_is_told_and_ends_at_the_whole(self, show: Show) -> None:
        seen: list[Any] = []
        show.tracker.upload(show.shot(), noise(300_000), filename="a.bin", on_progress=seen.append)
        if seen:
            assert [item.done_bytes for item in seen] == sorted(item.done_bytes for item in seen)
            assert seen[-1].fraction == 1.0

    def test_to_what_never_was(self, show: Show) -> None:
        shot = show.shot()
        ghost = shot.replace(id="f" * 32 if not shot.id.isdigit() else "987654321")
        with pytest.raises(NotFoundError):
            show.tracker.upload(ghost, b"data", filename="a.bin")

    def test_a_file_that_is_not_there(self, show: Show, tmp_path: Path) -> None:
        with pytest.raises((TrackerError, FileNotFoundError)):
            show.deaf().upload(show.project, tmp_path / "nothing.bin")

    def test_a_folder_is_no_file(self, show: Show, tmp_path: Path) -> None:
        with pytest.raises((TrackerError, OSError)):
            show.deaf().upload(show.project, tmp_path)
