"""AYON's query filter → a neutral one, as far as that selects no less; and the whole of it as a test of a node. Pure.

AYON's logic has three values: a comparison with null holds never, not even as ``ne`` or ``notin``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any, Final, NamedTuple, Protocol

from trackerkit.filters import And, Condition, Filter, Not, Or
from trackerkit.values import Ref
from trackerkit_ayon.gateway.faults import Fault

EVERYTHING: Final = And(())
NOTHING: Final = Or(())
OPERATORS: Final = frozenset({
    "eq", "like", "lt", "gt", "lte", "gte", "ne", "isnull", "notnull", "in", "notin", "includes", "excludes", "includesall",
    "excludesall", "includesany", "excludesany",
})  # fmt: skip
_KEY = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_DEEPEST: Final = 200
_LONGEST_REGEX: Final = 500

Test = Callable[[Mapping[str, Any]], bool]


class One(NamedTuple):
    """One condition of a query filter."""

    path: tuple[str, ...]
    operator: str
    value: Any


class Many(NamedTuple):
    """Conditions joined by ``and`` or ``or``."""

    operator: str
    parts: tuple[Any, ...]


class Target(Protocol):
    """What a type can select by."""

    def push(self, one: One) -> tuple[Filter, bool]:
        """A neutral filter that selects no less than a condition, and whether it selects no more."""


def parse(text: str) -> One | Many | None:
    """A query filter from its JSON; None for an empty one.

    Raises:
        Fault: 400, it is none.
    """
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        raise Fault(400, "Invalid filter: it is no JSON") from None
    return read(found)


def read(found: Any) -> One | Many | None:
    """A query filter from what its JSON says; None for an empty one.

    Raises:
        Fault: 400, it is none.
    """
    if not isinstance(found, Mapping):
        raise Fault(400, "Invalid filter: a filter has conditions and an operator")
    made = _many(found, 0)
    return made if made.parts else None


def _many(found: Mapping[str, Any], depth: int) -> Many:
    operator, parts = str(found.get("operator", "and")).lower(), found.get("conditions", [])
    if operator not in ("and", "or") or not isinstance(parts, list):
        raise Fault(400, f"Invalid filter: {str(operator)[:80]!r} joins no list of conditions")
    return Many(operator, tuple(_part(item, depth + 1) for item in parts))


def _part(found: Any, depth: int) -> One | Many:
    """A condition; what has no key is a group, as AYON takes it."""
    if found == []:
        return Many("and", ())
    if not isinstance(found, Mapping) or depth > _DEEPEST:
        raise Fault(400, "Invalid filter: a condition has a key, an operator and a value")
    return _one(found) if "key" in found and "conditions" not in found else _many(found, depth)


def _one(found: Mapping[str, Any]) -> One:
    path = tuple(part.strip() for part in str(found.get("key") or "").replace("/", ".").split("."))
    operator = re.sub("[-_]", "", str(found.get("operator") or "eq").lower())
    value = found.get("value")
    if not all(_KEY.fullmatch(part) for part in path):
        raise Fault(400, "Invalid path element detected")
    if operator not in OPERATORS:
        raise Fault(400, f"Invalid filter: there is no operator {operator!r}")
    if operator not in ("isnull", "notnull") and value is None:
        raise Fault(400, "Value cannot be null")
    if operator in ("in", "notin") and not isinstance(value, list):
        raise Fault(400, "Value must be a list")
    return One((_camel(path[0]), *path[1:]), operator, value)


def _camel(name: str) -> str:
    first, *rest = name.split("_") if name.strip("_") else [name]
    return first + "".join(part.capitalize() for part in rest)


def keys(node: One | Many) -> set[str]:
    """The keys of a node that a filter looks at."""
    return {node.path[0]} if isinstance(node, One) else {key for part in node.parts for key in keys(part)}


def state_of(node: One | Many | None) -> tuple[str, One | Many | None]:
    """Which records a filter is about (``active``, ``retired`` or ``all``), where it says so of all; and the rest of it."""
    if isinstance(node, One) and node.path == ("active",) and node.operator == "eq":
        return ("active" if _equal(True, node.value) else "retired"), None
    if not isinstance(node, Many) or node.operator != "and":
        return "all", node
    states, kept = [], []
    for part in node.parts:
        state, rest = state_of(part)
        states += [state] if state != "all" else []
        kept += [rest] if rest is not None else []
    if len(set(states)) != 1:
        return "all", node
    return states[0], Many("and", tuple(kept)) if kept else None


# ---- neutral


def push(node: One | Many, target: Target) -> tuple[Filter, bool]:
    """A neutral filter that selects no less, and whether it selects no more."""
    if isinstance(node, One):
        return target.push(node)
    pairs = [push(part, target) for part in node.parts]
    is_exact = all(exact for _, exact in pairs)
    if node.operator == "and":
        return And([item for item, _ in pairs]), is_exact
    if any(item == EVERYTHING for item, _ in pairs):
        return EVERYTHING, is_exact
    return (Or([item for item, _ in pairs]) if pairs else EVERYTHING), is_exact


def not_null(path: str) -> Filter:
    """There is a value."""
    return Not(Condition(path, "is", None))


def plain(path: str, one: One, convert: Callable[[Any], Any] = lambda value: value) -> tuple[Filter, bool] | None:
    """A condition on a field of one value; None for an operator that it has not."""
    value = one.value
    if one.operator == "isnull":
        return Condition(path, "is", None), True
    if one.operator == "notnull":
        return not_null(path), True
    if one.operator == "eq":
        return Condition(path, "is", convert(value)), True
    if one.operator == "ne":
        return And([Not(Condition(path, "is", convert(value))), not_null(path)]), True
    if one.operator == "in":
        return Condition(path, "in", tuple(convert(item) for item in value)), True
    if one.operator == "notin":
        return And([Not(Condition(path, "in", tuple(convert(item) for item in value))), not_null(path)]), True
    return None


COMPARED: Final = {"lt": "less_than", "gt": "greater_than", "lte": "at_most", "gte": "at_least"}


def ordered(path: str, one: One, convert: Callable[[Any], Any] = lambda value: value) -> tuple[Filter, bool] | None:
    """A condition on a field whose values are ordered."""
    if one.operator in COMPARED:
        return Condition(path, COMPARED[one.operator], convert(one.value)), True
    return plain(path, one, convert)


def text(path: str, one: One) -> tuple[Filter, bool] | None:
    """A condition on a text."""
    if one.operator == "like":
        return like(path, str(one.value))
    if one.operator in ("isnull", "notnull"):
        return plain(path, one)
    values = one.value if isinstance(one.value, list) else [one.value]
    return plain(path, one) if all(isinstance(item, str) for item in values) else None


def like(path: str, pattern: str) -> tuple[Filter, bool]:
    """A ``like`` pattern as text tests: exact where wildcards stand at its ends only."""
    parts = _literals(pattern)
    if parts is None or len(parts) == 1:
        return (EVERYTHING, False) if parts is None else (Condition(path, "equals_ignoring_case", parts[0]), True)
    tests: list[Filter] = []
    if parts[0]:
        tests.append(Condition(path, "starts_with", parts[0]))
    tests += [Condition(path, "contains", part) for part in parts[1:-1] if part]
    if parts[-1]:
        tests.append(Condition(path, "ends_with", parts[-1]))
    return And(tests or [not_null(path)]), len(tests) <= 1


def _literals(pattern: str) -> list[str] | None:
    """What stands between the ``%`` of a pattern; None where a ``_`` is among it."""
    parts = _split(pattern)
    if any(sign is None for signs in parts for sign in signs):
        return None
    return ["".join(sign for sign in signs if sign is not None) for signs in parts]


def members(path: str, one: One, convert: Callable[[Any], Any] = lambda value: value) -> tuple[Filter, bool] | None:
    """A condition on a list."""
    values = one.value if isinstance(one.value, list) else [one.value]
    if one.operator in ("eq", "ne") and one.value == []:
        empty = Condition(path, "is", None)
        return (empty if one.operator == "eq" else Not(empty)), True
    made = [Condition(path, "is", convert(item)) for item in values]
    if one.operator in ("includes", "includesany"):
        return Or(made), True
    if one.operator in ("excludes", "excludesany"):
        return Not(Or(made)), True
    if one.operator == "includesall":
        return And(made), True
    return (Not(And(made)), True) if one.operator == "excludesall" else None


def linked(path: str, one: One, refs: Callable[[Sequence[str]], Sequence[Ref]]) -> tuple[Filter, bool] | None:
    """A condition on an id that leads to another record."""
    if one.operator == "isnull":
        return Condition(path, "is", None), True
    if one.operator == "notnull":
        return not_null(path), True
    ids = [str(item) for item in (one.value if isinstance(one.value, list) else [one.value])]
    test = Condition(path, "in", tuple(refs(ids)))
    if one.operator in ("eq", "in"):
        return test, True
    return (And([Not(test), not_null(path)]), True) if one.operator in ("ne", "notin") else None


# ---- the whole of it as a test


def tester(node: One | Many) -> Test:
    """The filter as a function of a node whose keys it names."""
    if isinstance(node, Many):
        parts = [tester(part) for part in node.parts]
        joined = all if node.operator == "and" else any
        return lambda found: joined(part(found) for part in parts) if parts else True
    check = _CHECKS[node.operator]
    path, value = node.path, node.value
    return lambda found: check(_value(found, path), value)


def _value(found: Any, path: Sequence[str]) -> Any:
    for name in path:
        if not isinstance(found, Mapping):
            return None
        found = found.get(name)
    return found


def _compare(check: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    def compared(value: Any, wanted: Any) -> bool:
        if value is None or isinstance(value, (bool, dict, list)) or isinstance(wanted, (bool, list)):
            return False
        if isinstance(value, str) != isinstance(wanted, str):
            return False
        return check(value, wanted)

    return compared


FLAGS: Final = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}
"""Texts that stand for a flag."""


def _equal(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool) and isinstance(wanted, str):  # a column's flag, which AYON's clients write as text
        return FLAGS.get(wanted.lower()) is value
    if isinstance(wanted, bool):
        return bool(value) is wanted
    if wanted == []:
        return value in (None, [])
    return value is not None and not isinstance(value, bool) and bool(value == wanted)


def _unequal(value: Any, wanted: Any) -> bool:
    if isinstance(value, bool):
        return not _equal(value, wanted)
    if wanted == []:
        return value not in (None, [])
    return value is not None and value != wanted


def _like(value: Any, pattern: Any) -> bool:
    return isinstance(value, str) and is_like(value, str(pattern))


def is_like(value: str, pattern: str) -> bool:
    """Whether a text is ``like`` a pattern, in which ``%`` stands for any text and ``_`` for one character.

    Piece by piece from the left, so that no pattern takes long.
    """
    first, *others = _pieces(pattern)
    found = first.match(value)
    if found is None or not others:
        return found is not None and found.end() == len(value)
    at = found.end()
    for piece in others[:-1]:
        found = piece.search(value, at)
        if found is None:
            return False
        at = found.end()
    return others[-1].fullmatch(value, max(at, len(value) - _length(pattern))) is not None


def _length(pattern: str) -> int:
    """How many characters stand behind the last ``%`` of a pattern."""
    return len(_split(pattern)[-1])


@lru_cache(maxsize=256)
def _pieces(pattern: str) -> tuple[re.Pattern[str], ...]:
    """What stands between the ``%`` of a pattern."""
    made = ("".join("." if sign is None else re.escape(sign) for sign in signs) for signs in _split(pattern))
    return tuple(re.compile(piece, re.IGNORECASE | re.DOTALL) for piece in made)


def _split(pattern: str) -> list[list[str | None]]:
    """The characters between the ``%`` of a pattern; None for any character."""
    parts: list[list[str | None]] = [[]]
    at = 0
    while at < len(pattern):
        sign = pattern[at]
        if sign == "\\" and at + 1 < len(pattern):
            at += 1
            parts[-1].append(pattern[at])
        elif sign == "%":
            parts.append([])
        else:
            parts[-1].append(None if sign == "_" else sign)
        at += 1
    return parts


def regex(text: str) -> re.Pattern[str]:
    """A client's regular expression.

    Raises:
        Fault: 400, it is none, or longer than 500 characters.
    """
    try:
        if len(text) <= _LONGEST_REGEX:
            return re.compile(text)
    except (re.error, RecursionError, OverflowError):
        pass
    raise Fault(400, f"Invalid regular expression: {text[:80]}", "bad-request")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _wanted(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_CHECKS: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "eq": _equal, "ne": _unequal, "like": _like,
    "lt": _compare(lambda value, wanted: value < wanted), "gt": _compare(lambda value, wanted: value > wanted),
    "lte": _compare(lambda value, wanted: value <= wanted), "gte": _compare(lambda value, wanted: value >= wanted),
    "isnull": lambda value, _: value is None, "notnull": lambda value, _: value is not None,
    "in": lambda value, wanted: value is not None and value in wanted,
    "notin": lambda value, wanted: value is not None and value not in wanted,
    "includes": lambda value, wanted: any(item in _list(value) for item in _wanted(wanted)),
    "includesany": lambda value, wanted: any(item in _list(value) for item in _wanted(wanted)),
    "includesall": lambda value, wanted: all(item in _list(value) for item in _wanted(wanted)),
    "excludes": lambda value, wanted: not any(item in _list(value) for item in _wanted(wanted)),
    "excludesany": lambda value, wanted: not any(item in _list(value) for item in _wanted(wanted)),
    "excludesall": lambda value, wanted: not all(item in _list(value) for item in _wanted(wanted)),
}  # fmt: skip
