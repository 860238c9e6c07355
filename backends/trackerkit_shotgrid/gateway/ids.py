"""Whole numbers for records, as ShotGrid has them, whatever the ids of the tracker behind are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from trackerkit.values import Ref


class Ids(Protocol):
    """Numbers for Refs and back; the same for ever.

    Attributes:
        is_own: the numbers are the tracker's own ids, so that it can compare and sort by them.
    """

    is_own: bool

    def number(self, ref: Ref) -> int:
        """The number of a record."""

    def prepare(self, refs: Iterable[Ref]) -> None:
        """Get ready to be asked for these, all at once."""

    def refs(self, type: str, numbers: Sequence[int]) -> dict[int, Ref]:
        """The records of these numbers; a number that was never given out has none.

        Args:
            type: the neutral entity type that they have to be of.
            numbers: as a caller sent them.
        """


class OwnIds:
    """For a tracker whose ids are whole numbers: they are the numbers.

    Args:
        site: of the tracker.
    """

    is_own = True

    def __init__(self, site: str) -> None:
        self._site = site

    def number(self, ref: Ref) -> int:
        """The id itself; 0, which no record has, for one that is no number."""
        return int(ref.id) if ref.id.isascii() and ref.id.isdigit() else 0

    def prepare(self, refs: Iterable[Ref]) -> None:
        """Nothing to do."""

    def refs(self, type: str, numbers: Sequence[int]) -> dict[int, Ref]:
        """A Ref each; whether there is such a record shows when it is read."""
        site = self._site
        if type == "Project":
            return {number: Ref(type, number, number, site) for number in numbers}
        return {number: Ref(type, number, None, site) for number in numbers}
