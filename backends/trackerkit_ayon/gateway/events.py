"""Events by REST: sent, read, changed, deleted, asked for with a filter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from starlette.routing import Route

from trackerkit_ayon.gateway.conditions import read, tester
from trackerkit_ayon.gateway.faults import Fault, InvalidFault
from trackerkit_ayon.gateway.gate import Ask, Gate, api
from trackerkit_ayon.gateway.history import History
from trackerkit_ayon.gateway.sent import STATUSES, Told

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
        api(gate, "DELETE", "/api/events/{event_id}", delete_event, status=204, body=False),
        api(gate, "POST", "/api/eventops", operate),
        api(gate, "POST", "/api/query", query_events),
    ]


def post_event(ask: Ask) -> Any:
    """Send an event."""
    ask.site.rights.need_manager("Not allowed to update this event")
    body = _senders(ask, ask.model("event"))
    _check_progress(body)
    return {"id": History(ask.site).send(body, ask.site.login)}


def _senders(ask: Ask, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with the sender that the headers name, unless it names one itself."""
    headers = ask.request.headers
    sender, kind = body.get("sender") or headers.get("x-sender"), body.get("senderType") or headers.get("x-sender-type")
    return {**body, "sender": sender, "senderType": kind}


def _check_progress(body: Mapping[str, Any]) -> None:
    progress = body.get("progress")
    if progress is None or 0 <= progress <= 100:
        return
    word, kind, limit = ("less", "le", 100) if progress > 100 else ("greater", "ge", 0)
    raise InvalidFault([{
        "loc": ["body", "progress"], "msg": f"ensure this value is {word} than or equal to {limit}",
        "type": f"value_error.number.not_{kind}", "ctx": {"limit_value": limit},
    }])  # fmt: skip


def get_event(ask: Ask) -> Any:
    """One event."""
    found = History(ask.site).get(ask.id("event_id"))
    if found is None:
        raise Fault(404, "Event not found", "not-found")
    return {key: found.get(key) for key in _SHOWN}


def patch_event(ask: Ask) -> None:
    """Change an event; of the tracker's own history the change is kept here, and the tracker's stays as it is."""
    body = _senders(ask, ask.model("event_change", partial=True))
    _check_progress(body)
    if body.get("status") is not None and body["status"] not in STATUSES:
        raise Fault(400, f"{body['status']} is no status of an event", "bad-request")
    history, event = _found(ask)
    _check_allowed(ask, event, body)
    body["project"] = body.get("projectName") or body.get("project")
    history.sent.change(event, body)


def _found(ask: Ask) -> tuple[History, Told]:
    history = History(ask.site)
    event = history.get(ask.id("event_id"))
    if event is None:
        raise Fault(404, "Event not found", "not-found")
    return history, event


def _check_allowed(ask: Ask, event: Told, body: Mapping[str, Any]) -> None:
    rights = ask.site.rights
    status = body.get("status")
    if status and status != event["status"] and not rights.is_service and event.get("dependsOn") is None:
        raise Fault(403, "Not allowed to update status of this event", "forbidden")
    if rights.is_manager:
        return
    if event.get("user") != rights.name:
        raise Fault(403, "Not allowed to update this event", "forbidden")
    if body.get("user") and body["user"] != rights.name:
        raise Fault(403, "Not allowed to change user of this event", "forbidden")


def delete_event(ask: Ask) -> None:
    """Delete an event from what is told; the tracker's own history stays as it is."""
    ask.site.rights.need_admin("Not allowed to delete events")
    history, id = History(ask.site), ask.id("event_id")
    event = history.get(id)
    if event is not None:
        history.sent.delete(event)


def operate(ask: Ask) -> None:
    """Delete the events that a filter finds; AYON has no other operation either."""
    ask.site.rights.need_admin("Only admins can perform event operations")
    body = ask.model("event_operation")
    if body["type"] not in ("delete", "restart", "abort"):
        raise Fault(400, f"{body['type']} is no operation on events", "bad-request")
    if body["type"] != "delete":
        raise Fault(501, "Not implemented", "not-implemented")
    history, node = History(ask.site), read(body["filter"])
    check = tester(node) if node is not None else lambda event: True
    for event in history.before(None, history.last, check):
        history.sent.delete(event)


def query_events(ask: Ask) -> Any:
    """Events that a filter finds, the newest first; everybody's, so for admins alone."""
    ask.site.rights.need_admin("Only admins can use this endpoint")
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
