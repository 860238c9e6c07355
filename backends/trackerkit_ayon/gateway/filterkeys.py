"""The keys that a query filter may name, and the values that each can be compared with. Pure.

What AYON's database has no operator for is refused here, so that a mistake finds an error and not nothing. Attributes and
data take every value: what is of another type is just not equal.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from trackerkit.datatypes import parse_datetime
from trackerkit.errors import TrackerError
from trackerkit_ayon.gateway.conditions import FLAGS, Many, One
from trackerkit_ayon.gateway.faults import Fault
from trackerkit_ayon.gateway.models import snake

_COMMON: Final = (
    "id:text attrib:json data:json active:flag status:text tags:texts createdAt:moment updatedAt:moment "
    "createdBy:text updatedBy:text"
)
_TYPES: Final = {
    "Folder": f"name:text label:text folderType:text parentId:text thumbnailId:text {_COMMON}",
    "Task": f"name:text label:text taskType:text thumbnailId:text assignees:texts folderId:text {_COMMON}",
    "Product": f"name:text folderId:text productType:text productBaseType:text {_COMMON}",
    "Version": f"version:number productId:text taskId:text thumbnailId:text author:text {_COMMON}",
    "File": f"name:text versionId:text traits:json files:json {_COMMON}",
    "Workfile": f"path:text taskId:text thumbnailId:text {_COMMON}",
    "Activity": (
        "activityType:text activityData:json referenceType:text referenceData:json entityType:text entityName:text entityId:text "
        "tags:texts body:text active:flag createdAt:moment updatedAt:moment referenceId:text activityId:text entityPath:text "
        "creationOrder:number"
    ),
}  # fmt: skip

KEYS: Final[Mapping[str, Mapping[str, str]]] = {
    base: dict(part.split(":", 1) for part in text.split()) for base, text in _TYPES.items()
}
"""A neutral type (``Activity`` for all activities) → its keys → text, texts, number, flag, moment or json."""

_LISTS: Final = frozenset({"includes", "excludes", "includesall", "excludesall", "includesany", "excludesany"})
_NULLS: Final = frozenset({"isnull", "notnull"})


def check_keys(node: One | Many | None, base: str) -> None:
    """Refuse what names a key that the type has not, or compares one with what it never is.

    Raises:
        Fault: 400.
    """
    if isinstance(node, Many):
        for part in node.parts:
            check_keys(part, base)
    elif node is not None:
        _check_one(node, KEYS[base].get(node.path[0]))


def _check_one(one: One, kind: str | None) -> None:
    key = one.path[0]
    if kind is None:
        raise Fault(400, f"Invalid key: {snake(key)}", "bad-request")
    if (kind == "json") != (len(one.path) > 1) and not (kind == "json" and one.operator in _NULLS):
        raise Fault(400, f"Invalid path: {list(one.path)}", "bad-request")
    if kind == "json" or one.operator in _NULLS:
        return
    if (one.operator in _LISTS or (one.operator in ("eq", "ne") and one.value == [])) != (kind == "texts"):
        raise Fault(400, f"Invalid operator for {snake(key)}: {one.operator}", "bad-request")
    if isinstance(one.value, list) and kind != "texts" and one.operator not in ("in", "notin"):
        raise Fault(400, f"Invalid list operator: {one.operator}", "bad-request")
    if not _fits(kind, one.value):
        raise Fault(400, f"Invalid value for {snake(key)}: {str(one.value)[:80]!r}", "bad-request")


def _fits(kind: str, value: Any) -> bool:
    test = _TESTS[kind]
    return all(test(item) for item in value) if isinstance(value, list) else test(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool) or (isinstance(value, str) and value.lower() in FLAGS)


def _is_moment(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parse_datetime(zoned(value))
    except (TrackerError, ValueError):
        return False
    return True


def zoned(text: str) -> str:
    """A date or a moment as a moment with a zone: UTC where it says none."""
    if re.search(r"([Zz]|[+-]\d\d:?\d\d)$", text[10:]):
        return text
    return f"{text}+00:00" if len(text) > 10 else f"{text}T00:00:00+00:00"


_TESTS: Final[Mapping[str, Callable[[Any], bool]]] = {
    "text": _is_text, "texts": _is_text, "number": _is_number, "flag": _is_flag, "moment": _is_moment,
}  # fmt: skip
