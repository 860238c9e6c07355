"""Tally: how many records the source holds, counted apart from moving them, so that the account has two sides."""

from __future__ import annotations

from trackerkit.sync.run import Run


def count_found(run: Run) -> None:
    """Count every record of every type that the source has, retired ones included, in the projects that are moved."""
    schema = run.source.backend.schema()
    states = ["active", "retired"] if "find.retired" in run.source.backend.capabilities else ["active"]
    for phase in run.plan.phases:
        if phase.type in run.journal.whole:
            run.journal.found[phase.type] = run.source.count(phase.type, archived=True)
            continue
        scoped = schema.type(phase.type).in_project
        for project in [source for source, _ in run.projects] if scoped else [None]:
            for state in states if phase.is_counted_retired else ["active"]:
                found = run.source.find(phase.type, fields=["id"], project=project, state=state, archived=True)
                run.journal.found.update(record.ref.type for record in found)
