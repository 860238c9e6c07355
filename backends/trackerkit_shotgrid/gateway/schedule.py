"""``work_schedule_read`` and ``work_schedule_update``: working days, and the exceptions that are kept among the facts."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.facts import STUDIO
from trackerkit_shotgrid.gateway.faults import Fault, missing, shown
from trackerkit_shotgrid.gateway.records import record_of

ROOM: Final = "workday"
_SCOPES: Final = ("STUDIO", "PROJECT", "USER")
_LONGEST: Final = 3_660
_WEEKEND: Final = (5, 6)
_RECALCULATE: Final = (None, "due_date", "duration")


def work_schedule_read(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ``work_schedule_read``: day by day whether it is worked, and by whose rule.

    A user's exception counts before a project's, a project's before the studio's; without one, Monday to Friday are
    worked.
    """
    verb = "work_schedule_read"
    first, last = _day(verb, given, "start_date"), _day(verb, given, "end_date")
    if not 0 <= (last - first).days <= _LONGEST:
        raise Fault(f"API {verb}() 'end_date' must be within {_LONGEST} days after 'start_date'")
    subjects = _subjects(context, verb, given)
    days = {day.isoformat(): _usual(day) for day in _days(first, last)}
    for scope, subject in zip(_SCOPES, subjects, strict=True):
        if subject is None:
            continue
        for fact in context.facts.between(ROOM, subject, first.isoformat(), last.isoformat()):
            days[fact.object] = {"reason": f"{scope}_EXCEPTION", **fact.value}
    return days


def work_schedule_update(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ``work_schedule_update``: the exception as it was sent.

    ``recalculate_field`` is checked; dates of Tasks are their tracker's own affair and do not move.
    """
    verb = "work_schedule_update"
    day = _day(verb, given, "date")
    working, description = given.get("working"), given.get("description")
    if not isinstance(working, bool):
        raise missing(verb, "boolean", "working", given=working)
    if description is not None and not isinstance(description, str):
        raise missing(verb, "string", "description", given=description)
    if given.get("recalculate_field") not in _RECALCULATE:
        raise missing(verb, "string", "recalculate_field", given=given.get("recalculate_field"))
    if given.get("project") and given.get("user"):
        raise Fault(f"API {verb}() takes a 'project' or a 'user', not both")
    project, user = _people(context, verb, given)
    subject = next((context.site.fact_key(ref) for ref in (user, project) if ref is not None), STUDIO)
    context.facts.put(ROOM, subject, day.isoformat(), {"working": working, "description": description})
    context.site.prepare([ref for ref in (project, user) if ref is not None])
    return {
        "date": day.isoformat(), "working": working, "description": description,
        "project": context.site.entity(project), "user": context.site.entity(user),
    }  # fmt: skip


def _people(context: Context, verb: str, given: Mapping[str, Any]) -> tuple[Ref | None, Ref | None]:
    project = record_of(context, verb, given, "project", ("Project",)) if given.get("project") else None
    user = record_of(context, verb, given, "user", ("HumanUser", "ApiUser")) if given.get("user") else None
    return project, user


def _subjects(context: Context, verb: str, given: Mapping[str, Any]) -> tuple[str | None, str | None, str | None]:
    """Whose exceptions count, the strongest last."""
    project, user = (None if ref is None else context.site.fact_key(ref) for ref in _people(context, verb, given))
    return STUDIO, project, user


def working_days(context: Context, project: Ref | None) -> Callable[[date], bool]:
    """Whether a day is worked: by the studio's exceptions and the project's, the latter the stronger."""
    subjects = [STUDIO, *([context.site.fact_key(project)] if project is not None else [])]
    said = {fact.object: fact.value["working"] for name in subjects for fact in context.facts.of_subject(ROOM, name)}
    return lambda day: bool(said.get(day.isoformat(), _usual(day)["working"]))


def _usual(day: date) -> dict[str, Any]:
    return {"reason": "STUDIO_WORK_WEEK", "working": day.weekday() not in _WEEKEND, "description": None}


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)


def _day(verb: str, given: Mapping[str, Any], name: str) -> date:
    value = given.get(name)
    if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value):
        raise Fault(f"API {verb}() '{name}' must be a date as YYYY-MM-DD, got {shown(value)}")
    try:
        return date.fromisoformat(value)
    except ValueError:
        raise Fault(f"API {verb}() '{name}' is no date: {shown(value)}") from None
