"""What one connection knows of its server: projects with their anatomies, attributes, the schema; kept for a while."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import tzinfo
from typing import Any, Final

from trackerkit.clock import SYSTEM, Clock
from trackerkit.errors import NotFoundError
from trackerkit.schema import EntityType, Schema
from trackerkit.values import Ref
from trackerkit_ayon.client import AyonClient
from trackerkit_ayon.compile.documents import ANATOMY, projects_document, selection
from trackerkit_ayon.mapping.codecs import Context
from trackerkit_ayon.mapping.names import base_of
from trackerkit_ayon.mapping.places import places
from trackerkit_ayon.mapping.rows import Node, Rows
from trackerkit_ayon.schema import Anatomy, schema_of

FRESH_S: Final = 60.0
"""How long attributes and the list of projects are believed; what is written through this connection is seen at once."""

_MANY: Final = 20
"""Anatomies that are asked for one by one; more come in one query."""

_PROJECT: Final = f"{selection('Project', places('Project'))} active updatedAt"


class Server:
    """A server as one identity sees it; safe to share between threads.

    Args:
        client: sends the requests.
        site: of the server.
        zone: the time zone of dates.
        clock: tells how old what is known is.
    """

    def __init__(self, client: AyonClient, site: str, zone: tzinfo, clock: Clock = SYSTEM) -> None:
        self.client, self.site, self.zone, self.clock = client, site, zone, clock
        self._lock = threading.RLock()
        self._kinds: set[str] = set()
        self._projects: list[Node] | None = None
        self._anatomies: dict[str, tuple[str, Node]] = {}
        self._attributes: Sequence[Mapping[str, Any]] | None = None
        self._schemas: dict[str | None, Schema] = {}
        self._read_at = float("-inf")
        self._executor: ThreadPoolExecutor | None = None
        self._me: Mapping[str, Any] | None = None

    @property
    def executor(self) -> Executor:
        """Fetches pages ahead."""
        with self._lock:
            if self._executor is None:
                self._executor = ThreadPoolExecutor(4, thread_name_prefix="trackerkit-ayon")
            return self._executor

    def close(self) -> None:
        """Let go of connections and threads."""
        with self._lock:
            executor, self._executor = self._executor, None
        if executor is not None:
            executor.shutdown(wait=False, cancel_futures=True)
        self.client.close()

    # ---- what is known

    def context(self, project: str | None) -> Context:
        """Where the records of a project live."""
        return Context(self.site, project, self.zone)

    def schema(self, project: str | None = None) -> Schema:
        """The schema of the server, or of one project."""
        with self._lock:
            self._refresh()
            if project not in self._schemas:
                chosen = [self.project(project)] if project is not None else self._every_anatomy()
                anatomies = [Anatomy.of(node) for node in chosen]
                self._schemas[project] = schema_of(self._attributes or (), anatomies, sorted(self._kinds))
            return self._schemas[project]

    def kind(self, type_name: str) -> EntityType:
        """A type of the schema."""
        return self.schema().type(type_name)

    def rows(self, type_name: str, project: str | None) -> Rows:
        """Reads and writes the records of a type in a project."""
        return Rows(self.kind(type_name), self.context(project))

    def project_rows(self, type_name: str, project: str) -> Rows:
        """The same by the project's own schema, with its own statuses and types."""
        known = self.schema(project)
        return Rows(known.type(type_name if type_name in known else base_of(type_name)), self.context(project))

    def projects(self) -> list[Node]:
        """Every project that the caller may see, in name order; asked anew. Their anatomies: ``project``."""
        nodes = sorted(self.client.every(projects_document(_PROJECT)), key=lambda node: str(node["name"]))
        with self._lock:
            before = {node["name"]: node["updatedAt"] for node in self._projects or ()}
            self._projects = nodes
            changed = {node["name"] for node in nodes if before.get(node["name"]) != node["updatedAt"]}
            if changed or len(before) != len(nodes):
                for name in (None, *changed):
                    self._schemas.pop(name, None)
        return nodes

    def project(self, name: str) -> Node:
        """One project with its anatomy, as REST gives it; asked anew when it was changed.

        Raises:
            NotFoundError: there is none, or none that the caller may see.
        """
        with self._lock:
            if self._updated(name) is None:
                self.projects()
            updated = self._updated(name)
            if updated is None:
                raise NotFoundError(f"there is no project {name!r} at {self.site}", backend="ayon")
            known = self._anatomies.get(name)
            if known is None or known[0] != updated or "linkTypes" not in known[1]:
                known = self._anatomies[name] = (updated, self.client.get("projects", name))
            return known[1]

    def link_types(self, name: str) -> list[Node]:
        """The link types of a project; asked anew."""
        found = self.client.get("projects", name, "links", "types")["types"]
        return [dict(item) for item in found]

    def patch_project(self, name: str, payload: Node) -> None:
        """Change a project.

        The server writes a project's link types with every change of it, from a copy that does not hear of types made by
        themselves, and drops such a type with all its links. So the true ones go along.
        """
        sent = {"linkTypes": self.link_types(name), **payload}
        self.client.send("PATCH", "projects", name, json=sent, safe=True)
        self.changed(name)

    def changed(self, name: str) -> None:
        """A project was changed through this connection: ask anew for what it is."""
        with self._lock:
            self._anatomies.pop(name, None)
            self._schemas.pop(name, None)
            self._schemas.pop(None, None)
        self.projects()

    def _updated(self, name: str) -> str | None:
        """When a project changed last, as far as is known; None where it is not known at all."""
        return next((str(node["updatedAt"]) for node in self._projects or () if node["name"] == name), None)

    def _every_anatomy(self) -> list[Node]:
        """What every active project defines for itself."""
        active = [node for node in self._projects or () if node["active"]]
        stale = [node for node in active if self._anatomies.get(node["name"], ("",))[0] != node["updatedAt"]]
        if len(stale) > _MANY:
            for node in self.client.every(projects_document(f"name updatedAt {ANATOMY}")):
                self._anatomies[node["name"]] = (node["updatedAt"], node)
        made = []
        for node in active:
            try:
                made.append(self._anatomies[node["name"]][1] if len(stale) > _MANY else self.project(node["name"]))
            except (KeyError, NotFoundError):  # deleted in between
                continue
        return made

    def project_names(self, projects: Sequence[Ref] | None) -> list[str]:
        """The projects to look into, in name order: those given, else every active one that the caller may see."""
        if projects is not None:
            return sorted(dict.fromkeys(ref.id for ref in projects))
        document = projects_document("name active")
        return sorted(node["name"] for node in self.client.every(document) if node["active"])

    def me(self) -> Mapping[str, Any]:
        """The caller's own user, as REST gives it."""
        with self._lock:
            if self._me is None:
                self._me = self.client.get("users", "me")
            return self._me

    # ---- keeping it fresh

    def forget(self) -> None:
        """Believe nothing any more: something was changed."""
        with self._lock:
            self._read_at = float("-inf")

    def add_kind(self, name: str) -> None:
        """A kind of Folder that will be made where it is first used."""
        with self._lock:
            self._kinds.add(name)
            self._schemas.clear()

    def has_wanted(self, kind: str) -> bool:
        """True when a kind may be added to a project that lacks it."""
        return kind in self._kinds

    def _refresh(self) -> None:
        now = self.clock.monotonic()
        if now - self._read_at < FRESH_S:
            return
        attributes = self.client.get("info").get("attributes") or ()
        if attributes != self._attributes:
            self._attributes = attributes
            self._schemas.clear()
        self._read_at = now
        self.projects()
