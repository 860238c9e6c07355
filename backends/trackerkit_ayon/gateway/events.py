"""Events by REST: sent, read, changed, asked for with a filter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.routing import Route

from trackerkit_ayon.gateway.conditions import read, tester
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.gate import Ask, Gate, api
from trackerkit_ayon.gateway.history import History, Told

_STATUSES: Final = ("pending", "in_progress", "finished", "failed", "aborted", "restarted")
_SHOWN: Final = (
    "id", "hash", "topic", "sender", "senderType", "project", "user", "dependsOn", "status", "retries", "description", "summary",
    "payload", "createdAt", "updatedAt",
)  # fmt: skip
_SNAKE: Final = {
    "senderType": "sender_type", "dependsOn": "depends_on", "createdAt": "created_at", "updatedAt": "updated_at",
}  # fmt: skip
_MOST: Final = 10_000


def routes(gate: Gate) -> list[Route]:
    """The routes of events."""
    return [
        api(gate, "POST", "/api/events", post_event),
        api(gate, "GET", "/api/events/{event_id}", get_event),
        api(gate, "PATCH", "/api/events/{event_id}", patch_event, status=204),
        api(gate, "POST", "/api/query", query_events),
    ]


def post_event(ask: Ask) -> Any:
    """Send an event."""
    body = ask.model("event")
    sender = body.get("sender") or ask.request.headers.get("x-sender")
    return {"id": History(ask.site).send({**body, "sender": sender}, ask.site.login)}


def get_event(ask: Ask) -> Any:
    """One event."""
    found = History(ask.site).get(ask.id("event_id"))
    if found is None:
        raise Fault(404, "Event not found", "not-found")
    return {key: found.get(key) for key in _SHOWN}


def patch_event(ask: Ask) -> None:
    """Change an event that a client sent; the tracker's own history stays as it is."""
    body = ask.model("event_change", partial=True)
    if body.get("status") is not None and body["status"] not in _STATUSES:
        raise Fault(400, f"{body['status']} is no status of an event", "bad-request")
    history, id = History(ask.site), ask.id("event_id")
    if not history.change(id, body):
        if history.get(id) is not None:
            raise Fault(403, "Not allowed to update this event", "forbidden")
        raise Fault(404, "Event not found", "not-found")


def query_events(ask: Ask) -> Any:
    """Events that a filter finds, the newest first."""
    body = ask.body if isinstance(ask.body, Mapping) else {}
    if body.get("entity", "event") != "event":
        raise Fault(400, "Only events can be asked for", "bad-request")
    limit = body.get("limit", 100)
    if not isinstance(limit, int) or isinstance(limit, bool) or not 0 < limit <= _MOST:
        raise Fault(400, f"limit is a whole number from 1 to {_MOST}", "bad-request")
    node = read(body["filter"]) if body.get("filter") else None
    check = tester(node) if node is not None else None
    holds = (lambda event: check(event)) if check is not None else (lambda event: True)
    return [_snake(event) for event in History(ask.site).before(None, limit, holds)]


def _snake(event: Told) -> dict[str, Any]:
    return {_SNAKE.get(key, key): event[key] for key in _SHOWN if event.get(key) is not None}
