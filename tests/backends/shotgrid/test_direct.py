"""Files to a site's storage in parts, end to end: the gateway with its switch on, and a line that breaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from trackerkit.errors import OutcomeUnknown, TrackerError
from trackerkit.testing.faults import drop_response, refuse, status
from trackerkit.transfers import Checksum
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.context import ShotgridSettings
from trackerkit_shotgrid.transfers import direct

DATA = bytes(range(256)) * 1024


@pytest.fixture
def gateway_settings() -> ShotgridSettings:
    return ShotgridSettings(direct_uploads=True)


@pytest.fixture
def version(stand: Any, monkeypatch: pytest.MonkeyPatch) -> Ref:
    """A version; files go in parts of 100,000 bytes."""
    monkeypatch.setattr(direct, "PART", 100_000)
    home = stand.tracker.create("Project", name="p").ref
    made: Ref = stand.tracker.create("Version", name="a_v001", project=home).ref
    return made


def parts(stand: Any) -> list[str]:
    return [seen.target for seen in stand.proxy.requests if seen.method == "PUT"]


def there(stand: Any, version: Ref, folder: Path) -> bytes:
    stand.tracker.download(version, folder / "back.mov", "reviewables")
    return (folder / "back.mov").read_bytes()


@pytest.mark.parametrize("size", [1, 100_000, 100_001, len(DATA)])
def test_there_and_back(stand: Any, version: Ref, tmp_path: Path, size: int) -> None:
    seen: list[Any] = []
    made = stand.tracker.upload(version, DATA[:size], filename="a_v001_ěšč.mov", on_progress=seen.append)
    checksum = Checksum()
    checksum.update(DATA[:size])
    assert made.hash == str(checksum)
    assert len(parts(stand)) == -(-size // 100_000)
    assert seen[-1].done_bytes == size
    assert there(stand, version, tmp_path) == DATA[:size]


@pytest.mark.parametrize("fault", [status(503, {"Retry-After": "0"}), status(500), drop_response(), refuse()])
def test_F28_F35_a_part_that_breaks_is_sent_again_by_itself(
    stand: Any, version: Ref, tmp_path: Path, fault: Any
) -> None:
    # to where; to where the first part; the first part; to where the second; the second, which breaks
    stand.proxy.plan(["pass", "pass", "pass", "pass", fault])
    stand.tracker.upload(version, DATA, filename="a.mov")
    assert len(parts(stand)) == 4
    assert there(stand, version, tmp_path) == DATA


def test_the_last_step_whose_answer_is_lost(stand: Any, version: Ref) -> None:
    stand.proxy.plan(["pass", "pass", drop_response()])
    with pytest.raises(OutcomeUnknown):
        stand.tracker.upload(version, b"small", filename="a.mov")


def test_a_storage_that_is_gone_leaves_the_record_as_it_was(stand: Any, version: Ref) -> None:
    stand.proxy.plan(["pass", status(403)])
    with pytest.raises(TrackerError):
        stand.tracker.upload(version, b"small", filename="a.mov")
    assert stand.tracker.get(version, fields=["reviewables"]).reviewables == []


def test_a_thumbnail_goes_the_same_way(stand: Any, version: Ref) -> None:
    stand.tracker.thumbnail(version, b"\x89PNG\r\n\x1a\n" + DATA[:500], on_progress=None)
    assert len(parts(stand)) == 1
    assert stand.store.get(stand.store.ref("Version", version.id), fields=["thumbnail"]).thumbnail is not None
