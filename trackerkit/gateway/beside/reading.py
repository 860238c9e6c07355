"""Reading a tracker with a shelf: pages of queries, and records by their Refs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from trackerkit.backend import Backend
from trackerkit.entities import Page
from trackerkit.evaluate import Record, Resolver, effective, matching, needed_fields, paths_of
from trackerkit.filters import And, Filter
from trackerkit.gateway.beside.compile import Compiler, Split
from trackerkit.gateway.beside.houses import Houses
from trackerkit.gateway.beside.records import Completer, Keeper, Made
from trackerkit.gateway.beside.shelf import Row, Shelf
from trackerkit.gateway.beside.view import View
from trackerkit.query import Query, Test
from trackerkit.residual import Batch, finish, finish_records, finish_sorted
from trackerkit.values import Ref

_TAIL: Final = "shelf"
_ASIDE: Final = frozenset({"Event"})
"""Types that are the tracker's own affair."""


class Reading:
    """Answers queries.

    Args:
        base: the tracker.
        shelf: what is kept beside it.
        view: what is where, now.
        prefix: of the keys in a record's ``data``.
        every_link: kept links, and paths, lead to retired records too.
    """

    def __init__(self, base: Backend, shelf: Shelf, view: View, prefix: str, *, every_link: bool = False) -> None:
        self._every_link = every_link
        houses = Houses(shelf, prefix)
        self._base, self._shelf, self._view = base, shelf, replace(view, housed=houses.fields, shelved=shelf.types())
        self.keeper = Keeper(shelf, prefix, self.look_up, self._rows, houses.ids)

    # ---- a query

    def read(self, query: Query) -> Iterator[Page]:
        """The pages of an answer."""
        if not self._view.is_base(query.type):
            yield from self._kept(query)
            return
        compiler = Compiler(self._view, query.type)
        found = compiler.split(query)
        hidden, tail = self._hidden(query), self._tail(query)
        if query.type in _ASIDE or (found.is_plain and not tail and hidden is None):
            after = query.after["base"] if query.after else None
            for page in self._base.read(compiler.plain(query.with_(after=after), found)):
                yield Page(page.plan, page.rows, None if page.next is None else {"base": page.next})
        elif query.order:
            batches = self._batches(query.with_(after=None, limit=None), found, hidden, tail)
            fetch_rows = partial(self.fetch, state=query.state)
            yield from finish_sorted(query, found.left, batches, self.look_up, fetch_rows=fetch_rows)
        else:
            yield from finish(query, found.left, self._batches(query, found, hidden, tail), self.look_up)

    def is_plain(self, query: Query) -> bool:
        """Whether the tracker itself answers a query."""
        if not self._view.is_base(query.type):
            return False
        found = Compiler(self._view, query.type).split(query)
        return found.is_plain and self._hidden(query) is None and not self._tail(query)

    def _rows(self, query: Query) -> Iterator[tuple[Ref, Any]]:
        for page in self.read(query):
            for ref, values in zip(page.refs(), page.tuples(), strict=True):
                yield ref, effective(values[0])

    # ---- what the tracker holds

    def _batches(self, query: Query, found: Split, hidden: Hidden | None, tail: list[Row]) -> Iterator[Batch]:
        names = needed_fields(paths_of(query.with_(filter=found.left)))
        completer = Completer(self.keeper, self._view, names)
        if query.after is None or _TAIL not in query.after:
            yield from self._own(query, found, completer, hidden, bool(tail))
        if tail:
            yield self._shelved(query, tail), None

    def _own(
        self, query: Query, found: Split, completer: Completer, hidden: Hidden | None, has_tail: bool
    ) -> Iterator[Batch]:
        compiler = Compiler(self._view, query.type)
        names = completer.base_names(query.type)
        asked = query.with_(
            filter=found.filter if hidden is None else And((found.filter, *hidden.conditions(compiler))),
            fields=tuple(map(compiler.path, names)), order=(), after=query.after["base"] if query.after else None,
            limit=query.limit if found.left == And(()) and hidden is None else None,
            state=query.state if hidden is None or hidden.retired is None else "all",
        )  # fmt: skip
        for page in self._base.read(asked):
            records = [
                {"ref": ref, **dict(zip(names, values, strict=True))}
                for ref, values in zip(page.refs(), page.tuples(), strict=True)
                if hidden is None or hidden.shows(ref)
            ]
            after = {_TAIL: True} if has_tail else None
            yield completer.completed(records), after if page.next is None else {"base": page.next}

    # ---- what is whole on the shelf

    def _tail(self, query: Query) -> list[Row]:
        """The records of the tracker's own types that had no place in it."""
        names = self._view.whole.concrete(query.type)
        there = self._view.shelved.intersection(names)
        return [row for name in names if name in there for row in self._seen(name, query)]

    def _kept(self, query: Query) -> Iterator[Page]:
        rows = [row for name in self._view.whole.concrete(query.type) for row in self._seen(name, query)]
        names = needed_fields(paths_of(query))
        yield from finish_records(query, Completer(self.keeper, self._view, names).kept(rows), self.look_up)

    def _shelved(self, query: Query, rows: Sequence[Row]) -> list[Made]:
        records = Completer(self.keeper, self._view, needed_fields(paths_of(query))).kept(rows)
        found = matching(query.filter, records, Resolver(self.look_up, paths_of(query)))
        return [dict(record) for record in found]

    def _seen(self, type_name: str, query: Query) -> Iterator[Row]:
        projects = None if query.projects is None else [ref.id for ref in query.projects]
        archived = self._archived(query)
        for row in self._shelf.rows(type_name, _ids(query.filter), projects=projects):
            if row.project not in archived and query.state in ("all", "retired" if row.is_retired else "active"):
                yield row

    # ---- what does not show

    def _archived(self, query: Query) -> frozenset[str]:
        """The projects that are archived, as the shelf has it."""
        if query.archived:
            return frozenset()
        rows = self._shelf.rows("Project", is_whole=False)
        return frozenset(row.id for row in rows if row.values.get("archived"))

    def _hidden(self, query: Query) -> Hidden | None:
        """What the tracker shows and its callers do not see; None for nothing."""
        archived = self._archived(query)
        kind = self._view.base.type(query.type)
        if kind.can_retire or kind.read_only:
            return Hidden(None, "all", archived) if archived else None
        retired = self._shelf.retired(self._view.whole.concrete(query.type))
        if not retired and not archived and query.state != "retired":
            return None
        return Hidden(retired, query.state, archived)

    # ---- records by Ref

    def look_up(self, refs: Sequence[Ref], fields: Sequence[str]) -> Mapping[Ref, Record]:
        """Records for paths: active ones, unless links lead to all."""
        return self.fetch(refs, fields, "all" if self._every_link else "active")

    def fetch(self, refs: Sequence[Ref], fields: Sequence[str], state: str = "active") -> dict[Ref, Record]:
        """Records by their Refs, in bulk."""
        found: dict[Ref, Record] = {}
        groups: dict[str, list[Ref]] = {}
        for ref in dict.fromkeys(refs):
            groups.setdefault(ref.type, []).append(ref)
        for name, group in groups.items():
            found.update(self._fetched(name, group, fields, state))
        return {ref: found[ref] for ref in refs if ref in found}

    def _fetched(
        self, type_name: str, refs: Sequence[Ref], fields: Sequence[str], state: str
    ) -> Iterator[tuple[Ref, Record]]:
        names = [name for name in fields if name in self._view.whole.type(type_name).fields]
        completer = Completer(self.keeper, self._view, names)
        by_id = {ref.id: ref for ref in refs}
        rows = [row for row in self._shelf.rows(type_name, list(by_id)) if _shows(row, state)]
        for record in completer.kept(rows):
            yield by_id[record["ref"].id], record
        left = [ref for ref in refs if ref.id not in {row.id for row in rows}]
        if left and self._view.is_base(type_name):
            yield from self._own_fetched(type_name, left, completer, state)

    def _own_fetched(
        self, type_name: str, refs: Sequence[Ref], completer: Completer, state: str
    ) -> Iterator[tuple[Ref, Record]]:
        kind = self._view.base.type(type_name)
        found = self._base.fetch(refs, completer.base_names(type_name), state if kind.can_retire else "all")
        retired: set[tuple[str, str, str]] = set()
        if not kind.can_retire and state != "all":
            rows = self._shelf.rows(type_name, [ref.id for ref in refs], is_whole=False)
            retired = {(row.type, row.id, row.project) for row in rows if row.is_retired}
        kept = [
            (asked, record)
            for asked, record in found.items()
            if kind.can_retire or state == "all" or (_key(record["ref"]) in retired) == (state == "retired")
        ]
        made = completer.completed([record for _, record in kept])
        yield from zip((asked for asked, _ in kept), made, strict=True)


