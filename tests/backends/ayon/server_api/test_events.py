"""Events: read, dispatched and worked off as by AYON's own client; no job is lost, no error taken for an empty queue."""

from __future__ import annotations

import base64
import json
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import pytest
from ayon_pair import Pair, Recorder, as_theirs, said

from trackerkit.testing.faults import FaultProxy, drop_response
from trackerkit.testing.loopback import Incoming, Reply
from trackerkit_ayon.server_api import ServerAPI
from trackerkit_ayon.server_api.exceptions import HTTPRequestError, RequestOutcomeUnknown, UnreadableResponse

JOB = {"id": "a" * 32, "dependsOn": "b" * 32, "hash": "c", "status": "pending"}

CALLS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "get_event": (lambda api: api.get_event("a" * 32), {"id": "a" * 32}),
    "get_event unknown": (lambda api: api.get_event("a" * 32), said({"detail": "no"}, 404)),
    "get_event of another kind of id": (lambda api: api.get_event(uuid.UUID("a" * 32)), {"id": "a"}),
    "update_event of nothing": (lambda api: api.update_event("a"), said(b"", 204)),
    "update_event": (
        lambda api: api.update_event("a", "me", "p", "u", "finished", "d", {"s": 1}, {"p": 2}, 50, 2),
        said(b"", 204),
    ),
    "create_event": (lambda api: api.create_event("a.topic"), {"id": "e"}),
    "create_event in full": (
        lambda api: api.create_event("a.topic", "me", "h", "p", "u", "b" * 32, "d", {"s": 1}, {"p": 2}, False, False),
        {"id": "e"},
    ),
    "dispatch_event": (lambda api: api.dispatch_event("a.topic", dependencies=["x"]).data, {"id": "e"}),
    "dispatch_event refused": (lambda api: api.dispatch_event("a.topic"), said({"detail": "no"}, 403)),
    "delete_event": (lambda api: api.delete_event("a"), said(b"", 204)),
    "delete_events": (lambda api: api.delete_events({"conditions": [{"key": "topic", "value": "a"}]}), {}),
    "enroll_event_job": (lambda api: api.enroll_event_job("a.*", "b.job", "me"), JOB),
    "enroll_event_job in full": (
        lambda api: api.enroll_event_job(["a.x"], "b.job", "me", "d", True, {"conditions": []}, 5, 9, ("api",)),
        JOB,
    ),
    "enroll_event_job, nothing to do": (lambda api: api.enroll_event_job("a.*", "b.job", "me"), said(b"", 204)),
}


@pytest.mark.parametrize("name", CALLS)
def test_as_ayons_client(recorder: Recorder, recorded: Pair, name: str) -> None:
    as_theirs(recorder, recorded, *CALLS[name])


@pytest.mark.parametrize("events_filter", [{}, {"conditions": []}, None])
def test_a_filter_that_fits_every_event_is_refused(recorded: Pair, events_filter: Any) -> None:
    assert recorded.same(lambda api: api.delete_events(events_filter)) == "ValueError"


# ---- jobs


def test_a_busy_server_has_no_job_now(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = said({"code": 503, "detail": "Enroll request is already running"}, 503)
    assert recorded.ours.enroll_event_job("a.*", "b.job", "me") is None


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_F21_a_refusal_is_no_empty_queue(recorder: Recorder, recorded: Pair, status: int) -> None:
    recorder.reply = said({"code": status, "detail": "no"}, status)
    with pytest.raises(HTTPRequestError) as caught:
        recorded.ours.enroll_event_job("a.*", "b.job", "me")
    assert caught.value.status == status


@pytest.mark.parametrize("topic", [None, "", []])
def test_no_topic_no_job(recorder: Recorder, recorded: Pair, topic: Any) -> None:
    before = len(recorder.server.requests)
    assert recorded.ours.enroll_event_job(topic, "b.job", "me") is None
    assert len(recorder.server.requests) == before


def test_F12_an_empty_answer_is_no_job(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = said(b"", 200)
    with pytest.raises(UnreadableResponse):
        recorded.ours.enroll_event_job("a.*", "b.job", "me")


def test_a_lost_answer_loses_no_job(recorder: Recorder) -> None:
    """The server gives the same sender the same job until it is done, so asking again is safe."""
    recorder.reply = JOB
    with FaultProxy("127.0.0.1", recorder.server.port) as proxy:
        api = ServerAPI(proxy.url, "a" * 32)
        proxy.plan([drop_response()])
        assert api.enroll_event_job("a.*", "b.job", "me") == JOB


def test_F4_an_event_is_dispatched_once(recorder: Recorder) -> None:
    recorder.reply = {"id": "e"}
    with FaultProxy("127.0.0.1", recorder.server.port) as proxy:
        api = ServerAPI(proxy.url, "a" * 32)
        before = len(recorder.server.requests)
        proxy.plan([drop_response()])
        with pytest.raises(RequestOutcomeUnknown):
            api.create_event("a.topic")
        assert [seen.path for seen in recorder.server.requests[before:]].count("/api/events") == 1


# ---- reading


class Feed:
    """Answers GraphQL's events as AYON does: by cursor, from both ends, as many as are asked for."""

    def __init__(self, count: int) -> None:
        self.count = count
        self.asked: list[dict[str, Any]] = []

    def __call__(self, incoming: Incoming) -> Reply:
        body = json.loads(incoming.body)
        variables = body["variables"]
        self.asked.append(variables)
        numbers = list(range(1, self.count + 1))
        is_last = "last:$first" in body["query"]
        if variables["after"]:
            behind = json.loads(base64.b64decode(variables["after"]))[0]
            numbers = [n for n in numbers if (n < behind if is_last else n > behind)]
        if is_last:
            numbers.reverse()
        numbers = numbers[: variables["first"]]
        edges = [{"node": {"id": f"{number:032x}"}} for number in numbers]
        end = base64.b64encode(json.dumps([numbers[-1]]).encode()).decode() if numbers else None
        more = "hasPreviousPage" if is_last else "hasNextPage"
        info = {more: len(numbers) >= variables["first"], "endCursor": end}
        return said({"data": {"events": {"edges": edges, "pageInfo": info}}})


@pytest.mark.parametrize("count", [0, 1, 999, 1000, 1001, 7321])
@pytest.mark.parametrize("order", [None, "descending"])
def test_paging_loses_nothing(recorder: Recorder, recorded: Pair, count: int, order: Any) -> None:
    recorder.reply = Feed(count)
    found = [int(event["id"], 16) for event in recorded.ours.get_events(fields=["id"], order=order)]
    assert found == (list(range(1, count + 1)) if order is None else list(range(count, 0, -1)))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"limit": 3}, [1, 2, 3]),
        ({"limit": 0}, list(range(1, 2001))),
        ({"limit": 3, "order": "desc"}, [2000, 1999, 1998]),
        ({"first": 2}, [1, 2]),
        ({"last": 2}, [2000, 1999]),
        ({"last": 2, "order": "asc"}, [2000, 1999]),
        ({"first": 2, "order": "desc"}, [1, 2]),
        ({"first": 5, "limit": 2}, [1, 2]),
        ({"last": 1500}, list(range(2000, 500, -1))),
    ],
)
def test_limits_and_ends(recorder: Recorder, recorded: Pair, given: dict[str, Any], expected: list[int]) -> None:
    recorder.reply = Feed(2000)
    assert [int(event["id"], 16) for event in recorded.ours.get_events(fields=["id"], **given)] == expected


