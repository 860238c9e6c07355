"""A ShotGrid gateway in a process of its own, for other people's programs to judge."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
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


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    given = os.environ.get("TRACKERKIT_JUDGE_OVER")
    over = given or f"sqlite:///{tmp_path / 'show.db'}"
    state = tmp_path / "state.db"
    with State.open(state) as opened:
        _, key = opened.add_key("judge", kind="script", can_act_as=True)
    settings = [part for setting in (*SETTINGS, *(OVER_OTHERS if given else ())) for part in ("--set", setting)]
    command = [sys.executable, "-c", "from trackerkit.cli import main; main()", "serve", "shotgrid"]
    with (
        (tmp_path / "serve.log").open("w") as log,
        subprocess.Popen(
            [*command, "--over", over, "--state", str(state), *settings], stdout=subprocess.PIPE, stderr=log, text=True
        ) as server,
    ):
        assert server.stdout is not None
        try:
            url = server.stdout.readline().strip()
            assert url, (tmp_path / "serve.log").read_text()
            yield Gateway(url, "judge", key)
        finally:
            server.terminate()
