"""Writing: batches through AYON's operations endpoint, everything else by calls of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

from trackerkit.backend import failed
from trackerkit.errors import (
    ConflictError,
    DomainError,
    NotFoundError,
    OutcomeUnknown,
    PermissionDeniedError,
    ProtocolError,
    TrackerError,
    UnsupportedError,
)
from trackerkit.operations import Operation, Result
from trackerkit.retry import is_outcome_unknown
from trackerkit.values import Ref
from trackerkit_ayon.backend.anatomy import Anatomies
from trackerkit_ayon.backend.current import Current, check_hanging
from trackerkit_ayon.backend.linking import Linking
from trackerkit_ayon.backend.numbers import Numbering, is_move
from trackerkit_ayon.backend.outcome import is_done
from trackerkit_ayon.backend.reading import Reading
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.backend.singles import Singles
from trackerkit_ayon.backend.tree import nodes_by_id
from trackerkit_ayon.compile import writes
from trackerkit_ayon.compile.writes import Step
from trackerkit_ayon.errors import culprit, is_taken
from trackerkit_ayon.mapping.names import OPERATION_TYPES, base_of, kind_of, native_of
from trackerkit_ayon.mapping.refs import ref_of
from trackerkit_ayon.mapping.rows import Rows

_OF_VERSION: Final = ("parent", "task", "number")

ATTEMPTS: Final = 4
"""How often a batch is tried again when someone else took a number, or had made a record of it before."""


@dataclass(slots=True)
class Batch:
    """One batch on its way.

    Args:
        project: whose records it writes.
        operations: what was asked for.
        results: by position, as far as they are known.
        done: ids of creates that were there before.
        rows: what reads and writes the records of a type, made once for all of a batch.
    """

    project: str
    operations: Sequence[Operation]
    results: dict[int, Result] = field(default_factory=dict)
    done: set[str] = field(default_factory=set)
    rows: dict[str, Rows] = field(default_factory=dict)


class Writing:
    """Makes changes on one server."""

    def __init__(self, server: Server, reading: Reading) -> None:
        self._server, self._reading = server, reading
        self._links = Linking(server, reading)
        self._anatomies = Anatomies(server)
        self._singles = Singles(server, reading, self._anatomies)

    def write(self, operations: Sequence[Operation], *, atomic: bool = True) -> list[Result]:
        """Make changes, in order; all or nothing when ``atomic``."""
        if atomic:
            writes.check_joint(operations)
            return self._joint(operations)
        return [result for group in _groups(operations) for result in self._in_order(group)]

    def _in_order(self, group: Sequence[Operation]) -> list[Result]:
        """Operations that can go out together, but of which the first ones stay when a later one fails."""
        try:
            return self._joint(group)
        except TrackerError as error:
            index, cause = getattr(error, "index", None), getattr(error, "cause", None)
            if index is None or cause is None:
                raise
            if index:
                self._joint(group[:index])
            raise cause from None

    def _joint(self, operations: Sequence[Operation]) -> list[Result]:
        projects = {self.home(operation) for operation in operations}
        if len(projects) > 1:
            raise UnsupportedError(
                f"the batch writes into {len(projects)} projects: {', '.join(sorted(map(str, projects)))}",
                hint="one batch a project",
                backend="ayon",
            )
        project = projects.pop()
        for at, operation in enumerate(operations):
            with _Named(operations, at):
                writes.check_data(operation)
        if len(operations) == 1 and base_of(operations[0].type) not in OPERATION_TYPES:
            return [self._singles.write(operations[0], project)]
        assert project is not None
        return self._batch(Batch(project, operations))

    # ---- where

    def home(self, operation: Operation) -> str | None:
        """The project that an operation writes into; None for users, projects and events of none.

        Raises:
            DomainError: nothing says which.
        """
        base = base_of(operation.type)
        if base in ("User", "Project"):
            return None
        if operation.kind != "create" and operation.ref is not None:
            return operation.ref.project or self._found(operation.ref)
        given = operation.values.get("project") or operation.project
        refs = [given] if isinstance(given, Ref) else []
        refs += [ref for value in operation.values.values() for ref in _refs(value)]
        for ref in refs:
            if ref.type == "Project":
                return ref.id
            if ref.project is not None and ref.type != "User":
                return ref.project
        if base == "Event":
            return None
        raise DomainError(
            f"a {operation.type} belongs to a project, and nothing says to which",
            hint="give project=…",
            path=f"{operation.type}.project",
            backend="ayon",
        )

    def _found(self, ref: Ref) -> str:
        """The project of a record whose Ref was made by hand."""
        found = self._reading.fetch([ref], ["id"], "all")
        if ref not in found or found[ref]["ref"].project is None:
            raise NotFoundError(f"there is no {ref.type} {ref.id} at {self._server.site}", backend="ayon")
        return str(found[ref]["ref"].project)

    # ---- a batch

    def _batch(self, batch: Batch) -> list[Result]:
        schema = self._server.schema(batch.project)
        for at, operation in enumerate(batch.operations):
            with _Named(batch.operations, at):
                writes.check_project(operation, schema)
                writes.check_homes(operation, batch.project)
                self._anatomies.check_kind(operation, batch.project)
        check_hanging(self._server, batch.project, batch.operations)
        for attempt in range(ATTEMPTS):
            steps = self._steps(batch, attempt)
            if not steps or not self._send(batch, steps):
                self._write_links(batch)
                return [batch.results[at] for at in range(len(batch.operations))]
        raise ConflictError(f"gave up after {ATTEMPTS} attempts: others write the same records", backend="ayon")

    def _write_links(self, batch: Batch) -> None:
        """Write what lives in the link table; a record that was made for it does not stay without."""
        try:
            self._links.apply(batch.project, batch.operations, batch.done)
        except TrackerError:
            for operation in batch.operations:
                if operation.kind == "create" and writes.link_changes(operation) and operation.key not in batch.done:
                    ref = self._server.context(batch.project).ref(operation.type, str(operation.key))
                    sent = {"operations": [writes.deleted(ref, True)], "canFail": False}
                    self._server.client.post("projects", batch.project, "operations", json=sent, safe=True)
            raise

    def _steps(self, batch: Batch, attempt: int) -> list[Step]:
        """The native operations of what is not done yet."""
        current = Current(self._server, batch.project, batch.operations)
        numbering = Numbering(self._server, batch.project, batch.operations, attempt)
        batch.rows.clear()
        steps: list[Step] = []
        for at, operation in enumerate(batch.operations):
            with _Named(batch.operations, at):
                steps += self._step(batch, at, operation, current, numbering)
        return writes.joined(steps)

    def _rows(self, batch: Batch, type_name: str) -> Rows:
        if type_name not in batch.rows:
            batch.rows[type_name] = self._server.project_rows(type_name, batch.project)
        return batch.rows[type_name]

    def _step(
        self, batch: Batch, at: int, operation: Operation, current: Current, numbering: Numbering
    ) -> Sequence[Step]:
        if operation.kind == "create":
            return self._create(batch, at, operation, numbering)
        assert operation.ref is not None
        ref = operation.ref
        if operation.kind == "update":
            return self._update(batch, at, operation, current, numbering)
        if operation.kind == "delete" and operation.permanent:
            batch.results[at] = Result(self._ref(batch, ref))
            return [Step(writes.deleted(ref, operation.recursive), (at,))]
        return self._switch(batch, at, operation, current)

    def _create(self, batch: Batch, at: int, operation: Operation, numbering: Numbering) -> Sequence[Step]:
        values: Mapping[str, Any] = operation.values
        extra = None
        if base_of(operation.type) == "Version":
            values, extra = numbering.resolved(operation)
        if base_of(operation.type) == "File":
            self._check_file(batch, operation)
        values = self._filled(operation, values, batch.project)
        rows = self._rows(batch, operation.type)
        native = writes.created(rows, operation, values)
        is_known = str(operation.key) in batch.done
        shown = {name: value for name, value in {**operation.values, **values}.items() if name != "project"}
        batch.results[at] = Result(_made_ref(rows, operation, native), shown, done=not is_known)
        if is_known:
            return []
        step = Step(native, (at,))
        return [Step(extra), step] if extra is not None else [step]

    def _check_file(self, batch: Batch, operation: Operation) -> None:
        """A file's folder, task and number are those of its version: others are refused, not forgotten."""
        given = {name: operation.values[name] for name in _OF_VERSION if operation.values.get(name) is not None}
        version = operation.values.get("version")
        if not given or version is None or any(op.key == version.id for op in batch.operations):
            return
        found = self._reading.fetch([version], list(_OF_VERSION), "all").get(version, {})
        for name, value in given.items():
            if found and found[name] is not None and not _is_same(found[name], value):
                raise DomainError(
                    f"File.{name} is that of its version, {found[name]}, and cannot be {value}",
                    path=f"File.{name}", backend="ayon",
                )  # fmt: skip

    def _filled(self, operation: Operation, values: Mapping[str, Any], project: str) -> dict[str, Any]:
        """The values with what AYON insists on."""
        made = {name: value for name, value in values.items() if name != "project"}
        if operation.type == "Task" and not made.get("type"):
            made["type"] = self._server.project(project)["taskTypes"][0]["name"]
        return made

    def _update(
        self, batch: Batch, at: int, operation: Operation, current: Current, numbering: Numbering
    ) -> Sequence[Step]:
        assert operation.ref is not None
        ref, extra = operation.ref, None
        if is_move(operation):
            moved, extra = numbering.moved(operation)
            operation = replace(operation, values=moved)
        values = current.values(operation)
        batch.results[at] = Result(self._ref(batch, ref, values), values)
        links = writes.link_changes(operation)
        own = {name: value for name, value in values.items() if name not in links and name != "project"}
        if not own and links:
            return []
        rows = self._rows(batch, ref.type)
        step = Step(writes.updated(rows, ref, own), (at,))
        return [Step(extra), step] if extra is not None else [step]

    def _switch(self, batch: Batch, at: int, operation: Operation, current: Current) -> Sequence[Step]:
        assert operation.ref is not None
        node = current.node(operation.ref)
        wanted = operation.kind == "restore"
        is_done = bool(node["active"]) == wanted
        node["active"] = wanted  # as the next operation of the batch will find it
        ref = ref_of(self._server.context(batch.project), base_of(operation.type), node)
        batch.results[at] = Result(ref, done=not is_done)
        return [] if is_done else [Step(writes.switched(ref, wanted), (at,))]

    def _ref(self, batch: Batch, ref: Ref, values: Mapping[str, Any] | None = None) -> Ref:
        named = (values or {}).get("label") or (values or {}).get("name") or ref.label
        kind = (values or {}).get("kind")
        type_name = kind_of(kind) if kind and base_of(ref.type) == "Folder" else ref.type
        return self._server.context(batch.project).ref(type_name, ref.id, named, native_of(ref.type).name)

    # ---- sending

    def _send(self, batch: Batch, steps: Sequence[Step]) -> bool:
        """Send the steps; True when something was found done, or a number taken, so that it has to be tried again."""
        natives = [step.native for step in steps]
        self._anatomies.add_kinds(natives, batch.project)
        # Only with raiseOnError does the server take everything back: without it, it keeps what came before a failure that
        # is not the database's own (a record that is not there, a right that is missing).
        sent = {"operations": natives, "canFail": False, "raiseOnError": True}
        try:
            path = ("projects", batch.project, "operations")
            answer = self._server.client.post(
                *path, json=sent, safe=False, timeout_s=self._server.client.patience(len(natives))
            )
        except TrackerError as error:
            if not is_outcome_unknown(error) and error.sent == "yes":
                return self._failed(batch, steps, error)
            if not is_outcome_unknown(error) or not is_done(self._server, self._reading, batch.project, steps):
                raise self._unknown(error, batch) from error
            return False
        if answer["success"]:
            return False
        raise ProtocolError("the server says neither that the changes were made nor why not", backend="ayon")

    def _unknown(self, error: TrackerError, batch: Batch) -> TrackerError:
        if not is_outcome_unknown(error):
            return error
        return OutcomeUnknown(
            f"nobody knows whether the changes were made: {error.message}",
            hint="read the records back; a create may be repeated with the same key",
            request=list(batch.operations),
            backend="ayon",
        )

    def _failed(self, batch: Batch, steps: Sequence[Step], error: TrackerError) -> bool:
        """A step failed and nothing was kept: True when it can be tried again, else the error."""
        at = culprit([step.native for step in steps], error.message)
        step = steps[at]
        position = step.positions[0] if step.positions else _next_position(steps, at)
        operation = batch.operations[position]
        if is_taken(error) and step.native["type"] == "create":
            if step.positions and self._exists(batch, operation):
                batch.done.add(str(operation.key))
                return True
            if not step.positions or _is_numbered(operation):
                return True
        with _Named(batch.operations, position):
            raise self._explained(error, operation)

    def _exists(self, batch: Batch, operation: Operation) -> bool:
        return any(nodes_by_id(self._server, base_of(operation.type), batch.project, [str(operation.key)]))

    @staticmethod
    def _explained(error: TrackerError, operation: Operation) -> TrackerError:
        if isinstance(error, ConflictError) and operation.kind == "delete":
            error.hint = "recursive=True deletes what hangs on it too"
        elif isinstance(error, ConflictError) and operation.values.get("name"):
            error.message = f"{operation.type} {operation.values['name']!r}: {error.message}"
        elif isinstance(error, PermissionDeniedError) and not error.hint:
            error.hint = "ask an administrator of the server for the right"
        return error


