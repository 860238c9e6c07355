"""The stranger's backend: found by its entry point alone, and held to the conformance suite for what it claims."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import trackerkit
from trackerkit.errors import ConfigurationError
from trackerkit.testing.conformance import *  # noqa: F403 - every case of the suite
from trackerkit.testing.conformance import Stack


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with trackerkit.connect(f"csv:///{tmp_path_factory.mktemp('csv')}") as tracker:
        yield Stack("csv", tracker)


def test_listing_what_is_installed_does_not_load_it() -> None:
    code = "import sys; from trackerkit.plugins import backends; assert 'csv' in backends(); print(*sys.modules, sep='\\n')"
    ran = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    loaded = set(ran.stdout.split())
    assert "trackerkit_csv" in loaded
    assert "trackerkit_csv.backend" not in loaded


def test_a_folder_opens_again_as_it_was(tmp_path: Path) -> None:
    with trackerkit.connect(f"csv:///{tmp_path / 'shows'}") as tracker:
        project = tracker.create("Project", name="show").ref
        shot = tracker.create("Shot", name='SQ010, "quoted"\n🎬', project=project).ref
    with trackerkit.connect(f"csv:///{tmp_path / 'shows'}") as tracker:
        assert tracker.get(shot).name == 'SQ010, "quoted"\n🎬'
    assert (tmp_path / "shows" / "Shot.csv").read_text("utf-8").startswith('"id","uid","retired"')


def test_what_is_no_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(ConfigurationError, match="cannot be a folder"):
        trackerkit.connect(f"csv:///{tmp_path / 'file'}")
