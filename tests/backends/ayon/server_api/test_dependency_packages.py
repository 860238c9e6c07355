"""Dependency packages: sent and answered as by AYON's own client; no name leads a file out of its directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ayon_pair import Pair, Recorder, as_theirs, said

NEW = ("a b.zip", {"x": "1"}, {"core": "2"}, "1.0.0", "0a", "sha256", 7)

CALLS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "get_dependency_packages": (lambda api: api.get_dependency_packages(), {"packages": []}),
    "create_dependency_package": (lambda api: api.create_dependency_package(*NEW), said(b"", 201)),
    "create_dependency_package in full": (
        lambda api: api.create_dependency_package(*NEW, "3.9", [{"type": "server"}], "windows"),
        said(b"", 201),
    ),
    "update_dependency_package": (lambda api: api.update_dependency_package("a b.zip", []), said(b"", 204)),
    "delete_dependency_package": (lambda api: api.delete_dependency_package("a.zip", "linux"), said(b"", 204)),
    "delete_dependency_package unknown": (
        lambda api: api.delete_dependency_package("a.zip"),
        said({"detail": "no"}, 404),
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_as_ayons_client(recorder: Recorder, recorded: Pair, name: str) -> None:
    as_theirs(recorder, recorded, *CALLS[name])


def test_the_file_goes_up_and_down(recorder: Recorder, recorded: Pair, tmp_path: Path) -> None:
    source = tmp_path / "source.zip"
    source.write_bytes(b"binary \x00 bytes")
    as_theirs(
        recorder, recorded, lambda api: api.upload_dependency_package(str(source), "a.zip", "linux"), said(b"", 204)
    )
    for number, api in enumerate((recorded.ours, recorded.theirs)):
        recorder.reply = said(source.read_bytes())
        assert api.download_dependency_package("a.zip", str(tmp_path), f"{number}.zip") == str(
            tmp_path / f"{number}.zip"
        )
        assert (tmp_path / f"{number}.zip").read_bytes() == source.read_bytes()
        assert recorder.server.requests[-1].path == "/api/desktop/dependencyPackages/a.zip"


def test_the_path_is_the_one_that_was_given(recorder: Recorder, recorded: Pair, tmp_path: Path) -> None:
    recorder.reply = said(b"content")
    for api in (recorded.ours, recorded.theirs):
        place = api.download_dependency_package("a.zip", f"{tmp_path}/./", "a.zip")
        assert place == f"{tmp_path}/./a.zip"


@pytest.mark.parametrize("name", ["../evil.zip", "/etc/evil.zip", "a/../../evil.zip", "..", ""])
def test_F41_a_name_from_the_server_leads_nowhere_else(
    recorder: Recorder, recorded: Pair, tmp_path: Path, name: str
) -> None:
    before = len(recorder.server.requests)
    with pytest.raises(ValueError, match="leads out of"):
        recorded.ours.download_dependency_package("a.zip", str(tmp_path / "inside"), name)
    assert len(recorder.server.requests) == before


def test_arguments_without_effect_are_named(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = said(b"", 204)
    with pytest.warns(DeprecationWarning, match="'platform_name' of 'delete_dependency_package'") as caught:
        recorded.ours.delete_dependency_package("a.zip", "linux")
    assert caught[0].filename == __file__
