"""Activities, written: what a client says of a comment → a note, a reply, or a file that hangs on a record."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any, Final

from trackerkit import operations as ops
from trackerkit.filters import Condition
from trackerkit.operations import Added, Operation
from trackerkit.values import Ref
from trackerkit_ayon.gateway.attributes import DATA_FIELD
from trackerkit_ayon.gateway.columns import HELD
from trackerkit_ayon.gateway.faults import Fault, dashed, not_found, taken
from trackerkit_ayon.gateway.feed import HELD_REACTIONS, HELD_TAGS, Feed
from trackerkit_ayon.gateway.homes import Home
from trackerkit_ayon.gateway.site import Site
from trackerkit_ayon.mapping.codecs import Context
from trackerkit_ayon.mapping.names import NEUTRAL
from trackerkit_ayon.mapping.notes import FILENAMES_KEY, ORIGINS, values_of_comment
from trackerkit_ayon.mapping.places import KEPT
from trackerkit_ayon.mapping.rows import Node

_BASES: Final = ("Note", "Reply", "Reviewable", "Attachment")
_FOREIGN: Final = ("origin", "author", "files", "parents", "reactions")
"""Keys of an activity's data that are made anew whenever it is read."""


class Remarks:
    """Writes the activities of one project.

    Args:
        home: the project.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.site = home.site
        self.feed = Feed(home)

    # ---- making

    def create(self, native: str, entity: str, body: Mapping[str, Any]) -> str:
        """Make a comment on an entity; its id.

        Raises:
            Fault: there is no such entity, or it is no comment.
        """
        if native not in ORIGINS:
            raise Fault(400, f"An activity cannot be made on a {native}", "bad-request")
        if body["activityType"] != "comment":
            raise Fault(400, "Humans can only create comments/guest reviews", "bad-request")
        origin = self._entity(native, entity)
        id = body.get("id") or uuid.uuid1().hex
        self._refuse_taken(id)
        context = self.home.context
        at = Ref(origin.type, entity, self.home.name, None, native, origin.label)
        kind, values = values_of_comment(context, body, at)
        names = (body.get("data") or {}).get(FILENAMES_KEY) or {}
        operations = self._named(names, values.get("attachments") or ())
        if kind == "Attachment":
            return self._carry(origin, values, operations)
        made = {**self._resolved(values), **self._author(), **self._held(kind, body, {})}
        operations.append(ops.create(kind, made, key=id, project=self.home.ref))
        self.site.tracker.write(operations)
        return id

    def _entity(self, native: str, id: str) -> Ref:
        found = self.feed.nodes.by_ids(NEUTRAL[native], [id], ("id", "name", "label")).get(id)
        if found is None:
            raise not_found(id)
        ref: Ref = found["ref"]
        return ref

    def _refuse_taken(self, id: str) -> None:
        for base in ("Note", "Reply"):
            condition = self.feed.nodes.has_id(base, [id])
            if self.site.tracker.count(base, condition, state="all", archived=True):
                raise taken("activitie", "id", dashed(id))

    def _carry(self, origin: Ref, values: Mapping[str, Any], operations: list[Operation]) -> str:
        """A comment that does nothing but hold files: they belong to the record itself."""
        refs: Sequence[Ref] = values.get("attachments") or ()
        if not refs:
            raise Fault(400, "The comment holds no file", "bad-request")
        links = [ops.update(self._known("Attachment", ref.id), {"links": [origin]}) for ref in refs]
        self.site.tracker.write([*operations, *links])
        return refs[0].id

    def _named(self, names: Mapping[str, str], refs: Sequence[Ref]) -> list[Operation]:
        """Files whose true names no header could carry."""
        wanted = [ref for ref in refs if names.get(ref.id)]
        return [ops.update(self._known("Attachment", ref.id), {"filename": names[ref.id]}) for ref in wanted]

    def _known(self, base: str, id: str) -> Ref:
        found = self._refs(base, [id]).get(id)
        if found is None:
            raise Fault(404, f"{'File' if base == 'Attachment' else base} {id} not found", "not-found")
        return found

    def _refs(self, base: str, ids: Sequence[str]) -> dict[str, Ref]:
        """The records of these ids, as far as there are any."""
        if base == "User":
            return self.site.users_of_names(ids)
        if base == "Group":
            found = self.site.tracker.find("Group", Condition("name", "in", tuple(ids)), fields=["name"])
            return {item["name"]: item.ref for item in found}
        condition = self.feed.nodes.has_id(base, ids)
        rows = list(self.site.tracker.find(base, condition, fields=["id"], state="all", archived=True))
        hexes = self.site.hexes(item.ref for item in rows)
        return {hexes[item.ref]: item.ref for item in rows}

    def _resolved(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values with the tracker's own Refs; what there is not is left out."""
        groups: dict[str, dict[str, None]] = {}
        for value in values.values():
            for ref in value if isinstance(value, list) else [value]:
                if isinstance(ref, Ref) and ref.type != "Project":
                    groups.setdefault(_base(ref), {})[ref.id] = None
        known = {base: self._refs(base, list(ids)) for base, ids in groups.items()}

        def one(ref: Any) -> Any:
            if not isinstance(ref, Ref):
                return ref
            return self.home.ref if ref.type == "Project" else known[_base(ref)].get(ref.id)

        made: dict[str, Any] = {}
        for name, value in values.items():
            if isinstance(value, list):
                made[name] = [found for item in value if (found := one(item)) is not None]
            elif not isinstance(value, Ref) or one(value) is not None:
                made[name] = one(value)
        return made

    def _author(self) -> dict[str, Any]:
        found = self.site.users_of_names([self.site.login]).get(self.site.login)
        return {"author": found} if found is not None else {}

    def _held(self, base: str, body: Mapping[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
        """What has no neutral field: tags, and data that is neither ours nor the server's."""
        data = body.get("data") or {}
        made = dict(before)
        for key, value in data.items():
            if key in _FOREIGN or key.startswith((KEPT, HELD)):
                continue
            made[key] = value
        if body.get("tags") is not None:
            made[HELD_TAGS] = list(body["tags"])
        made = {key: value for key, value in made.items() if value not in (None, [])}
        if made == dict(before):
            return {}
        if not self.site.ensure_data(base):
            raise Fault(501, "the tracker behind keeps no data of this kind", "not-implemented")
        return {DATA_FIELD: made or None}

    # ---- changing

    def find(self, id: str) -> tuple[str, Ref, Node]:
        """An activity: its neutral type, its record, and how it shows.

        Raises:
            Fault: 404.
        """
        node = self.feed.get(id)
        if node is None:
            raise Fault(404, "Activity not found", "not-found")
        ref: Ref = node["ref"]
        return ref.type, ref, node

    def update(self, id: str, body: Mapping[str, Any]) -> None:
        """Change a comment.

        Raises:
            Fault: 404.
        """
        kind, ref, node = self.find(id)
        if kind not in ("Note", "Reply"):
            self._update_file(kind, ref, body)
            return
        data = {key: value for key, value in node["activityData"].items() if key.startswith(KEPT)}
        payload = {"body": node["body"], "data": {**data, **(body.get("data") or {})}}
        if body.get("body") is not None:
            payload["body"] = body["body"]
        origin = self._origin(node)
        context: Context = self.home.context
        _, values = values_of_comment(context, payload, origin)
        made = self._changed(kind, values, payload, body)
        before = self.site.tracker.get(ref, fields=[DATA_FIELD])[DATA_FIELD] if self._has_data(kind) else None
        made.update(self._held(kind, body, before or {}))
        names = (body.get("data") or {}).get(FILENAMES_KEY) or {}
        given = [context.ref("Attachment", file) for file in body.get("files") or ()]
        self.site.tracker.write([*self._named(names, given), ops.update(ref, made)])

    def _changed(
        self, kind: str, values: Mapping[str, Any], payload: Mapping[str, Any], body: Mapping[str, Any]
    ) -> dict[str, Any]:
        made = self._resolved({name: value for name, value in values.items() if name not in ("note", "attachments")})
        if body.get("files") is not None:
            refs = tuple(self._known("Attachment", file) for file in body["files"])
            made["attachments"] = Added(refs) if body.get("appendFiles") else list(refs)
        if kind == "Note":
            for name in ("subject", "status", "kind"):
                if KEPT + name in (body.get("data") or {}):
                    made[name] = payload["data"].get(KEPT + name)
        return made

    def _has_data(self, base: str) -> bool:
        return self.site.has_field(base, DATA_FIELD)

    def _origin(self, node: Node) -> Ref | None:
        found = node["activityData"].get("origin")
        if not found:
            return None
        kind = found.get("subtype") if found["type"] == "folder" else None
        return Ref(kind or NEUTRAL[found["type"]], found["id"], self.home.name, None, found["type"], found.get("name"))

    def _update_file(self, kind: str, ref: Ref, body: Mapping[str, Any]) -> None:
        """A file that hangs on a record: taken off when its comment lists it no more."""
        if kind == "Attachment" and body.get("files") is not None and not body["files"]:
            self.site.tracker.delete(ref, permanent=True)

    def delete(self, id: str) -> None:
        """Delete an activity, with what answers it.

        Raises:
            Fault: 404.
        """
        _, ref, _ = self.find(id)
        self.site.tracker.delete(ref, permanent=True, recursive=True)

    # ---- reactions

    def react(self, id: str, reaction: str, at: str, is_on: bool) -> None:
        """Put the caller's reaction on a comment, or take it off."""
        kind, ref, _ = self.find(id)
        if not self.site.ensure_data(kind):
            raise Fault(501, "the tracker behind keeps no reactions", "not-implemented")
        held = dict(self.site.tracker.get(ref, fields=[DATA_FIELD])[DATA_FIELD] or {})
        name = self.site.login
        others = [
            item for item in held.get(HELD_REACTIONS) or () if (item["userName"], item["reaction"]) != (name, reaction)
        ]
        mine = [{"userName": name, "fullName": name, "reaction": reaction, "timestamp": at}] if is_on else []
        held[HELD_REACTIONS] = [*others, *mine]
        self.site.tracker.write([ops.update(ref, {DATA_FIELD: held})])


def _base(ref: Ref) -> str:
    from trackerkit_ayon.mapping.names import base_of

    return base_of(ref.type)


# ---- the inbox


def inbox_marks(site: Site) -> dict[str, str]:
    """What the caller said of comments that mention it: ``read`` or ``inactive``, by the comments' ids."""
    return dict(site.state.get_document(site.users_space, f"inbox {site.login}"[:200]) or {})


def mark_inbox(site: Site, ids: Sequence[str], status: str) -> None:
    """Keep what the caller says of comments that mention it; ``unread`` takes it back."""
    marks = inbox_marks(site)
    for id in ids:
        marks.pop(id, None)
        if status != "unread":
            marks[id] = status
    site.state.put_document(site.users_space, f"inbox {site.login}"[:200], marks)
