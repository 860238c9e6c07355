"""demo: a sample show moves from a ShotGrid into an AYON, both served here over HTTP."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from trackerkit.cli.account import bars, print_account
from trackerkit.cli.exits import UNEXPLAINED
from trackerkit.demo.run import Plan, run_demo


def demo(
    folder: Annotated[Path, typer.Option("--dir", help="Where it lives.")] = Path("trackerkit-demo"),
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over.")] = False,
    ayon: Annotated[
        str | None,
        typer.Option("--ayon", help="Move it into this real AYON server instead; its key in TRACKERKIT_AYON_API_KEY."),
    ] = None,
    versions: Annotated[int, typer.Option("--versions", min=1, max=5000, help="How many versions the show has.")] = 200,
) -> int:
    """Move a sample show from a ShotGrid into an AYON, with every record accounted for.

    Run again, it finds nothing new and writes nothing.
    """
    key = os.environ.get("TRACKERKIT_AYON_API_KEY")
    plan = Plan(folder, fresh, ayon, {"api_key": key} if key else None, versions)
    with bars() as (tell, on_step):
        done = run_demo(plan, say=lambda text: print(text, file=sys.stderr), tell=tell, on_step=on_step)
    print_account(done.report)
    print(f"report: {done.page}")
    return UNEXPLAINED if done.report.unexplained else 0


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command()(demo)
