"""Pushed: a part of a filter as the site is asked, and whether its answer is exact; joined, and negated."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

Native = Any
"""A condition ``[path, relation, value]`` or a group ``{"filter_operator": "all" | "any", "filters": […]}``."""


@dataclass(frozen=True, slots=True)
class Pushed:
    """What the site is asked for one part of a filter.

    Args:
        native: the condition or group; True for every row, False for none.
        exact: True when the site's answer is the neutral one, False when it may hold rows too many.
    """

    native: Native
    exact: bool


EVERYTHING: Final = Pushed(True, exact=False)
ALL: Final = Pushed(True, exact=True)
NONE: Final = Pushed(False, exact=True)


def loose(found: Pushed) -> Pushed:
    """The same, to be looked at again."""
    return Pushed(found.native, exact=False)


def every(parts: Sequence[Pushed]) -> Pushed:
    """All of the parts."""
    exact = all(part.exact for part in parts)
    kept = [part.native for part in parts if part.native is not True]
    if any(part.native is False for part in parts):
        return Pushed(False, exact)
    return Pushed(group("all", kept), exact)


def some(parts: Sequence[Pushed]) -> Pushed:
    """At least one of the parts."""
    exact = all(part.exact for part in parts)
    if any(part.native is True for part in parts):
        return Pushed(True, exact)
    kept = [part.native for part in parts if part.native is not False]
    return Pushed(group("any", kept) if kept else False, exact)


MOST_DEPTH: Final = 100
"""Groups within one another that the site is asked; ShotGrid takes 265, and each is two levels of JSON."""


def shallow(found: Pushed) -> Pushed:
    """The same; everything, loosely, where it is nested too deeply to be asked."""
    return found if _depth(found.native) <= MOST_DEPTH else EVERYTHING


def _depth(native: Native) -> int:
    if not isinstance(native, dict):
        return 0
    return 1 + max((_depth(part) for part in native["filters"]), default=0)


def group(operator: str, kept: list[Native]) -> Native:
    """Conditions as one; True for none."""
    if not kept:
        return True
    return kept[0] if len(kept) == 1 else {"filter_operator": operator, "filters": kept}


_NEGATIVES: Final = {"is": "is_not", "is_not": "is", "in": "not_in", "not_in": "in", "type_is": "type_is_not"}


def negated(found: Pushed) -> Pushed:
    """The opposite of an exact part; everything, loosely, where ShotGrid has no word for it."""
    native = _opposite(found.native) if found.exact else None
    return EVERYTHING if native is None else Pushed(native, exact=True)


def _opposite(native: Native) -> Native | None:
    if isinstance(native, bool):
        return not native
    if isinstance(native, dict):
        parts = [_opposite(part) for part in native["filters"]]
        other = "any" if native["filter_operator"] == "all" else "all"
        return None if None in parts else {"filter_operator": other, "filters": parts}
    relation = _NEGATIVES.get(native[1])
    return None if relation is None else [native[0], relation, *native[2:]]
