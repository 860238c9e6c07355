"""Actions: sent and answered as by AYON's own client; a token is taken once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from ayon_pair import Pair, Recorder, as_theirs, said

from trackerkit.testing.faults import FaultProxy, drop_response
from trackerkit_ayon.server_api import ServerAPI
from trackerkit_ayon.server_api.exceptions import RequestOutcomeUnknown

ACTION = ("launch", "core", "1.0.0")
WHERE: dict[str, Any] = {
    "project_name": "p", "entity_type": "folder", "entity_ids": ["a"], "entity_subtypes": ["Shot"], "form_data": {"x": 1},
}  # fmt: skip

CALLS: dict[str, tuple[Callable[[Any], Any], Any]] = {
    "get_actions": (lambda api: api.get_actions(), {"actions": [{"identifier": "a"}]}),
    "get_actions in full": (lambda api: api.get_actions(**WHERE, variant="staging", mode="all"), {"actions": []}),
    "trigger_action": (lambda api: api.trigger_action(*ACTION), {"success": True}),
    "trigger_action in full": (lambda api: api.trigger_action(*ACTION, **WHERE, variant="staging"), {"success": True}),
    "trigger_action refused": (lambda api: api.trigger_action(*ACTION), said({"detail": "no"}, 403)),
    "get_action_config": (lambda api: api.get_action_config(*ACTION, **WHERE), {"a": 1}),
    "set_action_config": (lambda api: api.set_action_config(*ACTION, {"a": 1}, **WHERE, variant=""), {"a": 1}),
    "set_action_config to nothing": (lambda api: api.set_action_config(*ACTION, {}), {}),
    "abort_action": (lambda api: api.abort_action("a" * 64), said(None)),
    "abort_action with a word": (lambda api: api.abort_action("a" * 64, ""), said(None)),
}


@pytest.mark.parametrize("name", CALLS)
def test_as_ayons_client(recorder: Recorder, recorded: Pair, name: str) -> None:
    as_theirs(recorder, recorded, *CALLS[name])


def test_an_action_is_taken_where_the_server_gives_it_out(recorder: Recorder, recorded: Pair) -> None:
    """AYON's own client asks the address that aborts it, and is refused."""
    recorder.reply = {"eventId": "a", "args": []}
    assert recorded.ours.take_action("a" * 64) == {"eventId": "a", "args": []}
    sent = recorder.server.requests[-1]
    assert (sent.method, sent.path) == ("GET", f"/api/actions/take/{'a' * 64}")


def test_a_lost_answer_does_not_take_an_action_twice(recorder: Recorder) -> None:
    """The request is a GET, and uses the token up."""
    recorder.reply = {"eventId": "a"}
    with FaultProxy("127.0.0.1", recorder.server.port) as proxy:
        api = ServerAPI(proxy.url, "a" * 32)
        proxy.plan([drop_response()])
        before = len(recorder.server.requests)
        with pytest.raises(RequestOutcomeUnknown):
            api.take_action("a" * 64)
        assert len(recorder.server.requests) == before + 1
