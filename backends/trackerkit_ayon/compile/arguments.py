"""One test as an argument of a connection (``ids``, ``paths``, ``folderIds`` …), where AYON can select by it. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final, NamedTuple

from trackerkit.filters import And, Filter
from trackerkit.query import Query, Test
from trackerkit.values import Ref
from trackerkit_ayon.compile.natives import HEX_ID
from trackerkit_ayon.mapping.names import NAME, USER_NAME

CHILDREN: Final = "includeFolderChildren"
"""With ids of folders: what lies below them, too."""


class Given(NamedTuple):
    """The arguments that a test makes.

    Args:
        arguments: by name.
        is_exact: False when they select more than the test holds for.
    """

    arguments: dict[str, Any]
    is_exact: bool = True


Make = Callable[[Test], "Given | None"]


def argument(test: Test, base: str) -> Given | None:
    """What a test of a record's own field becomes; None where no argument says it."""
    item = test.path.leaf
    if test.path.steps:
        return None
    if item.ancestor is not None and base in _BELOW:
        return _below(test, _BELOW[base])
    known = _MAKERS.get((base, item.name))
    if known is None and item.name in ("id", "uid") and base != "Attachment":
        known = _ids("ids")
    return known(test) if known is not None else None


def _values(test: Test) -> Sequence[Any] | None:
    """The values that a test allows; None for a test of another sort."""
    return test.value if test.operator == "in" else (test.value,) if test.operator == "is" else None


def _refs(test: Test) -> list[str] | None:
    """The ids of the records that a test allows; None where a record without one holds too."""
    values = _values(test)
    if values is None or not all(isinstance(value, Ref) for value in values):
        return None
    return [ref.id for ref in values if HEX_ID.fullmatch(ref.id)]


# ---- one sort each


def _ids(name: str) -> Make:
    def make(test: Test) -> Given | None:
        values = _values(test)
        if values is None:
            return None
        return Given({name: [id for id in values if isinstance(id, str) and HEX_ID.fullmatch(id)]})

    return make


def _ref_ids(name: str) -> Make:
    def make(test: Test) -> Given | None:
        ids = _refs(test)
        return Given({name: ids}, False) if ids is not None else None

    return make


def _texts(name: str, pattern: str = r"(?s:.+)", is_exact: bool = True) -> Make:
    def make(test: Test) -> Given | None:
        values = _values(test)
        if values is None or not all(isinstance(text, str) and re.fullmatch(pattern, text) for text in values):
            return None
        return Given({name: list(values)}, is_exact)

    return make


def _folder_ids(test: Test) -> Given | None:
    """A version lies in its product's folder; what lies on a task is told by the filter."""
    values = _values(test) or ()
    is_task = any(isinstance(ref, Ref) and "task" in (ref.native, ref.type.lower()) for ref in values)
    return None if is_task else _ref_ids("folderIds")(test)


def _path(names: str, is_exact: bool) -> Make:
    """A path, or what it holds in any case."""
    whole = _texts(names, is_exact=is_exact)

    def make(test: Test) -> Given | None:
        made = expression(test)
        return whole(test) if made is None else Given({"pathEx": made}, False)

    return make


def _tag(test: Test) -> Given | None:
    values = _values(test)
    if values is None or len(values) != 1 or not NAME.takes(str(values[0] or "")):
        return None
    return Given({"tags": list(values)})


def _below(test: Test, name: str) -> Given | None:
    """What lies anywhere below a folder: its nearest ancestor of a kind may be another one."""
    ids = _refs(test)
    return Given({name: ids, CHILDREN: True}, False) if ids else None


_MAKERS: Final[dict[tuple[str, str], Make]] = {
    ("Folder", "path"): _path("paths", False),
    ("Version", "parent"): _folder_ids,
    ("Workfile", "task"): _ref_ids("taskIds"),
    ("Workfile", "path"): _path("paths", True),
    ("Workfile", "status"): _texts("statuses", r"[a-zA-Z0-9_][a-zA-Z0-9_ \-]{1,64}[a-zA-Z0-9_]"),
    ("Workfile", "tags"): _tag,
    ("Link", "source"): _ref_ids("inputIds"),
    ("Link", "target"): _ref_ids("outputIds"),
    ("Link", "kind"): _texts("linkTypes"),
    ("Link", "name"): _texts("names"),
    **{(name, key): _ids("activityIds") for name in ("Note", "Reply", "Reviewable") for key in ("id", "uid")},
}
_BELOW: Final = {"Folder": "parentIds", "Task": "folderIds", "Product": "folderIds", "Version": "folderIds"}


