"""The websocket: who listens hears what it asked for, once and soon; who is not known hears nothing."""

from __future__ import annotations

import gc
import json
import threading
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import ayon_api
import pytest
import websocket

import trackerkit
from trackerkit.gateway.opening import opener
from trackerkit.web.serve import Server
from trackerkit_ayon.gateway.app import create_app

Open = Callable[..., "Listener"]


class Listener:
    """A client that listens."""

    def __init__(self, url: str, token: str, *topics: str, **more: Any) -> None:
        self.socket = websocket.create_connection(url.replace("http", "ws", 1) + "/ws", timeout=30)
        self.say({"topic": "auth", "token": token, "subscribe": list(topics), **more})

    def say(self, message: Any) -> None:
        self.socket.send(message if isinstance(message, str) else json.dumps(message))

    def hear(self) -> dict[str, Any]:
        """The next message that is no heartbeat."""
        while True:
            found: dict[str, Any] = json.loads(self.socket.recv())
            if found["topic"] != "heartbeat":
                return found

    def hear_mark(self, api: Any, topic: str) -> list[dict[str, Any]]:
        """Everything up to an event that is sent now."""
        api.ok("POST", "/api/events", json={"topic": topic})
        heard = []
        while (message := self.hear())["topic"] != topic:
            heard.append(message)
        return heard

    def wait(self, gateway: Any) -> None:
        """Until the server has understood who listens: the first event that is heard."""
        done = threading.Event()

        def knock() -> None:
            while not done.is_set():
                gateway.ok("POST", "/api/events", json={"topic": "server.started", "store": False})
                done.wait(0.1)

        thread = threading.Thread(target=knock)
        thread.start()
        assert self.hear()["topic"] == "server.started"
        done.set()
        thread.join()
        self.say({"topic": "nothing"})


@pytest.fixture
def listen(gateway: Any) -> Iterator[Open]:
    made: list[Listener] = []

    def start(*topics: str, url: str = "", token: str = "", **more: Any) -> Listener:
        made.append(Listener(url or gateway.url, token or gateway.key, *topics, **more))
        made[-1].wait(gateway)
        return made[-1]

    yield start
    for listener in made:
        listener.socket.shutdown()


