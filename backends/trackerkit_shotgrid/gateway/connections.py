"""Connection records: the rows behind a site's links, ``PlaylistVersionConnection`` above all, that scripts ask for.

A tracker of ours keeps a link in one place, the field. Where somebody asks for connections, their records are brought into
line with the fields first, by what the event log says has changed since: so they are right whoever wrote the link, and
records that were there keep their ids and what they say of the link.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from trackerkit.filters import And, Condition, Filter
from trackerkit.operations import Added, Operation, Removed
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.faults import CRUD, Fault, update_failed
from trackerkit_shotgrid.gateway.wire import Write

ROOM: Final = "connections"
ORDER: Final = "sg_sort_order"
KINDS: Final = ("finish-to-start-next-day", "start-to-start", "finish-to-finish", "start-to-finish-next-day")
"""What a TaskDependency may be."""


@dataclass(frozen=True, slots=True)
class Connection:
    """A type of connections.

    Args:
        owner: the neutral type whose field holds the link.
        field: that field.
        near: the connection's field that leads to the owner.
        far: the one that leads to what is linked.
        target: the neutral type of what is linked.
    """

    owner: str
    field: str
    near: str
    far: str
    target: str


CONNECTIONS: Final[Mapping[str, Connection]] = {
    "PlaylistVersionConnection": Connection("Playlist", "items", "playlist", "version", "Version"),
    "TaskDependency": Connection("Task", "depends_on", "task", "dependent_task", "Task"),
    "AssetShotConnection": Connection("Shot", "assets", "shot", "asset", "Asset"),
}


def of(context: Context, native: str) -> Connection | None:
    """The connections that a ShotGrid type is, where the tracker keeps such; None for any other type."""
    found = CONNECTIONS.get(native)
    return found if found is not None and native in context.site.types else None


# --- reading ---------------------------------------------------------------------------------------------------------


def condition(context: Context, native: str) -> Filter | None:
    """What connections of active records hold; None for any other type."""
    item = of(context, native)
    return None if item is None else And((~Condition(item.near, "is", None), ~Condition(item.far, "is", None)))


def refresh(context: Context, native: str) -> None:
    """Bring the records of a type of connections into line with the links; does nothing for any other type."""
    item = of(context, native)
    if item is None:
        return
    last = context.tracker.backend.last_cursor() or "0"
    since = context.facts.get(ROOM, native, "")
    if since == last:
        return
    changed = _changed(context, item, since)
    operations = [made for owner, gone in changed.items() for made in _settled(context, native, item, owner, gone)]
    if operations:
        context.tracker.write(operations)
    context.facts.put(ROOM, native, "", last)


def _changed(context: Context, item: Connection, since: str | None) -> dict[Ref, set[Ref]]:
    """The records whose links changed since, with the links that were taken away; every one that has links, the first time."""
    if since is None:
        linked = ~Condition(item.field, "is", None)
        return {found.ref: set() for found in context.tracker.find(item.owner, linked, fields=["id"], archived=True)}
    about = And((Condition("number", "greater_than", int(since)), Condition("field", "is", item.field)))
    made: dict[Ref, set[Ref]] = {}
    for event in context.tracker.find("Event", about, fields=["entity", "removed"], archived=True):
        if event["entity"] is not None and event["entity"].type == item.owner:
            made.setdefault(event["entity"], set()).update(event["removed"] or ())
    return made


def _settled(context: Context, native: str, item: Connection, owner: Ref, gone: set[Ref]) -> Iterable[Operation]:
    """What makes the connections of one record right; a link that was taken away and is there again is another one."""
    found = context.tracker.backend.fetch([owner], [item.field]).get(owner)
    if found is None:
        return
    wanted = [ref for ref in found[item.field] or () if ref.type == item.target]
    rows = _rows(context, native, Condition(item.near, "is", owner), [item.far])
    known = {row[item.far]: row.ref for row in rows if row[item.far] is not None}
    kept = {target for target in known if target in wanted and target not in gone}
    for target, ref in known.items():
        if target not in kept:
            yield Operation("delete", native, ref)
    for target in wanted:
        if target not in kept:
            yield _new(context, native, item, owner, target, {})


def _rows(context: Context, native: str, about: Filter, fields: Sequence[str], state: str = "active") -> list[Any]:
    return list(context.tracker.find(native, about, fields=list(fields), state=state, archived=True))


def _new(
    context: Context, native: str, item: Connection, owner: Ref, target: Ref, values: Mapping[str, Any]
) -> Operation:
    """A connection; two who make the same one at once make one."""
    both = And((Condition(item.near, "is", owner), Condition(item.far, "is", target)))
    earlier = len(_rows(context, native, both, ["id"], "all"))
    key = uuid5(NAMESPACE_URL, f"{context.site.site}/{native}/{owner.id}/{target.id}/{earlier}").hex
    return Operation("create", native, values={**values, item.near: owner, item.far: target}, key=key)


# --- writing ---------------------------------------------------------------------------------------------------------


def check(context: Context, write: Write, fields: Mapping[str, Any]) -> None:
    """Do nothing for a write that a connection takes.

    Raises:
        Fault: for one that is there already, of a kind that there is not, or that has no two ends.
    """
    item = of(context, write.type)
    if item is None:
        return
    if write.kind == "update" and {item.near, item.far} & fields.keys():
        raise Fault(
            f"API update() {write.type}.{item.near if item.near in fields else item.far} is editable on create only."
        )
    kind = fields.get("dependency_type", KINDS[0])
    if write.type == "TaskDependency" and kind not in KINDS:
        said = f"Dependency type Dependency type '{kind or ''}' is invalid, accepted values are {', '.join(KINDS)}."
        raise _invalid(write, said)
    if write.kind == "create":
        _check_new(context, write, item, fields)


def _check_new(context: Context, write: Write, item: Connection, fields: Mapping[str, Any]) -> None:
    owner, target = fields.get(item.near), fields.get(item.far)
    for name, ref in ((item.near, owner), (item.far, target)):
        if ref is None:
            raise update_failed("create", f"{write.type}.{name}", "Value is not legal.")
    assert isinstance(owner, Ref)
    assert isinstance(target, Ref)
    found = context.tracker.backend.fetch([owner], [item.field]).get(owner, {})
    if (target.type, target.id) in {(ref.type, ref.id) for ref in found.get(item.field) or ()}:
        raise _invalid(write, "There is already a connection between the entities.")


def _invalid(write: Write, why: str) -> Fault:
    number, what = (6, "Create") if write.kind == "create" else (5, "Update")
    text = f"{what} failed for [{write.type}]: Validation failed: {why}"
    return Fault(f"API {write.kind}() CRUD ERROR #{number}: {text}", CRUD)


def also(context: Context, native: str, operation: Operation) -> list[Operation]:
    """What a write of a connection does to the link itself."""
    item = of(context, native)
    if item is None or operation.kind == "update":
        return []
    ends = operation.values if operation.ref is None else _ends(context, item, operation.ref)
    owner, target = ends.get(item.near), ends.get(item.far)
    if not isinstance(owner, Ref) or not isinstance(target, Ref):
        return []
    change = Removed((target,)) if operation.kind == "delete" else Added((target,))
    return [Operation("update", item.owner, owner, {item.field: change})]


def _ends(context: Context, item: Connection, ref: Ref) -> Mapping[str, Any]:
    return context.tracker.backend.fetch([ref], [item.near, item.far], "all").get(ref, {})


def arrange(context: Context, refs: Iterable[Ref]) -> None:
    """Have the playlists of some connections hold their Versions in the order that the connections say."""
    native = "PlaylistVersionConnection"
    item = of(context, native)
    if item is None:
        return
    found = context.tracker.backend.fetch(list(refs), [item.near])
    for owner in dict.fromkeys(row[item.near] for row in found.values() if row[item.near] is not None):
        rows = _rows(context, native, Condition(item.near, "is", owner), [item.far, ORDER])
        ranks = {row[item.far]: (row[ORDER] is None, row[ORDER] or 0, at) for at, row in enumerate(rows)}
        now = context.tracker.backend.fetch([owner], [item.field])[owner][item.field]
        last = (True, 0, len(rows))
        wanted = sorted(now, key=lambda ref: ranks.get(ref, last))
        if wanted != now:
            context.writer.write([Operation("update", item.owner, owner, {item.field: wanted})])
