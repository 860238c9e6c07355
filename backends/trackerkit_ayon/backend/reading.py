"""Reading: a query's pages, records by their Refs, and where a query is answered."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from trackerkit.backend import Explanation
from trackerkit.entities import Page, Plan
from trackerkit.evaluate import Fetch, Record, answer, needed_fields, paths_of
from trackerkit.filters import And, Condition
from trackerkit.query import Path, Query, build
from trackerkit.residual import Batch, finish, finish_sorted
from trackerkit.schema import Field
from trackerkit.values import Ref
from trackerkit_ayon.backend import parents
from trackerkit_ayon.backend.collected import Collector, is_collected, selected_for
from trackerkit_ayon.backend.folders import FolderList, suits
from trackerkit_ayon.backend.paging import Pager, Wish
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.backend.small import SMALL, small_records
from trackerkit_ayon.backend.tree import CHUNK, Tree, chunks
from trackerkit_ayon.client import FIRST_PAGE
from trackerkit_ayon.compile.documents import listing, selection
from trackerkit_ayon.compile.reads import Read, Reader
from trackerkit_ayon.mapping.listed import Listed
from trackerkit_ayon.mapping.names import base_of
from trackerkit_ayon.mapping.notes import attachment_nodes
from trackerkit_ayon.mapping.rows import Node, Rows

_SMALL_CHUNK: Final = 200


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is read of each record.

    Args:
        held: fields that its node holds.
        collected: fields that are asked for besides.
        selected: the GraphQL selection.
    """

    held: tuple[Field, ...]
    collected: tuple[Field, ...]
    selected: str


