"""Events of a program's own: AYON's dispatched events, their topic being the name.

The key of the create is the event's hash, which AYON takes once: what was sent twice is there once.
https://docs.ayon.dev/docs/server_event_system
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from trackerkit.errors import ConflictError, DomainError, UnsupportedError
from trackerkit.operations import Operation, Result
from trackerkit.values import Ref
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.compile.documents import EVENTS_OF_TOPIC
from trackerkit_ayon.events.facts import MARK

_TOPIC: Final = re.compile(r"[a-zA-Z][a-zA-Z0-9_.*]{2,64}")
_PAGE: Final = 500


class Logged:
    """Writes events.

    Args:
        server: whose.
    """

    def __init__(self, server: Server) -> None:
        self._server = server

    def write(self, operation: Operation, project: str | None) -> Result:
        """Dispatch an event.

        Raises:
            DomainError: the name is no topic, or the data no object.
            UnsupportedError: another is to be named as who did it: AYON writes who sent it.
        """
        values, topic = operation.values, operation.values.get("name")
        if not isinstance(topic, str) or not _TOPIC.fullmatch(topic):
            raise DomainError(
                f"{topic!r} is no topic of AYON's: 3 to 65 of a-z, A-Z, 0-9, '_', '.' and '*', the first a letter",
                hint=_suggestion(topic), path="Event.name", backend="ayon",
            )  # fmt: skip
        data = values.get("data")
        if not isinstance(data, (Mapping, type(None))):
            raise DomainError("an event's data is a JSON object", path="Event.data", backend="ayon")
        if values.get("actor") is not None:
            raise UnsupportedError(
                "AYON writes who sent an event, and nobody else",
                hint="leave actor out; a service acts as a user with acting_as",
                backend="ayon",
            )
        entity = values.get("entity")
        summary = {MARK: _told(entity) if entity is not None else {}}
        sent: dict[str, Any] = {
            "topic": topic, "sender": values.get("origin"), "hash": operation.key, "project": project,
            "description": values.get("description") or "", "summary": summary,
            "payload": dict(data or {}), "finished": True, "store": True, "reuse": False,
        }  # fmt: skip
        done = True
        try:
            id = self._server.client.post("events", json=_without_nulls(sent), safe=True)["id"]
        except ConflictError:
            known = self._known(topic, str(operation.key))
            if known is None:
                raise
            id, done = known, False
        ref = Ref("Event", id, project, self._server.site, "event", "other")
        return Result(ref, {**values, "kind": "other"}, done=done)

    def _known(self, topic: str, hash: str) -> str | None:
        """The event of a topic that has this hash."""
        before = None
        while True:
            variables = {"topics": [topic], "last": _PAGE, "before": before}
            page = self._server.client.graphql(EVENTS_OF_TOPIC, variables)["page"]
            for edge in page["edges"]:
                if edge["node"]["hash"] == hash:
                    return str(edge["node"]["id"])
            if len(page["edges"]) < _PAGE:
                return None
            before = page["edges"][0]["cursor"]


def _told(entity: Ref) -> dict[str, Any]:
    """A record as the event's summary names it: AYON's own keys, and what a Ref has besides."""
    return _without_nulls(
        {
            "entityId": entity.id,
            "type": entity.type,
            "native": entity.native,
            "project": entity.project,
            "label": entity.label,
        }
    )


def _without_nulls(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _suggestion(name: Any) -> str:
    made = re.sub(r"[^a-zA-Z0-9_.*]+", "_", str(name or "")).lstrip("_0123456789.*")[:65]
    return f"for example {made if _TOPIC.fullmatch(made) else 'studio.ingest_done'!r}"
