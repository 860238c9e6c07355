"""thumbnail: a picture is set, read back and changed; it takes no part in what is not asked for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from trackerkit.filters import field
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.files import png
from trackerkit.testing.conformance.stack import Show
from trackerkit.values import Image, Ref

__all__ = ["TestThumbnail"]


@needs("find", "create", "thumbnail")
class TestThumbnail(Cases):
    def test_a_thumbnail_is_set_and_read(self, show: Show) -> None:
        shot = show.shot("sh0010")
        assert show.value(shot, "thumbnail") is None
        made = show.tracker.thumbnail(shot, png())
        assert isinstance(made, Image)
        found = show.value(shot, "thumbnail")
        assert isinstance(found, Image)
        assert found.id == made.id or None in (found.id, made.id)

    @needs("download")
    def test_its_pixels_come_back(self, show: Show, tmp_path: Path) -> None:
        shot = show.shot()
        picture = png(16, 9)
        show.tracker.thumbnail(shot, picture)
        target = tmp_path / "thumb.png"
        show.tracker.download(shot, target, "thumbnail")
        assert target.read_bytes() == picture

    @needs("download")
    def test_a_second_one_takes_its_place(self, show: Show, tmp_path: Path) -> None:
        shot = show.shot()
        show.tracker.thumbnail(shot, png(color=(0, 0, 255)))
        first = show.value(shot, "thumbnail")
        show.tracker.thumbnail(shot, png(color=(0, 255, 0)))
        assert show.value(shot, "thumbnail") != first
        target = tmp_path / "thumb.png"
        show.tracker.download(show.get(shot, ["thumbnail"]), target, "thumbnail")
        assert target.read_bytes() == png(color=(0, 255, 0))

    def test_records_with_and_without_are_told_apart(self, show: Show) -> None:
        with_one, _without = show.shot("with"), show.shot("without")
        show.tracker.thumbnail(with_one, png())
        assert show.names("Shot", field("thumbnail").is_null()) == ["without"]
        assert show.names("Shot", ~field("thumbnail").is_null()) == ["with"]

    @needs("update")
    def test_none_clears_it(self, show: Show) -> None:
        shot = show.shot()
        show.tracker.thumbnail(shot, png())
        show.tracker.update(shot, thumbnail=None)
        assert show.value(shot, "thumbnail") is None

    def test_from_a_path(self, show: Show, tmp_path: Path) -> None:
        source = tmp_path / "thumb.png"
        source.write_bytes(png())
        shot = show.shot()
        show.tracker.thumbnail(shot, source)
        assert isinstance(show.value(shot, "thumbnail"), Image)

    @pytest.mark.parametrize("type_name", ["Task", "Version", "Asset"])
    def test_other_types_too(self, show: Show, type_name: str) -> None:
        self.need(show, types=[type_name], fields=[f"{type_name}.thumbnail"])
        make: dict[str, Callable[[], Ref]] = {
            "Task": lambda: show.task(show.shot()),
            "Version": lambda: show.version(show.shot()),
            "Asset": show.asset,
        }
        made = make[type_name]()
        show.tracker.thumbnail(made, png())
        assert isinstance(show.value(made, "thumbnail"), Image)
