"""Products that the names of versions tell of, and those that are kept on the shelf."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from threading import Lock
from typing import Any, Final

from trackerkit.gateway.beside.shelf import Row, Shelf
from trackerkit.gateway.shaped.stems import product_uid
from trackerkit.gateway.shaped.uids import key_of
from trackerkit.values import Ref

PRODUCT: Final = "Product"
BOUND: Final = "~product of"
"""On the shelf: a version → the product that it was made in."""

HUNG: Final = "~parent of"
"""On the shelf: a record → what it hangs on, where the tracker has no place for that."""

PRODUCT_TYPE: Final = "review"
"""The type of a product that only the names of versions tell of."""

STEM: Final = "stem"
"""Among a kept product's values: how the names of its versions began when it was first kept."""

_MOST: Final = 100_000


@dataclass(frozen=True)
class Told:
    """A product that the names of versions tell of.

    Args:
        id: its digits.
        parent: what it hangs on, as the tracker has it.
        stem: its name.
        project: its project's id.
        created_at: when its first version was made.
        updated_at: when one of its versions was changed last.
    """

    id: str
    parent: Ref
    stem: str
    project: str
    created_at: datetime | None = None
    updated_at: datetime | None = None


class Memory:
    """Products that were told of before: what digits were made of never changes. Thread-safe."""

    def __init__(self) -> None:
        self._told: OrderedDict[str, Told] = OrderedDict()
        self._lock = Lock()

    def put(self, told: Told) -> None:
        """Remember one."""
        with self._lock:
            self._told[told.id] = told
            while len(self._told) > _MOST:
                self._told.popitem(last=False)

    def get(self, id: str) -> Told | None:
        """One by its digits."""
        return self._told.get(id)


class Products:
    """The products of one site, as one query sees them.

    Args:
        shelf: where products are kept.
        memory: of those that were told of.
        inner: shown records → the tracker's.
    """

    def __init__(self, shelf: Shelf, memory: Memory, inner: Callable[[Sequence[Ref]], list[Ref]]) -> None:
        self._shelf, self.memory, self.inner = shelf, memory, inner
        self._kept: dict[str, dict[str, Row]] = {}
        self._names: dict[tuple[str, str, str, str], str] = {}

    def kept(self, project: str) -> Mapping[str, Row]:
        """The products that are kept of a project, by their digits; deactivated ones too."""
        if project not in self._kept:
            rows = {row.id: row for row in self._shelf.rows(PRODUCT, projects=[project])}
            self._kept[project] = rows
            for row in rows.values():
                parent = row.values.get("parent") or ["", ""]
                self._names.setdefault((project, parent[0], parent[1], str(row.values.get("name"))), row.id)
        return self._kept[project]

    def shelved_types(self) -> frozenset[str]:
        """The types of which whole records are on the shelf."""
        return self._shelf.types()

    def every(self, projects: Sequence[str] | None) -> list[Row]:
        """The products that are kept of some projects, or of all."""
        return self._shelf.rows(PRODUCT, projects=projects)

    def rows(self, ids: Sequence[str]) -> dict[str, Row]:
        """Kept products by their digits."""
        return {row.id: row for row in self._shelf.rows(PRODUCT, ids)} if ids else {}

    def told(self, parent: Ref, stem: str, project: str) -> Told:
        """The product of a version's name under what the version hangs on; it may be a kept one."""
        self.kept(project)
        known = self._names.get((project, parent.type, parent.id, stem))
        made = Told(known or product_uid(self._shelf.site, parent.type, parent.id, stem), parent, stem, project)
        if known is None:
            self.memory.put(made)
        return made

    def bound(self, refs: Iterable[Ref]) -> dict[str, str]:
        """The products that versions were made in, by the versions' keys."""
        rows = self._shelf.rows(BOUND, [key_of(ref) for ref in refs])
        return {row.id: row.values["uid"] for row in rows}

    def bound_ids(self, projects: Sequence[str] | None) -> tuple[str, ...]:
        """The ids of the versions that were made in a product, of some projects or of all."""
        return tuple(row.id.partition("/")[2] for row in self._shelf.rows(BOUND, projects=projects))

    def hung(self, refs: Iterable[Ref]) -> dict[str, list[Any]]:
        """What records hang on where the tracker has no place for that: type, id and project, by the records' keys."""
        rows = self._shelf.rows(HUNG, [key_of(ref) for ref in refs])
        return {row.id: row.values["ref"] for row in rows}

    def hung_ids(self, types: Iterable[str], projects: Sequence[str] | None) -> tuple[str, ...]:
        """The ids of such records of some types."""
        wanted = set(types)
        found = (row.id.partition("/") for row in self._shelf.rows(HUNG, projects=projects))
        return tuple(id for kind, _, id in found if kind in wanted)
