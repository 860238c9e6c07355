"""Changing a record: the fields that differ, its place in the tree, and one event for each field."""

from __future__ import annotations

from typing import Any, NamedTuple

from trackerkit.errors import ConflictError
from trackerkit.operations import Added, Operation, Removed, Result
from trackerkit.schema import Field
from trackerkit_sqlite.client.creating import LINKS, TAGS, check_project_name
from trackerkit_sqlite.client.records import Facts
from trackerkit_sqlite.client.values import Sheet, link_rows, tag_rows
from trackerkit_sqlite.client.work import Work
from trackerkit_sqlite.compile.changes import old_sql, update_sql
from trackerkit_sqlite.errors import SCHEME
from trackerkit_sqlite.mapping import DECODERS, packed
from trackerkit_sqlite.schema.places import Place


class _Change(NamedTuple):
    """One field: what it is, where it lies, what it was."""

    item: Field
    place: Place
    old: Any


def update(work: Work, operation: Operation) -> Result:
    """Change the fields that differ.

    Raises:
        NotFoundError: there is no such record, or a link leads to none.
        ConflictError: a project has the new name, or the record would lie in itself.
    """
    assert operation.ref is not None
    facts = work.records.find(operation.ref)
    changes = _old_values(work, facts, operation)
    sheet = Sheet(work.layout, work.records)
    for change in changes:
        sheet.put(change.item, change.place, _new_value(work, change, operation.values[change.item.name]))
    changed = [change for change in changes if _differs(change, sheet.values.get(change.item.name))]
    if changed:
        facts = _write(work, facts, sheet, changed)
    return Result(work.records.ref(facts), dict(sheet.values))


def _new_value(work: Work, change: _Change, value: Any) -> Any:
    if not isinstance(value, (Added, Removed)):
        return value
    given = value.values
    if change.item.is_link:
        given = tuple(work.records.ref(work.records.find(ref)) for ref in given)
    if isinstance(value, Added):
        return [*change.old, *(each for each in given if each not in change.old)]
    return [each for each in change.old if each not in given]


def _differs(change: _Change, new: Any) -> bool:
    """True for another value; in JSON, True and 1 are two."""
    if change.item.data_type == "json":
        return packed("json", new) != packed("json", change.old)
    return bool(new != change.old)


# --- what was --------------------------------------------------------------------------------------------------------


def _old_values(work: Work, facts: Facts, operation: Operation) -> list[_Change]:
    fields = work.layout.schema.type(facts.type).fields
    wanted = [(fields[name], work.layout.place(facts.type, name)) for name in operation.values]
    columns = tuple((place.table, place.column) for _, place in wanted if place.column)
    row = work.connection.execute(old_sql(work.layout, facts.type, columns), (facts.id,)).fetchone()
    cells = iter(row)
    return [
        _Change(item, place, _old_value(work, facts.id, item, place, next(cells) if place.column else None))
        for item, place in wanted
    ]


def _old_value(work: Work, id: int, item: Field, place: Place, cell: Any) -> Any:
    if place.kind == "links":
        return _old_links(work, id, place)
    if item.data_type == "link":
        return work.records.ref_of(cell)
    if item.data_type == "choices":
        return DECODERS["choices"](cell) if cell else []
    decode = DECODERS.get(item.data_type)
    return cell if cell is None or decode is None else decode(cell)


def _old_links(work: Work, id: int, place: Place) -> list[Any]:
    sql = "SELECT target FROM link WHERE owner = ? AND field = ? ORDER BY position"
    rows = work.connection.execute(sql, (id, place.number)).fetchall()
    return [ref for (target,) in rows if (ref := work.records.ref_of(target)) is not None]


# --- what is ---------------------------------------------------------------------------------------------------------


def _write(work: Work, facts: Facts, sheet: Sheet, changed: list[_Change]) -> Facts:
    names = {change.item.name for change in changed}
    if facts.type == "Project" and "name" in names:
        check_project_name(work, sheet.values["name"], facts.id)
    _check_loop(work, facts, sheet, names)
    _write_rows(work, facts, sheet, changed)
    made = facts._replace(
        type=_type_now(work, facts, sheet),
        name=sheet.spine.get("name", facts.name),
        project=sheet.spine.get("project", facts.project),
        home=_home(work, facts),
    )
    work.records.note(made)
    _settle(work, facts, made)
    for change in changed:
        item = change.item
        work.history.changed(facts.id, made.type, made.project, item, change.old, sheet.values.get(item.name))
    if facts.type == "Status":
        work.has_new_choices = True
    return made


def _write_rows(work: Work, facts: Facts, sheet: Sheet, changed: list[_Change]) -> None:
    run, id = work.connection.execute, facts.id
    columns = {name for change in changed for name in (change.place.column, change.place.lower) if name}
    spine = {name: value for name, value in sheet.spine.items() if name in columns}
    spine |= {"type": _type_now(work, facts, sheet), "updated_at": work.now, "updated_by": work.history.actor}
    run(update_sql(work.layout, "node", tuple(spine)), (*spine.values(), id))
    own = {name: value for name, value in sheet.own.items() if name in columns}
    if own:
        run(update_sql(work.layout, work.layout.own[facts.type], tuple(own)), (*own.values(), id))
    numbers = {change.place.number for change in changed}
    for number in numbers & set(sheet.links):
        run("DELETE FROM link WHERE owner = ? AND field = ?", (id, number))
        work.connection.executemany(LINKS, link_rows(id, {number: sheet.links[number]}))
    for number in numbers & set(sheet.tags):
        run("DELETE FROM tag WHERE owner = ? AND field = ?", (id, number))
        work.connection.executemany(TAGS, tag_rows(id, {number: sheet.tags[number]}))


def _type_now(work: Work, facts: Facts, sheet: Sheet) -> str:
    """The record's type: a folder with another kind has the type of that kind, or Folder where there is none."""
    kind = sheet.values.get("kind")
    if kind is None or kind == facts.type or not work.layout.schema.is_a(facts.type, "Folder"):
        return facts.type
    return str(kind) if kind in work.layout.schema.kinds else "Folder"


def _check_loop(work: Work, facts: Facts, sheet: Sheet, names: set[str]) -> None:
    for name in names.intersection(work.layout.homes(facts.type)):
        ref = sheet.values[name]
        if ref is not None and work.tree.is_below(int(ref.id), facts.id):
            raise ConflictError(
                f"{facts.type} {facts.id} cannot lie in {ref}, which lies in it", backend=SCHEME, sent="no"
            )


def _home(work: Work, facts: Facts) -> int | None:
    """What the record lies in now: the first of its links that lead upwards."""
    names = work.layout.homes(facts.type)
    columns = tuple((place.table, place.column) for place in (work.layout.place(facts.type, name) for name in names))
    if not columns:
        return None
    row = work.connection.execute(old_sql(work.layout, facts.type, columns), (facts.id,)).fetchone()
    return next((id for id in row if id is not None), None)


def _settle(work: Work, before: Facts, now: Facts) -> None:
    """Set the tree right after a move or a new name."""
    if before.home != now.home or before.type != now.type:
        work.connection.execute("UPDATE node SET home = ? WHERE id = ?", (now.home, now.id))
        work.tree.moved(now.id)
    elif before.name != now.name and work.layout.schema.is_a(now.type, "Folder"):
        work.tree.renamed((now.id, *work.tree.below(now.id)))
