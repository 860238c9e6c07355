"""Reading: entities of a GraphQL connection, page by page, in the shape that AYON's Python API hands out."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from json import dumps
from typing import Any, Final

from trackerkit.errors import ProtocolError
from trackerkit.jsontext import decoded
from trackerkit_ayon.server_api.base import BaseServerAPI
from trackerkit_ayon.server_api.exceptions import GraphQlQueryError, GraphQlQueryFailed
from trackerkit_ayon.server_api.fields import on_the_wire, with_links
from trackerkit_ayon.server_api.graphql import (
    LINKS_PAGE,
    OF_THE_SERVER,
    document,
    flattened,
    in_every_project,
    links_document,
    links_selection,
    selection,
    tree_of,
)
from trackerkit_ayon.server_api.lanes import side_by_side
from trackerkit_ayon.server_api.latenodes import AT_ONCE, nodes_of, page_reader
from trackerkit_ayon.server_api.paging import Connection, Page, PageSize, pages
from trackerkit_ayon.server_api.verbs import Decode

Row = dict[str, Any]

SKIPPING: Final = frozenset({"activities", "entityLists", "projects"})
"""Connections whose rows the server may leave out of a page, which it then takes for the last one."""

_WITH_LINKS: Final = (300, 1_000)
"""First and largest page of entities with their links, which cost the server a query an entity."""

ACTIVE_AND_RETIRED: Final = None


class Reading(BaseServerAPI):
    """What all families that read by GraphQL share."""

    parallel_reads: int = 1
    """How many pages of one unfiltered listing may be on their way at once. More than one is faster where the server has
    several workers, and a burden where it has one."""

    def _answered(self, text: str, variables: Mapping[str, Any], decode: Decode = decoded) -> Any:
        """The ``data`` of a query's answer, as ``decode`` reads it.

        Raises:
            GraphQlQueryFailed: the server refuses it.
            GraphQlQueryError: it answers with no data.
        """
        data = self._query(text, variables, decode)
        if data is None:
            raise GraphQlQueryError("the server's answer to a query holds no data", sent="yes", backend="ayon")
        return data

    def _pages(
        self,
        connection: str,
        project_name: str | None,
        arguments: Mapping[str, Any],
        selected: str,
        *,
        edge: str = "",
        newest_first: bool = False,
        at_most: int | None = None,
    ) -> Iterator[Page]:
        """The pages of a connection; see ``graphql.document`` and ``paging.pages`` for the arguments."""
        is_split = self._is_split(connection) and not (arguments or newest_first or at_most)
        if is_split:
            edge = f"cursor {edge}".strip()
        text = document(connection, tuple(arguments), selected, edge, newest_first)
        decode = decoder_of(connection) if edge in ("", "cursor") else decoded
        given = {**arguments, "project": project_name} if connection not in OF_THE_SERVER else dict(arguments)

        def ask(first: int, after: str | None) -> Connection:
            return self._connection(connection, text, {**given, "first": first, "after": after}, decode)

        size = self._page_size(connection, "links(" in selected)
        if is_split:
            return side_by_side(ask, size, self.parallel_reads, self._transport.close)
        ids = arguments.get("ids")
        return pages(
            ask,
            size,
            at_most=len(ids) if ids is not None else at_most,
            may_skip=connection in SKIPPING,
            newest_first=newest_first,
        )

    def _is_split(self, connection: str) -> bool:
        """True where several pages may be on their way at once."""
        return self.parallel_reads > 1 and connection not in OF_THE_SERVER | SKIPPING

    def _connection(self, name: str, text: str, variables: Mapping[str, Any], decode: Decode = decoded) -> Connection:
        data = self._answered(text, variables, decode)
        if name not in OF_THE_SERVER:
            data = self._right_project(data["project"], name, text, variables)
        connection: Connection = data[name]
        return connection

    def _right_project(self, found: Row, name: str, text: str, variables: Mapping[str, Any]) -> Row:
        """The project that was meant: the server takes ``_`` in a name for any character, and ignores case."""
        wanted = variables["project"]
        if found["name"] == wanted:
            return found
        every = self._answered(in_every_project(text), variables)["projects"]["edges"]
        named = {edge["node"]["name"]: edge["node"] for edge in every}
        for key in (wanted, next((key for key in named if key.lower() == wanted.lower()), None)):
            if key in named:
                node: Row = named[key]
                return node
        raise GraphQlQueryFailed(
            [{"message": f"Project {wanted} not found", "path": ["project", name]}], text, variables
        )

    def _page_size(self, connection: str, has_links: bool = False) -> PageSize:
        """What this connection has learnt of the size of a page; made when it is first asked for."""
        known: dict[tuple[str, bool], PageSize] = self.__dict__.setdefault("_page_sizes", {})
        key = (connection, has_links)
        if key not in known:
            known.setdefault(key, PageSize(*_WITH_LINKS) if has_links else PageSize())
        return known[key]

    def _wanted(self, entity_type: str, fields: Iterable[str] | None, own_attributes: bool = False) -> set[str]:
        """A caller's fields as the server's; the defaults when there are none."""
        asked = set(fields) if fields else self.get_default_fields_for_type(entity_type)
        asked = on_the_wire(entity_type, asked, own_attributes)
        return with_links(asked, self.links_graphql_support_data()) if "links" in asked else asked

    def _entities(
        self,
        connection: str,
        project_name: str,
        arguments: Mapping[str, Any],
        fields: Iterable[str],
        *,
        active: bool | None = ACTIVE_AND_RETIRED,
        finish: Callable[[Row], None] | None = None,
    ) -> Iterator[Row]:
        """Entities of a project.

        Args:
            connection: ``folders``, ``tasks``, ….
            project_name: of the project.
            arguments: of the connection, by GraphQL's names.
            fields: on the wire.
            active: only active ones, only retired ones, or (None) both.
            finish: what else is to be done with each row.
        """
        wanted = set(fields) | ({"active"} if active is not None else set())
        links = tree_of(wanted).get("links")
        for page in self._pages(connection, project_name, arguments, selection(wanted)):
            edges = page.edges
            if page.is_first and edges:
                yield from self._rows(edges[:1], connection, project_name, links, active, finish)
                page.go_on()
                edges = edges[1:]
            for start in range(0, len(edges), AT_ONCE):
                some = edges[start : start + AT_ONCE]
                yield from self._rows(some, connection, project_name, links, active, finish)

    def _rows(
        self,
        edges: list[Any],
        connection: str,
        project_name: str,
        links: Any,
        active: bool | None,
        finish: Callable[[Row], None] | None,
    ) -> list[Row]:
        rows = nodes_of(edges)
        if active is not None:
            rows = [row for row in rows if row["active"] is active]
        read(rows)
        if finish is not None:
            for row in rows:
                finish(row)
        if links is not None:
            for row in rows:
                self._complete_links(row, connection, project_name, links)
        return rows

    def _complete_links(self, row: Row, connection: str, project_name: str, links: Any) -> None:
        """All links of an entity as a list: those of its first page, and further ones where there are."""
        found = row["links"]
        made = [flattened(edge) for edge in found["edges"]]
        if found["pageInfo"]["hasNextPage"]:
            text = links_document(connection, links_selection(links, f"first:{LINKS_PAGE},after:$after"))
            while found["pageInfo"]["hasNextPage"]:
                given = {"project": project_name, "ids": [row["id"]], "after": found["pageInfo"]["endCursor"]}
                edges = self._right_project(self._answered(text, given)["project"], connection, text, given)[connection]
                if not edges["edges"]:
                    break
                found = edges["edges"][0]["node"]["links"]
                made += [flattened(edge) for edge in found["edges"]]
        row["links"] = made

    def _prepare_advanced_filters(self, filters: str | Mapping[str, Any] | None) -> str | None:
        """A filter as the server's text."""
        if not filters:
            return None
        return filters if isinstance(filters, str) else dumps(filters)

    def _convert_entity_data(self, entity: Row) -> None:
        """Read the texts of one entity."""
        if entity:
            converted(entity)


