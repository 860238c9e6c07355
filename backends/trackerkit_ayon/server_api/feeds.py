"""Feeds: rows that happened one after another (events, activities), from either end and up to a limit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any

from trackerkit_ayon.server_api.graphql import document, selection
from trackerkit_ayon.server_api.latenodes import AT_ONCE, nodes_of
from trackerkit_ayon.server_api.paging import Connection, Page, pages
from trackerkit_ayon.server_api.reading import SKIPPING, Reading, decoder_of


class Feeds(Reading):
    """What events and activities share."""

    def _feed(
        self,
        connection: str,
        variables: Mapping[str, Any],
        fields: Iterable[str],
        newest_first: bool,
        limit: int | None,
    ) -> Iterator[dict[str, Any]]:
        """The rows of a connection, as the server tells them.

        Args:
            connection: ``events`` or ``activities``.
            variables: arguments of the connection by GraphQL's names, and ``project`` where it hangs on one.
            fields: of each row.
            newest_first: begin at the end.
            limit: no more rows than these; None and 0 for all.
        """
        arguments = tuple(name for name in variables if name != "project")
        text = document(connection, arguments, selection(fields), newest_first=newest_first)

        decode = decoder_of(connection)

        def ask(first: int, after: str | None) -> Connection:
            return self._connection(connection, text, {**variables, "first": first, "after": after}, decode)

        found = pages(
            ask,
            self._page_size(connection),
            at_most=limit or None,
            may_skip=connection in SKIPPING,
            newest_first=newest_first,
        )
        return islice(_rows(found, limit or None), limit or None)


def _rows(found: Iterable[Page], limit: int | None) -> Iterator[dict[str, Any]]:
    for page in found:
        edges = page.edges
        yield from nodes_of(edges[:1])
        if len(edges) > 1 and (limit is None or limit > len(edges)):
            page.go_on()  # who wants a second row is likely to want the next page too
        for start in range(1, len(edges), AT_ONCE):
            yield from nodes_of(edges[start : start + AT_ONCE])


def is_newest_first(order: Any) -> bool:
    """What AYON's ``SortOrder`` says: 1, ``descending`` and ``desc`` begin at the end, all else at the beginning."""
    return order in (1, "descending", "desc")
