"""The stored events of a server by their running numbers: the next ones are on their way while some are looked at."""

from __future__ import annotations

import threading
import time
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final, NamedTuple

from trackerkit.jsontext import decoded
from trackerkit_ayon.backend.server import Server
from trackerkit_ayon.compile.documents import EVENTS, events_document
from trackerkit_ayon.events.cursors import cursor_of, order_of
from trackerkit_ayon.mapping.codecs import moment

SETTLED_S: Final = 2.0
"""A gap in the running numbers younger than this may be an event that is still being written: it is waited for."""

GIVEN: Final = 500
"""Events that are handed out at once."""

LARGEST: Final = 2_500
"""Events of one request, at most: twice as many from one to the next, from ``GIVEN`` on."""

Nodes = list[dict[str, Any]]


Page = tuple[Nodes, bool]
"""Events, and whether there were no more when they were asked for."""


@dataclass(slots=True)
class _Window:
    """Events that were read: all that lie behind ``start``, up to the last of them.

    Args:
        start: a running number.
        nodes: the events, in order.
        size: how many were asked for.
    """

    start: int
    nodes: Nodes
    size: int

    def behind(self, order: int) -> Nodes:
        """The events behind a number, as far as the window knows them."""
        if not self.nodes or not self.start <= order < self.nodes[-1]["order"]:
            return []
        at = bisect_right(self.nodes, order, key=itemgetter("order"))
        return self.nodes[at : at + GIVEN]


class _Ahead(NamedTuple):
    """A page that was asked for before anybody wants it."""

    after: int
    size: int
    page: Future[Page]


def _left(most: int | None, nodes: Nodes) -> int:
    """How many events are wanted behind these."""
    return LARGEST if most is None else most - len(nodes)


class Stored:
    """Reads events; remembers what it read, and asks ahead, for one reader that goes on where it was.

    Args:
        server: whose events.
    """

    def __init__(self, server: Server) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._window = _Window(0, [], GIVEN)
        self._ahead: _Ahead | None = None

    def behind(self, order: int, is_bulk: bool = False, most: int | None = None) -> Page:
        """Some events behind a running number, and whether there are no more for now.

        Args:
            order: the number.
            is_bulk: many are wanted: larger pages, and one ahead from the first on.
            most: how many are wanted from there on, at most; no more than these are asked for.
        """
        with self._lock:
            window = self._window
        some, is_last = window.behind(order), False
        if not some:
            window, is_last = self._next(order, window, is_bulk, most)
            some = window.nodes[:GIVEN]
            is_last = is_last and len(some) == len(window.nodes)
        return _read_texts(some), is_last

    def narrowed(self, order: int, arguments: Mapping[str, Any]) -> Iterator[Nodes]:
        """The events behind a running number that some arguments select, page by page; one page ahead."""
        ahead: Future[Nodes] | None = self._server.executor.submit(self._selected, order, arguments, GIVEN)
        size = GIVEN
        while ahead is not None:
            nodes, ahead = ahead.result(), None
            if len(nodes) >= size:
                size = min(2 * size, LARGEST)
                ahead = self._server.executor.submit(self._selected, nodes[-1]["order"], arguments, size)
            if nodes:
                yield _read_texts(nodes)

    def _selected(self, after: int, arguments: Mapping[str, Any], size: int) -> Nodes:
        variables = {"first": size, "after": cursor_of(after), **arguments}
        edges = self._server.client.graphql(events_document(arguments), variables)["page"]["edges"]
        return [{**edge["node"], "order": order_of(edge["cursor"])} for edge in edges]

    def _next(self, order: int, before: _Window, is_bulk: bool, most: int | None) -> tuple[_Window, bool]:
        """The window behind a number: the one that was asked for ahead, or one of the smallest size."""
        with self._lock:
            ahead, self._ahead = self._ahead, None
        nodes: Nodes = []
        size, is_last = GIVEN, False
        if ahead is not None and ahead.after == order:
            size, nodes = (
                ahead.size,
                ahead.page.result()[0],
            )  # whether these are the last ones now, the next request tells
        if not nodes:
            size = 2 * GIVEN if is_bulk else GIVEN
            size = size if most is None else min(size, most)
            nodes, is_last = self._read(order, size)
        is_bulk = is_bulk or bool(before.nodes and before.nodes[-1]["order"] == order)
        made = _Window(order, nodes, size)
        with self._lock:
            self._window = made
            if nodes and not is_last and is_bulk:
                self._ahead = self._asked_ahead(int(nodes[-1]["order"]), min(size * 2, LARGEST, _left(most, nodes)))
        return made, is_last

    def _asked_ahead(self, after: int, size: int) -> _Ahead | None:
        return _Ahead(after, size, self._server.executor.submit(self._read, after, size)) if size > 0 else None

    def _read(self, after: int, size: int) -> Page:
        variables = {"first": size, "after": cursor_of(after)}
        edges = self._server.client.graphql(EVENTS, variables)["page"]["edges"]
        nodes = []
        for edge in edges:
            node = edge["node"]
            node["order"] = order_of(edge["cursor"])
            nodes.append(node)
        settled = _settled(nodes, after)
        return settled, len(settled) < len(nodes) or len(nodes) < size


def _read_texts(nodes: Nodes) -> Nodes:
    """Events with what comes as JSON texts read, in place: all of one name at once, since a call for each costs more."""
    for name in ("summary", "payload"):
        texts = [node for node in nodes if node[name].__class__ is not dict]
        found = decoded(f"[{','.join([node[name] or '{}' for node in texts])}]")
        for node, value in zip(texts, found, strict=True):
            node[name] = value or {}
    return nodes


def _settled(nodes: Nodes, after: int) -> Nodes:
    """The events up to a gap that is too young to be sure of."""
    before, now = after, time.time()
    for at, node in enumerate(nodes):
        if node["order"] != before + 1 and at and now - moment(node["createdAt"]).timestamp() < SETTLED_S:
            return nodes[:at]
        before = node["order"]
    return nodes
