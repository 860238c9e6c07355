"""AYON's link table: fields that live in it, and the link types that they need."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Final

from trackerkit.errors import DomainError, TrackerError
from trackerkit.operations import Added, Operation, Removed
from trackerkit.values import Ref
from trackerkit_ayon.backend.collected import Collector
from trackerkit_ayon.backend.reading import Reading
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.compile.writes import link_changes
from trackerkit_ayon.mapping.names import base_of, native_of
from trackerkit_ayon.mapping.places import Place, places

LIKED: Final = ("breakdown|folder|folder", "depends_on|task|task", "depends_on|representation|representation")
"""The link types that neutral fields live in."""


class Linking:
    """Writes what lives in the link table."""

    def __init__(self, server: Server, reading: Reading) -> None:
        self._server, self._reading = server, reading

    def apply(self, project: str, operations: Sequence[Operation], done: Collection[str]) -> None:
        """Write the links of operations whose records have just been written."""
        for operation in operations:
            for name, value in link_changes(operation).items():
                is_known = operation.kind == "create" and operation.key in done
                id = operation.key if operation.kind == "create" else operation.ref.id if operation.ref else None
                if id is not None and not is_known:
                    self.write(project, operation.type, str(id), name, value)

    def write(self, project: str, type_name: str, id: str, name: str, value: Any) -> None:
        """Make the links of one field those of ``value``: a list, or something to add or remove."""
        place = places(type_name)[name]
        there = self._there(project, place, id)
        if isinstance(value, (Added, Removed)):
            refs = {ref.id: ref for ref in value.values}
            missing = [ref for ref in refs.values() if ref.id not in there] if isinstance(value, Added) else []
            gone = [link for other, link in there.items() if other in refs] if isinstance(value, Removed) else []
        else:
            refs = {ref.id: ref for ref in value or ()}
            missing = [ref for ref in refs.values() if ref.id not in there]
            gone = [link for other, link in there.items() if other not in refs]
        for link in gone:
            self._server.client.send("DELETE", "projects", project, "links", link, ok=(404,))
        if missing:
            self._make(project, type_name, id, place, missing)

    def _there(self, project: str, place: Place, id: str) -> dict[str, str]:
        """The ids of the links that there are, by the id of the other end."""
        mine, other = ("output", "input") if place.home == "link_in" else ("input", "output")
        collector = Collector(self._server, self._reading.read, "Folder", project)
        return {node[f"{other}Id"]: node["id"] for node in collector.links(place.key, f"{mine}Ids", [id])}

    def _make(self, project: str, type_name: str, id: str, place: Place, refs: Sequence[Ref]) -> None:
        native = native_of(type_name).name
        full = f"{place.key}|{native}|{native}"
        if any(base_of(ref.type) != base_of(type_name) for ref in refs):
            raise DomainError(f"a {place.key} link of AYON joins records of one type only", backend="ayon")
        self.ensure_type(project, full)
        pairs = [(ref.id, id) if place.home == "link_in" else (id, ref.id) for ref in refs]
        links = [{"input": source, "output": target, "linkType": full} for source, target in pairs]
        self._server.client.post("projects", project, "links", "bulk", json={"links": links}, safe=False)

    def ensure_type(self, project: str, full: str) -> bool:
        """Make a link type unless it is there; True when it was made."""
        known = self._server.link_types(project)
        if any(item["name"] == full for item in known):
            return False
        kind, source, target = full.split("|")
        made = {"name": full, "linkType": kind, "inputType": source, "outputType": target, "data": {}}
        try:
            self._server.patch_project(project, {"linkTypes": [*known, made]})
        except TrackerError as error:
            error.hint = f"ask a manager for the link type {full!r} (or for `trackerkit doctor --prepare`)"
            raise
        return True
