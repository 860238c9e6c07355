"""Writing: operations in one transaction, all or nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from trackerkit.backend import failed
from trackerkit.errors import TrackerError
from trackerkit.events import NO_MARK, Mark
from trackerkit.operations import Operation, Result
from trackerkit_sqlite.client.changing import update
from trackerkit_sqlite.client.creating import create
from trackerkit_sqlite.client.logging import log
from trackerkit_sqlite.client.removing import delete, restore
from trackerkit_sqlite.client.store import Store
from trackerkit_sqlite.client.work import Work

_DO: Final[dict[str, Callable[[Work, Operation], Result]]] = {
    "create": create,
    "update": update,
    "delete": delete,
    "restore": restore,
}


def write(
    store: Store, operations: Sequence[Operation], *, atomic: bool, actor: int | None = None, mark: Mark = NO_MARK
) -> list[Result]:
    """Make changes in order; when not ``atomic``, those before one that fails are kept.

    Raises:
        BatchError: names the operation that failed, where there were several; else its own error.
    """
    results: list[Result] = []
    problem: TrackerError | None = None
    with working(store, actor, mark) as work:
        for index, operation in enumerate(operations):
            try:
                if work.is_of_new_epoch:
                    _check_names(work, operation)
                results.append(apply(work, operation) if atomic else _kept(work, operation))
            except TrackerError as error:
                problem = error if len(operations) == 1 else failed(index, operation, error)
                if atomic:
                    raise problem from error
                break
    if problem is not None:
        raise problem
    return results


@contextmanager
def working(store: Store, actor: int | None, mark: Mark) -> Iterator[Work]:
    """A writing transaction, finished and kept when the block ends well."""
    with store.connections.writing() as connection:
        work = Work(store, connection, actor, mark)
        yield work
        work.finish()
    if work.has_new_choices:
        store.reload()
    store.tell()


def apply(work: Work, operation: Operation) -> Result:
    """One operation inside a transaction."""
    if operation.type == "Event":
        return log(work, operation)
    return _DO[operation.kind](work, operation)


def _check_names(work: Work, operation: Operation) -> None:
    """The operation was checked against a schema that another process has changed meanwhile.

    Raises:
        UnknownFieldError, UnknownTypeError: what it writes is gone.
    """
    for name in operation.values:
        work.layout.schema.field(operation.type, name)


def _kept(work: Work, operation: Operation) -> Result:
    """One operation that is taken back alone when it fails."""
    mark = work.mark()
    work.connection.execute("SAVEPOINT one")
    try:
        result = apply(work, operation)
    except BaseException:
        work.connection.execute("ROLLBACK TO one")
        work.back_to(mark)
        raise
    finally:
        work.connection.execute("RELEASE one")
    return result
