"""CsvBackend: a tracker in a folder of CSV files. It lists its records; trackerkit answers every query."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, ClassVar

from trackerkit.backend import ScanBackend, failed
from trackerkit.capabilities import Capabilities, cannot, never, not_yet
from trackerkit.config import Address, Profile
from trackerkit.errors import ConflictError, DomainError, NotFoundError, TrackerError
from trackerkit.evaluate import Record
from trackerkit.operations import Added, Operation, Removed, Result, new_key
from trackerkit.query import Query
from trackerkit.schema import Field, Schema
from trackerkit.values import Ref
from trackerkit_csv.files import Files, Row
from trackerkit_csv.schema import TYPES, schema

_RFC = "https://www.rfc-editor.org/rfc/rfc4180"
_HOLDERS = ("parent", "product", "version", "note")
"""Links without whose target a record makes no sense."""


class CsvBackend(ScanBackend):
    """A folder of CSV files, one a type.

    Args:
        folder: where they lie; made when it is not there.
    """

    scheme: ClassVar[str] = "csv"
    title: ClassVar[str] = "CSV files"
    capabilities = Capabilities(
        {
            "events": not_yet("nothing records who changed what"),
            "follow": not_yet("nothing records who changed what"),
            "schema.field": not_yet("the columns are those of the neutral model"),
            "schema.type": not_yet("the files are those of the neutral model"),
            "upload": never("a table holds text", _RFC),
            "download": never("a table holds text", _RFC),
            "thumbnail": never("a table holds text", _RFC),
            "acting_as": cannot("a folder knows no users"),
            "web_url": cannot("a file has no page for people"),
            "native": cannot("there is no vendor's client"),
            "inherited": cannot("a record has its own values only"),
            "cascade": cannot("nothing cascades by itself", "delete with recursive=True"),
        },
        {
            "Event": not_yet("nothing records who changed what"),
            "Reviewable": never("a table holds text", _RFC),
            "Attachment": never("a table holds text", _RFC),
        },
    )

    def __init__(self, folder: Path) -> None:
        self._schema = schema()
        self._files = Files(folder, self._schema)

    @classmethod
    def open(cls, address: Address, profile: Profile) -> CsvBackend:
        """The folder that the URL names."""
        return cls(Path(address.path))

    @property
    def site(self) -> str:
        return self._files.site

    def schema(self, project: Ref | None = None) -> Schema:
        return self._schema

    # --- reading -------------------------------------------------------------------------------------------------

    def records_of(self, query: Query) -> list[Record]:
        rows = self._files.load()
        names = frozenset(self._schema.concrete(query.type))
        return [Snapshot(rows, self._schema, self.site).record(row) for row in rows.values()
                if row.type in names and _is_seen(rows, row, query)]  # fmt: skip

    def scan(self, type_name: str, query: Query) -> Iterable[Record]:
        return [record for record in self.records_of(query) if record["ref"].type == type_name]

    def look_up(self, refs: Sequence[Ref], fields: Sequence[str]) -> Mapping[Ref, Record]:
        rows = self._files.load()
        shot = Snapshot(rows, self._schema, self.site)
        found = {ref: rows.get(int(ref.id)) for ref in refs if ref.id.isdigit()}
        return {ref: shot.record(row) for ref, row in found.items() if row and not row.is_retired and row.type == ref.type}

    # --- writing -------------------------------------------------------------------------------------------------

    def write(self, operations: Sequence[Operation], *, atomic: bool = True) -> list[Result]:
        with self._files.changing():
            rows, touched, results = self._files.load(), set(), []
            for index, operation in enumerate(operations):
                try:
                    result, names = _Change(self, rows).make(operation)
                except TrackerError as error:
                    if not atomic:
                        self._files.save(rows, touched)
                    raise error if len(operations) == 1 else failed(index, operation, error) from error
                results.append(result)
                touched |= names
            self._files.save(rows, touched)
            return results


class Snapshot:
    """All rows at one moment, read as records: derived fields included."""

    def __init__(self, rows: Mapping[int, Row], schema: Schema, site: str) -> None:
        self.rows, self.schema, self.site = rows, schema, site

    def ref(self, row: Row) -> Ref:
        """A row's address."""
        home = str(row.id) if row.type == "Project" else getattr(row.values.get("project"), "id", None)
        return Ref(row.type, row.id, home, self.site, row.type, row.values.get("name"))

    def record(self, row: Row) -> Record:
        """A row as ``trackerkit.evaluate`` reads it."""
        return _View(self, row)

    def value(self, row: Row, item: Field) -> Any:
        """The value of a field."""
        if item.name in ("id", "type"):
            return str(row.id) if item.name == "id" else row.type
        if item.ancestor:
            above = next((each for each in self._above(row) if each.type == item.ancestor), None)
            return self.ref(above) if above else None
        if item.reverse_of:
            return self._pointing(row, *item.reverse_of)
        if item.name == "path" and item.read_only:
            names = [each.values.get("name") or "" for each in [row, *self._above(row)] if each.type != "Project"]
            return "/" + "/".join(reversed(names))
        return self._own(row, item)

    def _own(self, row: Row, item: Field) -> Any:
        value = row.values.get(item.name)
        if item.is_link:
            refs = [self.ref(other) for ref in (value if item.is_many else [value]) or [] if (other := self._live(ref))]
            return refs if item.is_many else next(iter(refs), None)
        if item.name == "label" and value is None:
            return row.values.get("name")
        return False if value is None and item.data_type == "checkbox" else [] if value is None and item.is_many else value

    def _live(self, ref: Ref | None) -> Row | None:
        row = self.rows.get(int(ref.id)) if ref is not None else None
        return row if row is not None and not row.is_retired else None

    def _above(self, row: Row) -> Iterator[Row]:
        above = self._holder(row)
        while above is not None:
            yield above
            above = self._holder(above)

    def _holder(self, row: Row) -> Row | None:
        link = next((row.values[name] for name in ("parent", "product", "version", "task") if row.values.get(name)), None)
        return self._live(link)

    def _pointing(self, row: Row, type_name: str, field: str) -> list[Ref]:
        names = frozenset(self.schema.concrete(type_name))
        return [self.ref(other) for other in self.rows.values()
                if other.type in names and not other.is_retired and _points(other.values.get(field), row)]  # fmt: skip