def test_a_limit_asks_for_no_more_than_it_needs(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = feed = Feed(5000)
    assert len(list(recorded.ours.get_events(fields=["id"], limit=2))) == 2
    assert [asked["first"] for asked in feed.asked] == [3]


def test_nothing_is_sent_before_the_first_event_is_wanted(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = feed = Feed(10)
    found = recorded.ours.get_events(fields=["id"])
    assert feed.asked == []
    assert next(found)["id"] == f"{1:032x}"
    assert len(feed.asked) == 1


def test_F26_values_are_variables_only(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = feed = Feed(0)
    treacherous = '"}) { id } evil: events(filter: "'
    assert list(recorded.ours.get_events(topics=[treacherous], users=treacherous, text_filter=treacherous)) == []
    sent = json.loads(recorder.server.requests[-1].body)
    assert "evil" not in sent["query"]
    assert feed.asked[-1]["topics"] == [treacherous]
    assert feed.asked[-1]["filter"] == treacherous


@pytest.mark.parametrize("field", ["id evil", "id}}evil{x", "", "a..b", "id\n", 'id(x:"y")'])
def test_F26_a_field_that_is_no_name_is_refused(recorder: Recorder, recorded: Pair, field: str) -> None:
    before = len(recorder.server.requests)
    with pytest.raises(ValueError, match="is no field"):
        list(recorded.ours.get_events(fields=[field]))
    assert len(recorder.server.requests) == before


@pytest.mark.parametrize("name", ["topics", "event_ids", "project_names", "statuses", "users", "states"])
@pytest.mark.parametrize("empty", [[], (), iter(())])
def test_an_empty_filter_fits_nothing(recorder: Recorder, recorded: Pair, name: str, empty: Any) -> None:
    before = len(recorder.server.requests)
    with pytest.warns(DeprecationWarning, match="'states'") if name == "states" else nullcontext():
        assert list(recorded.ours.get_events(**{name: empty})) == []
    assert len(recorder.server.requests) == before


# ---- on our gateway


@pytest.fixture(scope="module")
def busy(gateway_pair: Pair) -> Pair:
    """A project in which something happened."""
    theirs = gateway_pair.theirs
    for number in range(3):
        folder = theirs.create_folder(gateway_pair.project, f"sq{number}", folder_type="Sequence")
        theirs.update_folder(gateway_pair.project, folder, label=f"Sequence {number}")
    gateway_pair.ids["event"] = gateway_pair.ours.create_event(
        "suite.topic",
        "suite",
        None,
        gateway_pair.project,
        description='It\'s "here"',
        summary={"a": 1},
        payload={"b": 2},
    )
    return gateway_pair


READS: dict[str, Callable[[Any, Pair], Any]] = {
    "all": lambda api, it: api.get_events(),
    "of a topic": lambda api, it: api.get_events(topics=["suite.topic"]),
    "of a kind of topics": lambda api, it: api.get_events(topics=["entity.folder.*"]),
    "of a project": lambda api, it: api.get_events(project_names=[it.project]),
    "of another project": lambda api, it: api.get_events(project_names=["nowhere"]),
    "newest first": lambda api, it: api.get_events(order="desc", limit=4),
    "last": lambda api, it: api.get_events(last=2),
    "by id": lambda api, it: api.get_events(
        event_ids=[it.ids["event"]], fields=["id", "summary", "payload", "description"]
    ),
    "of a status": lambda api, it: api.get_events(statuses=["failed"]),
    "one": lambda api, it: api.get_event(it.ids["event"]),
    "one unknown": lambda api, it: api.get_event("f" * 32),
}


@pytest.mark.parametrize("name", READS)
def test_the_same_on_a_server(busy: Pair, name: str) -> None:
    found = busy.same(lambda api: READS[name](api, busy))
    assert found
