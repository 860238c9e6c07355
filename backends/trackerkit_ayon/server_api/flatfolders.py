"""Every folder of a project: by the flat list that the server keeps ready, joined with what the list does not hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Set
from contextlib import suppress
from typing import Any, Final

from trackerkit.errors import TrackerError
from trackerkit.http import Answer
from trackerkit_ayon.server_api.flat import Flat, Listed, beyond, is_worth_joining
from trackerkit_ayon.server_api.graphql import selection
from trackerkit_ayon.server_api.latenodes import AT_ONCE, nodes_of
from trackerkit_ayon.server_api.paging import Ahead
from trackerkit_ayon.server_api.reading import Reading, Row, read
from trackerkit_ayon.server_api.rest import path, query

LARGEST_LIST: Final = 16 << 20
"""How long the list may be, in bytes (some 15,000 folders): a longer one is let go, and the folders are read in pages."""

SINCE: Final = (1, 0, 8)
"""The server's version that has the list."""

_RETIRED: Final = {"conditions": [{"key": "active", "operator": "eq", "value": "false"}], "operator": "and"}

Finish = Callable[[Row], None]

Item = tuple[str, str, Listed]
"""A folder's id, when it was made, and the folder."""


class FlatFolders(Reading):
    """Folders without a filter."""

    def _every_folder(
        self, project_name: str, fields: Set[str], active: bool | None, finish: Finish | None
    ) -> Iterator[Row]:
        """Every folder of a project, in the order of their creation, by the way that costs the server least.

        Args:
            project_name: of the project.
            fields: on the wire.
            active: only active ones, only retired ones, or (None) both.
            finish: what else is to be done with each row.
        """
        shown = fields | ({"active"} if active is not None else set())
        found: Iterator[Row] | None = None
        if self._is_at_least(*SINCE) and project_name not in self._paged_only:
            if beyond(shown) <= {"active"}:
                found = self._flat(project_name, shown, active)
            elif is_worth_joining(shown):
                found = self._joined(project_name, shown, active)
        if found is None:
            yield from self._entities("folders", project_name, {}, fields, active=active, finish=finish)
            return
        for row in found:
            if finish is not None:
                finish(row)
            yield row

    @property
    def _paged_only(self) -> set[str]:
        """Projects whose list is too long."""
        known: set[str] = self.__dict__.setdefault("_long_lists", set())
        return known

    # ---- the list alone

    def _flat(self, project_name: str, fields: Set[str], active: bool | None) -> Iterator[Row] | None:
        """The rows of the list; None where it cannot be had. What is retired is asked for beside it."""
        flat = Flat(fields, self.get_attributes_for_type)
        listed = Ahead(self._listed, project_name, flat)
        listed.start()
        retired: set[str] = set()
        with suppress(TrackerError):  # the long way says better what is wrong
            retired = self._retired_folders(project_name) if "active" in fields else retired
            folders = listed.result()
            if folders is not None:
                return _rows(folders, flat, project_name, retired, active, "active" in fields)
        return None

    def _retired_folders(self, project_name: str) -> set[str]:
        """The ids of retired folders, which are few. (The server takes the text for its flag, and fails at the flag.)"""
        asked = {"filter": self._prepare_advanced_filters(_RETIRED)}
        return {row["id"] for row in self._entities("folders", project_name, asked, {"id"}, active=False)}

    def _listed(self, project_name: str, flat: Flat) -> list[Item] | None:
        """The list; None where it is too long, or empty (a guest is shown none), or cannot be had whole."""
        where = self._transport.path(path("projects", project_name, "folders") + query(attrib=flat.has_attributes))
        with suppress(TrackerError, ValueError):  # the long way says better what is wrong
            response = self._send_known("GET", where, {"stream": True})
            with response.answer as answer:
                response.raise_for_status()
                body = _read(answer, LARGEST_LIST)
            if body is not None:
                return flat.read(body) or None
            self._paged_only.add(project_name)
        return None

    # ---- the list and the rest

    def _joined(self, project_name: str, fields: Set[str], active: bool | None) -> Iterator[Row]:
        """What the list holds from the list, the rest by GraphQL, both at once; what the list does not know yet, whole."""
        flat = Flat(fields, self.get_attributes_for_type)
        listed = Ahead(self._listed, project_name, flat)
        listed.start()
        by_id: dict[str, Listed] | None = None
        for page in self._pages("folders", project_name, {}, selection({"id", *beyond(fields)})):
            if by_id is None:
                folders: list[Item] | None = listed.result()
                if folders is None:
                    yield from self._entities("folders", project_name, {}, fields, active=active)
                    return
                by_id = {id: folder for id, _, folder in folders}
            page.go_on()
            yield from self._together(page.edges, by_id, flat, project_name, fields, active)

    def _together(
        self,
        edges: list[Any],
        by_id: dict[str, Listed],
        flat: Flat,
        project_name: str,
        fields: Set[str],
        active: bool | None,
    ) -> Iterator[Row]:
        """The rows of a page, of its edges and the list; what is given is taken out of the list."""
        start, step = 0, AT_ONCE
        while start < len(edges):
            nodes = nodes_of(edges[start : start + step])
            start += step
            if active is not None:
                nodes = [node for node in nodes if node["active"] is active]
            read(nodes)
            late = self._late(project_name, [node["id"] for node in nodes if node["id"] not in by_id], fields)
            step = (
                len(edges) if late else AT_ONCE
            )  # where one was made late, there may be more: they are asked for at once
            for node in nodes:
                id = node.pop("id")
                folder = by_id.pop(id, None)
                row = late.get(id) if folder is None else flat.row(folder, project_name)
                if row is not None:
                    row.update(node)
                    yield row

    def _late(self, project_name: str, ids: list[str], fields: Set[str]) -> dict[str, Row]:
        """Folders that the list does not know: they were made after it."""
        if not ids:
            return {}
        return {row["id"]: row for row in self._entities("folders", project_name, {"ids": ids}, fields | {"id"})}


def _read(answer: Answer, most: int) -> bytes | None:
    """A streamed body; None when it is longer than ``most`` bytes."""
    pieces, size = [], 0
    while piece := answer.stream.read() if answer.stream is not None else b"":
        pieces.append(piece)
        size += len(piece)
        if size > most:
            return None
    return b"".join(pieces)


def _rows(
    folders: list[Item], flat: Flat, project_name: str, retired: Set[str], active: bool | None, has_state: bool
) -> Iterator[Row]:
    """The rows of a list in the order of their creation; it is used up."""
    folders.sort(key=lambda item: str(item[1]))
    folders.reverse()
    while folders:  # each is given up as its row is made
        id, _, folder = folders.pop()
        is_active = not retired or id not in retired
        if active is not None and is_active is not active:
            continue
        row = flat.row(folder, project_name)
        if has_state:
            row["active"] = is_active
        yield row
