"""Start, due date and duration of a Task: one triple, of which a site works out the part that a write leaves open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from typing import Any, Final

from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.schedule import working_days

START, DUE, DURATION = "start_date", "end_date", "duration"
WORKDAY: Final = timedelta(hours=8)
"""A working day, as the preference ``hours_per_day`` says."""

_LONGEST: Final = 36_600

IsWorked = Callable[[date], bool]


def settle(context: Context, fields: dict[str, Any], ref: Ref | None) -> None:
    """Work out the rest of a Task's triple, in place.

    A null holds the other two. Working days are those of the studio and of the Task's project.

    Args:
        context: the call.
        fields: the neutral values of the write.
        ref: the Task; None for a new one.
    """
    given = {name for name in (START, DUE, DURATION) if name in fields}
    known = context.site.schema.type("Task").fields
    if not given or not {START, DUE, DURATION} <= known.keys() or any(fields[name] is None for name in given):
        return
    record = context.tracker.backend.fetch([ref], [START, DUE, DURATION, "project"], "all").get(ref, {}) if ref else {}
    values = {name: fields.get(name, record.get(name)) for name in (START, DUE, DURATION)}
    project = fields.get("project") or record.get("project")
    fields.update(worked_out(values, given, working_days(context, project if isinstance(project, Ref) else None)))


def worked_out(values: Mapping[str, Any], given: set[str], is_worked: IsWorked) -> dict[str, Any]:
    """What follows from what was given: a part of the triple, or nothing."""
    start, due, duration = values[START], values[DUE], values[DURATION]
    if {START, DUE} <= given or (given == {DUE} and start is not None) or (given == {START} and duration is None):
        return {DURATION: span(start, due, is_worked)} if due is not None and start <= due else {}
    if given == {DUE, DURATION}:
        return {START: last_day(due, duration, is_worked, -1)}
    if start is not None and duration is not None and given != {DUE}:
        return {DUE: last_day(start, duration, is_worked, 1)}
    return {}


def span(start: date, due: date, is_worked: IsWorked) -> timedelta:
    """The work that fits between two days, both included."""
    days = min((due - start).days + 1, _LONGEST)
    return WORKDAY * sum(is_worked(start + timedelta(days=at)) for at in range(days))


def last_day(first: date, duration: timedelta, is_worked: IsWorked, step: int) -> date:
    """The day on which so much work that begins on another ends; backwards with the step -1."""
    left = -(-duration // WORKDAY)
    day = first
    for _ in range(_LONGEST):
        left -= is_worked(day)
        if left <= 0:
            break
        day += timedelta(days=step)
    return day
