"""TrashBackend: a tracker whose deleting is final for its callers; what it keeps in its trash is not seen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from trackerkit.backend import Backend, Explanation
from trackerkit.capabilities import Capabilities
from trackerkit.entities import Page
from trackerkit.evaluate import Record
from trackerkit.gateway.around import Around
from trackerkit.operations import Operation, Result
from trackerkit.query import Query
from trackerkit.schema import Schema
from trackerkit.values import Ref

_SHOWN = "without a trash"
"""Among what is remembered with a schema: the schema as it is shown."""

_DELETING = ("delete.permanent", "find.retired")


class TrashBackend(Around):
    """A tracker that deletes for good, as far as its callers see: what it retires is gone.

    Args:
        base: the tracker, which retires what is deleted.
    """

    def __init__(self, base: Backend) -> None:
        super().__init__(base)
        given = self._base.capabilities
        marks = {name: mark for name, mark in given.marks.items() if name not in _DELETING}
        self.capabilities = Capabilities(marks, given.types, given.beyond, given.data_types)

    def _over(self, base: Backend) -> TrashBackend:
        return TrashBackend(base)

    def schema(self, project: Ref | None = None) -> Schema:
        base = self._base.schema()
        shown: Schema | None = base.remembered.get(_SHOWN)
        if shown is None:
            made = base.replaced(*(replace(item, can_retire=False) for item in base.types.values() if item.can_retire))
            shown = base.remembered.setdefault(_SHOWN, made)
        return shown

    def read(self, query: Query) -> Iterator[Page]:
        return self._base.read(query.with_(state="active"))

    def fetch(
        self, refs: Sequence[Ref], fields: Sequence[str], state: str = "active", *, retired_links: bool = False
    ) -> dict[Ref, Record]:
        return self._base.fetch(refs, fields)

    def count(self, query: Query) -> int:
        return self._base.count(query.with_(state="active"))

    def explain(self, query: Query) -> Explanation:
        return self._base.explain(query.with_(state="active"))

    def write(self, operations: Sequence[Operation], *, atomic: bool = True) -> list[Result]:
        kinds = self._base.schema().types
        return self._base.write(
            [
                replace(item, permanent=False) if item.kind == "delete" and kinds[item.type].can_retire else item
                for item in operations
            ],
            atomic=atomic,
        )
