"""Writing to a tracker in the other shape: what it has a place for goes there, the rest is kept on the shelf."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from trackerkit.backend import Backend, failed
from trackerkit.errors import BatchError, DomainError, TrackerError, UnsupportedError
from trackerkit.gateway.beside.shelf import Row, Shelf
from trackerkit.gateway.shaped.below import Below
from trackerkit.gateway.shaped.hanging import Hanging
from trackerkit.gateway.shaped.pending import ATTACHMENT, Pending
from trackerkit.gateway.shaped.products import BOUND, HUNG, PRODUCT, STEM, Told
from trackerkit.gateway.shaped.reading import Reading
from trackerkit.gateway.shaped.shape import ABOVE, FOLDER, LABEL, Shape
from trackerkit.gateway.shaped.uids import is_uid, key_of
from trackerkit.operations import Added, Operation, Removed, Result, delete, new_key
from trackerkit.operations import create as new_record
from trackerkit.values import Ref

_NOWHERE: Final = frozenset({"uid", "id", "type"})


@dataclass
class Task:
    """One operation on its way.

    Args:
        at: its place among the caller's.
        operation: as it was asked for.
        level: it is sent after those of lower levels.
        own: what the tracker with its shelf gets.
        hung: what it hangs on, kept beside; None for nothing to keep.
        unhung: what was kept of that is forgotten.
        product: the product of a version.
        chosen: what the tracker's fields do not take.
        freed: fields of that sort whose value the tracker takes.
        result: what became of it.
    """

    at: int
    operation: Operation
    level: int = 0
    own: list[Operation] | None = None
    hung: Ref | None = None
    unhung: bool = False
    product: str | None = None
    chosen: dict[str, Any] = field(default_factory=dict)
    freed: list[str] = field(default_factory=list)
    result: Result | None = None


class Writing:
    """Makes changes; made for one request.

    Args:
        base: the tracker with its shelf.
        shelf: what is kept beside it.
        shape: of both.
        reading: reads both.
        pending: files without bytes.
    """

    def __init__(self, base: Backend, shelf: Shelf, shape: Shape, reading: Reading, pending: Pending) -> None:
        self._base, self._shelf, self._shape, self._reading, self._pending = base, shelf, shape, reading, pending
        self._naming = reading.naming
        self._hanging = Hanging(base, shape, reading.telling)
        self._made: dict[str, Ref] = {}
        self._meant: dict[str, Ref | None] = {}

    def write(self, operations: Sequence[Operation], atomic: bool) -> list[Result]:
        """Make changes, in order; all or nothing when ``atomic``."""
        tasks = [Task(at, self._of_kind(_keyed(operation))) for at, operation in enumerate(operations)]
        self._look_up(tasks)
        self._set_levels(tasks)
        made: list[Ref] = []
        for level in sorted({task.level for task in tasks}):
            some = [task for task in tasks if task.level == level]
            try:
                self._write_level(some, operations, atomic)
            except TrackerError:
                self._take_back(made)
                raise
            made += [task.result.ref for task in some if task.result is not None and task.result.done]
        return self._shown(tasks)

    def _of_kind(self, operation: Operation) -> Operation:
        """A new folder of a kind that the tracker has is a record of that type."""
        kind = operation.values.get("kind") if operation.kind == "create" and operation.type == FOLDER else None
        return replace(operation, type=kind) if kind in self._shape.tracked.kinds else operation

    def _take_back(self, made: Sequence[Ref]) -> None:
        """What was made by an earlier part of a batch that failed is deleted again."""
        if made:
            self._base.write([delete(ref, permanent=True) for ref in reversed(made)])

    def _shown(self, tasks: Sequence[Task]) -> list[Result]:
        results = [task.result for task in tasks if task.result is not None]
        shown = self._naming.shown(result.ref for result in results)
        return [
            replace(result, ref=shown.get(result.ref, result.ref), values=task.operation.values)
            for task, result in zip(tasks, results, strict=True)
        ]

    # ---- getting ready

    def _look_up(self, tasks: Sequence[Task]) -> None:
        """The tracker's records, with their projects: what is kept of them is kept by these too."""
        self._meant = self._naming.meant(ref for task in tasks for ref in _named(task.operation))
        bare = [ref for ref in self._meant.values() if ref is not None and ref.project is None and not is_uid(ref.id)]
        found = self._base.fetch(bare, ["id"], "all") if bare else {}
        self._meant = {
            id: found[ref]["ref"] if ref is not None and ref in found else ref for id, ref in self._meant.items()
        }

    def _set_levels(self, tasks: Sequence[Task]) -> None:
        """What names a record that is made in the same batch waits until it has its number; changes come last."""
        levels: dict[str, int] = {}
        for task in tasks:
            operation = task.operation
            waits = [levels[ref.id] + 1 for ref in _named(operation) if ref.id in levels]
            task.level = max(waits, default=0)
            if operation.kind == "create" and operation.key and self._is_numbered(operation):
                levels[operation.key] = task.level
        last = max((task.level for task in tasks), default=0)
        for task in tasks:
            if task.operation.kind != "create":
                task.level = last

    def _is_numbered(self, operation: Operation) -> bool:
        """Whether the tracker itself gives the new record its id."""
        return not self._shape.is_kept(operation.type)

    def inner(self, ref: Ref) -> Ref:
        """The tracker's record."""
        return self._made.get(ref.id) or self._meant.get(ref.id) or self._completed(ref)

    def _completed(self, ref: Ref) -> Ref:
        kind = self._shape.base.types.get(ref.type)
        return ref.replace(site=self._base.site, native=kind.native if kind is not None else None)

    # ---- one level

    def _write_level(self, tasks: Sequence[Task], operations: Sequence[Operation], atomic: bool) -> None:
        for task in tasks:
            with _Named(task, operations):
                task.own = list(self._parts(task))
        sent = [(task, own) for task in tasks for own in task.own or ()]
        try:
            results = self._base.write([own for _, own in sent], atomic=atomic) if sent else []
        except BatchError as error:
            task = sent[error.index][0]
            raise _told(task, operations, error.cause) from error
        except TrackerError as error:
            raise _told(sent[0][0], operations, error) from error
        for (task, own), result in zip(sent, results, strict=True):
            if own.kind == task.operation.kind and own.type == self._type_of(task.operation):
                task.result = result
        self._settle(tasks)

    def _type_of(self, operation: Operation) -> str:
        return operation.type if operation.ref is None else self.inner(operation.ref).type

    def _settle(self, tasks: Sequence[Task]) -> None:
        """Keep on the shelf what the tracker has no place for, now that there are the records."""
        for task in tasks:
            if task.result is None:
                assert task.operation.ref is not None
                task.result = Result(self.inner(task.operation.ref), dict(task.operation.values))
        chosen = self._chosen(tasks)
        with self._shelf.transaction() as connection:
            for task in tasks:
                assert task.result is not None
                if task.chosen or task.freed:
                    now = chosen.get(task.result.ref, {})
                    self._reading.choices.keep(connection, task.result.ref, task.chosen, task.freed, now)
                ref, key = task.result.ref, task.operation.key
                if task.operation.kind == "create" and key is not None:
                    self._made[key] = ref
                    if not is_uid(ref.id) and self._shape.has_uid(ref.type):
                        self._naming.uids.give(connection, ref, key)
                home = ref.project or ""
                if task.hung is not None:
                    said = [task.hung.type, task.hung.id, task.hung.project]
                    self._shelf.put(connection, Row(HUNG, key_of(ref), home, {"ref": said}))
                elif task.unhung:
                    self._shelf.remove(connection, Row(HUNG, key_of(ref), home))
                if task.product is not None:
                    self._shelf.put(connection, Row(BOUND, key_of(ref), home, {"uid": task.product}))

    def _chosen(self, tasks: Sequence[Task]) -> Mapping[Ref, Mapping[str, Any]]:
        """What the tracker says of the records for which something is kept that it does not take."""
        refs = [task.result.ref for task in tasks if task.chosen and task.result is not None]
        names = {name for task in tasks for name in task.chosen}
        return self._base.fetch(refs, sorted(names), "all") if refs else {}

    def _parts(self, task: Task) -> Iterator[Operation]:
        """What the tracker with its shelf gets for an operation."""
        if task.operation.type == ATTACHMENT and self._file(task):
            return
        operation = task.operation
        if operation.kind in ("delete", "restore"):
            yield from self._removed(operation)
            return
        if operation.ref is not None and operation.ref.type == PRODUCT:
            yield from self._promoted(operation.ref, operation.values)
        values = {name: self._value(operation.type, name, value) for name, value in operation.values.items()}
        yield from self._hang(task, values)
        self._choose(task, values)
        if operation.ref is None:
            self._check_home(operation, values)
            yield replace(operation, values=values)
            return
        ref = self.inner(operation.ref)
        self._check_kind(ref, values)
        if values:
            yield replace(operation, type=ref.type, ref=ref, values=values)

    def _check_home(self, operation: Operation, values: Mapping[str, Any]) -> None:
        """A new record is in a project: that which is given, or that of a record that it links to."""
        given = (operation.project, *values.values())
        if self._shape.has_uid(operation.type) and not any(map(_home_of, given)):
            raise DomainError(
                f"a {operation.type} needs a project", path=f"{operation.type}.project", hint="give project="
            )

    def _file(self, task: Task) -> bool:
        """A file without bytes is none of the tracker's yet; of one that has them, the tracker says what it is."""
        operation = task.operation
        if operation.kind == "create":
            task.result = self._pending.create(operation)
            return True
        assert operation.ref is not None
        row = self._pending.find(operation.ref)
        if row is not None:
            if operation.kind == "delete":
                self._pending.forget(row)
            task.result = Result(operation.ref, dict(operation.values))
            return True
        fields = self._shape.base.type(ATTACHMENT).fields
        values = {name: value for name, value in operation.values.items() if not fields[name].read_only}
        task.operation = replace(operation, values=values)
        return False

    def _check_kind(self, ref: Ref, values: dict[str, Any]) -> None:
        """A folder of the tracker's own kinds stays of its kind; one that is kept beside it may become any other such."""
        kind = values.get("kind")
        if kind is None or kind == ref.type:
            values.pop("kind", None) if ref.type != FOLDER else None
            return
        if ref.type != FOLDER or kind in self._shape.tracked.kinds:
            raise UnsupportedError(
                f"a {ref.type} cannot become a {kind}: these are different types of record in the tracker",
                hint="make a new folder of that type",
            )

    def _choose(self, task: Task, values: dict[str, Any]) -> None:
        """Take out what the tracker's own fields do not take."""
        type_name = self._type_of(task.operation)
        for name in [name for name in values if self._shape.is_chosen(type_name, name)]:
            if self._reading.choices.is_kept(type_name, name, values[name]):
                task.chosen[name] = values.pop(name)
                continue
            if name == LABEL:
                values.pop(name)  # no label of its own: the tracker's name is not to be cleared for that
            if task.operation.kind == "update":
                task.freed.append(name)

    def _value(self, type_name: str, name: str, value: Any) -> Any:
        if isinstance(value, Ref):
            return self._link(type_name, name, value)
        if isinstance(value, (Added, Removed)):
            return type(value)(tuple(self._value(type_name, name, list(value.values))))
        if isinstance(value, list):
            return [self._link(type_name, name, item) if isinstance(item, Ref) else item for item in value]
        return value

    def _link(self, type_name: str, name: str, ref: Ref) -> Ref:
        """The tracker's record, where a link of its own can lead to it.

        Raises:
            UnsupportedError: it is kept beside the tracker.
        """
        found = self.inner(ref)
        owner = self._shape.tracked.types.get(type_name)
        is_own = owner is not None and name in owner.fields and self._shape.is_own(type_name, name)
        if is_own and not self._shape.is_kept(type_name) and is_uid(found.id):
            raise UnsupportedError(
                f"{type_name}.{name} cannot lead to a {ref.type} that is kept beside the tracker",
                hint="the tracker has no such record",
            )
        return found

    # ---- what records hang on

    def _hang(self, task: Task, values: dict[str, Any]) -> Iterator[Operation]:
        """Hang a record where the tracker can, and keep where it really hangs if that is elsewhere."""
        type_name = self._type_of(task.operation)
        product = values.pop("product", None) if type_name == "Version" else None
        if isinstance(product, Ref):
            task.product = product.id
            yield from self._promoted(product, {})
        if ABOVE not in values or not self._shape.is_hung(type_name):
            return
        parent = values[ABOVE]
        if task.operation.key:
            self._hanging.planned[task.operation.key] = parent
        if self._shape.is_kept(type_name) or parent is None:
            task.hung = parent
            return
        near = self._hanging.nearest(type_name, parent, self._home(task.operation, parent))
        values[ABOVE] = near
        if near == parent:
            task.unhung = task.operation.kind == "update"
        elif type_name != "Version":  # a version hangs where its product does
            task.hung = parent

    def _home(self, operation: Operation, parent: Ref) -> Ref | None:
        given = operation.values.get("project") or operation.project
        if isinstance(given, Ref):
            return self.inner(given)
        id = parent.project or (operation.ref.project if operation.ref is not None else None)
        return self._completed(Ref("Project", id, id)) if id else None

    # ---- products

    def _promoted(self, ref: Ref, values: Mapping[str, Any]) -> Iterator[Operation]:
        """Keep a product that only the names of versions told of; those versions name it from now on if it moves."""
        if self._reading.products.rows([ref.id]) or ref.id in self._made:
            return
        homes = [Ref("Project", ref.project, ref.project)] if ref.project else None
        told = self._reading.telling.by_ids([ref.id], homes).get(ref.id)
        if told is None:
            return
        self._keep(told)
        if "name" in values or ABOVE in values:
            self._bind(told)
        yield from ()

    def _keep(self, told: Told) -> None:
        home = Ref("Project", told.project, told.project, self._base.site)
        values = {"name": told.stem, "type": "review", ABOVE: told.parent, "project": home}
        self._base.write([new_record(PRODUCT, values, key=told.id, project=home)])
        row = self._reading.products.rows([told.id])[told.id]
        with self._shelf.transaction() as connection:
            self._shelf.put(connection, replace(row, values={**row.values, STEM: told.stem}))

    def _bind(self, told: Told) -> None:
        refs = self._reading.telling.versions_of(told)
        with self._shelf.transaction() as connection:
            for ref in refs:
                self._shelf.put(connection, Row(BOUND, key_of(ref), told.project, {"uid": told.id}))

    # ---- deleting

    def _removed(self, operation: Operation) -> Iterator[Operation]:
        assert operation.ref is not None
        if operation.ref.type == PRODUCT:
            yield from self._promoted(operation.ref, {})
        ref = self.inner(operation.ref)
        if operation.kind == "delete" and operation.permanent and operation.recursive and ref.type != "Project":
            below = Below(self._reading).of([self._naming.both([operation.ref])[operation.ref]])
            self._meant.update(self._naming.meant(below))
            for each in below:
                if not self._is_told(each):
                    yield delete(self.inner(each), permanent=True)
        if operation.kind == "delete":
            yield replace(operation, type=ref.type, ref=ref, recursive=False)
        else:
            yield replace(operation, type=ref.type, ref=ref)

    def _is_told(self, ref: Ref) -> bool:
        """Whether there is no record of a product: it goes with its versions."""
        return ref.type == PRODUCT and not self._reading.products.rows([ref.id])


