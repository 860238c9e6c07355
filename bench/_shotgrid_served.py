"""The ShotGrid gateway over an embedded store, and a bare starlette answer, each served by a process of its own."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import trackerkit
from trackerkit import operations as ops
from trackerkit.state import State
from trackerkit.web.serve import Server

SHOTS = 500


def fill(folder: Path) -> str:
    """A store with five hundred shots; the key of the gateway's script."""
    with trackerkit.connect(f"sqlite:///{folder / 'show.db'}?synchronous=off") as tracker:
        project = tracker.create("Project", name="show").ref
        sequence = tracker.create("Sequence", name="sq010", project=project).ref
        rows = [
            {"name": f"sh{at:04}", "status": "ip", "frame_start": 1001 + at, "frame_end": 1100 + at, "cut_order": at,
             "description": f"the shot number {at}", "parent": sequence}
            for at in range(SHOTS)
        ]  # fmt: skip
        tracker.write([ops.create("Shot", row, project=project) for row in rows])
    with State.open(folder / "state.db") as state:
        return str(state.add_key("bench", kind="script")[1])


def gateway(folder: Path) -> Any:
    """The gateway's application."""
    from trackerkit_shotgrid.gateway.app import create_app

    tracker = trackerkit.connect(f"sqlite:///{folder / 'show.db'}")
    return create_app(lambda caller: tracker, State.open(folder / "state.db"))


def bare(folder: Path) -> Any:
    """An application that answers every POST with as many bytes as its path says."""
    from starlette.applications import Starlette
    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.routing import Route

    async def answer(request: Request) -> Response:
        await request.body()
        return Response(b" " * int(request.path_params["size"]), media_type="application/json")

    return Starlette(routes=[Route("/{size}", answer, methods=["POST"])])


@contextmanager
def served(kind: str, folder: Path) -> Iterator[int]:
    """The port of one of the two."""
    command = [sys.executable, str(Path(__file__)), kind, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        try:
            yield int(child.stdout.readline())
        finally:
            child.kill()


if __name__ == "__main__":
    with Server({"gateway": gateway, "bare": bare}[sys.argv[1]](Path(sys.argv[2]))) as server:
        print(server.url.rpartition(":")[2], flush=True)
        threading.Event().wait()
