"""Pages whose nodes stay text: the same rows as of pages that are read at once, and the same errors."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from ayon_pair import Recorder, said

from trackerkit.jsontext import decoded
from trackerkit.testing.loopback import Incoming, Reply
from trackerkit_ayon.server_api import ServerAPI, latenodes
from trackerkit_ayon.server_api import exceptions as errors

COUNT = 150
"""More than are made at a time."""


def node(number: int) -> dict[str, Any]:
    attributes = json.dumps({"fps": 25.0, "frameEnd": number, "note": "ä"}) if number != 7 else None
    return {
        "id": f"{number:032x}", "active": number % 3 != 0, "allAttrib": attributes, "data": '{"x": 1}' if number == 9 else "{}",
        "tags": ["é", f"{number}"],
    }  # fmt: skip


def answer(**more: Any) -> dict[str, Any]:
    edges = [{"node": node(number)} for number in range(COUNT)]
    page = {"edges": edges, "pageInfo": {"hasNextPage": False, "endCursor": "x"}}
    return {"data": {"project": {"name": "p", "tasks": page}}, **more}


def tasks(api: ServerAPI, **parts: Any) -> list[dict[str, Any]]:
    return list(api.get_tasks("p", fields={"id", "attrib", "data", "tags"}, **parts))


@pytest.fixture(params=[True, False], ids=["msgspec", "none"])
def is_late(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[bool]:
    if not request.param:
        monkeypatch.setitem(sys.modules, "msgspec", None)
    latenodes.page_reader.cache_clear()
    assert (latenodes.page_reader("tasks", True) is not None) is request.param
    yield bool(request.param)
    latenodes.page_reader.cache_clear()


@pytest.mark.parametrize("active", [True, False, None])
def test_every_row_with_its_texts_read(server: Recorder, api: ServerAPI, is_late: bool, active: bool | None) -> None:
    server.reply = answer()
    found = tasks(api, active=active)
    numbers = [number for number in range(COUNT) if active is None or (number % 3 != 0) is active]
    assert [row["id"] for row in found] == [f"{number:032x}" for number in numbers]
    for number, row in zip(numbers, found, strict=True):
        assert row["attrib"] == {"fps": 25.0, "frameEnd": number, "note": "ä"} if number != 7 else "attrib" not in row
        assert row["data"] == ({"x": 1} if number == 9 else {})
        assert row["tags"] == ["é", f"{number}"]
    found[1]["data"]["mine"] = True
    assert "mine" not in found[2]["data"]


def test_an_error_beside_the_data_is_an_error(server: Recorder, api: ServerAPI, is_late: bool) -> None:
    server.reply = answer(errors=[{"message": "half of it is missing"}])
    with pytest.raises(errors.GraphQlQueryFailed, match="half of it"):
        tasks(api)


@pytest.mark.parametrize("body", [{"data": None}, {"data": {"project": None}}, {}])
def test_an_answer_without_a_page_is_read_whole(is_late: bool, body: Any) -> None:
    read = latenodes.page_reader("tasks", True) or decoded
    assert read(json.dumps(body).encode()) == body


def test_what_is_no_json_is_asked_for_again(server: Recorder, api: ServerAPI, is_late: bool) -> None:
    replies = iter(
        [b'{"data": {"project": {"name": "p", "tasks": {"edges": [{"node": {"id": "\xff"}}], "pageInfo": {}}}}}']
    )

    def reply(incoming: Incoming) -> Any:
        if "attributes" in incoming.path:
            return {"attributes": []}
        broken = next(replies, None)
        return said(answer()) if broken is None else Reply(200, broken, {"Content-Type": "application/json"})

    server.reply = reply
    assert len(tasks(api, active=None)) == COUNT


def test_events_and_users_too(server: Recorder, api: ServerAPI, is_late: bool) -> None:
    edges = [{"node": {"id": str(number), "name": f"u{number}"}} for number in range(3)]
    page = {"edges": edges, "pageInfo": {"hasNextPage": False, "hasPreviousPage": False, "endCursor": "x"}}
    server.reply = {"data": {"events": page}}
    assert [event["id"] for event in api.get_events(fields={"id"})] == ["0", "1", "2"]
    server.reply = {"data": {"users": page}}
    assert [user["name"] for user in api.get_users(fields={"name"})] == ["u0", "u1", "u2"]
