"""Migration: plan, apply and verify in one go, on a journal and a crosswalk that a later run goes on from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from trackerkit.clock import SYSTEM, Clock
from trackerkit.state import State
from trackerkit.sync.account import Report, make_account
from trackerkit.sync.definitions import MOVERS
from trackerkit.sync.journal import Outcome
from trackerkit.sync.media import move_files
from trackerkit.sync.plan import MEDIA, ORDER, Phase, make_plan
from trackerkit.sync.records import link_late, move_records, retire_all
from trackerkit.sync.run import Options, Run, Step, display
from trackerkit.sync.tally import count_found
from trackerkit.sync.verify import verify
from trackerkit.tracker import Tracker


def migrate(
    source: Tracker,
    target: Tracker,
    state: State,
    options: Options | None = None,
    *,
    on_progress: Callable[[Step], None] = lambda step: None,
    clock: Clock = SYSTEM,
) -> Report:
    """Move a show; run it again to move what has come since. A run that finds nothing new writes nothing.

    Args:
        source: the tracker that is read.
        target: the tracker that is written.
        state: where the crosswalk and the journal are kept.
        options: which projects, and how.
        on_progress: told how far it is.
        clock: for the journal's times.

    Returns:
        The account: every record of the source, and what became of it.
    """
    began = clock.monotonic()
    plan = make_plan(source.backend.schema(), target.backend.schema(), target.backend.capabilities.types)
    run = Run(source, target, state, plan, options or Options(), clock, on_progress)
    for phase in plan.phases:
        _move(run, phase)
    count_found(run)
    for phase in plan.moved:
        if phase.map is not None and phase.type not in MOVERS and phase.type not in MEDIA:
            run.notify_step("links", 0, None)
            link_late(run, phase.map)
    retire_all(run)
    checked, files = verify(run)
    run.journal.finish(clock.now())
    lines, outcomes = make_account(run.journal, _account_order(run))
    report = Report(lines, outcomes, run.writes, checked, files, source.url, target.url)
    return replace(report, seconds=clock.monotonic() - began)


def _account_order(run: Run) -> list[str]:
    schema = run.source.backend.schema()
    return [kind for name in ORDER if name in schema for kind in schema.concrete(name)]


def _move(run: Run, phase: Phase) -> None:
    if phase.map is None:
        _cannot(run, phase)
    elif phase.type in MOVERS:
        MOVERS[phase.type](run, phase.map)
    elif phase.type in MEDIA:
        move_files(run, phase.map)
    else:
        move_records(run, phase.map)


def _cannot(run: Run, phase: Phase) -> None:
    """Every record of a type that the target lacks, with the reason; of events, their number is enough."""
    if phase.type == "Event":
        run.journal.whole[phase.type] = ("skipped", phase.reason)
        return
    schema = run.source.backend.schema()
    in_project = schema.type(phase.type).in_project
    scopes = [source for source, _ in run.projects] if in_project else [None]
    names = [
        "id",
        *(name for name in ("name", "subject", "filename", "label", "kind") if name in schema.type(phase.type).fields),
    ]
    for scope in scopes:
        for record in run.source.find(phase.type, fields=names, project=scope, archived=True):
            run.advance(phase.type, 1)
            run.journal.record(Outcome(record.ref, display(record), "unsupported", phase.reason))
