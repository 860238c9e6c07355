"""The tracker's history as AYON's events: none twice, none missing, in the same place after a restart."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

import trackerkit
from trackerkit.gateway.opening import opener
from trackerkit.web.serve import Server
from trackerkit_ayon.gateway import history
from trackerkit_ayon.gateway.app import create_app


def every_event(gateway: Any, size: int = 7) -> list[dict[str, Any]]:
    """All events, page by page from the first."""
    query = "query($size: Int, $after: String) {events(first: $size, after: $after, includeLogs: true) {edges {cursor node {"
    query += "id topic project user summary description createdAt} } pageInfo {hasNextPage endCursor}}}"
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = gateway.graphql(query, size=size, after=after)["events"]
        found += [edge["node"] for edge in page["edges"]]
        if not page["edges"]:
            return found
        after = page["pageInfo"]["endCursor"]


def backwards(gateway: Any, size: int = 7) -> list[str]:
    """The ids of all events, from the last."""
    query = "query($size: Int, $before: String) {events(last: $size, before: $before, includeLogs: true) {"
    query += "edges {node {id}} pageInfo {endCursor}}}"
    found: list[str] = []
    before = None
    while True:
        page = gateway.graphql(query, size=size, before=before)["events"]
        found += [edge["node"]["id"] for edge in page["edges"]]
        if not page["edges"]:
            return found
        before = page["pageInfo"]["endCursor"]


@pytest.fixture(scope="module")
def path(gateway: Any) -> str:
    made: str = gateway.project("told")
    return made


def test_a_creation_is_one_event(gateway: Any, path: str) -> None:
    before = len(every_event(gateway))
    body = {
        "name": "sh010",
        "folderType": "Shot",
        "attrib": {"frameStart": 1001, "frameEnd": 1100},
        "tags": ["important"],
    }
    made = gateway.ok("POST", f"{path}/folders", json=body)
    new = every_event(gateway)[before:]
    assert [(event["topic"], event["project"], event["user"]) for event in new] == [
        ("entity.folder.created", "told", "service")
    ]
    assert json.loads(new[0]["summary"])["entityId"] == made["id"]


@pytest.mark.parametrize(
    ("change", "topics"),
    [
        ({"name": "sh020"}, ["entity.folder.renamed"]),
        ({"status": "In progress"}, ["entity.folder.status_changed"]),
        ({"attrib": {"fps": 12.0}}, ["entity.folder.attrib_changed"]),
        ({"label": "Twenty"}, ["entity.folder.label_changed"]),
        ({"attrib": {"fps": 12.0}}, []),
    ],
)
def test_a_change_is_one_event(gateway: Any, path: str, change: dict[str, Any], topics: list[str]) -> None:
    id = gateway.graphql('{project(name: "told") {folders {edges {node {id}}}}}')["project"]["folders"]["edges"][0][
        "node"
    ]["id"]
    before = len(every_event(gateway))
    gateway.ok("PATCH", f"{path}/folders/{id}", json=change)
    assert [event["topic"] for event in every_event(gateway)[before:]] == topics


def test_what_others_did_in_the_tracker_is_told(gateway: Any, path: str) -> None:
    before = len(every_event(gateway))
    with gateway.store.acting_as("artist") as artist:
        shot = artist.find_one("Shot", project="told")
        artist.update(shot, description="From elsewhere")
        artist.delete(shot)
        artist.restore(shot)
    new = every_event(gateway)[before:]
    assert [event["user"] for event in new] == ["artist"] * len(new)
    assert new[0]["topic"] == "entity.folder.attrib_changed"
    assert len(new) == 3


def test_the_order_is_one_and_has_no_gaps(gateway: Any, path: str) -> None:
    for number in range(30):
        gateway.ok("POST", "/api/events", json={"topic": f"tk.sent{number}", "project": "told"})
        if number % 3 == 0:
            gateway.ok("POST", f"{path}/folders", json={"name": f"a{number}", "folderType": "Asset"})
    all_of_them = [event["id"] for event in every_event(gateway)]
    assert len(all_of_them) == len(set(all_of_them))
    for size in (1, 3, 50):
        assert [event["id"] for event in every_event(gateway, size)] == all_of_them
    assert backwards(gateway) == all_of_them[::-1]
    topics = [event["topic"] for event in every_event(gateway)]
    assert topics[-40:][:4] == ["tk.sent0", "entity.folder.created", "tk.sent1", "tk.sent2"]


def test_each_event_is_found_by_its_id(gateway: Any, path: str) -> None:
    for event in every_event(gateway):
        found = gateway.ok("GET", f"/api/events/{event['id']}")
        assert (found["topic"], found["id"], found["createdAt"]) == (event["topic"], event["id"], event["createdAt"])


def test_a_restart_changes_nothing(gateway: Any, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "_KEPT_EVERY", 1)
    before = every_event(gateway)
    app = create_app(opener(lambda: trackerkit.connect(gateway.store.url)), gateway.state)
    with Server(app) as server, requests.Session() as session:
        other = type(gateway)(server.url, gateway.key, gateway.store, gateway.state, [], gateway.password, session)
        assert every_event(other) == before
        other.ok("POST", f"{path}/folders", json={"name": "by_other", "folderType": "Asset"})
        after = every_event(other)
    assert after[:-1] == before
    assert every_event(gateway) == after


def test_steps_lead_to_every_number(gateway: Any, path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a step so short that pages begin in the middle of the remembered places."""
    before = every_event(gateway)
    monkeypatch.setattr(history, "_STEP", 4)
    monkeypatch.setattr(history, "_READ", 3)
    app = create_app(opener(lambda: trackerkit.connect(gateway.store.url)), gateway.state)
    with Server(app) as server, requests.Session() as session:
        other = type(gateway)(server.url, gateway.key, gateway.store, gateway.state, [], gateway.password, session)
        monkeypatch.setattr(history.Index, "load", lambda self, known: None)
        assert every_event(other) == before
        assert backwards(other) == [event["id"] for event in before][::-1]
