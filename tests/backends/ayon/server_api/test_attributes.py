"""Attributes: asked for once in a while, by each connection for its own server."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ayon_pair import Pair, Recorder, as_theirs, said

from trackerkit_ayon.server_api.exceptions import HTTPRequestError

FPS = {
    "name": "fps",
    "scope": ["folder", "task"],
    "position": 0,
    "builtin": True,
    "data": {"type": "float", "default": 25},
}
NOTE = {
    "name": "note",
    "scope": ["version"],
    "position": 7,
    "builtin": False,
    "data": {"type": "string", "default": None},
}
SCHEMA = {"attributes": [FPS, NOTE]}


def asked(recorder: Recorder) -> int:
    return sum(request.path == "/api/attributes" for request in recorder.server.requests)


@pytest.fixture
def fresh(recorder: Recorder, recorded: Pair) -> Pair:
    for api in (recorded.ours, recorded.theirs):
        api.reset_attributes_cache()
        api.set_attributes_cache_timeout(60)
    recorder.reply = SCHEMA
    return recorded


def test_as_ayons_client(recorder: Recorder, fresh: Pair) -> None:
    as_theirs(recorder, fresh, lambda api: api.get_attributes_schema(use_cache=False), SCHEMA)
    for scope in ("folder", "version", "nothing"):
        fresh.same(lambda api, scope=scope: api.get_attributes_for_type(scope))
        fresh.same(lambda api, scope=scope: api.get_attributes_fields_for_type(scope))


@pytest.mark.parametrize("name", ["fps", "note", "new"])
def test_an_attribute_is_put_where_it_was(recorder: Recorder, fresh: Pair, name: str) -> None:
    def reply(request: Any) -> Any:
        return SCHEMA if request.method == "GET" else said(b"", 204)

    as_theirs(recorder, fresh, lambda api: api.set_attribute_config(name, {"type": "string"}, ["task"]), reply)
    place = {"fps": 0, "note": 7, "new": 2}[name]
    assert json.loads(recorder.server.requests[-1].body)["position"] == place


def test_a_given_position_costs_no_question(recorder: Recorder, fresh: Pair) -> None:
    as_theirs(
        recorder,
        fresh,
        lambda api: api.set_attribute_config("a", {}, ["task"], position=3, builtin=True),
        said(b"", 204),
    )


def test_removing(recorder: Recorder, fresh: Pair) -> None:
    as_theirs(recorder, fresh, lambda api: api.delete_attribute_config("a b"), said(b"", 204))
    as_theirs(recorder, fresh, lambda api: api.remove_attribute_config("a"), said(b"", 204))
    as_theirs(recorder, fresh, lambda api: api.delete_attribute_config("a"), said({"detail": "no"}, 403))


def test_a_refusal_says_what_was_wanted(recorder: Recorder, fresh: Pair) -> None:
    recorder.reply = said({"detail": "Only administrators"}, 403)
    with pytest.raises(HTTPRequestError, match=r'Attribute "a" was not created/updated.*Only administrators'):
        fresh.ours.set_attribute_config("a", {}, [], position=0)


def test_F21_a_failing_server_gives_no_position(recorder: Recorder, fresh: Pair) -> None:
    """A position made up while the server fails would put the attribute elsewhere."""
    recorder.reply = said({"detail": "broken"}, 500)
    with pytest.raises(HTTPRequestError):
        fresh.ours.set_attribute_config("fps", {}, [])
    assert recorder.server.requests[-1].method == "GET"


def test_remembered_until_told_otherwise(recorder: Recorder, fresh: Pair) -> None:
    api, before = fresh.ours, asked(recorder)
    api.get_attributes_schema()
    api.get_attributes_for_type("folder")
    assert asked(recorder) == before + 1
    api.reset_attributes_schema()
    api.get_attributes_schema()
    api.get_attributes_schema(use_cache=False)
    assert asked(recorder) == before + 3
    api.set_attributes_cache_timeout(0)
    api.get_attributes_schema()
    assert asked(recorder) == before + 4


def test_what_is_given_out_is_the_callers_to_change(fresh: Pair) -> None:
    fresh.ours.get_attributes_schema()["attributes"].clear()
    fresh.ours.get_attributes_for_type("folder")["fps"]["type"] = "changed"
    assert fresh.ours.get_attributes_schema() == SCHEMA
    assert fresh.ours.get_attributes_for_type("folder") == {"fps": FPS["data"]}


def test_two_servers_are_two_schemas(recorder: Recorder, fresh: Pair) -> None:
    """AYON's own client remembers one schema for all of its connections."""
    with Recorder() as other:
        other.reply = {"attributes": []}
        second = other.pair()
        assert fresh.ours.get_attributes_schema() == SCHEMA
        assert second.ours.get_attributes_schema() == {"attributes": []}
        assert fresh.ours.get_attributes_schema() == SCHEMA
        second.close()


def test_the_same_on_a_server(gateway_pair: Pair) -> None:
    gateway_pair.same(lambda api: api.get_attributes_schema(use_cache=False))
    assert gateway_pair.same(lambda api: api.get_attributes_for_type("folder"))[1]