def only(heard: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Without what told that the server listens."""
    return [message for message in heard if message["topic"] != "server.started"]


@pytest.fixture(scope="module")
def path(gateway: Any) -> str:
    made: str = gateway.project("heard")
    return made


def test_changes_are_heard_once_in_their_order(gateway: Any, path: str, listen: Open) -> None:
    listener = listen("entity.", "tk.")
    made = gateway.ok("POST", f"{path}/folders", json={"name": "sh010", "folderType": "Shot"})["id"]
    gateway.ok("PATCH", f"{path}/folders/{made}", json={"label": "Ten"})
    heard = only(listener.hear_mark(gateway, "tk.mark"))
    assert [(item["topic"], item["project"], item["user"]) for item in heard] == [
        ("entity.folder.created", "heard", "service"), ("entity.folder.label_changed", "heard", "service"),
    ]  # fmt: skip
    assert heard[0]["summary"]["entityId"] == made
    assert gateway.ok("GET", f"/api/events/{heard[0]['id']}")["topic"] == "entity.folder.created"


def test_a_message_is_as_ayon_makes_it(gateway: Any, listen: Open) -> None:
    listener = listen("tk.")
    gateway.ok("POST", "/api/events", json={"topic": "tk.shape", "finished": False, "payload": {"large": "x"}})
    message = next(item for item in iter(listener.hear, None) if item["topic"] == "tk.shape")
    assert sorted(message) == sorted([
        "createdAt", "dependsOn", "description", "id", "progress", "project", "sender", "senderType", "status", "store",
        "summary", "topic", "updatedAt", "user",
    ])  # fmt: skip
    assert (message["status"], message["progress"], message["store"]) == ("pending", 0.0, True)
    gateway.ok("PATCH", f"/api/events/{message['id']}", json={"status": "in_progress", "progress": 40})
    changed = listener.hear()
    assert (changed["id"], changed["status"], changed["progress"]) == (message["id"], "in_progress", 40)


def test_what_is_not_kept_is_heard(gateway: Any, listen: Open) -> None:
    listener = listen("tk.")
    sent = gateway.ok("POST", "/api/events", json={"topic": "tk.flash", "store": False, "progress": 3})["id"]
    message = next(item for item in iter(listener.hear, None) if item["topic"] == "tk.flash")
    assert (message["id"], message["store"], message["progress"]) == (sent, False, 3)
    assert gateway.call("GET", f"/api/events/{sent}").status_code == 404


def test_what_others_do_in_the_tracker_is_heard(gateway: Any, path: str, listen: Open) -> None:
    listener = listen("entity.")
    with gateway.store.acting_as("artist") as artist:
        artist.create("Asset", name="tree", project="heard")
    message = next(item for item in iter(listener.hear, None) if item["topic"] == "entity.folder.created")
    assert message["user"] == "artist"


def test_only_what_was_asked_for_is_heard(gateway: Any, path: str, listen: Open) -> None:
    other = gateway.project("heard_not")
    listener = listen("entity.task", "tk.mark", project="heard")
    gateway.ok("POST", f"{path}/folders", json={"name": "silent", "folderType": "Shot"})
    folder = gateway.ok("POST", f"{other}/folders", json={"name": "a", "folderType": "Shot"})["id"]
    gateway.ok("POST", f"{other}/tasks", json={"name": "a", "taskType": "Art", "folderId": folder})
    assert only(listener.hear_mark(gateway, "tk.mark.one")) == []
    listener.say({"topic": "auth", "token": gateway.key, "subscribe": ["*"]})
    assert listener.hear_mark(gateway, "tk.mark.two") == []


def test_another_process_is_heard(gateway: Any, listen: Open) -> None:
    app = create_app(opener(lambda: trackerkit.connect(gateway.store.url)), gateway.state)
    with Server(app) as server:
        listener = listen("tk.", url=server.url)
        assert only(listener.hear_mark(gateway, "tk.elsewhere")) == []
        listener.socket.shutdown()


def test_a_token_is_as_good_as_a_key(gateway: Any, listen: Open) -> None:
    token = gateway.ok("POST", "/api/auth/login", json={"name": "admin", "password": gateway.password})["token"]
    assert only(listen("tk.", token=token).hear_mark(gateway, "tk.token")) == []


@pytest.mark.parametrize(
    "message",
    [
        {"topic": "auth", "token": "0" * 64, "subscribe": ["*"]}, {"topic": "auth", "token": 7, "subscribe": ["*"]},
        {"topic": "auth"}, {"topic": 7}, [], 7, "", "{", "[" * 10_000, "\ud83d", "x" * 100_000, {"token": "x"},
    ],
    ids=lambda value: repr(value)[:30],
)  # fmt: skip
def test_who_is_not_known_hears_nothing(gateway: Any, message: Any) -> None:
    socket = websocket.create_connection(gateway.url.replace("http", "ws", 1) + "/ws", timeout=30)
    socket.send(message.encode("utf-16", "surrogatepass") if message == "\ud83d" else (
        message if isinstance(message, str) else json.dumps(message)
    ), websocket.ABNF.OPCODE_BINARY if message == "\ud83d" else websocket.ABNF.OPCODE_TEXT)  # fmt: skip
    gateway.ok("POST", "/api/events", json={"topic": "tk.secret"})
    opcode, _ = socket.recv_data()  # raises when the connection is merely cut
    assert opcode == websocket.ABNF.OPCODE_CLOSE
    socket.shutdown()


def test_odd_messages_do_not_end_a_connection(gateway: Any, listen: Open) -> None:
    listener = listen("tk.")
    for message in (
        "{",
        "[" * 1000,
        json.dumps({"topic": "auth", "token": "x", "subscribe": ["*"]}),
        "7",
        "null",
        "\x00",
    ):
        listener.say(message)
    listener.socket.send_binary(b"\xff\x00")
    assert only(listener.hear_mark(gateway, "tk.still")) == []


def test_ayons_own_event_hub(gateway: Any, path: str) -> None:
    api = ayon_api.ServerAPI(gateway.url, gateway.key)
    hub = api.get_event_hub()
    heard: list[str] = []
    done = threading.Event()

    def listen(event: Any) -> None:
        heard.append(event.topic)
        done.set()

    callback = hub.add_callback("entity.folder.created", listen)
    hub.start()
    try:
        number = 0
        while not done.wait(0.5) and number < 60:
            number += 1
            api.create_folder("heard", f"hub{number}", folder_type="Asset")
        assert heard[0] == "entity.folder.created"
        assert callback.enabled
    finally:
        hub.stop()
        api.close_session()
        del hub, api
        with warnings.catch_warnings():  # the hub leaves its own socket to the garbage collector
            warnings.simplefilter("ignore", ResourceWarning)
            gc.collect()
