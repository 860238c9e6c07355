"""Both gateways keep their limits, and neither tells anything of its inside."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import requests

from trackerkit.gateway.settings import GatewaySettings
from trackerkit.testing.double import Double, double
from trackerkit.testing.memory import MemoryBackend
from trackerkit.tracker import Tracker

LIMITS = GatewaySettings(rate_per_s=0.001, burst=3, body_bytes=20_000, depth=40)


@pytest.fixture(params=["shotgrid", "ayon"])
def server(request: pytest.FixtureRequest) -> Iterator[tuple[str, Double]]:
    with double(request.param, sample=False, settings=LIMITS) as made:
        yield request.param, made


def call(protocol: str, server: Double, body: Any = None) -> requests.Response:
    """One call that reads something."""
    if protocol == "ayon":
        headers = {"X-Api-Key": server.api_key, "Content-Type": "application/json"}
        if body is not None:
            return requests.post(f"{server.url}/graphql", data=json.dumps(body), headers=headers, timeout=60)
        return requests.get(f"{server.url}/api/projects", headers=headers, timeout=60)
    auth = {"script_name": server.script_name, "script_key": server.api_key}
    argument = body if body is not None else {"prefs": []}
    sent = json.dumps({"method_name": "preferences_read", "params": [auth, argument]})
    return requests.post(f"{server.url}/api3/json", data=sent, timeout=60)


def nested(depth: int) -> Any:
    """A list in a list in a list …"""
    made: list[Any] = []
    for _ in range(depth):
        made = [made]
    return made


def is_refused(answer: requests.Response) -> bool:
    """An HTTP refusal, or ShotGrid's fault; never a failure of the server."""
    assert answer.status_code < 500 or answer.status_code == 501
    return answer.status_code >= 400 or bool(answer.json().get("exception"))


def test_a_key_that_calls_too_often_is_told_so_and_another_is_not(server: tuple[str, Double]) -> None:
    protocol, made = server
    answers = [call(protocol, made) for _ in range(4)]
    assert [is_refused(answer) for answer in answers] == [False, False, False, True]
    assert "too often" in answers[-1].text
    if protocol == "ayon":
        assert answers[-1].status_code == 429
        assert int(answers[-1].headers["Retry-After"]) >= 1
    _, made.api_key = made.state.add_key("other", kind="script")
    made.script_name = "other"
    assert not is_refused(call(protocol, made))


def test_a_body_that_is_too_large_or_too_deep_is_refused(server: tuple[str, Double]) -> None:
    protocol, made = server
    assert is_refused(call(protocol, made, {"prefs": ["x" * 30_000], "query": "x"}))
    assert is_refused(call(protocol, made, {"prefs": nested(900), "query": "{ projects { edges { node { name } } } }"}))
    assert requests.get(f"{made.url}/healthz", timeout=60).status_code == 200


@pytest.mark.parametrize("protocol", ["shotgrid", "ayon"])
def test_nothing_of_the_inside_is_told(protocol: str, caplog: pytest.LogCaptureFixture) -> None:
    class Broken(MemoryBackend):
        def acting_as(self, login: str) -> MemoryBackend:
            return self

        def read(self, query: Any) -> Any:
            raise RuntimeError("a secret of the inside: /srv/show.db")

    backend = Broken(login="site")
    with caplog.at_level(logging.INFO, "trackerkit"), double(protocol, tracker=Tracker(backend)) as made:
        if protocol == "ayon":
            answer = requests.get(f"{made.url}/api/users", headers={"X-Api-Key": made.api_key}, timeout=60)
        else:
            auth = {"script_name": made.script_name, "script_key": made.api_key}
            argument = {"type": "Shot", "return_fields": ["id"], "filters": {"logical_operator": "and", "conditions": []},
                        "paging": {"current_page": 1, "entities_per_page": 5}, "return_only": "active"}  # fmt: skip
            sent = json.dumps({"method_name": "read", "params": [auth, argument]})
            answer = requests.post(f"{made.url}/api3/json", data=sent, timeout=60)
        assert is_refused(answer) if answer.status_code < 500 else answer.status_code == 500
        assert "secret of the inside" not in answer.text
        assert "Traceback" not in answer.text
        assert "RuntimeError" not in answer.text
        request_id = answer.headers["x-request-id"]
    assert "secret of the inside" in caplog.text
    assert request_id in caplog.text
    assert made.api_key not in caplog.text
