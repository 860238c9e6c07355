"""What the records of a batch are now: asked once for all, where an operation cannot be made without knowing it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from trackerkit.errors import ConflictError, NotFoundError
from trackerkit.operations import Added, Operation, Removed
from trackerkit.values import Ref
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.backend.tree import nodes_by_id
from trackerkit_ayon.compile.documents import selection
from trackerkit_ayon.compile.natives import condition
from trackerkit_ayon.compile.reads import filter_text
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


HANGING: Final = {
    "Folder": (("Folder", "parentId"), ("Task", "folderId"), ("Product", "folderId")),
    "Product": (("Version", "productId"),),
    "Version": (("File", "versionId"),),
    "Task": (("Workfile", "taskIds"),),
}  # fmt: skip
"""What hangs on a record of a type, and the key that leads to it."""


def check_hanging(server: Server, project: str, operations: Sequence[Operation]) -> None:
    """Nothing when what is to be deleted for good holds nothing but what the batch deletes too.

    Raises:
        ConflictError: others hang on a record, and ``recursive`` is not set.
    """
    gone = {op.ref.id for op in operations if op.kind == "delete" and op.permanent and op.ref is not None}
    for operation in operations:
        if operation.ref is None or operation.ref.id not in gone or operation.recursive or operation.kind != "delete":
            continue
        for type_name, key in HANGING.get(base_of(operation.type), ()):
            found = [
                id for id in _hanging(server, project, type_name, key, operation.ref.id, len(gone)) if id not in gone
            ]
            if found:
                raise ConflictError(
                    f"on {operation.ref} hangs the {type_name} {found[0]}",
                    hint="recursive=True deletes what hangs on it too", backend="ayon",
                )  # fmt: skip


def _hanging(server: Server, project: str, type_name: str, key: str, id: str, more: int) -> list[str]:
    if key == "taskIds":
        arguments: dict[str, Any] = {key: [id]}
    else:
        arguments = {"filter": filter_text(condition(key, "eq", id))}
    page = server.client.page(type_name, project, "id", arguments, more + 1, None)
    return [node["id"] for node in page.rows]


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
