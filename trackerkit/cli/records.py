"""find, get, count, create, update, delete, restore, batch, open: records."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from trackerkit import operations as ops
from trackerkit.cli.common import (
    Format,
    FormatOption,
    Profile,
    Url,
    Where,
    conditions,
    names_of,
    open_tracker,
    show,
    values_of,
)
from trackerkit.datatypes import from_text
from trackerkit.errors import InvalidInputError
from trackerkit.schema import Schema
from trackerkit.tracker import Tracker
from trackerkit.values import Ref

Type = Annotated[str, typer.Argument(help="The entity type, for example Shot.", metavar="TYPE")]
RefArgument = Annotated[str, typer.Argument(help="The record, written Type:id.", metavar="REF")]
Project = Annotated[str | None, typer.Option("--project", help="Only this project (its name, code or id).")]
Fields = Annotated[str | None, typer.Option("--fields", help="What to read, with commas: name,status,sequence.name.")]
Order = Annotated[str | None, typer.Option("--order", help="Sort keys, with commas; -name for descending.")]
State = Annotated[str, typer.Option("--state", help="active, retired or all.")]
Json = Annotated[str | None, typer.Option("--where", help="More conditions as JSON, in ShotGrid's list form.")]
Values = Annotated[
    list[str], typer.Argument(help="Values: name=sh010 status=ip; name= clears one.", metavar="FIELD=VALUE...")
]


def find(
    tracker: Url, type: Type, where: Where = None, fields: Fields = None, order: Order = None,
    limit: Annotated[int | None, typer.Option("--limit", help="At most so many.")] = None, project: Project = None,
    state: State = "active", archived: Annotated[bool, typer.Option("--archived", help="Archived projects too.")] = False,
    json_where: Json = None, form: FormatOption = Format.table, profile: Profile = "",
    explain: Annotated[bool, typer.Option("--explain", help="Say where the query is answered, and send nothing.")] = False,
) -> None:  # fmt: skip
    """Find records."""
    with open_tracker(tracker, profile) as opened:
        filters = conditions(opened.backend.schema(), type, where or [], json_where)
        asked: dict[str, Any] = {"fields": names_of(fields), "order": names_of(order) or (), "limit": limit,
                                 "project": project, "state": state, "archived": archived}  # fmt: skip
        if explain:
            print(opened.explain(type, *filters, **asked))
            return
        show(opened.find(type, *filters, **asked), form, asked["fields"])


def get(
    tracker: Url, ref: RefArgument, fields: Fields = None, project: Project = None,
    form: FormatOption = Format.table, state: State = "active", profile: Profile = "",
) -> None:  # fmt: skip
    """Print one record."""
    with open_tracker(tracker, profile) as opened:
        show([opened.get(opened.ref(ref, project=project), fields=names_of(fields), state=state)], form)


def count(
    tracker: Url, type: Type, where: Where = None, project: Project = None, state: State = "active",
    json_where: Json = None, profile: Profile = "",
) -> None:  # fmt: skip
    """Count records."""
    with open_tracker(tracker, profile) as opened:
        filters = conditions(opened.backend.schema(), type, where or [], json_where)
        print(opened.count(type, *filters, project=project, state=state))


def create(
    tracker: Url, type: Type, values: Values, project: Project = None,
    key: Annotated[str | None, typer.Option("--key", help="32 hex digits: the same key again is the same create.")] = None,
    form: FormatOption = Format.table, profile: Profile = "",
) -> None:  # fmt: skip
    """Make a record."""
    with open_tracker(tracker, profile) as opened:
        given = values_of(opened.backend.schema(), type, values)
        if project is not None:
            given["project"] = project
        show([opened.create(type, key=key, **given)], form)


def update(
    tracker: Url, ref: RefArgument, values: Values, project: Project = None, form: FormatOption = Format.table,
    profile: Profile = "",
) -> None:  # fmt: skip
    """Change some fields of a record."""
    with open_tracker(tracker, profile) as opened:
        record = opened.ref(ref, project=project)
        given = values_of(opened.backend.schema(), record.type, values)
        show([opened.update(record, **given)], form)


def delete(
    tracker: Url, ref: RefArgument, project: Project = None,
    permanent: Annotated[bool, typer.Option("--permanent", help="For good, instead of retiring.")] = False,
    recursive: Annotated[bool, typer.Option("--recursive", help="What hangs on it too.")] = False,
    profile: Profile = "",
) -> None:  # fmt: skip
    """Retire a record."""
    with open_tracker(tracker, profile) as opened:
        record = opened.ref(ref, project=project)
        done = opened.delete(record, permanent=permanent, recursive=recursive)
        print(f"{record} {'deleted' if permanent else 'retired'}" if done else f"{record} was retired already")


def restore(tracker: Url, ref: RefArgument, project: Project = None, profile: Profile = "") -> None:
    """Bring a retired record back."""
    with open_tracker(tracker, profile) as opened:
        record = opened.ref(ref, project=project)
        print(f"{record} restored" if opened.restore(record) else f"{record} was not retired")


def batch(
    tracker: Url,
    file: Annotated[Path, typer.Argument(help="JSON: a list of operations; - for standard input.", metavar="FILE")],
    form: FormatOption = Format.table,
    profile: Profile = "",
) -> None:
    """Make several changes, all or nothing.

    An operation is {"create": "Shot", "values": {...}}, {"update": "Shot:12", "values": {...}}, {"delete": "Shot:12"} or
    {"restore": "Shot:12"}; each may have "project".
    """
    with open_tracker(tracker, profile) as opened:
        text = sys.stdin.read() if str(file) == "-" else file.read_text("utf-8")
        try:
            rows = json.loads(text)
        except json.JSONDecodeError as error:
            raise InvalidInputError(f"{file} is no JSON: {error}") from None
        if not isinstance(rows, list):
            raise InvalidInputError(f"{file} holds no list of operations")
        show(opened.batch([_operation(opened, row) for row in rows]), form)


def _operation(tracker: Tracker, row: Any) -> ops.Operation:
    kinds = set(row) & set(ops.KINDS) if isinstance(row, dict) else set()
    if len(kinds) != 1:
        raise InvalidInputError(f"{row!r} is no operation", hint='for example {"delete": "Shot:12"}')
    kind = kinds.pop()
    project = tracker.project(row["project"]) if row.get("project") else None
    if kind == "create":
        values = _values(tracker.backend.schema(), row["create"], row.get("values", {}))
        return ops.create(row["create"], values, key=row.get("key"), project=project)
    ref = Ref.parse(row[kind], project.id if project else None)
    if kind == "update":
        return ops.update(ref, _values(tracker.backend.schema(), ref.type, row.get("values", {})))
    return ops.delete(ref) if kind == "delete" else ops.restore(ref)


def _values(schema: Schema, type_name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Values from JSON: links and lengths of time are texts, read by the field's data type."""
    return {name: _value(schema.field(type_name, name).data_type, value) for name, value in given.items()}


def _value(data_type: str, value: Any) -> Any:
    if data_type == "links" and isinstance(value, list):
        return [Ref.parse(item) for item in value]
    return from_text(data_type, value) if data_type in ("link", "duration") and isinstance(value, str) else value


def open_page(tracker: Url, ref: RefArgument, project: Project = None, profile: Profile = "") -> None:
    """Open a record's page in the browser; prints its address."""
    with open_tracker(tracker, profile) as opened:
        url = opened.web_url(opened.ref(ref, project=project))
    print(url)
    typer.launch(url)


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (find, get, count, create, update, delete, restore, batch):
        app.command()(command)
    app.command("open")(open_page)
