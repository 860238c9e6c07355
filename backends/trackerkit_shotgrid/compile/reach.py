"""Reach: how a neutral path is read straight out of a native row, and by which native paths it is filtered.

A native row is the JSON of one record: ``{"type", "id", "code", "sg_sequence", "sg_sequence.Sequence.code", …}``. A
path is
reachable when every hop is a single link that the site can follow in the same request; the others (multi links,
reverse
links, trees without a fixed depth) are followed by ``evaluate.Resolver``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from trackerkit.evaluate import column_value
from trackerkit.model import KINDS
from trackerkit.query import Path
from trackerkit.schema import Field, Schema
from trackerkit.values import Attachment, Ref
from trackerkit_shotgrid.events import ENTRY_FIELDS, read_event
from trackerkit_shotgrid.mapping.bindings import TypeBinding
from trackerkit_shotgrid.mapping.types import USER_KINDS, native_type
from trackerkit_shotgrid.mapping.values import MOVIE_NATIVE, Links
from trackerkit_shotgrid.schema import SiteSchema

Row = Mapping[str, Any]
Read = Callable[[Row], Any]

MOST_NATIVES: Final = 24
"""More native paths than this for one neutral path are not asked for: the records are fetched instead."""

_ABOVE: Final = ("parent", "product", "version", "task")
_MOVIE: Final = "sg_uploaded_movie"

CONNECTION: Final = "PlaylistVersionConnection"
"""The type that keeps the order of a playlist's versions, where a site shows it."""


@dataclass(frozen=True, slots=True)
class Reach:
    """How a path is read.

    Args:
        natives: the native fields to ask for.
        read: the neutral value out of a row that has them.
    """

    natives: tuple[str, ...]
    read: Read


class Unreachable(Exception):
    """The path cannot be read in one request."""


