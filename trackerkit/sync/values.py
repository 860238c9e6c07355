"""Neutral values as plain JSON, for the crosswalk and for what a target cannot hold itself; pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from trackerkit.evaluate import effective
from trackerkit.values import Attachment, Image, Ref, Url


def plain(value: Any) -> Any:
    """A neutral value as JSON that reads the same on every machine."""
    value = effective(value)
    if isinstance(value, Ref):
        return {"type": value.type, "id": value.id, "site": value.site}
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, timedelta):
        return {"seconds": value.total_seconds()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (Attachment, Image, Url)):
        return {name: getattr(value, name) for name in value.__slots__ if getattr(value, name) is not None}
    return value


def is_empty(value: Any) -> bool:
    """True for what says nothing: null, an empty list, an empty text."""
    value = effective(value)
    return value is None or value in ([], "", ())
