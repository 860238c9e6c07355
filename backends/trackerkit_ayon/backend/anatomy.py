"""Projects, and what each defines for itself: statuses, task types, tags, kinds of folders."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Final

from trackerkit.errors import ConflictError, DomainError, NotFoundError, UnsupportedError, did_you_mean
from trackerkit.model import KINDS
from trackerkit.operations import Operation, Result
from trackerkit.values import Ref
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.backend.small import ANATOMY_KEYS
from trackerkit_ayon.mapping.names import base_of, suggest
from trackerkit_ayon.mapping.rows import Node

KIND_KEY: Final = "folderTypes"
_ICONS: Final = {"Status": "play_arrow", "TaskType": "task_alt"}


class Anatomies:
    """Writes projects and their own definitions."""

    def __init__(self, server: Server) -> None:
        self._server = server

    # ---- kinds of folders

    def check_kind(self, operation: Operation, project: str) -> None:
        """Nothing when a folder's kind is there, or may be made.

        Raises:
            DomainError: lists the project's kinds.
        """
        kind = _kind_asked(operation)
        if kind is None or kind in KINDS or self._server.has_wanted(kind):
            return
        names = [item["name"] for item in self._server.project(project)[KIND_KEY]]
        if kind not in names:
            raise DomainError(
                f"the project {project} has no kind of folder {kind!r}",
                hint=did_you_mean(kind, names) or f"there are {', '.join(names)}",
                path="Folder.kind",
                backend="ayon",
            )

    def add_kinds(self, natives: Sequence[Mapping[str, Any]], project: str) -> None:
        """Make the kinds that a batch of AYON's operations needs and the project lacks."""
        wanted = {
            (native.get("data") or {}).get("folderType") for native in natives if native["entityType"] == "folder"
        }
        there = {item["name"] for item in self._server.project(project)[KIND_KEY]}
        missing = sorted(name for name in wanted if name and name not in there)
        if missing:
            self._change(project, KIND_KEY, lambda items: [*items, *({"name": name} for name in missing)])

    # ---- statuses, task types, tags

    def write(self, operation: Operation, project: str) -> Result:
        """Make, change or delete a Status, TaskType or Tag of a project."""
        key = ANATOMY_KEYS[operation.type]
        rows = self._server.rows(operation.type, project)
        if operation.kind == "create":
            item = rows.payload({name: value for name, value in operation.values.items() if name != "project"})
            return self._add(operation, project, key, item)
        assert operation.ref is not None
        ref = operation.ref.replace(project=project, site=self._server.site, native=rows.kind.native)
        if operation.kind == "update":
            change = rows.payload(operation.values)
            self._change(project, key, lambda items: [_patched(item, change, ref) for item in _having(items, ref)])
            return Result(ref.replace(id=change.get("name", ref.id)), dict(operation.values))
        if operation.kind == "restore":
            return Result(ref, done=False)
        self._change(project, key, lambda items: [item for item in _having(items, ref) if item["name"] != ref.id])
        return Result(ref)

    def _add(self, operation: Operation, project: str, key: str, item: Node) -> Result:
        name = item["name"]
        known = [each for each in self._fresh(project)[key] if each["name"].lower() == name.lower()]
        ref = self._server.context(project).ref(operation.type, name, name)
        if known and known[0]["name"] == name:
            same = all(known[0].get(part) == value for part, value in item.items() if value is not None)
            if same:
                return Result(ref, dict(operation.values), done=False)
        if known:
            raise ConflictError(f"{project} has a {operation.type} {known[0]['name']!r} already", backend="ayon")
        self._change(project, key, lambda items: [*items, {k: v for k, v in item.items() if v is not None}])
        return Result(ref, dict(operation.values))

    def _fresh(self, project: str) -> Node:
        self._server.changed(project)
        return self._server.project(project)

    def _change(self, project: str, key: str, change: Callable[[list[Node]], list[Node]]) -> None:
        """Read a project's list of definitions, change it, and write it back whole: AYON has no finer way."""
        items = change(list(self._fresh(project).get(key) or ()))
        self._server.patch_project(project, {key: items})

    # ---- projects

    def write_project(self, operation: Operation) -> Result:
        """Make, change, retire, restore or delete a project."""
        if operation.kind == "create":
            return self._create(operation)
        assert operation.ref is not None
        name = operation.ref.id
        if operation.kind == "update":
            payload = self._server.rows("Project", name).payload(operation.values)
            if payload.pop("name", name) != name:
                raise UnsupportedError("a project of AYON keeps its name", hint="change its label", backend="ayon")
            self._patch(name, payload)
            return Result(self._ref(name, operation.values.get("label")), dict(operation.values))
        if operation.kind == "delete" and operation.permanent:
            return self._purge(name, operation.recursive)
        wanted = operation.kind == "restore"
        is_done = self._fresh(name)["active"] == wanted
        if not is_done:
            self._patch(name, {"active": wanted})
        return Result(self._ref(name), done=not is_done)

    def _purge(self, name: str, is_recursive: bool) -> Result:
        counts = self._server.client.get("projects", name, "stats")["counts"]
        if any(counts.values()) and not is_recursive:
            raise ConflictError(
                f"the project {name} is not empty", hint="recursive=True deletes all that is in it", backend="ayon"
            )
        self._server.client.send("DELETE", "projects", name, safe=False)
        self._server.changed(name)
        return Result(self._ref(name))

    def _patch(self, name: str, payload: Node) -> None:
        if payload:
            self._server.patch_project(name, payload)

    def _ref(self, name: str, label: str | None = None) -> Ref:
        return Ref("Project", name, name, self._server.site, "project", label or name)

    def _create(self, operation: Operation) -> Result:
        values = dict(operation.values)
        name = values["name"]
        there = self._server.projects("label code data")
        known = next((node for node in there if node["name"].lower() == name.lower()), None)
        if known is not None and (known.get("data") or {}).get(_KEY) == operation.key:
            return Result(self._ref(known["name"], known.get("label")), values, done=False)
        if known is not None:
            raise ConflictError(f"there is a project {known['name']!r} already", backend="ayon")
        payload = self._server.rows("Project", name).payload({k: v for k, v in values.items() if v is not None})
        payload.pop("name")
        first = {
            "name": name,
            "code": payload.pop("code", None) or _code(name, {node["code"].lower() for node in there}),
            "label": payload.pop("label", None),
        }
        first["library"] = payload.pop("library", False)
        self._server.client.post("projects", json={k: v for k, v in first.items() if v is not None}, safe=False)
        payload.setdefault("data", {})[_KEY] = operation.key
        self._patch(name, payload)
        return Result(self._ref(name, first["label"]), values)


