"""The demonstration: a sample show moves from a ShotGrid, served over HTTP, into an AYON, served over HTTP."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from trackerkit.config import parse_address
from trackerkit.demo.show import PROJECT, Tell, make_show
from trackerkit.errors import ConfigurationError, NotFoundError, TrackerError
from trackerkit.gateway.opening import opener
from trackerkit.plugins import find_gateway, load
from trackerkit.state import State
from trackerkit.sync.account import Report
from trackerkit.sync.migrate import migrate
from trackerkit.sync.report import write_page
from trackerkit.sync.run import Options, Step
from trackerkit.tracker import Tracker, connect
from trackerkit.web.serve import Server

SCRIPT: Final = "trackerkit-demo"
MARK: Final = "trackerkit-demo.txt"
PICTURES: Final = 48

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a demonstration came to.

    Args:
        report: the account.
        page: the report as a page.
        source: the address that the show was read from.
        target: the address that it was moved to.
    """

    report: Report
    page: Path
    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Plan:
    """What to demonstrate.

    Args:
        folder: where it lives.
        fresh: start over.
        ayon: a real AYON server's URL instead of one that is served here.
        ayon_settings: its credentials.
        versions: how many versions the sample show has.
    """

    folder: Path
    fresh: bool = False
    ayon: str | None = None
    ayon_settings: Mapping[str, Any] | None = None
    versions: int = 200


def run_demo(
    plan: Plan,
    *,
    say: Say = lambda text: None,
    tell: Tell = lambda *_: None,
    on_step: Callable[[Step], None] = lambda _: None,
) -> Outcome:
    """Make the show if it is not there, serve both sides, move it, read it back, write the report.

    Raises:
        ConfigurationError: the folder holds something else.
        TrackerError: whatever goes wrong on the way.
    """
    _prepare_folder(plan)
    _make_source(plan, say, tell)
    with ExitStack() as stack, State.open(plan.folder / "state.db") as state:
        source = stack.enter_context(_shotgrid(plan, state))
        say(f"a ShotGrid serves the show at {source.url}")
        target = stack.enter_context(_real_ayon(plan) if plan.ayon else _served_ayon(plan, state))
        say(f"an {'AYON server' if plan.ayon else 'empty AYON'} answers at {target.url}")
        report = migrate(source, target, state, Options(projects=[PROJECT]), on_progress=on_step)
        page = plan.folder / "report.html"
        write_page(page, report, _pictures(target, report), f"{PROJECT}: from ShotGrid to AYON")
        return Outcome(report, page, source.url, target.url)


def _prepare_folder(plan: Plan) -> None:
    mark = plan.folder / MARK
    if plan.folder.exists() and any(plan.folder.iterdir()) and not mark.exists():
        raise ConfigurationError(f"{plan.folder} holds something else", hint="name another folder with --dir")
    if plan.fresh and plan.folder.exists():
        shutil.rmtree(plan.folder)
    plan.folder.mkdir(parents=True, exist_ok=True)
    mark.write_text("Made by the trackerkit demo; it may be deleted as a whole.\n", "utf-8")


def _store(path: Path) -> str:
    return f"sqlite:///{path.absolute().as_posix()}"


def _make_source(plan: Plan, say: Say, tell: Tell) -> None:
    """The sample show in an embedded store; made under another name first, so that half a show is never taken for one."""
    place = plan.folder / "shotgrid"
    if place.exists():
        return
    say("making the sample show")
    draft = Path(tempfile.mkdtemp(prefix="making-", dir=plan.folder))
    with connect(_store(draft / "show.db")) as tracker:
        make_show(tracker, tell, versions=plan.versions)
    draft.rename(place)


@contextmanager
def _served(gateway: str, path: Path, state: State) -> Iterator[tuple[str, str]]:
    """A gateway over a store: its URL, and a key for it. Every run has a key of its own."""
    url = _store(path)
    with connect(url):  # the store is there before the first caller
        pass
    name = f"{SCRIPT}-{gateway}"
    with suppress(NotFoundError):
        state.revoke_key(name)
    _, secret = state.add_key(name, kind="script", can_act_as=True)
    app = load(find_gateway(gateway))(opener(lambda: connect(url)), state, None)
    with Server(app) as server:
        yield server.url, secret


@contextmanager
def _shotgrid(plan: Plan, state: State) -> Iterator[Tracker]:
    with _served("shotgrid", plan.folder / "shotgrid" / "show.db", state) as (url, secret):
        settings = {"script_name": f"{SCRIPT}-shotgrid", "api_key": secret, "site": "shotgrid.demo"}
        with connect(f"shotgrid+{url}", **settings) as tracker:
            yield tracker


@contextmanager
def _served_ayon(plan: Plan, state: State) -> Iterator[Tracker]:
    place = plan.folder / "ayon"
    place.mkdir(exist_ok=True)
    with (
        _served("ayon", place / "show.db", state) as (url, secret),
        connect(f"ayon+{url}", api_key=secret, site="ayon.demo") as tracker,
    ):
        yield tracker


@contextmanager
def _real_ayon(plan: Plan) -> Iterator[Tracker]:
    url = plan.ayon or ""
    address, _ = parse_address(url if url.startswith("ayon+") else f"ayon+{url}")
    with connect(f"ayon+{address.url}", **(plan.ayon_settings or {})) as tracker:
        yield tracker


def _pictures(target: Tracker, report: Report) -> list[tuple[str, bytes]]:
    """Some of the pictures that arrived, read from the target."""
    found: list[tuple[str, bytes]] = []
    with tempfile.TemporaryDirectory(prefix="trackerkit-report-") as folder:
        for item in report.outcomes:
            if item.target is None or item.target.type not in ("Version", "Shot") or len(found) >= PICTURES:
                continue
            path = Path(folder) / "picture"
            try:
                target.download(item.target, path, "thumbnail")
            except TrackerError:
                continue
            found.append((item.name, path.read_bytes()))
    return found
