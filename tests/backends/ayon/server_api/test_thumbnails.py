"""Thumbnails: whole pictures up and down; a failing server is no missing thumbnail."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
from ayon_pair import PNG, Pair, Recorder, as_theirs, said

from trackerkit.testing.loopback import Reply
from trackerkit_ayon.server_api.exceptions import HTTPRequestError, UnauthorizedError
from trackerkit_ayon.server_api.thumbnails import ThumbnailContent

PICTURE = Reply(200, PNG, {"Content-Type": "image/png", "X-Thumbnail-Id": "t" * 32})
DOT = Reply(203, PNG, {"Content-Type": "image/png"})
P, E = "show_1", "e" * 32

GETS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "get_thumbnail_by_id": (lambda api: api.get_thumbnail_by_id(P, "t" * 32), PICTURE),
    "get_thumbnail": (lambda api: api.get_thumbnail(P, "folder", E, "t" * 32), PICTURE),
    "get_thumbnail of a plural": (lambda api: api.get_thumbnail(P, "versions", E), PICTURE),
    "get_folder_thumbnail": (lambda api: api.get_folder_thumbnail(P, E, "t" * 32), PICTURE),
    "get_task_thumbnail": (lambda api: api.get_task_thumbnail(P, E), PICTURE),
    "get_version_thumbnail": (lambda api: api.get_version_thumbnail(P, E, "t" * 32), PICTURE),
    "get_workfile_thumbnail": (lambda api: api.get_workfile_thumbnail(P, E, "t" * 32), PICTURE),
    "get_project_thumbnail": (lambda api: api.get_project_thumbnail(P), PICTURE),
    "get_project_thumbnail of a template": (
        lambda api: api.get_project_thumbnail(P),
        Reply(200, PNG, {"Content-Type": "image/png"}),
    ),
    "get_project_thumbnail of none": (lambda api: api.get_project_thumbnail(P), DOT),
    "the dot that stands for none": (lambda api: api.get_folder_thumbnail(P, E), DOT),
    "none": (lambda api: api.get_folder_thumbnail(P, E), said({"detail": "no"}, 404)),
    "no project": (lambda api: api.get_project_thumbnail(P), said({"detail": "no"}, 404)),
}


@pytest.mark.parametrize("name", GETS)
def test_as_ayons_client(recorder: Recorder, recorded: Pair, name: str) -> None:
    as_theirs(recorder, recorded, *GETS[name])


MADE = {"id": "t" * 32, "affectedEntities": None}
FILES: dict[str, Callable[[Any, str], Any]] = {
    "create_thumbnail": lambda api, path: api.create_thumbnail(P, path),
    "create_thumbnail of an id": lambda api, path: api.create_thumbnail(P, path, "i" * 32),
    "update_thumbnail": lambda api, path: api.update_thumbnail(P, "i" * 32, path),
    "set_entity_thumbnail": lambda api, path: api.set_entity_thumbnail(P, "version", E, path),
    "set_project_thumbnail": lambda api, path: api.set_project_thumbnail(P, path),
}
STREAMS: dict[str, Callable[[Any, Any], Any]] = {
    "create_thumbnail_with_stream": lambda api, file: api.create_thumbnail_with_stream(P, file),
    "create_thumbnail_with_stream of an id": lambda api, file: api.create_thumbnail_with_stream(P, file, "i" * 32),
    "update_thumbnail_from_stream": lambda api, file: api.update_thumbnail_from_stream(P, "i" * 32, file),
    "set_entity_thumbnail_from_stream": lambda api, file: api.set_entity_thumbnail_from_stream(P, "task", E, file),
    "set_project_thumbnail_from_stream": lambda api, file: api.set_project_thumbnail_from_stream(P, file),
}


@pytest.mark.parametrize("name", FILES)
def test_files_as_ayons_client(recorder: Recorder, recorded: Pair, tmp_path: Path, name: str) -> None:
    source = tmp_path / "thumb.bin"
    source.write_bytes(PNG)
    as_theirs(recorder, recorded, lambda api: FILES[name](api, str(source)), MADE)
    for sent in recorder.server.requests[-2:]:
        assert sent.body == PNG
        assert sent.headers["content-type"] == "image/png"


@pytest.mark.parametrize("name", STREAMS)
@pytest.mark.parametrize("can_seek", [True, False])
def test_F28_a_stream_is_sent_from_its_first_byte(
    recorder: Recorder, recorded: Pair, name: str, can_seek: bool
) -> None:
    class Once(io.BytesIO):
        def seekable(self) -> bool:
            return can_seek

        def seek(self, *place: int) -> int:
            if not can_seek:
                raise io.UnsupportedOperation("seek")
            return super().seek(*place)

    recorder.reply = MADE
    found = STREAMS[name](recorded.ours, Once(PNG))
    assert recorder.server.requests[-1].body == PNG
    assert recorder.server.requests[-1].headers["content-type"] == "image/png"
    assert found in (None, "t" * 32, "i" * 32)


@pytest.mark.parametrize("content", [b"", b"{}", b"plain text that is no picture"])
@pytest.mark.parametrize("name", FILES)
def test_what_is_no_picture_is_not_sent(
    recorder: Recorder, recorded: Pair, tmp_path: Path, name: str, content: bytes
) -> None:
    source = tmp_path / "thumb.png"
    source.write_bytes(content)
    before = len(recorder.server.requests)
    with pytest.raises(ValueError, match="no picture"):
        FILES[name](recorded.ours, str(source))
    assert len(recorder.server.requests) == before


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_there(recorded: Pair, tmp_path: Path, name: str) -> None:
    with pytest.raises(ValueError, match="does not exist"):
        FILES[name](recorded.ours, str(tmp_path / "nothing.png"))


WARNING = ("get_thumbnail", "get_folder_thumbnail", "get_version_thumbnail", "get_workfile_thumbnail")


@pytest.mark.parametrize("status", [400, 403, 500])
@pytest.mark.parametrize("name", [name for name, (_, reply) in GETS.items() if reply is PICTURE])
def test_F21_a_failing_server_is_no_missing_thumbnail(
    recorder: Recorder, recorded: Pair, name: str, status: int
) -> None:
    recorder.reply = said({"detail": "broken"}, status)
    with (
        pytest.raises(HTTPRequestError, match="broken"),
        pytest.warns(DeprecationWarning, match="'thumbnail_id'") if name in WARNING else nullcontext(),
    ):
        GETS[name][0](recorded.ours)


def test_a_key_that_is_refused_is_no_missing_thumbnail(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = said({"detail": "Invalid API key"}, 401)
    with pytest.raises(UnauthorizedError):
        recorded.ours.get_task_thumbnail(P, E)


def test_older_servers_have_no_pictures_of_projects() -> None:
    with Recorder("1.14.9") as old:
        both = old.pair()
        assert both.same(lambda api: api.get_project_thumbnail(P)) == "unsupported"
        assert both.same(lambda api: api.set_project_thumbnail(P, "nothing.png")) == "unsupported"
        assert both.same(lambda api: api.set_project_thumbnail_from_stream(P, io.BytesIO(PNG))) == "unsupported"
        both.close()


def test_content_says_what_it_is() -> None:
    found = ThumbnailContent("p", "t", b"12", "image/png")
    assert (found.id, found.is_valid, found.content) == ("t", True, b"12")
    none = ThumbnailContent("p", None, None, "image/png")
    assert (none.id, none.is_valid, none.content) == (None, False, b"")
    assert "2 bytes" in repr(found)


def test_the_same_on_a_server(gateway_pair: Pair, tmp_path: Path) -> None:
    it = gateway_pair
    folder = it.theirs.create_folder(it.project, "pictured", folder_type="Asset")
    bare = it.theirs.create_folder(it.project, "bare", folder_type="Asset")
    source = tmp_path / "thumb.png"
    source.write_bytes(PNG)
    made = it.ours.set_entity_thumbnail(it.project, "folder", folder, str(source))
    assert it.theirs.get_folder_thumbnail(it.project, folder).id == made
    kind, found = it.same(lambda api: api.get_folder_thumbnail(it.project, folder))
    assert (kind, found[2][:8], found[4]) == ("ThumbnailContent", PNG[:8], True)
    assert not it.same(lambda api: api.get_folder_thumbnail(it.project, bare))[1][-1]
    assert not it.same(lambda api: api.get_folder_thumbnail(it.project, "f" * 32))[1][-1]
