"""A project's own types and statuses: none goes that a record has."""

from __future__ import annotations

from typing import Any

import pytest

PROJECT = "gw_definitions"


@pytest.fixture(scope="module")
def path(gateway: Any) -> Any:
    """A project with one task on one folder."""
    made = gateway.project(PROJECT)
    folder = gateway.ok("POST", f"{made}/folders", json={"name": "sh010", "folderType": "Shot"})["id"]
    gateway.ok("POST", f"{made}/tasks", json={"name": "anim", "taskType": "Animation", "folderId": folder})
    yield made
    gateway.ok("DELETE", made)


@pytest.mark.parametrize(
    ("key", "used", "unused"),
    [("folderTypes", "Shot", "Asset"), ("taskTypes", "Animation", "Generic"), ("statuses", "Not ready", "Omitted")],
)
def test_what_a_record_has_stays(gateway: Any, path: str, key: str, used: str, unused: str) -> None:
    before = gateway.ok("GET", path)
    for left, status in (([], 400), ([item for item in before[key] if item["name"] != used], 409)):
        answer = gateway.call("PATCH", path, json={key: left, "attrib": {"fps": 12.0}})
        assert answer.status_code == status, answer.text
        after = gateway.ok("GET", path)
        assert (after[key], after["attrib"]["fps"]) == (before[key], before["attrib"]["fps"])
    gateway.ok("PATCH", path, json={key: [item for item in before[key] if item["name"] != unused]})
    gateway.ok("PATCH", path, json={key: before[key]})
    assert {item["name"] for item in gateway.ok("GET", path)[key]} == {item["name"] for item in before[key]}


def test_an_anatomy_without_what_a_record_has(gateway: Any, path: str) -> None:
    answer = gateway.call("POST", f"{path}/anatomy", json={"task_types": [{"name": "Generic"}]})
    assert answer.status_code == 409
    assert "Animation" in answer.json()["detail"]