class _View(Mapping[str, Any]):
    def __init__(self, shot: Snapshot, row: Row) -> None:
        self._shot, self._row = shot, row
        self._fields = shot.schema.type(row.type).fields

    def __getitem__(self, name: str) -> Any:
        return self._shot.ref(self._row) if name == "ref" else self._shot.value(self._row, self._fields[name])

    def __iter__(self) -> Iterator[str]:
        return iter(("ref", *self._fields))

    def __len__(self) -> int:
        return len(self._fields) + 1


def _points(value: Any, row: Row) -> bool:
    return any(ref.id == str(row.id) for ref in (value if isinstance(value, list) else [value]) if ref is not None)


def _is_seen(rows: Mapping[int, Row], row: Row, query: Query) -> bool:
    if query.state != "all" and row.is_retired != (query.state == "retired"):
        return False
    home = row if row.type == "Project" else rows.get(int(getattr(row.values.get("project"), "id", 0)))
    in_project = row.type == "Project" or "project" in row.values
    if query.projects is not None and in_project and str(home.id if home else 0) not in {ref.id for ref in query.projects}:
        return False
    return query.archived or home is None or not home.values.get("archived")


class _Change:
    """One operation on the rows."""

    def __init__(self, backend: CsvBackend, rows: dict[int, Row]) -> None:
        self._backend, self._rows = backend, rows
        self._shot = Snapshot(rows, backend.schema(), backend.site)

    def make(self, operation: Operation) -> tuple[Result, set[str]]:
        """Do it; the types whose files change."""
        return {"create": self._create, "update": self._update, "delete": self._delete, "restore": self._restore}[operation.kind](operation)

    def _create(self, operation: Operation) -> tuple[Result, set[str]]:
        key = operation.key or new_key()
        known = next((row for row in self._rows.values() if row.key == key), None)
        if known is not None:
            if known.type not in self._backend.schema().concrete(operation.type):
                raise ConflictError(f"the key {key} belongs to a {known.type}", backend="csv")
            return Result(self._shot.ref(known), dict(known.values), done=False), set()
        values = self._checked(operation.values)
        kind = values.get("kind")
        type_name = str(kind) if operation.type == "Folder" and kind in self._backend.schema().kinds else operation.type
        if type_name == "Project" and any(r.type == "Project" and r.values.get("name") == values["name"] for r in self._rows.values()):
            raise ConflictError(f"a project is called {values['name']!r} already", backend="csv")
        self._settle(operation, type_name, values)
        row = Row(type_name, self._backend._files.take_id(), key, False, values)
        self._rows[row.id] = row
        return Result(self._shot.ref(row), dict(operation.values)), {type_name}

    def _settle(self, operation: Operation, type_name: str, values: dict[str, Any]) -> None:
        now = datetime.now(timezone.utc)
        schema = self._backend.schema()
        if schema.is_a(type_name, "Folder"):
            values.setdefault("kind", type_name)
        if schema.type(type_name).in_project and values.get("project") is None:
            values["project"] = operation.project or self._home_of(values)
            if values["project"] is None and type_name not in ("Link", "TimeLog", "Revision"):
                raise DomainError(f"a {type_name} belongs to a project", hint="give project=", path=f"{type_name}.project")
        values["created_at"], values["updated_at"] = values.get("created_at") or now, now

    def _home_of(self, values: Mapping[str, Any]) -> Ref | None:
        for value in values.values():
            row = self._rows.get(int(value.id)) if isinstance(value, Ref) and value.type != "User" else None
            if row is not None:
                return self._shot.ref(row) if row.type == "Project" else row.values.get("project")
        return None

    def _update(self, operation: Operation) -> tuple[Result, set[str]]:
        row = self._row(operation)
        written = {}
        for name, value in self._checked(operation.values).items():
            old = row.values.get(name) or []
            if isinstance(value, Added):
                value = [*old, *(item for item in value.values if item not in old)]
            elif isinstance(value, Removed):
                value = [item for item in old if all(item.id != getattr(each, "id", each) for each in value.values)] \
                    if old and isinstance(old[0], Ref) else [item for item in old if item not in value.values]
            row.values[name] = written[name] = value
        row.values["updated_at"] = datetime.now(timezone.utc)
        return Result(self._shot.ref(row), written), {row.type}

    def _checked(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """Values whose links lead somewhere, told apart from nothing by their own Refs."""
        made = dict(values)
        for name, value in values.items():
            given = value.values if isinstance(value, (Added, Removed)) else value if isinstance(value, list) else [value]
            refs = [self._known(name, item) if isinstance(item, Ref) else item for item in given]
            made[name] = type(value)(tuple(refs)) if isinstance(value, (Added, Removed)) else refs if isinstance(value, list) else refs[0]
        return made

    def _known(self, name: str, ref: Ref) -> Ref:
        row = self._rows.get(int(ref.id)) if ref.id.isdigit() else None
        if row is None:
            raise NotFoundError(f"{name}: there is no {ref.type} {ref.id}", backend="csv")
        return Ref(row.type, row.id, site=self._backend.site, native=row.type)

    def _delete(self, operation: Operation) -> tuple[Result, set[str]]:
        row = self._row(operation)
        holders = (*_HOLDERS, "project") if row.type == "Project" else _HOLDERS
        hanging = [other for other in self._rows.values() if any(_points(other.values.get(name), row) for name in holders)]
        if operation.permanent:
            return self._purge(row, hanging, operation)
        if row.is_retired:
            return Result(self._shot.ref(row), done=False), set()
        names = {row.type}
        for other in hanging if operation.recursive else []:
            if not other.is_retired:
                names |= self._delete(Operation("delete", other.type, self._shot.ref(other), recursive=True))[1]
        row.is_retired = True
        return Result(self._shot.ref(row)), names

    def _purge(self, row: Row, hanging: list[Row], operation: Operation) -> tuple[Result, set[str]]:
        if hanging and not operation.recursive:
            raise ConflictError(f"{len(hanging)} records hang on {row.type} {row.id}", hint="recursive=True deletes them too")
        names = {row.type}
        for other in hanging:
            if other.id in self._rows:
                again = Operation("delete", other.type, self._shot.ref(other), permanent=True, recursive=True)
                names |= self._delete(again)[1]
        ref = self._shot.ref(row)
        self._rows.pop(row.id, None)
        return Result(ref), names

    def _restore(self, operation: Operation) -> tuple[Result, set[str]]:
        row = self._row(operation)
        was, row.is_retired = row.is_retired, False
        return Result(self._shot.ref(row), done=was), {row.type} if was else set()

    def _row(self, operation: Operation) -> Row:
        ref = operation.ref
        row = self._rows.get(int(ref.id)) if ref is not None and ref.id.isdigit() else None
        if row is None or row.type not in self._backend.schema().concrete(operation.type):
            raise NotFoundError(f"there is no {operation.type} {ref.id if ref else ''}", backend="csv")
        return row


__all__ = ["TYPES", "CsvBackend"]
