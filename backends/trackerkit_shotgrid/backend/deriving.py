"""Deriving: fields of a record that other records have to be asked for: reverse links, ancestors, a playlist's
order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from trackerkit.entities import Page
from trackerkit.filters import Condition
from trackerkit.query import Query, build
from trackerkit.schema import Field
from trackerkit.values import Ref
from trackerkit_shotgrid.compile.reach import Reacher
from trackerkit_shotgrid.compile.reads import Read, Record

CHUNK: Final = 200
"""Records that a request for their reverse links names."""

HIGHEST: Final = 64
"""Steps up a tree at most; a circle ends there."""

_ABOVE: Final = ("parent", "product", "version", "task")
_HOLDERS: Final = ("parent", "version", "note")


def _holds(field: Field) -> bool:
    """A Reply's ``note`` is a link, a Booking's is text."""
    return field.is_stored and field.is_link


class Deriver:
    """Fills in what one request for the records themselves does not bring.

    Args:
        reacher: of the site.
        fetch: bulk read by Ref.
        pages: reads a checked query.
    """

    def __init__(self, reacher: Reacher, fetch: Callable[..., Any], pages: Callable[[Query], Iterator[Page]]) -> None:
        self.reacher = reacher
        self.schema = reacher.schema
        self.fetch = fetch
        self.pages = pages

    def fill(self, read: Read, records: Sequence[Record]) -> None:
        """Set the derived fields of some records of one type."""
        if not records:
            return
        refs = [record["ref"] for record in records]
        for item in read.derived:
            found = self.values(item, refs)
            empty: Any = [] if item.is_many else None
            for record in records:
                record[item.name] = found.get(record["ref"], list(empty) if item.is_many else None)

    def values(self, item: Field, refs: Sequence[Ref]) -> Mapping[Ref, Any]:
        """A derived field of some records."""
        if item.name == "items" and item.reverse_of is None:
            return self.items(refs)
        if item.reverse_of is not None:
            return self.reverse(item.reverse_of, refs)
        return self.ancestors(item.ancestor or "", refs)

    def reverse(self, source: tuple[str, str], refs: Sequence[Ref]) -> dict[Ref, list[Ref]]:
        """The records that link to each of some records."""
        owner, name = source
        if name not in self.schema.type(owner).fields:
            return {}
        legal = set(self.schema.targets(self.schema.field(owner, name)))
        asked = [ref for ref in refs if ref.type in legal]
        found: dict[Ref, list[Ref]] = {}
        for start in range(0, len(asked), CHUNK):
            chunk = asked[start : start + CHUNK]
            wanted = set(chunk)
            query = build(self.schema, owner, Condition(name, "in", tuple(chunk)), fields=[name], archived=True)
            for page in self.pages(query):
                for ref, (value,) in zip(page.refs(), page.tuples()):  # noqa: B905 - Python 3.10, same length
                    for target in value if isinstance(value, list) else [value]:
                        if target in wanted:
                            found.setdefault(target, []).append(ref)
        return found

    def hanging(self, ref: Ref) -> list[Ref]:
        """The records that make no sense without one: what it is the parent, version or note of, and what hangs on
        that."""
        made: dict[Ref, None] = {}
        level = [ref]
        while level:
            found: list[Ref] = []
            for source in self._holders():
                found += [below for refs in self.reverse(source, level).values() for below in refs]
            level = [below for below in dict.fromkeys(found) if below not in made and below != ref]
            made.update(dict.fromkeys(level))
        return list(made)

    def _holders(self) -> list[tuple[str, str]]:
        """The links that a record hangs on."""
        return [
            (name, field)
            for name, types in self.reacher.site.types.items()
            for field in _HOLDERS
            if types.native and name != "Reviewable" and field in types.fields and _holds(types.fields[field].field)
        ]

    def items(self, refs: Sequence[Ref]) -> dict[Ref, list[Ref]]:
        """The versions of some playlists in the order that their connections keep."""
        found: dict[Ref, list[tuple[int, int, Ref]]] = {}
        for start in range(0, len(refs), CHUNK):
            chunk = tuple(refs[start : start + CHUNK])
            query = build(
                self.schema,
                "PlaylistVersionConnection",
                Condition("playlist", "in", chunk),
                fields=["playlist", "version", "sg_sort_order"],
                archived=True,
            )
            for page in self.pages(query):
                for ref, (playlist, version, rank) in zip(page.refs(), page.tuples()):  # noqa: B905
                    if playlist is not None and version is not None:
                        last = 2**31 if rank is None else rank
                        found.setdefault(playlist, []).append((last, int(ref.id), version))
        return {
            playlist: list(dict.fromkeys(version for *_, version in sorted(rows, key=lambda row: row[:2])))
            for playlist, rows in found.items()
        }

    def ancestors(self, kind: str, refs: Sequence[Ref]) -> dict[Ref, Ref | None]:
        """The nearest parent of a kind of each of some records, one step up for all of them at a time."""
        made: dict[Ref, Ref | None] = {}
        standing = self._above(refs)
        for _ in range(HIGHEST):
            climbing = {ref: above for ref, above in standing.items() if above is not None and above.type != kind}
            made.update({ref: above for ref, above in standing.items() if ref not in climbing})
            if not climbing:
                break
            higher = self._above(list(dict.fromkeys(climbing.values())))
            standing = {ref: higher.get(above) for ref, above in climbing.items()}
        return made

    def _above(self, refs: Sequence[Ref]) -> dict[Ref, Ref | None]:
        records = self.fetch(refs, list(_ABOVE))
        made: dict[Ref, Ref | None] = {}
        for ref in refs:
            record = records.get(ref, {})
            made[ref] = next((record[name] for name in _ABOVE if record.get(name) is not None), None)
        return made
