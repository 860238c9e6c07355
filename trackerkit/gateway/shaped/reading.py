"""Reading a tracker in the other shape: pages of queries, and records by their Refs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any, Final

from trackerkit.backend import Backend
from trackerkit.entities import Page
from trackerkit.evaluate import Record, needed_fields, paths_of
from trackerkit.filters import And, Filter
from trackerkit.gateway.shaped.choices import Choices
from trackerkit.gateway.shaped.compile import COMPARED, Canon, Compiler, Known, is_identity, refs_of, texts_of
from trackerkit.gateway.shaped.completing import Completer
from trackerkit.gateway.shaped.naming import Naming
from trackerkit.gateway.shaped.products import PRODUCT, STEM, Products, Told
from trackerkit.gateway.shaped.shape import Shape
from trackerkit.gateway.shaped.telling import Telling
from trackerkit.gateway.shaped.uids import is_uid
from trackerkit.query import Order, Query, tests_of
from trackerkit.residual import Batch, finish, finish_records, finish_sorted
from trackerkit.schema import Schema
from trackerkit.values import Ref

Fields = Sequence[str]


class Reading:
    """Answers queries; made for one of them, or for one request.

    Args:
        base: the tracker with its shelf.
        shape: of it.
        naming: between its records and as they are shown.
        products: of the site.
        choices: that are kept beside the tracker.
    """

    def __init__(self, base: Backend, shape: Shape, naming: Naming, products: Products, choices: Choices) -> None:
        self._base, self._shape, self.naming, self.products, self.choices = base, shape, naming, products, choices
        self.telling = Telling(base, shape, products)
        self._completer = Completer(base, shape, naming, self.telling, choices, self.read)

    @property
    def whole(self) -> Schema:
        """The schema in the other shape."""
        return self._shape.whole

    # ---- a query

    def read(self, query: Query) -> Iterator[Page]:
        """The pages of an answer."""
        query, known = self._canonical(query)
        look_up = partial(self.look_up, every=query.retired_links)
        if query.type == PRODUCT:
            records = self._completer.products(self._wanted_products(query), needed_fields(paths_of(query)))
            yield from finish_records(query, records, look_up)
            return
        compiler = Compiler(self._shape, query.type, known)
        pushed, is_exact = compiler.pushed(query.filter)
        left: Filter = And(()) if is_exact else query.filter
        if all(compiler.is_order(item.path) for item in query.order):
            yield from finish(query, left, self._batches(query, compiler, pushed, is_exact), look_up)
            return
        bare = query.with_(after=None, limit=None, order=())
        batches = self._batches(query.with_(after=None, limit=None), compiler, pushed, False, bare)
        yield from finish_sorted(query, left, batches, look_up, fetch_rows=partial(self.fetch, state=query.state))

    def _batches(
        self, query: Query, compiler: Compiler, pushed: Filter, is_exact: bool, asked: Query | None = None
    ) -> Iterator[Batch]:
        names = needed_fields(paths_of(query))
        own = self._completer.base_names(query.type, names)
        asked = asked or query
        asked = asked.with_(
            filter=pushed, fields=tuple(map(compiler.path, own)), limit=query.limit if is_exact else None,
            order=tuple(Order(compiler.order_path(item.path), item.descending) for item in asked.order),
            retired_links=False,
        )  # fmt: skip
        for page in self._base.read(asked):
            records = [
                {"ref": ref, **dict(zip(own, values, strict=True))}
                for ref, values in zip(page.refs(), page.tuples(), strict=True)
            ]
            yield self._completer.completed(records, names), page.next

    def is_plain(self, query: Query) -> bool:
        """Whether the tracker evaluates the whole filter."""
        query, known = self._canonical(query)
        return query.type != PRODUCT and Compiler(self._shape, query.type, known).pushed(query.filter)[1]

    def _canonical(self, query: Query) -> tuple[Query, Known]:
        """The query with every record named as it is shown, and what was looked up for that."""
        refs: dict[Ref, None] = {}
        for test in tests_of(query.filter):
            refs.update(dict.fromkeys(refs_of(test.value)))
            if is_identity(test.path):
                owners = [name for name in test.path.leaves if self._shape.has_uid(name)]
                refs.update((Ref(owner, id), None) for owner in owners for id in texts_of(test.value))
        shown = self.naming.both(refs)
        canon = Canon(self._shape, query.type, lambda ref: shown.get(ref, ref))
        query = query.with_(filter=canon.filter(query.filter))
        named = {ref.id: ref for ref in (*refs, *shown.values()) if is_uid(ref.id)}
        meant = self.naming.meant(named.values())
        known = Known(meant, self._stems(query), *self._beside(query), self._rises(query))
        return query, known

    def _rises(self, query: Query) -> bool:
        """Whether the digits of the records rise with their numbers, where the query's order or a condition asks for that."""
        tests = [test.path for test in tests_of(query.filter) if test.operator in COMPARED]
        if not any(is_identity(path) and not path.steps for path in (*tests, *(item.path for item in query.order))):
            return False
        if not self._shape.has_uid(query.type) or len(self._shape.base.concrete(query.type)) > 1:
            return False
        projects = None if query.projects is None else [ref.id for ref in query.projects]
        is_shelved = query.type in self.products.shelved_types()
        return not is_shelved and not self.naming.uids.are_given(query.type, projects)

    def _beside(self, query: Query) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        """The ids of records that hang elsewhere, lie in a product or show something else, by what the shelf says."""
        names = {test.path.text for test in tests_of(query.filter)}
        projects = None if query.projects is None else [ref.id for ref in query.projects]
        hung: tuple[str, ...] = ()
        bound: tuple[str, ...] = ()
        if names & {"parent", "product.parent"} and self._shape.is_hung(query.type):
            hung = self.products.hung_ids(self._shape.base.concrete(query.type), projects)
        if query.type == "Version" and names & {"parent", "product", "product.parent"}:
            bound = self.products.bound_ids(projects)
        if query.type == "Version" and names & {"parent", "product.parent"}:
            hung += self.telling.on_tasks(query)
        owners = self._shape.base.concrete(query.type)
        is_chosen = any(self._shape.is_chosen(owner, name) for owner in owners for name in names)
        return hung, bound, self.choices.ids(owners, projects) if is_chosen else ()

    def _stems(self, query: Query) -> dict[str, list[str]]:
        """How the names of versions begin that lie in the products which the query asks for."""
        if query.type != "Version":
            return {}
        wanted = [
            ref for test in tests_of(query.filter) if test.path.text == PRODUCT.lower() for ref in refs_of(test.value)
        ]
        return {id: [*names] for id, names in self._stems_of(wanted, query.projects).items()}

    def _stems_of(self, refs: Sequence[Ref], projects: Sequence[Ref] | None) -> dict[str, list[str]]:
        ids = list(dict.fromkeys(ref.id for ref in refs))
        kept = self.products.rows(ids)
        made = {id: [str(row.values.get("name"))] for id, row in kept.items()}
        for id, row in kept.items():
            made[id] += [row.values[STEM]] if row.values.get(STEM) else []
        told = self.telling.by_ids([id for id in ids if id not in kept], projects)
        made.update((id, [item.stem]) for id, item in told.items())
        return made

    # ---- products

    def _wanted_products(self, query: Query) -> list[Told | Any]:
        return self.telling.wanted(query)

    # ---- records by Ref

    def look_up(self, refs: Sequence[Ref], fields: Fields, *, every: bool = False) -> Mapping[Ref, Record]:
        """What links lead to; the tracker's own links never lead to what is deleted, so that digits need no look."""
        if set(fields) <= _AT_HAND:
            return {ref: {"ref": ref, "id": ref.id, "uid": ref.id} for ref in refs if self._shape.has_uid(ref.type)}
        return self.fetch(refs, fields, "all" if every else "active")

    def fetch(self, refs: Sequence[Ref], fields: Fields, state: str = "active") -> dict[Ref, Record]:
        """Records by their Refs, in bulk."""
        asked = list(dict.fromkeys(refs))
        meant = self.naming.meant(asked)
        inner = {ref: meant.get(ref.id) or ref for ref in asked}
        found: dict[Ref, Record] = {}
        for name in dict.fromkeys(ref.type for ref in inner.values()):
            group = {ref: each for ref, each in inner.items() if each.type == name}
            found.update(self._fetched(name, group, fields, state))
        return {ref: found[ref] for ref in refs if ref in found}

    def _fetched(
        self, type_name: str, group: Mapping[Ref, Ref], fields: Fields, state: str
    ) -> Iterator[tuple[Ref, Record]]:
        names = [name for name in fields if name in self._shape.whole.type(type_name).fields]
        if type_name == PRODUCT:
            told = self.telling.some([each.id for each in group.values()], _projects(group.values()), state)
            made = {record["ref"].id: record for record in self._completer.products(told, names)}
            yield from ((asked, made[each.id]) for asked, each in group.items() if each.id in made)
            return
        own = self._completer.base_names(type_name, names)
        found = self._base.fetch(list(group.values()), own, state)
        there = [(asked, dict(found[each])) for asked, each in group.items() if each in found]
        made_here = self._completer.completed([record for _, record in there], names)
        yield from zip((asked for asked, _ in there), made_here, strict=True)


_AT_HAND: Final = frozenset({"uid", "id"})


def _projects(refs: Any) -> list[Ref] | None:
    ids = {ref.project for ref in refs}
    return None if None in ids else [Ref("Project", id, id) for id in ids]
