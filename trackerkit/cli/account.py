"""How a migration looks on a terminal: bars while it runs, the account at the end."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn
from rich.table import Table

from trackerkit.sync.account import Report
from trackerkit.sync.report import COLUMNS, cells, reasons, totals
from trackerkit.sync.run import Step

Advance = Callable[[str, int, "int | None"], None]


@contextmanager
def bars() -> Iterator[tuple[Advance, Callable[[Step], None]]]:
    """A bar for each phase on a terminal, nothing elsewhere: a function for counts, and one for a migration's steps."""
    console = Console(stderr=True)
    if not sys.stderr.isatty():
        yield (lambda what, done, total: None), (lambda step: None)
        return
    columns = (TextColumn("{task.description:<40}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        tasks: dict[str, TaskID] = {}

        def advance(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=total)
            progress.update(tasks[what], completed=done, total=total)

        yield advance, lambda step: advance(step.phase, step.done, step.total)


def print_account(report: Report) -> None:
    """The account as a table, the reasons below it, and the verdict."""
    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    table = Table(box=None, header_style="bold", show_footer=True)
    table.add_column("type", footer="all")
    for name, total in zip(COLUMNS, totals(report)):  # noqa: B905 - Python 3.10, same length
        table.add_column(name, justify="right", footer=str(total))
    for line in report.lines:
        table.add_row(line.type, *(str(number) if number else "·" for number in cells(line)))
    console.print(table)
    found = reasons(report)
    if found:
        console.print()
    for type_name, outcome, reason, count in found[:40]:
        console.print(f"{count:>6}  {type_name} {outcome}: {reason}", markup=False)
    console.print(
        f"\n{report.writes or 'no'} changes written; {report.records_checked} records read back, "
        f"{report.files_checked} files compared by hash; {report.seconds:.1f} s",
        markup=False,
    )
    if not report.writes:
        console.print("nothing had changed: nothing was written")
    good = report.unexplained == 0
    console.print(f"[{'green' if good else 'red'}]{report.unexplained} unexplained[/]")
