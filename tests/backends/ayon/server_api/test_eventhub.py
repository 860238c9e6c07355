"""Events as they happen: subscribed to, delivered, and made up for when the websocket broke."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import queue
import socket
import struct
import threading
from collections.abc import Iterator
from typing import Any

import pytest

from trackerkit_ayon.server_api import ServerAPI
from trackerkit_ayon.server_api.eventhub import Event, EventCallback, EventHub

_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
MISSED = {"id": "2" * 32, "topic": "entity.folder.created", "status": "finished", "createdAt": "2026-11-23T10:00:02"}


class Ayon:
    """As much of a server as a hub needs: information, a token, events that are kept, and a websocket."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.said: queue.Queue[dict[str, Any]] = queue.Queue()
        self.sockets: queue.Queue[socket.socket] = queue.Queue()
        self.kept: list[dict[str, Any]] = []
        self.is_token_good = True
        self.is_closed = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.is_closed.set()
        self.listener.close()

    def _accept(self) -> None:
        while not self.is_closed.is_set():
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError), client:
            file = client.makefile("rwb")
            while line := file.readline().decode():
                headers: dict[str, str] = {}
                while (each := file.readline().decode().strip()) != "":
                    name, _, value = each.partition(": ")
                    headers[name.lower()] = value
                body = file.read(int(headers.get("content-length", "0")))
                if "upgrade" in headers.get("connection", "").lower():
                    self._talk(client, headers["sec-websocket-key"])
                    return
                code, answer = self._answer(line.split()[1], body)
                text = json.dumps(answer).encode()
                head = f"HTTP/1.1 {code} X\r\nContent-Type: application/json\r\nContent-Length: {len(text)}\r\n\r\n"
                file.write(head.encode() + text)
                file.flush()

    def _answer(self, path: str, body: bytes) -> tuple[int, Any]:
        if path == "/graphql":
            newer = json.loads(body)["variables"].get("newerThan") or ""
            edges = [{"node": row} for row in self.kept if row["createdAt"] > newer]
            return 200, {"data": {"events": {"pageInfo": {"hasNextPage": False, "endCursor": "1"}, "edges": edges}}}
        if path == "/api/users/me" and not self.is_token_good:
            return 401, {"detail": "no"}
        return 200, {"version": "1.16.4", "name": "svc", "attributes": [], "settings": {}}

    def _talk(self, client: socket.socket, key: str) -> None:
        accepted = base64.b64encode(hashlib.sha1((key + _GUID).encode()).digest()).decode()
        client.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            + f"Sec-WebSocket-Accept: {accepted}\r\n\r\n".encode()
        )
        self.sockets.put(client)
        while True:
            first, second = client.recv(2, socket.MSG_WAITALL)
            size = second & 127
            size = struct.unpack(">H", client.recv(2, socket.MSG_WAITALL))[0] if size == 126 else size
            mask = client.recv(4, socket.MSG_WAITALL)
            text = bytes(b ^ mask[at % 4] for at, b in enumerate(client.recv(size, socket.MSG_WAITALL)))
            if first & 15 == 8:
                return
            self.said.put(json.loads(text))

    @staticmethod
    def tell(client: socket.socket, **message: Any) -> None:
        text = json.dumps(message).encode()
        head = bytes([0x81, len(text)]) if len(text) < 126 else bytes([0x81, 126]) + struct.pack(">H", len(text))
        client.sendall(head + text)


@pytest.fixture
def ayon() -> Iterator[Ayon]:
    made = Ayon()
    yield made
    made.close()


@pytest.fixture
def hub(ayon: Ayon) -> Iterator[EventHub]:
    api = ServerAPI(f"http://127.0.0.1:{ayon.port}", "key-of-a-service")
    made = api.get_event_hub()
    assert api.get_event_hub() is made
    yield made
    made.stop()
    api.close_session()