# ---- regular expressions

_LONGEST: Final = 100
_ENDS: Final = {
    "contains": ("", ""), "starts_with": ("^", ""), "ends_with": ("", "$"), "equals_ignoring_case": ("^", "$"),
}  # fmt: skip
_LETTERS: Final = {"k": "[k\u212a]", "i": "[i\u0130]"}
"""Letters that ``str.lower`` makes of a character which the server's own folding may leave alone."""


def expression(test: Test) -> str | None:
    """A test of a text as a regular expression that selects no less; None where that is no way.

    There is no backslash in it: some of the server's arguments double them.
    """
    ends = _ENDS.get(test.operator)
    if ends is None or len(test.value) > _LONGEST or not test.value.isprintable():
        return None
    return "(?i)" + ends[0] + "".join(_sign(sign) for sign in test.value) + ends[1]


def _sign(sign: str) -> str:
    if not sign.isascii():
        return ".*"
    if sign.isalnum() or sign in "_ /-":
        return _LETTERS.get(sign, sign)
    return "." if sign in "^]['\\" else f"[{sign}]"


# ---- what belongs to no project


def parts_of(query: Query) -> Sequence[Filter]:
    """The conditions of a query that all have to hold."""
    return query.filter.parts if isinstance(query.filter, And) else (query.filter,)


def user_arguments(query: Query) -> dict[str, Any]:
    """The arguments that narrow a query on users down: by name, or by address."""
    made: dict[str, Any] = {}
    for part in parts_of(query):
        if isinstance(part, Test) and not part.path.steps:
            name = _OF_USERS.get(part.path.leaf.name)
            known = _texts(*name)(part) if name is not None else None
            made = {**(known.arguments if known is not None else {}), **made}
    return made


_OF_USERS: Final = {
    "id": ("names", USER_NAME.pattern), "name": ("names", USER_NAME.pattern),
    "email": ("emails", r"[A-Za-z0-9_.+\-]+@[A-Za-z0-9\-]+\.[A-Za-z0-9\-.]+"),
}  # fmt: skip
_MARGIN: Final = timedelta(seconds=1)
_LAST_YEAR: Final = 9999


def event_arguments(query: Query) -> dict[str, Any]:
    """The arguments that narrow a query on events down: projects, who did it, and when; each selects no less."""
    made: dict[str, Any] = {}
    homes: list[str] | None = None if query.projects is None else [ref.id for ref in query.projects]
    for part in parts_of(query):
        if not isinstance(part, Test) or part.path.steps:
            continue
        name, values = part.path.leaf.name, _values(part)
        is_named = values is not None and all(isinstance(value, Ref) for value in values)
        if name == "project" and is_named:
            homes = [ref.id for ref in values or ()] if homes is None else homes
        elif name in ("actor", "created_by") and is_named and all(USER_NAME.takes(ref.id) for ref in values or ()):
            made.setdefault("users", [ref.id for ref in values or ()])
        elif name in ("at", "created_at"):
            made = {**_span(part), **made}
    if homes is not None and all(NAME.takes(name) for name in homes):
        made["projects"] = homes
    return made


def _span(test: Test) -> Mapping[str, str]:
    """The moments between which a test holds, a little wider."""
    bounds = _BOUNDS.get(test.operator)
    low, high = bounds(test.value) if bounds is not None else (None, None)
    made: dict[str, str] = {}
    for name, bound, margin in (("newerThan", low, -_MARGIN), ("olderThan", high, _MARGIN)):
        if isinstance(bound, datetime) and 1 < bound.year < _LAST_YEAR:
            made[name] = (bound + margin).isoformat()
    return made


_BOUNDS: Final[dict[str, Callable[[Any], tuple[Any, Any]]]] = {
    "is": lambda value: (value, value), "between": lambda value: value,
    **dict.fromkeys(("less_than", "at_most"), lambda value: (None, value)),
    **dict.fromkeys(("greater_than", "at_least"), lambda value: (value, None)),
}  # fmt: skip
