"""serve: a tracker's own wire protocol, over any tracker."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from trackerkit.cli.common import Profile, open_tracker
from trackerkit.cli.keys import StateOption, open_state
from trackerkit.gateway.opening import is_ours, opener
from trackerkit.gateway.settings import read_settings
from trackerkit.hookspecs import GatewayInfo
from trackerkit.plugins import find_gateway, load
from trackerkit.state import State
from trackerkit.tracker import Tracker
from trackerkit.web.serve import serve_forever


def serve(
    protocol: Annotated[str, typer.Argument(help="Which protocol to speak: shotgrid or ayon.", metavar="PROTOCOL")],
    over: Annotated[str, typer.Option("--over", help="The tracker behind it: a URL, or @PROFILE.")],
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="0 takes a free one.")] = 0,
    state: StateOption = None,
    given: Annotated[
        list[str] | None, typer.Option("--set", help="A setting of the gateway, as NAME=VALUE; may be repeated.")
    ] = None,
    profile: Profile = "",
    prepare: Annotated[
        bool, typer.Option(help="Give an embedded store the protocol's own entity types and fields that it lacks.")
    ] = True,
) -> None:
    """Serve a tracker's own protocol over any tracker, so that its scripts run unchanged."""
    info = find_gateway(protocol)
    factory = load(info)
    settings = read_settings(_pairs(given or []))
    with open_tracker(over, profile) as tracker, open_state(state) as opened:
        _first_key(opened)
        if prepare and info.prepare:
            _prepare(info, tracker)
        scripts = is_ours(tracker)
        app = factory(opener(lambda: open_tracker(over, profile), scripts_as_users=scripts), opened, settings)
        print(f"{info.title} over {over}; stop it with Ctrl-C", file=sys.stderr)
        serve_forever(app, host, port, settings=settings, on_ready=lambda url: print(url, flush=True))


def _pairs(given: list[str]) -> dict[str, str]:
    wrong = next((item for item in given if "=" not in item), None)
    if wrong is not None:
        raise typer.BadParameter(f"{wrong!r} is not NAME=VALUE", param_hint="--set")
    return {name.strip().replace("-", "_"): value for name, _, value in (item.partition("=") for item in given)}


def _prepare(info: GatewayInfo, tracker: Tracker) -> None:
    """A tracker that is ours to shape gets what callers of the protocol expect."""
    made = load(info, info.prepare)(tracker)
    if made:
        print(
            f"{info.title}: {len(made)} entity types and fields were made; --no-prepare leaves them out",
            file=sys.stderr,
        )


def _first_key(state: State) -> None:
    """A gateway without keys serves nobody: make one, and say it once."""
    if any(key.revoked_at is None for key in state.list_keys()):
        return
    name = "first"
    _, secret = state.add_key(name, kind="script", can_act_as=True)
    print(
        f"there was no key yet; here is one, shown this once:\n  script name: {name}\n  key: {secret}", file=sys.stderr
    )


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(serve)
