"""Numbers for names: dense, increasing, for ever, for trackers whose ids have to be small integers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final

from trackerkit.errors import ConflictError, InvalidInputError
from trackerkit.state.room import Room, checked_name

if TYPE_CHECKING:  # its weight: 280 ms that only an opened state may cost
    from sqlalchemy import Connection

#: A lookup asks for so many at once; few sizes, so that the database keeps the statements that it has prepared.
_SIZES: Final = (1, 8, 64, 500)
_INSERT: Final = "INSERT INTO tk_numbers (space, number, name) VALUES (:space, :number, :name)"


def _lookup(column: str, size: int) -> str:
    marks = ", ".join(f":v{place}" for place in range(size))
    return f"SELECT name, number FROM tk_numbers WHERE space = :space AND {column} IN ({marks})"  # noqa: S608


_BY_NAME: Final = {size: _lookup("name", size) for size in _SIZES}
_BY_NUMBER: Final = {size: _lookup("number", size) for size in _SIZES}


def _chunks(wanted: Sequence[Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """The values in chunks of one of the sizes, the last one filled up by repeating a value."""
    for start in range(0, len(wanted), _SIZES[-1]):
        part = wanted[start : start + _SIZES[-1]]
        size = next(size for size in _SIZES if size >= len(part))
        yield size, {f"v{place}": part[min(place, len(part) - 1)] for place in range(size)}


class Numbers(Room):
    """The part of the state that maps names to numbers and back, in spaces that know nothing of one another."""

    def mint_numbers(self, space: str, keys: Sequence[str]) -> list[int]:
        """The numbers of these names, in the same order; a name without one gets the next, counting from 1.

        New numbers are given in the order of ``keys``, in one transaction: dense, and no number is ever given again.

        Raises:
            InvalidInputError: for a space or a name that cannot be one.
        """
        self._check(space, keys)
        known = self.numbers_for(space, keys)
        if len(known) < len(set(keys)):
            known.update(self._mint(space, [key for key in dict.fromkeys(keys) if key not in known]))
        return [known[key] for key in keys]

    def _mint(self, space: str, keys: list[str]) -> dict[str, int]:
        with self._db.transaction() as connection:
            self._db.next_number(connection, space, 0)  # holds the counter: nobody else mints here now
            known = self._numbers(space, keys, connection)
            fresh = [key for key in keys if key not in known]
            if fresh:
                first = self._db.next_number(connection, space, len(fresh))
                minted = {key: first + place for place, key in enumerate(fresh)}
                self._insert(connection, space, minted)
                known.update(minted)
        return known

    def _insert(self, connection: Connection, space: str, pairs: dict[str, int]) -> None:
        rows = [{"space": space, "number": number, "name": key} for key, number in pairs.items()]
        self._db.run_each(connection, _INSERT, rows)

    def numbers_for(self, space: str, keys: Sequence[str]) -> dict[str, int]:
        """The numbers of those names that have one."""
        return self._numbers(space, list(dict.fromkeys(keys)))

    def _numbers(self, space: str, keys: list[str], connection: Connection | None = None) -> dict[str, int]:
        return {row[0]: int(row[1]) for row in self._look_up(_BY_NAME, space, keys, connection)}

    def keys_for(self, space: str, numbers: Sequence[int]) -> dict[int, str]:
        """The names of those numbers that have one."""
        usable = [number for number in dict.fromkeys(numbers) if -(2**63) <= number < 2**63]
        return {int(row[1]): row[0] for row in self._look_up(_BY_NUMBER, space, usable)}

    def _look_up(
        self, statements: dict[int, str], space: str, wanted: Sequence[Any], connection: Connection | None = None
    ) -> Iterator[tuple[Any, ...]]:
        for size, values in _chunks(wanted):
            if connection is None:
                yield from self._db.rows(statements[size], space=space, **values)
            else:
                yield from self._db.run(connection, statements[size], space=space, **values)

    def put_pairs(self, space: str, pairs: Iterable[tuple[int, str]]) -> None:
        """Keep numbers that somebody else chose; a pair that is there already is no error.

        Numbers minted later in this space are higher than each of these.

        Raises:
            InvalidInputError: for a number or a name that cannot be one.
            ConflictError: a number stands for another name, or a name has another number; nothing is kept.
        """
        given = list(pairs)
        self._check(space, [key for _, key in given])
        for number, _ in given:
            _check_number(number)
        with self._db.transaction() as connection:
            self._db.next_number(connection, space, 0)
            self._insert(connection, space, self._unknown(connection, space, given))
            highest = max((number for number, _ in given), default=0)
            raised = "UPDATE tk_counters SET last = :highest WHERE space = :space AND last < :highest"
            self._db.run(connection, raised, space=space, highest=highest)

    def _unknown(self, connection: Connection, space: str, pairs: list[tuple[int, str]]) -> dict[str, int]:
        """Those pairs that are not kept yet, the others checked against what is."""
        numbers = self._numbers(space, list(dict.fromkeys(key for _, key in pairs)), connection)
        wanted = list(dict.fromkeys(number for number, _ in pairs))
        keys = {int(row[1]): row[0] for row in self._look_up(_BY_NUMBER, space, wanted, connection)}
        fresh: dict[str, int] = {}
        for number, key in pairs:
            known_number, known_key = numbers.setdefault(key, number), keys.setdefault(number, key)
            if known_number != number or known_key != key:
                raise ConflictError(
                    f"in {space!r}, {number} and {key[:80]!r} cannot be a pair",
                    hint=f"{number} is {known_key[:80]!r}, and {key[:80]!r} is {known_number}",
                    sent="no",
                )
            fresh[key] = number
        kept = self._numbers(space, list(fresh), connection)
        return {key: number for key, number in fresh.items() if key not in kept}

    def _check(self, space: str, keys: Iterable[str]) -> None:
        checked_name(space, "a space of numbers", 100)
        for key in keys:
            checked_name(key, "a name with a number", 600)


def _check_number(number: object) -> None:
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < 2**63:
        raise InvalidInputError(f"{number!r} cannot be kept as a number", hint="a whole number from 0 to 2**63 - 1")
