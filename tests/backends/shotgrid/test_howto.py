"""The how-to of ShotGrid runs, as it stands in the documents, through the gateway over the embedded store."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

import trackerkit as tk
from trackerkit.demo.media import picture

TEXT = (Path(__file__).parents[3] / "docs" / "howto" / "use-a-shotgrid-site.md").read_text(encoding="utf-8")


def test_what_the_how_to_says(stand: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    show = stand.tracker
    project = show.create("Project", name="kestrel", code="kes").ref
    shot = show.create("Shot", name="SQ010_0010", project=project).ref
    show.create("Task", name="comp", parent=shot, project=project)
    show.create("HumanUser", name="ada", label="Ada Lovelace")
    monkeypatch.chdir(tmp_path)
    Path("lamp.png").write_bytes(picture("lamp", 1, 160, 90))
    names = {"tk": tk, "show": show}
    blocks = re.findall(r"^```python\n(.*?)^```", TEXT, re.DOTALL | re.MULTILINE)
    assert len(blocks) == 5
    for block in blocks:
        exec(compile(block, "use-a-shotgrid-site.md", "exec", dont_inherit=True), names)
