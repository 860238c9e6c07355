"""What one connection knows of its server: projects with their anatomies, attributes, the schema; kept for a while."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import tzinfo
from typing import Any, Final

from trackerkit.clock import SYSTEM, Clock
from trackerkit.schema import EntityType, Schema
from trackerkit.values import Ref
from trackerkit_ayon.backend.projects import LISTED_S, Projects
from trackerkit_ayon.client import AyonClient
from trackerkit_ayon.mapping.codecs import Context
from trackerkit_ayon.mapping.names import base_of
from trackerkit_ayon.mapping.rows import Node, Rows
from trackerkit_ayon.schema import Anatomy, names_of, schema_of

FRESH_S: Final = 60.0
"""How long attributes and definitions of projects are believed; what is written through this connection is seen at once."""


class Server:
    """A server as one identity sees it; safe to share between threads.

    Args:
        client: sends the requests.
        site: of the server.
        zone: the time zone of dates.
        clock: tells how old what is known is.

    Attributes:
        paged_only: projects whose list of all folders is too long or cannot be put in order.
    """

    def __init__(self, client: AyonClient, site: str, zone: tzinfo, clock: Clock = SYSTEM) -> None:
        self.client, self.site, self.zone, self.clock = client, site, zone, clock
        self._lock = threading.RLock()
        self._kinds: set[str] = set()
        self._projects = Projects(client, site, clock)
        self._attributes: Sequence[Mapping[str, Any]] = ()
        self._read_at = float("-inf")
        self._whole: tuple[object, Schema] | None = None
        self._schemas: dict[str, tuple[Node, Schema]] = {}
        self.paged_only: set[str] = set()
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

    def context(self, project: str | None, every: bool = False) -> Context:
        """Where the records of a project live; with ``every``, links lead to retired ones too."""
        return Context(self.site, project, self.zone, every, self._projects.label(project))

    def schema(self, project: str | None = None) -> Schema:
        """The schema of the server, or of one project."""
        with self._lock:
            self._refresh()
            return self._whole_schema() if project is None else self._project_schema(project)

    def _whole_schema(self) -> Schema:
        """What any active project defines; made anew only when that says something new."""
        self._projects.listed(FRESH_S)
        anatomies = self._projects.anatomies()
        known = (id(self._attributes), frozenset(self._kinds), names_of(anatomies))
        if self._whole is None or self._whole[0] != known:
            self._whole = (known, schema_of(self._attributes, anatomies, sorted(self._kinds)))
        return self._whole[1]

    def _project_schema(self, project: str) -> Schema:
        node = self._projects.node(project)
        if project not in self._schemas or self._schemas[project][0] is not node:
            made = schema_of(self._attributes, [Anatomy.of(node)], sorted(self._kinds))
            self._schemas[project] = (node, made)
        return self._schemas[project][1]

    def kind(self, type_name: str) -> EntityType:
        """A type of the schema."""
        return self.schema().type(type_name)

    def rows(self, type_name: str, project: str | None, every: bool = False) -> Rows:
        """Reads and writes the records of a type in a project."""
        return Rows(self.kind(type_name), self.context(project, every))

    def project_rows(self, type_name: str, project: str) -> Rows:
        """The same by the project's own schema, with its own statuses and types."""
        known = self.schema(project)
        return Rows(known.type(type_name if type_name in known else base_of(type_name)), self.context(project))

    def projects(self, selected: str, name: str | None = None) -> list[Node]:
        """Every project that the caller may see, or the one of a name, in name order; asked anew.

        Args:
            selected: what is asked of each.
            name: of the only one that is wanted.
        """
        return self._projects.records(selected, name)

    def project(self, name: str) -> Node:
        """One project with its anatomy, as REST gives it; asked anew when it was changed.

        Raises:
            NotFoundError: there is none, or none that the caller may see.
        """
        with self._lock:
            return self._projects.node(name)

    def relist(self) -> None:
        """Ask anew which projects there are, and which of them changed."""
        with self._lock:
            self._projects.listed()

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
            self._projects.changed(name)

    def project_names(self, projects: Sequence[Ref] | None, archived: bool = False) -> list[str]:
        """The projects to look into, in name order: those given, else every one that the caller may see.

        Args:
            projects: those given.
            archived: among all, also those that are not active.
        """
        if projects is not None:
            return sorted(dict.fromkeys(ref.id for ref in projects))
        with self._lock:
            listed = self._projects.listed(LISTED_S)
            return [name for name, item in listed.items() if item.is_active or archived]

    def every_name(self) -> Collection[str]:
        """The projects that the caller may see, archived ones too, as they were a moment ago."""
        with self._lock:
            return self._projects.listed(LISTED_S).keys()

    def is_there(self, project: str) -> bool:
        """True when there is such a project for the caller now."""
        with self._lock:
            return project in self._projects.listed()

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
        self._projects.listed()
        self._read_at = now
