"""A Tracker seen as a ShotGrid site: its types under ShotGrid's names, its records as entity dicts."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from threading import Lock
from typing import Any, Final, NamedTuple, TypeVar, cast

from trackerkit.filters import Condition, Filter
from trackerkit.gateway.sessions import Caller
from trackerkit.schema import Field, Schema
from trackerkit.tracker import Tracker
from trackerkit.values import Ref
from trackerkit_shotgrid.gateway.codes import StatusCodes
from trackerkit_shotgrid.gateway.faults import no_type
from trackerkit_shotgrid.gateway.ids import Ids
from trackerkit_shotgrid.gateway.personal import Person
from trackerkit_shotgrid.gateway.storages import Storages
from trackerkit_shotgrid.mapping.bindings import TypeBinding
from trackerkit_shotgrid.mapping.paths import known_type
from trackerkit_shotgrid.mapping.types import USER_KINDS, native_type, native_user_type
from trackerkit_shotgrid.mapping.values import Links
from trackerkit_shotgrid.schema import bindings_of

T = TypeVar("T")
Types = Mapping[str, TypeBinding]

_SCRIPTS: Final = ("script", "service")
_LONGEST: Final = 200
_REMEMBERED: Final = 4_000


class Memo:
    """What was found out about the paths of one schema; of too many, all are forgotten. Thread-safe."""

    def __init__(self) -> None:
        self._found: dict[Any, Any] = {}

    def get(self, key: tuple[str, str, str], find: Callable[[], T]) -> T:
        """What is remembered, or what ``find`` gives.

        Args:
            key: the kind of question, ShotGrid's type, and the path.
            find: asks the schema, and nothing else.
        """
        found = self._found.get(key, self)
        if found is not self:
            return cast("T", found)
        made = find()
        if len(key[2]) <= _LONGEST:  # a path is the caller's: it must not fill the memory
            if len(self._found) >= _REMEMBERED:
                self._found.clear()
            self._found[key] = made
        return made


class Known(NamedTuple):
    """What was made of a schema.

    Args:
        schema: the neutral one.
        types: ShotGrid's types, by ShotGrid's name.
        memo: what was found out about paths.
    """

    schema: Schema
    types: Types
    memo: Memo


class Bindings:
    """What was made of the schemas that were seen last, once each. Thread-safe."""

    def __init__(self, limit: int = 8) -> None:
        self._made: list[Known] = []
        self._limit = limit
        self._lock = Lock()

    def of(self, schema: Schema) -> Known:
        """The types of a schema, and what is remembered about them."""
        for known in self._made:
            if known.schema is schema:
                return known
        made = Known(schema, bindings_of(schema), Memo())
        with self._lock:
            self._made = [made, *self._made[: self._limit - 1]]
        return made


class Site(Links):
    """One Tracker, as one call sees it.

    Args:
        tracker: the caller's own.
        ids: whole numbers for its records.
        bindings: shared by all calls.

    Attributes:
        codes: of statuses.
        person: who calls, for fields that depend on it; None where nobody does.
    """

    codes: StatusCodes = StatusCodes()
    person: Person | None = None

    def __init__(self, tracker: Tracker, ids: Ids, bindings: Bindings) -> None:
        super().__init__(tracker.backend.site)
        self.tracker = tracker
        self.ids = ids
        self.schema = tracker.schema.read()
        _, self.types, self.memo = bindings.of(self.schema)
        self.storages = Storages(tracker, self.types, ids)
        self.one_user_type = "HumanUser" not in self.schema
        self.script_kinds = _script_kinds(self.schema)
        self._people: dict[Ref, tuple[str, str | None]] = {}
        self._names: dict[Ref, str] = {}
        self._prepared: set[tuple[str, str]] = set()
        self._entities: dict[tuple[str, str], dict[str, Any] | None] = {}

    # --- types ---------------------------------------------------------------------------------------------------

    def type(self, verb: str, native: str) -> TypeBinding:
        """An entity type by ShotGrid's name.

        Raises:
            Fault: there is none.
        """
        found = self.types.get(native)
        if found is None:
            raise no_type(verb, native)
        return found

    def neutral(self, native: str) -> str:
        """The schema's name of a type that there is."""
        return known_type(self.schema, native) or self.types[native].neutral

    def scope(self, native: str) -> Filter | None:
        """What tells the records of a ShotGrid type from the others of its neutral one; None where nothing has to."""
        if not self.one_user_type or native not in USER_KINDS:
            return None
        scripts = Condition("kind", "in", self.script_kinds)
        return scripts if native == "ApiUser" else ~scripts if native == "HumanUser" else Condition("id", "in", ())

    def is_of(self, native: str, kind: str | None) -> bool:
        """Whether a user of a kind is of a ShotGrid type."""
        return native_user_type(kind) == native

    def names_of_statuses(self, field: Field) -> Collection[str]:
        """What people call a field's statuses, which are no values of it where the tracker keeps their codes, as a site does."""
        is_known = field.data_type == "status" and self.ids.is_own
        return [name for name in field.aliases if name not in field.choices] if is_known else ()

    # --- records -------------------------------------------------------------------------------------------------

    def find_ref(self, native: str, number: int) -> Ref | None:
        """The record that a number stands for; None when it never stood for one."""
        return self.ids.refs(self.neutral(native), (number,)).get(number)

    def id_of(self, native: str, number: Any) -> str:
        found = self.find_ref(native, number)
        return found.id if found is not None else "-"

    def number_of(self, ref: Ref) -> int:
        return self.ids.number(ref)

    def native_of(self, ref: Ref) -> str:
        if ref.native in USER_KINDS:
            return str(ref.native)
        if ref.type == "User":
            return self._people.get(ref, ("HumanUser", None))[0]
        return native_type(ref.type) or ref.type

    def find_caller(self, caller: Caller) -> Ref | None:
        """The user (or the script) that calls, as a record; None for a script that the tracker has no record of."""
        if "User" not in self.schema:
            return None
        name = Condition("name", "is", caller.user or caller.name)
        found = self.tracker.find_one("User", name, fields=["id"])
        return found.ref if found is not None else None

    def caller_key(self, caller: Caller) -> str:
        """Who calls, among facts."""
        ref = self.find_caller(caller)
        return self.fact_key(ref) if ref is not None else f"key:{caller.key.id}"

    def fact_key(self, ref: Ref) -> str:
        """A record's name among facts: it outlives a change of a folder's kind."""
        kind = self.schema.types.get(ref.type)
        return f"{(kind.base if kind is not None else None) or ref.type}:{ref.id}"

    def prepare(self, refs: Iterable[Ref]) -> None:
        """Look up, all at once, what ``entity`` needs of these records: numbers, names, kinds of users."""
        wanted = {(ref.type, ref.id): ref for ref in refs}
        fresh = [ref for key, ref in wanted.items() if key not in self._prepared]
        self._prepared.update(wanted)
        self.ids.prepare(fresh)
        self._prepare_people([ref for ref in fresh if ref.type == "User"])
        nameless = [ref for ref in fresh if self._is_nameless(ref)]
        for display, group in self._by_display(nameless).items():
            for ref, record in self.tracker.backend.fetch(group, [display], "all").items():
                self._names[ref] = shown_name(record.get(display), ref)

    def _is_nameless(self, ref: Ref) -> bool:
        """Whether a Ref does not say what people call the record: a Version of AYON's bears its number alone."""
        return ref.type != "User" and (ref.label is None or (ref.type == "Version" and not self.ids.is_own))

    def _prepare_people(self, refs: Sequence[Ref]) -> None:
        if not refs:
            return
        found = self.tracker.backend.fetch(refs, ["kind", "label"], "all")
        for ref in refs:
            record = found.get(ref, {})
            native = ref.native if ref.native in USER_KINDS else native_user_type(record.get("kind"))
            self._people[ref] = (str(native), record.get("label"))

    def _by_display(self, refs: Iterable[Ref]) -> dict[str, list[Ref]]:
        groups: dict[str, list[Ref]] = {}
        for ref in refs:
            groups.setdefault(self.schema.type(ref.type).display, []).append(ref)
        return groups

    def name_of(self, ref: Ref) -> str:
        """A record's display name; ``prepare`` has looked up what the Ref itself does not say."""
        if ref.type == "User":
            name = self._people.get(ref, ("", None))[1]
            if name:
                return name
        return self._names.get(ref) or (
            f"{self.native_of(ref)} {self.number_of(ref)}" if ref.label is None else ref.label
        )

    def entity(self, ref: Ref | None) -> dict[str, Any] | None:
        """The entity dict of a record: its id, name and type, and nothing else."""
        return (
            None
            if ref is None
            else {"id": self.ids.number(ref), "name": self.name_of(ref), "type": self.native_of(ref)}
        )

    def shown(self, ref: Ref | None) -> dict[str, Any] | None:
        """The entity dict; None for a type that ShotGrid has no place for. The same dict for the same record."""
        if ref is None:
            return None
        key = (ref.type, ref.id)
        if key not in self._entities:
            self._entities[key] = self.entity(ref) if self.native_of(ref) in self.types else None
        return self._entities[key]


def _script_kinds(schema: Schema) -> tuple[str, ...]:
    """The kinds of users that are scripts, among those that a tracker knows."""
    owner = schema.types.get("User")
    known = owner.fields["kind"].choices if owner is not None and "kind" in owner.fields else ()
    return tuple(kind for kind in _SCRIPTS if not known or kind in known)


def shown_name(value: Any, ref: Ref) -> str:
    """A display field's value as a name."""
    return str(value) if value not in (None, "") else f"{ref.type} {ref.id}"
