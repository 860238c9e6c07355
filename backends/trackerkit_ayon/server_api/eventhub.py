"""EventHub: events of the server as they happen, over a websocket that is opened again when it breaks."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping
from socket import SHUT_RDWR
from typing import TYPE_CHECKING, Any, ClassVar, Final

from trackerkit.errors import TrackerError
from trackerkit.secrets import get_logger
from trackerkit_ayon.server_api.callbacks import Event, EventCallback
from trackerkit_ayon.server_api.events import EventsAPI

if TYPE_CHECKING:
    from websocket import WebSocket

log = get_logger(__name__)

_SILENCE_S: Final = 30.0
"""The server sends a heartbeat every few seconds: a longer silence is a broken connection."""

_PAUSES_S: Final = (0.5, 1.0, 2.0, 5.0, 10.0)
_REFUSED_PAUSE_S: Final = 30.0
_REMEMBERED: Final = 1_000


class EventHub:
    """The events of one connection. It runs in a thread of its own from the first callback on, until ``stop``.

    When the websocket broke, the events that were missed meanwhile are read and delivered before it goes on: each event
    at least once, as far as the server keeps it.

    Args:
        connection: whose events.
    """

    TOPIC_CONNECTION_OPENED: ClassVar[str] = "connection.opened"
    TOPIC_CONNECTION_CLOSED: ClassVar[str] = "connection.closed"
    TOPIC_AUTH_FAILED: ClassVar[str] = "auth.failed"
    TOPIC_SERVER_RESTART_REQUESTED: ClassVar[str] = "server.restart_requested"

    def __init__(self, connection: EventsAPI) -> None:
        self._connection = connection
        self._callbacks: list[EventCallback] = []
        self._lock = threading.RLock()
        self._wake, self._stopped = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None
        self._socket: WebSocket | None = None
        self._is_connected: bool | None = None
        self._is_refused = self._is_restarting = False
        self._has_to_subscribe = False
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._made_up: set[str] = set()
        self._newest: str | None = None

    # ---- what it is doing

    def is_running(self) -> bool:
        """True while its thread runs."""
        return self._thread is not None and self._thread.is_alive()

    def is_connected(self) -> bool:
        """True while the websocket is open and the server talks."""
        return self._is_connected is True

    def get_connection_state(self) -> bool | None:
        """True or False; None while nothing is known yet."""
        return self._is_connected

    def is_auth_failed(self) -> bool:
        """True when the server refused the token."""
        return self._is_refused

    def is_server_restarting(self) -> bool:
        """True from the server's announcement of a restart until it is back."""
        return self._is_restarting

    def check_server_available(self) -> bool | None:
        """The state of the connection; False when there is none and the server does not answer either."""
        if self._is_connected is None and not self._connection.is_server_available:
            self._set_connected(False)
        return self._is_connected

    # ---- callbacks

    def add_callback(
        self, topic: str, callback: Callable[..., Any], order: int | None = None, *, connect: bool = True
    ) -> EventCallback:
        """Call a function for the events of a topic; see ``EventCallback``.

        Args:
            topic: ``entity.folder.created``, ``entity.*``, ``*``, or one of the hub's own.
            callback: takes the event, or nothing.
            order: the lowest is called first; 100 unless given.
            connect: start the hub.
        """
        made = EventCallback(topic, callback, order)
        self.add_callbacks([made], connect=connect)
        return made

    def add_callbacks(self, callbacks: Iterable[EventCallback], *, connect: bool = True) -> None:
        """The same for callbacks that are made already."""
        with self._lock:
            self._callbacks = sorted([*self._callbacks, *callbacks], key=lambda each: each.order)
        self._has_to_subscribe = True
        self._wake.set()
        if connect:
            self.start()

    def emit_event(self, event: Event) -> None:
        """Call the callbacks of an event."""
        with self._lock:
            self._callbacks = [each for each in self._callbacks if each.is_ref_valid]
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback.process_event(event)

    def _topics(self) -> list[str]:
        """What to subscribe to: the server wants beginnings."""
        with self._lock:
            named = {each.topic.partition("*")[0] or "*" for each in self._callbacks}
        return sorted(named | {self.TOPIC_SERVER_RESTART_REQUESTED})

    # ---- running

    def start(self) -> None:
        """Start the thread; nothing happens when it runs."""
        with self._lock:
            if not self.is_running():
                self._stopped = threading.Event()
                self._thread = threading.Thread(
                    target=self._run, args=(self._stopped,), name="ayon-events", daemon=True
                )
                self._thread.start()

    def stop(self) -> None:
        """Close the websocket and end the thread."""
        with self._lock:
            thread, self._thread = self._thread, None
        self._stopped.set()
        self._wake.set()
        self._drop()
        if thread is not None and thread is not threading.current_thread():
            thread.join(5)

    def reconnect(self) -> None:
        """Close the websocket; it is opened again at once."""
        self._is_refused = False
        self._drop()
        self._wake.set()

    def reauthenticate(self) -> None:
        """Tell the server of another token."""
        self.reconnect()

    def _run(self, stopped: threading.Event) -> None:
        failures = 0
        while not stopped.is_set():
            if not self._connection.access_token:
                self._pause(1.0)
                continue
            error = self._listen(stopped)
            failures = 0 if self.is_connected() else failures + 1
            if stopped.is_set():
                break
            if self._is_connected is not False:
                log.warning("the events of %s are cut off: %s", self._connection.get_base_url(), error)
            self._set_connected(False)
            if failures:
                self._judge_token()
            self._pause(_REFUSED_PAUSE_S if self._is_refused else _PAUSES_S[min(failures, len(_PAUSES_S) - 1)])
        self._drop()

    def _listen(self, stopped: threading.Event) -> Exception | None:
        """Deliver what comes until the connection breaks, and say why it did."""
        from websocket import WebSocketException

        try:
            opened = self._connection.create_websocket("ws")
        except (OSError, WebSocketException, TrackerError) as error:
            return error
        with self._lock:
            self._socket = opened
        opened.settimeout(_SILENCE_S)
        self._has_to_subscribe = True
        try:
            while not stopped.is_set():
                if self._has_to_subscribe:
                    self._subscribe(opened)
                self._take(opened.recv())
        except (OSError, WebSocketException, TrackerError) as error:
            return error
        finally:
            self._drop()
        return None

    def _subscribe(self, socket: WebSocket) -> None:
        self._has_to_subscribe = False
        told = {"topic": "auth", "token": self._connection.access_token, "subscribe": self._topics()}
        socket.send(json.dumps(told))

    def _take(self, message: str | bytes) -> None:
        """One message; anything tells that the server took the token."""
        if not message:
            raise ConnectionResetError("closed by the server")
        if not self.is_connected():
            self._set_connected(True)
            self._catch_up()
        try:
            said = json.loads(message)
        except ValueError:
            log.debug("a message of the websocket is no JSON")
            return
        if isinstance(said, Mapping) and said.get("topic"):
            event = Event.of(said)
            key = f"{event.id} {event.status}"
            if key not in self._made_up:  # what was read a moment ago comes by the websocket too
                self._deliver(event)
            self._made_up.discard(key)

    def _deliver(self, event: Event) -> None:
        """Call its callbacks, and remember how far events are."""
        if event.topic == self.TOPIC_SERVER_RESTART_REQUESTED:
            self._is_restarting = True
        if event.id:
            self._seen[event.id] = None
            if len(self._seen) > _REMEMBERED:
                self._seen.popitem(last=False)
            made = event.get("createdAt")
            self._newest = max(self._newest or "", made) if isinstance(made, str) else self._newest
        self.emit_event(event)

    def _catch_up(self) -> None:
        """Read and deliver what happened since the newest event that was seen."""
        self._made_up = set()
        if self._newest is None:
            return
        try:
            for row in self._connection.get_events(newer_than=self._newest):
                if row["id"] not in self._seen:
                    event = Event.of(row)
                    self._made_up.add(f"{event.id} {event.status}")
                    self._deliver(event)
        except TrackerError as error:
            log.warning("the events since %s cannot be read: %s", self._newest, error)

    def _judge_token(self) -> None:
        """Whether it is the token that the server does not want."""
        with contextlib.suppress(TrackerError):
            if not self._connection.validate_token() and not self._is_refused:
                self._is_refused = True
                self.emit_event(Event(self.TOPIC_AUTH_FAILED))

    def _set_connected(self, connected: bool) -> None:
        if self._is_connected is connected:
            return
        self._is_connected = connected
        if connected:
            self._is_restarting = self._is_refused = False
        self.emit_event(Event(self.TOPIC_CONNECTION_OPENED if connected else self.TOPIC_CONNECTION_CLOSED))

    def _pause(self, seconds: float) -> None:
        self._wake.wait(seconds)
        self._wake.clear()

    def _drop(self) -> None:
        """Close the websocket; a thread that waits for a message wakes up."""
        with self._lock:
            socket, self._socket = self._socket, None
        if socket is not None:
            with contextlib.suppress(Exception):  # it may be half closed in any way
                assert socket.sock is not None
                socket.sock.shutdown(SHUT_RDWR)  # what wakes a thread that reads; closing alone does not
            with contextlib.suppress(Exception):
                socket.shutdown()  # type: ignore[no-untyped-call]


class EventHubAPI(EventsAPI):
    """The hub of a connection."""

    _hub: EventHub | None = None

    def get_event_hub(self) -> EventHub:
        """The connection's hub, made when it is first asked for; it runs from the first callback on, until its ``stop``."""
        if self._hub is None:
            self._hub = EventHub(self)
        return self._hub

    def _token_changed(self) -> None:
        if self._hub is not None:
            self._hub.reauthenticate()


__all__ = ["Event", "EventCallback", "EventHub", "EventHubAPI"]
