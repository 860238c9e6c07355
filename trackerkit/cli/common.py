"""What the commands share: opening a tracker, reading conditions and values from words, printing records."""

from __future__ import annotations

import csv
import enum
import json
import re
import sys
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final

import typer

from trackerkit.config import load_profile
from trackerkit.datatypes import from_text
from trackerkit.entities import Entity
from trackerkit.errors import ConfigurationError, FilterError, InvalidInputError
from trackerkit.filters import Filter, from_list, make
from trackerkit.schema import Schema
from trackerkit.sync.values import plain
from trackerkit.tracker import Tracker, connect
from trackerkit.values import Ref


class Format(str, enum.Enum):
    """How records are printed."""

    table = "table"
    json = "json"
    csv = "csv"


Url = Annotated[
    str, typer.Argument(help="The tracker: a URL such as sqlite:///show.db, or @PROFILE.", metavar="TRACKER")
]
Profile = Annotated[str, typer.Option("--profile", "-p", help="The profile that holds settings and credentials.")]
FormatOption = Annotated[Format, typer.Option("--format", "-f", help="table for people, json or csv for programs.")]
Where = Annotated[
    list[str] | None,
    typer.Argument(
        help="Conditions joined by and: name=sh010, status!=omt, frame_start>1001, name~comp.", metavar="CONDITION"
    ),
]

_CONDITION: Final = re.compile(r"(?P<path>[\w.\[\]()]+?)(?P<sign>!=|<=|>=|!~|=|<|>|~)(?P<value>.*)", re.DOTALL)
_SIGNS: Final = {
    "=": "is", "!=": "is_not", "<": "less_than", ">": "greater_than", "<=": "at_most", ">=": "at_least",
    "~": "contains", "!~": "not_contains",
}  # fmt: skip


def open_tracker(url: str, profile: str = "", **settings: Any) -> Tracker:
    """The tracker of a URL, or of a profile written ``@NAME``."""
    if url.startswith("@"):
        profile = url[1:]
        url = load_profile(profile).get("url") or ""
        if not url:
            raise ConfigurationError(f"profile {profile} has no url")
    return connect(url, profile=profile, **settings)


def conditions(schema: Schema, type_name: str, words: Sequence[str], where: str | None = None) -> list[Filter]:
    """Filters from words such as ``status=ip`` and a JSON list form."""
    found = [_condition(schema, type_name, word) for word in words]
    if where:
        try:
            found.append(from_list(json.loads(where)))
        except json.JSONDecodeError as error:
            raise FilterError(f"--where is no JSON: {error}", hint='for example [["name", "is", "sh010"]]') from None
    return found


def _condition(schema: Schema, type_name: str, word: str) -> Filter:
    from trackerkit.paths import resolve_path

    match = _CONDITION.fullmatch(word)
    if match is None:
        raise FilterError(f"{word!r} is no condition", hint="for example name=sh010 or 'frame_start>1001'")
    path, operator, text = match["path"], _SIGNS[match["sign"]], match["value"]
    data_type = resolve_path(schema, type_name, path).data_type
    if data_type == "links":
        data_type = "link"
    is_text = operator in ("contains", "not_contains") or data_type == "choices"
    return make(path, operator, (text if is_text else from_text(data_type, text),))


def values_of(schema: Schema, type_name: str, words: Sequence[str]) -> dict[str, Any]:
    """Field values from words such as ``name=sh010``; an empty value is None."""
    found = {}
    for word in words:
        name, mark, text = word.partition("=")
        if not mark:
            raise InvalidInputError(f"{word!r} is no value", hint="for example name=sh010; name= clears it")
        item = schema.field(type_name, name)
        found[name] = text if name == "project" else from_text(item.data_type, text)
    return found


def show(records: Iterable[Entity], form: Format, fields: Sequence[str] | None = None) -> int:
    """Print records; how many they were."""
    return {Format.table: _table, Format.json: _json, Format.csv: _csv}[form](records, fields)


def as_json(record: Entity) -> dict[str, Any]:
    """A record as JSON: its address and the fields that were asked for."""
    return {"ref": str(record.ref), **{name: plain(record[name]) for name in record}}


def _json(records: Iterable[Entity], _fields: Sequence[str] | None) -> int:
    count = 0
    sys.stdout.write("[")
    for count, record in enumerate(records, 1):
        sys.stdout.write("\n" if count == 1 else ",\n")
        sys.stdout.write(json.dumps(as_json(record), ensure_ascii=False))
    sys.stdout.write("\n]\n" if count else "]\n")
    return count


def _csv(records: Iterable[Entity], fields: Sequence[str] | None) -> int:
    writer = csv.writer(sys.stdout)
    count = 0
    for count, record in enumerate(records, 1):
        if count == 1:
            writer.writerow(["ref", *record])
        writer.writerow([str(record.ref), *(words(record[name]) for name in record)])
    if not count and fields:
        writer.writerow(["ref", *fields])
    return count


def _table(records: Iterable[Entity], _fields: Sequence[str] | None) -> int:
    from rich.markup import escape
    from rich.table import Table

    rows = list(records)
    if not rows:
        print("nothing found")
        return 0
    table = Table("ref", *[name for name in rows[0] if name not in ("id", "type")], box=None, header_style="bold")
    for record in rows:
        shown = [words(record[name]) for name in record if name not in ("id", "type")]
        table.add_row(str(record.ref), *map(escape, shown))
    _print(table)
    return len(rows)


def _print(table: Any) -> None:
    """Tables go to a terminal as wide as it is, and to a file as wide as they are."""
    from rich.console import Console

    Console(width=None if sys.stdout.isatty() else 400).print(table)


def words(value: Any) -> str:
    """A value as people read it."""
    from trackerkit.evaluate import effective

    value = effective(value)
    if value is None:
        return ""
    if isinstance(value, Ref):
        return f"{value.label} ({value})" if value.label else str(value)
    if isinstance(value, list):
        return ", ".join(words(item) for item in value)
    shown = plain(value)
    return shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)


def names_of(fields: str | None) -> list[str] | None:
    """Field names from a list with commas."""
    return [name.strip() for name in fields.split(",") if name.strip()] if fields else None
