"""Users, groups, projects, statuses, task types and tags: matched with what the target has, made where it lacks them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from trackerkit.entities import Entity
from trackerkit.errors import TrackerError
from trackerkit.sync.crosswalk import Entry
from trackerkit.sync.journal import Outcome
from trackerkit.sync.mapping import TypeMap
from trackerkit.sync.naming import legal_name
from trackerkit.sync.run import Run, display
from trackerkit.sync.values import is_empty, plain
from trackerkit.values import Ref

MATCHED_BY: Final[Mapping[str, tuple[str, ...]]] = {
    "User": ("email", "name"),
    "Group": ("name",),
    "Project": ("name", "code"),
    "Status": ("name", "code"),
    "TaskType": ("name",),
    "Tag": ("name",),
}
"""The fields by which a record that is there already is recognised, ignoring case; the first that matches counts."""

_CATEGORIES: Final = {
    "wtg": "not_started", "rdy": "not_started", "nrd": "not_started", "fin": "done", "apr": "done", "cmpt": "done",
    "clsd": "done", "vwd": "done", "hld": "blocked", "omt": "blocked", "blk": "blocked", "na": "blocked",
}  # fmt: skip
"""What the usual short codes mean, for a source whose statuses carry no category."""


def fields_of(run: Run, type_map: TypeMap) -> list[str]:
    """The fields to read of a definition: all that may go across."""
    return ["id", *type_map.reads("copy", "link", "status", "data", "media")]


def move_definitions(run: Run, type_map: TypeMap) -> None:
    """Match or make every record of a type; once in the target, or once in each project where they belong to one."""
    type_name = type_map.source.name
    records = list(run.source.find(type_name, fields=fields_of(run, type_map), archived=True))
    scopes: Sequence[Ref | None] = [None]
    if type_map.target.in_project:
        scopes = [target for _, target in run.projects]
    matchers = {scope: _Matcher(run, type_name, scope) for scope in scopes}
    for at, record in enumerate(records):
        run.notify_step(type_name, at + 1, len(records))
        outcomes = [_move_one(run, type_map, record, scope, matchers[scope]) for scope in scopes]
        run.journal.record(outcomes[0] if outcomes else _unused(record))
        if type_name == "Status":
            _remember_status(run, record, matchers)


def _unused(record: Entity) -> Outcome:
    return Outcome(record.ref, display(record), "skipped", "no project is moved that could use it")


def _move_one(run: Run, type_map: TypeMap, record: Entity, scope: Ref | None, matcher: _Matcher) -> Outcome:
    space = scope.id if scope is not None else ""
    name = display(record)
    known = run.crosswalk.find(record.ref, space)
    if known is not None:
        matcher.add(record, known.target)
        return Outcome(record.ref, name, "skipped", "is there already", known.target)
    reason = _why_not(type_map, record)
    if reason:
        return Outcome(record.ref, name, "skipped", reason)
    found = matcher.find(record)
    if found is not None:
        run.keep([Entry(record.ref, found, {}, {})], [], space)
        return Outcome(record.ref, name, "merged", f"into {found.label or found}, which the target has", found)
    try:
        return _make(run, type_map, record, scope, matcher)
    except TrackerError as error:
        return Outcome(record.ref, name, "failed", str(error))


def _why_not(type_map: TypeMap, record: Entity) -> str:
    if type_map.source.name == "User" and record.get("kind") in ("script", "service"):
        return "a script's user is a key of its own tracker; the target's scripts have their own"
    return ""


def _make(run: Run, type_map: TypeMap, record: Entity, scope: Ref | None, matcher: _Matcher) -> Outcome:
    translated = run.translator(type_map, scope).translate(dict(record), "copy", "link", "status", "data")
    values, name = translated.values, display(record)
    made, why = legal_name(name, type_map.target.fields["name"].domain, record.ref.type.lower())
    values["name"], numbered = run.names.take((type_map.target.name, scope), made)
    if why and "label" in type_map.target.fields and values.get("label") in (None, name):
        values["label"] = name
    _add_category(type_map, record, values)
    space = scope.id if scope is not None else ""
    ref = _create(run, type_map, record, values, scope, space)
    shown = {key: plain(value) for key, value in values.items() if not is_empty(value)}
    run.keep([Entry(record.ref, ref, shown, {})], [], space)
    matcher.add(record, ref)
    renamed = (name, values["name"], why or numbered) if values["name"] != name else None
    return Outcome(record.ref, name, "created", "", ref, renamed, translated.notes)


def _create(
    run: Run, type_map: TypeMap, record: Entity, values: Mapping[str, Any], scope: Ref | None, space: str
) -> Ref:
    given = {name: value for name, value in values.items() if value not in (None, [])}
    home = {"project": scope} if scope is not None else {}
    run.writes += 1
    made = run.target.create(type_map.target.name, key=run.key(record.ref, space), lossy="report", **home, **given)
    return made.ref


def _add_category(type_map: TypeMap, record: Entity, values: dict[str, Any]) -> None:
    if type_map.target.name == "Status" and "category" in type_map.target.fields and not values.get("category"):
        values["category"] = _CATEGORIES.get(str(record.get("code") or "").lower(), "in_progress")


def _remember_status(run: Run, record: Entity, matchers: Mapping[Ref | None, _Matcher]) -> None:
    """The source's key of a status → the name by which every tracker's status field takes it."""
    for matcher in matchers.values():
        ref = matcher.find(record)
        if ref is not None and ref.label:
            for key in (record.get("code"), record.get("name"), record.ref.id):
                if key:
                    run.statuses.setdefault(key, ref.label)


class _Matcher:
    """The target's records of a type, by each of the fields that they are recognised by, in lower case."""

    def __init__(self, run: Run, type_name: str, scope: Ref | None) -> None:
        names = MATCHED_BY[type_name]
        known = run.target.backend.schema().type(type_name).fields
        self._names = [name for name in names if name in known]
        self._found: dict[tuple[str, str], Ref] = {}
        self._names_of: dict[str, str] = {}
        for record in run.target.find(type_name, fields=["id", *self._names], project=scope, archived=True):
            self._names_of[record.ref.id] = str(record.get("name") or "")
            self.add(record, record.ref)
            run.names.reserve((type_name, scope), str(record.get("name") or ""))

    def add(self, record: Entity, ref: Ref) -> None:
        """Know a record under its names; the first to come keeps a name."""
        ref = ref.replace(label=self._names_of.get(ref.id) or ref.label or record.get("name"))
        for key in self._keys(record):
            self._found.setdefault(key, ref)

    def find(self, record: Entity) -> Ref | None:
        """The record that is the same as this one."""
        return next((self._found[key] for key in self._keys(record) if key in self._found), None)

    def _keys(self, record: Entity) -> list[tuple[str, str]]:
        return [(name, str(record[name]).lower()) for name in self._names if record.get(name)]


def move_projects(run: Run, type_map: TypeMap) -> None:
    """Match or make the projects that are wanted."""
    wanted = None if run.options.projects is None else {str(name) for name in run.options.projects}
    records = list(run.source.find("Project", fields=fields_of(run, type_map), archived=True))
    matcher = _Matcher(run, "Project", None)
    for at, record in enumerate(records):
        run.notify_step("Project", at + 1, len(records))
        if wanted is not None and not wanted & {record.get("name"), record.get("code"), record.ref.id}:
            run.journal.record(Outcome(record.ref, display(record), "skipped", "was not asked for"))
            continue
        outcome = _move_one(run, type_map, record, None, matcher)
        run.journal.record(outcome)
        if outcome.target is not None:
            run.projects.append((record.ref, outcome.target))


MOVERS: Final[Mapping[str, Callable[[Run, TypeMap], None]]] = {
    "User": move_definitions,
    "Group": move_definitions,
    "Project": move_projects,
    "Status": move_definitions,
    "TaskType": move_definitions,
    "Tag": move_definitions,
}
"""How each type of definition is moved."""
