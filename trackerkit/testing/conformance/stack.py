"""What the suite runs on: a Stack (a tracker under test), and the Show that a case fills and reads.

A backend's author gives the suite one fixture::

    @pytest.fixture(scope="module")
    def stack(tmp_path_factory):
        with trackerkit.connect(f"csv:///{tmp_path_factory.mktemp('csv')}") as tracker:
            yield Stack("csv", tracker)
"""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from trackerkit import operations as ops
from trackerkit.backend import Backend
from trackerkit.datatypes import check_value
from trackerkit.entities import Entity
from trackerkit.errors import DomainError, TrackerError
from trackerkit.schema import EntityType, Field, Schema
from trackerkit.tracker import Tracker
from trackerkit.values import Ref

STRUCTURAL = frozenset(
    {"name", "label", "code", "kind", "path", "movie_path", "frames", "hash", "size", "number", "status", "version", "body",
     "template", "archived", "filename", "mime_type", "email", "subject"}
)  # fmt: skip
"""Fields that mean something to trackers beyond their value; ``field_of`` does not offer them."""


class Stack:
    """A tracker under test.

    Args:
        name: what the report calls it.
        tracker: the tracker, shared by every case; each case works in a project of its own.
        has_own_server: the cases of this stack talk through a real socket, and wait longer for news.
        tidies: a case's project is deleted for good after the case: for a server that lives on.

    A subclass may say otherwise how a project comes to be (``new_project``) or how records are made (``create``).
    """

    def __init__(self, name: str, tracker: Tracker, *, has_own_server: bool = False, tidies: bool = False) -> None:
        self.name = name
        self.tracker = tracker
        self.has_own_server = has_own_server
        self.tidies = tidies
        self.is_described = False
        self._token = secrets.token_hex(3)
        self._numbers = itertools.count(1)
        self._fields: dict[tuple[str, str, bool], str | None] = {}

    def __repr__(self) -> str:
        return f"<Stack {self.name}>"

    @property
    def backend(self) -> Backend:
        """The backend under test."""
        return self.tracker.backend

    @property
    def schema(self) -> Schema:
        """What the tracker holds."""
        return self.backend.schema()

    @property
    def types(self) -> Sequence[str]:
        """The names of the entity types."""
        return list(self.schema.types)

    def has(self, capability: str) -> bool:
        """True when the backend says that it can."""
        return capability in self.backend.capabilities

    def unique(self, stem: str) -> str:
        """A name that no other record has; legal everywhere."""
        return f"{stem}_{self._token}{next(self._numbers)}"

    def new_project(self) -> Ref:
        """An empty project."""
        return self.create("Project", {"name": self.unique("proj")}, None)

    def create(self, type_name: str, values: Mapping[str, Any], project: Ref | None) -> Ref:
        """Make a record."""
        return self.tracker.write([ops.create(type_name, values, project=project)])[0].ref

    def show(self) -> Show:
        """A project for one case."""
        return Show(self, self.new_project())

    def put_away(self, show: Show) -> None:
        """What becomes of a case's project afterwards."""
        if self.tidies:
            self.tracker.delete(show.project, permanent=True, recursive=True)

    def lacking(self, capabilities: Iterable[str], types: Iterable[str], fields: Iterable[str]) -> str:
        """Why a case cannot run here, in the words of the backend's marks; empty when it can.

        Raises:
            AssertionError: for a type that is missing without a mark.
        """
        marks = self.backend.capabilities
        for name in capabilities:
            if name not in marks:
                return self.reason(name, marks.marks[name])
        for name in types:
            if name not in self.schema:
                assert name in marks.types, f"{self.name} has no type {name}, and no mark says why"
                return self.reason(name, marks.types[name])
        for name in fields:
            owner, _, field = name.partition(".")
            if field not in self.schema.type(owner).fields:
                return f"{self.name} lacks {name} (schema): the tracker has no such field"
        return ""

    def reason(self, name: str, mark: Any) -> str:
        """A mark as the reason of a skip."""
        return f"{self.name} lacks {name} ({mark.kind}): {mark.reason}"

    def field_of(self, data_type: str, type_name: str = "Shot", *, is_empty: bool = True) -> str | None:
        """A plain field of that data type; made where the tracker lets us. None when there is none and none can be made.

        Args:
            data_type: of the field.
            type_name: of the records.
            is_empty: it has to read None (or []) when it is not given; else it may show a default or an inherited value.
        """
        place = (type_name, data_type, is_empty)
        if place not in self._fields:
            found = self._found_field(type_name, data_type) or self._made_field(type_name, data_type)
            self._fields[place] = (
                found if found or is_empty else next(iter(self._free_fields(type_name, data_type)), None)
            )
        return self._fields[place]

    def _free_fields(self, type_name: str, data_type: str) -> list[str]:
        """Fields that a case may write what it likes to; those behind a neutral one only where there are no others."""
        owner = self.schema.type(type_name)
        names = [item.name for item in owner.fields.values() if _is_free(item, data_type)]
        return names or [f"native({key})" for key, item in owner.raw.items() if _is_free(item, data_type)]

    def _found_field(self, type_name: str, data_type: str) -> str | None:
        names = self._free_fields(type_name, data_type)
        if not names:
            return None
        show = self.show()
        record = show.get(show.make(type_name), names)
        self.put_away(show)
        return next((name for name in names if record[name] in (None, [], False)), None)

    def _made_field(self, type_name: str, data_type: str) -> str | None:
        if not self.has("schema.field"):
            return None
        name = f"tk_{data_type}_{self._token}"
        try:
            return self.tracker.schema.create_field(type_name, name, data_type)
        except TrackerError:
            return None


