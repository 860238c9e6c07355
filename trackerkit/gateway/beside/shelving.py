"""Writing to the shelf: records that are whole there, and more values of those that the tracker holds."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timezone
from typing import TYPE_CHECKING, Any, Final

from trackerkit.backend import Backend
from trackerkit.errors import NotFoundError
from trackerkit.gateway.beside.shelf import Row, Shelf
from trackerkit.gateway.beside.view import View
from trackerkit.operations import Operation, Result
from trackerkit.values import Ref

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ACTIVE: Final = "active"


@dataclass
class Part:
    """One operation on its way.

    Args:
        operation: as it was asked for.
        own: what the tracker gets; None for nothing.
        more: values that the shelf gets, as JSON holds them.
        links: the fields that are links.
        row: the line of the shelf, where the record is whole there.
        is_retired: what becomes of a record that the tracker cannot retire; None for nothing.
        result: what became of it.
    """

    operation: Operation
    own: Operation | None = None
    more: dict[str, Any] = field(default_factory=dict)
    links: frozenset[str] = frozenset()
    row: Row | None = None
    is_retired: bool | None = None
    result: Result | None = None

    @property
    def is_shelved(self) -> bool:
        """Whether the record is whole on the shelf."""
        return self.own is None and (self.row is not None or self.operation.kind == "create")


class Shelving:
    """Writes to the shelf.

    Args:
        base: the tracker.
        shelf: what is kept beside it.
        view: what is where, now.
        me: who writes.
    """

    def __init__(self, base: Backend, shelf: Shelf, view: View, me: Callable[[], Ref | None]) -> None:
        self._base, self._shelf, self._view, self._me = base, shelf, view, me

    def prepare(self, part: Part) -> None:
        """Ask the tracker what a write to the shelf has to know: the shelf's transaction waits for nobody."""
        operation = part.operation
        if not part.is_shelved and part.result is None:
            ref = self._known(operation)
            part.result = Result(ref, dict(operation.values))
            if operation.kind in ("delete", "restore"):
                self._retire(part, ref, operation.kind == "delete")

    def write(self, connection: Connection, part: Part) -> None:
        """Write what is the shelf's of an operation, once the tracker has its own."""
        if part.is_shelved:
            part.result = _SHELVED[part.operation.kind](self, connection, part)
        elif part.result is not None and (part.more or part.is_retired is not None):
            row = self._row_of(part.result.ref)
            values = {name: raw for name, raw in {**row.values, **part.more}.items() if raw is not None}
            is_retired = row.is_retired if part.is_retired is None else part.is_retired
            self._shelf.put(connection, replace(row, values=values, is_retired=is_retired))

    def _known(self, operation: Operation) -> Ref:
        assert operation.ref is not None
        found = self._base.fetch([operation.ref], ["id"], "all").get(operation.ref)
        if found is None:
            raise NotFoundError(f"there is no {operation.ref} at {self._shelf.site}", backend=self._base.scheme)
        ref: Ref = found["ref"]
        return ref

    def _row_of(self, ref: Ref) -> Row:
        found = [
            row for row in self._shelf.rows(ref.type, [ref.id], is_whole=False) if row.project == (ref.project or "")
        ]
        return found[0] if found else Row(ref.type, ref.id, ref.project or "", {}, False)

    def _retire(self, part: Part, ref: Ref, wanted: bool) -> None:
        """Retire or restore beside the tracker what it can only delete; who is retired is switched off there."""
        row = self._row_of(ref)
        part.result = Result(ref, done=row.is_retired != wanted)
        if part.result.done:
            part.is_retired, part.more = wanted, {_ACTIVE: self._switched(ref, wanted, row)}

    def _switched(self, ref: Ref, is_off: bool, row: Row) -> bool | None:
        """Switch a record off, or on again if it was on; whether it was on, None where there is no such switch."""
        item = self._view.base.type(ref.type).fields.get(_ACTIVE)
        if item is None or item.read_only:
            return None
        was_on = bool(self._base.fetch([ref], [_ACTIVE], "all").get(ref, {}).get(_ACTIVE))
        wanted = False if is_off else bool(row.values.get(_ACTIVE))
        if was_on != wanted:
            self._base.write([Operation("update", ref.type, ref, {_ACTIVE: wanted})])
        return was_on

    def _create(self, connection: Connection, part: Part) -> Result:
        operation = part.operation
        assert operation.key is not None
        known = self._shelf.rows(operation.type, [operation.key])
        if known:
            return Result(self._ref(known[0]), dict(operation.values), done=False)
        now, me = datetime.now(timezone.utc).isoformat(), self._me()
        by = [me.type, me.id, me.project, me.native] if me is not None else None
        stamps = {"created_at": now, "updated_at": now, "created_by": by, "updated_by": by}
        values = {**stamps, **{name: raw for name, raw in part.more.items() if raw is not None}}
        row = Row(operation.type, operation.key, self.home(operation), values)
        self._shelf.add(connection, row)
        return Result(self._ref(row), dict(operation.values))

    def home(self, operation: Operation) -> str:
        if not self._view.whole.type(operation.type).in_project:
            return ""
        given = operation.values.get("project") or operation.project
        if isinstance(given, Ref):
            return given.id
        refs = [ref for value in operation.values.values() for ref in refs_of(value) if ref.type != "User"]
        return next((ref.project for ref in refs if ref.project), "")

    def _update(self, connection: Connection, part: Part) -> Result:
        row = part.row
        assert row is not None
        me = self._me()
        stamps: dict[str, Any] = {"updated_at": datetime.now(timezone.utc).isoformat()}
        stamps["updated_by"] = [me.type, me.id, me.project, me.native] if me is not None else None
        values = {name: raw for name, raw in {**row.values, **stamps, **part.more}.items() if raw is not None}
        self._shelf.put(connection, replace(row, values=values))
        return Result(self._ref(replace(row, values=values)), dict(part.operation.values))

    def _switch(self, connection: Connection, part: Part) -> Result:
        row, wanted = part.row, part.operation.kind == "delete"
        assert row is not None
        if wanted and part.operation.permanent:
            self._shelf.remove(connection, row)
        else:
            self._shelf.put(connection, replace(row, is_retired=wanted))
        return Result(self._ref(row), done=row.is_retired != wanted)

    def _ref(self, row: Row) -> Ref:
        kind = self._view.whole.type(row.type)
        label = row.values.get(kind.display)
        shown = label if isinstance(label, str) else None
        return Ref(row.type, row.id, row.project or None, self._shelf.site, kind.native, shown)


_SHELVED: Final[dict[str, Callable[[Shelving, Any, Part], Result]]] = {
    "create": Shelving._create, "update": Shelving._update, "delete": Shelving._switch, "restore": Shelving._switch,
}  # fmt: skip


def refs_of(value: Any) -> list[Ref]:
    """The records that a value names."""
    if isinstance(value, Ref):
        return [value]
    return [item for item in value if isinstance(item, Ref)] if isinstance(value, (list, tuple)) else []