class Reacher:
    """Finds the reaches of one site's paths.

    Args:
        site: its schema and bindings.
        links: makes Refs.
    """

    def __init__(self, site: SiteSchema, links: Links) -> None:
        self.site = site
        self.schema: Schema = site.schema
        self.links = links
        self.remembered: dict[Any, Any] = {}
        self._known: dict[tuple[str, str], bool] = {}

    def reach(self, owner: str, path: Path) -> Reach | None:
        """How a path of a type is read; None when it takes more than one request.

        Args:
            owner: the concrete neutral type of the rows.
            path: a checked path of a query on that type, or on one that it is a kind of.
        """
        try:
            if any(step.many for step in path.steps):
                return None
            found = self._descend("", owner, path, 0)
        except Unreachable:
            return None
        return found if len(found.natives) <= MOST_NATIVES else None

    def _descend(self, prefix: str, owner: str, path: Path, depth: int) -> Reach:
        if depth == len(path.steps):
            return self._leaf(prefix, owner, path)
        step = path.steps[depth]
        item = step.fields.get(owner)
        if item is None:
            return self._nothing(path)
        hop = self.hop(prefix, owner, item)
        children = {
            (at, native): self._descend(f"{at}.{native}.", target, path, depth + 1)
            for at, targets in hop.ends
            for target in targets
            if target in step.targets and (native := native_type(target)) is not None
        }
        natives = (*hop.natives, *(name for child in children.values() for name in child.natives))
        empty = self._nothing(path).read
        find = hop.find

        def read(row: Row) -> Any:
            at, link = find(row)
            child = children.get((at, link["type"])) if link else None
            return child.read(row) if child is not None else empty(row)

        return Reach(tuple(dict.fromkeys(natives)), read)

    def _leaf(self, prefix: str, owner: str, path: Path) -> Reach:
        item = path.leaves.get(owner)
        return self._nothing(path) if item is None else self.own(prefix, owner, item)

    def _nothing(self, path: Path) -> Reach:
        value = column_value(path, ())
        return Reach((), (lambda row: []) if value == [] else (lambda row: None))

    # --- a record's own fields -----------------------------------------------------------------------------------

    def own(self, prefix: str, owner: str, item: Field) -> Reach:
        """How a field of the record itself is read.

        Raises:
            Unreachable: when it is derived from other records.
        """
        types = self.site.types[owner]
        binding = types.fields[item.name]
        if binding.codec == "event":
            return self._event(prefix, item.name)
        if binding.codec == "reviewable":
            return self._reviewable(prefix, owner, item.name)
        if (owner, item.name) == ("Playlist", "items") and CONNECTION in self.site.natives:
            raise Unreachable  # the order of a playlist stands in its connections
        if binding.native:
            native, decode = prefix + binding.native, binding.decode(self.links)
            return Reach((native,), lambda row: decode(row.get(native)))
        if item.name == "parent" or item.ancestor is not None:
            hop, ref = self.hop(prefix, owner, item), self.links.ref
            return Reach(hop.natives, lambda row: ref(hop.find(row)[1]))
        constant = constant_of(types, item.name)
        if constant is None:
            raise Unreachable
        return Reach((), lambda row: constant)

    def _event(self, prefix: str, name: str) -> Reach:
        if prefix:
            raise Unreachable
        natives, links = self.site.natives, self.links

        def read(row: Row) -> Any:
            event = read_event(row, natives, links)
            return getattr(event, name) if event is not None else _told_twice(row, name, links)

        return Reach(ENTRY_FIELDS, read)

    def _reviewable(self, prefix: str, owner: str, name: str) -> Reach:
        """``Version.reviewables``, or a field of the Reviewable that a Version's movie is."""
        movie, id = f"{prefix}{_MOVIE}", f"{prefix}id"
        site = self.links.site
        if owner == "Version":
            project = f"{prefix}project"
            return Reach((movie, id, project), lambda row: _reviewables(row, movie, id, project, site))
        if name == "project":
            ref = self.links.ref
            return Reach((f"{prefix}project",), lambda row: ref(row.get(f"{prefix}project")))
        if prefix:
            raise Unreachable
        decode = self.site.types["Version"].fields["reviewables"].decode(self.links)
        return Reach((_MOVIE, "code", "project"), lambda row: _of_movie(name, row, decode(row.get(_MOVIE)), self.links))

    # --- hops ----------------------------------------------------------------------------------------------------

    def hop(self, prefix: str, owner: str, item: Field) -> Hop:
        """How a single link of a record is followed.

        Raises:
            Unreachable: for a link to many, a reverse link, or an ancestor of unlimited depth.
        """
        if item.ancestor is not None:
            return self._climb(prefix, owner, item.ancestor, frozenset())
        types = self.site.types[owner]
        binding = types.fields[item.name]
        if item.data_type != "link" or item.reverse_of is not None or binding.codec:
            raise Unreachable
        if binding.native:
            return _first(((prefix + binding.native, self.schema.targets(item)),))
        if item.name != "parent":
            raise Unreachable
        return _first(self._parents(prefix, types))

    def _parents(self, prefix: str, types: TypeBinding) -> tuple[End, ...]:
        """The native links of a folder's parent, in order of rank; its project at the end."""
        any_kind = self.schema.targets(types.fields["parent"].field)
        ends = [(prefix + link.native, (link.target,) if link.target else any_kind) for link in types.parents]
        return (*ends, (f"{prefix}project", ("Project",)))

    def _climb(self, prefix: str, owner: str, kind: str, seen: frozenset[str]) -> Hop:
        """The nearest parent of a kind."""
        if owner in seen:
            raise Unreachable
        ways = [(at, self._higher(at, targets, kind, seen | {owner})) for at, targets in self._above(prefix, owner)]
        ends: list[End] = [(at, (kind,)) for at, targets in self._above(prefix, owner) if kind in targets]
        ends += [end for _, higher in ways for hop in higher.values() for end in hop.ends]
        natives = [at for at, _ in ways]
        natives += [name for _, higher in ways for hop in higher.values() for name in hop.natives]
        return Hop(tuple(dict.fromkeys(natives)), tuple(ends), _climber(ways, native_type(kind), owner in KINDS))

    def _higher(self, at: str, targets: Sequence[str], kind: str, seen: frozenset[str]) -> dict[str, Hop]:
        """The ways on from each type that a link may lead to, by ShotGrid's type."""
        return {
            native: self._climb(f"{at}.{native}.", target, kind, seen)
            for target in targets
            if target != kind and self._leads_to(target, kind) and (native := native_type(target)) is not None
        }

    def _above(self, prefix: str, owner: str) -> Sequence[End]:
        types = self.site.types[owner]
        if owner in KINDS:
            return self._parents(prefix, types)[:-1]
        found: list[End] = []
        for name in _ABOVE:
            binding = types.fields.get(name)
            if binding is not None and binding.native and binding.field.data_type == "link":
                found.append((prefix + binding.native, self.schema.targets(binding.field)))
        return found

    def _leads_to(self, owner: str, kind: str, seen: frozenset[str] = frozenset()) -> bool:
        """True when what stands above a type may be of a kind."""
        known = self._known.get((owner, kind))
        if known is None:
            if owner in seen or owner not in self.site.types:
                return False
            targets = {target for _, names in self._above("", owner) for target in names}
            known = kind in targets or any(self._leads_to(name, kind, seen | {owner}) for name in targets)
            if not seen:
                self._known[owner, kind] = known
        return known


