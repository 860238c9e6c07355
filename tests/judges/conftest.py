"""A gateway in a process of its own, for other people's programs to judge."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from trackerkit.state import State

SETTINGS = ("passwords=yes", "thumbnail_grace_s=5")
OVER_OTHERS = ("beside=yes", "status_codes=yes")
"""Over a tracker that has not all of a ShotGrid site's types, fields and statuses."""


@dataclass(frozen=True)
class Gateway:
    """A gateway in a process of its own, and the script that may call it."""

    url: str
    name: str
    key: str


@contextmanager
def served(protocol: str, folder: Path, settings: Sequence[str] = ()) -> Iterator[Gateway]:
    """A gateway over the tracker of TRACKERKIT_JUDGE_OVER, an embedded store of its own unless given."""
    over = os.environ.get("TRACKERKIT_JUDGE_OVER") or f"sqlite:///{folder / 'show.db'}"
    state = folder / "state.db"
    with State.open(state) as opened:
        _, key = opened.add_key("judge", kind="script", can_act_as=True)
    given = [part for setting in settings for part in ("--set", setting)]
    command = [sys.executable, "-c", "from trackerkit.cli import main; main()", "serve", protocol]
    with (
        (folder / "serve.log").open("w") as log,
        subprocess.Popen(
            [*command, "--over", over, "--state", str(state), *given], stdout=subprocess.PIPE, stderr=log, text=True
        ) as server,
    ):
        assert server.stdout is not None
        try:
            url = server.stdout.readline().strip()
            assert url, (folder / "serve.log").read_text()
            yield Gateway(url, "judge", key)
        finally:
            server.terminate()


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    """A ShotGrid gateway."""
    given = (*SETTINGS, *(OVER_OTHERS if os.environ.get("TRACKERKIT_JUDGE_OVER") else ()))
    with served("shotgrid", tmp_path, given) as made:
        yield made


@pytest.fixture
def ayon_gateway(tmp_path: Path) -> Iterator[Gateway]:
    """An AYON gateway."""
    with served("ayon", tmp_path, ("beside=yes",) if os.environ.get("TRACKERKIT_JUDGE_OVER") else ()) as made:
        yield made