def _is_free(item: Field, data_type: str) -> bool:
    """A plain field that a case may write what it likes to."""
    return (
        item.data_type == data_type
        and item.is_stored
        and not (item.read_only or item.create_only or item.required or item.unique or item.choices)
        and item.name not in STRUCTURAL
    )


class Show:
    """A project of a case's own, with short ways to fill it and to read it.

    Args:
        stack: where it lives.
        project: its Ref.
    """

    def __init__(self, stack: Stack, project: Ref) -> None:
        self.stack = stack
        self.tracker = stack.tracker
        self.project = project
        self._numbers = itertools.count(1)

    # --- filling -------------------------------------------------------------------------------------------------

    def operation(self, type_name: str, values: Mapping[str, Any], key: str | None = None) -> ops.Operation:
        """A create in this project, with what the type requires filled in."""
        owner = self.stack.schema.type(type_name)
        given = {**self._required(owner, values), **values}
        return ops.create(type_name, given, key=key, project=self.project if owner.in_project else None)

    def make(self, type_name: str, **values: Any) -> Ref:
        """A record in this project."""
        operation = self.operation(type_name, values)
        return self.stack.create(type_name, operation.values, operation.project)

    def make_many(self, type_name: str, rows: Sequence[Mapping[str, Any]]) -> list[Ref]:
        """Several records, in this order; in one request where the tracker can."""
        if not self.stack.has("batch"):
            return [self.make(type_name, **row) for row in rows]
        return [item.ref for item in self.tracker.batch([self.operation(type_name, row) for row in rows])]

    def _required(self, owner: EntityType, values: Mapping[str, Any]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for item in owner.fields.values():
            if item.name in values or not item.required:
                continue
            if item.data_type in ("choice", "status") and item.choices:
                made[item.name] = item.choices[0]
            elif item.data_type == "text":
                made[item.name] = self.stack.unique(owner.name.lower())
        return made

    def sequence(self, name: str | None = None, **values: Any) -> Ref:
        """A sequence on the project."""
        return self.make("Sequence", **self._placed(self._name("sq") if name is None else name, values))

    def shot(self, name: str | None = None, **values: Any) -> Ref:
        """A shot, on the project unless a parent is given."""
        return self.make("Shot", **self._placed(self._name("sh") if name is None else name, values))

    def shots(self, *rows: Mapping[str, Any]) -> list[Ref]:
        """Several shots on the project, in this order."""
        return self.make_many(
            "Shot", [self._placed(row["name"] if "name" in row else self._name("sh"), row) for row in rows]
        )

    def asset(self, name: str | None = None, **values: Any) -> Ref:
        """An asset on the project."""
        return self.make("Asset", **self._placed(self._name("hero") if name is None else name, values))

    def _placed(self, name: str, values: Mapping[str, Any]) -> dict[str, Any]:
        return {"parent": self.project, **values, "name": name}

    def task(self, parent: Ref, name: str | None = None, **values: Any) -> Ref:
        """A task on a folder."""
        return self.make("Task", **{"name": name or self._name("task"), "parent": parent, **values})

    def task_type(self) -> str:
        """A task type that there is; made where the tracker wants it to be one of its records."""
        kinds = self.stack.schema.field("Task", "type").choices
        if kinds or not self.writes("TaskType", "name"):
            return kinds[-1] if kinds else "Animation"
        name = self.stack.unique("type")
        self.make("TaskType", name=name, **({"applies_to": "Task"} if self.writes("TaskType", "applies_to") else {}))
        return name

    def product(self, parent: Ref, name: str | None = None, **values: Any) -> Ref:
        """A product of a folder."""
        return self.make("Product", **{"name": name or self._name("render"), "parent": parent, **values})

    def version(self, parent: Ref, name: str | None = None, **values: Any) -> Ref:
        """A version of a folder."""
        return self.make("Version", **{"name": name or f"{self._name('comp')}_v001", "parent": parent, **values})

    def note(self, body: str, *links: Ref, **values: Any) -> Ref:
        """A note about some records."""
        subject = {"subject": body} if self.writes("Note", "subject") else {}
        return self.make("Note", **{**subject, "body": body, "links": list(links), **values})

    def user(self, name: str | None = None, **values: Any) -> Ref:
        """A user (of the whole site)."""
        return self.make("User", name=name or self.stack.unique("user"), **values)

    def change(self, record: Ref | Entity, values: Mapping[str, Any]) -> Entity:
        """Change some fields of a record; for names of fields that only the case knows."""
        return self.tracker.update(record, **values)

    def _name(self, stem: str) -> str:
        return f"{stem}{next(self._numbers) * 10:04}"

    # --- reading -------------------------------------------------------------------------------------------------

    def find(self, type_name: str, *conditions: Any, **parts: Any) -> list[Entity]:
        """What ``find`` gives in this project."""
        return list(self.tracker.find(type_name, *conditions, **{"project": self.project, **parts}))

    def names(self, type_name: str, *conditions: Any, **parts: Any) -> list[str]:
        """The names of what ``find`` gives in this project, in its order."""
        return [item["name"] for item in self.find(type_name, *conditions, fields=["name"], **parts)]

    def column(self, type_name: str, path: str, *conditions: Any, **parts: Any) -> list[Any]:
        """One column of what ``find`` gives in this project, in its order."""
        return [item[path] for item in self.find(type_name, *conditions, fields=[path], **parts)]

    def get(self, ref: Ref, fields: Sequence[str], **parts: Any) -> Entity:
        """One record."""
        return self.tracker.get(ref, fields=fields, **parts)

    def value(self, ref: Ref, path: str) -> Any:
        """One value of one record, as it shows."""
        found = self.get(ref, [path])[path]
        return getattr(found, "value", found) if type(found).__name__ == "Inherited" else found

    # --- what this tracker allows --------------------------------------------------------------------------------

    def writes(self, type_name: str, name: str) -> bool:
        """True when the field is there and can be written."""
        owner = self.stack.schema.types.get(type_name)
        item = owner.fields.get(name) if owner is not None and not owner.read_only else None
        return item is not None and item.is_stored and not item.read_only

    def holds(self, type_name: str, name: str, value: Any) -> bool:
        """True when the value lies in the field's domain."""
        item = self.stack.schema.field(type_name, name)
        try:
            check_value(item.data_type, value, name, item.domain)
        except DomainError:
            return False
        return not item.choices or value in item.choices

    def may_link(self, type_name: str, name: str, target: str) -> bool:
        """True when the link field may lead to that type."""
        schema = self.stack.schema
        return target in schema.targets(schema.field(type_name, name))

    def choices(self, type_name: str, name: str, wanted: Sequence[str]) -> list[str]:
        """As many legal values as wanted: the field's own choices where it has some, else those given."""
        legal = self.stack.schema.field(type_name, name).choices
        found = list(legal[: len(wanted)]) if legal else list(wanted)
        assert len(found) == len(wanted), f"{type_name}.{name} has only {found}"
        return found

    def statuses(self, type_name: str = "Shot") -> list[str]:
        """Two legal statuses."""
        return self.choices(type_name, "status", ["ip", "rev"])

    def deaf(self) -> Tracker:
        """The same tracker, failing at any attempt to ask it: what is refused there is refused before any I/O."""
        return Tracker(_Deaf(self.stack.backend), url="deaf:")  # type: ignore[arg-type]


class _Deaf:
    """A backend that knows its schema and fails when it is asked for anything else."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self.scheme = backend.scheme
        self.capabilities = backend.capabilities
        self.site = backend.site
        self.schema = backend.schema

    def __getattr__(self, name: str) -> Any:
        def asked(*given: Any, **more: Any) -> Any:
            raise AssertionError(f"the backend was asked: {name}")

        return asked
