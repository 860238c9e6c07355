"""The events that clients send, and what clients change of the tracker's own: documents that every process shares.

A process keeps what it has read in a ``Book`` and reads only what is new: each event has a number, each change of an event is
one line of a log whose lines are kept for an hour. A process that was idle for longer reads everything anew.
"""

from __future__ import annotations

import uuid
from bisect import bisect_right
from collections.abc import Mapping
from threading import RLock
from typing import Any, Final

from trackerkit.clock import SYSTEM
from trackerkit.state import State
from trackerkit_ayon.gateway.faults import Fault

Told = dict[str, Any]
"""An event as AYON tells it."""

_LOG_S: Final = 3600.0
_CLAIM_S: Final = 30.0
_KEPT: Final = ("sender", "senderType", "project", "user", "status", "description", "summary", "payload", "retries")
STATUSES: Final = ("pending", "in_progress", "finished", "failed", "aborted", "restarted")


class Book:
    """What a process has read of the events of one site; shared by its requests."""

    def __init__(self) -> None:
        self.lock = RLock()
        self.forget()

    def forget(self) -> None:
        """Begin anew."""
        self.rows: list[dict[str, Any]] = []
        self.orders: list[int] = []
        self.numbers: dict[str, int] = {}
        self.hashes: dict[str, int] = {}
        self.children: dict[str, list[int]] = {}
        self.over: dict[str, dict[str, Any]] = {}
        self.changes = -1
        self.marks: dict[str, int] = {}

    def add(self, row: dict[str, Any]) -> None:
        """The next event that a client sent."""
        self.rows.append(row)
        at = len(self.rows)
        self.orders.append(int(row["anchor"]) + at)
        self.index(at)

    def index(self, at: int) -> None:
        """Find an event by its id, its hash and what it depends on."""
        event = self.rows[at - 1]["event"]
        if event is None:
            return
        self.numbers[event["id"]] = at
        self.hashes[event["hash"]] = at
        if event.get("dependsOn"):
            mine = self.children.setdefault(event["dependsOn"], [])
            if at not in mine:
                mine.append(at)

    def take_out(self, at: int) -> None:
        """An event is deleted, or is about to be another; its place stays."""
        event = self.rows[at - 1]["event"]
        if event is not None:
            self.numbers.pop(event["id"], None)
            self.hashes.pop(event["hash"], None)
            if at in self.children.get(event.get("dependsOn") or "", ()):
                self.children[event["dependsOn"]].remove(at)


