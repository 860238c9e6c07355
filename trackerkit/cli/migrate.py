"""migrate: move a show from one tracker to another."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from trackerkit.cli.account import bars, print_account
from trackerkit.cli.common import open_tracker
from trackerkit.cli.exits import UNEXPLAINED
from trackerkit.cli.keys import StateOption, open_state
from trackerkit.sync.migrate import migrate as move
from trackerkit.sync.report import write_page
from trackerkit.sync.run import Options


def migrate(
    source: Annotated[str, typer.Argument(help="The tracker to read: a URL, or @PROFILE.", metavar="SRC")],
    target: Annotated[str, typer.Argument(help="The tracker to write: a URL, or @PROFILE.", metavar="DST")],
    project: Annotated[
        list[str] | None, typer.Option("--project", help="Only this project; may be given again.")
    ] = None,
    state: StateOption = None,
    source_profile: Annotated[str, typer.Option("--source-profile", help="The profile of SRC.")] = "",
    target_profile: Annotated[str, typer.Option("--target-profile", help="The profile of DST.")] = "",
    report: Annotated[Path | None, typer.Option("--report", help="Write the account as a page to this file.")] = None,
    media: Annotated[bool, typer.Option("--media/--no-media", help="Move files too.")] = True,
) -> int:
    """Move a show, read it back and account for every record. Run again, it moves what has come since.

    The exit code is 7 when something is left unexplained.
    """
    with (
        open_tracker(source, source_profile) as reading,
        open_tracker(target, target_profile) as writing,
        open_state(state) as opened,
        bars() as (_, on_step),
    ):
        done = move(reading, writing, opened, Options(projects=project, media=media), on_progress=on_step)
    print_account(done)
    if report is not None:
        write_page(report, done)
        print(f"report: {report}")
    return UNEXPLAINED if done.unexplained else 0


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(migrate)
