"""Neutral values as the text of a cell, and back, by the field's data type."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta
from typing import Any

from trackerkit.schema import Field
from trackerkit.values import Ref


def write_cell(value: Any) -> str:
    """A value as text; an empty cell is None."""
    return "" if value is None else json.dumps(_plain(value), ensure_ascii=False)


def _plain(value: Any) -> Any:
    if isinstance(value, Ref):
        return [value.type, value.id]
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return [value.days, value.seconds, value.microseconds]
    return [_plain(item) for item in value] if isinstance(value, list) else value


def read_cell(item: Field, text: str, site: str) -> Any:
    """The value of a cell."""
    if not text or item.data_type == "image":
        return [] if item.is_many else None
    value = json.loads(text)
    if item.data_type == "link":
        return Ref(value[0], value[1], site=site, native=value[0])
    if item.data_type == "links":
        return [Ref(kind, id, site=site, native=kind) for kind, id in value]
    if item.data_type == "date":
        return date.fromisoformat(value)
    if item.data_type == "datetime":
        return datetime.fromisoformat(value)
    return timedelta(*value) if item.data_type == "duration" else value
