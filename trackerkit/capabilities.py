"""What a backend can do, and why it cannot do the rest."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from trackerkit.errors import UnsupportedError

CAPABILITIES: Final[dict[str, str]] = {
    "find": "read records with filters",
    "find.deep": "filters and fields through links",
    "find.reverse": "filters and fields through reverse links",
    "find.retired": "read retired records",
    "find.retired_links": "follow links to retired records",
    "order": "order by fields",
    "count": "count records",
    "summarize": "sums, averages, groups",
    "create": "create records",
    "create.key": "a repeated create is the same create",
    "update": "change records",
    "update.modes": "add to and remove from list fields",
    "delete": "retire records",
    "delete.permanent": "delete records for good",
    "restore": "bring retired records back",
    "batch": "several changes in one transaction",
    "batch.restore": "bring records back within a transaction",
    "schema": "read the schema",
    "schema.field": "create, change and delete fields",
    "schema.type": "create entity types",
    "schema.kind": "create kinds of folders",
    "upload": "upload files",
    "download": "download files",
    "thumbnail": "set thumbnails",
    "events": "read events",
    "events.write": "write events of one's own",
    "follow": "follow events as they happen",
    "acting_as": "act as another user",
    "web_url": "a page for people",
    "native": "the vendor's own client",
    "links.order": "list fields keep their order",
    "inherited": "values inherited from the parent",
    "cascade": "retiring a record retires what hangs on it",
}
"""Every capability by name, in the words of the capability table."""

BEYOND: Final[dict[str, str]] = {
    "permissions": "read or change permission rules",
    "page_settings": "read or change the settings of pages",
    "page_filters": "read the filters and queries of pages and widgets",
    "interface": "steer the web interface",
    "formatting": "add, change or remove conditional formatting rules",
    "query_fields": "create or change query fields",
}
"""What people do in a tracker's own pages and no backend does; a tracker says why where somebody could expect it."""


@dataclass(frozen=True, slots=True)
class Mark:
    """Why something is not supported.

    Args:
        kind: ``not yet`` (ours to build), ``cannot`` (this version or setting) or ``never`` (the tracker's design).
        reason: one sentence.
        instead: what to do instead.
        page: the vendor's page; compulsory for ``never``.
    """

    kind: str
    reason: str
    instead: str = ""
    page: str = ""


def not_yet(reason: str, instead: str = "") -> Mark:
    """Ours to build."""
    return Mark("not yet", reason, instead)


def cannot(reason: str, instead: str = "") -> Mark:
    """Not with this version or configuration of the tracker."""
    return Mark("cannot", reason, instead)


def never(reason: str, page: str, instead: str = "") -> Mark:
    """Not by the tracker's design; ``page`` is where the vendor says so."""
    return Mark("never", reason, instead, page)


class Capabilities:
    """What one backend can do: every capability is supported or carries a mark.

    Args:
        marks: capability → why not.
        types: entity type → why the tracker has none of it.
        beyond: what no backend does (see ``BEYOND``) → why not with this tracker.
        data_types: data type → why no field of a site's own can be of it.

    Raises:
        ValueError: for a name that is no capability, or a ``never`` without its page.
    """

    def __init__(
        self,
        marks: Mapping[str, Mark] | None = None,
        types: Mapping[str, Mark] | None = None,
        beyond: Mapping[str, Mark] | None = None,
        data_types: Mapping[str, Mark] | None = None,
    ) -> None:
        self.marks = dict(marks or {})
        self.types = dict(types or {})
        self.beyond = dict(beyond or {})
        self.data_types = dict(data_types or {})
        unknown = (set(self.marks) - set(CAPABILITIES)) | (set(self.beyond) - set(BEYOND))
        if unknown:
            raise ValueError(f"no capabilities: {sorted(unknown)}")
        for name, mark in {**self.marks, **self.types, **self.beyond, **self.data_types}.items():
            if mark.kind == "never" and not mark.page:
                raise ValueError(f"{name}: never needs the vendor's page")

    def __contains__(self, name: str) -> bool:
        if name not in CAPABILITIES and name not in BEYOND:
            raise ValueError(f"{name!r} is no capability")
        return name in CAPABILITIES and name not in self.marks

    def missing(self, names: Iterable[str]) -> list[str]:
        """Those of the names that are not supported."""
        return [name for name in names if name not in self]

    def require(self, name: str, backend: str) -> None:
        """Do nothing when supported.

        Raises:
            UnsupportedError: says why, and what to do instead.
        """
        if name in self:
            return
        mark = self.marks.get(name) or self.beyond.get(name) or cannot("nobody built it")
        what = CAPABILITIES.get(name) or BEYOND[name]
        raise UnsupportedError(
            f"{backend} cannot {what}: {mark.reason}", hint=mark.instead or mark.page, backend=backend
        )