class _Named:
    """Errors inside come out as those of one operation of a batch."""

    def __init__(self, operations: Sequence[Operation], at: int) -> None:
        self._operations, self._at = operations, at

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> Literal[False]:
        if isinstance(error, TrackerError) and len(self._operations) > 1:
            raise failed(self._at, self._operations[self._at], error) from error
        return False


def _is_same(known: Any, given: Any) -> bool:
    """Whether two values are one; a Ref made by hand does not say the tracker's own type."""
    if isinstance(known, Ref) and isinstance(given, Ref):
        return known.id == given.id and base_of(known.type) == base_of(given.type)
    return bool(known == given)


def _next_position(steps: Sequence[Step], at: int) -> int:
    """The operation that an added step was made for: the next one."""
    return next(step.positions[0] for step in steps[at:] if step.positions)


def _is_numbered(operation: Operation) -> bool:
    """True when the number of a version was chosen here, and another one may be."""
    from trackerkit_ayon.mapping.versions import read_name

    if base_of(operation.type) != "Version" or operation.values.get("number") is not None:
        return False
    return read_name(str(operation.values["name"])).number is None


def _made_ref(rows: Rows, operation: Operation, native: Mapping[str, Any]) -> Ref:
    data = native["data"]
    name = operation.values.get("label") or operation.values.get("name")
    kind = kind_of(data["folderType"]) if base_of(operation.type) == "Folder" else operation.type
    return rows.context.ref(kind, native["entityId"], str(name) if name else None, native["entityType"])


def _refs(value: Any) -> list[Ref]:
    if isinstance(value, Ref):
        return [value]
    return [item for item in value if isinstance(item, Ref)] if isinstance(value, list) else []


def _groups(operations: Sequence[Operation]) -> list[list[Operation]]:
    """Neighbours that can go out in one request."""
    made: list[list[Operation]] = []
    for operation in operations:
        last = made[-1] if made else None
        if last and writes.is_joint(operation) and writes.is_joint(last[-1]) and _home(last[-1]) == _home(operation):
            last.append(operation)
        else:
            made.append([operation])
    return made


def _home(operation: Operation) -> str | None:
    """The project as far as the operation itself says it."""
    refs = [operation.ref, operation.values.get("project"), operation.project]
    return next((ref.id if ref.type == "Project" else ref.project for ref in refs if isinstance(ref, Ref)), None)
