"""Playlists (AYON's entity lists) and links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from trackerkit.errors import ConflictError, DomainError, NotFoundError
from trackerkit.operations import Added, Operation, Removed, Result
from trackerkit.values import Ref
from trackerkit_ayon.backend.collected import Collector
from trackerkit_ayon.backend.current import changed
from trackerkit_ayon.backend.linking import Linking
from trackerkit_ayon.backend.reading import Reading
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.backend.tree import nodes_by_id
from trackerkit_ayon.compile.documents import selection
from trackerkit_ayon.mapping.names import base_of, native_of
from trackerkit_ayon.mapping.places import places
from trackerkit_ayon.mapping.rows import Node, extra_of


class Lists:
    """Writes entity lists and links."""

    def __init__(self, server: Server, reading: Reading) -> None:
        self._server, self._reading = server, reading
        self._linking = Linking(server, reading)

    # ---- playlists

    def write_playlist(self, operation: Operation, project: str | None) -> Result:
        """Make, change, retire, restore or delete a list."""
        assert project is not None
        if operation.kind == "create":
            return self._create(operation, project)
        assert operation.ref is not None
        node = self._node(project, operation.ref)
        ref = self._server.context(project).ref("Playlist", operation.ref.id, node["label"])
        if operation.kind == "update":
            return self._update(operation, project, node, ref)
        if operation.kind == "delete" and operation.permanent:
            self._server.client.send("DELETE", "projects", project, "lists", ref.id, safe=False)
            return Result(ref)
        wanted = operation.kind == "restore"
        is_done = bool(node["active"]) == wanted
        if not is_done:
            self._patch(project, ref.id, {"active": wanted})
        return Result(ref, done=not is_done)

    def _node(self, project: str, ref: Ref) -> Node:
        selected = f"active {selection('Playlist', places('Playlist'))}"
        found = next(self._server.client.nodes("Playlist", project, selected, {"ids": [ref.id]}), None)
        if found is None:
            raise NotFoundError(f"there is no Playlist {ref.id} in {project}", backend="ayon")
        return found

    def _create(self, operation: Operation, project: str) -> Result:
        values = {name: value for name, value in operation.values.items() if name != "project"}
        items = values.get("items") or []
        native = _entity_type(items) or "version"
        ref = self._server.context(project).ref("Playlist", str(operation.key), values["name"])
        if any(nodes_by_id(self._server, "Playlist", project, [ref.id])):
            return Result(ref, values, done=False)  # the server would write over it
        payload = self._server.rows("Playlist", project).payload({k: v for k, v in values.items() if v is not None})
        payload.update(
            id=ref.id, entityType=native, entityListType="generic", items=[{"entityId": r.id} for r in items]
        )
        client = self._server.client
        self._named(values["name"], project, lambda: client.post("projects", project, "lists", json=payload, safe=True))
        return Result(ref, values)

    def _update(self, operation: Operation, project: str, node: Node, ref: Ref) -> Result:
        values = dict(operation.values)
        items = values.pop("items", None)
        if "data" in values:
            values["data"] = {**dict.fromkeys(extra_of(node.get("data"))), **(values["data"] or {})}
        payload = self._server.rows("Playlist", project).payload(values)
        if items is not None:
            values["items"] = self._write_items(project, node, items)
        if payload:
            self._named(payload.get("label", ""), project, lambda: self._patch(project, ref.id, payload))
        return Result(ref.replace(label=payload.get("label", ref.label)), values)

    def _patch(self, project: str, id: str, payload: Node) -> None:
        self._server.client.send("PATCH", "projects", project, "lists", id, json=payload, safe=True)

    @staticmethod
    def _named(name: str, project: str, call: Any) -> None:
        """A call that may meet a name which is taken."""
        try:
            call()
        except ConflictError as error:
            error.message = f"the project {project} has a list {name!r} already"
            raise

    def _write_items(self, project: str, node: Node, items: Any) -> list[Ref]:
        """Make the items of a list those given, in their order; those that stay keep what stands on them."""
        collector = Collector(self._server, self._reading.read, "Playlist", project)
        edges = collector.item_edges([node["id"]]).get(node["id"], [])
        there = {edge["entityId"]: edge["id"] for edge in edges}
        if isinstance(items, (Added, Removed)):
            context = self._server.context(project)
            refs = [context.ref("Version", id, native=node["entityType"]) for id in there]
            items = changed(refs, type(items)(tuple(_named_native(ref) for ref in items.values)))
        native = _entity_type(items)
        if native not in (None, node["entityType"]):
            raise DomainError(
                f"the list {node['label']!r} holds records of type {node['entityType']}, not {native}",
                path="Playlist.items", backend="ayon",
            )  # fmt: skip
        self._send_items(project, node["id"], there, [ref.id for ref in items])
        return list(items)

    def _send_items(self, project: str, id: str, there: dict[str, str], wanted: Sequence[str]) -> None:
        path = ("projects", project, "lists", id, "items")
        gone = [{"id": item} for entity, item in there.items() if entity not in set(wanted)]
        if gone:
            self._server.client.send("PATCH", *path, json={"mode": "delete", "items": gone}, safe=False)
        kept = [{"id": there[entity], "position": at} if entity in there else {"entityId": entity, "position": at}
                for at, entity in enumerate(wanted)]  # fmt: skip
        if kept and list(there) != list(wanted):
            self._server.client.send("PATCH", *path, json={"mode": "merge", "items": kept}, safe=False)

    # ---- links

    def write_link(self, operation: Operation, project: str | None) -> Result:
        """Make or delete a link."""
        assert project is not None
        if operation.kind == "create":
            return self._create_link(operation, project)
        assert operation.ref is not None
        ref = self._server.context(project).ref("Link", operation.ref.id, operation.ref.label)
        if operation.kind == "delete":
            self._server.client.send("DELETE", "projects", project, "links", ref.id, safe=False)
            return Result(ref)
        return Result(ref, dict(operation.values), done=False)

    def _create_link(self, operation: Operation, project: str) -> Result:
        values = {name: value for name, value in operation.values.items() if name != "project"}
        source, target, kind = values["source"], values["target"], str(values["kind"]).partition("|")[0]
        full = f"{kind}|{native_of(source.type).name}|{native_of(target.type).name}"
        self._linking.ensure_type(project, full)
        ref = self._server.context(project).ref("Link", str(operation.key), kind)
        sent = {"id": ref.id, "input": source.id, "output": target.id, "linkType": full, "name": values.get("name"),
                "data": values.get("data") or {}}  # fmt: skip
        payload = {name: value for name, value in sent.items() if value is not None}
        try:
            self._server.client.post("projects", project, "links", json=payload, safe=True)
        except ConflictError:
            arguments = {"ids": [ref.id]}
            if not any(self._server.client.nodes("Link", project, selection("Link", ()), arguments)):
                raise
            return Result(ref, values, done=False)
        return Result(ref, values)


def _named_native(ref: Ref) -> Ref:
    return ref if ref.native else ref.replace(native=native_of(ref.type).name)


def _entity_type(items: Sequence[Ref]) -> str | None:
    """AYON's name of the type of some records.

    Raises:
        DomainError: they are of several types.
    """
    names = {native_of(base_of(ref.type)).name if ref.native is None else ref.native for ref in items}
    if len(names) > 1:
        raise DomainError(
            f"a list of AYON holds records of one type, not of {', '.join(sorted(names))}",
            path="Playlist.items", backend="ayon",
        )  # fmt: skip
    return next(iter(names), None)
