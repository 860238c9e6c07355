"""The words of AYON's query filter, and how they are joined."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple

Native = dict[str, Any]
"""A condition or a group of AYON's query filter."""

NOTHING: Final[Native] = {"nothing": True}
"""Stands for what can never hold; it is taken out before anything is sent."""


class Pushed(NamedTuple):
    """What AYON can do about a test.

    Args:
        native: the condition.
        is_exact: False when it selects more than the test holds for, so that the test is made here again.
        negated: the condition that selects exactly what the test does not hold for, or None.
    """

    native: Native
    is_exact: bool = True
    negated: Native | None = None


def condition(key: str, operator: str, value: Any = None) -> Native:
    """One condition."""
    return {"key": key, "operator": operator} if value is None else {"key": key, "operator": operator, "value": value}


def every(parts: Iterable[Native]) -> Native:
    """All of some conditions."""
    found = list(parts)
    if any(part is NOTHING for part in found):
        return NOTHING
    return found[0] if len(found) == 1 else {"conditions": found, "operator": "and"}


def some(parts: Iterable[Native]) -> Native:
    """At least one of some conditions."""
    found = [part for part in parts if part is not NOTHING]
    if not found:
        return NOTHING
    return found[0] if len(found) == 1 else {"conditions": found, "operator": "or"}


def pattern(text: str, before: str = "", after: str = "") -> str:
    """A text as a ``like`` pattern."""
    return before + re.sub(r"([\\%_])", r"\\\1", text) + after


_FOLDED_FURTHER: Final = {"k": "\u212a", "i": "\u0130"}
"""Letters that ``str.lower`` makes of a character which the server's own folding may leave alone."""


def like(key: str, text: str, before: str = "", after: str = "", is_ascii: bool = False) -> Pushed:
    """A condition that ignores case: exact where only ASCII can stand, else one that selects a little more."""
    made = condition(key, "like", pattern(text, before, after))
    if is_ascii and text.isascii():
        return Pushed(made)
    loose = "".join(sign if sign.isascii() else "\0" for sign in text)
    made = condition(key, "like", re.sub("\0+", "%", pattern(loose, before, after)))
    others = [condition(key, "like", f"%{_FOLDED_FURTHER[sign]}%") for sign in _FOLDED_FURTHER if sign in text]
    return Pushed(some([made, *others]), False)


ENDS: Final = {
    "equals_ignoring_case": ("", ""),
    "contains": ("%", "%"),
    "starts_with": ("", "%"),
    "ends_with": ("%", ""),
}
"""What stands before and behind the text in the pattern of each operator."""

HEX_ID: Final = re.compile(r"[0-9a-f]{32}")
"""What an id of AYON looks like; nothing else can be one."""