def test_events_are_subscribed_to_and_delivered(hub: EventHub, ayon: Ayon) -> None:
    found: queue.Queue[Event] = queue.Queue()
    hub.add_callback("entity.folder.*", found.put)
    client = ayon.sockets.get(timeout=30)
    asked = ayon.said.get(timeout=30)
    assert asked["token"] == "key-of-a-service"
    assert set(asked["subscribe"]) == {"entity.folder.", "server.restart_requested"}
    ayon.tell(client, topic="heartbeat")
    ayon.tell(client, topic="entity.task.created", id="1" * 32)
    ayon.tell(client, topic="entity.folder.created", id="3" * 32, project="show", summary={"entityId": "x"})
    event = found.get(timeout=30)
    assert (event.topic, event.project_name, event["summary"]) == ("entity.folder.created", "show", {"entityId": "x"})
    assert hub.is_connected()
    assert hub.is_running()


def test_a_later_callback_is_subscribed_to(hub: EventHub, ayon: Ayon) -> None:
    hub.add_callback("a.b", print)
    client = ayon.sockets.get(timeout=30)
    ayon.said.get(timeout=30)
    hub.add_callback("c.d", print)
    ayon.tell(client, topic="heartbeat")
    assert set(ayon.said.get(timeout=30)["subscribe"]) == {"a.b", "c.d", "server.restart_requested"}


def test_what_was_missed_while_the_socket_was_broken_is_delivered_f68(hub: EventHub, ayon: Ayon) -> None:
    found: queue.Queue[str] = queue.Queue()
    hub.add_callback("entity.*", lambda event: found.put(event.id))
    closed = threading.Event()
    hub.add_callback(hub.TOPIC_CONNECTION_CLOSED, closed.set)
    client = ayon.sockets.get(timeout=30)
    first = {**MISSED, "id": "1" * 32, "createdAt": "2026-11-23T10:00:01"}
    ayon.tell(client, **first)
    assert found.get(timeout=30) == "1" * 32
    ayon.kept += [first, MISSED]
    client.shutdown(socket.SHUT_RDWR)
    assert closed.wait(30)
    again = ayon.sockets.get(timeout=30)
    ayon.tell(again, topic="heartbeat")
    assert found.get(timeout=30) == "2" * 32
    ayon.tell(again, **{**MISSED, "createdAt": "2026-11-23T10:00:02.000001+00:00"})
    ayon.tell(again, **{**MISSED, "id": "3" * 32})
    assert found.get(timeout=30) == "3" * 32


def test_a_refused_token_is_told(hub: EventHub, ayon: Ayon) -> None:
    refused = threading.Event()
    ayon.is_token_good = False
    hub.add_callback(hub.TOPIC_AUTH_FAILED, refused.set)
    ayon.sockets.get(timeout=30).shutdown(socket.SHUT_RDWR)
    assert refused.wait(30)
    assert hub.is_auth_failed()


def test_a_callback_takes_the_event_or_nothing_and_may_fail() -> None:
    called: list[object] = []
    failing = EventCallback("*", lambda event: 1 / 0)
    failing.process_event(Event("a.b"))
    EventCallback("a.*", called.append).process_event(Event("a.b"))
    EventCallback("a.b", lambda: called.append("nothing")).process_event(Event("a.b"))
    EventCallback("a", called.append).process_event(Event("a.b"))
    assert called == [Event("a.b"), "nothing"]
    with pytest.raises(TypeError):
        EventCallback("a", "no function")  # type: ignore[arg-type]


def test_a_method_goes_with_its_object(hub: EventHub) -> None:
    class Window:
        def shown(self, event: Event) -> None:
            raise AssertionError("it is gone")

    window = Window()
    callback = hub.add_callback("a", window.shown, connect=False)
    assert callback.is_ref_valid
    del window
    assert not callback.is_ref_valid
    hub.emit_event(Event("a"))


def test_lower_orders_come_first(hub: EventHub) -> None:
    called: list[int] = []
    hub.add_callback("a", lambda: called.append(2), 200, connect=False)
    last = hub.add_callback("a", lambda: called.append(1), connect=False)
    hub.emit_event(Event("a"))
    last.deregister()
    hub.emit_event(Event("a"))
    assert called == [1, 2, 2]
    assert not hub.is_running()
