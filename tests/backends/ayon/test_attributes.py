"""Fields of a site's own on AYON: attributes that are made, and a server that takes them only after a restart."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

import trackerkit
from trackerkit.clock import Clock
from trackerkit.errors import ConflictError, TimeoutExpiredError, UnsupportedError
from trackerkit.schema import Field, SchemaChange
from trackerkit.testing.clock import FakeClock
from trackerkit.testing.loopback import Incoming, LoopbackServer, Reply
from trackerkit.tracker import Tracker
from trackerkit_ayon.backend.attributes import PATIENCE_S, Attributes

JSON = {"Content-Type": "application/json"}
LETTER = {
    "name": "letter",
    "position": 7,
    "scope": ["folder"],
    "builtin": False,
    "data": {"type": "string", "title": "Letter"},
}
FPS = {
    "name": "fps",
    "position": 1,
    "scope": ["folder", "task"],
    "builtin": True,
    "data": {"type": "float", "title": "FPS"},
}


class Ayon:
    """A server that works with the attributes that it found when it started."""

    def __init__(self) -> None:
        self.stored: dict[str, Any] = {"letter": LETTER, "fps": FPS}
        self.works_with = dict(self.stored)
        self.restarts = 0
        self.down = 0
        self.is_stuck = False

    def answer(self, incoming: Incoming) -> Reply:
        if incoming.path == "/api/system/restart":
            self.restarts, self.down = self.restarts + 1, 2
            return Reply(204)
        if self.down:
            self.down -= 1
            if not self.down and not self.is_stuck:
                self.works_with = dict(self.stored)
            return Reply(502)
        if incoming.path == "/api/info":
            return said({"version": "1.16.0", "attributes": list(self.works_with.values())})
        if incoming.path == "/graphql":
            return said({"data": {"page": {"edges": [], "pageInfo": {"hasNextPage": False, "endCursor": None}}}})
        if incoming.path == "/api/attributes":
            return said({"attributes": list(self.stored.values())})
        name = incoming.path.rpartition("/")[2]
        if incoming.method == "DELETE":
            del self.stored[name]
        else:
            self.stored[name] = {"name": name, "builtin": False, **json.loads(incoming.body)}
        return Reply(204)


def said(value: Any) -> Reply:
    return Reply(200, json.dumps(value).encode(), JSON)


@pytest.fixture
def ayon() -> Ayon:
    return Ayon()


@pytest.fixture
def url(ayon: Ayon) -> Iterator[str]:
    with LoopbackServer(ayon.answer) as server:
        yield f"ayon+{server.url}"


@pytest.fixture
def tracker(url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tracker]:
    """A connection that may restart the server, and need not wait for it."""
    monkeypatch.setattr("trackerkit_ayon.backend.Attributes", lambda server: Attributes(server, FakeClock()))
    with trackerkit.connect(url, api_key="key", may_restart=True) as made:
        yield made


def test_a_field_is_there_after_a_restart(tracker: Tracker, ayon: Ayon) -> None:
    made = tracker.schema.create_field("Shot", "tk_part", "percent", label="Part", description="how much")
    assert made == "tkPart"
    assert ayon.restarts == 1
    item = tracker.schema.field("Shot", made)
    assert (item.data_type, item.label, item.description, item.custom) == ("percent", "Part", "how much", True)
    assert ayon.stored["tkPart"]["position"] == 8
    assert not item.inherits


def test_a_field_that_is_needed_on_another_type_too_is_one_attribute(tracker: Tracker, ayon: Ayon) -> None:
    assert tracker.schema.create_field("Task", "letter", "text") == "letter"
    assert ayon.stored["letter"]["scope"] == ["folder", "task"]
    tracker.schema.delete_field("Shot", "letter")
    assert ayon.stored["letter"]["scope"] == ["task"]
    assert "letter" in tracker.schema.type("Task").fields
    assert "letter" not in tracker.schema.type("Shot").fields


def test_a_field_is_changed_and_deleted(tracker: Tracker, ayon: Ayon) -> None:
    tracker.schema.update_field("Shot", "letter", label="Initial")
    assert tracker.schema.field("Shot", "letter").label == "Initial"
    tracker.schema.delete_field("Shot", "letter")
    assert "letter" not in ayon.stored
    assert "letter" not in tracker.schema.type("Shot").fields
    assert ayon.restarts == 2


@pytest.mark.parametrize("name", ["letter", "LETTER", "fps"])
def test_a_field_that_is_there_is_refused_before_a_restart(tracker: Tracker, ayon: Ayon, name: str) -> None:
    with pytest.raises(ConflictError, match=name):
        tracker.schema.create_field("Shot", name, "text")
    assert ayon.restarts == 0


def test_ayons_own_attributes_stay(tracker: Tracker, ayon: Ayon) -> None:
    for change in (tracker.schema.delete_field, tracker.schema.update_field):
        with pytest.raises(UnsupportedError, match="AYON's own"):
            change("Shot", "fps")
    assert ayon.restarts == 0


@pytest.mark.parametrize(("type_name", "data_type"), [("Shot", "json"), ("Shot", "image"), ("Note", "text")])
def test_what_no_attribute_holds_is_refused(tracker: Tracker, ayon: Ayon, type_name: str, data_type: str) -> None:
    """A server with an attribute of the type ``dict`` does not even start again."""
    with pytest.raises(UnsupportedError):
        tracker.schema.create_field(type_name, "tk_some", data_type)
    assert set(ayon.stored) == {"letter", "fps"}


def test_a_server_that_does_not_come_back_is_told(url: str, ayon: Ayon) -> None:
    ayon.is_stuck = True
    clock: Clock = FakeClock()
    start = clock.monotonic()
    with trackerkit.connect(url, api_key="key", may_restart=True) as tracker:
        backend: Any = tracker.backend
        change = SchemaChange("create_field", "Shot", Field("tk_part", "percent", custom=True), "tk_part")
        with pytest.raises(TimeoutExpiredError, match="restart"):
            Attributes(backend._server, clock).change(change)
    assert clock.monotonic() - start >= PATIENCE_S


def test_nobody_restarts_a_server_unasked(url: str, ayon: Ayon) -> None:
    with trackerkit.connect(url, api_key="key") as tracker:
        with pytest.raises(UnsupportedError, match="after a restart") as caught:
            tracker.schema.create_field("Shot", "tk_part", "percent")
        assert "may_restart" in caught.value.hint
    assert ayon.restarts == 0


@pytest.mark.parametrize("said", ["percent", "links", "txt", None, ["percent"]])
def test_a_note_that_does_not_fit_its_attribute_is_not_believed(tracker: Tracker, ayon: Ayon, said: Any) -> None:
    ayon.works_with["letter"] = {**LETTER, "data": {**LETTER["data"], "widgetSettings": {"trackerkit": {"type": said}}}}  # type: ignore[dict-item]
    assert tracker.schema.field("Shot", "letter").data_type == "text"