class Reading:
    """Answers queries about one server."""

    def __init__(self, server: Server) -> None:
        self._server = server

    # ---- a query

    def read(self, query: Query) -> Iterator[Page]:
        """The pages of an answer."""
        base = base_of(query.type)
        if base in SMALL:
            yield from self._small(query)
            return
        asked = self._asked(query)
        if asked.is_nothing:
            return
        every = query.retired_links
        if query.order:
            batches = self._batches(query.with_(after=None), asked)
            fetch_rows = partial(self.fetch, state=query.state, every=every)
            yield from finish_sorted(query, asked.left, batches, self._looking_up(every), fetch_rows=fetch_rows)
        elif self._is_plain(query, asked):
            yield from self._plain(query, asked)
        else:
            yield from finish(query, asked.left, self._batches(query, asked), self._looking_up(every))

    def _looking_up(self, every: bool) -> Fetch:
        """How the records on the other side of links are read."""
        return partial(self.fetch, state="all", every=True) if every else self.look_up

    def _asked(self, query: Query) -> Read:
        context = self._server.context(None, query.retired_links)
        return Reader(self._server.schema(), query.type, context).read(query)

    def _is_plain(self, query: Query, asked: Read) -> bool:
        """True when nothing is left to do but to give the server's own rows."""
        return (
            asked.left == And(())
            and base_of(query.type) not in ("Attachment", "Workfile")
            and not any(path.steps or is_collected(query.type, path.leaf) for path in query.fields)
        )

    def _small(self, query: Query) -> Iterator[Page]:
        rows = answer(query, small_records(self._server, self.read, query), self._looking_up(query.retired_links))
        start = int(query.after or 0)
        size = query.page_size or FIRST_PAGE
        plan = Plan.plain(query.columns)
        for at in range(start, len(rows), size):
            yield Page(plan, rows[at : at + size], at + size if at + size < len(rows) else None)

    def _plain(self, query: Query, asked: Read) -> Iterator[Page]:
        """The server's rows as they are; a value converts when it is looked at."""
        items = [path.leaf for path in query.fields]
        by_id = not query.retired_links and parents.suits(query, asked, items)
        selected = selection(query.type, [item.name for item in items if not (by_id and item.name == "parent")])
        selected += f" {parents.KEY}" if by_id else ""
        left = query.limit
        plans: dict[tuple[str, type], Plan] = {}
        folders: dict[str, parents.Parents] = {}
        for project, nodes, cursor in Pager(
            self._server, Wish(query, asked, selected, True, self._folders(query, asked, items))
        ).pages():
            rows = nodes if left is None else nodes[:left]
            left = None if left is None else left - len(rows)
            if by_id:
                folders.setdefault(project, parents.Parents(self._server, project)).load(rows)
            if rows:
                key = (project, rows[0].__class__)
                if key not in plans:
                    plans[key] = _plan(query, self._rows(query, project), key[1], folders.get(project))
                yield Page(plans[key], rows, None if left == 0 else cursor)
            if left == 0:
                return

    def _rows(self, query: Query, project: str) -> Rows:
        return self._server.rows(query.type, project, query.retired_links)

    # ---- records

    def _batches(self, query: Query, asked: Read) -> Iterator[Batch]:
        """Records with all that the query needs of them, page by page."""
        wanted = self.wanted(query.type, needed_fields(paths_of(query)))
        trees: dict[str, Tree] = {}
        wish = Wish(query, asked, wanted.selected, False, self._folders(query, asked, wanted.held))
        for project, nodes, cursor in Pager(self._server, wish).pages():
            yield self.records(query.type, project, nodes, wanted, query.state, trees, query.retired_links), cursor

    def wanted(self, type_name: str, names: Iterable[str]) -> Wanted:
        """What to read for some fields."""
        schema = self._server.schema()
        items = [item for name in names if (item := schema.find_field(type_name, name)) is not None]
        collected = tuple(item for item in items if is_collected(type_name, item))
        held = tuple(item for item in items if item not in collected or item.is_stored)
        more = selected_for(type_name, collected)
        return Wanted(held, collected, f"{selection(type_name, [item.name for item in held])} {more}".strip())

    def records(
        self,
        type_name: str,
        project: str,
        nodes: Sequence[Node],
        wanted: Wanted,
        state: str = "active",
        trees: dict[str, Tree] | None = None,
        every: bool = False,
    ) -> list[dict[str, Any]]:
        """Nodes as neutral records."""
        nodes = _shaped(base_of(type_name), nodes, state)
        rows = self._server.rows(type_name, project, every)
        getters = [(item.name, rows.getter(item)) for item in wanted.held]
        made = [{"ref": rows.ref(node), **{name: get(node) for name, get in getters}} for node in nodes]
        Collector(self._server, self.read, type_name, project, trees, every=every).add(made, nodes, wanted.collected)
        return made

    def _folders(self, query: Query, asked: Read, fields: Iterable[Field]) -> FolderList | None:
        """The short way to all folders, where the query can go it."""
        return FolderList(self._server, query, self._server.kind("Folder")) if suits(query, asked, fields) else None

    # ---- records by Ref

    def look_up(self, refs: Sequence[Ref], fields: Sequence[str]) -> Mapping[Ref, Record]:
        """Active records by their Refs, for paths."""
        return self.fetch(refs, fields, "active")

    def fetch(
        self, refs: Sequence[Ref], fields: Sequence[str], state: str = "active", every: bool = False
    ) -> dict[Ref, Record]:
        """Records by their Refs, in bulk; with ``every``, their links lead to retired ones too."""
        groups: dict[tuple[str, str | None], list[Ref]] = {}
        for ref in dict.fromkeys(refs):
            groups.setdefault((base_of(ref.type), ref.project), []).append(ref)
        found: dict[Ref, Record] = {}
        for (base, project), group in groups.items():
            by_id = {ref.id: ref for ref in group}
            for record in self._fetched(base, project, list(by_id), fields, state, every):
                found[by_id[record["ref"].id]] = record
        return {ref: found[ref] for ref in refs if ref in found}

    def _fetched(
        self, base: str, project: str | None, ids: Sequence[str], fields: Sequence[str], state: str, every: bool
    ) -> Iterator[Record]:
        schema = self._server.schema()
        names = [name for name in fields if schema.find_field(base, name) is not None]
        homes = None
        if project is not None and base not in ("User", "Project"):
            homes = [Ref("Project", project, project, self._server.site)]
        for some in chunks(ids, CHUNK if base != "Attachment" else _SMALL_CHUNK):
            query = build(
                schema,
                base,
                Condition("id", "in", tuple(some)),
                fields=names,
                state=state,
                archived=True,
                projects=homes,
                retired_links=every,
            )
            for page in self.read(query):
                for ref, values in zip(page.refs(), page.tuples()):  # noqa: B905 - Python 3.10, same length
                    yield {"ref": ref, **dict(zip(names, values))}  # noqa: B905

    # ---- how

    def explain(self, query: Query) -> Explanation:
        """Where a query is answered; asks nothing."""
        if base_of(query.type) in SMALL:
            return Explanation(
                "ayon", "", repr(query.filter), "here" if query.order else "creation",
                notes=(f"every {query.type} is read, and the query answered here",),
            )  # fmt: skip
        asked = self._asked(query)
        wanted = self.wanted(query.type, needed_fields(paths_of(query)))
        document = listing(query.type, wanted.selected, tuple(asked.arguments))
        return Explanation(
            "ayon",
            " and ".join(asked.pushed),
            "" if asked.left == And(()) else repr(asked.left),
            "here" if query.order else "creation",
            {"query": document, "variables": asked.arguments},
            tuple(_notes(query, asked, wanted)),
        )


def _plan(query: Query, rows: Rows, kind: type, folders: parents.Parents | None) -> Plan:
    items = [path.leaf for path in query.fields]
    listed = Listed(rows, items, kind is not dict, folders.ref if folders is not None else None)
    return Plan(query.columns, listed.getters, listed.ref)


def _shaped(base: str, nodes: Sequence[Node], state: str) -> Sequence[Node]:
    """The nodes that count: the files of comments; workfiles by their state, which no argument selects by."""
    if base == "Attachment":
        return [item for node in nodes for item in attachment_nodes(node)]
    if base == "Workfile" and state != "all":
        return [node for node in nodes if bool(node["active"]) == (state == "active")]
    return nodes


def _notes(query: Query, asked: Read, wanted: Wanted) -> Iterator[str]:
    if query.projects is None:
        yield "asked of every active project that the caller may see, in name order"
    if asked.left != And(()):
        yield "limit and count are finished here"
    if query.order:
        yield "AYON cannot page by this order: sort keys are read in creation order and sorted here"
    for item in wanted.collected:
        yield f"{item.name} is asked for separately, once a page"
    deep = [path for path in paths_of(query) if path.steps]
    for name in dict.fromkeys(_first(path) for path in deep):
        yield f"records beyond {name!r} are read by id, once a page"


def _first(path: Path) -> str:
    return path.steps[0].name
