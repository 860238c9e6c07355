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
"""How long anatomies and attributes are believed; what is written through this connection is seen at once."""

_PROJECT: Final = selection("Project", places("Project"))


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
                nodes = self._projects or []
                chosen = [node for node in nodes if node["active"] if project in (None, node["name"])]
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
        """Every project that the caller may see, in name order, with its anatomy; asked anew."""
        nodes = sorted(self.client.every(projects_document(f"{_PROJECT} active {ANATOMY}")), key=lambda node: node["name"])
        with self._lock:
            changed = nodes != self._projects
            self._projects = nodes
            if changed:
                self._schemas.clear()
        return nodes

    def project(self, name: str) -> Node:
        """One project, as it was known last; asked anew when it is not.

        Raises:
            NotFoundError: there is none, or none that the caller may see.
        """
        with self._lock:
            known = self._known(name)
        if known is None:
            self.projects()
            known = self._known(name)
        if known is None:
            raise NotFoundError(f"there is no project {name!r} at {self.site}", backend="ayon")
        return known

    def _known(self, name: str) -> Node | None:
        return next((node for node in self._projects or () if node["name"] == name), None)

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
        self.projects()
        self._read_at = now
