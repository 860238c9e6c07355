"""Where the tracker can hang a record, where it has no place for what the record really hangs on."""

from __future__ import annotations

from trackerkit.backend import Backend
from trackerkit.errors import NotFoundError, UnsupportedError
from trackerkit.gateway.shaped.shape import ABOVE, Shape
from trackerkit.gateway.shaped.telling import Telling
from trackerkit.gateway.shaped.uids import is_uid
from trackerkit.values import Ref


class Hanging:
    """Looks for places; made for one batch.

    Args:
        base: the tracker with its shelf.
        shape: of it.
        telling: what records hang on.

    Attributes:
        planned: what the records hang on that the batch makes, by their digits.
    """

    def __init__(self, base: Backend, shape: Shape, telling: Telling) -> None:
        self._base, self._shape, self._telling = base, shape, telling
        self.planned: dict[str, Ref | None] = {}

    def nearest(self, type_name: str, parent: Ref, home: Ref | None) -> Ref:
        """The record itself, or the nearest above it, on which the tracker can hang a record of the type.

        Args:
            type_name: of the record to hang.
            parent: what it really hangs on.
            home: its project.

        Raises:
            UnsupportedError: there is none.
            NotFoundError: there is no such record to hang on.
        """
        legal = set(self._shape.tracked.targets(self._shape.tracked.field(type_name, ABOVE)))
        seen: set[Ref] = set()
        while parent.type not in legal or is_uid(parent.id):
            seen.add(parent)
            above = self._above(parent) or home
            if above is None or above in seen:
                raise UnsupportedError(f"nothing above {parent} can hold a {type_name} in the tracker")
            parent = above
        return parent

    def _above(self, ref: Ref) -> Ref | None:
        if ref.id in self.planned:
            return self.planned[ref.id]
        found = self._base.fetch([ref], [ABOVE, "project", "name"], "all").get(ref)
        if found is None:
            raise NotFoundError(f"there is no {ref} at {self._base.site}", backend=self._base.scheme)
        return next(iter(self._telling.above([dict(found)]).values()), None)
