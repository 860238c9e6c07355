"""The Python in the documents runs as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import trackerkit as tk
from trackerkit.testing.memory import MemoryBackend
from trackerkit.testing.report import MARKS
from trackerkit.tracker import Tracker

DOCS = Path(__file__).parents[2] / "docs"


def run(name: str) -> Tracker:
    """Run every Python block of a document on one tracker, as if its `connect` had opened that."""
    text = (DOCS / name).read_text(encoding="utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)
    assert blocks
    show = Tracker(MemoryBackend())
    names = {"tk": tk, "show": show}
    for block in blocks:
        if "tk.connect(" not in block:
            exec(compile(block, name, "exec", dont_inherit=True), names)
    return show


@pytest.mark.parametrize("name", ["howto/filter-records.md", "write-a-backend.md"])
def test_run_the_python_of_a_document(name: str) -> None:
    run(name)


def test_run_the_tutorial_and_find_the_show_that_it_describes() -> None:
    show = run("tutorial.md")
    assert [shot.name for shot in show.find("Shot", fields=["name"], order=["name"])] == ["SQ010_0020", "SQ010_0030"]
    assert [shot.name for shot in show.find("Shot", fields=["name"], state="retired")] == ["SQ010_0010"]


def test_the_readme_has_the_table_of_the_reference() -> None:
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    page = (DOCS / "reference" / "capabilities.md").read_text(encoding="utf-8")
    start, end = (mark.search(readme) for mark in MARKS)
    assert start is not None
    assert end is not None
    stacks = dict(part.strip().split("=") for part in start["chosen"].split(","))
    ours = _cells(readme[start.end() : end.start()])
    whole = _cells(page.partition("## What they can do\n\n")[2].partition("\n\n## ")[0])
    columns = [0, *(whole[0].index(name) for name in stacks)]
    assert ours[0] == ["", *stacks.values()]
    assert ours[1:] == [[row[at] for at in columns] for row in whole[1:]]
    assert len(ours) > 20


def _cells(table: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in table.strip().splitlines()]