def decoder_of(connection: str) -> Decode:
    """What reads a page of a connection."""
    return page_reader(connection, connection not in OF_THE_SERVER) or decoded


def read(rows: list[Row]) -> None:
    """Read the texts of nodes of one kind: ``data``, and ``allAttrib``, which becomes ``attrib`` as well."""
    if rows and "data" in rows[0]:
        for row, data in zip(rows, _all_read([row["data"] for row in rows]), strict=True):
            row["data"] = data or {}
    if rows and "allAttrib" in rows[0]:
        for row, attributes in zip(rows, _all_read([row["allAttrib"] for row in rows]), strict=True):
            if type(row["allAttrib"]) is str:
                row["attrib"] = attributes


def converted(row: Row) -> None:
    """Read the texts of one node; see ``read``."""
    read([row])


def _all_read(values: list[Any]) -> list[Any]:
    """Texts as what they say, at once: a call for each costs more than the reading."""
    try:
        found: list[Any] = decoded(f"[{','.join([text or 'null' for text in values])}]")
        if len(found) == len(values):
            return found
    except (TypeError, ValueError):  # one of them is no text, or no JSON: that one is to be named
        pass
    return [_read(value) if type(value) is str else value for value in values]


def _read(text: str) -> Any:
    try:
        return decoded(text) if text else None
    except ValueError:
        raise ProtocolError(f"a text of an entity is no JSON: {text[:100]!r}", backend="ayon") from None


def with_own_attributes(row: Row) -> None:
    """Fill ``own_attributes`` (and ``ownAttrib``): every attribute, None where its value is inherited."""
    names = row.get("ownAttrib")
    if names is None or not row.get("attrib"):
        return
    own = {name: copy.deepcopy(value) if name in names else None for name, value in row["attrib"].items()}
    row["own_attributes"] = own
    row["ownAttrib"] = copy.deepcopy(own)


def first(rows: Iterable[Row]) -> Row | None:
    """The first row; None without any."""
    return next(iter(rows), None)
