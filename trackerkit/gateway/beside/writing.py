"""Writing to a tracker with a shelf: what the tracker holds goes there, first; the rest is kept beside it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from trackerkit.backend import Backend, failed
from trackerkit.errors import BatchError, ConflictError, DomainError, NotFoundError, TrackerError
from trackerkit.gateway.beside.houses import Houses
from trackerkit.gateway.beside.names import fits, made_name, with_tail
from trackerkit.gateway.beside.reading import Reading
from trackerkit.gateway.beside.shelf import Shelf
from trackerkit.gateway.beside.shelving import Part, Shelving, refs_of
from trackerkit.gateway.beside.values import to_json
from trackerkit.gateway.beside.view import View
from trackerkit.operations import Added, Operation, Removed, Result, new_key
from trackerkit.schema import Field
from trackerkit.values import Ref

_PARENT: Final = "parent"
_LEADING: Final = frozenset({("Task", _PARENT), ("Version", _PARENT), ("Note", "links")})
"""Links without which a tracker may keep no such record."""

_TAIL: Final = 6
_NOT_WRITTEN: Final = ("project", "id", "uid")


class Writing:
    """Makes changes.

    Args:
        base: the tracker.
        shelf: what is kept beside it.
        view: what is where, now.
        reading: reads both.
        me: who writes.
    """

    def __init__(self, base: Backend, shelf: Shelf, view: View, reading: Reading, me: Callable[[], Ref | None]) -> None:
        self._base, self._shelf, self._view, self._reading = base, shelf, view, reading
        self._shelving = Shelving(base, shelf, view, me)
        self._keeper = reading.keeper
        self._houses = Houses(shelf, reading.keeper.prefix)
        self._data: dict[Ref, Mapping[str, Any]] = {}

    def write(self, operations: Sequence[Operation], atomic: bool) -> list[Result]:
        """Make changes: those of the tracker first, all or none; then those of the shelf, all or none."""
        parts = []
        for at, operation in enumerate(operations):
            with _Named(operations, at):
                parts.append(self._part(operation))
        for at, part in enumerate(parts):
            if part.own is None:
                with _Named(operations, at):
                    self._shelving.prepare(part)
        self._write_own(parts, operations, atomic)
        if any(part.is_shelved or part.more or part.is_retired is not None for part in parts):
            with self._shelf.transaction() as connection:
                for part in parts:
                    self._shelving.write(connection, part)
        return [part.result for part in parts if part.result is not None]

    # ---- where each belongs

    def _part(self, operation: Operation) -> Part:
        if operation.kind == "create":
            return self._new_part(operation)
        assert operation.ref is not None
        row = next(iter(self._shelf.rows(operation.type, [operation.ref.id])), None)
        if row is not None or not self._view.is_base(operation.type):
            if row is None:
                raise NotFoundError(f"there is no {operation.ref} at {self._shelf.site}", backend=self._base.scheme)
            return Part(operation, row=row, more=self._json(operation, operation.values, operation.ref))
        if operation.kind == "update":
            return self._divided(self._rehoused(operation))
        kind = self._view.base.type(operation.type)
        if kind.can_retire or operation.permanent:
            return Part(operation, own=operation)
        return Part(operation)  # retired beside the tracker, which cannot retire such a record

    def _rehoused(self, operation: Operation) -> Operation:
        """A list of links that led to a house leads there still, and a record whose link is cleared moves there.

        The tracker keeps the record there.
        """
        wanted = [name for name in operation.values if self._may_be_housed(operation.type, name)]
        ref = operation.ref
        if not wanted or ref is None:
            return operation
        now = self._base.fetch([ref], wanted, "all").get(ref, {})
        values = dict(operation.values)
        for name in wanted:
            houses = [each for each in refs_of(now.get(name)) if each.id in self._houses.ids]
            if not houses and not values[name] and refs_of(now.get(name)):
                houses = self._new_house(ref, name)
            if houses and isinstance(values[name], list):
                values[name] = [*houses, *values[name]]
            elif houses and values[name] is None:
                values[name] = houses[0]
        return replace(operation, values=values)

    def _may_be_housed(self, type: str, name: str) -> bool:
        return (type, name) in self._houses.fields or (type, name) in _LEADING

    def _new_house(self, ref: Ref, name: str) -> list[Ref]:
        """Where a record goes whose link is cleared; nothing where the tracker has no such place."""
        if ref.project is None or not Houses.suits(self._view, ref.type, name):
            return []
        home = Ref("Project", ref.project, ref.project, self._shelf.site)
        return [self._houses.of(self._base, home, ref.type, name)]

    def _new_part(self, operation: Operation) -> Part:
        values = {**self._defaults(operation), **operation.values}
        operation = replace(operation, values=values, key=operation.key or new_key())
        if self._view.is_kept(operation.type) or self._has_no_home(operation):
            return Part(operation, more=self._json(operation, values, None))
        part = self._divided(operation)
        lacking = [
            item.name for item in self._view.base.type(operation.type).fields.values() if _is_lacking(item, values)
        ]
        if lacking and not all(self._house(part, name) for name in lacking):
            self._shelve(part)
        return part

    def _defaults(self, operation: Operation) -> dict[str, Any]:
        kept = self._view.kept(operation.type)
        return {item.name: item.default for item in kept if item.default not in (None, False)}

    def _has_no_home(self, operation: Operation) -> bool:
        """Whether the tracker keeps such records in projects, and nothing says in which."""
        kind = self._view.base.type(operation.type)
        return kind.in_project and "project" in kind.fields and not self._shelving.home(operation)

    def _divided(self, operation: Operation) -> Part:
        """What of the values is the tracker's, and what is kept: with the record's data, or on the shelf."""
        view, kind = self._view, operation.type
        own: dict[str, Any] = {}
        kept: dict[str, Any] = {}
        for name, value in operation.values.items():
            (own if view.is_own(kind, name) else kept)[name] = value
        named = kept.pop("name", None) if kind in view.named else None
        as_json = self._json(operation, kept, operation.ref)
        data = {self._keeper.key(name): raw for name, raw in as_json.items() if self._keeper.in_data(view, kind, name)}
        more = {name: raw for name, raw in as_json.items() if not self._keeper.in_data(view, kind, name)}
        if named is not None:
            own.update(self._named(operation, str(named), data))
        if data or "data" in own:
            own["data"] = self._merged(operation, own.get("data"), data)
        is_written = bool(own) or operation.kind == "create"
        links = frozenset(name for name, item in view.whole.type(kind).fields.items() if item.is_link)
        return Part(operation, replace(operation, values=own) if is_written else None, more, links)

    def _merged(self, operation: Operation, given: Mapping[str, Any] | None, kept: Mapping[str, Any]) -> dict[str, Any]:
        """A record's ``data`` with what is kept in it: what nobody speaks of stays as it is."""
        ref, prefix = operation.ref, self._keeper.prefix
        now: Mapping[str, Any] = {}
        if ref is not None:
            if ref not in self._data:
                found = self._base.fetch([ref], ["data"], "all").get(ref, {})
                self._data[ref] = found.get("data") or {}
            now = self._data[ref]
        others = {key: raw for key, raw in now.items() if given is None or key.startswith(prefix)}
        merged = {**others, **(given or {}), **kept}
        if ref is None:
            return {key: raw for key, raw in merged.items() if raw is not None}
        self._data[ref] = {key: raw for key, raw in merged.items() if raw is not None}
        return merged  # a null takes a key away

    def _named(self, operation: Operation, given: str, data: dict[str, Any]) -> dict[str, Any]:
        """The tracker's own name and label for a name as it was given, which is kept where they differ."""
        fields = self._view.base.type(operation.type).fields
        name, label = fields["name"], fields.get("label")
        made = made_name(name.domain, given)
        data[self._keeper.key("name")] = given if made != given or name.create_only else None
        values = {"name": made} if operation.kind == "create" or not name.create_only else {}
        if operation.kind == "create" and data[self._keeper.key("name")] is None:
            del data[self._keeper.key("name")]
        is_labelled = label is not None and not label.read_only and label.domain != name.domain
        if is_labelled and (made != given or operation.kind == "update"):
            assert label is not None
            values["label"] = made_name(label.domain, given)
        return values

    def _json(self, operation: Operation, values: Mapping[str, Any], ref: Ref | None) -> dict[str, Any]:
        kind = self._view.whole.type(operation.type)
        made = {}
        for name, value in values.items():
            item = kind.fields.get(name)
            if item is not None and name not in _NOT_WRITTEN and item.data_type != "entity_type":
                made[name] = to_json(item, self._changed(item, value, ref))
        return made

    def _changed(self, item: Field, value: Any, ref: Ref | None) -> Any:
        """A list after an addition or a removal."""
        if not isinstance(value, (Added, Removed)):
            return value
        assert ref is not None
        now = list(self._reading.fetch([ref], [item.name], "all").get(ref, {}).get(item.name) or ())
        if isinstance(value, Removed):
            return [each for each in now if each not in value.values]
        return [*now, *(each for each in value.values if each not in now)]

    # ---- the tracker

    def _write_own(self, parts: Sequence[Part], operations: Sequence[Operation], atomic: bool) -> None:
        places = [at for at, part in enumerate(parts) if part.own is not None]
        if not places:
            return
        try:
            results = self._sent(parts, places, atomic)
        except BatchError as error:
            at = places[error.index]
            raise failed(at, operations[at], error.cause) from error
        except TrackerError as error:
            if len(places) == 1 and len(operations) > 1:
                raise failed(places[0], operations[places[0]], error) from error
            raise
        for at, result in zip(places, results, strict=True):
            parts[at].result = replace(result, values={**result.values, **parts[at].operation.values})

    def _sent(self, parts: Sequence[Part], places: list[int], atomic: bool) -> list[Result]:
        """The tracker's results, for the ``places`` that are left.

        A new record whose name is taken there gets another one; one that the tracker has no place for goes to the shelf.
        """
        tried: set[int] = set()
        while places:
            sent = [own for at in places if (own := parts[at].own) is not None]
            try:
                return self._base.write(sent, atomic=atomic)
            except TrackerError as error:
                index = error.index if isinstance(error, BatchError) else 0
                cause = error.cause if isinstance(error, BatchError) else error
                part = parts[places[index]]
                lacking = _lacks_place(part, cause)
                if lacking and not self._house(part, lacking):
                    self._shelve(part)
                    places.pop(index)
                elif lacking:
                    continue
                elif index not in tried and isinstance(cause, ConflictError) and self._can_rename(part):
                    tried.add(index)
                    self._rename(part)
                else:
                    raise
        return []

    def _house(self, part: Part, name: str) -> bool:
        """Hang a new record that hangs on nothing on its project's house; False where that cannot be."""
        own, view = part.own, self._view
        if own is None:
            return False
        if not Houses.suits(view, own.type, name):
            if view.base.field(own.type, name).required:
                return False  # a home does not make up for it
            name = _PARENT
        home = self._shelving.home(part.operation)
        if not home or not Houses.suits(view, own.type, name) or own.values.get(name):
            return False
        ref = self._houses.of(self._base, Ref("Project", home, home, self._shelf.site), own.type, name)
        value = [ref] if view.base.field(own.type, name).is_many else ref
        part.own = replace(own, values={**own.values, name: value})
        return True

    def _shelve(self, part: Part) -> None:
        part.own, part.more = None, self._json(part.operation, part.operation.values, None)

    def _can_rename(self, part: Part) -> bool:
        """Whether the record may have another name in the tracker than the one that was given. A project's is its id."""
        operation = part.own
        is_moved = operation is not None and operation.kind == "update" and _PARENT in operation.values
        if operation is None or operation.type not in self._view.named or not ("name" in operation.values or is_moved):
            return False
        return not self._view.base.field(operation.type, "name").create_only

    def _rename(self, part: Part) -> None:
        own = part.own
        assert own is not None
        tail = own.key or (own.ref.id if own.ref is not None else new_key())
        domain = self._view.base.field(own.type, "name").domain
        given, made = self._names(part, own)
        name = with_tail(domain, made, tail[:_TAIL])
        data = self._merged(own, own.values.get("data"), {self._keeper.key("name"): given})
        part.own = replace(own, values={**own.values, "name": name, "data": data})
        label = self._view.base.type(own.type).fields.get("label")
        if label is not None and fits(label.domain, given):
            part.own = replace(part.own, values={**part.own.values, "label": given})

    def _names(self, part: Part, own: Operation) -> tuple[str, str]:
        """A record's name as it was given, and the one that the tracker has for it."""
        if "name" in part.operation.values or own.ref is None:
            return part.operation.values["name"], own.values["name"]
        ref = own.ref  # it moves to where another has its name
        found, known = (each.fetch([ref], ["name"], "all")[ref]["name"] for each in (self._reading, self._base))
        return str(found), str(known)


class _Named:
    """Errors inside come out as those of one operation of a batch."""

    def __init__(self, operations: Sequence[Operation], at: int) -> None:
        self._operations, self._at = operations, at

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: object) -> None:
        if isinstance(error, TrackerError) and len(self._operations) > 1:
            raise failed(self._at, self._operations[self._at], error) from error


def _is_lacking(item: Field, values: Mapping[str, Any]) -> bool:
    """Whether the tracker needs a link that nobody gave."""
    return item.required and item.is_link and values.get(item.name) is None


def _lacks_place(part: Part, error: TrackerError) -> str:
    """The link that nobody gave, for want of which the tracker refused a new record before anything was sent; or nothing."""
    operation = part.operation
    if operation.kind != "create" or not isinstance(error, DomainError) or error.sent != "no":
        return ""
    name = error.path.partition(".")[2]
    return name if name in part.links and not operation.values.get(name) else ""
