"""The native AYON client beside AYON's own one, on a server that answers from memory: the client is what is measured.

``--profile`` prints where our own time goes instead.
"""

from __future__ import annotations

import atexit
import cProfile
import hashlib
import pstats
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from _ayon_memory import FILE_BYTES, FOLDERS
from _harness import Race, main
from imports import importing

HERE = Path(__file__).parent
MOST_MIB = 32


@cache
def server_url() -> str:
    """The server's address; it runs until this process ends."""
    command = [sys.executable, str(HERE / "_ayon_memory.py")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    atexit.register(process.kill)
    assert process.stdout is not None
    return f"http://127.0.0.1:{int(process.stdout.readline())}"


@cache
def ours() -> Any:
    """Our client."""
    from trackerkit_ayon import ServerAPI

    return ServerAPI(server_url(), "key")


@cache
def theirs() -> Any:
    """AYON's client."""
    import ayon_api

    return ayon_api.ServerAPI(server_url(), "key")


def hashing() -> Any:
    """A progress of ours that counts the hash of what is sent."""
    from trackerkit_ayon.server_api import TransferProgress

    return TransferProgress(hashes=True)


@cache
def room() -> Path:
    """A folder for files: in memory where the system has such a place, so that no disk is measured."""
    shared = Path("/dev/shm")
    made = tempfile.mkdtemp(prefix="trackerkit-bench-", dir=shared if shared.is_dir() else None)
    atexit.register(shutil.rmtree, made, ignore_errors=True)
    return Path(made)


def reading(client: Callable[[], Any], **parts: Any) -> Callable[[], float]:
    """A contestant: the seconds that reading every folder takes, the attributes looked at.

    With a filter both clients read pages; without one, ours joins the server's list and what that does not hold.
    """

    def contestant() -> float:
        api, count, began = client(), 0, time.perf_counter()
        for row in api.get_folders("show", **parts):
            count += row["attrib"]["frameEnd"] > 0
        assert count == FOLDERS, count
        return time.perf_counter() - began

    return contestant


def profiled() -> None:
    """Print where our own time goes: folders that are joined of the server's list and the rest."""
    read = reading(ours)
    read()
    profile = cProfile.Profile(time.process_time)
    profile.runcall(read)
    pstats.Stats(profile).sort_stats("tottime").print_stats(25)


def check_same() -> None:
    """Both clients read the same rows."""
    mine, other = list(ours().get_folders("show")), list(theirs().get_folders("show"))
    assert mine == other, "the clients disagree"


# ---- files


def hashed(path: Path) -> str:
    """SHA-256 of a file."""
    with path.open("rb") as file:
        digest = hashlib.sha256()
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def timed(work: Callable[[], object]) -> float:
    """Seconds."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def down(work: Callable[[Path], object], *, hash_after: bool) -> Callable[[], float]:
    """A contestant that fetches the file and knows its hash."""

    def contestant() -> float:
        target = room() / "down"
        seconds = timed(lambda: (work(target), hashed(target) if hash_after else None))
        assert target.stat().st_size == FILE_BYTES
        target.unlink()
        return seconds

    return contestant


def up(work: Callable[[Path], object], *, hash_after: bool = False) -> Callable[[], float]:
    """A contestant that sends the file, and knows its hash where that is asked for."""

    def contestant() -> float:
        source = room() / "up"
        if not source.exists():
            with source.open("wb") as file:
                file.truncate(FILE_BYTES)
        return timed(lambda: (work(source), hashed(source) if hash_after else None))

    return contestant


def curl(*arguments: str) -> None:
    """Curl, quietly."""
    subprocess.run(["curl", "-sS", "--fail", *arguments, f"{server_url()}/api/file"], check=True, capture_output=True)


def memory_mib(work: Callable[[], object]) -> float:
    """The most that a piece of work adds to this process's memory."""
    statm = Path("/proc/self/statm")
    if not statm.exists():
        return 0.0
    start = int(statm.read_text().split()[1])
    most, is_done = start, threading.Event()

    def watch() -> None:
        nonlocal most
        while not is_done.wait(0.005):
            most = max(most, int(statm.read_text().split()[1]))

    thread = threading.Thread(target=watch)
    thread.start()
    work()
    is_done.set()
    thread.join()
    return (most - start) * 4096 / 2**20


def check_memory() -> None:
    """A transfer stays within the memory that is claimed."""
    target, source = room() / "memory", room() / "up"
    up(lambda path: None)()
    for name, work in (
        ("down", lambda: ours().download_file("api/file", str(target))),
        ("up", lambda: ours().upload_file("api/file", str(source))),
    ):
        found = memory_mib(work)
        print(f"1 GiB {name}: {found:.1f} MiB above start (≤ {MOST_MIB})", file=sys.stderr)
        assert found <= MOST_MIB, f"{name}: {found:.1f} MiB"
    target.unlink()


RACES = [
    Race(
        name="import trackerkit_ayon",
        ours=importing("trackerkit_ayon"),
        peer=importing("ayon_api"),
        at_most=0.5,
        self_timed=True,
        peer_name="import ayon_api",
    ),
    Race(
        name=f"{FOLDERS:,} folders of a type, in pages",
        ours=reading(ours, folder_types=["Shot"]),
        peer=reading(theirs, folder_types=["Shot"]),
        at_least=2.2,
        self_timed=True,
        peer_name="ayon_api",
    ),
    Race(
        name=f"{FOLDERS:,} folders, joined",
        ours=reading(ours),
        peer=reading(theirs),
        at_least=2.2,
        self_timed=True,
        peer_name="ayon_api",
    ),
]
DOWN = down(lambda path: ours().download_file("api/file", str(path)), hash_after=False)
UP = up(lambda path: ours().upload_file("api/file", str(path)))
UP_HASHED = up(lambda path: ours().upload_file("api/file", str(path), hashing()))
THEIR_DOWN = down(lambda path: theirs().download_file("api/file", str(path)), hash_after=True)
THEIR_UP = up(lambda path: theirs().upload_file("api/file", str(path)))
THEIR_UP_HASHED = up(lambda path: theirs().upload_file("api/file", str(path)), hash_after=True)
CURL_DOWN = down(lambda path: curl("-o", str(path)), hash_after=True)
CURL_UP = up(lambda path: curl("-T", str(path)))
CURL_UP_HASHED = up(lambda path: curl("-T", str(path)), hash_after=True)
for name, contestant, peers in (
    ("1 GiB down, hashed", DOWN, ((CURL_DOWN, "curl", 0.85), (THEIR_DOWN, "ayon_api", 1.0))),
    ("1 GiB up, hashed", UP_HASHED, ((CURL_UP_HASHED, "curl", 0.85), (THEIR_UP_HASHED, "ayon_api", 1.0))),
    ("1 GiB up", UP, ((CURL_UP, "curl", 0.85), (THEIR_UP, "ayon_api", 1.0))),
):
    RACES += [
        Race(name=name, ours=contestant, peer=peer, at_least=goal, self_timed=True, peer_name=peer_name)
        for peer, peer_name, goal in peers
        if peer_name != "curl" or shutil.which("curl")
    ]

if __name__ == "__main__":
    if "--profile" in sys.argv:
        profiled()
        sys.exit()
    check_same()
    check_memory()
    sys.exit(main(RACES))
