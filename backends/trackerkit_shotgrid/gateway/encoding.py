"""Encoding: answers as JSON. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final

try:
    import orjson
except ImportError:  # the [speed] extra
    orjson = None  # type: ignore[assignment]
try:
    import msgspec
except ImportError:
    msgspec = None  # type: ignore[assignment]

IS_QUICK: Final[bool] = all(module is not None for module in (orjson, msgspec))
"""True when rows of many fields are encoded by types made for them."""

_WORTH: Final = 20
"""Rows for which a type is worth its while."""

_MOST_FIELDS: Final = 200


def dumps(value: Any) -> bytes:
    """JSON in UTF-8."""
    if orjson is not None:
        try:
            return orjson.dumps(value)
        except TypeError:  # a key that is no text: looking out for them takes half as long again
            return orjson.dumps(value, option=orjson.OPT_NON_STR_KEYS)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def dicts(names: Sequence[str], columns: Sequence[Sequence[Any]]) -> list[dict[str, Any]]:
    """A dict a row.

    Args:
        names: the keys.
        columns: for each key the values, row by row; all of one length.
    """
    return [dict(zip(names, row)) for row in zip(*columns, strict=True)]  # noqa: B905 - one value a name


def as_json(names: tuple[str, ...], columns: Sequence[Sequence[Any]]) -> Any:
    """What ``dumps`` writes as ``dicts`` would be: rows of a type made for these names cost a tenth of what dicts do."""
    is_worth = IS_QUICK and len(columns[0]) >= _WORTH and len(names) <= _MOST_FIELDS
    row_type = _row_type(names) if is_worth else None
    if row_type is None:
        return dicts(names, columns)
    return orjson.Fragment(msgspec.json.encode(list(map(row_type, *columns))))


@lru_cache(maxsize=256)
def _row_type(names: tuple[str, ...]) -> Callable[..., Any] | None:
    """A type with a row's fields; None for names that msgspec does not write, such as one with a quotation mark in it."""
    fields = [f"f{at}" for at in range(len(names))]
    renamed = dict(zip(fields, names, strict=True))
    try:
        made: Callable[..., Any] = msgspec.defstruct("Row", [(name, Any) for name in fields], rename=renamed, gc=False)
    except ValueError:
        return None
    return made
