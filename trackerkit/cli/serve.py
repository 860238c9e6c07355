"""serve: a tracker's own wire protocol, over any tracker."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from typing import Annotated, Any

import typer

from trackerkit.cli.common import Profile, open_tracker
from trackerkit.cli.keys import StateOption, open_state
from trackerkit.errors import ConfigurationError
from trackerkit.gateway.opening import is_ours, opener
from trackerkit.gateway.settings import read_settings
from trackerkit.hookspecs import GatewayInfo
from trackerkit.plugins import find_gateway, load
from trackerkit.state import State
from trackerkit.tracker import Tracker
from trackerkit.web.logs import STYLES, configure_logs
from trackerkit.web.serve import serve_forever
from trackerkit.web.settings import WebSettings
from trackerkit.web.workers import Work, serve_with_workers


@dataclass(frozen=True)
class Order:
    """What is to be served; each worker gets it.

    Args:
        protocol: the gateway's name.
        over: the tracker behind it: a URL, or @PROFILE.
        profile: the profile that holds settings and credentials.
        state: where keys are kept.
        given: settings as texts.
        log: the style of the log.
    """

    protocol: str
    over: str
    profile: str
    state: str | None
    given: dict[str, str]
    log: str


def serve(
    protocol: Annotated[str, typer.Argument(help="Which protocol to speak: shotgrid or ayon.", metavar="PROTOCOL")],
    over: Annotated[str, typer.Option("--over", help="The tracker behind it: a URL, or @PROFILE.")],
    host: Annotated[str, typer.Option("--host", help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", help="0 takes a free one.")] = 0,
    state: StateOption = None,
    profile: Profile = "",
    workers: Annotated[int, typer.Option("--workers", "-w", help="How many processes; about one a core.")] = 1,
    log: Annotated[str, typer.Option("--log", help="A line a request: text, json, or off.")] = "off",
    given: Annotated[
        list[str] | None,
        typer.Option("--set", help="A limit or habit, for example rate_per_s=50.", metavar="NAME=VALUE"),
    ] = None,
    trust_proxy: Annotated[
        list[str] | None,
        typer.Option("--trust-proxy", help="A proxy whose X-Forwarded-For is believed.", metavar="ADDRESS"),
    ] = None,
    prepare: Annotated[
        bool, typer.Option(help="Give an embedded store the protocol's own entity types and fields that it lacks.")
    ] = True,
) -> None:
    """Serve a tracker's own protocol over any tracker, so that its scripts run unchanged."""
    _check(workers, log)
    configure_logs(log)
    info = find_gateway(protocol)
    order = Order(protocol, over, profile, state, _pairs(given or []), log)
    limits = _of_server(read_settings(order.given))
    make_ready(info, order, prepare)
    proxies = tuple(trust_proxy or ())

    def ready(url: str) -> None:
        print(f"{info.title} over {over}; stop it with Ctrl-C", file=sys.stderr)
        print(url, flush=True)

    if workers > 1:
        work = Work(served, (order,), limits, trusted_proxies=proxies)
        serve_with_workers(work, host, port, workers=workers, on_ready=ready)
        return
    signal.signal(signal.SIGTERM, lambda *_: None)  # uvicorn ends on it, then raises it once more
    with served(order) as app:
        serve_forever(app, host, port, settings=limits, trusted_proxies=proxies, on_ready=ready)


def _of_server(settings: WebSettings) -> WebSettings:
    """What concerns the sockets, without what a gateway has besides: it goes to every worker's process."""
    return WebSettings(**{item.name: getattr(settings, item.name) for item in fields(WebSettings)})


def _check(workers: int, log: str) -> None:
    if not 1 <= workers <= 256:
        raise ConfigurationError(f"there cannot be {workers} workers", hint="about one a core")
    if log not in STYLES:
        raise ConfigurationError(f"{log!r} is no style of log", hint=f"there are {', '.join(STYLES)}")


@contextmanager
def served(order: Order) -> Iterator[Any]:
    """The application of an order, in this process."""
    configure_logs(order.log)
    factory = load(find_gateway(order.protocol))
    with open_tracker(order.over, order.profile) as tracker, open_state(order.state) as state:
        made = opener(lambda: open_tracker(order.over, order.profile), scripts_as_users=is_ours(tracker))
        try:
            yield factory(made, state, read_settings(order.given))
        finally:
            made.close()


def make_ready(info: GatewayInfo, order: Order, prepare: bool) -> None:
    """Once, before the workers: a key, and the entity types and fields that callers of the protocol expect."""
    with open_tracker(order.over, order.profile) as tracker, open_state(order.state) as state:
        _first_key(state)
        if prepare and info.prepare:
            _prepare(info, tracker)


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
