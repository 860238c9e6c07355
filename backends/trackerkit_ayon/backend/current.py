"""What the records of a batch are now: asked once for all, where an operation cannot be made without knowing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trackerkit.errors import NotFoundError
from trackerkit.operations import Added, Operation, Removed
from trackerkit.values import Ref
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.backend.tree import nodes_by_id
from trackerkit_ayon.compile.documents import selection
from trackerkit_ayon.mapping.names import base_of
from trackerkit_ayon.mapping.rows import Node, extra_of


class Current:
    """The records that the operations of a batch are about.

    Args:
        server: where they live.
        project: their project.
        operations: the batch; only what has to be known is asked.
    """

    def __init__(self, server: Server, project: str, operations: Sequence[Operation]) -> None:
        self._server, self._project = server, project
        self._nodes: dict[str, Node] = {}
        groups: dict[str, dict[str, set[str]]] = {}
        for operation in operations:
            names = _needed(operation)
            if names is not None and operation.ref is not None:
                groups.setdefault(base_of(operation.type), {}).setdefault(operation.ref.id, set()).update(names)
        for base, wanted in groups.items():
            self._read(base, sorted(wanted), sorted({name for names in wanted.values() for name in names}))

    def _read(self, base: str, ids: Sequence[str], names: Sequence[str]) -> None:
        for node in nodes_by_id(self._server, base, self._project, ids, f"active {selection(base, names)}"):
            self._nodes[node["id"]] = node

    def node(self, ref: Ref) -> Node:
        """A record as it is.

        Raises:
            NotFoundError: there is none.
        """
        found = self._nodes.get(ref.id)
        if found is None:
            raise NotFoundError(f"there is no {ref.type} {ref.id} in {self._project}", backend="ayon")
        return found

    def values(self, operation: Operation) -> dict[str, Any]:
        """The values of an update with its list changes worked out, and its ``data`` such that what it lacks is dropped."""
        assert operation.ref is not None
        made = dict(operation.values)
        for name, value in operation.values.items():
            if isinstance(value, (Added, Removed)):
                made[name] = changed(self._list(operation.ref, name), value)
        if "data" in made:
            before = extra_of(self.node(operation.ref).get("data"))
            made["data"] = {**dict.fromkeys(before), **(made["data"] or {})}
        return made

    def _list(self, ref: Ref, name: str) -> list[Any]:
        rows = self._server.rows(base_of(ref.type), self._project)
        found = rows.getter(rows.kind.fields[name])(self.node(ref))
        return list(found or ())


def _needed(operation: Operation) -> list[str] | None:
    """The fields that have to be known beforehand; None for nothing at all."""
    if operation.kind in ("restore", "delete"):
        return [] if not operation.permanent else None
    if operation.kind == "create":
        return None
    names = [name for name, value in operation.values.items() if isinstance(value, (Added, Removed)) or name == "data"]
    return names or None


def changed(old: Sequence[Any], change: Added | Removed) -> list[Any]:
    """A list with something added or removed."""
    if isinstance(change, Added):
        return [*old, *(item for item in dict.fromkeys(change.values) if item not in old)]
    return [item for item in old if item not in change.values]