class Sent:
    """The events that clients sent to a site, up to date.

    Args:
        state: of the gateway.
        space: of the site's events.
        book: what this process has read of them.
    """

    def __init__(self, state: State, space: str, book: Book) -> None:
        self.state = state
        self.space = space
        self.book = book
        with book.lock:
            self._refresh()

    # ---- reading

    def _refresh(self) -> None:
        book = self.book
        if book.changes < 0:
            self._read_all()
        while (row := self.state.get_document(self.space, _key(len(book.rows) + 1))) is not None:
            book.add(row)
        last = self._last_line()
        while (line := self.line(book.changes + 1)) is not None:
            book.changes += 1
            if line.get("id"):
                self._reread(line["id"])
        if book.changes < last:  # the lines between are kept no longer
            self._read_all()

    def _read_all(self) -> None:
        self.book.forget()
        self.book.changes = self._last_line()
        for row in self.state.list_documents(self.space, "event ").values():
            self.book.add(row)
        over = self.state.list_documents(self.space, "over ")
        self.book.over = {key.partition(" ")[2]: value for key, value in over.items()}

    def _last_line(self) -> int:
        """The number of the log's last line, or of one shortly before it: several processes write there."""
        return int(self.state.get_document(self.space, "changes") or 0)

    def _reread(self, id: str) -> None:
        book = self.book
        at = book.numbers.get(id) or self.state.get_document(self.space, f"id {id}")
        if at is None:
            book.over[id] = self.state.get_document(self.space, f"over {id}") or {}
        elif at <= len(book.rows):
            book.take_out(at)
            book.rows[at - 1] = self.state.get_document(self.space, _key(at)) or {**book.rows[at - 1], "event": None}
            book.index(at)
        book.marks.clear()

    def line(self, number: int) -> dict[str, Any] | None:
        """A line of the log of changes; None when it is kept no longer."""
        found: dict[str, Any] | None = self.state.get_document(self.space, f"change {number:012d}")
        return found

    @property
    def count(self) -> int:
        """How many events were sent, deleted ones too."""
        return len(self.book.rows)

    @property
    def changes(self) -> int:
        """The number of the log's last line."""
        return self.book.changes

    def done_before(self, order: int) -> int:
        """How many of them stand in front of a number, or at it."""
        return bisect_right(self.book.orders, order)

    def behind(self, done: int, limit: int) -> list[Told]:
        """At most so many of them behind the first ones."""
        made: list[Told] = []
        for at in range(done, len(self.book.rows)):
            if len(made) == limit:
                break
            event = self.at(at + 1)
            if event is not None:
                made.append(event)
        return made

    def at(self, number: int) -> Told | None:
        """The event of a number; None for a deleted one."""
        event = self.book.rows[number - 1]["event"]
        return None if event is None else {**event, "order": self.book.orders[number - 1], "data": {}}

    def get(self, id: str) -> Told | None:
        """An event by its id."""
        at = self.book.numbers.get(id)
        return None if at is None else self.at(at)

    def children(self, id: str, topic: str) -> Told | None:
        """The event of a topic that depends on another one; the oldest of several."""
        for at in sorted(self.book.children.get(id, ())):
            found = self.at(at)
            if found is not None and found["topic"] == topic:
                return found
        return None

    def changed(self, event: Told) -> Told | None:
        """An event of the tracker with what clients changed of it; None when they deleted it."""
        over = self.book.over.get(event["id"])
        if not over:
            return event
        return None if over.get("gone") else {**event, **over}

    # ---- writing

    def add(self, event: Told, anchor: int, is_reusable: bool = False) -> str:
        """Keep an event; its id. ``anchor`` is the number of the tracker's last event.

        The hash is claimed first, so that of several processes one keeps the event; a claim without an event ends by itself.

        Raises:
            Fault: 409, there is an event of this hash.
        """
        mark = f"hash {event['hash']}"[:200]
        with self.book.lock:
            if not self.state.add_document(self.space, mark, event["id"], _CLAIM_S):
                self._refresh()
                return self._reused(self.book.hashes.get(event["hash"]), event, is_reusable)
            while True:
                self._refresh()
                rows = self.book.rows
                row = {"anchor": max(anchor, rows[-1]["anchor"] if rows else 0), "event": event}
                at = len(rows) + 1
                if self.state.add_document(self.space, _key(at), row):
                    break
            self.state.put_document(self.space, f"id {event['id']}", at)
            self.state.put_document(self.space, mark, event["id"])
            self._refresh()
            return str(event["id"])

    def _reused(self, at: int | None, event: Told, is_reusable: bool) -> str:
        known = None if at is None else self.at(at)
        if not is_reusable or known is None or at is None:
            raise Fault(409, "Event with the same hash already exists", "conflict")
        if self.book.children.get(known["id"]):
            raise Fault(409, "Unable to reuse the event. Another event depends on it", "conflict")
        self.state.delete_document(self.space, f"id {known['id']}")
        self.state.put_document(self.space, f"id {event['id']}", at)
        self._rewrite(at, {**event, "createdAt": known["createdAt"]}, event["id"])
        return str(event["id"])

    def change(self, event: Told, body: Mapping[str, Any]) -> None:
        """Change an event, be it the tracker's: of that one, what is changed is kept here."""
        changes = {key: body[key] for key in _KEPT if body.get(key) is not None}
        changes["updatedAt"] = SYSTEM.now().isoformat()
        with self.book.lock:
            at = self.book.numbers.get(event["id"])
            if at is None:
                over = {**self.book.over.get(event["id"], {}), **changes}
                self.state.put_document(self.space, f"over {event['id']}", over)
                self._log({"id": event["id"], **_progress(body)})
            else:
                known = {**self.book.rows[at - 1]["event"], **changes}
                self._rewrite(at, known, event["id"], **_progress(body))

    def delete(self, event: Told) -> None:
        """Delete an event; its place among the others stays empty."""
        with self.book.lock:
            at = self.book.numbers.get(event["id"])
            if at is None:
                self.state.put_document(self.space, f"over {event['id']}", {"gone": True})
                self._log({"id": event["id"], "gone": True})
            else:
                self.state.delete_document(self.space, f"hash {event['hash']}"[:200])
                self._rewrite(at, None, event["id"], gone=True)

    def _rewrite(self, at: int, event: Told | None, id: str, **more: Any) -> None:
        row = {"anchor": self.book.rows[at - 1]["anchor"], "event": event and {**event}}
        self.state.put_document(self.space, _key(at), row)
        self._log({"id": id, **more})

    def flash(self, event: Told) -> None:
        """Tell those who listen now of an event that is not kept."""
        with self.book.lock:
            self._log({"flash": event})

    def _log(self, line: Mapping[str, Any]) -> None:
        at = max(self._last_line(), self.book.changes) + 1
        while not self.state.add_document(self.space, f"change {at:012d}", dict(line), _LOG_S):
            at += 1
        self.state.put_document(self.space, "changes", at)
        self._refresh()


def _progress(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"progress": body["progress"]} if body.get("progress") is not None else {}


def _key(at: int) -> str:
    return f"event {at:012d}"


def new_event(body: Mapping[str, Any], user: str) -> Told:
    """An event as it is kept.

    Args:
        body: as AYON's model has it.
        user: who sends it.
    """
    id, now = uuid.uuid1().hex, SYSTEM.now().isoformat()
    return {
        "id": id, "hash": body.get("hash") or id, "topic": body["topic"], "sender": body.get("sender"),
        "senderType": body.get("senderType") or "api", "project": body.get("project"), "user": user,
        "dependsOn": body.get("dependsOn"), "status": "finished" if body.get("finished", True) else "pending",
        "retries": 0, "description": body.get("description") or "", "summary": body.get("summary") or {},
        "payload": body.get("payload") or {}, "createdAt": now, "updatedAt": now,
    }  # fmt: skip
