"""A gigabyte to a ShotGrid site and back, hashed, beside shotgun_api3 (which checks nothing) and curl.

The files lie in memory where the machine has a folder for that: a disk's own speed is not what is measured. ``--mib`` takes
smaller files, for a machine that is busy or short of memory: a quarter of them tells the same.
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from shotgun_api3.shotgun import Shotgun

import trackerkit
from _harness import Race, main
from _shotgrid_site import running
from trackerkit.tracker import Tracker

MIB = 1 << 20
FORM = {"entity_type": "Version", "entity_id": "7", "field_name": "sg_uploaded_movie", "display_name": "a.mov",
        "script_name": "bench", "script_key": "bench"}  # fmt: skip


REST_S = 0.3
"""Before each round: what the one before gave back to the system is not on the bill of the next."""


def timed(work: Callable[[], object], made: Path) -> Callable[[], float]:
    """A contestant that takes its own time: none of these is so short that it has to be called twice.

    Args:
        work: what is timed.
        made: what a download writes, which is away when it begins: for all of them it is a new file.
    """

    def contestant() -> float:
        made.unlink(missing_ok=True)
        time.sleep(REST_S)
        began = time.perf_counter()
        work()
        return time.perf_counter() - began

    return contestant


def hashed(path: Path) -> str:
    """The SHA-256 of a file, as quickly as one after the other goes."""
    digest, memory = hashlib.sha256(), memoryview(bytearray(MIB))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(memory):
            digest.update(memory[:count])
    return digest.hexdigest()


def curl(*arguments: str) -> None:
    """Call it."""
    subprocess.run(["curl", "-sf", *arguments], check=True, stdout=subprocess.DEVNULL)


def filled(path: Path, mib: int) -> Path:
    """The file to send."""
    piece = bytes(range(256)) * 4096
    with path.open("wb") as file:
        for _ in range(mib):
            file.write(piece)
    return path


def races(tracker: Tracker, there: Any, url: str, folder: Path, mib: int) -> Iterator[Race]:
    """Up and down, beside each peer."""
    source, mine, theirs = filled(folder / "source.mov", mib), folder / "mine.mov", folder / "theirs.mov"
    version, attachment = tracker.ref("Version", 7), tracker.ref("Attachment", 5)
    link = {"type": "Attachment", "id": 5, "url": f"{url}/file_serve/attachment/5"}
    fields = [part for name, value in FORM.items() for part in ("-F", f"{name}={value}")]

    def up() -> None:
        assert tracker.upload(version, source).hash

    def theirs_up() -> None:
        there.upload("Version", 7, str(source), "sg_uploaded_movie")

    def down() -> None:
        assert tracker.download(attachment, mine).size == mib * MIB

    def theirs_down() -> None:
        there.download_attachment(link, str(theirs))

    def curl_up() -> Path:
        curl(*fields, "-F", f"file=@{source}", f"{url}/upload/upload_file")
        return source

    def curl_down() -> Path:
        curl("-o", str(theirs), str(link["url"]))
        return theirs

    peers = [
        ("upload", up, 1, "shotgun_api3.upload", theirs_up),
        ("upload", up, 0.85, "curl", curl_up),
        ("upload", up, 1, "curl, then SHA-256", lambda: hashed(curl_up())),
        ("download", down, 1, "shotgun_api3.download_attachment", theirs_down),
        ("download", down, 0.85, "curl", curl_down),
        ("download", down, 1, "curl, then SHA-256", lambda: hashed(curl_down())),
    ]
    for what, ours, at_least, name, peer in peers:
        ours(), peer()  # connections and what is imported late
        yield Race(
            name=f"{what} of {mib:,} MiB", ours=timed(ours, mine), peer=timed(peer, theirs), at_least=at_least, self_timed=True,
            peer_name=name,
        )  # fmt: skip


if __name__ == "__main__":
    parser = argparse.ArgumentParser(add_help=False)
    parser.add_argument("--mib", type=int, default=1024)
    chosen, rest = parser.parse_known_args()
    memory = Path("/dev/shm")
    with (
        tempfile.TemporaryDirectory(prefix="trackerkit-bench-", dir=memory if memory.is_dir() else None) as place,
        running(1, chosen.mib * MIB) as address,
        trackerkit.connect(f"shotgrid+{address}", script_name="bench", api_key="bench") as ours,
    ):
        peer = Shotgun(address, script_name="bench", api_key="bench")
        sys.exit(main(races(ours, peer, address, Path(place), chosen.mib), rest))