End = tuple[str, tuple[str, ...]]
"""A native link path and the neutral types that it may lead to."""


@dataclass(frozen=True, slots=True)
class Hop:
    """How a single link is followed.

    Args:
        natives: the native fields to ask for.
        ends: the native link paths that may hold the link; a filter asks all of them.
        find: the link path that holds it in a row, and its entity dict.
    """

    natives: tuple[str, ...]
    ends: tuple[End, ...]
    find: Callable[[Row], tuple[str, Row | None]]


def _first(ends: tuple[End, ...]) -> Hop:
    names = tuple(at for at, _ in ends)

    def find(row: Row) -> tuple[str, Row | None]:
        for name in names:
            link = row.get(name)
            if link:
                return name, link
        return "", None

    return Hop(names, ends, find)


def _climber(
    ways: Sequence[tuple[str, Mapping[str, Hop]]], wanted: str | None, tries_all: bool
) -> Callable[[Row], tuple[str, Row | None]]:
    """Follows the ways up until a record of the wanted type stands there.

    A Shot may stand in a Sequence and name its Episode beside it, so that a folder tries each of its ways; of any
    other
    record the first link that is set is the one that counts.
    """

    def find(row: Row) -> tuple[str, Row | None]:
        for at, higher in ways:
            link = row.get(at)
            if not link:
                continue
            if link["type"] == wanted:
                return at, link
            hop = higher.get(link["type"])
            found = hop.find(row) if hop is not None else ("", None)
            if found[1] is not None or not tries_all:
                return found
        return "", None

    return find


def constant_of(types: TypeBinding, name: str) -> str | None:
    """The value that every record of a type has for a field without a native one; None for other fields."""
    if name == "type":
        return types.neutral
    if name == "kind":
        return USER_KINDS.get(types.neutral, types.neutral)
    return None


def _told_twice(row: Row, name: str, links: Links) -> Any:
    """What an entry that repeats another one's fact has of an event."""
    simple = {"name": row.get("event_type"), "number": row["id"], "kind": "other", "cursor": str(row["id"])}
    return simple.get(name, () if name in ("added", "removed") else None)


def _reviewables(row: Row, movie: str, id: str, project: str, site: str | None) -> list[Ref]:
    found = row.get(movie)
    if not found:
        return []
    home = row.get(project)
    return [Ref("Reviewable", row[id], str(home["id"]) if home else None, site, MOVIE_NATIVE, found.get("name"))]


def _of_movie(name: str, row: Row, movie: Attachment | None, links: Links) -> Any:
    """A field of a Reviewable, out of its Version's row."""
    if name == "version":
        return links.ref({"type": "Version", "id": row["id"], "name": row.get("code")})
    if name in ("id", "type"):
        return str(row["id"]) if name == "id" else "Reviewable"
    if name == "url" or movie is None:
        return movie
    return {"label": movie.filename, "filename": movie.filename, "mime_type": movie.mime_type}[name]


def row_ref(types: TypeBinding, links: Links, label: str | None) -> Callable[[Row], Ref]:
    """A function from a native row to its Ref.

    Args:
        types: of the rows.
        links: says the ids.
        label: the native field that the rows have with the display name, or None.
    """
    neutral, native, site, id_of = types.neutral, types.native, links.site, links.id_of
    if native == "Project":
        return lambda row: Ref(neutral, id := id_of(native, row["id"]), id, site, native, row.get(label or ""))
    home = types.fields["project"].native if "project" in types.fields else ""
    home = "project" if neutral == "Reviewable" else home
    shown = MOVIE_NATIVE if neutral == "Reviewable" else native

    def ref(row: Row) -> Ref:
        project = row.get(home)
        name = row.get(label) if label else None
        return Ref(neutral, id_of(native, row["id"]), id_of("Project", project["id"]) if project else None, site, shown,
                   name)  # fmt: skip

    return ref
