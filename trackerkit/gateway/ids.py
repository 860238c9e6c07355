"""The ids that a protocol wants, for records whose tracker has others: whole numbers, or 32 hexadecimal digits.

Every method takes many at once; what does not exist gives None in its place.
"""

from __future__ import annotations

import hmac
import re
from collections import OrderedDict
from collections.abc import Callable, Iterable, Sequence
from threading import Lock
from typing import Final, Generic, Literal, Protocol, TypeVar

from trackerkit.filters import field
from trackerkit.state import State
from trackerkit.tracker import Tracker
from trackerkit.values import Ref

Own = Literal["number", "hex"]

_HEX: Final = re.compile(r"[0-9a-f]{32}")
_CACHE_LIMIT: Final = 200_000
_SEPARATOR: Final = "\x1f"
_CHUNK: Final = 1000

K = TypeVar("K")
V = TypeVar("V")


class Ids(Protocol):
    """Both ways between Refs and the ids of a protocol."""

    def numbers(self, refs: Sequence[Ref]) -> list[int | None]:
        """The number of each record."""

    def hexes(self, refs: Sequence[Ref]) -> list[str | None]:
        """The 32 hexadecimal digits of each record."""

    def refs_of_numbers(self, type: str, numbers: Sequence[int]) -> list[Ref | None]:
        """The record of this type that each number stands for; it may have been deleted since."""

    def refs_of_hexes(self, type: str, hexes: Sequence[str]) -> list[Ref | None]:
        """The record of this type that each text of 32 hexadecimal digits stands for."""


class StoreIds:
    """Ids of a tracker whose records have both: the id is a number, and a field holds 32 hexadecimal digits.

    Args:
        tracker: such a one.
        uid: the name of that field.
    """

    def __init__(self, tracker: Tracker, uid: str = "uid") -> None:
        self._tracker = tracker
        self._uid = uid
        self._known: _Cache[tuple[str, str], str] = _Cache()

    def numbers(self, refs: Sequence[Ref]) -> list[int | None]:
        """The ids themselves."""
        return [_number(ref.id) for ref in refs]

    def refs_of_numbers(self, type: str, numbers: Sequence[int]) -> list[Ref | None]:
        """Refs with these ids; whether there are such records shows when they are fetched."""
        site = self._tracker.backend.site
        return [Ref(type, number, site=site) if 0 < number < 2**63 else None for number in numbers]

    def hexes(self, refs: Sequence[Ref]) -> list[str | None]:
        """Read from the field: one query a type for those that were not read before."""
        known, missing = self._known.split((ref.type, ref.id) for ref in refs)
        for type in {type for type, _ in missing}:
            wanted = [id for kind, id in missing if kind == type]
            known.update(((type, ref.id), uid) for ref, uid in self._read(type, "id", wanted))
        return [known.get((ref.type, ref.id)) for ref in refs]

    def refs_of_hexes(self, type: str, hexes: Sequence[str]) -> list[Ref | None]:
        """Found by the field."""
        wanted = [uid for uid in dict.fromkeys(hexes) if _HEX.fullmatch(uid)]
        found = {uid: ref for ref, uid in self._read(type, self._uid, wanted)}
        return [found.get(uid) for uid in hexes]

    def _read(self, type: str, name: str, values: list[str]) -> list[tuple[Ref, str]]:
        pairs: list[tuple[Ref, str]] = []
        for start in range(0, len(values), _CHUNK):
            condition = field(name).is_in(values[start : start + _CHUNK])
            found = self._tracker.find(type, condition, fields=[self._uid], state="all", archived=True)
            pairs += [(entity.ref, entity[self._uid]) for entity in found]
        self._known.put({(ref.type, ref.id): uid for ref, uid in pairs})
        return pairs


