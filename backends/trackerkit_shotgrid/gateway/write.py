"""``create``, ``update``, ``delete``, ``revive`` and ``batch``."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as _field
from datetime import datetime, timedelta, timezone
from typing import Any, Final

from trackerkit.errors import BatchError, ConflictError, NotFoundError, TrackerError
from trackerkit.operations import Added, Numbered, Operation, Removed, Result, check_key, new_key
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway import cascade, connections, durations, events, loops, projects, reverse, templates
from trackerkit_shotgrid.gateway.answers import Answer
from trackerkit_shotgrid.gateway.closed import check_open
from trackerkit_shotgrid.gateway.colors import OF_STEP
from trackerkit_shotgrid.gateway.columns import MASK
from trackerkit_shotgrid.gateway.context import Context
from trackerkit_shotgrid.gateway.faults import (
    CRUD,
    Fault,
    as_hash,
    batch_text,
    no_entity,
    of_error,
    update_failed,
    wrong_class,
)
from trackerkit_shotgrid.gateway.relations import canonical_uuid
from trackerkit_shotgrid.gateway.site import Site
from trackerkit_shotgrid.gateway.values import Reader, Values
from trackerkit_shotgrid.gateway.wire import Write, read_batch, read_write
from trackerkit_shotgrid.mapping.bindings import TypeBinding
from trackerkit_shotgrid.mapping.types import USER_KINDS, native_user_type
from trackerkit_shotgrid.schema.standard import identifier_of, standard_type, type_label

_KINDS: Final = {"create": "create", "update": "update", "delete": "delete", "revive": "restore"}
_NAMES: Final = ("name", "filename")
_SIGNED: Final = ("Note", "Reply")
"""Types whose author is who makes them, unless another is named."""

_LABELS: Final = {"HumanUser": "Person", "ApiUser": "Script"}


@dataclass
class Change:
    """One write on its way: what to do at once, and what has to wait until the record is there.

    Args:
        write: as it was sent.
        operation: what to do.
        values: what was read of it.
    """

    write: Write
    operation: Operation
    values: Values = _field(default_factory=Values)


# --- the calls -------------------------------------------------------------------------------------------------------


def create(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ``create``: type, id, every field that was sent, and the fields asked for."""
    answer = _do(context, [read_write("create", given)])[0]
    assert isinstance(answer, dict)
    return answer


