"""The how-tos run, as they stand in the documents, on every stack."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import trackerkit as tk
from trackerkit.demo.media import movie, picture
from trackerkit.tracker import Tracker

HOWTO = Path(__file__).parents[2] / "docs" / "howto"


def run(name: str, show: Tracker) -> None:
    """Run the Python of a how-to on a tracker."""
    blocks = re.findall(r"^```python\n(.*?)^```", (HOWTO / name).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert blocks
    names = {"tk": tk, "show": show}
    for block in blocks:
        if "key=key" in block and "create.key" not in show.backend.capabilities:
            continue  # the how-to says that it takes a tracker that keeps keys
        exec(compile(block, name, "exec", dont_inherit=True), names)


def make_shot(show: Tracker) -> None:
    """What the how-tos take to be there: a project with a shot and a task."""
    project = show.create("Project", name="kestrel", code="kes").ref
    sequence = show.create("Sequence", name="SQ010", parent=project, project=project).ref
    shot = show.create("Shot", name="SQ010_0010", parent=sequence, project=project).ref
    if not any(item.name == "Compositing" for item in show.find("TaskType", fields=["name"])):
        show.create("TaskType", name="Compositing", code="cmp")
    show.create("Task", name="comp", parent=shot, project=project, type="Compositing")


def test_create_a_version_and_link_it_to_a_shot(every_stack: Tracker) -> None:
    make_shot(every_stack)
    run("create-a-version.md", every_stack)
    expected = 2 if "create.key" in every_stack.backend.capabilities else 1
    assert every_stack.count("Version", project="kestrel") == expected


def test_upload_a_thumbnail(every_stack: Tracker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_shot(every_stack)
    run("create-a-version.md", every_stack)
    monkeypatch.chdir(tmp_path)
    Path("frame_1024.png").write_bytes(picture("SQ010_0010", 1, 160, 90))
    Path("comp_v003.mov").write_bytes(movie("SQ010_0010", 1, 8, 24, 160, 90))
    run("upload-a-thumbnail.md", every_stack)