class Hidden:
    """What the tracker shows and its callers do not see.

    Args:
        retired: types, ids and projects of what was deleted beside the tracker; None where the tracker itself can retire.
        state: of the query.
        archived: projects whose records do not show.
    """

    def __init__(self, retired: frozenset[tuple[str, str, str]] | None, state: str, archived: frozenset[str]) -> None:
        self.retired, self._state, self._archived = retired, state, archived

    def conditions(self, compiler: Compiler) -> list[Filter]:
        """What narrows the tracker's own answer down."""
        if self._state != "retired" or self.retired is None:
            return []
        return [Test(compiler.path("id"), "in", tuple(dict.fromkeys(id for _, id, _ in self.retired)))]

    def shows(self, ref: Ref) -> bool:
        """Whether a record is seen."""
        if (ref.project or "") in self._archived:
            return False
        if self.retired is None or self._state == "all":
            return True
        return (_key(ref) in self.retired) == (self._state == "retired")


def _key(ref: Ref) -> tuple[str, str, str]:
    return ref.type, ref.id, ref.project or ""


def _shows(row: Row, state: str) -> bool:
    return state in ("all", "retired" if row.is_retired else "active")


def _ids(node: Filter) -> list[str] | None:
    """The ids that a filter asks for, where it names them; None for any."""
    for part in node.parts if isinstance(node, And) else (node,):
        if isinstance(part, Test) and part.path.text == "id" and part.operator in ("is", "in") and part.value:
            return list(part.value) if isinstance(part.value, tuple) else [part.value]
    return None
