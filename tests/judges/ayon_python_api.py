"""Runs the tests of ynput/ayon-python-api in a copy, unmodified, with the client that is installed here."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

import trackerkit
import trackerkit_ayon

FILES = (
    "tests/test_server.py",
    "tests/test_entity_hub.py",
    "tests/test_folder_hierarchy.py",
    "tests/test_graphql_queries.py",
)
EVENTS = "tests/test_get_events.py"

PLUGIN = """
{more}

def pytest_collection_modifyitems(config, items):
    every = {every}
    events = [item for item in items if item.path.name == "test_get_events.py"]
    dropped = {{id(item) for at, item in enumerate(events) if at % every}}
    items[:] = [item for item in items if id(item) not in dropped]
"""


@dataclass(frozen=True)
class Verdicts:
    """Which test cases, by file and name, passed, failed and were skipped."""

    passed: frozenset[str]
    failed: frozenset[str]
    skipped: frozenset[str]

    @property
    def events(self) -> int:
        """How many of those that passed are of the sample of ``EVENTS``."""
        return sum(name.startswith("test_get_events") for name in self.passed)

    def __str__(self) -> str:
        return (
            f"{len(self.passed)} passed ({self.events} of test_get_events.py), {len(self.failed)} failed, "
            f"{len(self.skipped)} skipped"
        )


def copied(folder: Path) -> Path:
    """A copy of the checkout's tests, beside nothing else of it: the client is the one that is installed."""
    given = os.environ.get("TRACKERKIT_AYON_PYTHON_API")
    if not given or not (Path(given) / FILES[0]).is_file():
        pytest.fail("set TRACKERKIT_AYON_PYTHON_API to a checkout of ynput/ayon-python-api", pytrace=False)
    shutil.copytree(Path(given) / "tests", folder / "judge" / "tests")
    return folder / "judge"


def run(checkout: Path, url: str, key: str, *, plugin: str = "", left_out: Sequence[str] = ()) -> Verdicts:
    """Run them.

    Args:
        checkout: the copy.
        url: of the server.
        key: of a service there.
        plugin: what is done before the first test.
        left_out: tests that are not run, as ``file::name``.
    """
    python = os.environ.get("TRACKERKIT_JUDGE_PYTHON") or sys.executable
    can_sample = "TRACKERKIT_JUDGE_PYTHON" in os.environ or int(pytest.__version__.split(".")[0]) < 9
    every = int(os.environ.get("TRACKERKIT_JUDGE_EVERY") or 20) if can_sample else 0
    (checkout / "sample.py").write_text(PLUGIN.format(more=plugin, every=every or 1))
    report = checkout / "report.xml"
    report.unlink(missing_ok=True)
    options = ["-c", os.devnull, "--rootdir", str(checkout), "-p", "no:cacheprovider", "-p", "sample", "-W", "ignore"]
    options += [f"--deselect={name}" for name in left_out]
    packages = [str(Path(str(package.__file__)).parents[1]) for package in (trackerkit, trackerkit_ayon)]
    environment = {
        **os.environ,
        "AYON_SERVER_URL": url,
        "AYON_API_KEY": key,
        "PYTHONPATH": os.pathsep.join([str(checkout), *packages]),
    }
    environment.pop("PYTEST_ADDOPTS", None)
    command = [python, "-m", "pytest", "-q", *options, f"--junitxml={report}", *FILES, *([EVENTS] if every else [])]
    subprocess.run(command, cwd=checkout, env=environment, check=False)
    return _read(report)


def _read(report: Path) -> Verdicts:
    found: dict[str, set[str]] = {"passed": set(), "failed": set(), "skipped": set()}
    for case in ElementTree.parse(report).getroot().iter("testcase"):
        name = f"{str(case.get('classname')).split('.')[-1]}::{case.get('name')}"
        tags = {part.tag for part in case}
        found["failed" if tags & {"failure", "error"} else "skipped" if "skipped" in tags else "passed"].add(name)
    return Verdicts(*(frozenset(found[kind]) for kind in ("passed", "failed", "skipped")))
