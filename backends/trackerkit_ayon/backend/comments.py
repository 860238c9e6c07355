"""Notes, replies, reviewables and attachments: AYON's activities and their files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from trackerkit.errors import (
    ConflictError,
    DomainError,
    NotFoundError,
    OutcomeUnknown,
    PermissionDeniedError,
    TrackerError,
    UnsupportedError,
)
from trackerkit.operations import Added, Operation, Removed, Result
from trackerkit.retry import is_outcome_unknown
from trackerkit.values import Ref
from trackerkit_ayon.backend.current import changed
from trackerkit_ayon.backend.people import People
from trackerkit_ayon.backend.reading import Reading
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.compile.documents import selection
from trackerkit_ayon.mapping.notes import (
    BODY_LIMIT,
    ORIGINS,
    choose_origin,
    files_of_activity,
    kind_of_activity,
    note_payload,
    origin_of,
    reply_payload,
)
from trackerkit_ayon.mapping.rows import Node

_WHOLE: Final = ("subject", "body", "links", "tasks", "addressees", "cc", "status", "kind", "tags")


class Comments:
    """Writes activities."""

    def __init__(self, server: Server, reading: Reading, people: People) -> None:
        self._server, self._reading, self._people = server, reading, people
        self._users: set[str] = set()

    # ---- notes and replies

    def write(self, operation: Operation, project: str | None) -> Result:
        """Make, change or delete a Note or a Reply."""
        assert project is not None
        if operation.kind == "create":
            return self._create(operation, project)
        assert operation.ref is not None
        ref = self._server.context(project).ref(operation.type, operation.ref.id, operation.ref.label)
        if operation.kind == "update":
            return self._update(operation, project, ref)
        if operation.kind == "restore":
            return Result(ref, done=False)
        return self._delete(operation, project, ref)

    def _create(self, operation: Operation, project: str) -> Result:
        values = {name: value for name, value in operation.values.items() if name != "project"}
        ref = self._server.context(project).ref(operation.type, str(operation.key), values.get("subject"))
        origin = self._origin(operation, project, values)
        payload = note_payload(values, origin) if operation.type == "Note" else reply_payload(values)
        self._check_body(payload["body"])
        sent = {**payload, "activityType": "comment", "id": operation.key}
        headers = self._as_author(values.get("author"))
        native = origin.native or "folder"
        path = ("projects", project, native, origin.id, "activities")
        try:
            self._server.client.post(*path, json=sent, safe=False, headers=headers)
        except TrackerError as error:
            return self._perhaps_there(error, operation, project, Result(ref, values, done=False))
        return Result(ref, values)

    def _perhaps_there(self, error: TrackerError, operation: Operation, project: str, there: Result) -> Result:
        """After a failure: the comment may have been made before, or by the very request that failed."""
        is_unknown = is_outcome_unknown(error)
        if isinstance(error, ConflictError) or is_unknown:
            found = next(self.nodes(project, [str(operation.key)]), None)
            if found is not None:
                return Result(there.ref, there.values, done=is_unknown)
        if is_unknown:
            raise OutcomeUnknown(
                f"nobody knows whether the comment was made: {error.message}",
                hint="repeat it with the same key", request=[operation], backend="ayon",
            ) from error  # fmt: skip
        raise error

    def _origin(self, operation: Operation, project: str, values: Mapping[str, Any]) -> Ref:
        """What the comment will hang on."""
        if operation.type == "Reply":
            note = self.node(project, values["note"])
            origin = origin_of(self._server.context(project), note)
        else:
            origin = choose_origin(values)
        if origin is None:
            raise DomainError(
                "AYON keeps a note on a folder, task, product, version, representation or workfile, and none is linked",
                hint="give links=[…]",
                path=f"{operation.type}.links",
                backend="ayon",
            )
        return self._completed(origin)

    @staticmethod
    def _completed(ref: Ref) -> Ref:
        from trackerkit_ayon.mapping.names import native_of

        return ref if ref.native in ORIGINS else ref.replace(native=native_of(ref.type).name)

    @staticmethod
    def _check_body(body: str) -> None:
        if len(body) > BODY_LIMIT:
            raise DomainError(
                f"the comment has {len(body)} characters with its mentions, AYON keeps {BODY_LIMIT}",
                path="Note.body", backend="ayon",
            )  # fmt: skip

    def _as_author(self, author: Ref | None) -> dict[str, str]:
        """The header that lets a service write as someone else; the author has to be there."""
        me = self._server.me()
        if author is None or author.id == me["name"]:
            return {}
        given = self._server.client.credentials.acting_as
        is_service = bool(given) or bool((me.get("data") or {}).get("isService"))
        if not is_service:
            raise PermissionDeniedError(
                f"{me['name']} cannot write a comment as {author.id}",
                hint="only a service's key can",
                backend="ayon",
                sent="no",
            )
        if author.id not in self._users:
            if self._people.known(author.id) is None:
                raise NotFoundError(f"there is no user {author.id!r}", backend="ayon")
            self._users.add(author.id)
        return {"X-As-User": author.id}

    def _update(self, operation: Operation, project: str, ref: Ref) -> Result:
        node = self.node(project, ref)
        self._check_right(node)
        rows = self._server.rows(operation.type, project)
        fields = rows.kind.fields
        whole = {name: rows.getter(fields[name])(node) for name in (*_WHOLE, "note", "attachments") if name in fields}
        for name, value in operation.values.items():
            is_change = isinstance(value, (Added, Removed))
            whole[name] = changed(whole.get(name) or [], value) if is_change else value
        origin = origin_of(self._server.context(project), node)
        payload = note_payload(whole, origin) if operation.type == "Note" else reply_payload(whole)
        self._check_body(payload["body"])
        self._check_origin(operation, whole, origin)
        if "attachments" not in operation.values:
            payload.pop("files", None)
        payload.pop("timestamp", None)
        self._server.client.send("PATCH", "projects", project, "activities", ref.id, json=payload, safe=True)
        return Result(ref, {name: whole[name] for name in operation.values})

    def _check_right(self, node: Node) -> None:
        """AYON silently keeps the data of a comment that is another's; say so instead."""
        me = self._server.me()
        data = me.get("data") or {}
        author = (node.get("activityData") or {}).get("author")
        if author in (None, me["name"]) or data.get("isAdmin") or data.get("isService"):
            return
        raise PermissionDeniedError(
            f"the comment is {author}'s, and {me['name']} is no administrator", backend="ayon", sent="no"
        )

    @staticmethod
    def _check_origin(operation: Operation, whole: Mapping[str, Any], origin: Ref | None) -> None:
        if {"links", "tasks"} & set(operation.values) and origin is not None:
            every = [*(whole.get("links") or ()), *(whole.get("tasks") or ())]
            if all(ref.id != origin.id for ref in every):
                raise DomainError(
                    f"AYON keeps the note on {origin}, which has to stay among its links",
                    hint="write the note anew on another record", path="Note.links", backend="ayon",
                )  # fmt: skip

    def _delete(self, operation: Operation, project: str, ref: Ref) -> Result:
        if operation.type == "Note":
            replies = self._replies(project, ref)
            if replies and not operation.recursive:
                raise ConflictError(
                    f"{ref} has {len(replies)} replies", hint="recursive=True deletes them too", backend="ayon"
                )
            for id in replies:
                self._server.client.send("DELETE", "projects", project, "activities", id, ok=(404,))
        self._server.client.send("DELETE", "projects", project, "activities", ref.id, safe=False)
        return Result(ref)

    def _replies(self, project: str, ref: Ref) -> list[str]:
        from trackerkit.filters import Condition
        from trackerkit.query import build

        home = [Ref("Project", project, project, self._server.site)]
        query = build(self._server.schema(), "Reply", Condition("note", "is", ref), fields=["id"], projects=home)
        return [each.id for page in self._reading.read(query) for each in page.refs()]

    # ---- reviewables and attachments

    def write_reviewable(self, operation: Operation, project: str | None) -> Result:
        """Change or delete a reviewable."""
        assert project is not None
        if operation.kind == "create":
            raise UnsupportedError("a Reviewable comes to be by uploading it", hint="tracker.upload(version, path)",
                                   backend="ayon")  # fmt: skip
        assert operation.ref is not None
        ref = self._server.context(project).ref("Reviewable", operation.ref.id)
        if operation.kind == "restore":
            return Result(ref, done=False)
        if operation.kind == "delete":
            self._server.client.send("DELETE", "projects", project, "activities", ref.id, safe=False)
            return Result(ref)
        version = origin_of(self._server.context(project), self.node(project, ref))
        if version is not None and operation.values.get("label"):
            path = ("projects", project, "versions", version.id, "reviewables", ref.id)
            self._server.client.send("PATCH", *path, json={"label": operation.values["label"]}, safe=True)
        return Result(ref, dict(operation.values))

    def write_attachment(self, operation: Operation, project: str | None) -> Result:
        """Delete a file, and take it off the comment that holds it."""
        assert project is not None
        if operation.kind in ("create", "update"):
            raise UnsupportedError("an Attachment comes to be by uploading it", hint="tracker.upload(record, path)",
                                   backend="ayon")  # fmt: skip
        assert operation.ref is not None
        ref = self._server.context(project).ref("Attachment", operation.ref.id)
        if operation.kind == "restore":
            return Result(ref, done=False)
        holder = self.holder(project, ref.id)
        left = [item["id"] for item in files_of_activity(holder) if item["id"] != ref.id]
        if left or kind_of_activity(holder):
            path = ("projects", project, "activities", holder["activityId"])
            self._server.client.send("PATCH", *path, json={"files": left}, safe=True)
        else:
            self._server.client.send("DELETE", "projects", project, "activities", holder["activityId"], ok=(404,))
        self._server.client.send("DELETE", "projects", project, "files", ref.id, ok=(404,))
        return Result(ref)

    def holder(self, project: str, file_id: str) -> Node:
        """The activity that holds a file.

        Raises:
            NotFoundError: none does.
        """
        arguments = {"activityTypes": ["comment", "reviewable"], "referenceTypes": ["origin"]}
        for node in self._server.client.nodes("Note", project, selection("Note", ()), arguments):
            if any(item["id"] == file_id for item in files_of_activity(node)):
                return node
        raise NotFoundError(f"there is no Attachment {file_id} in {project}", backend="ayon")

    # ---- nodes

    def nodes(self, project: str, ids: list[str]) -> Iterator[Node]:
        """Activities by id."""
        arguments = {"activityIds": ids, "referenceTypes": ["origin"]}
        return self._server.client.nodes("Note", project, selection("Note", ()), arguments)

    def node(self, project: str, ref: Ref) -> Node:
        """An activity.

        Raises:
            NotFoundError: there is none.
        """
        found = next(self.nodes(project, [ref.id]), None)
        if found is None:
            raise NotFoundError(f"there is no {ref.type} {ref.id} in {project}", backend="ayon")
        return found
