"""The demonstration, small: a show moves from a served ShotGrid into a served AYON, whole, and only once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from trackerkit.demo.run import Outcome, Plan, run_demo
from trackerkit.errors import ConfigurationError

pytestmark = pytest.mark.timeout(900)


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> tuple[Outcome, Outcome]:
    """The same demonstration, twice in the same folder."""
    plan = Plan(tmp_path_factory.mktemp("demo") / "it", versions=35)
    return run_demo(plan), run_demo(plan)


def test_everything_is_explained(runs: tuple[Outcome, Outcome]) -> None:
    report = runs[0].report
    assert [f"{item.source} {item.name}: {item.reason}" for item in report.outcomes if item.outcome == "failed"] == []
    assert report.unexplained == 0


def test_what_was_found_is_what_the_show_holds(runs: tuple[Outcome, Outcome]) -> None:
    found = {line.type: line.found for line in runs[0].report.lines}
    assert found["Shot"] == 32
    assert found["Asset"] == 20
    assert found["Task"] == 150
    assert found["Version"] == found["Reviewable"] == 35
    assert found["Note"] == 24
    assert found["Reply"] == 16
    assert found["Playlist"] == 1


def test_media_arrive_by_hash(runs: tuple[Outcome, Outcome]) -> None:
    # a movie and a picture for each version, a picture for each of 30 shots, two attachments
    assert runs[0].report.files_checked == 35 + 35 + 30 + 2


def test_names_that_changed_say_why(runs: tuple[Outcome, Outcome]) -> None:
    renamed = {item.renamed[0]: item.renamed for item in runs[0].report.renamed if item.renamed}
    assert renamed["sh 0040 'rain'"][1] == "sh_0040_rain"
    assert renamed["kestrel"][1] == "kestrel_2"
    assert all(why for _, _, why in renamed.values())


def test_again_it_writes_nothing(runs: tuple[Outcome, Outcome]) -> None:
    assert runs[1].report.writes == 0
    assert runs[1].report.unexplained == 0


def test_the_report_needs_nothing_but_itself(runs: tuple[Outcome, Outcome]) -> None:
    page = runs[0].page.read_text("utf-8")
    assert "Every record accounted for" in page
    assert "data:image/png;base64," in page
    assert re.findall(r"(?:src|href)=\"(?!data:)[^\"]*\"", page) == []


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("keep me", "utf-8")
    with pytest.raises(ConfigurationError, match="holds something else"):
        run_demo(Plan(tmp_path, fresh=True))
    assert (tmp_path / "mine.txt").read_text("utf-8") == "keep me"
