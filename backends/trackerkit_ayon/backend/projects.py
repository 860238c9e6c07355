"""What one connection knows of the projects of its server: which there are, and what each defines for itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from trackerkit.clock import Clock
from trackerkit.errors import NotFoundError, ProtocolError
from trackerkit_ayon.client import AyonClient
from trackerkit_ayon.compile.documents import anatomies_document, projects_document
from trackerkit_ayon.mapping.rows import Node
from trackerkit_ayon.schema import Anatomy

LISTED_S: Final = 1.0
"""How long the list of projects is believed by a query that names none; what is written through this connection is
seen at once."""

CHUNK: Final = 50
"""Projects whose definitions are asked for in one request."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One project of the list.

    Args:
        is_active: False for an archived one.
        updated: when it changed last, as the server writes it; empty when it changed since.
        label: what people call it.
    """

    is_active: bool
    updated: str
    label: str | None = None


class Projects:
    """The projects that the caller may see; not safe between threads by itself.

    Args:
        client: sends the requests.
        site: for errors.
        clock: tells how old the list is.
    """

    def __init__(self, client: AyonClient, site: str, clock: Clock) -> None:
        self._client, self._site, self._clock = client, site, clock
        self._listed: dict[str, Listed] = {}
        self._listed_at = float("-inf")
        self._nodes: dict[str, tuple[str, Node]] = {}
        self._anatomies: dict[str, tuple[str, Anatomy]] = {}

    # ---- which there are

    def listed(self, age_s: float = 0.0) -> Mapping[str, Listed]:
        """The projects by name, in name order; asked anew when the list is older than that."""
        if self._clock.monotonic() - self._listed_at > age_s:
            asked_at = self._clock.monotonic()
            nodes = self._client.every(projects_document("name label active updatedAt"))
            made = {
                str(node["name"]): Listed(bool(node["active"]), str(node["updatedAt"]), node["label"]) for node in nodes
            }
            self._listed, self._listed_at = dict(sorted(made.items())), asked_at
        return self._listed

    def label(self, name: str | None) -> str | None:
        """What people call a project, as it was listed last; None where that is not known."""
        known = self._listed.get(name) if name is not None else None
        return known.label if known is not None else None

    def changed(self, name: str) -> None:
        """A project was made or changed through this connection: what is known of it is no longer so."""
        self._nodes.pop(name, None)
        self._anatomies.pop(name, None)
        self._listed_at = float("-inf")
        if name in self._listed:
            self._listed[name] = replace(self._listed[name], updated="")

    def records(self, selected: str, name: str | None = None) -> list[Node]:
        """Projects with what a selection names, in name order; asked anew.

        Args:
            selected: of each node.
            name: of the only one that is wanted; others whose name the server takes for the same are left out.
        """
        variables = {} if name is None else {"name": name}
        nodes = self._client.every(projects_document(f"name {selected}", by_name=name is not None), variables)
        return sorted((node for node in nodes if name in (None, node["name"])), key=lambda node: str(node["name"]))

    # ---- what one defines

    def node(self, name: str) -> Node:
        """One project with its definitions, as REST gives it; asked anew when it was changed.

        Raises:
            NotFoundError: there is none, or none that the caller may see.
        """
        listed = self._listed.get(name) or self.listed().get(name)
        if listed is None:
            raise NotFoundError(f"there is no project {name!r} at {self._site}", backend="ayon")
        known = self._nodes.get(name)
        if known is None or not listed.updated or known[0] != listed.updated:
            known = self._nodes[name] = self._fetched(name, listed)
        return known[1]

    def _fetched(self, name: str, listed: Listed) -> tuple[str, Node]:
        try:
            found: Node = self._client.get("projects", name)
        except NotFoundError:
            self._listed.pop(name, None)
            raise
        updated = listed.updated or str(found["updatedAt"])
        self._listed[name] = replace(listed, updated=updated)
        self._anatomies[name] = (updated, Anatomy.of(found))
        return updated, found

    def anatomies(self) -> list[Anatomy]:
        """What every active project defines; only those that changed are asked for."""
        active = {name: item for name, item in self._listed.items() if item.is_active}
        stale = [name for name, item in active.items() if not self._is_known(name, item)]
        for start in range(0, len(stale), CHUNK):
            for name, anatomy in self._read(stale[start : start + CHUNK]):
                self._anatomies[name] = (active[name].updated, anatomy)
        for name in self._anatomies.keys() - self._listed.keys():
            del self._anatomies[name]
        return [self._anatomies[name][1] for name in active if name in self._anatomies]

    def _is_known(self, name: str, listed: Listed) -> bool:
        known = self._anatomies.get(name)
        return known is not None and bool(listed.updated) and known[0] == listed.updated

    def _read(self, names: Sequence[str]) -> Iterator[tuple[str, Anatomy]]:
        """The definitions of some projects: in one request, or each by itself where one of them is gone meanwhile."""
        variables = {f"n{at}": name for at, name in enumerate(names)}
        try:
            found = self._client.graphql(anatomies_document(len(names)), variables)
        except (NotFoundError, ProtocolError):
            found = {}
        for at, name in enumerate(names):
            node = found.get(f"p{at}")
            if node is None or node["name"] != name:  # the server takes _ in a name for any character
                node = self._alone(name)
            if node is not None:
                yield name, Anatomy.of(node)

    def _alone(self, name: str) -> Node | None:
        try:
            found: Node = self._client.get("projects", name)
        except NotFoundError:
            return None
        return found
