"""Summing: sums, counts and groups made by the site, where what it makes of them is what we mean by them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from trackerkit.errors import InvalidInputError
from trackerkit.query import Path, Query
from trackerkit.summaries import Grouping, Summary, arranged, group_name
from trackerkit_shotgrid.client import Client, Json
from trackerkit_shotgrid.compile.reach import Reacher
from trackerkit_shotgrid.compile.reads import Read
from trackerkit_shotgrid.compile.rows import simple_binding

_WHOLE: Final = frozenset({"integer", "percent", "timecode"})
_KINDS: Final[Mapping[str, frozenset[str]]] = {
    "sum": _WHOLE,
    "minimum": _WHOLE | {"float", "currency"},
    "maximum": _WHOLE | {"float", "currency"},
    "earliest": frozenset({"date", "datetime"}),
    "latest": frozenset({"date", "datetime"}),
    "checked": frozenset({"checkbox"}),
    "unchecked": frozenset({"checkbox"}),
}
"""What the site is asked to make, by our name, which is its own, and of which data types."""

_GROUPED: Final = frozenset({"status", "choice", "integer", "link"})
"""Data types whose groups are the same here and there: texts are not, whose case the site may ignore."""

Wanted = Sequence[tuple[Path, str]]


class _Elsewhere(Exception):
    """The site means something else, or says nothing: it is made here."""


class Summer:
    """Asks the site for summaries.

    Args:
        client: of the site.
        reacher: of its schema.
    """

    def __init__(self, client: Client, reacher: Reacher) -> None:
        self.client = client
        self.reacher = reacher

    def summarized(self, query: Query, read: Read, wanted: Wanted, levels: Sequence[Grouping]) -> Summary | None:
        """The summary, or None where it is made here.

        Args:
            query: what was asked of us.
            read: what would be asked of the site for the records themselves.
            wanted: fields and what to make of them.
            levels: the groups, outermost first.
        """
        if query.limit is not None or query.state != "active" or not read.is_exact or read.is_nothing:
            return None
        try:
            plan = _Plan(self.reacher, read.owner, wanted, levels)
            answer = self.client.call("summarize", self._argument(query, read, plan), safe=True)
            return plan.summary(answer, levels)
        except (_Elsewhere, InvalidInputError):
            return None

    def _argument(self, query: Query, read: Read, plan: _Plan) -> Json:
        argument: Json = {
            "type": read.native,
            "filters": self.client.translated(read.filters),
            "summaries": [{"field": native, "type": kind} for native, kind in plan.asked.items()],
        }
        if plan.grouping:
            argument["grouping"] = plan.grouping
        if not query.archived:
            argument["include_archived_projects"] = False
        return argument


class _Plan:
    """What is asked, and how the answer is read.

    Args:
        reacher: of the site.
        owner: the type of the records.
        wanted: fields and what to make of them.
        levels: the groups.
    """

    def __init__(self, reacher: Reacher, owner: str, wanted: Wanted, levels: Sequence[Grouping]) -> None:
        self.reacher = reacher
        self.owner = owner
        self.asked: dict[str, str] = {}
        self.wanted = [(path, kind, *self._summary(path, kind)) for path, kind in wanted]
        self.grouping = [self._level(level) for level in levels]
        self.keys = [self._decoder(level.path) for level in levels]

    def _summary(self, path: Path, kind: str) -> tuple[str, Callable[[Any], Any]]:
        """The native field of a summary, and how its value is read. The site makes one of each field at most."""
        read: Callable[[Any], Any] = _count
        if kind == "record_count" or (kind == "count" and path.data_type == "id" and not path.steps):
            native, kind = "id", "record_count"
        elif path.data_type in _KINDS.get(kind, ()):
            native = self._native(path)
            if kind in ("minimum", "maximum"):
                read = _certain(self._decoder(path))
            elif kind in ("earliest", "latest"):
                read = self._decoder(path)
        else:
            raise _Elsewhere
        if self.asked.setdefault(native, kind) != kind:
            raise _Elsewhere
        return native, read

    def _level(self, level: Grouping) -> Json:
        if level.kind != "exact" or level.path.data_type not in _GROUPED:
            raise _Elsewhere
        direction = "desc" if level.descending else "asc"
        return {"field": self._native(level.path), "type": "exact", "direction": direction}

    def _native(self, path: Path) -> str:
        binding = simple_binding(self.reacher, self.owner, path)
        if binding is None or binding.codec or binding.native == "id":
            raise _Elsewhere
        return binding.native

    def _decoder(self, path: Path) -> Callable[[Any], Any]:
        binding = simple_binding(self.reacher, self.owner, path)
        if binding is None:
            raise _Elsewhere
        return binding.decode(self.reacher.links)

    # --- the answer ----------------------------------------------------------------------------------------------

    def summary(self, answer: Any, levels: Sequence[Grouping], name: str = "", key: Any = None) -> Summary:
        """The neutral summary of an answer or of one of its groups."""
        values = answer.get("summaries") if isinstance(answer, dict) else None
        if not isinstance(values, dict) or any(native not in values for native in self.asked):
            raise _Elsewhere
        try:
            made = {(path.text, kind): read(values[native]) for path, kind, native, read in self.wanted}
        except (TypeError, ValueError):
            raise _Elsewhere from None
        return Summary(made, name, key, arranged(self._groups(answer, levels), levels[0]) if levels else ())

    def _groups(self, answer: Json, levels: Sequence[Grouping]) -> Iterator[Summary]:
        decode = self.keys[len(self.keys) - len(levels)]
        groups = answer.get("groups")
        if not isinstance(groups, list):
            raise _Elsewhere
        for group in groups:
            value = group.get("group_value")
            if isinstance(value, dict) and value.get("valid", "valid") != "valid":
                raise _Elsewhere  # a link to a retired record reads null with us
            key = decode(value if value != "" else None)
            yield self.summary(group, levels[1:], group_name(key), key)


def _count(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or value != int(value):
        raise _Elsewhere
    return int(value)


def _certain(read: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Of no values a site may make 0 of the smallest and largest, where we say None: then it is made here."""

    def certain(value: Any) -> Any:
        if not value:
            raise _Elsewhere
        return read(value)

    return certain
