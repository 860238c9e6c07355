"""The websocket: a client says who it is and what it wants to hear, and is told of events as they come.

What is new is read from the tracker's history and from the events that clients send, so that it does not matter which process
of the gateway, or what else, wrote it. Nothing is told twice; what happened while a client was away is asked for by REST.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final

from starlette.routing import BaseRoute, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from trackerkit.errors import AuthenticationError, TrackerError, UnavailableError
from trackerkit.gateway.sessions import Caller
from trackerkit.jsontext import encoded
from trackerkit.secrets import get_logger
from trackerkit.web.body import parse_json
from trackerkit.web.pool import run_sync
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.gate import Gate
from trackerkit_ayon.gateway.history import History
from trackerkit_ayon.gateway.homes import may_read
from trackerkit_ayon.gateway.sent import Told
from trackerkit_ayon.gateway.site import Site

ALWAYS: Final = ("server.started", "server.restart_requested", "heartbeat")
"""What is told to everyone."""

_GREETING_S: Final = 3.0
_HEARTBEAT_S: Final = 5.0
_POLL_S: Final = 0.2
_SEND_S: Final = 30.0
_MESSAGE_BYTES: Final = 64 * 1024
_TOPICS: Final = 200
_PAGE: Final = 500
_MOST: Final = 256
_SHOWN: Final = (
    "id", "topic", "project", "user", "dependsOn", "description", "summary", "status", "sender", "senderType", "createdAt",
    "updatedAt",
)  # fmt: skip
_log = get_logger("trackerkit.gateway.ayon")


def routes(gate: Gate) -> list[BaseRoute]:
    """The route of the websocket."""
    open_now: set[int] = set()

    async def endpoint(socket: WebSocket) -> None:
        if len(open_now) >= _MOST:
            await socket.close(1013)
            return
        open_now.add(id(socket))
        try:
            await Listener(gate, socket).run()
        finally:
            open_now.discard(id(socket))

    return [WebSocketRoute("/ws", endpoint)]


@dataclass(frozen=True)
class Wish:
    """What a client wants to hear.

    Args:
        token: that it showed.
        caller: who it is.
        topics: the beginnings of the topics; ``*`` for all.
        project: whose events, besides those of no project; None for all.
    """

    token: str
    caller: Caller
    topics: Sequence[str]
    project: str | None

    def takes(self, message: Mapping[str, Any]) -> bool:
        """Whether the client wants a message."""
        project = message.get("project")
        if self.project and project and project != self.project:
            return False
        topic = str(message["topic"])
        return "*" in self.topics or any(topic.startswith(part) for part in (*self.topics, *ALWAYS))


@dataclass
class Place:
    """How far a client was told: the number of the last event, and of the last change of one."""

    order: int
    change: int


class Listener:
    """One connection.

    Args:
        gate: what all routes share.
        socket: the connection.
    """

    def __init__(self, gate: Gate, socket: WebSocket) -> None:
        self.gate = gate
        self.socket = socket
        self.wish: Wish | None = None
        self.place = Place(0, 0)
        self.woken = asyncio.Event()

    async def run(self) -> None:
        """Until one of the two sides ends it."""
        await self.socket.accept()
        self.gate.listeners.add(self.woken)
        try:
            await self._both()
        finally:
            self.gate.listeners.discard(self.woken)

    async def _both(self) -> None:
        reader = asyncio.create_task(self._read())
        teller = asyncio.create_task(self._tell())
        done, pending = await asyncio.wait({reader, teller}, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        await asyncio.gather(*pending, return_exceptions=True)
        for task in done:
            error = task.exception()
            if error is not None and not isinstance(error, (WebSocketDisconnect, RuntimeError, asyncio.TimeoutError)):
                _log.warning("a websocket failed: %r", error)
        if self.socket.client_state is WebSocketState.CONNECTED:
            with suppress(RuntimeError, WebSocketDisconnect):
                await self.socket.close(1000)

    # ---- hearing the client

    async def _read(self) -> None:
        while True:
            message = await self.socket.receive()
            if message["type"] == "websocket.disconnect":
                return
            said = _parsed(message.get("text"))
            if said is not None and said.get("topic") == "auth":
                await self._greet(said)

    async def _greet(self, said: Mapping[str, Any]) -> None:
        """Who the client is; one that is not known is told nothing, as AYON does."""
        token, topics, project = said.get("token"), said.get("subscribe"), said.get("project")
        if not isinstance(token, str) or not isinstance(topics, list):
            return
        chosen = [str(item)[:_TOPICS] for item in topics[:_TOPICS]]
        with suppress(AuthenticationError, Fault, UnavailableError):
            caller, place = await run_sync(self._known, token)
            self.place = place if self.wish is None else self.place
            self.wish = Wish(token, caller, chosen, project if isinstance(project, str) else None)

    def _known(self, token: str) -> tuple[Caller, Place]:
        source = self.socket.client.host if self.socket.client else ""
        caller = self.gate.caller_of(token, source)
        with self.gate.site(caller) as site:
            history = History(site)
            return caller, Place(history.last, history.sent.changes)

    # ---- telling it

    async def _tell(self) -> None:
        begun = beaten = time.monotonic()
        while self.wish is not None or time.monotonic() - begun < _GREETING_S:
            with suppress(asyncio.TimeoutError):
                await asyncio.wait_for(self.woken.wait(), _POLL_S)
            self.woken.clear()
            if self.wish is None:
                continue
            try:
                await self._tell_news(self.wish)
                if time.monotonic() - beaten >= _HEARTBEAT_S:
                    await run_sync(self._known, self.wish.token)
                    await self._send({"topic": "heartbeat"})
                    beaten = time.monotonic()
            except (AuthenticationError, Fault):
                return  # logged out meanwhile
            except TrackerError as error:
                _log.warning("news could not be read for a websocket: %s", error)

    async def _tell_news(self, wish: Wish) -> None:
        found = await run_sync(self._news, wish)
        for message in found:
            if wish.takes(message):
                await self._send(message)

    async def _send(self, message: Mapping[str, Any]) -> None:
        text = encoded(message).decode()
        await asyncio.wait_for(self.socket.send_text(text), _SEND_S)

    def _news(self, wish: Wish) -> list[dict[str, Any]]:
        with self.gate.site(wish.caller) as site:
            history = History(site)
            messages = [_message(event) for event in self._new_events(history)]
            messages += self._changes(history)
            return [message for message in messages if _may_hear(site, message)]

    def _new_events(self, history: History) -> list[Told]:
        found = history.after(self.place.order, _PAGE)
        if found:
            self.place.order = found[-1]["order"]
        return found

    def _changes(self, history: History) -> list[dict[str, Any]]:
        made = []
        for number in range(self.place.change + 1, history.sent.changes + 1):
            line = history.sent.line(number) or {}
            if line.get("flash"):
                made.append(_message(line["flash"], is_stored=False))
            elif line.get("id") and not line.get("gone"):
                event = history.get(line["id"])
                made += [] if event is None else [_message({**event, "progress": line.get("progress")})]
        self.place.change = history.sent.changes
        return made


def _parsed(text: Any) -> dict[str, Any] | None:
    """A message of a client; None for what is none."""
    if not isinstance(text, str) or len(text) > _MESSAGE_BYTES:
        return None
    try:
        found = parse_json(text.encode())
    except (TrackerError, UnicodeError):
        return None
    return found if isinstance(found, dict) else None


def _message(event: Told, *, is_stored: bool = True) -> dict[str, Any]:
    """An event as a websocket tells it: without its payload."""
    progress = event.get("progress")
    if progress is None:
        progress = 100.0 if event.get("status") == "finished" else 0.0
    return {**{key: event.get(key) for key in _SHOWN}, "progress": progress, "store": is_stored}


def _may_hear(site: Site, message: Mapping[str, Any]) -> bool:
    project = message.get("project")
    return site.rights.is_manager or not project or may_read(site, project)
