"""keys: who may call a gateway."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from trackerkit.cli.common import _print
from trackerkit.config import user_folder
from trackerkit.state import State

app = typer.Typer(help="The keys and users that a gateway accepts.", no_args_is_help=True)

StateOption = Annotated[str | None, typer.Option("--state", help="Where keys are kept: a path or a SQLAlchemy URL.")]
Name = Annotated[str, typer.Argument(help="The script's name, or the user's login.", metavar="NAME")]


def open_state(place: str | None) -> State:
    """The state of a place; by default in the user's own folder."""
    return State.open(place if place is not None else default_state())


def default_state() -> Path:
    """Where the state lies when nothing else is said."""
    folder = user_folder("state")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return folder / "state.db"


@app.command()
def add(
    name: Name, state: StateOption = None,
    user: Annotated[bool, typer.Option("--user", help="A person with a password, instead of a script with a key.")] = False,
    login: Annotated[str | None, typer.Option("--login", help="The tracker's user that the script is.")] = None,
    act_as: Annotated[bool, typer.Option("--act-as", help="May act as other users.")] = False,
) -> None:  # fmt: skip
    """Make a key. It is printed once and stored hashed."""
    password = typer.prompt("Password", hide_input=True, confirmation_prompt=True) if user else None
    with open_state(state) as opened:
        _, secret = opened.add_key(
            name, kind="user" if user else "script", login=login, secret=password, can_act_as=act_as
        )
    print(f"{name} may call now" if user else secret)


@app.command("list")
def list_keys(state: StateOption = None) -> None:
    """Print the keys, without their secrets."""
    with open_state(state) as opened:
        found = opened.list_keys()
    table = Table(
        "name", "kind", "login", "acts as others", "made", "last used", "revoked", box=None, header_style="bold"
    )
    for key in found:
        dates = (f"{at:%Y-%m-%d %H:%M}" if at else "" for at in (key.created_at, key.last_used_at, key.revoked_at))
        table.add_row(key.name, key.kind, key.login or "", "yes" if key.can_act_as else "", *dates)
    _print(table) if found else print("no keys")


@app.command()
def revoke(name: Name, state: StateOption = None) -> None:
    """Take a key back; its sessions end with it."""
    with open_state(state) as opened:
        opened.revoke_key(name)
    print(f"{name} may call no longer")
