"""Names as they were given, where a tracker takes only some characters; pure.

The tracker's own name is made of the given one by the tracker's rule, and the given one is kept with the record. Who
renames the record in the tracker gives it a new name: what was kept is forgotten then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from trackerkit.datatypes import Domain
from trackerkit.filters import Filter, Or
from trackerkit.query import Path, Test

COMPARED: Final = 40
"""So many characters of a made name say whether it was made of a given one: a name may be cut short, or have a tail."""

_EXACT: Final = {"is": "starts_with", "equals_ignoring_case": "starts_with"}
_MANY: Final = frozenset({"in", "in_ignoring_case"})


def fits(domain: Domain, text: str) -> bool:
    """Whether a tracker takes a text as it is."""
    if domain.max_length is not None and len(text) > domain.max_length:
        return False
    return domain.pattern is None or re.fullmatch(domain.pattern, text) is not None


def made_name(domain: Domain, given: str) -> str:
    """The name that a tracker takes for a given one."""
    return given if fits(domain, given) or domain.fix is None else str(domain.fix(given))


def with_tail(domain: Domain, name: str, tail: str) -> str:
    """Another name for the same record, where the first one is taken."""
    most = domain.max_length or 200
    return f"{name[: most - len(tail) - 1]}_{tail}"


def given_name(domain: Domain, name: str | None, kept: Any) -> str | None:
    """The name as it was given: what is kept, unless the record has been renamed in the tracker since."""
    if not isinstance(kept, str) or not kept or name is None:
        return name
    return kept if name.startswith(made_name(domain, kept)[:COMPARED]) else name


def narrowed(domain: Domain, path: Path, test: Test) -> Filter | None:
    """A condition of the tracker's own names that holds wherever one of the given names does; None for no such one.

    Args:
        domain: of the tracker's names.
        path: of the tracker's own name.
        test: of the given name.
    """
    if test.operator in _EXACT and isinstance(test.value, str) and test.value:
        return Test(path, "starts_with", made_name(domain, test.value)[:COMPARED].lower())
    if test.operator in _MANY and test.value and all(isinstance(each, str) and each for each in test.value):
        return Or([Test(path, "starts_with", name) for name in _starts(domain, test.value)])
    return None


def _starts(domain: Domain, values: Iterable[str]) -> Mapping[str, None]:
    return dict.fromkeys(made_name(domain, value)[:COMPARED].lower() for value in values)
