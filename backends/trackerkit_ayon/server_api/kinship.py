"""Errors that are also those of AYON's own package, where a program has loaded that too.

A studio changes to this client file by file: what one file raises, another one still catches by the names of
``ayon_api.exceptions``. Nothing is imported for it: only a program that has that package itself can catch by its
classes.
"""

from __future__ import annotations

import sys
from typing import Any, Final, TypeVar

from trackerkit.errors import TrackerError

OFFICIAL: Final = "ayon_api.exceptions"

E = TypeVar("E", bound="Kin")


_made: dict[tuple[Any, Any], Any] = {}


class Kin(TrackerError):
    """An error that AYON's Python API documents."""

    def __new__(cls: type[E], *args: Any, **more: Any) -> E:
        """Made as both where the other one is loaded."""
        made: E = super().__new__(with_kin(cls), *args)
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """Another process makes it what it can be there."""
        made, (kind, *parts) = super().__reduce__()
        return made, (kind.__dict__.get("_alone", kind), *parts)


def with_kin(kind: type[E]) -> type[E]:
    """The class that is ``kind`` and its namesake in AYON's package; ``kind`` itself where that is not loaded."""
    official = sys.modules.get(OFFICIAL)
    if official is None or "_alone" in kind.__dict__:
        return kind
    for ancestor in kind.__mro__:
        namesake = getattr(official, ancestor.__name__, None)
        if issubclass(ancestor, Kin) and isinstance(namesake, type) and issubclass(namesake, Exception):
            return kind if issubclass(kind, namesake) else _both(kind, namesake)
    return kind


def _both(kind: type[E], namesake: type[Exception]) -> type[E]:
    if (kind, namesake) not in _made:
        names = {
            "__module__": kind.__module__,
            "__qualname__": kind.__qualname__,
            "__doc__": kind.__doc__,
            "_alone": kind,
        }
        _made.setdefault((kind, namesake), type(kind.__name__, (kind, namesake), names))
    both: type[E] = _made[kind, namesake]
    return both
