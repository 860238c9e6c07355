"""download: a file lands whole and checked, or not at all, and an old one survives."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import pytest

from trackerkit.errors import NotFoundError, TrackerError
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.files import noise
from trackerkit.testing.conformance.stack import Show
from trackerkit.values import Attachment, Ref

__all__ = ["TestDownload"]


@needs("find", "create", "upload", "download")
class TestDownload(Cases):
    def attached(self, show: Show, data: bytes) -> Ref:
        made = show.tracker.upload(show.shot(), data, filename="a.bin")
        assert isinstance(made, Attachment)
        assert made.id
        return show.tracker.get("Attachment", made.id, project=show.project).ref

    @pytest.mark.parametrize("length", [1, 65_536, 1_000_001])
    def test_bytes_come_back_as_they_went(self, show: Show, tmp_path: Path, length: int) -> None:
        data = noise(length)
        target = tmp_path / "back.bin"
        done = show.tracker.download(self.attached(show, data), target)
        assert target.read_bytes() == data
        assert done.size == length
        assert done.sha256 == hashlib.sha256(data).hexdigest()

    def test_into_an_open_file(self, show: Show) -> None:
        target = io.BytesIO()
        show.tracker.download(self.attached(show, b"to a stream"), target)
        assert target.getvalue() == b"to a stream"

    def test_an_old_file_is_replaced(self, show: Show, tmp_path: Path) -> None:
        target = tmp_path / "back.bin"
        target.write_bytes(b"old and longer than the new one")
        show.tracker.download(self.attached(show, b"new"), target)
        assert target.read_bytes() == b"new"
        assert list(tmp_path.iterdir()) == [target]

    def test_a_failure_leaves_the_old_file(self, show: Show, tmp_path: Path) -> None:
        target = tmp_path / "back.bin"
        target.write_bytes(b"old")
        made = self.attached(show, b"data")
        with pytest.raises(NotFoundError):
            show.tracker.download(made.replace(id="f" * 32 if not made.id.isdigit() else "987654321"), target)
        assert target.read_bytes() == b"old"
        assert list(tmp_path.iterdir()) == [target]

    def test_of_a_field_without_a_file(self, show: Show, tmp_path: Path) -> None:
        with pytest.raises(NotFoundError):
            show.tracker.download(show.shot(), tmp_path / "back.png", "thumbnail")
        assert list(tmp_path.iterdir()) == []

    def test_into_a_folder_that_is_not_there(self, show: Show, tmp_path: Path) -> None:
        made = self.attached(show, b"data")
        with pytest.raises((TrackerError, OSError)):
            show.tracker.download(made, tmp_path / "no" / "such" / "folder.bin")
