"""upload, download, thumbnail: files."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from trackerkit.cli.common import Profile, Url, open_tracker, words
from trackerkit.cli.records import Project, RefArgument
from trackerkit.transfers import Progress

Field = Annotated[str | None, typer.Option("--field", help="The field that holds the file.")]
FilePath = Annotated[Path, typer.Argument(help="A file on this machine.", metavar="FILE")]


@contextmanager
def progress_bar(title: str) -> Iterator[Callable[[Progress], None]]:
    """A bar on a terminal, nothing elsewhere; what it gives is told of each piece."""
    if not sys.stderr.isatty():
        yield lambda progress: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Bar(*columns, console=Console(stderr=True)) as bar:
        task = bar.add_task(title, total=None)

        def advance(progress: Progress) -> None:
            bar.update(task, completed=progress.done_bytes, total=progress.total_bytes)

        yield advance


def upload(
    tracker: Url, ref: RefArgument, file: FilePath, field: Field = None, project: Project = None, profile: Profile = ""
) -> None:
    """Send a file to a record."""
    with open_tracker(tracker, profile) as opened, progress_bar(file.name) as advance:
        made = opened.upload(opened.ref(ref, project=project), file, field, on_progress=advance)
        print(words(made))


def thumbnail(tracker: Url, ref: RefArgument, file: FilePath, project: Project = None, profile: Profile = "") -> None:
    """Set a record's thumbnail from a PNG or JPEG."""
    with open_tracker(tracker, profile) as opened, progress_bar(file.name) as advance:
        print(words(opened.thumbnail(opened.ref(ref, project=project), file, on_progress=advance)))


def download(
    tracker: Url, ref: RefArgument, file: FilePath, field: Field = None, project: Project = None, profile: Profile = ""
) -> None:
    """Fetch a record's file; it lands whole and checked, or not at all."""
    with open_tracker(tracker, profile) as opened, progress_bar(file.name) as advance:
        done = opened.download(opened.ref(ref, project=project), file, field, on_progress=advance)
        print(f"{done.path}  {done.size} bytes  sha256:{done.sha256}")


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    for command in (upload, thumbnail, download):
        app.command()(command)
