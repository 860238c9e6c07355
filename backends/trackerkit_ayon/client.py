"""The only room that talks to an AYON server: REST and GraphQL over one HttpClient."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from typing import Any

from trackerkit.errors import AuthenticationError, NotFoundError, ProtocolError, TrackerError
from trackerkit.http import Answer, Body, HttpClient
from trackerkit.origins import path_of
from trackerkit.retry import RetryPolicy
from trackerkit_ayon.auth import Credentials
from trackerkit_ayon.compile.documents import listing
from trackerkit_ayon.errors import answered, of_graphql
from trackerkit_ayon.mapping.rows import Node, normal
from trackerkit_ayon.mapping.structs import page_decoder

FIRST_PAGE = 1_000
LARGEST_PAGE = 4_000


class AyonClient:
    """One server, one identity; safe to share between threads.

    Args:
        url: the server's address.
        credentials: who asks.
        settings: further arguments of ``HttpClient``: ``timeout_s``, ``verify``, ``proxies``, ``storage_hosts``.
    """

    def __init__(self, url: str, credentials: Credentials, **settings: Any) -> None:
        self.url = url.rstrip("/")
        self.credentials = credentials
        self._settings = settings
        self._lock = threading.Lock()
        self._is_manager: bool | None = None
        self.http = HttpClient(
            url,
            backend="ayon",
            credentials=lambda: self.credentials.headers(),
            error_for=answered,
            heal=self._log_in if credentials.can_login else None,
            **settings,
        )

    def close(self) -> None:
        """Close the connections."""
        self.http.close()

    def acting_as(self, login: str) -> AyonClient:
        """The same server, asked as another user; only a service may."""
        from dataclasses import replace

        return AyonClient(self.url, replace(self.credentials, acting_as=login), **self._settings)

    def patience(self, operations: int) -> tuple[float, float, float]:
        """Seconds to connect, without a byte, and in all: a large batch takes AYON minutes, and it answers at its end."""
        connect, silent, *total = self._settings.get("timeout_s", (10, 60))
        return connect, max(silent, operations * 0.5), max(total[0] if total else 300.0, operations * 0.5)

    def _log_in(self) -> bool:
        """Fetch a token; the healing of a 401."""
        if not self.credentials.can_login:
            return False
        answer = self.http.request("POST", "/api/auth/login", json=self.credentials.login(), ok=(), safe=True)
        self.credentials = self.credentials.with_token(answer.json())
        return True

    # ---- REST

    def send(self, method: str, *path: str, json: Any = None, safe: bool | None = None, **more: Any) -> Answer:
        """A REST request; ``path`` is in parts, which are encoded."""
        self._log_in_first()
        return self.http.request(method, "/api" + path_of(*path), json=json, safe=safe, **more)

    def get(self, *path: str, **more: Any) -> Any:
        """What a GET answers."""
        return self.send("GET", *path, expect_json=True, **more).json()

    def post(self, *path: str, json: Any = None, **more: Any) -> Any:
        """What a POST answers; None for an empty answer."""
        answer = self.send("POST", *path, json=json, **more)
        return answer.json() if answer.body else None

    def upload(self, body: bytes | Body, *path: str, headers: Mapping[str, str], **more: Any) -> Any:
        """POST a file's bytes."""
        answer = self.send("POST", *path, body=body, headers=headers, **more)
        return answer.json() if answer.body else None

    def _log_in_first(self) -> None:
        if not self._is_known():
            with self._lock:
                if not self._is_known():
                    self._log_in()

    def _is_known(self) -> bool:
        given = self.credentials
        return bool(given.api_key or given.token or not given.can_login)

    # ---- GraphQL

    def graphql(self, document: str, variables: Mapping[str, Any], what: str = "") -> Any:
        """What a document answers. Reads only: it is sent again where that helps.

        Raises:
            NotFoundError, PermissionDeniedError, …: as the server says.
            ProtocolError: an answer that is not GraphQL's.
        """
        self._log_in_first()
        sent = {"query": document, "variables": dict(variables)}
        answer = self.http.request("POST", "/graphql", json=sent, safe=True, expect_json=True).json()
        if not isinstance(answer, Mapping):
            raise ProtocolError("the server's answer is no GraphQL", backend="ayon")
        if answer.get("errors"):
            raise of_graphql(answer["errors"], what or "the query")
        return answer["data"]

    def page(
        self,
        type_name: str,
        project: str,
        selected: str,
        arguments: Mapping[str, Any],
        first: int,
        after: str | None,
        is_raw: bool = False,
    ) -> Page:
        """One page of a type's records in one project; ``is_raw`` leaves the texts in its nodes as they came.

        Raises:
            NotFoundError: there is no such project, or the caller may not see it.
        """
        variables = {"project": project, "first": first, "after": after, **arguments}
        names = tuple(arguments)
        is_quick = is_raw and type_name != "Link"  # whose edges have no nodes
        quick = self._quick_page(listing(type_name, selected, names), variables, selected) if is_quick else None
        if quick is not None:
            return quick
        found = self.graphql(listing(type_name, selected, names), variables, f"find {type_name} in {project}")[
            "project"
        ]
        if found["name"] != project:
            # The server takes _ in a name for any character: ask for all that fit, and choose.
            every = self.graphql(listing(type_name, selected, names, False), variables)["projects"]["edges"]
            found = next((edge["node"] for edge in every if edge["node"]["name"] == project), None)
            if found is None:
                raise NotFoundError(f"there is no project {project!r}", backend="ayon")
        return Page.of(found["page"], is_raw)

    def _quick_page(self, document: str, variables: Mapping[str, Any], selected: str) -> Page | None:
        """A page whose nodes are records of ``mapping.structs``; None where that does not do, errors included."""
        decode = page_decoder(selected)
        if decode is None:
            return None
        self._log_in_first()
        sent = {"query": document, "variables": dict(variables)}
        body = self.http.request("POST", "/graphql", json=sent, safe=True).body
        try:
            found = decode(body).data.project
        except ValueError:  # asked again the plain way, which says what is wrong
            return None
        if found.name != variables["project"]:
            return None
        info = found.page.pageInfo
        rows = [edge.node for edge in found.page.edges]
        return Page(rows, info.endCursor if info.hasNextPage and rows else None)

    def nodes(self, type_name: str, project: str, selected: str, arguments: Mapping[str, Any]) -> Iterator[Node]:
        """Every record that the arguments select, page by page."""
        after = None
        while True:
            page = self.page(type_name, project, selected, arguments, FIRST_PAGE, after)
            yield from page.rows
            if page.next is None:
                return
            after = page.next

    def every(self, document: str, variables: Mapping[str, Any] | None = None) -> Iterator[Node]:
        """Every row of a listing that belongs to no project.

        The server leaves out what the caller may not see after it has counted, and then calls a page the last one that is
        not: to all but managers only an empty one tells.
        """
        after = None
        while True:
            given = {"first": FIRST_PAGE, "after": after, **(variables or {})}
            page = Page.of(self.graphql(document, given)["page"])
            yield from page.rows
            after = page.next or (page.end if page.rows and not self._sees_all() else None)
            if after is None:
                return

    def _sees_all(self) -> bool:
        """True for a manager, from whom nothing is kept."""
        if self._is_manager is None:
            data = self.get("users", "me").get("data") or {}
            self._is_manager = any(data.get(key) for key in ("isManager", "isAdmin", "isService"))
        return self._is_manager


class Page:
    """Some nodes and the cursor behind them.

    Args:
        rows: the nodes.
        next: the cursor to go on from; None at the end.
        end: the cursor of the last row, where the server says that it was the last one.
    """

    __slots__ = ("end", "next", "rows")

    def __init__(self, rows: list[Node], next: str | None, end: str | None = None) -> None:
        self.rows, self.next, self.end = rows, next, end

    @classmethod
    def of(cls, connection: Mapping[str, Any], is_raw: bool = False) -> Page:
        """From a GraphQL connection. A page that is full may be the last one: only an empty one tells."""
        edges = connection["edges"]
        info = connection["pageInfo"]
        is_more = bool(info["hasNextPage"]) and bool(edges)
        rows = [edge.get("node", edge) for edge in edges]
        if not is_raw:
            rows = [normal(row) for row in rows]
        return cls(rows, info["endCursor"] if is_more else None, info["endCursor"])


def is_gone(error: TrackerError) -> bool:
    """True when a project or record is not there, or not for this caller."""
    return isinstance(error, (NotFoundError, AuthenticationError))


__all__ = ["FIRST_PAGE", "LARGEST_PAGE", "AyonClient", "Page", "RetryPolicy", "is_gone"]
