"""events: what happened, and what happens."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Annotated

import typer

from trackerkit.cli.common import Format, FormatOption, Profile, Url, open_tracker, words
from trackerkit.cli.records import Project
from trackerkit.events import Event
from trackerkit.sync.values import plain

Types = Annotated[list[str] | None, typer.Argument(help="Only events of these entity types.", metavar="TYPE")]


def events(
    tracker: Url, types: Types = None, project: Project = None,
    follow: Annotated[bool, typer.Option("--follow", help="Go on with what happens from now on.")] = False,
    bookmark: Annotated[str | None, typer.Option("--bookmark", help="With --follow: go on where this name stopped.")] = None,
    after: Annotated[str | None, typer.Option("--after", help="Only behind this cursor.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", help="At most so many.")] = None,
    form: FormatOption = Format.table, profile: Profile = "",
) -> None:  # fmt: skip
    """Print events, oldest first."""
    with open_tracker(tracker, profile) as opened:
        found: Iterable[Event]
        if follow:
            found = opened.follow(*(types or ()), bookmark=bookmark, after=after, project=project)
        else:
            found = opened.events(*(types or ()), after=after, limit=limit, project=project)
        for at, event in enumerate(found, 1):
            print(_line(event) if form is Format.table else json.dumps(as_json(event), ensure_ascii=False), flush=True)
            if limit is not None and at >= limit:
                break


def _line(event: Event) -> str:
    what = event.kind if event.field is None else f"{event.kind} {event.field}"
    change = ""
    if event.added or event.removed:
        change = f"+[{words(list(event.added))}] -[{words(list(event.removed))}]"
    elif event.field is not None:
        change = f"{words(event.old) or 'nothing'} → {words(event.new) or 'nothing'}"
    who = f" by {words(event.actor)}" if event.actor else ""
    return f"{event.cursor:>8}  {event.at:%Y-%m-%d %H:%M:%S}  {words(event.entity)}  {what}  {change}{who}"


def as_json(event: Event) -> dict[str, object]:
    """An event as JSON."""
    return {name: plain(getattr(event, name)) for name in event.__slots__}


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(events)
