"""Whole numbers for records, as ShotGrid has them, whatever the ids of the tracker behind are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from threading import Lock
from typing import Final, Protocol

from trackerkit.gateway.ids import MintedIds
from trackerkit.state import State
from trackerkit.tracker import Tracker
from trackerkit.values import Ref

_SCHEME: Final = "shotgrid"


class Ids(Protocol):
    """Numbers for Refs and back; the same for ever.

    Attributes:
        is_own: the numbers are the tracker's own ids, so that it can compare and sort by them.
    """

    is_own: bool

    def number(self, ref: Ref) -> int:
        """The number of a record; 0, which no record has, for one that can have none."""

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
        """The id itself."""
        return int(ref.id) if ref.id.isascii() and ref.id.isdigit() else 0

    def prepare(self, refs: Iterable[Ref]) -> None:
        """Nothing to do."""

    def refs(self, type: str, numbers: Sequence[int]) -> dict[int, Ref]:
        """A Ref each; whether there is such a record shows when it is read."""
        site = self._site
        if type == "Project":
            return {number: Ref(type, number, number, site) for number in numbers}
        return {number: Ref(type, number, None, site) for number in numbers}


class StateIds:
    """For any other tracker: numbers that are minted when a record is first shown, and kept in the state.

    Args:
        minted: mints and keeps them; shared by all calls.
    """

    is_own = False

    def __init__(self, minted: MintedIds) -> None:
        self._minted = minted
        self._known: dict[tuple[str, str, str | None], int] = {}

    def number(self, ref: Ref) -> int:
        """The number, minted now if the record has none."""
        key = (ref.type, ref.id, ref.project)
        if key not in self._known:
            self._known[key] = self._minted.numbers([ref])[0] or 0
        return self._known[key]

    def prepare(self, refs: Iterable[Ref]) -> None:
        """Mint the numbers of those that have none, in their order."""
        fresh = {key: ref for ref in refs if (key := (ref.type, ref.id, ref.project)) not in self._known}
        for key, number in zip(fresh, self._minted.numbers(list(fresh.values())), strict=True):
            self._known[key] = number or 0

    def refs(self, type: str, numbers: Sequence[int]) -> dict[int, Ref]:
        """The Refs that the numbers were minted for."""
        found = self._minted.refs_of_numbers(type, numbers)
        return {number: ref for number, ref in zip(numbers, found, strict=True) if ref is not None}


class MakeIds:
    """Picks the ids that fit a tracker: its own where they are whole numbers, minted ones elsewhere. Thread-safe."""

    def __init__(self) -> None:
        self._minted: dict[str, MintedIds] = {}
        self._lock = Lock()

    def __call__(self, tracker: Tracker, state: State) -> Ids:
        """The ids of one call.

        Args:
            tracker: whose records they are.
            state: keeps what is minted.
        """
        site = tracker.backend.site
        return OwnIds(site) if has_numbers(tracker) else StateIds(self._of_site(tracker, state, site))

    def _of_site(self, tracker: Tracker, state: State, site: str) -> MintedIds:
        with self._lock:
            if site not in self._minted:
                self._minted[site] = MintedIds(state, site, native=lambda type: _native(tracker, type))
            return self._minted[site]


def has_numbers(tracker: Tracker) -> bool:
    """Whether a tracker's own ids are whole numbers: the embedded store's are (it has a field ``uid`` too), and a site's."""
    return tracker.backend.scheme == _SCHEME or "uid" in tracker.schema.read().type("Project").fields


def _native(tracker: Tracker, type: str) -> str:
    found = tracker.schema.read().types.get(type)
    return (found.native if found is not None else None) or type
