"""The account as people read it: rows for a terminal, and a page that needs nothing but itself."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from trackerkit.errors import MissingExtraError
from trackerkit.sync.account import Line, Report

COLUMNS: Final = ("found", "created", "updated", "merged", "skipped", "unsupported", "unexplained")
"""The columns of the account."""


def cells(line: Line) -> list[int]:
    """A line's numbers, in the order of ``COLUMNS``."""
    return [line.found, *(line.counts.get(name, 0) for name in COLUMNS[1:-1]), line.unexplained]


def totals(report: Report) -> list[int]:
    """The sums of the columns."""
    return [sum(column) for column in zip(*map(cells, report.lines))] or [0] * len(COLUMNS)  # noqa: B905


def reasons(report: Report) -> list[tuple[str, str, str, int]]:
    """Type, outcome, reason and number of records, for every outcome that needs a reason."""
    return [
        (line.type, outcome, reason, count)
        for line in report.lines
        for outcome in ("merged", "skipped", "unsupported", "failed")
        for reason, count in sorted(line.reasons.get(outcome, {}).items(), key=lambda item: -item[1])
    ]


def changes(report: Report) -> list[tuple[str, str, str, int]]:
    """Type, field, what happened to its value on the way, and in how many records."""
    found = Counter(
        (item.source.type, field, _general(words)) for item in report.outcomes for field, words in item.notes.items()
    )
    return [(*key, count) for key, count in sorted(found.items())]


def _general(words: str) -> str:
    """The words without the one record that they are about."""
    for tail in ("is not in the target", "cannot be linked from here"):
        if tail in words:
            return tail
    return words


def page(report: Report, pictures: Iterable[tuple[str, bytes]] = (), title: str = "What was moved") -> str:
    """A self-contained HTML page.

    Args:
        report: the account.
        pictures: names and PNG or JPEG bytes to show.
        title: the page's heading.

    Raises:
        MissingExtraError: jinja2 is not installed.
    """
    try:
        from jinja2 import Environment
    except ImportError:
        raise MissingExtraError("the report page needs jinja2", hint="pip install 'trackerkit[gateway]'") from None
    source = Path(__file__).with_name("report.html.j2").read_text("utf-8")
    made: str = Environment(autoescape=True).from_string(source).render(**_facts(report, pictures), title=title)
    return made


def _facts(report: Report, pictures: Iterable[tuple[str, bytes]]) -> Mapping[str, Any]:
    return {
        "report": report,
        "columns": COLUMNS,
        "rows": [(line.type, cells(line)) for line in report.lines],
        "totals": totals(report),
        "reasons": reasons(report),
        "changes": changes(report),
        "renamed": [(item.source.type, *(item.renamed or ("", "", ""))) for item in report.renamed],
        "pictures": [(name, _data_uri(data)) for name, data in pictures],
        "failed": [item for item in report.outcomes if item.outcome == "failed"],
    }


def _data_uri(data: bytes) -> str:
    kind = "png" if data.startswith(b"\x89PNG") else "jpeg"
    return f"data:image/{kind};base64,{base64.b64encode(data).decode()}"


def write_page(
    path: Path, report: Report, pictures: Sequence[tuple[str, bytes]] = (), title: str = "What was moved"
) -> None:
    """Write the page to a file."""
    path.write_text(page(report, pictures, title), "utf-8")
