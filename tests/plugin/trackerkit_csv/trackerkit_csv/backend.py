"""The backend: reads and writes records of CSV files; every query is answered by the core."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, ClassVar

from trackerkit.backend import ScanBackend
from trackerkit.capabilities import Capabilities, cannot, not_yet
from trackerkit.config import Address, Profile
from trackerkit.errors import ConfigurationError, ConflictError, DomainError, NotFoundError
from trackerkit.operations import Added, Operation, Removed, Result
from trackerkit.query import Query
from trackerkit.schema import Field, Schema
from trackerkit.values import Ref
from trackerkit_csv.client import Row, Tables
from trackerkit_csv.mapping import from_cell, to_cell
from trackerkit_csv.schema import MISSING, schema

_HOLDERS = ("parent", "product", "note", "project")
_OWN_COLUMNS = ("id", "uid", "retired")


class CsvBackend(ScanBackend):
    """A folder of CSV files.

    Args:
        tables: the files.
    """

    scheme: ClassVar[str] = "csv"
    title: ClassVar[str] = "CSV files"
    capabilities = Capabilities(
        {
            "find.retired_links": not_yet("links lead to active records alone"),
            "batch": cannot("several files cannot be replaced in one step", "make the changes one by one"),
            "batch.restore": cannot("several files cannot be replaced in one step", "restore records one by one"),
            "schema.field": cannot("the columns are those of the neutral model"),
            "schema.type": cannot("the files are those of the neutral model"),
            "schema.kind": cannot("the kinds are those of the neutral model"),
            "upload": not_yet("a cell holds no file"),
            "download": not_yet("a cell holds no file"),
            "thumbnail": not_yet("a cell holds no picture"),
            "events": not_yet("nothing writes down what happened"),
            "events.write": not_yet("nothing writes down what happened"),
            "follow": not_yet("nothing writes down what happened"),
            "acting_as": cannot("whoever can open the files may write them"),
            "web_url": cannot("a folder has no page for people"),
            "native": cannot("there is no vendor's client", "open the files with the csv module"),
            "inherited": cannot("a record has its own values only"),
            "cascade": cannot("nothing cascades by itself", "delete with recursive=True"),
        },
        MISSING,
    )

    def __init__(self, tables: Tables) -> None:
        self.tables = tables

    @classmethod
    def open(cls, address: Address, profile: Profile) -> CsvBackend:
        """Open a folder of CSV files, and make it if there is none."""
        if not address.path:
            raise ConfigurationError("the address names no folder", hint="for example csv:///shows")
        return cls(Tables(Path(address.path)))

    @property
    def site(self) -> str:
        return self.tables.site

    def schema(self, project: Ref | None = None) -> Schema:
        return schema()

    # --- reading -------------------------------------------------------------------------------------------------

    def records_of(self, query: Query) -> list[Any]:
        """Of several kinds in the order of creation, whichever file they are in."""
        return sorted(super().records_of(query), key=lambda record: int(record["id"]))

    def scan(self, type_name: str, query: Query) -> Iterator[Record]:
        for row in self.tables.read(type_name):
            if self._is_wanted(type_name, row, query):
                yield Record(self, type_name, row)

    def _is_wanted(self, type_name: str, row: Row, query: Query) -> bool:
        if query.state != "all" and bool(row["retired"]) != (query.state == "retired"):
            return False
        home = row["id"] if type_name == "Project" else row.get("project", "").partition(":")[2]
        if query.projects is not None and home and home not in {ref.id for ref in query.projects}:
            return False
        return query.archived or not home or not self._is_archived(home)

    def _is_archived(self, project: str) -> bool:
        row = self._row("Project", project)
        return row is not None and bool(row["archived"])

    def _row(self, type_name: str, id: str) -> Row | None:
        return next((row for row in self.tables.read(type_name) if row["id"] == id), None)

    def record_at(self, address: str) -> Record | None:
        """The active record of a short form, or None."""
        type_name, _, id = address.partition(":")
        row = self._row(type_name, id)
        return Record(self, type_name, row) if row is not None and not row["retired"] else None

    def pointing(self, source: tuple[str, str], address: str) -> Iterator[Record]:
        """The active records whose link leads to an address."""
        for type_name in self.schema().concrete(source[0]):
            for row in self.tables.read(type_name):
                if not row["retired"] and address in row.get(source[1], "").split():
                    yield Record(self, type_name, row)

    # --- writing -------------------------------------------------------------------------------------------------

    def write(self, operations: Sequence[Operation], *, atomic: bool = True) -> list[Result]:
        if atomic and len(operations) > 1:
            raise self.unsupported("batch")
        writers = {"create": self._create, "update": self._update, "delete": self._delete, "restore": self._restore}
        results = []
        for operation in operations:
            with self.tables:
                results.append(writers[operation.kind](operation))
        return results

    def _create(self, operation: Operation) -> Result:
        values = dict(operation.values)
        type_name = str(values["kind"]) if values.get("kind") in self.schema().kinds else operation.type
        uid = operation.key or uuid.uuid4().hex
        known = next((row for row in self.tables.read(type_name) if row["uid"] == uid), None)
        if known is not None:
            return Result(Record(self, type_name, known)["ref"], operation.values, done=False)
        self._check_links(values)
        if self.schema().type(type_name).in_project:
            values["project"] = values.get("project") or operation.project or self._home_of(type_name, values)
        if self.schema().is_a(type_name, "Folder"):
            values["kind"] = values.get("kind") or type_name
        now = datetime.now(timezone.utc)
        values = {"created_at": now, "updated_at": now, **values}
        row = {"id": self.tables.new_id(), "uid": uid, "retired": "", **self._cells(type_name, values)}
        self._save(type_name, [*self.tables.read(type_name), row])
        return Result(Record(self, type_name, row)["ref"], operation.values)

    def _home_of(self, type_name: str, values: Mapping[str, Any]) -> Ref:
        for value in values.values():
            for ref in value if isinstance(value, list) else [value]:
                record = self.record_at(str(ref)) if isinstance(ref, Ref) else None
                if record is not None and record.project_id:
                    return Ref("Project", record.project_id)
        raise DomainError(f"a {type_name} needs a project", hint="give project=…", path=f"{type_name}.project")

    def _update(self, operation: Operation) -> Result:
        type_name, row = self._found(operation)
        self._check_links(operation.values)
        record = Record(self, type_name, row)
        values = {name: _changed(record[name], value) for name, value in operation.values.items()}
        changed = {**row, **self._cells(type_name, {**values, "updated_at": datetime.now(timezone.utc)})}
        self._replace(type_name, changed)
        return Result(record["ref"], values)

    def _delete(self, operation: Operation) -> Result:
        type_name, row = self._found(operation)
        ref = Record(self, type_name, row)["ref"]
        if operation.permanent:
            self._purge(type_name, row, operation.recursive)
            return Result(ref)
        if row["retired"]:
            return Result(ref, done=False)
        self._replace(type_name, {**row, "retired": "true"})
        return Result(ref)

    def _purge(self, type_name: str, row: Row, recursive: bool) -> None:
        address = f"{type_name}:{row['id']}"
        hanging = [(name, other) for name in self.schema().types for other in self._hanging(name, address)]
        if hanging and not recursive:
            raise ConflictError(
                f"{address} has {len(hanging)} records hanging on it",
                hint="recursive=True deletes them too",
                backend="csv",
            )
        for name, other in hanging:
            if other in self.tables.read(name):
                self._purge(name, other, recursive)
        self._save(type_name, [other for other in self.tables.read(type_name) if other["id"] != row["id"]])

    def _hanging(self, type_name: str, address: str) -> list[Row]:
        return [row for row in self.tables.read(type_name) if address in (row.get(name) for name in _HOLDERS)]

    def _restore(self, operation: Operation) -> Result:
        type_name, row = self._found(operation)
        if row["retired"]:
            self._replace(type_name, {**row, "retired": ""})
        return Result(Record(self, type_name, row)["ref"], done=bool(row["retired"]))

    def _found(self, operation: Operation) -> tuple[str, Row]:
        assert operation.ref is not None
        for type_name in self.schema().concrete(operation.type):
            row = self._row(type_name, operation.ref.id)
            if row is not None:
                return type_name, row
        raise NotFoundError(f"there is no {operation.ref.type} {operation.ref.id}", backend="csv")

    def _check_links(self, values: Mapping[str, Any]) -> None:
        for value in values.values():
            given = (
                value.values if isinstance(value, (Added, Removed)) else value if isinstance(value, list) else [value]
            )
            for ref in given:
                if isinstance(ref, Ref) and self._row(ref.type, ref.id) is None:
                    raise NotFoundError(f"there is no {ref.type} {ref.id}", backend="csv")

    def _cells(self, type_name: str, values: Mapping[str, Any]) -> Row:
        fields = self.schema().type(type_name).fields
        return {name: to_cell(fields[name].data_type, value) for name, value in values.items()}

    def _replace(self, type_name: str, row: Row) -> None:
        self._save(type_name, [row if other["id"] == row["id"] else other for other in self.tables.read(type_name)])

    def _save(self, type_name: str, rows: list[Row]) -> None:
        fields = self.schema().type(type_name).fields.values()
        stored = [item.name for item in fields if item.is_stored and not _is_made(item)]
        self.tables.write(type_name, [*_OWN_COLUMNS, *stored], rows)


def _is_made(item: Field) -> bool:
    """Fields without a column of their own: what names a record, and the path that follows from its parents."""
    return item.name in ("id", "uid") or item.data_type == "entity_type" or (item.name == "path" and item.read_only)


def _changed(old: Any, value: Any) -> Any:
    if isinstance(value, Added):
        return [*old, *(item for item in value.values if item not in _same(old))]
    if isinstance(value, Removed):
        gone = {str(item) for item in value.values}
        return [item for item in old if str(item) not in gone]
    return value


def _same(items: Sequence[Any]) -> list[Any]:
    """The items, and records as they are when made by hand."""
    return [*items, *(Ref(item.type, item.id) for item in items if isinstance(item, Ref))]


class Record(Mapping[str, Any]):
    """A row as the core reads it: a value converts when it is asked for, and what follows from others is made then.

    Args:
        backend: whose record it is.
        type_name: its entity type.
        row: the cells.
    """

    def __init__(self, backend: CsvBackend, type_name: str, row: Row) -> None:
        self._backend = backend
        self._type = type_name
        self._row = row

    @property
    def project_id(self) -> str | None:
        """The id of its project; its own for a project."""
        if self._type == "Project":
            return self._row["id"]
        return self._row.get("project", "").partition(":")[2] or None

    def __getitem__(self, name: str) -> Any:
        if name == "ref":
            display = self._row.get(self._backend.schema().type(self._type).display)
            return Ref(self._type, self._row["id"], self.project_id, self._backend.site, self._type, display or None)
        item = self._backend.schema().type(self._type).fields[name]
        if item.ancestor is not None:
            return self._ancestor(item.ancestor)
        if item.reverse_of is not None:
            found = self._backend.pointing(item.reverse_of, f"{self._type}:{self._row['id']}")
            return [record["ref"] for record in sorted(found, key=lambda record: int(record["id"]))]
        return self._stored(item)

    def _stored(self, item: Field) -> Any:
        if item.data_type == "entity_type":
            return self._type
        if item.name == "path" and item.read_only:
            return "/" + "/".join(record["name"] for record in reversed([self, *self._above()]))
        if item.name == "label" and not self._row.get("label"):
            return self._row.get("name")
        made = from_cell(item.data_type, self._row.get(item.name, ""), Ref.parse)
        if not item.is_link:
            return made
        found = [self._backend.record_at(str(ref)) for ref in (made if item.is_many else [made] if made else [])]
        refs = [record["ref"] for record in found if record is not None]
        return refs if item.is_many else next(iter(refs), None)

    def _above(self) -> Iterator[Record]:
        """The folders above, the nearest first."""
        address = next((self._row[name] for name in ("parent", "product", "task") if self._row.get(name)), "")
        while address and not address.startswith("Project:"):
            record = self._backend.record_at(address)
            if record is None:
                return
            yield record
            address = record._row.get("parent", "")

    def _ancestor(self, kind: str) -> Ref | None:
        return next((record["ref"] for record in self._above() if record._type == kind), None)

    def __iter__(self) -> Iterator[str]:
        return iter(("ref", *self._backend.schema().type(self._type).fields))

    def __len__(self) -> int:
        return sum(1 for _ in self)
