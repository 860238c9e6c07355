"""The live tests of shotgunsoftware/python-api, unmodified, against our ShotGrid gateway.

``tox -e judge-shotgrid`` runs them in a copy, with the client that is installed here. Of the environment:

- TRACKERKIT_PYTHON_API: the path of a checkout of python-api;
- TRACKERKIT_JUDGE_OVER: the tracker behind the gateway, as a URL; an embedded store of its own unless given. An AYON wants
  the key of a service in TRACKERKIT_AYON_API_KEY, and nothing else of that state in it: the gateway's state is new each time;
- TRACKERKIT_JUDGE_PASSES: how many tests have to pass; all unless given.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path
from typing import Any

import pytest
import shotgun_api3

import trackerkit

FILES = ("tests/test_api.py", "tests/test_api_long.py")
PASSES = 125
"""All but the three that are skipped upstream."""

NAMES = {
    "project_name": "PTR unittest project", "human_name": "Sg unittest human", "human_login": "sgunittesthuman",
    "human_password": "human password", "asset_code": "Sg unittest asset", "version_code": "Sg unittest version",
    "shot_code": "Sg unittest shot", "task_content": "Sg unittest task", "playlist_code": "Sg unittest playlist",
}  # fmt: skip


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the checkout's tests, beside nothing else of it: the client is the one that is installed."""
    given = os.environ.get("TRACKERKIT_PYTHON_API")
    if not given or not (Path(given) / FILES[0]).is_file():
        pytest.fail("set TRACKERKIT_PYTHON_API to a checkout of shotgunsoftware/python-api", pytrace=False)
    shutil.copytree(Path(given) / "tests", tmp_path / "judge" / "tests")
    return tmp_path / "judge"


def seed(gateway: Any) -> None:
    """What the tests expect of a site besides what they make: the script itself, a second project."""
    sg = shotgun_api3.Shotgun(gateway.url, script_name=gateway.name, api_key=gateway.key)
    if sg.find_one("ApiUser", [["firstname", "is", gateway.name]]) is None:
        sg.create("ApiUser", {"firstname": gateway.name})
    if sg.find_one("Project", [["name", "is", "Template Project"]]) is None:
        sg.create("Project", {"name": "Template Project"})
    if "TRACKERKIT_JUDGE_OVER" in os.environ:
        seed_user(sg, os.environ["TRACKERKIT_JUDGE_OVER"])
    sg.close()


def seed_user(sg: Any, over: str) -> None:
    """A new user of an AYON may do nothing: the one that the tests make and act as is given his rights by its administrator."""
    if sg.find_one("HumanUser", [["login", "is", NAMES["human_login"]]]) is None:
        given = {"name": "human_name", "login": "human_login", "password_proxy": "human_password"}
        sg.create("HumanUser", {name: NAMES[source] for name, source in given.items()})
    with trackerkit.connect(over) as behind:
        if behind.backend.scheme == "ayon":
            client: Any = behind.backend
            path = ("users", NAMES["human_login"])
            client._client.send("PATCH", *path, json={"data": {"isManager": True}}, safe=True)


def configure(checkout: Path, gateway: Any) -> None:
    lines = ["[SERVER_INFO]", f"server_url: {gateway.url}", f"script_name: {gateway.name}", f"api_key: {gateway.key}"]
    lines += ["http_proxy:", "session_uuid:", "[TEST_DATA]", *(f"{name}: {value}" for name, value in NAMES.items())]
    (checkout / "tests" / "config").write_text("\n".join(lines) + "\n")


@pytest.mark.timeout(3_600)
def test_the_live_tests_of_python_api_pass(checkout: Path, gateway: Any) -> None:
    seed(gateway)
    configure(checkout, gateway)
    report = checkout / "report.xml"
    options = [
        "-c",
        os.devnull,
        "--rootdir",
        str(checkout),
        "-p",
        "no:cacheprovider",
        "-W",
        "ignore",
        f"--junitxml={report}",
    ]
    subprocess.run([sys.executable, "-m", "pytest", "-q", *options, *FILES], cwd=checkout, check=False)
    cases = list(ElementTree.parse(report).getroot().iter("testcase"))
    bad = {
        f"{case.get('classname')}.{case.get('name')}"
        for case in cases
        if {"failure", "error"} & {part.tag for part in case}
    }
    skipped = sum(part.tag == "skipped" for case in cases for part in case)
    passed = len(cases) - len(bad) - skipped
    print(f"python-api: {passed} passed, {len(bad)} failed, {skipped} skipped")
    wanted = int(os.environ.get("TRACKERKIT_JUDGE_PASSES") or PASSES)
    assert passed >= wanted, "\n".join(sorted(bad))
    assert wanted < PASSES or not bad
