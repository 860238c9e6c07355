"""A gigabyte to a ShotGrid site and back, hashed, beside shotgun_api3 (which checks nothing) and curl.

The files lie in memory where the machine has a folder for that: a disk's own speed is not what is measured.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shotgun_api3.shotgun import Shotgun

import trackerkit
from _harness import Race, main
from _shotgrid_site import running
from trackerkit.tracker import Tracker

SIZE = 1 << 30
FORM = {"entity_type": "Version", "entity_id": "7", "field_name": "sg_uploaded_movie", "display_name": "a.mov",
        "script_name": "bench", "script_key": "bench"}  # fmt: skip


def races(tracker: Tracker, there: Any, url: str, folder: Path) -> Iterator[Race]:
    """Up and down, beside each peer."""
    source, mine, theirs = folder / "source.mov", folder / "mine.mov", folder / "theirs.mov"
    piece = bytes(range(256)) * 4096
    with source.open("wb") as file:
        for _ in range(SIZE // len(piece)):
            file.write(piece)
    version, attachment = tracker.ref("Version", 7), tracker.ref("Attachment", 5)
    link = {"type": "Attachment", "id": 5, "url": f"{url}/file_serve/attachment/5"}
    fields = [part for name, value in FORM.items() for part in ("-F", f"{name}={value}")]

    def curl(*arguments: str) -> None:
        subprocess.run(["curl", "-sf", *arguments], check=True, stdout=subprocess.DEVNULL)

    def up() -> None:
        assert tracker.upload(version, source).hash

    def down() -> None:
        assert tracker.download(attachment, mine).size == SIZE

    yield Race(
        name="upload of 1 GiB", ours=up, at_least=1, peer_name="shotgun_api3.upload",
        peer=lambda: there.upload("Version", 7, str(source), "sg_uploaded_movie"),
    )  # fmt: skip
    yield Race(
        name="upload of 1 GiB", ours=up, at_least=0.85, peer_name="curl",
        peer=lambda: curl(*fields, "-F", f"file=@{source}", f"{url}/upload/upload_file"),
    )  # fmt: skip
    yield Race(
        name="download of 1 GiB", ours=down, at_least=1, peer_name="shotgun_api3.download_attachment",
        peer=lambda: there.download_attachment(link, str(theirs)),
    )  # fmt: skip
    yield Race(
        name="download of 1 GiB", ours=down, at_least=0.85, peer_name="curl",
        peer=lambda: curl("-o", str(theirs), str(link["url"])),
    )  # fmt: skip


if __name__ == "__main__":
    memory = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(prefix="trackerkit-bench-", dir=memory if memory.is_dir() else None) as place,
        running(1, SIZE) as address,
        trackerkit.connect(f"shotgrid+{address}", script_name="bench", api_key="bench") as ours,
    ):
        peer = Shotgun(address, script_name="bench", api_key="bench")
        sys.exit(main(list(races(ours, peer, address, Path(place)))))
