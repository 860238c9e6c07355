"""Workers take jobs, with AYON's own client: none twice, none lost, tried again when they fail."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from typing import Any

import ayon_api
import pytest
import requests
from ayon_api.exceptions import HTTPRequestError

import trackerkit
from trackerkit.gateway.opening import opener
from trackerkit.web.serve import Server
from trackerkit_ayon.gateway.app import create_app

_numbers = itertools.count(1)


@pytest.fixture(scope="module")
def api(gateway: Any) -> Iterator[ayon_api.ServerAPI]:
    connection = ayon_api.ServerAPI(gateway.url, gateway.key)
    yield connection
    connection.close_session()


@pytest.fixture
def topics() -> tuple[str, str]:
    number = next(_numbers)
    return f"source.t{number}", f"target.t{number}"


def send(api: ayon_api.ServerAPI, topic: str, count: int = 3, **more: Any) -> list[str]:
    """Source events."""
    return [api.dispatch_event(topic, sender="tester", **more)["id"] for _ in range(count)]


def take(api: ayon_api.ServerAPI, topics: tuple[str, str], sender: str = "one", **more: Any) -> Any:
    """A job."""
    return api.enroll_event_job(topics[0], topics[1], sender, **more)


def test_jobs_come_in_the_order_of_their_events(api: ayon_api.ServerAPI, topics: tuple[str, str]) -> None:
    sources = send(api, topics[0])
    taken = []
    while (job := take(api, topics)) is not None:
        assert job["status"] == "pending"
        api.update_event(job["id"], status="finished")
        taken.append(job["dependsOn"])
    assert taken == sources
    assert {api.get_event(event["id"])["dependsOn"] for event in api.get_events(topics=[topics[1]])} == set(sources)


def test_the_same_worker_gets_its_job_again(api: ayon_api.ServerAPI, topics: tuple[str, str]) -> None:
    send(api, topics[0])
    assert take(api, topics) == take(api, topics)


def test_another_worker_gets_another_job(api: ayon_api.ServerAPI, topics: tuple[str, str]) -> None:
    sources = send(api, topics[0])
    jobs = [take(api, topics, sender) for sender in ("one", "two", "three")]
    assert [job["dependsOn"] for job in jobs] == sources
    assert take(api, topics, "four") is None


def test_sequential_waits_for_the_job_before(api: ayon_api.ServerAPI, topics: tuple[str, str]) -> None:
    send(api, topics[0])
    first = take(api, topics, sequential=True)
    assert take(api, topics, "two", sequential=True) is None
    api.update_event(first["id"], status="finished")
    second = take(api, topics, "two", sequential=True)
    assert second["dependsOn"] != first["dependsOn"]


def test_a_failed_job_is_tried_again_so_many_times(api: ayon_api.ServerAPI, topics: tuple[str, str]) -> None:
    send(api, topics[0], 1)
    tries = 0
    while (job := take(api, topics, max_retries=2)) is not None:
        tries += 1
        assert api.get_event(job["id"])["retries"] == tries - 1
        api.update_event(job["id"], status="failed")
    assert tries == 4  # the retries may reach the limit and go beyond it once, as on AYON
    restarted = next(iter(api.get_events(topics=[topics[1]])))
    api.update_event(restarted["id"], status="restarted")
    assert take(api, topics, max_retries=2)["id"] == restarted["id"]


def test_what_is_deleted_is_a_job_again(api: ayon_api.ServerAPI, topics: tuple[str, str]) -> None:
    send(api, topics[0], 2)
    done = take(api, topics)
    api.update_event(done["id"], status="finished")
    assert take(api, topics)["dependsOn"] != done["dependsOn"]
    api.delete_event(done["id"])
    assert take(api, topics)["dependsOn"] == done["dependsOn"]
    with pytest.raises(HTTPRequestError, match="404"):
        api.get("events/" + done["id"]).raise_for_status()


def test_sources_that_do_not_count(api: ayon_api.ServerAPI, topics: tuple[str, str]) -> None:
    waiting = api.dispatch_event(topics[0], finished=False)["id"]
    assert take(api, topics) is None
    api.update_event(waiting, status="finished")
    assert take(api, topics)["dependsOn"] == waiting


def test_a_filter_and_a_sender_type(gateway: Any, api: ayon_api.ServerAPI, topics: tuple[str, str]) -> None:
    api.dispatch_event(topics[0], summary={"kind": "a"})
    wanted = api.dispatch_event(topics[0], summary={"kind": "b"})["id"]
    condition = {"conditions": [{"key": "summary.kind", "value": "b", "operator": "eq"}], "operator": "and"}
    body = {"sourceTopic": topics[0], "targetTopic": topics[1], "sender": "w"}
    assert gateway.ok("POST", "/api/enroll", json={**body, "filter": condition})["dependsOn"] == wanted
    ignored = gateway.call("POST", "/api/enroll", json={**body, "sender": "x", "ignoreSenderTypes": ["api"]})
    assert (ignored.status_code, ignored.content) == (204, b"")


def test_wildcards_and_lists_of_topics(api: ayon_api.ServerAPI, topics: tuple[str, str]) -> None:
    first = send(api, f"{topics[0]}.a", 1) + send(api, f"{topics[0]}.b", 1)
    assert take(api, (f"{topics[0]}.*", topics[1]))["dependsOn"] == first[0]
    named = api.enroll_event_job([f"{topics[0]}.b"], f"{topics[1]}.other", "one")
    assert named["dependsOn"] == first[1]


def test_what_happens_in_the_tracker_is_a_source(
    gateway: Any, api: ayon_api.ServerAPI, topics: tuple[str, str]
) -> None:
    name = gateway.project(f"jobs{next(_numbers)}").rpartition("/")[2]
    shot = api.create_folder(name, "sh010", folder_type="Shot")
    condition = {"conditions": [{"key": "project", "value": name, "operator": "eq"}], "operator": "and"}
    job = api.enroll_event_job("entity.folder.created", topics[1], "one", events_filter=condition)
    assert api.get_event(job["dependsOn"])["summary"]["entityId"] == shot


@pytest.mark.parametrize(
    ("change", "status", "detail"),
    [
        ({"sourceTopic": "no topic"}, 400, "Invalid topic"),
        ({"sourceTopic": 7}, 400, "Invalid topic"),
        ({"sourceTopic": None}, 400, "validation"),
        ({"targetTopic": "a.*"}, 400, "wildcards"),
        ({"targetTopic": None}, 400, "validation"),
        ({"maxRetries": "x"}, 400, "validation"),
        ({"ignoreOlderThan": "x"}, 400, "validation"),
        ({"filter": {"conditions": 7}}, 400, ""),
    ],
)
def test_requests_that_are_refused(gateway: Any, change: dict[str, Any], status: int, detail: str) -> None:
    answer = gateway.call("POST", "/api/enroll", json={"sourceTopic": "a.b", "targetTopic": "c.d", **change})
    assert answer.status_code == status
    assert detail in answer.json()["detail"]


def test_only_services_work(gateway: Any) -> None:
    token = gateway.ok("POST", "/api/auth/login", json={"name": "admin", "password": gateway.password})["token"]
    body = {"sourceTopic": "a.b", "targetTopic": "c.d"}
    answer = gateway.call("POST", "/api/enroll", None, json=body, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["detail"]) == (403, "Only services can enroll for jobs")


def test_two_processes_never_give_the_same_job(gateway: Any, api: ayon_api.ServerAPI, topics: tuple[str, str]) -> None:
    """Two gateways over one tracker and one state, eight workers, each event once."""
    sources = send(api, topics[0], 24)
    taken: list[str] = []
    lock = threading.Lock()

    def work(url: str, sender: str) -> None:
        with requests.Session() as session:
            session.headers["X-Api-Key"] = gateway.key
            body = {"sourceTopic": topics[0], "targetTopic": topics[1], "sender": sender}
            while (answer := session.post(f"{url}/api/enroll", json=body, timeout=60)).status_code != 204:
                assert answer.status_code == 200, answer.text
                job = answer.json()
                with lock:
                    taken.append(job["dependsOn"])
                done = session.patch(f"{url}/api/events/{job['id']}", json={"status": "finished"}, timeout=60)
                assert done.status_code == 204

    app = create_app(opener(lambda: trackerkit.connect(gateway.store.url)), gateway.state)
    with Server(app) as other:
        urls = [gateway.url, other.url] * 4
        workers = [threading.Thread(target=work, args=(url, f"w{at}")) for at, url in enumerate(urls)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
    assert sorted(taken) == sorted(sources)


# ---- events themselves


def test_events_of_the_tracker_can_be_marked(gateway: Any, api: ayon_api.ServerAPI) -> None:
    """What a client changes of the tracker's history is kept for all clients; the tracker's stays as it was."""
    event = next(iter(api.get_events(topics=["entity.user.created"])))
    api.update_event(event["id"], sender="me", status="failed", description="Marked", retries=2)
    changed = api.get_event(event["id"])
    assert (changed["sender"], changed["status"], changed["description"], changed["retries"]) == (
        "me",
        "failed",
        "Marked",
        2,
    )
    assert changed["createdAt"] == event["createdAt"]
    assert changed["updatedAt"] > event["updatedAt"]
    found = gateway.graphql(
        "query($ids: [String!]) {events(ids: $ids) {edges {node {description}}}}", ids=[event["id"]]
    )
    assert found["events"]["edges"][0]["node"]["description"] == "Marked"


def test_a_hash_is_one_event(gateway: Any, topics: tuple[str, str]) -> None:
    body = {"topic": topics[0], "hash": f"hash of {topics[0]}"}
    first = gateway.ok("POST", "/api/events", json=body)["id"]
    again = gateway.call("POST", "/api/events", json=body)
    assert (again.status_code, again.json()["detail"]) == (409, "Event with the same hash already exists")
    reused = gateway.ok("POST", "/api/events", json={**body, "reuse": True, "description": "anew"})["id"]
    assert reused != first
    assert gateway.ok("GET", f"/api/events/{reused}")["description"] == "anew"
    assert gateway.call("GET", f"/api/events/{first}").status_code == 404


def test_an_event_depends_on_one_that_there_is(gateway: Any, topics: tuple[str, str]) -> None:
    answer = gateway.call("POST", "/api/events", json={"topic": topics[0], "dependsOn": "ab" * 16})
    assert (answer.status_code, answer.json()["detail"]) == (409, "Event depends on non-existing event")


def test_events_are_deleted_by_a_filter(gateway: Any, api: ayon_api.ServerAPI, topics: tuple[str, str]) -> None:
    send(api, topics[0])
    condition = {"conditions": [{"key": "topic", "value": topics[0], "operator": "eq"}], "operator": "and"}
    gateway.ok("POST", "/api/eventops", json={"type": "delete", "filter": condition})
    assert list(api.get_events(topics=[topics[0]])) == []
    assert gateway.call("POST", "/api/eventops", json={"type": "abort", "filter": condition}).status_code == 501


@pytest.mark.parametrize(
    "body", [{"progress": 101}, {"progress": -1}, {"progress": "x"}, {"status": "done"}, {"retries": []}]
)
def test_changes_that_are_refused(gateway: Any, topics: tuple[str, str], body: dict[str, Any]) -> None:
    id = gateway.ok("POST", "/api/events", json={"topic": topics[0]})["id"]
    assert gateway.call("PATCH", f"/api/events/{id}", json=body).status_code == 400