def update(context: Context, given: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to ``update``: type, id and exactly the fields that were sent."""
    answer = _do(context, [read_write("update", given)])[0]
    assert isinstance(answer, dict)
    return answer


def delete(context: Context, given: Mapping[str, Any]) -> bool:
    """The answer to ``delete``: False when it was retired already."""
    return bool(_do(context, [read_write("delete", given)])[0])


def revive(context: Context, given: Mapping[str, Any]) -> bool:
    """The answer to ``revive``: False when it was not retired."""
    return bool(_do(context, [read_write("revive", given)])[0])


def batch(context: Context, given: Any) -> list[Any]:
    """The answer to ``batch``: one a request, in order; all are done or none is."""
    return _do(context, read_batch(given, context.shared.limits), is_batch=True)


def _do(context: Context, writes: Sequence[Write], is_batch: bool = False) -> list[Any]:
    changes = [_prepared(context, at, write, is_batch) for at, write in enumerate(writes)]
    if not changes:
        return []
    loops.check(context, changes, is_batch)
    operations = [change.operation for change in changes]
    try:
        pointed = reverse.also(context, [(change.operation, change.values.reverse) for change in changes])
        more = [*cascade.also(context, operations), *(pointed or ())]
        more += [made for change in changes for made in connections.also(context, change.write.type, change.operation)]
        results = context.writer.write([*operations, *more])[: len(changes)]
        cascade.note(context, operations, more)
    except BatchError as error:
        raise _batch_fault(context, error.index, error.cause, changes) from error
    except TrackerError as error:
        # Of a batch of one the error comes unwrapped; of a longer one it is about none of its requests.
        if is_batch and len(changes) == 1:
            raise _batch_fault(context, 0, error, changes) from error
        raise _fault(context, error, changes[0]) from error
    for change, result in zip(changes, results, strict=True):
        _afterwards(context, change, result, pointed is None)
    connections.arrange(
        context, [result.ref for change, result in zip(changes, results, strict=True) if _ranks(change)]
    )
    return _answers(context, changes, results)


def _ranks(change: Change) -> bool:
    """Whether a write says where in its playlist a Version stands."""
    return change.write.type == "PlaylistVersionConnection" and connections.ORDER in change.operation.values


def _batch_fault(context: Context, index: int, error: TrackerError, changes: Sequence[Change]) -> Fault:
    fault = _fault(context, error, changes[min(index, len(changes) - 1)])
    return Fault(batch_text(index, fault.message), fault.code)


def _prepared(context: Context, index: int, write: Write, is_batch: bool) -> Change:
    try:
        return prepare(context, write)
    except Fault as fault:
        if not is_batch:
            raise
        raise Fault(batch_text(index, fault.message), fault.code) from fault


def _fault(context: Context, error: TrackerError, change: Change) -> Fault:
    """What went wrong with one write, under ShotGrid's names."""
    write = change.write
    if isinstance(error, ConflictError) and write.type == "Project" and "name" in write.fields:
        return _name_taken(write.kind)
    if not isinstance(error, NotFoundError):
        return of_error(error, write.kind)
    bad = _bad_link(context, change)
    if bad is not None:
        return update_failed(write.kind, f"{write.type}.{bad}", "Value is not legal.")
    return no_entity(write.kind, write.type, write.id) if write.id is not None else of_error(error, write.kind)


def _name_taken(verb: str) -> Fault:
    """Two projects cannot have one name."""
    number, where = ("61", "Project") if verb == "create" else ("51", "Project.name")
    text = (
        f"{verb.capitalize()} failed for [{where}]. The value for the Project Name field is required to be unique. <br>"
    )
    return Fault(f"API {verb}() CRUD ERROR #{number}: {text}", CRUD)


def _bad_link(context: Context, change: Change) -> str | None:
    """The first field, under ShotGrid's name, that links to a record that there is not."""
    given = {name: list(_refs(value)) for name, value in change.operation.values.items()}
    found = context.tracker.backend.fetch([ref for refs in given.values() for ref in refs], ["id"], "all")
    bad = next((name for name, refs in given.items() if any(ref not in found for ref in refs)), None)
    if bad is None:
        return None
    owner = context.site.types[change.write.type]
    if bad == "parent" and change.values.parents:
        return next(iter(change.values.parents))
    return next((native for native, item in owner.natives.items() if item.field.name == bad), bad)


def _refs(value: Any) -> Iterator[Ref]:
    """The records that a value names."""
    for item in value.values if isinstance(value, (Added, Removed)) else value if isinstance(value, list) else [value]:
        if isinstance(item, Ref):
            yield item


# --- one write -------------------------------------------------------------------------------------------------------


def prepare(context: Context, write: Write) -> Change:
    """A write as an operation.

    Raises:
        Fault: it cannot be one.
    """
    site = context.site
    owner = site.type(write.kind, write.type)
    check_open(write.kind, write.type, write.fields)
    neutral = site.neutral(write.type)
    connections.refresh(context, write.type)
    ref = None
    if write.id is not None:
        ref = site.find_ref(write.type, write.id)
        if ref is None or not _is_of_type(context, write, ref):
            raise no_entity(write.kind, write.type, write.id)
    if write.kind in ("delete", "revive"):
        return Change(write, Operation(_KINDS[write.kind], neutral, ref))  # type: ignore[arg-type]
    values = Reader(site, write.kind, context.lookups).read(write)
    connections.check(context, write, values.fields)
    if values.password is not None:
        _check_password(context, write)
    if ref is None:
        _check_project(site, write)
    _set_parent(context, owner, values, ref)
    if write.type == "Task":
        durations.settle(context, values.fields, ref)
    if ref is not None:
        return Change(write, Operation("update", neutral, ref, values.fields), values)
    _complete(context, owner, neutral, values)
    if neutral == "Task" and values.fields.get(templates.FIELD) is not None and not values.fields.get("project"):
        values.fields["project"] = templates.home_of_templates(context)
    if owner.native == events.ENTRY:
        _complete_entry(write, values)
    key = check_key(values.key) if values.key else new_key()
    return Change(write, Operation("create", neutral, values=values.fields, key=key), values)


_HOMELESS: Final = ("Attachment", "Page", "Project", "Reply")
"""Types whose records may belong to no project."""


def _check_project(site: Site, write: Write) -> None:
    """Do nothing for a new record that names its project, or needs none.

    Raises:
        Fault: ShotGrid takes a record's project from nothing else that it is told.
    """
    if (
        write.type in _HOMELESS
        or "project" in write.fields
        or (write.type == "Task" and templates.FIELD in write.fields)
    ):
        return
    standard = standard_type(write.type)
    if "project" in site.types[write.type].natives and (standard is None or standard.in_project):
        raise Fault(f"API create() missing 'project' attribute: {as_hash(write.fields)}")


def _is_of_type(context: Context, write: Write, ref: Ref) -> bool:
    """People and scripts may be of one type here, and are of two in ShotGrid."""
    if not context.site.one_user_type or write.type not in USER_KINDS:
        return True
    record = context.tracker.backend.fetch([ref], ["kind"], "all").get(ref)
    return record is not None and native_user_type(record["kind"]) == write.type


def _complete(context: Context, owner: TypeBinding, neutral: str, values: Values) -> None:
    """What ShotGrid's server fills in: the kind of a user, who is active from the first; a name where there is none."""
    fields = values.fields
    kind = context.site.schema.type(neutral)
    if owner.native in USER_KINDS and "active" in kind.fields:
        fields.setdefault("active", True)
    if context.site.one_user_type and owner.native in USER_KINDS:
        fields["kind"] = context.site.script_kinds[0] if owner.native == "ApiUser" else USER_KINDS[owner.native]
        if not fields.get("name"):
            fields["name"] = fields.get("email") or fields.get("label")
    if owner.native in _SIGNED and context.site.ids.is_own and "author" not in fields and "author" in kind.fields:
        fields["author"] = context.site.find_caller(context.caller)
    names = [name for name in _NAMES if name in kind.fields and kind.fields[name].required]
    identifier = owner.natives.get(identifier_of(owner.native) or "")
    if identifier is not None and identifier.field.name not in names:
        names.append(identifier.field.name)
    for name in names:
        if not fields.get(name):
            label = _LABELS.get(owner.native) or type_label(owner.native)
            fields[name] = Numbered(f"New {label} ", f"New {label} {(values.key or new_key())[:6]}")
    if owner.native == "TimeLog":
        fields.setdefault("date", datetime.now(timezone.utc).date())
        fields.setdefault("duration", timedelta())
        fields.setdefault("description", "New Time Log")
    if owner.native == "Task" and "color" in kind.fields:
        fields.setdefault("color", OF_STEP)


def _complete_entry(write: Write, values: Values) -> None:
    """An entry of a script's own: nobody did it unless somebody is named, and it has words as on a site.

    Raises:
        Fault: for a ``meta`` that is no hash.
    """
    if not isinstance(write.fields.get("meta"), (dict, type(None))):
        raise wrong_class("create", "EventLogEntry.meta", ("Hash", "NilClass"), write.fields["meta"])
    for name, value in (("name", ""), ("actor", None), ("description", "New Event")):
        values.fields[name] = values.fields.get(name) or value
    session = values.fields.get("origin")
    if session is not None:
        values.fields["origin"] = canonical_uuid(session) or session


def _set_parent(context: Context, owner: TypeBinding, values: Values, ref: Ref | None) -> None:
    """The one parent that ShotGrid's several fields make: the first in rank that is given."""
    if not values.parents:
        return
    given = [(link, values.parents[link.native]) for link in owner.parents if link.native in values.parents]
    chosen = next((parent for _, parent in given if parent is not None), None)
    for link, other in given:
        if other is not None and other != chosen:
            _check_above(context, owner, link.native, chosen, other)
    if chosen is not None or ref is None:
        values.fields["parent"] = chosen
    elif _parent_type(context, ref) in [link.target for link, _ in given]:
        values.fields["parent"] = None


def _parent_type(context: Context, ref: Ref) -> str | None:
    record = context.tracker.backend.fetch([ref], ["parent"], "all").get(ref, {})
    parent = record.get("parent")
    return parent.type if isinstance(parent, Ref) else None


def _check_above(context: Context, owner: TypeBinding, native: str, chosen: Ref | None, other: Ref) -> None:
    """A second parent is fine where it stands above the first; a record hangs in one place only here."""
    name = other.type.lower()
    record = context.tracker.backend.fetch([chosen], [name], "all").get(chosen, {}) if chosen is not None else {}
    above = record.get(name)
    if not isinstance(above, Ref) or above.id != other.id:
        raise update_failed(
            "update",
            f"{owner.native}.{native}",
            "a record has one parent here, and another field names a different one.",
        )


# --- afterwards ------------------------------------------------------------------------------------------------------


def _afterwards(context: Context, change: Change, result: Result, late: bool) -> None:
    """What can only be written once the record is there: links that others hold (``late``), a user's password."""
    operations = reverse.operations(context, result.ref, change.values.reverse) if late else []
    if operations:
        context.writer.write(operations)
    if change.write.kind == "create" and change.write.type == "Project" and context.shared.settings.beside:
        projects.give_statuses(context, result.ref)
    template = change.operation.values.get(templates.FIELD)
    if template is not None:
        templates.give_tasks(context, result.ref, template)
    for name, value in change.values.personal.items():
        if context.site.person is not None:
            context.site.person.put(change.write.type, name, result.ref, value)
    if "active" in change.operation.values:
        context.shared.logins.forget()
    if change.values.password:
        _set_password(context, change, result)


def _check_password(context: Context, write: Write) -> None:
    """Scripts may set passwords only where the settings say so."""
    if not context.shared.settings.passwords or write.type not in USER_KINDS:
        raise Fault(f"API {write.kind}() {write.type}.password_proxy cannot be set through this gateway.")


def _set_password(context: Context, change: Change, result: Result) -> None:
    """A user who may log in from now on."""
    record = context.tracker.backend.fetch([result.ref], ["name"], "all").get(result.ref, {})
    login, state = str(record.get("name") or ""), context.shared.state
    known = state.find_key(login)
    if known is not None and known.kind != "user":
        raise update_failed(change.write.kind, f"{change.write.type}.password_proxy", "that login is a script's name.")
    if known is not None:
        state.revoke_key(login)
    state.add_key(login, kind="user", login=login, secret=change.values.password)


# --- answers ---------------------------------------------------------------------------------------------------------


def _answers(context: Context, changes: Sequence[Change], results: Sequence[Result]) -> list[Any]:
    """What is answered, in order; records of one type with the same fields are read at once."""
    made: list[Any] = [result.done for result in results]
    groups: dict[tuple[str, tuple[str, ...]], list[int]] = {}
    for at, change in enumerate(changes):
        if change.write.kind not in ("delete", "revive"):
            names = tuple(dict.fromkeys((*change.write.fields, *change.write.return_fields)))
            groups.setdefault((change.write.type, names), []).append(at)
    for (native, names), places in groups.items():
        found = {record["id"]: record for record in _read(context, native, names, [results[at].ref for at in places])}
        for at in places:
            number = context.site.ids.number(results[at].ref)
            made[at] = _told(found.get(number, {"type": native, "id": number}), names)
    return made


def _read(context: Context, native: str, names: Sequence[str], refs: Sequence[Ref]) -> list[dict[str, Any]]:
    if native == events.ENTRY:
        return events.Entries(context.site, names, context.lookups, context.urls).of(refs)
    return Answer(context.site, native, names, context.lookups, context.urls).read(refs)


def _told(record: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    return {**record, **{name: MASK for name in names if name == "password_proxy"}}
