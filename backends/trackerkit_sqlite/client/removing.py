"""Retiring, restoring and deleting records."""

from __future__ import annotations

from trackerkit.errors import ConflictError
from trackerkit.operations import Operation, Result
from trackerkit_sqlite.client.records import Facts
from trackerkit_sqlite.client.work import Work
from trackerkit_sqlite.errors import SCHEME
from trackerkit_sqlite.schema.places import Place


def delete(work: Work, operation: Operation) -> Result:
    """Retire a record, or delete it for good.

    Raises:
        NotFoundError: it never existed.
        ConflictError: others hang on it, and ``recursive`` was not given.
    """
    facts = _found(work, operation)
    if operation.permanent:
        _purge(work, facts, operation.recursive)
        return Result(work.records.ref(facts))
    if facts.retired:
        return Result(work.records.ref(facts), done=False)
    _retire(work, facts, operation.recursive)
    return Result(work.records.ref(facts))


def restore(work: Work, operation: Operation) -> Result:
    """Bring a retired record back.

    Raises:
        NotFoundError: it never existed.
    """
    facts = _found(work, operation)
    if not facts.retired:
        return Result(work.records.ref(facts), done=False)
    _set_retired(work, facts, 0)
    work.history.add("restored", facts.id, facts.type, facts.project)
    return Result(work.records.ref(facts))


def _found(work: Work, operation: Operation) -> Facts:
    assert operation.ref is not None
    return work.records.find(operation.ref)


def _retire(work: Work, facts: Facts, recursive: bool) -> None:
    if recursive:
        for other in _hanging(work, facts):
            if not other.retired:
                _retire(work, other, recursive)
    _set_retired(work, facts, 1)
    work.history.add("retired", facts.id, facts.type, facts.project)


def _set_retired(work: Work, facts: Facts, retired: int) -> None:
    work.connection.execute("UPDATE node SET retired = ? WHERE id = ?", (retired, facts.id))
    work.records.note(facts._replace(retired=retired))
    work.tree.retired(facts.id, 1 if retired else -1)
    if facts.type == "Status":
        work.has_new_choices = True


# --- for good --------------------------------------------------------------------------------------------------------


def _purge(work: Work, facts: Facts, recursive: bool) -> None:
    hanging = _hanging(work, facts)
    if hanging and not recursive:
        first = work.records.ref(hanging[0])
        raise ConflictError(
            f"{facts.type} {facts.id} has {len(hanging)} records hanging on it, {first} for one",
            hint="recursive=True deletes them too",
            backend=SCHEME,
        )
    for other in hanging:
        if work.records.get(other.id) is not None:
            _purge(work, other, recursive)
    work.history.add("deleted", facts.id, facts.type, facts.project, facts.name)
    _unlink(work, facts)
    _remove_rows(work, facts)
    if facts.type == "Status":
        work.has_new_choices = True


def _hanging(work: Work, facts: Facts) -> list[Facts]:
    """The records that make no sense without this one: what it is the parent, product, version, note or project of."""
    ids: dict[int, None] = {}
    for table, column in dict.fromkeys((place.table, place.column) for _, place in work.layout.holders()):
        ids.update(_ids(work, table, column, facts.id))
    if facts.type == "Project":
        ids.update(_ids(work, "node", "project", facts.id))
    ids.pop(facts.id, None)
    return [found for id in sorted(ids) if (found := work.records.get(id)) is not None]


def _ids(work: Work, table: str, column: str, target: int) -> dict[int, None]:
    sql = f'SELECT id FROM "{table}" WHERE "{column}" = ?'  # noqa: S608 - the catalogue's own names
    return {row[0]: None for row in work.connection.execute(sql, (target,))}


def _unlink(work: Work, facts: Facts) -> None:
    """Clear every link to a record that is about to go."""
    for place in work.layout.link_columns():
        if place.table != "node" or (facts.type == "User" and place.column in ("created_by", "updated_by")):
            _clear(work, place, facts.id)
    below = work.connection.execute("SELECT node FROM closure WHERE ancestor = ? AND depth = 1", (facts.id,)).fetchall()
    for (id,) in below:
        work.connection.execute("UPDATE node SET home = NULL WHERE id = ?", (id,))
        found = work.records.get(id)
        if found is not None:
            work.records.note(found._replace(home=None))
        work.tree.moved(id)


def _clear(work: Work, place: Place, target: int) -> None:
    sql = f'UPDATE "{place.table}" SET "{place.column}" = NULL WHERE "{place.column}" = ?'  # noqa: S608 - catalogue's names
    work.connection.execute(sql, (target,))


def _remove_rows(work: Work, facts: Facts) -> None:
    run, id = work.connection.execute, facts.id
    run(f'DELETE FROM "{work.layout.own[facts.type]}" WHERE id = ?', (id,))  # noqa: S608 - the catalogue's own names
    run("DELETE FROM link WHERE owner = ?", (id,))
    run("DELETE FROM link WHERE target = ?", (id,))
    run("DELETE FROM tag WHERE owner = ?", (id,))
    work.tree.remove(id)
    run("DELETE FROM node WHERE id = ?", (id,))
    work.records.drop(id)