def _home_of(value: Any) -> str | None:
    """The project that a value says."""
    many = value if isinstance(value, (list, tuple)) else (value,)
    refs = [item for item in many if isinstance(item, Ref)]
    return next(
        (ref.id if ref.type == "Project" else ref.project for ref in refs if ref.type == "Project" or ref.project), None
    )


def _keyed(operation: Operation) -> Operation:
    return operation if operation.kind != "create" or operation.key else replace(operation, key=new_key())


def _named(operation: Operation) -> Iterable[Ref]:
    """The records that an operation names."""
    for value in (operation.ref, operation.project, *operation.values.values()):
        many = value.values if isinstance(value, (Added, Removed)) else value
        yield from (item for item in (many if isinstance(many, (list, tuple)) else [many]) if isinstance(item, Ref))


def _told(task: Task, operations: Sequence[Operation], error: TrackerError) -> TrackerError:
    return error if len(operations) == 1 else failed(task.at, operations[task.at], error)


class _Named:
    """Errors inside come out as those of one operation of a batch."""

    def __init__(self, task: Task, operations: Sequence[Operation]) -> None:
        self._task, self._operations = task, operations

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TrackerError) and not isinstance(error, BatchError):
            told = _told(self._task, self._operations, error)
            if told is not error:
                raise told from error
