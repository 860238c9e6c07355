"""Activities: sent and answered as by AYON's own client, on our own gateway too."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from ayon_pair import Pair, Recorder, as_theirs, said

from trackerkit_ayon.server_api.exceptions import FailedOperations, GraphQlQueryFailed

E = ("show_1", "e" * 32, "task")
A = ("show_1", "a" * 32)
OPERATION = {"id": "1" * 32, "type": "delete", "activityId": "a" * 32}

CALLS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "create_activity": (lambda api: api.create_activity(*E, "comment"), {"id": "a"}),
    "create_activity in full": (
        lambda api: api.create_activity(*E, "comment", "a" * 32, "body", ["f"], "2026-01-01T00:00:00+00:00", {"b": 1}),
        {"id": "a"},
    ),
    "create_activity refused": (lambda api: api.create_activity(*E, "watch"), said({"detail": "no"}, 403)),
    "update_activity": (lambda api: api.update_activity(*A, "body"), said(b"", 204)),
    "update_activity in full": (lambda api: api.update_activity(*A, "", ["f"], True, {"b": 1}), said(b"", 204)),
    "update_activity files": (lambda api: api.update_activity(*A, file_ids=[]), said(b"", 204)),
    "delete_activity": (lambda api: api.delete_activity(*A), said(b"", 204)),
    "get_raw_activity_categories": (lambda api: api.get_raw_activity_categories("show_1"), {"categories": ["a"]}),
    "get_activity_categories": (lambda api: api.get_activity_categories("show_1"), {"categories": ["a"]}),
    "create_activity_reaction": (lambda api: api.create_activity_reaction(*A, "like"), said(b"", 201)),
    "delete_activity_reaction": (lambda api: api.delete_activity_reaction(*A, "like"), said(b"", 204)),
    "get_raw_entity_watchers": (lambda api: api.get_raw_entity_watchers(*E), {"watchers": ["me"]}),
    "get_entity_watchers": (lambda api: api.get_entity_watchers(*E), {"watchers": ["me"]}),
    "set_entity_watchers": (lambda api: api.set_entity_watchers(*E, ["me"]), said(b"", 201)),
    "send_activities_batch_operations": (
        lambda api: api.send_activities_batch_operations("show_1", [OPERATION]),
        {"operations": [{"id": "1" * 32, "success": True}], "success": True},
    ),
    "send_activities_batch_operations in full": (
        lambda api: api.send_activities_batch_operations(
            "show_1", [OPERATION], can_fail=True, wait_for_events=True, raise_on_fail=False
        ),
        {"operations": [{"id": "1" * 32, "success": False}], "success": False},
    ),
}


@pytest.mark.parametrize("name", CALLS)
def test_as_ayons_client(recorder: Recorder, recorded: Pair, name: str) -> None:
    as_theirs(recorder, recorded, *CALLS[name])


def test_F22_a_batch_says_of_each_what_became_of_it(recorder: Recorder, recorded: Pair) -> None:
    second = {"id": "2" * 32, "type": "delete", "activityId": "b" * 32}
    told = [{"id": "1" * 32, "success": True}, {"id": "2" * 32, "success": False, "detail": "no such activity"}]
    recorder.reply = {"operations": told, "success": False}
    with pytest.raises(FailedOperations, match="no such activity") as caught:
        recorded.ours.send_activities_batch_operations("show_1", [OPERATION, second], can_fail=True)
    assert [result["success"] for result in caught.value.results] == [True, False]


def test_mentions_are_asked_for_by_the_servers_names(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = {"users": [], "tasks": []}
    assert recorded.ours.suggest_entity_mention("show_1", "e" * 32, "task") == {"users": [], "tasks": []}
    sent = recorder.server.requests[-1]
    assert sent.path == "/api/projects/show_1/suggest"
    assert json.loads(sent.body) == {"entityId": "e" * 32, "entityType": "task"}


def test_no_project_no_activities(recorder: Recorder, recorded: Pair) -> None:
    before = len(recorder.server.requests)
    assert list(recorded.ours.get_activities("")) == []
    for name in ("activity_ids", "activity_types", "entity_ids", "entity_names", "reference_types"):
        assert list(recorded.ours.get_activities("show_1", **{name: []})) == []
    assert len(recorder.server.requests) == before


def test_F20_rows_that_are_left_out_do_not_end_the_list(recorder: Recorder, recorded: Pair) -> None:
    """The server leaves out what the caller may not see, and then takes the short page for the last one."""
    pages = {None: ("a", "1"), "1": ("b", "2"), "2": (None, None)}

    def reply(incoming: Any) -> Any:
        found, end = pages[json.loads(incoming.body)["variables"]["after"]]
        edges = [{"node": {"activityId": found}}] if found else []
        page = {"edges": edges, "pageInfo": {"hasNextPage": False, "endCursor": end}}
        return {"data": {"project": {"name": "show_1", "activities": page}}}

    recorder.reply = reply
    assert [row["activityId"] for row in recorded.ours.get_activities("show_1", fields=["activityId"])] == ["a", "b"]


def test_F21_a_failing_server_is_no_missing_activity(recorder: Recorder, recorded: Pair) -> None:
    recorder.reply = {"data": None, "errors": [{"message": "deadlock detected", "path": ["project"]}]}
    with pytest.raises(GraphQlQueryFailed, match="deadlock"):
        recorded.ours.get_activity_by_id("show_1", "a" * 32)


# ---- on our gateway


@pytest.fixture(scope="module")
def commented(gateway_pair: Pair) -> Pair:
    """A task with comments, reactions and watchers, all made by our client."""
    it, ours = gateway_pair, gateway_pair.ours
    folder = it.theirs.create_folder(it.project, "sh010", folder_type="Shot")
    it.ids["task"] = it.theirs.create_task(it.project, "comp", "Compositing", folder)
    it.ids["first"] = ours.create_activity(it.project, it.ids["task"], "task", "comment", body='It\'s "fine"')
    second = ours.create_activity(it.project, it.ids["task"], "task", "comment", "b" * 32, "Second")
    ours.update_activity(it.project, second, "Changed")
    ours.create_activity_reaction(it.project, it.ids["first"], "like")
    ours.set_entity_watchers(it.project, it.ids["task"], "task", ["artist"])
    return it


READS: dict[str, Callable[[Any, Pair], Any]] = {
    "all": lambda api, it: api.get_activities(it.project),
    "newest first": lambda api, it: api.get_activities(it.project, order="descending"),
    "up to a limit": lambda api, it: api.get_activities(it.project, limit=1),
    "of a task": lambda api, it: api.get_activities(
        it.project, entity_ids=[it.ids["task"]], activity_types={"comment"}
    ),
    "with other fields": lambda api, it: api.get_activities(
        it.project, fields=["activityId", "body", "author.name", "tags"]
    ),
    "one": lambda api, it: api.get_activity_by_id(it.project, it.ids["first"]),
    "one unknown": lambda api, it: api.get_activity_by_id(it.project, "f" * 32),
    "watchers": lambda api, it: api.get_entity_watchers(it.project, it.ids["task"], "task"),
    "of an unknown project": lambda api, it: api.get_activities("nowhere"),
}


@pytest.mark.parametrize("name", READS)
def test_the_same_on_a_server(commented: Pair, name: str) -> None:
    commented.same(lambda api: READS[name](api, commented))


def test_what_was_made_is_there(commented: Pair) -> None:
    found = list(commented.theirs.get_activities(commented.project, activity_types=["comment"]))
    assert [row["body"] for row in found] == ['It\'s "fine"', "Changed"]
    assert all(isinstance(row["activityData"], dict) for row in commented.ours.get_activities(commented.project))
    made = commented.ours.create_activity(commented.project, commented.ids["task"], "task", "comment", body="gone")
    commented.ours.delete_activity(commented.project, made)
    assert commented.theirs.get_activity_by_id(commented.project, made) is None
