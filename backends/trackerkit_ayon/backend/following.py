"""Events as they are stored, in order."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any, Final

from trackerkit.entities import Page, Plan
from trackerkit.errors import InvalidInputError, NotFoundError
from trackerkit.evaluate import Fetch, answer
from trackerkit.events import Event
from trackerkit.query import Query
from trackerkit.residual import Batch, finish
from trackerkit.values import Ref
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.backend.stored import GIVEN, Stored
from trackerkit_ayon.backend.tree import nodes_by_id
from trackerkit_ayon.compile.arguments import event_arguments
from trackerkit_ayon.compile.documents import LAST_EVENT
from trackerkit_ayon.events.changes import Reading
from trackerkit_ayon.events.cursors import order_of, read_cursor
from trackerkit_ayon.events.facts import facts, folder_ids

_PAGE: Final = 500
_REMEMBERED: Final = 100_000
_MANY: Final = 100


class Following:
    """Reads events.

    Args:
        server: whose events.
        look_up: bulk read of records, for paths.
    """

    def __init__(self, server: Server, look_up: Fetch) -> None:
        self._server, self._look_up = server, look_up
        self._kinds: dict[str, str] = {}
        self._stored = Stored(server)
        self._reading: Reading | None = None

    def read(
        self, after: str | None, limit: int, types: Sequence[str], project: Ref | None, most: int | None = None
    ) -> list[Event]:
        """Events behind a cursor, oldest first, at most ``limit``.

        Args:
            after: the cursor.
            limit: how many to give now.
            types: only events of these.
            project: only events of this one.
            most: how many will be asked for in all, from here on; None for all there are.
        """
        try:
            order, given = read_cursor(after)
        except ValueError:
            raise InvalidInputError(f"{after!r} is no cursor of events", backend="ayon") from None
        wanted = {kind for name in types for kind in self._server.schema().concrete(name)}
        is_narrow = bool(wanted) or project is not None
        found: list[Event] = []
        while len(found) < limit:
            nodes, is_last = self._stored.behind(order, limit >= GIVEN, None if is_narrow else most)
            told = self._facts(nodes, limit - len(found) + given if not is_narrow else None)
            new = (event for event in told if not _was_given(event, order, given))
            found.extend(event for event in new if not is_narrow or _is_asked(event, wanted, project))
            if is_last:
                break
            order, given = nodes[-1]["order"], 0
        return found[:limit]

    def pages_behind(
        self, after: str | None, limit: int | None, types: Sequence[str], project: Ref | None
    ) -> Iterator[list[Event]]:
        """The events behind a cursor, page by page, at most ``limit``; nothing is asked for beyond."""
        rest = limit
        while rest is None or rest > 0:
            page = self.read(after, GIVEN if rest is None else min(GIVEN, rest), types, project, rest)
            if not page:
                return
            yield page
            after = page[-1].cursor
            rest = None if rest is None else rest - len(page)

    def _facts(self, nodes: Sequence[dict[str, Any]], enough: int | None) -> Iterator[Event]:
        """The facts of some events, up to the event that makes them enough."""
        self._learn_kinds(nodes)
        reading = self._known()
        count = 0
        for node in nodes:
            told = facts(node, reading)
            yield from told
            count += len(told)
            if enough is not None and count >= enough:
                return

    def _known(self) -> Reading:
        """What the events are read with: the same while the schema is."""
        schema, zone = self._server.schema(), self._server.zone
        if self._reading is None or self._reading.schema is not schema or self._reading.zone != zone:
            self._reading = Reading(self._server.site, schema, zone, self._kinds)
        return self._reading

    def _learn_kinds(self, nodes: Sequence[dict[str, Any]]) -> None:
        """Ask for the kinds of folders that events are about, once each, and again when one changes its kind."""
        if len(self._kinds) > _REMEMBERED:
            self._kinds.clear()
        for node in nodes:
            if node["topic"] == "entity.folder.type_changed":
                self._kinds.pop(node["summary"].get("entityId"), None)
        for project, ids in folder_ids(nodes).items():
            missing = [id for id in ids if id not in self._kinds]
            if not missing:
                continue
            with suppress(NotFoundError):  # the project is gone, or not for this caller
                if project in self._server.every_name():
                    self._kinds.update(self._kinds_of(project, missing))
            for id in missing:
                self._kinds.setdefault(id, "")

    def _kinds_of(self, project: str, ids: Sequence[str]) -> dict[str, str]:
        """The kinds of some folders: of many, by the list that the server keeps of all."""
        if len(ids) < _MANY:
            return {node["id"]: node["folderType"] for node in nodes_by_id(self._server, "Folder", project, ids)}
        found = self._server.client.get("projects", project, "folders")["folders"]
        return {item["id"]: item["folderType"] for item in found}

    def pages(self, query: Query) -> Iterator[Page]:
        """A query on events: the server selects by project, user and time, and the query is answered here."""
        if query.state == "retired":
            return
        first = query.order[0] if query.order else None
        if first is not None and (first.path.text != "number" or first.descending):
            records = [record for some, _ in self._batches(query.with_(after=None)) for record in some]
            yield Page(Plan.plain(query.columns), answer(query, records, self._look_up))
        else:
            plain = query.with_(order=())  # the order of numbers is that of the events
            yield from finish(plain, query.filter, self._batches(plain), self._look_up)

    def _batches(self, query: Query) -> Iterator[Batch]:
        homes = None if query.projects is None else {ref.id for ref in query.projects}
        narrowed = event_arguments(query)
        if any(value == [] for value in narrowed.values()):
            return
        for events in self._narrowed(query, narrowed) if narrowed else self._every(query):
            cursor = events[-1].cursor
            kept = [event for event in events if homes is None or (event.project and event.project.id in homes)]
            yield [self._record(event) for event in kept], cursor

    def _every(self, query: Query) -> Iterator[list[Event]]:
        cursor = query.after
        while events := self.read(cursor, _PAGE, (), None):
            yield events
            cursor = events[-1].cursor

    def _narrowed(self, query: Query, arguments: dict[str, Any]) -> Iterator[list[Event]]:
        """The events that the server selects; what is missing between their numbers are others."""
        order, given = read_cursor(query.after)
        for nodes in self._stored.narrowed(order, arguments):
            events = [event for event in self._facts(nodes, None) if not _was_given(event, order, given)]
            if events:
                yield events

    def _record(self, event: Event) -> dict[str, Any]:
        project = event.project.id if event.project else None
        ref = Ref("Event", event.key, project, self._server.site, "event", event.kind)
        names = self._server.kind("Event").fields
        made = {name: getattr(event, name, None) for name in names}
        lists = {name: list(made[name] or ()) for name in ("added", "removed")}
        more = {"ref": ref, "id": ref.id, "type": "Event", "created_at": event.at, "created_by": event.actor}
        return {**made, **lists, **more}

    def last(self) -> str | None:
        """The cursor of the newest event."""
        edges = self._server.client.graphql(LAST_EVENT, {})["page"]["edges"]
        return str(order_of(edges[0]["cursor"])) if edges else None


def _was_given(event: Event, order: int, given: int) -> bool:
    """True for a fact that stands before a cursor, of the event that the cursor lies within."""
    return event.number == order + 1 and bool(given) and _place(event) <= given


def _place(event: Event) -> int:
    """The place of a fact among those of its event, from 1; the last one's cursor has none."""
    _, _, place = event.cursor.partition(".")
    return int(place) if place else 2**31


def _is_asked(event: Event, types: set[str], project: Ref | None) -> bool:
    if project is not None and (event.project is None or event.project.id != project.id):
        return False
    return not types or (event.entity is not None and event.entity.type in types)