class MintedIds:
    """Ids that the state keeps, for trackers whose records have one kind of id, or neither.

    A number is dense and stays for ever; a record keeps it when its kind changes, since it is given to the tracker's
    own type. The 32 digits hold the number and a keyed check, so that nobody can make up valid ones.

    Args:
        state: keeps the numbers.
        site: whose records they are.
        own: what the tracker's own ids are; ``number`` or ``hex`` are passed on as they are.
        native: the tracker's own name of a type, where a Ref does not say it; the type's name by default.
    """

    def __init__(
        self, state: State, site: str, own: Own | None = None, native: Callable[[str], str] = lambda type: type
    ) -> None:
        self._state = state
        self._site = site
        self._own = own
        self._native = native
        self._space = f"ids {site}"[:100]
        self._secret = state.server_secret("ids")
        self._numbers: _Cache[str, int] = _Cache()
        self._keys: _Cache[int, str] = _Cache()

    def numbers(self, refs: Sequence[Ref]) -> list[int | None]:
        """The ids themselves where they are numbers; minted in the order given otherwise."""
        if self._own == "number":
            return [_number(ref.id) for ref in refs]
        return list(self._minted(refs))

    def hexes(self, refs: Sequence[Ref]) -> list[str | None]:
        """The ids themselves where they are 32 hexadecimal digits; made of minted numbers otherwise."""
        others = [ref for ref in refs if not self._is_own_hex(ref.id)]
        made = dict(zip(others, self._minted(others), strict=True))
        return [ref.id if self._is_own_hex(ref.id) else self._packed(made[ref]) for ref in refs]

    def refs_of_numbers(self, type: str, numbers: Sequence[int]) -> list[Ref | None]:
        """Refs with these ids where they are numbers; otherwise those that the numbers were minted for."""
        if self._own == "number":
            return [Ref(type, number, site=self._site) if 0 < number < 2**63 else None for number in numbers]
        keys = self._keys_of(numbers)
        return [self._ref(type, keys.get(number)) for number in numbers]

    def refs_of_hexes(self, type: str, hexes: Sequence[str]) -> list[Ref | None]:
        """Refs with these ids where they are such; otherwise those that the digits were made for."""
        numbers = [None if self._is_own_hex(uid) else self._unpacked(uid) for uid in hexes]
        keys = self._keys_of([number for number in numbers if number is not None])
        return [
            Ref(type, uid, site=self._site)
            if number is None and self._is_own_hex(uid)
            else self._ref(type, keys.get(number) if number is not None else None)
            for uid, number in zip(hexes, numbers, strict=True)
        ]

    def unnumbered(self, refs: Sequence[Ref]) -> list[Ref]:
        """Those that have no number yet."""
        if self._own == "number":
            return []
        keys = [self._key(ref) for ref in refs]
        missing = self._numbers.split(keys)[1]
        found = self._state.numbers_for(self._space, missing) if missing else {}
        self._numbers.put(found)
        lacking = set(missing) - set(found)
        return [ref for ref, key in zip(refs, keys, strict=True) if key in lacking]

    def _is_own_hex(self, id: str) -> bool:
        return self._own == "hex" and _HEX.fullmatch(id) is not None

    def _minted(self, refs: Sequence[Ref]) -> list[int]:
        keys = [self._key(ref) for ref in refs]
        known, missing = self._numbers.split(keys)
        if missing:
            fresh = dict(zip(missing, self._state.mint_numbers(self._space, missing), strict=True))
            self._numbers.put(fresh)
            self._keys.put({number: key for key, number in fresh.items()})
            known.update(fresh)
        return [known[key] for key in keys]

    def _keys_of(self, numbers: Sequence[int]) -> dict[int, str]:
        known, missing = self._keys.split(numbers)
        if missing:
            found = self._state.keys_for(self._space, missing)
            self._keys.put(found)
            known.update(found)
        return known

    def _key(self, ref: Ref) -> str:
        return _SEPARATOR.join((ref.native or self._native(ref.type), ref.project or "", ref.id))

    def _ref(self, type: str, key: str | None) -> Ref | None:
        if key is None:
            return None
        native, project, id = key.split(_SEPARATOR)
        if native != self._native(type):
            return None
        return Ref(type, id, project or None, self._site, native)

    def _packed(self, number: int) -> str:
        return f"{self._check(number)}{number:016x}"

    def _unpacked(self, uid: str) -> int | None:
        if not _HEX.fullmatch(uid):
            return None
        number = int(uid[16:], 16)
        return number if hmac.compare_digest(uid[:16], self._check(number)) else None

    def _check(self, number: int) -> str:
        return hmac.digest(self._secret, b"%d" % number, "sha256")[:8].hex()


def _number(id: str) -> int | None:
    return int(id) if id.isascii() and id.isdigit() else None


class _Cache(Generic[K, V]):
    """A bounded memory of what never changes; safe to share between threads."""

    def __init__(self, limit: int = _CACHE_LIMIT) -> None:
        self._limit = limit
        self._values: OrderedDict[K, V] = OrderedDict()
        self._lock = Lock()

    def split(self, keys: Iterable[K]) -> tuple[dict[K, V], list[K]]:
        """What is known of these, and the keys of the rest, each once, in their order."""
        known: dict[K, V] = {}
        missing: dict[K, None] = {}
        with self._lock:
            for key in keys:
                if key in self._values:
                    known[key] = self._values[key]
                    self._values.move_to_end(key)
                else:
                    missing[key] = None
        return known, list(missing)

    def put(self, values: dict[K, V]) -> None:
        """Remember; what was asked for longest ago is forgotten."""
        with self._lock:
            self._values.update(values)
            while len(self._values) > self._limit:
                self._values.popitem(last=False)
