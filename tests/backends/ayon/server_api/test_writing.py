"""Writing: a create has an id of its own, so that it is never made twice, and found again when its answer was lost."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ayon_pair import Recorder, said

from trackerkit.testing.loopback import Incoming, Reply
from trackerkit_ayon.server_api import ServerAPI
from trackerkit_ayon.server_api import exceptions as errors

# ---- writing


def unanswered(server: Recorder, stored: dict[str, Any], times: int = 1) -> list[str]:
    """A server that does what it is told and loses its first answers; the verbs that it saw."""
    seen: list[str] = []

    def reply(incoming: Incoming) -> Reply:
        seen.append(incoming.method)
        key = incoming.path.rsplit("/", 1)[-1]
        if incoming.method == "POST":
            body = json.loads(incoming.body)
            done = (
                said({"code": 409, "detail": "exists"}, 409) if body["id"] in stored else said({"id": body["id"]}, 201)
            )
            stored.setdefault(body["id"], body)
        elif incoming.method == "DELETE":
            done = said(b"", 204) if stored.pop(key, None) else said({"code": 404, "detail": "gone"}, 404)
        else:
            return said(stored[key]) if key in stored else said({"code": 404, "detail": "gone"}, 404)
        if seen.count(incoming.method) <= times:
            return Reply(200, b"", {"Content-Length": "5000"})  # cut off
        return done

    server.reply = reply
    return seen


def test_f4_a_create_whose_answer_was_lost_is_found_again(server: Recorder, api: ServerAPI) -> None:
    stored: dict[str, Any] = {}
    seen = unanswered(server, stored)
    made = api.create_folder("p", "sh010", "Shot")
    assert list(stored) == [made]
    assert seen == ["POST", "GET"]


def test_f4_another_entity_of_that_id_is_no_success(server: Recorder, api: ServerAPI) -> None:
    seen = unanswered(server, {"a" * 32: {"id": "a" * 32, "name": "another"}})
    with pytest.raises(errors.HTTPRequestError, match="exists"):
        api.create_folder("p", "sh010", folder_id="a" * 32)
    assert seen == ["POST", "GET", "POST", "GET"]


def test_f4_a_delete_whose_answer_was_lost_is_done(server: Recorder, api: ServerAPI) -> None:
    stored = {"a" * 32: {"id": "a" * 32}}
    assert unanswered(server, stored) == []
    api.delete_task("p", "a" * 32)
    assert stored == {}


def test_f21_a_missing_entity_is_refused_where_it_is_to_be_deleted(server: Recorder, api: ServerAPI) -> None:
    unanswered(server, {}, times=0)
    with pytest.raises(errors.HTTPRequestError, match="gone"):
        api.delete_task("p", "a" * 32)
