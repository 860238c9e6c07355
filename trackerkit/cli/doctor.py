"""doctor: what is installed, what can be reached, with which rights."""

from __future__ import annotations

import platform
from importlib import metadata
from typing import Annotated

import typer

import trackerkit
from trackerkit import plugins
from trackerkit.backend import Check
from trackerkit.cli.common import Profile, open_tracker
from trackerkit.cli.exits import FAILED
from trackerkit.errors import TrackerError

_PARTS = {
    "sqlalchemy": "store", "starlette": "gateway", "uvicorn": "gateway", "graphql-core": "ayon", "keyring": "keyring",
    "msgspec": "speed", "orjson": "speed",
}  # fmt: skip


def doctor(
    tracker: Annotated[
        str | None, typer.Argument(help="A tracker to look at: a URL, or @PROFILE.", metavar="[TRACKER]")
    ] = None,
    prepare: Annotated[bool, typer.Option("--prepare", help="Make what trackerkit likes a site to have.")] = False,
    profile: Profile = "",
) -> int:
    """Say what is installed; of a tracker, whether it can be reached, and with which rights."""
    found = [*_installed(), *_backends()]
    if tracker is not None:
        found += _reached(tracker, profile, prepare)
    for check in found:
        print(f"{'ok ' if check.is_ok else 'NOT'}  {check.name}: {check.text}")
        if check.hint and not check.is_ok:
            print(f"     hint: {check.hint}")
    return 0 if all(check.is_ok for check in found if not check.name.startswith("optional ")) else FAILED


def _installed() -> list[Check]:
    found = [Check("trackerkit", True, f"{trackerkit.__version__} on Python {platform.python_version()}")]
    for package, extra in _PARTS.items():
        try:
            found.append(Check(f"optional {package}", True, metadata.version(package)))
        except metadata.PackageNotFoundError:
            found.append(Check(f"optional {package}", False, "not installed", f"pip install 'trackerkit[{extra}]'"))
    return found


def _backends() -> list[Check]:
    backends = [Check(f"backend {info.scheme}", True, info.title) for info in plugins.backends().values()]
    gateways = [Check(f"gateway {info.name}", True, info.title) for info in plugins.gateways().values()]
    broken = [Check(f"package {name}", False, why, "install it again") for name, why in plugins.broken().items()]
    return backends + gateways + broken


def _reached(url: str, profile: str, prepare: bool) -> list[Check]:
    try:
        with open_tracker(url, profile) as opened:
            me = opened.backend.me()
            found = [Check("reached", True, f"{opened.url} as {me.login or 'nobody in particular'}")]
            return found + opened.doctor(prepare)
    except TrackerError as error:
        return [Check("reached", False, error.message, error.hint)]


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(doctor)