def _code(name: str, taken: Collection[str]) -> str:
    """A code for a project that comes without one: AYON wants one that no other project has."""
    code = suggest("Project", name)
    code = code if len(code) > 1 else code + "_"
    made, at = code, 2
    while made.lower() in taken:
        made, at = f"{code}{at}", at + 1
    return made


_KEY: Final = "trackerkit_key"
"""In a project's data: the key of its create, so that a repeat is known for what it is."""


def _kind_asked(operation: Operation) -> str | None:
    """The kind of folder that an operation needs; None for none."""
    if base_of(operation.type) != "Folder":
        return None
    if operation.values.get("kind"):
        return str(operation.values["kind"])
    return operation.type if operation.kind == "create" and operation.type != "Folder" else None


def _having(items: list[Node], ref: Ref) -> list[Node]:
    if all(item["name"] != ref.id for item in items):
        raise NotFoundError(f"there is no {ref.type} {ref.id!r} in {ref.project}", backend="ayon")
    return items


def _patched(item: Node, change: Node, ref: Ref) -> Node:
    """One definition with a change; renamed where its name changes, so that records follow."""
    if item["name"] != ref.id:
        return item
    made = {**item, **{key: "" if value is None and key != "scope" else value for key, value in change.items()}}
    return {**made, "original_name": ref.id} if made["name"] != ref.id else made
