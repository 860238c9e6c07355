"""schema: entity types and fields."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.table import Table

from trackerkit.cli.common import Format, FormatOption, Profile, Url, _print, names_of, open_tracker

app = typer.Typer(help="Read and change the schema.", no_args_is_help=True)

Type = Annotated[str, typer.Argument(help="The entity type.", metavar="TYPE")]
Name = Annotated[str, typer.Argument(help="The field's name.", metavar="FIELD")]
Label = Annotated[str | None, typer.Option("--label", help="What people see.")]
Choices = Annotated[str | None, typer.Option("--choices", help="Legal values, with commas.")]
Targets = Annotated[str | None, typer.Option("--targets", help="Entity types that a link may point to, with commas.")]


@app.command()
def show(
    tracker: Url,
    type: Annotated[str | None, typer.Argument(help="The entity type; all without.", metavar="[TYPE]")] = None,
    form: FormatOption = Format.table,
    profile: Profile = "",
) -> None:
    """Print the entity types, or the fields of one."""
    with open_tracker(tracker, profile) as opened:
        schema = opened.schema.read()
        rows = _types(schema) if type is None else _fields(schema, type)
    if form is Format.table:
        table = Table(*rows[0], box=None, header_style="bold")
        for row in rows:
            table.add_row(*(str(value) for value in row.values()))
        _print(table)
    elif form is Format.json:
        print(json.dumps(rows, ensure_ascii=False, indent=1))
    else:
        print("\n".join(",".join(str(value) for value in row.values()) for row in rows))


def _types(schema: Any) -> list[dict[str, Any]]:
    return [
        {"type": item.name, "native": item.native or "", "kind_of": item.base or "", "fields": len(item.fields)}
        for item in sorted(schema.types.values(), key=lambda item: item.name)
    ]


def _fields(schema: Any, type_name: str) -> list[dict[str, Any]]:
    return [
        {
            "field": item.name,
            "data_type": item.data_type,
            "native": item.native or "",
            "writable": "no" if item.read_only or not item.is_stored else "at creation" if item.create_only else "yes",
            "takes": " ".join(item.choices or item.targets),
        }
        for item in schema.type(type_name).fields.values()
    ]


@app.command("create-field")
def create_field(
    tracker: Url, type: Type, name: Name, data_type: Annotated[str, typer.Argument(metavar="DATA_TYPE")],
    label: Label = None, choices: Choices = None, targets: Targets = None, profile: Profile = "",
) -> None:  # fmt: skip
    """Make a field."""
    given = {"label": label, "choices": names_of(choices), "targets": names_of(targets)}
    with open_tracker(tracker, profile) as opened:
        made = opened.schema.create_field(type, name, data_type, **{k: v for k, v in given.items() if v is not None})
    print(f"{type}.{made}")


@app.command("update-field")
def update_field(
    tracker: Url, type: Type, name: Name, label: Label = None, choices: Choices = None, profile: Profile = ""
) -> None:
    """Change a field's label or choices."""
    given = {"label": label, "choices": names_of(choices)}
    with open_tracker(tracker, profile) as opened:
        made = opened.schema.update_field(type, name, **{k: v for k, v in given.items() if v is not None})
    print(f"{type}.{made}")


@app.command("delete-field")
def delete_field(
    tracker: Url, type: Type, name: Name, profile: Profile = "",
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:  # fmt: skip
    """Delete a field, with its values."""
    if not yes:
        typer.confirm(f"Delete {type}.{name} with all its values?", abort=True)
    with open_tracker(tracker, profile) as opened:
        print(f"{type}.{opened.schema.delete_field(type, name)} deleted")


@app.command("create-type")
def create_type(
    tracker: Url, type: Type,
    kind_of: Annotated[str | None, typer.Option("--kind-of", help="Folder, for a kind of folder.")] = None,
    label: Label = None, profile: Profile = "",
) -> None:  # fmt: skip
    """Make an entity type."""
    with open_tracker(tracker, profile) as opened:
        print(opened.schema.create_type(type, kind_of=kind_of, label=label or ""))
