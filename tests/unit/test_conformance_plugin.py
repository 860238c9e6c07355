"""The pytest plugin of the conformance suite: what it counts, and what makes a run fail."""

from __future__ import annotations

import json
from typing import Any

import pytest

from trackerkit.testing.report import render, render_into

pytest_plugins = ("pytester",)

STACK = """
import pytest
from trackerkit.capabilities import Capabilities, cannot, never
from trackerkit.testing.conformance.cases import Cases, needs
from trackerkit.testing.conformance.stack import Stack
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker

class Poor(MemoryBackend):
    capabilities = Capabilities({"upload": cannot("there is no disk"), "follow": never("it is slow", "https://x.example")})

@pytest.fixture(scope="module")
def stack():
    yield Stack("poor", Tracker(Poor()))
"""


def case(body: str) -> str:
    """A module of cases that takes itself for one of the suite's files."""
    return f"""{STACK}
class TestIt(Cases):
    __module__ = "trackerkit.testing.conformance.find"
{body}
"""


def run(pytester: pytest.Pytester, body: str, *args: str) -> pytest.RunResult:
    pytester.makepyfile(case(body))
    start = pytester.runpytest_subprocess if "-n" in args else pytester.runpytest_inprocess
    return start("-p", "no:cacheprovider", *args)


def report_of(pytester: pytest.Pytester) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((pytester.path / "report.json").read_text("utf-8"))
    return found


GOOD = """
    def test_one(self, show): assert show.find("Shot") == []
    def test_two(self, show): assert show.find("Task") == []
    @needs("upload")
    def test_three(self, show): raise AssertionError
    @needs("follow")
    def test_four(self, show): raise AssertionError
    @needs(fields=["Shot.mood"])
    def test_five(self, show): raise AssertionError

@needs("upload")
class TestWhole(Cases):
    __module__ = "trackerkit.testing.conformance.upload"
    @pytest.fixture(scope="class")
    @classmethod
    def data(cls, shelf): raise AssertionError
    def test_one(self, data): ...
    def test_two(self, data): ...
"""


def test_cases_are_counted_by_stack_and_make_the_capability_table(pytester: pytest.Pytester) -> None:
    result = run(pytester, GOOD, "--conformance-report=report.json")
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            "*poor: 2 cases run, 2 passed, 0 failed, 5 skipped*",
            "*skipped 1: Shot.mood (schema)*",
            "*skipped 1: follow (never): it is slow*",
            "*skipped 3: upload (cannot): there is no disk*",
        ]
    )
    report = report_of(pytester)
    stack = report["stacks"]["poor"]
    assert stack["total"] == {"run": 2, "passed": 2, "failed": 0, "skipped": 5, "unexplained": 0}
    assert stack["verbs"]["find"] == {"passed": 2, "failed": 0, "skipped": 3, "unexplained": 0}
    assert stack["verbs"]["upload"] == {"passed": 0, "failed": 0, "skipped": 2, "unexplained": 0}
    assert stack["backend"]["scheme"] == "memory"
    assert stack["backend"]["marks"]["upload"]["reason"] == "there is no disk"
    text = render(report)
    for line in ("| upload files | cannot |", "| read records with filters | yes |", "| poor | 2 | 2 | 0 | 5 |"):
        assert line in text
    assert "there is no disk" in text
    assert "https://x.example" in text
    page = render_into("# Ours\n<!-- capabilities -->\nof yesterday\n<!-- /capabilities -->\nmore\n", report)
    assert page.startswith("# Ours\n<!-- capabilities -->\n\n|")
    assert page.endswith("|\n\n<!-- /capabilities -->\nmore\n")
    assert "| upload files | cannot |" in page
    assert "of yesterday" not in page


BAD = """
    def test_good(self, show): ...
    def test_skip(self, show): pytest.skip("not today")
    @pytest.mark.skip(reason="not today")
    def test_mark(self, show): ...
    @pytest.mark.skipif(True, reason="not today")
    def test_condition(self, show): ...
    @pytest.mark.xfail(reason="not today")
    def test_expected(self, show): assert False
    def test_import(self, show): pytest.importorskip("tests_no_such_module")
"""


def test_a_skip_without_a_mark_fails_the_run(pytester: pytest.Pytester) -> None:
    result = run(pytester, BAD, "--conformance-report=report.json")
    assert result.ret == 1
    for name in ("skip", "mark", "condition", "expected", "import"):
        result.stdout.fnmatch_lines([f"*FAILED, skipped without a capability mark*test_{name}*"])
    assert report_of(pytester)["stacks"]["poor"]["total"]["unexplained"] == 5


def test_failures_are_counted_and_a_type_that_is_missing_without_a_mark_is_one(pytester: pytest.Pytester) -> None:
    body = """
    def test_one(self, show): assert 0
    def test_two(self, no_such_fixture): ...
    @needs(types=["Kit"])
    def test_three(self, show): ...
"""
    result = run(pytester, body, "--conformance-report=report.json")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*poor has no type Kit, and no mark says why*"])
    assert report_of(pytester)["stacks"]["poor"]["total"]["failed"] == 3


@pytest.mark.slow
def test_workers_report_to_one_tally(pytester: pytest.Pytester) -> None:
    result = run(pytester, GOOD, "-n", "2", "--conformance-report=report.json")
    assert result.ret == 0
    assert report_of(pytester)["stacks"]["poor"]["total"] == {
        "run": 2, "passed": 2, "failed": 0, "skipped": 5, "unexplained": 0,
    }  # fmt: skip
    assert result.stdout.str().count("poor: 2 cases run") == 1


def test_other_peoples_tests_see_nothing_of_it(pytester: pytest.Pytester) -> None:
    pytester.makepyfile("def test_one(): ...\nimport pytest\ndef test_two(): pytest.skip('x')")
    result = pytester.runpytest_inprocess("--conformance-report=report.json")
    assert result.ret == 0
    assert "conformance" not in result.stdout.str()
    assert not (pytester.path / "report.json").exists()


def test_asserts_of_the_suite_are_explained(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        STACK
        + """
from trackerkit.testing.conformance.count import TestCount

class Wrong(Poor):
    def count(self, query): return 41

@pytest.fixture(scope="module")
def stack():
    yield Stack("wrong", Tracker(Wrong()))
"""
    )
    result = pytester.runpytest_subprocess("-k", "count_of_nothing")
    assert result.ret == 1
    result.stdout.fnmatch_lines(["*assert 41 == 0*"])
