"""Installers: sent and answered as by AYON's own client; files whole or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ayon_pair import Pair, Recorder, as_theirs, said

NEW = ("a b.exe", "1.0.0", "3.9", "linux", {"x": "1"}, {"y": "2"}, "0a", "sha256", 7)

CALLS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "get_installers": (lambda api: api.get_installers(), {"installers": []}),
    "get_installers of a platform": (lambda api: api.get_installers("1 & 2", "linux"), {"installers": [{"a": 1}]}),
    "get_installers refused": (lambda api: api.get_installers(), said({"detail": "no"}, 403)),
    "create_installer": (lambda api: api.create_installer(*NEW), said(b"", 201)),
    "create_installer with sources": (
        lambda api: api.create_installer(*NEW, sources=[{"type": "server"}]),
        said(b"", 201),
    ),
    "create_installer twice": (lambda api: api.create_installer(*NEW), said({"detail": "there is one"}, 409)),
    "update_installer": (lambda api: api.update_installer("a b.exe", [{"type": "http"}]), said(b"", 204)),
    "delete_installer": (lambda api: api.delete_installer("a.exe"), said(b"", 204)),
}


@pytest.mark.parametrize("name", CALLS)
def test_as_ayons_client(recorder: Recorder, recorded: Pair, name: str) -> None:
    as_theirs(recorder, recorded, *CALLS[name])


def test_the_file_goes_up_and_down(recorder: Recorder, recorded: Pair, tmp_path: Path) -> None:
    source = tmp_path / "app.exe"
    source.write_bytes(b"binary \x00 bytes")
    as_theirs(recorder, recorded, lambda api: api.upload_installer(str(source), "app.exe").status_code, said(b"", 204))
    assert recorder.server.requests[-1].body == source.read_bytes()
    for number, api in enumerate((recorded.ours, recorded.theirs)):
        recorder.reply = said(source.read_bytes())
        target = tmp_path / f"got{number}.exe"
        progress = api.download_installer("app.exe", str(target))
        assert target.read_bytes() == source.read_bytes()
        assert progress.transfer_done
        assert recorder.server.requests[-1].path == "/api/desktop/installers/app.exe"


def test_F30_a_refused_download_leaves_the_old_file(recorder: Recorder, recorded: Pair, tmp_path: Path) -> None:
    target = tmp_path / "app.exe"
    target.write_bytes(b"old")
    recorder.reply = said({"detail": "no"}, 404)
    with pytest.raises(Exception, match="404"):
        recorded.ours.download_installer("app.exe", str(target))
    assert [file.name for file in tmp_path.iterdir()] == ["app.exe"]
    assert target.read_bytes() == b"old"
