"""Whole numbers for records, as ShotGrid has them, whatever the ids of the tracker behind are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from threading import Lock
from typing import Final, Protocol

from trackerkit.filters import field
from trackerkit.gateway.ids import MintedIds
from trackerkit.state import State
from trackerkit.tracker import Tracker
from trackerkit.values import Ref

_SCHEME: Final = "shotgrid"
_EVENT: Final = "Event"
_AT_ONCE: Final = 2_000
_OVERLAP: Final = timedelta(seconds=30)
"""What may show later than a record that was created after it, or on a server whose clock was set."""


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
        return _decimal(ref.id)

    def prepare(self, refs: Iterable[Ref]) -> None:
        """Nothing to do."""

    def refs(self, type: str, numbers: Sequence[int]) -> dict[int, Ref]:
        """A Ref each; whether there is such a record shows when it is read."""
        site = self._site
        if type == "Project":
            return {number: Ref(type, number, number, site) for number in numbers}
        return {number: Ref(type, number, None, site) for number in numbers}


class Census:
    """Gives the records of a project their numbers in the order in which they were created. Thread-safe.

    The first record of a type that has no number yet makes it read that type in the record's project once; later ones
    make it read what was created since. So numbers rise as a project's records come to be, whichever is shown first.

    Args:
        minted: mints and keeps the numbers.
    """

    def __init__(self, minted: MintedIds) -> None:
        self.minted = minted
        self._seen: dict[tuple[str, str | None], datetime | None] = {}
        self._lock = Lock()

    def take(self, tracker: Tracker, refs: Iterable[Ref]) -> None:
        """Number what the projects of these records have got of their types since the last time."""
        schema = tracker.schema.read()
        with self._lock:
            for type, home in dict.fromkeys((ref.type, ref.project) for ref in refs):
                found = schema.types.get(type)
                if found is not None:
                    home = home if found.in_project else None
                    self._take(tracker, type, home, "created_at" in found.fields)

    def _take(self, tracker: Tracker, type: str, home: str | None, is_dated: bool) -> None:
        last = self._seen.get((type, home))
        conditions = [field("created_at") >= last - _OVERLAP] if last is not None else []
        names = ["created_at"] if is_dated else []
        project = Ref("Project", home, home, tracker.backend.site) if home is not None else None
        found: list[Ref] = []
        for entity in tracker.find(type, *conditions, fields=names, project=project, state="all", archived=True):
            found.append(entity.ref)
            last = max(last or entity["created_at"], entity["created_at"]) if names and entity["created_at"] else last
            if len(found) == _AT_ONCE:
                self.minted.numbers(found)
                found.clear()
        self.minted.numbers(found)
        self._seen[type, home] = last


class StateIds:
    """For any other tracker: numbers that are minted when a record is first shown, and kept in the state.

    Events come with numbers of their own (``entries``).

    Args:
        census: mints and keeps them; shared by all calls.
        tracker: whose records they are.
    """

    is_own = False

    def __init__(self, census: Census, tracker: Tracker) -> None:
        self._census = census
        self._minted = census.minted
        self._tracker = tracker
        self._known: dict[tuple[str, str, str | None], int] = {}

    def number(self, ref: Ref) -> int:
        """The number, minted now if the record has none."""
        if ref.type == _EVENT:
            return _decimal(ref.id)
        key = (ref.type, ref.id, ref.project)
        if key not in self._known:
            self.prepare([ref])
        return self._known[key]

    def prepare(self, refs: Iterable[Ref]) -> None:
        """Mint the numbers of those that have none: a project's in the order of creation, as far as the tracker shows it."""
        wanted = {(ref.type, ref.id, ref.project): ref for ref in refs if ref.type != _EVENT}
        fresh = {key: ref for key, ref in wanted.items() if key not in self._known}
        bare = self._minted.unnumbered(list(fresh.values()))
        if bare:
            self._census.take(self._tracker, bare)
        for key, number in zip(fresh, self._minted.numbers(list(fresh.values())), strict=True):
            self._known[key] = number or 0

    def refs(self, type: str, numbers: Sequence[int]) -> dict[int, Ref]:
        """The Refs that the numbers were minted for."""
        if type == _EVENT:
            return {number: Ref(type, number, None, self._tracker.backend.site) for number in numbers}
        found = self._minted.refs_of_numbers(type, numbers)
        return {number: ref for number, ref in zip(numbers, found, strict=True) if ref is not None}


class MakeIds:
    """Picks the ids that fit a tracker: its own where they are whole numbers, minted ones elsewhere. Thread-safe."""

    def __init__(self) -> None:
        self._taken: dict[str, Census] = {}
        self._have_numbers: dict[str, bool] = {}
        self._lock = Lock()

    def __call__(self, tracker: Tracker, state: State) -> Ids:
        """The ids of one call.

        Args:
            tracker: whose records they are.
            state: keeps what is minted.
        """
        site = tracker.backend.site
        is_own = self._have_numbers.get(site)
        if is_own is None:
            is_own = self._have_numbers[site] = has_numbers(tracker)
        return OwnIds(site) if is_own else StateIds(self._of_site(tracker, state, site), tracker)

    def _of_site(self, tracker: Tracker, state: State, site: str) -> Census:
        with self._lock:
            if site not in self._taken:
                self._taken[site] = Census(MintedIds(state, site, native=lambda type: _native(tracker, type)))
            return self._taken[site]


def has_numbers(tracker: Tracker) -> bool:
    """Whether a tracker's own ids are whole numbers: the embedded store's are (it has a field ``uid`` too), and a site's."""
    return tracker.backend.scheme == _SCHEME or "uid" in tracker.schema.read().type("Project").fields


def _decimal(id: str) -> int:
    return int(id) if id.isascii() and id.isdigit() else 0


def _native(tracker: Tracker, type: str) -> str:
    found = tracker.schema.read().types.get(type)
    return (found.native if found is not None else None) or type
